"""Charts drawn with reportlab: the same drawing as SVG for the window and inside a pdf.

Readable without colour: every line has its own marker and dash and its name and last value at its end; every part of a
bar has its own hatching and its number inside. Fonts are ours, inside the pdf.
"""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reportlab.graphics import renderPDF, renderSVG
from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, PolyLine, Rect, String
from reportlab.lib.colors import Color, black, white
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from mhdesk.domain.task import QUIET, Task
from mhdesk.files import sink, typeface
from mhdesk.files.grid import clean
from mhdesk.files.typeface import Face
from mhdesk.reports.charts import BarChart, Chart, LineChart
from mhdesk.reports.charts import Line as ChartLine
from mhdesk.text import text

WIDTH, HEIGHT = 520.0, 230.0
_LEFT, _RIGHT, _BOTTOM, _TOP = 40.0, 128.0, 30.0, 30.0
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
_HATCHES = ("", "/", "x", "-", "\\")
_MOST_STEPS = 5
_HAIR = 1e-9  # what floats may be off a round number
_ROUND = (1, 2, 5)  # times a power of ten: what the lines behind a chart stand at
_LEAST_HEIGHT = 9.0  # of a part that holds its number
_MOST_LABELS = 9
_LEAST_SLOT, _LEAST_LENGTH = 14.0, 12.0  # of a bar that has room for its number


def draw(chart: Chart) -> Drawing:
    """The drawing of a chart."""
    made = Drawing(WIDTH, HEIGHT)
    made.add(Rect(0, 0, WIDTH, HEIGHT, fillColor=white, strokeColor=None))
    _say(made, 6, HEIGHT - 16, chart.title, size=_TITLE)
    if isinstance(chart, LineChart):
        _lines(made, chart)
    elif chart.is_across:
        _bars_across(made, chart)
    else:
        _bars(made, chart)
    return made


def to_svg(chart: Chart) -> bytes:
    """The chart as SVG, its texts in the window's own font."""
    words = renderSVG.drawToString(draw(chart))
    # reportlab spells it "None", which readers of SVG do not know: they fill the line with black
    return str(words).replace(_font(), "Noto Sans SC").replace("fill: None", "fill: none").encode()


def pdf_bytes(title: str, notes: Sequence[str], charts: Sequence[Chart], task: Task = QUIET) -> bytes:
    """Charts on landscape A4, two a column, with a title and notes; the same charts give the same bytes."""
    texts = [title, *notes, *(word for chart in charts for word in _words(chart))]
    typeface.require(map(clean, texts))
    buffer = io.BytesIO()
    size = landscape(A4)
    canvas = Canvas(buffer, pagesize=size, invariant=1)
    canvas.setTitle(clean(title))
    per_page = 4
    scale = (size[0] - 60) / 2 / WIDTH
    pages = (len(charts) + per_page - 1) // per_page
    for number in range(pages):
        task.step(number, pages, title)
        canvas.setFont(_font(), 15)
        canvas.drawCentredString(size[0] / 2, size[1] - 36, clean(title))
        canvas.setFont(_font(), _TEXT)
        for line, note in enumerate(notes):
            canvas.drawString(30, 40 - line * 11, clean(note))
        for place, chart in enumerate(charts[number * per_page : (number + 1) * per_page]):
            drawing = draw(chart)
            drawing.scale(scale, scale)
            column, row = place % 2, place // 2
            x, y = 20 + column * (size[0] - 40) / 2, size[1] - 70 - (row + 1) * (HEIGHT * scale + 14)
            renderPDF.draw(drawing, canvas, x, y)
        canvas.setFont(_font(), _TEXT)
        canvas.drawRightString(size[0] - 30, 18, f"{number + 1} / {pages}")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def write_pdf(title: str, notes: Sequence[str], charts: Sequence[Chart], path: Path, task: Task = QUIET) -> None:
    """The same as a file. Raises OutputFailed."""
    sink.write_bytes(path, pdf_bytes(title, notes, charts, task))


# ---------------------------------------------------------------- lines


