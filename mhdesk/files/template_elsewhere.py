"""Placeholders outside the cells of a form: page headers and footers, text boxes, shapes, titles of charts.

They are filled with numbers of the whole, never of one unit. What lies where it cannot be filled (comments, controls of
the old kind, names of sheets) is named. A drawing is changed as text, paragraph by paragraph, and only if it can be
read again afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from mhdesk.files.grid import clean, printed
from mhdesk.files.template_answers import OPEN, PLACEHOLDER, Answers, Filled, known
from mhdesk.files.template_package import Package, is_well_formed
from mhdesk.files.template_text import Run, joined, plain, replaced
from mhdesk.text import text

_HEADER_FOOTER = re.compile(r"<((?:\w+:)?headerFooter)(?:\s[^>]*)?(?<!/)>.*?</\1>", re.DOTALL)
_HEADER = re.compile(r"(<((?:\w+:)?(?:odd|even|first)(?:Header|Footer))(?:\s[^>]*)?(?<!/)>)([^<]*)(</\2>)")
_SIZE_CODE = re.compile(r"&\d+$")  # a number behind it would be read as part of the size
_MOST_IN_HEADER = 255  # characters; the office programs refuse a longer one
_PARAGRAPH = re.compile(r"<((?:\w+:)?p)(?:\s[^>]*)?(?<!/)>.*?</\1>", re.DOTALL)
_PIECE = re.compile(r"(<((?:\w+:)?t)(?:\s[^>]*)?(?<!/)>)([^<]*)(</\2>)")
_DRAWN = ("xl/drawings/", "xl/charts/", "xl/diagrams/")
_NAMED = ("xl/comments", "xl/threadedComments/")
_SHEETS = ("xl/worksheets/sheet", "xl/chartsheets/sheet")


class Elsewhere:
    """One form, outside its cells."""

    def __init__(self, package: Package, answers: Answers, made: Filled) -> None:
        self._package, self._answers, self._made = package, answers, made

    def fill(self) -> None:
        """Fill what can be filled, name the rest."""
        sheets = {part.part: part.name for part in self._package.sheets}
        for name in list(self._package.names):
            if name.startswith(_SHEETS) and name.endswith(".xml"):
                self._headers(name, sheets.get(name, ""))
            elif name.startswith(_DRAWN) and name.endswith(".xml"):
                self._drawing(name, self._sheet_of(name))
            elif name.startswith(_NAMED) or name.endswith(".vml"):
                self._name(name)
        for sheet in sheets.values():
            if OPEN.search(sheet):
                self._made.tell(sheet, text("template.place.tab"), text("template.problem.elsewhere"))

    # ---- headers and footers

    def _headers(self, part: str, sheet: str) -> None:
        words = self._package.text(part)
        if "headerFooter" not in words[words.rfind("sheetData>") :]:
            return
        changed = _HEADER_FOOTER.sub(lambda found: self._header(found[0], sheet), words)
        if changed != words and is_well_formed(changed):
            self._package.put(part, changed)

    def _header(self, xml: str, sheet: str) -> str:
        where = text("template.place.header")

        def put(match: re.Match[str]) -> str:
            words = plain(match[3])
            if not OPEN.search(words):
                return match[0]
            names = known(words, self._answers, self._made, sheet=sheet, cell=where)
            made = PLACEHOLDER.sub(lambda found: self._in_header(found, names), words)
            if made == words:
                return match[0]
            if len(made) > _MOST_IN_HEADER:
                self._made.tell(sheet, where, text("template.problem.long", most=_MOST_IN_HEADER))
                return match[0]
            self._made.cells += len(names)
            return f"{match[1]}{escape(made)}{match[4]}"

        return _HEADER.sub(put, xml)

    def _in_header(self, match: re.Match[str], names: list[str]) -> str:
        """A value; "&" begins a code there, and a number behind a font size would be read as part of it."""
        if match[1] not in names:
            return match[0]
        words = self._value(match[1]).replace("&", "&&")
        is_behind_size = words[:1].isdigit() and _SIZE_CODE.search(match.string[: match.start()])
        return f" {words}" if is_behind_size else words

    # ---- drawings

    def _drawing(self, part: str, sheet: str) -> None:
        words = self._package.text(part)
        if not OPEN.search(plain(re.sub(r"<[^>]*>", "", words))):
            return
        filled, before = [0], words
        changed = _PARAGRAPH.sub(lambda found: self._paragraph(found[0], sheet, filled), words)
        if changed != before and is_well_formed(changed):
            self._package.put(part, changed)
            self._made.cells += filled[0]

    def _paragraph(self, xml: str, sheet: str, filled: list[int]) -> str:
        """A paragraph's texts lie in runs of several fonts; a placeholder may begin in one and end in another."""
        pieces = list(_PIECE.finditer(xml))
        runs = [Run("", plain(one[3])) for one in pieces]
        if not OPEN.search(joined(runs)):
            return xml
        names = known(joined(runs), self._answers, self._made, sheet=sheet, cell=text("template.place.drawing"))
        if not names:
            return xml
        filled[0] += len(names)
        made = replaced(runs, PLACEHOLDER, lambda found: self._value(found[1]) if found[1] in names else found[0])
        parts, kept = [], 0
        for one, run in zip(pieces, made, strict=True):
            parts += [xml[kept : one.start()], one[1], escape(clean(run.words)), one[4]]
            kept = one.end()
        return "".join([*parts, xml[kept:]])

    def _sheet_of(self, part: str) -> str:
        """The name of the sheet a drawing, or the chart in it, lies on; "" where none refers to it."""
        for sheet in self._package.sheets:
            for drawing in self._package.related(sheet.part, "xl/"):
                if part == drawing or part in self._below(drawing):
                    return sheet.name
        return ""

    def _below(self, drawing: str) -> Iterator[str]:
        yield from (path for _, path in self._package.relations(drawing))

    def _name(self, part: str) -> None:
        words = re.sub(r"<[^>]*>", "", self._package.text(part))
        if OPEN.search(plain(words)):
            place = text(f"template.place.{'control' if part.endswith('.vml') else 'comment'}")
            self._made.tell("", place, text("template.problem.elsewhere"))

    def _value(self, name: str) -> str:
        given = self._answers.value(name, None)
        return printed(given.value, given.format)
