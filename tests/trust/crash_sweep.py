"""Kill a working ledger at random moments: every acknowledged change must be there, none half done.

``python -m tests.trust.crash_sweep --kills 1000`` is the long form; the test suite runs a short one. One child process
forks a worker for each round; the worker writes a line after each COMMIT that returned, and is ended by SIGKILL.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from db import safety
from db.keys import Kdf
from db.ledger import Ledger
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Patient

LOGIN, PASSWORD = "wang", "Longhua-2026-lamp"
CHEAP = Kdf(64, 1, 1)
#: A patient and this many visits make one transaction: fewer in the ledger is a transaction torn in two.
VISITS = 4


class Outcome(NamedTuple):
    """What a sweep found."""

    kills: int
    acknowledged: int
    lost: int
    torn: int
    faults: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Nothing lost, nothing torn, nothing damaged."""
        return not (self.lost or self.torn or self.faults)


def now() -> datetime:
    """The clock of the sweep."""
    return datetime.now(UTC)


def work(folder: Path, round_number: int, pipe: int) -> None:
    """Record patients with their visits, and now and then an import, until killed."""
    ledger = Ledger.open(folder, login=LOGIN, password=PASSWORD, now=now)
    number = 0
    while True:
        size = 200 if number % 10 == 9 else 1
        name = f"{round_number}-{number}"
        with ledger.change("sweep.record") as change:
            ids = change.add_many([Patient(name=name) for _ in range(size)])
            visits = [FollowUp(patient_id=owner, drugs=(DrugLine(drug_name="氯氮平"),)) for owner in ids]
            change.add_many(visits * VISITS)
        os.write(pipe, f"{name} {size}\n".encode())
        number += 1


def one_round(folder: Path, round_number: int, wait: float) -> dict[str, int]:
    """Start a worker, kill it after `wait` seconds; returns what it acknowledged."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        try:
            work(folder, round_number, write_end)
        finally:
            os._exit(1)
    os.close(write_end)
    time.sleep(wait)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read_end) as stream:
        # A line may be cut by the kill: its COMMIT has returned all the same, but it does not count.
        lines = [line.split() for line in stream.read().split("\n")[:-1]]
    return {name: int(size) for name, size in lines}


def examine(folder: Path, acknowledged: dict[str, int]) -> tuple[int, int, list[str]]:
    """(lost, torn, faults) of the ledger after a kill."""
    with Ledger.open(folder, login=LOGIN, password=PASSWORD, now=now) as ledger:
        with ledger.read() as connection:
            rows = connection.exec_driver_sql("SELECT name, count(*) FROM patient GROUP BY name")
            stored: dict[str, int] = {name: count for name, count in rows}  # noqa: C416 - rows are no pairs to mypy
            visits = connection.exec_driver_sql(
                f"SELECT count(*) FROM patient p WHERE (SELECT count(*) FROM follow_up f WHERE f.patient_id = p.id)"
                f" != {VISITS}"
            ).scalar_one()
        lost = sum(stored.get(name, 0) != size for name, size in acknowledged.items())
        torn = visits + sum(size not in (1, 200) for size in stored.values())
        checks = [check for check in safety.verify(ledger) if not check.ok and not check.name.startswith("backup")]
    return lost, torn, [f"{check.name}: {check.detail}" for check in checks]


def sweep(kills: int, seed: int = 1, *, longest: float = 0.25) -> Outcome:
    """Kill `kills` workers on one ledger, examining it after each."""
    rng, acknowledged = random.Random(seed), dict[str, int]()
    lost = torn = 0
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="mhdesk-crash-") as place:
        folder = Path(place) / "ledger"
        Ledger.create(
            folder,
            unit_name="龙华中心",
            level="township",
            login=LOGIN,
            user_name="王敏",
            password=PASSWORD,
            now=now,
            kdf=CHEAP,
        )[0].close()
        for number in range(kills):
            acknowledged |= one_round(folder, number, rng.uniform(0.01, longest))
            found = examine(folder, acknowledged)
            lost, torn = lost + found[0], torn + found[1]
            faults += found[2]
    return Outcome(kills, len(acknowledged), lost, torn, tuple(faults))


def main() -> int:
    """The long form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    outcome = sweep(given.kills, given.seed)
    sys.stdout.write(f"{outcome}\n")
    return 0 if outcome.is_clean and outcome.acknowledged else 1


if __name__ == "__main__":
    sys.exit(main())
