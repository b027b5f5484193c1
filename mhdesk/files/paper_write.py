"""Printed forms as pdf pages: measured, fitted to one page where that is possible, broken over several where it is not.

A row too high for a page goes on on the next one, so that a note of ten thousand characters is printed to its end.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mhdesk.domain.task import QUIET, Task
from mhdesk.files import course_draw, sink, typeface
from mhdesk.files.canvas import MM, THIN, Canvas
from mhdesk.files.paper_flow import CELL_PAD, SMALLEST, Visual, draw, flow, natural_width
from mhdesk.files.typeface import Face
from mhdesk.reports.model import Align
from mhdesk.reports.paper.model import Between, Block, Cell, Chart, Cut, Form, Heading, Line, Prose, Table, texts
from mhdesk.text import text

ROW_PAD = 1.4
STEP = 0.5  # how much smaller the type is tried
GROWTH = 5.0  # how much a row grows at most to fill a lone page
DASHES = (5.0, 3.0)
NUMBER_SIZE = 9.0
HEADER_GREY = 0.95
SPLIT_SHARE = 0.5  # a row higher than this share of a page may be broken
STEP_FORMS = 5


def write_forms(forms: Sequence[Form], path: Path, task: Task = QUIET) -> int:
    """Write `forms`, one after the other, to `path` as .pdf; returns the number of pages.

    The same forms give the same bytes.

    Raises:
        OutputFailed: MH-FILE-59 names characters no font of ours can draw; else see `mhdesk.files.sink.writing`.
        Cancelled: nothing has been written.

    """
    content, pages = _drawn(forms, task)
    sink.write_bytes(path, content)
    return pages


def forms_bytes(forms: Sequence[Form], task: Task = QUIET) -> bytes:
    """The same pages in memory, for preview and print: no name lies on the disk meanwhile. Raises as `write_forms`."""
    return _drawn(forms, task)[0]


def _drawn(forms: Sequence[Form], task: Task) -> tuple[bytes, int]:
    typeface.require(itertools.chain(("0123456789", text("files.page", page="", pages="")), *map(texts, forms)))
    target = io.BytesIO()
    canvas = Canvas(target, forms[0].title if forms else "")
    total = 0
    for index, form in enumerate(forms):
        if index % STEP_FORMS == 0:
            task.step(index, len(forms), text("paper.drawing", title=form.title))
        total += _draw_form(canvas, form)
    if not forms:
        canvas.new_page(210 * MM, 297 * MM)
    canvas.save()
    task.step(len(forms), len(forms), text("paper.drawn"))
    return target.getvalue(), total


# ---------------------------------------------------------------- measured blocks


@dataclass(slots=True, eq=False)
class _Strip:
    """A piece of a page with its height, drawn at a top. A table's strips know their row."""

    height: float
    draw: Callable[[Canvas, float], None] | None = None
    table: _Table | None = None
    row: int = 0
    cells: list[tuple[int, int, list[Visual]]] = field(default_factory=list)  # column, end, lines; not those of spans


@dataclass(slots=True, eq=False)
class _Span:
    """A cell over several rows."""

    row: int
    row_end: int
    column: int
    column_end: int
    lines: list[Visual]


@dataclass(slots=True, eq=False)
class _Table:
    """A measured table. `greys` are its shaded (row, column)s."""

    edges: list[float]
    header: int
    strips: list[_Strip]
    spans: list[_Span]
    greys: set[tuple[int, int]]


@dataclass(slots=True, eq=False)
class _Frame:
    """Where things stand on the pages of a form."""

    left: float
    right: float
    top: float
    bottom: float
    points: float

    @property
    def width(self) -> float:
        return self.right - self.left


def _frame(form: Form, points: float) -> _Frame:
    width, height = form.page_mm
    top, right, bottom, left = form.margins_mm
    return _Frame(left * MM, (width - right) * MM, top * MM, (height - bottom) * MM, points)


