"""Fields to type in: under their names, with their problems beneath, with icons inside."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractSpinBox, QLabel, QLineEdit, QWidget

from ui import icons, theme
from ui.widgets.buttons import IconButton
from ui.widgets.layout import column
from ui.widgets.texts import label, restyle


class LabelledField(QWidget):
    """A field under its name, with its problem beneath. What was typed stays."""

    def __init__(self, name: str, editor: QWidget, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editor = editor
        self._hint = hint
        self._below = label(hint, "quiet_small", wrap=True)
        self._below.setVisible(bool(hint))
        caption = label(name, "quiet")
        caption.setBuddy(editor)
        editor.setAccessibleName(name)
        inside = editor.findChild(QLineEdit) if isinstance(editor, QAbstractSpinBox) else None
        if inside is not None:
            # A style sheet's padding does not reach the text inside Qt's spin boxes and date fields.
            inside.setTextMargins(theme.current().space(3), 0, 0, 0)
        self.setLayout(column(caption, editor, self._below, space=1))

    def show_problem(self, sentence: str) -> None:
        """Mark the field and say why; an empty sentence takes the mark away."""
        restyle(self.editor, "state", "problem" if sentence else "")
        restyle(self._below, "role", "problem" if sentence else "quiet_small")
        self._below.setText(sentence or self._hint)
        self._below.setVisible(bool(sentence or self._hint))

    def problem(self) -> str:
        """The sentence shown as its problem, or nothing."""
        return self._below.text() if self._below.property("role") == "problem" else ""


class IconLineEdit(QLineEdit):
    """A line with an icon at the left or a small button at the right that grow with 字号 (Qt's own do not)."""

    def __init__(self, words: str = "", *, leading: str | None = None, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self._leading = QLabel(self) if leading is not None else None
        self._trailing: IconButton | None = None
        if self._leading is not None and leading is not None:
            self._leading.setPixmap(icons.pixmap(leading, "quiet", "icon_small"))
            self._leading.adjustSize()
        self._keep_clear()

    def set_trailing(self, button: IconButton) -> None:
        """Put a button inside, at the right end."""
        button.setParent(self)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.adjustSize()
        self._trailing = button
        self._keep_clear()

    def _keep_clear(self) -> None:
        gap = theme.current().space(2)
        left = self._leading.width() + gap if self._leading is not None else 0
        right = self._trailing.width() if self._trailing is not None else 0
        self.setTextMargins(left, 0, right, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep both in the middle of the height."""
        super().resizeEvent(event)
        now = theme.current()
        if self._leading is not None:
            self._leading.move(now.space(3), (self.height() - self._leading.height()) // 2)
        if self._trailing is not None:
            left = self.width() - self._trailing.width() - now.space(1)
            self._trailing.move(left, (self.height() - self._trailing.height()) // 2)
