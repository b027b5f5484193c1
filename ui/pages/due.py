"""应随访: everybody's place on the due list, with filters, reminders, failed contacts and 暂缓; printed as it is shown.

Parameters: `village` and `bucket` to begin with (from 今日), otherwise what this user keeps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.task import Task
from mhdesk.reports.model import Report
from mhdesk.rules.reminders import KEYS
from mhdesk.services import due_report, snoozes, worklist
from mhdesk.services import printing as forms
from mhdesk.services.due_report import COLUMNS, DueColumn
from mhdesk.services.worklist import ORDERS, WAITING, WINDOWS, DueEntry, DueList, DueQuery
from mhdesk.text import text
from ui import printing, theme
from ui.dialogs import ask_files
from ui.dialogs.paper import show_paper
from ui.pages import due_dialogs
from ui.pages import patient_words as words
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Card, ChipText, ChoiceBar, FlowLayout, LinkButton, Notice, PlainButton, label, row

_TODO, _ALL = "todo", "all"
_SEVERAL = (_TODO, _ALL)  # pills of several buckets
BUCKETS: Mapping[str, tuple[str, ...]] = {
    _TODO: WAITING,
    "overdue": ("overdue",),
    "due": ("due",),
    "snoozed": ("snoozed",),
    "on_time": ("on_time",),
    _ALL: ("due", "overdue", "snoozed", "on_time"),
    "ended": ("ended",),
}
_STATE_TONES: Mapping[str, ToneName] = {"overdue": "late", "due": "info", "on_time": "good"}
_URGENT: Mapping[str, ToneName] = {
    "exchange": "now",
    "propose_lost": "late",
    "retry_late": "late",
    "report_lost": "late",
    "refer": "now",
}
_WIDTHS = {
    "name": 5.0,
    "village": 5.0,
    "state": 5.0,
    "due_on": 5.3,
    "late": 4.4,
    "visit_class": 4.8,
    "risk_level": 3.2,
    "reminders": 11.5,
    "reason": 10.0,
    "last_visit_on": 5.3,
    "phone": 7.0,
}
_LEAST_ROWS = 7


class DuePage(Page):
    """The due list."""

    topics = frozenset(
        {
            "patient",
            "follow_up",
            "movement",
            "contact_attempt",
            "snooze",
            "discharge_note",
            "visit_sheet_row",
            "setting",
        }
    )
    shots = (Shot("due"), Shot("due-snoozed", {"bucket": "snoozed"}))

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._entries: Sequence[DueEntry] = ()
        self._query: DueQuery | None = None
        self._kept = (0, 0)  # patient and row of the cursor before the rows are shown anew
        self.header.set_title(text("due_page.title"))
        self.header.add_action(text("due_page.batch"), "clipboard-list", self.open_batch)
        self.header.add_action(text("due_page.print_sheets"), "file-text", self.print_sheets)
        self.header.add_action(text("due_page.export"), "download", self.export)
        self.header.add_action(text("due_page.print"), "printer", self.print_)
        self.header.set_primary(text("due_page.start"), "clipboard-pen", self.start)
        self.notice = Notice()
        self.buckets = ChoiceBar(
            [(key, text(f"due_page.{key}" if key in _SEVERAL else f"rounds.state.{key}")) for key in BUCKETS]
        )
        self.buckets.chosen.connect(lambda _key: self._read())
        self.village = self._box(text("due_page.village"))
        self.doctor = self._box(text("due_page.doctor"))
        self.window_box = self._box(text("due_page.window"), [(key, text(f"rounds.window.{key}")) for key in WINDOWS])
        self.visit_class = self._box(text("due_page.visit_class"), _classes())
        self.risk = self._box(text("due_page.risk"), _risks())
        self.order = self._box(text("due_page.order"), [(key, text(f"rounds.order.{key}")) for key in ORDERS])
        self.reminder = self._box(text("due_page.reminder"), _reminder_choices())
        self.keep = LinkButton(text("due_page.keep"), None, self.keep_view)
        self.table = TablePanel(desk.tasks, columns())
        self.table.set_empty("circle-check", text("due_page.empty"), text("due_page.empty_next"))
        self.table.opened.connect(self.open_visit)
        self.table.shown.connect(self._after_rows)
        self.table.view.selection_changed.connect(self._show_reminders)
        self.told = label("", "quiet", wrap=True)
        self._lay_out()
        for key, slot in {"N": self.record_attempt, "Z": self.put_off}.items():
            shortcut = QShortcut(QKeySequence(key), self.table)
            shortcut.activated.connect(slot)
        self.table.set_name(text("due_page.title"))
        self.takes_keys = self.table

    def _box(self, name: str, choices: Sequence[tuple[Any, str]] = ()) -> QComboBox:
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.setAccessibleName(name)
        box.setToolTip(name)
        for key, said in choices:
            box.addItem(said, key)
        box.activated.connect(lambda _index: self._read())
        return box

    def _lay_out(self) -> None:
        filters = QWidget()
        flow = FlowLayout(space=3)
        boxes = (self.village, self.doctor, self.window_box, self.visit_class, self.risk, self.reminder, self.order)
        for part in (*boxes, self.keep):
            flow.addWidget(part)
        filters.setLayout(flow)
        self.attempt_button = PlainButton(text("due_page.attempt_key"), "phone", self.record_attempt)
        self.snooze_button = PlainButton(text("due_page.snooze_key"), "clock", self.put_off)
        self.open_button = PlainButton(text("due_page.open"), "user", self.open_patient)
        foot = row(self.told, self.attempt_button, self.snooze_button, self.open_button, space=3)
        foot.setStretch(0, 1)
        card = Card()
        card.body.addWidget(filters)
        card.body.addWidget(self.table, 1)
        card.body.addLayout(foot)
        self.table.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        self.preview = printing.Preview(self)
        shown = Card()
        back = PlainButton(text("due_page.back"), "arrow-left", self.close_preview)
        send = PlainButton(text("due_page.print"), "printer", self.send_to_printer)
        shown.body.addLayout(row(label(text("due_page.preview"), "section"), None, back, send, space=3))
        shown.body.addWidget(self.preview, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(card)
        self.stack.addWidget(shown)
        self.body.addWidget(self.notice)
        self.body.addWidget(self.buckets)
        self.body.addWidget(self.stack, 1)

    # ---- reading

    def refresh(self) -> None:
        """Filters first, then the list; what was chosen stays."""
        ledger = self.desk.ledger

        def job(_task: Task) -> tuple[list[str], list[str], DueQuery]:
            return worklist.villages(ledger), worklist.doctors(ledger), worklist.saved_query(ledger)

        self.desk.tasks.run("ledger", job, self._show_filters, key="due-filters", owner=self)

    def _show_filters(self, found: tuple[list[str], list[str], DueQuery]) -> None:
        villages, doctors, saved = found
        is_first = self._query is None
        kept = saved if is_first else self.query()
        _fill(self.village, text("due_page.all_villages"), villages)
        _fill(self.doctor, text("due_page.all_doctors"), doctors)
        wanted = dict(self.params) if is_first or self.params else {}
        if "village" in wanted:
            kept = dataclasses.replace(kept, village=wanted["village"])
        if "reminder" in wanted:
            kept = dataclasses.replace(kept, reminder=wanted["reminder"])
        if wanted.get("bucket") in BUCKETS:
            kept = dataclasses.replace(kept, buckets=BUCKETS[str(wanted["bucket"])])
        self.params = {}
        self._put(kept)
        self._read()

    def _put(self, query: DueQuery) -> None:
        chosen = {
            self.village: query.village,
            self.doctor: query.doctor,
            self.window_box: query.window,
            self.visit_class: query.visit_class,
            self.risk: query.risk,
            self.order: query.order,
            self.reminder: query.reminder,
        }
        for box, value in chosen.items():
            box.setCurrentIndex(max(0, box.findData(value)))
        self.buckets.choose(next((key for key, states in BUCKETS.items() if states == query.buckets), _TODO))
        self._query = query

    def query(self) -> DueQuery:
        """What is chosen now."""
        return DueQuery(
            village=self.village.currentData(),
            doctor=self.doctor.currentData(),
            window=self.window_box.currentData(),
            visit_class=self.visit_class.currentData(),
            risk=self.risk.currentData(),
            buckets=BUCKETS[self.buckets.key() or _TODO],
            order=self.order.currentData(),
            reminder=self.reminder.currentData(),
        )

    def _read(self) -> None:
        ledger, today, query = self.desk.ledger, self.desk.today(), self.query()
        self._query = query
        self.desk.tasks.run(
            "ledger",
            lambda _task: worklist.due(ledger, today=today, query=query),
            self._show,
            title=text("table.loading"),
            key="due",
            owner=self,
        )

    def _show(self, found: DueList) -> None:
        current = self.current()
        self._kept = (current.id if current is not None else 0, self.table.view.currentIndex().row())
        self._entries = found.patients
        todo = sum(found.buckets[key] for key in WAITING)
        for key, states in BUCKETS.items():
            self.buckets.set_count(key, sum(found.buckets[state] for state in states))
        self.header.set_title(text("due_page.counted", count=todo))
        self.table.show_rows(self._entries)

    def _after_rows(self) -> None:
        """The cursor stays on its person, or on whoever moved up into the row."""
        count = self.table.count()
        if self.header.primary is not None:
            self.header.primary.setEnabled(bool(count))
        patient_id, row_number = self._kept
        place = next((place for place, one in enumerate(self._entries) if one.id == patient_id), None)
        at = self.table.model.row_of(place) if place is not None else None
        if count:
            self.table.view.selectRow(at if at is not None else min(max(row_number, 0), count - 1))
        self._show_reminders()

    def current(self) -> DueEntry | None:
        """The person the cursor stands on."""
        place = self.table.model.id_at(self.table.view.currentIndex().row())
        return self._entries[place] if place is not None and place < len(self._entries) else None

    def _show_reminders(self) -> None:
        entry = self.current()
        self.told.setText("　".join(one.words for one in entry.reminders) if entry is not None else "")
        is_here = entry is not None and entry.state != "ended"
        self.attempt_button.setEnabled(is_here)
        self.snooze_button.setEnabled(is_here)
        is_put_off = entry is not None and entry.state == "snoozed" and entry.is_put_off
        self.snooze_button.setText(text("due_page.unsnooze" if is_put_off else "due_page.snooze_key"))
        self.open_button.setEnabled(entry is not None)

    # ---- doing

    def displayed(self) -> list[DueEntry]:
        """The rows as they stand on the screen, sorted by a header or not."""
        return [self._entries[place] for place in self.table.model.ids()]

    def open_visit(self, place: int) -> None:
        """Record the follow-up of a row; then the others in the order of the screen."""
        ids = [one.id for one in self.displayed()]
        first = self._entries[place].id
        if self._entries[place].state == "ended":
            self.desk.open_page("patient", patient_id=first)
        else:
            self.desk.open_page("visit", patient_id=first, queue=tuple(ids[ids.index(first) :]))

    def start(self) -> None:
        """Begin with the row of the cursor, or the first."""
        row_number = max(self.table.view.currentIndex().row(), 0)
        place = self.table.model.id_at(row_number)
        if place is not None:
            self.open_visit(place)

    def open_patient(self) -> None:
        """The file of the row's person."""
        if (entry := self.current()) is not None:
            self.desk.open_page("patient", patient_id=entry.id)

    def open_batch(self) -> None:
        """Everybody shown, as a grid for paper."""
        self.desk.open_page("batch", people=tuple(one.id for one in self.displayed()))

    def record_attempt(self) -> None:
        """N: a failed contact."""
        entry = self.current()
        if entry is not None and entry.state != "ended":
            due_dialogs.record_attempt(self.desk, self, entry.id, entry.name)

    def put_off(self) -> None:
        """Z: put the visit off, or end that."""
        entry = self.current()
        if entry is None or entry.state == "ended":
            return
        if entry.is_put_off:
            ledger, today = self.desk.ledger, self.desk.today()
            self.desk.tasks.run(
                "ledger", lambda _task: snoozes.end(ledger, entry.id, today=today), self._on_changed, owner=self
            )
        else:
            due_dialogs.put_off(self.desk, self, entry.id, entry.name)

    def _on_changed(self, changes: Changes) -> None:
        self.desk.saved()
        self.desk.changes.publish(changes, source=self)
        self._read()

    def keep_view(self) -> None:
        """Keep filters and order for this user."""
        ledger, query = self.desk.ledger, self.query()
        self.desk.tasks.run(
            "ledger",
            lambda _task: worklist.save_query(ledger, query),
            lambda _changes: self.notice.say(text("due_page.kept"), "good"),
            owner=self,
        )

    # ---- paper and files

    def print_sheets(self) -> None:
        """入户随访单 for the people shown: numbered, to be typed back by number."""
        ids, day = [one.id for one in self.displayed() if one.state != "ended"], self.desk.today()
        if ids:
            doctor = self.desk.ledger.user_name
            show_paper(
                self.desk,
                self,
                lambda ledger, task: forms.visit_sheets(ledger, today=day, patient_ids=ids, doctor=doctor, task=task),
            )

    def report(self) -> Report:
        """Exactly what is on the screen: its rows in their order, its columns in theirs."""
        keys = [self.table.model.columns[number].key for number in self.table.view.shown_columns()]
        return due_report.build(
            self.displayed(), keys=keys, query=self.query(), unit_name=self.desk.unit_name, today=self.desk.today()
        )

    @property
    def can_print(self) -> bool:
        """Only a list with people on it."""
        return bool(self.table.count())

    @property
    def can_export(self) -> bool:
        """Only a list with people on it."""
        return bool(self.table.count())

    def print_(self) -> None:
        """Show the pages as they will print; printing is one press more."""
        if self.can_print:
            self._with_pdf(self._show_preview)

    def _show_preview(self, content: bytes) -> None:
        self.preview.show_pdf(content)
        self.stack.setCurrentIndex(1)

    def close_preview(self) -> None:
        """Back to the list."""
        self.stack.setCurrentIndex(0)
        self.table.view.setFocus()

    def takes_escape(self) -> bool:
        """Esc closes the preview."""
        if self.stack.currentIndex() == 0:
            return False
        self.close_preview()
        return True

    def send_to_printer(self) -> None:
        """Print; that people were named goes into the audit log."""
        report = self.report()
        title = report.title

        def send(content: bytes) -> None:
            ledger = self.desk.ledger
            self.desk.tasks.run("ledger", lambda _task: due_report.note_use(ledger, report, "due.print"), owner=self)
            printing.print_pdf(self.window(), content, title=title)

        self._with_pdf(send)

    def _with_pdf(self, then: Callable[[bytes], object]) -> None:
        report = self.report()

        def job(task: Task) -> bytes:
            from mhdesk.files import pdf_write

            return pdf_write.report_bytes(report, task)

        self.desk.tasks.run("work", job, then, title=text("due_page.printing"), owner=self)

    def export(self) -> None:
        """Write a workbook where the doctor says."""
        if not self.can_export:
            return
        report = self.report()
        ask_files.save_as(self, text("due_page.export_to"), report.file_stem, lambda path: self.export_to(path, report))

    def export_to(self, path: Path, report: Report) -> None:
        """Write the workbook."""
        ledger = self.desk.ledger
        self.desk.tasks.run(
            "ledger",
            lambda task: due_report.write(ledger, report, path, task=task),
            lambda _none: self.notice.say(text("due_page.exported", file=path.name), "good"),
            title=text("due_page.printing"),
            owner=self,
        )

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("due_page.help")


