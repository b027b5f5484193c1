"""What an import tells: counts that add up to the rows, and every problem with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from mhdesk.domain.changes import Changes

AUTO, PATIENTS, FOLLOW_UPS, MEDICATION = "auto", "patients", "follow-ups", "medication"
STAFF, TRAINING, RETRAINING, TARGETS = "staff", "training", "retraining", "targets"
#: Tables that are not about patients.
WORK_KINDS = (STAFF, TRAINING, RETRAINING, TARGETS)
#: What a file may be read as.
KINDS = (AUTO, PATIENTS, FOLLOW_UPS, MEDICATION, *WORK_KINDS)


class Outcome(StrEnum):
    """What became of one row. Every row has exactly one."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    CONFLICT = "conflict"  # contradicts the ledger or the file itself: given back
    REJECTED = "rejected"  # cannot be read or stored as it is: given back


class RowProblem(NamedTuple):
    """Something wrong at one place of the file: the row as the spreadsheet counts it, the column's heading."""

    sheet: str
    row: int
    column: str
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class ImportResult:
    """The outcome of an import; new + same + changed + conflict + rejected = rows."""

    rows: int = 0
    new: int = 0
    same: int = 0
    changed: int = 0
    conflict: int = 0
    rejected: int = 0
    problems: Sequence[RowProblem] = ()
    rejected_file: Path | None = None
    created_units: Sequence[str] = ()
    kinds: Sequence[str] = ()
    """Which kinds of table were found."""
    changes: Changes = field(default_factory=Changes)


class Refusal(Exception):
    """A row is given back, as conflict or rejected, because of the problem `code`."""

    def __init__(self, outcome: Outcome, code: str, column: str = "", **params: object) -> None:
        """`column`: the key of the item at fault, or "" for the row."""
        super().__init__(code)
        self.outcome = outcome
        self.code = code
        self.column = column
        self.params = params


def conflict(code: str, column: str = "", **params: object) -> Refusal:
    """A row that contradicts what is known."""
    return Refusal(Outcome.CONFLICT, code, column, **params)


def rejected(code: str, column: str = "", **params: object) -> Refusal:
    """A row that cannot be stored as it is."""
    return Refusal(Outcome.REJECTED, code, column, **params)
