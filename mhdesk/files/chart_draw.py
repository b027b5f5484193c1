"""Charts drawn with reportlab: the same drawing as SVG for the window and inside a pdf.

Readable without colour: every line has its own marker and dash and its name and last value at its end, a target its own
dots and name; every part of a bar has its own hatching, its number inside and in the legend. Fonts are ours, inside the
pdf. A chart is drawn as wide as it will stand, so that its texts are never scaled down.
"""

from __future__ import annotations

import io
import itertools
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reportlab.graphics import renderPDF, renderSVG
from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, PolyLine, Rect, String
from reportlab.lib.colors import Color, black, white
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from mhdesk.domain.task import QUIET, Task
from mhdesk.files import sink, typeface
from mhdesk.files.grid import clean
from mhdesk.files.typeface import Face
from mhdesk.reports.charts import BarChart, Chart, LineChart
from mhdesk.reports.charts import Line as ChartLine
from mhdesk.text import text

WIDTH, HEIGHT = 400.0, 190.0  # in the window, which scales it to its own text
_PAGE_WIDTH, _PAGE_HEIGHT, _PAGE_SLOT = 539.0, 108.0, 10.0  # on paper; a slot is a bar that lies
_LEFT, _BOTTOM, _TOP = 40.0, 24.0, 26.0
_PAGE_TOP, _PAGE_FOOT, _PAGE_GAP, _MOST_MORE = 56.0, 56.0, 6.0, 40.0  # above, below, between; what a chart may grow
_SIGN = 16.0  # a marker before a name at the right
_MOST_RIGHT = 0.36  # of the width may go to names
_TEXT, _TITLE = 8.0, 10.5
_INK, _GRID = Color(0.13, 0.17, 0.22), Color(0.85, 0.88, 0.9)
_COLOURS = [Color(0.12, 0.43, 0.47), Color(0.71, 0.28, 0.03), Color(0.11, 0.36, 0.66), Color(0.36, 0.42, 0.48)]
_DASHES: list[list[int] | None] = [None, [5, 2], [2, 2], [7, 2, 2, 2]]
_FILLS = [Color(0.93, 0.95, 0.96), Color(0.76, 0.86, 0.87), Color(0.55, 0.72, 0.75), white, Color(0.85, 0.85, 0.85)]
_TINTS = {
    "red": Color(0.96, 0.69, 0.66),
    "orange": Color(0.98, 0.82, 0.6),
    "yellow": Color(0.99, 0.94, 0.62),
    "green": Color(0.74, 0.89, 0.76),
}
#: What a colour becomes in a dark window; the shapes and the hatching stay.
_NIGHT = [
    (white, Color(0.1, 0.13, 0.16)), (_INK, Color(0.88, 0.91, 0.93)), (_GRID, Color(0.25, 0.3, 0.34)),
    (_COLOURS[0], Color(0.4, 0.77, 0.8)), (_COLOURS[1], Color(0.98, 0.63, 0.36)),
    (_COLOURS[2], Color(0.53, 0.74, 0.97)),
    (_COLOURS[3], Color(0.68, 0.74, 0.8)), (_FILLS[0], Color(0.17, 0.22, 0.26)), (_FILLS[1], Color(0.16, 0.32, 0.35)),
    (_FILLS[2], Color(0.15, 0.42, 0.46)), (_FILLS[4], Color(0.3, 0.34, 0.38)), (_TINTS["red"], Color(0.5, 0.2, 0.18)),
    (_TINTS["orange"], Color(0.5, 0.32, 0.1)), (_TINTS["yellow"], Color(0.42, 0.38, 0.1)),
    (_TINTS["green"], Color(0.14, 0.36, 0.2)),
]  # fmt: skip
_SVG_COLOUR = re.compile(r"rgb\([^)]*\)")
_HATCHES = ("", "/", "x", "-", "\\")
_MOST_STEPS = 5
_HAIR = 1e-9  # what floats may be off a round number
_ROUND = (1, 2, 5)  # times a power of ten: what the lines behind a chart stand at
_LEAST_HEIGHT = 9.0  # of a part that holds its number
_MOST_LABELS = 13
_LABEL_WIDTH = 30.0
_LOWEST = 2.0  # of a name
_CLOSE = 0.8  # counts whose least is above this share of the greatest do not begin at 0
_TARGET_DASH = [1, 2]
_MOST_SLOT = 22.0  # of a bar that lies
_LEAST_SLOT, _LEAST_LENGTH = 14.0, 12.0  # of a bar that has room for its number


