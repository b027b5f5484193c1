"""The district's staffing table as 附件2 prints it: a header of three lines, the district first, then its units."""

from __future__ import annotations

from datetime import date

from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet, Value
from mhdesk.rules.staffing_annex import Annex, AnnexLine, ratios
from mhdesk.text import text

_WIDTHS = (9, 40, 17, 15, 12, 18, 18, 18, 17, 18, 17, 17, 12, 22, 12, 17, 17, 17, 27)
_YEARS = 3
_STAFF = 8  # columns under 精防人员
_DOCTORS = 6  # columns under 精神科执业（助理）医师


def build(table: Annex, *, unit_name: str, today: date) -> Report:
    """The report of one sheet."""
    title = text("staffing.title", unit=unit_name)
    lines = [table.total, *table.lines]
    first, second = ratios()
    notes = [
        text("staffing.note_rounding", rule=text(f"staffing.rounding.{table.rounding}")),
        text("staffing.note_doctors", per=f"{table.per_100k:g}"),
    ]
    if lacking := [line.unit.name for line in table.lines if line.lacks_psychiatrist]:
        notes.append(text("staffing.note_lacking", count=len(lacking), units="、".join(lacking)))
    if unknown := [line.unit.name for line in table.lines if _is_unknown(line)]:
        notes.append(text("staffing.note_unknown", units="、".join(unknown)))
    sheet = Sheet(
        name=text("staffing.sheet"),
        title=title,
        columns=[
            Column(width, align=Align.LEFT if place in (1, len(_WIDTHS) - 1) else Align.CENTER)
            for place, width in enumerate(_WIDTHS)
        ],
        header=_header(table, first.ratio, first.year, second.ratio, second.year),
        rows=[_row(line, number) for number, line in enumerate(lines)],
        total_rows=frozenset({0}),
        left_note=text("reports.filled_by", unit=unit_name),
        right_note=text("staffing.day", day=today.isoformat()),
        unit_note=text("staffing.unit_note"),
        foot=[text(f"reports.foot.{part}") for part in ("head", "checked", "filled", "phone")],
        notes=notes,
        frozen_columns=2,
    )
    return Report("staffing", title, text("staffing.stem", unit=unit_name, day=f"{today:%Y%m%d}"), [sheet])


def _is_unknown(line: AnnexLine) -> bool:
    unit = line.unit
    return unit.registered is not None and None in (unit.population, unit.in_post, unit.psychiatrists)


def _header(table: Annex, first: int, first_year: int, second: int, second_year: int) -> list[list[Cell | None]]:
    def down(key: str) -> Cell:
        return Cell(text(f"staffing.column.{key}"), row_span=3)

    def under(key: str, columns: int) -> Cell:
        return Cell(text(f"staffing.column.{key}"), col_span=columns)

    gap: list[Cell | None] = [None]
    top = [
        *(down(key) for key in ("number", "unit", "population", "registered")),
        Cell(text("staffing.column.staff"), col_span=_STAFF),
        *gap * (_STAFF - 1),
        Cell(text("staffing.column.psychiatrists"), col_span=_DOCTORS),
        *gap * (_DOCTORS - 1),
        down("note"),
    ]
    middle: list[Cell | None] = [
        *gap * 4,
        under("basic", 4),
        *gap * 3,
        under("gap", 2),
        None,
        under("new", 2),
        None,
        under("basic", 2),
        None,
        Cell(text("staffing.column.gap"), row_span=2),
        Cell(text("staffing.column.retraining"), col_span=_YEARS),
        *gap * (_YEARS - 1),
        None,
    ]
    year = [text("staffing.column.year", year=one) for one in (first_year, second_year)]
    bottom: list[Cell | None] = [
        *gap * 4,
        Cell(text("staffing.column.in_post")),
        Cell(text("staffing.column.ratio")),
        Cell(text("staffing.column.needed", year=first_year, ratio=first)),
        Cell(text("staffing.column.needed", year=second_year, ratio=second)),
        Cell(year[0]),
        Cell(text("staffing.column.beyond", year=second_year, before=first_year)),
        *(Cell(one) for one in year),
        Cell(text("staffing.column.in_post")),
        Cell(text("staffing.column.doctors_needed", per=f"{table.per_100k:g}")),
        None,
        *(Cell(text("staffing.column.year", year=one)) for one in table.years),
        None,
    ]
    return [top, middle, bottom]


def _row(line: AnnexLine, number: int) -> list[Cell | None]:
    unit = line.unit
    ratio = None if line.people_per_staff is None else f"1/{line.people_per_staff}"
    return [
        _cell(unit.number if unit.number is not None else number),
        Cell(unit.name),
        _cell(unit.population),
        _cell(unit.registered),
        _cell(unit.in_post),
        Cell(ratio),
        _cell(line.needed[0]),
        _cell(line.needed[1]),
        _cell(line.gap[0]),
        _cell(line.gap[1]),
        _cell(line.gap[0]),
        _cell(line.gap[1]),
        _cell(unit.psychiatrists),
        _cell(line.psychiatrists_needed),
        _cell(line.psychiatrists_gap),
        *(_cell(one) for one in unit.retraining),
        Cell(unit.note or None),
    ]


def _cell(value: Value) -> Cell:
    """A figure: whole where it is whole, with 2 decimals where staff is counted in parts."""
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return Cell(value, Format.DECIMAL if isinstance(value, float) else Format.INTEGER)
