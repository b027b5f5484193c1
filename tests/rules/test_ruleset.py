"""Rule sets and targets are data: complete, marked, sourced, and refused when a district's copy is faulty."""

from __future__ import annotations

import pytest

import resources
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.rules import medication, ruleset, standard, targets
from mhdesk.rules.indicators.registry import INDICATORS, define, find, name_of
from mhdesk.rules.ruleset import RuleSet
from mhdesk.text import text

RULES = list(ruleset.shipped().values())
OURS = resources.path("rules/sc2017.toml").read_text(encoding="utf-8")


def test_the_rule_sets_are_there() -> None:
    assert {rules.id for rules in RULES} >= {"SC2017", "CLASS", "YEAR4", "NAT2016", "CQ2023", "DZ2025", "ZY2017"}
    assert [ruleset.load(one).targets for one in ("CQ2023", "DZ2025", "ZY2017")] == [
        "yubei_2023",
        "dazu_2024",
        "ziyang_2017",
    ]
    for rules in RULES:
        assert not rules.targets or rules.targets in targets.shipped()
    assert ruleset.load(None).id == "SC2017"
    assert ruleset.load(None).regular == "RM-ALL"


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.id)
def test_every_parameter_is_named_marked_and_sourced(rules: RuleSet) -> None:
    assert rules.standard in standard.ALGORITHMS
    assert rules.regular in medication.ALGORITHMS
    for parameter in rules.parameters.values():
        assert parameter.label
        assert parameter.value_text
        assert parameter.source
        assert text(f"rules.marks.{parameter.mark}")
        assert getattr(rules.terms, parameter.key) == parameter.value


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.id)
@pytest.mark.parametrize("indicator", INDICATORS)
def test_every_indicator_is_defined_in_words(rules: RuleSet, indicator: str) -> None:
    definition = define(indicator, rules)
    assert definition.name == name_of(indicator)
    assert all(definition)
    assert "{" not in "".join(definition)


def test_unknown_indicator_and_rule_set() -> None:
    with pytest.raises(UsageError) as wrong:
        find("nothing")
    assert wrong.value.code == "MH-REPORT-02"
    with pytest.raises(UsageError) as absent:
        ruleset.load("CQ1999")
    assert absent.value.code == "MH-RULE-02"


def test_a_districts_copy_wins_and_shows_its_origin() -> None:
    own = OURS.replace("grace_days = { value = 0", "grace_days = { value = 3").replace("2026.1", "区.1")
    rules = ruleset.load("SC2017", {"rules/sc2017.toml": (own, "大足区精卫中心")})
    assert rules.terms.grace_days == 3
    assert (rules.version, rules.origin) == ("区.1", "大足区精卫中心")
    assert ruleset.load("SC2017").origin == ruleset.OWN_ORIGIN


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('register = { value = "R1"', 'register = { value = "R9"', "register"),
        ("interval = { value = 3", "interval = { value = -3", "interval"),
        ("interval = { value = 3", "interval = { value = true", "interval"),
        ("phone_counts = { value = true", 'phone_counts = { value = "ja"', "phone_counts"),
        ('standard = "GM-GAP"', 'standard = "GM-OWN"', "standard"),
        ('regular = "RM-ALL"', 'regular = "RM-OWN"', "regular"),
        ('id = "SC2017"', 'id = ""', "id"),
        ("[parameters]", "[parametres]", "parameters"),
        ("grace_days = {", "grace_day = {", "grace_day"),
        ('grace_days = { value = 0, mark = "assumption"', 'grace_days = { value = 0, mark = "sure"', "grace_days"),
        ("[parameters]", "[parameters", ""),
    ],
)
def test_a_faulty_copy_is_refused_with_its_place(old: str, new: str, place: str) -> None:
    assert old in OURS
    with pytest.raises(UserError) as refused:
        ruleset.parse(OURS.replace(old, new, 1), path="rules/own.toml")
    assert refused.value.code == "MH-RULE-01"
    assert place in str(refused.value.params["place"])


def test_what_a_copy_leaves_out_is_taken_over_with_its_source() -> None:
    own = """
id = "SC2017"
name = "本区口径"
version = "区.1"
source = "区精卫中心"

[parameters]
grace_days = { value = 7, mark = "verified", source = "区精卫中心通知" }
"""
    rules = ruleset.load("SC2017", {"rules/sc2017.toml": (own, "大足区精卫中心")})
    assert rules.terms.grace_days == 7
    assert rules.terms.interval == ruleset.shipped()["SC2017"].terms.interval
    assert rules.parameters["interval"].source == ruleset.shipped()["SC2017"].parameters["interval"].source
    assert list(rules.parameters) == list(ruleset.shipped()["SC2017"].parameters)
    with pytest.raises(UserError) as refused:
        ruleset.parse(own + 'x = 1\nbased_on = "NONE"', path="rules/own.toml")
    assert refused.value.code == "MH-RULE-01"


