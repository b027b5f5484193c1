"""Trends (趋势): rates and counts over the weeks against the targets, class, colour, overdue by village: charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mhdesk.domain.task import QUIET, Task
from mhdesk.reports.charts import BarChart, Chart, Line, LineChart
from mhdesk.rules.indicators.registry import name_of
from mhdesk.rules.rollup import RollUp, period_of
from mhdesk.services import rollups
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

WEEKS = (13, 26, 52)
RATES = ("standard_management_rate", "regular_medication_rate", "face_to_face_rate")
COUNTS = ("registered", "managed")
LISTED = ("registered", "visits_overdue")  # in the terminal
WATCHED = ("visits_overdue", "risk_3_plus", "lost", "in_hospital")
CLASSES = ("class_stable", "class_basic", "class_unstable", "class_unknown")
COLOURS = ("colour_red", "colour_orange", "colour_yellow", "colour_green")
_WEEK = timedelta(days=7)
_BARS = 13


@dataclass(frozen=True)
class Trend:
    """Roll-ups week by week, the oldest first."""

    rollups: Sequence[RollUp]

    @property
    def title(self) -> str:
        """What stands over the charts."""
        first, last = self.rollups[0].period, self.rollups[-1].period
        return text("trends.title", unit=self.rollups[-1].title_unit, first=first.start, last=last.cut_off)

    @property
    def notes(self) -> list[str]:
        """What the charts were made from."""
        first, last = self.rollups[0], self.rollups[-1]
        said = [text("trends.rules", rules=last.rules.name), text("trends.as_of")]
        if last.rules.terms.window == "year" and first.period.cut_off.year != last.period.cut_off.year:
            said.append(text("trends.new_year"))  # else the fall in January would look like a failure
        return said


def over_weeks(
    ledger: Ledger, *, weeks: int = WEEKS[0], rules: str | None = None, today: date, task: Task = QUIET
) -> Trend:
    """The weekly roll-ups of the last `weeks` weeks, each as of its last day by what is in the ledger now."""
    first_weekday = int(ledger.get_setting(rollups.FIRST_WEEKDAY_SETTING, 0))
    days = [today - _WEEK * back for back in reversed(range(weeks))]
    periods = [period_of("weekly", on, today=today, first_weekday=first_weekday) for on in days]
    return Trend(rollups.build_each(ledger, periods, rules=rules, task=task))


def charts(trend: Trend) -> list[Chart]:
    """Rates against their targets, counts, class, colour, overdue by village."""
    made, last = trend.rollups, trend.rollups[-1]
    labels = [f"{one.period.start:%m-%d}" for one in made]
    rates = [Line(name_of(key), _values(made, key), _target(last, key)) for key in RATES]
    counts = [Line(name_of(key), _values(made, key)) for key in COUNTS]
    watched = [Line(name_of(key), _values(made, key)) for key in WATCHED]
    step = max(1, -(-len(made) // _BARS))
    shown = made[::-1][::step][::-1]
    bars = [f"{one.period.start:%m-%d}" for one in shown]
    late = [(unit.unit.name, int(unit.values["visits_overdue"].numerator or 0)) for unit in last.units]
    late = sorted((one for one in late if one[1]), key=lambda one: -one[1])
    return [
        LineChart(text("trends.rates"), labels, rates),
        LineChart(text("trends.counts"), labels, counts, is_rate=False),
        LineChart(text("trends.watched"), labels, watched, is_rate=False),
        BarChart(text("trends.classes"), bars, [name_of(key) for key in CLASSES], _stack(shown, CLASSES)),
        BarChart(
            text("trends.colours"),
            bars,
            [name_of(key) for key in COLOURS],
            _stack(shown, COLOURS),
            tints=[key.removeprefix("colour_") for key in COLOURS],
        ),
        BarChart(
            text("trends.overdue"),
            [name for name, _ in late],
            [name_of("visits_overdue")],
            [[count for _, count in late]],
            is_across=True,
        ),
    ]


def _values(made: Sequence[RollUp], key: str) -> list[float | None]:
    return [one.total[key].value for one in made]


def _stack(made: Sequence[RollUp], keys: Sequence[str]) -> list[list[int]]:
    return [[int(one.total[key].numerator or 0) for one in made] for key in keys]


def _target(rollup: RollUp, key: str) -> float | None:
    for one in rollup.targets:
        found = one.in_force(rollup.period.cut_off.year).get(key)
        if found is not None:
            return found.share
    return None


def svgs(trend: Trend, *, is_dark: bool = False) -> list[tuple[str, bytes]]:
    """Each chart's title and its picture, for a light or a dark window."""
    from mhdesk.files import chart_draw

    return [(chart.title, chart_draw.to_svg(chart, is_dark=is_dark)) for chart in charts(trend)]


def pdf(trend: Trend, task: Task = QUIET) -> bytes:
    """All charts on paper."""
    from mhdesk.files import chart_draw

    return chart_draw.pdf_bytes(trend.title, trend.notes, charts(trend), task)


def write(ledger: Ledger, trend: Trend, file: Path, *, task: Task = QUIET) -> None:
    """The charts as a pdf file; noted in the audit log. Raises OutputFailed."""
    from mhdesk.files import chart_draw

    chart_draw.write_pdf(trend.title, trend.notes, charts(trend), file, task)
    with ledger.change("report.export") as change:
        change.touch("report", 1)


def to_json(trend: Trend) -> dict[str, Any]:
    """For programs: every value that is drawn."""
    keys = (*RATES, *COUNTS, *WATCHED, *CLASSES, *COLOURS)
    return {
        "weeks": [
            {
                "start": one.period.start.isoformat(),
                "cut_off": one.period.cut_off.isoformat(),
                "values": {key: one.total[key].value for key in keys},
            }
            for one in trend.rollups
        ],
        "targets": {key: _target(trend.rollups[-1], key) for key in RATES},
        "overdue": {unit.unit.name: unit.values["visits_overdue"].numerator for unit in trend.rollups[-1].units},
    }


def line(rollup: RollUp) -> tuple[str, ...]:
    """A week for the terminal."""
    from mhdesk.reports.weekly import printed

    return (rollup.period.start.isoformat(), *(printed(rollup.total[key]) for key in (*RATES, *LISTED)))
