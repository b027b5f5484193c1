"""Draws the cells: zebra, one thin line a row, chips on soft colours, … with the whole text in the tip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip

from ui import theme

if TYPE_CHECKING:
    from ui.tables.column import Column
    from ui.tables.model import PagedModel

_Index = QModelIndex | QPersistentModelIndex


class CellDelegate(QStyledItemDelegate):
    """Paints every cell of a `DataTable`. Colours and fonts are looked up once."""

    def __init__(self, parent: QAbstractItemView) -> None:
        super().__init__(parent)
        now = theme.current()
        self._gap = now.size("column_gap")
        self._chip_height = now.size("chip")
        self._chip_gap = now.space(1)
        self._mark = now.scaled(3)
        self._font, self._chip_font = now.font(), now.font("small")
        self._metrics, self._chip_metrics = QFontMetrics(self._font), QFontMetrics(self._chip_font)
        self._colours = {name: now.colour(name) for name in now.tokens() if name in _PAINTED or name.endswith(_TONES)}

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one cell."""
        model = cast("PagedModel", index.model())
        column = model.columns[index.column()]
        rect: QRect = _field(option, "rect")
        painter.save()
        self._paint_ground(painter, rect, option, index)
        row = model.row_at(index.row())
        inside = rect.adjusted(self._gap, 0, -self._gap, 0)
        if row is None:
            self._paint_waiting(painter, inside)
        elif column.chips is not None:
            self._paint_chips(painter, inside, column, row)
        else:
            self._paint_text(painter, inside, column, row)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Rows have one height."""
        return QSize(0, theme.current().size("row"))

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        """Show the whole text where it was cut."""
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        words = str(index.data() or "")
        room = view.visualRect(index).width() - 2 * self._gap
        QToolTip.showText(event.globalPos(), words if self.wanted_width(index) > room else "", view)
        return True

    def wanted_width(self, index: _Index) -> int:
        """The width a cell's content needs, without the gaps."""
        model = cast("PagedModel", index.model())
        row = model.row_at(index.row())
        if row is None:
            return 0
        column = model.columns[index.column()]
        if column.chips is None:
            return QFontMetrics(self._font_of(column, column.text_of(row))).horizontalAdvance(column.text_of(row))
        return sum(self._chip_width(chip.label) + self._chip_gap for chip in column.chips(row))

    def _paint_ground(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, index: _Index) -> None:
        state: QStyle.StateFlag = _field(option, "state")
        resting = "zebra" if index.row() % 2 else "card"
        ground = "brand_soft" if state & QStyle.StateFlag.State_Selected else resting
        painter.fillRect(rect, self._colours[ground])
        painter.setPen(QPen(self._colours["grid"], 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        view = cast("QAbstractItemView", self.parent())
        if view.hasFocus() and index.row() == view.currentIndex().row() and rect.left() <= 0:
            painter.fillRect(QRect(rect.left(), rect.top(), self._mark, rect.height()), self._colours["brand"])

    def _paint_waiting(self, painter: QPainter, rect: QRect) -> None:
        height = self._metrics.xHeight()
        bar = QRectF(rect.left(), rect.center().y() - height / 2, max(rect.width() * 0.6, 0), height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colours["track"])
        painter.drawRoundedRect(bar, height / 2, height / 2)

    def _paint_text(self, painter: QPainter, rect: QRect, column: Column, row: Any) -> None:
        words = column.text_of(row)
        if not words:
            return
        tone = column.tone(row) if column.tone is not None else None
        font = self._font_of(column, words)
        metrics = self._metrics if font is self._font else QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(self._colours[f"{tone}_ink"] if tone is not None else self._colours["ink"])
        side = Qt.AlignmentFlag.AlignRight if column.kind == "number" else Qt.AlignmentFlag.AlignLeft
        shown = metrics.elidedText(words.replace("\n", " "), Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)

    def _paint_chips(self, painter: QPainter, rect: QRect, column: Column, row: Any) -> None:
        if column.chips is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._chip_font)
        left, top = rect.left(), rect.center().y() - self._chip_height / 2 + 0.5
        for chip in column.chips(row):
            width = min(self._chip_width(chip.label), rect.right() - left + 1)
            if width < self._chip_height:
                break
            box = QRectF(left, top, width, self._chip_height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colours[f"{chip.tone}_soft"])
            painter.drawRoundedRect(box, self._chip_height / 2, self._chip_height / 2)
            painter.setPen(self._colours[f"{chip.tone}_ink"])
            room = width - 2 * self._gap
            shown = self._chip_metrics.elidedText(chip.label, Qt.TextElideMode.ElideRight, round(room) + 1)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)
            left += width + self._chip_gap

    def _chip_width(self, words: str) -> int:
        return self._chip_metrics.horizontalAdvance(words) + 2 * self._gap

    def _font_of(self, column: Column, words: str) -> QFont:
        return theme.current().heading_font(words, "body") if column.is_bold else self._font


_PAINTED = ("brand", "brand_soft", "card", "grid", "ink", "quiet", "track", "zebra")
_TONES = ("_ink", "_soft")


def _field(option: QStyleOptionViewItem, name: str) -> Any:
    """A field of a style option; PySide's stubs do not name them."""
    return getattr(option, name)
