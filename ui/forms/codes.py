"""Coded items typed as on paper: one digit, or several codes in a row of boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QWidget

from mhdesk.forms.spec import FieldSpec
from ui.forms.boxes import Box, BoxField
from ui.forms.typist import Outcome, Typist, is_separator, join_codes, split_codes

#: So many boxes stand there from the start where the paper prints more of them.
_FIRST_BOXES = 3


class CodeField(BoxField):
    """One box. A digit fills it and the cursor goes on; a wrong digit stays, shakes and is named under the row."""

    def __init__(self, item: FieldSpec, name: str, parent: QWidget | None = None) -> None:
        super().__init__(item, name, parent)
        assert item.codes is not None  # noqa: S101 - the loader refuses coded items without a list
        self._typist = Typist.of(item.codes)
        self._text = ""
        self._pending = False  # more digits may follow
        self.refit()

    def texts(self) -> dict[str, str]:
        """The digit, right or wrong."""
        return {self.item.key: self._text} if self._text else {}

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Show another digit."""
        self._show(texts.get(self.item.key, ""))

    def boxes(self) -> Sequence[Box]:
        """One box."""
        return (Box(self._text, is_wide=len(self._text) > 1),)

    def chosen_codes(self) -> tuple[str, ...]:
        """The digit."""
        return (self._text,) if self._text else ()

    def type_digit(self, digit: str) -> None:
        """Fill; a digit in a full box stands for what was there."""
        before = self._text if self._pending else ""
        outcome = self._typist.press(before, digit)
        self._show(before + digit if outcome is not Outcome.NEXT else digit)
        self._pending = outcome is Outcome.WAITING
        self.changed.emit()
        if outcome is Outcome.COMPLETE:
            self.finished.emit()
        elif outcome in {Outcome.WRONG, Outcome.NEXT}:
            self.shake()

    def choose(self, digits: str) -> None:
        """Fill as if typed (a click on the words)."""
        self._show(digits)
        self.changed.emit()
        self.finished.emit()

    def type_other(self, typed: str) -> bool:
        """The space bar takes over what is proposed."""
        if typed != " " or not self.proposal or self._text:
            return False
        self.choose(self.proposal)
        return True

    def erase(self) -> None:
        """Empty the box."""
        if self._text:
            self._show("")
            self.changed.emit()

    def tidy(self) -> None:
        """The next digit begins anew."""
        self._pending = False

    def _show(self, words: str) -> None:
        self._text, self._pending = words, False
        self.refit()


class CodesField(BoxField):
    """Several codes: a box each. A code that is complete opens the next box; a comma or a space ends one by hand."""

    def __init__(self, item: FieldSpec, name: str, parent: QWidget | None = None) -> None:
        super().__init__(item, name, parent)
        assert item.codes is not None  # noqa: S101 - the loader refuses coded items without a list
        self._typist = Typist.of(item.codes)
        self._codes: list[str] = []
        self._pending = ""
        self.refit()

    def texts(self) -> dict[str, str]:
        """The codes in the order typed."""
        raw = join_codes(self._codes, self._pending)
        return {self.item.key: raw} if raw else {}

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Show other codes."""
        self._codes, self._pending = split_codes(texts.get(self.item.key, "")), ""
        self.refit()

    def boxes(self) -> Sequence[Box]:
        """A box for each code and one to type in; not more than there are codes."""
        filled = [*self._codes, self._pending] if self._pending else self._codes
        few = min(_FIRST_BOXES, self.item.boxes)
        most = len(self._typist.digits)
        count = max(few, len(filled), min(len(filled) + 1, most))
        return [Box(filled[place] if place < len(filled) else "") for place in range(count)]

    def current_box(self) -> int:
        """The box being filled."""
        return min(len(self._codes), len(self.boxes()) - 1)

    def chosen_codes(self) -> tuple[str, ...]:
        """The codes chosen."""
        return (*self._codes, self._pending) if self._pending else tuple(self._codes)

    def type_digit(self, digit: str) -> None:
        """Fill the box; go on to the next one when the code is complete."""
        outcome = self._typist.press(self._pending, digit)
        if outcome is Outcome.NEXT:
            self._settle()
            outcome = self._typist.press("", digit)
        self._pending += digit
        if outcome is Outcome.COMPLETE:
            self._settle()
        elif outcome is Outcome.WRONG:
            self.shake()
            self._codes.append(self._pending)
            self._pending = ""
        self._tell(is_complete=outcome is Outcome.COMPLETE)

    def choose(self, digits: str) -> None:
        """Add or take away a code (a click on the words)."""
        self._settle()
        if digits in self._codes:
            self._codes.remove(digits)
        else:
            self._codes.append(digits)
        self._tell(is_complete=False)

    def type_other(self, typed: str) -> bool:
        """A separator ends the code."""
        if not is_separator(typed):
            return False
        if self._pending:
            self._settle()
            self._tell(is_complete=False)
        return True

    def erase(self) -> None:
        """Take away the last digit or code."""
        if self._pending:
            self._pending = self._pending[:-1]
        elif self._codes:
            self._codes.pop()
        else:
            return
        self._tell(is_complete=False)

    def tidy(self) -> None:
        """A waiting code is complete."""
        if self._pending:
            self._settle()
            self.refit()

    def _settle(self) -> None:
        """What waits is a code; one that stands there already is not written twice."""
        if self._pending and self._pending in self._codes:
            self.shake()
        elif self._pending:
            self._codes.append(self._pending)
        self._pending = ""

    def _tell(self, *, is_complete: bool) -> None:
        self.refit()
        self.changed.emit()
        codes = self.item.codes
        is_alone = codes is not None and self._codes and self._codes[-1] in codes.exclusive
        if is_complete and (is_alone or len(self._codes) >= len(self._typist.digits)):
            self.finished.emit()
