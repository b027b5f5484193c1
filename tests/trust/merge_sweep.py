"""Kill a merge at random moments: every package is in whole or not at all, and a second merge brings the rest.

``python -m tests.trust.merge_sweep --kills 200`` is the long form; the test suite runs a short one.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from db import safety
from mhdesk.domain.exchange import ReceivedPackage
from mhdesk.services.district import merging, store
from tests.services.district_house import TODAY, House, make_templates

PACKAGES = 6


def prepare(folder: Path) -> House:
    """A district with six packages on the stick and nothing merged; closed."""
    prepared = make_templates(folder / "templates")
    with ExitStack() as stack:
        house = House(folder / "house", prepared, stack, 3)
        for back in (1, 0):
            for town in range(3):
                house.pack(town, TODAY - timedelta(days=7 * back))
    return house


def attempt(house: House, folder: Path, delay: float) -> None:
    """Merge in a child that is killed after `delay` seconds, or done by then."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        ledger = house.open(folder)
        os.write(writer, b"go")
        merging.merge(ledger, [house.stick], today=TODAY, receipts=folder.parent / "receipts")
        os._exit(0)
    os.read(reader, 2)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reader)
    os.close(writer)


def check(house: House, folder: Path) -> tuple[int, list[str]]:
    """How many packages had come in, and what is wrong."""
    with house.open(folder) as ledger:
        found = ledger.find(ReceivedPackage)
        rows = store.rows_of(ledger, [one.package_id for one in found])
        faults = [one.package_id for one in found if len(rows[one.package_id]) != 5]
        faults += [one.name for one in safety.audit_checks(ledger) if not one.ok]
        merged = merging.merge(ledger, [house.stick], today=TODAY, receipts=folder.parent / "receipts")
        if len(merged.of(merging.REPEATED)) != len(found) or len(ledger.find(ReceivedPackage)) != PACKAGES:
            faults.append("a second merge did not bring the rest")
        if not all(one.receipt for one in merged.verdicts):
            faults.append("a receipt is missing")
    return len(found), faults


def sweep(kills: int) -> tuple[list[int], list[str]]:
    """So many kills, each on a ledger of its own."""
    dice, counts, faults = random.Random(8), [], []
    with tempfile.TemporaryDirectory() as name:
        house = prepare(Path(name))
        for number in range(kills):
            folder = Path(name) / f"round-{number}" / "district"
            shutil.copytree(house.folder / "district", folder)
            attempt(house, folder, dice.uniform(0, 0.25))
            count, wrong = check(house, folder)
            counts.append(count)
            faults += wrong
            shutil.rmtree(folder.parent)
    return counts, faults


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    kills = parser.parse_args().kills
    counts, faults = sweep(kills)
    sys.stdout.write(f"kills={kills} packages in at the kill: {sorted(counts)} faults={faults}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
