"""The data-quality rules over what is recorded beside files and sheets: medication, joint work, training and staff.

Each stored record is judged by the same checks that judge it when it is typed, beside the others of its person; where a
person stands is judged by `mhdesk.rules.checks.work`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from db.queries import medication as medicine_queries
from db.queries import records as stored
from db.queries import rollup
from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.joint import Direction, Emergency, ExchangeSheet, JointVisit
from mhdesk.domain.medication import (
    AdverseReaction,
    Dispensing,
    Injection,
    LaboratoryResult,
    MedicationOrder,
    StockMovement,
)
from mhdesk.domain.patient import Movement, MovementKind, Patient
from mhdesk.domain.problems import Problem
from mhdesk.domain.staff import Certificate, StaffMember, StaffPost
from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.rules import joint_checks, joint_terms, training_days
from mhdesk.rules.checks import training, work
from mhdesk.rules.joint_checks import Around
from mhdesk.rules.medicines import checks as medicine_checks
from mhdesk.rules.medicines import injections, orders
from mhdesk.rules.medicines.adherence import Course
from mhdesk.rules.terms import Terms
from mhdesk.services import training_terms
from mhdesk.services.joint import kinds
from mhdesk.services.medication import known
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection

#: Every rule here, by its code.
CODES = (*work.CODES, *medicine_checks.CODES, *joint_checks.CODES, *training.CODES)
_MEDICINES = (MedicationOrder, Dispensing, Injection, AdverseReaction, LaboratoryResult)


class Found(NamedTuple):
    """A finding about a record or about where a person stands. `page` says where it is put right.

    `patient_id` None: it is about nobody under care; `label` names it then. `kind` names the record, `day` its day.
    """

    problem: Problem
    page: str
    kind: str = ""
    day: date | None = None
    patient_id: int | None = None
    label: str = ""
    name: str = ""


class Reader:
    """Reads all those records once, for a run over the whole ledger."""

    def __init__(self, connection: Connection, ledger: Ledger, *, today: date, terms: Terms) -> None:
        self._connection, self._ledger, self._today, self._terms = connection, ledger, today, terms
        self._basis = known.basis_of(connection)
        self._joint = joint_terms.load(rollup.overrides(connection))
        self._medicines = {kind: medicine_queries.of_people(connection, kind) for kind in _MEDICINES}
        self._of_kind = {
            kind.key: _by_person(stored.find(connection, kind.record))
            for kind in kinds.KINDS.values()
            if kind.is_personal
        }
        sheets = stored.find(connection, ExchangeSheet)
        self._sent = {
            one.id: one for one in sheets if one.direction == Direction.SENT and one.sent_on and one.sent_on <= today
        }
        self._assessed: dict[int, ColourAssessment] = {}
        for one in sorted(stored.find(connection, ColourAssessment), key=lambda one: (one.assessed_on, one.id or 0)):
            if one.assessed_on <= today:
                self._assessed[one.patient_id] = one

    def of_person(self, patient: Patient, visits: Sequence[FollowUp], movements: Sequence[Movement]) -> Iterator[Found]:
        """What is wrong with the records of one person."""
        patient_id = patient.id or 0
        moves = sorted(movements, key=lambda one: (one.happened_on, one.id or 0))
        left_on = moves[-1].happened_on if moves and moves[-1].kind != MovementKind.MOVED_IN else None
        sheets = sorted(
            (one for one in visits if one.visit_date), key=lambda one: (one.visit_date or date.min, one.id or 0)
        )
        course = Course(
            sheets,
            orders.all_orders(sheets, self._typed(MedicationOrder, patient_id), self._basis.book),
            self._typed(Dispensing, patient_id),
            self._typed(Injection, patient_id),
        )
        yield from self._of_medicine(patient_id, course, left_on)
        yield from self._of_joint_work(patient, left_on)
        if left_on is None:
            yield from self._of_standing(patient, sheets, course)

    def _typed(self, kind: type[Any], patient_id: int) -> list[Any]:
        return self._medicines[kind].get(patient_id, [])

    def _of_medicine(self, patient_id: int, course: Course, left_on: date | None) -> Iterator[Found]:
        for kind in _MEDICINES:
            for record in self._typed(kind, patient_id):
                for problem in medicine_checks.check(
                    record, course, self._basis.book, self._basis.terms, today=self._today, exit_on=left_on
                ):
                    day = medicine_checks.day_of(record)
                    yield Found(problem, "medication", text(f"checks.record.{_KEYS[kind]}"), day, patient_id)

    def _of_joint_work(self, patient: Patient, left_on: date | None) -> Iterator[Found]:
        patient_id = patient.id or 0
        its = {key: found.get(patient_id, []) for key, found in self._of_kind.items()}
        for key, records in its.items():
            kind = kinds.KINDS[key]
            if kind.record not in joint_checks.CHECKS:
                continue
            for record in records:
                around = Around(
                    self._today,
                    self._joint,
                    patient,
                    left_on,
                    () if kind.parent else [one for one in records if one.id != record.id],
                    *self._agreement(its, getattr(record, "agreement_id", None)),
                )
                for problem in joint_checks.check(record, around):
                    yield Found(problem, "joint", kind.title, joint_checks.happened_on(record), patient_id)

    @staticmethod
    def _agreement(its: Mapping[str, list[Any]], agreement_id: int | None) -> tuple[Any, list[Any], list[Any]]:
        """The agreement an entry belongs to, with its reviews and payments."""
        if agreement_id is None:
            return None, [], []
        found = next((one for one in its["agreement"] if one.id == agreement_id), None)
        entries = ("agreement_review", "agreement_payment")
        reviews, payments = ([one for one in its[key] if one.agreement_id == agreement_id] for key in entries)
        return found, reviews, payments

    def _of_standing(self, patient: Patient, visits: Sequence[FollowUp], course: Course) -> Iterator[Found]:
        patient_id = patient.id or 0
        told: dict[str, date] = {}
        for row in self._of_kind["exchange_row"].get(patient_id, []):
            sheet = self._sent.get(row.sheet_id)
            if sheet is not None and sheet.sent_on is not None:
                told[sheet.other_side] = max(told.get(sheet.other_side, date.min), sheet.sent_on)
        emergencies: list[Emergency] = self._of_kind["emergency"].get(patient_id, [])
        joint: list[JointVisit] = self._of_kind["joint_visit"].get(patient_id, [])
        found = work.check(
            work.Work(
                patient,
                self._today,
                self._terms,
                self._basis.terms,
                visits,
                [one.checked_on for one in self._of_kind["checkup"].get(patient_id, [])],
                told,
                self._joint.sides,
                [date.fromisoformat(one.happened_at[:10]) for one in emergencies]
                + [one.visited_on for one in joint if work.tells_of_incident(one.incidents)],
                injections.upcoming(
                    course.injections, course.orders, self._basis.book, self._basis.terms, today=self._today
                ),
                self._assessed.get(patient_id),
            )
        )
        for problem in found:
            yield Found(problem, "", patient_id=patient_id)

    def of_nobody(self) -> Iterator[Found]:
        """What is wrong with records that are about nobody under care: stock, meetings, sheets, training, staff."""
        for record in stored.find(self._connection, StockMovement):
            for problem in medicine_checks.check(
                record, Course(), self._basis.book, self._basis.terms, today=self._today
            ):
                yield Found(problem, "stock", text("checks.record.stock"), record.moved_on, label=record.drug_name)
        for kind in kinds.KINDS.values():
            if kind.is_personal:
                continue
            for one in stored.find(self._connection, kind.record):
                for problem in joint_checks.check(one, Around(self._today, self._joint)):
                    yield Found(problem, "work", kind.title, joint_checks.happened_on(one), label=kind.title)
        yield from self._of_training()
        yield from self._of_staff()

    def _of_training(self) -> Iterator[Found]:
        limit = training_terms.load(self._ledger)["max_score"].value
        sessions = {one.id: one for one in stored.find(self._connection, TrainingSession)}
        rows = [one for one in stored.find(self._connection, Attendance) if one.session_id in sessions]
        by_person: dict[int, list[tuple[TrainingSession, Attendance]]] = {}
        for row in rows:
            by_person.setdefault(row.staff_id, []).append((sessions[row.session_id], row))
        for session in sessions.values():
            for problem in training.session(session, max_score=limit):
                yield Found(problem, "training", text("checks.record.session"), session.held_on, label=session.title)
        for row in rows:
            session = sessions[row.session_id]
            days = set(training_days.days(session)) if session.held_on else set()
            there = [
                (other, line)
                for other, line in by_person[row.staff_id]
                if other.id != session.id and not days.isdisjoint(training_days.days(other))
            ]
            for problem in training.attendance(row, session, elsewhere=there, max_score=limit, today=self._today):
                yield Found(problem, "training", text("checks.record.session"), session.held_on, label=session.title)

    def _of_staff(self) -> Iterator[Found]:
        everybody = stored.find(self._connection, StaffMember)
        posts = _by(stored.find(self._connection, StaffPost), "staff_id")
        papers = _by(stored.find(self._connection, Certificate), "staff_id")
        for one in everybody:
            problems = training.member(one, others=everybody, today=self._today)
            problems += training.posts(posts.get(one.id or 0, []))
            problems += [problem for paper in papers.get(one.id or 0, []) for problem in training.certificate(paper)]
            for problem in problems:
                yield Found(problem, "staff", text("checks.record.staff"), label=one.name, name=one.name)


def _by(records: Iterable[Any], owner: str) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for record in records:
        found.setdefault(getattr(record, owner), []).append(record)
    return found


def _by_person(records: Iterable[Any]) -> dict[int, list[Any]]:
    return _by(records, "patient_id")


_KEYS = {
    MedicationOrder: "order",
    Dispensing: "dispensing",
    Injection: "injection",
    AdverseReaction: "reaction",
    LaboratoryResult: "laboratory",
}
