"""A table with spans as a plain grid: which cell covers which positions, and what a value looks like as text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from mhdesk.domain.rounding import round_half_up
from mhdesk.reports.model import Align, Cell, Column, Format, Value
from mhdesk.text import text

Rows = Sequence[Sequence[Cell | None]]

# Nothing a table needs: control characters, surrogate halves, invisible and direction-changing characters.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A cell and the block it covers: rows and columns are [start, end)."""

    cell: Cell
    row: int
    column: int
    row_end: int
    column_end: int


def clean(value: str) -> str:
    """`value` without control, direction-changing and invisible characters; one kind of line end, no tabs."""
    plain = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _FORBIDDEN.sub("", plain)


def place(rows: Rows, columns: int) -> Iterator[Placed]:
    """Every cell of `rows` with the block it covers, top to bottom, left to right.

    Blocks reaching beyond the table are cut to it. A block over a position that holds a cell of its own is a bug in
    the report: ValueError.
    """
    covered: set[tuple[int, int]] = set()  # by blocks of several positions; whatever they cover comes after them
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells[:columns]):
            if cell is None:
                continue
            if covered and (row, column) in covered:
                raise ValueError(f"cells overlap at row {row}, column {column}")
            if cell.row_span == 1 and cell.col_span == 1:
                yield Placed(cell, row, column, row + 1, column + 1)
                continue
            row_end, column_end = min(row + cell.row_span, len(rows)), min(column + cell.col_span, columns)
            block = Placed(cell, row, column, row_end, column_end)
            if not covered.isdisjoint(positions_of(block)):
                raise ValueError(f"cells overlap at row {row}, column {column}")
            covered.update(positions_of(block))
            yield block


def positions_of(block: Placed) -> Iterator[tuple[int, int]]:
    """The positions a block covers."""
    for row in range(block.row, block.row_end):
        for column in range(block.column, block.column_end):
            yield row, column


def format_of(cell: Cell, column: Column) -> Format:
    """The format a cell prints with: its own, else (for plain numbers and dates) its column's."""
    if cell.format is Format.TEXT and not isinstance(cell.value, str):
        return column.format
    return cell.format


def align_of(cell: Cell, column: Column) -> Align:
    """Left, centre or right: the cell's wish, the column's, else numbers right and texts left."""
    for wish in (cell.align, column.align):
        if wish is not Align.AUTO:
            return wish
    return Align.LEFT if isinstance(cell.value, str) or format_of(cell, column) is Format.TEXT else Align.RIGHT


def known(value: Value) -> Value:
    """`value`, or None where a number is not a number: a table prints "—" for both."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def printed(value: Value, form: Format) -> str:
    """What a reader sees: 92.65%, 3.06‰, 2026-03-05, "—" for not known."""
    value = known(value)
    if value is None:
        return text("files.empty")
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return _number(value, form)


def _number(value: float, form: Format) -> str:
    match form:
        case Format.PERCENT:
            return f"{round_half_up(value * 100, 2):.2f}%"
        case Format.PERMILLE:
            return f"{round_half_up(value * 1000, 2):.2f}‰"
        case Format.DECIMAL:
            return f"{round_half_up(value, 2):.2f}"
        case Format.INTEGER:
            return f"{round_half_up(value, 0):.0f}"
        case Format.TEXT | Format.DATE:
            return str(int(value)) if value == int(value) else str(value)
