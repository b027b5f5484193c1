"""A report as printed pages: the same official table as the workbook, with our fonts inside.

Laid out first, then drawn: so the number of pages is known, and a table slightly too high for its page is made
smaller instead of leaving one row on the next.
"""

from __future__ import annotations

import bisect
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mhdesk.domain.task import QUIET, Task
from mhdesk.files import page as paper
from mhdesk.files import sink, typeface
from mhdesk.files.canvas import LEADING, MM, THICK, THIN, Canvas, fitting_size
from mhdesk.files.grid import Placed, align_of, format_of, place, printed
from mhdesk.files.measure import spread
from mhdesk.files.typeface import Face
from mhdesk.reports.model import Align, Cell, Report, Sheet
from mhdesk.text import text

TITLE_SIZE = 18.0
BODY_SIZE = 9.5
LINE_SIZE = 10.0
SMALL_SIZE = 8.0
PADDING = 2.2
ROW_HEIGHT = 15.0
HEADER_GREY = 0.95
MISSED = ("late", "danger")  # underlined, so that a copy in black and white tells them
TONES = {"good": (0.18, 0.42, 0.2), "late": (0.66, 0.35, 0.0), "danger": (0.7, 0.15, 0.12)}
STEP_PAGES = 10


@dataclass(frozen=True, slots=True)
class _Text:
    """What stands in a block of the table."""

    block: Placed
    lines: list[str]
    size: float
    face: Face
    align: Align
    color: tuple[float, ...]


@dataclass(slots=True)
class _Layout:
    """A sheet with every size known, in points. `pages` are ranges [start, end) of body rows."""

    sheet: Sheet
    page: paper.Page
    edges: list[float]  # x of column borders, one more than columns
    header: list[_Text]
    header_heights: list[float]
    body: list[_Text]
    tall: list[_Text]  # those of the body that cover several rows
    heights: list[float]
    top: list[tuple[list[str], float]]  # title lines with their height
    bottom: list[str]  # notes, wrapped
    scale: float
    pages: list[tuple[int, int]]


def write_report(report: Report, path: Path, task: Task = QUIET) -> None:
    """Write `report` to `path` as .pdf; the same report gives the same bytes.

    Raises:
        OutputFailed: MH-FILE-59 names characters no font of ours can draw; else see `mhdesk.files.sink.writing`.
        Cancelled: nothing has been written.

    """
    with sink.writing(path, verify=_is_whole) as draft:
        _draw(report, draft, task)


def report_bytes(report: Report, task: Task = QUIET) -> bytes:
    """The same pages in memory, for preview and print: no name lies on the disk meanwhile. Raises as `write_report`."""
    pages = io.BytesIO()
    _draw(report, pages, task)
    return pages.getvalue()


def _draw(report: Report, target: Path | io.BytesIO, task: Task) -> None:
    typeface.require(_texts(report))
    layouts = [_lay_out(sheet) for sheet in report.sheets]
    if layouts:
        _add_provenance(layouts[-1], report)
    total = sum(len(layout.pages) for layout in layouts)
    canvas = Canvas(target, report.title)
    number = 0
    for layout in layouts:
        for index, rows in enumerate(layout.pages):
            if number % STEP_PAGES == 0:
                task.step(number, total, text("files.writing", sheet=layout.sheet.name))
            number += 1
            _draw_page(canvas, layout, index, rows)
            _draw_page_number(canvas, layout, number, total)
    if not layouts:
        canvas.new_page(210 * MM, 297 * MM)
    canvas.save()
    task.step(total, total, text("files.checking"))


def _is_whole(file: Path) -> bool:
    content = file.read_bytes()
    return content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")


def _texts(report: Report) -> Iterator[str]:
    """Everything that may be drawn."""
    yield from ("0123456789—（续）", text("files.page", page="", pages=""), text("files.about_line"))
    for item, content in report.provenance:
        yield from (item, content)
    for sheet in report.sheets:
        yield from (sheet.title, sheet.left_note, sheet.right_note, sheet.unit_note, *sheet.foot, *sheet.notes)
        for cell in itertools.chain.from_iterable((*sheet.header, *sheet.rows)):
            if cell is not None and isinstance(cell.value, str):
                yield cell.value


def _lay_out(sheet: Sheet) -> _Layout:
    page = paper.choose(sheet)
    layout = _measure(sheet, page, page.scale)
    room = page.usable_height_mm * MM
    needed = sum(layout.heights) + _fixed_height(layout)
    if room < needed <= room * paper.SQUEEZE:
        layout = _measure(sheet, page, page.scale * room / needed * 0.985)
    layout.pages = _paginate(layout, room)
    return layout