def _strips(blocks: Sequence[Block], frame: _Frame) -> Iterator[_Strip]:
    for block in blocks:
        space = 0.0 if isinstance(block, Table) else block.space_mm * MM
        if space:
            yield _Strip(space)
        match block:
            case Heading():
                yield _heading(block, frame)
            case Between():
                yield _between(block, frame)
            case Cut():
                yield _cut(block, frame)
            case Prose():
                for line in block.lines:
                    yield from _prose(line, frame, frame.points * block.size, block.leading)
            case Chart():
                yield _chart(block, frame)
            case Table():
                yield from _table(block, frame).strips


def _heading(block: Heading, frame: _Frame) -> _Strip:
    taken = typeface.width(block.text, Face.SONG_BOLD, block.points)
    size = block.points * min(1.0, frame.width / max(1.0, taken))

    def paint(canvas: Canvas, top: float) -> None:
        canvas.line_of_text(frame.left, top + size, frame.width, block.text, size, Face.SONG_BOLD, Align.CENTER)

    return _Strip(size * 1.45, paint)


def _between(block: Between, frame: _Frame) -> _Strip:
    right = flow(block.right, frame.width, frame.points)
    taken = natural_width([block.right], frame.points)
    if block.right.boxes:  # its text stands just left of the boxes
        side = right[-1].side
        right_room = taken + side * (len(block.right.boxes) + 0.5) + 6
    else:
        right_room = taken + 2
    left = flow(block.left, max(frame.width - right_room - 8, frame.width * 0.4), frame.points)
    right = flow(block.right, min(right_room, frame.width * 0.6), frame.points)
    height = max(sum(one.height for one in left), sum(one.height for one in right)) + 2

    def paint(canvas: Canvas, top: float) -> None:
        draw(canvas, left, (frame.left, top, frame.right, top + height))
        start = frame.right - min(right_room, frame.width * 0.6)
        draw(canvas, right, (start, top, frame.right, top + height))

    return _Strip(height, paint)


def _cut(block: Cut, frame: _Frame) -> _Strip:
    height = frame.points * 2.2
    words = typeface.width(block.text, Face.SONG, frame.points * 0.85) + 10 if block.text else 0.0

    def paint(canvas: Canvas, top: float) -> None:
        y, middle = top + height / 2, (frame.left + frame.right) / 2
        x = frame.left
        while x < frame.right:
            end = min(x + DASHES[0], frame.right)
            if end < middle - words / 2 or x > middle + words / 2:
                canvas.line(x, y, end, y, THIN)
            x += sum(DASHES)
        size = frame.points * 0.85
        canvas.line_of_text(frame.left, y + size * 0.36, frame.width, block.text, size, align=Align.CENTER)

    return _Strip(height, paint)


def _chart(block: Chart, frame: _Frame) -> _Strip:
    def paint(canvas: Canvas, top: float) -> None:
        course_draw.draw(canvas, block.course, (frame.left, top, frame.right), block.height_mm * MM, frame.points)

    width = frame.width
    return _Strip(course_draw.height(block.course, width, block.height_mm * MM, frame.points), paint)


def _prose(line: Line, frame: _Frame, size: float, leading: float) -> Iterator[_Strip]:
    for visual in flow(line, frame.width, size, leading):

        def paint(canvas: Canvas, top: float, one: Visual = visual) -> None:
            draw(canvas, [one], (frame.left, top, frame.right, top + one.height))

        yield _Strip(visual.height, paint)


