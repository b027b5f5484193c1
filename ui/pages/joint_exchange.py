"""信息交换: who must be told about, the sheets with their receipts, and the people on each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.codes import code_list
from mhdesk.domain.joint import Direction
from mhdesk.services import patients
from mhdesk.services.joint import exchange, records
from mhdesk.services.joint import waiting as waiting_service
from mhdesk.services.joint.kinds import KINDS
from mhdesk.services.joint.records import Files, Line
from mhdesk.services.joint.waiting import Waiting
from mhdesk.services.worklist import DueEntry
from mhdesk.text import text
from ui import theme
from ui.pages import joint_dialogs as dialogs
from ui.pages.base import Desk
from ui.pages.joint_paper import show_record
from ui.pages.joint_parts import files_column
from ui.pages.joint_waiting import WaitingList
from ui.search_box import SearchBox
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Beside, Card, Chip, ChipText, ChoiceBar, FlowLayout, Notice, PlainButton, clear, row

_LEAST_ROWS, _LEAST_PEOPLE = 5, 8
_SEARCH_CHARACTERS = 16
_MAIN_CHARACTERS = 42


class Found(NamedTuple):
    """Everything the part shows: sheets, days waited by sheet, and for each side who has not been told about.

    `counts`: people by sheet; `left_out`: those of them whose file was taken back, named no more.
    """

    sheets: Sequence[Line]
    waiting: dict[int, exchange.Waiting]
    counts: Counter[int]
    left_out: Counter[int]
    things: Sequence[Waiting]
    untold: dict[str, Sequence[DueEntry]]


def read(ledger: Any, today: Any) -> Found:
    """Read it. For the ledger's lane."""
    terms = records.terms(ledger)
    counts, left_out = (
        Counter(one.record.sheet_id for one in records.listed(ledger, "exchange_row", files=files))
        for files in (Files.KEPT, Files.VOIDED)
    )
    return Found(
        records.listed(ledger, "exchange_sheet"),
        {one.sheet.id or 0: one for one in exchange.waiting(ledger, today=today)},
        counts,
        left_out,
        waiting_service.of_part(ledger, "exchange", today=today),
        {side: exchange.untold(ledger, side, today=today) for side in terms.sides},
    )


