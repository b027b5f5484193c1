"""Goldens as plain lines: ``GOLDENS=write pytest tests/files`` writes them anew; read the diff."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def check(name: str, found: str) -> None:
    """Compare `found` with the golden file `name`; the failure shows the differing lines."""
    file = FOLDER / name
    if os.environ.get("GOLDENS") == "write":
        file.write_text(found, encoding="utf-8")
    wanted = file.read_text(encoding="utf-8")
    difference = list(
        difflib.unified_diff(wanted.splitlines(), found.splitlines(), "golden", "found", lineterm="", n=1)
    )
    assert not difference, "\n".join(difference)
