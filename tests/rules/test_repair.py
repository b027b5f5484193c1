"""What still helps, and until when: the last day promised is enough, the day after is not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mhdesk.domain.dates import DateRange
from mhdesk.rules import ruleset
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.indicators.registry import INDICATORS
from mhdesk.rules.indicators.repair import DEEDS, Repairs, _with_deed
from mhdesk.rules.judge import Frame, Judge
from tests.rules.lives import lives
from tests.rules.second_opinion import Life, facts_of
from tests.rules.test_standard import facts, on, rules_with

TODAY = date(2026, 6, 21)


def repairs(rules_id: str = "SC2017", today: date = TODAY, **terms: object) -> Repairs:
    rules = rules_with(rules_id, **terms)
    return Repairs(
        Judge(rules, Frame.of(DateRange(today - timedelta(days=6), today + timedelta(days=1)), rules)), today=today
    )


@pytest.mark.parametrize(
    ("rules_id", "person", "sentence"),
    [
        # last visit in March: a visit in June still keeps the month distance of 3
        ("SC2017", facts(on("3-5")), "现已计入；最迟 2026-06-30 再完整随访一次，之后本年不再计入"),
        # the gap from January to June has happened
        ("SC2017", facts(on("1-5"), on("6-2")), "本年已不能补救，2027-01-01 起按新的一年重新判断"),
        # 92 days after 2026-05-01
        ("NAT2016", facts(on("2-1"), on("5-1")), "现已计入；最迟 2026-08-01 再完整随访一次，之后本年不再计入"),
        # stable: 3 months after 20 May, and 7 days of grace
        ("CLASS", facts(on("2-20"), on("5-20")), "现已计入；最迟 2026-08-27 再完整随访一次，之后本年不再计入"),
        ("YEAR4", facts(on("2-20"), on("5-20", laboratory="2")), "还需随访 2 次，2026-12-31 前完成"),
    ],
)
def test_standard_management(rules_id: str, person: PatientFacts, sentence: str) -> None:
    assert repairs(rules_id).sentence("standard_management_rate", person) == sentence


def test_other_numbers() -> None:
    unseen = facts(on("3-5", form="3", adherence="2"))
    asked = repairs()
    assert asked.sentence("face_to_face_rate", unseen) == "2026-12-31 前当面随访本人一次，即可计入"
    assert asked.sentence("regular_medication_rate", unseen).startswith("本年已不能补救")
    assert repairs("CLASS").sentence("regular_medication_rate", unseen) == (
        "2026-12-31 前随访一次且按医嘱规律用药，即可计入"
    )
    risky = facts(on("3-5", risk="4"))
    assert "通报" in asked.sentence("information_exchange_rate", risky)
    assert asked.sentence("registered", risky) == ""
    gone = facts(on("3-5"), registered_day=TODAY.toordinal() + 9)
    assert asked.sentence("standard_management_rate", gone) == ""


@pytest.mark.parametrize("rules_id", ["SC2017", "NAT2016", "CLASS"])
@settings(max_examples=25)
@given(life=lives(), day=st.dates(date(2026, 1, 10), date(2026, 12, 20)))
def test_the_promise_holds_to_its_last_day_and_no_longer(rules_id: str, life: Life, day: date) -> None:
    rules = ruleset.load(rules_id)
    judge = Judge(rules, Frame.of(DateRange(day - timedelta(days=6), day + timedelta(days=1)), rules))
    person, asked = facts_of(life, day + timedelta(days=1)), Repairs(judge, today=day)
    for key in DEEDS:
        found = asked.outlook(key, person)
        if found is None or not found.until:
            continue
        for after, wanted in ((found.until, True), (found.until + 1, False)):
            if not wanted and found.open_end:
                continue
            then = date.fromordinal(after)
            later = Judge(rules, Frame.of(DateRange(day - timedelta(days=6), then + timedelta(days=1)), rules))
            status = later.status(_with_deed(person, after, DEEDS[key]))
            counts = INDICATORS[key].counts
            assert status is not None
            assert counts is not None
            assert counts(status.course, rules.terms) is wanted, (key, then)