class ExchangePart(QWidget):
    """The sheets at the left, the people of the chosen one at the right."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.found = Found((), {}, Counter(), Counter(), (), {})
        self._people: Sequence[Line] = ()
        self.notice = Notice()
        self._untold = FlowLayout(space=2)
        self.table = TablePanel(desk.tasks, self._sheet_columns())
        self.table.set_name(KINDS["exchange_sheet"].title)
        self.table.set_empty("inbox", text("joint.exchange.empty"), text("joint.exchange.empty_next"))
        self.table.view.selection_changed.connect(self._read_people)
        self.table.shown.connect(self._after_rows)
        self.table.opened.connect(lambda _place: self.open())
        self.choice = ChoiceBar([(key, text(f"joint.exchange.show_{key}")) for key in ("sheets", "waiting")])
        self.choice.chosen.connect(lambda _key: self._show_chosen())
        self.waiting = WaitingList(desk, "exchange")
        self.lists = QStackedWidget()
        self.lists.addWidget(self.table)
        self.lists.addWidget(self.waiting)
        self.people = TablePanel(desk.tasks, _people_columns(), has_foot=False)
        self.people.set_name(text("joint.exchange.people"))
        self.people.set_empty("users", text("joint.exchange.nobody"))
        self.people.opened.connect(
            lambda place: desk.open_page("patient", patient_id=self._people[place].record.patient_id, tab="joint")
        )
        self.search = SearchBox(desk.tasks, lambda term, limit: patients.search(desk.ledger, term, limit=limit))
        self.search.setPlaceholderText(text("joint.exchange.add_find"))
        self.search.setAccessibleName(text("joint.exchange.add_find"))
        self.search.chosen.connect(self.add_person)
        self.buttons = {
            "send": PlainButton(text("joint.exchange.send"), "arrow-right", self.send),
            "receipt": PlainButton(text("joint.exchange.receipt"), "check", self.receipt),
            "print": PlainButton(text("printing.print"), "printer", self.print_),
            "open": PlainButton(text("joint.open"), "pencil", self.open),
            "files": PlainButton(text("attachments.open"), "eye", self.show_files),
            "history": PlainButton(text("record_history.open"), "history", self.show_history),
            "received": PlainButton(text("joint.exchange.received"), "download", self.receive),
            "void": PlainButton(text("joint.void"), "trash-2", self.void),
        }
        self.drop = PlainButton(text("joint.exchange.drop"), "x", self.drop_person)
        self._lay_out()

    def _lay_out(self) -> None:
        main = Card()
        said, foot = QWidget(), QWidget()
        said.setLayout(self._untold)
        flow = FlowLayout(space=3)
        for button in self.buttons.values():
            flow.addWidget(button)
        foot.setLayout(flow)
        main.body.addWidget(said)
        main.body.addLayout(row(self.choice, None))
        main.body.addWidget(self.lists, 1)
        main.body.addWidget(foot)
        self.side = Card(text("joint.exchange.people"))
        self.side.body.addWidget(self.people, 1)
        self.side.body.addWidget(self.search)
        self.side.body.addLayout(row(self.drop, None))
        self.lists.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        self.people.setMinimumHeight(theme.current().size("row") * _LEAST_PEOPLE)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.current().space(3))
        lines.addWidget(self.notice)
        lines.addWidget(Beside(main, self.side, main_em=_MAIN_CHARACTERS), 1)

    # ---- reading

    def refresh(self) -> None:
        """Everything anew."""
        ledger, today = self.desk.ledger, self.desk.today()
        self.desk.tasks.run("ledger", lambda _task: read(ledger, today), self._show, key="joint-exchange", owner=self)

    def _show(self, found: Found) -> None:
        self.found = found
        clear(self._untold)
        for side, people in found.untold.items():
            name = code_list("exchange_side").label(side)
            key = "joint.exchange.untold" if people else "joint.exchange.told"
            self._untold.addWidget(Chip(text(key, side=name, count=len(people)), "now" if people else "good"))
        self.table.show_rows(found.sheets)
        self.waiting.show_rows(found.things)
        self.choice.set_count("sheets", len(found.sheets))
        self.choice.set_count("waiting", len(found.things))

    def show_waiting(self) -> None:
        """Show what waits."""
        self.choice.choose("waiting")
        self._show_chosen()

    def _show_chosen(self) -> None:
        is_waiting = self.choice.key() == "waiting"
        self.lists.setCurrentWidget(self.waiting if is_waiting else self.table)

    def _after_rows(self) -> None:
        if self.table.count() and not self.table.view.currentIndex().isValid():
            self.table.view.selectRow(0)
        self._read_people()

    def current(self) -> Line | None:
        """The sheet the cursor stands on."""
        place = self.table.model.id_at(self.table.view.currentIndex().row())
        sheets = self.found.sheets
        return sheets[place] if place is not None and place < len(sheets) else None

    def _read_people(self) -> None:
        line = self.current()
        sheet = line.record if line is not None else None
        is_open = sheet is not None and sheet.sent_on is None
        self.buttons["send"].setEnabled(is_open)
        waits = sheet is not None and sheet.id in self.found.waiting
        self.buttons["receipt"].setEnabled(waits)
        for key in ("print", "open", "files", "history", "void"):
            self.buttons[key].setEnabled(sheet is not None)
        may_change = sheet is not None and (is_open or sheet.direction == Direction.RECEIVED)
        self.search.setEnabled(may_change)
        self.drop.setEnabled(may_change)
        if sheet is None:
            self._show_people(())
            return
        gone = self.found.left_out[sheet.id or 0]
        key = "joint.exchange.people_left_out" if gone else "joint.exchange.people_of"
        self.side.head.set_title(text(key, number=sheet.number, count=gone))
        ledger, sheet_id = self.desk.ledger, sheet.id
        self.desk.tasks.run(
            "ledger",
            lambda _task: sorted(
                records.listed(ledger, "exchange_row", sheet_id=sheet_id), key=lambda one: one.record.row
            ),
            self._show_people,
            key="joint-exchange-people",
            owner=self,
        )

    def _show_people(self, lines: Sequence[Line]) -> None:
        self._people = lines
        self.people.show_rows(lines)

    # ---- doing

    def start(self) -> None:
        """A new sheet: for the side with most people to be told about."""
        sides = sorted(self.found.untold, key=lambda side: -len(self.found.untold[side]))
        dialogs.draw_up(self.desk, self, sides[0] if sides else "1", on_done=self.done)

    def receive(self) -> None:
        """A sheet that came from the other side is typed."""
        self.desk.open_page("joint_record", kind="exchange_sheet")

    def open(self) -> None:
        """The sheet's own items."""
        if (line := self.current()) is not None:
            self.desk.open_page("joint_record", kind="exchange_sheet", record_id=line.id)

    def send(self) -> None:
        """It left the house."""
        if (line := self.current()) is not None and line.record.sent_on is None:
            dialogs.send(self.desk, self, line.record, on_done=self.done)

    def receipt(self) -> None:
        """Who took it over."""
        if (line := self.current()) is not None and line.id in self.found.waiting:
            dialogs.receipt(self.desk, self, line.record, on_done=self.done)

    def add_person(self, patient_id: int) -> None:
        """One more person."""
        self.search.clear()
        if (line := self.current()) is not None:
            dialogs.add_person(self.desk, self, line.id, patient_id, on_done=self.done)

    def drop_person(self) -> None:
        """Take a person off a sheet that was not sent."""
        place = self.people.model.id_at(self.people.view.currentIndex().row())
        if place is not None and place < len(self._people):
            dialogs.ask_void(self.desk, self, KINDS["exchange_row"], self._people[place].id, on_done=self.done)

    def show_files(self) -> None:
        """The scan of the sheet and its receipt."""
        if (line := self.current()) is not None:
            dialogs.show_files(self.desk, self, KINDS["exchange_sheet"], line.id, "", on_done=self.done)

    def show_history(self) -> None:
        """Who changed what of the sheet and the people on it."""
        if (line := self.current()) is not None:
            dialogs.show_record_history(self.desk, self, KINDS["exchange_sheet"], line.id, "", on_done=self.done)

    def void(self) -> None:
        """Take a sheet back."""
        if (line := self.current()) is not None:
            dialogs.ask_void(self.desk, self, KINDS["exchange_sheet"], line.id, on_done=self.done)

    @property
    def can_print(self) -> bool:
        """Only a sheet."""
        return self.current() is not None

    def print_(self) -> None:
        """The sheet with its receipt."""
        if (line := self.current()) is not None:
            show_record(self.desk, self, "exchange_sheet", line.id)

    def export(self) -> None:
        """A sheet leaves the house on paper, not as a workbook."""

    def done(self, changes: Changes) -> None:
        """Something was stored."""
        self.desk.saved()
        self.desk.changes.publish(changes, source=self)
        self.refresh()

    # ---- columns

    def _sheet_columns(self) -> list[Column]:
        def word(name: str, code: str | None) -> str:
            return code_list(name).label(code) if code else ""

        def state(line: Any) -> Sequence[ChipText]:
            sheet = line.record
            if sheet.direction == Direction.RECEIVED:
                return [ChipText(text("joint.exchange.state_received"), "info")]
            if sheet.sent_on is None:
                return [ChipText(text("joint.exchange.state_open"), "missing")]
            if sheet.receipt_on is not None:
                return [ChipText(text("joint.exchange.state_receipt"), "good")]
            waits = self.found.waiting.get(line.id)
            late: ToneName = "late" if waits is not None and waits.is_late else "info"
            return [ChipText(text("joint.exchange.state_sent", days=waits.days if waits else 0), late)]

        def period(line: Any) -> str:
            first, last = line.record.first_day, line.record.last_day
            same = first.year == last.year
            return text("joint.exchange.period", first=first, last=last.strftime("%m-%d") if same else last)

        return [
            Column("number", text("joint.exchange.number"), 3, "number", value=lambda one: one.record.number),
            Column("side", text("joint.exchange.side"), 5.5, is_bold=True,
                   value=lambda one: word("exchange_side", one.record.other_side)),
            Column("period", text("joint.exchange.period_title"), 11, value=period, is_stretched=True),
            Column("people", text("joint.exchange.count"), 3, "number",
                   value=lambda one: self.found.counts[one.id]),
            Column("sent_on", text("joint.exchange.sent_on"), 7, "date", value=lambda one: one.record.sent_on),
            Column("state", text("joint.exchange.state"), 7, "chips", chips=state, is_sortable=False),
            Column("receipt_by", text("joint.exchange.receipt_by"), 4, value=lambda one: one.record.receipt_by),
            files_column(is_shown=False),
        ]  # fmt: skip


def _people_columns() -> list[Column]:
    return [
        Column("row", text("joint.file.serial"), 2, "number", value=lambda one: one.record.row, is_shown=False),
        Column("name", text("joint.column.name"), 4, value=lambda one: one.name, is_bold=True),
        Column("risk", text("joint.exchange.risk"), 3, value=lambda one: one.words("risk_level")),
        Column("reason", text("joint.exchange.reason"), 4, value=lambda one: one.words("reason"), is_stretched=True),
    ]
