"""Names of persons: kept as written, cleaned of what only a machine put there.

民委发〔2016〕33号 asks for at least 50 characters, the full GB 18030 repertoire and the middle dot U+00B7.
"""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 60

_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
_DOT = "\u00b7"
_OTHER_DOTS = re.compile("[\u2022\u2027\u2219\u22c5\u30fb\uff65\u25cf\u0387\u02d9\u1427\u2e31\ua78f]")
_HAN = r"\u2e80-\u2fdf\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_DOT_BETWEEN = re.compile(rf"(?<=[{_HAN}])\s*[.．。｡]\s*(?=[{_HAN}])")
_SPACE_BETWEEN = re.compile(rf"(?<=[{_HAN}{_DOT}])\s+(?=[{_HAN}{_DOT}])")
_AROUND_DOT = re.compile(rf"\s*{_DOT}+\s*")


def normalize(text: str) -> str:
    """NFC without controls, bidi marks and zero-width characters; one kind of dot; no spaces between Han characters.

    Private-use characters stay: old files carry rare characters there, and dropping one would change a name.
    """
    if text.isalpha() and unicodedata.is_normalized("NFC", text):  # nearly every name
        return text
    composed = unicodedata.normalize("NFC", text.replace("\u3000", " ").replace("\u00a0", " "))
    kept = "".join(_spaced(char) if unicodedata.category(char) in _UNSEEN else char for char in composed)
    dotted = _DOT_BETWEEN.sub(_DOT, _OTHER_DOTS.sub(_DOT, kept))
    return " ".join(_AROUND_DOT.sub(_DOT, _SPACE_BETWEEN.sub("", dotted)).split()).strip(_DOT)


def is_too_long(name: str) -> bool:
    """Whether a normalised name has more than 60 characters. The national floor is 50; we leave room."""
    return len(name) > MAX_LENGTH


def _spaced(char: str) -> str:
    """A tab or line break is a space; other controls are nothing."""
    return " " if char in "\t\n\r\v\f\u2028\u2029" else ""
