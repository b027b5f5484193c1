"""Items typed as text: words, names, numbers, dates, notes. Input methods compose in them undisturbed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from mhdesk.domain.problems import Problem
from mhdesk.forms import parse
from mhdesk.forms.spec import FieldSpec, Kind
from ui import theme
from ui.forms.field import ENTER_KEYS, Field, Mark
from ui.widgets import label, restyle

_STATES = {Mark.MISSING: "missing", Mark.DOUBT: "doubt"}
_NARROW_KINDS = frozenset({Kind.DATE, Kind.PARTIAL_DATE, Kind.MOMENT, Kind.INTEGER, Kind.DECIMAL})
_DATE_CHARACTERS, _MOMENT_CHARACTERS, _NAME_CHARACTERS, _NOTE_LINES = 9.5, 12, 14, 3


class Editor(QLineEdit):
    """The line a field types into. While an input method composes, no key is taken from it."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._field = field
        self.is_composing = False
        self.setAccessibleName(field.accessibleName())

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Remember whether something is being composed."""
        self.is_composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that move the cursor belong to the field."""
        if self.is_composing or not self._field.takes_editor_key(self, event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The cursor comes."""
        super().focusInEvent(event)
        self._field.entered.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The cursor goes."""
        super().focusOutEvent(event)
        self.is_composing = False
        self._field.tidy()


class LineField(Field):
    """One line of text. The space bar takes over what is proposed while the line is empty."""

    def __init__(self, item: FieldSpec, name: str, parent: QWidget | None = None) -> None:
        super().__init__(item, name, parent)
        now = theme.current()
        self._placeholder = ""
        self.editor = Editor(self)
        self.editor.textEdited.connect(lambda _text: self.changed.emit())
        self.hint = label("", "quiet_small")
        self.setFocusProxy(self.editor)
        line = QHBoxLayout(self)
        line.setContentsMargins(now.space(1), 0, 0, 0)
        line.setSpacing(now.space(2))
        if item.kind in _NARROW_KINDS:
            self.editor.setFixedWidth(now.em(_MOMENT_CHARACTERS if item.kind is Kind.MOMENT else _DATE_CHARACTERS))
            line.addWidget(self.editor)
            line.addWidget(self.hint)
            line.addStretch(1)
        elif item.kind is Kind.NAME:
            self.editor.setFixedWidth(now.em(_NAME_CHARACTERS))
            line.addWidget(self.editor)
            line.addWidget(self.hint)
            line.addStretch(1)
        else:
            line.addWidget(self.editor, 1)
            line.addWidget(self.hint)

    def texts(self) -> dict[str, str]:
        """What stands in the line."""
        return {self.item.key: self.editor.text()} if self.editor.text() else {}

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Show another text."""
        self.editor.setText(texts.get(self.item.key, ""))
        self.editor.setCursorPosition(0)

    def set_mark(self, mark: Mark) -> None:
        """Look that way from now on."""
        super().set_mark(mark)
        restyle(self.editor, "state", _STATES.get(mark, ""))
        self.editor.setEnabled(mark is not Mark.CLOSED)

    def set_hint(self, words: str) -> None:
        """A quiet word beside the line."""
        self.hint.setText(words)
        self.hint.setVisible(bool(words))

    def propose(self, words: str) -> None:
        """Show what the space bar would fill in."""
        super().propose(words)
        self.editor.setPlaceholderText(self._placeholder or words)

    def set_placeholder(self, words: str) -> None:
        """What the empty line says of itself."""
        self._placeholder = words
        self.editor.setPlaceholderText(words)

    def accept_proposal(self) -> bool:
        """Fill in what is proposed; False where there is nothing to take over."""
        if not self.proposal or self.editor.text():
            return False
        self.editor.setText(self.proposal)
        self.changed.emit()
        self.finished.emit()
        return True

    def enter(self, *, at_end: bool = False) -> None:
        """Take the cursor, ready to type over what stands there."""
        self.editor.setFocus(Qt.FocusReason.TabFocusReason)
        self.editor.selectAll()

    def takes_editor_key(self, editor: QWidget, event: QKeyEvent) -> bool:
        """The space bar takes over a proposal."""
        if event.key() == Qt.Key.Key_Space and not event.modifiers() and self.accept_proposal():
            return True
        return super().takes_editor_key(editor, event)


class DateField(LineField):
    """A date as clinics type it; shown as 2026-11-18 once the cursor leaves."""

    def __init__(self, item: FieldSpec, name: str, today: Callable[[], date], parent: QWidget | None = None) -> None:
        super().__init__(item, name, parent)
        self._today = today

    def tidy(self) -> None:
        """Show the date understood; what cannot be read stays as it was typed."""
        value = parse.parse_value(self.item, self.editor.text(), today=self._today())
        if value is None or isinstance(value, Problem):
            return
        words = parse.format_value(self.item, value)
        if words != self.editor.text():
            self.editor.setText(words)
            self.changed.emit()


class _NoteEditor(QPlainTextEdit):
    """Several lines. Enter goes on as everywhere; Ctrl+Enter saves, so Alt+Enter makes a new line."""

    def __init__(self, field: NoteField) -> None:
        super().__init__(field)
        self._field = field
        self.is_composing = False
        self.setTabChangesFocus(True)
        self.setAccessibleName(field.accessibleName())

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Remember whether something is being composed."""
        self.is_composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Pasted text is only text."""
        self.insertPlainText(source.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that move the cursor belong to the field."""
        is_enter = event.key() in ENTER_KEYS
        if is_enter and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.insertPlainText("\n")
        elif not self.is_composing and self._field.takes_key(event):
            return
        elif self.is_composing or not (is_enter and self._field.takes_editor_key(self, event)):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The cursor comes."""
        super().focusInEvent(event)
        self._field.entered.emit()


class NoteField(Field):
    """A long text."""

    def __init__(self, item: FieldSpec, name: str, parent: QWidget | None = None) -> None:
        super().__init__(item, name, parent)
        now = theme.current()
        self.editor = _NoteEditor(self)
        self._is_loading = False
        self.editor.textChanged.connect(self._on_text)
        self.editor.setFixedHeight(_NOTE_LINES * now.space(5) + now.space(5))
        self.setFocusProxy(self.editor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        line = QHBoxLayout(self)
        line.setContentsMargins(now.space(1), 0, 0, 0)
        line.addWidget(self.editor)

    def texts(self) -> dict[str, str]:
        """The whole text."""
        words = self.editor.toPlainText()
        return {self.item.key: words} if words else {}

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Show another text."""
        self._is_loading = True
        self.editor.setPlainText(texts.get(self.item.key, ""))
        self._is_loading = False

    def set_mark(self, mark: Mark) -> None:
        """Look that way from now on."""
        super().set_mark(mark)
        restyle(self.editor, "state", _STATES.get(mark, ""))
        self.editor.setEnabled(mark is not Mark.CLOSED)

    def takes_key(self, event: QKeyEvent) -> bool:
        """A key the field uses before it is typed; True: used."""
        return False

    def _on_text(self) -> None:
        if not self._is_loading:
            self.changed.emit()
