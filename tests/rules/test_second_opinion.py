"""Two implementations, one answer: random people, counted by the rules and by a slow obvious second opinion."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mhdesk.rules import ruleset
from mhdesk.rules.indicators.model import Kind
from mhdesk.rules.judge import Frame, Judge
from mhdesk.rules.rollup import KINDS, Place, RollUp, Row, compute, period_of
from mhdesk.rules.schedule import DueState
from tests.rules.comparison import disagreements
from tests.rules.lives import lives
from tests.rules.second_opinion import Life, Opinion, facts_of

PLACE = Place("中心", "township", [Row(2, "甲村"), Row(3, "乙村"), Row(0, "未填")], {None: 0, 1: 0, 2: 2, 3: 3})


def numbered(people: Sequence[Life]) -> list[Life]:
    return [
        dataclasses.replace(life, patient=dataclasses.replace(life.patient, id=number))
        for number, life in enumerate(people, 1)
    ]


def roll_up(people: Sequence[Life], rules_id: str, kind: str, on: date) -> RollUp:
    period = period_of(kind, on, today=on)
    end = period.range.end
    return compute((facts_of(life, end) for life in people), period=period, rules=ruleset.load(rules_id), place=PLACE)


@pytest.mark.parametrize("rules_id", ["SC2017", "NAT2016", "ZY2017", "CLASS"])
@settings(max_examples=50)
@given(
    people=st.lists(lives(), min_size=1, max_size=4),
    kind=st.sampled_from(KINDS),
    on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)
def test_rules_and_second_opinion_agree(rules_id: str, people: list[Life], kind: str, on: date) -> None:
    people = numbered(people)
    assert disagreements(roll_up(people, rules_id, kind, on), people) == {}


@settings(max_examples=50)
@given(people=st.lists(lives(), min_size=1, max_size=4), on=st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_four_visits_and_an_examination_agree(people: list[Life], on: date) -> None:
    people = numbered(people)
    ours = set(roll_up(people, "YEAR4", "weekly", on).total["standard_management_rate"].numerator_ids)
    for life in people:
        opinion = Opinion(life, on, on)
        if opinion.registered:
            assert (life.patient.id in ours) == opinion.standard_by_count()


@pytest.mark.parametrize("rules_id", ["SC2017", "NAT2016", "CLASS", "YEAR4"])
@settings(max_examples=25)
@given(
    people=st.lists(lives(), min_size=1, max_size=5),
    kind=st.sampled_from(KINDS),
    on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)
def test_invariants(rules_id: str, people: list[Life], kind: str, on: date) -> None:
    people = numbered(people)
    made = roll_up(people, rules_id, kind, on)
    total = made.total
    registered = set(total["registered"].numerator_ids)
    base = set(total["management_rate"].denominator_ids)
    managed = set(total["managed"].numerator_ids)
    standard = set(total["standard_management_rate"].numerator_ids)
    assert standard <= managed <= base
    assert registered <= base
    assert set(total["regular_medication_rate"].numerator_ids) <= set(total["medication_rate"].numerator_ids) <= base
    for group in (["class_unstable", "class_basic", "class_stable", "class_unknown"],):
        assert sum(total[key].numerator or 0 for key in group) == len(registered)
    assert sum(total[f"risk_{level}"].numerator or 0 for level in "345") == total["risk_3_plus"].numerator
    for key, result in total.items():
        if result.kind in (Kind.COUNT, Kind.PERCENT):
            assert result.numerator == len(result.numerator_ids) == len(set(result.numerator_ids)), key
            assert result.numerator == sum(unit.values[key].numerator or 0 for unit in made.units), key
        if result.kind is Kind.TIMES:
            assert (result.numerator or 0) >= len(result.numerator_ids)
        if result.kind is Kind.PERCENT:
            assert set(result.numerator_ids) <= set(result.denominator_ids), key
            assert result.value is None or 0 <= result.value <= 1
            assert (result.value is None) == (result.denominator == 0)
            gap = set(result.gap_ids)
            assert not gap & set(result.numerator_ids)
            assert gap | set(result.numerator_ids) == set(result.denominator_ids)
    assert all(line.holds for line in made.balance)


@settings(max_examples=50)
@given(life=lives(), on=st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_everybody_known_is_in_exactly_one_due_state(life: Life, on: date) -> None:
    rules = ruleset.load(None)
    period = period_of("weekly", on, today=on)
    status = Judge(rules, Frame.of(period.range, rules)).status(facts_of(life, period.range.end))
    if status is None:
        assert not Opinion(life, on, on).known
    else:
        assert status.course.due in set(DueState)
        assert (status.course.due is DueState.ENDED) == (not status.course.registered)
