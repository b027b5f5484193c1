"""病情, 危险性, 分色, 失访, 在院: the stock at the cut-off, from the last complete visit however old."""

from __future__ import annotations

from mhdesk.domain.follow_up import VisitClass
from mhdesk.rules.indicators.model import Indicator, Kind, PersonPredicate, Predicate, Table
from mhdesk.rules.judge import Course
from mhdesk.rules.terms import Terms

COLOURS = ("red", "orange", "yellow", "green")  # code list "colour"
_CLASSES = {VisitClass.UNSTABLE: "unstable", VisitClass.BASIC: "basic", VisitClass.STABLE: "stable"}


def _has_risk(*levels: str) -> Predicate:
    return lambda s, _t: s.registered and s.risk in levels


def _has_class(code: VisitClass) -> Predicate:
    return lambda s, _t: s.registered and s.visit_class == code


def _has_colour(colour: str) -> PersonPredicate:
    return lambda p: p.registered and p.colour == colour


def _stability_among(status: Course, terms: Terms) -> bool:
    if terms.stability == "last_registered":
        return status.in_base
    return status.managed if terms.stability == "last_managed" else status.home


def _is_stable(status: Course, terms: Terms) -> bool:
    return status.stable and _stability_among(status, terms)


INDICATORS: Table = (
    Indicator("stability_rate", Kind.PERCENT, _is_stable, _stability_among),
    *(Indicator(f"risk_{level}", counts=_has_risk(level)) for level in "012345"),
    Indicator("risk_3_plus", counts=_has_risk("3", "4", "5")),
    *(Indicator(f"class_{name}", counts=_has_class(code)) for code, name in _CLASSES.items()),
    Indicator("class_unknown", counts=lambda s, _t: s.registered and s.visit_class not in _CLASSES),
    *(Indicator(f"colour_{colour}", person=_has_colour(colour)) for colour in COLOURS),
    Indicator("lost", counts=lambda s, _t: s.registered and s.lost),
    Indicator("in_hospital", counts=lambda s, _t: s.registered and s.in_hospital),
    Indicator("at_home", counts=lambda s, _t: s.home),
)
