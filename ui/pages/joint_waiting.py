"""待办 of one sheet of joint work: everything that waits, by name; Enter begins what is to be done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mhdesk.services.joint.waiting import Waiting
from mhdesk.text import text
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.widgets import ChipText


class WaitingList(TablePanel):
    """What waits; a line opens its record, or begins the one that is missing."""

    def __init__(self, desk: Desk, part: str) -> None:
        super().__init__(desk.tasks, _columns())
        self._desk, self._part = desk, part
        self.things: Sequence[Waiting] = ()
        self.set_name(text("joint.waiting.title"))
        self.set_empty("circle-check", text("joint.waiting.empty"), text("joint.waiting.empty_next"))
        self.opened.connect(self.begin)

    def show_rows(self, rows: Sequence[Any]) -> None:
        """Show these things."""
        self.things = rows
        super().show_rows(rows)

    def begin(self, place: int) -> None:
        """Open what a line is about."""
        one = self.things[place]
        open_page = self._desk.open_page
        if one.record_id is not None:
            kind = "exchange_sheet" if self._part == "exchange" else self._part
            open_page("joint_record", kind=kind, record_id=one.record_id)
        elif one.new:
            more = {"agreement_id": one.agreement_id} if one.agreement_id else {}
            if one.patient_id and not more:
                more = {"patient_id": one.patient_id}
            open_page("joint_record", kind=one.new, **more, **({"texts": dict(one.texts)} if one.texts else {}))
        else:
            open_page("patient", patient_id=one.patient_id, tab="joint")


def _columns() -> list[Column]:
    return [
        Column("kind", text("joint.column.kind"), 6, "chips", chips=_chips, is_sortable=False),
        Column("name", text("joint.column.name"), 5, is_bold=True),
        Column("village", text("joint.column.village"), 6),
        Column("words", text("joint.waiting.what"), 13, is_stretched=True, is_sortable=False),
        Column("day", text("joint.waiting.until"), 7, "date", tone=lambda one: "late" if one.is_late else None),
    ]


def _chips(one: Waiting) -> Sequence[ChipText]:
    return [ChipText(text(f"joint.waiting_short.{one.key}"), "late" if one.is_late else "info")]
