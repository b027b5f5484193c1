"""目标: every target of the circulars with its actual, counted or typed with its evidence; reached or not; trend.

The ledger counts what it can (rates of the roll-up, staff, training, 转岗); the rest is typed. What the ledger counts
is never overwritten by what is typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from db.queries import rollup as queries
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.training import Retrainee, RetrainingStage, SessionKind, TargetActual, TrainingSession
from mhdesk.domain.unit import Unit
from mhdesk.reports import targets as layout
from mhdesk.reports.targets import BoardRow
from mhdesk.rules import targets as rules
from mhdesk.rules import training as training_rules
from mhdesk.rules.rollup import RollUp
from mhdesk.rules.targets import Target
from mhdesk.services import rollups, staffing, training_report
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from mhdesk.reports.model import Report

LEDGER, TYPED = "ledger", "typed"
OF_ITS_YEAR = "transferred_psychiatrists"
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class BoardLine:
    """A target in force with its actual. Ratios are plain; None: not known. `origin`: ledger, typed, or "" for none."""

    set_id: str
    set_name: str
    target: Target
    actual: float | None
    before: float | None  # a year earlier
    origin: str
    as_of: date | None
    evidence: str
    can_type: bool
    applies: bool = True  # False: the district's target, shown to a township without judging it

    @property
    def name(self) -> str:
        """The target's name."""
        return self.target.name

    @property
    def is_reached(self) -> bool | None:
        """Whether it is reached; None while the actual is not known, or where the target is not this unit's."""
        return self.target.is_reached(self.actual) if self.applies else None

    @property
    def actual_text(self) -> str:
        """The actual as printed; "" while it is not known."""
        return "" if self.actual is None else self.target.shown(self.actual)

    @property
    def trend(self) -> str:
        """up, down, same beside a year earlier; "" where one of the two is not known."""
        if self.actual is None or self.before is None:
            return ""
        now, then = self.target.shown(self.actual), self.target.shown(self.before)
        return "same" if now == then else "up" if self.actual > self.before else "down"

    @property
    def before_text(self) -> str:
        """A year earlier, as printed."""
        return "" if self.before is None else self.target.shown(self.before)


def board(ledger: Ledger, *, year: int, today: date, sets: Sequence[str] | None = None) -> list[BoardLine]:
    """Every target in force in `year`, by document. `sets`: ids of documents; None: those the ledger chose.

    Actuals are those of the year's end, or of today in the year that runs. Raises UserError MH-TARGET-02 for a document
    nobody knows.
    """
    with ledger.read() as connection:
        chosen = rollups.targets_of(connection, rollups.load_rules(connection, None))
        known = rules.available(queries.overrides(connection))
    if sets is not None:
        missing = [one for one in sets if one not in known]
        if missing:
            raise UserError("MH-TARGET-02", name="、".join(missing))
        chosen = [known[one] for one in sets]
    now, then = _counted(ledger, year, today), _counted(ledger, year - 1, today)
    trainees = ledger.find(Retrainee)
    typed = ledger.find(TargetActual)
    lines = []
    for target_set in chosen:
        for target in target_set.in_force(year).values():
            said = _typed(typed, target_set.id, target.indicator, year)
            earlier = _typed(typed, target_set.id, target.indicator, year - 1)
            actual = now.get(target.indicator)
            before = then.get(target.indicator)
            if target.indicator == OF_ITS_YEAR:  # 5, 8 and 6 a year: each held against its own year
                actual, before = sent(trainees, target.year), sent(trainees, target.year - 1)
            is_counted = actual is not None
            if actual is None and said is not None:
                actual = target.ratio_of(said.value)
            if before is None and earlier is not None:
                before = target.ratio_of(earlier.value)
            lines.append(
                BoardLine(
                    set_id=target_set.id,
                    set_name=target_set.name,
                    target=target,
                    actual=actual,
                    before=before,
                    origin=LEDGER if is_counted else TYPED if said else "",
                    as_of=min(today, date(year, 12, 31)) if is_counted else said.as_of if said else None,
                    evidence="" if is_counted or said is None else said.evidence,
                    can_type=not is_counted,
                    applies=target.judges(ledger.level),
                )
            )
    return lines


def _typed(found: Sequence[TargetActual], set_id: str, indicator: str, year: int) -> TargetActual | None:
    """The latest value typed for a year."""
    its = [one for one in found if (one.target_set, one.indicator, one.year) == (set_id, indicator, year)]
    return max(its, key=lambda one: (one.as_of, one.id or 0), default=None)


def _counted(ledger: Ledger, year: int, today: date) -> Mapping[str, float | None]:
    """What the ledger counts of a year, by indicator, as plain ratios. A year to come has nothing."""
    on = min(today, date(year, 12, 31))
    if on.year != year:
        return {}
    return counted_by(ledger, rollups.build(ledger, period="annual", on=on, today=on), on)


