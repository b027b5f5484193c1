"""Rounds (入户): whom to visit, on which printed sheet, and what came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mhdesk.domain.record import Record


@dataclass(frozen=True, kw_only=True)
class Snooze(Record):
    """A due visit put off (暂缓) until a day, with its reason. A visit before that day ends it."""

    patient_id: int
    reason: str
    snoozed_on: date
    until: date


@dataclass(frozen=True, kw_only=True)
class VisitSheet(Record):
    """A printed 入户随访单. `number` is printed on it and never used again."""

    number: int
    printed_on: date
    unit_id: int | None = None  # the village; None: several
    doctor_name: str | None = None
    form_edition: str = "2018"


@dataclass(frozen=True, kw_only=True)
class VisitSheetRow(Record):
    """One person on a sheet: typing "3-12" means sheet 3, row 12. `outcome` None: not back yet (未回)."""

    sheet_id: int
    row: int
    patient_id: int
    outcome: str | None = None  # entered 录回, attempted 未访到, withdrawn 作废
    outcome_on: date | None = None
    follow_up_id: int | None = None
