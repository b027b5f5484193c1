"""An official table on the screen, cell by cell as it will print: spans, two-line header, frozen header and columns.

Arrow keys move, Enter or a double click opens the people behind a number, hovering shows its definition, Ctrl+C
copies the cell.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from mhdesk.files import grid
from mhdesk.files.grid import Placed
from mhdesk.reports.model import Align, Cell, Sheet
from mhdesk.text import text
from ui import theme
from ui.tables import sheet_measures as measures
from ui.theme import ToneName

_ALIGN = {Align.LEFT: Qt.AlignmentFlag.AlignLeft, Align.CENTER: Qt.AlignmentFlag.AlignHCenter}
_TONES: dict[str, ToneName] = {"good": "good", "late": "late", "danger": "now"}
_MISSED = ("late", "danger")
_KEYS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class SheetView(QAbstractScrollArea):
    """One `Sheet`. Rows below the header scroll; the header and the first columns stay."""

    opened = Signal(object)  # the Cell that was double-clicked or entered; only cells with members

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheet: Sheet | None = None
        self._header: Sequence[Placed] = ()
        self._body: Sequence[Placed] = ()
        self._lefts: list[int] = [0]
        self._header_tops: list[int] = [0]
        self._tops: list[int] = [0]  # of the body's rows, below the header
        self._frozen = 0
        self._at = (0, 0)
        self._where: dict[tuple[int, int], Placed] = {}
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(self.viewport().update)

    def show_sheet(self, sheet: Sheet) -> None:
        """Show another table from its top left cell; the same table read anew stays where it is."""
        is_same = self._sheet is not None and self._sheet.name == sheet.name
        self._sheet = sheet
        self._header = list(grid.place(sheet.header, len(sheet.columns)))
        self._body = list(grid.place(sheet.rows, len(sheet.columns)))
        self._frozen = min(sheet.frozen_columns, len(sheet.columns))
        self._where = {position: block for block in self._body for position in grid.positions_of(block)}
        if not is_same or self._at not in self._where:
            self._at = (0, 0)
        self.setAccessibleName(sheet.title)
        self._set_ranges()
        if not is_same:
            self.horizontalScrollBar().setValue(0)
            self.verticalScrollBar().setValue(0)
        self._describe()
        self.viewport().update()

    def current(self) -> Cell | None:
        """The cell with the frame around it."""
        block = self._where.get(self._at)
        return block.cell if block else None

    def go_to(self, row: int, column: int) -> None:
        """Frame another cell and bring it into sight."""
        self._at = (row, column)
        self._bring_into_sight()
        self._describe()
        self.viewport().update()

    def sizeHint(self) -> QSize:
        """As much as there is room for."""
        return QSize(theme.current().em(40), theme.current().em(20))

    # ---- measures

    def _header_height(self) -> int:
        return self._header_tops[-1]

    def _frozen_width(self) -> int:
        return self._lefts[self._frozen]

    def _set_ranges(self) -> None:
        sheet = self._sheet
        if sheet is None:
            return
        room = self.viewport().size()
        self._lefts = measures.column_lefts(sheet, self._body, room.width(), self._header)
        self._header_tops = measures.header_tops(sheet, self._header, self._lefts)
        self._tops = measures.body_tops(sheet, self._body, self._lefts)
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setRange(0, max(0, self._lefts[-1] - room.width() + 1))
        across.setPageStep(room.width())
        across.setSingleStep(theme.current().em(2))
        height = self._header_height() + self._tops[-1]
        down.setRange(0, max(0, height - room.height() + 1))
        down.setPageStep(max(1, room.height() - self._header_height()))
        down.setSingleStep(theme.current().size("touch"))

    def _rect(self, block: Placed, *, in_header: bool) -> QRect:
        """Where a block is drawn, with both scroll positions taken in."""
        shift = 0 if block.column < self._frozen else self.horizontalScrollBar().value()
        left, right = self._lefts[block.column] - shift, self._lefts[block.column_end] - shift
        tops = self._header_tops if in_header else self._tops
        offset = 0 if in_header else self._header_height() - self.verticalScrollBar().value()
        top, bottom = tops[block.row] + offset, tops[block.row_end] + offset
        return QRect(left, top, right - left, bottom - top)

    # ---- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Body, then what stays above it: frozen columns, header, the corner."""
        if self._sheet is None:
            return
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.current().colour("card"))
        room = self.viewport().rect()
        frozen, top = self._frozen_width(), self._header_height()
        for in_header, is_frozen in ((False, False), (False, True), (True, False), (True, True)):
            left = 0 if is_frozen else frozen
            right = frozen if is_frozen else room.width()
            clip = QRect(left, 0 if in_header else top, right - left, top if in_header else room.height() - top)
            painter.setClipRect(clip)
            painter.fillRect(clip, theme.current().colour("zebra" if in_header else "card"))
            for block in self._header if in_header else self._body:
                if (block.column < self._frozen) == is_frozen:
                    rect = self._rect(block, in_header=in_header)
                    if rect.intersects(clip):
                        self._draw(painter, block, rect, in_header=in_header)
        painter.setClipping(False)
        painter.setPen(theme.current().colour("field_line"))
        painter.drawLine(0, top, min(self._lefts[-1], room.width()), top)

    def _draw(self, painter: QPainter, block: Placed, rect: QRect, *, in_header: bool) -> None:
        now = theme.current()
        sheet = self._sheet
        if sheet is None:
            return
        cell, column = block.cell, sheet.columns[block.column]
        is_total = not in_header and block.row in sheet.total_rows
        if is_total:
            painter.fillRect(rect, now.colour("zebra"))
        if cell.tone in _TONES:
            painter.fillRect(rect.adjusted(1, 1, -1, -1), now.colour(f"{_TONES[cell.tone]}_soft"))
        painter.setPen(QPen(now.colour("line"), 1))
        painter.drawRect(rect.adjusted(-1, -1, -1, -1))
        words = measures.words_of(sheet, block) if cell.value is not None or not in_header else ""
        ink = f"{_TONES[cell.tone]}_ink" if cell.tone in _TONES else "ink"
        painter.setPen(now.colour("quiet" if in_header else ink))
        inner = rect.adjusted(measures.padding(), 0, -measures.padding(), 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        if in_header:
            font = now.heading_font(words, "small")
            painter.setFont(font)
            lines = measures.balanced(words, font, inner.width())
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignHCenter | middle), "\n".join(lines))
        else:
            font = measures.body_font(sheet, block, words)
            if cell.tone in _MISSED:
                font = QFont(font)
                font.setUnderline(True)  # as on paper: never colour alone
            painter.setFont(font)
            align = _ALIGN.get(grid.align_of(cell, column), Qt.AlignmentFlag.AlignRight)
            lines = measures.lines_of(words, font, inner.width()) if measures.is_wrapped(block) else [words]
            painter.drawText(inner, int(align | middle), "\n".join(lines))
            if self._where.get(self._at) is block and self.hasFocus():
                painter.setPen(QPen(now.colour("brand"), now.scaled(2)))
                painter.drawRect(rect.adjusted(0, 0, -2, -2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the scroll bars."""
        super().resizeEvent(event)
        self._set_ranges()

    # ---- using

    def _block_at(self, point: QPoint) -> tuple[Placed | None, bool]:
        """The block under a point, and whether it is in the header."""
        in_header = point.y() < self._header_height()
        x = point.x() if point.x() < self._frozen_width() else point.x() + self.horizontalScrollBar().value()
        column = bisect_right(self._lefts, x) - 1
        if in_header:
            row = bisect_right(self._header_tops, point.y()) - 1
            spot = (row, column)
            found = next((block for block in self._header if spot in set(grid.positions_of(block))), None)
            return found, True
        below = point.y() - self._header_height() + self.verticalScrollBar().value()
        row = bisect_right(self._tops, below) - 1
        return self._where.get((row, column)), False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Frame the cell."""
        block, in_header = self._block_at(event.position().toPoint())
        if block is not None and not in_header:
            self._at = (block.row, block.column)
            self._describe()
            self.viewport().update()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over what can be opened."""
        block, in_header = self._block_at(event.position().toPoint())
        opens = block is not None and not in_header and bool(block.cell.members)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the people behind the number."""
        block, in_header = self._block_at(event.position().toPoint())
        if block is not None and not in_header:
            self._open(block.cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, open, copy."""
        step = _KEYS.get(Qt.Key(event.key())) if event.key() in {int(key) for key in _KEYS} else None
        if step is not None and self._sheet is not None:
            self._move(*step)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            cell = self.current()
            if cell is not None:
                self._open(cell)
        elif event.key() == Qt.Key.Key_C and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._copy()
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Show what a number means."""
        if isinstance(event, QHelpEvent):
            block, _ = self._block_at(event.pos())
            QToolTip.showText(event.globalPos(), block.cell.hint if block else "", self.viewport())
            return True
        return super().viewportEvent(event)

    def _describe(self) -> None:
        """Tell a screen reader what the framed cell says."""
        block = self._where.get(self._at)
        if block is None or self._sheet is None:
            return
        unit = self._where.get((block.row, 0))
        parts = [measures.words_of(self._sheet, one) for one in dict.fromkeys((unit, block)) if one is not None]
        title = block.cell.hint.partition("\n")[0]
        self.setAccessibleDescription(text("sheet.cell", words=" ".join(parts), title=title))

    def _open(self, cell: Cell) -> None:
        if cell.members is not None:
            self.opened.emit(cell)

    def _copy(self) -> None:
        block = self._where.get(self._at)
        if block is not None and self._sheet is not None:
            form = grid.format_of(block.cell, self._sheet.columns[block.column])
            QGuiApplication.clipboard().setText(grid.printed(block.cell.value, form))

    def _move(self, down: int, across: int) -> None:
        if self._sheet is None:
            return
        block = self._where.get(self._at)
        row, column = self._at
        if block is not None:
            row = block.row_end if down > 0 else block.row - 1 if down < 0 else row
            column = block.column_end if across > 0 else block.column - 1 if across < 0 else column
        row = min(max(row, 0), len(self._sheet.rows) - 1)
        column = min(max(column, 0), len(self._sheet.columns) - 1)
        self.go_to(row, column)

    def _bring_into_sight(self) -> None:
        block = self._where.get(self._at)
        if block is None:
            return
        rect = self._rect(block, in_header=False)
        room = self.viewport().rect()
        down, across = self.verticalScrollBar(), self.horizontalScrollBar()
        if rect.top() < self._header_height():
            down.setValue(down.value() - (self._header_height() - rect.top()))
        elif rect.bottom() > room.height():
            down.setValue(down.value() + rect.bottom() - room.height() + 1)
        if block.column >= self._frozen:
            if rect.left() < self._frozen_width():
                across.setValue(across.value() - (self._frozen_width() - rect.left()))
            elif rect.right() > room.width():
                across.setValue(across.value() + rect.right() - room.width() + 1)
