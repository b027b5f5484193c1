"""How column headings are compared."""

from __future__ import annotations

import re
import unicodedata

_NOISE = re.compile(r"[\s、，,.。;；:：*＊★/\\“”\"'|_\-—–()（）\[\]【】<>《》?？]+")


def heading(text: str) -> str:
    """A heading as it is compared: half-width, no spaces, no punctuation, upper case."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()
