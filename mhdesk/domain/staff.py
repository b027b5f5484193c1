"""The people who do the work (工作人员): who they are, the posts they hold, their certificates.

A person is entered once; a post says where, as what, with how much of a full post (FTE) and from when to when. So a
village doctor who becomes 精防人员 keeps one record of training through both posts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mhdesk.domain.record import Record


class StaffRole(StrEnum):
    """What somebody is in a post."""

    PREVENTION = "prevention"  # 精防人员
    PSYCHIATRIST = "psychiatrist"  # 精神科执业（助理）医师
    VILLAGE_DOCTOR = "village_doctor"  # 村医
    POLICE = "police"  # 民警
    GRID_WORKER = "grid_worker"  # 网格员
    CADRE = "cadre"  # 镇街、村居干部
    OTHER = "other"  # 其他


@dataclass(frozen=True, kw_only=True)
class StaffMember(Record):
    """A person who works with patients or is trained: of this institution, the police, a village."""

    name: str
    phone: str | None = None
    cleared_on: date | None = None  # 上岗前培训合格日期, where it was passed before this ledger; else it is derived
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class StaffPost(Record):
    """A post somebody holds. [from, to): `ended_on` is the first day without it. `fte` None counts as not known."""

    staff_id: int
    role: str
    unit_id: int | None = None  # a unit of this ledger
    workplace: str | None = None  # the own unit's name where it is none of this ledger (派出所)
    position: str | None = None  # 职务
    fte: float | None = None
    started_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Certificate(Record):
    """A certificate of somebody: practice, retraining, on-post training."""

    staff_id: int
    name: str
    number: str | None = None
    issuer: str | None = None
    issued_on: date | None = None
    valid_until: date | None = None  # the last day it holds; None: for good
