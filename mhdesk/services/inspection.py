"""Self-inspection (迎检自查): draw files at random, check each against the norm as it was, score it, list who to call.

The same quarter, seed and size draw the same people with the same scores, whatever is entered, corrected, voided or
merged later: population, names, units, sheets and rules are read as known at the end of the quarter (`db.past`). A
running quarter is read as it stands; what cannot be put together again is said.
"""

from __future__ import annotations

import contextlib
import functools
import json
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import resources
from db import past
from db.past import Moment, Reading
from db.queries import records, rollup
from db.queries import submissions as sent_queries
from db.queries.submissions import SubmissionRow
from mhdesk.domain import identity
from mhdesk.domain.account import DataOverride, Submission
from mhdesk.domain.errors import UsageError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.unit import Unit
from mhdesk.rules import checks
from mhdesk.rules import rollup as rules_rollup
from mhdesk.rules.checks.model import NOBODY
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.indicators.explain import reason
from mhdesk.rules.indicators.registry import find as find_indicator
from mhdesk.rules.judge import Frame, Judge, register_of
from mhdesk.rules.rollup import Period
from mhdesk.rules.ruleset import RuleSet
from mhdesk.services import merge, rollups
from mhdesk.text import problem_text, text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection

DEFAULT_SIZE = 10
MOST = 200
_KIND = "quarterly"
_MEDICATED = ("1", "2")
_STEP = 5
_POPULATION = (Unit, Patient, Movement, DataOverride)


class ScoreItem(NamedTuple):
    """A line of the score sheet."""

    key: str
    name: str
    points: int


@dataclass(frozen=True, slots=True)
class Scored:
    """One file that was drawn: points by item, what is missing, whom to call."""

    id: int
    label: str
    name: str
    village: str | None
    doctor: str | None
    points: Mapping[str, int]
    missing: Sequence[tuple[str, str]]  # item, what is missing
    guardian: str | None
    phone: str | None
    last_visit: str
    rebuilt: int  # records that say something else today
    file_id: int  # the file that holds this person today
    since: str  # what became of the file since: voided, merged; "" where it stands

    @property
    def total(self) -> int:
        """All its points."""
        return sum(self.points.values())


@dataclass(frozen=True)
class Inspection:
    """The files drawn of a quarter."""

    label: str
    as_of: date
    seed: int
    registered: int
    scored: Sequence[Scored]
    rules: str
    limits: Sequence[str]  # by what the day is read, and what cannot be put together again

    @property
    def average(self) -> float | None:
        """Points a file."""
        return sum(one.total for one in self.scored) / len(self.scored) if self.scored else None


@functools.cache
def items() -> Sequence[ScoreItem]:
    """The score sheet."""
    data = tomllib.loads(resources.path("inspection/score.toml").read_text(encoding="utf-8"))
    return [ScoreItem(one["key"], one["name"], int(one["points"])) for one in data["item"]]


def source() -> str:
    """Where the points come from."""
    return str(tomllib.loads(resources.path("inspection/score.toml").read_text(encoding="utf-8"))["source"])


