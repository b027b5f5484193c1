"""Lines of widgets: side by side, below each other, wrapping; a line across; a body that scrolls."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QLayoutItem, QScrollArea, QVBoxLayout, QWidget

from ui import theme


def row(*parts: QWidget | None, space: int = 2) -> QHBoxLayout:
    """Widgets side by side; None is a stretch."""
    made = QHBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(theme.current().space(space))
    for part in parts:
        if part is None:
            made.addStretch(1)
        else:
            made.addWidget(part)
    return made


def column(*parts: QWidget | None, space: int = 2) -> QVBoxLayout:
    """Widgets below each other; None is a stretch."""
    made = QVBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(theme.current().space(space))
    for part in parts:
        if part is None:
            made.addStretch(1)
        else:
            made.addWidget(part)
    return made


def clear(lines: QLayout, *, keep: int = 0) -> None:
    """Take what a layout holds out of it and away, but for the first `keep` items."""
    while (item := lines.takeAt(keep)) is not None:
        inner, widget = item.layout(), item.widget()
        if inner is not None:
            clear(inner)
            inner.deleteLater()
        elif widget is not None:
            widget.setParent(None)
            widget.deleteLater()


class FlowLayout(QLayout):
    """Widgets side by side, on more lines where the width is not enough; lines start left or, if told, end right."""

    def __init__(self, space: int = 2, *, is_right: bool = False) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._is_right = is_right
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(theme.current().space(space))

    def addItem(self, item: QLayoutItem) -> None:
        """Add at the end."""
        self._items.append(item)

    def insert_widget(self, place: int, widget: QWidget) -> None:
        """Add in front of the item at `place`."""
        self.addWidget(widget)
        self._items.insert(place, self._items.pop())
        self.invalidate()

    def count(self) -> int:
        """How many."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """One of them."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take one out."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """None: it takes the width it is given."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """More lines when narrow."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of all lines."""
        return self._arrange(QRect(0, 0, width, 0), is_trial=True)

    def sizeHint(self) -> QSize:
        """Room for one line."""
        hints = [item.sizeHint() for item in self._items if not item.isEmpty()]
        width = sum(hint.width() for hint in hints) + self.spacing() * max(len(hints) - 1, 0)
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def minimumSize(self) -> QSize:
        """Room for the widest one."""
        hints = [item.minimumSize().expandedTo(item.sizeHint()) for item in self._items]
        widest = max((hint.width() for hint in hints), default=0)
        return QSize(widest, max((hint.height() for hint in hints), default=0))

    def setGeometry(self, rect: QRect) -> None:
        """Put everything in its place."""
        super().setGeometry(rect)
        self._arrange(rect, is_trial=False)

    def _arrange(self, rect: QRect, *, is_trial: bool) -> int:
        top = rect.top()
        for line in self._lines(rect.width()):
            hints = [item.sizeHint() for item in line]
            used = sum(hint.width() for hint in hints) + self.spacing() * (len(line) - 1)
            left = rect.left() + (max(0, rect.width() - used) if self._is_right else 0)
            height = max(hint.height() for hint in hints)
            for item, hint in zip(line, hints, strict=True):
                if not is_trial:
                    middle = top + (height - hint.height()) // 2
                    item.setGeometry(QRect(left, middle, min(hint.width(), rect.width()), hint.height()))
                left += hint.width() + self.spacing()
            top += height + self.spacing()
        return max(top - self.spacing(), rect.top()) - rect.top()

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        """The items of each line; hidden ones take no room."""
        lines: list[list[QLayoutItem]] = []
        used = 0
        for item in self._items:
            if item.isEmpty():
                continue
            wanted = item.sizeHint().width()
            if not lines or used + self.spacing() + wanted > width:
                lines.append([item])
                used = wanted
            else:
                lines[-1].append(item)
                used += self.spacing() + wanted
        return lines


class Beside(QWidget):
    """A page's main part with a side panel at its right; where the width is not enough, the panel stands below.

    Side by side each scrolls by itself. Below each other the whole scrolls, and the main part leaves the head of the
    panel in sight, so that nobody overlooks it.
    """

    def __init__(
        self, main: QWidget, *side: QWidget, main_em: float = 34, is_side_first: bool = False, is_long: bool = False
    ) -> None:
        """`main_em`: the least width of `main` in characters. `is_long`: it is content to scroll, not a table."""
        super().__init__()
        now = theme.current()
        self._is_long = is_long
        self._main = main
        self._main_panel = ScrollBody()
        self._side_first = is_side_first
        self._least = now.em(main_em) + now.size("side_panel") + now.space(3)
        self._side = QWidget()
        self._side.setObjectName("scroll_body")
        self._side.setLayout(column(*side, None, space=3))
        self._panel = ScrollBody()
        self._panel.setFixedWidth(now.size("side_panel") + now.space(3))  # the scroll bar has its own place
        self._whole = ScrollBody()
        self._line = row(space=3)
        self.setLayout(self._line)
        self.is_narrow: bool | None = None
        self._arrange(is_narrow=False)

    def _arrange(self, *, is_narrow: bool) -> None:
        if is_narrow == self.is_narrow:
            return
        self.is_narrow = is_narrow
        for part in (self._panel, self._whole, self._main, self._main_panel):
            self._line.removeWidget(part)
        first, second = (self._side, self._main) if self._side_first else (self._main, self._side)
        if is_narrow:
            self._panel.hide()
            self._main_panel.hide()
            self._whole.body.addWidget(first)
            self._whole.body.addWidget(second)
            self._line.addWidget(self._whole, 1)
            self._whole.show()
            return
        self._whole.hide()
        self._main.setMinimumHeight(0)
        self._panel.body.addWidget(self._side)
        shown: QWidget = self._main
        if self._is_long:
            self._main_panel.body.addWidget(self._main)
            shown = self._main_panel
        for part in (self._panel, shown) if self._side_first else (shown, self._panel):
            self._line.addWidget(part, 0 if part is self._panel else 1)
            part.show()

    def minimumSizeHint(self) -> QSize:
        """It adapts: narrower than both parts side by side is no hindrance."""
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side or below each other."""
        super().resizeEvent(event)
        self._arrange(is_narrow=self.width() < self._least)
        if self.is_narrow and not self._is_long:
            now = theme.current()
            self._main.setMinimumHeight(max(now.em(18), self.height() - now.size("row") * 2))


def rule() -> QFrame:
    """A thin line across."""
    made = QFrame()
    made.setObjectName("rule")
    return made


class _Yielding(QWidget):
    """Content that takes the room there is, and wants no more than its least height."""

    def heightForWidth(self, width: int) -> int:
        """The least height. (A scroll area would take the preferred one where anything inside wraps.)"""
        layout = self.layout()
        return layout.totalMinimumHeightForWidth(width) if layout is not None else -1


class ScrollBody(QScrollArea):
    """A page's content that may be longer than the window. Add to `body`.

    `is_yielding`: what is inside scrolls by itself (tables), so this one only scrolls where not even that has room.
    """

    def __init__(self, parent: QWidget | None = None, *, is_yielding: bool = False) -> None:
        super().__init__(parent)
        inside = _Yielding() if is_yielding else QWidget()
        inside.setObjectName("scroll_body")
        self.body = QVBoxLayout(inside)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(theme.current().space(3))
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
