"""A page to draw on: text in boxes, boxes for digits, ticks as lines. Used by tables and by the national paper forms.

Points from the top left corner of the page, y downwards, as one reads. Texts are drawn, never interpreted: no markup,
no links. The same drawing gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas as PdfCanvas

from mhdesk.files import typeface
from mhdesk.files.typeface import Face
from mhdesk.reports.model import Align

MM = 72 / 25.4
THIN = 0.4
THICK = 0.9
LEADING = 1.28
SMALLEST = 0.6  # a text that must stay on one line shrinks no further than this
BLACK = (0.0, 0.0, 0.0)

rl_config.trustedSchemes = []
rl_config.trustedHosts = []

_UNDER = 0.16  # of the size: where a line under a text lies


class Canvas:
    """A pdf on its way into a file or into memory. Call `new_page` before drawing on each page, `save` at the end."""

    def __init__(self, target: Path | io.BytesIO, title: str) -> None:
        first = typeface.font(Face.SONG).fontName
        out = target if isinstance(target, io.BytesIO) else str(target)
        self._pdf = PdfCanvas(out, invariant=1, initialFontName=first, pageCompression=1, lang="zh-CN")
        self._pdf.setTitle(typeface.prepare(title))
        self._pdf.setAuthor("mhdesk")
        self._pdf.setCreator("mhdesk")
        self._height = 0.0
        self._is_open = False

    def new_page(self, width: float, height: float) -> None:
        """Finish the page, if any, and start one of `width` by `height` points."""
        if self._is_open:
            self._pdf.showPage()
        self._pdf.setPageSize((width, height))
        self._height, self._is_open = height, True

    def save(self) -> None:
        """Write the file."""
        if self._is_open:
            self._pdf.showPage()
        self._pdf.save()

    def text(
        self, x: float, y: float, value: str, size: float, face: Face = Face.SONG, color: tuple[float, ...] = BLACK
    ) -> float:
        """One line with its baseline at `y`, starting at `x`; returns where it ends."""
        drawing = self._pdf.beginText(x, self._height - y)
        drawing.setFillColorRGB(*color)
        for chosen, piece in typeface.runs(typeface.prepare(value).replace("\n", " "), face):
            drawing.setFont(chosen.value, size)
            drawing.textOut(piece)
        self._pdf.drawText(drawing)
        return float(drawing.getX())

    def line_of_text(
        self,
        x: float,
        y: float,
        width: float,
        value: str,
        size: float,
        face: Face = Face.SONG,
        align: Align = Align.LEFT,
    ) -> None:
        """One line inside [x, x + width), shrunk if it is too long."""
        value = typeface.prepare(value)
        taken = typeface.width(value, face, size)
        if taken > width > 0:
            size, taken = size * width / taken, width
        self.text(x + _indent(align, width - taken), y, value, size, face)

    def box_text(
        self,
        box: tuple[float, float, float, float],
        lines: list[str],
        size: float,
        face: Face = Face.SONG,
        align: Align = Align.LEFT,
        color: tuple[float, ...] = BLACK,
        *,
        is_underlined: bool = False,
    ) -> None:
        """Lines (from `typeface.wrap`) centred top to bottom in `box` (left, top, right, bottom)."""
        left, top, right, bottom = box
        leading = size * LEADING
        y = (top + bottom) / 2 - len(lines) * leading / 2 + leading * 0.5 + size * 0.36
        for line in lines:
            wide = typeface.width(line, face, size)
            begin = left + _indent(align, right - left - wide)
            self.text(begin, y, line, size, face, color)
            if is_underlined:
                self.line(begin, y + size * _UNDER, begin + wide, y + size * _UNDER)
            y += leading

    def line(self, x1: float, y1: float, x2: float, y2: float, weight: float = THIN) -> None:
        """A straight line."""
        self._pdf.setLineWidth(weight)
        self._pdf.line(x1, self._height - y1, x2, self._height - y2)

    def box(self, box: tuple[float, float, float, float], weight: float = THIN, fill: float | None = None) -> None:
        """A frame (left, top, right, bottom); `fill` is a grey from 0 to 1."""
        left, top, right, bottom = box
        self._pdf.setLineWidth(weight)
        if fill is not None:
            self._pdf.setFillGray(fill)
        self._pdf.rect(left, self._height - bottom, right - left, bottom - top, fill=int(fill is not None))
        self._pdf.setFillGray(0)

    def shape(
        self,
        points: Sequence[tuple[float, float]],
        *,
        ink: tuple[float, ...] = BLACK,
        fill: tuple[float, ...] | None = None,
        weight: float = THIN,
        dashes: tuple[float, ...] = (),
    ) -> None:
        """A closed line through `points`; `fill` is a colour."""
        path = self._pdf.beginPath()
        for place, (x, y) in enumerate(points):
            (path.lineTo if place else path.moveTo)(x, self._height - y)
        path.close()
        self._paint(path, ink, fill, weight, dashes)

    def disc(
        self,
        centre: tuple[float, float],
        radius: float,
        *,
        ink: tuple[float, ...] = BLACK,
        fill: tuple[float, ...] | None = None,
        weight: float = THIN,
    ) -> None:
        """A circle."""
        path = self._pdf.beginPath()
        path.circle(centre[0], self._height - centre[1], radius)
        self._paint(path, ink, fill, weight, ())

    def hatch(self, box: tuple[float, float, float, float], *, ink: tuple[float, ...], step: float, kind: str) -> None:
        """Lines or dots inside a box: "hatch" diagonals, "cross" a grid, "dots"."""
        left, top, right, bottom = box
        self._pdf.saveState()
        clip = self._pdf.beginPath()
        clip.rect(left, self._height - bottom, right - left, bottom - top)
        self._pdf.clipPath(clip, stroke=0, fill=0)
        self._pdf.setStrokeColorRGB(*ink)
        self._pdf.setFillColorRGB(*ink)
        self._pdf.setLineWidth(THIN * 1.6)
        for number in range(int((right - left + bottom - top) / step) + 2):
            x = left + number * step
            if kind == "hatch":
                self._pdf.line(x - (bottom - top), self._height - bottom, x, self._height - top)
            elif kind == "cross":
                self._pdf.line(x, self._height - bottom, x, self._height - top)
                y = self._height - top - number * step
                self._pdf.line(left, y, right, y)
            else:
                for down in range(int((bottom - top) / step) + 1):
                    y = self._height - top - (down + 0.5) * step
                    self._pdf.circle(x + (step / 2 if down % 2 else 0), y, step * 0.16, stroke=0, fill=1)
        self._pdf.restoreState()

    def _paint(
        self,
        path: Any,
        ink: tuple[float, ...],
        fill: tuple[float, ...] | None,
        weight: float,
        dashes: tuple[float, ...],
    ) -> None:
        self._pdf.saveState()
        self._pdf.setLineWidth(weight)
        self._pdf.setStrokeColorRGB(*ink)
        self._pdf.setDash(list(dashes) if dashes else [])
        if fill is not None:
            self._pdf.setFillColorRGB(*fill)
        self._pdf.drawPath(path, stroke=1, fill=int(fill is not None))
        self._pdf.restoreState()

    def digit_boxes(self, x: float, y: float, digits: str, size: float = 10.0, gap: float = 1.5) -> float:
        """A square for each character of `digits` (a blank leaves it empty), top at `y`; returns the right edge."""
        side = size * 1.25
        for digit in digits:
            self.box((x, y, x + side, y + side))
            if digit.strip():
                self.box_text((x, y, x + side, y + side), [digit], size, Face.HEI, Align.CENTER)
            x += side + gap
        return x - gap

    def tick_box(self, x: float, y: float, side: float, *, is_ticked: bool) -> None:
        """A square with its top left at (x, y), ticked by lines: the fonts have no ☑."""
        self.box((x, y, x + side, y + side))
        if is_ticked:
            self.line(x + side * 0.2, y + side * 0.5, x + side * 0.42, y + side * 0.75, side * 0.12)
            self.line(x + side * 0.42, y + side * 0.75, x + side * 0.82, y + side * 0.22, side * 0.12)


def fitting_size(value: str, face: Face, size: float, width: float) -> float:
    """`size`, or smaller where `value` would not fit on one line of `width`; never below `SMALLEST` of it."""
    taken = max((typeface.width(line, face, size) for line in value.split("\n")), default=0.0)
    return size if taken <= width or taken == 0 else max(size * width / taken, size * SMALLEST)


def _indent(align: Align, rest: float) -> float:
    if align is Align.RIGHT:
        return rest
    return rest / 2 if align is Align.CENTER else 0.0
