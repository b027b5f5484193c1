"""One item, one new value, for many people: first a preview of every old and new value, then one transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from db.queries import lives
from db.queries.records import find, load_many
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.patient import Patient
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.quality import OwnRule
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.unit import Unit
from mhdesk.forms import load, parse, show
from mhdesk.forms.spec import FieldSpec, Kind
from mhdesk.rules import checks
from mhdesk.services import merge, patients
from mhdesk.text import problem_text, text

if TYPE_CHECKING:
    from db.ledger import Ledger

#: What belongs to one person alone is never given to many.
_PERSONAL = frozenset(
    {"name", "id_number", "no_id_reason", "birth_date", "record_number", "national_number", "guardian_id_number"}
)
_STEP = 50


class Line(NamedTuple):
    """What would become of one person."""

    id: int
    name: str
    before: str
    after: str
    problems: Sequence[str]
    is_blocked: bool  # a problem of severity E that the change brings

    @property
    def is_changed(self) -> bool:
        """Whether anything would be stored."""
        return self.before != self.after and not self.is_blocked


def fields() -> tuple[FieldSpec, ...]:
    """The items that can be given to many people at once."""
    kept = [item for item in load.form_for("patient", "2018").fields if item.key not in _PERSONAL]
    return tuple(item for item in kept if item.kind is not Kind.COUNTED_CODES)


def preview(
    ledger: Ledger, ids: Sequence[int], *, field: str, value: str, today: date, task: Task = QUIET
) -> list[Line]:
    """Old and new value of everybody, with the problems the new one brings. Raises UserError MH-BULK-01, 02."""
    item, typed = _read(field, value, today)
    with ledger.read() as connection:
        people = load_many(connection, Patient, ids)
        own = find(connection, OwnRule)
        units = {unit.id: unit.name for unit in find(connection, Unit)} if item.kind is Kind.UNIT else {}
        lines = []
        for done, person in enumerate(people):
            if done % _STEP == 0:
                task.step(done, len(people), text("bulk.judging"))
            after = dataclasses.replace(person, **{item.attribute: typed})
            around = merge.neighbours(connection, person)
            first = lives.first_day(connection, person.id or 0)
            known = checks.check_patient(person, today=today, neighbours=around, own=own, first_day=first)
            found = checks.check_patient(after, today=today, neighbours=around, own=own, first_day=first)
            fresh = [problem for problem in found if problem not in known]
            lines.append(_line(person, after, item, units, fresh))
    return lines


def apply(ledger: Ledger, ids: Sequence[int], *, field: str, value: str, today: date, task: Task = QUIET) -> Changes:
    """Store the new value for everybody whom it does not bring a blocking problem, in one transaction (undoable).

    Raises UserError MH-BULK-01 for an item that cannot be given to many, 02 for a text that cannot be read.
    """
    item, typed = _read(field, value, today)
    lines = preview(ledger, ids, field=field, value=value, today=today, task=task)
    wanted = [line.id for line in lines if line.is_changed]
    with ledger.change("patient.bulk") as change:
        changed = {}
        for person in load_many(change.connection, Patient, wanted):
            after = dataclasses.replace(person, **{item.attribute: typed})
            change.replace(after)
            changed[person.id or 0] = after
        patients.write_haystacks(change, changed)
    return change.changes


def _read(field: str, value: str, today: date) -> tuple[FieldSpec, Any]:
    item = next((one for one in fields() if one.key == field), None)
    if item is None:
        raise UserError("MH-BULK-01")
    typed = parse.parse_value(item, value, today=today)
    if isinstance(typed, Problem):
        raise UserError("MH-BULK-02", sentence=problem_text(typed.code, **typed.params))
    return item, typed


def _line(
    person: Patient, after: Patient, item: FieldSpec, units: dict[int | None, str], problems: Sequence[Problem]
) -> Line:
    def words(record: Patient) -> str:
        value = getattr(record, item.attribute)
        return units.get(value, "") if item.kind is Kind.UNIT else show.display_value(item, value)

    return Line(
        id=person.id or 0,
        name=person.name,
        before=words(person),
        after=words(after),
        problems=[problem_text(problem.code, **problem.params) for problem in problems],
        is_blocked=any(problem.severity == Severity.ERROR for problem in problems),
    )
