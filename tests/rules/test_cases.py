"""The tables of hand-worked cases (``tests/rules/cases/*.md``), which a doctor can check, against both implementations.

No indicator, no parameter and no value of a parameter may be without a case; what varies must be seen to vary.
"""

from __future__ import annotations

import dataclasses
import typing
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from mhdesk.domain.dates import DateRange
from mhdesk.reports.weekly import printed
from mhdesk.rules import reminders, ruleset
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.indicators.model import Kind
from mhdesk.rules.indicators.registry import INDICATORS, name_of
from mhdesk.rules.indicators.tally import IndicatorResult, Tally
from mhdesk.rules.judge import Frame, Judge, register_of
from mhdesk.rules.rollup import Period, period_between, period_of
from mhdesk.rules.ruleset import Parameter, RuleSet
from mhdesk.rules.schedule import add_workdays
from mhdesk.rules.terms import Terms
from mhdesk.text import text
from tests.rules.cases.parse import Told, day, tables, told
from tests.rules.comparison import SENTENCES, TIMES
from tests.rules.second_opinion import Opinion, facts_of

BY_NAME = {name_of(key): key for key in INDICATORS}
KINDS = {"周": "weekly", "月": "monthly", "季": "quarterly", "年": "annual"}
RULE_SETS = ("SC2017", "CQ2023", "DZ2025", "ZY2017", "NAT2016", "CLASS", "YEAR4")
COUNTED, MISSING, NOT_ASKED = "计入", "缺", "不问"
COMPARED = list(tables("rule_sets.md"))
COUNTS = list(tables("counts.md"))
BOUNDARIES = list(tables("parameters.md"))
LABELS = {text(f"rules.terms.{one.name}"): one.name for one in dataclasses.fields(Terms)}


class Cell(NamedTuple):
    """One number of the report of one person."""

    period: Period
    rules: RuleSet
    result: IndicatorResult

    @property
    def answer(self) -> str:
        """In the words of the tables."""
        if self.result.kind is Kind.PERCENT:
            return COUNTED if self.result.numerator else MISSING if self.result.denominator else NOT_ASKED
        return printed(self.result)

    def second_answer(self, case: Told) -> str:
        """The same by the second opinion; figures of the unit it does not know."""
        opinion, key = Opinion(case.life, self.period.start, self.period.cut_off, self.rules), self.result.indicator
        if key in TIMES:
            kind, span = TIMES[key]
            return str(opinion.times(kind, opinion.start if span == "period" else opinion.year))
        if self.result.kind not in (Kind.PERCENT, Kind.COUNT):
            return self.answer
        sentence = SENTENCES[key]
        if sentence.among is None:
            return str(int(sentence.counted(opinion)))
        return COUNTED if sentence.counted(opinion) else MISSING if sentence.among(opinion) else NOT_ASKED


def cell(case: Told, rules: RuleSet, cut_off: str, key: str) -> Cell:
    """A number of one person, cut off on the day the table says."""
    if "至" in cut_off:
        first, last = cut_off.split("至")
        period = period_between(day(first), day(last), today=day(last))
    else:
        on = day(cut_off[:-1])
        period = period_of(KINDS[cut_off[-1]], on, today=on)
    tally = Tally(rules.terms)
    tally.add_all([facts_of(case.life, period.range.end)], Judge(rules, Frame.of(period.range, rules)), {None: 0})
    return Cell(period, rules, tally.result(INDICATORS[key], (0,), case.figures))


def disagreeing(found: Cell, case: Told, row: dict[str, str], expected: str) -> list[str]:
    """What one of the two implementations says otherwise than the table."""
    answers = {"mhdesk": found.answer, "second opinion": found.second_answer(case)}
    place = f"{row['编号']}（第 {row['行']} 行，{found.rules.id}）"
    return [f"{place}: {who} says {said}, by hand {expected}" for who, said in answers.items() if said != expected]


def test_rule_sets_side_by_side() -> None:
    wrong = []
    for row in COMPARED:
        case, key = told(row["情况"]), BY_NAME[row["指标"]]
        for rules_id in RULE_SETS:
            wrong += disagreeing(cell(case, ruleset.load(rules_id), row["截止"], key), case, row, row[rules_id])
    assert wrong == []


def test_counts_that_no_rule_set_changes() -> None:
    wrong = []
    for row in COUNTS:
        case, key = told(row["情况"]), BY_NAME[row["指标"]]
        for rules_id in RULE_SETS:
            wrong += disagreeing(cell(case, ruleset.load(rules_id), row["截止"], key), case, row, row["结果"])
    assert wrong == []


# ---------------------------------------------------------------- boundaries of parameters


def _reminded(key: str) -> Callable[[PatientFacts, RuleSet, date], str]:
    def ask(facts: PatientFacts, rules: RuleSet, on: date) -> str:
        judge = Judge(rules, Frame.of(DateRange(on, on + timedelta(days=1)), rules))
        register = register_of(facts, judge.frame)
        assert register is not None
        state = judge.due_state(facts, register, judge.due_day(facts, register))
        found = reminders.of(
            facts, state, arrived_day=register.arrived_day, today=on, terms=rules.terms, sides=("1", "2")
        )
        return "是" if key in {one.key for one in found} else "否"

    return ask


