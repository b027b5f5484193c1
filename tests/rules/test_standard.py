"""Hand-worked cases of 规范管理 and 规律服药 per rule set, each with the sentence it comes from."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest

from mhdesk.domain.dates import DateRange
from mhdesk.domain.follow_up import VisitForm
from mhdesk.rules import ruleset
from mhdesk.rules.facts import MovementFact, PatientFacts, Visit, make_visit
from mhdesk.rules.indicators import explain
from mhdesk.rules.indicators.registry import INDICATORS
from mhdesk.rules.judge import Frame, Judge, register_of
from mhdesk.rules.ruleset import RuleSet

PERIOD = DateRange(date(2026, 6, 15), date(2026, 6, 22))
ALL_YEAR = Frame.of(DateRange(date(2026, 1, 1), date(2027, 1, 1)), ruleset.load(None))
SC = "任何两次相邻的随访记录月份间隔…3个月"
HEAD = "assumption: first visit within the interval after 1 January or 建档"
TAIL = "assumption: last visit to cut-off within the interval"
CLASS = "基本稳定 2周, 仍不稳定 1个月; 稳定 3个月; 不稳定 2周"
YEAR = "≥4 visits and ≥1 健康检查 in the year"


def rules_with(rules_id: str, **terms: Any) -> RuleSet:
    rules = ruleset.load(rules_id)
    return dataclasses.replace(rules, terms=dataclasses.replace(rules.terms, **terms))


def facts(*visits: Visit, **changes: Any) -> PatientFacts:
    complete = [visit for visit in visits if visit.complete]
    base = PatientFacts(id=1, unit_id=None, visits=list(visits), last=complete[-1] if complete else None)
    return base._replace(**changes)


def on(text: str, visit_class: str = "3", **changes: Any) -> Visit:
    month, day = text.split("-")[-2:]
    year = int(text.split("-", maxsplit=1)[0]) if text.count("-") == 2 else 2026
    return make_visit(date(year, int(month), int(day)), visit_class=visit_class, **changes)


def is_standard(rules: RuleSet, person: PatientFacts, period: DateRange = PERIOD) -> bool:
    status = Judge(rules, Frame.of(period, rules)).status(person)
    assert status is not None
    return status.course.standard


def why(rules: RuleSet, person: PatientFacts, indicator: str = "standard_management_rate") -> str:
    return explain.reason(indicator, person, Judge(rules, Frame.of(PERIOD, rules)))


INPATIENT = make_visit(date(2026, 3, 20), risk=None, hospitalization="1")
LOST = make_visit(date(2026, 4, 10), risk=None, lost=True)

MOVES = ["moved_out", "moved_in", "moved_out", "moved_in", "died"]


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("came", [0, date(2026, 1, 5).toordinal()])
def test_who_goes_and_comes_again_and_again_leaves_the_balance_even(number: int, came: int) -> None:
    moves = tuple(MovementFact(date(2026, 2 + at, 1).toordinal(), kind) for at, kind in enumerate(MOVES[:number]))
    register = register_of(facts(registered_day=came, registered_as="new", movements=moves), ALL_YEAR)
    assert register is not None
    kinds = [kind for kind, span in register.events if span == "period"]
    arrived, gone = {"new", "moved_in"}, {"died", "moved_out"}
    net = sum((kind in arrived) - (kind in gone) for kind in kinds)
    assert register.opening + net == register.closing


SC2017 = [
    (SC, [on("1-31"), on("4-1")], {}, True),
    (SC, [on("1-2"), on("4-30")], {}, True),
    (SC, [on("1-31"), on("5-1")], {}, False),
    (HEAD, [on("4-30")], {}, True),
    (HEAD, [on("5-1")], {}, False),
    (HEAD, [on("5-1")], {"registered_day": date(2026, 2, 3).toordinal()}, True),
    (TAIL, [on("3-1")], {}, True),
    (TAIL, [on("2-28")], {}, False),
    ("≥1 complete follow-up in the window", [], {}, False),
    ("the window begins on 1 January", [on("2025-12-31")], {}, False),
    ("住院 rows count: 有危险性评估或目前正在住院", [INPATIENT, on("6-1")], {}, True),
    ("失访 rows do not count", [on("1-5"), LOST, on("6-1")], {}, False),
    ("phone visits count unless the district says no", [on("3-9", form="3")], {}, True),
    (
        "who came back is judged from the return",
        [on("1-5"), on("6-2")],
        {
            "movements": (
                MovementFact(date(2026, 2, 1).toordinal(), "moved_out"),
                MovementFact(date(2026, 5, 20).toordinal(), "moved_in"),
            )
        },
        True,
    ),
]


@pytest.mark.parametrize(("source", "visits", "changes", "expected"), SC2017)
def test_month_intervals(source: str, visits: list[Visit], changes: dict[str, Any], expected: bool) -> None:
    assert is_standard(ruleset.load("SC2017"), facts(*visits, **changes)) is expected, source


NAT = "at least once per 3 months (national 2016); 92 days: assumption"
ZY = "资府办发〔2017〕41号：管患者规范管理率、管患者病情稳定率"
S0 = "渝北卫健〔2023〕260号：在册患者规范管理率；间隔沿用四川2017"
DISTRICTS = [
    ("NAT2016", NAT, [on("2-1"), on("5-4")], True),  # 92 days
    ("NAT2016", NAT, [on("2-1"), on("5-5")], False),  # 93 days, and only 3 months apart
    ("CQ2023", S0, [on("2-1"), on("5-31")], True),  # 119 days, 3 months apart
    ("CQ2023", S0, [on("2-1"), on("6-1")], False),
    ("DZ2025", "大足府办发〔2024〕62号：在册患者规范管理率", [on("1-31"), on("4-30")], True),
    ("ZY2017", ZY, [on("1-31"), on("5-1")], False),
]


@pytest.mark.parametrize(("rules_id", "source", "visits", "expected"), DISTRICTS)
def test_rule_sets_of_the_circulars(rules_id: str, source: str, visits: list[Visit], expected: bool) -> None:
    assert is_standard(ruleset.load(rules_id), facts(*visits)) is expected, source


@pytest.mark.parametrize(
    ("rules_id", "standard", "stable"),
    [("SC2017", 2, 1), ("CQ2023", 2, 1), ("DZ2025", 2, 1), ("ZY2017", 1, 1), ("NAT2016", 2, 1), ("YEAR4", 2, 2)],
)
def test_denominators_of_the_circulars(rules_id: str, standard: int, stable: int) -> None:
    """在册 counts both, 在管 only who was visited; 居家 is who was visited and is not in hospital."""
    from mhdesk.rules.rollup import Place, Row, compute, period_of

    people = [facts(on("5-5")), facts()._replace(id=2)]
    day = date(2026, 6, 21)
    rules = ruleset.load(rules_id)
    place = Place("中心", "township", [Row(0, "未填")], {None: 0})
    total = compute(people, period=period_of("weekly", day, today=day), rules=rules, place=place).total
    assert total["standard_management_rate"].denominator == standard
    assert total["stability_rate"].denominator == stable


@pytest.mark.parametrize(
    ("terms", "visits", "expected"),
    [
        ({"phone_counts": False}, [on("3-9", form=VisitForm.PHONE)], False),
        ({"phone_counts": False}, [on("3-9", form=VisitForm.HOME)], True),
        ({"lost_rows_count": True}, [on("1-5"), LOST, on("6-1")], True),
        ({"inpatient_rows_count": False}, [INPATIENT], False),
        ({"head": "none"}, [on("5-30")], True),
        ({"tail": "none"}, [on("1-30")], True),
        ({"head": "last_visit"}, [on("2025-11-2"), on("3-9")], False),
        ({"head": "last_visit"}, [on("2025-12-30"), on("3-9")], True),
        ({"grace_days": 5}, [on("1-31"), on("5-5")], True),
        ({"grace_days": 5}, [on("1-31"), on("5-6")], False),
        ({"mode": "day", "interval": 92}, [on("2-1"), on("5-4")], True),
        ({"mode": "day", "interval": 92}, [on("2-1"), on("5-5")], False),
        ({"mode": "day", "interval": 92, "grace_days": 1}, [on("2-1"), on("5-5")], True),
        ({"window": "rolling_12_months", "head": "none"}, [on("2025-12-20"), on("3-9")], True),
    ],
)
def test_terms_change_the_judgement(terms: dict[str, Any], visits: list[Visit], expected: bool) -> None:
    assert is_standard(rules_with("SC2017", **terms), facts(*visits)) is expected


def test_new_patients() -> None:
    newcomer = facts(registered_day=date(2026, 6, 1).toordinal(), registered_as="new")
    seen = newcomer._replace(visits=[on("6-5")], last=on("6-5"))
    late = facts(on("6-19"), registered_day=date(2026, 1, 2).toordinal())
    judged = rules_with("SC2017", new_patients="judge")
    assert not is_standard(judged, newcomer)
    assert is_standard(judged, seen)
    excluding = rules_with("SC2017", new_patients="exclude")
    status = Judge(excluding, Frame.of(PERIOD, excluding)).status(newcomer)
    assert status is not None
    assert not status.course.judged
    assert why(excluding, newcomer) == "建档不足 90 天，不计入"
    generous = rules_with("SC2017", new_patients="compliant", new_patient_days=400)
    assert is_standard(generous, late)
    assert not is_standard(generous, newcomer)  # one complete visit is asked for all the same


DUE = [
    ("不稳定 within 2 weeks, 7 days of grace", [on("3-10"), on("6-1", "1"), on("6-22", "1")], date(2026, 6, 30), True),
    ("不稳定 within 2 weeks, 7 days of grace", [on("3-10"), on("6-1", "1"), on("6-23", "1")], date(2026, 6, 30), False),
    (CLASS, [on("2-10"), on("5-1", "2"), on("5-15", "2"), on("6-15", "3")], date(2026, 6, 30), True),
    (CLASS, [on("2-10"), on("5-1", "2"), on("5-15", "2"), on("6-23", "3")], date(2026, 6, 30), False),
    (CLASS, [on("3-1", "3"), on("6-8", "3")], date(2026, 6, 30), True),
    (CLASS, [on("3-1", "3"), on("6-9", "3")], date(2026, 6, 30), False),
    ("the last due day must not have passed", [on("3-15", "3")], date(2026, 6, 22), True),
    ("the last due day must not have passed", [on("3-14", "3")], date(2026, 6, 22), False),
    (
        "head: due by last year's class",
        [on("2025-12-20", "1"), on("1-10", "3"), on("4-1", "3")],
        date(2026, 6, 30),
        True,
    ),
    (
        "head: due by last year's class",
        [on("2025-12-20", "1"), on("1-20", "3"), on("4-1", "3")],
        date(2026, 6, 30),
        False,
    ),
    ("head: nobody before, 3 months from 1 January", [on("4-8", "3")], date(2026, 6, 30), True),
    ("head: nobody before, 3 months from 1 January", [on("4-9", "3")], date(2026, 6, 30), False),
    (
        "a visit in hospital leaves the longest interval",
        [on("3-15", "3"), make_visit(date(2026, 4, 2), risk=None, hospitalization="1")],
        date(2026, 6, 30),
        True,
    ),
]


@pytest.mark.parametrize(("source", "visits", "cut_off", "expected"), DUE)
def test_due_by_class(source: str, visits: list[Visit], cut_off: date, expected: bool) -> None:
    period = DateRange(date(2026, 6, 15), date.fromordinal(cut_off.toordinal() + 1))
    visits = [visit for visit in visits if visit.day <= cut_off.toordinal()]
    assert is_standard(ruleset.load("CLASS"), facts(*visits), period) is expected, source


LAB = {"laboratory": "2"}


@pytest.mark.parametrize(
    ("source", "visits", "cut_off", "expected"),
    [
        (YEAR, [on("1-5"), on("2-5"), on("3-5"), on("4-5", **LAB)], date(2026, 12, 31), True),
        (YEAR, [on("1-5"), on("2-5"), on("3-5", **LAB)], date(2026, 12, 31), False),
        (YEAR, [on("1-5"), on("2-5"), on("3-5"), on("4-5")], date(2026, 12, 31), False),
        ("two full quarters ask for two", [on("1-5", **LAB), on("2-5")], date(2026, 7, 1), True),
        ("two full quarters ask for two", [on("1-5", **LAB)], date(2026, 6, 30), False),
        ("one full quarter asks for one", [on("1-5", **LAB)], date(2026, 6, 29), True),
    ],
)
def test_four_visits_and_an_examination(source: str, visits: list[Visit], cut_off: date, expected: bool) -> None:
    period = DateRange(date(2026, 1, 1), date.fromordinal(cut_off.toordinal() + 1))
    assert is_standard(ruleset.load("YEAR4"), facts(*visits), period) is expected, source


def test_not_prorated_asks_for_all_four() -> None:
    rules = rules_with("YEAR4", prorate=False, checkup="none")
    assert not is_standard(rules, facts(on("1-5"), on("2-5"), on("3-5")))
    assert is_standard(rules, facts(on("1-5"), on("2-5"), on("3-5"), on("4-5")))


REGULAR = {"adherence": "1"}
RM_ALL = "every follow-up in the window is 用药依从性=1 (4 and 住院 rows count as compliant)"
RM_LAST = "last follow-up is 1"


@pytest.mark.parametrize(
    ("source", "rules_id", "visits", "terms", "expected"),
    [
        (RM_ALL, "SC2017", [on("1-5", **REGULAR), on("4-5", **REGULAR)], {}, True),
        (RM_ALL, "SC2017", [on("1-5", adherence="2"), on("4-5", **REGULAR)], {}, False),
        (RM_ALL, "SC2017", [on("1-5", **REGULAR), on("4-5")], {}, False),
        (RM_ALL, "SC2017", [on("1-5", adherence="4"), on("4-5", **REGULAR)], {}, True),
        (RM_ALL, "SC2017", [INPATIENT, on("4-5", **REGULAR)], {}, True),
        (RM_ALL, "SC2017", [], {}, False),
        ("last year does not count", "SC2017", [on("2025-12-5", adherence="3"), on("4-5", **REGULAR)], {}, True),
        (RM_LAST, "CLASS", [on("1-5", adherence="3"), on("4-5", **REGULAR)], {}, True),
        (RM_LAST, "CLASS", [on("1-5", **REGULAR), on("4-5", adherence="2")], {}, False),
        ("hospital counts only if the rule set says so", "SC2017", [INPATIENT], {"hospitalised_counted": False}, False),
        ("code 4 not counted", "SC2017", [on("4-5", adherence="4")], {"code_4": "not_counted"}, False),
        (
            "last 3 months",
            "SC2017",
            [on("1-5", adherence="3"), on("4-5", **REGULAR)],
            {"medication_window": "three_months"},
            True,
        ),
        ("last 3 months, nobody came", "SC2017", [on("1-5", **REGULAR)], {"medication_window": "three_months"}, False),
        (
            "last visit",
            "SC2017",
            [on("1-5", adherence="3"), on("4-5", **REGULAR)],
            {"medication_window": "latest"},
            True,
        ),
    ],
)
def test_regular_medication(
    source: str, rules_id: str, visits: list[Visit], terms: dict[str, Any], expected: bool
) -> None:
    rules = rules_with(rules_id, **terms)
    status = Judge(rules, Frame.of(PERIOD, rules)).status(facts(*visits))
    assert status is not None
    assert status.course.regular is expected, source


def test_code_4_can_leave_the_denominator() -> None:
    rules = rules_with("SC2017", code_4="excluded")
    status = Judge(rules, Frame.of(PERIOD, rules)).status(facts(on("4-5", adherence="4")))
    assert status is not None
    rate = INDICATORS["regular_medication_rate"]
    assert rate.among is not None
    assert not rate.among(status.course, rules.terms)
    assert (
        why(rules, facts(on("4-5", adherence="4")), "regular_medication_rate")
        == "2026-04-05 随访为医嘱勿需用药，不计入"
    )


@pytest.mark.parametrize(
    ("stability", "visits", "expected"),
    [
        ("recent_home", [on("3-22")], True),
        ("recent_home", [on("3-21")], False),
        ("recent_home", [on("1-5"), on("5-5", "2")], False),
        ("last_registered", [on("2025-3-5")], True),
        ("whole_year", [on("1-5"), on("5-5")], True),
        ("whole_year", [on("1-5", "2"), on("5-5")], False),
        ("whole_year", [], False),
    ],
)
def test_stability(stability: str, visits: list[Visit], expected: bool) -> None:
    rules = rules_with("SC2017", stability=stability)
    status = Judge(rules, Frame.of(PERIOD, rules)).status(facts(*visits))
    assert status is not None
    assert status.course.stable is expected


@pytest.mark.parametrize(
    ("register", "movement", "in_base"),
    [
        ("R1", ("died", date(2026, 3, 1)), False),
        ("R2", ("died", date(2026, 3, 1)), True),
        ("R2", ("died", date(2025, 3, 1)), False),
        ("R2", ("moved_out", date(2026, 3, 1)), False),
        ("R3", ("moved_out", date(2026, 3, 1)), True),
        ("R3", ("moved_out", date(2025, 12, 31)), False),
    ],
)
def test_variants_of_the_register(register: str, movement: tuple[str, date], in_base: bool) -> None:
    rules = rules_with("SC2017", register=register)
    kind, day = movement
    person = facts(on("2-1"), movements=(MovementFact(day.toordinal(), kind),))
    status = Judge(rules, Frame.of(PERIOD, rules)).status(person)
    assert status is not None
    assert status.course.in_base is in_base
    assert not status.course.registered
    assert status.course.standard is in_base  # judged to the day of leaving, not to the cut-off


@pytest.mark.parametrize(
    ("rules_id", "visits", "sentence"),
    [
        ("SC2017", [on("1-31"), on("5-1")], "2026-01-31 至 2026-05-01 间隔 90 天，跨 4 个月，超过 3 个月"),
        ("SC2017", [on("2-1")], "末次随访 2026-02-01 至截止日 2026-06-21 已 140 天，跨 4 个月，超过 3 个月"),
        ("SC2017", [on("5-1")], "自 2026-01-01 起到首次随访 2026-05-01 共 120 天，跨 4 个月，超过 3 个月"),
        ("SC2017", [], "判断时段内没有完整随访"),
        ("CLASS", [on("4-1", "1"), on("5-1", "1")], "2026-04-01 之后应于 2026-04-15 前随访，实际 2026-05-01，晚 16 天"),
        ("CLASS", [on("1-5", "3")], "2026-01-05 之后应于 2026-04-05 前随访，到截止日 2026-06-21 已晚 77 天"),
        ("YEAR4", [on("1-5")], "2026-01-01 至 2026-06-21 没有健康检查（实验室检查）记录"),
        ("SC2017", [on("3-1"), on("5-1")], "2026-03-01 至 2026-05-01 共 2 次随访，间隔均符合要求"),
    ],
)
def test_reasons_name_the_dates(rules_id: str, visits: list[Visit], sentence: str) -> None:
    assert why(ruleset.load(rules_id), facts(*visits)) == sentence


def test_the_printed_example_in_days() -> None:
    rules = rules_with("SC2017", mode="day", interval=92)
    assert why(rules, facts(on("3-2"), on("6-20"))) == "2026-03-02 至 2026-06-20 间隔 110 天，超过 92 天"


def test_every_indicator_gives_a_reason_for_everybody() -> None:
    rules = ruleset.load(None)
    people = [
        facts(),
        facts(on("3-2", adherence="2"), INPATIENT, LOST, lost_day=LOST.day),
        facts(on("6-16"), movements=(MovementFact(date(2026, 6, 17).toordinal(), "died"),)),
        facts(registered_day=date(2026, 8, 1).toordinal(), registered_as="new"),
    ]
    for indicator in INDICATORS:
        for person in people:
            assert explain.reason(indicator, person, Judge(rules, Frame.of(PERIOD, rules)))


@pytest.mark.parametrize("rules_id", ["CLASS", "YEAR4"])
def test_generous_terms_for_newcomers_and_nobody(rules_id: str) -> None:
    rules = rules_with(rules_id, new_patients="compliant", new_patient_days=400)
    arrived = {"registered_day": date(2026, 1, 2).toordinal()}
    assert is_standard(rules, facts(on("6-19", "1"), **arrived))
    assert not is_standard(rules, facts(**arrived))


def test_class_intervals_without_a_head_rule() -> None:
    assert is_standard(rules_with("CLASS", head="none", tail="none"), facts(on("6-1", "3")))
    assert is_standard(rules_with("CLASS", head="none"), facts(on("6-15", "1")))


def test_the_reason_for_somebody_in_hospital_and_for_code_4() -> None:
    excluding = rules_with("SC2017", code_4="excluded")
    assert why(excluding, facts(on("4-5", adherence="4")), "medication_rate") == "2026-04-05 随访为医嘱勿需用药，不计入"
    assert why(excluding, facts(INPATIENT), "medication_rate") == "2026-03-20 随访时正在住院"
