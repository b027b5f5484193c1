"""A small line over days with the level it should reach: dots with their values, readable without colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui import theme

_WIDTH_EM = 44
_HEIGHT_EM = 15
_ROOM = 0.12  # above and below the line, as a share of its height


class Dot(NamedTuple):
    """A value: where it stands, what stands below and above it."""

    value: float
    below: str
    above: str


class TrendLine(QWidget):
    """The line. `level`: what is to be reached, drawn as a broken line; None: none."""

    def __init__(self, dots: Sequence[Dot], level: float | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dots, self._level = dots, level
        self.setMinimumSize(self.sizeHint())
        self.setAccessibleName("，".join(f"{one.below} {one.above}" for one in dots))

    def sizeHint(self) -> QSize:
        """Wide enough for a year's months."""
        now = theme.current()
        return QSize(now.em(_WIDTH_EM), now.em(_HEIGHT_EM))

    def _range(self) -> tuple[float, float]:
        values = [one.value for one in self._dots] + ([] if self._level is None else [self._level])
        low, high = min(values), max(values)
        if low == high:  # a level line stands in the middle
            low, high = low - abs(low or 1) / 2, high + abs(high or 1) / 2
        return low, high

    def _area(self) -> QRectF:
        """Where the line is drawn: under it stand the days, above each dot its value."""
        now = theme.current()
        line = QFontMetrics(now.font("small")).height()
        side = now.em(3.2)
        return QRectF(side, line + now.space(2), self.width() - 2 * side, self.height() - 2 * line - now.space(5))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw."""
        if not self._dots:
            return
        now, area = theme.current(), self._area()
        low, high = self._range()
        margin = area.height() * _ROOM

        def height(value: float) -> float:
            return area.bottom() - margin - (value - low) / (high - low) * (area.height() - 2 * margin)

        step = area.width() / max(1, len(self._dots) - 1)
        places = [QPointF(area.left() + place * step, height(one.value)) for place, one in enumerate(self._dots)]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(now.font("small"))
        if self._level is not None:
            painter.setPen(QPen(now.colour("quiet"), now.scaled(1), Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), height(self._level)), QPointF(area.right(), height(self._level)))
        painter.setPen(QPen(now.colour("brand"), now.scaled(2)))
        painter.drawPolyline(places)
        painter.setBrush(now.colour("brand"))
        for place in places:
            painter.drawEllipse(place, now.scaled(3), now.scaled(3))
        self._write_all(painter, places, area)
        painter.end()

    def _write_all(self, painter: QPainter, places: Sequence[QPointF], area: QRectF) -> None:
        """Days below, values above; where they would touch, every second (third …) is left out, never the last."""
        now = theme.current()
        metrics = QFontMetrics(now.font("small"))
        widest = max(metrics.horizontalAdvance(words) for one in self._dots for words in (one.above, one.below))
        step = area.width() / max(1, len(self._dots) - 1)
        every = max(1, -(-(widest + now.space(2)) // max(1, round(step))))
        last = len(self._dots) - 1
        for place, one in enumerate(self._dots):
            if (last - place) % every:
                continue
            painter.setPen(now.colour("ink"))
            self._write(painter, places[place], one.above, is_above=True)
            painter.setPen(now.colour("quiet"))
            self._write(painter, QPointF(places[place].x(), area.bottom()), one.below, is_above=False)

    def _write(self, painter: QPainter, at: QPointF, words: str, *, is_above: bool) -> None:
        metrics = painter.fontMetrics()
        width, gap = metrics.horizontalAdvance(words), theme.current().space(1)
        left = min(max(0.0, at.x() - width / 2), self.width() - width)
        base = at.y() - gap - metrics.descent() - 2 if is_above else at.y() + gap + metrics.ascent()
        painter.drawText(QPointF(left, base), words)
