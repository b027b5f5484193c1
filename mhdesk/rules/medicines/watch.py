"""Examinations while a drug is taken (氯氮平 blood count, 碳酸锂 level): reminders of the terms, off by default."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from mhdesk.domain.drugs import Book
from mhdesk.domain.medication import LaboratoryResult, MedicationOrder
from mhdesk.rules.medicines.orders import drug_id, running
from mhdesk.rules.medicines.terms import MedicineTerms, Watch


class WatchDue(NamedTuple):
    """An examination that is due. `last_on` None: none is recorded."""

    watch: Watch
    last_on: date | None
    due_on: date


def due(
    orders: Sequence[MedicationOrder],
    results: Sequence[LaboratoryResult],
    book: Book,
    terms: MedicineTerms,
    *,
    today: date,
) -> list[WatchDue]:
    """The examinations that are due on `today`, by the reminders that are turned on."""
    found = []
    for watch in terms.watches:
        taken = [one for one in running(orders, today) if drug_id(book, one.drug_name, one.drug_key) == watch.drug_key]
        if not watch.enabled or not taken:
            continue
        days = [one.taken_on for one in results if one.item in watch.items and one.taken_on <= today]
        since = max(days) if days else min(one.started_on for one in taken)
        on = since + timedelta(days=watch.every_days)
        if on <= today:
            found.append(WatchDue(watch, max(days) if days else None, on))
    return found