def inspect(
    ledger: Ledger,
    *,
    on: date,
    today: date,
    size: int = DEFAULT_SIZE,
    seed: int = 1,
    rules: str | None = None,
    task: Task = QUIET,
) -> Inspection:
    """Draw and check files of the quarter that holds `on`. Raises UsageError MH-REPORT-01 when it has not begun.

    Without `rules` those the quarter was sent by judge, else the ledger's default.
    """
    with ledger.read() as now:
        period = rules_rollup.period_of(_KIND, on, today=today)
        end = period.cut_off
        sent = [row for row in sent_queries.submissions(now, _KIND) if row.period_start == period.start.isoformat()]
        moment, limits = _witness(now, period, sent, today)
        rules = rules or (sent[-1].rules_id if sent else None)
        with _reading(now, moment, kinds=_POPULATION) as then:
            chosen, is_later = _rules(now, then.connection, rules)
            population = _registered(then.connection, end)
        dice = random.Random(f"{seed}/{period.start.isoformat()}")  # noqa: S311 - a draw that can be repeated
        drawn = sorted(dice.sample(population, min(max(size, 1), MOST, len(population))))
        year = rules_rollup.period_of("annual", end, today=end)
        judge = Judge(chosen, Frame.of(year.range, chosen))
        scored = []
        with _reading(now, moment, people=drawn) as then:
            units = {unit.id: unit.name for unit in rollup.units(then.connection)}
            found = rollup.patient_facts(
                then.connection,
                first=rules_rollup.first_day(year, chosen),
                start=year.start,
                end=end + timedelta(days=1),
                ids=drawn,
            )
            for place, facts in enumerate(sorted(found, key=lambda one: one.id)):
                if place % _STEP == 0:
                    task.step(place, len(drawn), text("inspection.checking"))
                scored.append(_score(then, now, facts, judge, units, end))
        limits.append(text("inspection.limit_rules", rules=chosen.name, version=chosen.version))
        if is_later:
            limits.append(text("inspection.limit_rules_later", rules=chosen.name))
        limits += _comparisons(now, sent, len(population), end)
    return Inspection(period.label, end, seed, len(population), scored, chosen.name, limits)


def _witness(
    now: Connection, period: Period, sent: Sequence[SubmissionRow], today: date
) -> tuple[Moment | None, list[str]]:
    """The moment the quarter's last day is read at, None for now, and the sentence that says so.

    The end of that day is the best witness. A ledger that was begun later knows nothing of it: then what was known
    when the quarter was sent is, and failing that what is known now.
    """
    end = period.cut_off
    if period.end > today:
        return None, [text("inspection.limit_running")]
    first = past.first_entry(now)
    began = first.astimezone().date() if first else None
    if began is not None and began <= end:
        return Moment.end_of(end), [text("inspection.limit_then", day=end.isoformat())]
    began_on = began.isoformat() if began else text("reports.nothing")
    moment = Moment.after(now, sent[0].audit_head) if sent else None
    if moment is not None:
        at = sent[0].entered_at.astimezone().strftime("%Y-%m-%d %H:%M")
        return moment, [text("inspection.limit_sent_only", day=began_on, end=end.isoformat(), at=at)]
    return None, [text("inspection.limit_began", day=began_on, end=end.isoformat())]


@contextlib.contextmanager
def _reading(
    now: Connection, moment: Moment | None, *, kinds: Sequence[type] = past.KINDS, people: Sequence[int] | None = None
) -> Iterator[Reading]:
    """The ledger as known at a moment; None: as it stands."""
    if moment is None:
        yield Reading(now)
    else:
        with past.as_known(now, moment, kinds=kinds, people=people) as then:
            yield then


def _rules(now: Connection, then: Connection, rules: str | None) -> tuple[RuleSet, bool]:
    """The rule set as it was then; where the ledger's own was made later, as it is now, and True."""
    try:
        return rollups.load_rules(then, rules), False
    except UsageError:
        return rollups.load_rules(now, rules), True


def _registered(connection: Connection, end: date) -> list[int]:
    """Who was on the register at the end of a day, by id."""
    first, after = end.toordinal(), end.toordinal() + 1
    frame = Frame(first, after, first, first, first, first)
    people = rollup.register_facts(connection, end=end + timedelta(days=1))
    return [facts.id for facts in people if (register := register_of(facts, frame)) is not None and register.closing]


def _comparisons(now: Connection, sent: Sequence[SubmissionRow], registered: int, end: date) -> Iterator[str]:
    """Where the number of people differs from what is known now, or from what was sent: both are said."""
    known_now = len(_registered(now, end))
    if known_now != registered:
        yield text("inspection.limit_differs", day=end.isoformat(), now=known_now, then=registered)
    if sent:
        document = json.loads(records.get(now, Submission, sent[-1].id).document)
        count = document["total"]["registered"]["count"]
        key = "limit_sent" if count == registered else "limit_sent_differs"
        yield text(
            f"inspection.{key}",
            revision=sent[-1].revision,
            cut_off=sent[-1].cut_off,
            count=count,
            then=registered,
        )


