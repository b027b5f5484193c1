"""Typing as a person does: real key events to the widget that has the cursor, counted."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

_NAMED = {
    "enter": Qt.Key.Key_Return, "tab": Qt.Key.Key_Tab, "space": Qt.Key.Key_Space, "back": Qt.Key.Key_Backspace,
    "up": Qt.Key.Key_Up, "down": Qt.Key.Key_Down, "f6": Qt.Key.Key_F6, "f7": Qt.Key.Key_F7, "f8": Qt.Key.Key_F8,
    "f9": Qt.Key.Key_F9,
    "pgdn": Qt.Key.Key_PageDown, "pgup": Qt.Key.Key_PageUp, "esc": Qt.Key.Key_Escape, "s": Qt.Key.Key_S,
    "p": Qt.Key.Key_P,
}  # fmt: skip
_MODIFIERS = {
    "ctrl": Qt.KeyboardModifier.ControlModifier,
    "shift": Qt.KeyboardModifier.ShiftModifier,
    "alt": Qt.KeyboardModifier.AltModifier,
}


class Keyboard:
    """Presses keys and counts them; each modifier held counts as a key of its own."""

    def __init__(self) -> None:
        self.presses = 0

    @staticmethod
    def cursor() -> QWidget:
        """The widget with the cursor."""
        found = QApplication.focusWidget()
        assert found is not None
        return found

    def press(self, *names: str) -> None:
        """Keys by name: ``enter``, ``ctrl+enter``, ``f8``."""
        for name in names:
            *held, key = name.split("+")
            modifiers = Qt.KeyboardModifier.NoModifier
            for one in held:
                modifiers |= _MODIFIERS[one]
            QTest.keyClick(self.cursor(), _NAMED[key], modifiers)
            self.presses += 1 + len(held)

    def type(self, words: str, *, free: bool = False) -> None:
        """Characters one by one; `free` text is what somebody has to say in any case, and is not counted."""
        for character in words:
            if character.isascii():
                QTest.keyClicks(self.cursor(), character)
            else:
                self._commit(character)
        self.presses += 0 if free else len(words)

    def _commit(self, character: str) -> None:
        """A character as an input method hands it over; a widget without input methods gets it as a key's text."""
        widget = self.cursor()
        event: QEvent = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, character)
        if widget.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled):
            event = QInputMethodEvent("", [])
            event.setCommitString(character)
        QApplication.sendEvent(widget, event)
