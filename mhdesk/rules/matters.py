"""The one order of what waits on 今日: kinds of reminders of every area, as data (``resources/matters.toml``)."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from typing import NamedTuple

import resources


class Place(NamedTuple):
    """Where a kind stands: 0 is the heaviest, and why it stands there."""

    rank: int
    reason: str


@functools.cache
def places() -> Mapping[str, Place]:
    """Every kind that may wait, by key, the heaviest first. Raises ValueError for a kind named twice."""
    table = tomllib.loads(resources.path("matters.toml").read_text(encoding="utf-8"))
    found: dict[str, Place] = {}
    for entry in table["kind"]:
        if entry["key"] in found:
            raise ValueError(f"matters.toml: {entry['key']} stands there twice")
        found[entry["key"]] = Place(len(found), entry["reason"])
    return found


def rank(key: str) -> int:
    """The place of a kind. Raises KeyError for one that stands nowhere."""
    return places()[key].rank
