"""A workbook as plain lines, for golden files in tests: a changed cell, format or merge shows as a changed line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import load_workbook


def dump(path: Path) -> str:
    """Every sheet of the workbook at `path`: page set-up, widths, merges, then each filled cell with its looks."""
    book = load_workbook(path)
    return "\n".join(line for sheet in book.worksheets for line in _sheet_lines(sheet)) + "\n"


def _sheet_lines(sheet: Any) -> Iterator[str]:
    setup = sheet.page_setup
    yield f"== {sheet.title} =="
    yield f"page: paper {setup.paperSize} {setup.orientation}, fit {setup.fitToWidth}x{setup.fitToHeight}"
    yield f"titles: {sheet.print_title_rows} frozen: {sheet.freeze_panes} footer: {sheet.oddFooter.center.text}"
    columns = sorted(sheet.column_dimensions.items(), key=_by_column)
    widths = [f"{letter}={column.width:g}" for letter, column in columns]
    yield "widths: " + " ".join(widths)
    yield "merged: " + " ".join(sorted(str(one) for one in sheet.merged_cells.ranges))
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is not None:
                yield f"{cell.coordinate} {cell.value!r}{_looks(cell)}"


def _looks(cell: Any) -> str:
    font, parts = cell.font, []
    if cell.number_format != "General":
        parts.append(cell.number_format)
    parts.append(cell.alignment.horizontal)
    if font.bold:
        parts.append("bold")
    if font.color is not None and font.color.type == "rgb":
        parts.append(font.color.rgb)
    if cell.border.top.style:
        parts.append("framed")
    return " | " + " ".join(str(part) for part in parts)


def _by_column(item: tuple[str, Any]) -> tuple[int, str]:
    return len(item[0]), item[0]
