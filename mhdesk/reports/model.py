"""The table as cells: laid out once, then written as xlsx, as pdf, or shown on the screen cell by cell.

Numbers stay numbers; how they look is `Format`. A cell that stands for people carries them in `members`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Format(StrEnum):
    """How a value is printed. PERCENT and PERMILLE take the plain ratio (0.9265) and print 2 decimals of it."""

    TEXT = "text"  # also ID numbers and phones: never a number in xlsx
    INTEGER = "integer"
    DECIMAL = "decimal"  # 2 decimals
    PERCENT = "percent"  # 92.65%
    PERMILLE = "permille"  # 3.06‰
    DATE = "date"  # 2026-03-05


class Align(StrEnum):
    """Horizontal place in the cell. AUTO: numbers right, texts left, headers centred."""

    AUTO = "auto"
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


Value = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. None as `value` prints as "—" in a body row: an official table has no blank cells."""

    value: Value = None
    format: Format = Format.TEXT
    align: Align = Align.AUTO
    col_span: int = 1
    row_span: int = 1
    members: Sequence[int] | None = None  # ids behind the number
    key: str = ""  # what the number is: "indicator" or "indicator.numerator"
    unit_id: int | None = None
    hint: str = ""  # definition in words, shown on hover
    tone: str = ""  # "", "good", "late" or "danger": reached or missed a target; never the only sign


@dataclass(frozen=True, slots=True)
class Column:
    """A column's width in millimetres on paper (xlsx and screen derive theirs) and its default looks."""

    width_mm: float
    format: Format = Format.TEXT
    align: Align = Align.AUTO


@dataclass(frozen=True, slots=True)
class Sheet:
    """One official table on paper.

    `header` rows may hold cells with spans; positions covered by a span hold None. `rows` are body rows; those whose
    index is in `total_rows` print heavier. `left_note`/`right_note` is the line 填报单位 / 填报日期 under the title,
    `unit_note` the 计量单位 line, `foot` the signature line's parts, `notes` small print under the table.
    """

    name: str
    title: str
    columns: Sequence[Column]
    header: Sequence[Sequence[Cell | None]]
    rows: Sequence[Sequence[Cell | None]]
    total_rows: frozenset[int] = frozenset()
    left_note: str = ""
    right_note: str = ""
    unit_note: str = ""
    foot: Sequence[str] = ()
    notes: Sequence[str] = ()
    landscape: bool = True
    frozen_columns: int = 1
    fit_to_width: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """Sheets plus what produced them. `provenance` (cut-off, rule set, hash …) is written as the last xlsx sheet."""

    key: str
    title: str
    file_stem: str
    sheets: Sequence[Sheet]
    provenance: Sequence[tuple[str, str]] = field(default_factory=tuple)
