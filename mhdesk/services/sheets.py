"""Paper that comes back: printed sheets (入户随访单), their rows by "3-12", what is back and what is not.

The sheets are made where they are printed (`mhdesk.services.printing`); here they are found again and closed.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from db.queries import records, rounds
from db.queries.register import SearchHit
from db.queries.rounds import SheetFacts, SheetRowFacts
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.round import VisitSheet, VisitSheetRow
from mhdesk.services import rulesets
from mhdesk.text import text

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger

__all__ = ["SheetFacts", "SheetRowFacts"]

ENTERED, ATTEMPTED, WITHDRAWN = "entered", "attempted", "withdrawn"
_PLACE = re.compile(r"\s*([0-9]{1,6})\s*[-—–－]\s*([0-9]{1,3})\s*")


@dataclass(frozen=True)
class SheetBook:
    """Every sheet, newest first, with the sums over all of them: 发出, 录回 (with 未访到), 作废, 未回."""

    sheets: Sequence[SheetFacts]

    @property
    def out(self) -> int:
        """Rows printed."""
        return sum(one.rows for one in self.sheets)

    @property
    def back(self) -> int:
        """Rows typed back, or back as 未访到."""
        return sum(one.entered + one.attempted for one in self.sheets)

    @property
    def withdrawn(self) -> int:
        """Rows taken back unused."""
        return sum(one.withdrawn for one in self.sheets)

    @property
    def missing(self) -> int:
        """Rows not back."""
        return self.out - self.back - self.withdrawn


def place_of(words: str) -> tuple[int, int] | None:
    """Sheet and row of a text such as "3-12"; None for anything else."""
    match = _PLACE.fullmatch(unicodedata.normalize("NFKC", words))
    return (int(match[1]), int(match[2])) if match else None


def find(ledger: Ledger, words: str) -> SheetRowFacts:
    """The row that "3-12" means. Raises UserError MH-ROUNDS-05 where there is no such row."""
    place = place_of(words)
    with ledger.read() as connection:
        found = rounds.sheet_row(connection, *place) if place is not None else None
    if found is None:
        raise UserError("MH-ROUNDS-05", place=words.strip())
    return found


def search(ledger: Ledger, words: str) -> list[SearchHit]:
    """The row of a sheet as something the search box finds: its id is minus the row's. Nothing for other words."""
    place = place_of(words)
    with ledger.read() as connection:
        found = rounds.sheet_row(connection, *place) if place is not None else None
    if found is None:
        return []
    where = text("sheets.found", number=found.sheet_number, row=found.row)
    return [SearchHit(-found.id, found.name, None, None, where, None, None)]


def by_id(ledger: Ledger, row_id: int) -> SheetRowFacts:
    """One row. Raises UserError MH-LEDGER-24."""
    row = ledger.get(VisitSheetRow, row_id)
    sheet_number = ledger.get(VisitSheet, row.sheet_id).number
    return find(ledger, f"{sheet_number}-{row.row}")


def book(ledger: Ledger) -> SheetBook:
    """Every sheet with its counts."""
    with ledger.read() as connection:
        return SheetBook(rounds.sheets(connection))


def rows(ledger: Ledger, sheet_id: int) -> list[SheetRowFacts]:
    """The rows of a sheet, in their order."""
    with ledger.read() as connection:
        return rounds.sheet_rows(connection, sheet_id)


def not_back(ledger: Ledger, *, today: date) -> list[SheetRowFacts]:
    """Rows not back longer than the rule set allows, oldest sheet first."""
    days = rulesets.choice(ledger).default.terms.sheet_return_days
    with ledger.read() as connection:
        return rounds.open_rows(connection, printed_before=(today - timedelta(days=days)).isoformat())


def all_open(ledger: Ledger) -> list[SheetRowFacts]:
    """Every row not back, in the order of the sheets."""
    with ledger.read() as connection:
        return rounds.open_rows(connection)


def mark(ledger: Ledger, row_ids: Sequence[int], outcome: str | None, *, on: date) -> Changes:
    """Say what became of rows: "attempted" 未访到, "withdrawn" 作废, None 未回 again. Those typed back stay."""
    with ledger.change("sheet.mark") as change:
        for row_id in row_ids:
            row = ledger.get(VisitSheetRow, row_id)
            if row.outcome != ENTERED:
                kept = None if outcome is None else on
                change.replace(dataclasses.replace(row, outcome=outcome, outcome_on=kept))
    return change.changes


def close_row(change: Change, row_id: int, outcome: str, *, on: date, follow_up_id: int | None = None) -> None:
    """Close one row inside a running change. Raises UserError MH-LEDGER-24 for a row nobody printed."""
    row = records.get(change.connection, VisitSheetRow, row_id)
    change.replace(dataclasses.replace(row, outcome=outcome, outcome_on=on, follow_up_id=follow_up_id))


def answer(change: Change, follow_up: FollowUp, *, today: date, row_id: int | None = None) -> None:
    """A visit is recorded: the row it was typed from is back, and so is every open row of the person printed before it.

    For use inside a running change, after the visit has its id.
    """
    open_rows = rounds.open_rows(change.connection, patient_id=follow_up.patient_id)
    day = follow_up.visit_date.isoformat() if follow_up.visit_date else ""
    ids = {one.id for one in open_rows if one.id == row_id or one.printed_on <= day}
    for one in sorted(ids):
        close_row(change, one, ENTERED, on=today, follow_up_id=follow_up.id)


def reopen(change: Change, follow_up_id: int) -> None:
    """A visit is taken back: the rows it had closed are not back again. Inside a running change."""
    for row in records.find(change.connection, VisitSheetRow, follow_up_id=follow_up_id):
        change.replace(dataclasses.replace(row, outcome=None, outcome_on=None, follow_up_id=None))


def sheet(ledger: Ledger, sheet_id: int) -> VisitSheet:
    """One sheet. Raises UserError MH-LEDGER-24."""
    return ledger.get(VisitSheet, sheet_id)
