"""Slips: 迁出 and 迁入 (流转单), 上转 and 下转 (双向转诊), with their receipts (回执).

A person who moves out leaves the register in the transaction that writes the slip; a refused slip brings the person
back in the transaction that notes the refusal.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from db.queries import rounds
from db.queries.rounds import SlipRow
from mhdesk.domain import names
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement, MovementKind, Patient
from mhdesk.domain.problems import Severity
from mhdesk.domain.transfer import Transfer, TransferKind
from mhdesk.rules.life import Move, breaks_without, contradicts
from mhdesk.services import patients, rulesets
from mhdesk.services.standing import exit_of, require_registered

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger

__all__ = ["SlipRow"]

ACCEPTED, REFUSED = "accepted", "refused"
REFERRALS = (TransferKind.REFERRAL_UP, TransferKind.REFERRAL_DOWN)


@dataclass(frozen=True)
class Waiting:
    """A slip nobody has answered, and for how many days. `is_late`: longer than the rule set allows."""

    slip: SlipRow
    days: int
    is_late: bool


def next_number(ledger: Ledger, *, today: date) -> str:
    """The next slip number of the year, such as ``2026-003``. A number is never used twice."""
    prefix = f"{today.year}-"
    with ledger.read() as connection:
        used = rounds.slip_numbers(connection, prefix)
    tails = [int(tail) for number in used if (tail := number.removeprefix(prefix)).isdigit()]
    return f"{prefix}{max(tails, default=0) + 1:03d}"


def send_out(ledger: Ledger, slip: Transfer, *, today: date) -> tuple[int, Changes]:
    """迁出: the slip and the exit from the register, in one transaction. A slip without a number gets the next one.

    Raises UserError: MH-ROUNDS-08 no receiving unit or reason, MH-ROUNDS-09 a day in the future or before a visit that
    is already recorded, MH-ROUNDS-02 somebody who has died or moved away.
    """
    _require_complete(slip, today)
    person = ledger.get(Patient, slip.patient_id)
    require_registered(ledger, person)
    visits = ledger.find(FollowUp, patient_id=slip.patient_id)
    days = [person.registered_on, *(one.visit_date for one in visits)]
    if any(day is not None and day > slip.happened_on for day in days):
        raise UserError("MH-ROUNDS-09")
    _require_possible(ledger, slip.patient_id, MovementKind.MOVED_OUT, slip.happened_on)
    number = slip.slip_number or next_number(ledger, today=today)
    with ledger.change("transfer.out") as change:
        movement_id = change.add(
            Movement(
                patient_id=slip.patient_id,
                kind=MovementKind.MOVED_OUT,
                happened_on=slip.happened_on,
                reason=slip.reason,
                other_unit=slip.to_unit,
            )
        )
        made = dataclasses.replace(slip, kind=TransferKind.OUT, slip_number=number, movement_id=movement_id)
        slip_id = change.add(made)
    return slip_id, change.changes


def refer(ledger: Ledger, slip: Transfer, *, today: date) -> tuple[int, Changes]:
    """双向转诊 up or down; the person stays on the register.

    Raises UserError as `send_out`, ValueError for another kind of slip.
    """
    if slip.kind not in REFERRALS:
        raise ValueError(slip.kind)
    _require_complete(slip, today)
    require_registered(ledger, ledger.get(Patient, slip.patient_id))
    number = slip.slip_number or next_number(ledger, today=today)
    with ledger.change("transfer.refer") as change:
        slip_id = change.add(dataclasses.replace(slip, slip_number=number))
    return slip_id, change.changes


def note_receipt(ledger: Ledger, slip_id: int, *, accepted: bool, on: date, note: str = "", today: date) -> Changes:
    """回执: the other side took the person over, or refused. A refused 迁出 brings the person back at once.

    Raises UserError: MH-ROUNDS-10 a slip that has its receipt, MH-ROUNDS-09 a day in the future or before the slip,
    MH-ROUNDS-11 a refusal without its reason.
    """
    slip = ledger.get(Transfer, slip_id)
    if slip.receipt is not None:
        raise UserError("MH-ROUNDS-10")
    if not slip.happened_on <= on <= today:
        raise UserError("MH-ROUNDS-09")
    if not accepted and not note.strip():
        raise UserError("MH-ROUNDS-11")
    with ledger.change("transfer.receipt") as change:
        receipt = ACCEPTED if accepted else REFUSED
        change.replace(dataclasses.replace(slip, receipt=receipt, receipt_on=on, receipt_note=note.strip() or None))
        if not accepted and slip.kind == TransferKind.OUT and slip.movement_id is not None:
            change.void(Movement, slip.movement_id, "transfer.refused")
    return change.changes


def take_in(ledger: Ledger, patient: Patient, slip: Transfer, *, today: date) -> tuple[int, Changes]:
    """迁入: somebody new is registered, or somebody who had left comes back; the first visit is due soon after.

    `patient` without an id is registered as 迁入 on the slip's day; with an id: who left is here again. Returns the
    patient's id. Raises UserError: MH-ROUNDS-12 somebody who is on the register, MH-ROUNDS-13 somebody who has died,
    MH-ROUNDS-09 a day in the future or before the exit; RecordRefused when blocking problems remain.
    """
    if slip.happened_on > today:
        raise UserError("MH-ROUNDS-09")
    if patient.id is not None:
        _require_left(ledger, patient)
        _require_possible(ledger, patient.id, MovementKind.MOVED_IN, slip.happened_on)
        with ledger.change("transfer.in") as change:
            movement_id = change.add(_arrival(patient.id, slip))
            change.add(_received(patient.id, slip, movement_id))
            change.replace(patient)  # another village; nothing happens where nothing differs
        return patient.id, change.changes
    fresh = dataclasses.replace(
        patient,
        name=names.normalize(patient.name),
        registered_on=patient.registered_on or slip.happened_on,
        registered_as=MovementKind.MOVED_IN.value,
    )
    blocking = [one for one in patients.judge(ledger, fresh, today=today) if one.severity == Severity.ERROR]
    if blocking:
        raise RecordRefused("MH-PATIENT-01", blocking)
    with ledger.change("transfer.in") as change:
        patient_id = change.add(fresh)
        patients.write_haystacks(change, {patient_id: fresh})
        change.add(_received(patient_id, slip, None))
    return patient_id, change.changes


def _arrival(patient_id: int, slip: Transfer) -> Movement:
    return Movement(
        patient_id=patient_id,
        kind=MovementKind.MOVED_IN,
        happened_on=slip.happened_on,
        reason=slip.reason,
        other_unit=slip.from_unit,
    )


def _received(patient_id: int, slip: Transfer, movement_id: int | None) -> Transfer:
    return dataclasses.replace(
        slip,
        patient_id=patient_id,
        kind=TransferKind.IN,
        receipt=ACCEPTED,
        receipt_on=slip.happened_on,
        movement_id=movement_id,
    )


def _require_possible(ledger: Ledger, patient_id: int, kind: MovementKind, day: date) -> None:
    """Raises UserError MH-ROUNDS-09 where the person's other movements say otherwise."""
    known = [Move(one.kind, one.happened_on) for one in ledger.find(Movement, patient_id=patient_id)]
    if contradicts(Move(kind, day), known):
        raise UserError("MH-ROUNDS-09")


