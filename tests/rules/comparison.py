"""Sets a roll-up beside the second opinion: who should stand in which cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mhdesk.rules.rollup import RollUp
from tests.rules.second_opinion import DAY, Life, Opinion

_PLAIN: Mapping[str, Callable[[Opinion], bool]] = {
    "registered": lambda o: o.registered,
    "registered_at_start": lambda o: _came_before(o) and o.here_on(o.start - DAY),
    "managed": lambda o: o.managed,
    "medication_rate": lambda o: o.medicated(),
    "stability_rate": lambda o: o.stable_recently(),
    "face_to_face_rate": lambda o: o.faced(),
    "at_home": lambda o: o.home(),
    "lost": lambda o: o.lost,
    "in_hospital": lambda o: bool(o.registered and not o.lost and o.final and o.final.hospitalization == "1"),
    "visits_overdue": lambda o: o.overdue() and not _waits_in_hospital(o),
    "visits_due": lambda o: o.registered and not o.lost and o.due_from_start() <= o.last,
    "visits_done": lambda o: o.known and o.done(o.start),
    "visits_face_to_face": lambda o: o.known and o.done(o.start, face=True),
    "visits_done_in_year": lambda o: o.known and o.done(o.year),
    "visits_face_to_face_in_year": lambda o: o.known and o.done(o.year, face=True),
    "incidents": lambda o: o.known and o.incident(o.start),
    "incidents_in_year": lambda o: o.known and o.incident(o.year),
    "refused_consent": lambda o: o.registered and o.life.patient.consent == "0",
    "weak_guardianship": lambda o: o.registered and o.life.patient.guardianship in ("2", "3"),
    "free_medicine": lambda o: o.registered and o.life.patient.free_medicine == "2",
    "class_unknown": lambda o: o.registered and (o.final is None or o.final.visit_class is None),
    "checkup_rate": lambda o: o.registered and any(v.laboratory == "2" for v in o.window),
    "home_management_rate": lambda o: o.home(),
    "incident_rate": lambda o: o.registered and bool(o.acts() & {"2", "3"}),
    "minor_incident_rate": lambda o: o.registered and "1" in o.acts(),
    "visit_timeliness_rate": lambda o: _is_due(o) and o.done(o.start),
    "referral_rate": lambda o: _is_unstable(o) and o.referred(),
    "schizophrenia_treatment_rate": lambda o: o.in_treatment() and o.life.patient.diagnosis == "1",
    "second_generation_free_rate": lambda o: _has_prescription(o) and o.life.patient.free_medicine == "2",
    "prevalence_percent": lambda o: o.registered,
    "estimated_registration_rate": lambda o: o.registered,
    "long_acting": lambda o: bool(o.registered and o.final and any(drug.long_acting == "2" for drug in o.final.drugs)),
}


def _is_due(opinion: Opinion) -> bool:
    return opinion.registered and not opinion.lost and opinion.due_from_start() <= opinion.last


def _is_unstable(opinion: Opinion) -> bool:
    return bool(opinion.registered and opinion.final and opinion.final.visit_class == "1")


def _has_prescription(opinion: Opinion) -> bool:
    return bool(opinion.registered and opinion.final and opinion.final.adherence in ("1", "2", "3"))


def _came_before(opinion: Opinion) -> bool:
    came = opinion.life.patient.registered_on
    return came is None or came < opinion.start


def _waits_in_hospital(opinion: Opinion) -> bool:
    due = opinion.due_after(opinion.complete)
    return bool(opinion.final and opinion.final.hospitalization == "1" and due and opinion.last <= due)


def _generated() -> dict[str, Callable[[Opinion], bool]]:
    made: dict[str, Callable[[Opinion], bool]] = {}
    for level in "012345":
        made[f"risk_{level}"] = lambda o, level=level: bool(o.registered and o.final and o.final.risk_level == level)  # type: ignore[misc]
    for code, name in (("1", "unstable"), ("2", "basic"), ("3", "stable")):
        made[f"class_{name}"] = lambda o, code=code: bool(o.registered and o.final and o.final.visit_class == code)  # type: ignore[misc]
    for colour in ("red", "orange", "yellow", "green"):
        made[f"colour_{colour}"] = lambda o, colour=colour: o.registered and o.life.patient.colour == colour  # type: ignore[misc]
    for kind in ("new", "died", "moved_in", "moved_out"):
        stem = kind if kind.startswith("moved") else f"{kind}_in"
        made[f"{stem}_period"] = lambda o, kind=kind: o.known and kind in o.events(o.start)  # type: ignore[misc]
        made[f"{stem}_year"] = lambda o, kind=kind: o.known and kind in o.events(o.year)  # type: ignore[misc]
    return made


_MONTHS: Mapping[str, Callable[[Opinion], bool]] = {
    "standard_management_rate": lambda o: o.standard_by_months(),
    "regular_medication_rate": lambda o: o.regular(),
    "schizophrenia_medication_rate": lambda o: o.medicated() and o.life.patient.diagnosis == "1",
    "schizophrenia_regular_medication_rate": lambda o: o.regular() and o.life.patient.diagnosis == "1",
}
_BY_RULES: Mapping[str, Mapping[str, Callable[[Opinion], bool]]] = {
    "SC2017": _MONTHS,
    "CQ2023": _MONTHS,
    "DZ2025": _MONTHS,
    "ZY2017": {**_MONTHS, "stability_rate": lambda o: o.managed and o.window[-1].visit_class == "3"},
    "NAT2016": {
        **_MONTHS,
        "standard_management_rate": lambda o: o.standard_by_days(),
        "stability_rate": lambda o: o.home() and all(v.visit_class == "3" for v in o.window),
    },
    "CLASS": {"regular_medication_rate": lambda o: o.regular_at_last()},
}
EXPECTED = {rules: {**_PLAIN, **_generated(), **extra} for rules, extra in _BY_RULES.items()}
_IN_REGISTER: Callable[[Opinion], bool] = lambda o: o.registered  # noqa: E731 - a table of sentences
_MANAGED: Callable[[Opinion], bool] = lambda o: o.managed  # noqa: E731
_AMONG: Mapping[str, Callable[[Opinion], bool]] = {
    **dict.fromkeys(("management_rate", "standard_management_rate", "medication_rate"), _IN_REGISTER),
    **dict.fromkeys(("regular_medication_rate", "face_to_face_rate", "checkup_rate"), _IN_REGISTER),
    **dict.fromkeys(("home_management_rate", "incident_rate", "minor_incident_rate"), _IN_REGISTER),
    "stability_rate": lambda o: o.home(),
    "visit_timeliness_rate": _is_due,
    "referral_rate": _is_unstable,
    "second_generation_free_rate": _has_prescription,
    "schizophrenia_medication_rate": lambda o: o.managed and o.life.patient.diagnosis == "1",
    "schizophrenia_treatment_rate": lambda o: o.registered and o.life.patient.diagnosis == "1",
}
_AMONG_BY_RULES: Mapping[str, Mapping[str, Callable[[Opinion], bool]]] = {
    "NAT2016": {"medication_rate": _MANAGED, "regular_medication_rate": _MANAGED},
    "ZY2017": {"standard_management_rate": _MANAGED, "stability_rate": _MANAGED},
}


def disagreements(rollup: RollUp, lives: Sequence[Life]) -> dict[str, tuple[list[int], list[int]]]:
    """Indicator -> (ours, theirs), where the two differ in who is counted, or (``.denominator``) among whom."""
    opinions = [Opinion(life, rollup.period.start, rollup.period.cut_off) for life in lives]
    found = {}

    def compare(key: str, members: Sequence[int], expects: Callable[[Opinion], bool]) -> None:
        ours, theirs = sorted(members), sorted(one.life.patient.id or 0 for one in opinions if expects(one))
        if ours != theirs:
            found[key] = (ours, theirs)

    for indicator, expects in EXPECTED[rollup.rules.id].items():
        compare(indicator, rollup.total[indicator].numerator_ids, expects)
    for indicator, expects in {**_AMONG, **_AMONG_BY_RULES.get(rollup.rules.id, {})}.items():
        compare(f"{indicator}.denominator", rollup.total[indicator].denominator_ids, expects)
    return found