def test_a_missing_parameter_is_refused() -> None:
    without = "\n".join(line for line in OURS.splitlines() if not line.startswith("tail ="))
    with pytest.raises(UserError) as refused:
        ruleset.parse(without, path="rules/own.toml")
    assert refused.value.params["place"] == "tail"


def test_overrides_of_other_files_are_no_rule_sets() -> None:
    assert set(ruleset.available({"targets/own.toml": ("", "区")})) == set(ruleset.shipped())


# ---------------------------------------------------------------- targets

SEEDS = [
    ("yubei_2023", 2023, "standard_management_rate", ">90%"),
    ("yubei_2023", 2023, "regular_medication_rate", ">82%"),
    ("yubei_2023", 2024, "staff_ratio", "1/100"),
    ("yubei_2023", 2025, "staff_ratio", "1/80"),
    ("yubei_2023", 2023, "psychiatrists_per_100k", "≥4.5"),
    ("dazu_2024", 2025, "prevalence", "≥6.15‰"),
    ("dazu_2024", 2025, "standard_management_rate", "≥95%"),
    ("dazu_2024", 2024, "regular_medication_rate", "≥85%"),
    ("dazu_2024", 2025, "second_generation_free_rate", "≥100%"),
    ("dazu_2024", 2025, "rehabilitation_service_rate", ">60%"),
    ("dazu_2024", 2025, "psychiatrists_per_100k", "≥6"),
    ("beibei_145", 2025, "psychiatrists_per_100k", "≥6"),
    ("beibei_145", 2025, "psychiatric_beds", "≥0.9"),
    ("dazu_2024", 2026, "information_functions", "≥6"),
    ("ziyang_2017", 2020, "management_rate", "≥85%"),
    ("ziyang_2017", 2020, "standard_management_rate", "≥80%"),
    ("ziyang_2017", 2020, "stability_rate", "≥70%"),
    ("ziyang_2017", 2020, "schizophrenia_treatment_rate", "≥80%"),
]


@pytest.mark.parametrize(("target_set", "year", "indicator", "printed"), SEEDS)
def test_targets_of_the_circulars(target_set: str, year: int, indicator: str, printed: str) -> None:
    assert targets.shipped()[target_set].in_force(year)[indicator].value_text == printed


def test_offices_stand_where_the_document_prints_them() -> None:
    printed = {key: {bool(one.office) for one in found.targets} for key, found in targets.shipped().items()}
    assert printed == {"yubei_2023": {True}, "dazu_2024": {True}, "ziyang_2017": {False}, "beibei_145": {False}}


@pytest.mark.parametrize(
    ("target_set", "indicator", "ratio", "reached"),
    [
        ("yubei_2023", "standard_management_rate", 0.9, False),  # 超过90%
        ("yubei_2023", "standard_management_rate", 0.90004, False),  # printed 90.00%
        ("yubei_2023", "standard_management_rate", 0.90006, True),  # printed 90.01%
        ("dazu_2024", "standard_management_rate", 0.95, True),  # 达到
        ("dazu_2024", "standard_management_rate", 0.94999, True),  # printed 95.00%
        ("dazu_2024", "prevalence", 0.00615, True),
        ("dazu_2024", "prevalence", 0.00614, False),
        ("dazu_2024", "staff_ratio", 1 / 80, True),
        ("dazu_2024", "staff_ratio", 1 / 81, False),
        ("dazu_2024", "psychiatrists_per_100k", 6 / 100_000, True),
        ("dazu_2024", "prevalence", None, None),
    ],
)
def test_reached(target_set: str, indicator: str, ratio: float | None, reached: bool | None) -> None:
    assert targets.shipped()[target_set].in_force(2025)[indicator].is_reached(ratio) is reached


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('form = "percent"', 'form = "share"'),
        ('operator = ">"', 'operator = "<"'),
        ("value = 90", "value = 0"),
        ("year = 2023", "jear = 2023"),
        ("[[target]]", "[[target"),
    ],
)
def test_faulty_targets_are_refused(old: str, new: str) -> None:
    content = resources.path("targets/yubei_2023.toml").read_text(encoding="utf-8")
    assert old in content
    with pytest.raises(UserError) as refused:
        targets.available({"targets/own.toml": (content.replace(old, new, 1), "区"), "rules/x.toml": ("", "")})
    assert refused.value.code == "MH-REPORT-05"


def test_a_districts_own_targets() -> None:
    content = resources.path("targets/yubei_2023.toml").read_text(encoding="utf-8").replace("yubei_2023", "own")
    assert "own" in targets.available({"targets/own.toml": (content, "区")})
