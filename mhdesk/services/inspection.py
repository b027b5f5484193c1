"""Self-inspection (迎检自查): draw files at random, check each against the norm as it was, score it, list who to call.

The same quarter, seed and size draw the same people. Files and sheets are read as they stood on the quarter's last day:
what was entered later did not exist yet, what was changed since is put back from the history; what cannot be is said.
"""

from __future__ import annotations

import functools
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import resources
from db.queries import records, rollup
from db.records import from_row
from mhdesk.domain import identity
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.record import Record
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.unit import Unit
from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet
from mhdesk.rules import checks
from mhdesk.rules import rollup as rules_rollup
from mhdesk.rules.checks.model import NOBODY
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.indicators.explain import reason
from mhdesk.rules.indicators.registry import find as find_indicator
from mhdesk.rules.judge import Frame, Judge, register_of
from mhdesk.services import rollups
from mhdesk.text import problem_text, text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection

R = TypeVar("R", bound=Record)
DEFAULT_SIZE = 10
MOST = 200
_MEDICATED = ("1", "2")
_STEP = 5


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
    points: Mapping[str, int]
    missing: Sequence[tuple[str, str]]  # item, what is missing
    guardian: str | None
    phone: str | None
    last_visit: str
    rebuilt: int  # records put back from the history

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
    limits: Sequence[str]  # what cannot be rebuilt

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
    """Draw and check files of the quarter that holds `on`. Raises UsageError MH-REPORT-01 when it has not begun."""
    with ledger.read() as connection:
        period = rules_rollup.period_of("quarterly", on, today=today)
        chosen = rollups.load_rules(connection, rules)
        end = period.cut_off
        year = rules_rollup.period_of("annual", end, today=end)
        judge = Judge(chosen, Frame.of(year.range, chosen))
        people = {
            facts.id: facts
            for facts in rollup.patient_facts(
                connection, first=rules_rollup.first_day(year, chosen), start=year.start, end=end + timedelta(days=1)
            )
            if (register := register_of(facts, judge.frame)) is not None and register.closing
        }
        dice = random.Random(f"{seed}/{period.start.isoformat()}")  # noqa: S311 - a draw that can be repeated
        drawn = sorted(dice.sample(sorted(people), min(max(size, 1), MOST, len(people))))
        units = {unit.id: unit.name for unit in rollup.units(connection)}
        began = _began(connection)
        is_known = began is not None and began <= end
        past = _Past(connection, end if is_known else None)
        scored = []
        for place, patient_id in enumerate(drawn):
            if place % _STEP == 0:
                task.step(place, len(drawn), text("inspection.checking"))
            scored.append(_score(past, people[patient_id], judge, units, end))
    limits = [text("inspection.limit_units")]
    if not is_known:
        limits.insert(0, text("inspection.limit_began", day=began.isoformat() if began else "—", end=end.isoformat()))
    return Inspection(period.label, end, seed, len(people), scored, limits)


def _began(connection: Connection) -> date | None:
    """The day the first file was entered."""
    days = [one.entered_at for one in records.find(connection, Patient, include_voided=True) if one.entered_at]
    return min(days).date() if days else None


class _Past:
    """Records as they stood at the end of a day; None: as they stand now."""

    def __init__(self, connection: Connection, day: date | None) -> None:
        self._connection = connection
        self._moment = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC) if day else None
        self.rebuilt = 0

    def of(self, kind: type[R], **equals: Any) -> list[R]:
        """The records there were, as they were."""
        found = []
        for record in records.find(self._connection, kind, include_voided=True, **equals):
            then = self._then(record)
            if then is not None and then.voided_at is None:
                found.append(then)
        return found

    def _then(self, record: R) -> R | None:
        if self._moment is None:
            return record
        if record.entered_at is not None and record.entered_at >= self._moment:
            return None
        kind = type(record)
        for row in records.history_of(self._connection, kind, record.id or 0):
            if row.changed_at >= self._moment:  # the version before the first change since
                self.rebuilt += 1
                children = {}
                if kind is FollowUp:
                    children["drugs"] = tuple(from_row(DrugLine, one) for one in row.before.get("drugs", ()))
                return from_row(kind, row.before, **children)
        return record


def _score(past: _Past, facts: PatientFacts, judge: Judge, units: Mapping[int, str], end: date) -> Scored:
    """One file against the norm."""
    before = past.rebuilt
    files = past.of(Patient, id=facts.id)
    visits = [one for one in past.of(FollowUp, patient_id=facts.id) if one.visit_date and one.visit_date <= end]
    movements = [one for one in past.of(Movement, patient_id=facts.id) if one.happened_on <= end]
    visits.sort(key=lambda one: one.visit_date or end)
    missing: list[tuple[str, str]] = []
    patient = files[0] if files else None
    if patient is None:
        missing.append(("file", text("inspection.no_file")))
    else:
        _check_records(missing, patient, visits, movements, judge, end)
    _check_course(missing, _known(facts, visits), judge)
    complete = [one for one in visits if one.is_complete]
    if not complete:
        missing.append(("sheets", text("inspection.no_sheets")))
        missing.append(("medicine", text("inspection.no_sheets")))
    elif complete[-1].adherence in _MEDICATED and not complete[-1].drugs:
        missing.append(("medicine", text("inspection.no_drugs", day=complete[-1].visit_date)))
    faults = {key for key, _ in missing}
    last = complete[-1] if complete else None
    form = text(f"rules.form.{last.visit_form or 'unknown'}") if last else ""
    name = patient.name if patient else ""
    return Scored(
        id=facts.id,
        label=identity.mask_name(name),
        name=name,
        village=units.get(facts.unit_id or 0),
        points={item.key: 0 if item.key in faults else item.points for item in items()},
        missing=missing,
        guardian=patient.guardian_name if patient else None,
        phone=(patient.guardian_phone or patient.phone) if patient else None,
        last_visit=f"{last.visit_date} {form}".strip() if last else text("inspection.never"),
        rebuilt=past.rebuilt - before,
    )