class _Frame:
    """A drawing with the room around the picture: names and values stand at the right."""

    def __init__(self, chart: Chart, width: float, height: float) -> None:
        self.made = Drawing(width, height)
        self.width, self.height = width, height
        names = _right_words(chart)
        widest = max((pdfmetrics.stringWidth(clean(one), _font(), _TEXT) for one in names), default=0.0)
        self.right = min(widest + _SIGN + 12, width * _MOST_RIGHT) if names else 12.0

    @property
    def wide(self) -> float:
        """The picture itself, without what stands around it."""
        return self.width - _LEFT - self.right

    @property
    def tall(self) -> float:
        """The same, upwards."""
        return self.height - _TOP - _BOTTOM

    @property
    def edge(self) -> float:
        """Where the picture ends at the right."""
        return self.width - self.right


def draw(chart: Chart, width: float = WIDTH, height: float = HEIGHT) -> Drawing:
    """The drawing of a chart."""
    frame = _Frame(chart, width, height)
    frame.made.add(Rect(0, 0, width, height, fillColor=white, strokeColor=None))
    _say(frame.made, 6, height - 14, chart.title, size=_TITLE)
    if isinstance(chart, LineChart):
        _lines(frame, chart)
    elif chart.is_across:
        _bars_across(frame, chart)
    else:
        _bars(frame, chart)
    return frame.made


def to_svg(chart: Chart, *, is_dark: bool = False) -> bytes:
    """The chart as SVG, its texts in the window's own font; `is_dark` for a dark window."""
    words = str(renderSVG.drawToString(draw(chart)))
    if is_dark:
        night = {_svg_colour(day): _svg_colour(colour) for day, colour in _NIGHT}
        words = _SVG_COLOUR.sub(lambda found: night.get(found[0], found[0]), words)
    # reportlab spells it "None", which readers of SVG do not know: they fill the line with black
    return words.replace(_font(), "Noto Sans SC").replace("fill: None", "fill: none").encode()


def _svg_colour(colour: Color) -> str:
    """As reportlab writes it."""
    return f"rgb({','.join(f'{round(100 * part)}%' for part in (colour.red, colour.green, colour.blue))})"


def pdf_bytes(title: str, notes: Sequence[str], charts: Sequence[Chart], task: Task = QUIET) -> bytes:
    """Charts on A4, below each other over the whole width, a title and notes; the same charts give the same bytes."""
    texts = [title, *notes, *(word for chart in charts for word in _words(chart))]
    typeface.require(map(clean, texts))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    canvas.setTitle(clean(title))
    pages = _pages(charts)
    for number, page in enumerate(pages):
        task.step(number, len(pages), title)
        canvas.setFont(_font(), 15)
        canvas.drawCentredString(A4[0] / 2, A4[1] - 38, clean(title))
        top = A4[1] - _PAGE_TOP
        spare = max(0.0, top - _PAGE_FOOT - sum(height for _, height in page))
        more = min(spare / max(1, len(page)), _MOST_MORE) if len(page) > 1 else 0.0
        for chart, height in page:
            renderPDF.draw(draw(chart, _PAGE_WIDTH, height + more - _PAGE_GAP), canvas, 28, top - height - more)
            top -= height + more
        canvas.setFont(_font(), _TEXT)
        for line, note in enumerate(notes):
            canvas.drawString(34, 46 - line * 11, clean(note))
        canvas.drawRightString(A4[0] - 34, 29, text("trends.page", number=number + 1, count=len(pages)))
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _pages(charts: Sequence[Chart]) -> list[list[tuple[Chart, float]]]:
    """The charts by page, each with its height: as many as have room."""
    pages: list[list[tuple[Chart, float]]] = [[]]
    room = left = A4[1] - _PAGE_TOP - _PAGE_FOOT
    for chart in charts:
        height = _PAGE_HEIGHT
        if isinstance(chart, BarChart) and chart.is_across:
            height = min(room, max(_PAGE_HEIGHT * 0.7, _TOP + 12 + _PAGE_SLOT * len(chart.labels)))
        if height > left and pages[-1]:
            pages.append([])
            left = room
        pages[-1].append((chart, height))
        left -= height
    return pages


