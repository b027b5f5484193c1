"""Step 9: the items of 出院信息单 (表4) a note could not hold yet. Frozen."""

from __future__ import annotations

from typing import Any

_STATEMENTS = """
ALTER TABLE discharge_note ADD COLUMN previous_stays INTEGER;

ALTER TABLE discharge_note ADD COLUMN diagnosed_on TEXT;

ALTER TABLE discharge_note ADD COLUMN past_acts TEXT;

ALTER TABLE discharge_note ADD COLUMN past_risk TEXT;

ALTER TABLE discharge_note ADD COLUMN filled_on TEXT;

ALTER TABLE discharge_note ADD COLUMN note TEXT
"""


def run(raw: Any) -> None:
    """Add the columns, inside the caller's transaction. `raw` is a driver connection."""
    for statement in filter(None, _STATEMENTS.split(";\n\n")):
        raw.execute(statement)
