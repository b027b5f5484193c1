"""危险行为: codes with how many times, typed one after the other: ``1`` ``2`` is 轻度滋事 twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from mhdesk.forms.spec import FieldSpec
from ui.forms.boxes import Box, BoxField
from ui.forms.field import ENTER_KEYS
from ui.forms.typist import Outcome, Typist, is_separator, split_codes

_LONGEST_COUNT = 3


class CountedCodesField(BoxField):
    """Codes with how many times: ``1 × 2 次``. The exclusive code (7 无) asks for no number."""

    def __init__(self, item: FieldSpec, name: str, times: str, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(item, name, parent)
        assert item.codes is not None  # noqa: S101 - the loader refuses coded items without a list
        self._codes_list = item.codes
        self._typist = Typist.of(item.codes)
        self._times_sign, self._unit = times, unit
        self._pairs: list[tuple[str, str]] = []
        self._is_counting = False
        self.refit()

    def texts(self) -> dict[str, str]:
        """``1x2,5x1``; a code still without its number stands alone and is refused when parsed."""
        raw = ",".join(f"{code}x{count}" if count else code for code, count in self._pairs)
        return {self.item.key: raw} if raw else {}

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Show other codes."""
        pieces = [piece.partition("x") for piece in split_codes(texts.get(self.item.key, "").replace("*", "x"))]
        self._pairs = [(code.strip(), count.strip()) for code, _, count in pieces]
        self._is_counting = False
        self.refit()

    def boxes(self) -> Sequence[Box]:
        """Two boxes for each act, one for the next."""
        found: list[Box] = []
        for code, count in self._pairs:
            found.append(Box(code))
            if code not in self._codes_list.exclusive:
                found.append(Box(count, before=self._times_sign, after=self._unit, is_wide=len(count) > 1))
        is_alone = any(code in self._codes_list.exclusive for code, _ in self._pairs)
        if not is_alone and not self._is_counting:
            found.append(Box())
        return found

    def chosen_codes(self) -> tuple[str, ...]:
        """The codes chosen."""
        return tuple(code for code, _ in self._pairs)

    def type_digit(self, digit: str) -> None:
        """A code, or a digit of its number."""
        if self._is_counting:
            code, count = self._pairs[-1]
            if len(count) >= _LONGEST_COUNT or (not count and digit == "0"):
                self.shake()
                return
            self._pairs[-1] = (code, count + digit)
            self._tell()
            return
        outcome = self._typist.press("", digit)
        if digit in self.chosen_codes():
            self.shake()
            return
        if self._pairs and self._pairs[-1][0] in self._codes_list.exclusive and len(self._pairs) == 1:
            self._pairs = []
        self._pairs.append((digit, ""))
        self._is_counting = outcome is Outcome.COMPLETE and digit not in self._codes_list.exclusive
        self._tell()
        if outcome is not Outcome.COMPLETE:
            self.shake()
        elif not self._is_counting:
            self.finished.emit()

    def choose(self, digits: str) -> None:
        """Add or take away a code (a click on the words)."""
        if digits in self.chosen_codes():
            self._pairs = [pair for pair in self._pairs if pair[0] != digits]
            self._is_counting = False
            self._tell()
        else:
            self._is_counting = False
            self.type_digit(digits)

    def type_other(self, typed: str) -> bool:
        """A separator ends the number; × after a code is what the box already says."""
        if typed in {"x", "X", "*", "×"}:
            return True
        if not is_separator(typed):
            return False
        if self._is_counting and self._pairs[-1][1]:
            self._is_counting = False
            self.refit()
        return True

    def erase(self) -> None:
        """Take away the last digit: of the number, then of the code."""
        if not self._pairs:
            return
        code, count = self._pairs[-1]
        if count:
            self._pairs[-1] = (code, count[:-1])
            self._is_counting = True
        else:
            self._pairs.pop()
            self._is_counting = False
        self._tell()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Come back to a number that is still missing."""
        self._is_counting = bool(self._pairs and not self._pairs[-1][1] and self._pairs[-1][0] in self._countable())
        self.refit()
        super().focusInEvent(event)

    def takes_moving_key(self, event: QKeyEvent) -> bool:
        """Enter asks for the number first."""
        if event.key() in ENTER_KEYS and self._is_counting and not self._pairs[-1][1] and not event.modifiers():
            self.shake()
            return True
        return super().takes_moving_key(event)

    def tidy(self) -> None:
        """The cursor goes: no number is being typed."""
        self._is_counting = False
        self.refit()

    def _countable(self) -> set[str]:
        return set(self._typist.digits) - self._codes_list.exclusive

    def _tell(self) -> None:
        self.refit()
        self.changed.emit()
