"""Texts inside a workbook's XML: shared and inline, plain or in runs of several fonts, and back into XML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, unescape

from mhdesk.files.grid import clean

ITEM = re.compile(r"<(?:\w+:)?si\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
_RUN = re.compile(
    r"(?P<reading><(?:\w+:)?rPh\b.*?</(?:\w+:)?rPh>)"  # readings of characters are no text of the cell
    r"|<(?:\w+:)?r>(?P<run>.*?)</(?:\w+:)?r>"
    r"|<(?:\w+:)?t\b[^>]*?(?:/>|>(?P<text>.*?)</(?:\w+:)?t>)",
    re.DOTALL,
)
_RUN_LOOK = re.compile(r"<(?:\w+:)?rPr\b[^>]*?(?:/>|>.*?</(?:\w+:)?rPr>)", re.DOTALL)
_RUN_TEXT = re.compile(r"<(?:\w+:)?t\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?t>)", re.DOTALL)
_NUMBERED = re.compile(r"&#(?:x([0-9A-Fa-f]+)|(\d+));")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_MUST_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


class Run(NamedTuple):
    """A stretch of text in one font; `look` is its XML, "" for the cell's own."""

    look: str
    words: str


def plain(xml: str) -> str:
    """XML text without its escapes."""
    numbered = _NUMBERED.sub(lambda found: chr(int(found[1], 16) if found[1] else int(found[2])), xml)
    return unescape(numbered, {"&quot;": '"', "&apos;": "'"})


def runs_of(xml: str) -> list[Run]:
    """The runs of a ``<si>`` or ``<is>`` element's content."""
    found = []
    for one in _RUN.finditer(xml):
        if one["reading"] is not None:
            continue
        if one["run"] is not None:
            look, said = _RUN_LOOK.search(one["run"]), _RUN_TEXT.search(one["run"])
            found.append(Run(look[0] if look else "", _words(said[1] if said else "")))
        else:
            found.append(Run("", _words(one["text"])))
    return found


def _words(xml: str | None) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), plain(xml or ""))


def joined(runs: Sequence[Run]) -> str:
    """The whole text."""
    return "".join(run.words for run in runs)


def replaced(runs: Sequence[Run], pattern: re.Pattern[str], put: Callable[[re.Match[str]], str]) -> list[Run]:
    """Every match of `pattern` replaced, also one that begins in a run and ends in another: the first run keeps it."""
    pieces = [run.words for run in runs]
    for match in reversed(list(pattern.finditer("".join(pieces)))):
        begin, new, is_put = 0, put(match), False
        for place, words in enumerate(pieces):
            end = begin + len(words)
            left, right = max(match.start(), begin), min(match.end(), end)
            if left < right:
                pieces[place] = words[: left - begin] + ("" if is_put else new) + words[right - begin :]
                is_put = True
            begin = end
    return [Run(run.look, words) for run, words in zip(runs, pieces, strict=True)]


def inline(runs: Sequence[Run], prefix: str = "") -> str:
    """An ``<is>`` element. A text is always a text: never a formula."""
    said = [run for run in runs if run.words] or [Run("", "")]
    if len(said) == 1 and not said[0].look:
        return f"<{prefix}is>{_text(said[0].words, prefix)}</{prefix}is>"
    parts = (f"<{prefix}r>{run.look}{_text(run.words, prefix)}</{prefix}r>" for run in said)
    return f"<{prefix}is>{''.join(parts)}</{prefix}is>"


def _text(words: str, prefix: str) -> str:
    safe = escape(_MUST_ESCAPE.sub("_x005F_", clean(words)))
    return f'<{prefix}t xml:space="preserve">{safe}</{prefix}t>'
