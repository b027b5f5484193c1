"""Who is on the register (在册), who came and who left."""

from __future__ import annotations

from mhdesk.domain.patient import Consent, Guardianship
from mhdesk.rules.indicators.model import Indicator, Kind, Predicate, Table

_EVENTS = {"new": "new", "died": "died", "moved_in": "moved_in", "moved_out": "moved_out"}


def _event(kind: str, *, within_period: bool) -> Predicate:
    if within_period:
        return lambda s, _t: (kind, True) in s.events
    return lambda s, _t: (kind, True) in s.events or (kind, False) in s.events


INDICATORS: Table = (
    Indicator("registered_at_start", counts=lambda s, _t: s.opening),
    *(Indicator(f"{kind}_in_period", counts=_event(kind, within_period=True)) for kind in _EVENTS),
    *(Indicator(f"{kind}_in_year", counts=_event(kind, within_period=False)) for kind in _EVENTS),
    Indicator("registered", counts=lambda s, _t: s.registered),
    Indicator("prevalence", Kind.PERMILLE, counts=lambda s, _t: s.registered),
    Indicator("refused_consent", counts=lambda s, _t: s.registered and s.consent == Consent.REFUSED),
    Indicator(
        "weak_guardianship",
        counts=lambda s, _t: s.registered and s.guardianship in (Guardianship.WEAK, Guardianship.NONE),
    ),
    Indicator("reward_agreement", counts=lambda s, _t: s.registered and s.reward_agreement == "2"),
)
