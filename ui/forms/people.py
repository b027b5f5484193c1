"""Who took part: one person a line, each as name, unit, role. Enter makes a new line; on an empty line it goes on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from mhdesk.forms.spec import FieldSpec
from mhdesk.text import text
from ui.forms.field import ENTER_KEYS
from ui.forms.texts import NoteField


class PeopleField(NoteField):
    """Participants. The space bar takes over what is proposed (those of the last time) while the field is empty."""

    def __init__(self, item: FieldSpec, name: str, parent: QWidget | None = None) -> None:
        super().__init__(item, name, parent)
        self.editor.setPlaceholderText(text("joint.people_hint"))

    def propose(self, words: str) -> None:
        """Show what the space bar would fill in."""
        super().propose(words)
        said = text("joint.people_proposed", people=words.replace("\n", "；")) if words else text("joint.people_hint")
        self.editor.setPlaceholderText(said)

    def takes_editor_key(self, editor: QWidget, event: QKeyEvent) -> bool:
        """Enter on a line that holds somebody begins the next line."""
        if event.key() in ENTER_KEYS and not event.modifiers():
            cursor = self.editor.textCursor()
            if cursor.block().text().strip():
                self.editor.insertPlainText("\n")
                return True
            if cursor.atEnd():
                self.editor.setPlainText(self.editor.toPlainText().rstrip("\n"))
        return super().takes_editor_key(editor, event)

    def takes_key(self, event: QKeyEvent) -> bool:
        """The space bar in an empty field takes over the proposal."""
        if event.key() != Qt.Key.Key_Space or not self.proposal or self.editor.toPlainText():
            return False
        self.editor.setPlainText(self.proposal)
        return True
