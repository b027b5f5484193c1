"""Meetings against their required frequency: per calendar period, how many were held and how many are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mhdesk.domain.dates import add_months
from mhdesk.domain.joint import Meeting, MeetingState
from mhdesk.rules.joint_terms import Frequency


@dataclass(frozen=True, slots=True)
class Held:
    """One requirement in one period [start, end). `unit_id`: the village, None: the whole ledger."""

    frequency: Frequency
    start: date
    end: date
    unit_id: int | None
    held: int

    @property
    def missing(self) -> int:
        """How many are still to be held."""
        return max(0, self.frequency.times - self.held)


def period_start(day: date, months: int) -> date:
    """The first day of the calendar period of so many months that holds `day`."""
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def standing(
    meetings: Sequence[Meeting], frequencies: Sequence[Frequency], *, level: str, villages: Sequence[int], today: date
) -> list[Held]:
    """Every requirement of the ledger's level in the period that holds `today`, village by village where it says so."""
    found = []
    for one in frequencies:
        if one.level != level:
            continue
        start = period_start(today, one.months)
        end = add_months(start, one.months)
        counts = _counts(meetings, one.kind, start, min(end, today))
        for unit_id in villages if one.per == "village" else (None,):
            held = sum(counts.values()) if unit_id is None else counts.get(unit_id, 0)
            found.append(Held(one, start, end, unit_id, held))
    return found


def _counts(meetings: Sequence[Meeting], kind: str, start: date, last: date) -> Mapping[int | None, int]:
    found: dict[int | None, int] = {}
    for one in meetings:
        if one.kind == kind and one.state == MeetingState.HELD and start <= one.held_on <= last:
            found[one.unit_id] = found.get(one.unit_id, 0) + 1
    return found
