"""Back-dated paper, many people at once: the valid rows are stored in one transaction, the rest stays as a draft."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from db.queries import rounds
from mhdesk.domain.account import CustomField, Draft
from mhdesk.domain.changes import Changes
from mhdesk.domain.follow_up import FollowUp
from mhdesk.services import custom_fields, follow_ups, sheets, worklist
from mhdesk.services.follow_ups import Entry
from mhdesk.services.worklist import DueQuery

if TYPE_CHECKING:
    from db.ledger import Ledger

FORM = "batch"  # of the draft; its subject is the sheet, 0 without one
MOST_PEOPLE = 200  # rows of one grid


@dataclass(frozen=True)
class BatchPerson:
    """One row of the grid before anything is typed: what judging needs, and the row of the printed sheet."""

    entry: Entry
    sheet_row_id: int | None = None
    place: str = ""  # "3-12"

    @property
    def patient_id(self) -> int:
        """Whose row."""
        return self.entry.file.patient.id or 0


@dataclass(frozen=True)
class Batch:
    """The rows of a grid in their order, and what was typed before, by "row:key"."""

    people: Sequence[BatchPerson]
    sheet_id: int
    draft: Mapping[str, str]
    edition: str = "2018"
    printed_on: date | None = None
    own_items: Sequence[CustomField] = ()  # items the district added to the sheet


@dataclass(frozen=True)
class BatchRow:
    """A row that is to be stored."""

    follow_up: FollowUp
    sheet_row_id: int | None = None


def of_sheet(ledger: Ledger, sheet_id: int, *, today: date) -> Batch:
    """The rows of a printed sheet that are not back, in its order."""
    with ledger.read() as connection:
        sheet_rows = [row for row in rounds.sheet_rows(connection, sheet_id) if row.outcome is None]
    people = [
        BatchPerson(_entry(ledger, row.patient_id, today), row.id, f"{row.sheet_number}-{row.row}")
        for row in sheet_rows
    ]
    edition, printed = "2018", None
    if sheet_rows:
        stored = sheets.sheet(ledger, sheet_id)
        edition, printed = stored.form_edition, stored.printed_on
    return Batch(people, sheet_id, _draft(ledger, sheet_id), edition, printed, _own_items(ledger))


def of_village(ledger: Ledger, *, query: DueQuery, today: date) -> Batch:
    """The due people of a village (or whatever `query` keeps), in the list's order."""
    due = worklist.due(ledger, today=today, query=query).patients[:MOST_PEOPLE]
    people = [BatchPerson(_entry(ledger, one.id, today)) for one in due]
    return Batch(people, 0, _draft(ledger, 0), own_items=_own_items(ledger))


def of_people(ledger: Ledger, patient_ids: Sequence[int], *, today: date) -> Batch:
    """These people, in this order."""
    people = [BatchPerson(_entry(ledger, one, today)) for one in patient_ids[:MOST_PEOPLE]]
    return Batch(people, 0, _draft(ledger, 0), own_items=_own_items(ledger))


def save(
    ledger: Ledger, rows: Sequence[BatchRow], *, today: date, sheet_id: int, rest: Mapping[str, str]
) -> tuple[list[int], Changes]:
    """Store all rows in one transaction; `rest` is what stays typed, kept as the draft (empty: the draft goes).

    Raises RecordRefused for the first row with a blocking problem: nothing is stored then.
    """
    entries: list[Entry] = []
    stored: dict[int, list[FollowUp]] = {}
    for row in rows:
        entry = _with_siblings(follow_ups.prepare(ledger, row.follow_up.patient_id, today=today), stored)
        follow_ups.require_sound(entry, row.follow_up)
        stored.setdefault(row.follow_up.patient_id, []).append(row.follow_up)
        entries.append(entry)
    with ledger.change("follow_up.record_many") as change:
        ids = [
            follow_ups.write(change, entry, row.follow_up, sheet_row_id=row.sheet_row_id)
            for entry, row in zip(entries, rows, strict=True)
        ]
        if rest:
            change.save_draft(Draft(login=ledger.login, form=FORM, subject_id=sheet_id, values=rest))
        else:
            change.drop_draft(ledger.login, FORM, sheet_id)
    return ids, change.changes


def _with_siblings(entry: Entry, stored: Mapping[int, Sequence[FollowUp]]) -> Entry:
    """The entry as it will be once the rows before are stored: two rows of one person are judged together."""
    before = stored.get(entry.file.patient.id or 0, ())
    visits = [
        *entry.file.follow_ups,
        *(dataclasses.replace(one, id=-place) for place, one in enumerate(before, start=1)),
    ]
    visits.sort(key=lambda one: (one.visit_date or date.min, one.id or 0), reverse=True)
    return dataclasses.replace(entry, file=dataclasses.replace(entry.file, follow_ups=visits))


def _entry(ledger: Ledger, patient_id: int, today: date) -> Entry:
    return follow_ups.prepare(ledger, patient_id, today=today)


def _own_items(ledger: Ledger) -> Sequence[CustomField]:
    return custom_fields.listed(ledger, follow_ups.FORM)


def _draft(ledger: Ledger, sheet_id: int) -> Mapping[str, str]:
    found = ledger.find(Draft, login=ledger.login, form=FORM, subject_id=sheet_id)
    return dict(found[0].values) if found else {}
