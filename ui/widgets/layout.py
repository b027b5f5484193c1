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


class FlowLayout(QLayout):
    """Widgets side by side, on more lines where the width is not enough."""

    def __init__(self, space: int = 2) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(theme.current().space(space))

    def addItem(self, item: QLayoutItem) -> None:
        """Add at the end."""
        self._items.append(item)

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
        hints = [item.sizeHint() for item in self._items]
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
        left, top, line_height = rect.left(), rect.top(), 0
        for item in self._items:
            hint = item.sizeHint()
            if left > rect.left() and left + hint.width() > rect.right() + 1:
                left, top = rect.left(), top + line_height + self.spacing()
                line_height = 0
            if not is_trial:
                item.setGeometry(QRect(left, top, min(hint.width(), rect.width()), hint.height()))
            left += hint.width() + self.spacing()
            line_height = max(line_height, hint.height())
        return top + line_height - rect.top()


class Beside(QWidget):
    """A page's main part with a side panel at its right; where the width is not enough, the panel stands below.

    Side by side each scrolls by itself. Below each other the whole scrolls, and the main part leaves the head of the
    panel in sight, so that nobody overlooks it.
    """

    def __init__(self, main: QWidget, *side: QWidget, main_em: float = 34, is_side_first: bool = False) -> None:
        super().__init__()
        now = theme.current()
        self._main = main
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
        for part in (self._panel, self._whole, self._main):
            self._line.removeWidget(part)
        first, second = (self._side, self._main) if self._side_first else (self._main, self._side)
        if is_narrow:
            self._panel.hide()
            self._whole.body.addWidget(first)
            self._whole.body.addWidget(second)
            self._line.addWidget(self._whole, 1)
            self._whole.show()
            return
        self._whole.hide()
        self._main.setMinimumHeight(0)
        self._panel.body.addWidget(self._side)
        for part in (self._panel, self._main) if self._side_first else (self._main, self._panel):
            self._line.addWidget(part, 0 if part is self._panel else 1)
        self._main.show()
        self._panel.show()

    def minimumSizeHint(self) -> QSize:
        """It adapts: narrower than both parts side by side is no hindrance."""
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side or below each other."""
        super().resizeEvent(event)
        self._arrange(is_narrow=self.width() < self._least)
        if self.is_narrow:
            now = theme.current()
            self._main.setMinimumHeight(max(now.em(18), self.height() - now.size("row") * 2))


def rule() -> QFrame:
    """A thin line across."""
    made = QFrame()
    made.setObjectName("rule")
    return made


class ScrollBody(QScrollArea):
    """A page's content that may be longer than the window. Add to `body`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        inside = QWidget()
        inside.setObjectName("scroll_body")
        self.body = QVBoxLayout(inside)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(theme.current().space(3))
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
