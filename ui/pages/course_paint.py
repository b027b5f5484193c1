"""How the things of 用药时间图 are painted: areas with their patterns, marks with their shapes and signs."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from mhdesk.reports import course
from mhdesk.reports.course import Look, Pattern, Shape
from ui import theme

_BRUSHES = {
    Pattern.SOLID: Qt.BrushStyle.SolidPattern,
    Pattern.HATCH: Qt.BrushStyle.BDiagPattern,
    Pattern.EMPTY: Qt.BrushStyle.NoBrush,
    Pattern.DOTS: Qt.BrushStyle.Dense6Pattern,
    Pattern.CROSS: Qt.BrushStyle.CrossPattern,
    Pattern.DASHES: Qt.BrushStyle.NoBrush,
}
_TRIANGLES = frozenset({Shape.TRIANGLE, Shape.OPEN_TRIANGLE, Shape.DASHED_TRIANGLE})
_OPEN = frozenset({Shape.RING, Shape.OPEN_TRIANGLE, Shape.DASHED_TRIANGLE})


def paint_area(painter: QPainter, box: QRectF, look: Look) -> None:
    """A stretch of time, in its colour and pattern."""
    now = theme.current()
    ink = now.colour(f"{look.tone}_ink")
    weight = now.scaled(2) if look.pattern is Pattern.EMPTY else now.scaled(1)
    painter.setPen(QPen(ink, weight, Qt.PenStyle.DashLine if look.pattern is Pattern.DASHES else Qt.PenStyle.SolidLine))
    painter.setBrush(QBrush(ink, _BRUSHES[look.pattern]))
    half = weight / 2
    painter.drawRect(box.adjusted(half, half, -half, -half))


def paint_mark(painter: QPainter, centre: QPointF, radius: float, look: Look, sign: str) -> None:
    """Something that happened on a day."""
    now = theme.current()
    ink, card = now.colour(f"{look.tone}_ink"), now.colour("card")
    pen = QPen(ink, now.scaled(2))
    if look.shape is Shape.DASHED_TRIANGLE:
        pen.setStyle(Qt.PenStyle.DotLine)
    painter.setPen(pen)
    painter.setBrush(card if look.shape in _OPEN else ink)
    box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
    if look.shape is Shape.TICK:
        painter.drawLine(QPointF(centre.x(), centre.y() - radius), QPointF(centre.x(), centre.y() + radius))
        return
    if look.shape in _TRIANGLES:
        painter.drawPolygon(_triangle(centre, radius))
    elif look.shape is Shape.DIAMOND:
        painter.drawPolygon(_diamond(centre, radius * 1.2))
    elif look.shape is Shape.BOX:
        painter.drawRect(box)
    else:
        painter.drawEllipse(box)
    if sign:
        _paint_sign(painter, box, look, sign, ink if look.shape in _OPEN else card)


def _paint_sign(painter: QPainter, box: QRectF, look: Look, sign: str, colour: QColor) -> None:
    font = theme.current().font("small", bold=True)
    font.setPixelSize(max(math.floor(box.height() * 0.72), 8))
    painter.setFont(font)
    painter.setPen(colour)
    if look.shape in _TRIANGLES:  # its room is at the top
        box = box.translated(0, -box.height() * 0.16)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, sign)


def _triangle(centre: QPointF, radius: float) -> QPolygonF:
    """Pointing down, like a needle."""
    x, y = centre.x(), centre.y()
    return QPolygonF([QPointF(x - radius, y - radius), QPointF(x + radius, y - radius), QPointF(x, y + radius)])


def _diamond(centre: QPointF, radius: float) -> QPolygonF:
    x, y = centre.x(), centre.y()
    corners = ((0, -radius), (radius, 0), (0, radius), (-radius, 0))
    return QPolygonF([QPointF(x + right, y + down) for right, down in corners])


class Swatch(QWidget):
    """A kind as it looks in the picture, for the legend."""

    def __init__(self, kind: str, sign: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind, self._sign = kind, sign
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """An area is wider than a mark."""
        side = theme.current().size("icon")
        return QSize(round(side * 1.5) if self._is_area else side, side)

    @property
    def _is_area(self) -> bool:
        return self._kind in (*course.STATES, "covered")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it as the picture does."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = course.LOOKS[self._kind]
        box = QRectF(self.rect())
        if self._is_area:
            inset = box.height() * (0.36 if self._kind == "covered" else 0.14)
            paint_area(painter, box.adjusted(0, inset, 0, -inset), look)
        else:
            paint_mark(painter, box.center(), box.height() * 0.4, look, self._sign)
        painter.end()
