"""A roll-up (报表汇总): every indicator per unit and in all, its balance, and what it was made from. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mhdesk.domain.dates import DateRange, ReportWeek, add_months
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.rules.colours import Scheme
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.indicators.registry import INDICATORS
from mhdesk.rules.indicators.tally import NO_FIGURES, Figures, IndicatorResult, Masks, Tally
from mhdesk.rules.judge import Frame, Judge
from mhdesk.rules.ruleset import RuleSet
from mhdesk.rules.targets import TargetSet
from mhdesk.rules.terms import Terms
from mhdesk.text import text

KINDS = ("weekly", "monthly", "quarterly", "annual")
RANGE = "range"  # any days: never submitted
_MONTHS = {"monthly": 1, "quarterly": 3, "annual": 12}
_LOOK_BACK_DAYS = 200  # further than any interval between visits, so that the visit before is always known
_LONGEST_MONTH = 31
_OLDEST = date(1900, 1, 1)  # older than any sheet

Values = Mapping[str, IndicatorResult]


@dataclass(frozen=True, slots=True)
class Period:
    """What a report is about. `range` ends where the report stops looking: at its end, or after today."""

    kind: str
    label: str
    start: date
    end: date  # exclusive, of the whole period
    cut_off: date  # the last day that counts

    @property
    def range(self) -> DateRange:
        """The days that count."""
        return DateRange(self.start, self.cut_off + timedelta(days=1))

    @property
    def is_over(self) -> bool:
        """Whether the cut-off is the period's last day."""
        return self.cut_off + timedelta(days=1) == self.end


