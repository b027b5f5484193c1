"""Charts: one drawing for window and paper, readable without colour, whatever the numbers."""

from __future__ import annotations

import io
import re

import pytest
from defusedxml import ElementTree
from pypdf import PdfReader

from mhdesk.files import chart_draw
from mhdesk.reports.charts import BarChart, Chart, Line, LineChart

LABELS = [f"{week:02d}-01" for week in range(1, 13)]
RATES = LineChart(
    "主要指标",
    LABELS,
    [Line("规范管理率", [0.8 + n / 100 for n in range(12)], 0.9), Line("面访率", [None] * 6 + [1.0] * 6)],
)
CLASSES = BarChart("病情分类", LABELS, ["稳定", "基本稳定", "不稳定"], [[90] * 12, [20] * 12, list(range(12))])
ACROSS = BarChart("逾期", ["龙兴村", "石船社区"], ["逾期"], [[3, 12]], is_across=True)
NOTHING: list[Chart] = [
    LineChart("空", LABELS, [Line("率", [None] * 12)]),
    LineChart("一周", ["01-01"], [Line("人", [0.0])], is_rate=False),
    BarChart("空", [], ["甲"], [[]]),
    BarChart("空", [], ["甲"], [[]], is_across=True),
    BarChart("零", ["甲"], ["甲"], [[0]], is_across=True),
]


@pytest.mark.parametrize("chart", [RATES, CLASSES, ACROSS, *NOTHING])
def test_every_chart_is_a_drawing(chart: Chart) -> None:
    svg = chart_draw.to_svg(chart)
    root = ElementTree.fromstring(svg)
    words = "".join(root.itertext())
    assert chart.title in words
    assert "nan" not in svg.decode()
    assert "fill: None" not in svg.decode()
    assert "Noto Sans SC" in svg.decode()


def test_lines_differ_without_colour() -> None:
    svg = chart_draw.to_svg(RATES).decode()
    assert {"规范管理率 91.0%", "面访率 100.0%"} <= {
        "".join(one.itertext()).strip() for one in ElementTree.fromstring(svg).iter()
    }
    assert len(set(re.findall(r"stroke-dasharray:\s*([\d, .]+)", svg))) >= 2  # the second line, the target
    assert "<circle" in svg
    assert svg.count("<rect") > 2


@pytest.mark.parametrize("chart", [RATES, CLASSES, ACROSS])
def test_a_dark_window_gets_the_same_shapes_in_other_colours(chart: Chart) -> None:
    day, night = chart_draw.to_svg(chart).decode(), chart_draw.to_svg(chart, is_dark=True).decode()
    colour = re.compile(r"rgb\([^)]*\)")
    assert colour.sub("", day) == colour.sub("", night)
    assert not set(colour.findall(day)) & set(colour.findall(night))


def test_parts_of_bars_carry_their_numbers_and_hatching() -> None:
    svg = chart_draw.to_svg(CLASSES).decode()
    assert svg.count(">90<") == 12
    assert len(re.findall("<(?:path|polyline|line)", svg)) > 100


def test_the_same_charts_give_the_same_pages() -> None:
    charts: list[Chart] = [RATES, CLASSES, ACROSS, RATES, CLASSES]
    first = chart_draw.pdf_bytes("龙兴镇管理趋势", ["口径：示例"], charts)
    assert first == chart_draw.pdf_bytes("龙兴镇管理趋势", ["口径：示例"], charts)
    pages = PdfReader(io.BytesIO(first)).pages
    assert len(pages) == 1
    many = [BarChart("逾期", [f"村{n}" for n in range(60)], ["逾期"], [list(range(60))], is_across=True)]
    assert len(PdfReader(io.BytesIO(chart_draw.pdf_bytes("趋势", [], [*charts, *many]))).pages) == 2
    assert "龙兴镇管理趋势" in pages[0].extract_text()


@pytest.mark.parametrize(
    ("values", "is_rate", "levels"),
    [
        ([0.95, 0.862, 0.9], True, [0.8, 0.85, 0.9, 0.95, 1.0]),
        ([204, 17], False, [0, 50, 100, 150, 200, 250]),
        ([3, 1], False, [0, 1, 2, 3]),
        ([1203], False, [0, 500, 1000, 1500]),
        ([204, 198, 200], False, [190, 195, 200, 205]),
        ([0], False, [0, 1]),
        ([], True, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ([0.0, 1.0], True, [0, 0.2, 0.4, 0.6, 0.8, 1]),
    ],
)
def test_lines_behind_stand_at_round_numbers(values: list[float], is_rate: bool, levels: list[float]) -> None:
    assert chart_draw._levels(values, is_rate=is_rate) == pytest.approx(levels)


def test_a_target_says_what_it_is() -> None:
    chart = LineChart("率", ["01-01", "01-08"], [Line("规律服药率", [0.8, 0.9], target=0.85)])
    assert "规律服药率目标 85%" in "".join(ElementTree.fromstring(chart_draw.to_svg(chart)).itertext())
