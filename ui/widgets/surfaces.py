"""What content stands on: cards with their titles, notices, empty states."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui import icons, theme
from ui.theme import ToneName
from ui.widgets.buttons import PlainButton
from ui.widgets.layout import clear, column, row
from ui.widgets.texts import label, restyle


class Card(QFrame):
    """A white surface with a title line. Add content to `body`."""

    def __init__(self, title: str = "", note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        now = theme.current()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(now.space(4), now.space(3), now.space(4), now.space(4))
        self.body.setSpacing(now.space(2))
        self.head = SectionHeader(title, note)
        self.body.addWidget(self.head)  # first: shown without a parent it would be a window of its own
        self.head.setVisible(bool(title))

    def empty(self) -> None:
        """Take everything out of it but its head."""
        clear(self.body, keep=1)


class SectionHeader(QWidget):
    """A section's title at the left, a quiet note or small controls at the right."""

    def __init__(self, title: str, note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = label(title, "section")
        self.note = label(note, "quiet")
        self._line = row(self.title, None, self.note)
        self.setLayout(self._line)
        self.setMinimumHeight(theme.current().size("chip"))

    def set_title(self, words: str) -> None:
        """Change the title."""
        self.title.setText(words)
        self.setVisible(bool(words))

    def set_note(self, words: str) -> None:
        """Change the note."""
        self.note.setText(words)

    def add(self, widget: QWidget) -> None:
        """Put a control at the right end."""
        self._line.addWidget(widget)


class Notice(QFrame):
    """A sentence that stays on the page: what is wrong, what was done. Hidden until it has something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        now = theme.current()
        self._icon = QLabel()
        self._words = label(wrap=True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line = QHBoxLayout(self)
        line.setContentsMargins(now.space(3), now.space(2), now.space(3), now.space(2))
        line.setSpacing(now.space(2))
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._words, 1)
        self.setVisible(False)

    def say(self, words: str, tone: ToneName = "info") -> None:
        """Show the sentence."""
        names = {"now": "circle-alert", "late": "triangle-alert", "missing": "triangle-alert", "good": "circle-check"}
        self._icon.setPixmap(icons.pixmap(names.get(tone, "info"), f"{tone}_ink"))
        self._words.setText(words)
        restyle(self, "tone", tone)
        for part in (self._icon, self._words):
            part.style().unpolish(part)
            part.style().polish(part)
        self.setVisible(True)

    def words(self) -> str:
        """What it says now; empty when hidden."""
        return self._words.text() if not self.isHidden() else ""

    def clear(self) -> None:
        """Say nothing."""
        self.setVisible(False)


class EmptyState(QWidget):
    """What stands where a list is empty: why, and what to do."""

    acted = Signal()

    def __init__(self, icon_name: str, title: str, sentence: str = "", action: str = "",
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        picture = QLabel()
        picture.setPixmap(icons.pixmap(icon_name, "field_line", "icon_large"))
        self._title = label(title, "section")
        self._sentence = label(sentence, "quiet", wrap=True)
        self._button = PlainButton(action, slot=self.acted.emit)
        lines = column(space=2)
        lines.addStretch(2)
        for part in (picture, self._title, self._sentence, self._button):
            if isinstance(part, QLabel):
                part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            lines.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        lines.addStretch(3)
        self.setLayout(lines)
        self.show_words(title, sentence, action)

    def show_words(self, title: str, sentence: str = "", action: str = "") -> None:
        """Change what it says; without `action` there is no button."""
        self._title.setText(title)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        # A wrapped label inside a centred layout asks for too little width: give it what its text needs.
        width = min(self._sentence.fontMetrics().horizontalAdvance(sentence) + 2, theme.current().em(26))
        self._sentence.setFixedWidth(width)
        self._sentence.setMinimumHeight(max(0, self._sentence.heightForWidth(width)))
        self._button.setText(action)
        self._button.setVisible(bool(action))
