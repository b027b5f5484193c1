"""Sets a roll-up beside the second opinion: who should stand in which cell, in every row and in all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from mhdesk.rules.rollup import RollUp, Values
from tests.rules.second_opinion import DAY, NUISANCE, TROUBLE, Life, Opinion

Says = Callable[[Opinion], bool]


class Sentence(NamedTuple):
    """What an indicator asks of one person: counted, and among whom (None: it is a count)."""

    counted: Says
    among: Says | None = None


def _patient(field: str, *codes: str) -> Sentence:
    return Sentence(lambda o: o.registered and getattr(o.life.patient, field) in codes)


def _final(field: str, *codes: str | None) -> Sentence:
    return Sentence(lambda o: o.registered and bool(o.final) and getattr(o.final, field) in codes)


def _event(kind: str, span: str) -> Sentence:
    return Sentence(lambda o: o.known and kind in o.events(o.start if span == "period" else o.year))


def _schizophrenia(says: Says, among: Says) -> Sentence:
    return Sentence(
        lambda o: o.life.patient.diagnosis == "1" and says(o), lambda o: o.life.patient.diagnosis == "1" and among(o)
    )


def _base(opinion: Opinion) -> bool:
    return opinion.in_base


def _is_dangerous(opinion: Opinion) -> bool:
    level = opinion.final.risk_level if opinion.registered and opinion.final else None
    return level is not None and int(level) >= opinion.terms.exchange_level


def _is_unstable(opinion: Opinion) -> bool:
    return bool(opinion.registered and opinion.final and opinion.final.visit_class == "1")


def _rehabilitates(opinion: Opinion) -> bool:
    return opinion.registered and opinion.life.patient.community_rehabilitation == "2"


_REGISTERED = Sentence(lambda o: o.registered)
_UNKNOWN_CLASS = Sentence(lambda o: o.registered and (o.final is None or o.final.visit_class is None))
#: Every indicator that counts people.
SENTENCES: Mapping[str, Sentence] = {
    "registered_at_start": Sentence(lambda o: o.known and o.here_on(o.start - DAY)),
    **dict.fromkeys(("registered", "prevalence", "prevalence_percent", "estimated_registration_rate"), _REGISTERED),
    **{
        f"{kind}_{span}" if kind.startswith("moved") else f"{kind}_in_{span}": _event(kind, span)
        for kind in ("new", "died", "moved_in", "moved_out")
        for span in ("period", "year")
    },
    "refused_consent": _patient("consent", "0"),
    "weak_guardianship": _patient("guardianship", "2", "3"),
    "reward_agreement": _patient("reward_agreement", "2"),
    "managed": Sentence(lambda o: o.managed),
    "management_rate": Sentence(lambda o: o.managed, _base),
    "standard_management_rate": Sentence(
        lambda o: o.judged() and o.standard(), lambda o: o.judged() and o.chosen(o.terms.standard_denominator)
    ),
    "face_to_face_rate": Sentence(
        lambda o: o.faced() and o.chosen(o.terms.face_denominator), lambda o: o.chosen(o.terms.face_denominator)
    ),
    "checkup_rate": Sentence(
        lambda o: o.checked() and o.chosen(o.terms.checkup_denominator), lambda o: o.chosen(o.terms.checkup_denominator)
    ),
    "home_management_rate": Sentence(lambda o: o.home(), _base),
    "rehabilitation_service_rate": Sentence(
        lambda o: _rehabilitates(o) and o.times("rehabilitation", o.since) > 0, _rehabilitates
    ),
    "medication_rate": Sentence(
        lambda o: o.medicated() and o.prescribed(),
        lambda o: o.prescribed() and o.chosen(o.terms.medication_denominator),
    ),
    "regular_medication_rate": Sentence(
        lambda o: o.regular() and o.prescribed(), lambda o: o.prescribed() and o.chosen(o.terms.regular_denominator)
    ),
    "schizophrenia_medication_rate": _schizophrenia(
        lambda o: o.medicated() and o.prescribed(),
        lambda o: o.prescribed() and o.chosen(o.terms.schizophrenia_denominator),
    ),
    "schizophrenia_regular_medication_rate": _schizophrenia(
        lambda o: o.regular() and o.prescribed(),
        lambda o: o.prescribed() and o.chosen(o.terms.schizophrenia_denominator),
    ),
    "schizophrenia_treatment_rate": _schizophrenia(
        lambda o: o.in_treatment(), lambda o: o.chosen(o.terms.treatment_denominator)
    ),
    "second_generation_free_rate": Sentence(
        lambda o: o.has_prescription() and o.free_medicine(), lambda o: o.has_prescription()
    ),
    "irregular_medication": Sentence(lambda o: o.last_says("2")),
    "no_medication": Sentence(lambda o: o.last_says("3")),
    "medication_not_needed": Sentence(lambda o: o.last_says("4")),
    "long_acting": Sentence(lambda o: o.registered and o.long_acting()),
    "free_medicine": Sentence(lambda o: o.registered and o.free_medicine()),
    "stability_rate": Sentence(lambda o: o.stable(), lambda o: o.stability_among()),
    **{f"risk_{level}": _final("risk_level", level) for level in "012345"},
    "risk_3_plus": _final("risk_level", "3", "4", "5"),
    "class_unstable": _final("visit_class", "1"),
    "class_basic": _final("visit_class", "2"),
    "class_stable": _final("visit_class", "3"),
    "class_unknown": _UNKNOWN_CLASS,
    **{
        f"colour_{colour}": Sentence(lambda o, colour=colour: o.registered and o.colour == colour)  # type: ignore[misc]
        for colour in ("red", "orange", "yellow", "green")
    },
    "lost": Sentence(lambda o: o.lost),
    "in_hospital": Sentence(lambda o: o.in_hospital),
    "at_home": Sentence(lambda o: o.home()),
    "visits_due": Sentence(lambda o: o.is_due()),
    "visits_done": Sentence(lambda o: o.done(o.start)),
    "visits_face_to_face": Sentence(lambda o: o.done(o.start, face=True)),
    "visits_overdue": Sentence(lambda o: o.overdue()),
    "visits_done_in_year": Sentence(lambda o: o.done(o.year)),
    "visits_face_to_face_in_year": Sentence(lambda o: o.done(o.year, face=True)),
    "incidents": Sentence(lambda o: o.acted(o.start, "123456", "incident")),
    "incidents_in_year": Sentence(lambda o: o.acted(o.year, "123456", "incident")),
    "incident_rate": Sentence(lambda o: o.in_base and o.acted(o.year, TROUBLE, "trouble"), _base),
    "minor_incident_rate": Sentence(lambda o: o.in_base and o.acted(o.year, NUISANCE, "nuisance"), _base),
    "visit_timeliness_rate": Sentence(lambda o: o.is_due() and o.done(o.start), lambda o: o.is_due()),
    "information_exchange_rate": Sentence(
        lambda o: _is_dangerous(o) and o.times("exchange", o.since) > 0, _is_dangerous
    ),
    "referral_rate": Sentence(lambda o: _is_unstable(o) and o.times("referral", o.since) > 0, _is_unstable),
}
#: Indicators that count records: the kind of record, and since when.
TIMES: Mapping[str, tuple[str, str]] = {
    f"{name}{suffix}": (kind, span)
    for name, kind in (
        ("emergencies", "emergency"),
        ("joint_visits", "joint_visit"),
        ("information_exchanges", "exchange"),
    )
    for suffix, span in (("", "period"), ("_in_year", "year"))
}
#: Figures of the unit, not of people: compared where a ledger has units, staff and training.
FIGURES = ("staff", "staff_ratio", "psychiatrists_per_100k", "training_sessions", "training_attendances")


def disagreements(
    rollup: RollUp, lives: Sequence[Life], row_of: Callable[[Opinion], str] | None = None
) -> dict[str, tuple[object, object]]:
    """Indicator -> (ours, theirs), where the two differ in who is counted or (``.denominator``) among whom.

    With `row_of` (the name of the row a person belongs to) every row is compared, too (``@`` and its name).
    """
    opinions = [
        (life.patient.id or 0, Opinion(life, rollup.period.start, rollup.period.cut_off, rollup.rules))
        for life in lives
    ]
    places: list[tuple[str, Values, list[tuple[int, Opinion]]]] = [("", rollup.total, opinions)]
    if row_of is not None:
        rows = [(row_of(one), number, one) for number, one in opinions]
        places += [
            (f"@{unit.unit.name}", unit.values, [(number, one) for row, number, one in rows if row == unit.unit.name])
            for unit in rollup.units
        ]
        assert {row for row, _, one in rows if one.known} <= {unit.unit.name for unit in rollup.units}
    found: dict[str, tuple[object, object]] = {}
    for place, values, people in places:
        found |= {f"{key}{place}": pair for key, pair in _differences(values, people).items()}
    return found


def _differences(values: Values, people: Sequence[tuple[int, Opinion]]) -> dict[str, tuple[object, object]]:
    found: dict[str, tuple[object, object]] = {}

    def compare(key: str, ours: object, theirs: object) -> None:
        if ours != theirs:
            found[key] = (ours, theirs)

    for key, sentence in SENTENCES.items():
        result = values[key]
        counted = [number for number, one in people if sentence.counted(one)]
        compare(key, list(result.numerator_ids), counted)
        compare(f"{key}.count", result.numerator, len(counted))
        if sentence.among is not None:
            among = [number for number, one in people if sentence.among(one)]
            compare(f"{key}.denominator", list(result.denominator_ids), among)
            compare(f"{key}.among", result.denominator, len(among))
    for key, (kind, span) in TIMES.items():
        result = values[key]
        times = {number: one.times(kind, one.start if span == "period" else one.year) for number, one in people}
        compare(key, result.numerator, sum(times.values()))
        compare(f"{key}.people", list(result.numerator_ids), [n for n, count in times.items() if count])
    return found
