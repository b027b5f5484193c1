"""Every form table, walked: complete, printed as the paper, no word with two meanings, no rule without a test."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import resources
from mhdesk.domain import codes
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.record import FormRecord
from mhdesk.forms import load
from mhdesk.forms.predicates import PREDICATES
from mhdesk.forms.spec import CODED, FieldSpec, FormSpec, Kind

FORMS = [load.form(name) for name in load.names()]
ITEMS = [pytest.param(form, item, id=f"{form.name}.{item.key}") for form in FORMS for item in form.fields]
RECORD_FIELDS = {field.name for field in dataclasses.fields(FormRecord)}
# Fields that stand on no form, with the reason.
NOT_ON_A_FORM = {
    ("FollowUp", "patient_id"): "whose sheet it is",
    ("DrugLine", "purpose"): "said by the table the line stands in",
}
# Lists that no form item uses, with the reason.
NOT_ON_AN_ITEM = {
    "attempt_result": "ContactAttempt.result",
    "guardian_relation": "suggestions of a free text",
    "drug_stop_reason": "MedicationOrder.stop_reason",
    "injection_site": "Injection.site",
    "stock_kind": "StockMovement.kind",
    "adverse_reaction_kind": "AdverseReaction.kind",
    "adverse_severity": "AdverseReaction.severity",
    "laboratory_item": "LaboratoryResult.item",
}


@pytest.mark.parametrize(
    ("record", "form"), [(Patient, "person_2018"), (FollowUp, "follow_up_2018"), (DrugLine, "drug_line")]
)
def test_every_field_of_the_record_is_on_the_form(record: type, form: str) -> None:
    fields = {field.name for field in dataclasses.fields(record)} - RECORD_FIELDS
    excused = {name for owner, name in NOT_ON_A_FORM if owner == record.__name__}
    assert fields - excused == {item.attribute for item in load.form(form).fields}


def test_every_code_list_is_used() -> None:
    used = {item.codes.name for form in FORMS for item in form.fields if item.codes}
    assert codes.names() - used == set(NOT_ON_AN_ITEM)


def test_every_predicate_is_used_or_a_building_block() -> None:
    used = {name for form in FORMS for item in form.fields for name in (item.required, item.empty_when)}
    assert set(PREDICATES) - used == {"adherence_not_needed"}  # asked by name in rules and pages


@pytest.mark.parametrize(("form", "item"), ITEMS)
class TestEveryItem:
    def test_is_labelled_and_sourced(self, form: FormSpec, item: FieldSpec) -> None:
        assert item.label.strip() == item.label != ""
        assert item.source
        assert item.mark in codes.MARKS
        assert item.section in form.sections

    def test_codes_go_with_the_kind(self, form: FormSpec, item: FieldSpec) -> None:
        assert (item.codes is not None) == (item.kind in CODED), form.name

    def test_boxes_fit(self, form: FormSpec, item: FieldSpec) -> None:
        most = len(item.codes.codes) if item.codes else 1
        assert 1 <= item.boxes <= most, form.name

    def test_import_names_say_something_new(self, form: FormSpec, item: FieldSpec) -> None:
        assert item.label not in item.import_names, form.name
        assert len(set(item.import_names)) == len(item.import_names)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_section_has_items_and_a_label(form: FormSpec) -> None:
    assert all(form.in_section(section) and label for section, label in form.sections.items())


def test_the_29_items_of_the_visit_sheet() -> None:
    form = load.form("follow_up_2018")
    numbers = list(dict.fromkeys(int(item.number) for item in form.fields if item.number))
    assert numbers == list(range(1, 30))
    assert all(item.rows for item in form.fields if item.number)
    assert not any(item.rows for item in form.fields if not item.number)


def test_the_33_rows_of_the_paper_are_covered_in_order() -> None:
    form = load.form("follow_up_2018")
    rows = [item.rows for item in form.fields if item.rows]
    assert rows == sorted(rows)
    assert {row for first, last in rows for row in range(first, last + 1)} == set(range(33))
    assert form.page["rows"] == 33


def test_the_items_of_the_supplement_form() -> None:
    numbers = {item.number for item in load.form("person_2018").fields}
    assert {str(number) for number in range(1, 20)} | {"9a", "13a", "13b"} | {
        f"B{number}" for number in range(1, 8)
    } <= numbers


# What "与上次相同" must never bring along (dangerous acts, hospital, medication, loss, death, risk, class, dates).
NEVER_COPIED = [
    "visit_date",
    "lost_reason",
    "death_date",
    "death_reason",
    "risk_level",
    "dangerous_acts",
    "restraint",
    "hospitalization",
    "last_discharge_date",
    "adherence",
    "adverse_reaction",
    "visit_class",
    "next_visit_date",
    "laboratory",
    "referral_advised",
]


@pytest.mark.parametrize("edition", ["2017", "2018"])
def test_facts_of_the_period_are_never_copied(edition: str) -> None:
    form = load.form(f"follow_up_{edition}")
    assert [key for key in NEVER_COPIED if not form.field(key).never_copied] == []
    for key in ("insight", "symptoms", "visit_form", "drugs_current"):
        assert not form.field(key).never_copied


def test_2017_lacks_what_2018_added() -> None:
    keys_2018, keys_2017 = (set(load.form(f"follow_up_{edition}").by_key) for edition in ("2018", "2017"))
    assert keys_2018 - keys_2017 == {"visit_targets", "referral_done"}
    assert keys_2017 <= keys_2018
    people = [set(load.form(f"person_{edition}").by_key) for edition in ("2018", "2017")]
    assert "poverty_relief" in people[0] - people[1]


def test_drug_columns_differ_by_edition() -> None:
    columns = {
        edition: [column.key for column in load.form(f"follow_up_{edition}").field("drugs_guidance").columns]
        for edition in ("2017", "2018")
    }
    assert columns["2017"] == ["drug_name", "period", "times", "dose"]
    assert {"morning", "noon", "night", "long_acting", "interval_weeks"} <= set(columns["2018"])


def test_2011_prints_its_own_digits() -> None:
    form = load.form("follow_up_2011")
    item = form.field("dangerous_acts")
    assert item.codes is not None
    assert item.label == "患病对家庭社会的影响"
    assert item.codes.label("4") == "自伤"
    assert "death_date" not in form.by_key


def test_forms_are_found_by_record_and_edition() -> None:
    assert load.form_for("follow_up", "2017") is load.form("follow_up_2017")
    assert load.form_for("patient", "2018") is load.form("person_2018")
    with pytest.raises(KeyError):
        load.form("person_2018").field("no_such_item")
    with pytest.raises(FileNotFoundError):
        load.form("no_such_form")


def _text(name: str) -> str:
    return Path(resources.path(f"forms/{name}.toml")).read_text(encoding="utf-8")


def test_a_districts_own_copy_is_read() -> None:
    own = load.read(_text("follow_up_2018").replace('label = "随访医生签名"', 'label = "随访人签名"'))
    assert own.field("doctor_name").label == "随访人签名"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('key = "visit_date"', 'key = "visit_day"', "no such field"),
        ('kind = "date"\nrequired = "always"', 'kind = "integer"\nrequired = "always"', "does not fit"),
        ('kind = "date"\nrequired = "always"', 'kind = "picture"\nrequired = "always"', "not a valid Kind"),
        ('required = "always"', 'required = "sometimes"', "unknown predicate"),
        ('codes = "insight"', 'codes = "outsight"', "unknown code list"),
        ('kind = "code"\ncodes = "insight"', 'kind = "text"\ncodes = "insight"', "do not go together"),
        ('kind = "code"\ncodes = "insight"', 'kind = "code"', "do not go together"),
        ('section = "plan"', 'section = "plane"', "unknown section"),
        ('import_names = ["自知力情况"]', 'import_names = ["睡眠"]', "means insight and sleep"),
        ('detail_code = "5"', 'detail_code = "55"', "detail_code"),
        ('detail = "lost_reason_other"', 'detail = "elsewhere"', "unknown detail"),
        ('key = "serial"', 'key = "note"', "double keys"),
        ("boxes = 3", "boxen = 3", "unknown keys"),
        ('table = "表8"', 'tabel = "表8"', "unknown keys"),
        ('mark = "memory"', 'mark = "sure"', "mark"),
    ],
)
def test_a_broken_table_is_refused(old: str, new: str, message: str) -> None:
    text = _text("follow_up_2018")
    assert old in text
    with pytest.raises(ValueError, match=message):
        load.read(text.replace(old, new))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('id="x"\nbase="follow_up_2018"\nstrange=1', "unknown keys"),
        ('id="x"\nbase="follow_up_2018"\nomit=["nothing"]', "keys in omit"),
        ('id="x"\nbase="follow_up_2018"\n[[changes]]\nkey="nothing"', "keys in changes"),
    ],
)
def test_a_broken_variant_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load.read(text)


def test_omitting_a_detail_takes_its_link_away() -> None:
    own = load.read('id="x"\nbase="follow_up_2018"\nomit=["symptoms_other"]')
    assert own.field("symptoms").detail == ""
    assert own.field("symptoms").detail_code == ""


def test_drugs_hold_lines_of_their_purpose() -> None:
    form = load.form("follow_up_2018")
    assert [(item.attribute, item.purpose) for item in form.fields if item.kind is Kind.DRUGS] == [
        ("drugs", "current"),
        ("drugs", "guidance"),
    ]
    assert form.field("symptoms").is_multiple
    assert not form.field("insight").is_multiple
