"""Row numbers, states, scores and absences of training."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhdesk.domain.errors import UserError
from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.rules import training


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1-14,16,18", {*range(1, 15), 16, 18}),
        ("１－３，５、7 9", {1, 2, 3, 5, 7, 9}),
        ("2至4；6", {2, 3, 4, 6}),
        (" 1 - 3 ", {1, 2, 3}),
        ("", set()),
        ("8,8,7-8", {7, 8}),
    ],
)
def test_row_numbers_as_people_type_them(typed: str, expected: set[int]) -> None:
    assert training.read_rows(typed, range(1, 19)) == expected


@pytest.mark.parametrize(
    ("typed", "code"), [("1-19", "12"), ("0", "12"), ("3-1", "20"), ("甲", "20"), ("1-2-3", "20"), ("-3", "20")]
)
def test_row_numbers_that_are_not_on_the_sheet(typed: str, code: str) -> None:
    with pytest.raises(UserError, match=f"MH-TRAINING-{code}"):
        training.read_rows(typed, range(1, 19))


def test_a_range_passes_over_a_row_taken_off() -> None:
    assert training.read_rows("1-4", [1, 2, 4]) == {1, 2, 4}
    with pytest.raises(UserError, match="MH-TRAINING-12"):
        training.read_rows("3", [1, 2, 4])


@given(st.sets(st.integers(1, 400)))
def test_row_numbers_come_back_as_written(rows: set[int]) -> None:
    assert training.read_rows(training.rows_text(rows), range(1, 401)) == rows


def line(presence: str | None = None, **values: object) -> Attendance:
    return Attendance(session_id=1, row=1, staff_id=1, name="甲", presence=presence, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (line("present"), None),
        (line("present", theory=60.0), True),
        (line("present", theory=59.5), False),
        (line("present", theory=90.0, practice=59.0), False),
        (line("present", theory=40.0, resit_theory=61.0), True),
        (line("present", theory=90.0, resit_theory=50.0), False),  # the resit counts, whichever way
        (line("absent", theory=90.0), False),
        (line("leave", theory=90.0, made_up_on=date(2026, 3, 9)), True),
        (line("morning", practice=60.0), True),
    ],
)
def test_passing(row: Attendance, expected: bool | None) -> None:
    assert training.is_passed(row, 60) is expected


def test_absences_in_a_row() -> None:
    rows = [line("present"), line("absent"), line("leave"), line(None)]
    assert training.missed_in_a_row(rows) == 2  # a sheet not back yet says nothing
    rows.append(line("leave", made_up_on=date(2026, 3, 9)))
    assert training.missed_in_a_row(rows) == 0


def session(**values: object) -> TrainingSession:
    given_: dict[str, object] = {"title": "培训", "kind": "monthly", "level": "township", "month": "2026-03"} | values
    return TrainingSession(**given_)  # type: ignore[arg-type]


def test_overlap_looks_at_hours_and_half_days() -> None:
    day = date(2026, 3, 5)
    here = line("present")
    morning = session(held_on=day, starts_at="9:00", ends_at="11:30")
    late = session(held_on=day, starts_at="11:30", ends_at="16:00")
    whole = session(held_on=day)
    assert not training.overlap(morning, here, late, here)
    assert training.overlap(morning, here, whole, here)
    assert not training.overlap(morning, here, whole, line("afternoon"))
    assert not training.overlap(whole, here, session(held_on=date(2026, 3, 6)), here)


def test_overlap_of_a_course_is_judged_over_its_days() -> None:
    course = session(held_on=date(2026, 3, 4), ends_on=date(2026, 3, 6), day_parts=("whole", "morning", "whole"))
    second = session(held_on=date(2026, 3, 5))
    assert training.overlap(course, line("present"), second, line("present"))
    assert not training.overlap(course, line("present"), second, line("afternoon"))  # the course has the morning only
    away = line("part", by_day=("present", "absent", "present"))
    assert not training.overlap(course, away, second, line("present"))
    assert training.overlap(course, away, session(held_on=date(2026, 3, 6)), line("morning"))
    assert not training.overlap(course, away, session(held_on=date(2026, 3, 7)), line("present"))


def test_states() -> None:
    today = date(2026, 3, 10)
    found = [
        training.state_of(one, today)
        for one in (
            session(),
            session(month="2026-02"),
            session(held_on=date(2026, 3, 20)),
            session(held_on=date(2026, 3, 9)),
            session(held_on=date(2026, 3, 9), sheet_back_on=today),
        )
    ]
    assert found == ["planned", "missed", "dated", "waiting", "held"]


def test_own_values_replace_ours_and_say_so() -> None:
    assert training.terms({"pass_mark": 80})["pass_mark"].mark == "own"
    assert training.terms({"pass_mark": 60})["pass_mark"].mark == "assumption"
    assert all(one.source for one in training.shipped().values())
