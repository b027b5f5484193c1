"""联合服务: joint visits, information exchanged, referrals. Counted from records of their own, not from sheets."""

from __future__ import annotations

from mhdesk.domain.follow_up import VisitClass
from mhdesk.rules.indicators.model import Indicator, Kind, Table
from mhdesk.rules.judge import Course
from mhdesk.rules.terms import Terms

JOINT_VISIT, EXCHANGE, REFERRAL, EMERGENCY = (
    "joint_visit",
    "exchange",
    "referral",
    "emergency",
)  # kinds of `PatientFacts.records`


def _must_be_told(status: Course, terms: Terms) -> bool:
    return status.registered and status.risk is not None and int(status.risk) >= terms.exchange_level


def _is_unstable(status: Course, _terms: Terms) -> bool:
    return status.registered and status.visit_class == VisitClass.UNSTABLE


INDICATORS: Table = (
    Indicator("emergencies", Kind.TIMES, record=EMERGENCY),
    Indicator("emergencies_in_year", Kind.TIMES, record=EMERGENCY, span="year"),
    Indicator("joint_visits", Kind.TIMES, record=JOINT_VISIT),
    Indicator("joint_visits_in_year", Kind.TIMES, record=JOINT_VISIT, span="year"),
    Indicator("information_exchanges", Kind.TIMES, record=EXCHANGE),
    Indicator("information_exchanges_in_year", Kind.TIMES, record=EXCHANGE, span="year"),
    Indicator(
        "information_exchange_rate",
        Kind.PERCENT,
        lambda s, t: _must_be_told(s, t) and EXCHANGE in s.recorded,
        _must_be_told,
    ),
    Indicator(
        "referral_rate",
        Kind.PERCENT,
        lambda s, t: _is_unstable(s, t) and REFERRAL in s.recorded,
        _is_unstable,
    ),
)
