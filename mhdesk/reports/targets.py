"""目标完成情况 as a table: one line a target, by document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet
from mhdesk.text import text

_KEYS = {
    "number": 10.0, "document": 38.0, "name": 52.0, "office": 44.0, "baseline": 24.0, "target": 18.0, "year": 14.0,
    "actual": 20.0, "as_of": 24.0, "reached": 16.0, "before": 20.0, "trend": 14.0, "origin": 36.0, "mark": 40.0,
}  # fmt: skip
_LEFT = {"document", "name", "office", "origin", "mark"}


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A target as it prints; "" prints as "—"."""

    document: str
    name: str
    office: str
    baseline: str
    target: str
    year: int
    actual: str
    as_of: date | None
    origin: str
    evidence: str
    reached: bool | None
    before: str
    trend: str
    applies: bool = True
    mark: str = ""  # how sure we are that the target is printed so, and where


def board(rows: Sequence[BoardRow], *, year: int, unit_name: str, today: date) -> Report:
    """The report of one sheet."""
    title = text("targets.title", year=year)
    known = [row.reached for row in rows if row.reached is not None]
    open_ = sum(row.applies for row in rows) - len(known)
    sheet = Sheet(
        name=text("targets.sheet"),
        title=title,
        columns=[Column(width, align=Align.LEFT if key in _LEFT else Align.CENTER) for key, width in _KEYS.items()],
        header=[[Cell(text(f"targets.column.{key}")) for key in _KEYS]],
        rows=[_row(number, row) for number, row in enumerate(rows, start=1)],
        left_note=text("reports.filled_by", unit=unit_name),
        right_note=text("staffing.day", day=today.isoformat()),
        foot=[text(f"reports.foot.{part}") for part in ("head", "checked", "filled", "phone")],
        notes=[
            text("targets.note", reached=sum(known), missed=len(known) - sum(known), unknown=open_),
            text("targets.note_origin"),
            text("targets.note_mark"),
        ],
        frozen_columns=3,
    )
    return Report("targets", title, f"{title}{today:%Y%m%d}", [sheet])


def _row(number: int, row: BoardRow) -> list[Cell | None]:
    origin = "：".join(filter(None, (row.origin, row.evidence)))
    reached = None if row.applies else text("targets.district")
    if row.reached is not None:
        reached = text("targets.reached" if row.reached else "targets.missed")
    tone = "" if row.reached is None else "good" if row.reached else "late"
    return [
        Cell(number, Format.INTEGER),
        Cell(row.document),
        Cell(row.name),
        Cell(row.office or None),
        Cell(row.baseline or None),
        Cell(row.target),
        Cell(row.year, Format.INTEGER),
        Cell(row.actual or None),
        Cell(row.as_of, Format.DATE) if row.as_of else Cell(),
        Cell(reached, tone=tone),
        Cell(row.before or None),
        Cell(row.trend or None),
        Cell(origin or None),
        Cell(row.mark or None),
    ]
