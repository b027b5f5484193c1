"""One sheet of a form: its cells as texts, where they are merged, and a cell given another content in place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mhdesk.domain.errors import InputRefused, UserError
from mhdesk.files import sniff
from mhdesk.files.template_package import Package, SheetPart, is_well_formed
from mhdesk.files.template_text import ITEM, Run, inline, joined, plain, runs_of

SHARED_STRINGS = "xl/sharedStrings.xml"
MOST_ROWS, MOST_COLUMNS = 400, 80  # of the picture of a form in the window
_DATA = re.compile(r"<((?:\w+:)?)sheetData\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?sheetData>)", re.DOTALL)
_ROW = re.compile(r"<(?:\w+:)?row\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?row>)", re.DOTALL)
_ROW_NUMBER = re.compile(r'(?<![\w:])r="(\d+)"')
_CELL = re.compile(r"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*(?:"([^"]*)"|\'([^\']*)\')')
_VALUE = re.compile(r"<(?:\w+:)?v\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?v>)", re.DOTALL)
_INLINE = re.compile(r"<(?:\w+:)?is\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?is>)", re.DOTALL)
_FORMULA = re.compile(r"<(?:\w+:)?f\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?f>)", re.DOTALL)
_MERGE = re.compile(r'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_PROTECTED = re.compile(r'<(?:\w+:)?sheetProtection\b[^>]*?\bsheet="(?:1|true)"')


class Merge(NamedTuple):
    """Merged cells, from 1 on, the last ones included."""

    row: int
    column: int
    last_row: int
    last_column: int


class CellXml(NamedTuple):
    """A cell as it stands: its column from 1 on, its attributes, what is inside."""

    column: int
    attributes: Mapping[str, str]
    inner: str

    @property
    def style(self) -> int:
        """Its place among the workbook's cell styles."""
        return int(self.attributes.get("s", "0") or 0)


class RowXml(NamedTuple):
    """A row as it stands."""

    number: int
    attributes: str
    inner: str
    start: int
    end: int


@dataclass(frozen=True)
class Grid:
    """What a window shows of a sheet: texts by row, merges; `is_cut`: the form is larger."""

    name: str
    rows: Sequence[Sequence[str]]
    merges: Sequence[Merge]
    is_protected: bool
    is_cut: bool


class SheetXml:
    """The XML of one sheet taken apart: what stands before the cells, the cells, what stands after them.

    `data` are the rows down to the last cell, `empty_rows` those below it: forms have up to a million of them.
    """

    def __init__(self, words: str) -> None:
        found = _DATA.search(words)
        if found is None:
            raise InputRefused("MH-FILE-06")
        self.prefix = found[1]
        self.head, self.tail = words[: found.start()], words[found.end() :]
        data = found[2] or ""
        last = max(data.rfind(f"<{self.prefix}c "), data.rfind(f"<{self.prefix}c>"))
        end = data.find(f"</{self.prefix}row>", last)
        end = 0 if last < 0 else len(data) if end < 0 else end + len(f"</{self.prefix}row>")
        self.data, self.empty_rows = data[:end], data[end:]

    def whole(self) -> str:
        """The XML again."""
        name = f"{self.prefix}sheetData"
        return f"{self.head}<{name}>{self.data}{self.empty_rows}</{name}>{self.tail}"

    def is_sound(self) -> bool:
        """Whether what was changed can be read again."""
        name = f"{self.prefix}sheetData"
        return is_well_formed(f"{self.head}<{name}>{self.data}</{name}>{self.tail}")

    @property
    def is_protected(self) -> bool:
        """Whether the sheet's maker locked it."""
        return _PROTECTED.search(self.tail) is not None

    @property
    def merges(self) -> list[Merge]:
        """The merged cells."""
        return [
            Merge(int(one[2]), sniff.column_number(one[1]), int(one[4]), sniff.column_number(one[3]))
            for one in _MERGE.finditer(self.tail)
        ]

    def rows(self) -> Iterator[RowXml]:
        """Every row down to the last cell."""
        number = 0
        for one in _ROW.finditer(self.data):
            said = _ROW_NUMBER.search(one[1])
            number = int(said[1]) if said else number + 1
            yield RowXml(number, one[1], one[2] or "", one.start(), one.end())


def cells_of(inner: str) -> Iterator[CellXml]:
    """The cells of a row."""
    column = 0
    for one in _CELL.finditer(inner):
        attributes = {key: double or single for key, double, single in _ATTRIBUTE.findall(one[1])}
        letters = re.match("[A-Za-z]+", attributes.get("r", ""))
        column = sniff.column_number(letters[0]) if letters else column + 1
        yield CellXml(column, attributes, one[2] or "")


