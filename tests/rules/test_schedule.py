"""Next visits and due states."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhdesk.domain.follow_up import FollowUp
from mhdesk.rules import ruleset
from mhdesk.rules.facts import make_visit
from mhdesk.rules.schedule import (
    Calendar,
    DueState,
    Step,
    add_workdays,
    advance,
    due_after,
    due_by_class,
    due_state,
    step_of,
)

RULES = ruleset.load("SC2017")
TERMS = RULES.terms
DAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("classes", "expected", "source"),
    [
        ("1", date(2026, 12, 14), "不稳定 within 2 weeks"),
        ("2", date(2026, 12, 14), "first 基本稳定: 2 weeks"),
        ("22", date(2026, 12, 30), "still 基本稳定: 1 month"),
        ("222", date(2026, 12, 30), "and 1 month again"),
        ("23", date(2027, 2, 28), "趋于稳定: 3 months, held at the end of February"),
        ("232", date(2026, 12, 14), "稳定 resets the cycle"),
        ("12", date(2026, 12, 14), "基本稳定 after 不稳定 is a first one"),
        ("3", date(2027, 2, 28), "稳定: 3 months"),
    ],
)
def test_state_machine(classes: str, expected: date, source: str) -> None:
    step = Step()
    for visit_class in classes:
        step = advance(step, visit_class)
    assert due_after(DAY, step, TERMS) == expected, source


def test_without_a_class_nothing_says_when() -> None:
    assert due_after(DAY, Step(), TERMS) is None
    visit = make_visit(DAY)
    assert Calendar(TERMS).next_due([visit], visit, 0) == 0


def test_the_doctor_may_bring_a_visit_forward_but_not_put_it_off() -> None:
    calendar = Calendar(TERMS)
    sooner = make_visit(DAY, visit_class="3", next_visit=date(2026, 12, 5))
    later = make_visit(DAY, visit_class="3", next_visit=date(2027, 8, 5))
    assert calendar.next_due([sooner], sooner, 0) == date(2026, 12, 5).toordinal()
    assert calendar.next_due([later], later, 0) == date(2027, 2, 28).toordinal()


def test_newcomers_are_due_two_weeks_after_registration() -> None:
    assert Calendar(TERMS).next_due([], None, date(2026, 11, 1).toordinal()) == date(2026, 11, 15).toordinal()


def test_lost_sheets_do_not_move_the_cycle() -> None:
    basic = make_visit(date(2026, 9, 1), visit_class="2")
    lost = make_visit(date(2026, 9, 20), lost=True, risk=None)
    assert step_of([basic, lost, make_visit(DAY, visit_class="2")]) == Step("2", 1)


def test_what_each_class_would_mean() -> None:
    earlier = [FollowUp(visit_date=date(2026, 11, 1), risk_level="1", visit_class="2")]
    found = due_by_class(FollowUp(visit_date=DAY), earlier=earlier, rules=RULES)
    assert found == {"1": date(2026, 12, 14), "2": date(2026, 12, 30), "3": date(2027, 2, 28)}
    assert due_by_class(FollowUp(), earlier=earlier, rules=RULES) == {}


TODAY = DAY.toordinal()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"registered": False, "due_day": TODAY - 9}, DueState.ENDED),
        ({"due_day": TODAY + 8}, DueState.ON_TIME),
        ({"due_day": TODAY + 7}, DueState.DUE),
        ({"due_day": TODAY}, DueState.DUE),
        ({"due_day": TODAY - 1}, DueState.OVERDUE),
        ({"due_day": 0}, DueState.DUE),
        ({"due_day": TODAY - 9, "lost": True}, DueState.SNOOZED),
        ({"due_day": TODAY, "inpatient": True}, DueState.SNOOZED),
        ({"due_day": TODAY - 1, "inpatient": True}, DueState.OVERDUE),
        ({"due_day": TODAY - 20, "attempt_day": TODAY - 14}, DueState.SNOOZED),
        ({"due_day": TODAY - 20, "attempt_day": TODAY - 15}, DueState.OVERDUE),
        ({"due_day": TODAY - 5, "attempt_day": TODAY - 13}, DueState.OVERDUE),
    ],
)
def test_due_state(facts: dict[str, int], expected: DueState) -> None:
    assert due_state(today=TODAY, **({"registered": True} | facts)) is expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 18), 5, date(2026, 11, 25)),  # Wednesday to Wednesday
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # Friday to Monday
        (date(2026, 11, 21), 5, date(2026, 11, 27)),  # from Saturday: Monday is the first
        (date(2026, 11, 22), 1, date(2026, 11, 23)),
        (date(2026, 11, 16), 0, date(2026, 11, 16)),
        (date(2026, 11, 16), 12, date(2026, 12, 2)),
    ],
)
def test_working_days(day: date, count: int, expected: date) -> None:
    assert add_workdays(day, count) == expected


@given(day=st.dates(date(2020, 1, 1), date(2030, 12, 31)), count=st.integers(1, 40))
def test_working_days_are_counted_one_by_one(day: date, count: int) -> None:
    slow = day
    for _ in range(count):
        slow += timedelta(days=1)
        while slow.weekday() >= 5:
            slow += timedelta(days=1)
    assert add_workdays(day, count) == slow


def test_a_discharge_note_brings_a_visit_forward_until_it_is_answered() -> None:
    calendar = Calendar(TERMS)
    before = make_visit(date(2026, 11, 1), visit_class="3")
    after = make_visit(date(2026, 11, 19), visit_class="3")
    note = date(2026, 11, 18).toordinal()
    assert calendar.next_due([before], before, 0, discharge_day=note) == date(2026, 11, 25).toordinal()
    assert calendar.next_due([before, after], after, 0, discharge_day=note) == date(2027, 2, 19).toordinal()


@pytest.mark.parametrize(
    ("until", "expected"), [(TODAY + 1, DueState.SNOOZED), (TODAY, DueState.OVERDUE), (0, DueState.OVERDUE)]
)
def test_what_is_put_off_waits_until_its_day(until: int, expected: DueState) -> None:
    assert due_state(registered=True, due_day=TODAY - 3, today=TODAY, until_day=until) is expected
