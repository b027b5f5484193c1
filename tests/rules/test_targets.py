"""Targets: reached or not, and how many people are missing, by the operator the circular printed."""

from __future__ import annotations

import pytest

from mhdesk.rules.targets import Target


def target(operator: str, value: float, form: str = "percent") -> Target:
    """A target of one's own."""
    return Target("standard_management_rate", "规范管理率", form, operator, value, 2026, "本区文件")


@pytest.mark.parametrize(
    ("numerator", "denominator", "operator", "value", "missing"),
    [
        (189, 204, ">=", 95, 5),
        (177, 204, ">", 90, 7),
        (18, 20, ">=", 90, 0),
        (18, 20, ">", 90, 1),
        (19, 20, ">=", 95, 0),
        (0, 3, ">=", 100, 3),
        (3, 3, ">", 100, None),
        (0, 0, ">=", 95, None),
    ],
)
def test_how_many_people_are_missing(
    numerator: int, denominator: int, operator: str, value: float, missing: int | None
) -> None:
    asked = target(operator, value)
    assert asked.people_short(numerator, denominator) == missing
    if missing:
        assert not asked.is_reached((numerator + missing - 1) / denominator)
        assert asked.is_reached((numerator + missing) / denominator)


def test_drawn_where_it_stands() -> None:
    assert target(">", 90).share == 0.9
    assert target(">=", 6.15, "permille").share == pytest.approx(0.00615)
    assert target(">=", 80, "one_to_n").share is None
