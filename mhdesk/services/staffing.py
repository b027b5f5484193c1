"""人员配备: what each unit needs, has and lacks; from the register and the staff, or from a file of units.

In post counts the staff register (工作人员); a unit without any stands with the figure of its year.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mhdesk.domain.errors import InputRefused, UsageError
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.training import RetrainingQuota
from mhdesk.reports import staffing as layout
from mhdesk.rules import staffing as rules
from mhdesk.rules import staffing_annex as annex_rules
from mhdesk.rules.rollup import RollUp
from mhdesk.rules.staffing import ROUNDINGS, Need, Post
from mhdesk.rules.staffing_annex import Annex, AnnexUnit, Deviation
from mhdesk.services import rollups
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from mhdesk.reports.model import Report

DEFAULT_RATIO = 80
PER_100K = rules.PSYCHIATRISTS_PER_100K
_YEARS = 3
_INPUTS = ("population", "registered", "in_post", "psychiatrists", "retraining_1", "retraining_2", "retraining_3")
_LARGEST = 4 * 1024 * 1024
__all__ = ["DEFAULT_RATIO", "ROUNDINGS", "Staffing", "of_posts", "staffing", "to_json"]


@dataclass(frozen=True, slots=True)
class Staffing:
    """The table of needs; `total` is the sum of the units."""

    ratio: int
    rounding: str
    units: Sequence[Need]
    total: Need


@dataclass(frozen=True, slots=True)
class UnitsFile:
    """A file of units: what it says of each, and the figures printed in it beside what can be worked out."""

    units: Sequence[AnnexUnit]
    total: AnnexUnit | None
    printed: Sequence[tuple[AnnexUnit, Mapping[str, float | None]]]

    @property
    def posts(self) -> list[Post]:
        """The units that keep a register, for the table of needs."""
        return [
            Post(one.name, one.registered, one.in_post, one.population, one.psychiatrists)
            for one in self.units
            if one.registered is not None
        ]

    def deviations(self, rounding: str = ROUNDINGS[0]) -> list[Deviation]:
        """The printed figures that do not follow from their own rule."""
        return list(annex_rules.deviations(self.printed, rounding))


def staffing(ledger: Ledger, *, today: date, ratio: int = DEFAULT_RATIO, rounding: str = ROUNDINGS[0]) -> Staffing:
    """Needs of a ledger's institutions today: one line for a township, one an institution for a district.

    Raises UsageError MH-STAFF-01 for a ratio or rounding that makes no sense.
    """
    rollup = rollups.build(ledger, on=today, today=today)
    return of_posts(posts_of(ledger, rollup), ratio=ratio, rounding=rounding)


def of_posts(posts: Sequence[Post], *, ratio: int = DEFAULT_RATIO, rounding: str = ROUNDINGS[0]) -> Staffing:
    """Needs of units given from elsewhere (``--units CSV``)."""
    needs, total = rules.plan(posts, ratio=ratio, rounding=rounding)
    return Staffing(ratio, rounding, needs, total)


def posts_of(ledger: Ledger, rollup: RollUp) -> list[Post]:
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
    total = rollup.total
    people = total["psychiatrists_per_100k"].denominator
    return [
        Post(
            rollup.title_unit,
            int(total["registered"].numerator or 0),
            total["staff"].numerator,
            None if people is None else int(people),
            total["psychiatrists_per_100k"].numerator,
        )
    ]


# ---------------------------------------------------------------- the district's table


def annex(ledger: Ledger, *, today: date, rounding: str = ROUNDINGS[0], per_100k: Decimal = PER_100K) -> Annex:
    """The table of 附件2 for this ledger's units today; 转岗 from the three-year plan."""
    rollup = rollups.build(ledger, on=today, today=today)
    quotas = ledger.find(RetrainingQuota)
    years = plan_years([one.year for one in quotas], today)
    by_name = {unit.unit.name: unit.unit.id for unit in rollup.units}
    sent = {(one.unit_id, one.year): one.quota for one in quotas}
    units = [
        AnnexUnit(
            post.unit,
            post.registered,
            post.population,
            post.in_post,
            post.psychiatrists,
            tuple(sent.get((by_name.get(post.unit, ledger.root_unit_id), year)) for year in years),
            number=number,
        )
        for number, post in enumerate(posts_of(ledger, rollup), start=1)
    ]
    people = rollup.total["prevalence"].denominator
    return annex_rules.build(
        units,
        title=rollup.title_unit,
        years=years,
        rounding=rounding,
        per_100k=per_100k,
        population=None if people is None else int(people),
    )


def plan_years(quota_years: Sequence[int], today: date) -> tuple[int, ...]:
    """The three years of the plan: up to the latest that has quotas; without any, from this year on."""
    last = max(quota_years, default=today.year + _YEARS - 1)
    return tuple(range(last - _YEARS + 1, last + 1))


