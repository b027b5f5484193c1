"""The order of somebody's comings and goings: leave only from here, come back only from away, nothing after death."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from mhdesk.domain.patient import MovementKind


class Move(NamedTuple):
    """One movement, as far as its order matters."""

    kind: str
    day: date


def contradicts(move: Move, moves: Iterable[Move]) -> bool:
    """Whether `move` cannot be true beside the known `moves` (in any order). Same days may stand in either order.

    A history that is wrong already refuses only what makes it worse.
    """
    known = sorted(moves, key=lambda one: one.day)
    first = sum(one.day < move.day for one in known)
    last = sum(one.day <= move.day for one in known)
    places = ([*known[:place], move, *known[place:]] for place in range(first, last + 1))
    return min(_faults(one) for one in places) > _faults(known)


def breaks_without(move: Move, moves: Iterable[Move]) -> bool:
    """Whether the others cannot be true once `move` (one of them) is taken back."""
    known = sorted(moves, key=lambda one: one.day)
    rest = [*known]
    rest.remove(move)
    return _faults(rest) > _faults(known)


def last_of(moves: Iterable[Move]) -> Move | None:
    """The latest movement; of one day the one given last."""
    found = sorted(moves, key=lambda one: one.day)
    return found[-1] if found else None


def _faults(moves: Sequence[Move]) -> int:
    """How many of the movements cannot follow the one before. Somebody who moved out may have died elsewhere."""
    is_here, is_alive, count = True, True, 0
    for move in moves:
        match move.kind:
            case MovementKind.MOVED_IN:
                count += is_here or not is_alive
                is_here = True
            case MovementKind.MOVED_OUT:
                count += not is_here or not is_alive
                is_here = False
            case _:
                count += not is_alive
                is_alive = False
    return count
