"""库存 (optional per drug): what came in, what left, what should be there, what expires.

What was dispensed and injected leaves the stock by itself. A count (盘点) is the truth of its day: reckoning starts
anew from it. Only like units are reckoned together; a batch is followed as far as its number was written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from db.queries import medication as queries
from mhdesk.domain.drugs import Book
from mhdesk.domain.medication import Dispensing, Injection, StockKind, StockMovement
from mhdesk.rules.medicines.orders import drug_id, drug_of
from mhdesk.services.medication import known

if TYPE_CHECKING:
    from db.ledger import Ledger


@dataclass(frozen=True)
class Level:
    """The stock of one drug in one unit. `left` is what should be there; below 0: something was not written down."""

    drug_id: str
    drug_name: str
    unit: str
    came_in: float
    went_out: float  # sent back, thrown away
    handed_out: float  # dispensed and injected
    left: float
    counted_on: date | None
    expires_on: date | None  # the earliest expiry of a batch that came in and is not used up, by first-in first-out


class _Move(NamedTuple):
    day: date
    rank: int  # a count comes after everything of its day
    id: int
    kind: str
    quantity: float
    expires_on: date | None


def levels(ledger: Ledger, *, today: date) -> list[Level]:
    """Every drug of which stock was ever written down, by name. Drugs nobody keeps stock of are not listed."""
    with ledger.read() as connection:
        book = known.basis_of(connection).book
        moved = [one for one in queries.between(connection, StockMovement) if one.moved_on <= today]
        handed = [one for one in queries.between(connection, Dispensing) if one.dispensed_on <= today]
        given = [one for one in queries.between(connection, Injection) if one.injected_on <= today]
    kept: dict[tuple[str, str], list[_Move]] = {}
    titles: dict[tuple[str, str], str] = {}
    for move in moved:
        place = (drug_id(book, move.drug_name, move.drug_key), move.unit)
        titles.setdefault(place, _title(book, move))
        rank = 1 if move.kind == StockKind.COUNT else 0
        made = _Move(move.moved_on, rank, move.id or 0, move.kind, move.quantity, move.expires_on)
        kept.setdefault(place, []).append(made)
    for one in handed:
        _use(kept, (drug_id(book, one.drug_name, one.drug_key), one.unit or ""), one.dispensed_on, one.id, one.quantity)
    for shot in given:
        _use(kept, (drug_id(book, shot.drug_name, shot.drug_key), "支"), shot.injected_on, shot.id, shot.quantity)
    found = [_level(place, titles[place], sorted(moves)) for place, moves in kept.items()]
    return sorted(found, key=lambda one: (one.drug_name, one.unit))


def _use(
    kept: dict[tuple[str, str], list[_Move]],
    place: tuple[str, str],
    day: date,
    record_id: int | None,
    quantity: float | None,
) -> None:
    if quantity and place in kept:
        kept[place].append(_Move(day, 0, record_id or 0, "handed", quantity, None))


def _title(book: Book, move: StockMovement) -> str:
    drug = drug_of(book, move.drug_name, move.drug_key)
    return drug.generic if drug is not None else move.drug_name


def _level(place: tuple[str, str], title: str, moves: Sequence[_Move]) -> Level:
    sums = {StockKind.IN.value: 0.0, StockKind.OUT.value: 0.0, "handed": 0.0}
    left, counted_on = 0.0, None
    for one in moves:
        if one.kind == StockKind.COUNT:
            left, counted_on = one.quantity, one.day
            continue
        sums[one.kind] += one.quantity
        left += one.quantity if one.kind == StockKind.IN else -one.quantity
    return Level(
        drug_id=place[0],
        drug_name=title,
        unit=place[1],
        came_in=sums[StockKind.IN],
        went_out=sums[StockKind.OUT],
        handed_out=sums["handed"],
        left=left,
        counted_on=counted_on,
        expires_on=_oldest(moves, left),
    )


def _oldest(moves: Sequence[_Move], left: float) -> date | None:
    """The expiry of the oldest stock still there, if the oldest is always used first."""
    found = []
    for one in sorted((one for one in moves if one.kind == StockKind.IN), key=lambda one: one.day, reverse=True):
        if left <= 0:
            break
        left -= one.quantity
        if one.expires_on is not None:
            found.append(one.expires_on)
    return min(found, default=None)