def annex_of(file: UnitsFile, *, rounding: str = ROUNDINGS[0], per_100k: Decimal = PER_100K, title: str = "") -> Annex:
    """The same table for a file of units."""
    first, second = annex_rules.ratios()
    return annex_rules.build(
        file.units,
        title=title or (file.total.name if file.total else text("reports.total")),
        years=range(first.year, second.year + 1),
        rounding=rounding,
        per_100k=per_100k,
        population=file.total.population if file.total else None,
        retraining=file.total.retraining if file.total else (None,) * _YEARS,
        note=file.total.note if file.total else "",
    )


def report(table: Annex, *, unit_name: str, today: date) -> Report:
    """The table as it prints."""
    return layout.build(table, unit_name=unit_name, today=today)


def write(report_: Report, folder: Path, *, task: Task = QUIET) -> list[Path]:
    """The table as .xlsx and .pdf. Raises OutputFailed."""
    from mhdesk.files import pdf_write, sink, xlsx_write

    with sink.system_errors():
        folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{report_.file_stem}{suffix}" for suffix in (".xlsx", ".pdf")]
    xlsx_write.write_report(report_, files[0], task)
    pdf_write.write_report(report_, files[1], task)
    return files


# ---------------------------------------------------------------- a file of units


def read_units(path: Path) -> UnitsFile:
    """A csv of units (UTF-8 or GB 18030) with the columns of 附件2 or their short names.

    序号 0 is the district's own line. Raises InputRefused MH-STAFF-06 naming the first row that cannot be read.
    """
    try:
        raw = path.read_bytes()[: _LARGEST + 1]
    except OSError:
        raise InputRefused("MH-FILE-12") from None
    if len(raw) > _LARGEST:
        raise InputRefused("MH-STAFF-06", row=1)
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        content = raw.decode("gb18030", "replace")
    rows = list(csv.reader(io.StringIO(content)))
    places = _places(rows[0] if rows else [])
    if "name" not in places or "registered" not in places:
        raise InputRefused("MH-STAFF-06", row=1)
    read = [_unit(row, places, number) for number, row in enumerate(rows[1:], start=2) if any(map(str.strip, row))]
    totals = [unit for unit, _ in read if unit.number == 0]
    return UnitsFile([unit for unit, _ in read if unit.number != 0], totals[0] if totals else None, read)


def _places(header: Sequence[str]) -> dict[str, int]:
    names = {name.strip(): place for place, name in enumerate(header)}
    found = {}
    for key, spellings in annex_rules.table()["columns"].items():
        at = next((names[one] for one in spellings if one in names), None)
        if at is not None:
            found[key] = at
    return found


def _unit(row: Sequence[str], places: Mapping[str, int], number: int) -> tuple[AnnexUnit, Mapping[str, float | None]]:
    cells = {key: row[at].strip() for key, at in places.items() if at < len(row)}
    printed = {key: _number(cells.get(key, ""), number) for key in places if key not in ("name", "note", "number")}
    name = cells.get("name", "")
    if not name or any((printed.get(key) or 0) < 0 for key in _INPUTS):
        raise InputRefused("MH-STAFF-06", row=number)
    whole = {key: _whole(printed.get(key), number) for key in ("population", "registered")}
    unit = AnnexUnit(
        name=name,
        registered=whole["registered"],
        population=whole["population"],
        in_post=printed.get("in_post"),
        psychiatrists=printed.get("psychiatrists"),
        retraining=tuple(_whole(printed.get(f"retraining_{year}"), number) for year in range(1, _YEARS + 1)),
        note=cells.get("note", ""),
        number=_whole(_number(cells.get("number", ""), number), number),
    )
    return unit, printed


def _number(cell: str, row: int) -> float | None:
    """A figure; 1/178 is 178; "/" and "—" are none. Raises InputRefused MH-STAFF-06."""
    plain = cell.removeprefix("1/") if cell.startswith("1/") else cell
    if plain in ("", "/", "—", "-"):
        return None
    try:
        value = float(plain.replace(",", ""))
    except ValueError:
        raise InputRefused("MH-STAFF-06", row=row) from None
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - the one number unlike itself
        raise InputRefused("MH-STAFF-06", row=row)
    return value


def _whole(value: float | None, row: int) -> int | None:
    if value is not None and value != int(value):
        raise InputRefused("MH-STAFF-06", row=row)
    return None if value is None else int(value)


# ---------------------------------------------------------------- as JSON


def to_json(table: Staffing) -> dict[str, Any]:
    """The document of ``staffing --json``."""
    return {
        "ratio": table.ratio,
        "rounding": table.rounding,
        "units": [_json_line(need) for need in table.units],
        "total": _json_line(table.total) | {"unit": text("reports.total")},
    }


def _json_line(need: Need) -> dict[str, Any]:
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


def per_100k_of(value: float) -> Decimal:
    """A standard of psychiatrists. Raises UsageError MH-STAFF-01 for one no document asks for."""
    if value not in annex_rules.psychiatrist_standards():
        raise UsageError("MH-STAFF-01", value=f"{value:g}")
    return Decimal(str(value))
