"""A card of the form that folds: its title, a quiet word, its rows."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mhdesk.text import text
from ui import icons, theme
from ui.widgets import Card, IconButton


class FoldCard(Card):
    """A card whose rows can be put away. `folded` tells that it was folded or unfolded by hand."""

    folded = Signal(bool)

    def __init__(self, title: str, note: str = "", *, is_folded: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(title, note, parent)
        now = theme.current()
        self._rows = QWidget()
        self.rows = QVBoxLayout(self._rows)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(0)
        self.body.setSpacing(now.space(1))
        self.body.setContentsMargins(now.space(4), now.space(2), now.space(4), now.space(2))
        self.body.addWidget(self._rows)
        self._chevron = IconButton("chevron-down", text("follow_up.fold"), self.toggle)
        self._chevron.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.head.add(self._chevron)
        self.set_folded(is_folded=is_folded)

    @property
    def is_folded(self) -> bool:
        """Whether the rows are put away."""
        return self._rows.isHidden()

    def set_folded(self, *, is_folded: bool) -> None:
        """Put the rows away or show them."""
        self._rows.setHidden(is_folded)
        self._chevron.setIcon(icons.icon("chevron-down" if is_folded else "chevron-up", "quiet", size="icon_small"))
        tip = text("follow_up.unfold" if is_folded else "follow_up.fold")
        self._chevron.setToolTip(tip)
        self._chevron.setAccessibleName(tip)

    def toggle(self) -> None:
        """Fold or unfold by hand."""
        self.set_folded(is_folded=not self.is_folded)
        self.folded.emit(self.is_folded)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the title line folds, too."""
        if event.position().y() <= self.head.geometry().bottom():
            self.toggle()
        else:
            super().mousePressEvent(event)