def _require_left(ledger: Ledger, patient: Patient) -> None:
    left = exit_of(ledger, patient.id or 0)
    if patient.voided_at is not None:
        raise UserError("MH-LEDGER-25")
    if left is None:
        raise UserError("MH-ROUNDS-12")
    if left.kind == MovementKind.DIED:
        raise UserError("MH-ROUNDS-13")


def listed(ledger: Ledger) -> list[SlipRow]:
    """Every slip, newest first."""
    with ledger.read() as connection:
        return rounds.slips(connection)


def waiting(ledger: Ledger, *, today: date) -> list[Waiting]:
    """Slips sent out that nobody has answered, the oldest first."""
    allowed = rulesets.choice(ledger).default.terms.receipt_days
    with ledger.read() as connection:
        found = rounds.slips(connection, waiting_only=True)
    rows = [(slip, (today - date.fromisoformat(slip.happened_on)).days) for slip in reversed(found)]
    return [Waiting(slip, days, days > allowed) for slip, days in rows]


def of_patient(ledger: Ledger, patient_id: int) -> Sequence[Transfer]:
    """The slips of one person, newest first."""
    found = ledger.find(Transfer, patient_id=patient_id)
    return sorted(found, key=lambda one: (one.happened_on, one.id or 0), reverse=True)


def visit_due_on(ledger: Ledger, happened_on: date) -> date:
    """By when somebody who moved in is visited."""
    return happened_on + timedelta(days=rulesets.choice(ledger).default.terms.moved_in_visit_days)


def void(ledger: Ledger, slip_id: int, *, reason: str) -> Changes:
    """Take a slip back with what it did to the register. Raises UserError MH-ROUNDS-16 where later ones rest on it."""
    slip = ledger.get(Transfer, slip_id)
    if slip.movement_id is not None and slip.receipt != REFUSED:
        moves = {one.id: Move(one.kind, one.happened_on) for one in ledger.find(Movement, patient_id=slip.patient_id)}
        if slip.movement_id in moves and breaks_without(moves[slip.movement_id], moves.values()):
            raise UserError("MH-ROUNDS-16")
    with ledger.change("transfer.void", reason=reason) as change:
        change.void(Transfer, slip_id, reason)
        _void_movement(change, slip, reason)
    return change.changes


def _void_movement(change: Change, slip: Transfer, reason: str) -> None:
    if slip.movement_id is not None and slip.receipt != REFUSED:
        change.void(Movement, slip.movement_id, reason)


def _require_complete(slip: Transfer, today: date) -> None:
    if not (slip.to_unit or "").strip() or not (slip.reason or "").strip():
        raise UserError("MH-ROUNDS-08")
    if slip.happened_on > today:
        raise UserError("MH-ROUNDS-09")
