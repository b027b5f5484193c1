"""Names of drugs offered while one is typed: by the beginning of the name, a brand, or pinyin (``lpt``, ``lipei``)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

from mhdesk import pinyin
from mhdesk.domain import drugs
from mhdesk.domain.drugs import Drug

MOST_OFFERED = 8


class Offer(NamedTuple):
    """A name to take over, and what is remarkable about it (the brand that was typed)."""

    drug: Drug
    note: str = ""


class _Key(NamedTuple):
    word: str
    drug: Drug
    name: str


@functools.cache
def _keys() -> Sequence[_Key]:
    found = []
    for drug in drugs.drugs():
        for name in (drug.generic, *drug.synonyms):
            found.append(_Key(name.lower(), drug, name))
            found += [_Key(word, drug, name) for word in pinyin.search_keys(name).split()]
    return found


def offers(typed: str, last_names: Sequence[str] = ()) -> list[Offer]:
    """Drugs whose name, brand or pinyin begins like `typed`; those taken last time first."""
    wanted = "".join(typed.split()).lower()
    if not wanted:
        return []
    found: dict[str, Offer] = {}
    for begins in (True, False):
        for key in _keys():
            hits = key.word.startswith(wanted) if begins else (len(wanted) > 1 and wanted in key.word)
            if hits and key.drug.generic not in found:
                found[key.drug.generic] = Offer(key.drug, "" if key.name == key.drug.generic else key.name)
    last = {drug.generic for drug in (drugs.find(name) for name in last_names) if drug}
    return sorted(found.values(), key=lambda offer: offer.drug.generic not in last)[:MOST_OFFERED]
