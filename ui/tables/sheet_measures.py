"""How wide and how high the cells of an official table are on the screen, so that nothing in it is ever cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from PySide6.QtGui import QFont, QFontMetrics, QTextLayout, QTextOption

from mhdesk.files import grid
from mhdesk.files.grid import Placed
from mhdesk.reports.model import Sheet
from ui import theme

#: Millimetres on paper to pixels at 字号 100 %: a column of the printed width is comfortable to read.
_PIXELS_PER_MM = 4.2
#: Columns grow into spare room up to this factor, not further: a short row must stay readable as one.
_WIDEST = 1.35
#: A column of texts gives way to this share of its printed width before the table scrolls.
_NARROWEST = 0.6
_NARROWEST_EM = 3.0
#: What a heading never tears: 2025年, 1:100, 4.5名.
_WHOLE = re.compile(r"[0-9A-Za-z.:/%]+[年月日名人]?")


def lines_of(words: str, font: QFont, width: int) -> list[str]:
    """`words` in lines of at most `width` pixels; numbers and Latin words stay whole where they fit."""
    found: list[str] = []
    for paragraph in words.split("\n"):
        layout = QTextLayout(paragraph, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 1))
            found.append(paragraph[line.textStart() : line.textStart() + line.textLength()].rstrip())
        layout.endLayout()
    return found or [""]


def balanced(words: str, font: QFont, width: int) -> list[str]:
    """As `lines_of`, with lines of about equal length, for headings: 规范 / 管理, not 规范管 / 理."""
    lines = lines_of(words, font, width)
    step = max(1, font.pixelSize() // 2)
    while len(lines) > 1 and width > font.pixelSize() * 2:
        width -= step
        narrower = lines_of(words, font, width)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


def is_wrapped(block: Placed) -> bool:
    """Whether a body cell's content may stand on several lines: texts do, numbers never."""
    return isinstance(block.cell.value, str)


def body_font(sheet: Sheet, block: Placed, words: str) -> QFont:
    """The font of a body cell: totals stand out."""
    now = theme.current()
    return now.heading_font(words, "small") if block.row in sheet.total_rows else now.font("small")


def words_of(sheet: Sheet, block: Placed) -> str:
    """What a cell says."""
    return grid.printed(block.cell.value, grid.format_of(block.cell, sheet.columns[block.column]))


def padding() -> int:
    """Room left and right of a cell's content."""
    return theme.current().space(1)


def column_lefts(sheet: Sheet, body: Sequence[Placed], room: int, header: Sequence[Placed] = ()) -> list[int]:
    """Left edges of the columns and the right edge of the last, for a window of `room` pixels.

    As wide as on paper, wider where there is room to spare, narrower where the whole table then fits; never so
    narrow that a number would be cut, or a year torn in its heading.
    """
    now = theme.current()
    wanted = [float(now.scaled(round(column.width_mm * _PIXELS_PER_MM))) for column in sheet.columns]
    least = [min(width * _NARROWEST, width) for width in wanted]
    is_text = [True] * len(wanted)
    for block in body:
        if block.column_end - block.column == 1 and not is_wrapped(block):
            words = words_of(sheet, block)
            width = QFontMetrics(body_font(sheet, block, words)).horizontalAdvance(words) + 2 * padding() + 4
            if is_text[block.column]:
                is_text[block.column], least[block.column] = False, now.em(_NARROWEST_EM, "small")
            least[block.column] = max(least[block.column], width)
    for block in header:
        if block.column_end - block.column == 1 and block.cell.value is not None:
            words = words_of(sheet, block)
            metrics = QFontMetrics(now.heading_font(words, "small"))
            longest = max((metrics.horizontalAdvance(run) for run in _WHOLE.findall(words)), default=0)
            least[block.column] = max(least[block.column], longest + 2 * padding() + 4)
    wanted = [max(pair) for pair in zip(wanted, least, strict=True)]
    total, smallest = sum(wanted), sum(least)
    if total <= room - 1:
        widths = [width * min((room - 1) / total, _WIDEST) for width in wanted] if total else wanted
    else:
        share = min(max((room - 1 - smallest) / (total - smallest), 0.0), 1.0) if total > smallest else 1.0
        widths = [low + (high - low) * share for low, high in zip(least, wanted, strict=True)]
    return [round(edge) for edge in accumulate(widths, initial=0.0)]


def header_tops(sheet: Sheet, header: Sequence[Placed], lefts: Sequence[int]) -> list[int]:
    """Upper edges of the header's rows and the lower edge of the last: as high as their wrapped words need."""
    now = theme.current()
    spacing = QFontMetrics(now.font("small", bold=True)).lineSpacing()
    heights = [now.size("touch")] * len(sheet.header)
    for block in sorted(header, key=lambda one: one.row_end - one.row):
        words = words_of(sheet, block) if block.cell.value is not None else ""
        width = lefts[block.column_end] - lefts[block.column] - 2 * padding()
        lines = balanced(words, now.heading_font(words, "small"), width)
        missing = len(lines) * spacing + now.space(3) - sum(heights[block.row : block.row_end])
        heights[block.row_end - 1] += max(0, missing)
    return list(accumulate(heights, initial=0))


def body_tops(sheet: Sheet, body: Sequence[Placed], lefts: Sequence[int]) -> list[int]:
    """Upper edges of the body's rows, counted from below the header."""
    now = theme.current()
    heights = [now.size("touch")] * len(sheet.rows)
    for block in body:
        if is_wrapped(block):
            words = words_of(sheet, block)
            font = body_font(sheet, block, words)
            metrics = QFontMetrics(font)
            width = lefts[block.column_end] - lefts[block.column] - 2 * padding()
            if "\n" in words or metrics.horizontalAdvance(words) > width:
                lines = lines_of(words, font, width)
                missing = len(lines) * metrics.lineSpacing() + now.space(2) - sum(heights[block.row : block.row_end])
                heights[block.row_end - 1] += max(0, missing)
    return list(accumulate(heights, initial=0))