def columns() -> list[Column]:
    """The columns of the screen: the same texts as on paper, some of them as chips."""
    chips: Mapping[str, Callable[[Any], Sequence[ChipText]]] = {
        "state": _state_chips,
        "visit_class": words.class_chips,
        "risk_level": words.risk_chips,
        "reminders": _reminder_chips,
    }
    return [
        Column(
            key,
            DueColumn.title(key),
            _WIDTHS.get(key, 5.0),
            "chips" if key in chips else "date" if key in {"due_on", "last_visit_on"} else "text",
            value=None if key in chips else column.value,
            chips=chips.get(key),
            tone=_late_tone if key == "late" else None,
            is_bold=key == "name",
            is_stretched=key == "reminders",
            is_shown=column.is_shown,
            is_sortable=key not in {"reminders", "late", "reason"},
        )
        for key, column in COLUMNS.items()
    ]


def _state_chips(entry: DueEntry) -> Sequence[ChipText]:
    return [ChipText(text(f"rounds.state.{entry.state}"), _STATE_TONES.get(entry.state, "plain"))]


def _reminder_chips(entry: DueEntry) -> Sequence[ChipText]:
    return [ChipText(one.short, _URGENT.get(one.key, "missing")) for one in entry.reminders]


def _late_tone(entry: DueEntry) -> ToneName | None:
    return "late" if entry.state == "overdue" else None


def _classes() -> list[tuple[str | None, str]]:
    return [
        (None, text("due_page.all_classes")),
        *due_dialogs.choices("visit_class"),
        ("none", text("rounds.filter.no_class")),
    ]


def _risks() -> list[tuple[str | None, str]]:
    levels = [(level, text("due_page.risk_from", level=level)) for level in "12345"]
    return [(None, text("due_page.all_risks")), *levels]


def _reminder_choices() -> list[tuple[str | None, str]]:
    return [(None, text("due_page.all_reminders")), *((key, text(f"reminders.filter.{key}")) for key in KEYS)]


def _fill(box: QComboBox, everybody: str, names: Sequence[str]) -> None:
    box.clear()
    box.addItem(everybody, None)
    for name in names:
        box.addItem(name, name)
