"""The words beside the boxes: each digit with what it means, the chosen ones in ink. A click chooses, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui import theme

_LEAST_CHARACTERS = 8


class CodeWord(NamedTuple):
    """One code: its digits, its word, and its definition for the tip."""

    digits: str
    word: str
    help: str = ""


class CodeWords(QWidget):
    """The codes of one item in a flowing line, then a quiet note."""

    chosen = Signal(str)

    def __init__(self, words: Sequence[CodeWord], note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._note = note
        self._chosen: frozenset[str] = frozenset()
        self._is_closed = False
        self._places: list[QRect] = []
        now = theme.current()
        #: Height of one line of words.
        self.line_height = now.size("icon") + now.space(1)
        self._has_help = any(word.help for word in words)
        self.setMinimumWidth(now.em(_LEAST_CHARACTERS))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("，".join(f"{word.digits} {word.word}" for word in words))
        self._flow()

    def mark_chosen(self, digits: Sequence[str]) -> None:
        """Draw these in ink."""
        if self._chosen != frozenset(digits):
            self._chosen = frozenset(digits)
            self.update()

    def set_closed(self, *, is_closed: bool) -> None:
        """The item must stay empty: everything is grey."""
        if self._is_closed != is_closed:
            self._is_closed = is_closed
            self.update()

    def natural_width(self) -> int:
        """Room for everything on one line."""
        return self._put(self.maximumWidth())[-1].right() + 1 if self._words or self._note else 0

    def sizeHint(self) -> QSize:
        """One line if there is room."""
        return QSize(self.natural_width(), self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Flow anew."""
        super().resizeEvent(event)
        self._flow()

    def _flow(self) -> None:
        self._places = self._put(max(self.width(), 1))
        lines = self._places[-1].bottom() // self.line_height + 1 if self._places else 1
        self.setFixedHeight(lines * self.line_height)

    def _put(self, width: int) -> list[QRect]:
        """Where each word and the note stand."""
        now = theme.current()
        metrics = QFontMetrics(now.font())
        places = []
        left, top, edge = now.space(1), 0, now.space(1)
        for words in (*(self._shown(word) for word in self._words), *([self._note] if self._note else [])):
            wide = metrics.horizontalAdvance(words)
            if left > edge and left + wide > width:
                left, top = edge, top + self.line_height
            places.append(QRect(left, top, wide, self.line_height))
            left += wide + now.space(3)
        return places

    @staticmethod
    def _shown(word: CodeWord) -> str:
        return f"{word.digits}\u2009{word.word}" if word.digits else word.word

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words."""
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, word in zip(self._places, self._words, strict=False):
            is_chosen = word.digits in self._chosen and not self._is_closed
            if is_chosen:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(now.colour("brand_soft"))
                around = place.adjusted(-now.space(1), 0, now.space(1), 0)
                painter.drawRoundedRect(around, now.space(1), now.space(1))
            painter.setFont(now.font())
            painter.setPen(now.colour("brand" if is_chosen else "field_line" if self._is_closed else "quiet"))
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self._shown(word))
        if self._note and len(self._places) > len(self._words):
            painter.setFont(now.font("small"))
            painter.setPen(now.colour("field_line" if self._is_closed else "missing_ink"))
            painter.drawText(self._places[-1], Qt.AlignmentFlag.AlignVCenter, self._note)

    def _at(self, point: QPoint) -> CodeWord | None:
        for place, word in zip(self._places, self._words, strict=False):
            if place.contains(point):
                return word
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a word chooses it."""
        word = self._at(event.position().toPoint())
        if word is not None and word.digits and not self._is_closed:
            self.chosen.emit(word.digits)

    def event(self, event: QEvent) -> bool:
        """The definition of the word under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            word = self._at(event.pos())
            if word is not None and word.help:
                QToolTip.showText(event.globalPos(), word.help, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
