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
    checkup: Literal["laboratory", "none"]
    prorate: bool  # fewer visits are asked for while the year is not over
    code_4: Literal["counted", "excluded", "not_counted"]  # 医嘱勿需用药
    hospitalised_counted: bool
    medication_window: Literal["year", "three_months", "latest"]
    stability: Literal["recent_home", "last_registered", "whole_year"]
    unstable_days: int
    bs_first_days: int
    bs_second_months: int
    stable_months: int
    min_per_year: int
    first_visit_days: int
    retry_days: int