def period_of(kind: str, on: date, *, today: date, first_weekday: int = 0) -> Period:
    """The period that holds `on`, cut off after `today`. Raises UsageError MH-REPORT-01 when it has not begun."""
    if kind == "weekly":
        week = ReportWeek.holding(on, first_weekday)
        whole, label = week.range, week.label
    else:
        months = _MONTHS[kind]
        start = date(on.year, (on.month - 1) // months * months + 1, 1)
        whole = DateRange(start, add_months(start, months))
        quarter = (start.month - 1) // 3 + 1
        label = text(f"reports.period.{kind}", year=start.year, month=start.month, quarter=quarter)
    if whole.start > today:
        raise UsageError("MH-REPORT-01", start=whole.start.isoformat())
    return Period(kind, label, whole.start, whole.end, min(whole.last, today))


def period_between(start: date, end: date, *, today: date) -> Period:
    """Any days from `start` to `end`, both included, cut off after `today`.

    Raises UsageError: MH-REPORT-01 the first day has not come, MH-REPORT-11 the last day lies before the first.
    """
    if end < start:
        raise UsageError("MH-REPORT-11", start=start.isoformat(), end=end.isoformat())
    if start > today:
        raise UsageError("MH-REPORT-01", start=start.isoformat())
    label = text("reports.period.range", start=start.isoformat(), end=end.isoformat())
    return Period(RANGE, label, start, end + timedelta(days=1), min(end, today))


def first_day(period: Period, rules: RuleSet) -> date:
    """The first day whose visits the rules may look at."""
    if rules.terms.head == "last_visit":
        return _OLDEST  # the last visit before the window decides, however old it is
    frame = Frame.of(period.range, rules)
    return date.fromordinal(min(frame.window_start, frame.since, frame.start - _look_back(rules.terms)))


def _look_back(terms: Terms) -> int:
    interval = terms.interval * (_LONGEST_MONTH if terms.mode == "month" else 1)
    return max(_LOOK_BACK_DAYS, interval + terms.grace_days + _LONGEST_MONTH)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a village or an institution; id 0: people whose village nobody wrote down."""

    id: int
    name: str
    figures: Figures = NO_FIGURES


@dataclass(frozen=True, slots=True)
class UnitValues:
    """A row with its numbers."""

    unit: Row
    values: Values


@dataclass(frozen=True, slots=True)
class Balance:
    """期初 + 新增 + 迁入 − 死亡 − 迁出 = 期末 of one row."""

    unit: Row
    opening: int
    new: int
    moved_in: int
    died: int
    moved_out: int
    closing: int

    @property
    def holds(self) -> bool:
        """Whether the equation comes out."""
        return self.opening + self.new + self.moved_in - self.died - self.moved_out == self.closing


@dataclass(frozen=True, slots=True)
class RollUp:
    """Everything a report shows. `total` is recomputed from the sums of the rows, never averaged."""

    period: Period
    rules: RuleSet
    title_unit: str
    level: str  # "township" or "district"
    units: Sequence[UnitValues]
    total: Values
    balance: Sequence[Balance]  # one a row, the total last
    targets: Sequence[TargetSet]
    audit_head: str = ""
    data_hash: str = ""
    by: str = "unit"  # what the rows stand for
    colour_scheme: Scheme | None = None  # the one in force, named beside the colours

    def values_of(self, unit_id: int | None) -> Values:
        """The numbers of a row, None: of the total. Raises KeyError for a row that is not there."""
        if unit_id is None:
            return self.total
        for unit in self.units:
            if unit.unit.id == unit_id:
                return unit.values
        raise KeyError(unit_id)


@dataclass(frozen=True, slots=True)
class Place:
    """Where people are counted: the rows in order, and which row each unit's people belong to.

    With `group` it is that which says the row of a person; `by` names what the rows stand for then.
    """

    title_unit: str
    level: str
    rows: Sequence[Row]
    row_of: Mapping[int | None, int]
    root_figures: Figures = NO_FIGURES
    by: str = "unit"
    group: Callable[[PatientFacts], int] | None = None


def compute(
    people: Iterable[PatientFacts],
    *,
    period: Period,
    rules: RuleSet,
    place: Place,
    targets: Sequence[TargetSet] = (),
    masks: Masks | None = None,
) -> RollUp:
    """The roll-up of everybody. Raises UserError MH-REPORT-07 when a balance does not come out: a bug of ours.

    `masks` may be shared by roll-ups under the same terms.
    """
    tally = Tally(rules.terms, masks)
    tally.add_all(people, Judge(rules, Frame.of(period.range, rules)), place.row_of, place.group)
    peopled = set(tally.rows)
    rows = [row for row in place.rows if row.id in peopled or (row.id and place.group is None)]
    units = [
        UnitValues(row, {key: tally.result(indicator, (row.id,), row.figures) for key, indicator in INDICATORS.items()})
        for row in rows
    ]
    total_figures = _total_figures(rows, peopled, place.root_figures)
    ids = tuple(row.id for row in rows)
    total = {key: tally.result(indicator, ids, total_figures) for key, indicator in INDICATORS.items()}
    balance = [_balance(unit.unit, unit.values) for unit in units]
    balance.append(_balance(Row(0, text("reports.total")), total))
    for line in balance:
        if not line.holds:
            raise UserError("MH-REPORT-07", unit=line.unit.name)
    return RollUp(period, rules, place.title_unit, place.level, units, total, balance, targets, by=place.by)


def _balance(row: Row, values: Values) -> Balance:
    kinds = ("registered_at_start", "new_in_period", "moved_in_period", "died_in_period", "moved_out_period")
    parts = [int(values[kind].numerator or 0) for kind in (*kinds, "registered")]
    return Balance(row, *parts)


def _total_figures(rows: Sequence[Row], peopled: set[int], root: Figures) -> Figures:
    """Sums of the rows' figures; where a row lacks one, the whole area's own figure instead.

    Where that is not known either, the sum of those there are, unless a row with people lacks its own.
    """

    def total(field: str) -> float | None:
        known = [value for row in rows if row.id and (value := row.figures.of(field)) is not None]
        lacking = [row.id for row in rows if row.id and row.figures.of(field) is None]
        if not known or (lacking and root.of(field) is not None) or not peopled.isdisjoint(lacking):
            return root.of(field)
        return sum(known)

    population = total("population")
    # a session is the whole area's; who came from no unit of the rows is counted there, too
    sessions = total("training_sessions") if root.training_sessions is None else root.training_sessions
    attendances = total("training_attendances") if root.training_attendances is None else root.training_attendances
    return Figures(
        None if population is None else int(population),
        total("staff_fte"),
        total("psychiatrists"),
        None if sessions is None else int(sessions),
        None if attendances is None else int(attendances),
    )
