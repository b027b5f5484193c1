"""Filling the form a district sent: ``{{在册数}}`` becomes the number, a row for the units becomes a row for each.

Everything else stays as it came, byte for byte where nothing had to move: styles, merges, widths, print set-up,
pictures, conditional formats, names, formulas. Formulas lose their stored result, which is no longer true; the office
program is asked to calculate when it opens the file. Headers, text boxes and titles of charts: `template_elsewhere`.
What cannot be filled stands in `Filled.problems`, cell by cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mhdesk.domain.errors import InputRefused, UserError
from mhdesk.domain.rounding import round_half_up
from mhdesk.files import template_sheet as sheets
from mhdesk.files.grid import printed
from mhdesk.files.template_answers import OPEN, PLACEHOLDER, Answers, Filled, known
from mhdesk.files.template_elsewhere import Elsewhere
from mhdesk.files.template_move import move_parts
from mhdesk.files.template_package import Package, SheetPart
from mhdesk.files.template_rows import LAST_ROW, RowMap, unshare
from mhdesk.files.template_sheet import CellXml, RowXml, SheetXml
from mhdesk.files.template_styles import Styles
from mhdesk.files.template_text import Run, joined, plain, replaced
from mhdesk.reports.model import Format
from mhdesk.reports.placeholders import Given
from mhdesk.text import text

_SCALES = {Format.PERCENT: 100, Format.PERMILLE: 1000}


def fill(content: bytes, answers: Answers, *, suffix: str = ".xlsx") -> Filled:
    """The form with its placeholders filled.

    Raises InputRefused for a file that is none; UserError MH-TEMPLATE-03 where no placeholder stands in it.
    """
    package = Package(content, suffix)
    made = Filled()
    work = _Work(package, answers, made)
    for part in package.sheets:
        work.fill(part)
    Elsewhere(package, answers, made).fill()
    if not made.cells and not made.problems:
        raise UserError("MH-TEMPLATE-03")
    work.styles.save()
    if made.cells:
        package.calculate_on_load()
    made.content = package.to_bytes()
    return made


class _Found(NamedTuple):
    """A cell with placeholders."""

    cell: CellXml
    runs: Sequence[Run]
    names: Sequence[str]


class _Work:
    """One form being filled."""

    def __init__(self, package: Package, answers: Answers, made: Filled) -> None:
        self.package, self.answers, self.made = package, answers, made
        self.styles = Styles(package)
        self.shared = sheets.shared_texts(package)

    # ---- looking

    def fill(self, part: SheetPart) -> None:
        """Fill one sheet."""
        sheet = SheetXml(self.package.text(part.part))
        found = self._find(sheet, part)
        if sheet.is_protected and found:
            self.made.remarks.append(text("template.remark.protected", sheet=part.name))
        repeats = self._repeats(sheet, part, found)
        count = max(1, len(self.answers.units))
        moves = RowMap(dict.fromkeys(repeats, count))
        masters = _shared_formulas(sheet)
        filler = _Rows(self, sheet, part, moves, masters)
        data: list[str] = []
        kept = 0
        for row in sheet.rows():
            if row.number not in found and moves.is_still and "<" not in row.inner:
                continue
            is_touched = row.number in found or not moves.is_still or _has_formula(row)
            if not is_touched:
                continue
            data.append(sheet.data[kept : row.start])
            units: Sequence[Any] = self.answers.units if row.number in repeats else (None,)
            for place, unit in enumerate(units or (None,)):
                data.append(filler.row(row, found.get(row.number, {}), place, unit))
            kept = row.end
        sheet.data = "".join([*data, sheet.data[kept:]])
        if not moves.is_still:
            sheet.head, sheet.tail = move_parts(self.package, part, sheet, moves)
            self.package.drop_calc_chain()
            sheet.empty_rows = _moved(sheet.empty_rows, moves)
        if data:
            if not sheet.is_sound():
                raise InputRefused("MH-FILE-06")
            self.package.put(part.part, sheet.whole())

    def _find(self, sheet: SheetXml, part: SheetPart) -> dict[int, dict[int, _Found]]:
        """Cells with placeholders by row and column; what nobody knows is named."""
        found: dict[int, dict[int, _Found]] = {}
        for row in sheet.rows():
            if "<" not in row.inner:
                continue
            for cell in sheets.cells_of(row.inner):
                formula = sheets.formula_of(cell)
                if formula is not None and OPEN.search(plain(formula[1])):
                    self._problem(part, row.number, cell.column, text("template.problem.formula"))
                runs = sheets.runs_in(cell, self.shared)
                words = joined(runs)
                if not OPEN.search(words):
                    continue
                cell_name = sheets.cell_name(row.number, cell.column)
                names = known(words, self.answers, self.made, sheet=part.name, cell=cell_name)
                if names:
                    found.setdefault(row.number, {})[cell.column] = _Found(cell, runs, names)
        self._name_covered(sheet, part, found)
        return found

    def _name_covered(self, sheet: SheetXml, part: SheetPart, found: Mapping[int, Mapping[int, _Found]]) -> None:
        """Placeholders that lie under a merged cell: they would be filled where nobody sees it."""
        for merge in sheet.merges:
            for row in range(merge.row, min(merge.last_row, merge.row + 1000) + 1):
                for column in found.get(row, {}):
                    is_corner = (row, column) == (merge.row, merge.column)
                    if merge.column <= column <= merge.last_column and not is_corner:
                        corner = sheets.cell_name(merge.row, merge.column)
                        self._problem(part, row, column, text("template.problem.covered", corner=corner))

    def _repeats(self, sheet: SheetXml, part: SheetPart, found: Mapping[int, Mapping[int, _Found]]) -> set[int]:
        """The rows that stand for every unit: one cell says which unit, another one counts."""
        repeats = set()
        for number, cells in found.items():
            scopes = {self.answers.scope(name) for one in cells.values() for name in one.names}
            if not {"unit", "number"} <= scopes:
                continue
            if any(one.row <= number <= one.last_row and one.row != one.last_row for one in sheet.merges):
                first = min(cells)
                self._problem(part, number, first, text("template.problem.merged"))
                continue
            repeats.add(number)
        return repeats

    def _problem(self, part: SheetPart, row: int, column: int, words: str) -> None:
        self.made.tell(part.name, sheets.cell_name(row, column), words)

    # ---- writing

    def cell(self, name: str, found: _Found, unit: Any | None, prefix: str) -> str:
        """The XML of a filled cell."""
        self.made.cells += 1
        style = found.cell.attributes.get("s")
        words = joined(found.runs).strip()
        whole = PLACEHOLDER.fullmatch(words)
        if whole and whole[1] in found.names:
            given = self.answers.value(whole[1], unit)
            if isinstance(given.value, int | float):
                value, style = self._number(float(given.value), given, found.cell.style, style)
                return sheets.number_cell(name, style, value, prefix)

        def put(match: re.Match[str]) -> str:
            if match[1] not in found.names:
                return match[0]
            given = self.answers.value(match[1], unit)
            return printed(given.value, given.format)

        return sheets.text_cell(name, style, replaced(found.runs, PLACEHOLDER, put), prefix)

    def _number(self, value: float, given: Given, place: int, style: str | None) -> tuple[float, str | None]:
        """The number as the cell's style wants it, and the style.

        A rate in a cell that prints percent is the plain ratio; in one that prints numbers it is 92.65, because the
        heading says %; in one that says nothing it gets a copy of the style that prints percent.
        """
        scale = _SCALES.get(given.format)
        if scale is None or self.styles.is_percent(place):
            return (int(value) if value == int(value) else value), style
        if given.format is Format.PERCENT and self.styles.is_plain(place):
            return value, str(self.styles.percent(place))
        return round_half_up(value * scale, 2), style


class _Rows:
    """Writes the rows of one sheet."""

    def __init__(
        self, work: _Work, sheet: SheetXml, part: SheetPart, moves: RowMap, masters: Mapping[str, tuple[str, str]]
    ) -> None:
        self.work, self.sheet, self.part, self.moves, self.masters = work, sheet, part, moves, masters

    def row(self, row: RowXml, found: Mapping[int, _Found], place: int, unit: Any | None) -> str:
        """A row, or the copy of it for a unit."""
        number, prefix = self.moves.first(row.number) + place, self.sheet.prefix
        if number > LAST_ROW:
            return ""
        attributes = re.sub(r'(?<![\w:])r="\d+"', f'r="{number}"', row.attributes)
        cells = []
        for cell in sheets.cells_of(row.inner):
            name = sheets.cell_name(number, cell.column)
            if cell.column in found:
                cells.append(self.work.cell(name, found[cell.column], unit, prefix))
            else:
                cells.append(self._kept(cell, name, row.number, number))
        inner = "".join(cells)
        return f"<{prefix}row{attributes}>{inner}</{prefix}row>" if inner else f"<{prefix}row{attributes}/>"

    def _kept(self, cell: CellXml, name: str, old_row: int, row: int) -> str:
        """A cell that is not filled: in its new place, a formula without its old result."""
        attributes, inner, prefix = dict(cell.attributes), cell.inner, self.sheet.prefix
        attributes["r"] = name
        formula = sheets.formula_of(cell)
        if formula is not None:
            attributes.pop("t", None)
            inner = self._formula(formula, old_row, row, sheets.cell_name(old_row, cell.column))
        said = "".join(f' {key}="{value}"' for key, value in attributes.items())
        return f"<{prefix}c{said}>{inner}</{prefix}c>" if inner else f"<{prefix}c{said}/>"

    def _formula(self, formula: tuple[str, str], old_row: int, row: int, old_name: str) -> str:
        attributes, words = formula
        prefix = self.sheet.prefix
        if self.moves.is_still:
            tail = f">{words}</{prefix}f>" if words else "/>"
            return f"<{prefix}f{attributes}{tail}"
        shared = re.search(r'\bsi="(\d+)"', attributes)
        if shared and 't="shared"' in attributes:
            master = self.masters.get(shared[1])
            words = words or (unshare(master[0], master[1], old_name) if master else "")
            attributes = ""
        attributes = re.sub(r'\bref="([^"]*)"', lambda found: f'ref="{self.moves.area(found[1])}"', attributes)
        copy = (old_row, row) if self.moves.last(old_row) != self.moves.first(old_row) else None
        made = self.moves.formula(words, here=self.part.name, target=self.part.name, copy=copy)
        return f"<{prefix}f{attributes}>{made}</{prefix}f>"


def _moved(empty_rows: str, moves: RowMap) -> str:
    """The empty rows below the last cell; those pushed out of the sheet are left out."""
    shift = moves.first(LAST_ROW) - LAST_ROW
    made = re.sub(r'(<(?:\w+:)?row\b[^>]*?\sr=")(\d+)', lambda found: f"{found[1]}{int(found[2]) + shift}", empty_rows)
    return re.sub(r'<(?:\w+:)?row\b[^>]*?\sr="(?:10485(?:7[7-9]|[89]\d)|1048[6-9]\d\d|1049\d{3})"[^>]*/>', "", made)


def _has_formula(row: RowXml) -> bool:
    return re.search(r"<(?:\w+:)?f\b", row.inner) is not None


def _shared_formulas(sheet: SheetXml) -> dict[str, tuple[str, str]]:
    """Formulas that others share: number -> formula and the cell it stands in."""
    found = {}
    for row in sheet.rows():
        if 't="shared"' not in row.inner:
            continue
        for cell in sheets.cells_of(row.inner):
            formula = sheets.formula_of(cell)
            if formula and formula[1] and (number := re.search(r'\bsi="(\d+)"', formula[0])):
                found[number[1]] = (formula[1], sheets.cell_name(row.number, cell.column))
    return found
