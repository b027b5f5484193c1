"""The line under a person's file: keys, what is missing, the draft, why it was changed; at the right the buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from mhdesk.text import text
from ui import theme
from ui.widgets import LinkButton, PlainButton, PrimaryButton, label, row

_REASON_CHARACTERS = 16


class PersonFoot(QWidget):
    """The foot of the page."""

    def __init__(
        self,
        save_draft: Callable[[], object],
        save: Callable[[], object],
        save_next: Callable[[], object],
        show_matches: Callable[[], object],
    ) -> None:
        super().__init__()
        self._keys = label(text("person.keys"), "quiet")
        self._draft = label("", "quiet")
        self.matches = LinkButton("", slot=show_matches)
        self.matches.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.matches.hide()
        self.reason = QLineEdit()
        self.reason.setMaxLength(100)
        self.reason.setPlaceholderText(text("person.reason"))
        self.reason.setAccessibleName(text("person.reason"))
        self.reason.setFixedWidth(theme.current().em(_REASON_CHARACTERS))
        self.draft_button = PlainButton(text("person.save_draft"), slot=save_draft)
        self.save_button = PlainButton(text("person.save"), slot=save)
        self.save_button.setToolTip("Ctrl+S")
        self.primary = PrimaryButton("", slot=save_next)
        for button in (self.draft_button, self.save_button, self.primary):
            button.setAutoDefault(True)  # Enter presses the button the cursor is on
        said = (self._keys, self.matches, self._draft, None)
        self.setLayout(row(*said, self.reason, self.draft_button, self.save_button, self.primary, space=3))
        self.show_kind(is_new=True)

    def show_kind(self, *, is_new: bool) -> None:
        """Somebody new: go on to the next one. A stored file: why it is changed."""
        self.primary.setText(text("person.save_next" if is_new else "person.save") + "  Ctrl+Enter")
        self.save_button.setVisible(is_new)
        self.reason.setVisible(not is_new)
        self.reason.clear()

    def show_draft(self, words: str) -> None:
        """``草稿已存 10:31``, or that it could not be stored."""
        self._draft.setText(words)

    def draft_words(self) -> str:
        """What is said about the draft."""
        return self._draft.text()

    def show_matches(self, count: int, *, is_beside: bool) -> None:
        """How many people might be the same, where the panel is not beside the form."""
        self.matches.setText(text("person.matches_foot", count=count))
        self.matches.setVisible(count > 0 and not is_beside)
        self._keys.setVisible(is_beside)

    def set_busy(self, *, is_busy: bool) -> None:
        """While the file is being stored nothing can be pressed."""
        for button in (self.draft_button, self.save_button, self.primary):
            button.setEnabled(not is_busy)
