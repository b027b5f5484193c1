"""The line under the form: what the keys do, what is still missing, the draft; at the right the buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from mhdesk.text import text
from ui.widgets import Chip, ChipText, PlainButton, PrimaryButton, label, row


class FollowUpFoot(QWidget):
    """The foot of the entry page."""

    def __init__(
        self, save_draft: Callable[[], object], save: Callable[[], object], save_next: Callable[[], object]
    ) -> None:
        super().__init__()
        self.chip = Chip()
        self.chip.hide()
        self._keys = label(text("follow_up.keys"), "quiet")
        self._missing = label("", "quiet")
        self._draft = label("", "quiet")
        self.draft_button = PlainButton(text("follow_up.save_draft"), slot=save_draft)
        self.save_button = PlainButton(text("follow_up.save"), slot=save)
        self.save_button.setToolTip("Ctrl+S")
        self.primary = PrimaryButton("", slot=save_next)
        for button in (self.draft_button, self.save_button, self.primary):
            button.setAutoDefault(True)  # Enter presses the button the cursor is on
        parts = (self.chip, self._keys, self._missing, self._draft, None)
        self.setLayout(row(*parts, self.draft_button, self.save_button, self.primary, space=3))
        self.show_queue(has_next=False)

    def show_queue(self, *, has_next: bool) -> None:
        """The primary button saves; with somebody next in the list it goes on to them."""
        self.primary.setText(text("follow_up.save_next" if has_next else "follow_up.save") + "  Ctrl+Enter")
        self.save_button.setVisible(has_next)

    def show_missing(self, count: int) -> None:
        """How many required items are unanswered."""
        self._missing.setText(text("follow_up.missing", count=count) if count else text("follow_up.missing_none"))

    def show_surplus(self, count: int) -> None:
        """How many items must stay empty, and the key that empties them."""
        if count:
            self._missing.setText(text("follow_up.surplus_some", count=count))

    def show_draft(self, words: str) -> None:
        """``草稿已存 10:31``, or that it could not be stored."""
        self._draft.setText(words)

    def say(self, words: str) -> None:
        """Say what was just done, in the place of the reminder of the keys; nothing brings that back."""
        self._keys.setText(words or text("follow_up.keys"))

    def said(self) -> str:
        """What stands in the place of the reminder."""
        return self._keys.text()

    def draft_words(self) -> str:
        """What is said about the draft."""
        return self._draft.text()

    def show_suggestion(self, chip: ChipText | None) -> None:
        """The suggested class, where the panel is not beside the form."""
        self.chip.show_chip(chip)

    def set_narrow(self, *, is_narrow: bool) -> None:
        """Leave out the reminder of the keys where there is little room."""
        self._keys.setVisible(not is_narrow)

    def set_busy(self, *, is_busy: bool) -> None:
        """While the sheet is being stored nothing can be pressed."""
        for button in (self.draft_button, self.save_button, self.primary):
            button.setEnabled(not is_busy)