def counted_by(ledger: Ledger, rollup: RollUp, on: date) -> Mapping[str, float | None]:
    """What the ledger counts of the year of a day, up to it. `rollup`: that year's, cut off on the day."""
    found: dict[str, float | None] = {}
    if rollup.total["registered"].numerator:  # before the first person was registered the ledger knows nothing
        found = {key: _plain(result.value) for key, result in rollup.total.items()}
    return {**found, **_of_work(ledger, rollup, on.year, on)}


def _plain(value: float | None) -> float | None:
    return None if value is None else float(value)


def _of_work(ledger: Ledger, rollup: RollUp, year: int, on: date) -> dict[str, float | None]:
    """Training, 转岗 and psychiatrists by institution; None where nobody wrote any of it down."""
    sessions = ledger.find(TrainingSession)
    held = [one for one in sessions if training_rules.is_held(one) and one.held_on is not None and one.held_on <= on]
    kinds = [one.kind for one in held if one.held_on is not None and one.held_on.year == year]
    posts = staffing.posts_of(ledger, rollup)
    known = [one for one in posts if one.psychiatrists is not None]
    return {
        "monthly_training": float(kinds.count(SessionKind.MONTHLY)) if sessions else None,
        "joint_training": float(kinds.count(SessionKind.QUARTERLY_JOINT)) if sessions else None,
        "institutions_with_psychiatrist": (
            sum(bool(one.psychiatrists) for one in posts) / len(posts) if posts and len(known) == len(posts) else None
        ),
    }


def sent(trainees: Sequence[Retrainee], year: int) -> float | None:
    """How many went to 转岗培训 on the quota of a year, whatever became of them; None where nobody keeps the plan."""
    if not trainees:
        return None
    return float(sum(one.year == year and one.stage != RetrainingStage.CHOSEN for one in trainees))


def record(
    ledger: Ledger,
    *,
    set_id: str,
    indicator: str,
    year: int,
    value: float,
    as_of: date,
    evidence: str,
    today: date,
) -> Changes:
    """Type the actual of a target the ledger cannot count, as it is printed (90 for 90 %), with its evidence.

    Raises UserError: MH-TARGET-01 a value that cannot be, a day to come or of another year, no evidence; MH-TARGET-02
    no such target.
    """
    known = rules.available(ledger_overrides(ledger))
    targets = known[set_id].targets if set_id in known else ()
    form = next((one.form for one in targets if one.indicator == indicator), None)
    if form is None:
        raise UserError("MH-TARGET-02", name=indicator)
    if not can_be(form, value=value, year=year, as_of=as_of, evidence=evidence, today=today):
        raise UserError("MH-TARGET-01")
    with ledger.change("target.actual") as change:
        change.add(
            TargetActual(
                target_set=set_id,
                indicator=indicator,
                year=year,
                value=value,
                as_of=as_of,
                evidence=evidence.strip(),
            )
        )
    return change.changes


def can_be(form: str, *, value: float, year: int, as_of: date, evidence: str, today: date) -> bool:
    """Whether an actual can be stored: a possible value, on a day of its year that has come, with its evidence."""
    cannot = value < 0 or (form == "percent" and value > 100) or (form == "one_to_n" and value <= 0)  # noqa: PLR2004
    is_day = as_of <= today and as_of.year == year and _FIRST_YEAR <= year <= _LAST_YEAR
    return not cannot and is_day and bool(evidence.strip())


def ledger_overrides(ledger: Ledger) -> Mapping[str, tuple[str, str]]:
    """The district's own copies of data files."""
    with ledger.read() as connection:
        return queries.overrides(connection)


def sets_of(ledger: Ledger) -> list[tuple[str, str]]:
    """Every document with targets: id and name."""
    return [(one.id, one.name) for one in rules.available(ledger_overrides(ledger)).values()]


def report(ledger: Ledger, lines: Sequence[BoardLine], *, year: int, today: date) -> Report:
    """The board as a table."""
    rows = [
        BoardRow(
            document=line.set_name,
            name=line.name,
            office=line.target.office,
            baseline=line.target.baseline,
            target=line.target.value_text,
            year=line.target.year,
            actual=line.actual_text,
            as_of=line.as_of,
            origin=text(f"targets.origin.{line.origin}") if line.origin else "",
            evidence=line.evidence,
            reached=line.is_reached,
            applies=line.applies,
            before=line.before_text,
            trend=text(f"targets.trend.{line.trend}") if line.trend else "",
            mark=text("targets.mark", mark=text(f"rules.marks.{line.target.mark}"), source=line.target.source),
        )
        for line in lines
    ]
    return layout.board(rows, year=year, unit_name=ledger.get(Unit, ledger.root_unit_id).name, today=today)


def write(ledger: Ledger, made: Report, folder: Path, *, task: Task = QUIET) -> list[Path]:
    """The table as .xlsx and .pdf. Raises OutputFailed."""
    return training_report.write(ledger, made, folder, task=task)