def _measure(sheet: Sheet, page: paper.Page, scale: float) -> _Layout:
    table = sum(page.column_mm) * MM
    left = (page.width_mm * MM - table) / 2
    edges = [left, *itertools.accumulate((one * MM for one in page.column_mm), initial=left)][1:]
    header = [_header_text(block, edges, scale) for block in place(sheet.header, len(edges) - 1)]
    body = [_body_text(block, sheet, edges, scale) for block in place(sheet.rows, len(edges) - 1)]
    usable = page.usable_mm * MM
    title = typeface.balance(typeface.prepare(sheet.title), Face.SONG_BOLD, TITLE_SIZE, usable)
    notes = [typeface.wrap(typeface.prepare(note), Face.SONG, SMALL_SIZE, table) for note in sheet.notes]
    return _Layout(
        sheet=sheet,
        page=page,
        edges=edges,
        header=header,
        header_heights=_heights(header, len(sheet.header), scale),
        body=body,
        tall=[one for one in body if one.block.row_end - one.block.row > 1],
        heights=_heights(body, len(sheet.rows), scale),
        top=[(title, len(title) * TITLE_SIZE * LEADING + 6)],
        bottom=list(itertools.chain.from_iterable(notes)),
        scale=scale,
        pages=[],
    )


def _header_text(block: Placed, edges: list[float], scale: float) -> _Text:
    room = edges[block.column_end] - edges[block.column] - 2 * PADDING * scale
    size = BODY_SIZE * scale
    value = typeface.prepare(printed(block.cell.value, block.cell.format) if block.cell.value is not None else "")
    lines = typeface.balance(value, Face.HEI_BOLD, size, room)
    return _Text(block, lines, size, Face.HEI_BOLD, Align.CENTER, (0.0, 0.0, 0.0))


def _body_text(block: Placed, sheet: Sheet, edges: list[float], scale: float) -> _Text:
    """Texts wrap; numbers and dates stay on one line and shrink if they must."""
    cell: Cell = block.cell
    column = sheet.columns[block.column]
    room = edges[block.column_end] - edges[block.column] - 2 * PADDING * scale
    face = Face.SONG_BOLD if block.row in sheet.total_rows else Face.SONG
    value = typeface.prepare(printed(cell.value, format_of(cell, column)))
    size = BODY_SIZE * scale
    if isinstance(cell.value, str) and not value.isdigit():
        lines = typeface.wrap(value, face, size, room)
    else:
        size = fitting_size(value, face, size, room)
        lines = typeface.wrap(value, face, size, room + 0.1)  # beyond the smallest size it wraps after all
    return _Text(block, lines, size, face, align_of(cell, column), TONES.get(cell.tone, (0.0, 0.0, 0.0)))


def _heights(texts: Sequence[_Text], rows: int, scale: float) -> list[float]:
    heights = [ROW_HEIGHT * scale] * rows
    needs = [(one.block, len(one.lines) * one.size * LEADING + 2 * PADDING * scale) for one in texts]
    for block, need in needs:
        if block.row_end - block.row == 1:
            heights[block.row] = max(heights[block.row], need)
    for block, need in needs:
        lack = need - sum(heights[block.row : block.row_end])
        if lack > 0:
            heights[block.row_end - 1] += lack
    return heights


def _top_height(layout: _Layout, *, is_first: bool) -> float:
    header = sum(layout.header_heights)
    if not is_first:
        return header + LINE_SIZE * LEADING + 4
    sheet = layout.sheet
    lines = int(bool(sheet.left_note or sheet.right_note)) + int(bool(sheet.unit_note))
    return header + sum(height for _, height in layout.top) + lines * LINE_SIZE * 1.5 + 2


def _bottom_height(layout: _Layout) -> float:
    foot = LINE_SIZE * 2.4 if layout.sheet.foot else 0.0
    return foot + len(layout.bottom) * SMALL_SIZE * LEADING + (6 if layout.bottom else 0)


def _fixed_height(layout: _Layout) -> float:
    return _top_height(layout, is_first=True) + _bottom_height(layout)


def _paginate(layout: _Layout, room: float) -> list[tuple[int, int]]:
    """Body rows by page. The signature line never stands alone: two rows go with it."""
    pages: list[tuple[int, int]] = []
    start, used = 0, _top_height(layout, is_first=True)
    for row, height in enumerate(layout.heights):
        if used + height > room and row > start:
            pages.append((start, row))
            start, used = row, _top_height(layout, is_first=False)
        used += height
    end = len(layout.heights)
    pages.append((start, end))
    if used + _bottom_height(layout) > room:
        cut = max(start + 1, end - 2)
        pages[-1:] = [(start, cut), (cut, end)] if cut < end or end > start else pages[-1:]
    return pages


def _add_provenance(layout: _Layout, report: Report) -> None:
    """Small print under the last table: cut-off, rule set, hash."""
    if not report.provenance:
        return
    line = (
        text("files.about_line")
        + "："
        + "；".join(f"{item}：{content.rstrip('。')}" for item, content in report.provenance)
        + "。"
    )
    table = layout.edges[-1] - layout.edges[0]
    layout.bottom += typeface.wrap(typeface.prepare(line.replace("\n", " ")), Face.SONG, SMALL_SIZE, table)
    layout.pages = _paginate(layout, layout.page.usable_height_mm * MM)


