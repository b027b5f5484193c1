"""How a target came along (走势): its actual at the end of each month of a year, counted anew; or as it was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mhdesk.domain.dates import add_months
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.training import Retrainee, TargetActual
from mhdesk.rules.rollup import period_of
from mhdesk.services import rollups, targets
from mhdesk.services.targets import BoardLine

if TYPE_CHECKING:
    from db.ledger import Ledger

_DECEMBER = 12


@dataclass(frozen=True)
class Point:
    """An actual on a day: `value` is a plain ratio, `words` as the target is printed."""

    day: date
    value: float
    words: str


def course(ledger: Ledger, line: BoardLine, *, year: int, today: date, task: Task = QUIET) -> list[Point]:
    """The points of a line of the board, the oldest first; days on which nothing is known are left out.

    What the ledger counts: the year before at its end, then the months of `year` up to today. What is typed: each value
    typed, of all years. 转岗 counts for years: each year of the plan.
    """
    if line.target.indicator == targets.OF_ITS_YEAR:
        people = ledger.find(Retrainee)
        years = sorted({one.year for one in people})
        found = [(date(one, _DECEMBER, 31), targets.sent(people, one)) for one in years]
    elif line.can_type:
        typed = ledger.find(TargetActual, target_set=line.set_id, indicator=line.target.indicator)
        latest = {one.as_of: line.target.ratio_of(one.value) for one in sorted(typed, key=lambda one: one.id or 0)}
        found = [(day, latest[day]) for day in sorted(latest)]
    else:
        days = _days(year, today)
        periods = [period_of("annual", day, today=day) for day in days]
        made = rollups.build_each(ledger, periods, task=task) if periods else []
        found = [
            (day, targets.counted_by(ledger, rollup, day).get(line.target.indicator))
            for day, rollup in zip(days, made, strict=True)
        ]
    return [Point(day, value, line.target.shown(value)) for day, value in found if value is not None]


def _days(year: int, today: date) -> Sequence[date]:
    """The last day of the year before, of each month of `year` that is over, and today."""
    ends = [add_months(date(year, 1, 1), number) - timedelta(days=1) for number in range(_DECEMBER + 1)]
    past = [day for day in ends if day < today]
    return [*past, today] if today.year == year else past
