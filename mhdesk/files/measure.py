"""Rough sizes of Chinese text where no font is at hand: a workbook is shown with fonts of the reader's machine."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

MM_PER_POINT = 25.4 / 72


def rough_width_mm(value: str, size: float) -> float:
    """The width of one line at `size` points, with the margins of a cell, in millimetres."""
    return sum(_ems(character) for character in value) * size * MM_PER_POINT + 2.5


def rough_lines(value: str, width_mm: float, size: float) -> int:
    """How many lines `value` takes in a column of `width_mm`."""
    usable = max(width_mm - 3.0, size * MM_PER_POINT)
    if len(value) * size * MM_PER_POINT <= usable and "\n" not in value:
        return 1  # the common case, without a look at each character
    return sum(max(1, math.ceil((rough_width_mm(line, size) - 2.5) / usable)) for line in value.split("\n"))


def spread(parts: Sequence[str], widths: Sequence[float]) -> list[tuple[int, int]]:
    """Column ranges [start, end) that share the table's width among `parts`, wider for longer texts.

    Fewer ranges than parts (an empty list) where there are fewer columns than parts.
    """
    if len(widths) < len(parts):
        return []
    weights = [sum(_ems(character) for character in part) + 4 for part in parts]
    blocks: list[tuple[int, int]] = []
    start, reached, share = 0, 0.0, 0.0
    for index, weight in enumerate(weights):
        share += weight / sum(weights) * sum(widths)
        end = start + 1
        reached += widths[start]
        last = len(widths) - (len(parts) - index - 1)
        while end < last and (index == len(parts) - 1 or reached + widths[end] / 2 < share):
            reached += widths[end]
            end += 1
        blocks.append((start, end))
        start = end
    return blocks


def _ems(character: str) -> float:
    return 1.0 if unicodedata.east_asian_width(character) in "WFA" or character in "%@WM" else 0.55
