"""Facts as names and values, two pairs on a line where there is room, one where there is not."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from ui import theme
from ui.widgets import label, restyle

#: A value wants at least so many characters beside its name.
_VALUE_EM = 9.0


class Pairs(QWidget):
    """`pairs` of name and value; values can be selected and copied. `menu_wanted`: the right button, on which pair."""

    menu_wanted = Signal(int, QPoint)

    def __init__(self, pairs: Sequence[tuple[str, str]], *, name_em: float = 8, most_sides: int = 1) -> None:
        super().__init__()
        now = theme.current()
        self._most_sides = most_sides
        self._name_width = now.em(name_em)
        self._least = now.em(name_em + _VALUE_EM) + now.space(3)
        self._sides = 0
        self._labels = [(label(name, "quiet", wrap=True), self._value(value)) for name, value in pairs]
        for place, pair in enumerate(self._labels):
            for part in pair:
                part.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
                part.customContextMenuRequested.connect(functools.partial(self._want_menu, place, part))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(now.space(3))
        self._grid.setVerticalSpacing(now.space(2))
        self._arrange(most_sides)

    def _want_menu(self, place: int, part: QLabel, where: QPoint) -> None:
        self.menu_wanted.emit(place, part.mapToGlobal(where))

    def mark(self, place: int, words: str) -> None:
        """Mark a pair as doubtful, with what the tip says."""
        name, value = self._labels[place]
        restyle(name, "role", "doubt")
        for part in (name, value):
            part.setToolTip(words)

    @staticmethod
    def _value(words: str) -> QLabel:
        made = label(words, "body", wrap=True)
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return made

    def _arrange(self, sides: int) -> None:
        if sides == self._sides:
            return
        self._sides = sides
        for name, value in self._labels:
            self._grid.removeWidget(name)
            self._grid.removeWidget(value)
        for side in range(self._most_sides):
            is_used = side < sides
            self._grid.setColumnMinimumWidth(side * 2, self._name_width if is_used else 0)
            self._grid.setColumnStretch(side * 2 + 1, 1 if is_used else 0)
        for place, (name, value) in enumerate(self._labels):
            line, side = divmod(place, sides)
            name.setFixedWidth(self._name_width)
            self._grid.addWidget(name, line, side * 2, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, line, side * 2 + 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many pairs on a line as there is room for."""
        super().resizeEvent(event)
        self._arrange(max(1, min(self._most_sides, self.width() // self._least)))
