"""The calendar of what was sent: one tile a period, its state in a word, arrows and Enter like any list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mhdesk.services.submissions import State, Tile
from mhdesk.text import text
from ui import theme
from ui.theme import ToneName

TONES: dict[State, ToneName] = {
    State.SENT: "good",
    State.LATE: "late",
    State.MISSING: "now",
    State.WAITING: "info",
    State.FREE: "plain",
    State.BEFORE: "plain",
}
_WIDTH_EM = 5.5
_HEIGHT_EM = 3.2


class TileGrid(QWidget):
    """Tiles from left to right. The chosen one has a frame."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: Sequence[Tile] = ()
        self._at = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(text("sent_page.calendar"))

    def show_tiles(self, tiles: Sequence[Tile], at: int) -> None:
        """Show a year; `at` is the chosen one, -1: none."""
        self._tiles, self._at = tiles, at
        self._describe()
        self.updateGeometry()
        self.update()

    def at(self) -> int:
        """The chosen tile, -1: none."""
        return self._at

    def choose(self, place: int) -> None:
        """Choose a tile and tell."""
        if 0 <= place < len(self._tiles):
            self._at = place
            self._describe()
            self.update()
            self.chosen.emit(place)

    # ---- measures

    def _size(self) -> QSize:
        now = theme.current()
        return QSize(now.em(_WIDTH_EM), now.em(_HEIGHT_EM))

    def _in_line(self, width: int) -> int:
        gap = theme.current().space(1)
        return max(1, (width + gap) // (self._size().width() + gap))

    def _rect(self, place: int) -> QRect:
        gap, size = theme.current().space(1), self._size()
        line, across = divmod(place, self._in_line(self.width()))
        return QRect(across * (size.width() + gap), line * (size.height() + gap), size.width(), size.height())

    def hasHeightForWidth(self) -> bool:
        """As many lines as the tiles need."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of all lines."""
        lines = -(-len(self._tiles) // self._in_line(width)) or 1
        gap = theme.current().space(1)
        return lines * (self._size().height() + gap) - gap

    def sizeHint(self) -> QSize:
        """A year of weeks."""
        return QSize(self._size().width() * 8, self.heightForWidth(self.width() or self._size().width() * 8))

    def minimumSizeHint(self) -> QSize:
        """All lines at the present width."""
        return QSize(self._size().width(), self.heightForWidth(self.width() or self._size().width() * 8))

    # ---- drawing and using

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Label above, state below."""
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, tile in enumerate(self._tiles):
            rect, tone = self._rect(place), TONES[tile.state]
            is_plain = tone == "plain"
            painter.setBrush(now.colour("card" if is_plain else f"{tone}_soft"))
            is_chosen = place == self._at
            painter.setPen(QPen(now.colour("brand" if is_chosen else "line"), now.scaled(2) if is_chosen else 1))
            painter.drawRoundedRect(rect.adjusted(1, 1, -2, -2), now.space(1), now.space(1))
            upper = QRect(rect.left(), rect.top(), rect.width(), rect.height() // 2)
            lower = QRect(rect.left(), upper.bottom(), rect.width(), rect.height() - upper.height())
            words = _short(tile)
            painter.setFont(now.font("small"))
            painter.setPen(now.colour("quiet"))
            painter.drawText(upper, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom), words)
            painter.setPen(now.colour("quiet" if is_plain else f"{tone}_ink"))
            state = text(f"reports.state.{tile.state}")
            painter.drawText(lower, int(Qt.AlignmentFlag.AlignCenter), state)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the tile under the mouse."""
        point = event.position().toPoint()
        for place in range(len(self._tiles)):
            if self._rect(place).contains(point):
                self.choose(place)
                return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move."""
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._in_line(self.width()),
            Qt.Key.Key_Down: self._in_line(self.width()),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.choose(max(0, min(len(self._tiles) - 1, self._at + step)))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The frame tells where the keys go."""
        super().focusInEvent(event)
        self.update()

    def _describe(self) -> None:
        if 0 <= self._at < len(self._tiles):
            tile = self._tiles[self._at]
            self.setAccessibleDescription(f"{tile.period.label} {text(f'reports.state.{tile.state}')}")


def _short(tile: Tile) -> str:
    """The tile's own words: 47周, 11月, 3季, 2026."""
    period = tile.period
    if period.kind == "weekly":
        return text("sent_page.short.weekly", number=period.label.split("第", 1)[-1].split("周", 1)[0])
    quarter = (period.start.month - 1) // 3 + 1
    return text(f"sent_page.short.{period.kind}", year=period.start.year, month=period.start.month, quarter=quarter)
