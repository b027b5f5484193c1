"""One line of a form from its template: ``1门诊 2家庭访视`` with its box, ``{onset_date}`` as 年 月 日, text on a rule.

``{key}`` is an item by what it holds; after a colon, parted by commas: a number is the length of the rule in
millimetres, ``words`` writes labels instead of offering digits, ``circled`` prints ① for 1, ``squares`` writes each
character into a box of its own (编号), ``open`` leaves the rule out, ``print`` sets it like the form's own words,
``box`` is nothing but a box with the value. A key that is no item of the form is plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from mhdesk.domain.codes import CodeEntry, CodeList, code_list
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.record import CodeCount
from mhdesk.reports.model import Align
from mhdesk.reports.paper.model import Line, Piece

_SLOT = re.compile(r"\{(\w+)(?::([^}]*))?\}")
_NUMBERS = re.compile(r"[^/、，,；;\s]+[/、，,；;\s]*")  # several phones in one cell
_NUMBER = re.compile(r"(\d{3})-?(\d{5})")
_CIRCLED_ONE = 0x2460
_GAP = "  "  # between two options
_COUNT_MM, _DETAIL_MM, _TEXT_MM = 6.5, 18.0, 24.0
_DATE_MM = (10.0, 6.5, 6.5)
NUMBER_PATTERN = (3, 5)  # 编号 □□□-□□□□□


class _ByHand:
    """See DATE_BY_HAND."""


DATE_BY_HAND = _ByHand()  # a value: year, month and day are left to the pen where no item says that it is a date


class Item(Protocol):
    """An item of a form, as far as paper cares (`mhdesk.forms.spec.FieldSpec` is one)."""

    @property
    def kind(self) -> str:
        """How it is filled: code, codes, counted_codes, date …"""

    @property
    def codes(self) -> CodeList | None:
        """The printed list."""

    @property
    def boxes(self) -> int:
        """□ at the right edge."""

    @property
    def detail(self) -> str:
        """The text that belongs to `detail_code`."""

    @property
    def detail_code(self) -> str:
        """Which option has a rule after it."""


class Template:
    """Fills lines from the values of one record. `items` are those of the form, by key."""

    def __init__(self, items: Mapping[str, Item], values: Mapping[str, object]) -> None:
        self._items, self._values = items, values

    def line(self, template: str, *, align: Align = Align.LEFT, indent_mm: float = 0.0, bold: bool = False) -> Line:
        """The line of a template. Boxes of all its items stand at its end, in their order."""
        pieces: list[Piece] = []
        boxes: list[str] = []
        end = 0
        for slot in _SLOT.finditer(template):
            if before := template[end : slot.start()]:
                pieces.append(Piece(before, glued=bool(pieces) and not before.startswith(" ")))
            options = [part.strip() for part in (slot[2] or "").split(",") if part.strip()]
            filled, more = self._slot(slot[1], options)
            pieces += filled
            boxes += more
            end = slot.end()
        if rest := template[end:]:
            pieces.append(Piece(rest, glued=bool(pieces) and not rest.startswith(" ")))
        joint = "" if ":squares" in template else "/"
        return Line(tuple(pieces), boxes=tuple(boxes), joint=joint, align=align, indent_mm=indent_mm, bold=bold)

    def _slot(self, key: str, options: Sequence[str]) -> tuple[list[Piece], list[str]]:
        value, item = self._values.get(key), self._items.get(key)
        blank = next((float(one) for one in options if one[0].isdigit()), 0.0)
        if "squares" in options and (squares := number_squares(value)) is not None:
            return [], [*squares[:3], "-", *squares[3:]]
        if "box" in options:
            return [], [str(value or "")]
        if "print" in options:
            return [Piece(str(value or ""), glued=True)], []
        if isinstance(value, date | PartialDate | _ByHand) or (item and item.kind in {"date", "partial_date"}):
            return date_pieces(value, ruled="open" not in options), []
        if item is None or item.codes is None or "words" in options:
            text = self._words(item, value)
            blank = blank or (0.0 if "open" in options else _TEXT_MM)
            return text_pieces(text, blank_mm=blank, ruled="open" not in options, numbers=_is_number(item)), []
        entries, ticked = item.codes.entries, _ticked(value)
        pieces = [piece for entry in entries for piece in self._option(item, entry, ticked, options)]
        boxes = [code for code, _ in ticked]
        return pieces, boxes + [""] * (item.boxes - len(boxes))

    def _option(
        self, item: Item, entry: CodeEntry, ticked: Sequence[CodeCount], options: Sequence[str]
    ) -> Iterator[Piece]:
        counted = item.kind == "counted_codes" and item.codes is not None and entry.code not in item.codes.exclusive
        has_detail = bool(item.detail) and entry.code == item.detail_code
        text = option_text(entry, circled="circled" in options)
        yield Piece(text if counted or has_detail else text + _GAP, whole=True)
        if has_detail:
            detail = str(self._values.get(item.detail) or "")
            yield Piece(detail, filled=True, blank_mm=_DETAIL_MM, glued=not detail)
            yield Piece(_GAP, glued=True)
        if counted:
            count = next((one.count for one in ticked if one.code == entry.code), 0)
            yield Piece(str(count or ""), filled=True, blank_mm=_COUNT_MM, glued=True)
            yield Piece("次" + _GAP, glued=True)

    def _words(self, item: Item | None, value: object) -> str:
        if value is None or value == ():
            return ""
        if item is not None and item.codes is not None:
            # Stored codes are today's, whatever edition the sheet was
            labels = code_list(item.codes.name) if item.codes.remap is not None else item.codes
            return "、".join(labels.label(code) if code in labels.codes else code for code, _ in _ticked(value))
        return number(value) if isinstance(value, float) else str(value)


def text_pieces(text: str, *, blank_mm: float = 0.0, ruled: bool = False, numbers: bool = False) -> list[Piece]:
    """What was filled in. `numbers`: phones and ID numbers, each of them whole however narrow the place."""
    parts = _NUMBERS.findall(text) if numbers else [text]
    if len(parts) < 2:  # noqa: PLR2004 - one number, or none
        return [Piece(text, filled=True, whole=numbers, blank_mm=blank_mm, ruled=ruled, glued=True)]
    return [Piece(part, filled=True, whole=True, glued=index == 0) for index, part in enumerate(parts)]


def _is_number(item: Item | None) -> bool:
    return item is not None and item.kind in {"phone", "id_number"}


def option_text(entry: CodeEntry, *, circled: bool = False) -> str:
    """``1门诊``, ``0（0级）``, ``①肿瘤``."""
    if circled and entry.code.isdigit() and int(entry.code) > 0:
        return chr(_CIRCLED_ONE + int(entry.code) - 1) + entry.label
    return f"{entry.code}（{entry.label}）" if entry.label.startswith(entry.code) else entry.code + entry.label


def date_pieces(value: object, *, ruled: bool = False) -> list[Piece]:
    """``    年  月  日`` with what is known of a date written in; never wrapped."""
    day = PartialDate.of(value) if isinstance(value, date) else value
    parts: tuple[int | None, ...] = (None, None, None)
    if isinstance(day, PartialDate):
        parts = (day.year, day.month, day.day)
    pieces = []
    for part, unit, blank in zip(parts, "年月日", _DATE_MM, strict=True):
        text = "" if part is None else str(part)
        pieces += [Piece(text, filled=True, blank_mm=blank, ruled=ruled, glued=True), Piece(unit, glued=True)]
    return [Piece(""), *pieces]


def number_squares(value: object) -> tuple[str, ...] | None:
    """The eight characters of a 编号 such as 001-00012, empty squares for none; None for one of another pattern."""
    if value is None or value == "":
        return ("",) * sum(NUMBER_PATTERN)
    match = _NUMBER.fullmatch(str(value))
    return tuple(match[1] + match[2]) if match else None


def number(value: float) -> str:
    """A dose as it is written: 50, 12.5."""
    return f"{value:.10g}"


def _ticked(value: object) -> list[CodeCount]:
    """Codes of any kind of item with their counts (0: none)."""
    if value is None:
        return []
    if isinstance(value, str):
        return [CodeCount(value, 0)]
    found = value if isinstance(value, tuple) else ()
    return [one if isinstance(one, CodeCount) else CodeCount(str(one), 0) for one in found]
