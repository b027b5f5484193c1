"""The rows that were given back, as a workbook that can be corrected and imported again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from mhdesk.domain.errors import OutputFailed
from mhdesk.domain.task import Task
from mhdesk.files import xlsx_write
from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet
from mhdesk.services.imports.header import Heading
from mhdesk.services.imports.reader import cell_text, lost_digits
from mhdesk.services.imports.tables import Table
from mhdesk.text import text

_MOST_FILES = 100
_LONG, _SHORT = 60.0, 24.0
_WIDE_TEXT = 10


def free_name(folder: Path, stem: str) -> Path:
    """A name nobody has: an earlier file may hold corrections already. Raises OutputFailed."""
    for number in range(1, _MOST_FILES):
        suffix = "" if number == 1 else f"({number})"
        path = folder / f"{stem}{suffix}.xlsx"
        if not path.exists():
            return path
    raise OutputFailed("MH-IMPORT-04")


def write_rejected(path: Path, tables: Sequence[Table], *, source: str, task: Task) -> None:
    """Write the rows with a reason to `path`. Raises OutputFailed, Cancelled."""
    title = text("imports.rejected_title", file=source)
    sheets = [_sheet(table, title) for table in tables if table.reasons]
    xlsx_write.write_report(Report("rejected", title, path.stem, sheets), path, task)


def _sheet(table: Table, title: str) -> Sheet:
    by_number = {row.number: row.cells for row in table.rows}
    numbers = sorted(table.reasons)
    headings = table.header.headings
    columns = [Column(_LONG), Column(14, Format.INTEGER)]
    columns += [Column(_width(by_number, numbers, one.place)) for one in headings]
    header = [Cell(text("imports.reason")), Cell(text("imports.row")), *(Cell(_label(table, one)) for one in headings)]
    rows = [
        [
            Cell("\n".join(table.reasons[number]), align=Align.LEFT, tone="danger"),
            Cell(number, Format.INTEGER),
            *(_cell(by_number[number], one.place) for one in headings),
        ]
        for number in numbers
    ]
    return Sheet(
        name=table.sheet or text("imports.rejected_sheet"),
        title=title,
        columns=columns,
        header=[header],
        rows=rows,
        notes=[text("imports.rejected_note")],
        frozen_columns=2,
    )


def _label(table: Table, one: Heading) -> str:
    """A heading that is understood by itself, without the ones above it."""
    if one.column is None or table.header.known.get(one.column.key) is not one:
        return one.title
    head, _, part = one.column.key.partition(":")
    item = table.form.by_key.get(head)
    if part:
        return one.title
    if item is not None:
        return item.label
    return next((column.label for column in table.form.columns if column.key == head), one.title.split(" ")[-1])


def _width(rows: dict[int, Sequence[Any]], numbers: Sequence[int], index: int) -> float:
    longest = max((len(_text(rows[number], index)) for number in numbers), default=0)
    return _SHORT if longest < _WIDE_TEXT else min(_LONG, longest * 3.0)


def _text(cells: Sequence[Any], index: int) -> str:
    return cell_text(cells[index]) if index < len(cells) else ""


def _cell(cells: Sequence[Any], index: int) -> Cell:
    value = cells[index] if index < len(cells) else None
    if isinstance(value, date) and not isinstance(value, datetime):
        return Cell(value, Format.DATE, Align.LEFT)
    if lost_digits(value):
        return Cell(cell_text(value), tone="danger")
    return Cell(cell_text(value), align=Align.LEFT)
