"""What the accepted rows mean for the ledger: compared with what is stored, then written in one transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from db.queries import imports as queries
from db.queries.records import load_many
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Movement, MovementKind, Patient
from mhdesk.domain.record import record_of
from mhdesk.domain.unit import Unit
from mhdesk.services import patients
from mhdesk.services.imports import medication
from mhdesk.services.imports.medication import MedicationIntake
from mhdesk.services.imports.people import Entry, Event, PeopleIntake
from mhdesk.services.imports.register import Known, differing
from mhdesk.services.imports.result import Outcome
from mhdesk.services.imports.units import Place
from mhdesk.services.imports.visits import VisitEntry, VisitIntake

if TYPE_CHECKING:
    from db.change import Change
    from db.queries import Connection

Progress = Callable[[int, int], None]
_CHUNK = 1_000


@dataclasses.dataclass(eq=False)
class Plan:
    """Everything one file will change, made before the transaction: a dry run only leaves the writing out."""

    units: list[Place] = dataclasses.field(default_factory=list)
    new_people: list[Entry] = dataclasses.field(default_factory=list)
    changed_people: list[tuple[Entry, dict[str, Any]]] = dataclasses.field(default_factory=list)
    events: list[Event] = dataclasses.field(default_factory=list)
    new_visits: list[VisitEntry] = dataclasses.field(default_factory=list)
    changed_visits: list[tuple[VisitEntry, dict[str, Any]]] = dataclasses.field(default_factory=list)
    deaths: list[VisitEntry] = dataclasses.field(default_factory=list)
    medication: list[MedicationIntake] = dataclasses.field(default_factory=list)

    @property
    def steps(self) -> int:
        """How many records are written."""
        parts = (self.new_people, self.changed_people, self.events, self.new_visits, self.changed_visits)
        return sum(len(part) for part in parts) + sum(len(one.new) + len(one.changed) for one in self.medication)


def plan_people(connection: Connection, intake: PeopleIntake, plan: Plan) -> None:
    """Compare the rows of known people with what is stored; settles each row as same or changed."""
    plan.new_people += intake.new
    for entry in (*intake.new, *intake.known):
        plan.events += entry.events
    names = _names(entry.values | entry.derived for entry in intake.known)
    names = sorted({*names, "unit_id"})
    stored = queries.stored_columns(connection, Patient, names, _ids(entry.known for entry in intake.known))
    to_columns = queries.ColumnWriter(Patient)
    for entry in intake.known:
        held = stored[entry.known.id or 0]
        before = dict(zip(names, held, strict=True))
        wanted = entry.values | {key: value for key, value in entry.derived.items() if before[key] is None}
        changed = differing(wanted, names, held, to_columns(wanted))
        new_place = entry.place is not None and entry.place.id != before["unit_id"]
        if changed or new_place or entry.events:
            plan.changed_people.append((entry, changed))
        entry.table.settle(entry.row, Outcome.CHANGED if changed or new_place or entry.events else Outcome.SAME)


def plan_visits(connection: Connection, intake: VisitIntake, plan: Plan) -> None:
    """Compare the rows of visits that are stored already; settles each row as same or changed."""
    plan.new_visits += intake.new
    names = [name for name in _names(entry.values for entry in intake.known) if name != "drugs"]
    ids = [entry.stored_id or 0 for entry in intake.known]
    stored = queries.stored_columns(connection, FollowUp, names, ids)
    drugs = queries.stored_drugs(connection, ids) if any("drugs" in entry.values for entry in intake.known) else {}
    to_columns = queries.ColumnWriter(FollowUp)
    for entry in intake.known:
        wanted = {name: value for name, value in entry.values.items() if name != "drugs"}
        changed = differing(wanted, names, stored[entry.stored_id or 0], to_columns(wanted))
        lines: tuple[DrugLine, ...] = entry.values.get("drugs", ())
        if lines and queries.drug_columns(lines) != drugs.get(entry.stored_id or 0, []):
            changed["drugs"] = lines
        if changed:
            plan.changed_visits.append((entry, changed))
        entry.table.settle(entry.row, Outcome.CHANGED if changed or entry.adds_death else Outcome.SAME)
    plan.deaths += [entry for entry in (*intake.new, *intake.known) if entry.values.get("death_date")]


def write(change: Change, plan: Plan, *, root_unit_id: int, progress: Progress) -> None:
    """Store the plan. Raises Cancelled from `progress`; the transaction then leaves nothing behind."""
    done = 0

    def wrote(count: int) -> None:
        nonlocal done
        done += count
        progress(done, plan.steps)

    progress(0, plan.steps)
    for place in plan.units:
        parent_id = place.parent.id if place.parent else None
        place.id = change.add(
            Unit(name=place.name, level=place.level, parent_id=parent_id, sort_order=place.sort_order)
        )
    _write_people(change, plan, root_unit_id, wrote)
    _write_visits(change, plan, wrote)
    _write_movements(change, plan)
    wrote(len(plan.events))
    medication.write(change, plan.medication, wrote)


def _write_people(change: Change, plan: Plan, root_unit_id: int, wrote: Callable[[int], None]) -> None:
    for start in range(0, len(plan.new_people), _CHUNK):
        part = plan.new_people[start : start + _CHUNK]
        records = [_patient(entry, root_unit_id) for entry in part]
        ids = change.add_many(records)
        for entry, new_id in zip(part, ids, strict=True):
            entry.known.id = new_id
        patients.write_haystacks(change, dict(zip(ids, records, strict=True)))
        wrote(len(part))
    for start in range(0, len(plan.changed_people), _CHUNK):
        chunk = plan.changed_people[start : start + _CHUNK]
        stored = {one.id: one for one in load_many(change.connection, Patient, _ids(entry.known for entry, _ in chunk))}
        replaced = {}
        for entry, changed in chunk:
            before = stored[entry.known.id]
            values = dict(changed)
            if "custom" in values:
                values["custom"] = {**before.custom, **values["custom"]}
            if entry.place is not None:
                values["unit_id"] = entry.place.id
            after = dataclasses.replace(before, **values)
            change.replace(after)
            replaced[entry.known.id or 0] = after
        patients.write_haystacks(change, replaced)
        wrote(len(chunk))


def _patient(entry: Entry, root_unit_id: int) -> Patient:
    unit_id = entry.place.id if entry.place is not None else root_unit_id
    return record_of(Patient, {**entry.derived, **entry.values, "unit_id": unit_id})


def _write_visits(change: Change, plan: Plan, wrote: Callable[[int], None]) -> None:
    for start in range(0, len(plan.new_visits), _CHUNK):
        part = plan.new_visits[start : start + _CHUNK]
        records = [
            record_of(FollowUp, {**entry.values, "patient_id": entry.known.id or 0, "form_edition": entry.form_edition})
            for entry in part
        ]
        for entry, new_id in zip(part, change.add_many(records), strict=True):
            entry.stored_id = new_id
        wrote(len(part))
    for start in range(0, len(plan.changed_visits), _CHUNK):
        chunk = plan.changed_visits[start : start + _CHUNK]
        ids = [entry.stored_id or 0 for entry, _ in chunk]
        stored = {one.id: one for one in load_many(change.connection, FollowUp, ids)}
        for entry, changed in chunk:
            before = stored[entry.stored_id]
            values = dict(changed)
            if "custom" in values:
                values["custom"] = {**before.custom, **values["custom"]}
            change.replace(dataclasses.replace(before, **values))
        wrote(len(chunk))


def _write_movements(change: Change, plan: Plan) -> None:
    """Movements of the register, deaths reported by visits; one death a person, tied to the visit that reported it."""
    reports = {entry.known: entry for entry in plan.deaths}
    records = []
    for event in plan.events:
        report = reports.get(event.known) if event.kind == MovementKind.DIED else None
        records.append(_movement(event, report))
    by_register = {event.known for event in plan.events if event.kind == MovementKind.DIED}
    for entry in plan.deaths:
        if entry.known in by_register:
            continue
        if entry.adds_death:
            records.append(_movement(Event(entry.known, MovementKind.DIED, _died_on(entry)), entry))
        else:
            _tie(change, entry)
    change.add_many(records)


def _died_on(entry: VisitEntry) -> date:
    day = entry.values["death_date"]
    assert isinstance(day, date)  # noqa: S101 - the form's kind of this item
    return day


def _movement(event: Event, report: VisitEntry | None) -> Movement:
    return Movement(
        patient_id=event.known.id or 0,
        kind=str(event.kind),
        happened_on=event.happened_on,
        reason=event.reason or (report.values.get("death_reason") if report else None),
        other_unit=event.other_unit,
        follow_up_id=report.stored_id if report else None,
    )


def _tie(change: Change, entry: VisitEntry) -> None:
    """A death the ledger knows without the visit that reported it."""
    for keys in entry.known.movements:
        if keys.kind == MovementKind.DIED and keys.id and keys.follow_up_id is None:
            stored = load_many(change.connection, Movement, [keys.id])[0]
            reason = stored.reason or entry.values.get("death_reason")
            change.replace(dataclasses.replace(stored, follow_up_id=entry.stored_id, reason=reason))


def _names(rows: Any) -> list[str]:
    found: set[str] = set()
    for values in rows:
        found |= values.keys()
    return sorted(found)


def _ids(people: Any) -> Sequence[int]:
    found: list[int] = []
    for known in people:
        assert isinstance(known, Known)  # noqa: S101 - what the callers hand over
        found.append(known.id or 0)
    return found
