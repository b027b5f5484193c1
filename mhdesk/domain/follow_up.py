"""A follow-up (随访): what happened from the last visit to this one (上次随访到本次随访期间发生的情况).

Field names are the keys of ``resources/forms/follow_up_*.toml`` and the columns of the table ``follow_up``.
Codes are the printed digits of 表8 of 严重精神障碍管理治疗工作规范（2018年版）; 2011 codes are remapped at import only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.record import CodeCount, FormRecord


class VisitForm(StrEnum):
    """本次随访形式."""

    CLINIC = "1"
    HOME = "2"
    PHONE = "3"


class VisitClass(StrEnum):
    """本次随访分类."""

    UNSTABLE = "1"
    BASIC = "2"
    STABLE = "3"


class Adherence(StrEnum):
    """用药依从性."""

    REGULAR = "1"
    IRREGULAR = "2"
    NONE = "3"
    NOT_NEEDED = "4"  # 医嘱勿需用药


class Hospitalization(StrEnum):
    """两次随访期间住院情况."""

    NEVER = "0"
    INPATIENT = "1"  # 目前正在住院
    DISCHARGED = "2"  # 曾住院，现未住院


class DangerousAct(StrEnum):
    """危险行为 (2017 and 2018 codes)."""

    MINOR_TROUBLE = "1"  # 轻度滋事
    TROUBLE = "2"  # 肇事
    DISASTER = "3"  # 肇祸
    OTHER_HARM = "4"
    SELF_HARM = "5"
    SUICIDE_ATTEMPT = "6"
    NONE = "7"


@dataclass(frozen=True, kw_only=True)
class DrugLine:
    """One drug of items 24 (用药情况) or 25 (用药指导). Doses are in `dose_unit`, mg unless said."""

    purpose: str = "current"  # current 用药情况, guidance 用药指导
    drug_name: str = ""
    specification: str | None = None  # 规格
    period: str | None = None  # day 每日, month 每月, week 每周
    times: float | None = None  # 用法 每日（月）次数
    dose: float | None = None  # 每次剂量
    total_dose: float | None = None  # 每日（月）剂量
    morning: float | None = None
    noon: float | None = None
    night: float | None = None
    long_acting: str | None = None  # 长效药物标志 1 否 2 是
    interval_weeks: float | None = None  # 每几周一次
    dose_unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUp(FormRecord):
    """One visit sheet. A lost (失访) or death sheet leaves the clinical items empty; nothing is ever a default."""

    patient_id: int = 0
    visit_date: date | None = None  # 1 随访日期
    visit_form: str | None = None  # 2 本次随访形式
    visit_targets: tuple[str, ...] = ()  # 3 本次随访对象
    lost_reason: str | None = None  # 4 失访原因
    lost_reason_other: str | None = None
    death_date: date | None = None  # 5 死亡日期
    death_reason: str | None = None
    death_disease: str | None = None  # 躯体疾病分类
    risk_level: str | None = None  # 6 危险性评估 0-5
    symptoms: tuple[str, ...] = ()  # 7 目前症状
    symptoms_other: str | None = None
    insight: str | None = None  # 8 自知力
    sleep: str | None = None  # 9
    diet: str | None = None  # 10
    self_care: str | None = None  # 11 个人生活料理
    housework: str | None = None  # 12 家务劳动
    work: str | None = None  # 13 生产劳动及工作
    learning: str | None = None  # 14 学习能力
    social_contact: str | None = None  # 15 社会人际交往
    dangerous_acts: tuple[CodeCount, ...] = ()  # 16 危险行为
    restraint: str | None = None  # 17 关锁情况
    hospitalization: str | None = None  # 18 住院情况
    last_discharge_date: PartialDate | None = None  # 末次出院时间
    laboratory: str | None = None  # 19 实验室检查
    laboratory_detail: str | None = None
    adherence: str | None = None  # 20 用药依从性
    adverse_reaction: str | None = None  # 21 药物不良反应
    adverse_reaction_detail: str | None = None
    treatment_effect: str | None = None  # 22 治疗效果
    referral_advised: str | None = None  # 23 是否（建议）转诊
    referral_reason: str | None = None
    referral_done: str | None = None  # 是否已转诊
    referral_to: str | None = None  # 转至机构及科室
    drugs: tuple[DrugLine, ...] = ()  # 24, 25
    rehabilitation: tuple[str, ...] = ()  # 26 康复措施
    rehabilitation_other: str | None = None
    visit_class: str | None = None  # 27 本次随访分类
    next_visit_date: date | None = None  # 28 下次随访日期
    doctor_name: str | None = None  # 29 随访医生签名
    # Not printed: evidence the form has no item for, and items of the national system
    obvious_symptoms: str | None = None  # 精神症状明显 1 否 2 是
    severe_adverse_reaction: str | None = None  # 有严重药物不良反应
    severe_physical_disease: str | None = None  # 有严重躯体疾病
    recent_prescription: str | None = None  # 3个月内精神科药物处方
    case_management: str | None = None  # 个案管理情况
    case_condition: str | None = None  # 个案管理病情总体评估
    case_function: str | None = None  # 个案管理社会功能总评
    class_reason: str | None = None  # why the doctor's class differs from the suggestion
    national_entered_on: date | None = None  # 已录入国家系统
    note: str | None = None

    @property
    def is_complete(self) -> bool:
        """A complete follow-up: has 危险性评估, or 目前正在住院 (在管, 四川省2017年指标口径)."""
        return self.lost_reason is None and (
            self.risk_level is not None or self.hospitalization == Hospitalization.INPATIENT
        )
