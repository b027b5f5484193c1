from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mhdesk.files import grid, measure
from mhdesk.files.typeface import Face, covers, font
from mhdesk.reports.model import Align, Cell, Column, Format


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (None, Format.INTEGER, "—"),
        (0, Format.INTEGER, "0"),
        (2.5, Format.INTEGER, "3"),
        (0.926549, Format.PERCENT, "92.65%"),
        (0.92655, Format.PERCENT, "92.66%"),  # halves up, as a spreadsheet shows them; 0.92655 is 0.92654999… in binary
        (1.0, Format.PERCENT, "100.00%"),
        (0.0030555, Format.PERMILLE, "3.06‰"),
        (-0.005, Format.DECIMAL, "-0.01"),
        (3.0, Format.TEXT, "3"),
        (3.25, Format.TEXT, "3.25"),
        (date(2026, 3, 5), Format.DATE, "2026-03-05"),
        (float("nan"), Format.PERCENT, "—"),
        ("甲", Format.INTEGER, "甲"),
    ],
)
def test_printed(value: Any, form: Format, shown: str) -> None:
    assert grid.printed(value, form) == shown


@pytest.mark.parametrize(
    ("cell", "column", "align", "form"),
    [
        (Cell(1), Column(10, Format.INTEGER), Align.RIGHT, Format.INTEGER),
        (Cell(None), Column(10, Format.INTEGER), Align.RIGHT, Format.INTEGER),
        (Cell("甲"), Column(10, Format.INTEGER), Align.LEFT, Format.TEXT),
        (Cell(None), Column(10), Align.LEFT, Format.TEXT),
        (Cell(1, align=Align.CENTER), Column(10, align=Align.LEFT), Align.CENTER, Format.TEXT),
        (Cell(1, format=Format.PERCENT), Column(10, Format.INTEGER, Align.LEFT), Align.LEFT, Format.PERCENT),
    ],
)
def test_cells_take_their_columns_looks(cell: Cell, column: Column, align: Align, form: Format) -> None:
    assert grid.align_of(cell, column) is align
    assert grid.format_of(cell, column) is form


def test_blocks_are_cut_to_the_table() -> None:
    placed = list(grid.place([[Cell("a", col_span=9, row_span=9), None]], 2))
    assert [(one.row_end, one.column_end) for one in placed] == [(1, 2)]


@pytest.mark.parametrize(
    ("parts", "widths", "blocks"),
    [
        (["左", "右"], [10.0] * 4, [(0, 2), (2, 4)]),
        (["长" * 30, "短"], [10.0] * 10, [(0, 9), (9, 10)]),
        (["a", "b", "c"], [100.0, 1.0, 1.0], [(0, 1), (1, 2), (2, 3)]),
        (["a", "b"], [10.0], []),
    ],
)
def test_spread(parts: list[str], widths: list[float], blocks: list[tuple[int, int]]) -> None:
    assert measure.spread(parts, widths) == blocks


def test_rough_lines() -> None:
    assert measure.rough_lines("一二三", 30, 10) == 1
    assert measure.rough_lines("一二三四五六七八九十", 20, 10) == 3
    assert measure.rough_lines("一\n二", 30, 10) == 2


def test_fonts_have_what_people_are_called() -> None:
    gb2312 = "".join(
        bytes([high, low]).decode("gb2312")
        for high in range(0xB0, 0xF8)
        for low in range(0xA1, 0xFF)
        if not (high == 0xD7 and low > 0xF9)
    )
    for face in Face:
        assert covers(gb2312 + "0123456789Xx·—‰％（）“”", face)
        assert font(face) is font(face)
    assert covers("䶮㛃𠅤𬭎堃喆昇", Face.SONG)
    assert covers("䶮㛃𠅤𬭎堃喆昇", Face.HEI)
