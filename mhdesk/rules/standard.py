"""Judging 规范管理 for one person in one window. Each algorithm names the first thing wrong.

`GM-GAP`   every two adjacent visits lie within the interval; so do head and tail of the window if the terms ask.
           With months: 四川2017 "任何两次相邻的随访记录月份间隔…3个月"; with days: national 2016, once per 3 months.
`GM-CLASS` every visit happened by the due date set by the class before it (14 days; 14 days, 1 month; 3 months).
`GM-COUNT` at least 4 visits and one check-up in the year (2011 edition).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from mhdesk.domain.dates import add_months
from mhdesk.domain.follow_up import VisitClass, VisitForm
from mhdesk.rules.facts import Visit
from mhdesk.rules.schedule import Calendar
from mhdesk.rules.terms import Terms

_DAYS_PER_QUARTER_MONTHS = 3


class Case(NamedTuple):
    """What is judged: the counted visits of the window in order of day, and the days they must cover (ordinals).

    `begin` is the later of the window's start and the person's arrival, `end` the last day that counts (cut-off or
    leaving). `before` is the last counted visit before the window, `step_again` whether that one and its forerunner
    were both 基本稳定.
    """

    visits: Sequence[Visit]
    begin: int
    end: int
    before: Visit | None = None
    before_again: bool = False
    grace_for_new: bool = False  # 新建档: gaps are not judged, one visit is enough
    checkup_recorded: bool = False  # 健康体检 of the days judged stands in a record of its own


class Gap(NamedTuple):
    """The first thing that breaks the standard. `kind` names its sentence in the texts, table ``rules.gap``."""

    kind: str  # no_visit, between_month, between_day, late, head…, tail…, too_few, no_checkup
    first: int = 0
    second: int = 0
    amount: int = 0
    limit: int = 0


Judge = Callable[[Case], Gap | None]


def counts(visit: Visit, terms: Terms) -> bool:
    """Whether a sheet counts as a follow-up at all."""
    if not visit.complete:
        return visit.lost and terms.lost_rows_count
    if visit.inpatient and not terms.inpatient_rows_count:
        return False
    return terms.phone_counts or visit.form != VisitForm.PHONE


def counted(visits: Sequence[Visit], terms: Terms) -> Sequence[Visit]:
    """The sheets that count as follow-ups."""
    if terms.phone_counts and terms.inpatient_rows_count and not terms.lost_rows_count:
        return [visit for visit in visits if visit.complete]  # the usual terms, without a call per visit
    return [visit for visit in visits if counts(visit, terms)]


class _GapJudge:
    """`GM-GAP`. Remembers the months of the days it met."""

    def __init__(self, terms: Terms) -> None:
        self.terms, self.limit, self.grace = terms, terms.interval, terms.grace_days
        self.by_month = terms.mode == "month"
        self._is_usual = self.by_month and not self.grace and (terms.head, terms.tail) == ("year_start", "cut_off")
        self._months: dict[int, int] = {}

    def __call__(self, case: Case) -> Gap | None:
        """The first pair of days too far apart."""
        visits = case.visits
        if not visits:
            return Gap("no_visit", case.begin, case.end)
        if case.grace_for_new or (self._is_usual and self._holds(case)):
            return None
        return self._head(case) or self._between(visits) or self._tail(case)

    def _holds(self, case: Case) -> bool:
        """Whether no gap is too long, at a glance: under the usual terms the months of visits are all it takes."""
        previous, limit = self._month(case.begin), self.limit
        for visit in case.visits:
            if visit.month - previous > limit:
                return False
            previous = visit.month
        return self._month(case.end) - previous <= limit

    def _head(self, case: Case) -> Gap | None:
        if self.terms.head == "none":
            return None
        first = case.visits[0].day
        if self.terms.head == "last_visit" and case.before is not None:
            return self._pair("between", case.before.day, first)
        return self._pair("head", case.begin, first)

    def _between(self, visits: Sequence[Visit]) -> Gap | None:
        previous, limit = visits[0], self.limit
        quick = self.by_month and not self.grace  # the usual terms: months are known, nothing to call
        for visit in visits:
            if not quick or visit.month - previous.month > limit:
                gap = self._pair("between", previous.day, visit.day)
                if gap:
                    return gap
            previous = visit
        return None

    def _tail(self, case: Case) -> Gap | None:
        return self._pair("tail", case.visits[-1].day, case.end) if self.terms.tail == "cut_off" else None

    def _pair(self, kind: str, first: int, second: int) -> Gap | None:
        """The gap between two days when it is too long; grace days shorten it."""
        end = second - self.grace
        amount = self._month(end) - self._month(first) if self.by_month else end - first
        return Gap(f"{kind}_{self.terms.mode}", first, second, amount, self.limit) if amount > self.limit else None

    def _month(self, day: int) -> int:
        month = self._months.get(day)
        if month is None:
            on = date.fromordinal(day)
            month = self._months[day] = on.year * 12 + on.month - 1
        return month


def _class_judge(terms: Terms) -> Judge:
    calendar, grace = Calendar(terms), terms.grace_days
    longest = terms.stable_months

    def latest(visit: Visit, *, again: bool) -> int:
        """Due day after a visit; a visit without a class (in hospital, say) leaves the longest interval."""
        due = calendar.due_day(visit.day, visit.visit_class, again=again)
        return due or add_months(date.fromordinal(visit.day), longest).toordinal()

    def head_due(case: Case) -> int | None:
        if terms.head == "none":
            return None
        if terms.head == "last_visit" and case.before is not None:
            # Nobody is late before the window begins: what was overdue then is due on its first day.
            return max(latest(case.before, again=case.before_again), case.begin)
        return add_months(date.fromordinal(case.begin), longest).toordinal()

    def judge(case: Case) -> Gap | None:
        if not case.visits:
            return Gap("no_visit", case.begin, case.end)
        if case.grace_for_new:
            return None
        start = case.before.day if case.before is not None and terms.head == "last_visit" else case.begin
        due, previous, before = head_due(case), start, case.before
        for visit in case.visits:
            if due is not None and visit.day > due + grace:
                return Gap("late", previous, visit.day, visit.day - due, due)
            again = before is not None and before.visit_class == visit.visit_class == VisitClass.BASIC
            due, previous, before = latest(visit, again=again), visit.day, visit
        if terms.tail == "cut_off" and due is not None and case.end > due + grace:
            return Gap("late_tail", previous, case.end, case.end - due, due)
        return None

    return judge


def _count_judge(terms: Terms) -> Judge:
    def needed(case: Case) -> int:
        """4, or while the year runs one for every full quarter the person was here, at least 1."""
        if not terms.prorate:
            return terms.min_per_year
        first, after = date.fromordinal(case.begin), date.fromordinal(case.end + 1)
        months = (after.year - first.year) * 12 + after.month - first.month - (after.day < first.day)
        return min(terms.min_per_year, max(1, months // _DAYS_PER_QUARTER_MONTHS))

    def judge(case: Case) -> Gap | None:
        if not case.visits:
            return Gap("no_visit", case.begin, case.end)
        if case.grace_for_new:
            return None
        if len(case.visits) < (wanted := needed(case)):
            return Gap("too_few", case.begin, case.end, len(case.visits), wanted)
        by_record = terms.checkup in ("record", "either") and case.checkup_recorded
        by_sheet = terms.checkup in ("laboratory", "either") and any(visit.laboratory for visit in case.visits)
        if terms.checkup != "none" and not by_record and not by_sheet:
            return Gap("no_checkup", case.begin, case.end)
        return None

    return judge


#: Algorithms of 规范管理 by the name a rule file uses.
ALGORITHMS: Mapping[str, Callable[[Terms], Judge]] = {
    "GM-GAP": _GapJudge,
    "GM-CLASS": _class_judge,
    "GM-COUNT": _count_judge,
}
