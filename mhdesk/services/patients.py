"""The register: who is in it, finding somebody, and one person's page."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from db.queries import lives
from db.queries import register as queries
from db.queries.register import RegisterFilter, RegisterRow, SearchHit
from db.records import from_row
from mhdesk import pinyin
from mhdesk.domain import names
from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import RecordRefused
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.quality import OwnRule
from mhdesk.domain.unit import Unit, UnitLevel

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger

__all__ = ["RegisterFilter", "RegisterRow", "SearchHit"]


@dataclasses.dataclass(frozen=True)
class PatientFile:
    """Everything about one person, newest first."""

    patient: Patient
    village: str | None
    institution: str | None
    follow_ups: Sequence[FollowUp]
    movements: Sequence[Movement]
    attempts: Sequence[ContactAttempt]
    colour: str | None = None  # of the last assessment, else as typed

    @property
    def last_complete(self) -> FollowUp | None:
        """The latest complete follow-up."""
        return next((visit for visit in self.follow_ups if visit.is_complete), None)

    @property
    def exit(self) -> Movement | None:
        """How the person left the register, or None while registered."""
        latest = self.movements[0] if self.movements else None
        return latest if latest and latest.kind != "moved_in" else None


def search_haystack(patient: Patient) -> str:
    """What the search box looks through: pinyin, name, number, phones; each after a space, half-width, lower case."""
    words = [
        pinyin.search_keys(patient.name),
        patient.name,
        patient.id_number,
        patient.guardian_name,
        patient.guardian_phone,
        patient.guardian_phone_2,
        patient.phone,
        patient.record_number,
    ]
    return " " + unicodedata.normalize("NFKC", " ".join(word for word in words if word)).lower()


def search(ledger: Ledger, text: str, *, limit: int = 20) -> list[SearchHit]:
    """The first people whose name, pinyin, ID number, phone or village contains `text`."""
    with ledger.read() as connection:
        return queries.search(connection, text, limit=limit)


def register_ids(ledger: Ledger, *, chosen: RegisterFilter, sort: str = "id", descending: bool = False) -> list[int]:
    """Ids of the people on the register page, in order."""
    with ledger.read() as connection:
        return queries.register_ids(connection, chosen, sort=sort, descending=descending)


def register_rows(ledger: Ledger, ids: Sequence[int]) -> list[RegisterRow]:
    """The lines of these people."""
    with ledger.read() as connection:
        return queries.register_rows(connection, ids)


def status_counts(ledger: Ledger) -> dict[str, int]:
    """How many people each saved list holds."""
    with ledger.read() as connection:
        return queries.status_counts(connection)


def units(ledger: Ledger) -> list[Unit]:
    """All units, institutions before their villages, in their order."""
    return sorted(ledger.find(Unit), key=lambda unit: (unit.parent_id or 0, unit.sort_order, unit.id or 0))


def load(ledger: Ledger, patient_id: int) -> PatientFile:
    """One person's file. Raises UserError when there is no such person."""
    patient = ledger.get(Patient, patient_id)
    assessed = ledger.find(ColourAssessment, patient_id=patient_id)
    by_id = {unit.id: unit for unit in ledger.find(Unit)}
    unit = by_id.get(patient.unit_id)
    is_village = unit is not None and unit.level == UnitLevel.VILLAGE
    institution = by_id.get(unit.parent_id) if unit is not None and is_village else unit
    follow_ups = ledger.find(FollowUp, patient_id=patient_id)
    movements = ledger.find(Movement, patient_id=patient_id)
    attempts = ledger.find(ContactAttempt, patient_id=patient_id)
    return PatientFile(
        patient=patient,
        village=unit.name if unit is not None and is_village else None,
        institution=institution.name if institution else None,
        follow_ups=sorted(follow_ups, key=lambda visit: (visit.visit_date or date.min, visit.id or 0), reverse=True),
        movements=sorted(movements, key=lambda item: (item.happened_on, item.id or 0), reverse=True),
        attempts=sorted(attempts, key=lambda item: (item.attempted_on, item.id or 0), reverse=True),
        colour=max(assessed, key=lambda one: (one.assessed_on, one.id or 0)).colour if assessed else patient.colour,
    )


def judge(ledger: Ledger, patient: Patient, *, today: date) -> list[Problem]:
    """What the rules say about this record, with duplicates among the people already registered."""
    from mhdesk.rules import checks as rules
    from mhdesk.services.merge import neighbours

    own = ledger.find(OwnRule)
    with ledger.read() as connection:
        around = neighbours(connection, patient)
        first = lives.first_day(connection, patient.id) if patient.id is not None else None
    return rules.check_patient(patient, today=today, neighbours=around, own=own, first_day=first)


def save(ledger: Ledger, patient: Patient, *, today: date, reason: str | None = None) -> tuple[int, Changes]:
    """Register a person, or store changes to one; `reason` of a change stays in the history.

    Raises RecordRefused when a blocking problem remains.
    """
    cleaned = dataclasses.replace(patient, name=names.normalize(patient.name))
    blocking = [problem for problem in judge(ledger, cleaned, today=today) if problem.severity == Severity.ERROR]
    if blocking:
        raise RecordRefused("MH-PATIENT-01", blocking)
    action = "patient.register" if cleaned.id is None else "patient.update"
    with ledger.change(action, reason=reason or None) as change:
        if cleaned.id is None:
            patient_id = change.add(cleaned)
        else:
            change.replace(cleaned)
            patient_id = cleaned.id
        write_haystacks(change, {patient_id: cleaned})
    return patient_id, change.changes


def write_haystacks(change: Change, patients: dict[int, Patient]) -> None:
    """Store what the search box looks through for these people."""
    queries.write_haystacks(
        change.connection, {patient_id: search_haystack(patient) for patient_id, patient in patients.items()}
    )


def void(ledger: Ledger, patient_id: int, *, reason: str) -> Changes:
    """Take a person's record out of every list and number, keeping it and its history."""
    with ledger.change("patient.void", reason=reason) as change:
        change.void(Patient, patient_id, reason)
    return change.changes


@dataclasses.dataclass(frozen=True)
class PastChange:
    """One change of a person's record: when (UTC), who, what was done, and per field the value before and after."""

    at: datetime
    who: str
    action: str
    reason: str | None
    fields: Sequence[tuple[str, object, object]]


def history(ledger: Ledger, patient_id: int) -> list[PastChange]:
    """Every change of the record, newest first; each row of the history holds the version before the change."""
    versions = ledger.history_of(Patient, patient_id)
    states = [*(from_row(Patient, version.before) for version in versions), ledger.get(Patient, patient_id)]
    ignored = {"version", "entered_at", "entered_by", "id", "uuid"}
    changes = []
    for version, before, after in zip(versions, states, states[1:], strict=False):
        names = [field.name for field in dataclasses.fields(Patient) if field.name not in ignored]
        fields = [
            (name, getattr(before, name), getattr(after, name))
            for name in names
            if getattr(before, name) != getattr(after, name)
        ]
        changes.append(PastChange(version.changed_at, version.changed_by, version.action, version.reason, fields))
    return changes[::-1]
