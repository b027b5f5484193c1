"""A text with words to choose from by their number, as some clients list them: 2 is 配偶. Any word may stand."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from mhdesk.forms.spec import FieldSpec
from ui.forms.texts import LineField
from ui.forms.typist import plain_digit


class SuggestField(LineField):
    """A line whose digits become words when the cursor leaves."""

    def __init__(self, item: FieldSpec, name: str, parent: QWidget | None = None) -> None:
        super().__init__(item, name, parent)
        numbered = " ".join(f"{place}\u2009{word}" for place, word in enumerate(item.suggestions, 1))
        self.set_placeholder(numbered)
        self.editor.setToolTip(numbered)

    def tidy(self) -> None:
        """Show the word a number stands for."""
        digits = "".join(map(plain_digit, self.editor.text().strip()))
        is_number = bool(digits) and len(digits) == len(self.editor.text().strip())
        if is_number and 1 <= int(digits) <= len(self.item.suggestions):
            self.editor.setText(self.item.suggestions[int(digits) - 1])
            self.changed.emit()
