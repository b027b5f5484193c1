"""Schemes suggest by points and by what weighs more than points; an item without an answer suggests nothing."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhdesk.domain.errors import UserError
from mhdesk.domain.record import CodeCount
from mhdesk.rules import colours
from mhdesk.rules.facts import PatientFacts, make_visit

SCHEME = colours.shipped()["EXAMPLE4"]
CALM = {"risk": "0", "class": "3", "acts": "no", "adherence": "1", "guardianship": "1", "present": "no"}


@pytest.mark.parametrize(
    ("changes", "score", "colour", "decided_by"),
    [
        ({}, 0, "green", ""),
        ({"adherence": "2"}, 10, "green", ""),
        ({"risk": "1"}, 15, "yellow", ""),
        ({"class": "2"}, 10, "yellow", "病情分类"),
        ({"risk": "1", "adherence": "3", "guardianship": "2"}, 40, "orange", ""),
        ({"risk": "3"}, 40, "red", "危险性评估"),
        ({"class": "1"}, 20, "red", "病情分类"),
        ({"acts": "yes"}, 30, "red", "近12个月肇事肇祸"),
        ({"risk": "3", "class": "1"}, 60, "red", ""),
        ({"risk": ""}, None, None, ""),
    ],
)
def test_cases_by_hand(changes: dict[str, str], score: int | None, colour: str | None, decided_by: str) -> None:
    said = colours.suggest(SCHEME, {**CALM, **changes})
    assert (said.score, said.colour, said.decided_by) == (score, colour, decided_by)
    assert list(said.missing) == ([] if score is not None else ["危险性评估"])


@given(st.fixed_dictionaries({item.key: st.sampled_from([one.key for one in item.options]) for item in SCHEME.items}))
def test_more_points_never_lighten_a_colour(answers: dict[str, str]) -> None:
    said = colours.suggest(SCHEME, answers)
    assert said.colour is not None
    for item in SCHEME.items:
        place = [one.key for one in item.options].index(answers[item.key])
        for worse in item.options[place + 1 :]:
            heavier = colours.suggest(SCHEME, {**answers, item.key: worse.key}).colour
            assert colours.COLOURS.index(heavier or "") <= colours.COLOURS.index(said.colour)


def test_the_file_answers_what_it_knows() -> None:
    today = date(2026, 11, 20)
    visit = make_visit(date(2026, 10, 1), risk="2", visit_class="2", adherence="4", acts=(CodeCount("1", 1),))
    old = make_visit(date(2025, 10, 1), acts=(CodeCount("3", 1),))
    facts = PatientFacts(1, None, (old, visit), last=visit, guardianship="3")
    assert colours.answers_of(SCHEME, facts, today.toordinal()) == {
        "risk": "1",
        "class": "2",
        "acts": "minor",
        "adherence": "1",
        "guardianship": "3",
    }
    assert colours.answers_of(SCHEME, PatientFacts(2, None), today.toordinal()) == {}


def test_a_scheme_survives_being_written_down() -> None:
    assert colours.parse(colours.to_toml(SCHEME), path="x") == dataclasses.replace(
        SCHEME, colours=list(SCHEME.colours), items=list(SCHEME.items)
    )
    assert SCHEME.mark == "assumption"
    assert "须由区县核定" in SCHEME.source


@pytest.mark.parametrize(
    "spoil",
    [
        lambda words: words.replace("at_least = 35", "at_least = 70"),
        lambda words: words.replace("interval_days = 30", "interval_days = 0"),
        lambda words: words.replace('key = "orange"', 'key = "blue"'),
        lambda words: words.replace("points = 40", 'points = "40"'),
        lambda words: words.replace('least = "red"', 'least = "black"'),
        lambda words: words.replace("[[item]]", "[[thing]]"),
        lambda words: words + "[[",
    ],
)
def test_a_scheme_that_cannot_work_is_refused(spoil: object) -> None:
    with pytest.raises(UserError) as caught:
        colours.parse(spoil(colours.to_toml(SCHEME)), path="colours/x.toml")  # type: ignore[operator]
    assert caught.value.code == "MH-COLOUR-01"
