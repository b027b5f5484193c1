"""流转转诊: slips out and in with their receipts, referrals, discharge notes received.

Parameter: `patient_id`, whom a new slip is about (from the person's page); otherwise the person is found here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.task import Task
from mhdesk.services import patients, slip_files, transfers
from mhdesk.services.slip_files import SlipFile
from mhdesk.services.transfers import SlipRow
from mhdesk.text import text
from ui import theme
from ui.dialogs import ask_files
from ui.dialogs.paper import show_paper
from ui.pages import transfer_dialogs as dialogs
from ui.pages.base import Desk, Page, Params, Shot, keys_of
from ui.search_box import SearchBox
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Card, ChipText, ChoiceBar, FlowLayout, Notice, PlainButton, label, row

_LISTS = ("waiting", "all")
_LEAST_ROWS = 6
_SEARCH_CHARACTERS = 26
_TONES: Mapping[str | None, ToneName] = {"accepted": "good", "refused": "now", None: "missing"}


@dataclass(frozen=True)
class SlipLine:
    """A slip of the list, with how long it has waited."""

    slip: SlipRow
    days: int | None = None
    is_late: bool = False


class TransfersPage(Page):
    """Slips and receipts."""

    topics = frozenset({"transfer", "movement", "patient"})
    shots = (Shot("transfers"),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._all: Sequence[SlipLine] = ()
        self._shown: Sequence[SlipLine] = ()
        self.person: tuple[int, str] | None = None
        self.header.set_title(text("transfers.title"))
        self.header.add_action(text("transfers.read_file"), "upload", self.choose_file)
        self.header.set_primary(text("transfers.take_in"), "user-plus", self.take_in)
        self.notice = Notice()
        self.search = SearchBox(desk.tasks, lambda term, limit: patients.search(desk.ledger, term, limit=limit))
        self.search.setPlaceholderText(text("transfers.find"))
        self.search.setAccessibleName(text("transfers.find"))
        self.search.setFixedWidth(theme.current().em(_SEARCH_CHARACTERS))
        self.search.chosen.connect(self.choose_person)
        self.who = label("", "section")
        self.new_buttons = [
            PlainButton(text("transfers.send_out"), "arrow-right", lambda: self._new("out")),
            PlainButton(text("transfers.refer_up"), "chevron-up", lambda: self._new("referral_up")),
            PlainButton(text("transfers.refer_down"), "chevron-down", lambda: self._new("referral_down")),
            PlainButton(text("transfers.discharge"), "file-text", self._new_note),
        ]
        self.choice = ChoiceBar([(key, text(f"transfers.{key}")) for key in _LISTS])
        self.choice.chosen.connect(lambda _key: self._show_chosen())
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_empty("inbox", text("transfers.empty"), text("transfers.empty_next"))
        self.table.opened.connect(
            lambda place: desk.open_page("patient", patient_id=self._shown[place].slip.patient_id)
        )
        self.table.view.selection_changed.connect(self._show_buttons)
        self.table.shown.connect(self._after_rows)
        self.row_buttons = {
            "accepted": PlainButton(text("transfers.accepted"), "check", lambda: self._receipt(accepted=True)),
            "refused": PlainButton(text("transfers.refused"), "x", lambda: self._receipt(accepted=False)),
            "print": PlainButton(text("transfers.print"), "printer", self.print_),
            "file": PlainButton(text("transfers.write_file"), "download", self.export),
        }
        self._lay_out()
        self.choose_none()
        self.takes_keys = self.search
        self.table.set_name(text("transfers.title"))

    def _lay_out(self) -> None:
        new = Card(text("transfers.new"))
        new.body.addLayout(row(self.search, self.who, None, space=4))
        new.body.addWidget(_flow(self.new_buttons))
        listed = Card()
        listed.body.addWidget(self.choice)
        listed.body.addWidget(self.table, 1)
        listed.body.addWidget(_flow(list(self.row_buttons.values())))
        self.table.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        self.body.addWidget(self.notice)
        self.body.addWidget(new)
        self.body.addWidget(listed, 1)

    # ---- reading

    def activate(self, params: Params) -> None:
        """With a person: slips begin with that one."""
        if params.get("patient_id") is not None and dict(params) != dict(self.params):
            self.choose_person(int(params["patient_id"]))
        super().activate(params)

    def refresh(self) -> None:
        """The slips anew."""
        ledger, today = self.desk.ledger, self.desk.today()

        def job(_task: Task) -> list[SlipLine]:
            waiting = {one.slip.id: one for one in transfers.waiting(ledger, today=today)}
            return [
                SlipLine(slip, waiting[slip.id].days, waiting[slip.id].is_late)
                if slip.id in waiting
                else SlipLine(slip)
                for slip in transfers.listed(ledger)
            ]

        self.desk.tasks.run("ledger", job, self._show, key="transfers", owner=self)

    def _show(self, found: Sequence[SlipLine]) -> None:
        self._all = found
        waiting = [one for one in found if one.days is not None]
        late = sum(one.is_late for one in waiting)
        self.choice.set_count("waiting", len(waiting))
        self.choice.set_count("all", len(found))
        self.header.set_chips([ChipText(text("transfers.late", count=late), "late")] if late else [])
        self._show_chosen()

    def _show_chosen(self) -> None:
        is_waiting = self.choice.key() == "waiting"
        self._shown = [one for one in self._all if one.days is not None or not is_waiting]
        self.table.show_rows(self._shown)

    def _after_rows(self) -> None:
        if self.table.count() and not self.table.view.currentIndex().isValid():
            self.table.view.selectRow(0)
        self._show_buttons()

    def current(self) -> SlipLine | None:
        """The slip the cursor stands on."""
        place = self.table.model.id_at(self.table.view.currentIndex().row())
        return self._shown[place] if place is not None and place < len(self._shown) else None

    def _show_buttons(self) -> None:
        line = self.current()
        is_waiting = line is not None and line.days is not None
        for key in ("accepted", "refused"):
            self.row_buttons[key].setEnabled(is_waiting)
        for key in ("print", "file"):
            self.row_buttons[key].setEnabled(line is not None)

    # ---- whom a new slip is about

    def choose_none(self) -> None:
        """Nobody yet: say what to do."""
        self.person = None
        self.who.setText(text("transfers.find_first"))
        for button in self.new_buttons:
            button.setEnabled(False)

    def choose_person(self, patient_id: int) -> None:
        """New slips are about this person."""
        ledger = self.desk.ledger
        self.desk.tasks.run(
            "ledger", lambda _task: patients.load(ledger, patient_id), self._show_person, key="slip-person", owner=self
        )

    def _show_person(self, file: patients.PatientFile) -> None:
        self.person = (file.patient.id or 0, file.patient.name)
        self.who.setText(" · ".join(part for part in (file.patient.name, file.village or file.institution) if part))
        for button in self.new_buttons:
            button.setEnabled(file.exit is None)
        if file.exit is not None:
            self.notice.say(text("transfers.has_left", name=file.patient.name), "missing")
        else:
            self.notice.clear()

    # ---- new ones

    def _new(self, kind: str) -> None:
        if self.person is not None:
            dialogs.new_slip(self.desk, self, kind, *self.person, on_done=self._on_done)

    def _new_note(self) -> None:
        if self.person is not None:
            self.desk.open_page("joint_record", kind="discharge_note", patient_id=self.person[0])

    def take_in(self) -> None:
        """Register somebody who moved in without a slip file."""
        dialogs.take_in(self.desk, self, None, on_done=self._on_arrived)

    def choose_file(self) -> None:
        """Read the slip file of another unit."""
        ask_files.open_file(self, text("transfers.read_file"), ("xlsx",), self.read_file)

    def read_file(self, path: Path) -> None:
        """Show what the file brings; nothing is stored before the doctor says so."""
        today = self.desk.today()
        self.desk.tasks.run(
            "work", lambda task: slip_files.read(path, today=today, task=task), self._show_file,
            title=text("transfers.reading"), owner=self,
        )  # fmt: skip

    def _show_file(self, file: SlipFile) -> None:
        dialogs.take_in(self.desk, self, file, on_done=self._on_arrived)

    def _on_done(self, changes: Changes) -> None:
        self.choose_none()
        self.notice.say(text("transfers.done"), "good")
        self._publish(changes)

    def _on_arrived(self, changes: Changes, name: str, due_on: date) -> None:
        self.notice.say(text("transfers.arrived", name=name, day=due_on.isoformat()), "good")
        self._publish(changes)

    def _publish(self, changes: Changes) -> None:
        self.desk.saved()
        self.desk.changes.publish(changes, source=self)
        self.refresh()

    # ---- rows

    def _receipt(self, *, accepted: bool) -> None:
        line = self.current()
        if line is not None and line.days is not None:
            dialogs.receipt(self.desk, self, line.slip, accepted=accepted, on_done=self._publish)

    @property
    def can_print(self) -> bool:
        """Only a slip."""
        return self.current() is not None

    @property
    def can_export(self) -> bool:
        """Only a slip."""
        return self.current() is not None

    def print_(self) -> None:
        """The slip on paper, or all selected ones."""
        line = self.current()
        if line is not None:
            from mhdesk.services import printing

            places = self.table.view.selected_ids()
            ids = [self._shown[place].slip.id for place in places] or [line.slip.id]
            show_paper(self.desk, self, lambda ledger, _task: printing.referral(ledger, ids))

    def export(self) -> None:
        """The slip as a file for the other side."""
        line = self.current()
        if line is None:
            return
        name, slip_id = text(f"transfer.kind.{line.slip.kind}") + line.slip.slip_number, line.slip.id
        ask_files.save_as(self, text("transfers.write_file"), name, lambda path: self.write_file(slip_id, path))

    def write_file(self, slip_id: int, path: Path) -> None:
        """Write the slip file."""
        ledger = self.desk.ledger
        self.desk.tasks.run(
            "ledger", lambda task: slip_files.write(ledger, slip_id, path, task=task),
            lambda _none: self.notice.say(text("transfers.written", file=path.name), "good"), owner=self,
        )  # fmt: skip

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("transfers.help")


def _flow(parts: Sequence[QWidget]) -> QWidget:
    made = QWidget()
    flow = FlowLayout(space=3)
    for part in parts:
        part.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        flow.addWidget(part)
    made.setLayout(flow)
    return made


def _columns() -> list[Column]:
    def waits(line: Any) -> str:
        return "" if line.days is None else text("transfers.days", days=line.days)

    return [
        Column("number", text("transfers.column.number"), 5.5, value=lambda one: one.slip.slip_number),
        Column("name", text("rounds.column.name"), 5, value=lambda one: one.slip.name, is_bold=True),
        Column("kind", text("transfers.column.kind"), 5, value=lambda one: text(f"transfers.kind.{one.slip.kind}")),
        Column("on", text("transfers.column.on"), 6, "date", value=lambda one: one.slip.happened_on),
        Column("unit", text("transfers.column.unit"), 9,
               value=lambda one: one.slip.from_unit if one.slip.kind == "in" else one.slip.to_unit),
        Column("reason", text("transfers.column.reason"), 9, value=lambda one: one.slip.reason, is_stretched=True),
        Column("receipt", text("transfers.column.receipt"), 5, "chips", chips=_receipt_chips, is_sortable=False),
        Column("days", text("transfers.column.days"), 5, value=waits, is_sortable=False,
               tone=lambda one: "late" if one.is_late else None),
    ]  # fmt: skip


def _receipt_chips(line: Any) -> Sequence[ChipText]:
    key = line.slip.receipt or "none"
    return [ChipText(text(f"transfers.receipt.{key}"), _TONES.get(line.slip.receipt, "plain"))]
