"""Boxes with a digit inside, as printed at the right edge of the paper form.

The boxes of an item are drawn by one widget, so that an item is one stop of the cursor. Chinese input is switched off
in them: a digit is a digit, whatever input method is on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mhdesk.forms.spec import FieldSpec
from ui import theme
from ui.forms.field import Field, Mark
from ui.forms.typist import plain_digit

_SHAKE_MS = 260
_SHAKES = (0.0, 1.0, -1.0, 0.6, -0.6, 0.0)


@dataclass(frozen=True)
class Box:
    """One box to draw. `before` and `after` are words beside it (× …次)."""

    words: str = ""
    before: str = ""
    after: str = ""
    is_wide: bool = False


class BoxField(Field):
    """A row of boxes. Subclasses say which boxes there are and what a key does."""

    def __init__(self, item: FieldSpec, name: str, parent: QWidget | None = None) -> None:
        super().__init__(item, name, parent)
        self._shift = 0.0
        self._shaking = QVariantAnimation(self)
        self._shaking.setDuration(_SHAKE_MS)
        for step, shift in enumerate(_SHAKES):
            self._shaking.setKeyValueAt(step / (len(_SHAKES) - 1), shift)
        self._shaking.valueChanged.connect(self._show_shift)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    # ---- what subclasses say

    def boxes(self) -> Sequence[Box]:
        """The boxes, from left to right."""
        raise NotImplementedError

    def current_box(self) -> int:
        """The box the next digit goes into."""
        return len(self.boxes()) - 1

    def type_digit(self, digit: str) -> None:
        """A digit was typed."""
        raise NotImplementedError

    def type_other(self, typed: str) -> bool:
        """Another character was typed; True: used."""
        return False

    def erase(self) -> None:
        """Backspace or Delete."""
        raise NotImplementedError

    def chosen_codes(self) -> tuple[str, ...]:
        """The digits of the codes chosen, to mark their words."""
        return ()

    # ---- looks

    def set_mark(self, mark: Mark) -> None:
        """Look that way from now on."""
        if mark is not self.mark:
            super().set_mark(mark)
            self.update()

    def refit(self) -> None:
        """The boxes have changed: take the room they need."""
        self.setAccessibleDescription("、".join(box.words for box in self.boxes() if box.words))
        self.updateGeometry()
        self.update()

    def shake(self) -> None:
        """Say no."""
        self._shaking.stop()
        self._shaking.start()

    def _show_shift(self, shift: object) -> None:
        self._shift = float(shift) if isinstance(shift, float | int) else 0.0
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the boxes, their words and the focus ring."""
        now = theme.current()
        widths = [self._width(box) for box in self.boxes()]
        return QSize(sum(widths) + now.space(2) * max(len(widths) - 1, 0), now.size("box"))

    def minimumSizeHint(self) -> QSize:
        """The boxes never shrink."""
        return self.sizeHint()

    def _width(self, box: Box) -> int:
        now = theme.current()
        metrics = QFontMetrics(now.font())
        beside = sum(metrics.horizontalAdvance(words) + now.space(1) for words in (box.before, box.after) if words)
        return self._side(box) + beside

    @staticmethod
    def _side(box: Box) -> int:
        now = theme.current()
        return now.size("box") + (now.space(2) if box.is_wide else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the boxes."""
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = self._shift * now.space(1)
        for place, box in enumerate(self.boxes()):
            left = self._paint_words(painter, left, box.before, is_before=True)
            self._paint_box(painter, QRectF(left, 0, self._side(box), now.size("box")), box, place)
            left = self._paint_words(painter, left + self._side(box), box.after, is_before=False)
            left += now.space(2)

    def _paint_words(self, painter: QPainter, left: float, words: str, *, is_before: bool) -> float:
        if not words:
            return left
        now = theme.current()
        painter.setFont(now.font())
        painter.setPen(now.colour("quiet"))
        width = QFontMetrics(now.font()).horizontalAdvance(words)
        start = left if is_before else left + now.space(1)
        painter.drawText(QRectF(start, 0, width + 1, self.height()), Qt.AlignmentFlag.AlignVCenter, words)
        return left + width + now.space(1)

    def _paint_box(self, painter: QPainter, rect: QRectF, box: Box, place: int) -> None:
        now = theme.current()
        is_here = self.hasFocus() and place == self.current_box()
        line, fill = {
            Mark.PLAIN: ("field_line", "card"),
            Mark.MISSING: ("missing_ink", "missing_soft"),
            Mark.DOUBT: ("late_ink", "late_soft"),
            Mark.WAIVED: ("line", "card"),
            Mark.CLOSED: ("line", "paper"),
        }[self.mark]
        if self.mark is Mark.MISSING and box.words:
            line, fill = "field_line", "card"
        width = now.scaled(2) if is_here else 1
        painter.setPen(QPen(now.colour("brand" if is_here and self.mark is not Mark.DOUBT else line), width))
        painter.setBrush(now.colour(fill))
        half = width / 2
        painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), now.space(1), now.space(1))
        painter.setFont(now.font("large"))
        painter.setPen(now.colour("quiet" if self.mark is Mark.CLOSED else "ink"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, box.words)

    # ---- keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits fill, Backspace clears, the rest moves the cursor or goes to the page."""
        if self.takes_moving_key(event):
            return
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier & ~Qt.KeyboardModifier.ShiftModifier
        if event.key() in {Qt.Key.Key_Backspace, Qt.Key.Key_Delete} and not modifiers:
            self.erase()
        elif digit := plain_digit(event.text()) if not modifiers else "":
            self.type_digit(digit)
        elif modifiers or not event.text() or not self.type_other(event.text()):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The cursor comes."""
        super().focusInEvent(event)
        self.entered.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The cursor goes."""
        super().focusOutEvent(event)
        self.tidy()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click brings the cursor."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        super().mousePressEvent(event)
