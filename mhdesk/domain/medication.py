"""Medication (服药): what is ordered, handed out, injected and kept in stock, what it did, what was measured.

Drug lines of follow-ups (items 24 and 25) are orders, too, but are never copied into these tables:
`mhdesk.rules.medicines.orders` derives them, so that they are typed once. A stored order that names a follow-up takes
the place of what is derived from it (somebody stopped or changed that order between two visits).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mhdesk.domain.record import Record

FREE = "2"  # code list yes_no: 是
ABNORMAL = "2"


class StopReason(StrEnum):
    """Why somebody no longer takes a drug (code list ``drug_stop_reason``)."""

    REFUSED = "1"  # 拒药
    BY_HIMSELF = "2"  # 自行停药
    ADVERSE_REACTION = "3"  # 不良反应
    MONEY = "4"  # 经济困难
    NO_GUARDIAN = "5"  # 无人监护
    OUT_OF_STOCK = "6"  # 断供
    BY_DOCTOR = "7"  # 遵医嘱停药
    CHANGED = "8"  # 换药或调整剂量
    OTHER = "9"


class StockKind(StrEnum):
    """What happened to the stock. What is dispensed and injected leaves it without a movement of its own."""

    IN = "in"  # 入库
    OUT = "out"  # 出库（退回、报损）
    COUNT = "count"  # 盘点: what was counted; the stock starts anew from it


@dataclass(frozen=True, kw_only=True)
class MedicationOrder(Record):
    """One drug a person is to take, from `started_on` until (not including) `stopped_on`; None: still running.

    Doses are in `dose_unit` (code list ``dose_unit``, mg unless said): 早/中/晚, or `dose` × `times` a day, or `dose`
    every `interval_days` days (长效药). `drug_key` is the dictionary's, None for a name that is not in it: it is on
    the review list then, and never guessed.
    """

    patient_id: int
    drug_name: str  # as written
    drug_key: str | None = None
    specification: str | None = None  # 剂型、规格
    strength: float | None = None  # one piece (片、支) holds so much, in mg
    started_on: date
    morning: float | None = None
    noon: float | None = None
    night: float | None = None
    dose: float | None = None  # each time
    times: float | None = None  # a day
    interval_days: int | None = None  # every so many days
    dose_unit: str | None = None
    prescribed_by: str | None = None  # 开方医生、机构
    prescribed_on: date | None = None
    stopped_on: date | None = None
    stop_reason: str | None = None  # StopReason
    stop_note: str | None = None
    replaces_id: int | None = None  # the order this one continues with another dose
    follow_up_id: int | None = None  # the visit it was first written on; None: typed here
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dispensing(Record):
    """A drug handed out (发药). `days`: how long it lasts if taken as ordered."""

    patient_id: int
    dispensed_on: date
    drug_name: str
    drug_key: str | None = None
    specification: str | None = None
    strength: float | None = None  # mg a piece
    quantity: float | None = None
    unit: str | None = None  # of the quantity, code list dose_unit
    days: int | None = None
    batch: str | None = None
    expires_on: date | None = None
    is_free: str | None = None  # 免费二代药 1 否 2 是
    receiver: str | None = None  # 领取人
    receiver_relation: str | None = None  # 与患者关系, as written
    staff_name: str | None = None  # 发药人
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Injection(Record):
    """A long-acting injection (长效针剂) given. `next_due_on` None: `interval_days` after it."""

    patient_id: int
    injected_on: date
    drug_name: str
    drug_key: str | None = None
    dose: float | None = None
    dose_unit: str | None = None
    quantity: float | None = None  # 支, taken from the stock
    site: str | None = None  # code list injection_site
    reaction: str | None = None  # 1 无 2 有
    reaction_detail: str | None = None
    interval_days: int | None = None
    next_due_on: date | None = None
    window_days: int | None = None  # may be so much earlier or later; None: the rules' number
    batch: str | None = None
    expires_on: date | None = None
    is_free: str | None = None  # 免费 1 否 2 是
    staff_name: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class StockMovement(Record):
    """Something into or out of the cupboard, or a count (盘点)."""

    moved_on: date
    drug_name: str
    drug_key: str | None = None
    specification: str | None = None
    kind: str  # StockKind
    quantity: float
    unit: str
    batch: str | None = None
    expires_on: date | None = None
    staff_name: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class AdverseReaction(Record):
    """药物不良反应 (item 21), kept with its kind. `follow_up_id`: the sheet that says so."""

    patient_id: int
    noticed_on: date
    drug_name: str | None = None
    drug_key: str | None = None
    kinds: tuple[str, ...] = ()  # code list adverse_reaction_kind
    detail: str | None = None
    severity: str | None = None  # code list adverse_severity: 1 轻 2 中 3 重
    measures: str | None = None  # 处理
    ended_on: date | None = None
    follow_up_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class LaboratoryResult(Record):
    """One value of 实验室检查 (item 19). `follow_up_id`: the sheet that says so."""

    patient_id: int
    taken_on: date
    item: str  # code list laboratory_item
    value: float | None = None
    unit: str | None = None
    low: float | None = None  # the laboratory's own range
    high: float | None = None
    abnormal: str | None = None  # 1 正常 2 异常, as the report says
    result: str | None = None  # in words
    hospital: str | None = None
    follow_up_id: int | None = None
