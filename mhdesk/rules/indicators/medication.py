"""服药, 规律服药, 长效针剂, 免费服药."""

from __future__ import annotations

from mhdesk.domain.follow_up import Adherence
from mhdesk.rules.indicators.model import Indicator, Kind, Predicate, Table, of_register


def _last_says(adherence: Adherence) -> Predicate:
    return lambda s, _t: s.registered and s.adherence == adherence and not s.in_hospital


INDICATORS: Table = (
    Indicator(
        "medication_rate",
        Kind.PERCENT,
        lambda s, _t: s.medicated and s.prescribed,
        lambda s, t: s.prescribed and of_register(t.medication_denominator, s),
    ),
    Indicator(
        "regular_medication_rate",
        Kind.PERCENT,
        lambda s, _t: s.regular and s.prescribed,
        lambda s, t: s.prescribed and of_register(t.regular_denominator, s),
    ),
    Indicator(
        "schizophrenia_medication_rate",
        Kind.PERCENT,
        lambda s, _t: s.schizophrenia and s.medicated and s.prescribed,
        lambda s, t: s.schizophrenia and s.prescribed and of_register(t.schizophrenia_denominator, s),
    ),
    Indicator(
        "schizophrenia_regular_medication_rate",
        Kind.PERCENT,
        lambda s, _t: s.schizophrenia and s.regular and s.prescribed,
        lambda s, t: s.schizophrenia and s.prescribed and of_register(t.schizophrenia_denominator, s),
    ),
    Indicator("irregular_medication", counts=_last_says(Adherence.IRREGULAR)),
    Indicator("no_medication", counts=_last_says(Adherence.NONE)),
    Indicator("medication_not_needed", counts=_last_says(Adherence.NOT_NEEDED)),
    Indicator("long_acting", person=lambda p: p.registered and p.long_acting),
    Indicator("free_medicine", person=lambda p: p.registered and p.free_medicine == "2"),
)
