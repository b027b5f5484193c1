"""培训签到表 on upright A4: title, what and when, a numbered line for each person with room to sign, 应到 and 实到.

A row number belongs to one person for good: a row taken off the roster leaves a gap in the numbers. It comes back
signed and is typed in by its numbers: "1-14,16,18".
"""

from __future__ import annotations

import dataclasses
import functools
import json
import tomllib
from collections.abc import Mapping
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


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """One person as printed."""

    row: int
    name: str
    workplace: str = ""
    position: str = ""
    phone: str = ""


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


def to_json(sheet: SignInSheet) -> dict[str, Any]:
    """The sheet in plain values, to be stored as it was printed."""
    return json.loads(json.dumps(dataclasses.asdict(sheet)))  # type: ignore[no-any-return]


def from_json(stored: Mapping[str, Any]) -> SignInSheet:
    """Back from `to_json`."""
    return SignInSheet(**{**stored, "rows": tuple(SheetRow(**row) for row in stored["rows"])})


@functools.cache
def _layout() -> Mapping[str, Any]:
    return tomllib.loads(resources.path("paper/training_sheet.toml").read_text(encoding="utf-8"))


def form(sheet: SignInSheet) -> Form:
    """The sheet; its header stands on every page, 应到 and 实到 at the foot of each."""
    layout = _layout()
    columns = layout["columns"]
    header = Row(tuple(_head(one["label"]) for one in columns), float(layout["header_mm"]))
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
            Table(_FACTS_MM, _facts(sheet)),
            Prose((written(""),), size=0.4),
            Table(tuple(float(one["mm"]) for one in columns), (header, *rows), header=1),
        ),
        foot=(
            Between(
                written(text("training.sheet.counts", expected=len(sheet.rows))),
                written(text("training.sheet.recorder", recorder=sheet.recorder or text("training.sheet.blank"))),
                space_mm=2.5,
            ),
            Prose((written(text("training.sheet.back")),), size=0.8, space_mm=1.0),
        ),
        margins_mm=MARGINS_MM,
        points=POINTS,
        fit=False,
    )


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
