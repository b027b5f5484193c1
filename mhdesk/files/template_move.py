"""What else moves when rows are put into a sheet: merges, formats, checks, filters, breaks, pictures, notes, names."""

from __future__ import annotations

import re
from xml.sax.saxutils import unescape

from mhdesk.files.template_package import WORKBOOK, Package, SheetPart
from mhdesk.files.template_rows import RowMap
from mhdesk.files.template_sheet import SheetXml

_MERGES = re.compile(r"<((?:\w+:)?)mergeCells\b[^>]*>(.*?)</(?:\w+:)?mergeCells>", re.DOTALL)
_MERGE = re.compile(r'\bref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_AREAS = re.compile(r'(?<![\w:])(ref|sqref|activeCell|topLeftCell)="([^"]*)"')
_AREA_TEXT = re.compile(r"(<(?:\w+:)?sqref>)([^<]*)(</)")
_FORMULAS = re.compile(r"(<(?:\w+:)?(?:f|formula|formula1|formula2)>)([^<]*)(</)")
_BREAKS = re.compile(r"<(?:\w+:)?rowBreaks\b.*?</(?:\w+:)?rowBreaks>", re.DOTALL)
_NAMES = re.compile(r"(<(?:\w+:)?definedName\b[^>]*>)([^<]*)(</)")
_ANCHOR_ROW = re.compile(r"(<(?:\w+:)?row>)(\d+)(</)")
_CELLS_ONLY = ("activeCell", "topLeftCell")


def move_parts(package: Package, part: SheetPart, sheet: SheetXml, moves: RowMap) -> tuple[str, str]:
    """The head and tail of the sheet after `moves`; what other parts say of the sheet is changed in the package."""
    tail = _MERGES.sub(lambda found: _merges(found, moves), sheet.tail)
    head, tail = (_own(words, part.name, moves) for words in (sheet.head, tail))
    tail = _BREAKS.sub(
        lambda found: re.sub(r'\bid="(\d+)"', lambda one: f'id="{moves.last(int(one[1]))}"', found[0]), tail
    )
    for other in package.sheets:
        if other.part != part.part:
            words = package.text(other.part)
            if part.name in unescape(words, {"&apos;": "'"}):
                package.put(other.part, _formulas(words, other.name, part.name, moves))
    package.put(WORKBOOK, _NAMES.sub(lambda found: _formula(found, "", part.name, moves), package.text(WORKBOOK)))
    _move_hung(package, part, moves)
    return head, tail


def _merges(found: re.Match[str], moves: RowMap) -> str:
    """Merged cells: those inside a repeated row are repeated, all others move."""
    areas: dict[str, None] = {}
    for one in _MERGE.finditer(found[2]):
        left, row, right, last_row = one[1], int(one[2]), one[3], int(one[4])
        first, last = moves.first(row), moves.last(last_row)
        if row == last_row:
            areas |= dict.fromkeys(f"{left}{number}:{right}{number}" for number in range(first, last + 1))
        else:
            areas[f"{left}{first}:{right}{last}"] = None
    cells = "".join(f'<{found[1]}mergeCell ref="{area}"/>' for area in areas)
    return f'<{found[1]}mergeCells count="{len(areas)}">{cells}</{found[1]}mergeCells>'


def _own(words: str, name: str, moves: RowMap) -> str:
    """What a sheet says about its own cells outside of them. Merges were done before: they stay."""
    pieces = re.split(r"(<(?:\w+:)?mergeCells\b.*?</(?:\w+:)?mergeCells>)", words, flags=re.DOTALL)
    for place in range(0, len(pieces), 2):
        moved = _AREAS.sub(lambda found: f'{found[1]}="{_areas(found, moves)}"', pieces[place])
        moved = _AREA_TEXT.sub(
            lambda found: found[1] + " ".join(moves.area(one) for one in found[2].split()) + found[3], moved
        )
        pieces[place] = _formulas(moved, name, name, moves)
    return "".join(pieces)


def _areas(found: re.Match[str], moves: RowMap) -> str:
    move = moves.cell if found[1] in _CELLS_ONLY else moves.area
    return " ".join(move(one) for one in found[2].split(" "))


def _formulas(words: str, here: str, target: str, moves: RowMap) -> str:
    return _FORMULAS.sub(lambda found: _formula(found, here, target, moves), words)


def _formula(found: re.Match[str], here: str, target: str, moves: RowMap) -> str:
    return f"{found[1]}{moves.formula(found[2], here=here, target=target)}{found[3]}"


def _move_hung(package: Package, part: SheetPart, moves: RowMap) -> None:
    """Pictures, charts, notes and tables that hang on the sheet."""
    for name in package.related(part.part, "xl/"):
        words = package.text(name) if name.endswith((".xml", ".vml")) else ""
        if name.startswith("xl/drawings/") and name.endswith(".xml"):
            moved = _ANCHOR_ROW.sub(lambda found: f"{found[1]}{moves.first(int(found[2]) + 1) - 1}{found[3]}", words)
            package.put(name, moved)
            for chart in package.related(name, "xl/charts/"):
                package.put(chart, _formulas(package.text(chart), "", part.name, moves))
        elif name.endswith(".vml"):
            package.put(name, _move_notes(words, moves))
        elif name.startswith(("xl/comments", "xl/threadedComments/")):
            package.put(
                name, re.sub(r'(?<![\w:])ref="([A-Z]+\d+)"', lambda found: f'ref="{moves.cell(found[1])}"', words)
            )
        elif name.startswith("xl/tables/"):
            package.put(name, _AREAS.sub(lambda found: f'{found[1]}="{_areas(found, moves)}"', words))


def _move_notes(words: str, moves: RowMap) -> str:
    """Where the yellow notes stand: rows count from 0 here."""
    words = re.sub(r"(<\w+:Row>\s*)(\d+)", lambda found: f"{found[1]}{moves.first(int(found[2]) + 1) - 1}", words)

    def anchor(found: re.Match[str]) -> str:
        numbers = [int(one) for one in found[2].split(",")]
        for place in (2, 6):
            numbers[place] = moves.first(numbers[place] + 1) - 1
        return found[1] + ", ".join(map(str, numbers))

    return re.sub(r"(<\w+:Anchor>\s*)(-?\d+(?:\s*,\s*-?\d+){7})", anchor, words)
