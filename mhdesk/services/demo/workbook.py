"""The two workbooks of the demonstration as `Report`s: a register (花名册) and the follow-ups, one row a visit.

They look like those of real offices (merged titles, two-line headers, a row of hints, sums, notes, dates written in
several ways), so that importing them is a real import. The layout is ``resources/demo/workbooks.toml``.
"""

from __future__ import annotations

import functools
import itertools
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import resources
from mhdesk.domain import codes
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import MovementKind
from mhdesk.domain.record import CodeCount
from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet, Value
from mhdesk.services.demo.people import HISTORY_DAYS, Person

_EMPTY = Cell("", Format.TEXT)
_HINT_ROWS = 1


@functools.cache
def _layouts() -> dict[str, Any]:
    return tomllib.loads(resources.path("demo/workbooks.toml").read_text(encoding="utf-8"))


def roster(unit: str, people: Sequence[Person], today: date) -> Report:
    """The register of `unit` as a workbook."""
    sources = [_roster_source(person) for person in people]
    return _report("roster", unit, sources, today)


def visits(unit: str, people: Sequence[Person], today: date) -> Report:
    """All follow-ups of `people` as a workbook, by date."""
    rows = [(visit, person) for person in people for visit in person.visits]
    rows.sort(key=lambda pair: (pair[0].visit_date or today, pair[1].patient.id_number or ""))
    return _report("visits", unit, [_visit_source(visit, person) for visit, person in rows], today)


def _roster_source(person: Person) -> Callable[[str], Any]:
    days = {movement.kind: movement for movement in person.movements}
    patient = person.patient
    out = days.get(MovementKind.MOVED_OUT)
    died = days.get(MovementKind.DIED)
    extra = {
        "@ethnicity": patient.ethnicity_name or "汉族",
        "@institution": person.institution,
        "@village": person.village,
        "@moved_in_on": patient.registered_on if patient.registered_as == MovementKind.MOVED_IN else None,
        "@moved_out_on": out.happened_on if out else None,
        "@moved_to": out.other_unit if out else None,
        "@died_on": died.happened_on if died else None,
    }
    return lambda field: extra[field] if field.startswith("@") else getattr(patient, field)


def _visit_source(visit: FollowUp, person: Person) -> Callable[[str], Any]:
    def value(field: str) -> Any:
        if field.startswith("@"):
            return getattr(person.patient, field[1:])
        if field.startswith("drug."):
            _, purpose, line, name = field.split(".")
            lines = [drug for drug in visit.drugs if drug.purpose == purpose]
            return getattr(lines[int(line) - 1], name) if int(line) <= len(lines) else None
        return getattr(visit, field)

    return value


def _report(kind: str, unit: str, sources: Sequence[Callable[[str], Any]], today: date) -> Report:
    layout = _layouts()[kind]
    columns = layout["columns"]
    start = date.fromordinal(today.toordinal() - HISTORY_DAYS)
    words = {"unit": unit, "today": _chinese(today), "start": _chinese(start)}
    rows: list[Sequence[Cell | None]] = [_hints(columns)]
    rows += [_row(columns, number, source) for number, source in enumerate(sources, start=1)]
    rows.append(_total(columns, layout["total"], len(sources)))
    sheet = Sheet(
        name=layout["sheet"],
        title=layout["title"].format(**words),
        columns=[Column(column["width"]) for column in columns],
        header=_header(columns),
        rows=rows,
        total_rows=frozenset({len(rows) - 1}),
        left_note=layout["left_note"].format(**words),
        right_note=layout["right_note"].format(**words),
        foot=layout["foot"],
        notes=layout["notes"],
        frozen_columns=3,
        fit_to_width=False,  # sixty columns: made to be filled in, not to be printed on one page
    )
    return Report(kind, sheet.title, f"{unit}{layout['sheet']}", [sheet])


def _header(columns: Sequence[Mapping[str, Any]]) -> list[list[Cell | None]]:
    """Two lines: groups over their columns, single columns through both."""
    upper: list[Cell | None] = []
    lower: list[Cell | None] = []
    for group, members in itertools.groupby(columns, key=lambda column: column.get("group")):
        some = list(members)
        if group is None:
            upper += [Cell(column["label"], row_span=2) for column in some]
            lower += [None] * len(some)
        else:
            upper += [Cell(group, col_span=len(some)), *([None] * (len(some) - 1))]
            lower += [Cell(column["label"]) for column in some]
    return [upper, lower]


def _hints(columns: Iterable[Mapping[str, Any]]) -> list[Cell | None]:
    return [Cell(column.get("hint", ""), Format.TEXT, Align.CENTER) for column in columns]


def _total(columns: Sequence[Mapping[str, Any]], word: str, count: int) -> list[Cell | None]:
    cells: list[Cell | None] = [_EMPTY for _ in columns]
    cells[0], cells[1] = Cell(word, Format.TEXT, Align.CENTER), Cell(count, Format.INTEGER)
    return cells


def _row(columns: Sequence[Mapping[str, Any]], number: int, source: Callable[[str], Any]) -> list[Cell | None]:
    return [
        Cell(number, Format.INTEGER) if column["field"] == "@serial" else _cell(source(column["field"]), column)
        for column in columns
    ]


def _cell(value: Any, column: Mapping[str, Any]) -> Cell:
    if value is None or value == ():
        return _EMPTY
    show = column.get("show", "digit")
    if isinstance(value, date) and show == "native":
        return Cell(value, Format.DATE)
    if isinstance(value, float):
        return Cell(value, Format.INTEGER if value == int(value) else Format.DECIMAL)
    if isinstance(value, int):
        return Cell(value, Format.INTEGER)
    return Cell(_text(value, column, show), Format.TEXT)


def _text(value: Any, column: Mapping[str, Any], show: str) -> Value:
    """As somebody in an office would type it."""
    if isinstance(value, tuple):
        return "、".join(_count(item) if isinstance(item, CodeCount) else item for item in value)
    if isinstance(value, date):
        value = PartialDate.of(value)
    if isinstance(value, PartialDate):
        return _DATE_STYLES[show](value)
    if show == "label":
        return codes.code_list(column["codes"]).label(value)
    return str(value)


def _count(item: CodeCount) -> str:
    return f"{item.code}（{item.count}次）" if item.count else item.code


def _chinese(day: PartialDate | date) -> str:
    if isinstance(day, date):
        day = PartialDate.of(day)
    return f"{day.year}年" + (f"{day.month}月" if day.month else "") + (f"{day.day}日" if day.day else "")


def _joined(separator: str) -> Callable[[PartialDate], str]:
    return lambda day: separator.join(str(part) for part in (day.year, day.month, day.day) if part is not None)


_DATE_STYLES: dict[str, Callable[[PartialDate], str]] = {
    "iso": PartialDate.iso,
    "digit": PartialDate.iso,
    "dot": _joined("."),
    "slash": _joined("/"),
    "compact": lambda day: day.iso().replace("-", ""),
    "chinese": _chinese,
}
