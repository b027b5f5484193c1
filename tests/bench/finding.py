"""Finding people among 50,000: each key of the search box, the register's first rows, and the memory it takes."""

from __future__ import annotations

import functools
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from mhdesk.services import patients, worklist
from mhdesk.services.patients import RegisterFilter
from tests.bench import population
from tests.bench.figure import Figure, Run, in_turn, milliseconds, percentile

PEOPLE = 50_000
VISITS = 4
SEARCH_AIM_MS = 16.0
FIRST_ROWS_AIM_MS = 100.0
FIRST_ROWS = 200
DUE_AIM_MS = 1500.0
# As typed, key by key: a name, initials, pinyin, the tail of an ID number, a phone number, a village, nobody
TYPED = ("王建国", "zxl", "shanguo", "0315", "1990000", "第12村", "䶮", "qqqq")
FLOOR = "SELECT id, name FROM patient WHERE voided_at IS NULL AND name LIKE '%秦始皇%' LIMIT 20"


def measure(run: Run) -> Iterator[Figure]:
    """Search and register over one big ledger."""
    people = run.size(PEOPLE)
    folder = run.folder / "finding"
    with population.make(folder, people=people, visits=VISITS) as ledger:
        keys = [word[:length] for word in TYPED for length in range(1, len(word) + 1)]
        times = [milliseconds(functools.partial(patients.search, ledger, key)) for key in keys * run.rounds]
        note = f"{people} people, p95 of {len(times)} keys, median {percentile(times, 0.5):.1f}"
        yield Figure("search: one key", percentile(times, 0.95), None, "ms", SEARCH_AIM_MS, note)

        def by_hand() -> float:
            with ledger.read() as connection:
                return milliseconds(lambda: connection.execute(text(FLOOR)).all())

        ours, floor = in_turn(run.rounds, lambda: milliseconds(lambda: patients.search(ledger, "秦始皇")), by_hand)
        yield Figure("search: somebody absent", ours, floor, "ms", None, "floor: one LIKE over the names by hand")

        def first_rows() -> object:
            ids = patients.register_ids(ledger, chosen=RegisterFilter(status="registered"))
            return patients.register_rows(ledger, ids[:FIRST_ROWS])

        rows = percentile([milliseconds(first_rows) for _ in range(run.rounds)], 0.5)
        yield Figure("register: ids and first rows", rows, None, "ms", FIRST_ROWS_AIM_MS, f"{people} people")
        due = percentile(
            [milliseconds(lambda: worklist.due(ledger, today=population.TODAY)) for _ in range(run.rounds)], 0.5
        )
        yield Figure(
            "due list: everybody who is due", due, None, "ms", DUE_AIM_MS, f"{people} people, half of them due"
        )
        counts = percentile([milliseconds(lambda: patients.status_counts(ledger)) for _ in range(run.rounds)], 0.5)
        yield Figure("register: numbers beside the saved lists", counts, None, "ms", None, "behind the first rows")
    yield from _in_the_window(run, folder)


def _in_the_window(run: Run, folder: Path) -> Iterator[Figure]:
    """The same in a window of a process of its own, which tells its memory too."""
    shown, memory = zip(*(_window(folder) for _ in range(run.rounds)), strict=True)
    _, empty = _window(None)
    note = "page made, ids, rows, frame; offscreen"
    yield Figure("register: opened in the window", statistics.median(shown), None, "ms", None, note)
    note = "peak; floor: an empty window"
    yield Figure("register: memory of the window", statistics.median(memory), empty, "MiB", None, note)


def _window(folder: Path | None) -> tuple[float, float]:
    command = [sys.executable, "-m", "tests.bench.window", str(folder or "")]
    environment = {**os.environ, "QT_LOGGING_RULES": "*=false"}
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True, env=environment, timeout=120)
    shown, memory = done.stdout.split()
    return float(shown), float(memory)
