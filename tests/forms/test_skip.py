"""What a sheet asks for: a lost or dead patient's sheet leaves the clinical items empty, a full one asks for them."""

from __future__ import annotations

import pytest

from mhdesk.domain.follow_up import DrugLine
from mhdesk.domain.record import CodeCount
from mhdesk.forms import load
from mhdesk.forms.predicates import PREDICATES, codes_of
from mhdesk.forms.skip import EMPTY, OPEN, REQUIRED, State, missing, states, surplus

VISIT = load.form("follow_up_2018")
PERSON = load.form("person_2018")
CLINICAL = [
    "risk_level",
    "symptoms",
    "insight",
    "sleep",
    "diet",
    "self_care",
    "housework",
    "work",
    "learning",
    "social_contact",
    "dangerous_acts",
    "restraint",
    "laboratory",
    "adherence",
    "adverse_reaction",
    "treatment_effect",
    "visit_class",
]


def visit(key: str, **values: object) -> State:
    return states(VISIT, values)[key]


def test_an_empty_sheet_asks_for_the_29_items() -> None:
    found = states(VISIT, {})
    assert {key for key, state in found.items() if state is REQUIRED} == {
        *CLINICAL,
        *[
            "visit_date",
            "visit_form",
            "visit_targets",
            "hospitalization",
            "referral_advised",
            "next_visit_date",
            "doctor_name",
        ],
    }
    assert set(found) == set(VISIT.by_key)


@pytest.mark.parametrize("key", [*CLINICAL, "hospitalization", "rehabilitation", "drugs_current", "drugs_guidance"])
@pytest.mark.parametrize("values", [{"lost_reason": "1"}, {"death_reason": "2"}, {"death_date": "20260305"}])
def test_lost_and_dead_leave_clinical_items_empty(key: str, values: dict[str, object]) -> None:
    assert states(VISIT, values)[key] is EMPTY


@pytest.mark.parametrize("key", CLINICAL)
def test_in_hospital_nothing_clinical_is_required(key: str) -> None:
    assert visit(key, hospitalization="1") is OPEN


@pytest.mark.parametrize(
    ("key", "values", "state"),
    [
        ("lost_reason_other", {}, EMPTY),
        ("lost_reason_other", {"lost_reason": "5"}, REQUIRED),
        ("lost_reason", {"death_reason": "1"}, EMPTY),
        ("death_date", {"lost_reason": "1"}, EMPTY),
        ("death_date", {"death_reason": "1"}, REQUIRED),
        ("death_reason", {}, EMPTY),
        ("death_reason", {"death_date": "20260305"}, REQUIRED),
        ("death_disease", {"death_reason": "1"}, REQUIRED),
        ("death_disease", {"death_reason": "2"}, EMPTY),
        ("next_visit_date", {"lost_reason": "1"}, REQUIRED),
        ("next_visit_date", {"death_reason": "1"}, EMPTY),
        ("last_discharge_date", {"hospitalization": "2"}, REQUIRED),
        ("last_discharge_date", {"hospitalization": "1"}, EMPTY),
        ("last_discharge_date", {"hospitalization": "0"}, EMPTY),
        ("last_discharge_date", {}, OPEN),
        ("symptoms_other", {"symptoms": ("1", "12")}, REQUIRED),
        ("symptoms_other", {"symptoms": ("1",)}, EMPTY),
        ("symptoms_other", {"symptoms": "1,12"}, REQUIRED),
        ("laboratory_detail", {"laboratory": "2"}, REQUIRED),
        ("laboratory_detail", {"laboratory": "1"}, EMPTY),
        ("adverse_reaction_detail", {"adverse_reaction": "有"}, REQUIRED),
        ("adverse_reaction_detail", {"adverse_reaction": "9"}, EMPTY),
        ("referral_reason", {"referral_advised": "2"}, REQUIRED),
        ("referral_reason", {"referral_advised": "1"}, EMPTY),
        ("referral_done", {"referral_advised": "2"}, REQUIRED),
        ("referral_to", {"referral_done": "2"}, REQUIRED),
        ("referral_to", {"referral_done": "1"}, EMPTY),
        ("drugs_current", {"adherence": "4"}, EMPTY),
        ("drugs_current", {"adherence": "1"}, OPEN),
        ("rehabilitation_other", {"rehabilitation": ("5",)}, REQUIRED),
        ("rehabilitation_other", {}, EMPTY),
        ("insight", {"lost_reason": "no such thing"}, REQUIRED),
    ],
)
def test_items_that_hang_on_others(key: str, values: dict[str, object], state: State) -> None:
    assert states(VISIT, values)[key] is state


@pytest.mark.parametrize(
    ("key", "values", "state"),
    [
        ("id_number", {}, REQUIRED),
        ("id_number", {"no_id_reason": "流浪"}, OPEN),
        ("no_id_reason", {}, REQUIRED),
        ("no_id_reason", {"id_number": "11010519491231002X"}, EMPTY),
        ("nationality", {"id_number": "11010519491231002X"}, EMPTY),
        ("nationality", {"id_number": "911156199001010040"}, OPEN),
        ("nationality", {}, OPEN),
        ("ethnicity_name", {"ethnicity": "99"}, REQUIRED),
        ("ethnicity_name", {"ethnicity": "01"}, EMPTY),
        ("consent_date", {"consent": "1"}, REQUIRED),
        ("consent_date", {"consent": "0"}, EMPTY),
        ("consent_date", {}, OPEN),
        ("employment_other", {"employment": "8"}, REQUIRED),
        ("payment_other", {"payment": ("8",)}, REQUIRED),
        ("past_symptoms_other", {"past_symptoms": ("12",)}, REQUIRED),
        ("sent_by_other", {"sent_by": ("6",)}, REQUIRED),
        ("disability_level", {"disability_certificate": ("6",)}, REQUIRED),
        ("disability_level", {"disability_certificate": ("0",)}, EMPTY),
        ("disability_level", {}, OPEN),
        ("household_unknown_reason", {"household_type": "1"}, EMPTY),
        ("diagnosis_hospital_unknown_reason", {"diagnosis_hospital": "区精卫中心"}, EMPTY),
    ],
)
def test_items_of_the_person(key: str, values: dict[str, object], state: State) -> None:
    assert states(PERSON, values)[key] is state


def test_2017_asks_where_to_as_soon_as_a_referral_is_ticked() -> None:
    form = load.form("follow_up_2017")
    assert states(form, {"referral_advised": "2"})["referral_to"] is REQUIRED


def test_missing_and_surplus() -> None:
    values = {
        "lost_reason": "1",
        "visit_date": "20260305",
        "doctor_name": "",
        "insight": "3",
        "dangerous_acts": (CodeCount("7", 0),),
    }
    assert missing(VISIT, values) == ("next_visit_date", "doctor_name")
    assert surplus(VISIT, values) == ("insight", "dangerous_acts")
    drugs = (DrugLine(purpose="guidance", drug_name="利培酮"),)
    assert surplus(VISIT, {"adherence": "4", "drugs": drugs}) == ("drugs_guidance",)


def test_not_needed_medication_has_a_name() -> None:
    assert PREDICATES["adherence_not_needed"]({"adherence": "4"})
    assert not PREDICATES["adherence_not_needed"]({"adherence": "1"})


def test_codes_of_refuses_what_holds_no_codes() -> None:
    with pytest.raises(TypeError):
        codes_of({"past_admissions": 3}, "past_admissions")
