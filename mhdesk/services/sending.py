"""What must be sent and by when (报送要求): kinds of report, days after the period's end, and the week's first day.

渝北卫健〔2023〕260号 asks for numbers each week and names no day; the rest is agreed with the district, so all of
it is a setting of the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from db.queries import rollup as queries
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.rules import rollup as rules_rollup

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection

KINDS = rules_rollup.KINDS
REQUIRED_SETTING = "report.required"
DUE_DAYS_SETTING = "report.due_days"
FIRST_WEEKDAY_SETTING = "week.first_weekday"  # 0 = Monday … 6 = Sunday
DUE_DAYS = 3  # [assumption] sent within so many days after the period's last day is in time
REQUIRED = ("weekly",)  # 每周按时汇总数据上报 (渝北卫健〔2023〕260号); the others as the district asks
MOST_DAYS = 90
_WEEKDAYS = range(7)


@dataclass(frozen=True)
class Terms:
    """`required`: the kinds of report that must be sent; `due_days` after the last day of a period, by kind."""

    required: Sequence[str] = REQUIRED
    due_days: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, DUE_DAYS))
    first_weekday: int = 0


def terms(ledger: Ledger) -> Terms:
    """What holds in this ledger."""
    with ledger.read() as connection:
        return of(connection)


def of(connection: Connection) -> Terms:
    """The same inside a transaction that is already open. What cannot be read is as if it were not set."""
    required = queries.setting(connection, REQUIRED_SETTING, REQUIRED)
    said = queries.setting(connection, DUE_DAYS_SETTING, DUE_DAYS)
    days = said if isinstance(said, dict) else dict.fromkeys(KINDS, said)
    return Terms(
        tuple(kind for kind in KINDS if kind in required),
        {kind: int(days.get(kind, DUE_DAYS)) for kind in KINDS},
        int(queries.setting(connection, FIRST_WEEKDAY_SETTING, 0)),
    )


def save(ledger: Ledger, wanted: Terms) -> Changes:
    """Keep what was agreed with the district. Raises UserError MH-SENDING-01 for a day or a number that cannot be."""
    days = {kind: wanted.due_days.get(kind, DUE_DAYS) for kind in KINDS}
    if wanted.first_weekday not in _WEEKDAYS or not all(0 <= one <= MOST_DAYS for one in days.values()):
        raise UserError("MH-SENDING-01", most=MOST_DAYS)
    with ledger.change("report.terms") as change:
        change.set_setting(REQUIRED_SETTING, [kind for kind in KINDS if kind in wanted.required])
        change.set_setting(DUE_DAYS_SETTING, days)
        change.set_setting(FIRST_WEEKDAY_SETTING, wanted.first_weekday)
    return change.changes
