"""Copying into the national system by hand: fields in its order, a tick with the date for each visit, what is missing.

Nothing here talks to the national system; no password of it is ever asked for.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from db.queries import rounds
from db.queries.rounds import PendingVisit
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.forms import load, show
from mhdesk.forms.spec import FieldSpec, Kind
from mhdesk.rules.schedule import add_workdays
from mhdesk.services import rulesets

if TYPE_CHECKING:
    from db.ledger import Ledger

__all__ = ["PendingVisit"]

#: Items of this program that the national system does not have.
_OURS = frozenset(
    "national_entered_on note class_reason obvious_symptoms severe_adverse_reaction severe_physical_disease".split()  # noqa: SIM905
)
_NOT_COPIED_OF_PERSON = ("unit_id", "colour", "note", "archive_township", "registered_as")


@dataclass(frozen=True)
class CopyField:
    """One field of the national system: what it is called here, its code as printed, what is copied."""

    key: str
    label: str
    code: str  # the printed digits, "" for a text
    words: str  # what goes to the clipboard


def not_entered(ledger: Ledger, *, since: date) -> list[PendingVisit]:
    """Visits since a day that nobody has ticked as entered, oldest first."""
    with ledger.read() as connection:
        return rounds.pending_visits(connection, since=since.isoformat())


def entered(ledger: Ledger, *, since: date) -> list[PendingVisit]:
    """Visits since a day that are ticked as entered, oldest first."""
    with ledger.read() as connection:
        return rounds.pending_visits(connection, since=since.isoformat(), entered=True)


def due_day(ledger: Ledger, visit_date: date) -> date:
    """By when a visit of that day should stand in the national system."""
    return add_workdays(visit_date, rulesets.choice(ledger).default.terms.national_entry_workdays)


def count_late(ledger: Ledger, *, today: date) -> int:
    """How many visits of the year are overdue for the national system; 0 where this ledger has never ticked one."""
    terms = rulesets.choice(ledger).default.terms
    since = date(today.year, 1, 1).isoformat()
    with ledger.read() as connection:
        if not rounds.ticks_visits(connection):
            return 0
        days = Counter(one.visit_date for one in rounds.pending_visits(connection, since=since))
    due = {day: add_workdays(date.fromisoformat(day), terms.national_entry_workdays) for day in days}
    return sum(count for day, count in days.items() if due[day] < today)


def tick(ledger: Ledger, follow_up_ids: Sequence[int], *, on: date | None, today: date) -> Changes:
    """Tick visits as 已录入国家系统 on a day, or untick them (`on` None), in one transaction.

    Raises UserError MH-ROUNDS-07 for a day in the future or before the visit.
    """
    visits = [ledger.get(FollowUp, follow_up_id) for follow_up_id in follow_up_ids]
    if on is not None and (on > today or any(one.visit_date is not None and on < one.visit_date for one in visits)):
        raise UserError("MH-ROUNDS-07")
    with ledger.change("national.tick" if on is not None else "national.untick") as change:
        for visit in visits:
            change.replace(dataclasses.replace(visit, national_entered_on=on))
    return change.changes


def visit_fields(ledger: Ledger, follow_up_id: int) -> list[CopyField]:
    """The fields of a visit, in the order of the sheet, then the items only the national system has."""
    return fields_of_visit(ledger.get(FollowUp, follow_up_id))


def person_fields(ledger: Ledger, patient_id: int) -> list[CopyField]:
    """The fields of a person, in the order of the national forms."""
    patient = ledger.get(Patient, patient_id)
    return fields_of_person(patient)


def fields_of_visit(visit: FollowUp) -> list[CopyField]:
    """Pure part of `visit_fields`. Empty items are left out: there is nothing to copy."""
    spec = load.form_for("follow_up", visit.form_edition if visit.form_edition in ("2017", "2018") else "2018")
    found: list[CopyField] = []
    for item in spec.fields:
        if item.key in _OURS:
            continue
        if item.kind is Kind.DRUGS:
            found += _drug_fields(item, [one for one in visit.drugs if one.purpose == item.purpose])
        else:
            found += _field(item, getattr(visit, item.attribute))
    return found


def fields_of_person(patient: Patient) -> list[CopyField]:
    """Pure part of `person_fields`."""
    spec = load.form_for("patient", "2018")
    found: list[CopyField] = []
    for item in spec.fields:
        if item.key not in _NOT_COPIED_OF_PERSON and item.kind is not Kind.UNIT:
            found += _field(item, getattr(patient, item.attribute))
    return found


def _field(item: FieldSpec, value: object) -> list[CopyField]:
    if value is None or value == ():
        return []
    code = show.format_value(item, value) if item.codes is not None else ""
    return [CopyField(item.key, item.label, code, show.display_value(item, value))]


def _drug_fields(item: FieldSpec, drugs: Sequence[DrugLine]) -> list[CopyField]:
    """Each column of each drug line is a field of its own in the national system."""
    found = []
    for line, drug in enumerate(drugs, start=1):
        for part in item.columns:
            key, label = f"{item.key}:{line}:{part.key}", f"{item.label}{line} {part.label}"
            found += [dataclasses.replace(one, key=key, label=label) for one in _field(part, getattr(drug, part.key))]
    return found
