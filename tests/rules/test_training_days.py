"""Courses of several days: days and halves, presence day by day, what it comes to, hours, words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhdesk.domain.errors import UserError
from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.rules import training_days
from mhdesk.rules.checks import training as checks
from tests.rules.test_training import line, session

TODAY = date(2026, 3, 20)
FIRST = date(2026, 3, 2)
ONE_DAY = ("present", "morning", "afternoon", "leave", "absent")


def course(count: int = 3, **values: object) -> TrainingSession:
    return session(held_on=FIRST, ends_on=date(2026, 3, 1 + count), **values)


@pytest.mark.parametrize(
    ("by_day", "expected"),
    [
        (["present"] * 3, "present"),
        (["present", "absent", "present"], "part"),
        (["leave", "leave", "leave"], "leave"),
        (["leave", "absent", "leave"], "absent"),
        (["morning", "present", "present"], "part"),
        (["present", None, "present"], None),
    ],
)
def test_what_the_days_come_to(by_day: list[str | None], expected: str | None) -> None:
    assert training_days.whole(by_day) == expected


@given(st.lists(st.sampled_from([None, *ONE_DAY]), min_size=3, max_size=3))
def test_days_typed_one_by_one_come_back_and_agree(by_day: list[str | None]) -> None:
    held, row = course(), line()
    for number, presence in enumerate(by_day, start=1):
        row = training_days.with_day(held, row, number, presence)
    assert list(training_days.presences(held, row)) == by_day
    assert training_days.is_faithful(held, row)
    assert 0 <= training_days.share(held, row) <= 1
    words = training_days.presences_text(held, row)
    if words:
        assert [one or None for one in training_days.read_presences(words)] == by_day


def test_hours_are_credited_by_half_days() -> None:
    held = course(3, day_parts=("whole", "whole", "morning"))  # five halves
    days = ("present", "afternoon", "morning")
    row = line("part", by_day=days)
    assert training_days.share(held, row) == 4 / 5
    assert training_days.share(held, line("present")) == 1
    assert training_days.share(session(held_on=FIRST), line("morning")) == 0.5
    assert training_days.share(held, line("absent", made_up_on=TODAY)) == 1


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("全天 全天 上午", ("whole", "whole", "morning")),
        ("全天、下午", ("whole", "afternoon")),
        ("全 上 下", ("whole", "morning", "afternoon")),
        ("", None),
        ("全天 全天 全天", None),
    ],
)
def test_what_of_each_day_is_held(typed: str, expected: tuple[str, ...] | None) -> None:
    assert training_days.read_parts(typed, 3) == expected


@pytest.mark.parametrize(("typed", "code"), [("全天 晚上", "41"), ("全天 上午 上午 上午", "42")])
def test_days_that_cannot_be(typed: str, code: str) -> None:
    with pytest.raises(UserError, match=f"MH-TRAINING-{code}"):
        training_days.read_parts(typed, 3)


def test_faults_of_a_course() -> None:
    def codes(one: TrainingSession) -> list[str]:
        return [problem.code for problem in checks.session(one, max_score=100)]

    assert codes(course()) == []
    assert codes(session(held_on=FIRST, ends_on=date(2026, 3, 1))) == ["MH-TRAINING-36"]
    assert codes(session(held_on=FIRST, ends_on=date(2026, 5, 1))) == ["MH-TRAINING-36"]
    assert codes(session(ends_on=FIRST)) == ["MH-TRAINING-36"]
    assert codes(course(2, day_parts=("whole",) * 3)) == ["MH-TRAINING-37"]


def test_faults_of_a_row_over_the_days() -> None:
    def codes(held: TrainingSession, row: Attendance, today: date = TODAY) -> list[str]:
        found = checks.attendance(row, held, elsewhere=(), max_score=100, today=today)
        return [problem.code for problem in found]

    on_the_second = date(2026, 3, 3)
    first_two = line(None, by_day=("present", "absent", ""))
    assert codes(course(), first_two, on_the_second) == []
    ahead = line(None, by_day=("present", "", "present"))
    assert codes(course(), ahead, on_the_second) == ["MH-TRAINING-10"]
    assert codes(course(), line("present"), on_the_second) == ["MH-TRAINING-10"]
    assert codes(course(), line("part")) == ["MH-TRAINING-38"]
    assert codes(course(), line("part", by_day=("present", "absent"))) == ["MH-TRAINING-38"]
    assert codes(course(), line("present", by_day=("present", "absent", "present"))) == ["MH-TRAINING-38"]
    half = course(2, day_parts=("whole", "morning"))
    assert codes(half, line("part", by_day=("present", "afternoon"))) == ["MH-TRAINING-39"]
