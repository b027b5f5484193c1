"""The district's own rules over what a file brings, as at entry: E gives the row back, W stands beside it.

A rule asks what the record would hold after the row; a row that would change nothing is not asked.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from db.queries.records import find, load_many
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.problems import Severity
from mhdesk.domain.quality import OwnRule
from mhdesk.domain.record import FormRecord
from mhdesk.rules.checks import own
from mhdesk.services.imports.result import Outcome, rejected
from mhdesk.services.imports.store import Plan
from mhdesk.services.imports.tables import Table
from mhdesk.services.imports.units import Place
from mhdesk.services.imports.visits import VisitEntry

if TYPE_CHECKING:
    from db.queries import Connection


class _Row(NamedTuple):
    """What one row of the file makes of a record."""

    table: Table
    row: int
    kind: str
    record: FormRecord


def apply(connection: Connection, plan: Plan, *, today: date) -> None:
    """Report what the rows break of the own rules; take rows that break one of severity E out of the plan."""
    rules = find(connection, OwnRule)
    if not rules:
        return
    refused: set[tuple[Table, int]] = set()
    for table, row, kind, record in _rows(connection, plan):
        found = own.violations(record, rules, kind=kind, today=today)
        blocking = [problem for problem in found if problem.severity is Severity.ERROR]
        for problem in found:
            message = table.report(row, problem.code, problem.field, problem.params)
            if blocking:
                table.reasons.setdefault(row, []).append(message)
        if blocking:
            table.settle(row, Outcome.REJECTED)
            refused.add((table, row))
    if refused:
        _drop(plan, refused)


def _drop(plan: Plan, refused: set[tuple[Table, int]]) -> None:
    """Leave these rows out, with the movements they tell; visits of somebody who is not registered go back too."""
    people = [one for one in plan.new_people if (one.table, one.row) in refused]
    strangers = {one.known for one in people}
    people += [one for one, _ in plan.changed_people if (one.table, one.row) in refused]
    events = {event for one in people for event in one.events}
    plan.new_people = [one for one in plan.new_people if (one.table, one.row) not in refused]
    plan.changed_people = [one for one in plan.changed_people if (one[0].table, one[0].row) not in refused]
    plan.events = [event for event in plan.events if event not in events]
    for visit in plan.new_visits:
        if visit.known in strangers and (visit.table, visit.row) not in refused:
            visit.table.refuse(visit.row, rejected("MH-IMPORT-40", "patient_id_number"))
            refused.add((visit.table, visit.row))
    plan.new_visits = _kept(plan.new_visits, refused)
    plan.deaths = _kept(plan.deaths, refused)
    plan.changed_visits = [one for one in plan.changed_visits if (one[0].table, one[0].row) not in refused]
    plan.units = _wanted_places(plan)


def _kept(visits: Sequence[VisitEntry], refused: set[tuple[Table, int]]) -> list[VisitEntry]:
    return [visit for visit in visits if (visit.table, visit.row) not in refused]


def _wanted_places(plan: Plan) -> list[Place]:
    """The new villages and institutions that somebody left in the plan belongs to."""
    wanted: set[Place] = set()
    for entry in (*plan.new_people, *(one for one, _ in plan.changed_people)):
        place = entry.place
        while place is not None:
            wanted.add(place)
            place = place.parent
    return [place for place in plan.units if place in wanted]


def _rows(connection: Connection, plan: Plan) -> Iterator[_Row]:
    for person in plan.new_people:
        yield _Row(person.table, person.row, "patient", Patient(**{**person.derived, **person.values}))
    ids = [person.known.id or 0 for person, _ in plan.changed_people]
    stored = _by_id(load_many(connection, Patient, ids))
    for person, changed in plan.changed_people:
        before = stored[person.known.id or 0]
        yield _Row(person.table, person.row, "patient", _with(before, changed))
    for visit in plan.new_visits:
        sheet = FollowUp(**visit.values, patient_id=visit.known.id or 0, form_edition=visit.form_edition)
        yield _Row(visit.table, visit.row, "follow_up", sheet)
    sheets = _by_id(load_many(connection, FollowUp, [visit.stored_id or 0 for visit, _ in plan.changed_visits]))
    for visit, changed in plan.changed_visits:
        yield _Row(visit.table, visit.row, "follow_up", _with(sheets[visit.stored_id or 0], changed))


def _by_id(records: Sequence[FormRecord]) -> dict[int, FormRecord]:
    return {record.id or 0: record for record in records}


def _with(before: FormRecord, changed: dict[str, object]) -> FormRecord:
    """A stored record with what the file changes; its own items are added to, not replaced."""
    custom = changed.get("custom")
    merged = {"custom": {**before.custom, **custom}} if isinstance(custom, dict) else {}
    values: dict[str, object] = {**changed, **merged}
    return dataclasses.replace(before, **values)  # type: ignore[arg-type]  # names come from the form's record
