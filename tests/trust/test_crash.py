"""Killed anywhere, a ledger opens again without a question and has every acknowledged change."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT


def test_killed_at_random_moments_nothing_acknowledged_is_lost(sweep: bool) -> None:
    # In a process of its own: forking the test process, with its threads, would not be fair to the workers.
    kills = 1000 if sweep else 20
    done = subprocess.run(
        [sys.executable, "-m", "tests.trust.crash_sweep", "--kills", str(kills)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"kills={kills}" in done.stdout
