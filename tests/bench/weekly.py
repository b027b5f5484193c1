"""The whole weekly roll-up, every indicator with its members, against one hand-written statement: the latest class."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import text

from mhdesk.services import rollups
from tests.bench import population
from tests.bench.figure import Figure, Run, in_turn, milliseconds

if TYPE_CHECKING:
    from db.ledger import Ledger

DISTRICT, TOWNSHIP = 100_000, 5_000
VISITS = 20
AIM = 3.0
_FLOOR_NOTE = "floor: last class by hand, by unit"
ON = date(2026, 11, 20)
FLOOR = """
    SELECT unit_id, class, count(*) FROM (
        SELECT unit_id, (
            SELECT visit_class FROM follow_up
            WHERE patient_id = patient.id AND visit_date < '2026-11-21' AND voided_at IS NULL
            ORDER BY visit_date DESC LIMIT 1
        ) AS class FROM patient WHERE voided_at IS NULL
    ) GROUP BY unit_id, class
"""


def measure(run: Run) -> Iterator[Figure]:
    """The week of the population's last day, warm, encrypted, with the ledger's own cache of 64 MB."""
    for whole in (TOWNSHIP, DISTRICT) if run.long else (TOWNSHIP,):
        people, ours, floor = _race(run, whole)
        yield Figure(f"weekly: {people} people x {VISITS} visits", ours, floor, "ms", AIM, _FLOOR_NOTE)


def _race(run: Run, whole: int) -> tuple[int, float, float]:
    people = run.size(whole)
    with population.make(run.folder / f"weekly-{whole}", people=people, visits=VISITS) as ledger:
        _compare(ledger)
        ours, floor = in_turn(
            run.rounds,
            lambda: milliseconds(functools.partial(rollups.weekly, ledger, on=ON, today=ON)),
            lambda: milliseconds(functools.partial(_by_hand, ledger)),
        )
    return people, ours, floor


def _by_hand(ledger: Ledger) -> dict[str, int]:
    found: dict[str, int] = {}
    with ledger.read() as connection:
        for _, visit_class, count in connection.execute(text(FLOOR)):
            found[visit_class] = found.get(visit_class, 0) + count
    return found


def _compare(ledger: Ledger) -> None:
    """Both must count the same people, or the race means nothing. Raises RuntimeError."""
    made, by_hand = rollups.weekly(ledger, on=ON, today=ON), _by_hand(ledger)
    for code, name in (("1", "unstable"), ("2", "basic"), ("3", "stable")):
        if made.total[f"class_{name}"].numerator != by_hand.get(code, 0):
            raise RuntimeError(f"class_{name}: {made.total[f'class_{name}'].numerator} and {by_hand}")
