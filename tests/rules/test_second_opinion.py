"""Two implementations, one answer: random people, counted by the rules and by a slow obvious second opinion.

All seven rule sets as they are shipped, and rule sets whose every parameter was drawn: a district may set any of them.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Sequence
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from mhdesk.rules import medication, ruleset, standard
from mhdesk.rules.indicators.model import Kind
from mhdesk.rules.indicators.registry import INDICATORS
from mhdesk.rules.judge import Frame, Judge
from mhdesk.rules.rollup import KINDS, RANGE, Period, Place, RollUp, Row, compute, period_between, period_of
from mhdesk.rules.ruleset import RuleSet
from mhdesk.rules.schedule import DueState
from mhdesk.rules.terms import Terms
from tests.examples import tries
from tests.rules.comparison import FIGURES, SENTENCES, TIMES, disagreements
from tests.rules.lives import lives
from tests.rules.second_opinion import Life, Opinion, facts_of

ROW_OF = {None: 0, 1: 0, 2: 2, 3: 3}
PLACE = Place("中心", "township", [Row(2, "甲村"), Row(3, "乙村"), Row(0, "未填")], ROW_OF)
RULES = tuple(sorted(ruleset.shipped()))
ON = st.dates(date(2026, 1, 1), date(2026, 12, 31))
PEOPLE = st.lists(lives(), min_size=1, max_size=4)
#: Numbers a district might write instead of ours.
NUMBERS = {
    "interval": (1, 2, 3, 31, 92),
    "grace_days": (0, 1, 7),
    "new_patient_days": (0, 30, 90),
    "unstable_days": (7, 14),
    "bs_first_days": (14, 30),
    "bs_second_months": (1, 2),
    "stable_months": (1, 3, 6),
    "min_per_year": (1, 4, 6),
    "first_visit_days": (7, 14),
    "moved_in_visit_days": (10, 14),
    "discharge_visit_workdays": (0, 3, 5, 6),
    "retry_days": (0, 14),
    "exchange_level": (1, 3),
}


def numbered(people: Sequence[Life]) -> list[Life]:
    return [
        dataclasses.replace(life, patient=dataclasses.replace(life.patient, id=number))
        for number, life in enumerate(people, 1)
    ]


def roll_up(people: Sequence[Life], rules_id: str, kind: str, on: date) -> RollUp:
    return judged(people, ruleset.load(rules_id), period_of(kind, on, today=on))


def judged(people: Sequence[Life], rules: RuleSet, period: Period) -> RollUp:
    end = period.range.end
    return compute((facts_of(life, end) for life in people), period=period, rules=rules, place=PLACE)


def row_of(opinion: Opinion) -> str:
    return {None: "未填", 2: "甲村", 3: "乙村"}[opinion.life.patient.unit_id]


@st.composite
def periods(draw: st.DrawFn) -> Period:
    """A week, month, quarter, year, or any days, cut off on any of them."""
    on, kind = draw(ON), draw(st.sampled_from((*KINDS, RANGE)))
    if kind != RANGE:
        return period_of(kind, on, today=draw(st.just(on) | st.just(date(2026, 12, 31))))
    start = draw(st.dates(date(2025, 3, 1), on))
    return period_between(start, on, today=date(2026, 12, 31))


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    """A rule set of a district of its own: algorithms and every parameter drawn."""
    values: dict[str, object] = {}
    for key, hint in typing.get_type_hints(Terms).items():
        if typing.get_origin(hint) is typing.Literal:
            values[key] = draw(st.sampled_from(typing.get_args(hint)))
        elif hint is bool:
            values[key] = draw(st.booleans())
        elif key in NUMBERS:
            values[key] = draw(st.sampled_from(NUMBERS[key]))
    base = ruleset.load(draw(st.sampled_from(RULES)))
    return dataclasses.replace(
        base,
        standard=draw(st.sampled_from(sorted(standard.ALGORITHMS))),
        regular=draw(st.sampled_from(sorted(medication.ALGORITHMS))),
        terms=dataclasses.replace(base.terms, **values),  # type: ignore[arg-type]
    )


def test_no_indicator_is_without_a_second_opinion() -> None:
    assert {*SENTENCES, *TIMES, *FIGURES} == set(INDICATORS)
    for key, sentence in SENTENCES.items():
        assert (INDICATORS[key].kind is Kind.PERCENT) == (sentence.among is not None), key


@tries(80)
@given(people=PEOPLE, period=periods())
def test_rules_and_second_opinion_agree(people: list[Life], period: Period) -> None:
    """Each of the seven rule sets on the same people: drawing them takes longer than judging them."""
    people = numbered(people)
    for rules_id in RULES:
        assert disagreements(judged(people, ruleset.load(rules_id), period), people, row_of) == {}, rules_id


@tries(60)
@given(people=PEOPLE, period=periods(), rules=rule_sets())
def test_whatever_a_district_sets_both_agree(people: list[Life], period: Period, rules: RuleSet) -> None:
    people = numbered(people)
    assert disagreements(judged(people, rules, period), people, row_of) == {}


@tries(40)
@given(people=st.lists(lives(), min_size=1, max_size=5), period=periods(), rules=rule_sets())
def test_invariants(people: list[Life], period: Period, rules: RuleSet) -> None:
    """G ≤ M ≤ R, 规律 ≤ 服药 ≤ R, sums, rates, gaps: by whatever rules."""
    made = judged(numbered(people), rules, period)
    total = made.total
    registered = set(total["registered"].numerator_ids)
    base = set(total["management_rate"].denominator_ids)
    managed = set(total["managed"].numerator_ids)
    standard_ids = set(total["standard_management_rate"].numerator_ids)
    assert standard_ids <= managed <= base
    assert registered <= base
    assert set(total["regular_medication_rate"].numerator_ids) <= set(total["medication_rate"].numerator_ids) <= base
    assert set(total["at_home"].numerator_ids) <= managed
    classes = ["class_unstable", "class_basic", "class_stable", "class_unknown"]
    assert sorted(one for key in classes for one in total[key].numerator_ids) == sorted(registered)
    assert sum(total[f"risk_{level}"].numerator or 0 for level in "345") == total["risk_3_plus"].numerator
    assert not set(total["lost"].numerator_ids) & set(total["in_hospital"].numerator_ids)
    for key in ("visits_done", "visits_face_to_face", "incidents", *(one for one in TIMES if not one.endswith("year"))):
        if period.start >= date(period.cut_off.year, 1, 1):  # a period within the year brings no more than the year
            assert (total[key].numerator or 0) <= (total[f"{key}_in_year"].numerator or 0), key
    for key, result in total.items():
        rows = sum(unit.values[key].numerator or 0 for unit in made.units)
        if result.kind in (Kind.COUNT, Kind.PERCENT):
            assert result.numerator == len(result.numerator_ids) == len(set(result.numerator_ids)) == rows, key
        if result.kind is Kind.TIMES:
            assert (result.numerator or 0) >= len(result.numerator_ids)
            assert result.numerator == rows
        if result.kind is Kind.PERCENT:
            assert set(result.numerator_ids) <= set(result.denominator_ids), key
            assert result.denominator == sum(unit.values[key].denominator or 0 for unit in made.units)
            assert result.value is None or 0 <= result.value <= 1
            assert (result.value is None) == (result.denominator == 0)
            gap = set(result.gap_ids)
            assert not gap & set(result.numerator_ids)
            assert gap | set(result.numerator_ids) == set(result.denominator_ids)
    assert all(line.holds for line in made.balance)


@tries(60)
@given(life=lives(), on=ON)
def test_everybody_known_is_in_exactly_one_due_state(life: Life, on: date) -> None:
    rules = ruleset.load(None)
    period = period_of("weekly", on, today=on)
    status = Judge(rules, Frame.of(period.range, rules)).status(facts_of(life, period.range.end))
    if status is None:
        assert not Opinion(life, on, on).known
    else:
        assert status.course.due in set(DueState)
        assert (status.course.due is DueState.ENDED) == (not status.course.registered)
