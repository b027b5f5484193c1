"""What else waits today besides visits: loss to decide and report, slips without a receipt, paper not back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from mhdesk.services import national, sheets, transfers
from mhdesk.services.worklist import DueEntry

if TYPE_CHECKING:
    from db.ledger import Ledger

_BY_REMINDER = ("propose_lost", "report_lost", "discharge", "retry_late")


@dataclass(frozen=True)
class Matter:
    """One kind of thing that waits: `key` names its words, `page` and `params` where it is done."""

    key: str
    count: int
    page: str
    params: Mapping[str, Any] = field(default_factory=dict)
    is_late: bool = False


def waiting(ledger: Ledger, entries: Sequence[DueEntry], *, today: date) -> list[Matter]:
    """Everything of these kinds that there is, heaviest first. `entries`: who is due, overdue or snoozed."""
    told = Counter(one.key for entry in entries for one in entry.reminders)
    found = [
        Matter(key, told[key], "due", {"reminder": key, "bucket": "all"}, is_late=key in {"propose_lost", "retry_late"})
        for key in _BY_REMINDER
        if told[key]
    ]
    slips = transfers.waiting(ledger, today=today)
    if slips:
        found.append(Matter("receipts", len(slips), "transfers", is_late=any(one.is_late for one in slips)))
    if rows := sheets.not_back(ledger, today=today):
        found.append(Matter("sheets", len(rows), "sheets", is_late=True))
    if late := national.count_late(ledger, today=today):
        found.append(Matter("national", late, "national", is_late=True))
    return found
