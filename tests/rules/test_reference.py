"""The percentages printed in the national papers come out of the same numerators and denominators."""

from __future__ import annotations

import pytest

from mhdesk.reports.weekly import printed
from mhdesk.rules.indicators.model import Kind
from mhdesk.rules.indicators.tally import IndicatorResult


@pytest.mark.parametrize(
    ("kind", "numerator", "denominator", "expected"),
    [
        (Kind.PERCENT, 5_380_249, 5_806_352, "92.66%"),  # 2017 管理率
        (Kind.PERCENT, 4_346_103, 5_806_352, "74.85%"),  # 2017 规范管理率
        (Kind.PERCENT, 4_035_323, 5_806_352, "69.50%"),  # 2017 服药率
        (Kind.PERCENT, 2_012_074, 5_806_352, "34.65%"),  # 2017 规律服药率
        (Kind.PERCENT, 3_924_101, 5_231_235, "75.01%"),  # 2017 病情稳定率
        (Kind.PERCENT, 4_426_558, 5_492_261, "80.60%"),  # 2018 病情稳定率
        (Kind.PERCENT, 5_277_746, 5_474_881, "96.40%"),  # 2020 病情稳定率
        (Kind.PERMILLE, 6_430_587, 1_396_537_459, "4.60‰"),  # 2020, printed 0.46%
        (Kind.POPULATION_PERCENT, 6_430_587, 1_396_537_459, "0.46%"),  # 2020, as the paper prints it
        (Kind.PERCENT, 1_293_133, 4_252_022, "30.41%"),  # 2015 规律服药率, among 在管
        (Kind.PERMILLE, 4_625, 1_513_646, "3.06‰"),  # 渝北 2023-08
        (Kind.PER_100K, 57, 1_513_646, "3.77"),  # 渝北 doctors
        (Kind.ONE_TO_N, 26, 4_625, "1/178"),  # 渝北 精防人员
        (Kind.PERCENT, 0, 0, "—"),
        (Kind.PERMILLE, 5, None, "—"),
        (Kind.ONE_TO_N, None, 5, "—"),
        (Kind.COUNT, 12, None, "12"),
        (Kind.FIGURE, 1.3, None, "1.30"),
        (Kind.FIGURE, 2.0, None, "2"),
    ],
)
def test_printed(kind: Kind, numerator: int, denominator: int | None, expected: str) -> None:
    assert printed(IndicatorResult("x", kind, numerator, denominator)) == expected
