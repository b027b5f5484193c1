"""People who move between units and institutions: transfer (流转), referral (双向转诊), discharge note (出院信息单)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.record import Record


class TransferKind(StrEnum):
    """Which slip it is."""

    OUT = "out"  # 迁出
    IN = "in"  # 迁入
    REFERRAL_UP = "referral_up"  # 上转
    REFERRAL_DOWN = "referral_down"  # 下转


@dataclass(frozen=True, kw_only=True)
class Transfer(Record):
    """A slip that went out or came in, and its receipt (回执)."""

    patient_id: int
    kind: str
    slip_number: str
    happened_on: date
    from_unit: str | None = None
    to_unit: str | None = None
    reason: str | None = None
    doctor_name: str | None = None
    content: Mapping[str, str] = field(default_factory=dict)  # further items of the printed slip, as text
    receipt: str | None = None  # accepted 接收, refused 拒绝; None: no receipt yet
    receipt_on: date | None = None
    receipt_note: str | None = None
    movement_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class DischargeNote(Record):
    """出院信息单 (表4) received from a hospital. It makes a visit due (rule set: days after receipt)."""

    patient_id: int
    received_on: date
    hospital: str | None = None
    case_number: str | None = None  # 病案号
    admitted_on: PartialDate | None = None
    discharged_on: PartialDate | None = None
    diagnosis: str | None = None
    treatment_effect: str | None = None  # 住院疗效
    inpatient_drugs: str | None = None  # 住院用药
    guidance_drugs: str | None = None  # 用药指导
    rehabilitation: tuple[str, ...] = ()
    advice: str | None = None  # 其他注意事项
    physician: str | None = None
    physician_phone: str | None = None
    follow_up_id: int | None = None  # the visit that answered it
    previous_stays: int | None = None  # 既往住院次数
    diagnosed_on: PartialDate | None = None  # 确诊日期
    past_acts: str | None = None  # 既往危险行为
    past_risk: str | None = None  # 既往危险性评估
    filled_on: date | None = None  # 填表日期
    note: str | None = None
