"""The district's own rules over what a file brings: findings stand beside the rows they concern.

They keep nothing out of the ledger: a register full of gaps must still come in, and the quality page lists them later.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from db.queries.records import find, load_many
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.quality import OwnRule
from mhdesk.domain.record import FormRecord
from mhdesk.rules.checks import own
from mhdesk.services.imports.store import Plan
from mhdesk.services.imports.tables import Table

if TYPE_CHECKING:
    from db.queries import Connection


class _Row(NamedTuple):
    """What one row of the file makes of a record."""

    table: Table
    row: int
    kind: str
    record: FormRecord


def note(connection: Connection, plan: Plan, *, today: date) -> None:
    """Report what the rows break of the own rules."""
    rules = find(connection, OwnRule)
    if not rules:
        return
    for table, row, kind, record in _rows(connection, plan):
        for problem in own.violations(record, rules, kind=kind, today=today):
            table.report(row, problem.code, problem.field, problem.params)


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
