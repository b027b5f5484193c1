"""A block copied in WPS or Excel, taken apart: quotes, line ends inside cells, stray tabs and empty last rows."""

from __future__ import annotations

_QUOTE = '"'
_ENDS = ("\t", "\n", "")


def read_block(words: str) -> list[list[str]]:
    """Rows of cells. A cell in quotes may hold line ends and doubled quotes; a lone quote is a character."""
    whole = words.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    rows: list[list[str]] = [[]]
    at = 0
    while at <= len(whole):
        cell, at = _cell(whole, at)
        rows[-1].append(_plain(cell))
        end = whole[at : at + 1]
        at += 1
        if end == "\n":
            rows.append([])
    for row in rows:
        while row and not row[-1]:
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _cell(whole: str, at: int) -> tuple[str, int]:
    """The cell that begins at `at`, and where it ends."""
    if whole[at : at + 1] == _QUOTE:
        quoted = _quoted(whole, at + 1)
        if quoted is not None:
            return quoted
    ends = [place for place in (whole.find("\t", at), whole.find("\n", at)) if place >= 0]
    end = min(ends, default=len(whole))
    return whole[at:end], end


def _quoted(whole: str, at: int) -> tuple[str, int] | None:
    """The inside of a quoted cell; None where the closing quote does not end a cell: then it was no quoting."""
    parts: list[str] = []
    while True:
        close = whole.find(_QUOTE, at)
        if close < 0:
            return None
        parts.append(whole[at:close])
        after = whole[close + 1 : close + 2]
        if after == _QUOTE:
            parts.append(_QUOTE)
            at = close + 2
            continue
        return ("".join(parts), close + 1) if after in _ENDS else None


def _plain(cell: str) -> str:
    """One line without blanks around; a leading apostrophe says "text" in spreadsheets and is no content."""
    flat = " ".join(cell.replace("\u00a0", " ").split())
    return flat.removeprefix("'") if flat[1:2].isdigit() else flat
