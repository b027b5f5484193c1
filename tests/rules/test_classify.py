"""Suggested class: the table of 病情分类, and never 稳定 without the whole evidence."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhdesk.domain.follow_up import FollowUp, VisitClass
from mhdesk.rules.classify import suggest

STABLE = FollowUp(
    risk_level="0",
    symptoms=("12",),
    symptoms_other="无",
    insight="1",
    self_care="1",
    housework="2",
    work="9",
    learning="2",
    social_contact="1",
    adverse_reaction="1",
    severe_physical_disease="1",
)
EVIDENCE = {
    "risk_level": None,
    "symptoms": (),
    "insight": None,
    "self_care": None,
    "housework": None,
    "work": None,
    "learning": None,
    "social_contact": None,
    "adverse_reaction": None,
    "severe_physical_disease": None,
}

CASES: list[tuple[str, dict[str, Any], str | None]] = [
    ("everything well", {}, "3"),
    ("危险性3–5级 is 不稳定", {"risk_level": "3"}, "1"),
    ("危险性5级 alone is enough", {**EVIDENCE, "risk_level": "5"}, "1"),
    ("精神症状明显", {"symptoms": ("1",), "obvious_symptoms": "2"}, "1"),
    ("自知力缺乏", {"insight": "3"}, "1"),
    ("严重药物不良反应", {"adverse_reaction": "2", "severe_adverse_reaction": "2"}, "1"),
    ("严重躯体疾病", {"severe_physical_disease": "2"}, "1"),
    ("危险性1–2级 is 基本稳定", {"risk_level": "1"}, "2"),
    ("symptoms left but not obvious", {"symptoms": ("11",), "obvious_symptoms": "1"}, "2"),
    ("自知力不全", {"insight": "2"}, "2"),
    ("one social function 较差", {"learning": "3"}, "2"),
    ("a reaction that is not severe", {"adverse_reaction": "2", "severe_adverse_reaction": "1"}, "3"),
    ("symptoms, but nobody judged how obvious", {"symptoms": ("1",)}, None),
    ("other symptom without a word", {"symptoms_other": None}, None),
    ("other symptom with a word", {"symptoms_other": "易怒", "obvious_symptoms": "1"}, "2"),
    ("a reaction nobody judged", {"adverse_reaction": "2"}, None),
    ("reaction not applicable", {"adverse_reaction": "9"}, "3"),
    ("失访", {**EVIDENCE, "lost_reason": "1"}, None),
]


@pytest.mark.parametrize(("name", "changes", "expected"), CASES, ids=[case[0] for case in CASES])
def test_class(name: str, changes: dict[str, Any], expected: str | None) -> None:
    suggestion = suggest(dataclasses.replace(STABLE, **changes))
    assert suggestion.visit_class == expected
    assert suggestion.reasons


def codes(*values: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from((None, *values))


SHEETS = st.builds(
    FollowUp,
    risk_level=codes("0", "1", "2", "3"),
    symptoms=st.sampled_from([(), ("12",), ("1",), ("7", "12")]),
    symptoms_other=codes("无", "胸闷"),
    insight=codes("1", "2", "3"),
    self_care=codes("1", "2", "3"),
    housework=codes("1", "3"),
    work=codes("1", "3", "9"),
    learning=codes("1", "2", "3"),
    social_contact=codes("1", "2", "3"),
    adverse_reaction=codes("1", "2", "9"),
    obvious_symptoms=codes("1", "2"),
    severe_adverse_reaction=codes("1", "2"),
    severe_physical_disease=codes("1", "2"),
)


@given(SHEETS)
def test_stable_needs_every_piece_of_evidence(sheet: FollowUp) -> None:
    suggestion = suggest(sheet)
    if suggestion.visit_class == VisitClass.STABLE:
        assert sheet.risk_level == "0"
        assert sheet.symptoms == ("12",)
        assert sheet.symptoms_other == "无"
        assert sheet.insight == "1"
        assert {sheet.self_care, sheet.housework, sheet.learning, sheet.social_contact} <= {"1", "2"}
        assert sheet.work in ("1", "2", "9")
        assert sheet.adverse_reaction in ("1", "9") or sheet.severe_adverse_reaction == "1"
        assert sheet.severe_physical_disease == "1"
    if suggestion.visit_class is None:
        assert suggestion.missing
    else:
        assert not suggestion.missing


@pytest.mark.parametrize("key", EVIDENCE)
def test_one_missing_piece_gives_no_class(key: str) -> None:
    suggestion = suggest(dataclasses.replace(STABLE, **{key: EVIDENCE[key]}))  # type: ignore[arg-type]
    assert suggestion.visit_class is None
    assert suggestion.missing


@given(st.sets(st.sampled_from(sorted(EVIDENCE)), min_size=1))
def test_stable_is_never_a_default(missing: set[str]) -> None:
    sheet = dataclasses.replace(STABLE, **{key: EVIDENCE[key] for key in missing})  # type: ignore[arg-type]
    assert suggest(sheet).visit_class is None


def test_an_empty_sheet_says_what_is_missing() -> None:
    suggestion = suggest(FollowUp())
    assert suggestion.visit_class is None
    assert "risk_level" in suggestion.missing
    assert "severe_physical_disease" in suggestion.missing
