"""Joint work with police, 综治 and village: joint visits, information exchange, emergencies, meetings.

Moments (处置开始 …) are texts ``2026-03-05 14:30`` in local time, as they stand on the paper; they sort as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from mhdesk.domain.record import Record


class Participant(NamedTuple):
    """Somebody who took part: who, from which unit, as what."""

    name: str
    unit: str
    role: str


class Direction(StrEnum):
    """Which way information went."""

    SENT = "1"  # 发出
    RECEIVED = "2"  # 收到


class MeetingState(StrEnum):
    """Whether a meeting took place."""

    PLANNED = "1"  # 计划
    HELD = "2"  # 已开
    CANCELLED = "3"  # 取消


@dataclass(frozen=True, kw_only=True)
class JointVisit(Record):
    """联合随访: police, village and doctor see somebody together. Items as on the grid visit sheet (P4)."""

    patient_id: int
    visited_on: date
    place: str | None = None
    participants: tuple[Participant, ...] = ()
    incidents: tuple[str, ...] = ()  # 有无肇事、肇祸、轻度滋事
    risk_level: str | None = None
    risk_factors: tuple[str, ...] = ()
    taking_medicine: str | None = None  # 服药情况
    whereabouts: str | None = None  # 患者状态: 居家, 住院, 失踪
    admitted_on: date | None = None
    discharged_on: date | None = None
    hospital: str | None = None
    missing_since: date | None = None
    informed: tuple[str, ...] = ()  # 已向谁通报
    whereabouts_clear: str | None = None  # 去向是否明确
    counselling: str | None = None
    community_activity: str | None = None
    neighbours: str | None = None  # 邻里评价
    assessment: str | None = None  # 综合评价
    is_signed: str | None = None
    has_photo: str | None = None
    follow_up_id: int | None = None  # the follow-up of the same visit
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class ExchangeSheet(Record):
    """信息交换表: one period, one other side. The counts are frozen when the sheet is drawn up."""

    number: int
    direction: str = Direction.SENT
    other_side: str
    first_day: date
    last_day: date  # included, as printed
    sent_on: date | None = None  # None: drawn up, not sent yet; of a received sheet: the day it came
    registered: int | None = None
    managed: int | None = None
    lost: int | None = None
    high_risk: int | None = None  # 危险性3级及以上
    doctor_name: str | None = None
    receipt_on: date | None = None
    receipt_by: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class ExchangeRow(Record):
    """One person on an exchange sheet: what was said of the person on that day, and why."""

    sheet_id: int
    row: int
    patient_id: int
    reason: str
    risk_level: str | None = None
    visit_class: str | None = None
    follow_up_id: int | None = None
    content: str | None = None


@dataclass(frozen=True, kw_only=True)
class Emergency(Record):
    """应急处置记录单 (表12), to be written within 24 hours."""

    patient_id: int
    happened_at: str  # moment
    reported_at: str | None = None
    reporter_name: str | None = None
    reporter_identity: str | None = None
    report_way: str | None = None
    place: str | None = None  # 第一处置地点
    started_at: str | None = None
    ended_at: str | None = None
    scene: str | None = None  # 现场情况
    police: str | None = None  # 公安人员及单位
    prevention_doctor: str | None = None
    psychiatrist: str | None = None
    nurse: str | None = None
    other_people: str | None = None
    causes: tuple[str, ...] = ()  # 处置缘由
    measures: tuple[str, ...] = ()  # 主要处置措施
    measures_other: str | None = None
    diagnosis_certainty: str | None = None  # 确定, 疑似
    diagnosis: str | None = None
    outcome: str | None = None  # 处置效果
    subject_kind: str | None = None  # 处置对象类别
    consent: str | None = None  # 应急处置知情同意书 (表11) 已签
    filled_by: str | None = None
    filled_at: str | None = None
    follow_up_id: int | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Meeting(Record):
    """综合管理小组会议, 关爱帮扶小组活动, 联席会议, 联合督查."""

    kind: str
    state: str = MeetingState.HELD
    held_on: date  # of a planned one: the day it is planned for
    unit_id: int | None = None  # the village of a 关爱帮扶小组
    place: str | None = None
    chair: str | None = None
    participants: tuple[Participant, ...] = ()
    people: int | None = None  # 参加人数
    topics: str | None = None
    decisions: str | None = None
    note: str | None = None