def _score(
    then: Reading, now: Connection, facts: PatientFacts, judge: Judge, units: Mapping[int, str], end: date
) -> Scored:
    """One file against the norm."""
    connection, missing = then.connection, list[tuple[str, str]]()
    patient = records.get(connection, Patient, facts.id)
    visits = records.find(connection, FollowUp, patient_id=facts.id)
    visits = sorted(
        (one for one in visits if one.visit_date and one.visit_date <= end), key=lambda one: str(one.visit_date)
    )
    movements = [one for one in records.find(connection, Movement, patient_id=facts.id) if one.happened_on <= end]
    _check_records(missing, patient, visits, movements, judge, end)
    _check_course(missing, facts, judge)
    complete = [one for one in visits if one.is_complete]
    if not complete:
        missing.append(("sheets", text("inspection.no_sheets")))
        missing.append(("medicine", text("inspection.no_sheets")))
    elif complete[-1].adherence in _MEDICATED and not complete[-1].drugs:
        missing.append(("medicine", text("inspection.no_drugs", day=complete[-1].visit_date)))
    faults = {key for key, _ in missing}
    last = complete[-1] if complete else None
    form = text(f"rules.form.{last.visit_form or 'unknown'}") if last else ""
    file_id, since = _today(now, facts.id)
    return Scored(
        id=facts.id,
        label=identity.mask_name(patient.name),
        name=patient.name,
        village=units.get(facts.unit_id or 0),
        doctor=patient.doctor_name,
        points={item.key: 0 if item.key in faults else item.points for item in items()},
        missing=missing,
        guardian=patient.guardian_name,
        phone=patient.guardian_phone or patient.phone,
        last_visit=f"{last.visit_date} {form}".strip() if last else text("inspection.never"),
        rebuilt=_put_back(then, patient, visits, movements),
        file_id=file_id,
        since=since,
    )


def _put_back(then: Reading, patient: Patient, visits: Sequence[FollowUp], movements: Sequence[Movement]) -> int:
    """How many records of a person say something else today."""
    kept: Sequence[tuple[str, Sequence[Patient | FollowUp | Movement]]] = (
        ("patient", [patient]),
        ("follow_up", visits),
        ("movement", movements),
    )
    return sum(one.id in then.put_back.get(table, ()) for table, found in kept for one in found)


def _today(now: Connection, patient_id: int) -> tuple[int, str]:
    """The file that holds the person today, and what became of the one of then."""
    file_id = merge.heirs(now, [patient_id])[patient_id]
    if file_id != patient_id:
        return file_id, text("inspection.since_merged", name=records.get(now, Patient, file_id).name)
    if records.get(now, Patient, patient_id).voided_at is not None:
        return patient_id, text("inspection.since_voided")
    return patient_id, ""


def _check_records(
    missing: list[tuple[str, str]],
    patient: Patient,
    visits: Sequence[FollowUp],
    movements: Sequence[Movement],
    judge: Judge,
    end: date,
) -> None:
    """What the data rules say of file and sheets."""
    found = checks.check_person(patient, visits, today=end, movements=movements, neighbours=NOBODY, terms=judge.terms)
    for one in found:
        key = "sheets" if one.follow_up_id is not None else "file"
        missing.append((key, problem_text(one.problem.code, **one.problem.params)))
    if patient.consent is None or (patient.consent == "1" and patient.consent_date is None):
        missing.append(("consent", text("inspection.no_consent")))


def _check_course(missing: list[tuple[str, str]], facts: PatientFacts, judge: Judge) -> None:
    """What the rule set says of intervals and visits in person."""
    status = judge.status(facts)
    for item, indicator in (("interval", "standard_management_rate"), ("face", "face_to_face_rate")):
        counts = find_indicator(indicator).counts
        if status is None or counts is None or not counts(status.course, judge.terms):
            missing.append((item, reason(indicator, facts, judge)))
