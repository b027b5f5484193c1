"""Who is on the register (在册), who came and who left."""

from __future__ import annotations

from mhdesk.domain.patient import Consent, Guardianship
from mhdesk.rules.indicators.model import Indicator, Kind, Predicate, Table

_EVENTS = ("new", "died", "moved_in", "moved_out")


def event_id(kind: str, span: str) -> str:
    """The id of the indicator that counts an event: new_in_period, moved_in_period."""
    return f"{kind}_{span}" if kind.startswith("moved_") else f"{kind}_in_{span}"


def _event(kind: str, span: str) -> Predicate:
    return lambda s, _t: (kind, span) in s.events


INDICATORS: Table = (
    Indicator("registered_at_start", counts=lambda s, _t: s.opening),
    *(Indicator(event_id(kind, span), counts=_event(kind, span)) for span in ("period", "year") for kind in _EVENTS),
    Indicator("registered", counts=lambda s, _t: s.registered),
    Indicator("prevalence", Kind.PERMILLE, counts=lambda s, _t: s.registered),
    Indicator("prevalence_percent", Kind.POPULATION_PERCENT, counts=lambda s, _t: s.registered),
    Indicator("estimated_registration_rate", Kind.ESTIMATE, counts=lambda s, _t: s.registered),
    Indicator("refused_consent", person=lambda p: p.registered and p.consent == Consent.REFUSED),
    Indicator(
        "weak_guardianship",
        person=lambda p: p.registered and p.guardianship in (Guardianship.WEAK, Guardianship.NONE),
    ),
    Indicator("reward_agreement", person=lambda p: p.registered and p.reward_agreement == "2"),
)
