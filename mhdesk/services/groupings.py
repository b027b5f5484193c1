"""How a roll-up's rows are made: by village or institution as usual, or by doctor, diagnosis, class, colour."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from db.queries import rollup as queries
from mhdesk.domain import codes
from mhdesk.domain.unit import UnitLevel
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.indicators.tally import NO_FIGURES, Figures
from mhdesk.rules.rollup import Place, Row
from mhdesk.services import work_figures
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection

#: What rows may stand for. "unit": villages of a township, institutions of a district.
BY = ("unit", "village", "institution", "doctor", "diagnosis", "class", "colour")
_LEVELS = {"village": UnitLevel.VILLAGE, "institution": UnitLevel.INSTITUTION}
_CODED: Mapping[str, tuple[str, Callable[[PatientFacts], str | None]]] = {
    "diagnosis": ("diagnosis", lambda facts: facts.diagnosis),
    "class": ("visit_class", lambda facts: facts.last.visit_class if facts.last else None),
    "colour": ("colour", lambda facts: facts.colour),
}


def place_of(connection: Connection, ledger: Ledger, on: date, *, since: date | None = None, by: str = "unit") -> Place:
    """The rows of a ledger's table on a day. With `since` the figures of the days from it to `on` are counted, too."""
    units = {unit.id: unit for unit in queries.units(connection)}
    figures = work_figures.merged(
        connection,
        queries.figures(connection, on.year),
        units=units,
        root=ledger.root_unit_id,
        level=ledger.level,
        on=on,
        since=since,
    )
    figures = _with_merged(connection, figures, units, on)
    if by in _CODED or by == "doctor":
        return _by_person(connection, ledger, figures, by)
    return _by_unit(connection, ledger, on, figures, _LEVELS.get(by) or queries.root_level(ledger.level))


def _with_merged(
    connection: Connection, figures: dict[int, Figures], units: Mapping[int, queries.UnitRow], on: date
) -> dict[int, Figures]:
    """Figures of units that were merged by a day, added to those of their successors.

    Whoever typed figures of a later year for the successor has counted everybody in already. What one of the two does
    not know the sum does not know either.
    """
    merged = [
        unit for unit in units.values() if unit.merged_into_id in units and (unit.valid_to or "~") <= on.isoformat()
    ]
    if not merged:
        return figures
    typed, found = queries.figure_years(connection), dict(figures)
    for unit in sorted(merged, key=lambda one: one.valid_to or ""):
        successor, year = unit.merged_into_id or 0, int(str(unit.valid_to)[:4])
        if any(year < one <= on.year for one in typed.get(successor, ())):
            continue
        parts = (found.get(successor, NO_FIGURES), found.get(unit.id, NO_FIGURES))
        sums: dict[str, Any] = {
            field.name: work_figures.sum_of([getattr(part, field.name) for part in parts])
            for field in dataclasses.fields(Figures)
        }
        found[successor] = Figures(**sums)
    return found


def _by_unit(
    connection: Connection, ledger: Ledger, on: date, figures: Mapping[int, Figures], level: UnitLevel
) -> Place:
    units = {unit.id: unit for unit in queries.units(connection)}
    root, day = units[ledger.root_unit_id], on.isoformat()
    row_of: dict[int | None, int] = {None: 0}
    for unit in units.values():
        row_of[unit.id] = _row_for(unit, units, level, day)
    used = set(row_of.values())
    rows = [
        Row(unit.id, unit.name, figures.get(unit.id, NO_FIGURES))
        for unit in units.values()
        if unit.level == level and unit.id in used and _is_valid(unit, day)
    ]
    if not rows and ledger.level != "district":  # a township that keeps no villages is one line itself
        rows = [Row(root.id, root.name, figures.get(root.id, NO_FIGURES))]
        row_of = dict.fromkeys(row_of, root.id)
    known = {row.id for row in rows}
    row_of = {unit_id: row if row in known else 0 for unit_id, row in row_of.items()}
    rows.append(Row(0, text(f"reports.unassigned.{level}")))
    return Place(root.name, ledger.level, rows, row_of, figures.get(root.id, Figures()))


def _by_person(connection: Connection, ledger: Ledger, figures: Mapping[int, Figures], by: str) -> Place:
    """Rows that have nothing to do with places: numbered from 1, 0 for "not written down"."""
    root = next(unit for unit in queries.units(connection) if unit.id == ledger.root_unit_id)
    if by == "doctor":
        doctor_of = queries.doctors(connection)
        names: Sequence[str] = sorted({name for name in doctor_of.values() if name})
        row_at = {name: place for place, name in enumerate(names, 1)}

        def group(facts: PatientFacts) -> int:
            return row_at.get(doctor_of.get(facts.id, ""), 0)

    else:
        list_name, value = _CODED[by]
        coded = codes.code_list(list_name)
        names = [coded.label(code) for code in coded.codes]
        row_at = {code: place for place, code in enumerate(coded.codes, 1)}

        def group(facts: PatientFacts) -> int:
            return row_at.get(value(facts) or "", 0)

    rows = [Row(place, name) for place, name in enumerate(names, 1)]
    rows.append(Row(0, text(f"reports.unassigned.{by}")))
    return Place(root.name, ledger.level, rows, {}, figures.get(root.id, Figures()), by, group)


def _row_for(unit: queries.UnitRow, units: Mapping[int, queries.UnitRow], level: UnitLevel, day: str) -> int:
    """The row a unit's people stand in: its successor's after a merger, its parent's when it lies below the rows."""
    for _ in units:  # no longer than the tree is deep, even if somebody made a circle
        if unit.merged_into_id in units and unit.valid_to is not None and unit.valid_to <= day:
            unit = units[unit.merged_into_id or 0]
        elif unit.level == level:
            return unit.id
        elif unit.parent_id in units:
            unit = units[unit.parent_id or 0]
        else:
            break
    return 0


def _is_valid(unit: queries.UnitRow, day: str) -> bool:
    return (unit.valid_from is None or unit.valid_from <= day) and (unit.valid_to is None or day < unit.valid_to)
