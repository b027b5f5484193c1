"""What every field of a form is: one item of the form table, the raw texts typed into it, and how it is marked.

A field holds text, never a value: `mhdesk.forms.parse` turns texts into values, so nothing typed is lost or guessed at.
A field tells its form what the keyboard wants (`finished`, `next_wanted`, `back_wanted`); the form moves the cursor.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from mhdesk.forms.spec import FieldSpec

ENTER_KEYS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class Mark(StrEnum):
    """How a field looks, besides what stands in it."""

    PLAIN = "plain"
    MISSING = "missing"  # asked for and unanswered: yellow
    DOUBT = "doubt"  # unreadable, or contradicts something: orange, with its sentence under the row
    WAIVED = "waived"  # not asked for on this sheet, though it may be answered: quiet, the cursor passes over it
    CLOSED = "closed"  # must stay empty on this sheet: grey, the cursor passes over it


class Field(QWidget):
    """A field of an item. Subclasses hold the texts; this holds the mark and the keys all fields share."""

    changed = Signal()
    #: The answer is complete: the cursor may go on to what is still unanswered.
    finished = Signal()
    next_wanted = Signal()
    back_wanted = Signal()
    up_wanted = Signal()
    down_wanted = Signal()
    entered = Signal()

    def __init__(self, item: FieldSpec, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item = item
        self.mark = Mark.PLAIN
        self.proposal = ""
        self.setAccessibleName(name)

    # ---- texts

    def texts(self) -> dict[str, str]:
        """What is typed, by raw key (``risk_level``, ``drugs_current:1:dose``); empty texts are left out."""
        raise NotImplementedError

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Show these texts instead (a draft, a stored sheet, the last visit). Tells nobody."""
        raise NotImplementedError

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return not self.texts()

    def tidy(self) -> None:
        """The cursor leaves: show what was understood (a date as 2026-11-18)."""

    # ---- looks

    def set_mark(self, mark: Mark) -> None:
        """Look that way from now on."""
        self.mark = mark

    def propose(self, words: str) -> None:
        """Offer a text that the space bar accepts while the field is empty."""
        self.proposal = words

    # ---- keys

    def enter(self, *, at_end: bool = False) -> None:
        """Take the cursor; `at_end`: coming from behind."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def takes_moving_key(self, event: QKeyEvent) -> bool:
        """Enter, Shift+Enter, Up and Down: tell the form. Tab comes through `focusNextPrevChild`."""
        if event.key() in ENTER_KEYS:
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                return False
            backwards = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            (self.back_wanted if backwards else self.next_wanted).emit()
            return True
        if event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down} and not event.modifiers():
            (self.up_wanted if event.key() == Qt.Key.Key_Up else self.down_wanted).emit()
            return True
        return False

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, FBT001 - Qt's signature
        """Tab and Shift+Tab."""
        (self.next_wanted if next else self.back_wanted).emit()
        return True

    def takes_editor_key(self, editor: QWidget, event: QKeyEvent) -> bool:
        """A key pressed in an editor inside; True: used."""
        return self.takes_moving_key(event)
