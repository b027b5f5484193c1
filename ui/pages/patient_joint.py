"""The tab 联动 of a person: everything done together with others, newest first, and what can be recorded."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from PySide6.QtWidgets import QVBoxLayout, QWidget

from mhdesk.domain.task import Task
from mhdesk.services.joint import paths, records
from mhdesk.services.joint.kinds import KINDS
from mhdesk.services.joint.records import Files
from mhdesk.text import text
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.widgets import Card, ChipText, FlowLayout, PlainButton

#: What can be recorded from here.
NEW = ("joint_visit", "emergency", "discharge_note", "agreement", "assistance", "rehabilitation", "checkup")
_LISTED = ("exchange_row", *NEW, "agreement_review", "agreement_payment")
#: Topics that make the tab stale.
TOPICS = frozenset({*_LISTED, "exchange_sheet", "transfer", "discharge_note"})


class Deed(NamedTuple):
    """One line: what kind it is, when it was, what it says, and what opens it."""

    kind: str
    title: str
    day: date | None
    words: str
    record_id: int


def read(ledger: Any, patient_id: int) -> list[Deed]:
    """Everything of one person. For the ledger's lane."""
    sheets = {one.id: one for one in records.listed(ledger, "exchange_sheet")}
    found = []
    for key in _LISTED:
        kind = KINDS[key]
        for line in records.listed(ledger, key, patient_id=patient_id, files=Files.ALL):
            said = [line.words(one) for one in kind.columns]
            day, record_id = line.day, line.id
            if key == "exchange_row":
                sheet = sheets.get(line.record.sheet_id)
                if sheet is None:
                    continue
                day, record_id = sheet.record.sent_on, sheet.id
                said.insert(0, sheet.words("other_side"))
            found.append(Deed(key, kind.title, day, "　".join(one for one in said if one), record_id))
    for path in paths.listed(ledger, patient_id=patient_id):
        if path.kind == "discharge":  # stands there as a record of its own
            continue
        said = [path.other_side]
        if path.visited_on is not None:
            said.append(text("joint.paths.visited", day=path.visited_on.isoformat()))
        title = text(f"joint.paths.kind_{path.kind}")
        found.append(Deed("paths", title, path.day, "　".join(one for one in said if one), path.id))
    return sorted(found, key=lambda one: one.day or date.max, reverse=True)


class JointTab(QWidget):
    """The list, and a button for each kind that can be recorded."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.patient_id = 0
        self._deeds: Sequence[Deed] = ()
        self.buttons = {
            key: PlainButton(text(f"joint.start.{key}"), "plus", functools.partial(self.new, key)) for key in NEW
        }
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("joint.title"))
        self.table.set_empty("inbox", text("joint.person_empty"), text("joint.person_empty_next"))
        self.table.opened.connect(self._open)
        head = QWidget()
        flow = FlowLayout(space=2)
        for button in self.buttons.values():
            flow.addWidget(button)
        head.setLayout(flow)
        card = Card()
        card.body.addWidget(head)
        card.body.addWidget(self.table, 1)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(card, 1)

    def refresh(self, patient_id: int) -> None:
        """Read one person's."""
        self.patient_id = patient_id
        ledger = self.desk.ledger

        def job(_task: Task) -> list[Deed]:
            return read(ledger, patient_id)

        self.desk.tasks.run("ledger", job, self._show, key="patient-joint", owner=self)

    def _show(self, deeds: Sequence[Deed]) -> None:
        self._deeds = deeds
        self.table.show_rows(deeds)

    def new(self, key: str) -> None:
        """A new record of this person."""
        self.desk.open_page("joint_record", kind=key, patient_id=self.patient_id)

    def _open(self, place: int) -> None:
        deed = self._deeds[place]
        if deed.kind == "paths":
            self.desk.open_page("transfers", patient_id=self.patient_id)
        elif deed.kind == "exchange_row":
            self.desk.open_page("joint", part="exchange")
        else:
            self.desk.open_page("joint_record", kind=deed.kind, record_id=deed.record_id)


def _columns() -> list[Column]:
    return [
        Column("day", text("joint.column.day"), 7, "date", is_bold=True),
        Column("kind", text("joint.column.kind"), 8, "chips", chips=lambda one: [ChipText(one.title, "info")]),
        Column("words", text("joint.column.content"), 20, is_stretched=True, is_sortable=False),
    ]
