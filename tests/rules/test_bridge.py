"""The bridge between two reports: the register's equation always comes out, members survive being frozen."""

from __future__ import annotations

import json
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mhdesk.rules import bridge
from mhdesk.rules.bridge import Figure, Sides
from mhdesk.rules.facts import PatientFacts, make_visit
from mhdesk.rules.rollup import Values
from tests.rules.lives import lives
from tests.rules.second_opinion import Life, Opinion, facts_of
from tests.rules.test_second_opinion import numbered, roll_up
from tests.rules.test_standard import facts


@settings(max_examples=40)
@given(
    people=st.lists(lives(), min_size=1, max_size=5),
    then=st.dates(date(2026, 1, 1), date(2026, 11, 1)),
    later=st.integers(0, 60),
    forgotten=st.sets(st.integers(1, 5), max_size=2),
)
def test_every_person_is_accounted_for(people: list[Life], then: date, later: int, forgotten: set[int]) -> None:
    people = numbered(people)
    known_then = [life for life in people if life.patient.id not in forgotten]  # the others were typed late
    now = then + timedelta(days=later)
    before, after = roll_up(known_then, "SC2017", "weekly", then), roll_up(people, "SC2017", "weekly", now)
    frozen = json.loads(json.dumps(bridge.pack(before.total)))
    sides = bridge.unpack(frozen)
    assert sides == Sides.of(before.total)
    made = bridge.equation(
        sides.numerator["registered"],
        [facts_of(life, now + timedelta(days=1)) for life in people],
        start=then.toordinal() + 1,
        end=now.toordinal() + 1,
    )
    assert made.holds
    assert made.closing == frozenset(after.total["registered"].numerator_ids)
    for life in people:
        opinion, number = Opinion(life, then, then), life.patient.id or 0
        assert (number in made.corrected_in) == (opinion.registered and number in forgotten)
    assert not made.corrected_out
    figures = {key: Figure.of(result) for key, result in before.total.items()}
    for move in bridge.moves(figures, sides, after.total):
        was, here = sides.numerator[move.indicator], frozenset(after.total[move.indicator].numerator_ids)
        assert (was - move.left_numerator) | move.entered_numerator == here
        assert not move.entered_numerator & was
        assert move.is_change or move.before == move.after


def test_records_are_counted_one_by_one_and_people_once() -> None:
    day = date(2026, 11, 18).toordinal()
    seen = make_visit(date(2026, 11, 2), visit_class="1", risk="4")
    person = facts(seen)._replace(records={"joint_visit": (day - 200, day, day), "exchange": (day,), "checkup": (day,)})
    made = _week([person])
    assert (made["joint_visits"].numerator, list(made["joint_visits"].numerator_ids)) == (2, [1])
    assert made["joint_visits_in_year"].numerator == 3
    assert (made["information_exchange_rate"].numerator, made["information_exchange_rate"].denominator) == (1, 1)
    assert (made["referral_rate"].numerator, made["referral_rate"].denominator) == (0, 1)
    assert made["checkup_rate"].value == 1


def _week(people: list[PatientFacts]) -> Values:
    from mhdesk.rules import ruleset
    from mhdesk.rules.rollup import compute, period_of
    from tests.rules.test_second_opinion import PLACE

    on = date(2026, 11, 20)
    return compute(people, period=period_of("weekly", on, today=on), rules=ruleset.load(None), place=PLACE).total
