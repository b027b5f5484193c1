"""What is done for a person besides visits: guardianship agreements, assistance, rehabilitation, check-ups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mhdesk.domain.record import Record


@dataclass(frozen=True, kw_only=True)
class Agreement(Record):
    """以奖代补（有奖监护）协议. Runs from `first_day` to `last_day`, both included as on the paper."""

    patient_id: int
    number: str
    signed_on: date
    first_day: date
    last_day: date
    guardian_name: str | None = None
    guardian_id_number: str | None = None
    amount: float | None = None  # 元/年
    stopped_on: date | None = None
    stop_reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class AgreementReview(Record):
    """以奖代补季度考核 of one quarter of an agreement: the first three months are quarter 1."""

    patient_id: int
    agreement_id: int
    quarter: int
    reviewed_on: date
    result: str
    reviewer: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class AgreementPayment(Record):
    """以奖代补兑付: money for so many quarters that were reviewed and passed."""

    patient_id: int
    agreement_id: int
    paid_on: date
    quarters: int
    amount: float
    receiver: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Assistance(Record):
    """救助帮扶 over time: 低保, 残疾人证, 医疗救助, 签约, 社区康复 …, from a day until another (None: still)."""

    patient_id: int
    kind: str
    first_day: date
    last_day: date | None = None  # included
    detail: str | None = None  # 证号、等级
    agency: str | None = None
    amount: float | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rehabilitation(Record):
    """社区康复服务: one service for somebody."""

    patient_id: int
    served_on: date
    services: tuple[str, ...] = ()
    institution: str | None = None
    minutes: int | None = None
    provider: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class CheckUp(Record):
    """年度健康体检."""

    patient_id: int
    checked_on: date
    institution: str | None = None
    consent: str | None = None
    items: tuple[str, ...] = ()
    systolic: int | None = None  # mmHg
    diastolic: int | None = None  # mmHg
    weight: float | None = None  # kg
    result: str | None = None
    findings: str | None = None
    follow_up_id: int | None = None
    note: str | None = None
