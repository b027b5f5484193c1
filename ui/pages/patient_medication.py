"""The tab 服药 of a person: how it stands, current orders, the picture of two years, every record with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.medication import AdverseReaction, LaboratoryResult, MedicationOrder
from mhdesk.reports import course
from mhdesk.reports.paper.persons import label as code_label
from mhdesk.rules.medicines.adherence import Period
from mhdesk.rules.medicines.injections import NextInjection
from mhdesk.services import printing
from mhdesk.services.medication import words
from mhdesk.services.medication.picture import Picture
from mhdesk.services.medication.timeline import Shown
from mhdesk.text import text
from ui import theme
from ui.dialogs import medication as forms
from ui.dialogs.paper import show_paper
from ui.dialogs.record import RecordDialog
from ui.pages.base import Desk
from ui.pages.patient_timeline import CourseView
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Beside, Card, Chip, ChipText, ChoiceBar, Notice, PlainButton, column, label, row

PARTS = ("periods", "dispensings", "injections", "orders", "reactions", "results")
#: What changes this tab.
TOPICS = frozenset(
    {"medication_order", "dispensing", "injection", "adverse_reaction", "laboratory_result", "data_override"}
)
_LEAST_ROWS = 7
_SAID_EVIDENCE = 2  # the latest ones; the table has them all
_LATE_STATES = ("late", "due")
_YES = "2"


class MedicationTab(QWidget):
    """Everything about one person's medicine."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.shown: Shown | None = None
        self._dialog: RecordDialog | None = None
        self._rows: dict[str, Sequence[Any]] = dict.fromkeys(PARTS, ())
        self.notice = Notice()
        self.view = CourseView()
        self._make_left()
        self._make_right()
        actions = row(
            *(
                PlainButton(text(f"medication_tab.{key}"), icon, slot)
                for key, icon, slot in (
                    ("dispense", "pill", self.dispense),
                    ("inject", "syringe", self.inject),
                    ("new_order", "plus", self.new_order),
                    ("reaction", "triangle-alert", self.new_reaction),
                    ("laboratory", "plus", self.new_result),
                    ("print", "printer", self.print_),
                )
            ),
            None,
        )
        lines = column(self.notice)
        lines.addLayout(actions)
        lines.addWidget(self._beside, 1)
        self.setLayout(lines)
        for key, slot in (("D", self.dispense), ("I", self.inject), ("O", self.new_order)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def _make_left(self) -> None:
        timeline = Card(text("medication_tab.timeline"))
        timeline.body.addWidget(self.view)
        self.parts = ChoiceBar([(part, text(f"medication_tab.part.{part}")) for part in PARTS])
        self.parts.chosen.connect(self._show_part)
        self.stack = QStackedWidget()
        self.tables: dict[str, TablePanel] = {}
        for part in PARTS:
            table = TablePanel(self._desk.tasks, _COLUMNS[part](), has_foot=False)
            table.set_name(text(f"medication_tab.part.{part}"))
            icon = "syringe" if part == "injections" else "pill"
            table.set_empty(icon, text(f"medication_tab.empty.{part}"), text(f"medication_tab.empty_next.{part}"))
            table.opened.connect(lambda place, part=part: self._open(part, place))
            self.tables[part] = table
            self.stack.addWidget(table)
        self.stack.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        self.correct_button = PlainButton(text("medication_tab.correct"), "pencil", self.correct)
        self.void_button = PlainButton(text("medication_tab.void"), None, self.void)
        records = Card(text("medication_tab.records"))
        records.body.addWidget(self.parts)
        records.body.addWidget(self.stack, 1)
        records.body.addLayout(row(None, self.void_button, self.correct_button, space=3))
        self._left = QWidget()
        self._left.setLayout(column(timeline, records, space=3))

    def _make_right(self) -> None:
        self.status = Card(text("medication_tab.now"))
        self.orders = Card(text("medication_tab.orders"))
        self._beside = Beside(self._left, self.status, self.orders, is_long=True)
        self._show_part(PARTS[0])

    # ---- showing

    def show_medication(self, shown: Shown) -> None:
        """Show one person."""
        if self.shown is not None and self.shown.picture.patient.id != shown.picture.patient.id:
            self.notice.clear()
        self.shown = shown
        found = shown.picture
        self.view.show_course(shown.course)
        self._rows = {
            "periods": list(reversed(found.periods)),
            "dispensings": found.dispensings,
            "injections": found.injections,
            "orders": found.orders,
            "reactions": found.reactions,
            "results": found.results,
        }
        for part, rows in self._rows.items():
            self.tables[part].show_rows(rows)
            if part != "periods":
                self.parts.set_count(part, len(rows))
        self._show_status(found)
        self._show_orders(found)

    def _show_part(self, part: str) -> None:
        self.parts.choose(part)
        self.stack.setCurrentWidget(self.tables[part])
        for button in (self.correct_button, self.void_button):
            button.setVisible(part != "periods")

    def _show_status(self, found: Picture) -> None:
        self.status.empty()
        body = self.status.body
        if found.left_on is not None:
            body.addWidget(label(text("medication_tab.left", day=found.left_on.isoformat()), "body", wrap=True))
            return
        last = found.periods[-1] if found.periods else None
        if last is not None:
            tone: ToneName = course.LOOKS[last.state.value].tone  # type: ignore[assignment]
            chip = Chip(course.legend(last.state.value), tone)
            body.addLayout(row(label(text("medication_tab.state"), "quiet"), chip, None, space=3))
            why = "；".join(one.words for one in last.evidence[-_SAID_EVIDENCE:])
            if len(last.evidence) > _SAID_EVIDENCE:
                why = text("medication_tab.more", said=why)
            if why:
                body.addWidget(label(why, "quiet_small", wrap=True))
        if found.run_out is not None:
            days = (found.run_out - found.today).days
            key = "run_out_left" if days > 0 else "run_out_past"
            said = text(f"medication_tab.{key}", day=found.run_out.isoformat(), days=abs(days))
            self._say("run_out", said, is_bad=days <= found.basis.terms.days("warn_days"))
        for one in found.upcoming:
            self._say("next_injection", _upcoming(one, found), is_bad=_is_late(one, found))
        for watch in found.watches:
            key = "watch_never" if watch.last_on is None else "watch_due"
            wanted = text(f"medication.watch.{watch.watch.key}")
            said = text(f"medication_tab.{key}", words=wanted, day=watch.due_on.isoformat())
            self._say("watch", said, is_bad=watch.due_on <= found.today)
        if found.reasons:
            body.addWidget(label(text("medication_tab.candidate"), "quiet"))
            for reason in found.reasons:
                body.addWidget(label(reason.words, "body", wrap=True))
            body.addWidget(label(text("medication_tab.candidate_note"), "quiet_small", wrap=True))

    def _say(self, key: str, said: str, *, is_bad: bool) -> None:
        name = label(text(f"medication_tab.{key}"), "quiet")
        words_ = label(said, "problem" if is_bad else "body", wrap=True)
        self.status.body.addLayout(column(name, words_, space=0))

    def _show_orders(self, found: Picture) -> None:
        self.orders.empty()
        running = found.running
        if not running:
            self.orders.body.addWidget(label(text("medication_tab.no_orders"), "quiet", wrap=True))
        for one in running:
            named = " ".join(part for part in (one.drug_name, one.specification or "") if part)
            change = PlainButton(text("medication_tab.change"), None, self._slot(self.change_order, one))
            stop = PlainButton(text("medication_tab.stop"), None, self._slot(self.stop_order, one))
            for button, verb in ((change, "change"), (stop, "stop")):
                button.setAccessibleName(text(f"medication_tab.{verb}") + one.drug_name)
            since = text("medication_words.from_visit", day=one.started_on.isoformat())
            said = since if one.id is None else one.started_on.isoformat()
            held = column(label(named, "body", wrap=True), label(words.dose(one), "quiet_small", wrap=True), space=0)
            held.addLayout(row(label(said, "quiet_small"), None, change, stop, space=2))
            self.orders.body.addLayout(held)

    @staticmethod
    def _slot(do: Callable[[MedicationOrder], object], order: MedicationOrder) -> Callable[[], object]:
        return lambda: do(order)

    # ---- doing

    @property
    def _person(self) -> str:
        return self.shown.picture.patient.name if self.shown is not None else ""

    def _edit(self, base: Any) -> None:
        if self.shown is None:
            return
        book = self.shown.picture.basis.book
        dialog = forms.edit(self._desk, self, base, book, self._done, person=self._person)
        self._dialog = dialog
        dialog.destroyed.connect(self._forget)

    def _forget(self) -> None:
        self._dialog = None

    def _done(self, changes: Changes) -> None:
        self.notice.say(text("medication_tab.saved"), "good")
        self._desk.changes.publish(changes)

    def dispense(self) -> None:
        """D: hand out."""
        if self.shown is not None:
            today, staff = self._desk.today(), self._desk.ledger.user_name
            self._edit(forms.next_dispensing(self.shown.picture, today=today, staff=staff))

    def inject(self) -> None:
        """I: an injection."""
        if self.shown is not None:
            today, staff = self._desk.today(), self._desk.ledger.user_name
            self._edit(forms.next_injection(self.shown.picture, today=today, staff=staff))

    def new_order(self) -> None:
        """O: another drug."""
        if self.shown is not None:
            patient_id = self.shown.picture.patient.id or 0
            self._edit(MedicationOrder(patient_id=patient_id, drug_name="", started_on=self._desk.today()))

    def new_reaction(self) -> None:
        """Something a drug did."""
        if self.shown is not None:
            running = self.shown.picture.running
            drug = running[0].drug_name if len(running) == 1 else None
            patient_id = self.shown.picture.patient.id or 0
            self._edit(AdverseReaction(patient_id=patient_id, noticed_on=self._desk.today(), drug_name=drug))

    def new_result(self) -> None:
        """Something that was measured."""
        if self.shown is not None:
            patient_id = self.shown.picture.patient.id or 0
            self._edit(LaboratoryResult(patient_id=patient_id, taken_on=self._desk.today(), item="1"))

    def change_order(self, order: MedicationOrder) -> None:
        """Another dose."""
        if self.shown is not None:
            book = self.shown.picture.basis.book
            self._dialog = forms.change_order(self._desk, self, order, book, self._done, person=self._person)
            self._dialog.destroyed.connect(self._forget)

    def stop_order(self, order: MedicationOrder) -> None:
        """No more of it."""
        forms.stop_order(self._desk, self, order, self._done, person=self._person)

    def _chosen(self) -> Any:
        part = self.parts.key() or PARTS[0]
        places = self.tables[part].view.selected_ids()
        rows = self._rows[part]
        return rows[places[0]] if len(places) == 1 and places[0] < len(rows) else None

    def correct(self) -> None:
        """Correct the chosen record."""
        self._correct(self._chosen())

    def _open(self, part: str, place: int) -> None:
        if part != "periods":
            self._correct(self._rows[part][place])

    def _correct(self, chosen: Any) -> None:
        if chosen is None:
            self.notice.say(text("medication_tab.choose"), "info")
        elif chosen.id is None:  # an order that a visit means
            self._desk.open_page("visit", patient_id=chosen.patient_id, follow_up_id=chosen.follow_up_id)
        else:
            self._edit(chosen)

    def void(self) -> None:
        """Take the chosen record back."""
        chosen = self._chosen()
        if chosen is None or chosen.id is None:
            self.notice.say(text(f"medication_tab.{'choose' if chosen is None else 'from_visit'}"), "info")
        else:
            forms.void(self._desk, self, chosen, self._done)

    def print_(self) -> None:
        """The picture on paper."""
        if self.shown is not None:
            patient_id, today = self.shown.picture.patient.id or 0, self._desk.today()
            show_paper(self._desk, self, lambda ledger, _task: printing.courses(ledger, [patient_id], today=today))

    def leave(self) -> None:
        """The program is being locked: what is being typed becomes a draft."""
        if self._dialog is not None:
            self._dialog.keep()


def _is_late(one: NextInjection, found: Picture) -> bool:
    return one.state(found.today, found.basis.terms).value in _LATE_STATES


def _upcoming(one: NextInjection, found: Picture) -> str:
    if one.due_on is None:
        return text("medication_tab.injection_unknown", drug=one.drug_name)
    state = text(f"medication.injection_state.{one.state(found.today, found.basis.terms).value}")
    return text("medication_tab.injection_due", drug=one.drug_name, day=one.due_on.isoformat(), state=state)


# ---------------------------------------------------------------- columns


def _head(key: str) -> str:
    return text(f"medication_tab.column.{key}")


def _state_chip(one: Period) -> Sequence[ChipText]:
    tone: ToneName = course.LOOKS[one.state.value].tone  # type: ignore[assignment]
    return [ChipText(course.legend(one.state.value), tone)]


def _periods() -> list[Column]:
    return [
        Column("start", _head("span"), 13, value=lambda one: course.span_words(one.start, one.end)),
        Column("state", _head("state"), 7, "chips", chips=_state_chip),
        Column("days", _head("days"), 4, "number"),
        Column("why", _head("why"), 20, is_stretched=True, is_sortable=False, value=words.why),
    ]


def _dispensings() -> list[Column]:
    return [
        Column("dispensed_on", _head("day"), 6.5, "date", is_bold=True),
        Column("drug_name", _head("drug"), 9, is_stretched=True),
        Column("amount", _head("amount"), 5, value=lambda one: words.amount(one.quantity, one.unit)),
        Column("days", _head("enough"), 5, "number"),
        Column("batch", _head("batch"), 6),
        Column("is_free", _head("free"), 4, value=lambda one: text("table.yes") if one.is_free == _YES else ""),
        Column("receiver", _head("receiver"), 5),
        Column("staff_name", _head("staff"), 5),
    ]


def _injections() -> list[Column]:
    return [
        Column("injected_on", _head("day"), 6.5, "date", is_bold=True),
        Column("drug_name", _head("drug"), 9, is_stretched=True),
        Column("dose", _head("amount"), 5, value=lambda one: words.amount(one.dose, one.dose_unit or "mg")),
        Column("site", _head("site"), 6, value=lambda one: code_label("injection_site", one.site)),
        Column("reaction", _head("reaction"), 7, value=words.reaction),
        Column("next_due_on", _head("next"), 6.5, "date"),
        Column("batch", _head("batch"), 6),
        Column("staff_name", _head("staff"), 5),
    ]


def _orders() -> list[Column]:
    return [
        Column("drug_name", _head("drug"), 8, is_bold=True),
        Column("dose", _head("dose"), 12, is_stretched=True, is_sortable=False, value=words.dose),
        Column("started_on", _head("start"), 6.5, "date"),
        Column("stopped_on", _head("stop"), 6.5, "date"),
        Column("stop_reason", _head("why_stopped"), 8, value=words.stopped),
        Column("source", _head("source"), 8, is_sortable=False, value=words.source),
    ]


def _reactions() -> list[Column]:
    return [
        Column("noticed_on", _head("day"), 6.5, "date", is_bold=True),
        Column("drug_name", _head("drug"), 7),
        Column("kinds", _head("kinds"), 10, is_stretched=True, value=lambda one: words.kinds(one.kinds)),
        Column("severity", _head("severity"), 4, value=lambda one: code_label("adverse_severity", one.severity)),
        Column("detail", _head("detail"), 8),
        Column("measures", _head("measures"), 8),
        Column("ended_on", _head("ended"), 6.5, "date"),
    ]


def _results() -> list[Column]:
    return [
        Column("taken_on", _head("day"), 6.5, "date", is_bold=True),
        Column("item", _head("item"), 8, value=lambda one: code_label("laboratory_item", one.item)),
        Column("result", _head("result"), 12, is_stretched=True, value=words.result),
        Column("abnormal", _head("abnormal"), 5,
               value=lambda one: text(f"medication_form.findings.{one.abnormal}") if one.abnormal else ""),
        Column("hospital", _head("hospital"), 8),
    ]  # fmt: skip


_COLUMNS: dict[str, Callable[[], list[Column]]] = {
    "periods": _periods,
    "dispensings": _dispensings,
    "injections": _injections,
    "orders": _orders,
    "reactions": _reactions,
    "results": _results,
}
