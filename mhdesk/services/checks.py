"""The data-quality rules over the whole ledger, and over one record with its neighbours."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from db.queries import colours
from db.queries import quality as queries
from db.queries.records import find
from mhdesk.domain import identity
from mhdesk.domain.patient import Patient
from mhdesk.domain.quality import OwnRule
from mhdesk.domain.task import QUIET, Task
from mhdesk.rules import checks
from mhdesk.rules.checks.model import Neighbours
from mhdesk.services import checks_work, drug_list, rollups
from mhdesk.text import problem_text, text

if TYPE_CHECKING:
    from db.ledger import Ledger

_STEP = 50


@dataclass(frozen=True)
class Violation:
    """One finding. `label` is the masked name; `field` the item it concerns, "" the whole record.

    `patient` None: it is about nobody under care, and `label` says about what. `page` says where it is put right
    (``medication``, ``joint``, ``training``, ``staff``, ``stock``, ``work``), "" for files and sheets; `kind` is
    what that record is called.
    """

    rule: str
    severity: str
    patient: int | None
    label: str
    field: str
    follow_up_id: int | None
    message: str
    name: str = ""  # in full, for the window
    page: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Checked:
    """Which rules were run, and what they found, by person."""

    rules: Sequence[str]
    violations: Sequence[Violation]


def check_ledger(ledger: Ledger, *, today: date, task: Task = QUIET) -> Checked:
    """Run every rule, the district's own ones too, over everybody's file and sheets."""
    violations: list[Violation] = []
    with ledger.read() as connection:
        own = find(connection, OwnRule)
        book = drug_list.of(connection)
        terms = rollups.load_rules(connection, None).terms
        shared, total = queries.Shared(connection), queries.count(connection)
        assessed = colours.latest(connection)
        reader = checks_work.Reader(connection, ledger, today=today, terms=terms)
        for done, file in enumerate(queries.files(connection)):
            if done % _STEP == 0:
                task.step(done, total, text("cli.checking"))
            patient, last = file.patient, assessed.get(file.patient.id or 0)
            if last is not None:  # judged by the committee's colour, not the one somebody typed
                patient = dataclasses.replace(patient, colour=last.colour)
            found = checks.check_person(
                patient,
                file.follow_ups,
                today=today,
                movements=file.movements,
                attempts=file.attempts,
                neighbours=neighbours(file.patient, shared, stored=file.patient),
                terms=terms,
                own=own,
                drug_book=book,
            )
            violations += [_violation(file.patient, one) for one in found]
            beside = reader.of_person(file.patient, file.follow_ups, file.movements)
            violations += [_beside(one, file.patient) for one in beside]
        violations += [_beside(one) for one in reader.of_nobody()]
    task.step(total, total, text("cli.checking"))
    return Checked((*checks.CHECKS, *checks_work.CODES, *(rule.code for rule in own)), violations)


def neighbours(patient: Patient, shared: queries.Shared, *, stored: Patient | None) -> Neighbours:
    """How many others share something with `patient`; `stored` is the version that `shared` counted, if any."""

    def others(counted: Mapping[Any, int], key: Callable[[Patient], Any]) -> int:
        wanted = key(patient)
        if wanted is None or (isinstance(wanted, tuple) and None in wanted):
            return 0
        own = stored is not None and key(stored) == wanted
        return counted.get(wanted, 0) - own

    guardian = shared.own_phones.get((patient.guardian_name, patient.guardian_phone), 0)
    if patient.guardian_id_number:
        guardian = max(guardian, shared.id_numbers.get(patient.guardian_id_number, 0))
    return Neighbours(
        same_id_number=others(shared.id_numbers, lambda one: one.id_number),
        same_name_and_birth=others(shared.births, lambda one: (one.name, one.birth_date and one.birth_date.iso())),
        same_name_and_guardian_phone=others(shared.guardian_phones, lambda one: (one.name, one.guardian_phone)),
        guardian_is_patient=guardian,
    )


def _violation(patient: Patient, found: checks.Finding) -> Violation:
    problem = found.problem
    return Violation(
        rule=str(problem.params.get("rule", problem.code)),
        severity=str(problem.severity),
        patient=patient.id or 0,
        label=identity.mask_name(patient.name),
        field=problem.field,
        follow_up_id=found.follow_up_id,
        message=problem_text(problem.code, **problem.params),
        name=patient.name,
    )


def _beside(found: checks_work.Found, patient: Patient | None = None) -> Violation:
    """A finding about a record beside files and sheets."""
    problem = found.problem
    said = problem_text(problem.code, **problem.params)
    if found.kind:
        day = found.day.isoformat() if found.day is not None else text("checks.no_day")
        said = text("checks.of_record", kind=found.kind, day=day, said=said)
    name = found.name if patient is None else patient.name
    return Violation(
        rule=problem.code,
        severity=str(problem.severity),
        patient=found.patient_id,
        label=identity.mask_name(name) if name else found.label,
        field=problem.field,
        follow_up_id=None,
        message=said,
        name=name or found.label,
        page=found.page,
        kind=found.kind,
    )
