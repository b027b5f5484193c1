"""服药, 规律服药, 长效针剂, 免费服药."""

from __future__ import annotations

from mhdesk.domain.follow_up import Adherence
from mhdesk.rules.indicators.model import Indicator, Kind, Predicate, Table, of_register
from mhdesk.rules.judge import Course


def _last_says(adherence: Adherence) -> Predicate:
    return lambda s, _t: s.registered and s.adherence == adherence and not s.in_hospital


def _has_prescription(status: Course) -> bool:
    return status.registered and status.adherence in (Adherence.REGULAR, Adherence.IRREGULAR, Adherence.NONE)


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
    Indicator(
        "schizophrenia_treatment_rate",
        Kind.PERCENT,
        lambda s, _t: s.schizophrenia and s.medicated and s.adherence != Adherence.NOT_NEEDED,
        lambda s, t: s.schizophrenia and of_register(t.treatment_denominator, s),
    ),
    Indicator(
        "second_generation_free_rate",
        Kind.PERCENT,
        lambda s, _t: _has_prescription(s) and s.free_medicine,
        lambda s, _t: _has_prescription(s),
    ),
    Indicator("irregular_medication", counts=_last_says(Adherence.IRREGULAR)),
    Indicator("no_medication", counts=_last_says(Adherence.NONE)),
    Indicator("medication_not_needed", counts=_last_says(Adherence.NOT_NEEDED)),
    Indicator("long_acting", person=lambda p: p.registered and p.long_acting),
    Indicator("free_medicine", person=lambda p: p.registered and p.free_medicine == "2"),
)