def _lines(made: Drawing, chart: LineChart) -> None:
    values = [one for line in chart.lines for one in (*line.values, line.target) if one is not None]
    levels = _levels(values, is_rate=chart.is_rate)
    low, high = levels[0], levels[-1]
    count = max(2, len(chart.labels))
    wide, tall = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def x(place: int) -> float:
        return _LEFT + wide * place / (count - 1)

    def y(value: float) -> float:
        return _BOTTOM + tall * (value - low) / (high - low)

    for level in levels:
        said = f"{100 * level:.0f}%" if chart.is_rate else f"{level:.0f}"
        made.add(Line(_LEFT, y(level), WIDTH - _RIGHT, y(level), strokeColor=_GRID, strokeWidth=0.5))
        _say(made, _LEFT - 4, y(level) - 3, said, anchor="end")
    _labels(made, chart.labels, x)
    taken: list[float] = []
    for number, line in enumerate(chart.lines):
        colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
        points = [(x(place), y(value)) for place, value in enumerate(line.values) if value is not None]
        if line.target is not None:
            level = y(line.target)
            made.add(Line(_LEFT, level, WIDTH - _RIGHT, level, strokeColor=colour, strokeWidth=0.6,
                          strokeDashArray=[1, 3]))  # fmt: skip
            _say(made, _LEFT + 2, level - _TEXT, _target(line), size=_TEXT - 1.5, colour=colour)
        if len(points) > 1:
            flat = list(itertools.chain.from_iterable(points))
            made.add(PolyLine(flat, strokeColor=colour, strokeWidth=1.4, strokeDashArray=dash))
        for place, point in enumerate(points):
            if place == len(points) - 1 or place % max(1, len(points) // _MOST_LABELS) == 0:
                made.add(_marker(number, *point, colour))
        last = next((value for value in reversed(line.values) if value is not None), None)
        end = _free(points[-1][1] if points else _BOTTOM, taken)
        said = f"{line.name} {'—' if last is None else _number(last, is_rate=chart.is_rate)}"
        made.add(_marker(number, WIDTH - _RIGHT + 10, end + 3, colour))
        _say(made, WIDTH - _RIGHT + 16, end, said, colour=colour)


def _levels(values: Sequence[float], *, is_rate: bool) -> list[float]:
    """Round numbers for the lines behind: rates begin a little under the lowest, counts at 0, at least 1 apart."""
    if is_rate:
        low, high = (max(0.0, min(values) - 0.02), max(1.0, *values)) if values else (0.0, 1.0)
        least = 0.01
    else:
        low, high, least = 0.0, float(max(values, default=0)) or 1.0, 1.0
    steps = (unit * least * 10**power for power in itertools.count() for unit in _ROUND)
    step = next(one for one in steps if (high - low) / one <= _MOST_STEPS)
    first, last = math.floor(low / step + _HAIR), math.ceil(high / step - _HAIR)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _target(line: ChartLine) -> str:
    """What a target's thin line says of itself."""
    return text("trends.target", target=f"{100 * (line.target or 0):g}%")


def _free(wanted: float, taken: list[float]) -> float:
    """A height for a name that no other name has."""
    place = wanted - 3
    while any(abs(place - one) < _TEXT + 2 for one in taken):
        place += _TEXT + 2 if place < HEIGHT - _TOP - _TEXT else -(len(taken) + 1) * (_TEXT + 2)
    taken.append(place)
    return place


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


def _bars(made: Drawing, chart: BarChart) -> None:
    sums = [sum(part[place] for part in chart.values) for place in range(len(chart.labels))]
    levels = _levels(sums, is_rate=False)
    count = max(1, len(chart.labels))
    wide, tall = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    slot = wide / count
    for value in levels:
        level = _BOTTOM + tall * value / levels[-1]
        made.add(Line(_LEFT, level, WIDTH - _RIGHT, level, strokeColor=_GRID, strokeWidth=0.5))
        _say(made, _LEFT - 4, level - 3, f"{value:.0f}", anchor="end")
    _labels(made, chart.labels, lambda place: _LEFT + slot * (place + 0.5))
    for place in range(len(chart.labels)):
        base = _BOTTOM
        for number, part in enumerate(chart.values):
            height = tall * part[place] / levels[-1]
            _block(made, _LEFT + slot * (place + 0.14), base, slot * 0.72, height, number, _fill(chart, number))
            if height >= _LEAST_HEIGHT and slot > _LEAST_SLOT:
                _number_on(made, _LEFT + slot * (place + 0.5), base + height / 2 - 3, str(part[place]))
            base += height
    _legend(made, chart)


def _bars_across(made: Drawing, chart: BarChart) -> None:
    sums = [sum(part[place] for part in chart.values) for place in range(len(chart.labels))]
    high = float(max(1, *sums)) if sums else 1.0
    left = 76.0
    wide, tall = WIDTH - left - _RIGHT - 24, HEIGHT - _TOP - 12
    slot = tall / max(1, len(chart.labels))
    size = min(_TEXT, max(4.5, slot * 0.8))
    for place, name in enumerate(chart.labels):
        bottom = HEIGHT - _TOP - slot * (place + 1)
        _say(made, left - 5, bottom + slot / 2 - size / 3, name, anchor="end", size=size)
        base = left
        for number, part in enumerate(chart.values):
            length = wide * part[place] / high
            _block(made, base, bottom + slot * 0.14, length, slot * 0.72, number, _fill(chart, number))
            if length > _LEAST_LENGTH:
                _number_on(made, base + length / 2, bottom + slot / 2 - size / 3, str(part[place]), size)
            base += length
        _say(made, base + 4, bottom + slot / 2 - size / 3, str(sums[place]), size=size)
    made.add(Line(left, HEIGHT - _TOP, left, HEIGHT - _TOP - tall, strokeColor=_INK, strokeWidth=0.6))
    _legend(made, chart)


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


def _legend(made: Drawing, chart: BarChart) -> None:
    for number, name in enumerate(chart.parts):
        y = HEIGHT - _TOP - 12 - number * 15
        _block(made, WIDTH - _RIGHT + 8, y, 12, 9, number, _fill(chart, number))
        _say(made, WIDTH - _RIGHT + 25, y + 1, name)


def _labels(made: Drawing, labels: Sequence[str], x: Any) -> None:
    step = max(1, -(-len(labels) // _MOST_LABELS))
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
    if isinstance(chart, LineChart):
        names: Sequence[str] = [line.name for line in chart.lines]
        targets = [_target(line) for line in chart.lines if line.target is not None]
        return [chart.title, *chart.labels, *names, *targets]
    return [chart.title, *chart.labels, *chart.parts]


def _font() -> str:
    """The name under which reportlab knows our font."""
    return str(typeface.font(Face.HEI).fontName)
