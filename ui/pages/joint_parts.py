"""One kind of record on the page of joint work: how it stands, its list, and what is done with a record."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.task import Task
from mhdesk.services import patients, printing
from mhdesk.services.imports import ImportResult
from mhdesk.services.joint import files, records, waiting
from mhdesk.services.joint.kinds import KINDS, JointKind
from mhdesk.services.joint.records import Files, Line
from mhdesk.services.joint.waiting import Waiting
from mhdesk.text import text
from ui import messages, theme
from ui.dialogs import ask_files
from ui.pages import joint_dialogs as dialogs
from ui.pages.base import Desk
from ui.pages.joint_paper import PRINTED, show_list, show_record
from ui.pages.joint_summary import Summary, summary_of
from ui.pages.joint_waiting import WaitingList
from ui.search_box import SearchBox
from ui.tables import Column, TablePanel
from ui.widgets import Card, Chip, ChoiceBar, FlowLayout, Notice, PlainButton, clear, label, row

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

LEAST_ROWS = 6
_TOLD = 4  # problems of a file said before it is taken in
_SEARCH_CHARACTERS = 24
_SPANS = ("year", "all")
#: Kinds that last: those in force come first, whenever they began.
_LASTING = frozenset({"agreement", "assistance", "service_point"})
_VOIDED, _WAITING = "voided", "waiting"
_WIDTHS = {
    "participants": 10, "incidents": 6, "informed": 7, "causes": 9, "measures": 7, "topics": 14, "items": 12,
    "theme": 12, "services": 12, "findings": 9, "institution": 9, "ended_at": 8.5, "filled_at": 8.5, "kind": 8,
    "number": 6, "name": 9, "risk_level": 6, "whereabouts": 5, "state": 5, "people": 5, "sessions": 4,
    "materials": 5, "quarter": 5, "result": 6, "systolic": 5, "diastolic": 5, "minutes": 5, "amount": 5,
    "first_day": 7, "last_day": 7, "closed_on": 7, "unit_id": 7, "guardian_name": 6,
}  # fmt: skip
#: Columns a list has no room for at first, beside what stands at its right; the doctor may choose them.
_HIDDEN: Mapping[str, set[str]] = {
    "emergency": {"measures"},
    "agreement": {"day", "first_day", "stopped_on"},
    "outreach": {"unit_id", "files"},
}
#: What takes the room left over.
_STRETCHED = frozenset({"participants", "topics", "theme", "services", "items", "detail", "causes", "name"})
_NUMBERS = frozenset({"sessions", "people", "materials", "amount", "minutes", "systolic", "diastolic"})


def columns_of(kind: JointKind) -> list[Column]:
    """Day, person and village, then the items its list shows."""
    made = []
    if kind.record in _DATED:
        is_bold = not kind.is_personal
        made.append(Column("day", text("joint.column.day"), 7, "date", value=lambda one: one.day, is_bold=is_bold))
    if kind.is_personal:
        made.append(Column("name", text("joint.column.name"), 6, value=lambda one: one.name, is_bold=True))
        made.append(Column("village", text("joint.column.village"), 7, value=lambda one: one.village))
    wide = next((key for key in kind.columns if key in _STRETCHED), kind.columns[-1])
    made += [_column(kind, key, is_wide=key == wide) for key in kind.columns]
    hidden = _HIDDEN.get(kind.key, set())
    return [dataclasses.replace(one, is_shown=one.key not in hidden) for one in (*made, files_column())]


def files_column(*, is_shown: bool = True) -> Column:
    """How many photographs and scans a record has; nothing where there are none."""
    words = text("joint.column.files")
    return Column("files", words, 4, "number", value=lambda one: one.files or None, is_shown=is_shown)


def _column(kind: JointKind, key: str, *, is_wide: bool) -> Column:
    """An item of the list: amounts at the right, everything else in words."""
    words = text(f"joint.short.{key}") if key in _SHORT else kind.spec.field(key).label
    width = _WIDTHS.get(key, 8)
    if key in _NUMBERS:
        return Column(key, words, width, "number", value=lambda one: getattr(one.record, key), is_stretched=is_wide)
    return Column(key, words, width, value=lambda one: one.words(key), is_stretched=is_wide)


_SHORT = frozenset(
    {"systolic", "diastolic", "unit_id", "incidents", "amount", "minutes", "materials", "informed", "participants",
     "ended_at", "filled_at", "measures"}
)  # fmt: skip
_DATED = frozenset(kind.record for kind in KINDS.values() if kind.key != "exchange_row")


class _Read(NamedTuple):
    """What a sheet shows."""

    lines: Sequence[Line]
    of_voided_files: Sequence[Line]
    summary: Summary
    waiting: Sequence[Waiting]


class RecordsPart(QWidget):
    """The list of one kind."""

    def __init__(self, desk: Desk, key: str) -> None:
        super().__init__()
        self.desk, self.kind = desk, KINDS[key]
        self._all: Sequence[Line] = ()
        self._gone: Sequence[Line] = ()  # of files that were taken back
        self._shown: Sequence[Line] = ()
        self._said = Summary()
        self._offered: set[str] = set()
        self._wants_waiting = False
        self.notice = Notice()
        self._summary = FlowLayout(space=2)
        self._source = label("", "quiet_small", wrap=True)
        self.search = SearchBox(desk.tasks, lambda term, limit: patients.search(desk.ledger, term, limit=limit))
        self.search.setPlaceholderText(text("joint.find", kind=self.kind.title))
        self.search.setAccessibleName(text("joint.find", kind=self.kind.title))
        self.search.setFixedWidth(theme.current().em(_SEARCH_CHARACTERS))
        self.search.chosen.connect(self.new_for)
        self.search.setVisible(self.kind.is_personal)
        first = "running" if key in _LASTING else _SPANS[0]
        self._spans = (first, _SPANS[1])
        self.spans = ChoiceBar([(span, text(f"joint.span.{span}")) for span in self._spans])
        self.spans.chosen.connect(lambda _key: self._show_chosen())
        self.waiting = WaitingList(desk, key)
        self.lists = QStackedWidget()
        self.table = TablePanel(desk.tasks, columns_of(self.kind))
        self.table.set_name(self.kind.title)
        next_step = "joint.empty_person" if self.kind.is_personal else "joint.empty_unit"
        self.table.set_empty("inbox", text("joint.empty", kind=self.kind.title), text(next_step))
        self.table.opened.connect(self._open_place)
        self.table.view.selection_changed.connect(self._show_buttons)
        self.table.shown.connect(self._after_rows)
        self.lists.setMinimumHeight(theme.current().size("row") * LEAST_ROWS)
        self.lists.addWidget(self.table)
        self.lists.addWidget(self.waiting)
        self.buttons = {
            "open": PlainButton(text("joint.open"), "pencil", self._open_current),
            "print": PlainButton(text("printing.print"), "printer", self.print_),
            "files": PlainButton(text("attachments.open"), "eye", self.show_files),
            "history": PlainButton(text("record_history.open"), "history", self.show_history),
            "void": PlainButton(text("joint.void"), "trash-2", self._void),
            "export": PlainButton(text("joint.export"), "download", self.export),
            "import": PlainButton(text("joint.import"), "upload", self.choose_file),
        }
        self.buttons["print"].setVisible(self.can_print)
        self.buttons["import"].setVisible(key in files.IMPORTED)
        self.lay_out()

    def lay_out(self) -> None:
        """Summary, list, buttons below each other."""
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.current().space(3))
        lines.addWidget(self.notice)
        lines.addWidget(self.card(), 1)

    def card(self) -> Card:
        """The list with what stands above and below it."""
        made = Card()
        said = QWidget()
        said.setLayout(self._summary)
        made.body.addWidget(said)
        made.body.addWidget(self._source)
        made.body.addLayout(row(self.search, self.spans, None, space=4))
        made.body.addWidget(self.lists, 1)
        foot = QWidget()
        flow = FlowLayout(space=3)
        for button in self.buttons.values():
            flow.addWidget(button)
        foot.setLayout(flow)
        made.body.addWidget(foot)
        return made

    # ---- reading

    def refresh(self) -> None:
        """The records anew, and how they stand."""
        ledger, today, key = self.desk.ledger, self.desk.today(), self.kind.key

        def job(_task: Task) -> _Read:
            return _Read(
                records.listed(ledger, key),
                records.listed(ledger, key, files=Files.VOIDED),
                summary_of(ledger, key, today=today),
                waiting.of_part(ledger, key, today=today),
            )

        self.desk.tasks.run("ledger", job, self._show, title=text("table.loading"), key=f"joint-{key}", owner=self)

    def _show(self, found: _Read) -> None:
        self._all, self._gone, self._said = found.lines, found.of_voided_files, found.summary
        self.waiting.show_rows(found.waiting)
        clear(self._summary)
        for chip in self._said.chips:
            self._summary.addWidget(Chip(chip.label, chip.tone))
        self.spans.set_count(self._spans[0], len(self._of_now()))
        self.spans.set_count("all", len(self._all))
        self._offer(_WAITING, len(found.waiting))
        self._offer(_VOIDED, len(self._gone))
        if self._wants_waiting:
            self._wants_waiting = False
            if found.waiting:
                self.spans.choose(_WAITING)
        self._show_chosen()

    def _offer(self, key: str, count: int) -> None:
        """A pill for what waits, or for records of files that were taken back, while there are any."""
        if count and key not in self._offered:
            self.spans.add(key, text(f"joint.span.{key}"))
            self._offered.add(key)
        elif not count and key in self._offered:
            if self.spans.key() == key:
                self.spans.choose(self._spans[0])
            self.spans.remove(key)
            self._offered.remove(key)
        if count:
            self.spans.set_count(key, count)

    def show_waiting(self) -> None:
        """Show what waits, as soon as it is read."""
        self._wants_waiting = True

    def _of_now(self) -> list[Line]:
        """Those of the first pill: of this year, or in force today."""
        today = self.desk.today()
        if self.kind.key in _LASTING:
            return [one for one in self._all if records.is_running(one.record, today)]
        return [one for one in self._all if one.day is not None and one.day.year >= today.year]

    @property
    def is_voided(self) -> bool:
        """Whether records of files that were taken back are shown: to be looked at, nothing else."""
        return self.spans.key() == _VOIDED

    @property
    def is_waiting(self) -> bool:
        """Whether what waits is shown."""
        return self.spans.key() == _WAITING

    def _show_chosen(self) -> None:
        self.lists.setCurrentWidget(self.waiting if self.is_waiting else self.table)
        if self.is_voided:
            self._shown = list(self._gone)
        elif self.is_waiting:
            self._shown = ()
        else:
            self._shown = self._of_now() if self.spans.key() == self._spans[0] else list(self._all)
        said = text("joint.voided_said") if self.is_voided else self._said.source
        self._source.setText(said)
        self._source.setVisible(bool(said))
        self.table.show_rows(self._shown)

    def _after_rows(self) -> None:
        if self.table.count() and not self.table.view.currentIndex().isValid():
            self.table.view.selectRow(0)
        self._show_buttons()

    def current(self) -> Line | None:
        """The record the cursor stands on."""
        place = self.table.model.id_at(self.table.view.currentIndex().row())
        return self._shown[place] if place is not None and place < len(self._shown) else None

    def _show_buttons(self) -> None:
        line = self.current()
        for key in ("open", "files", "history", "void"):
            self.buttons[key].setEnabled(line is not None and not self.is_voided)
        has_any = bool(self._shown) if self.prints_list else line is not None
        self.buttons["print"].setEnabled(has_any and not self.is_voided)
        self.buttons["export"].setEnabled(bool(self._shown) and not self.is_voided)
        self.chosen(line)

    def chosen(self, line: Line | None) -> None:
        """The cursor stands on another record; parts with something beside the list show it."""

    # ---- doing

    def start(self) -> None:
        """The primary button: a new record; of a person: first say whose."""
        if self.kind.is_personal:
            self.search.setFocus()
        else:
            self.desk.open_page("joint_record", kind=self.kind.key)

    def new_for(self, patient_id: int) -> None:
        """A new record of this person."""
        self.search.clear()
        self.desk.open_page("joint_record", kind=self.kind.key, patient_id=patient_id)

    def _open_place(self, place: int) -> None:
        if self.is_voided:
            self.desk.open_page("recycle")
        else:
            self.open(self._shown[place].id)

    def open(self, record_id: int) -> None:
        """Change a record."""
        self.desk.open_page("joint_record", kind=self.kind.key, record_id=record_id)

    def _open_current(self) -> None:
        if (line := self.current()) is not None:
            self.open(line.id)

    @property
    def can_print(self) -> bool:
        """Whether this kind prints, by records or as a list."""
        return self.kind.key in PRINTED or self.prints_list

    @property
    def prints_list(self) -> bool:
        """Whether this kind prints as the list shown."""
        return self.kind.key in printing.LISTED

    def print_(self) -> None:
        """The record on paper, or the list as it is shown: of this year, or all of it."""
        if self.is_voided:
            return
        if self.prints_list:
            if self._shown:
                today, span = self.desk.today(), self.spans.key()
                first = today.replace(month=1, day=1) if span == "year" else None
                show_list(self.desk, self, self.kind.key, first, running_on=today if span == "running" else None)
        elif self.can_print and (line := self.current()) is not None:
            show_record(self.desk, self, self.kind.key, line.id)

    def show_files(self) -> None:
        """The photographs and scans of the record."""
        if (line := self.current()) is not None:
            dialogs.show_files(self.desk, self, self.kind, line.id, line.name, on_done=self.done)

    def show_history(self) -> None:
        """Who changed what of the record, and when."""
        if (line := self.current()) is not None:
            dialogs.show_record_history(self.desk, self, self.kind, line.id, line.name, on_done=self.done)

    def _void(self) -> None:
        if (line := self.current()) is not None:
            dialogs.ask_void(self.desk, self, self.kind, line.id, on_done=self.done)

    def done(self, changes: Changes) -> None:
        """Something was stored."""
        self.desk.saved()
        self.desk.changes.publish(changes, source=self)
        self.refresh()

    # ---- files

    def export(self) -> None:
        """The list as a workbook; names only when the doctor says so."""
        if not self._shown or self.is_voided:
            return
        if not self.kind.is_personal:
            self._choose_target(identified=True)
            return
        count = len({one.record.patient_id for one in self._shown})
        box = messages.MessageDialog(
            self.window(), title=text("joint.export"), sentence=text("joint.export_names", count=count)
        )
        box.add_button(PlainButton(text("joint.export_masked")), lambda: self._choose_target(identified=False))
        box.add_button(PlainButton(text("joint.export_identified")), lambda: self._choose_target(identified=True))
        box.show()

    def _choose_target(self, *, identified: bool) -> None:
        name = f"{self.kind.title}{self.desk.today().isoformat()}"
        ask_files.save_as(self, text("joint.export"), name, lambda path: self.write(path, identified=identified))

    def write(self, path: Path, *, identified: bool) -> None:
        """Write the records shown."""
        ledger, key, lines, today = self.desk.ledger, self.kind.key, list(self._shown), self.desk.today()

        def job(task: Task) -> int:
            return files.export(ledger, key, path, lines=lines, today=today, identified=identified, task=task)

        self.desk.tasks.run(
            "ledger",
            job,
            lambda count: self.notice.say(text("joint.exported", count=count, file=path.name), "good"),
            title=text("joint.exporting"),
            owner=self,
        )

    def choose_file(self) -> None:
        """Which table to read."""
        ask_files.open_file(self, text("joint.import"), ask_files.TABLES, self.try_file)

    def try_file(self, path: Path) -> None:
        """What the file would bring; nothing is stored before the doctor says so."""
        self._import(path, lambda result: self._confirm(path, result), dry_run=True)

    def _import(self, path: Path, then: Any, *, dry_run: bool) -> None:
        ledger: Ledger = self.desk.ledger
        key, today = self.kind.key, self.desk.today()
        self.desk.tasks.run(
            "ledger",
            lambda task: files.import_file(ledger, path, key, dry_run=dry_run, today=today, task=task),
            then,
            title=text("joint.importing"),
            owner=self,
        )

    def _confirm(self, path: Path, result: ImportResult) -> None:
        messages.confirm(
            self.window(),
            title=text("joint.import"),
            sentence=_counted("joint.import_would", result),
            next_step=_told(result),
            verb=text("joint.import_now"),
            on_yes=lambda: self._import(path, self._imported, dry_run=False),
        )

    def _imported(self, result: ImportResult) -> None:
        said = _counted("joint.imported", result)
        if result.rejected_file is not None:
            said += text("joint.rejected_file", file=result.rejected_file.name)
        self.notice.say(said, "missing" if result.rejected else "good")
        self.done(result.changes)


def _told(result: ImportResult) -> str:
    """The first things that are wrong with a file, row by row; "" where nothing is."""
    said = [text("joint.import_problem", row=one.row, message=one.message) for one in result.problems[:_TOLD]]
    if len(result.problems) > _TOLD:
        said.append(text("joint.import_more", count=len(result.problems) - _TOLD))
    return "\n".join(said)


def _counted(key: str, result: ImportResult) -> str:
    return text(
        key, rows=result.rows, new=result.new, same=result.same, changed=result.changed, rejected=result.rejected
    )
