"""Why, for one person: every indicator × every rule set × random people; and what is said to help really helps."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mhdesk.domain.dates import DateRange
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.rules import ruleset
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.indicators import explain
from mhdesk.rules.indicators.model import Indicator
from mhdesk.rules.indicators.registry import INDICATORS
from mhdesk.rules.indicators.repair import DEEDS, OF_PERIOD, Repairs
from mhdesk.rules.judge import Frame, Judge, register_of
from tests.rules.lives import days, lives
from tests.rules.second_opinion import Life, facts_of

WEEK = timedelta(days=6)
DAY = timedelta(days=1)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_KINDS = ("joint_visit", "exchange", "emergency", "incident", "checkup", "rehabilitation", "referral")
Records = Mapping[str, tuple[int, ...]]
records = st.fixed_dictionaries(
    {},
    optional={
        kind: st.lists(days(), min_size=1, max_size=2).map(
            lambda found: tuple(sorted(day.toordinal() for day in found))
        )
        for kind in _KINDS
    },
)
RULES = tuple(ruleset.shipped().values())


def known(life: Life, told: Records, day: date, community: str | None = None) -> PatientFacts:
    """The facts at the end of a day."""
    end = day + DAY
    kept = {kind: tuple(one for one in found if one < end.toordinal()) for kind, found in told.items()}
    facts = facts_of(life, end)._replace(community_rehabilitation=community)
    return facts._replace(records={kind: found for kind, found in kept.items() if found})


def judge_of(rules: ruleset.RuleSet, day: date, start: date | None = None) -> Judge:
    """The judge of a week that is cut off at the end of a day."""
    return Judge(rules, Frame.of(DateRange(start or day - WEEK, day + DAY), rules))


def standing(indicator: Indicator, facts: PatientFacts, judge: Judge) -> str:
    """counted, missing or not_asked; "" where nobody stands behind the number."""
    status = judge.status(facts)
    assert status is not None
    if indicator.record:
        first = judge.frame.start if indicator.span == "period" else judge.frame.year_start
        return "counted" if any(day >= first for day in facts.records.get(indicator.record, ())) else "missing"
    if indicator.person is not None:
        return "counted" if indicator.person(status.person) else "missing"
    if indicator.counts is None:
        return ""
    if indicator.counts(status.course, judge.terms):
        return "counted"
    is_asked = indicator.among is None or indicator.among(status.course, judge.terms)
    return "missing" if is_asked else "not_asked"


def own_days(facts: PatientFacts, judge: Judge) -> set[int]:
    """Every day a sentence about the person may name: what happened, what follows from it, the frame's own."""
    frame, register = judge.frame, register_of(facts, judge.frame)
    assert register is not None
    found = {frame.start, frame.year_start, frame.window_start, frame.recent_start, frame.last_day, frame.end}
    found |= {facts.registered_day, facts.lost_day, facts.discharge_day, *facts.attempts, *(facts.snooze or ())}
    found |= {one.day for one in (*facts.visits, *facts.movements)} | {one.next_day for one in facts.visits}
    found |= {day for days_ in facts.records.values() for day in days_}
    found |= {facts.last.day} if facts.last else set()
    found |= {
        judge.due_day(facts, register),
        judge.due_of_period(facts, register),
        judge.due_from_start(facts, register),
    }
    gap = judge.standard_gap(facts, register, judge.window(facts))
    return found | ({gap.first, gap.second, gap.limit} if gap else set())


@settings(max_examples=12, phases=(Phase.generate,))
@given(people=st.lists(st.tuples(lives(), records, st.sampled_from((None, "1", "2"))), min_size=3, max_size=3),
       day=st.dates(date(2026, 1, 5), date(2026, 12, 20)))  # fmt: skip
def test_every_indicator_of_every_rule_set_says_why_with_the_persons_own_days(
    people: list[tuple[Life, Records, str | None]], day: date
) -> None:
    said: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for rules in RULES:
        judge = judge_of(rules, day)
        for life, told, community in people:
            facts = known(life, told, day, community)
            if judge.status(facts) is None:
                assert all("还不在册" in explain.reason(key, facts, judge) for key in INDICATORS)
                continue
            allowed = own_days(facts, judge)
            for key, indicator in INDICATORS.items():
                sentence = explain.reason(key, facts, judge)
                assert sentence
                named = {date.fromisoformat(one).toordinal() for one in _DATE.findall(sentence)}
                assert named <= allowed, (key, sentence)
                if place := standing(indicator, facts, judge):
                    said[key, _DATE.sub("D", sentence)].setdefault(place, sentence)
    for (key, _), places in said.items():  # one sentence never serves both sides
        assert len(places) == 1, (key, places)


