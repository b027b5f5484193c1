"""Units (单位): the institution's villages, or the district's institutions, with population and staff by year."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.unit import Unit, UnitLevel, UnitYear

if TYPE_CHECKING:
    from db.ledger import Ledger


class UnitLine(NamedTuple):
    """A unit with its figures of one year."""

    id: int
    name: str
    level: str
    parent_id: int | None
    population: int | None
    staff_fte: float | None
    psychiatrists: float | None
    valid_to: date | None = None  # the first day it is no longer a unit of its own
    merged_into: str | None = None  # the name of the unit it is part of since then


def listed(ledger: Ledger, *, year: int) -> list[UnitLine]:
    """The root first, then its units in their order, each with the figures of `year`."""
    figures = {item.unit_id: item for item in ledger.find(UnitYear, year=year)}
    units = sorted(ledger.find(Unit), key=lambda unit: (unit.id != ledger.root_unit_id, unit.sort_order, unit.id or 0))
    names = {unit.id: unit.name for unit in units}
    lines = []
    for unit in units:
        known = figures.get(unit.id or 0)
        numbers = (known.population, known.staff_fte, known.psychiatrists) if known else (None, None, None)
        ended = (unit.valid_to, names.get(unit.merged_into_id))
        lines.append(UnitLine(unit.id or 0, unit.name, unit.level, unit.parent_id, *numbers, *ended))
    return lines


def add(ledger: Ledger, *, name: str) -> tuple[int, Changes]:
    """A village of a township ledger, an institution of a district ledger. Raises UserError for no or a taken name."""
    name = name.strip()
    units = ledger.find(Unit)
    if not name or any(unit.name == name for unit in units):
        raise UserError("MH-UNITS-03", name=name)
    level = UnitLevel.INSTITUTION if ledger.level == "district" else UnitLevel.VILLAGE
    last = max((unit.sort_order for unit in units), default=0)
    with ledger.change("unit.add") as change:
        unit_id = change.add(Unit(name=name, level=level, parent_id=ledger.root_unit_id, sort_order=last + 1))
    return unit_id, change.changes


def rename(ledger: Ledger, unit_id: int, *, name: str) -> Changes:
    """A new name; the unit stays the same in every number."""
    name = name.strip()
    if not name or any(unit.name == name and unit.id != unit_id for unit in ledger.find(Unit)):
        raise UserError("MH-UNITS-03", name=name)
    with ledger.change("unit.rename") as change:
        change.replace(dataclasses.replace(ledger.get(Unit, unit_id), name=name))
    return change.changes


def merge(ledger: Ledger, unit_id: int, *, into_id: int, on: date) -> Changes:
    """From the day `on` a unit is part of another of its level: later reports count its people there.

    Earlier weeks keep both rows, sent reports stay as they are, and the people keep the village they are of. In reports
    its inhabitants and staff are added to those of the other until somebody types figures of a later year there.
    Raises UserError MH-UNITS-05 where that makes no sense: itself, another level, one that has ended already.
    """
    gone, into = ledger.get(Unit, unit_id), ledger.get(Unit, into_id)
    ended = any(one.valid_to is not None or one.voided_at is not None for one in (gone, into))
    if unit_id in (into_id, ledger.root_unit_id) or gone.level != into.level or ended:
        raise UserError("MH-UNITS-05", name=gone.name, into=into.name)
    with ledger.change("unit.merge") as change:
        change.replace(dataclasses.replace(gone, valid_to=on, merged_into_id=into_id))
    return change.changes


def set_figures(
    ledger: Ledger,
    unit_id: int,
    *,
    year: int,
    population: int | None = None,
    staff_fte: float | None = None,
    psychiatrists: float | None = None,
) -> Changes:
    """Population and staff of a unit in one year. Raises UserError for a negative figure."""
    given: Sequence[float | None] = (population, staff_fte, psychiatrists)
    if any(value is not None and value < 0 for value in given):
        raise UserError("MH-UNITS-04")
    stored = ledger.find(UnitYear, unit_id=unit_id, year=year)
    fresh = UnitYear(
        unit_id=unit_id, year=year, population=population, staff_fte=staff_fte, psychiatrists=psychiatrists
    )
    with ledger.change("unit.figures") as change:
        if stored:
            change.replace(
                dataclasses.replace(fresh, id=stored[0].id, version=stored[0].version, source=stored[0].source)
            )
        else:
            change.add(fresh)
    return change.changes