def _due_day(facts: PatientFacts, rules: RuleSet, on: date) -> str:
    judge = Judge(rules, Frame.of(DateRange(on, on + timedelta(days=1)), rules))
    register = register_of(facts, judge.frame)
    assert register is not None
    return date.fromordinal(judge.due_day(facts, register)).isoformat()


def _entry_by(facts: PatientFacts, rules: RuleSet, _on: date) -> str:
    assert facts.last is not None
    return add_workdays(date.fromordinal(facts.last.day), rules.terms.national_entry_workdays).isoformat()


#: Questions that are no indicator.
QUESTIONS: Mapping[str, Callable[[PatientFacts, RuleSet, date], str]] = {
    "应随访日": _due_day,
    "提醒失访": _reminded("propose_lost"),
    "提醒面访": _reminded("face"),
    "提醒信息交换": _reminded("exchange"),
    "再访已迟": _reminded("retry_late"),
    "国家系统录入期限": _entry_by,
}
#: Parameters that only services ask for, with a test of their own on a ledger.
ON_LEDGERS = {"receipt_days": "tests/services/test_slips.py", "sheet_return_days": "tests/services/test_sheets.py"}


def changed(rules_id: str, changes: str) -> tuple[RuleSet, str, str]:
    """The rule set with a parameter changed as the table says it in Chinese: the parameter and its value, too."""
    rules = ruleset.load(rules_id)
    label, value = changes.split("=")
    key = LABELS[label]
    hint = typing.get_type_hints(Terms)[key]
    made: str | int | bool
    if typing.get_origin(hint) is typing.Literal:
        words = {Parameter(key, one, ruleset.Mark.ASSUMPTION, "").value_text: one for one in typing.get_args(hint)}
        made = words[value]
    else:
        made = value == "是" if hint is bool else int(value)
    terms: Any = {key: made}
    return dataclasses.replace(rules, terms=dataclasses.replace(rules.terms, **terms)), key, value


def test_boundaries_of_parameters() -> None:
    wrong = []
    for row in BOUNDARIES:
        case, (rules, _, _) = told(row["情况"]), changed(row["口径"], row["参数"])
        if row["指标"] in QUESTIONS:
            on = day(row["截止"][:-1])
            said = QUESTIONS[row["指标"]](facts_of(case.life, on + timedelta(days=1)), rules, on)
            wrong += [] if said == row["结果"] else [f"{row['编号']}: {said}, by hand {row['结果']}"]
        else:
            wrong += disagreeing(cell(case, rules, row["截止"], BY_NAME[row["指标"]]), case, row, row["结果"])
    assert wrong == []


# ---------------------------------------------------------------- nothing is left out


def test_every_case_names_its_source_and_has_its_own_number() -> None:
    rows = [*COMPARED, *COUNTS, *BOUNDARIES]
    assert all(row["依据"] for row in rows)
    assert len({row["编号"] for row in rows}) == len(rows)


def test_no_indicator_is_without_a_case() -> None:
    """Each is seen counted and not counted; one that rule sets judge differently is seen to differ."""
    varying: dict[str, set[str]] = defaultdict(set)
    differing = set()
    for row in COMPARED:
        key = BY_NAME[row["指标"]]
        answers = {row[rules_id] for rules_id in RULE_SETS}
        varying[key] |= answers
        if len(answers) > 1:
            differing.add(key)
    for row in COUNTS:
        varying[BY_NAME[row["指标"]]].add(row["结果"])
    assert set(varying) == set(INDICATORS)
    for key, answers in varying.items():
        assert len(answers) > 1, key
        if INDICATORS[key].kind is Kind.PERCENT and key not in {"management_rate", "home_management_rate"}:
            assert {COUNTED, MISSING, NOT_ASKED} <= answers, key
    fixed = {"rehabilitation_service_rate", "information_exchange_rate", "referral_rate", "visit_timeliness_rate"}
    fixed |= {
        "second_generation_free_rate"
    }  # a rate none of whose parts a rule set chooses, as far as they are shipped
    asked = {BY_NAME[row["指标"]] for row in COMPARED}
    assert differing == asked - fixed


def test_no_parameter_is_without_its_boundary() -> None:
    """Every value of a choice is tried; of a number, both sides of its boundary, and another number."""
    tried: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in BOUNDARIES:
        _, key, value = changed(row["口径"], row["参数"])
        tried[key][value].add(row["结果"])
    hints = typing.get_type_hints(Terms)
    assert set(tried) | set(ON_LEDGERS) == set(hints)
    for key, values in tried.items():
        hint = hints[key]
        options = typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else (True, False)
        if typing.get_origin(hint) is typing.Literal or hint is bool:
            assert len(values) == len(options), key
            assert len(set().union(*values.values())) > 1, key
        else:
            assert max(len(answers) for answers in values.values()) > 1, key
            assert len(values) > 1, key
