"""出院信息单 (表4) received: kept as a record, and a visit is due within the rule set's days."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING

from db.queries import records
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.transfer import DischargeNote
from mhdesk.rules.schedule import add_workdays
from mhdesk.services import rulesets
from mhdesk.services.standing import require_registered

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger
    from db.queries import Connection


def record(ledger: Ledger, note: DischargeNote, *, today: date) -> tuple[int, Changes]:
    """Store a note that was received; the next visit is due soon after.

    Raises UserError: MH-ROUNDS-06 a date in the future, or discharged before admitted; MH-ROUNDS-02 somebody who has
    died or moved away.
    """
    days = [day.first for day in (note.admitted_on, note.discharged_on) if day is not None]
    upside_down = (
        note.admitted_on is not None
        and note.discharged_on is not None
        and note.discharged_on.certainly_before(note.admitted_on)
    )
    if upside_down or any(day > today for day in (note.received_on, *days)):
        raise UserError("MH-ROUNDS-06")
    require_registered(ledger, ledger.get(Patient, note.patient_id))
    with ledger.change("discharge.record") as change:
        note_id = change.add(with_answer(change.connection, note))
    return note_id, change.changes


def with_answer(connection: Connection, note: DischargeNote) -> DischargeNote:
    """The note with the first visit since it came, where that was recorded before the note was."""
    if note.follow_up_id is not None:
        return note
    visits = [
        one
        for one in records.find(connection, FollowUp, patient_id=note.patient_id)
        if one.is_complete and one.visit_date is not None and one.visit_date >= note.received_on
    ]
    first = min(visits, key=lambda one: (one.visit_date or date.max, one.id or 0), default=None)
    return dataclasses.replace(note, follow_up_id=first.id) if first else note


def due_on(ledger: Ledger, received_on: date) -> date:
    """By when the visit after a note is due."""
    return add_workdays(received_on, rulesets.choice(ledger).default.terms.discharge_visit_workdays)


def of_patient(ledger: Ledger, patient_id: int) -> list[DischargeNote]:
    """The notes of one person, newest first."""
    notes = ledger.find(DischargeNote, patient_id=patient_id)
    return sorted(notes, key=lambda one: (one.received_on, one.id or 0), reverse=True)


def void(ledger: Ledger, note_id: int, *, reason: str) -> Changes:
    """Take a note back, with a reason."""
    with ledger.change("discharge.void", reason=reason) as change:
        change.void(DischargeNote, note_id, reason)
    return change.changes


def answer(change: Change, follow_up: FollowUp) -> None:
    """A visit is recorded: it answers the open notes received up to its day. Inside a running change."""
    if follow_up.visit_date is None or not follow_up.is_complete:
        return
    for note in records.find(change.connection, DischargeNote, patient_id=follow_up.patient_id, follow_up_id=None):
        if note.received_on <= follow_up.visit_date:
            change.replace(dataclasses.replace(note, follow_up_id=follow_up.id))


def reopen(change: Change, follow_up_id: int) -> None:
    """A visit is taken back: what it answered is open again. Inside a running change."""
    for note in records.find(change.connection, DischargeNote, follow_up_id=follow_up_id):
        change.replace(dataclasses.replace(note, follow_up_id=None))
