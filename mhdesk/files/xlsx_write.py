"""A report as an official table in a workbook: what a district office expects to get.

Title, 填报单位 / 填报日期, 计量单位, header of several lines with merged cells, body, heavier totals, signature line,
notes; thin lines, frozen header and first columns, header repeated on every page, one page wide. Numbers are numbers;
ID numbers and phones are texts; not known is "—". The last sheet says what produced the file.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from python_calamine import CalamineError, CalamineWorkbook, ZipError

from mhdesk.domain.task import QUIET, Task
from mhdesk.files import page as paper
from mhdesk.files import sink
from mhdesk.files.grid import Placed, align_of, format_of, known, place, positions_of, printed
from mhdesk.files.measure import MM_PER_POINT, rough_lines, rough_width_mm, spread
from mhdesk.files.xlsx_dump import dump
from mhdesk.files.xlsx_parts import FIRST_DATE, HEI, SAFE_DIGITS, TEXT_FORMAT_LIMIT, Book, Look, safe_text
from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet, Value
from mhdesk.text import text

__all__ = ["dump", "write_report"]

STEP_ROWS = 200
SAMPLE_ROWS = 300  # rows whose numbers decide whether a column must be wider than asked
PAPER_CODES = {"A4": 9, "A3": 8}
NUMBER_FORMATS = {
    Format.TEXT: "@",
    Format.INTEGER: "0",
    Format.DECIMAL: "0.00",
    Format.PERCENT: "0.00%",
    Format.PERMILLE: '0.00"‰"',
    Format.DATE: "yyyy-mm-dd",
}
TITLE = Look(size=20, is_bold=True, align="center")
LINE = Look(size=10.5)
HEADER = Look(face=HEI, align="center", is_framed=True, is_filled=True)
BODY = Look(is_framed=True)
TOTAL = Look(is_framed=True, is_bold=True)
SMALL = Look(size=9, vertical="top")


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of the workbook: cells by column (0-based), blocks that start in it and are merged, height in points."""

    cells: Sequence[tuple[int, Any, Look]]
    merged: Sequence[Placed]
    height: float


def write_report(report: Report, path: Path, task: Task = QUIET, *, made_at: datetime | None = None) -> None:
    """Write `report` to `path` as .xlsx; with the same `made_at` the same report gives the same bytes.

    The file is read back and compared before it replaces an older one.

    Raises:
        OutputFailed: see `mhdesk.files.sink.writing`.
        Cancelled: nothing has been written.

    """
    total = sum(len(sheet.rows) for sheet in report.sheets) + len(report.provenance)
    done = itertools.count()
    with sink.writing(path, verify=functools.partial(_read_back, report)) as draft:
        book = Book(draft.parent, report.title, made_at or datetime.now(UTC))
        try:
            for sheet in (*report.sheets, *_about(report)):
                _write_sheet(book, sheet, _Progress(task, total, text("files.writing", sheet=sheet.name), done))
            book.save(draft)
        except BaseException:
            book.abandon()
            raise
        task.step(total, total, text("files.checking"))


class _Progress:
    def __init__(self, task: Task, total: int, label: str, counter: Iterator[int]) -> None:
        self._task, self._total, self._label, self._counter = task, total, label, counter

    def row(self) -> None:
        done = next(self._counter)
        if done % STEP_ROWS == 0:
            self._task.step(min(done, self._total), self._total, self._label)


def _about(report: Report) -> Iterator[Sheet]:
    """The last sheet: where the numbers come from."""
    if report.provenance:
        yield Sheet(
            name=text("files.about_sheet"),
            title=text("files.about_title", title=report.title),
            columns=(Column(45), Column(130)),
            header=((Cell(text("files.about_item")), Cell(text("files.about_content"))),),
            rows=[(Cell(item), Cell(content)) for item, content in report.provenance],
            landscape=False,
            frozen_columns=0,
        )


def _write_sheet(book: Book, sheet: Sheet, progress: _Progress) -> None:
    target = book.add_sheet(sheet.name)
    page = paper.choose(sheet)
    widths = _widths(sheet, [width / page.scale for width in page.column_mm])
    for index, width in enumerate(widths, 1):
        target.column_dimensions[get_column_letter(index)].width = round((width * 96 / 25.4 - 5) / 8, 2)
    top = list(_top_lines(sheet, widths))
    body_start = len(top) + len(sheet.header) + 1
    target.freeze_panes = f"{get_column_letter(min(sheet.frozen_columns, len(widths) - 1) + 1)}{body_start}"
    if sheet.header:
        target.print_title_rows = f"{len(top) + 1}:{body_start - 1}"
    _set_page(target, sheet, page.paper)
    lines = itertools.chain(
        top, _grid_lines(sheet, sheet.header, widths, is_header=True), _body_lines(sheet, widths, progress)
    )
    height = _append(book, target, itertools.chain(lines, _bottom_lines(sheet, widths)))
    shrink = min(1.0, page.usable_mm / sum(widths))
    if sheet.fit_to_width and height * MM_PER_POINT * shrink <= page.usable_height_mm * paper.SQUEEZE:
        target.page_setup.fitToHeight = 1


