"""Which rows under a header are people: blank rows, hints, sums, notes and signature lines are not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mhdesk.forms.headings import heading
from mhdesk.services.imports.header import Header, Row, is_empty, layout_words

_HINT_ROWS = 2  # hints stand right under the header
_FEW_CELLS = 2  # a note is a long text in one or two cells
_FIRST_CELLS = 3
_SUMS = re.compile("[计总均]")
_ID_DIGITS = 10
_OPTION_LENGTH = 12
_RANGE = re.compile(r"\d\s*[-~～—–]\s*\d+\s*级?")
_NUMBERED = re.compile(r"(?:^|[\s,;|/、])\d{1,2}[.、]?\s*[一-鿿]")


class DataRow(NamedTuple):
    """A row of data with its number as the spreadsheet shows it."""

    number: int
    cells: Row


def data_rows(rows: Sequence[Row], header: Header, key_columns: Sequence[int]) -> Iterator[DataRow]:
    """The rows that count, in order. `key_columns` hold the name and the ID number: who has neither may be a note."""
    titles = frozenset(one.title.split(" ")[-1] for one in header.headings)
    for position, row in enumerate(rows[header.first_row :]):
        filled = len(row) - row.count(None)
        if not filled or (filled <= _FEW_CELLS and all(is_empty(cell) for cell in row)):
            continue
        keys = [row[index] for index in key_columns if index < len(row)]
        if position < _HINT_ROWS and _is_hint(row, keys):
            continue
        if _is_total(row) or _is_note(row, keys, filled) or _is_repeated_header(row, keys, titles):
            continue
        yield DataRow(header.first_row + position + 1, row)


def _first_text(row: Row) -> str:
    return next((cell for cell in row if isinstance(cell, str) and cell.strip()), "")


def _is_total(row: Row) -> bool:
    """合计 in one of the first three filled cells, the name among them."""
    seen = 0
    for cell in row:
        if cell is None:
            continue
        if isinstance(cell, str) and _SUMS.search(cell) and _bare(cell) in _totals():
            return True
        seen += 1
        if seen == _FIRST_CELLS:
            break
    return False


def _bare(text: str) -> str:
    """``合  计（人）`` as ``合计``."""
    return heading(re.sub(r"[(（].*?[)）]", "", text))


def _totals() -> frozenset[str]:
    return frozenset(layout_words()["totals"])


def _is_note(row: Row, keys: Sequence[object], filled: int) -> bool:
    """A row that begins like a note, or one without name and ID number that holds hardly anything."""
    if any(not is_empty(key) for key in keys):
        text = _first_text(row)
        return (filled <= _FEW_CELLS or ":" in text or "：" in text) and _begins_like_note(text)
    return filled <= _FEW_CELLS or _begins_like_note(_first_text(row))


def _begins_like_note(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text).strip().lstrip("*※# ")
    return plain.startswith(tuple(layout_words()["notes"]))


def _is_hint(row: Row, keys: Sequence[object]) -> bool:
    """Options and filling notes instead of values: no ID number, and what stands there reads like a hint."""
    key_texts = [str(key) for key in keys if not is_empty(key)]
    if any(sum(character.isdigit() for character in text) >= _ID_DIGITS for text in key_texts):
        return False
    texts = [cell for cell in row if isinstance(cell, str) and cell.strip()]
    hints = sum(_says_how_to_fill(text) or _lists_options(text) for text in texts)
    if not key_texts:
        return hints > 0
    return hints * 2 > len(texts) or any(_says_how_to_fill(text) for text in key_texts)


def _says_how_to_fill(text: str) -> bool:
    """必填, 文本格式 …"""
    return any(word in unicodedata.normalize("NFKC", text) for word in layout_words()["hints"])


def _lists_options(text: str) -> bool:
    """``正常|弱|无``, ``红/黄``, ``1男 2女``, ``0-5``."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if _RANGE.fullmatch(plain) or len(_NUMBERED.findall(plain)) > 1:
        return True
    options = [option.strip() for option in plain.replace("/", "|").split("|")]
    return len(options) > 1 and all(0 < len(option) <= _OPTION_LENGTH and not option.isdigit() for option in options)


def _is_repeated_header(row: Row, keys: Sequence[object], titles: frozenset[str]) -> bool:
    """The header again, as on each printed page."""
    if not any(isinstance(key, str) and key.strip() in titles for key in keys):
        return False
    same = sum(1 for cell in row if isinstance(cell, str) and cell.strip() in titles)
    return same * 2 > len(titles)
