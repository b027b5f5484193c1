"""Looking ahead is checked by a replay: what was projected is what the report says when the day has come."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.rules import outlook, rollup, ruleset
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.outlook import Chance, Outlook, Prospect
from mhdesk.rules.rollup import Place, Row
from mhdesk.rules.targets import Target
from tests.rules.lives import lives
from tests.rules.second_opinion import Life, facts_of

TODAY = date(2026, 11, 20)
PLACE = Place("镇", "township", [Row(0, "全部")], {None: 0, 2: 0, 3: 0})
RULES = sorted(ruleset.shipped())


def target(percent: float) -> Target:
    return Target("standard_management_rate", "规范管理率", "percent", ">=", percent, 2026, "测试")


def past(life: Life, today: date) -> Life:
    """What was known on a day."""
    kept = [one for one in life.visits if one.visit_date and one.visit_date <= today]
    moves = tuple(one for one in life.movements if one.happened_on <= today)
    notes = tuple(one for one in life.notes if one.received_on <= today)
    return dataclasses.replace(life, visits=tuple(kept), movements=moves, notes=notes, transfers=(), snoozes=())


def ahead(
    people: Sequence[PatientFacts],
    *,
    rules: str,
    indicator: str = "standard_management_rate",
    kind: str = "annual",
    percent: float | None = None,
) -> Outlook:
    chosen = ruleset.load(rules)
    period = rollup.period_of(kind, TODAY, today=TODAY)
    wanted = None if percent is None else target(percent)
    return outlook.look_ahead(people, indicator=indicator, period=period, today=TODAY, rules=chosen, target=wanted)


def visited(life: Life, days: Sequence[int]) -> Life:
    """The life with home visits on these days, as the next visit would be recorded."""
    complete = [
        one for one in life.visits if one.lost_reason is None and (one.risk_level or one.hospitalization == "1")
    ]
    last = max(complete, key=lambda one: one.visit_date or TODAY, default=FollowUp())
    more = tuple(
        FollowUp(
            visit_date=date.fromordinal(day),
            visit_form="2",
            visit_targets=("1",),
            risk_level=last.risk_level or "0",
            visit_class=last.visit_class,
            adherence=last.adherence,
            laboratory="2",
        )
        for day in days
    )
    return dataclasses.replace(life, visits=life.visits + more)


def replayed(people: Sequence[Life], *, rules: str, indicator: str) -> tuple[set[int], set[int]]:
    """Numerator and denominator of the report of the year, made on its last day."""
    end = date(2026, 12, 31)
    period = rollup.period_of("annual", end, today=end)
    facts = [facts_of(one, end + timedelta(days=1))._replace(id=place) for place, one in enumerate(people, 1)]
    result = rollup.compute(facts, period=period, rules=ruleset.load(rules), place=PLACE).total[indicator]
    return set(result.numerator_ids), set(result.denominator_ids)


@settings(max_examples=25)
@given(st.lists(lives(), min_size=1, max_size=4), st.sampled_from(RULES), st.sampled_from(outlook.INDICATORS))
def test_a_replay_gives_what_was_projected(drawn: list[Life], rules: str, indicator: str) -> None:
    people = [past(one, TODAY) for one in drawn]
    facts = [facts_of(one, TODAY + timedelta(days=1))._replace(id=place) for place, one in enumerate(people, 1)]
    made = ahead(facts, rules=rules, indicator=indicator)
    nobody = replayed(people, rules=rules, indicator=indicator)
    assert (made.none_numerator, made.none_denominator) == tuple(map(len, nobody))
    plan = {one.id: one.deadlines for one in made.people if one.chance is Chance.NEEDED}
    followed = [visited(one, plan.get(place, ())) for place, one in enumerate(people, 1)]
    everybody = replayed(followed, rules=rules, indicator=indicator)
    assert (made.all_numerator, made.all_denominator) == tuple(map(len, everybody))
    for one in made.needed:  # a day later is a day too late; a visit fewer is one too few
        assert one.deadline >= TODAY.toordinal()
        shorter = [visited(life, one.deadlines[:-1] if place == one.id else ()) for place, life in enumerate(people, 1)]
        assert one.id not in replayed(shorter, rules=rules, indicator=indicator)[0]


def facts(*days: date, **changes: object) -> PatientFacts:
    life = Life(
        Patient(name="甲"),
        tuple(
            FollowUp(visit_date=day, visit_form="2", visit_targets=("1",), risk_level="0", visit_class="3")
            for day in days
        ),
    )
    return facts_of(life, TODAY + timedelta(days=1))._replace(**changes)  # type: ignore[arg-type]


def one(made: Outlook) -> Prospect:
    assert len(made.people) == 1
    return made.people[0]


@pytest.mark.parametrize(
    ("days", "chance", "deadline"),
    [
        # 四川2017: any two visits at most 3 calendar months apart, up to the cut-off in December
        ([date(2026, 2, 1), date(2026, 5, 1), date(2026, 8, 20)], Chance.NEEDED, date(2026, 11, 30)),
        ([date(2026, 2, 1), date(2026, 5, 1), date(2026, 7, 20), date(2026, 10, 1)], Chance.SAFE, None),
        ([date(2026, 1, 1), date(2026, 6, 1), date(2026, 10, 1)], Chance.BROKEN, None),
        ([date(2026, 2, 1), date(2026, 5, 1), date(2026, 7, 20)], Chance.BROKEN, None),
    ],
)
def test_cases_by_hand(days: list[date], chance: Chance, deadline: date | None) -> None:
    found = one(ahead([facts(*days)], rules="SC2017"))
    assert found.chance is chance
    assert (date.fromordinal(found.deadline) if found.deadline else None) == deadline


def test_the_fewest_visits_that_reach_a_target() -> None:
    good = [date(2026, 2, 1), date(2026, 5, 1), date(2026, 7, 20), date(2026, 10, 1)]
    late = [*good[:3], date(2026, 8, 20)]
    broken = [date(2026, 1, 1), date(2026, 10, 1)]
    people = [facts(*days, id=place) for place, days in enumerate((good, late, late, late, broken), 1)]
    half = ahead(people, rules="SC2017", percent=60)
    assert (half.none_numerator, half.all_numerator, half.none_denominator) == (1, 4, 5)
    assert len(half.fewest) == 2
    assert half.is_reachable
    assert ahead(people, rules="SC2017", percent=20).fewest == []
    all_of_them = ahead(people, rules="SC2017", percent=90)
    assert not all_of_them.is_reachable
    assert len(all_of_them.fewest) == 3
