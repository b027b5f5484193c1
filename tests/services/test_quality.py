"""Own rules, doubts, own items, saved lists and bulk edit on a real ledger."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhdesk.domain.account import CustomField
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.problems import Problem
from mhdesk.domain.quality import OwnRule
from mhdesk.domain.record import CodeCount
from mhdesk.files.read import read_tables
from mhdesk.forms import load
from mhdesk.rules.checks import own
from mhdesk.services import bulk_edit, checks, custom_fields, follow_ups, imports, patients, quality, saved_lists, undo
from mhdesk.services.patients import RegisterFilter
from mhdesk.text import problem_text
from tests.services.registered import TODAY, number, register, village
from tests.services.workbooks import xlsx

if TYPE_CHECKING:
    from db.ledger import Ledger


def rule(field: str, operator: str, value: str | None = None, **more: str) -> OwnRule:
    given: dict[str, Any] = {"code": "L01", "object_kind": "patient", "severity": "W", "message": "请核对"} | more
    return OwnRule(field=field, operator=operator, value=value, **given)


PERSON = Patient(
    name="冉秀兰",
    diagnosis="1",
    past_symptoms=("1", "3"),
    past_dangerous_acts=(CodeCount("1", 2),),
    past_admissions=3,
    birth_date=PartialDate(1974, 3),
    registered_on=date(2026, 3, 5),
    onset_date=PartialDate(2000),
    custom={"c1": "2"},
)
CASES = [
    ("phone", "filled", None, True),
    ("phone", "empty", None, False),
    ("name", "filled", None, False),
    ("diagnosis", "equals", "1", False),
    ("diagnosis", "equals", "2", True),
    ("diagnosis", "not_equals", "1", True),
    ("diagnosis", "in", "2、3", True),
    ("diagnosis", "in", "1,2", False),
    ("past_symptoms", "equals", "3", False),
    ("past_dangerous_acts", "equals", "1", False),
    ("past_admissions", "greater", "3", True),
    ("past_admissions", "less", "4", False),
    ("birth_date", "before", "2000", False),
    ("birth_date", "after", "2000", True),
    ("birth_date", "before", "1974-03-15", False),  # March 1974 may lie before it
    ("registered_on", "before", "today", False),
    ("registered_on", "after", "today", True),
    ("onset_date", "before", "birth_date", True),
    ("onset_date", "after", "birth_date", False),
    ("custom:c1", "equals", "2", False),
    ("custom:c9", "filled", None, True),
    # what is not known breaks nothing
    ("phone", "equals", "1", False),
    ("phone", "greater", "1", False),
    ("diagnosis_date", "after", "today", False),
    ("name", "greater", "5", False),
    ("name", "before", "2020", False),
    ("no_such_item", "filled", None, False),
    ("name", "no_such_operator", "1", False),
]


@pytest.mark.parametrize(("field", "operator", "value", "is_broken"), CASES)
def test_operators(field: str, operator: str, value: str | None, is_broken: bool) -> None:
    found = own.violations(PERSON, [rule(field, operator, value)], kind="patient", today=TODAY)
    assert bool(found) == is_broken


def test_a_condition_decides_whether_a_rule_applies() -> None:
    needs_phone = rule("phone", "filled", when_field="diagnosis", when_operator="equals", when_value="1")
    assert own.violations(PERSON, [needs_phone], kind="patient", today=TODAY)
    other = dataclasses.replace(PERSON, diagnosis="2")
    assert not own.violations(other, [needs_phone], kind="patient", today=TODAY)
    unknown = dataclasses.replace(PERSON, diagnosis=None)
    assert not own.violations(unknown, [needs_phone], kind="patient", today=TODAY)
    assert not own.violations(PERSON, [needs_phone], kind="follow_up", today=TODAY)


@given(
    field=st.sampled_from([item.attribute for item in load.form_for("patient", "2018").fields]),
    operator=st.sampled_from(own.OPERATORS),
    value=st.none() | st.text(max_size=12),
)
def test_no_rule_ever_raises(field: str, operator: str, value: str | None) -> None:
    for problem in own.violations(PERSON, [rule(field, operator, value)], kind="patient", today=TODAY):
        assert problem_text(problem.code, **problem.params) == "请核对"


def test_own_rules_run_at_entry_and_over_the_ledger(ledger: Ledger) -> None:
    quality.save_rule(ledger, rule("phone", "filled", severity="E", message=""))
    by_phone = {"when_field": "visit_form", "when_operator": "equals", "when_value": "3"}
    quality.save_rule(ledger, rule("note", "filled", object_kind="follow_up", **by_phone))
    saved = quality.own_rules(ledger)
    assert [one.code for one in saved] == ["L01", "L02"]
    assert saved[0].message == "不符合本地规则“本人电话已填写”。"
    with pytest.raises(RecordRefused) as refused:
        register(ledger)
    assert [(one.code, one.field) for one in refused.value.problems] == [("MH-OWN-01", "phone")]
    patient_id = register(ledger, phone="13900000000")
    entry = follow_ups.prepare(ledger, patient_id, today=TODAY)
    sheet = FollowUp(patient_id=patient_id, visit_date=date(2026, 11, 2), visit_form="3", risk_level="0")
    problems = follow_ups.judge(entry, sheet).problems
    assert Problem("MH-OWN-01", "note", "W", {"rule": "L02", "message": "请核对"}) in problems  # type: ignore[arg-type]
    follow_ups.record(ledger, sheet, today=TODAY)
    found = checks.check_ledger(ledger, today=TODAY)
    assert {"L01", "L02"} <= set(found.rules)
    (one,) = [one for one in found.violations if one.rule == "L02"]
    assert (one.name, one.field, one.message) == ("冉秀兰", "note", "请核对")
    quality.void_rule(ledger, saved[1].id or 0)
    assert not [one for one in checks.check_ledger(ledger, today=TODAY).violations if one.rule == "L02"]
    # a code is never used again
    quality.save_rule(ledger, rule("phone", "empty"))
    assert [one.code for one in quality.own_rules(ledger)] == ["L01", "L03"]


def test_own_rules_stand_beside_imported_rows(ledger: Ledger, tmp_path: Path) -> None:
    quality.save_rule(ledger, rule("phone", "filled", message="要有本人电话"))
    quality.save_rule(ledger, rule("guardian_phone", "filled", message="要有监护人电话"))
    header: list[str | None] = ["姓名", "身份证号", "疾病诊断", "本人电话"]
    rows = [header, ["冉秀兰", number(), "精神分裂症", None]]
    file = xlsx(tmp_path / "花名册.xlsx", rows)
    result = imports.import_file(ledger, file, today=TODAY)
    said = [(one.row, one.column, one.message) for one in result.problems if one.code == "MH-OWN-01"]
    assert said == [(2, "本人电话", "要有本人电话"), (2, "整行", "要有监护人电话")]
    assert result.new == 1
    rows[1][3] = "13900000000"
    again = imports.import_file(ledger, xlsx(tmp_path / "再来.xlsx", rows), today=TODAY)
    assert [one.message for one in again.problems if one.code == "MH-OWN-01"] == ["要有监护人电话"]


def test_own_rules_of_severity_e_give_imported_rows_back(ledger: Ledger, tmp_path: Path) -> None:
    quality.save_rule(ledger, rule("phone", "filled", severity="E", message="要有本人电话"))
    quality.save_rule(ledger, rule("guardian_phone", "filled", message="要有监护人电话"))
    doctor = rule("doctor_name", "filled", object_kind="follow_up", severity="E", message="要有医生签名")
    quality.save_rule(ledger, doctor)
    header: list[str | None] = ["姓名", "身份证号", "疾病诊断", "本人电话", "村（居）", "死亡日期"]
    numbers = [number(order=one) for one in ("301", "302")]
    rows: list[list[Any]] = [
        header,
        ["冉秀兰", numbers[0], "精神分裂症", None, "新村", "2026-11-01"],
        ["向前进", numbers[1], "精神分裂症", "13900000000", "老村", None],
    ]
    visits: list[list[Any]] = [
        ["姓名", "身份证号", "随访日期", "随访方式", "危险性评估", "随访医生签名"],
        ["冉秀兰", numbers[0], "2026-10-01", "2", "0", "王敏"],
        ["向前进", numbers[1], "2026-10-01", "2", "0", "王敏"],
        ["向前进", numbers[1], "2026-11-01", "2", "0", None],
    ]
    file = xlsx(tmp_path / "台账.xlsx", rows, visits)
    for dry_run in (True, False):
        result = imports.import_file(ledger, file, today=TODAY, dry_run=dry_run)
        assert (result.rows, result.new, result.rejected) == (5, 2, 3)
        assert result.created_units == ["老村"]
    assert [one.name for one in ledger.find(Patient)] == ["向前进"]
    assert [one.visit_date for one in ledger.find(FollowUp)] == [date(2026, 10, 1)]
    assert not ledger.find(Movement)
    assert result.rejected_file is not None
    back = read_tables(result.rejected_file)
    said = [str(cell) for table in back for row in table.rows for cell in row if "要有" in str(cell)]
    assert said == ["要有本人电话\n要有监护人电话", "要有医生签名"]
    # corrected in the file that came back, everything comes in
    rows[1][3] = "13900000001"
    visits[3][5] = "王敏"
    again = imports.import_file(ledger, xlsx(tmp_path / "改好.xlsx", rows, visits), today=TODAY)
    assert (again.new, again.same, again.rejected) == (3, 2, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        rule("no_such_item", "filled"),
        rule("phone", "like", "1"),
        rule("phone", "equals", ""),
        rule("diagnosis", "equals", "77"),
        rule("phone", "before", "today"),
        rule("birth_date", "before", "gestern"),
        rule("past_admissions", "greater", "viele"),
        rule("phone", "filled", severity="X"),
        rule("phone", "filled", object_kind="unit"),
        rule("phone", "filled", when_field="nothing"),
    ],
)
def test_rules_without_sense_are_refused(ledger: Ledger, wrong: OwnRule) -> None:
    with pytest.raises(UserError, match="MH-QUALITY-01"):
        quality.save_rule(ledger, wrong)


def test_a_rule_reads_as_a_sentence_and_values_as_typed(ledger: Ledger) -> None:
    items = quality.rule_items(ledger, "patient")
    said = quality.sentence(
        rule("diagnosis_date", "before", "today", when_field="diagnosis", when_operator="in", when_value="1,2"), items
    )
    assert said == "目前诊断是其中之一：“1 精神分裂症、2 分裂情感性障碍”时，确诊日期早于今天"
    spoken = (("今天", "today"), ("初次发病时间", "onset_date"), ("2026年3月5日", "2026-03-05"), ("3", "3"))
    for words, stored in spoken:
        assert quality.read_value(items, words, today=TODAY) == stored
    assert quality.read_value(items, "红、绿", today=TODAY, field="colour") == "red,green"
    assert quality.value_words(items, "red,green", field="colour") == "红、绿"
    assert quality.sentence(rule("colour", "equals", "red"), items) == "分色定级等于“红”"
    assert quality.value_words(items, "onset_date") == "初次发病时间"
    assert quality.value_words(items, "today") == "今天"


def test_a_doubt_waits_until_it_is_resolved(ledger: Ledger) -> None:
    patient_id = register(ledger)
    visit = FollowUp(patient_id=patient_id, visit_date=date(2026, 3, 1), visit_form="1", risk_level="0")
    visit_id, _ = follow_ups.record(ledger, visit, today=TODAY)
    quality.doubt(ledger, object_kind="patient", object_id=patient_id, field="birth_date", note="户口本是 1975 年")
    quality.doubt(ledger, object_kind="follow_up", object_id=visit_id, field="risk_level", note="家属说砸过门")
    first, second = quality.open_doubts(ledger)
    assert (first.name, first.label, first.follow_up_id) == ("冉秀兰", "出生日期", None)
    assert (second.label, second.follow_up_id, second.visit_date) == ("危险性评估", visit_id, date(2026, 3, 1))
    assert len(quality.open_doubts(ledger, patient_id=patient_id)) == 2
    quality.resolve(ledger, first.doubt.id or 0, resolution="已看证件，1974 年")
    assert [one.doubt.field for one in quality.open_doubts(ledger)] == ["risk_level"]
    follow_ups.void(ledger, visit_id, reason="录错")
    assert quality.open_doubts(ledger) == []
    for note in ("", "字" * 501):
        with pytest.raises(UserError, match="MH-QUALITY-02"):
            quality.doubt(ledger, object_kind="patient", object_id=patient_id, field="", note=note)


# ---------------------------------------------------------------- own items


def test_own_items_have_their_place_and_names(ledger: Ledger) -> None:
    first, _ = custom_fields.save(ledger, CustomField(form="patient", key="", label=" 低保 证号 "))
    codes = {"1": "一队", "2": "二队"}
    custom_fields.save(ledger, CustomField(form="patient", key="", label="签约团队", kind="code", codes=codes))
    assert [(one.key, one.label) for one in custom_fields.listed(ledger, "patient")] == [
        ("c1", "低保 证号"),
        ("c2", "签约团队"),
    ]
    custom_fields.move(ledger, first, 1)
    spec = custom_fields.form_for(ledger, "patient", "2018")
    assert [item.key for item in spec.fields[-2:]] == ["custom:c2", "custom:c1"]
    values, problems = custom_fields.read(spec.fields, {"custom:c2": "二队", "custom:c1": "A-1"}, today=TODAY)
    assert (values, problems) == ({"c2": "2", "c1": "A-1"}, [])
    assert custom_fields.shown(spec.field("custom:c2"), "2") == "二队"
    assert custom_fields.shown(spec.field("custom:c2"), "以前的字") == "以前的字"
    for label in ("姓名", "签约团队", "", "字" * 41, "监护人 电话"):
        with pytest.raises(UserError, match="MH-CUSTOM-01"):
            custom_fields.save(ledger, CustomField(form="patient", key="", label=label))
    for wrong in ({}, {"a": "甲"}, {"1": "甲", "2": "甲"}):
        with pytest.raises(UserError, match="MH-CUSTOM-02"):
            custom_fields.save(ledger, CustomField(form="patient", key="", label="另一项", kind="code", codes=wrong))
    custom_fields.void(ledger, first)
    assert [one.key for one in custom_fields.listed(ledger, "patient")] == ["c2"]


# ---------------------------------------------------------------- lists and many at once


def test_a_list_comes_back_as_it_was_saved(ledger: Ledger) -> None:
    place = village(ledger)
    register(ledger, unit_id=place)
    chosen = RegisterFilter(status="registered", minimum_risk="", unit_id=place, text="冉")
    query = saved_lists.to_query(chosen, sort="name", descending=True, columns=["name", "phone"])
    list_id, _ = saved_lists.save(ledger, page="patients", name=" 石坝村 冉家 ", query=query)
    (saved,) = saved_lists.listed(ledger, "patients")
    assert (saved.name, saved.query) == ("石坝村 冉家", query)
    assert saved_lists.to_filter(saved.query) == chosen
    assert saved_lists.counts(ledger, "patients") == {list_id: 1}
    assert saved_lists.listed(ledger, "today") == []
    again, _ = saved_lists.save(ledger, page="patients", name="石坝村 冉家", query={"status": "lost"})
    assert again == list_id
    saved_lists.delete(ledger, list_id)
    assert saved_lists.listed(ledger, "patients") == []
    action = undo.last(ledger)
    assert action is not None
    undo.undo(ledger, action.seq)
    assert len(saved_lists.listed(ledger, "patients")) == 1
    for name in ("", "字" * 21):
        with pytest.raises(UserError, match="MH-LIST-01"):
            saved_lists.save(ledger, page="patients", name=name, query={})


def test_columns_are_remembered_for_each_user(ledger: Ledger) -> None:
    assert saved_lists.columns(ledger, "patients") == []
    saved_lists.keep_columns(ledger, "patients", ["name", "phone"])
    assert saved_lists.columns(ledger, "patients") == ["name", "phone"]


def test_one_value_for_many_with_preview_and_undo(ledger: Ledger) -> None:
    place = village(ledger)
    one = register(ledger, "冉秀兰", colour="red")
    other = register(ledger, "覃建国", colour="green")
    born = PartialDate(2010)
    late = register(ledger, "欧阳龚", id_number=number("20100101", "002"), no_id_reason=None, birth_date=born)
    lines = bulk_edit.preview(ledger, [one, other, late], field="colour", value="绿", today=TODAY)
    assert [(line.name, line.before, line.after, line.is_changed) for line in lines] == [
        ("冉秀兰", "红", "绿", True),
        ("覃建国", "绿", "绿", False),
        ("欧阳龚", "", "绿", True),
    ]
    bulk_edit.apply(ledger, [one, other, late], field="unit_id", value=str(place), today=TODAY)
    assert {person.unit_id for person in ledger.find(Patient)} == {place}
    assert [ledger.get(Patient, each).version for each in (one, other, late)] == [2, 2, 2]
    action = undo.last(ledger)
    assert action is not None
    assert (action.action, action.objects) == ("patient.bulk", 3)
    undo.undo(ledger, action.seq)
    assert {person.unit_id for person in ledger.find(Patient)} == {None}


def test_nobody_gets_a_value_that_blocks(ledger: Ledger) -> None:
    early = register(ledger, "冉秀兰", onset_date=PartialDate(2000))
    late = register(ledger, "覃建国", onset_date=PartialDate(2020))
    lines = bulk_edit.preview(ledger, [early, late], field="diagnosis_date", value="2010", today=TODAY)
    assert [line.is_blocked for line in lines] == [False, True]
    assert "早于初次发病" in lines[1].problems[0]
    bulk_edit.apply(ledger, [early, late], field="diagnosis_date", value="2010", today=TODAY)
    assert [ledger.get(Patient, each).diagnosis_date for each in (early, late)] == [PartialDate(2010), None]
    for field, value, code in (("name", "冉", "MH-BULK-01"), ("colour", "紫", "MH-BULK-02")):
        with pytest.raises(UserError, match=code):
            bulk_edit.preview(ledger, [early], field=field, value=value, today=TODAY)


def test_saving_a_file_asks_the_whole_register(ledger: Ledger) -> None:
    register(ledger, "冉秀兰", id_number=number(), no_id_reason=None, phone="13900000001")
    found = patients.judge(
        ledger,
        Patient(
            name="冉秀兰",
            birth_date=PartialDate(1974, 3, 2),
            id_number=number(),
            guardian_name="冉秀兰",
            guardian_phone="13900000001",
        ),
        today=TODAY,
    )
    assert {"Q03a", "Q03b", "Q14e"} <= {problem.code for problem in found}
