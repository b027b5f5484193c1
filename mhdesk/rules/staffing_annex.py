"""The district's table of 附件2 (渝北卫健〔2023〕260号), line by line, and where a printed one breaks its own rules.

One line a unit: 精防人员 needed by a first and a second ratio (2023 1:100, 2025 1:80), what is missing, what must be
added, psychiatrists by inhabitants, doctors to be sent to 转岗培训. The total of 精防人员 is the sum of the units; the
total of psychiatrists needed is worked out from the district's inhabitants, as printed (68, while the units sum to 69).
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import resources
from mhdesk.rules import staffing
from mhdesk.rules.staffing import ROUNDINGS

_YEARS = 3


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio 1:`ratio` to be reached in `year`."""

    ratio: int
    year: int


@functools.cache
def table() -> dict[str, Any]:
    """``resources/staffing.toml``."""
    return tomllib.loads(resources.path("staffing.toml").read_text(encoding="utf-8"))


def ratios() -> tuple[Ratio, Ratio]:
    """The first and the second ratio of the table."""
    first, second = table()["ratio"]
    return Ratio(first["ratio"], first["year"]), Ratio(second["ratio"], second["year"])


def psychiatrist_standards() -> Mapping[float, str]:
    """Psychiatrists per 100,000 inhabitants that documents ask for, with the document."""
    return {float(one["per_100k"]): one["source"] for one in table()["psychiatrists"]}


@dataclass(frozen=True, slots=True)
class AnnexUnit:
    """What is known of a unit. None: not known. `registered` None: no institution of the townships (a hospital)."""

    name: str
    registered: int | None = None
    population: int | None = None
    in_post: float | None = None
    psychiatrists: float | None = None
    retraining: tuple[int | None, ...] = (None,) * _YEARS
    note: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class AnnexLine:
    """A line of the table; None prints as "—"."""

    unit: AnnexUnit
    people_per_staff: int | None = None
    needed: tuple[int | None, int | None] = (None, None)
    gap: tuple[float | None, float | None] = (None, None)  # 2023 − in post; 2025 − 2023
    psychiatrists_needed: int | None = None
    psychiatrists_gap: float | None = None

    @property
    def lacks_psychiatrist(self) -> bool:
        """Whether the institution has no psychiatrist at all (每个基层医疗机构至少1名)."""
        return self.unit.registered is not None and self.unit.psychiatrists == 0


@dataclass(frozen=True, slots=True)
class Annex:
    """The table: the whole district first, then its units."""

    total: AnnexLine
    lines: Sequence[AnnexLine]
    years: tuple[int, ...]
    rounding: str
    per_100k: Decimal


def build(
    units: Sequence[AnnexUnit],
    *,
    title: str,
    years: Sequence[int],
    rounding: str = ROUNDINGS[0],
    per_100k: Decimal = staffing.PSYCHIATRISTS_PER_100K,
    population: int | None = None,
    retraining: tuple[int | None, ...] = (None,) * _YEARS,
    note: str = "",
) -> Annex:
    """The table of these units.

    `population`: the district's; None: the sum of the units, where all are known. `retraining`: the district's doctors
    to be sent, for years in which no unit has any.

    Raises UsageError MH-STAFF-01 for an unknown rounding.
    """
    lines = [_line(unit, rounding, per_100k) for unit in units]
    return Annex(_total(lines, title, population, per_100k, retraining, note), lines, tuple(years), rounding, per_100k)


def _line(unit: AnnexUnit, rounding: str, per_100k: Decimal) -> AnnexLine:
    if unit.registered is None:
        return AnnexLine(unit)
    first, second = (staffing.staff_needed(unit.registered, one.ratio, rounding) for one in ratios())
    doctors = None if unit.population is None else staffing.psychiatrists_needed(unit.population, per_100k)
    return AnnexLine(
        unit,
        staffing.people_per_staff(unit.registered, unit.in_post),
        (first, second),
        (None if unit.in_post is None else first - unit.in_post, second - first),
        doctors,
        None if doctors is None or unit.psychiatrists is None else doctors - unit.psychiatrists,
    )


