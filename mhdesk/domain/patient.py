"""A person under management (在管患者), as the national forms describe one.

Field names are the keys of ``resources/forms/person_*.toml`` and the columns of the table ``patient``.
Codes are the printed digits (表6 个人基本信息表, 表7 个人信息补充表, national system).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.record import CodeCount, FormRecord, Record


class Consent(StrEnum):
    """知情同意."""

    REFUSED = "0"
    GIVEN = "1"


class Guardianship(StrEnum):
    """监护情况."""

    NORMAL = "1"
    WEAK = "2"
    NONE = "3"


class MovementKind(StrEnum):
    """How a person enters or leaves the register (在册) after the first registration."""

    MOVED_IN = "moved_in"
    MOVED_OUT = "moved_out"
    DIED = "died"


@dataclass(frozen=True, kw_only=True)
class Patient(FormRecord):
    """One person. Status words (在册, 在管, 失访, 在院 …) are derived from events, never stored here."""

    # Identity and file
    record_number: str | None = None  # 编号 □□□-□□□□□
    national_number: str | None = None  # 国家系统患者编号
    name: str = ""
    id_type: str | None = None  # 证件类别
    id_number: str | None = None  # 身份证号
    no_id_reason: str | None = None  # 无证件原因
    sex: str | None = None  # 性别
    birth_date: PartialDate | None = None  # 出生日期
    nationality: str | None = None  # 国籍
    ethnicity: str | None = None  # 民族
    ethnicity_name: str | None = None
    unit_id: int | None = None  # 村（居）, or the institution while the village is not known
    registered_on: date | None = None  # 建档日期; None: before the ledger began
    registered_as: str | None = None  # 建档来源: new 新增, moved_in 迁入
    doctor_name: str | None = None  # 责任医生 / 医生签字
    form_date: date | None = None  # 填表日期
    # Guardian (监护人)
    guardian_name: str | None = None
    guardian_relation: str | None = None
    guardian_address: str | None = None
    guardian_phone: str | None = None
    guardian_phone_2: str | None = None
    guardian_id_number: str | None = None
    guardianship: str | None = None  # 监护情况
    dual_supervision: str | None = None  # 是否落实双监管
    four_party_pledge: str | None = None  # 弱监护四方责任书
    committee_contact_name: str | None = None  # 村（居）委会联系人
    committee_contact_phone: str | None = None
    # Social situation
    household_type: str | None = None  # 户别
    household_unknown_reason: str | None = None
    employment: str | None = None  # 就业情况
    employment_other: str | None = None
    economic_status: str | None = None  # 经济状况
    employer: str | None = None  # 工作单位
    phone: str | None = None  # 本人电话
    contact_name: str | None = None
    contact_phone: str | None = None
    residence_type: str | None = None  # 常住类型
    education: str | None = None  # 文化程度
    marriage: str | None = None  # 婚姻状况
    payment: tuple[str, ...] = ()  # 医疗费用支付方式
    payment_other: str | None = None
    blood_type: str | None = None
    rh: str | None = None
    registered_address_type: str | None = None  # 户籍地类别
    registered_address_code: str | None = None
    registered_address: str | None = None  # 户籍地
    current_address_type: str | None = None  # 现住地类别
    current_address_code: str | None = None
    current_address: str | None = None  # 现住址
    address_outside: str | None = None  # 辖区外实际居住地
    archive_township: str | None = None  # 档案所属乡镇街道
    # Consent (知情同意)
    consent: str | None = None
    consent_signer: str | None = None
    consent_date: date | None = None
    # Illness
    onset_date: PartialDate | None = None  # 初次发病时间
    past_symptoms: tuple[str, ...] = ()  # 既往主要症状
    past_symptoms_other: str | None = None
    past_restraint: str | None = None  # 既往关锁情况
    past_outpatient: str | None = None  # 既往门诊治疗情况
    first_treatment_date: PartialDate | None = None  # 首次抗精神病药治疗时间
    past_admissions: int | None = None  # 曾住院次数
    diagnosis: str | None = None  # 目前诊断, code list "diagnosis"
    diagnosis_text: str | None = None  # 诊断原文
    diagnosis_icd10: str | None = None
    diagnosis_hospital: str | None = None  # 确诊医院
    diagnosis_hospital_unknown_reason: str | None = None
    diagnosis_date: PartialDate | None = None  # 确诊日期
    has_diagnosis_proof: str | None = None  # 是否有诊断证明
    last_treatment_effect: str | None = None  # 最近一次治疗效果
    past_dangerous_acts: tuple[CodeCount, ...] = ()  # 既往危险行为
    past_risk_level: str | None = None  # 既往危险性评估
    specialist_opinion: str | None = None  # 专科医生的意见
    family_history: str | None = None  # 两系三代精神疾病家族史
    on_antipsychotics: str | None = None  # 是否已进行抗精神病药物治疗
    no_medication_flag: str | None = None  # 勿需用药标志
    sent_by: tuple[str, ...] = ()  # 送诊主体
    sent_by_other: str | None = None
    report_department: str | None = None  # 报告部门
    report_type: str | None = None  # 报告类型: 1 第三十条第二款第二项, 2 六类病种
    # Assistance (2018 表7 block B)
    poverty_relief: str | None = None  # 是否精准扶贫对象
    guardian_subsidy: str | None = None  # 是否监护补助对象
    disability_certificate: tuple[str, ...] = ()  # 领取残疾人证情况
    disability_level: str | None = None  # 精神残疾人证等级
    care_group_served: str | None = None  # 是否关爱帮扶小组服务对象
    family_doctor_signed: str | None = None  # 是否家庭医生签约服务对象
    community_rehabilitation: str | None = None  # 是否参加社区康复服务
    free_medicine: str | None = None  # 是否享受免费服药
    reward_agreement: str | None = None  # 以奖代补签约
    # Local roster (花名册)
    colour: str | None = None  # 分色定级
    national_platform_transfer: str | None = None  # 国家平台流转
    note: str | None = None  # 备注


@dataclass(frozen=True, kw_only=True)
class Movement(Record):
    """A person leaves or re-enters the register: 死亡, 迁出, 迁入. The first registration stands on `Patient`."""

    patient_id: int
    kind: str
    happened_on: date
    reason: str | None = None  # 迁出原因, 死亡原因
    other_unit: str | None = None  # 接收或来源单位
    follow_up_id: int | None = None  # the visit that reported it
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class ContactAttempt(Record):
    """A try to reach somebody that failed: counted for 失访, never as a follow-up."""

    patient_id: int
    attempted_on: date
    mode: str | None = None  # as 随访形式
    result: str | None = None
    note: str | None = None
