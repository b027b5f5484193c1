"""人员配备: what each unit needs, has and lacks, from the register and the units' figures of the year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from mhdesk.domain.unit import UnitYear
from mhdesk.rules import staffing as rules
from mhdesk.rules.rollup import RollUp
from mhdesk.rules.staffing import ROUNDINGS, Need, Post
from mhdesk.services import rollups
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

DEFAULT_RATIO = 80
__all__ = ["DEFAULT_RATIO", "ROUNDINGS", "Staffing", "of_posts", "staffing", "to_json"]


@dataclass(frozen=True, slots=True)
class Staffing:
    """The table of needs; `total` is the sum of the units."""

    ratio: int
    rounding: str
    units: Sequence[Need]
    total: Need


def staffing(ledger: Ledger, *, today: date, ratio: int = DEFAULT_RATIO, rounding: str = ROUNDINGS[0]) -> Staffing:
    """Needs of a ledger's institutions today: one line for a township, one an institution for a district.

    Raises UsageError MH-STAFF-01 for a ratio or rounding that makes no sense.
    """
    rollup = rollups.build(ledger, on=today, today=today)
    return of_posts(_posts(ledger, rollup, today.year), ratio=ratio, rounding=rounding)


def of_posts(posts: Sequence[Post], *, ratio: int = DEFAULT_RATIO, rounding: str = ROUNDINGS[0]) -> Staffing:
    """Needs of units given from elsewhere (``--units CSV``)."""
    needs, total = rules.plan(posts, ratio=ratio, rounding=rounding)
    return Staffing(ratio, rounding, needs, total)


def _posts(ledger: Ledger, rollup: RollUp, year: int) -> list[Post]:
    """A township is staffed as a whole: its villages have no staff of their own."""
    if ledger.level == "district":
        return [
            Post(
                unit.unit.name,
                int(unit.values["registered"].numerator or 0),
                unit.unit.figures.staff_fte,
                unit.unit.figures.population,
                unit.unit.figures.psychiatrists,
            )
            for unit in rollup.units
            if unit.unit.id
        ]
    known = sorted(
        (one for one in ledger.find(UnitYear, unit_id=ledger.root_unit_id) if one.year <= year),
        key=lambda one: one.year,
    )
    registered = int(rollup.total["registered"].numerator or 0)
    if not known:
        return [Post(rollup.title_unit, registered)]
    latest = known[-1]
    return [Post(rollup.title_unit, registered, latest.staff_fte, latest.population, latest.psychiatrists)]


def to_json(table: Staffing) -> dict[str, Any]:
    """The document of ``staffing --json``."""
    return {
        "ratio": table.ratio,
        "rounding": table.rounding,
        "units": [_line(need) for need in table.units],
        "total": _line(table.total) | {"unit": text("reports.total")},
    }


def _line(need: Need) -> dict[str, Any]:
    return {
        "unit": need.unit,
        "registered": need.registered,
        "needed": need.needed,
        "in_post": need.in_post,
        "missing": need.missing,
        "people_per_staff": need.people_per_staff,
        "psychiatrists_needed": need.psychiatrists_needed,
        "psychiatrists": need.psychiatrists,
        "psychiatrists_missing": need.psychiatrists_missing,
    }