def _draw_page(canvas: Canvas, layout: _Layout, index: int, rows: tuple[int, int]) -> None:
    page = layout.page
    canvas.new_page(page.width_mm * MM, page.height_mm * MM)
    y = _draw_top(canvas, layout, is_first=index == 0)
    table_top = y
    y = _draw_blocks(canvas, layout, layout.header, layout.header_heights, (0, len(layout.header_heights)), y)
    y = _draw_blocks(canvas, layout, layout.body, layout.heights, rows, y)
    if y > table_top:
        canvas.box((layout.edges[0], table_top, layout.edges[-1], y), THICK)
    if index == len(layout.pages) - 1:
        _draw_bottom(canvas, layout, y)


def _draw_top(canvas: Canvas, layout: _Layout, *, is_first: bool) -> float:
    sheet, edges = layout.sheet, layout.edges
    y = paper.MARGIN_TOP_MM * MM
    left, width = edges[0], edges[-1] - edges[0]
    if not is_first:
        title = text("files.continued", title=sheet.title)
        canvas.line_of_text(left, y + LINE_SIZE, width, title, LINE_SIZE, Face.SONG_BOLD, Align.CENTER)
        return y + LINE_SIZE * LEADING + 4
    for lines, height in layout.top:
        canvas.box_text(
            (0, y, layout.page.width_mm * MM, y + height - 6), lines, TITLE_SIZE, Face.SONG_BOLD, Align.CENTER
        )
        y += height
    if sheet.left_note or sheet.right_note:
        half = width / 2 if sheet.left_note and sheet.right_note else width
        canvas.line_of_text(left, y + LINE_SIZE, half, sheet.left_note, LINE_SIZE)
        canvas.line_of_text(left + width - half, y + LINE_SIZE, half, sheet.right_note, LINE_SIZE, align=Align.RIGHT)
        y += LINE_SIZE * 1.5
    if sheet.unit_note:
        canvas.line_of_text(left, y + LINE_SIZE, width, sheet.unit_note, LINE_SIZE, align=Align.RIGHT)
        y += LINE_SIZE * 1.5
    return y + 2


def _draw_blocks(
    canvas: Canvas, layout: _Layout, texts: list[_Text], heights: list[float], rows: tuple[int, int], y: float
) -> float:
    """Draw the rows [start, end) from `y` down; a block over several pages is drawn again on each. Returns the end."""
    start, end = rows
    tops = list(itertools.accumulate(heights[start:end], initial=y))
    is_header = texts is layout.header
    covered: set[tuple[int, int]] = set()
    for one in _on_page(texts, [] if is_header else layout.tall, start, end):
        block = one.block
        first, last = max(block.row, start), min(block.row_end, end)
        box = (layout.edges[block.column], tops[first - start], layout.edges[block.column_end], tops[last - start])
        canvas.box(box, THIN, HEADER_GREY if is_header else None)
        pad = PADDING * layout.scale
        inner = (box[0] + pad, box[1], box[2] - pad, box[3])
        is_missed = not is_header and block.cell.tone in MISSED
        canvas.box_text(inner, one.lines, one.size, one.face, one.align, one.color, is_underlined=is_missed)
        covered.update((row, column) for row in range(first, last) for column in range(block.column, block.column_end))
    for row in range(start, end):
        for column in range(len(layout.edges) - 1):
            if (row, column) not in covered:
                edges = layout.edges
                canvas.box((edges[column], tops[row - start], edges[column + 1], tops[row - start + 1]), THIN)
    return tops[-1]


def _on_page(texts: list[_Text], tall: list[_Text], start: int, end: int) -> Iterator[_Text]:
    """Blocks reaching into the rows [start, end): those that start there, and taller ones from above."""
    first = bisect.bisect_left(texts, start, key=_row_of)
    last = bisect.bisect_left(texts, end, key=_row_of)
    yield from texts[first:last]
    yield from (one for one in tall if one.block.row < start < one.block.row_end)


def _row_of(one: _Text) -> int:
    return one.block.row


def _draw_bottom(canvas: Canvas, layout: _Layout, y: float) -> None:
    edges, foot = layout.edges, layout.sheet.foot
    if foot:
        widths = [edges[-1] / 12] * 12
        left, share = edges[0], (edges[-1] - edges[0]) / 12
        for part, (start, end) in zip(foot, spread(list(foot), widths), strict=False):
            canvas.line_of_text(left + start * share, y + LINE_SIZE * 1.8, (end - start) * share, part, LINE_SIZE)
        y += LINE_SIZE * 2.4
    y += 6
    for line in layout.bottom:
        y += SMALL_SIZE * LEADING
        canvas.text(edges[0], y - SMALL_SIZE * 0.3, line, SMALL_SIZE)


def _draw_page_number(canvas: Canvas, layout: _Layout, number: int, total: int) -> None:
    page = layout.page
    y = (page.height_mm - paper.MARGIN_BOTTOM_MM / 2) * MM
    line = text("files.page", page=number, pages=total)
    canvas.line_of_text(0, y, page.width_mm * MM, line, 9, align=Align.CENTER)
