"""What a cell style of a form prints of a number; where it prints nothing special, a copy of it that prints percent."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mhdesk.files.template_package import Package
from mhdesk.files.template_text import plain

STYLES = "xl/styles.xml"
_XFS = re.compile(r"(<(?:\w+:)?cellXfs\b[^>]*>)(.*?)(</(?:\w+:)?cellXfs>)", re.DOTALL)
_XF = re.compile(r"<(?:\w+:)?xf\b([^>]*?)(?:/>|>.*?</(?:\w+:)?xf>)", re.DOTALL)
_FORMAT = re.compile(r"<(?:\w+:)?numFmt\b([^>]*?)/?>")
_GENERAL, _TEXT, _PERCENT = 0, 49, 10  # numbers of built-in formats: General, @, 0.00%
_BUILT_IN_PERCENT = (9, 10)


class Styles:
    """The cell styles of a workbook. New ones are added behind the others: no cell of the form changes its look."""

    def __init__(self, package: Package) -> None:
        self._package = package
        words = package.text(STYLES) if package.has(STYLES) else ""
        found = _XFS.search(words)
        self._words, self._found = words, found
        self._xfs = [one[0] for one in _XF.finditer(found[2])] if found else []
        self._formats = _formats(words)
        self._added: dict[int, int] = {}

    def is_percent(self, style: int) -> bool:
        """Whether the style itself multiplies by a hundred."""
        number = self._number(style)
        return number in _BUILT_IN_PERCENT or "%" in self._formats.get(number, "")

    def is_plain(self, style: int) -> bool:
        """Whether the style says nothing about numbers (常规, 文本)."""
        return self._number(style) in (_GENERAL, _TEXT)

    def percent(self, style: int) -> int:
        """A style that looks the same and prints 92.65%; `style` itself where the workbook has no styles."""
        if not self._xfs or style >= len(self._xfs):
            return style
        if style not in self._added:
            plain_one = re.sub(r'\s+(?:numFmtId|applyNumberFormat)="[^"]*"', "", self._xfs[style])
            self._xfs.append(re.sub(r"xf\b", f'xf numFmtId="{_PERCENT}" applyNumberFormat="1"', plain_one, count=1))
            self._added[style] = len(self._xfs) - 1
        return self._added[style]

    def save(self) -> None:
        """Write the added styles into the workbook."""
        if self._added and self._found:
            head = re.sub(r'\bcount="\d+"', f'count="{len(self._xfs)}"', self._found[1])
            made = f"{head}{''.join(self._xfs)}{self._found[3]}"
            self._package.put(STYLES, self._words[: self._found.start()] + made + self._words[self._found.end() :])

    def _number(self, style: int) -> int:
        if style >= len(self._xfs):
            return _GENERAL
        found = re.search(r'\bnumFmtId="(\d+)"', self._xfs[style])
        return int(found[1]) if found else _GENERAL


def _formats(words: str) -> Mapping[int, str]:
    """The workbook's own number formats."""
    found = {}
    for one in _FORMAT.finditer(words):
        number, code = re.search(r'\bnumFmtId="(\d+)"', one[1]), re.search(r'\bformatCode="([^"]*)"', one[1])
        if number and code:
            found[int(number[1])] = plain(code[1])
    return found
