"""The outreach ledger (宣教台账): 宣传, 讲座, 心理疏导, 热线, 演练, and psychological service points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mhdesk.domain.record import Record


@dataclass(frozen=True, kw_only=True)
class Outreach(Record):
    """One activity, or the sum of a day's or month's small ones."""

    kind: str
    theme: str
    held_on: date
    unit_id: int | None = None
    place: str | None = None
    audience: str | None = None
    sessions: int  # 场次
    people: int  # 人次
    materials: int | None = None  # 份
    organiser: str | None = None
    partners: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class ServicePoint(Record):
    """心理服务点: 镇街社会心理服务站, 村居心理辅导室, 心理门诊, 热线."""

    name: str
    kind: str
    unit_id: int | None = None
    opened_on: date
    closed_on: date | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    note: str | None = None