def write_pdf(title: str, notes: Sequence[str], charts: Sequence[Chart], path: Path, task: Task = QUIET) -> None:
    """The same as a file. Raises OutputFailed."""
    sink.write_bytes(path, pdf_bytes(title, notes, charts, task))


# ---------------------------------------------------------------- lines


def _lines(frame: _Frame, chart: LineChart) -> None:
    made = frame.made
    values = [one for line in chart.lines for one in (*line.values, line.target) if one is not None]
    levels = _levels(values, is_rate=chart.is_rate)
    low, high = levels[0], levels[-1]
    count = max(2, len(chart.labels))

    def x(place: int) -> float:
        return _LEFT + frame.wide * place / (count - 1)

    def y(value: float) -> float:
        return _BOTTOM + frame.tall * (value - low) / (high - low)

    for level in levels:
        said = f"{100 * level:.0f}%" if chart.is_rate else f"{level:.0f}"
        made.add(Line(_LEFT, y(level), frame.edge, y(level), strokeColor=_GRID, strokeWidth=0.5))
        _say(made, _LEFT - 4, y(level) - 3, said, anchor="end")
    _labels(made, chart.labels, x, frame.wide)
    ends: list[tuple[float, int, str, bool]] = []  # height, which line, what it says, whether a target
    for number, line in enumerate(chart.lines):
        colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
        points = [(x(place), y(value)) for place, value in enumerate(line.values) if value is not None]
        if line.target is not None:
            level = y(line.target)
            made.add(Line(_LEFT, level, frame.edge, level, strokeColor=colour, strokeWidth=0.8,
                          strokeDashArray=_TARGET_DASH))  # fmt: skip
            ends.append((level, number, _target(line), True))
        if len(points) > 1:
            flat = list(itertools.chain.from_iterable(points))
            made.add(PolyLine(flat, strokeColor=colour, strokeWidth=1.4, strokeDashArray=dash))
        for place, point in enumerate(points):
            if place == len(points) - 1 or place % max(1, len(points) // _MOST_LABELS) == 0:
                made.add(_marker(number, *point, colour))
        ends.append((points[-1][1] if points else _BOTTOM, number, _line_words(line, is_rate=chart.is_rate), False))
    _name_ends(frame, ends)


def _name_ends(frame: _Frame, ends: Sequence[tuple[float, int, str, bool]]) -> None:
    """Names at the right, at the height where their lines end, pushed apart where they would lie over each other."""
    wanted = sorted(ends, reverse=True)
    heights: list[float] = []
    for level, *_ in wanted:
        place = level - 3
        heights.append(min(place, heights[-1] - _TEXT - 2) if heights else min(place, frame.height - _TOP - 2))
    least = _LOWEST
    for number in reversed(range(len(heights))):  # and up again where the lowest would leave the drawing
        heights[number] = max(heights[number], least)
        least = heights[number] + _TEXT + 2
    for height, (_, number, said, is_target) in zip(heights, wanted, strict=True):
        colour = _COLOURS[number % len(_COLOURS)]
        if is_target:
            frame.made.add(Line(frame.edge + 3, height + 3, frame.edge + 13, height + 3, strokeColor=colour,
                                strokeWidth=0.8, strokeDashArray=_TARGET_DASH))  # fmt: skip
        else:
            frame.made.add(_marker(number, frame.edge + 9, height + 3, colour))
        _say(frame.made, frame.edge + _SIGN, height, said, colour=colour)


def _levels(values: Sequence[float], *, is_rate: bool) -> list[float]:
    """Round numbers for the lines behind, counts at least 1 apart.

    Rates begin a little under the lowest, counts at 0 unless they all lie close together.
    """
    if is_rate:
        low, high = (max(0.0, min(values) - 0.02), max(1.0, *values)) if values else (0.0, 1.0)
        least = 0.01
    else:
        low, high, least = 0.0, float(max(values, default=0)) or 1.0, 1.0
        if values and _CLOSE * high < min(values) < high:  # a line near the top would look level, whatever it does
            low = max(0.0, min(values) - (high - min(values)) - 1)
    steps = (unit * least * 10**power for power in itertools.count() for unit in _ROUND)
    step = next(one for one in steps if (high - low) / one <= _MOST_STEPS)
    first, last = math.floor(low / step + _HAIR), math.ceil(high / step - _HAIR)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _target(line: ChartLine) -> str:
    """What a target's thin line says of itself."""
    return text("trends.target", name=line.name, target=f"{100 * (line.target or 0):g}%")


def _line_words(line: ChartLine, *, is_rate: bool) -> str:
    """A line's name and its last value."""
    last = next((value for value in reversed(line.values) if value is not None), None)
    return f"{line.name} {text('reports.nothing') if last is None else _number(last, is_rate=is_rate)}"


def _right_words(chart: Chart) -> list[str]:
    """What stands at the right of a chart."""
    if isinstance(chart, LineChart):
        targets = [_target(line) for line in chart.lines if line.target is not None]
        return [*(_line_words(line, is_rate=chart.is_rate) for line in chart.lines), *targets]
    if chart.is_across and len(chart.parts) == 1:  # its title says what it counts
        return []
    return [_part_words(chart, number) for number in range(len(chart.parts))]


def _part_words(chart: BarChart, number: int) -> str:
    """A part's name, with its last value where bars follow each other in time."""
    part = chart.values[number]
    return chart.parts[number] if chart.is_across or not part else f"{chart.parts[number]} {part[-1]}"


def _marker(number: int, x: float, y: float, colour: Color) -> Any:
    match number % 4:
        case 0:
            return Circle(x, y, 2.4, fillColor=colour, strokeColor=colour)
        case 1:
            return Rect(x - 2.2, y - 2.2, 4.4, 4.4, fillColor=white, strokeColor=colour)
        case 2:
            return Polygon([x - 2.8, y - 2.2, x + 2.8, y - 2.2, x, y + 3], fillColor=colour, strokeColor=colour)
    return Polygon([x, y - 3, x + 3, y, x, y + 3, x - 3, y], fillColor=white, strokeColor=colour)


# ---------------------------------------------------------------- bars


def _bars(frame: _Frame, chart: BarChart) -> None:
    made = frame.made
    sums = [sum(part[place] for part in chart.values) for place in range(len(chart.labels))]
    levels = _levels([0, *sums], is_rate=False)
    slot = frame.wide / max(1, len(chart.labels))
    for value in levels:
        level = _BOTTOM + frame.tall * value / levels[-1]
        made.add(Line(_LEFT, level, frame.edge, level, strokeColor=_GRID, strokeWidth=0.5))
        _say(made, _LEFT - 4, level - 3, f"{value:.0f}", anchor="end")
    _labels(made, chart.labels, lambda place: _LEFT + slot * (place + 0.5), frame.wide)
    for place in range(len(chart.labels)):
        base = _BOTTOM
        for number, part in enumerate(chart.values):
            height = frame.tall * part[place] / levels[-1]
            _block(made, _LEFT + slot * (place + 0.14), base, slot * 0.72, height, number, _fill(chart, number))
            if height >= _LEAST_HEIGHT and slot > _LEAST_SLOT:
                _number_on(made, _LEFT + slot * (place + 0.5), base + height / 2 - 3, str(part[place]))
            base += height
    _legend(frame, chart)


def _bars_across(frame: _Frame, chart: BarChart) -> None:
    made = frame.made
    sums = [sum(part[place] for part in chart.values) for place in range(len(chart.labels))]
    high = float(max(1, *sums)) if sums else 1.0
    if not any(sums):
        _say(made, 6, frame.height - _TOP - 14, text("trends.nobody"))
        return
    left = 76.0
    wide, tall = frame.edge - left - 24, frame.height - _TOP - 8
    slot = min(tall / max(1, len(chart.labels)), _MOST_SLOT)
    size = min(_TEXT, max(4.5, slot * 0.8))
    for place, name in enumerate(chart.labels):
        bottom = frame.height - _TOP - slot * (place + 1)
        _say(made, left - 5, bottom + slot / 2 - size / 3, name, anchor="end", size=size)
        base = left
        for number, part in enumerate(chart.values):
            length = wide * part[place] / high
            _block(made, base, bottom + slot * 0.14, length, slot * 0.72, number, _fill(chart, number))
            if length > _LEAST_LENGTH and len(chart.values) > 1:
                _number_on(made, base + length / 2, bottom + slot / 2 - size / 3, str(part[place]), size)
            base += length
        _say(made, base + 4, bottom + slot / 2 - size / 3, str(sums[place]), size=size)
    end = frame.height - _TOP - slot * len(chart.labels)
    made.add(Line(left, frame.height - _TOP, left, end, strokeColor=_INK, strokeWidth=0.6))
    _legend(frame, chart)


def _fill(chart: BarChart, number: int) -> Color:
    """The ground of a part."""
    return _TINTS[chart.tints[number]] if chart.tints else _FILLS[number % len(_FILLS)]


def _block(made: Drawing, x: float, y: float, wide: float, tall: float, number: int, fill: Color) -> None:
    """A part of a bar with its hatching."""
    if wide <= 0 or tall <= 0:
        return
    made.add(Rect(x, y, wide, tall, fillColor=fill, strokeColor=_INK, strokeWidth=0.5))
    hatch = _HATCHES[number % len(_HATCHES)]
    gap = 5.0
    if hatch in ("/", "x"):
        _slanted(made, x, y, wide, tall, gap, is_rising=True)
    if hatch in ("\\", "x"):
        _slanted(made, x, y, wide, tall, gap, is_rising=False)
    if hatch == "-":
        level = y + gap / 2
        while level < y + tall:
            made.add(Line(x, level, x + wide, level, strokeColor=_INK, strokeWidth=0.3))
            level += gap


def _slanted(made: Drawing, x: float, y: float, wide: float, tall: float, gap: float, *, is_rising: bool) -> None:
    """Parallel lines at 45 degrees, cut to the block."""
    shift = gap
    while shift < wide + tall:
        begin, end = max(0.0, shift - tall), min(shift, wide)
        first, second = shift - begin, shift - end
        if is_rising:
            first, second = tall - first, tall - second
        made.add(Line(x + begin, y + first, x + end, y + second, strokeColor=_INK, strokeWidth=0.3))
        shift += gap


def _number_on(made: Drawing, x: float, y: float, words: str, size: float = _TEXT) -> None:
    """A number on hatching: on a white ground."""
    wide = pdfmetrics.stringWidth(words, _font(), size)
    made.add(Rect(x - wide / 2 - 1, y - 1.5, wide + 2, size, fillColor=white, strokeColor=None))
    _say(made, x, y, words, anchor="middle", size=size)


def _legend(frame: _Frame, chart: BarChart) -> None:
    if not _right_words(chart):
        return
    for number in range(len(chart.parts)):
        y = frame.height - _TOP - 12 - number * 15
        _block(frame.made, frame.edge + 3, y, 12, 9, number, _fill(chart, number))
        _say(frame.made, frame.edge + _SIGN + 2, y + 1, _part_words(chart, number))


def _labels(made: Drawing, labels: Sequence[str], x: Any, wide: float) -> None:
    most = max(2, min(_MOST_LABELS, int(wide // _LABEL_WIDTH)))
    step = max(1, -(-len(labels) // most))
    for place, words in enumerate(labels):
        if (len(labels) - 1 - place) % step == 0:
            _say(made, x(place), _BOTTOM - 12, words, anchor="middle")


def _say(
    made: Drawing, x: float, y: float, words: str, *, anchor: str = "start", size: float = _TEXT, colour: Color = _INK
) -> None:
    made.add(String(x, y, clean(words), fontName=_font(), fontSize=size, fillColor=colour or black, textAnchor=anchor))


def _number(value: float, *, is_rate: bool) -> str:
    return f"{100 * value:.1f}%" if is_rate else f"{value:.0f}"


def _words(chart: Chart) -> Sequence[str]:
    return [chart.title, *chart.labels, *_right_words(chart), text("trends.nobody")]


def _font() -> str:
    """The name under which reportlab knows our font."""
    return str(typeface.font(Face.HEI).fontName)
