"""今日: everything a doctor must know this morning, read in one go."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from mhdesk.domain.task import collector_at_rest
from mhdesk.rules.rollup import RollUp, period_of
from mhdesk.rules.schedule import DueState
from mhdesk.services import backup, matters, rollups, unfinished, worklist
from mhdesk.services.matters import Matter
from mhdesk.services.medication import waiting as medicine
from mhdesk.services.unfinished import Unfinished
from mhdesk.services.worklist import DueList, DueQuery

if TYPE_CHECKING:
    from db.ledger import Ledger


@dataclass(frozen=True)
class Today:
    """The due list, the numbers of this week so far, and what has been sent and saved.

    `last_week_sent` is whether last week's report was submitted. Backups: when the newest one was made, None: never.
    """

    due: DueList
    matters: list[Matter]  # what waits besides visits
    rollup: RollUp
    last_week: str
    last_week_sent: bool
    backup_at: datetime | None
    stick_backup_at: datetime | None
    drafts: list[Unfinished]
    days_left: int  # until the year's end, today included
    missing_changes: int  # acknowledged changes that are no longer in the file


def overview(ledger: Ledger, *, today: date) -> Today:
    """Read it all. Nothing here is stored."""
    with collector_at_rest():
        return _overview(ledger, today)


def _overview(ledger: Ledger, today: date) -> Today:
    saved = backup.newest(ledger)
    with ledger.read() as connection:
        told = medicine.everybody(connection, today=today, kinds=matters.OF_MEDICINE)
    found = worklist.due(
        ledger,
        today=today,
        query=DueQuery(buckets=(*worklist.WAITING, DueState.SNOOZED)),
        medicine=medicine.reminders_of(told),
    )
    rollup = rollups.build(ledger, period="weekly", on=today, today=today)
    before = rollup.period.start - timedelta(days=1)
    first_weekday = int(ledger.get_setting(rollups.FIRST_WEEKDAY_SETTING, 0))
    last_week = period_of("weekly", before, today=today, first_weekday=first_weekday)
    return Today(
        due=DueList(found.buckets, [one for one in found.patients if one.state in worklist.WAITING]),
        matters=matters.waiting(
            ledger,
            found.patients,
            today=today,
            medicine_told=Counter(one.kind for one in told),
        ),
        rollup=rollup,
        last_week=last_week.label,
        last_week_sent=bool(rollups.submissions(ledger, period="weekly", start=last_week.start)),
        backup_at=saved.local,
        stick_backup_at=saved.stick,
        drafts=unfinished.listed(ledger),
        days_left=(date(today.year + 1, 1, 1) - today).days,
        missing_changes=ledger.missing_changes,
    )
