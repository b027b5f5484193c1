"""The one order of what waits: each kind once, each with its words and the reason for its place."""

from __future__ import annotations

import pytest

from mhdesk.rules import matters
from mhdesk.text import tables, text


def test_every_kind_has_its_words_and_a_reason() -> None:
    assert all(text(f"today.waiting.{key}") and place.reason for key, place in matters.places().items())
    assert tables()["today"]["waiting"].keys() == matters.places().keys()


def test_danger_comes_before_paper() -> None:
    order = [matters.rank(key) for key in ("emergency_open", "exchange", "discharge", "report_lost", "sheets")]
    assert order == sorted(order)
    with pytest.raises(KeyError):
        matters.rank("no_such_kind")
