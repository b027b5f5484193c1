"""Which records and lists of joint work print, and how each is shown before it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from mhdesk.services import printing
from mhdesk.services.printing import Document
from ui.dialogs.paper import show_paper
from ui.pages.base import Desk

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

#: Kind -> what makes its form.
PRINTED: Mapping[str, Callable[[Ledger, int], Document]] = {
    "joint_visit": printing.joint_visit,
    "discharge_note": printing.discharge_note,
    "emergency": printing.emergency,
    "exchange_sheet": printing.exchange,
}


def show_record(desk: Desk, parent: QWidget, key: str, record_id: int) -> None:
    """The pages of a record, then the printer."""
    make = PRINTED[key]
    show_paper(desk, parent, lambda ledger, _task: make(ledger, record_id))


def show_list(desk: Desk, parent: QWidget, key: str, first: date | None, *, running_on: date | None = None) -> None:
    """The pages of the list of a kind since `first`, or of those in force, then the printer."""
    today = desk.today()
    show_paper(
        desk,
        parent,
        lambda ledger, _task: printing.joint_list(ledger, key, first=first, running_on=running_on, today=today),
    )
