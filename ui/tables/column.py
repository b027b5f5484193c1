"""One column of a table, described once: where its value comes from, how it is shown, sorted and copied."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from mhdesk.domain.dates import PartialDate
from mhdesk.text import text
from ui.theme import ToneName
from ui.widgets import ChipText

ColumnKind = Literal["text", "number", "date", "chips"]
#: What a row may show in a column.
CellValue = object


@dataclass(frozen=True)
class Column:
    """A column.

    `key`: the row's field, and what a source is asked to sort by. `width`: in Chinese characters. `value`: how the
    value is taken from a row (default: the field `key`). `chips`: for kind "chips", the chips of a row. `tone`: a
    meaning for the text's colour, or None. `is_stretched`: takes the room that is left. `is_shown`: shown until the
    doctor chooses otherwise. `gives_way`: where there is no room for every column, those with the highest number are
    left out first, until the doctor chooses columns; 0: always shown. `tip`: what the column means, shown
    over its header.
    """

    key: str
    title: str
    width: float = 6
    kind: ColumnKind = "text"
    value: Callable[[Any], CellValue] | None = None
    chips: Callable[[Any], Sequence[ChipText]] | None = None
    tone: Callable[[Any], ToneName | None] | None = None
    is_sortable: bool = True
    is_stretched: bool = False
    is_shown: bool = True
    gives_way: int = 0
    is_bold: bool = False
    tip: str = ""

    def value_of(self, row: Any) -> CellValue:
        """The value a row has in this column."""
        if self.value is not None:
            return self.value(row)
        if self.chips is not None:
            return "、".join(chip.label for chip in self.chips(row))
        return operator.attrgetter(self.key)(row)

    def text_of(self, row: Any) -> str:
        """The value as the doctor reads and copies it. Unknown is nothing."""
        return shown(self.value_of(row))


def shown(value: CellValue) -> str:
    """A value as text: dates as 2026-03-05, unknown as nothing, truth as 是 and 否."""
    match value:
        case None:
            words = ""
        case bool():
            words = text("table.yes") if value else text("table.no")
        case PartialDate():
            words = value.iso()
        case datetime():
            words = value.astimezone().strftime("%Y-%m-%d %H:%M")
        case date():
            words = value.isoformat()
        case float():
            words = f"{value:g}"
        case _:
            words = str(value)
    return words


def as_number(value: CellValue) -> float | None:
    """A value to add up, or None."""
    return None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
