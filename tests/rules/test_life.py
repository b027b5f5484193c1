"""Comings and goings in the only orders that can be true."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhdesk.rules.life import Move, breaks_without, contradicts, last_of

DAY = date(2026, 1, 1)


def moves(*said: str) -> list[Move]:
    """``out+3``: moved out on the third day after the first of January."""
    kinds = {"in": "moved_in", "out": "moved_out", "died": "died"}
    found = []
    for one in said:
        kind, _, days = one.partition("+")
        found.append(Move(kinds[kind], DAY + timedelta(days=int(days))))
    return found


@pytest.mark.parametrize(
    ("known", "said", "is_wrong"),
    [
        ((), "out+1", False),
        ((), "in+1", True),  # is here already
        ((), "died+1", False),
        (("died+5",), "in+6", True),
        (("died+5",), "out+6", True),
        (("died+5",), "died+6", True),
        (("died+5",), "out+4", False),  # told late: died elsewhere
        (("out+5",), "in+4", True),
        (("out+5",), "in+5", False),  # back on the same day
        (("out+5",), "in+6", False),
        (("out+5",), "out+7", True),
        (("out+5", "in+9"), "out+7", True),
        (("out+5", "in+9"), "out+9", False),
        (("out+5", "in+9"), "died+3", True),  # came back after it
        (("out+5", "in+9"), "died+12", False),
        (("out+5",), "died+8", False),
    ],
)
def test_what_cannot_follow(known: tuple[str, ...], said: str, is_wrong: bool) -> None:
    assert contradicts(moves(said)[0], moves(*known)) is is_wrong


def test_what_later_movements_rest_on() -> None:
    known = moves("out+5", "in+9")
    assert breaks_without(known[0], known)
    assert not breaks_without(known[1], known)
    assert last_of(known) == known[1]
    assert last_of([]) is None


@given(
    st.lists(st.tuples(st.sampled_from(["moved_in", "moved_out", "died"]), st.integers(0, 30)), max_size=8),
)
def test_what_was_let_in_one_by_one_ends_with_death_or_takes_turns(said: list[tuple[str, int]]) -> None:
    kept: list[Move] = []
    for kind, days in said:
        move = Move(kind, DAY + timedelta(days=days))
        if not contradicts(move, kept):
            kept.append(move)
    by_day = sorted({one.day for one in kept})
    died = [one.day for one in kept if one.kind == "died"]
    assert len(died) <= 1
    assert not died or died[0] == by_day[-1]
    out, back = (sum(one.kind == kind for one in kept) for kind in ("moved_out", "moved_in"))
    assert 0 <= out - back <= 1