def _table(block: Table, frame: _Frame) -> _Table:
    scale = frame.width / sum(block.columns_mm)
    edges = list(itertools.accumulate((one * scale for one in block.columns_mm), initial=frame.left))
    table = _Table(edges, block.header, [], [], set())
    held: dict[int, int] = {}  # column -> rows it is still held by a cell from above
    for index, row in enumerate(block.rows):
        strip = _Strip(row.height_mm * MM, table=table, row=index)
        column = 0
        for cell in row.cells:
            while held.get(column, 0) > index:
                column += 1
            end = column + cell.columns
            lines = _cell_lines(cell, edges[end] - edges[column] - 2 * CELL_PAD, frame.points)
            if cell.rows > 1:
                table.spans.append(_Span(index, index + cell.rows, column, end, lines))
                held.update(dict.fromkeys(range(column, end), index + cell.rows))
            else:
                strip.cells.append((column, end, lines))
                strip.height = max(strip.height, _height(lines))
            if cell.grey:
                table.greys.add((index, column))
            column = end
        table.strips.append(strip)
    for span in table.spans:
        rows = table.strips[span.row : span.row_end]
        rows[-1].height += max(0.0, _height(span.lines) - sum(one.height for one in rows))
    return table


def _cell_lines(cell: Cell, room: float, points: float) -> list[Visual]:
    size = points * cell.size
    if cell.one_line:
        wanted = natural_width(cell.lines, size)
        if wanted > room:
            size = max(size * room / wanted * 0.995, size * SMALLEST)
    return [visual for line in cell.lines for visual in flow(line, room, size, 1.28 if cell.size < 1 else 1.42)]


def _height(lines: Sequence[Visual]) -> float:
    return sum(one.height for one in lines) + 2 * ROW_PAD


# ---------------------------------------------------------------- pages


def _draw_form(canvas: Canvas, form: Form) -> int:
    found, pages = _laid_out(form)
    frame, head, foot = found.frame, found.head, found.foot
    width, height = (side * MM for side in form.page_mm)
    for number, strips in enumerate(pages, 1):
        canvas.new_page(width, height)
        _draw_strips(canvas, head, frame.top)
        _draw_strips(canvas, strips, frame.top + _sum(head))
        _draw_strips(canvas, foot, frame.bottom - _sum(foot))
        line = text("files.page", page=number, pages=len(pages))
        y = (frame.bottom + height) / 2
        canvas.line_of_text(frame.left, y, frame.width, line, NUMBER_SIZE, align=Align.CENTER)
    return len(pages)


class _Measured(NamedTuple):
    """A form in one size of type; `spare` is what the body leaves of a page, negative when it needs more."""

    frame: _Frame
    head: list[_Strip]
    body: list[_Strip]
    foot: list[_Strip]

    @property
    def room(self) -> float:
        return self.frame.bottom - self.frame.top - _sum(self.head) - _sum(self.foot)

    @property
    def spare(self) -> float:
        return self.room - _sum(self.body)


def _measured(form: Form, points: float) -> _Measured:
    frame = _frame(form, points)
    head, body, foot = (list(_strips(part, frame)) for part in (form.head, form.body, form.foot))
    return _Measured(frame, head, body, foot)


def _laid_out(form: Form) -> tuple[_Measured, list[list[_Strip]]]:
    """The largest type in which the form is one page; where none is small enough, pages in a type that reads well."""
    found = _measured(form, form.points)
    if found.spare < 0 and form.fit:
        count = int((form.points - form.smallest) / STEP)
        sizes = [form.points - STEP * step for step in range(1, count + 1)]
        best: _Measured | None = None
        while sizes:
            middle = len(sizes) // 2
            tried = _measured(form, sizes[middle])
            if tried.spare >= 0:
                best, sizes = tried, sizes[:middle]
            else:
                sizes = sizes[middle + 1 :]
        found = best or _measured(form, form.points - 1)
    if found.spare >= 0:
        _stretch(form, found.body, found.spare)
        return found, [found.body]
    return found, _paginate(found.body, found.room)


def _stretch(form: Form, body: list[_Strip], spare: float) -> None:
    growing = [table for table in form.body if isinstance(table, Table) and table.stretch]
    rows = [strip for strip in body if strip.table is not None]
    if growing and rows:
        for strip in rows:
            strip.height += min(spare / len(rows), GROWTH)