def _known(facts: PatientFacts, visits: Sequence[FollowUp]) -> PatientFacts:
    """The facts with those visits only that were written down by then."""
    days = {one.visit_date.toordinal() for one in visits if one.visit_date}
    kept = [one for one in facts.visits if one.day in days]
    last = next((one for one in reversed(kept) if one.complete), None)
    return facts._replace(visits=kept, last=last, lost_day=kept[-1].day if kept and kept[-1].lost else 0)


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


# ---------------------------------------------------------------- as tables


def report(ledger: Ledger, made: Inspection, *, masked: bool = False) -> Report:
    """Score sheet, missing evidence and call list, as xlsx and pdf."""
    unit = ledger.get(Unit, ledger.root_unit_id).name
    left, right = text("rounds.list_unit", unit=unit), text("inspection.as_of", day=made.as_of.isoformat())
    notes = [text("inspection.drawn", seed=made.seed, size=len(made.scored), registered=made.registered)]
    notes += [source(), *made.limits]
    sheets = [
        _scores(made, masked=masked),
        _gaps(made, masked=masked),
        _calls(made, masked=masked),
    ]
    dressed = [
        Sheet(
            name=text(f"inspection.sheet.{key}"),
            title=text(f"inspection.title.{key}", label=made.label),
            columns=columns,
            header=[[Cell(words) for words in header]],
            rows=rows,
            left_note=left,
            right_note=right,
            notes=notes if key == "scores" else (),
            foot=[text("inspection.foot_checker"), text("inspection.foot_head")],
            frozen_columns=2,
        )
        for key, columns, header, rows in sheets
    ]
    stem = f"{text('inspection.stem')}_{made.as_of:%Y%m%d}_{made.seed}"
    return Report(key="inspection", title=dressed[0].title, file_stem=stem, sheets=dressed)


_Table = tuple[str, list[Column], list[str], list[list[Cell | None]]]


def _who(place: int, one: Scored, *, masked: bool) -> list[Cell | None]:
    return [Cell(place, Format.INTEGER), Cell(one.label if masked else one.name), Cell(one.village)]


def _head() -> list[str]:
    return [text("rounds.column.number"), text("ahead.column.name"), text("ahead.column.village")]


_WHO = [Column(11, align=Align.CENTER), Column(24), Column(28)]


def _scores(made: Inspection, *, masked: bool) -> _Table:
    header = [*_head(), *(f"{one.name}（{one.points}）" for one in items()), text("inspection.total")]
    columns = [
        *_WHO,
        *(Column(22, Format.INTEGER, Align.CENTER) for _ in items()),
        Column(18, Format.INTEGER, Align.CENTER),
    ]
    rows: list[list[Cell | None]] = [
        [
            *_who(place, one, masked=masked),
            *(Cell(one.points[item.key], Format.INTEGER) for item in items()),
            Cell(one.total, Format.INTEGER),
        ]
        for place, one in enumerate(made.scored, 1)
    ]
    return "scores", columns, header, rows


def _gaps(made: Inspection, *, masked: bool) -> _Table:
    names = {one.key: one.name for one in items()}
    rows = [
        [*_who(place, one, masked=masked), Cell(names[key]), Cell(words, align=Align.LEFT)]
        for place, one in enumerate(made.scored, 1)
        for key, words in one.missing
    ]
    header = [*_head(), text("inspection.item"), text("inspection.missing")]
    return "gaps", [*_WHO, Column(28, align=Align.CENTER), Column(150)], header, rows


def _calls(made: Inspection, *, masked: bool) -> _Table:
    rows = [
        [
            *_who(place, one, masked=masked),
            Cell(None if masked else one.guardian),
            Cell(None if masked else one.phone),
            Cell(one.last_visit),
            *(Cell("") for _ in range(3)),
        ]
        for place, one in enumerate(made.scored, 1)
    ]
    keys = ("guardian", "phone", "last_visit", "reached", "confirmed", "remark")
    header = [*_head(), *(text(f"inspection.call.{key}") for key in keys)]
    columns = [*_WHO, Column(24), Column(32), Column(40), Column(24), Column(34), Column(34)]
    return "calls", columns, header, rows


def write(ledger: Ledger, made: Inspection, folder: Path, *, masked: bool = False, task: Task = QUIET) -> list[Path]:
    """The three tables as .xlsx and .pdf in `folder`; who is named goes into the audit log. Raises OutputFailed."""
    from mhdesk.files import pdf_write, sink, xlsx_write

    done = report(ledger, made, masked=masked)
    with sink.system_errors():
        folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{done.file_stem}{suffix}" for suffix in (".xlsx", ".pdf")]
    xlsx_write.write_report(done, files[0], task)
    pdf_write.write_report(done, files[1], task)
    with ledger.change("inspection.export") as change:
        change.touch("patient", len(made.scored))
    return files


def to_json(made: Inspection, *, identified: bool) -> dict[str, Any]:
    """For programs; names only where they were asked for."""
    return {
        "period": made.label,
        "as_of": made.as_of.isoformat(),
        "seed": made.seed,
        "registered": made.registered,
        "average": made.average,
        "limits": list(made.limits),
        "patients": [
            {
                "id": one.id,
                "label": one.name if identified else one.label,
                "points": dict(one.points),
                "total": one.total,
                "missing": [{"item": key, "message": words} for key, words in one.missing],
                "rebuilt": one.rebuilt,
            }
            for one in made.scored
        ],
    }
