"""The terms of a rule set: every parameter by which people are judged, typed. Values are data (``resources/rules``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Terms:
    """The parameters of a rule set, typed. Their meanings in Chinese: table ``rules.terms`` of the texts."""

    register: Literal["R1", "R2", "R3"]  # 在册: alive and here; + died this year; + everyone of the year
    standard_denominator: Literal["R", "M"]
    medication_denominator: Literal["R", "M"]
    regular_denominator: Literal["R", "M"]
    schizophrenia_denominator: Literal["R", "M"]
    treatment_denominator: Literal["R", "M"]  # 精神分裂症治疗率
    face_denominator: Literal["R", "M"]
    checkup_denominator: Literal["R", "M"]
    window: Literal["year", "rolling_12_months"]
    mode: Literal["month", "day"]
    interval: int  # months or days, as `mode` says
    grace_days: int
    phone_counts: bool
    lost_rows_count: bool
    inpatient_rows_count: bool
    head: Literal["year_start", "last_visit", "none"]
    tail: Literal["cut_off", "none"]
    new_patients: Literal["judge", "exclude", "compliant"]
    new_patient_days: int
    leavers: Literal["to_leaving_date", "to_cut_off"]
    checkup: Literal["none", "laboratory", "record", "either"]  # what the standard (GM-COUNT) asks for
    checkup_proof: Literal["laboratory", "record", "either"]  # what 体检率 counts
    prorate: bool  # fewer visits are asked for while the year is not over
    code_4: Literal["counted", "excluded", "not_counted"]  # 医嘱勿需用药
    hospitalised_counted: bool
    medication_window: Literal["year", "three_months", "latest"]
    stability: Literal["recent_home", "last_registered", "last_managed", "whole_year"]
    adult_share: int  # percent of the inhabitants aged 15 and over (登记率, 2011)
    estimated_prevalence: int  # per 1000 of them (登记率, 2011)
    unstable_days: int
    bs_first_days: int
    bs_second_months: int
    stable_months: int
    min_per_year: int
    first_visit_days: int
    moved_in_visit_days: int  # after 迁入
    discharge_visit_workdays: int  # Monday to Friday, after 出院信息单 was received
    retry_days: int
    lost_attempts: int  # failed contacts in a row that mean 失访 …
    lost_span_months: int  # … when they lie more than so many months apart
    face_months: int  # so long without 面访 is reminded of
    exchange_level: int  # 危险性 from which information is exchanged with 派出所 and 综治
    national_entry_workdays: int  # a visit is entered into the national system within
    receipt_days: int  # a slip without a receipt is asked about after
    sheet_return_days: int  # a printed sheet not typed back is asked about after