def _sum(strips: Sequence[_Strip]) -> float:
    return sum(one.height for one in strips)


def _paginate(body: list[_Strip], room: float) -> list[list[_Strip]]:
    pages: list[list[_Strip]] = [[]]
    used = 0.0
    waiting = list(reversed(body))
    while waiting:
        strip = waiting.pop()
        if used + strip.height > room:
            first, rest = _split(strip, room - used, room)
            if first is not None and rest is not None:
                pages[-1].append(first)
                waiting.append(rest)
            elif pages[-1]:
                waiting.append(strip)
            else:  # nothing smaller is possible
                pages[-1].append(strip)
                used = strip.height
                continue
            header = strip.table.strips[: strip.table.header] if strip.table and strip.row >= strip.table.header else []
            if _sum(header) > room * SPLIT_SHARE or (first is None and pages[-1] == header):
                header = []
            pages.append(list(header))
            used = _sum(header)
            continue
        pages[-1].append(strip)
        used += strip.height
    return [page for page in pages if page]


def _split(strip: _Strip, room: float, page: float) -> tuple[_Strip | None, _Strip | None]:
    """A row in two at a line, where it is too high to be kept whole; (None, None) where it is not."""
    if strip.table is None or strip.height <= page * SPLIT_SHARE:
        return None, None
    first, rest = _Strip(0.0, table=strip.table, row=strip.row), _Strip(0.0, table=strip.table, row=strip.row)
    is_divided = [False, False]
    for column, end, lines in strip.cells:
        heights = itertools.accumulate(one.height for one in lines)
        count = sum(height + 2 * ROW_PAD <= room for height in heights)
        is_divided = [is_divided[0] or count > 0, is_divided[1] or count < len(lines)]
        first.cells.append((column, end, lines[:count]))
        name = lines if column == 0 and count == len(lines) else []  # what the row is stands on each page
        rest.cells.append((column, end, lines[count:] or name))
    if not all(is_divided):
        return None, None
    for part in (first, rest):
        part.height = max(_height(lines) for _, _, lines in part.cells)
    return first, rest


def _draw_strips(canvas: Canvas, strips: Sequence[_Strip], top: float) -> None:
    for table, group in itertools.groupby(strips, key=lambda one: id(one.table) if one.table else 0):
        together = list(group)
        if table:
            _draw_rows(canvas, together, top)
        else:
            y = top
            for one in together:
                if one.draw is not None:
                    one.draw(canvas, y)
                y += one.height
        top += _sum(together)


def _draw_rows(canvas: Canvas, strips: Sequence[_Strip], top: float) -> None:
    table = strips[0].table
    if table is None:
        return
    tops = list(itertools.accumulate((one.height for one in strips), initial=top))
    for strip, start, end in zip(strips, tops, tops[1:], strict=False):
        for column, column_end, lines in strip.cells:
            is_grey = (strip.row, column) in table.greys
            _draw_cell(canvas, table, (column, start, column_end, end), lines, is_grey=is_grey)
    for span in table.spans:
        inside = [place for place, strip in enumerate(strips) if span.row <= strip.row < span.row_end]
        if inside:
            box = (span.column, tops[inside[0]], span.column_end, tops[inside[-1] + 1])
            _draw_cell(canvas, table, box, span.lines, is_grey=(span.row, span.column) in table.greys)


def _draw_cell(
    canvas: Canvas, table: _Table, place: tuple[int, float, int, float], lines: Sequence[Visual], *, is_grey: bool
) -> None:
    column, top, column_end, bottom = place
    left, right = table.edges[column], table.edges[column_end]
    canvas.box((left, top, right, bottom), THIN, HEADER_GREY if is_grey else None)
    draw(canvas, lines, (left + CELL_PAD, top, right - CELL_PAD, bottom))