def _total(
    lines: Sequence[AnnexLine],
    title: str,
    population: int | None,
    per_100k: Decimal,
    retraining: tuple[int | None, ...],
    note: str,
) -> AnnexLine:
    own = [line for line in lines if line.unit.registered is not None]
    people = population if population is not None else _whole(_sum([line.unit.population for line in own]))
    registered = sum(line.unit.registered or 0 for line in own)
    in_post = _sum([line.unit.in_post for line in own])
    doctors_here = _sum([line.unit.psychiatrists for line in lines])
    first, second = (sum(line.needed[place] or 0 for line in own) for place in (0, 1))
    doctors = None if people is None else staffing.psychiatrists_needed(people, per_100k)
    sent = tuple(
        sum(known)
        if (known := [one for line in lines if (one := line.unit.retraining[year]) is not None])
        else retraining[year]
        for year in range(_YEARS)
    )
    unit = AnnexUnit(title, registered, people, in_post, doctors_here, sent, note, 0)
    return AnnexLine(
        unit,
        staffing.people_per_staff(registered, in_post),
        (first, second),
        (None if in_post is None else first - in_post, second - first),
        doctors,
        None if doctors is None or doctors_here is None else doctors - doctors_here,
    )


def _sent(lines: Sequence[AnnexLine], year: int, otherwise: int | None) -> int | None:
    """How many doctors the units send in a year of the plan."""
    known = [one for line in lines if (one := line.unit.retraining[year]) is not None]
    return sum(known) if known else otherwise


def _sum(parts: Sequence[float | None]) -> float | None:
    """The sum, None as soon as one part is not known."""
    known = [one for one in parts if one is not None]
    return sum(known) if known and len(known) == len(parts) else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


# ---------------------------------------------------------------- a printed table against its own rules


@dataclass(frozen=True, slots=True)
class Deviation:
    """A printed figure that its rule does not give. `column` is a key of ``[columns]``; row 0 is the district."""

    number: int
    unit: str
    column: str
    by_rule: float
    printed: float


Printed = Mapping[str, float | None]  # a line's printed figures by key of ``[columns]``


def deviations(rows: Sequence[tuple[AnnexUnit, Printed]], rounding: str = ROUNDINGS[0]) -> Iterator[Deviation]:
    """Every printed figure that does not follow from the printed figures it is worked out from.

    So one wrong figure is named once, not again in every difference taken from it. The district's line is held
    against the sums of its units.
    """
    units = [(unit, printed) for unit, printed in rows if unit.number != 0 and unit.registered is not None]
    others = [(unit, printed) for unit, printed in rows if unit.number != 0 and unit.registered is None]
    for unit, printed in rows:
        if unit.number == 0:
            yield from _of_total(unit, printed, units, others)
        elif unit.registered is not None:
            yield from _different(unit, printed, _by_rule(unit, printed, rounding))


def _by_rule(unit: AnnexUnit, printed: Printed, rounding: str) -> Printed:
    registered = unit.registered or 0
    first, second = (staffing.staff_needed(registered, one.ratio, rounding) for one in ratios())
    doctors = None if unit.population is None else staffing.psychiatrists_needed(unit.population)
    return {
        "people_per_staff": staffing.people_per_staff(registered, unit.in_post),
        "needed_first": first,
        "needed_second": second,
        "gap_first": _minus(printed.get("needed_first"), unit.in_post),
        "gap_second": _minus(printed.get("needed_second"), printed.get("needed_first")),
        "new_first": printed.get("gap_first"),
        "new_second": printed.get("gap_second"),
        "psychiatrists_needed": doctors,
        "psychiatrists_gap": _minus(printed.get("psychiatrists_needed"), unit.psychiatrists),
    }


def _of_total(
    unit: AnnexUnit,
    printed: Printed,
    units: Sequence[tuple[AnnexUnit, Printed]],
    others: Sequence[tuple[AnnexUnit, Printed]],
) -> Iterator[Deviation]:
    everywhere = [*units, *others]
    own: dict[str, float | None] = {
        "population": unit.population,
        "registered": unit.registered,
        "in_post": unit.in_post,
        "psychiatrists": unit.psychiatrists,
    }
    sums: dict[str, float | None] = {
        "population": _sum([one.population for one, _ in units]),
        "registered": _sum([one.registered for one, _ in units]),
        "in_post": _sum([one.in_post for one, _ in units]),
        "psychiatrists": _sum([one.psychiatrists for one, _ in everywhere]),
        "people_per_staff": staffing.people_per_staff(unit.registered or 0, unit.in_post),
    }
    added = ("needed_first", "needed_second", "gap_first", "gap_second", "new_first", "new_second")
    for key in (*added, "psychiatrists_needed", "psychiatrists_gap"):
        sums[key] = _sum([its.get(key) for _, its in units])
    yield from _different(unit, {**printed, **own}, sums)


def _different(unit: AnnexUnit, printed: Printed, wanted: Printed) -> Iterator[Deviation]:
    for key, value in wanted.items():
        stands = printed.get(key)
        if value is not None and stands is not None and value != stands:
            yield Deviation(unit.number or 0, unit.name, key, value, stands)


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
