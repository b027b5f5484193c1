"""Why somebody is not asked about: not in a number's denominator, or no longer on the register a count is taken of."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mhdesk.rules.facts import day_text
from mhdesk.rules.indicators.case import Case, adherence, registered, risk, visit_class
from mhdesk.rules.indicators.model import Indicator
from mhdesk.text import text

#: Counts that tell of people who have left as well: what happened while they were here.
_OF_EVERYBODY = ("registered_at_start", "new_", "died_", "moved_", "visits_done", "visits_face", "incidents")


def aside(indicator: Indicator, case: Case) -> str:
    """The sentence, "" for somebody who is asked about."""
    course, judge = case.course, case.judge
    if indicator.among is None:
        if indicator.record or indicator.id.startswith(_OF_EVERYBODY):
            return ""
        is_here = course.in_base if indicator.id in ("managed", "at_home") else course.registered
        return "" if is_here else registered(case)
    if indicator.among(course, judge.terms):
        return ""
    if not course.in_base:
        return registered(case)
    tell = _ASIDES.get(indicator.id)
    said = tell(case) if tell is not None else ""
    return said or (registered(case) if case.is_away else text("rules.aside.not_managed"))


def _standard(case: Case) -> str:
    terms = case.judge.terms
    if terms.new_patients == "exclude" and case.judge.is_new(case.register):
        return text("rules.reason.new_excluded", days=terms.new_patient_days)
    return ""


def _medication(case: Case) -> str:
    if case.course.prescribed:
        return ""
    return text("rules.reason.not_prescribed", day=day_text(case.window[-1].day))


def _schizophrenia(case: Case) -> str:
    return _medication(case) if case.course.schizophrenia else text("rules.aside.not_schizophrenia")


def _stability(case: Case) -> str:
    if not case.window:
        return ""
    return text("rules.aside.inpatient", day=day_text(case.window[-1].day))


def _timeliness(case: Case) -> str:
    if case.is_away:
        return registered(case)
    if case.course.lost:
        return text("rules.aside.lost", day=day_text(case.facts.lost_day))
    return text("rules.aside.due_later", day=day_text(case.judge.due_of_period(case.facts, case.register)))


def _of_last(key: str) -> Callable[[Case], str]:
    """Why the last visit asks for nothing."""

    def tell(case: Case) -> str:
        last = case.facts.last
        if case.is_away:
            return registered(case)
        if last is None:
            return text("rules.aside.no_last_visit")
        return text(
            f"rules.aside.{key}",
            day=day_text(last.day),
            risk=risk(last),
            level=case.judge.terms.exchange_level,
            visit_class=visit_class(last),
            adherence=adherence(last),
        )

    return tell


def _rehabilitation(case: Case) -> str:
    return registered(case) if case.is_away else text("rules.reason.rehabilitation_none")


_ASIDES: Mapping[str, Callable[[Case], str]] = {
    "standard_management_rate": _standard,
    "medication_rate": _medication,
    "regular_medication_rate": _medication,
    "schizophrenia_medication_rate": _schizophrenia,
    "schizophrenia_regular_medication_rate": _schizophrenia,
    "schizophrenia_treatment_rate": _schizophrenia,
    "stability_rate": _stability,
    "visit_timeliness_rate": _timeliness,
    "information_exchange_rate": _of_last("low_risk"),
    "referral_rate": _of_last("not_unstable"),
    "second_generation_free_rate": _of_last("no_prescription"),
    "rehabilitation_service_rate": _rehabilitation,
}
