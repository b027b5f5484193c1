"""用药时间图 on paper: the same lanes, patterns, shapes and signs as on screen, readable in black and white."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from mhdesk.domain.dates import add_months
from mhdesk.files import typeface
from mhdesk.files.canvas import THICK, THIN, Canvas
from mhdesk.files.typeface import Face
from mhdesk.reports import course
from mhdesk.reports.course import Course, Look, Pattern, Shape
from mhdesk.reports.model import Align

_Colour = tuple[float, float, float]
_WHITE = (1.0, 1.0, 1.0)
_GRID = (0.8, 0.8, 0.8)
_QUIET = (0.3, 0.3, 0.3)
#: The tones of the window, dark enough for a copier.
_INKS: dict[str, _Colour] = {
    "now": (0.70, 0.14, 0.09),
    "late": (0.71, 0.28, 0.03),
    "missing": (0.54, 0.42, 0.0),
    "info": (0.11, 0.37, 0.66),
    "good": (0.12, 0.48, 0.27),
    "plain": (0.28, 0.33, 0.38),
}
_AREA_SHARE = {"adherence": 0.6, "dispensing": 0.3}
_LABEL_EMS = 3.4
_LINE = 1.9  # of the type size: a line of the legend
_MONTHS_APART = 3
_HATCH_STEP = 3.2
_TRIANGLES = frozenset({Shape.TRIANGLE, Shape.OPEN_TRIANGLE, Shape.DASHED_TRIANGLE})
_OPEN = frozenset({Shape.RING, Shape.OPEN_TRIANGLE, Shape.DASHED_TRIANGLE})

Box = tuple[float, float, float, float]


class _Entry(NamedTuple):
    """An entry of the legend: where it begins in its line, in points."""

    kind: str
    x: float
    line: int


def height(found: Course, width: float, lane: float, size: float) -> float:
    """How much room it takes with its months and legend."""
    lines = max((one.line for one in _legend(found, width, size)), default=0) + 1
    return lane * len(found.lanes) + size * _LINE * (lines + 1)


def draw(canvas: Canvas, found: Course, place: tuple[float, float, float], lane: float, size: float) -> None:
    """Draw it at (left, top, right); `lane` is the height of a lane, `size` that of the type."""
    left, top, right = place
    start = left + size * _LABEL_EMS
    bottom = top + lane * len(found.lanes)
    small = size * 0.9

    def across(day: date) -> float:
        return start + (right - start) * found.share(day)

    _grid(canvas, found, (left, top, right, bottom), lane, small, start)
    for one in found.things:
        if one.end is not None:
            middle = top + lane * (found.lanes.index(one.lane) + 0.5)
            half = lane * _AREA_SHARE.get(one.lane, 0.5) / 2
            box = (across(one.start), middle - half, max(across(one.end), across(one.start) + 1.0), middle + half)
            _area(canvas, box, one.look)
    for one in found.things:
        if one.end is None:
            middle = top + lane * (found.lanes.index(one.lane) + 0.5)
            radius = min(lane * 0.28, size * 0.62)
            _mark(canvas, (across(one.start) + one.step * radius * 2.5, middle), radius, one.look, one.sign)
    legend_top = bottom + size * _LINE
    signs = {one.kind: one.sign for one in found.things}
    for entry in _legend(found, right - left, size):
        y = legend_top + size * _LINE * (entry.line + 0.5)
        _swatch(canvas, (left + entry.x, y), size, entry.kind, signs.get(entry.kind, ""))


def _grid(canvas: Canvas, found: Course, box: Box, lane: float, size: float, start: float) -> None:
    left, top, right, bottom = box
    for number, name in enumerate(found.lanes):
        y = top + lane * number
        canvas.text(left, y + lane / 2 + size * 0.36, course.lane_words(name), size, color=_QUIET)
        canvas.shape([(start, y), (right, y), (right, y + lane), (start, y + lane)], ink=_GRID)
    for months in range(0, course.MONTHS + 1, _MONTHS_APART):
        day = add_months(found.start, months)
        x = start + (right - start) * found.share(day)
        if day < found.end:
            canvas.shape([(x, top), (x, bottom)], ink=_GRID)
            words = day.strftime("%Y-%m")
            if x + typeface.width(words, Face.SONG, size) <= right:
                canvas.text(x, bottom + size * 1.2, words, size, color=_QUIET)
    x = start + (right - start) * found.share(found.today)
    canvas.shape([(x, top), (x, bottom)], ink=_QUIET, dashes=(2.0, 2.0))


def _legend(found: Course, width: float, size: float) -> Iterator[_Entry]:
    x, line = 0.0, 0
    for kind in found.kinds:
        taken = size * (3.2 if _is_area(kind) else 2.0) + typeface.width(course.legend(kind), Face.SONG, size * 0.9)
        if x and x + taken > width:
            x, line = 0.0, line + 1
        yield _Entry(kind, x, line)
        x += taken + size * 1.2


def _is_area(kind: str) -> bool:
    return kind in (*course.STATES, "covered")


def _swatch(canvas: Canvas, place: tuple[float, float], size: float, kind: str, sign: str) -> None:
    x, y = place
    look = course.LOOKS[kind]
    if _is_area(kind):
        half = size * (0.26 if kind == "covered" else 0.5)
        _area(canvas, (x, y - half, x + size * 2.6, y + half), look)
        x += size * 3.0
    else:
        _mark(canvas, (x + size * 0.7, y), size * 0.58, look, sign)
        x += size * 1.8
    canvas.text(x, y + size * 0.34, course.legend(kind), size * 0.9)


def _area(canvas: Canvas, box: Box, look: Look) -> None:
    ink = _INKS[look.tone]
    left, top, right, bottom = box
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    if look.pattern is Pattern.SOLID:
        canvas.shape(corners, ink=ink, fill=ink)
        return
    canvas.shape(corners, ink=ink, fill=_WHITE)
    if look.pattern in {Pattern.HATCH, Pattern.CROSS, Pattern.DOTS}:
        canvas.hatch(box, ink=ink, step=_HATCH_STEP, kind=look.pattern.value)
    weight = THICK * 1.5 if look.pattern is Pattern.EMPTY else THIN
    dashes = (3.0, 2.0) if look.pattern is Pattern.DASHES else ()
    if look.pattern is Pattern.DASHES:
        canvas.shape(corners, ink=_WHITE)
    canvas.shape(corners, ink=ink, weight=weight, dashes=dashes)


def _mark(canvas: Canvas, centre: tuple[float, float], radius: float, look: Look, sign: str) -> None:
    x, y = centre
    ink = _INKS[look.tone]
    fill = _WHITE if look.shape in _OPEN else ink
    if look.shape is Shape.TICK:
        canvas.shape([(x, y - radius), (x, y + radius)], ink=ink, weight=THICK)
        return
    if look.shape in _TRIANGLES:
        dashes = (1.2, 1.2) if look.shape is Shape.DASHED_TRIANGLE else ()
        corners = [(x - radius, y - radius), (x + radius, y - radius), (x, y + radius)]
        canvas.shape(corners, ink=ink, fill=fill, weight=THICK, dashes=dashes)
    elif look.shape is Shape.DIAMOND:
        far = radius * 1.25
        canvas.shape([(x, y - far), (x + far, y), (x, y + far), (x - far, y)], ink=ink, fill=fill, weight=THICK)
    elif look.shape is Shape.BOX:
        corners = [
            (x - radius, y - radius),
            (x + radius, y - radius),
            (x + radius, y + radius),
            (x - radius, y + radius),
        ]
        canvas.shape(corners, ink=ink, fill=fill, weight=THICK)
    else:
        canvas.disc(centre, radius, ink=ink, fill=fill, weight=THICK)
    if sign:
        lift = radius * 0.3 if look.shape in _TRIANGLES else 0.0
        box = (x - radius, y - radius - lift, x + radius, y + radius - lift)
        colour = ink if look.shape in _OPEN else _WHITE
        canvas.box_text(box, [sign], radius * 1.4, Face.HEI, Align.CENTER, colour)
