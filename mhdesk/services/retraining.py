"""转岗培训: the three-year plan, by year and unit, and how far each person has come.

A quota counts as used by everybody who was chosen, whatever became of them: who left is named, not forgotten.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.staff import StaffMember
from mhdesk.domain.training import Retrainee, RetrainingQuota, RetrainingStage
from mhdesk.domain.unit import Unit

if TYPE_CHECKING:
    from db.ledger import Ledger

STAGES = tuple(stage.value for stage in RetrainingStage)
_MOST_QUOTA = 1000


@dataclass(frozen=True)
class PlanLine:
    """A year and unit: its quota (None: none given), people by stage, and who they are."""

    year: int
    unit_id: int
    unit: str
    quota: int | None
    stages: Mapping[str, int]
    people: Sequence[tuple[str, str]]  # name, stage
    source: str | None = None  # the document of the quota

    @property
    def sent(self) -> int:
        """How many were chosen."""
        return sum(self.stages.values())


@dataclass(frozen=True)
class Plan:
    """The plan, by year and unit; `years`: year -> (quota, sent)."""

    lines: Sequence[PlanLine]
    years: Mapping[int, tuple[int, int]]


def plan(ledger: Ledger) -> Plan:
    """The whole plan with its progress."""
    units = {unit.id or 0: unit for unit in ledger.find(Unit, include_voided=True)}
    names = {one.id: one.name for one in ledger.find(StaffMember, include_voided=True)}
    quotas = {(one.year, one.unit_id): one for one in ledger.find(RetrainingQuota)}
    people: dict[tuple[int, int], list[Retrainee]] = {}
    for one in ledger.find(Retrainee):
        people.setdefault((one.year, one.unit_id), []).append(one)
    lines = [
        PlanLine(
            year=year,
            unit_id=unit_id,
            unit=units[unit_id].name,
            quota=quotas[year, unit_id].quota if (year, unit_id) in quotas else None,
            source=quotas[year, unit_id].source if (year, unit_id) in quotas else None,
            stages=Counter(one.stage for one in people.get((year, unit_id), ())),
            people=[(names.get(one.staff_id, ""), one.stage) for one in people.get((year, unit_id), ())],
        )
        for year, unit_id in sorted({*quotas, *people}, key=lambda key: (key[0], units[key[1]].sort_order, key[1]))
    ]
    years = {
        year: (
            sum(line.quota or 0 for line in lines if line.year == year),
            sum(line.sent for line in lines if line.year == year),
        )
        for year in sorted({line.year for line in lines})
    }
    return Plan(lines, years)


def people(ledger: Ledger) -> list[Retrainee]:
    """Everybody chosen, the latest year first."""
    return sorted(ledger.find(Retrainee), key=lambda one: (-one.year, one.id or 0))


def is_quota(year: int, quota: int) -> bool:
    """Whether a year and a number of people can be."""
    return 0 <= quota <= _MOST_QUOTA and 2000 <= year <= 2100  # noqa: PLR2004


def set_quota(ledger: Ledger, *, year: int, unit_id: int, quota: int, source: str | None = None) -> Changes:
    """How many a unit sends in a year. Raises UserError MH-TRAINING-28 for a number that cannot be."""
    if not is_quota(year, quota):
        raise UserError("MH-TRAINING-28")
    stored = ledger.find(RetrainingQuota, year=year, unit_id=unit_id)
    with ledger.change("retraining.quota") as change:
        if stored:
            change.replace(dataclasses.replace(stored[0], quota=quota, source=source or stored[0].source))
        else:
            change.add(RetrainingQuota(year=year, unit_id=unit_id, quota=quota, source=source))
    return change.changes


def choose(
    ledger: Ledger, *, staff_id: int, unit_id: int, year: int, on: date, note: str | None = None, today: date
) -> tuple[int, Changes]:
    """选派: somebody goes on a unit's quota of a year; more than the quota may be sent.

    Raises UserError MH-TRAINING-28 for somebody chosen in that year already, or a day in the future.
    """
    ledger.get(StaffMember, staff_id)
    if on > today or ledger.find(Retrainee, staff_id=staff_id, year=year):
        raise UserError("MH-TRAINING-28")
    with ledger.change("retraining.choose") as change:
        fresh = Retrainee(
            staff_id=staff_id, unit_id=unit_id, year=year, stage=RetrainingStage.CHOSEN, stage_on=on, note=note
        )
        trainee_id = change.add(fresh)
    return trainee_id, change.changes


def set_stage(
    ledger: Ledger, trainee_id: int, stage: str, *, on: date, note: str | None = None, today: date
) -> Changes:
    """How far somebody has come since a day. Raises UserError MH-TRAINING-28: unknown stage, or a day in the future."""
    if stage not in STAGES or on > today:
        raise UserError("MH-TRAINING-28")
    stored = ledger.get(Retrainee, trainee_id)
    with ledger.change("retraining.stage") as change:
        change.replace(dataclasses.replace(stored, stage=stage, stage_on=on, note=note or stored.note))
    return change.changes


def void(ledger: Ledger, trainee_id: int, *, reason: str) -> Changes:
    """Take somebody entered by mistake out of the plan."""
    with ledger.change("retraining.void", reason=reason) as change:
        change.void(Retrainee, trainee_id, reason)
    return change.changes
