"""When the next visit is due, and where a person stands: one definition for list, report and tests.

Source (国家基本公共卫生服务规范第三版): 不稳定 and not admitted: within 2 weeks; 基本稳定: 2 weeks, and if the next
visit is 基本稳定 again, 1 month; 稳定: 3 months. A doctor's own 下次随访日期 may bring the visit forward, never put it
off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from mhdesk.domain.dates import add_months
from mhdesk.domain.follow_up import FollowUp, VisitClass
from mhdesk.rules.facts import StopFact, Visit
from mhdesk.rules.terms import Terms

_WORKDAYS = 5  # Monday to Friday; holidays are not known to the program
SOON_DAYS = 7  # "due" begins this many days before the day itself: a doctor plans by the week


class HasTerms(Protocol):
    """A rule set, as far as a calendar cares."""

    @property
    def terms(self) -> Terms:
        """Its parameters."""


class DueState(StrEnum):
    """Where a person stands. Everybody is in exactly one."""

    ON_TIME = "on_time"  # 未到期
    DUE = "due"  # 应随访
    OVERDUE = "overdue"  # 逾期
    SNOOZED = "snoozed"  # 暂缓: 失访, in hospital, just tried in vain, or put off by the doctor until a day
    ENDED = "ended"  # not on the register: 死亡 or 迁出


class Step(NamedTuple):
    """State of the follow-up cycle after a visit."""

    last_class: str | None = None
    bs_step: int = 0  # how many 基本稳定 visits in a row there were before this one


def add_workdays(day: date, count: int) -> date:
    """`day` moved on by working days (工作日), Monday to Friday; counted from a weekend, Monday is the first."""
    weeks, rest = divmod(count, _WORKDAYS)
    weekend = max(0, day.weekday() - _WORKDAYS + 1)  # days since Friday
    day += timedelta(days=weeks * 7 - weekend)
    return day + timedelta(days=rest + (2 if day.weekday() + rest >= _WORKDAYS else 0))


def advance(step: Step, visit_class: str | None) -> Step:
    """The state after one more complete visit of class `visit_class`."""
    again = visit_class == VisitClass.BASIC and step.last_class == VisitClass.BASIC
    return Step(visit_class, step.bs_step + 1 if again else 0)


def due_after(day: date, step: Step, terms: Terms) -> date | None:
    """The day by which the next visit must happen after a visit on `day`; None when its class is not known."""
    match step.last_class:
        case VisitClass.UNSTABLE:
            return date.fromordinal(day.toordinal() + terms.unstable_days)
        case VisitClass.BASIC if step.bs_step == 0:
            return date.fromordinal(day.toordinal() + terms.bs_first_days)
        case VisitClass.BASIC:
            return add_months(day, terms.bs_second_months)
        case VisitClass.STABLE:
            return add_months(day, terms.stable_months)
    return None


def due_by_class(follow_up: FollowUp, *, earlier: Iterable[FollowUp], rules: HasTerms) -> dict[str, date]:
    """What each class would mean for the next visit after `follow_up`: class code -> due day.

    `earlier` are the person's other sheets in any order. Empty while 随访日期 is not known.
    """
    day = follow_up.visit_date
    if day is None:
        return {}
    before = [visit for visit in earlier if visit.visit_date is not None and visit.visit_date < day]
    step = Step()
    for visit in sorted(before, key=lambda visit: visit.visit_date or day):
        if visit.is_complete and visit.voided_at is None:
            step = advance(step, visit.visit_class)
    found = {code.value: due_after(day, advance(step, code), rules.terms) for code in VisitClass}
    return {code: due for code, due in found.items() if due is not None}


def step_of(visits: Iterable[Visit]) -> Step:
    """The state after these visits, in order. Sheets that are not complete change nothing."""
    step = Step()
    for visit in visits:
        if visit.complete:
            step = advance(step, visit.visit_class)
    return step


class Calendar:
    """Due days of one set of terms, remembered by (day, class, step): two million visits share a few thousand."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._known: dict[tuple[int, str | None, bool], int] = {}

    def due_day(self, day: int, visit_class: str | None, *, again: bool) -> int:
        """Ordinal of `due_after`; 0 when the class is not known. `again`: the visit before was 基本稳定, too."""
        key = (day, visit_class, again)
        found = self._known.get(key)
        if found is None:
            due = due_after(date.fromordinal(day), Step(visit_class, int(again)), self.terms)
            found = self._known[key] = due.toordinal() if due else 0
        return found

    def next_due(
        self,
        visits: Sequence[Visit],
        last: Visit | None,
        registered_day: int,
        *,
        moved_in: bool = False,
        discharge_day: int = 0,
        stops: Iterable[StopFact] = (),
    ) -> int:
        """Ordinal of the day the next visit is due, 0 when nothing says when (it is then due at once).

        `last` is the last complete visit; who was never visited is due `first_visit_days` after registration, after
        迁入 `moved_in_visit_days`. `discharge_day`: when a 出院信息单 was received; unless a visit has answered it, the
        next one is due `discharge_visit_workdays` after it at the latest. `stops`: medicine was stopped for a reason
        that shortens the next visit (拒药, 自行停药 …); a visit after that day has answered it.
        """
        due = self._regular_due(visits, last, registered_day, moved_in=moved_in)
        if discharge_day and (last is None or last.day < discharge_day):
            asked = self._discharge_due(discharge_day)
            due = min(due, asked) if due else asked
        for stop in stops:
            if last is None or last.day <= stop.day:
                due = min(due, stop.visit_by) if due else stop.visit_by
        return due

    def _discharge_due(self, day: int) -> int:
        key = (day, "discharge", False)
        if key not in self._known:
            self._known[key] = add_workdays(date.fromordinal(day), self.terms.discharge_visit_workdays).toordinal()
        return self._known[key]

    def _regular_due(self, visits: Sequence[Visit], last: Visit | None, registered_day: int, *, moved_in: bool) -> int:
        if last is None:
            days = self.terms.moved_in_visit_days if moved_in else self.terms.first_visit_days
            return registered_day + days if registered_day else 0
        again = False
        if last.visit_class == VisitClass.BASIC:
            earlier = [visit for visit in visits if visit.complete and visit.day <= last.day]
            again = len(earlier) > 1 and earlier[-2].visit_class == VisitClass.BASIC
        due = self.due_day(last.day, last.visit_class, again=again)
        if last.next_day > last.day:
            return min(due, last.next_day) if due else last.next_day
        return due


def due_state(  # noqa: PLR0911, PLR0913 - the states in order of weight, each with what decides it
    *,
    registered: bool,
    due_day: int,
    today: int,
    lost: bool = False,
    inpatient: bool = False,
    attempt_day: int = 0,
    retry_days: int = 14,
    soon_days: int = SOON_DAYS,
    until_day: int = 0,
) -> DueState:
    """Where a person stands on the day `today` (ordinals).

    失访 is looked for, not visited. Who is in hospital waits until the due day; who was tried in vain since the due
    day is tried again after `retry_days` (again within 2 weeks). Who was put off waits until `until_day`, on which it
    is asked about again. `due_day` 0: nobody wrote when, so it is due now.
    """
    if not registered:
        return DueState.ENDED
    if lost or today < until_day:
        return DueState.SNOOZED
    if inpatient and today <= due_day:
        return DueState.SNOOZED
    if due_day == 0:
        return DueState.DUE
    if due_day >= today:
        return DueState.DUE if due_day - today <= soon_days else DueState.ON_TIME
    if attempt_day >= due_day - soon_days and today - attempt_day <= retry_days:
        return DueState.SNOOZED
    return DueState.OVERDUE
