"""Step 6: colour assessments, report templates, inspections. Frozen."""

from __future__ import annotations

from typing import Any

_STATEMENTS = ""


def run(raw: Any) -> None:
    """Make the tables, inside the caller's transaction. `raw` is a driver connection."""
    for statement in filter(None, _STATEMENTS.split(";\n\n")):
        raw.execute(statement)
