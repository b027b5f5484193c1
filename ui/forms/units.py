"""所属村（居）: typed by name or pinyin, chosen from the list that opens under the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPoint, QStringListModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListView, QVBoxLayout, QWidget

from mhdesk.forms.spec import FieldSpec
from ui import theme
from ui.forms.field import ENTER_KEYS
from ui.forms.texts import LineField

_VISIBLE_ROWS = 8
_WIDTH_CHARACTERS = 18


class UnitChoice(NamedTuple):
    """A unit to choose: its id, its name, and what it is found by (pinyin in full and initials)."""

    id: int
    name: str
    keys: str


class UnitPopup(QFrame):
    """The list under the line. It never takes the keyboard."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("popup")
        self.model = QStringListModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(self.list)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def show_names(self, names: Sequence[str]) -> None:
        """Show these, the first chosen."""
        self.model.setStringList(list(names))
        self.list.setCurrentIndex(self.model.index(0))
        rows = min(len(names), _VISIBLE_ROWS)
        self.setFixedHeight(rows * self.list.sizeHintForRow(0) + theme.current().space(1) if rows else 0)

    def choice(self) -> int:
        """The row chosen, -1 for none."""
        return self.list.currentIndex().row()

    def move_choice(self, step: int) -> None:
        """The next or the one before; stops at the ends."""
        wanted = min(max(self.choice() + step, 0), self.model.rowCount() - 1)
        if wanted >= 0:
            self.list.setCurrentIndex(self.model.index(wanted))


class UnitField(LineField):
    """A unit. The text is its id once it is chosen; before that, what was typed."""

    def __init__(self, item: FieldSpec, name: str, parent: QWidget | None = None) -> None:
        super().__init__(item, name, parent)
        self._choices: Sequence[UnitChoice] = ()
        self._found: list[UnitChoice] = []
        self._id = ""
        self._popup: UnitPopup | None = None
        self.editor.setFixedWidth(theme.current().em(_WIDTH_CHARACTERS))
        line = self.layout()
        if isinstance(line, QHBoxLayout):
            line.setStretch(0, 0)
            line.addStretch(1)
        self.editor.textEdited.connect(self._look)

    def set_choices(self, choices: Sequence[UnitChoice]) -> None:
        """These units may be chosen."""
        self._choices = choices
        self._show_id(self._id)

    def texts(self) -> dict[str, str]:
        """The id, or words that name no unit."""
        words = self._id or self.editor.text().strip()
        return {self.item.key: words} if words else {}

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Show another unit."""
        words = texts.get(self.item.key, "")
        if words.isdigit():
            self._show_id(words)
        else:
            self._id = ""
            self.editor.setText(words)
        self._hide()

    def matches(self, words: str) -> list[UnitChoice]:
        """The units that `words` finds: those that begin with it first."""
        wanted = words.strip().lower()
        begins = [one for one in self._choices if one.name.startswith(wanted) or f" {wanted}" in f" {one.keys}"]
        return begins + [one for one in self._choices if wanted in one.name and one not in begins]

    def takes_editor_key(self, editor: QWidget, event: QKeyEvent) -> bool:
        """Arrows choose, Enter takes, Esc closes the list."""
        key, is_open = event.key(), self._popup is not None and self._popup.isVisible()
        if key in {Qt.Key.Key_Down, Qt.Key.Key_Up} and not event.modifiers():
            if is_open and self._popup is not None:
                self._popup.move_choice(1 if key == Qt.Key.Key_Down else -1)
                return True
            if key == Qt.Key.Key_Down and not self._id:
                self._look(self.editor.text())
                return True
        if is_open and key == Qt.Key.Key_Escape:
            self._hide()
            return True
        if is_open and key in ENTER_KEYS and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if self._take_choice():
                self.finished.emit()
            return True
        return super().takes_editor_key(editor, event)

    def tidy(self) -> None:
        """The cursor leaves: words that find one unit only mean that one."""
        self._hide()
        found = self.matches(self.editor.text()) if self.editor.text().strip() and not self._id else []
        if len(found) == 1:
            self._choose(found[0])

    def _look(self, words: str) -> None:
        self._id = ""
        self._found = self.matches(words)
        exact = [one for one in self._found if one.name == words.strip()]
        if len(exact) == 1:
            self._id = str(exact[0].id)
        popup = self._popup or self._make_popup()
        popup.show_names([one.name for one in self._found])
        popup.setFixedWidth(self.editor.width())
        popup.move(self.editor.mapTo(self.window(), QPoint(0, self.editor.height() + theme.current().space(1))))
        popup.setVisible(bool(self._found))
        popup.raise_()
        self.changed.emit()

    def _make_popup(self) -> UnitPopup:
        self._popup = UnitPopup(self.window())
        self._popup.list.clicked.connect(lambda _index: self._on_clicked())
        return self._popup

    def _on_clicked(self) -> None:
        if self._take_choice():
            self.finished.emit()

    def _take_choice(self) -> bool:
        place = self._popup.choice() if self._popup is not None else -1
        if not 0 <= place < len(self._found):
            return False
        self._choose(self._found[place])
        return True

    def _choose(self, choice: UnitChoice) -> None:
        self._id = str(choice.id)
        self.editor.setText(choice.name)
        self._hide()
        self.changed.emit()

    def _show_id(self, words: str) -> None:
        self._id = words
        known = next((one.name for one in self._choices if str(one.id) == words), None)
        if words:
            self.editor.setText(known or "")
        self.editor.setCursorPosition(0)

    def _hide(self) -> None:
        if self._popup is not None:
            self._popup.hide()
