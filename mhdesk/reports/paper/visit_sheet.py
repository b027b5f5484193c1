"""入户随访单: the due people of a village in the order of the round, with boxes in the order of the form.

It comes back from the round and is typed in by its numbers: "3-12" is sheet 3, row 12.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import resources
from mhdesk.reports.model import Align
from mhdesk.reports.paper.model import Between, Cell, Form, Heading, Line, Piece, Prose, Row, Table, written
from mhdesk.reports.paper.template import Item, option_text, text_pieces
from mhdesk.text import text

MARGINS_MM = (11.0, 12.0, 13.0, 12.0)
POINTS = 8.0
BOX_ROW_MM = 8.0
NOTE_ROW_MM = 6.5
BOX_MM = 4.3
_HAND_MM = 3.2  # room for a figure written by hand
MOST_MISSING = 6  # so many missing items are named, the others counted


@dataclass(frozen=True, kw_only=True)
class RoundRow:
    """One person on the sheet. None and empty: not known. `days_overdue` is negative while days are left."""

    row: int
    name: str
    sex: str = ""
    age: int | None = None
    address: str = ""
    phone: str = ""
    guardian: str = ""
    relation: str = ""  # to the patient
    guardian_phone: str = ""
    last_visit_date: date | None = None
    visit_class: str = ""
    risk_level: str = ""
    due_on: date | None = None
    days_overdue: int | None = None
    drugs: tuple[str, ...] = ()
    days_left: int | None = None  # medicine at home
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Round:
    """A sheet: its number, whose round it is, and its people in order."""

    number: int
    place: str
    doctor: str
    printed_on: date
    rows: tuple[RoundRow, ...]


@functools.cache
def _layout() -> Mapping[str, Any]:
    return tomllib.loads(resources.path("paper/visit_sheet.toml").read_text(encoding="utf-8"))


def wanted() -> tuple[str, ...]:
    """Keys of the items whose lack is printed on the sheet, the weightiest first."""
    return tuple(_layout()["wanted"])


def to_json(sheet: Round) -> dict[str, Any]:
    """The sheet in plain values, to be stored as it was printed."""
    return json.loads(json.dumps(dataclasses.asdict(sheet), default=str))  # type: ignore[no-any-return]


def from_json(stored: Mapping[str, Any]) -> Round:
    """Back from `to_json`."""
    rows = tuple(RoundRow(**{key: _typed(key, value) for key, value in row.items()}) for row in stored["rows"])
    return Round(**{**stored, "printed_on": date.fromisoformat(stored["printed_on"]), "rows": rows})


def _typed(key: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return date.fromisoformat(value) if key in {"last_visit_date", "due_on"} and value is not None else value


def form(sheet: Round, items: Mapping[str, Item]) -> Form:
    """The sheet; `items` are those of the follow-up form whose codes are written."""
    layout = _layout()
    boxes = [one for one in layout["boxes"] if one["key"] in items]
    people = [(one["label"], float(one["mm"])) for one in layout["people"]]
    widths = [width for _, width in people] + [float(one["mm"]) for one in boxes]
    header = Row(
        (*(_head(name) for name, _ in people), *(_head("\n".join(one["label"])) for one in boxes)),
        float(layout["header_mm"]),
    )
    rows = [row for person in sheet.rows for row in _person(sheet, person, boxes, len(people))]
    return Form(
        title=layout["title"],
        head=(
            Heading(text("paper.sheet.title", title=layout["title"], number=sheet.number), 15.0),
            Between(
                written(text("paper.sheet.place", place=sheet.place, count=len(sheet.rows))),
                written(text("paper.sheet.printed", doctor=sheet.doctor, day=sheet.printed_on.isoformat())),
            ),
        ),
        body=(Table(tuple(widths), (header, *rows), header=1),),
        foot=(
            Prose((Line(tuple(_legend(boxes, items))),), size=0.82, space_mm=1.5, leading=1.3),
            Prose((written(text("paper.sheet.back", number=sheet.number)),), size=0.9, space_mm=1.0, leading=1.3),
        ),
        landscape=True,
        margins_mm=MARGINS_MM,
        points=POINTS,
        fit=False,
    )


def _head(label: str) -> Cell:
    lines = tuple(written(part, align=Align.CENTER, bold=True) for part in label.split("\n"))
    return Cell(lines, align=Align.CENTER, grey=True, size=0.94)


def _person(sheet: Round, person: RoundRow, boxes: Sequence[Mapping[str, Any]], held: int) -> Iterator[Row]:
    """Two rows: the boxes, and a line for words under them."""
    about = (
        Cell((written(f"{sheet.number}-{person.row}", filled=True, align=Align.CENTER),), rows=2, align=Align.CENTER),
        Cell(tuple(_who(person)), rows=2),
        Cell(tuple(_guardian(person)), rows=2, size=0.95),
        Cell(tuple(_state(person)), rows=2, size=0.95),
    )[:held]
    yield Row((*about, *(_box(one) for one in boxes)), BOX_ROW_MM)
    note = text("paper.sheet.note")
    yield Row((Cell((written(note),), columns=len(boxes), size=0.85),), NOTE_ROW_MM)


def _who(person: RoundRow) -> Iterator[Line]:
    age = "" if person.age is None else text("paper.sheet.age", age=person.age)
    facts = " ".join(part for part in (person.sex, age) if part)
    yield Line((Piece(person.name + ("  " if facts else ""), filled=True), Piece(facts, filled=True, whole=True)))
    if person.address:
        yield written(person.address, filled=True)
    if person.phone:
        yield Line(tuple(text_pieces(person.phone, numbers=True)))


def _guardian(person: RoundRow) -> Iterator[Line]:
    relation = text("paper.sheet.relation", relation=person.relation) if person.relation else ""
    if person.guardian or relation:
        yield Line((Piece(person.guardian, filled=True), Piece(relation, filled=True, whole=True)))
    yield Line(tuple(text_pieces(person.guardian_phone, numbers=True)))


def _state(person: RoundRow) -> Iterator[Line]:
    """Last class and risk, when due, drugs with what is left, what the file lacks."""
    last = text("paper.sheet.never")
    if person.last_visit_date is not None:
        facts = (person.last_visit_date.isoformat(), person.visit_class, person.risk_level)
        last = "  ".join(part for part in facts if part)
    yield _named(text("paper.sheet.last"), last)
    if person.due_on is not None:
        late = person.days_overdue or 0
        over = text("paper.sheet.overdue", days=late) if late > 0 else ""
        yield _named(text("paper.sheet.due"), person.due_on.isoformat() + over)
    left = Piece("" if person.days_left is None else str(person.days_left), filled=True, blank_mm=7.0, glued=True)
    drugs = "；".join(person.drugs) or text("paper.sheet.no_drugs")
    yield Line(
        (
            Piece(text("paper.sheet.drugs")),
            Piece(drugs + "  ", filled=True),
            Piece(text("paper.sheet.left")),
            left,
            Piece(text("paper.sheet.days"), glued=True),
        )
    )
    if person.missing:
        shown = "、".join(person.missing[:MOST_MISSING])
        more = len(person.missing) - MOST_MISSING
        yield _named(text("paper.sheet.missing"), shown + (text("paper.sheet.more", count=more) if more > 0 else ""))


def _named(name: str, value: str) -> Line:
    return Line((Piece(name), Piece(value, filled=True, glued=True)))


def _box(layout: Mapping[str, Any]) -> Cell:
    if layout.get("date"):
        pieces = [
            part
            for unit in (text("paper.sheet.month"), text("paper.sheet.day"))
            for part in (Piece("", blank_mm=_HAND_MM, ruled=False, glued=True), Piece(unit, glued=True))
        ]
        return Cell((Line(tuple(pieces), align=Align.RIGHT),), size=0.85)
    count = int(layout.get("boxes", 1))
    return Cell((Line(boxes=("",) * count, box_mm=BOX_MM, joint="" if count == 1 else "/", align=Align.CENTER),))


def _legend(boxes: Sequence[Mapping[str, Any]], items: Mapping[str, Item]) -> Iterator[Piece]:
    """What every digit means, once at the foot; neighbours with the same list are named together."""
    names: list[str] = []
    for place, one in enumerate(boxes):
        codes = items[one["key"]].codes
        if codes is None:
            continue
        names.append(one["label"])
        following = items[boxes[place + 1]["key"]].codes if place + 1 < len(boxes) else None
        if following is codes:
            continue
        yield Piece("、".join(names) + "：", whole=True)
        yield from (Piece(option_text(entry) + " ", whole=True) for entry in codes.entries)
        yield Piece("　")
        names = []
