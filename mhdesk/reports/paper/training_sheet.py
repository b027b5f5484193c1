"""培训签到表 on upright A4: title, what and when, a numbered line for each person with room to sign, 应到 and 实到.

A row number belongs to one person for good: a row taken off the roster leaves a gap in the numbers. It comes back
signed and is typed in by its numbers: "1-14,16,18".
"""

from __future__ import annotations

import dataclasses
import functools
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import resources
from mhdesk.reports.model import Align
from mhdesk.reports.paper.model import Between, Cell, Form, Heading, Line, Prose, Row, Table, label, value, written
from mhdesk.reports.paper.template import text_pieces
from mhdesk.text import text

MARGINS_MM = (16.0, 15.0, 14.0, 15.0)
POINTS = 10.0
_FACT_MM = 8.0
_FACTS_MM = (24.0, 66.0, 24.0, 64.0)
_FACTS_WIDE_MM = (24.0, 110.0, 24.0, 109.0)
_UPRIGHT_DAYS = 1
HALVES = ("morning", "afternoon")


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """One person as printed."""

    row: int
    name: str
    workplace: str = ""
    position: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class SheetDay:
    """A day to sign on: what stands over its columns, and which halves it has."""

    label: str
    halves: tuple[str, ...] = HALVES


@dataclass(frozen=True, kw_only=True)
class SignInSheet:
    """A sheet as it is printed, now and a year later. `number` is the session's."""

    number: int
    title: str
    time: str = ""
    place: str = ""
    organizer: str = ""
    teacher: str = ""
    hours: str = ""
    content: str = ""
    recorder: str = ""
    rows: tuple[SheetRow, ...] = ()
    days: tuple[SheetDay, ...] = ()  # of a course of several days, or of half a day; (): one whole day


def to_json(sheet: SignInSheet) -> dict[str, Any]:
    """The sheet in plain values, to be stored as it was printed."""
    return json.loads(json.dumps(dataclasses.asdict(sheet)))  # type: ignore[no-any-return]


def from_json(stored: Mapping[str, Any]) -> SignInSheet:
    """Back from `to_json`."""
    days = tuple(SheetDay(label=one["label"], halves=tuple(one["halves"])) for one in stored.get("days", ()))
    rows = tuple(SheetRow(**row) for row in stored["rows"])
    return SignInSheet(**{**stored, "rows": rows, "days": days})


@functools.cache
def _layout() -> Mapping[str, Any]:
    return tomllib.loads(resources.path("paper/training_sheet.toml").read_text(encoding="utf-8"))


