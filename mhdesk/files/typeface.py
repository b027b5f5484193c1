"""The fonts of printed pages: which font can draw which character, how wide a text is, where a line breaks.

reportlab draws a character its font lacks as a box, without an error. Here every character is asked for first: a face
falls back along a fixed chain, and a character no font has is an OutputFailed that names it.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from reportlab.pdfbase import pdfmetrics, ttfonts

import resources
from mhdesk.domain.errors import OutputFailed
from mhdesk.files.grid import clean

BEYOND_BMP = 0xFFFF
SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # choose a glyph variant; fonts of ours have none
NEVER_FIRST = frozenset("·，。、；：？！）》〉」』】〕”’％‰℃,.;:?!)]}%…—")
NEVER_LAST = frozenset("（《〈「『【〔“‘([{")


class Face(StrEnum):
    """A style of type. The value is the font's file name."""

    SONG = "NotoSerifSC-Regular"  # 宋体: body
    SONG_BOLD = "NotoSerifSC-Bold-subset"  # titles, totals
    HEI = "NotoSansSC-Regular"  # 黑体
    HEI_BOLD = "NotoSansSC-Bold-subset"  # headings of tables


FALLBACK = {
    Face.SONG: (Face.SONG, Face.HEI),
    Face.SONG_BOLD: (Face.SONG_BOLD, Face.SONG, Face.HEI),
    Face.HEI: (Face.HEI, Face.SONG),
    Face.HEI_BOLD: (Face.HEI_BOLD, Face.HEI, Face.SONG),
}


@functools.cache
def font(face: Face) -> ttfonts.TTFont:
    """The registered font of `face`; reading it takes about a tenth of a second, once."""
    loaded = ttfonts.TTFont(face.value, str(resources.path(f"fonts/{face.value}.ttf")))
    pdfmetrics.registerFont(loaded)
    return loaded


def prepare(value: str) -> str:
    """`value` as it is drawn: without control characters and variant selectors."""
    return SELECTORS.sub("", clean(value))


def covers(value: str, face: Face) -> bool:
    """Whether the font of `face` itself, without fallback, has every character of `value`."""
    glyphs = font(face).face.charToGlyph
    return all(ord(one) in glyphs for one in value if one != "\n")


def missing(values: Iterable[str]) -> list[str]:
    """The characters that no font of ours has, in code order."""
    characters = set().union(*map(prepare, values)) - {"\n"}
    return sorted(one for one in characters if _face_for(one, Face.SONG) is None)


def require(values: Iterable[str]) -> None:
    """Raise OutputFailed MH-FILE-59 naming the characters (not the texts) that cannot be drawn."""
    lost = missing(values)
    if lost:
        named = "、".join(f"{one}(U+{ord(one):04X})" for one in lost[:10])
        raise OutputFailed("MH-FILE-59", characters=named + ("…" if len(lost) > 10 else ""))  # noqa: PLR2004


def runs(value: str, face: Face) -> Iterator[tuple[Face, str]]:
    """`value` cut into pieces one font can draw. Characters no font has are an error: ask `require` first."""
    if covers(value, face):
        if value:
            yield face, value
        return
    current: Face | None = None
    piece = ""
    for one in value:
        chosen = _face_for(one, face)
        if chosen is None:
            require([one])
            continue
        if chosen is not current and piece and current is not None:
            yield current, piece
            piece = ""
        current = chosen
        piece += one
    if piece and current is not None:
        yield current, piece


def width(value: str, face: Face, size: float) -> float:
    """The width of one line in points."""
    return sum(_advance(one, face) for one in value) * size / 1000


def wrap(value: str, face: Face, size: float, limit: float) -> list[str]:
    """Lines of at most `limit` points. Words and numbers stay whole where they fit; no line starts with 。."""
    lines: list[str] = []
    for paragraph in value.split("\n"):
        lines += _wrap_paragraph(paragraph, face, limit * 1000 / size)
    return lines


def balance(value: str, face: Face, size: float, limit: float) -> list[str]:
    """As `wrap`, with lines of about equal length, for headings: 基本 / 稳定, not 基本稳 / 定."""
    lines = wrap(value, face, size, limit)
    while limit > size:
        limit -= size / 2
        narrower = wrap(value, face, size, limit)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


def _wrap_paragraph(value: str, face: Face, limit: float) -> list[str]:
    lines: list[str] = []
    line, used = "", 0.0
    if sum([_advance(one, face) for one in value]) <= limit:
        return [value.rstrip(" ")]
    for word in words(value):
        bare = sum(_advance(one, face) for one in word.rstrip(" "))
        if line and used + bare > limit:
            lines.append(line.rstrip(" "))
            line, used = "", 0.0
        # A word longer than a line is cut wherever the line is full.
        for one in word:
            step = _advance(one, face)
            if line and used + step > limit and one != " ":
                lines.append(line.rstrip(" "))
                line, used = "", 0.0
            line, used = line + one, used + step
    return [*lines, line.rstrip(" ")]


def words(value: str) -> Iterator[str]:
    """Pieces that are not torn apart: a Latin word or number, a Chinese character with the marks that cling to it."""
    piece = ""
    for one in value:
        if piece and _may_break(piece[-1], one):
            yield piece
            piece = ""
        piece += one
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if after in NEVER_FIRST or before in NEVER_LAST or after == " ":
        return False
    return before == " " or _is_wide(before) or _is_wide(after)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF" or character in "—…“”‘’"


@functools.lru_cache(maxsize=65536)
def _face_for(character: str, face: Face) -> Face | None:
    code = ord(character)
    return next((one for one in FALLBACK[face] if code in font(one).face.charToGlyph), None)


@functools.lru_cache(maxsize=65536)
def _advance(character: str, face: Face) -> float:
    chosen = _face_for(character, face)
    if chosen is None:
        require([character])
        return 0.0
    widths = font(chosen).face
    return float(widths.charWidths.get(ord(character), widths.defaultWidth))


def _to_unicode_map(font_name: str, subset: Sequence[int]) -> str:
    """The ToUnicode map of reportlab with characters above U+FFFF as surrogate pairs.

    reportlab 5.1.0 writes them as five hex digits, so 张𠅤 is copied out of the pdf as 张‖ (PDF 32000-1, 9.10.3 wants
    UTF-16BE). `tests/files` asks pypdf for such names.
    """
    fixed = _ORIGINAL(font_name, list(subset))
    for index, code in enumerate(subset):
        if code > BEYOND_BMP:
            wrong, right = (
                f"<{index:02X}> <{code:04X}>",
                f"<{index:02X}> <{chr(code).encode('utf-16-be').hex().upper()}>",
            )
            fixed = fixed.replace(wrong, right)
    return str(fixed)


_ORIGINAL = ttfonts.makeToUnicodeCMap
ttfonts.makeToUnicodeCMap = _to_unicode_map