def _append(book: Book, target: Any, lines: Iterator[_Line]) -> float:
    """Write the rows as they come, so that a long list never stands in memory whole; their height in points."""
    book.start_rows(target)
    height = 0.0
    for number, line in enumerate(lines):
        target.row_dimensions[number + 1].height = line.height
        height += line.height
        row: list[Any] = [None] * (max((column for column, _, _ in line.cells), default=-1) + 1)
        for column, value, look in line.cells:
            row[column] = book.cell(target, value, look)
        target.append(row)
        del target.row_dimensions[number + 1]
        for block in line.merged:
            row_end = number + block.row_end - block.row
            target.merged_cells.add(CellRange(None, block.column + 1, number + 1, block.column_end, row_end))
    return height


def _set_page(target: Any, sheet: Sheet, paper_name: str) -> None:
    setup = target.page_setup
    setup.orientation = "landscape" if sheet.landscape else "portrait"
    setup.paperSize = PAPER_CODES[paper_name]
    if sheet.fit_to_width:
        target.sheet_properties.pageSetUpPr.fitToPage = True
        setup.fitToWidth, setup.fitToHeight = 1, 0
    margins = target.page_margins
    margins.left = margins.right = round(paper.MARGIN_SIDE_MM / 25.4, 3)
    margins.top = round(paper.MARGIN_TOP_MM / 25.4, 3)
    margins.bottom = round(paper.MARGIN_BOTTOM_MM / 25.4, 3)
    margins.header = margins.footer = 0.25
    target.print_options.horizontalCentered = True
    target.oddFooter.center.text = text("files.page", page="&P", pages="&N")
    target.oddFooter.center.size = 9
    target.sheet_view.showGridLines = False


def _widths(sheet: Sheet, wanted: list[float]) -> list[float]:
    """Widths in mm; a number must never show as ####."""
    widths = list(wanted)
    for block in place(sheet.rows[:SAMPLE_ROWS], len(widths)):
        if not isinstance(block.cell.value, str) and block.column_end - block.column == 1:
            form = format_of(block.cell, sheet.columns[block.column])
            widths[block.column] = max(widths[block.column], rough_width_mm(printed(block.cell.value, form), 11))
    return widths


def _top_lines(sheet: Sheet, widths: list[float]) -> Iterator[_Line]:
    title = safe_text(sheet.title)
    yield _whole_line(title, TITLE, widths, 34.0 * rough_lines(title, sum(widths), 20))
    yield from _spread_lines([sheet.left_note, sheet.right_note], widths, 19)
    if sheet.unit_note:
        yield _whole_line(safe_text(sheet.unit_note), LINE._replace(align="right"), widths, 17)


def _bottom_lines(sheet: Sheet, widths: list[float]) -> Iterator[_Line]:
    if sheet.foot:
        yield from _spread_lines(list(sheet.foot), widths, 26)
    for note in sheet.notes:
        line = safe_text(note)
        yield _whole_line(line, SMALL, widths, 13.0 * rough_lines(line, sum(widths), 9))


def _whole_line(value: str, look: Look, widths: list[float], height: float) -> _Line:
    return _Line([(0, value, look)], _merged(0, len(widths)), height)


def _merged(start: int, end: int) -> list[Placed]:
    return [Placed(Cell(), 0, start, 1, end)] if end - start > 1 else []


def _spread_lines(parts: list[str], widths: list[float], height: float) -> Iterator[_Line]:
    """Texts side by side over the table's width, the last of two at the right; one below the other if it is narrow."""
    if not any(parts):
        return
    blocks = spread(parts, widths)
    if len(blocks) < len(parts):
        for part in parts:
            yield _whole_line(safe_text(part), LINE, widths, height)
        return
    cells = []
    for index, (part, (start, _)) in enumerate(zip(parts, blocks, strict=True)):
        is_last_of_two = index == 1 and len(parts) == 2  # noqa: PLR2004
        cells.append((start, safe_text(part), LINE._replace(align="right" if is_last_of_two else "left")))
    yield _Line(cells, [block for start, end in blocks for block in _merged(start, end)], height)


