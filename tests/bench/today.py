"""今日: everything of the page, against the due list and the week's roll-up alone, which it cannot do without."""

from __future__ import annotations

from collections.abc import Iterator

from mhdesk.services import rollups, today, worklist
from tests.bench import population
from tests.bench.figure import Figure, Run, in_turn, milliseconds

TOWNSHIP, VISITS = 2_000, 20
AIM = 2.5
_NOTE = "floor: due list and roll-up of the week"


def measure(run: Run) -> Iterator[Figure]:
    """Warm, as of the population's last day."""
    people, on = run.size(TOWNSHIP), population.TODAY
    with population.make(run.folder / "today", people=people, visits=VISITS) as ledger:

        def floor() -> None:
            worklist.due(ledger, today=on)
            rollups.weekly(ledger, on=on, today=on)

        ours, least = in_turn(
            run.rounds, lambda: milliseconds(lambda: today.overview(ledger, today=on)), lambda: milliseconds(floor)
        )
    yield Figure(f"today: the whole page, {people} people", ours, least, "ms", AIM, _NOTE)