def forms(sheet: SignInSheet) -> list[Form]:
    """The sheet; a course of many days takes several, each with all the people and some of the days.

    One day (or half of it) stands upright; more stand on landscape paper, as many on one as leave room to sign.
    """
    if len(sheet.days) <= _UPRIGHT_DAYS:
        return [_form(sheet, sheet.days)]
    most = int(_layout()["days_on_a_page"])
    count = -(-len(sheet.days) // most)
    size = -(-len(sheet.days) // count)  # 5 days are 3 and 2, not 4 and 1
    return [_form(sheet, sheet.days[at : at + size]) for at in range(0, len(sheet.days), size)]


def _form(sheet: SignInSheet, days: tuple[SheetDay, ...]) -> Form:
    """One sheet; its header stands on every page, 应到 and 实到 at the foot of each."""
    layout = _layout()
    is_wide = len(days) > _UPRIGHT_DAYS
    columns = _columns(days)
    heads, header_mm = [], float(layout["header_mm"])
    if is_wide:
        heads = [_day_heads(columns, days, header_mm), _half_heads(columns, header_mm)]
    else:
        heads = [Row(tuple(_head(one["label"]) for one in columns), header_mm)]
    rows = [
        Row(tuple(_cell(one, _text_of(person, one["key"])) for one in columns), float(layout["row_mm"]))
        for person in sheet.rows
    ]
    title = sheet.title if sheet.title.endswith(layout["suffix"]) else sheet.title + layout["suffix"]
    return Form(
        title=title,
        head=(
            Heading(title, 17.0),
            Between(
                written(text("training.sheet.organizer", organizer=sheet.organizer)),
                written(text("training.sheet.number", number=sheet.number)),
                space_mm=1.5,
            ),
        ),
        body=(
            Table(_FACTS_WIDE_MM if is_wide else _FACTS_MM, _facts(sheet)),
            Prose((written(""),), size=0.4),
            Table(tuple(float(one["mm"]) for one in columns), (*heads, *rows), header=len(heads)),
        ),
        foot=(
            Between(
                written(_counts(sheet, days)),
                written(text("training.sheet.recorder", recorder=sheet.recorder or text("training.sheet.blank"))),
                space_mm=2.5,
            ),
            Prose((written(text("training.sheet.back")),), size=0.8, space_mm=1.0),
        ),
        landscape=is_wide,
        margins_mm=MARGINS_MM,
        points=POINTS,
        fit=False,
    )


def _counts(sheet: SignInSheet, days: tuple[SheetDay, ...]) -> str:
    """应到, and room for 实到: of the one day, or of each."""
    if len(days) <= _UPRIGHT_DAYS:
        return text("training.sheet.counts", expected=len(sheet.rows))
    here = "　".join(text("training.sheet.count_of", day=one.label) for one in days)
    return text("training.sheet.counts_days", expected=len(sheet.rows), here=here)


def _columns(days: tuple[SheetDay, ...]) -> list[Mapping[str, Any]]:
    """The columns of a sheet: the room to sign is shared out among the halves it has."""
    layout = _layout()
    known: list[Mapping[str, Any]] = layout["columns"]
    signed = [one for one in known if one["key"] in HALVES]
    halves = [half for day in days for half in day.halves] if days else list(HALVES)
    if len(days) <= _UPRIGHT_DAYS and len(halves) == len(signed):
        return known
    if len(days) <= _UPRIGHT_DAYS:  # half a day: its one column has the room of both
        room = sum(float(one["mm"]) for one in signed)
        return [
            {**one, "mm": room} if one["key"] == halves[0] else one
            for one in known
            if one["key"] not in HALVES or one["key"] == halves[0]
        ]
    others = [one for one in known if one["key"] not in HALVES]
    room = float(layout["wide_mm"]) - sum(float(one["mm"]) for one in others)
    signing = [{"key": half, "mm": room / len(halves), "half": half} for half in halves]
    return [*others[:-1], *signing, others[-1]]


def _day_heads(columns: Sequence[Mapping[str, Any]], days: tuple[SheetDay, ...], height_mm: float) -> Row:
    """The upper line of the header: the days over their halves, everything else down both lines."""
    cells: list[Cell] = []
    left = list(days)
    for one in columns:
        if "half" not in one:
            cells.append(dataclasses.replace(_head(one["label"]), rows=2))
        elif left and one["half"] == left[0].halves[0]:
            day = left.pop(0)
            cells.append(dataclasses.replace(_head(day.label), columns=len(day.halves)))
    return Row(tuple(cells), height_mm)


def _half_heads(columns: Sequence[Mapping[str, Any]], height_mm: float) -> Row:
    return Row(tuple(_head(text(f"training.day_part.{one['half']}")) for one in columns if "half" in one), height_mm)


def _facts(sheet: SignInSheet) -> tuple[Row, ...]:
    """What the session is, in a frame above the list."""

    def pair(key: str, words: str) -> tuple[Cell, Cell]:
        return label(text(f"training.sheet.{key}")), value(words)

    return (
        Row((*pair("time", sheet.time), *pair("place", sheet.place)), _FACT_MM),
        Row((*pair("teacher", sheet.teacher), *pair("hours", sheet.hours)), _FACT_MM),
        Row((label(text("training.sheet.content")), value(sheet.content, columns=3)), _FACT_MM),
    )


def _text_of(person: SheetRow, key: str) -> str:
    return str(getattr(person, key, ""))


def _head(words: str) -> Cell:
    return Cell((written(words, align=Align.CENTER, bold=True),), align=Align.CENTER, grey=True)


def _cell(column: Mapping[str, Any], words: str) -> Cell:
    align = Align(column.get("align", "left"))
    is_number = bool(column.get("numbers"))
    line = Line(tuple(text_pieces(words, numbers=is_number)), align=align)
    return Cell((line,), align=align, one_line=is_number)