def with_deed(life: Life, told: Records, deed: str, day: date) -> tuple[Life, Records]:
    """The deed done on a day, as it is written down: a sheet of a home visit, or a record."""
    kind = {"exchange": "exchange", "referral": "referral", "rehabilitation": "rehabilitation"}.get(deed)
    if kind is not None:
        return life, {**told, kind: tuple(sorted((*told.get(kind, ()), day.toordinal())))}
    if deed == "free":
        return dataclasses.replace(life, patient=dataclasses.replace(life.patient, free_medicine="2")), told
    before = [one for one in life.visits if one.is_complete and one.visit_date and one.visit_date <= day]
    last = max(before, key=lambda one: str(one.visit_date), default=None)
    sheet = FollowUp(
        visit_date=day,
        visit_form="2",
        visit_targets=("1",),
        risk_level=(last.risk_level if last else None) or "0",
        visit_class="3" if deed == "stable" else last.visit_class if last else None,
        adherence="1" if deed in ("medicated", "regular") or last is None else last.adherence,
        hospitalization="0",
        laboratory="2" if deed == "checkup" else "1",
    )
    if deed == "checkup":
        told = {**told, "checkup": (*told.get("checkup", ()), day.toordinal())}
    return dataclasses.replace(life, visits=(*life.visits, sheet)), told


def up_to(life: Life, told: Records, day: date) -> tuple[Life, Records]:
    """What has happened by a day: the rest of a random life is no promise."""
    kept = dataclasses.replace(
        life,
        visits=tuple(one for one in life.visits if one.visit_date and one.visit_date < day),
        movements=tuple(one for one in life.movements if one.happened_on <= day),
        transfers=(),
    )
    return kept, {kind: tuple(one for one in found if one <= day.toordinal()) for kind, found in told.items()}


@settings(max_examples=40, phases=(Phase.generate,))
@given(life=lives(), told=records, community=st.sampled_from((None, "2")), part=st.integers(0, 100),
       day=st.dates(date(2026, 1, 10), date(2026, 12, 20)), ahead=st.integers(0, 4))  # fmt: skip
def test_the_deed_named_by_the_day_named_moves_the_person(
    life: Life, told: Records, community: str | None, part: int, day: date, ahead: int
) -> None:
    life, told = up_to(life, told, day)
    facts, start, period_end = known(life, told, day, community), day - WEEK, day + (ahead + 1) * DAY
    for rules in RULES:
        judge = judge_of(rules, day, start)
        status = judge.status(facts)
        if status is None:
            continue
        repairs = Repairs(judge, today=day, period_end=period_end)
        for key in (*DEEDS, "visits_overdue"):
            sentence = repairs.sentence(key, facts)
            place = standing(INDICATORS[key], facts, judge)
            if key == "visits_overdue":
                assert (sentence == "现在随访一次，即不再逾期") == (place == "counted")
                if sentence:
                    done = known(*with_deed(life, told, "visit", day), day, community)
                    assert standing(INDICATORS[key], done, judge) == "missing"
                continue
            if place == "missing" and (
                INDICATORS[key].among is not None or status.course.registered
            ):  # whoever is asked about and not counted is told what helps, or that nothing does
                assert sentence, key
            named = [date.fromisoformat(one) for one in _DATE.findall(sentence)]
            if "即可计入" in sentence:
                until = named[0]
                assert until < period_end or key not in OF_PERIOD
                on = day + (until - day) * part // 100
                done = known(*with_deed(life, told, DEEDS[key], on), on, community)
                assert standing(INDICATORS[key], done, judge_of(rules, on, start)) == "counted", (key, sentence, on)
            elif "还需随访" in sentence or "体检一次并记录" in sentence:
                _replay_count(rules, life, told, sentence, day, start)
            elif "已不能补救" in sentence:
                done = known(*with_deed(life, told, DEEDS[key], day), day, community)
                assert standing(INDICATORS[key], done, judge) != "counted", (key, sentence)


def _replay_count(rules: ruleset.RuleSet, life: Life, told: Records, sentence: str, day: date, start: date) -> None:
    """A rule that counts visits: so many more, and the check-up where one is asked for."""
    missing = re.search(r"还需随访 (\d+) 次", sentence)
    for _ in range(int(missing[1]) if missing else 0):
        life, told = with_deed(life, told, "visit", day)
    if "体检一次并记录" in sentence:
        told = {**told, "checkup": (*told.get("checkup", ()), day.toordinal())}
    done = known(life, told, day)
    assert standing(INDICATORS["standard_management_rate"], done, judge_of(rules, day, start)) == "counted", sentence


def test_what_is_over_cannot_be_repaired() -> None:
    life = Life(Patient(name="测试"))
    facts = known(life, {}, date(2025, 12, 28))
    for rules in RULES:
        repairs = Repairs(judge_of(rules, date(2025, 12, 28)), today=date(2026, 1, 5), period_end=date(2025, 12, 29))
        assert "已经结束" in repairs.sentence("management_rate", facts)
        assert "已经结束" in repairs.sentence("standard_management_rate", facts)
        assert "那一期" in repairs.sentence("visit_timeliness_rate", facts)
