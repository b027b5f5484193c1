"""Rows put into a sheet move what stands below: how references follow, wherever a workbook keeps them.

A form's row that stands for every unit becomes as many rows. A range that ends with it (the sum under it) grows; what
refers to that row alone means its first copy, inside a copy the copy itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError
from openpyxl.formula.translate import Translator, TranslatorError

from mhdesk.files.template_text import plain

LAST_ROW = 1_048_576
_CELL = r"(\$?[A-Za-z]{1,3})(\$?)(\d{1,7})"
_RANGE = re.compile(rf"{_CELL}(?::{_CELL})?")
_ROWS = re.compile(r"(\$?)(\d{1,7}):(\$?)(\d{1,7})")


class RowMap:
    """Which row of the form becomes which. `repeats`: row -> how many rows it becomes (at least 1)."""

    def __init__(self, repeats: Mapping[int, int]) -> None:
        self._repeats = sorted((row, max(1, count)) for row, count in repeats.items())

    @property
    def is_still(self) -> bool:
        """Whether nothing moves."""
        return all(count == 1 for _, count in self._repeats)

    def first(self, row: int) -> int:
        """Where a row goes; of one that repeats its first copy."""
        return row + sum(count - 1 for at, count in self._repeats if at < row)

    def last(self, row: int) -> int:
        """Where a range that ends with this row ends."""
        return row + sum(count - 1 for at, count in self._repeats if at <= row)

    def area(self, reference: str) -> str:
        """An area as in ``sqref`` and ``ref``: a single cell of a repeated row grows into all its copies."""
        found = _RANGE.fullmatch(reference)
        if found is None:
            return reference
        column, fixed, row, *end = found.groups()
        first, last = self.first(int(row)), self.last(int(end[2] or row))
        if first == last and not end[0]:
            return f"{column}{fixed}{first}"
        return f"{column}{fixed}{first}:{end[0] or column}{end[1] or fixed}{last}"

    def cell(self, reference: str) -> str:
        """A single cell: where it goes."""
        found = _RANGE.fullmatch(reference)
        return f"{found[1]}{found[2]}{self.first(int(found[3]))}" if found and not found[4] else self.area(reference)

    def formula(self, formula: str, *, here: str, target: str, copy: tuple[int, int] | None = None) -> str:
        """A formula of the sheet `here` after rows of the sheet `target` moved, escaped for XML as it came.

        `copy`: the repeated row this formula stands in, and the row of the copy.
        """
        plain_words = plain(formula)
        try:
            tokens = Tokenizer(f"={plain_words}").items
        except (TokenizerError, IndexError):
            return formula
        made = "".join(
            self._token(token, here, target, copy)
            if token.type == Token.OPERAND and token.subtype == Token.RANGE
            else token.value
            for token in tokens
        )
        return formula if made == plain_words else escape(made)

    def _token(self, token: Token, here: str, target: str, copy: tuple[int, int] | None) -> str:
        words: str = token.value
        sheet, mark, reference = words.rpartition("!")
        named = sheet.strip("'").replace("''", "'") if mark else here
        if named.casefold() != target.casefold():
            return words
        return f"{sheet}{mark}{self._reference(reference, copy)}"

    def _reference(self, reference: str, copy: tuple[int, int] | None) -> str:
        if found := _RANGE.fullmatch(reference):
            column, fixed, row, *end = found.groups()
            if not end[0]:
                return f"{column}{fixed}{self._one(int(row), copy)}"
            if copy and int(row) == int(end[2]) == copy[0]:
                return f"{column}{fixed}{copy[1]}:{end[0]}{end[1]}{copy[1]}"
            return f"{column}{fixed}{self.first(int(row))}:{end[0]}{end[1]}{self.last(int(end[2]))}"
        if found := _ROWS.fullmatch(reference):
            return f"{found[1]}{self.first(int(found[2]))}:{found[3]}{self.last(int(found[4]))}"
        return reference

    def _one(self, row: int, copy: tuple[int, int] | None) -> int:
        return copy[1] if copy and row == copy[0] else self.first(row)


def unshare(formula: str, origin: str, place: str) -> str:
    """The formula a cell at `place` shares with the one at `origin`, written out; escaped for XML."""
    try:
        made = Translator(f"={plain(formula)}", origin=origin).translate_formula(place)
    except (TranslatorError, TokenizerError, IndexError):
        return formula
    return escape(str(made)[1:])
