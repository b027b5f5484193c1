"""What stands on a printed form, before anybody knows how wide a character is. Lengths in millimetres.

A form has a head that is repeated on each of its pages (title, name, 编号), a body that flows over them, and a foot at
the bottom of each. What the form prints and what was filled in are told apart, as on paper: `Piece.filled`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mhdesk.reports import course as courses
from mhdesk.reports.course import Course
from mhdesk.reports.model import Align

A4_MM = (210.0, 297.0)
NATIONAL_MARGINS_MM = (24.0, 31.7, 24.0, 31.7)  # top, right, bottom, left: 1361 and 1797 twips, as in published copies


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text.

    `whole`: never torn apart (an option, a phone). `glued`: stays on the line of the piece before it. `blank_mm`: on a
    rule at least so long.
    """

    text: str
    filled: bool = False  # written into the form, not printed on it
    whole: bool = False
    glued: bool = False
    blank_mm: float = 0.0
    ruled: bool = True  # whether a blank shows its rule


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces that flow, wrapping where the cell ends, and the boxes at the right edge of the last line they take.

    A box holds the digit (or two) written into it, "" while it is empty; several are parted by `joint` as □/□. An entry
    "-" is no box but the hyphen of a 编号 □□□-□□□□□.
    """

    pieces: tuple[Piece, ...] = ()
    boxes: tuple[str, ...] = ()
    joint: str = "/"
    box_mm: float = 0.0  # the side of a box; 0: as high as the line wants
    align: Align = Align.LEFT
    indent_mm: float = 0.0  # of the first line it takes
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, its text in the middle of its height. `size` is relative to the form's type size."""

    lines: tuple[Line, ...] = ()
    columns: int = 1
    rows: int = 1
    align: Align = Align.LEFT
    size: float = 1.0
    one_line: bool = False  # shrink rather than wrap: an ID number, a phone
    grey: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Cells from left to right; a column held by a cell from above is left out."""

    cells: tuple[Cell, ...]
    height_mm: float = 0.0  # at least


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table. The first `header` rows are repeated on each page; `stretch`: rows grow to fill a lone page."""

    columns_mm: tuple[float, ...]
    rows: tuple[Row, ...]
    header: int = 0
    stretch: bool = False


@dataclass(frozen=True, slots=True)
class Prose:
    """Lines without a frame. `size` is relative; `space_mm` stands above."""

    lines: tuple[Line, ...]
    size: float = 1.0
    space_mm: float = 0.0
    leading: float = 1.5


@dataclass(frozen=True, slots=True)
class Heading:
    """A centred title in the bold serif face, in points."""

    text: str
    points: float = 16.0
    space_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class Between:
    """One line with something at its left and something at its right end."""

    left: Line
    right: Line
    space_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class Cut:
    """A dashed line to cut along, with a word in its middle."""

    text: str = ""
    space_mm: float = 4.0


@dataclass(frozen=True, slots=True)
class Chart:
    """用药时间图, as wide as the page, with its legend. `height_mm` is that of one lane."""

    course: Course
    height_mm: float = 11.0
    space_mm: float = 2.0


Block = Table | Prose | Heading | Between | Cut | Chart


@dataclass(frozen=True, slots=True)
class Form:
    """One form of one person (or one list): its own pages, numbered from 1.

    `points` is the type size; where `fit` and the body is a little too high for one page, smaller type is tried down
    to `smallest`, and only then a second page.
    """

    title: str
    head: tuple[Block, ...]
    body: tuple[Block, ...]
    foot: tuple[Block, ...] = ()
    landscape: bool = False
    margins_mm: tuple[float, float, float, float] = NATIONAL_MARGINS_MM
    points: float = 10.5
    smallest: float = 8.0
    fit: bool = True

    @property
    def page_mm(self) -> tuple[float, float]:
        """Width and height of its pages."""
        short, long = A4_MM
        return (long, short) if self.landscape else (short, long)


def written(text: str, *, filled: bool = False, align: Align = Align.LEFT, bold: bool = False) -> Line:
    """A line of one piece."""
    return Line((Piece(text, filled=filled),), align=align, bold=bold)


def label(text: str, *, columns: int = 1, rows: int = 1, size: float = 1.0) -> Cell:
    """A centred cell with what the form prints; line breaks are kept."""
    lines = tuple(written(part, align=Align.CENTER) for part in text.split("\n"))
    return Cell(lines, columns=columns, rows=rows, align=Align.CENTER, size=size)


def value(text: str, *, columns: int = 1, align: Align = Align.LEFT, size: float = 1.0, one_line: bool = False) -> Cell:
    """A cell with what was filled in; line breaks are kept."""
    lines = tuple(written(part, filled=True, align=align) for part in text.split("\n"))
    return Cell(lines, columns=columns, align=align, size=size, one_line=one_line)


def texts(form: Form) -> Iterator[str]:
    """Everything that will be drawn, to ask the fonts for."""
    yield form.title
    for block in (*form.head, *form.body, *form.foot):
        match block:
            case Heading() | Cut():
                yield block.text
            case Chart():
                yield from (one.sign for one in block.course.things)
                yield from map(courses.legend, block.course.kinds)
                yield from map(courses.lane_words, courses.LANES)
            case Between():
                yield from _of_lines((block.left, block.right))
            case Prose():
                yield from _of_lines(block.lines)
            case Table():
                for row in block.rows:
                    for cell in row.cells:
                        yield from _of_lines(cell.lines)


def _of_lines(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        yield from line.boxes
        yield from (piece.text for piece in line.pieces)