def letters(column: int) -> str:
    """1 is A, 27 AA."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def cell_name(row: int, column: int) -> str:
    """Row 5, column 3: C5."""
    return f"{letters(column)}{row}"


def shared_texts(package: Package) -> list[list[Run]]:
    """The texts that cells share."""
    if not package.has(SHARED_STRINGS):
        return []
    return [runs_of(one[1] or "") for one in ITEM.finditer(package.text(SHARED_STRINGS))]


def formula_of(cell: CellXml) -> tuple[str, str] | None:
    """Attributes and words of its formula."""
    found = _FORMULA.search(cell.inner)
    return (found[1], found[2] or "") if found else None


def runs_in(cell: CellXml, shared: Sequence[Sequence[Run]]) -> Sequence[Run]:
    """The text of a cell that holds a text; () for anything else."""
    kind = cell.attributes.get("t", "n")
    if kind == "inlineStr":
        found = _INLINE.search(cell.inner)
        return runs_of(found[1] or "") if found else ()
    value = _VALUE.search(cell.inner)
    if value is None or _FORMULA.search(cell.inner):
        return ()
    if kind == "s":
        place = int(value[1]) if (value[1] or "").strip().isdigit() else len(shared)
        return shared[place] if place < len(shared) else ()
    return [Run("", plain(value[1] or ""))] if kind == "str" else ()


def shown(cell: CellXml, shared: Sequence[Sequence[Run]]) -> str:
    """What a cell says in the picture of a form."""
    formula = formula_of(cell)
    if formula is not None:
        return f"={plain(formula[1])}"
    value = _VALUE.search(cell.inner)
    return joined(runs_in(cell, shared)) or (plain(value[1] or "") if value and value[1] else "")


def text_cell(name: str, style: str | None, runs: Sequence[Run], prefix: str) -> str:
    """The XML of a cell that holds a text."""
    look = "" if style is None else f' s="{style}"'
    return f'<{prefix}c r="{name}"{look} t="inlineStr">{inline(runs, prefix)}</{prefix}c>'


def number_cell(name: str, style: str | None, value: float, prefix: str) -> str:
    """The XML of a cell that holds a number."""
    look = "" if style is None else f' s="{style}"'
    return f'<{prefix}c r="{name}"{look}><{prefix}v>{value!r}</{prefix}v></{prefix}c>'


def grid(package: Package, part: SheetPart) -> Grid:
    """A picture of a sheet: as far as anything is written, no further than `MOST_ROWS` and `MOST_COLUMNS`."""
    sheet, shared = SheetXml(package.text(part.part)), shared_texts(package)
    rows: dict[int, dict[int, str]] = {}
    is_cut, width = False, 1
    for row in sheet.rows():
        if "<" not in row.inner:
            continue
        if row.number > MOST_ROWS:
            is_cut = is_cut or any(shown(cell, shared) for cell in cells_of(row.inner))
            if is_cut:
                break
            continue
        cells = {cell.column: words for cell in cells_of(row.inner) if (words := shown(cell, shared))}
        is_cut |= any(column > MOST_COLUMNS for column in cells)
        rows[row.number] = {column: words for column, words in cells.items() if column <= MOST_COLUMNS}
        width = max([width, *rows[row.number]])
    merges = [one for one in sheet.merges if one.last_row <= MOST_ROWS and one.last_column <= MOST_COLUMNS]
    height = max([0, *(number for number, cells in rows.items() if cells), *(one.last_row for one in merges)])
    width = max([width, *(one.last_column for one in merges)])
    lines = [[rows.get(row, {}).get(column, "") for column in range(1, width + 1)] for row in range(1, height + 1)]
    return Grid(part.name, lines, merges, sheet.is_protected, is_cut)


def write_text(package: Package, part: SheetPart, row: int, column: int, words: str) -> None:
    """Put a text into one cell of a form; it keeps its look. "" empties it.

    Raises UserError MH-TEMPLATE-05 where a formula stands.
    """
    sheet = SheetXml(package.text(part.part))
    row, column = _top_left(sheet.merges, row, column)
    name, prefix = cell_name(row, column), sheet.prefix
    at = len(sheet.data)
    for found in sheet.rows():
        if found.number == row:
            inner = _with_text(found, column, name, words, prefix)
            made = f"<{prefix}row{found.attributes}>{inner}</{prefix}row>"
            sheet.data = sheet.data[: found.start] + made + sheet.data[found.end :]
            break
        if found.number > row:
            at = found.start
            sheet.data = f"{sheet.data[:at]}{_new_row(row, name, words, prefix)}{sheet.data[at:]}"
            break
    else:
        _put_below(sheet, row, _new_row(row, name, words, prefix))
    package.put(part.part, sheet.whole())


def _put_below(sheet: SheetXml, row: int, made: str) -> None:
    """Put a row below the last cell, in its place among the empty ones."""
    for one in _ROW.finditer(sheet.empty_rows):
        said = _ROW_NUMBER.search(one[1])
        number = int(said[1]) if said else 0
        if number >= row:
            is_there = number == row  # it keeps its height and look
            if is_there:
                made = made.replace(f' r="{row}"', one[1].rstrip("/"), 1)
            sheet.data += sheet.empty_rows[: one.start()] + made
            sheet.empty_rows = sheet.empty_rows[one.end() if is_there else one.start() :]
            return
    sheet.data += sheet.empty_rows + made
    sheet.empty_rows = ""


def _new_row(row: int, name: str, words: str, prefix: str) -> str:
    return f'<{prefix}row r="{row}">{text_cell(name, None, [Run("", words)], prefix)}</{prefix}row>'


def _with_text(row: RowXml, column: int, name: str, words: str, prefix: str) -> str:
    """The inside of a row with another text in one of its cells."""
    for match, cell in zip(_CELL.finditer(row.inner), cells_of(row.inner), strict=True):
        if cell.column == column:
            if formula_of(cell) is not None:
                raise UserError("MH-TEMPLATE-05", cell=name)
            style = cell.attributes.get("s")
            look = "" if style is None else f' s="{style}"'
            empty = f'<{prefix}c r="{name}"{look}/>'
            made = text_cell(name, style, [Run("", words)], prefix) if words else empty
            return row.inner[: match.start()] + made + row.inner[match.end() :]
        if cell.column > column:
            made = text_cell(name, None, [Run("", words)], prefix)
            return row.inner[: match.start()] + made + row.inner[match.start() :]
    return row.inner + text_cell(name, None, [Run("", words)], prefix)


def _top_left(merges: Sequence[Merge], row: int, column: int) -> tuple[int, int]:
    """The cell of a merge that holds its text."""
    for one in merges:
        if one.row <= row <= one.last_row and one.column <= column <= one.last_column:
            return one.row, one.column
    return row, column
