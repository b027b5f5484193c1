"""Texts to values, item by item and by the row; what cannot be read is named, never guessed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mhdesk.domain.codes import read_lists
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.record import CodeCount
from mhdesk.forms import load
from mhdesk.forms.parse import complete_from_id, display_value, format_value, parse_record, parse_value
from mhdesk.forms.read_codes import CodeFault, read_counts
from mhdesk.text import problem_text

TODAY = date(2026, 3, 5)
VISIT = load.form("follow_up_2018")
OLD_VISIT = load.form("follow_up_2011")
PERSON = load.form("person_2018")
EXAMPLE_ID = "11010519491231002X"


def read(key: str, text: str) -> Any:
    """The value, or the code of the problem; the item of the visit form, else of the person form."""
    item = (VISIT if key in VISIT.by_key else PERSON).field(key)
    found = parse_value(item, text, today=TODAY)
    if isinstance(found, Problem):
        assert found.field == key
        assert "{" not in problem_text(found.code, **found.params)
        return found.code
    return found


ONE_CODE = [
    ("visit_form", "2", "2"),
    ("visit_form", "２", "2"),
    ("visit_form", "家访", "2"),
    ("visit_form", "2 家庭访视", "2"),
    ("visit_form", "", None),
    ("visit_form", "/", None),
    ("visit_form", "4", "MH-FORM-06"),
    ("visit_form", "12", "MH-FORM-07"),
    ("visit_form", "1,2", "MH-FORM-07"),
    ("visit_form", "门诊、电话", "MH-FORM-07"),
    ("visit_form", "14", "MH-FORM-06"),
    ("risk_level", "0", "0"),
    ("risk_level", "0级", "0"),
    ("risk_level", "三级", "3"),
    ("risk_level", "6", "MH-FORM-06"),
    ("adherence", "规律", "1"),
    ("adherence", "医嘱勿需用药", "4"),
    ("adherence", "无需用药", "4"),
    ("visit_class", "稳定", "3"),
    ("visit_class", "基本稳定", "2"),
    ("visit_class", "不稳定", "1"),
    ("visit_class", "比较稳定", "MH-FORM-06"),
    ("laboratory", "有（血常规）", "2"),
    ("referral_advised", "否", "1"),
    ("hospitalization", "未住院", "0"),
    ("sex", "女", "2"),
    ("education", "10", "10"),
    ("education", "初中", "7"),
    ("education", "12", "MH-FORM-06"),
    ("ethnicity", "1", "01"),
    ("ethnicity", "土家族", "99"),
    ("consent", "不同意", "0"),
    ("colour", "红色", "red"),
    ("colour", "4", "green"),
    ("colour", "未定级", None),
    ("rh", "-", "1"),
    ("dual_supervision", "已落实", "2"),
    ("dual_supervision", "√", "2"),
    ("household_type", "不详", None),
    ("employment", "不详", "9"),
    ("registered_as", "迁入", "moved_in"),
]
SEVERAL_CODES = [
    ("visit_targets", "1,3", ("1", "3")),
    ("visit_targets", "1 3", ("1", "3")),
    ("visit_targets", "13", ("1", "3")),
    ("visit_targets", "31", ("1", "3")),
    ("visit_targets", "1、2；3", ("1", "2", "3")),
    ("visit_targets", "患者本人、患者家属、监护人", ("1", "2")),
    ("visit_targets", "1患者本人 2患者家属、监护人", ("1", "2")),
    ("visit_targets", "本人/家属", ("1", "2")),
    ("visit_targets", "1 患者本人", ("1",)),
    ("visit_targets", "", ()),
    ("visit_targets", "—", ()),
    ("visit_targets", "14", "MH-FORM-06"),
    ("visit_targets", "11", "MH-FORM-09"),
    ("visit_targets", "1,1", "MH-FORM-09"),
    ("symptoms", "1,3", ("1", "3")),
    ("symptoms", "3,1", ("1", "3")),
    ("symptoms", "12", ("12",)),
    ("symptoms", "1,12", ("1", "12")),
    ("symptoms", "13", "MH-FORM-08"),
    ("symptoms", "幻觉、猜疑", ("1", "3")),
    ("symptoms", "幻觉猜疑", "MH-FORM-06"),
    ("symptoms", "1.幻觉；3.猜疑", ("1", "3")),
    ("symptoms", "其他（失眠、多梦）", ("12",)),
    ("symptoms", "①③", ("1", "3")),
    ("symptoms", "幻觉，头痛", "MH-FORM-06"),
    ("rehabilitation", "124", ("1", "2", "4")),
    ("disability_certificate", "0", ("0",)),
    ("disability_certificate", "0,6", "MH-FORM-10"),
    ("disability_certificate", "精神残疾", ("6",)),
    ("payment", "城镇职工医保、商业保险", ("1", "5")),
]
COUNTED = [
    ("1x2", ((1, 2),)),
    ("1X2", ((1, 2),)),
    ("1*2,5", "MH-FORM-11"),
    ("1*2,5*1", ((1, 2), (5, 1))),
    ("5×1 1×2", ((1, 2), (5, 1))),
    ("1:2，6：1", ((1, 2), (6, 1))),
    ("1x2次", ((1, 2),)),
    ("轻度滋事2次", ((1, 2),)),
    ("轻度滋事 2 次、肇事1次", ((1, 2), (2, 1))),
    ("轻度滋事（2次）；自伤(1次)", ((1, 2), (5, 1))),
    ("自杀未遂x1", ((6, 1),)),
    ("7", ((7, 0),)),
    ("无", ((7, 0),)),
    ("7x0", ((7, 0),)),
    ("7 1x1", "MH-FORM-10"),
    ("7x1", "MH-FORM-12"),
    ("1x0", "MH-FORM-12"),
    ("1x201", "MH-FORM-12"),
    ("1x200", ((1, 200),)),
    ("1x1,1x2", "MH-FORM-09"),
    ("8x1", "MH-FORM-06"),
    ("打架2次", "MH-FORM-06"),
    ("1x", "MH-FORM-06"),
    ("", ()),
    ("/", ()),
]
PLAIN = [
    ("past_admissions", "3", 3),
    ("past_admissions", "３次", 3),
    ("past_admissions", "3.0", 3),
    ("past_admissions", "0", 0),
    ("past_admissions", "无", None),
    ("past_admissions", "3.5", "MH-FORM-13"),
    ("past_admissions", "多次", "MH-FORM-13"),
    ("past_admissions", "201", "MH-FORM-15"),
    ("past_admissions", "-1", "MH-FORM-13"),
    ("id_number", EXAMPLE_ID.lower(), EXAMPLE_ID),
    ("id_number", " 110105 19491231 002x ", EXAMPLE_ID),
    ("id_number", "无", None),
    ("id_number", "110105194912310021", "MH-FORM-18"),
    ("id_number", "110105194913310022", "MH-FORM-17"),
    ("id_number", "1101051949", "MH-FORM-16"),
    ("id_number", "1.10105E+17", "MH-FORM-19"),
    ("guardian_phone", "023-67201234", "023-67201234"),
    ("guardian_phone", "023-67201234、13800000000", "023-67201234、13800000000"),
    ("guardian_phone", "１３８００００００００", "13800000000"),
    ("guardian_phone", "13800000000.0", "13800000000"),
    ("guardian_phone", "13800000000（儿子）/13900000000", "13800000000(儿子)/13900000000"),
    ("guardian_phone", "1.38E+10", "MH-FORM-21"),
    ("guardian_phone", "同上", "MH-FORM-21"),
    ("guardian_phone", "无", None),
    ("guardian_phone", "1" * 201, "MH-FORM-24"),
    ("name", "阿卜杜拉．买买提", "阿卜杜拉·买买提"),
    ("name", "䶮" * 60, "䶮" * 60),
    ("name", "䶮" * 61, "MH-FORM-22"),
    ("name", "", ""),
    ("guardian_name", "—", None),
    ("guardian_name", "不详", None),
    ("name", "不详", "不详"),
    ("guardian_name", "", None),
    ("current_address", " 石船镇 \u200b重石村\t3组 ", "石船镇 重石村 3组"),
    ("current_address", "村" * 201, "MH-FORM-24"),
    ("note", "一\r\n二\x00", "一\n二"),
    ("note", "注" * 20_001, "MH-FORM-24"),
    ("unit_id", "12", 12),
    ("unit_id", "重石村", "MH-FORM-13"),
    ("birth_date", "1980年3月", PartialDate(1980, 3)),
    ("diagnosis", "双相情感障碍", "4"),
    ("diagnosis", "抑郁症", "MH-FORM-06"),
]


@pytest.mark.parametrize(("key", "text", "expected"), [*ONE_CODE, *SEVERAL_CODES, *PLAIN])
def test_reads(key: str, text: str, expected: object) -> None:
    assert read(key, text) == expected


@pytest.mark.parametrize(("text", "expected"), COUNTED)
def test_reads_counts(text: str, expected: object) -> None:
    wanted = expected if isinstance(expected, str) else tuple(CodeCount(str(code), count) for code, count in expected)  # type: ignore[attr-defined]
    assert read("dangerous_acts", text) == wanted


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("利培酮", [{"drug_name": "利培酮"}]),
        ("丙戊酸钠 缓释片", [{"drug_name": "丙戊酸钠 缓释片"}]),
        ("利培酮 2mg 每日2次", [{"drug_name": "利培酮", "dose": 2, "dose_unit": "mg", "period": "day", "times": 2}]),
        ("利培酮，规格1mg，每次1", [{"drug_name": "利培酮", "specification": "1mg", "dose": 1}]),
        ("利培酮，早1，中0.5，晚2", [{"drug_name": "利培酮", "morning": 1, "noon": 0.5, "night": 2}]),
        (
            "善思达，每次75mg，长效，每4周一次",
            [{"drug_name": "善思达", "dose": 75, "dose_unit": "mg", "long_acting": "2", "interval_weeks": 4}],
        ),
        (
            "氯氮平，每日，每日剂量100mg；苯海索，2次",
            [
                {"drug_name": "氯氮平", "period": "day", "total_dose": 100, "dose_unit": "mg"},
                {"drug_name": "苯海索", "times": 2},
            ],
        ),
        ("甲，单位片，非长效", [{"drug_name": "甲", "dose_unit": "片", "long_acting": "1"}]),
        ("", []),
        ("无", []),
    ],
)
def test_reads_drug_lines(text: str, lines: list[dict[str, Any]]) -> None:
    assert read("drugs_current", text) == tuple(DrugLine(purpose="current", **line) for line in lines)


@pytest.mark.parametrize(
    "text", ["利培酮 bid", "利培酮，每晚一片", "利培酮，每次1mg，每次2mg", "利培酮，每次1mg，早1片", "甲，单位桶", "，"]
)
def test_refuses_drug_lines_it_cannot_read(text: str) -> None:
    assert read("drugs_current", text) == "MH-FORM-25"


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("dangerous_acts", "4x1", (CodeCount("5", 1),)),
        ("dangerous_acts", "自伤1次", (CodeCount("5", 1),)),
        ("dangerous_acts", "5x2,1x1", (CodeCount("1", 1), CodeCount("6", 2))),
        ("dangerous_acts", "6", (CodeCount("7", 0),)),
        ("dangerous_acts", "7x1", "MH-FORM-06"),
        ("adherence", "规律服药", "1"),
        ("adherence", "4", "MH-FORM-06"),
        ("visit_class", "0", "MH-FORM-26"),
        ("visit_class", "3", "3"),
        ("hospitalization", "既往住院，现未住院", "2"),
        ("treatment_effect", "9", "MH-FORM-06"),
    ],
)
def test_old_sheets_are_stored_with_todays_digits(key: str, text: str, expected: object) -> None:
    found = parse_value(OLD_VISIT.field(key), text, today=TODAY)
    assert (found.code if isinstance(found, Problem) else found) == expected


def test_education_of_2011_that_nobody_may_guess() -> None:
    item = load.form("person_2011").field("education")
    found = parse_value(item, "4", today=TODAY)
    assert isinstance(found, Problem)
    assert found.code == "MH-FORM-26"
    assert parse_value(item, "小学", today=TODAY) == "8"
    assert parse_value(load.form("person_2011").field("economic_status"), "3", today=TODAY) is None


def test_an_exclusive_code_that_has_no_counterpart_today() -> None:
    item = load.form("person_2011").field("past_dangerous_acts")
    assert parse_value(item, "无", today=TODAY) == (CodeCount("7", 0),)


def test_counted_codes_without_a_counterpart_today() -> None:
    lists = read_lists(
        '[acts]\ntitle="行为"\nsource="自定"\nmark="assumption"\nlabels={1="甲"}\n'
        '[acts.edition.2011]\nsource="旧"\nmark="assumption"\nlabels={1="甲",2="乙"}\nremap={1="1"}'
    )
    assert read_counts(lists["acts", "2011"], "1x2") == (CodeCount("1", 2),)
    assert read_counts(lists["acts", "2011"], "2x2") is CodeFault.NOT_CONVERTIBLE


def test_a_unit_without_amounts_is_written_too() -> None:
    line = (DrugLine(drug_name="甲", dose_unit="片"),)
    assert format_value(VISIT.field("drugs_current"), line) == "甲，单位片"


def test_a_row_of_the_roster() -> None:
    raw = {
        "serial": "3",
        "name": " 张 三 ",
        "id_number": EXAMPLE_ID.lower(),
        "guardian_phone": "023-67201234",
        "diagnosis": "偏执型精神分裂症",
        "past_risk_level": "0",
        "colour": "红",
        "guardianship": "弱监护",
        "ethnicity": "苗族",
        "note": "",
        "village_name": "重石村",
    }
    parsed = parse_record(PERSON, raw, today=TODAY)
    assert parsed.problems == ()
    assert parsed.values == {
        "name": "张三",
        "id_number": EXAMPLE_ID,
        "guardian_phone": "023-67201234",
        "diagnosis": "1",
        "diagnosis_text": "偏执型精神分裂症",
        "past_risk_level": "0",
        "colour": "red",
        "guardianship": "2",
        "ethnicity": "99",
        "ethnicity_name": "苗族",
        "note": None,
    }
    person = Patient(**complete_from_id(parsed.values, today=TODAY))
    assert (person.sex, person.birth_date, person.id_type) == ("2", PartialDate(1949, 12, 31), "01")


def test_what_the_row_says_wins_over_the_number() -> None:
    values = {"id_number": EXAMPLE_ID, "birth_date": PartialDate(1950), "sex": "1"}
    assert complete_from_id(values, today=TODAY) == values | {"id_type": "01"}
    assert complete_from_id({"id_number": EXAMPLE_ID, "id_type": "03"}, today=TODAY) == {
        "id_number": EXAMPLE_ID,
        "id_type": "03",
    }
    assert complete_from_id({"id_number": None}, today=TODAY) == {"id_number": None}


def test_an_unknown_diagnosis_keeps_its_words_and_warns() -> None:
    parsed = parse_record(PERSON, {"name": "张三", "diagnosis": "抑郁症"}, today=TODAY)
    assert parsed.values == {"name": "张三", "diagnosis_text": "抑郁症"}
    assert [(problem.code, problem.severity) for problem in parsed.problems] == [("MH-FORM-28", Severity.WARNING)]
    assert parsed.errors == ()


def test_words_given_in_their_own_column_are_not_overwritten() -> None:
    parsed = parse_record(PERSON, {"diagnosis": "躁郁症", "diagnosis_text": "双相障碍，缓解期"}, today=TODAY)
    assert parsed.values == {"diagnosis": "4", "diagnosis_text": "双相障碍，缓解期"}
    parsed = parse_record(PERSON, {"diagnosis": "1"}, today=TODAY)
    assert parsed.values == {"diagnosis": "1"}


def test_old_numbers_are_converted_with_a_note() -> None:
    parsed = parse_record(PERSON, {"id_number": "110105491231002"}, today=TODAY)
    assert parsed.values == {"id_number": EXAMPLE_ID}
    assert [(problem.code, problem.severity) for problem in parsed.problems] == [("MH-FORM-20", Severity.NOTE)]


def test_numbers_of_other_documents_are_kept() -> None:
    parsed = parse_record(PERSON, {"id_type": "护照", "id_number": "e12345678"}, today=TODAY)
    assert parsed.values == {"id_type": "03", "id_number": "E12345678"}
    refused = parse_record(PERSON, {"id_type": "身份证", "id_number": "e12345678"}, today=TODAY)
    assert [problem.code for problem in refused.errors] == ["MH-FORM-16"]
    refused = parse_record(PERSON, {"id_type": "03", "guardian_id_number": "e12345678"}, today=TODAY)
    assert [problem.code for problem in refused.errors] == ["MH-FORM-16"]


def test_details_in_brackets_go_to_their_item() -> None:
    raw = {
        "symptoms": "1,12(失眠)",
        "adverse_reaction": "有 手抖",
        "laboratory": "有：血常规",
        "lost_reason": "外出务工",
    }
    parsed = parse_record(VISIT, raw, today=TODAY)
    assert parsed.values == {
        "symptoms": ("1", "12"),
        "symptoms_other": "失眠",
        "adverse_reaction": "2",
        "adverse_reaction_detail": "手抖",
        "laboratory": "2",
        "laboratory_detail": "血常规",
        "lost_reason": "1",
    }


def test_parts_of_a_row() -> None:
    raw = {
        "visit_date": "今",
        "dangerous_acts:1": "2",
        "dangerous_acts:2": "0",
        "dangerous_acts:3": "",
        "drugs_current:2:drug_name": "苯海索",
        "drugs_current:1:drug_name": "利培酮",
        "drugs_current:1:dose": "2mg",
        "drugs_current:1:times": "2次",
        "drugs_current:1:period": "每日",
        "drugs_current:3:drug_name": "",
        "drugs_guidance:1:drug_name": "利培酮",
        "custom:bed": " 12 ",
        "custom:none": " ",
    }
    parsed = parse_record(VISIT, raw, today=TODAY)
    assert parsed.problems == ()
    visit = FollowUp(**parsed.values)
    assert visit.dangerous_acts == (CodeCount("1", 2),)
    assert visit.drugs == (
        DrugLine(drug_name="利培酮", dose=2, times=2, period="day"),
        DrugLine(drug_name="苯海索"),
        DrugLine(purpose="guidance", drug_name="利培酮"),
    )
    assert visit.custom == {"bed": "12"}


def test_all_counts_zero_is_none_and_all_empty_is_not_answered() -> None:
    zeros = {f"dangerous_acts:{code}": "0" for code in "123456"}
    assert parse_record(VISIT, zeros, today=TODAY).values == {"dangerous_acts": (CodeCount("7", 0),)}
    some = {f"dangerous_acts:{code}": "0" if code != "6" else "" for code in "123456"}
    assert parse_record(VISIT, some, today=TODAY).values == {"dangerous_acts": ()}
    words = {f"dangerous_acts:{code}": "无" for code in "123456"}
    assert parse_record(VISIT, words, today=TODAY).values == {"dangerous_acts": (CodeCount("7", 0),)}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"dangerous_acts:1": "多次"}, "MH-FORM-13"),
        ({"dangerous_acts:1": "201"}, "MH-FORM-12"),
        ({"drugs_current:1:dose": "2mg"}, "MH-FORM-29"),
        ({"drugs_current:1:drug_name": "利培酮", "drugs_current:1:dose": "两片"}, "MH-FORM-14"),
        ({"visit_date": "2026-02-30"}, "MH-FORM-02"),
    ],
)
def test_problems_of_a_row_name_their_item(raw: dict[str, str], code: str) -> None:
    parsed = parse_record(VISIT, raw, today=TODAY)
    assert [problem.code for problem in parsed.errors] == [code]
    assert parsed.errors[0].field in raw or parsed.errors[0].field == next(iter(raw)).split(":")[0]


def test_counts_of_an_old_sheet_in_columns() -> None:
    parsed = parse_record(OLD_VISIT, {"dangerous_acts:4": "1"}, today=TODAY)
    assert parsed.values == {"dangerous_acts": (CodeCount("5", 1),)}


@pytest.mark.parametrize("key", ["no_such_item", "visit_date:1", "custom:", "patient_id"])
def test_unknown_keys_raise(key: str) -> None:
    with pytest.raises(KeyError):
        parse_record(VISIT, {key: "1"}, today=TODAY)


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("visit_form", "2", "家庭访视"),
        ("visit_form", "8", "8"),
        ("symptoms", ("1", "12"), "幻觉、其他"),
        ("dangerous_acts", (CodeCount("1", 2), CodeCount("5", 1)), "轻度滋事2次、自伤1次"),
        ("dangerous_acts", (CodeCount("7", 0),), "无"),
        ("risk_level", "0", "0级"),
        ("risk_level", None, ""),
        ("symptoms", (), ""),
        ("visit_date", date(2026, 3, 5), "2026-03-05"),
        ("last_discharge_date", PartialDate(2026, 3), "2026-03"),
        ("past_admissions", 0, "0"),
        (
            "drugs_current",
            (DrugLine(drug_name="利培酮", dose=2, dose_unit="mg", period="day", times=2),),
            "利培酮，每日2次，每次2mg",
        ),
        ("note", "一", "一"),
    ],
)
def test_shows_values_in_words(key: str, value: object, shown: str) -> None:
    item = (VISIT if key in VISIT.by_key else PERSON).field(key)
    assert display_value(item, value) == shown


def test_old_sheets_show_todays_words_for_todays_codes() -> None:
    assert display_value(OLD_VISIT.field("dangerous_acts"), (CodeCount("5", 1),)) == "自伤1次"
    assert format_value(OLD_VISIT.field("dangerous_acts"), (CodeCount("7", 0),)) == "7"


def test_amounts_are_shown_with_their_unit() -> None:
    dose = load.form("drug_line").field("dose")
    assert display_value(dose, 2.5) == "2.5mg"
    assert display_value(dose, 100.0) == "100mg"
    assert parse_value(dose, "2.5 mg", today=TODAY) == 2.5
    assert parse_value(dose, "20000", today=TODAY).code == "MH-FORM-15"
