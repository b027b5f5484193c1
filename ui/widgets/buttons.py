"""Buttons, and pills of which one is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QPushButton, QToolButton, QWidget

from ui import icons, theme
from ui.widgets.layout import FlowLayout


class _IconTextButton(QPushButton):
    """A button with a word, an icon and a hand."""

    _icon_colour = "ink"

    def __init__(self, words: str, icon_name: str | None = None, slot: Callable[[], object] | None = None,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(words, parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        if icon_name is not None:
            self.setIcon(icons.spaced_icon(icon_name, self._icon_colour))
            self.setIconSize(icons.spaced_size())
        if slot is not None:
            # `clicked` carries a truth value that no action wants
            self.clicked.connect(lambda _checked: slot())


class PlainButton(_IconTextButton):
    """Any action but the page's first."""


class PrimaryButton(_IconTextButton):
    """The one first action of a page, at the right."""

    _icon_colour = "on_brand"


class DangerButton(_IconTextButton):
    """An action that takes something away; only in dialogs that say what."""

    _icon_colour = "on_brand"


class LinkButton(_IconTextButton):
    """A word to click inside a sentence or a card."""

    _icon_colour = "brand"


class IconButton(QToolButton):
    """A small button with an icon only; its tip says what it does."""

    def __init__(self, icon_name: str, tip: str, slot: Callable[[], object] | None = None,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        now = theme.current()
        self.setIcon(icons.icon(icon_name, "quiet", active="brand", size="icon_small"))
        self.setIconSize(icons.icon_size("icon_small"))
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setMinimumSize(now.size("touch"), now.size("touch"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if slot is not None:
            # `clicked` carries a truth value that no action wants
            self.clicked.connect(lambda _checked: slot())


class ChoiceButton(QPushButton):
    """One of the pills of a `ChoiceBar`."""


class ChoiceBar(QWidget):
    """Pills of which one is chosen: saved lists with their counts, a period, a view."""

    chosen = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._words: dict[str, str] = {}
        self._buttons: dict[str, QAbstractButton] = {}
        self._line = FlowLayout()
        self.setLayout(self._line)
        for key, words in choices:
            self.add(key, words)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The chosen pill takes the keys."""
        super().focusInEvent(event)
        for button in self._buttons.values():
            if button.isChecked():
                button.setFocus(event.reason())

    def add(self, key: str, words: str) -> None:
        """Add a pill at the end; the first is chosen."""
        button = ChoiceButton(words)
        button.setCheckable(True)
        button.setAutoDefault(False)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setChecked(not self._buttons)
        button.clicked.connect(lambda: self._chosen(key))
        button.setFocusPolicy(Qt.FocusPolicy.ClickFocus if self._buttons else Qt.FocusPolicy.StrongFocus)
        self._group.addButton(button)
        self._words[key], self._buttons[key] = words, button
        self._line.addWidget(button)

    def remove(self, key: str) -> None:
        """Take a pill away; where it was chosen none is."""
        button = self._buttons.pop(key)
        del self._words[key]
        self._group.removeButton(button)
        self._line.removeWidget(button)
        button.hide()
        button.deleteLater()

    def key(self) -> str | None:
        """The chosen key; None while there are no pills."""
        return next((key for key, button in self._buttons.items() if button.isChecked()), None)

    def choose(self, key: str) -> None:
        """Choose without telling."""
        self._buttons[key].setChecked(True)
        # Tab stops at the chosen pill; arrows go to the others.
        for other, button in self._buttons.items():
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if other == key else Qt.FocusPolicy.ClickFocus)

    def _chosen(self, key: str) -> None:
        self.choose(key)
        self.chosen.emit(key)

    def set_count(self, key: str, count: int | None) -> None:
        """Show a number behind the word."""
        words = self._words[key]
        self._buttons[key].setText(words if count is None else f"{words}  {count}")