def _body_lines(sheet: Sheet, widths: list[float], progress: _Progress) -> Iterator[_Line]:
    for line in _grid_lines(sheet, sheet.rows, widths, is_header=False):
        progress.row()
        yield line


def _grid_lines(
    sheet: Sheet, rows: Sequence[Sequence[Cell | None]], widths: list[float], *, is_header: bool
) -> Iterator[_Line]:
    """Rows of framed cells; covered positions get the frame of the cell that covers them."""
    covering: dict[tuple[int, int], Placed] = {}
    by_row = itertools.groupby(place(rows, len(widths)), key=lambda block: block.row)
    upcoming = next(by_row, None)
    for row in range(len(rows)):
        starting: list[Placed] = []
        if upcoming is not None and upcoming[0] == row:
            starting = list(upcoming[1])
            upcoming = next(by_row, None)
        for block in starting:
            covering.update(dict.fromkeys(positions_of(block), block))
        base = HEADER if is_header else TOTAL if row in sheet.total_rows else BODY
        yield _grid_line(sheet, row, base, [covering.pop((row, column), None) for column in range(len(widths))], widths)


def _grid_line(sheet: Sheet, row: int, base: Look, blocks: list[Placed | None], widths: list[float]) -> _Line:
    cells: list[tuple[int, Any, Look]] = []
    merged: list[Placed] = []
    height = 18.0
    for index, block in enumerate(blocks):
        if block is None:
            cells.append((index, None, base))
            continue
        column = sheet.columns[block.column]
        value = cell_value(block.cell, column)
        is_corner = (block.row, block.column) == (row, index)
        cells.append((index, value if is_corner else None, _look(block.cell, column, value, base)))
        if is_corner and (block.row_end - block.row > 1 or block.column_end - block.column > 1):
            merged.append(block)
        if is_corner and isinstance(value, str):
            height = max(height, _height(block, value, widths))
    return _Line(cells, merged, height)


def _height(block: Placed, value: str, widths: list[float]) -> float:
    lines = rough_lines(value, sum(widths[block.column : block.column_end]), 10.5)
    return (lines * 14.0 + 5.0) / (block.row_end - block.row)


def _look(cell: Cell, column: Column, value: str | float | date, base: Look) -> Look:
    if base is HEADER:
        return base
    is_short = not isinstance(value, str) or len(value) <= TEXT_FORMAT_LIMIT
    form = Format.TEXT if isinstance(value, str) else format_of(cell, column)
    return _body_look(align_of(cell, column), form if is_short else None, cell.tone, base)


@functools.cache
def _body_look(align: Align, form: Format | None, tone: str, base: Look) -> Look:
    return base._replace(align=align.value, number_format=NUMBER_FORMATS[form] if form else "General", tone=tone)


def cell_value(cell: Cell, column: Column) -> str | int | float | date:
    """What stands in the workbook's cell: per mille are multiplied out, numbers beyond 15 digits are texts."""
    value: Value = known(cell.value)
    form = format_of(cell, column)
    if value is None:
        return text("files.empty")
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return day if day >= FIRST_DATE and form is not Format.TEXT else printed(day, form)
    if form is Format.TEXT or abs(value) >= SAFE_DIGITS:
        return printed(value, Format.TEXT)
    return value * 1000 if form is Format.PERMILLE else value


def _read_back(report: Report, file: Path) -> bool:
    """Whether a reader of another make finds title and three rows of every sheet as meant."""
    sheets = [*report.sheets, *_about(report)]
    try:
        book = CalamineWorkbook.from_path(file)
        if len(book.sheet_names) != len(sheets):
            return False
        return all(_sheet_matches(sheet, book.get_sheet_by_index(index)) for index, sheet in enumerate(sheets))
    except (CalamineError, ZipError):
        return False


def _sheet_matches(sheet: Sheet, found: Any) -> bool:
    widths = [1.0] * len(sheet.columns)
    offset = len(list(_top_lines(sheet, widths))) + len(sheet.header)
    rows = found.to_python(skip_empty_area=False, nrows=None)
    if not rows or not _same(safe_text(sheet.title), rows[0][0]):
        return False
    wanted = {0, len(sheet.rows) // 2, len(sheet.rows) - 1} if sheet.rows else set()
    return all(
        _same(cell_value(block.cell, sheet.columns[block.column]), rows[offset + block.row][block.column])
        for block in place(sheet.rows, len(widths))
        if block.row in wanted
    )


def _same(meant: str | float | date, found: Any) -> bool:
    if isinstance(meant, str):
        return isinstance(found, str) and meant.split() == found.split()
    if isinstance(meant, date):
        return bool(meant == found)
    return isinstance(found, int | float) and math.isclose(meant, found, rel_tol=1e-12, abs_tol=1e-12)
