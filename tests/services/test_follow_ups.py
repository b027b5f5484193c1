"""Recording, correcting and taking back a visit, with everything that hangs on it in one transaction."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.change import Change
from db.ledger import Ledger
from mhdesk.domain.account import DataOverride
from mhdesk.domain.dates import add_months
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.follow_up import DrugLine, FollowUp, VisitClass
from mhdesk.domain.patient import Movement, Patient
from mhdesk.rules import ruleset
from mhdesk.services import drafts, follow_ups, patients, rulesets, worklist
from mhdesk.text import problem_text
from resources import path as resource
from tests.services.people import TODAY, person, sheet

DIED: dict[str, Any] = {
    "death_date": date(2026, 11, 18),
    "death_reason": "2",
    **dict.fromkeys(("risk_level", "visit_class", "next_visit_date", "adherence"), None),
}


@pytest.fixture
def zhang(ledger: Ledger) -> int:
    return patients.save(ledger, person(), today=TODAY)[0]


def record(ledger: Ledger, follow_up: FollowUp) -> int:
    return follow_ups.record(ledger, follow_up, today=TODAY)[0]


def refusals(ledger: Ledger, follow_up: FollowUp) -> set[str]:
    with pytest.raises(RecordRefused) as refused:
        record(ledger, follow_up)
    assert refused.value.code == "MH-VISIT-01"
    assert all(problem_text(one.code, **one.params) for one in refused.value.problems)
    return {one.code for one in refused.value.problems}


def movements(ledger: Ledger) -> list[tuple[str, date, str | None]]:
    return [(one.kind, one.happened_on, one.reason) for one in ledger.find(Movement)]


def audit(ledger: Ledger) -> list[str]:
    with ledger.raw() as raw:
        return [action for (action,) in raw.execute("SELECT action FROM audit ORDER BY seq").fetchall()]


# ---------------------------------------------------------------- record, correct, void


def test_a_visit_is_stored_as_it_was_typed(ledger: Ledger, zhang: int) -> None:
    drugs = (
        DrugLine(drug_name="利培酮", specification="1mg", period="day", total_dose=2.0),
        DrugLine(purpose="guidance", drug_name="利培酮", morning=1.0, night=1.0),
    )
    typed = sheet(zhang, drugs=drugs)
    visit_id, changes = follow_ups.record(ledger, typed, today=TODAY)
    stored = ledger.get(FollowUp, visit_id)
    ignored = ("id", "uuid", "entered_at", "entered_by")
    for field in dataclasses.fields(FollowUp):
        if field.name not in ignored:
            assert getattr(stored, field.name) == getattr(typed, field.name), field.name
    assert changes.topics["follow_up"] == frozenset({visit_id})
    assert audit(ledger)[-1] == "follow_up.record"


def test_a_correction_keeps_what_stood_before(ledger: Ledger, zhang: int) -> None:
    visit_id = record(ledger, sheet(zhang))
    stored = ledger.get(FollowUp, visit_id)
    corrected = dataclasses.replace(stored, risk_level="2", visit_class="2", drugs=(DrugLine(drug_name="奥氮平"),))
    assert record(ledger, corrected) == visit_id
    now = ledger.get(FollowUp, visit_id)
    assert (now.risk_level, now.version, [drug.drug_name for drug in now.drugs]) == ("2", 2, ["奥氮平"])
    (before,) = ledger.history_of(FollowUp, visit_id)
    assert before.before["risk_level"] == "0"
    assert [drug["drug_name"] for drug in before.before["drugs"]] == ["利培酮"]
    assert len(ledger.find(FollowUp)) == 1
    assert audit(ledger)[-1] == "follow_up.correct"


def test_two_corrections_of_the_same_sheet_do_not_overwrite_each_other(ledger: Ledger, zhang: int) -> None:
    visit_id = record(ledger, sheet(zhang))
    first = second = ledger.get(FollowUp, visit_id)
    record(ledger, dataclasses.replace(first, sleep="2"))
    with pytest.raises(UserError, match="MH-LEDGER-23"):
        record(ledger, dataclasses.replace(second, sleep="3"))
    assert ledger.get(FollowUp, visit_id).sleep == "2"


def test_a_visit_taken_back_leaves_every_number(ledger: Ledger, zhang: int) -> None:
    visit_id = record(ledger, sheet(zhang))
    assert patients.load(ledger, zhang).last_complete is not None
    follow_ups.void(ledger, visit_id, reason="记错了人")
    assert patients.load(ledger, zhang).follow_ups == []
    voided = ledger.get(FollowUp, visit_id)
    assert (voided.void_reason, voided.voided_at is not None) == ("记错了人", True)
    for attempt in (lambda: record(ledger, voided), lambda: follow_ups.void(ledger, visit_id, reason="again")):
        with pytest.raises(UserError, match="MH-LEDGER-25"):
            attempt()
    record(ledger, sheet(zhang))  # the day is free again


@pytest.mark.parametrize("reason", ["", "   "])
def test_taking_back_needs_a_reason(ledger: Ledger, zhang: int, reason: str) -> None:
    visit_id = record(ledger, sheet(zhang))
    with pytest.raises(UserError, match="MH-LEDGER-36"):
        follow_ups.void(ledger, visit_id, reason=reason)
    assert ledger.get(FollowUp, visit_id).voided_at is None


def test_nobody_visits_somebody_who_is_not_there(ledger: Ledger, zhang: int) -> None:
    with pytest.raises(UserError, match="MH-LEDGER-24"):
        record(ledger, sheet(999))
    patients.void(ledger, zhang, reason="重复建档")
    with pytest.raises(UserError, match="MH-LEDGER-25"):
        record(ledger, sheet(zhang))
    assert ledger.find(FollowUp) == []


# ---------------------------------------------------------------- death


def test_a_death_takes_the_person_off_the_register_in_the_same_transaction(ledger: Ledger, zhang: int) -> None:
    before = len(audit(ledger))
    visit_id = record(ledger, sheet(zhang, **DIED))
    assert audit(ledger)[before:] == ["follow_up.record"]
    (movement,) = ledger.find(Movement)
    assert (movement.kind, movement.happened_on, movement.follow_up_id) == ("died", date(2026, 11, 18), visit_id)
    assert worklist.due(ledger, today=TODAY).buckets["ended"] == 1
    assert patients.status_counts(ledger)["died"] == 1


def test_a_death_that_cannot_be_noted_is_no_visit_either(
    ledger: Ledger, zhang: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Change.add

    def broken(self: Change, one: Any, **options: Any) -> int:
        if isinstance(one, Movement):
            raise ZeroDivisionError
        return add(self, one, **options)

    monkeypatch.setattr(Change, "add", broken)
    drafts.save(ledger, form=follow_ups.FORM, subject_id=zhang, values={"death_date": "20261118"})
    with pytest.raises(ZeroDivisionError):
        record(ledger, sheet(zhang, **DIED))
    assert ledger.find(FollowUp) == []
    assert drafts.load(ledger, form=follow_ups.FORM, subject_id=zhang) == {"death_date": "20261118"}


def test_a_corrected_death_moves_with_its_sheet(ledger: Ledger, zhang: int) -> None:
    visit_id = record(ledger, sheet(zhang, **DIED))
    stored = ledger.get(FollowUp, visit_id)
    record(ledger, dataclasses.replace(stored, death_date=date(2026, 11, 17), death_reason="4"))
    assert movements(ledger) == [("died", date(2026, 11, 17), "4")]
    (movement,) = ledger.find(Movement)
    assert movement.version == 2


def test_a_death_taken_out_of_the_sheet_brings_the_person_back(ledger: Ledger, zhang: int) -> None:
    visit_id = record(ledger, sheet(zhang, **DIED))
    stored = ledger.get(FollowUp, visit_id)
    alive = dataclasses.replace(sheet(zhang), id=visit_id, version=stored.version)
    record(ledger, alive)
    assert movements(ledger) == []
    assert patients.load(ledger, zhang).exit is None
    assert worklist.due(ledger, today=TODAY).buckets["ended"] == 0
    # and written down again
    again = ledger.get(FollowUp, visit_id)
    record(ledger, dataclasses.replace(again, **DIED))
    assert movements(ledger) == [("died", date(2026, 11, 18), "2")]


def test_a_death_sheet_taken_back_takes_the_exit_back(ledger: Ledger, zhang: int) -> None:
    visit_id = record(ledger, sheet(zhang, **DIED))
    follow_ups.void(ledger, visit_id, reason="误报")
    assert movements(ledger) == []
    (voided,) = ledger.find(Movement, include_voided=True)
    assert voided.void_reason == "误报"
    assert patients.status_counts(ledger)["registered"] == 1


def test_somebody_dies_once(ledger: Ledger, zhang: int) -> None:
    record(ledger, sheet(zhang, **DIED))
    assert "Q08f" in refusals(ledger, sheet(zhang, **{**DIED, "visit_form": "3"}))
    assert "Q08d" in refusals(ledger, sheet(zhang, visit_form="3"))
    assert len(movements(ledger)) == 1


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"visit_date": date(2026, 11, 21)}, "Q08a"),
        ({"visit_date": date(2019, 1, 1)}, "Q08b"),
        ({"death_date": date(2026, 11, 18), "death_reason": "1"}, "Q08g"),
        ({"death_date": date(2026, 11, 21), "death_reason": "2"}, "Q08h"),
        ({"visit_date": date(1960, 1, 1)}, "Q08i"),
        ({"lost_reason": "1"}, "Q09a"),
        ({"lost_reason": "4", "risk_level": None, "visit_class": None}, "Q09b"),
        ({"hospitalization": "2"}, "Q11a"),
        ({"next_visit_date": TODAY}, "Q12a"),
        ({"drugs": (DrugLine(drug_name="利培酮", dose=-1.0),)}, "Q17a"),
        ({"drugs": (DrugLine(purpose="guidance", drug_name="棕榈酸帕利哌酮", long_acting="2"),)}, "Q17b"),
    ],
)
def test_what_blocks_is_refused_and_the_draft_is_kept(
    ledger: Ledger, zhang: int, changes: dict[str, Any], code: str
) -> None:
    drafts.save(ledger, form=follow_ups.FORM, subject_id=zhang, values={"visit_date": "x"})
    before = audit(ledger)
    assert code in refusals(ledger, sheet(zhang, **changes))
    assert ledger.find(FollowUp) == []
    assert audit(ledger) == before
    assert drafts.load(ledger, form=follow_ups.FORM, subject_id=zhang) == {"visit_date": "x"}


def test_a_stored_visit_drops_its_draft_and_no_other(ledger: Ledger, zhang: int) -> None:
    li, _ = patients.save(ledger, person("李四", 12), today=TODAY)
    for subject in (zhang, li):
        drafts.save(ledger, form=follow_ups.FORM, subject_id=subject, values={"sleep": "1"})
    record(ledger, sheet(zhang))
    assert [draft.subject_id for draft in drafts.waiting(ledger)] == [li]


def test_a_warning_does_not_block(ledger: Ledger, zhang: int) -> None:
    entry = follow_ups.prepare(ledger, zhang, today=TODAY)
    judged = follow_ups.judge(entry, sheet(zhang, restraint="2"))
    assert [problem.code for problem in judged.problems] == ["Q15a"]
    assert judged.blocking == []
    assert record(ledger, sheet(zhang, restraint="2"))


def test_one_day_and_form_once_but_not_against_itself(ledger: Ledger, zhang: int) -> None:
    visit_id = record(ledger, sheet(zhang))
    assert refusals(ledger, sheet(zhang)) == {"Q08c"}
    record(ledger, sheet(zhang, visit_form="3"))
    stored = ledger.get(FollowUp, visit_id)
    record(ledger, dataclasses.replace(stored, note="更正"))


@pytest.mark.parametrize("edition", ["2017", "2018"])
def test_both_editions(ledger: Ledger, zhang: int, edition: str) -> None:
    if edition == "2017":  # no 随访对象 and one question about referral
        visit = sheet(zhang, form_edition="2017", visit_targets=(), referral_done="2", referral_reason="病情加重")
    else:
        visit = sheet(zhang, referral_advised="2", referral_done="1", referral_reason="病情加重")
    stored = ledger.get(FollowUp, record(ledger, visit))
    assert stored.form_edition == edition
    assert stored.is_complete


# ---------------------------------------------------------------- the page beside the form


def test_the_page_shows_the_last_three_visits(ledger: Ledger, zhang: int) -> None:
    days = [date(2026, month, 5) for month in (2, 5, 8, 11)]
    for day in (days[2], days[0], days[3], days[1]):
        record(ledger, sheet(zhang, day))
    entry = follow_ups.prepare(ledger, zhang, today=TODAY)
    assert [visit.visit_date for visit in entry.recent] == days[:0:-1]
    assert entry.draft is None


def test_each_class_has_its_date(ledger: Ledger, zhang: int) -> None:
    entry = follow_ups.prepare(ledger, zhang, today=TODAY)
    due = follow_ups.judge(entry, sheet(zhang)).due_by_class
    assert due == {"1": date(2026, 12, 4), "2": date(2026, 12, 4), "3": date(2027, 2, 20)}
    record(ledger, sheet(zhang, date(2026, 11, 6), visit_class="2"))
    entry = follow_ups.prepare(ledger, zhang, today=TODAY)
    assert follow_ups.judge(entry, sheet(zhang)).due_by_class["2"] == add_months(TODAY, 1)


def test_the_districts_own_rules_decide_here_too(ledger: Ledger, zhang: int) -> None:
    """Its copy of a rule set that is the default must not keep the page from opening."""
    content = resource("rules/class.toml").read_text(encoding="utf-8")
    content = content.replace('id = "CLASS"', 'id = "CQ2026"').replace("unstable_days = 14", "unstable_days = 7")
    assert "CQ2026" in content
    with ledger.change("override.add") as change:
        change.add(DataOverride(path="rules/cq2026.toml", content=content, origin="区精卫中心"))
    rulesets.choose(ledger, "CQ2026")
    entry = follow_ups.prepare(ledger, zhang, today=TODAY)
    assert entry.rules.id == "CQ2026"
    if "unstable_days = 7" in content:
        assert follow_ups.judge(entry, sheet(zhang)).due_by_class["1"] == date(2026, 11, 27)


EVIDENCE: dict[str, list[Any]] = {
    "risk_level": [None, "0", "1", "2"],
    "symptoms": [(), ("12",), ("1",)],
    "symptoms_other": [None, "无", "自言自语"],
    "insight": [None, "1", "2"],
    "self_care": [None, "1", "2", "3"],
    "housework": [None, "1"],
    "work": [None, "1", "9"],
    "learning": [None, "2"],
    "social_contact": [None, "1"],
    "adverse_reaction": [None, "1", "2"],
    "obvious_symptoms": [None, "1"],
    "severe_adverse_reaction": [None, "1"],
    "severe_physical_disease": [None, "1"],
}


@given(st.fixed_dictionaries({key: st.sampled_from(values) for key, values in EVIDENCE.items()}))
def test_a_blank_is_never_taken_for_stable(typed: dict[str, Any]) -> None:
    entry = follow_ups.Entry(
        patients.PatientFile(Patient(name="张三"), None, None, [], [], []), ruleset.load(None), TODAY, None
    )
    suggestion = follow_ups.judge(entry, sheet(1, **typed)).suggestion
    blank = [
        key
        for key in ("risk_level", "insight", "self_care", "housework", "work", "learning", "social_contact")
        if typed[key] is None
    ]
    if blank or not typed["symptoms"] or typed["severe_physical_disease"] is None:
        assert suggestion.visit_class is None
        assert set(blank) <= set(suggestion.missing)
    elif suggestion.visit_class is VisitClass.STABLE:
        assert typed["risk_level"] == "0"
        assert typed["symptoms"] == ("12",)
        assert typed["symptoms_other"] == "无"
