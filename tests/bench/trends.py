"""Trends: half a year of weeks from one reading, against the same weeks each read and counted by itself."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from mhdesk.services import rollups, trends
from tests.bench import population
from tests.bench.figure import Figure, Run, in_turn, milliseconds

if TYPE_CHECKING:
    from db.ledger import Ledger
    from mhdesk.rules.rollup import RollUp

TOWNSHIP, VISITS, WEEKS = 5_000, 20, 26
AIM = 0.8
_NOTE = "floor: each week a roll-up by itself"


def measure(run: Run) -> Iterator[Figure]:
    """Both as of the population's last day."""
    people, weeks = run.size(TOWNSHIP), run.size(WEEKS)
    with population.make(run.folder / "trends", people=people, visits=VISITS) as ledger:
        together, alone = _together(ledger, weeks), _alone(ledger, weeks)
        if [one.data_hash for one in together] != [one.data_hash for one in alone]:
            raise RuntimeError("the weeks differ")
        ours, floor = in_turn(
            min(run.rounds, 3),
            lambda: milliseconds(functools.partial(_together, ledger, weeks)),
            lambda: milliseconds(functools.partial(_alone, ledger, weeks)),
        )
    yield Figure(f"trends: {weeks} weeks of {people} people", ours, floor, "ms", AIM, _NOTE)


def _together(ledger: Ledger, weeks: int) -> list[RollUp]:
    return list(trends.over_weeks(ledger, weeks=weeks, today=population.TODAY).rollups)


def _alone(ledger: Ledger, weeks: int) -> list[RollUp]:
    days = [population.TODAY - timedelta(weeks=back) for back in reversed(range(weeks))]
    return [rollups.weekly(ledger, on=day, today=population.TODAY) for day in days]
