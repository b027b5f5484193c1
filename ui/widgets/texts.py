"""Texts on a page: labels in their roles, headings, names of any length, chips."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui import theme
from ui.theme import TextRole, ToneName


class ChipText(NamedTuple):
    """A chip as data: its word and what the colour means."""

    label: str
    tone: ToneName = "plain"


def label(words: str = "", role: str = "body", *, wrap: bool = False) -> QLabel:
    """A text in a role of the style sheet: body, small, large, section, title, figure, quiet, quiet_small, problem.

    Its text is always shown as it is: never as rich text, so a name cannot format anything.
    """
    made = Heading(words) if role in {"section", "title", "figure"} else QLabel(words)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and let it look again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):  # else it has never looked yet
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class Heading(QLabel):
    """A label in bold, in regular weight where its text holds a character that the bold subset has not."""

    def __init__(self, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(words)

    def setText(self, words: str) -> None:
        """Show `words`."""
        restyle(self, "rare", "false" if theme.covers_bold(words) else "true")
        super().setText(words)


class ElidedLabel(QLabel):
    """A label for names of any length: cut with … where there is no room, the whole text in the tip."""

    def __init__(self, words: str = "", role: str = "body", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setText(words)

    def whole_text(self) -> str:
        """The text without any cut."""
        return self._whole

    def setText(self, words: str) -> None:
        """Show as much of `words` as there is room for."""
        self._whole = words
        self._elide()

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut anew."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width())
        super().setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")


class Chip(QLabel):
    """A word on a soft colour. The word says everything, the colour only helps the eye."""

    def __init__(self, words: str = "", tone: ToneName = "plain", parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setProperty("tone", tone)

    def show_chip(self, chip: ChipText | None) -> None:
        """Show another word and meaning; None hides the chip."""
        self.setVisible(chip is not None)
        if chip is not None:
            self.setText(chip.label)
            restyle(self, "tone", chip.tone)


def text_width(words: str, role: TextRole = "body") -> int:
    """How wide `words` is in a role."""
    return QFontMetrics(theme.current().font(role)).horizontalAdvance(words)
