"""身份证号: cleaned once the cursor leaves; an old number of 15 digits becomes one of 18, and says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from mhdesk.domain import identity
from mhdesk.domain.identity import Fault, Identity
from mhdesk.forms.spec import FieldSpec
from mhdesk.text import text
from ui.forms.field import ENTER_KEYS
from ui.forms.texts import LineField


class IdField(LineField):
    """An identity number. Enter after a valid one goes on to what is still unanswered."""

    def __init__(self, item: FieldSpec, name: str, today: Callable[[], date], parent: QWidget | None = None) -> None:
        super().__init__(item, name, parent)
        self._today = today
        self._was_converted = False
        self.editor.textEdited.connect(self._on_edited)

    def identity(self) -> Identity | Fault | None:
        """What the number typed says, or why it is none; None while nothing is typed."""
        words = self.editor.text()
        return identity.examine(words, today=self._today()) if words.strip() else None

    @property
    def was_converted(self) -> bool:
        """Whether what stands here was typed as an old number of 15 digits."""
        return self._was_converted

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Show another number."""
        super().set_texts(texts)
        self._was_converted = False
        self._say()

    def tidy(self) -> None:
        """Show the number as it will be stored."""
        found = self.identity()
        if isinstance(found, Identity) and found.number != self.editor.text():
            self._was_converted = found.converted
            self.editor.setText(found.number)
            self.changed.emit()
        self._say()

    def _on_edited(self, _words: str) -> None:
        self._was_converted = False
        self._say()

    def _say(self) -> None:
        found = self.identity()
        if self._was_converted:
            self.set_hint(text("person.id_converted"))
        elif isinstance(found, Identity):
            sex = text(f"person.sex_{found.sex}")
            self.set_hint(text("person.id_says", sex=sex, born=found.birth_date.isoformat()))
        else:
            self.set_hint("")

    def takes_editor_key(self, editor: QWidget, event: QKeyEvent) -> bool:
        """Enter after a valid number passes over what the number has filled in."""
        is_plain_enter = event.key() in ENTER_KEYS and event.modifiers() in {
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        }
        if is_plain_enter and isinstance(self.identity(), Identity):
            self.tidy()
            self.finished.emit()
            return True
        return super().takes_editor_key(editor, event)
