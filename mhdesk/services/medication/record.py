"""Recording medication: orders opened, changed, stopped; drugs dispensed, injected, stocked; reactions and results.

Every function judges first (`check` gives the same findings without storing): a blocking problem raises RecordRefused
MH-MED-01 and nothing is stored; a warning never blocks.
"""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.medication import (
    AdverseReaction,
    Dispensing,
    Injection,
    LaboratoryResult,
    MedicationOrder,
    StockMovement,
    StopReason,
)
from mhdesk.domain.patient import Patient
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.record import Record
from mhdesk.rules.medicines import checks
from mhdesk.rules.medicines.adherence import Course
from mhdesk.rules.medicines.orders import is_running
from mhdesk.services.medication import known
from mhdesk.services.standing import exit_of

if TYPE_CHECKING:
    from db.ledger import Ledger

R = TypeVar("R", bound=Record)
#: What is written into the audit log, by kind: added, corrected, voided.
ACTIONS: dict[type[Record], tuple[str, str, str]] = {
    MedicationOrder: ("medication.order_add", "medication.order_update", "medication.order_void"),
    Dispensing: ("medication.dispense", "medication.dispense_update", "medication.dispense_void"),
    Injection: ("medication.inject", "medication.inject_update", "medication.inject_void"),
    StockMovement: ("medication.stock", "medication.stock_update", "medication.stock_void"),
    AdverseReaction: ("medication.reaction", "medication.reaction_update", "medication.reaction_void"),
    LaboratoryResult: ("medication.laboratory", "medication.laboratory_update", "medication.laboratory_void"),
}


def check(ledger: Ledger, record: Record, *, today: date) -> list[Problem]:
    """What is wrong with a record beside the person's others, before it is stored."""
    found = known.basis(ledger)
    patient_id = getattr(record, "patient_id", None)
    if patient_id is None:
        return checks.check(record, Course(), found.book, found.terms, today=today)
    with ledger.read() as connection:
        its = known.course(connection, patient_id, found, today=today)
    left = exit_of(ledger, patient_id)
    return checks.check(
        record, its, found.book, found.terms, today=today, exit_on=left.happened_on if left is not None else None
    )


def save(ledger: Ledger, record: Record, *, today: date) -> tuple[int, Changes]:
    """Store a record of any kind of medication, new or corrected; a known drug name gets the dictionary's key.

    Raises RecordRefused MH-MED-01 with the blocking problems, UserError MH-LEDGER-25 for somebody whose record was
    taken back, MH-LEDGER-23 when somebody else has changed the record since.
    """
    ready = _with_key(ledger, record)
    _require_sound(ledger, ready, today)
    added, updated, _ = ACTIONS[type(record)]
    with ledger.change(added if ready.id is None else updated) as change:
        if ready.id is None:
            return change.add(ready), change.changes
        change.replace(ready)
        return ready.id, change.changes


def void(ledger: Ledger, kind: type[Record], record_id: int, *, reason: str) -> Changes:
    """Take a record back, with a reason. It stays in the history and comes back from the recycle bin."""
    with ledger.change(ACTIONS[kind][2], reason=reason) as change:
        change.void(kind, record_id, reason)
    return change.changes


def stop(
    ledger: Ledger, order: MedicationOrder, *, on: date, reason: str, note: str | None = None, today: date
) -> tuple[int, Changes]:
    """End an order on a day, with its reason (code list drug_stop_reason); one that a visit means is stored thereby.

    Raises UserError MH-MED-02 for an order that has ended before, RecordRefused as `save`.
    """
    if not is_running(order, on) and order.stopped_on is not None:
        raise UserError("MH-MED-02")
    ended = _with_key(ledger, dataclasses.replace(order, stopped_on=on, stop_reason=reason, stop_note=note))
    _require_sound(ledger, ended, today)
    with ledger.change("medication.order_stop") as change:
        if ended.id is None:
            return change.add(ended), change.changes
        change.replace(ended)
        return ended.id, change.changes


def change_order(ledger: Ledger, order: MedicationOrder, new: MedicationOrder, *, today: date) -> tuple[int, Changes]:
    """Another dose or drug from `new.started_on` on: the old order ends that day, the new one names it.

    One transaction; returns the new order's id. Raises as `stop`.
    """
    if order.stopped_on is not None and order.stopped_on <= new.started_on:
        raise UserError("MH-MED-02")
    ended = _with_key(
        ledger,
        dataclasses.replace(order, stopped_on=new.started_on, stop_reason=StopReason.CHANGED.value),
    )
    _require_sound(ledger, ended, today)
    ready = _with_key(ledger, dataclasses.replace(new, id=None, replaces_id=ended.id))
    _require_sound(ledger, ready, today)
    with ledger.change("medication.order_change") as change:
        old_id = ended.id
        if old_id is None:
            old_id = change.add(ended)
        else:
            change.replace(ended)
        new_id = change.add(dataclasses.replace(ready, replaces_id=old_id))
    return new_id, change.changes


def _with_key(ledger: Ledger, record: R) -> R:
    """The record with the dictionary's key where its name is known and it has none."""
    given: Any = record
    name = getattr(given, "drug_name", None)
    if not name:
        return record
    values: dict[str, Any] = {"drug_name": name.strip()}
    if getattr(given, "drug_key", None) is None:
        drug = known.basis(ledger).book.find(name)
        values["drug_key"] = drug.key if drug else None
    return dataclasses.replace(record, **values)


def _require_sound(ledger: Ledger, record: Record, today: date) -> None:
    patient_id = getattr(record, "patient_id", None)
    if patient_id is not None and ledger.get(Patient, patient_id).voided_at is not None:
        raise UserError("MH-LEDGER-25")
    blocking = [one for one in check(ledger, record, today=today) if one.severity == Severity.ERROR]
    if blocking:
        raise RecordRefused("MH-MED-01", blocking)
