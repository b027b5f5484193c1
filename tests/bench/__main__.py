"""``python3 dev.py bench [NAME …] [--rounds N] [--quick] [--long] [--json FILE]``."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tempfile
from pathlib import Path

from tests.bench.figure import Figure, Run

#: name -> module with ``measure(run) -> Iterator[Figure]``
BENCHES = {
    "start": "tests.bench.start",
    "imports": "tests.bench.imports",
    "weekly": "tests.bench.weekly",
    "trends": "tests.bench.trends",
    "today": "tests.bench.today",
    "finding": "tests.bench.finding",
}


def main() -> int:
    """Measure and print; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Ratios to a floor measured in the same run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; all by default")
    parser.add_argument("--rounds", type=int, default=5, help="repeats of each measurement; medians are printed")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument("--long", action="store_true", help="the largest sizes too: a quarter of an hour more")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    if unknown := set(options.names) - BENCHES.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    print(f"{'':44} {'ours':>10} {'floor':>10} {'':4} {'ratio':>8}  aim")
    with tempfile.TemporaryDirectory(prefix="mhdesk-bench-") as folder:
        os.environ.update(XDG_DATA_HOME=folder, LOCALAPPDATA=folder)  # nothing of the developer's own
        for name in options.names or BENCHES:
            own = Path(folder) / name
            own.mkdir()
            run = Run(options.rounds, own, options.quick, options.long)
            for figure in importlib.import_module(BENCHES[name]).measure(run):
                print(figure.line(), flush=True)
                figures.append(figure)
    if options.json:
        options.json.write_text(json.dumps([one._asdict() for one in figures], ensure_ascii=False, indent=1), "utf-8")
    return 0 if all(one.holds for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
