"""Step 8: trainings of several days, and who was there on each of them. Frozen."""

from __future__ import annotations

from typing import Any

_STATEMENTS = """
ALTER TABLE training_session ADD COLUMN ends_on TEXT;

ALTER TABLE training_session ADD COLUMN day_parts TEXT;

ALTER TABLE attendance ADD COLUMN by_day TEXT
"""


def run(raw: Any) -> None:
    """Add the columns, inside the caller's transaction. `raw` is a driver connection."""
    for statement in filter(None, _STATEMENTS.split(";\n\n")):
        raw.execute(statement)
