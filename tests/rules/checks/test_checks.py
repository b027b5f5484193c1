"""Every data-quality rule: the smallest record that breaks it, beside a clean one that breaks none."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.identity import check_digit
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.record import CodeCount
from mhdesk.rules import ruleset
from mhdesk.rules.checks import CHECKS, check_follow_up, check_patient, check_person
from mhdesk.rules.checks.model import Case, Neighbours
from mhdesk.text import problem_text
from tests.rules.lives import lives
from tests.rules.second_opinion import Life

TODAY = date(2026, 11, 20)
PATIENT = Patient(
    id=1,
    name="王测试",
    id_number="11010519491231002X",
    sex="2",
    birth_date=PartialDate(1949, 12, 31),
    registered_on=date(2020, 5, 6),
    consent="1",
    consent_date=date(2020, 5, 6),
    onset_date=PartialDate(1990),
    first_treatment_date=PartialDate(1990, 5),
    diagnosis="1",
    diagnosis_date=PartialDate(1991),
    diagnosis_hospital="某某医院",
    past_dangerous_acts=(CodeCount("7", 1),),
    guardian_name="李监护",
    guardian_phone="13800000000",
)
SHEET = FollowUp(
    visit_date=date(2026, 11, 20),
    visit_form="2",
    visit_targets=("1",),
    risk_level="0",
    symptoms=("12",),
    symptoms_other="无",
    insight="1",
    dangerous_acts=(CodeCount("7", 1),),
    restraint="1",
    hospitalization="0",
    adherence="1",
    adverse_reaction="1",
    treatment_effect="2",
    visit_class="3",
    next_visit_date=date(2027, 2, 20),
    drugs=(DrugLine(drug_name="利培酮", dose=2.0),),
)
BEFORE = FollowUp(
    id=5, visit_date=date(2026, 9, 1), visit_form="2", risk_level="0", visit_class="3", hospitalization="0"
)


def test_a_file_begins_before_what_is_recorded_in_it() -> None:
    first = date(2021, 2, 3)
    late = dataclasses.replace(PATIENT, registered_on=date(2021, 2, 4), consent_date=date(2021, 2, 4))
    assert [one.code for one in check_patient(late, today=TODAY, first_day=first)] == ["Q04f"]
    assert check_patient(PATIENT, today=TODAY, first_day=first) == []


def test_a_death_comes_after_everything_that_is_recorded() -> None:
    reported = dataclasses.replace(SHEET, death_date=date(2026, 8, 31), death_reason="2")
    found = check_follow_up(reported, patient=PATIENT, earlier=[BEFORE], today=TODAY)
    assert [(one.code, one.field) for one in found] == [("Q08j", "death_date")]
    back = Movement(patient_id=1, kind="moved_in", happened_on=date(2026, 9, 30))
    gone = Movement(patient_id=1, kind="moved_out", happened_on=date(2026, 9, 20))
    reported = dataclasses.replace(reported, death_date=date(2026, 9, 25))
    found = check_follow_up(reported, patient=PATIENT, earlier=[BEFORE], movements=[gone, back], today=TODAY)
    assert [one.code for one in found] == ["Q08j"]
    assert found[0].params == {"day": "2026-09-30"}


def test_a_clean_file_and_a_clean_sheet() -> None:
    assert check_patient(PATIENT, today=TODAY) == []
    assert check_follow_up(SHEET, patient=PATIENT, earlier=[BEFORE], today=TODAY) == []


PERSON: list[tuple[str, dict[str, Any]]] = [
    ("Q01a", {"id_number": "110105194912310"[:14]}),
    ("Q01b", {"id_number": "1.10105E+17"}),
    ("Q01c", {"id_number": "11010519490231002X"}),
    ("Q01d", {"id_number": "110105194912310021"}),
    ("Q01e", {"id_number": None}),
    ("Q02a", {"birth_date": PartialDate(1950)}),
    ("Q02b", {"sex": "1"}),
    ("Q02c", {"id_number": "110105491231002"}),
    ("Q02d", {"id_number": "810000199408230021", "birth_date": PartialDate(1994)}),
    ("Q04a", {"onset_date": PartialDate(1949, 11)}),
    ("Q04b", {"first_treatment_date": PartialDate(1989)}),
    ("Q04c", {"diagnosis_date": PartialDate(2026, 12)}),
    ("Q04c", {"registered_on": date(2026, 11, 21), "consent_date": date(2026, 11, 21)}),
    ("Q04d", {"diagnosis_date": PartialDate(1989, 12)}),
    ("Q04e", {"diagnosis_date": PartialDate(2021)}),
    ("Q05a", {"consent_date": date(2020, 5, 5)}),
    ("Q05b", {"consent_date": date(2026, 11, 21)}),
    ("Q05c", {"consent": "0"}),
    ("Q05d", {"consent_date": None}),
    ("Q06a", {"past_dangerous_acts": (CodeCount("7", 1), CodeCount("1", 1))}),
    ("Q06b", {"past_dangerous_acts": (CodeCount("1", 0),)}),
    ("Q06b", {"past_dangerous_acts": (CodeCount("1", 201),)}),
    ("Q14a", {"guardian_name": "王测试"}),
    ("Q14b", {"guardian_id_number": f"11010520101231002{check_digit('11010520101231002')}"}),
    (
        "Q14c",
        {
            "guardian_name": None,
            "guardian_phone": None,
            "birth_date": PartialDate(2015),
            "id_number": None,
            "no_id_reason": "未办",
            "onset_date": None,
            "first_treatment_date": None,
            "diagnosis_date": None,
        },
    ),
    ("Q14d", {"guardian_phone": "1380000000"}),
    ("Q14d", {"guardian_phone": None}),
    ("Q16a", {"diagnosis": "9"}),
    ("Q16b", {"diagnosis_hospital": "不详"}),
]


@pytest.mark.parametrize(("code", "changes"), PERSON)
def test_person(code: str, changes: dict[str, Any]) -> None:
    found = check_patient(dataclasses.replace(PATIENT, **changes), today=TODAY)
    # a wrong date is often wrong against two others
    assert code in [problem.code for problem in found]
    assert len(found) <= (2 if code in ("Q02d", "Q04c") else 1)
    assert all(problem_text(problem.code, **problem.params) for problem in found)


@pytest.mark.parametrize(
    ("code", "neighbours"),
    [
        ("Q03a", Neighbours(same_id_number=1)),
        ("Q03b", Neighbours(same_name_and_birth=1)),
        ("Q03c", Neighbours(same_name_and_guardian_phone=1)),
        ("Q14e", Neighbours(guardian_is_patient=1)),
    ],
)
def test_neighbours(code: str, neighbours: Neighbours) -> None:
    assert [problem.code for problem in check_patient(PATIENT, today=TODAY, neighbours=neighbours)] == [code]


@pytest.mark.parametrize(
    "changes",
    [
        {"guardian_phone": "023-67800000、13900000000"},
        {"id_type": "03", "id_number": "E12345678"},
        {"id_number": "11010519491231002x"},
        {"consent": "0", "consent_date": None},
        {"diagnosis": "9", "report_type": "1"},
        {"guardian_id_number": f"11010519301231002{check_digit('11010519301231002')}", "guardian_relation": "3"},
    ],
)
def test_what_must_not_be_complained_about(changes: dict[str, Any]) -> None:
    assert check_patient(dataclasses.replace(PATIENT, **changes), today=TODAY) == []


NONE: dict[str, Any] = {"adherence": "4", "drugs": (), "adverse_reaction": "9", "treatment_effect": "9"}
SHEETS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("Q06c", {"dangerous_acts": (CodeCount("7", 1), CodeCount("4", 1))}, {}),
    ("Q06d", {"dangerous_acts": (CodeCount("4", 0),)}, {}),
    ("Q07a", {**NONE, "drugs": (DrugLine(drug_name="利培酮"),)}, {}),
    ("Q07b", {"drugs": ()}, {}),
    ("Q07c", {**NONE, "treatment_effect": "2"}, {}),
    ("Q07d", {}, {"no_medication_flag": "2"}),
    ("Q08a", {"visit_date": date(2026, 11, 21)}, {}),
    ("Q08b", {}, {"registered_on": date(2026, 11, 21)}),
    ("Q08g", {"death_date": date(2026, 11, 19), "death_reason": "1"}, {}),
    ("Q08h", {"death_date": date(2026, 11, 21), "death_reason": "2"}, {}),
    ("Q08i", {"death_date": date(1949, 12, 30), "death_reason": "2"}, {}),
    ("Q10a", {"risk_level": "3", "visit_class": "2", "next_visit_date": None}, {}),
    ("Q10b", {"insight": "3"}, {}),
    ("Q10c", {"dangerous_acts": (CodeCount("2", 1),)}, {}),
    ("Q10c", {"symptoms": ("7",)}, {}),
    ("Q10d", {"learning": "3"}, {}),
    ("Q10e", {"risk_level": "2"}, {}),
    ("Q11a", {"hospitalization": "2"}, {}),
    ("Q11b", {"hospitalization": "2", "last_discharge_date": PartialDate(2026, 8)}, {}),
    ("Q11b", {"hospitalization": "2", "last_discharge_date": PartialDate(2026, 12)}, {}),
    ("Q12a", {"next_visit_date": date(2026, 11, 20)}, {}),
    ("Q12b", {"next_visit_date": date(2027, 2, 21)}, {}),
    ("Q15a", {"restraint": "2"}, {}),
    ("Q17a", {"drugs": (DrugLine(drug_name="利培酮", dose=0.0),)}, {}),
    ("Q17b", {"drugs": (*SHEET.drugs, DrugLine(purpose="guidance", drug_name="长效", long_acting="2"))}, {}),
    ("Q17c", {"drugs": (DrugLine(drug_name="利培酮", morning=4.0, night=4.0),)}, {}),
]


@pytest.mark.parametrize(("code", "changes", "file"), SHEETS)
def test_sheet(code: str, changes: dict[str, Any], file: dict[str, Any]) -> None:
    patient = dataclasses.replace(PATIENT, **file)
    found = check_follow_up(dataclasses.replace(SHEET, **changes), patient=patient, earlier=[BEFORE], today=TODAY)
    assert [problem.code for problem in found] == [code]
    assert problem_text(code, **found[0].params)


def test_a_flag_that_says_drugs_are_needed() -> None:
    patient = dataclasses.replace(PATIENT, no_medication_flag="1")
    found = check_follow_up(dataclasses.replace(SHEET, drugs=()), patient=patient, earlier=[], today=TODAY)
    assert [problem.code for problem in found] == ["Q07b", "Q07e"]


def codes(sheet: FollowUp, **around: Any) -> list[str]:
    given: dict[str, Any] = {"patient": PATIENT, "earlier": [BEFORE], "today": TODAY} | around
    return [problem.code for problem in check_follow_up(sheet, **given)]


def test_two_visits_on_one_day() -> None:
    twin = dataclasses.replace(SHEET, id=7)
    assert codes(SHEET, earlier=[twin]) == ["Q08c"]
    assert codes(SHEET, earlier=[dataclasses.replace(twin, visit_form="3")]) == []
    assert codes(twin, earlier=[twin]) == []  # a sheet is not its own double


def test_after_death_and_after_moving_out() -> None:
    died = Movement(patient_id=1, kind="died", happened_on=date(2026, 11, 19), follow_up_id=9)
    left = Movement(patient_id=1, kind="moved_out", happened_on=date(2026, 11, 19))
    back = Movement(patient_id=1, kind="moved_in", happened_on=date(2026, 11, 19), id=2)
    assert codes(SHEET, movements=[died]) == ["Q08d"]
    assert codes(SHEET, movements=[left]) == ["Q08e"]
    assert codes(SHEET, movements=[left, back]) == []
    assert codes(SHEET, movements=[dataclasses.replace(left, happened_on=SHEET.visit_date or TODAY)]) == []
    report = dataclasses.replace(SHEET, id=9, death_date=date(2026, 11, 19), death_reason="2")
    assert codes(report, movements=[died]) == []  # the sheet that reported it
    assert codes(dataclasses.replace(report, id=10), movements=[died]) == ["Q08f"]
    assert codes(SHEET, earlier=[dataclasses.replace(BEFORE, death_date=date(2026, 9, 1))]) == ["Q08d"]


LOST = FollowUp(visit_date=date(2026, 11, 20), visit_form="2", lost_reason="4")


def attempts(*days: str) -> list[ContactAttempt]:
    return [ContactAttempt(patient_id=1, attempted_on=date.fromisoformat(day)) for day in days]


@pytest.mark.parametrize(
    ("tries", "expected"),
    [
        (["2026-10-01", "2026-10-15", "2026-11-10"], []),
        (["2026-10-01", "2026-10-15"], ["Q09b"]),
        (["2026-10-11", "2026-10-25", "2026-11-11"], ["Q09b"]),  # not over more than a month
        (["2026-08-01", "2026-10-15", "2026-11-20"], ["Q09b"]),  # one lies before the last visit
    ],
)
def test_lost_after_three_tries(tries: list[str], expected: list[str]) -> None:
    assert codes(LOST, attempts=attempts(*tries)) == expected


def test_lost_leaves_clinical_items_empty() -> None:
    found = codes(dataclasses.replace(LOST, lost_reason="1", risk_level="0", visit_class="3"))
    assert found[:2] == ["Q09a", "Q09a"]


def test_three_times_in_hospital() -> None:
    stay = FollowUp(visit_date=date(2026, 3, 1), visit_form="1", hospitalization="1")
    earlier = [dataclasses.replace(stay, id=n, visit_date=date(2026, 2 + n, 1)) for n in (1, 2)]
    assert codes(dataclasses.replace(stay, visit_date=date(2026, 7, 1)), earlier=earlier) == ["Q11c"]


def standing(patient: Patient = PATIENT, *visits: FollowUp, **around: Any) -> list[str]:
    found = check_person(patient, visits, today=TODAY, **around)
    return [finding.problem.code for finding in found if finding.problem.code[1:3] in ("13", "18")]


def test_where_a_person_stands() -> None:
    old = dataclasses.replace(BEFORE, visit_date=date(2026, 5, 10))
    assert standing(PATIENT, BEFORE) == []
    assert standing(PATIENT, old) == ["Q13a", "Q13b"]
    assert standing(PATIENT, dataclasses.replace(BEFORE, visit_form="3")) == ["Q13b", "Q13c"]
    assert standing(PATIENT, dataclasses.replace(BEFORE, visit_form=None, hospitalization="1")) == []
    assert standing(dataclasses.replace(PATIENT, colour="red"), BEFORE) == ["Q18a"]
    assert standing(dataclasses.replace(PATIENT, registered_on=date(2026, 9, 1))) == []
    gone = [Movement(patient_id=1, kind="moved_out", happened_on=date(2026, 10, 1))]
    assert standing(dataclasses.replace(PATIENT, colour="red"), old, movements=gone) == []
    lost = dataclasses.replace(LOST, id=8, lost_reason="1")
    assert standing(PATIENT, old, lost) == ["Q13b"]


def test_findings_say_which_sheet() -> None:
    bad = dataclasses.replace(SHEET, id=11, restraint="2")
    voided = dataclasses.replace(
        SHEET, id=12, restraint="2", voided_at=datetime(2026, 11, 1, tzinfo=UTC), visit_date=date(2026, 10, 1)
    )
    found = check_person(PATIENT, [BEFORE, bad, voided], today=TODAY)
    assert [one.follow_up_id for one in found if one.problem.code == "Q15a"] == [11]


def test_every_check_has_its_sentence_and_is_tried_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    for code, check in CHECKS.items():
        assert check.code == code
        assert check.rule == int(code[1:3])
        assert f'"{code}"' in source, f"{code} is not tried"
    assert {check.rule for check in CHECKS.values()} >= set(range(1, 11))


@given(lives())
def test_checks_never_raise(life: Life) -> None:
    patient = dataclasses.replace(life.patient, id=1)
    for finding in check_person(patient, life.visits, today=TODAY, movements=life.movements, attempts=life.attempts):
        assert problem_text(finding.problem.code, **finding.problem.params)


def test_a_check_of_a_sheet_needs_a_sheet() -> None:
    with pytest.raises(ValueError, match="no sheet"):
        _ = Case(PATIENT, TODAY, ruleset.load(None).terms).sheet
