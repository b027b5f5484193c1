"""暂缓: a due visit put off until a day, with its reason. A visit before that day ends it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.patient import Patient
from mhdesk.domain.round import Snooze
from mhdesk.services.standing import require_registered

if TYPE_CHECKING:
    from db.ledger import Ledger

LONGEST_DAYS = 92  # nobody is put off beyond a whole interval of 稳定


def put_off(ledger: Ledger, patient_id: int, *, reason: str, until: date, today: date) -> tuple[int, Changes]:
    """Put the next visit off until a day.

    Raises UserError: MH-ROUNDS-03 no reason, MH-ROUNDS-04 a day that is not after today or too far off, MH-ROUNDS-02
    somebody who has died or moved away.
    """
    if not reason.strip():
        raise UserError("MH-ROUNDS-03")
    if not today < until <= today + timedelta(days=LONGEST_DAYS):
        raise UserError("MH-ROUNDS-04", days=LONGEST_DAYS)
    require_registered(ledger, ledger.get(Patient, patient_id))
    with ledger.change("snooze.record") as change:
        snooze_id = change.add(Snooze(patient_id=patient_id, reason=reason.strip(), snoozed_on=today, until=until))
    return snooze_id, change.changes


def end(ledger: Ledger, patient_id: int, *, today: date) -> Changes:
    """End what is put off now: the visit is due again. Nothing happens where nothing is put off."""
    running = [one for one in ledger.find(Snooze, patient_id=patient_id) if one.until > today and one.id is not None]
    with ledger.change("snooze.end") as change:
        for one in running:
            change.void(Snooze, one.id or 0, "snooze.end")
    return change.changes
