"""Training (培训): sessions of the year, rosters, scores; 转岗 trainees; typed actuals of targets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mhdesk.domain.record import Record


class SessionKind(StrEnum):
    """Which duty a session answers (渝北卫健〔2023〕260号)."""

    ON_POST = "on_post"  # 上岗前
    MONTHLY = "monthly"  # 每月
    QUARTERLY_JOINT = "quarterly_joint"  # 季度联合
    RETRAINING = "retraining"  # 转岗
    OTHER = "other"  # 其他


class SessionLevel(StrEnum):
    """Who holds it."""

    CITY = "city"  # 市级
    DISTRICT = "district"  # 区县级
    TOWNSHIP = "township"  # 镇街级


class Presence(StrEnum):
    """What the signed sheet says of one row."""

    PRESENT = "present"  # 全天
    MORNING = "morning"  # 仅上午
    AFTERNOON = "afternoon"  # 仅下午
    LEAVE = "leave"  # 请假
    ABSENT = "absent"  # 缺席
    PART = "part"  # 部分到会: of a course of several days; the days stand in `Attendance.by_day`


class DayPart(StrEnum):
    """What of a day a session takes."""

    WHOLE = "whole"  # 全天
    MORNING = "morning"  # 上午
    AFTERNOON = "afternoon"  # 下午


@dataclass(frozen=True, kw_only=True)
class TrainingSession(Record):
    """One session, planned or held. Without `held_on` it is a line of the year's plan in `month`.

    `sheet_back_on`: the day the signed sheet was typed back; until then the session is not counted as held.
    A course of several days is one session from `held_on` to `ends_on`; times are those of each day, `hours` those of
    all days together.
    """

    title: str
    kind: str
    level: str
    month: str  # the month it is planned for, "2026-03"
    held_on: date | None = None
    starts_at: str | None = None  # "09:00"
    ends_at: str | None = None
    hours: float | None = None  # 学时
    teacher: str | None = None
    content: str | None = None
    place: str | None = None
    organizer: str | None = None
    recorder: str | None = None
    pass_mark: float | None = None  # of this session; None: the setting
    sheet_back_on: date | None = None
    note: str | None = None
    ends_on: date | None = None  # the last day; None: one day
    day_parts: tuple[str, ...] | None = None  # `DayPart` of each day; None: whole days


@dataclass(frozen=True, kw_only=True)
class Attendance(Record):
    """One person on a roster. `row` is printed on the sheet and never given to anybody else.

    Name, workplace, position and phone stand as they were when the person was put on the roster, so that the sheet
    prints the same a year later. `presence` None: not typed back yet, or not every day of the course.
    """

    session_id: int
    row: int
    staff_id: int
    name: str
    workplace: str | None = None
    position: str | None = None
    phone: str | None = None
    presence: str | None = None
    made_up_on: date | None = None  # 补训日期
    theory: float | None = None  # 理论成绩
    practice: float | None = None  # 操作成绩
    resit_on: date | None = None
    resit_theory: float | None = None
    resit_practice: float | None = None
    certificate_number: str | None = None
    note: str | None = None
    by_day: tuple[str, ...] | None = None  # presence of each day, "" not typed; None: `presence` holds for every day


class RetrainingStage(StrEnum):
    """How far somebody has come in 转岗培训."""

    CHOSEN = "chosen"  # 选派
    TRAINING = "training"  # 在训
    COMPLETED = "completed"  # 结业
    LICENSED = "licensed"  # 取得执业范围
    NOT_PRACTISING = "not_practising"  # 未从事
    LEFT = "left"  # 离职


@dataclass(frozen=True, kw_only=True)
class RetrainingQuota(Record):
    """How many doctors a unit sends to 转岗培训 in a year (three-year plan)."""

    year: int
    unit_id: int
    quota: int
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Retrainee(Record):
    """Somebody sent to 转岗培训 on the quota of a year. Earlier stages stand in the history."""

    staff_id: int
    unit_id: int
    year: int
    stage: str
    stage_on: date | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class TargetActual(Record):
    """The actual value of a target that the ledger cannot count, typed with its evidence."""

    target_set: str
    indicator: str
    year: int
    value: float  # as the target is printed: 90 for 90 %, 80 for 1/80
    as_of: date
    evidence: str
