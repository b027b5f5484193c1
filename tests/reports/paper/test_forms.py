"""Layouts against the form tables: every printed item has its place, in the order and with the codes of the form."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

import resources
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.record import CodeCount
from mhdesk.domain.transfer import Transfer
from mhdesk.forms import load
from mhdesk.forms.spec import FieldSpec, FormSpec, Kind
from mhdesk.reports.paper import layout, persons
from mhdesk.reports.paper.model import Cell, Form, Line, Piece, Table, texts
from mhdesk.reports.paper.template import Template, number_squares
from tests.reports.paper import samples

ROWS_2018 = [
    "随访日期",
    "本次随访形式",
    "本次随访对象",
    "若失访，原因",
    "死亡日期",
    "死亡原因",
    "危险性评估",
    "目前症状",
    "自知力",
    "睡眠情况",
    "饮食情况",
    "个人生活料理",
    "家务劳动",
    "生产劳动及工作",
    "学习能力",
    "社会人际交往",
    "危险行为",
    "两次随访期间关锁情况",
    "两次随访期间住院情况",
    "实验室检查",
    "用药依从性",
    "药物不良反应",
    "治疗效果",
    "转诊情况",
    "药物1",
    "药物2",
    "药物3",
    "药物1",
    "药物2",
    "药物3",
    "康复措施",
    "本次随访分类",
    "下次随访日期",
]

NOTHING: dict[str, Any] = {}


def table_of(form: Form) -> Table:
    return next(block for block in form.body if isinstance(block, Table))


def words(cell: Cell) -> str:
    return "".join(piece.text for line in cell.lines for piece in line.pieces)


def labels(form: Form) -> list[str]:
    """What stands left of each row's content; a group's cell belongs to the rows it spans."""
    found = []
    for row in table_of(form).rows:
        own = [cell for cell in row.cells if cell.rows == 1]
        found.append(words(own[0]))
    return found


def row_named(form: Form, name: str, occurrence: int = 0) -> list[Line]:
    """The lines of the content of a row."""
    places = [place for place, label in enumerate(labels(form)) if label == name]
    own = [cell for cell in table_of(form).rows[places[occurrence]].cells if cell.rows == 1]
    return [line for cell in own[1:] for line in cell.lines]


def boxes(form: Form, name: str) -> list[tuple[str, ...]]:
    return [line.boxes for line in row_named(form, name) if line.boxes]


def follow_up(visit: FollowUp, edition: str = "2018") -> Form:
    items = load.form(f"follow_up_{edition}").by_key
    return persons.follow_up(visit, samples.PATIENT, items, edition=edition)


def supplement(patient: Patient, edition: str = "2018") -> Form:
    return persons.supplement(patient, load.form(f"person_{edition}").by_key, edition=edition)


def any_value(item: FieldSpec) -> Any:  # noqa: PLR0911 - one a kind
    match item.kind:
        case Kind.CODE | Kind.YES_NO:
            assert item.codes is not None
            return item.codes.codes[-1]
        case Kind.CODES:
            assert item.codes is not None
            return (item.codes.codes[-1],)
        case Kind.COUNTED_CODES:
            return (CodeCount("2", 7),)
        case Kind.DATE:
            return date(2019, 8, 7)
        case Kind.PARTIAL_DATE:
            return PartialDate(2019, 8)
        case Kind.INTEGER:
            return 9
        case Kind.DRUGS:
            return (DrugLine(purpose=item.purpose, drug_name="试验药"),)
    return "龘"


def printed_items(name: str) -> list[Any]:
    spec = load.form(name)
    wanted = [item for item in spec.fields if item.number and (spec.record == "follow_up" or item.paper == "表7")]
    return [pytest.param(spec, item, id=f"{name}.{item.key}") for item in wanted]


@pytest.mark.parametrize(
    ("spec", "item"),
    [one for name in ("follow_up_2018", "follow_up_2017", "person_2018", "person_2017") for one in printed_items(name)],
)
def test_every_item_of_the_form_is_printed(spec: FormSpec, item: FieldSpec) -> None:
    values: dict[str, Any] = {item.attribute: any_value(item)}
    if spec.record == "follow_up":
        empty, filled = (follow_up(FollowUp(**one), spec.edition) for one in (NOTHING, values))
    else:
        empty, filled = (supplement(Patient(**one), spec.edition) for one in (NOTHING, values))
    before, after = list(texts(empty)), list(texts(filled))
    if item.detail_code:  # the digit goes into the box, the words on the rule after its option
        assert any(item.detail_code in line for line in before)
    assert before != after
    if item.kind in {Kind.TEXT, Kind.NAME, Kind.LONG_TEXT, Kind.PHONE}:
        assert "".join(after).count("龘") == 1


@pytest.mark.parametrize("name", ["follow_up_2018", "follow_up_2017", "person_2018", "person_2017"])
def test_every_option_is_printed_with_its_digit(name: str) -> None:
    spec = load.form(name)
    form = (follow_up(FollowUp(), spec.edition)) if spec.record == "follow_up" else supplement(Patient(), spec.edition)
    whole = "".join(texts(form))
    for item in spec.fields:
        if item.codes is None or not item.number or item.key in {"diagnosis", "death_disease"}:
            continue
        if spec.record == "patient" and item.paper != "表7":
            continue
        for entry in item.codes.entries:
            shown = entry.label if not entry.label.startswith(entry.code) else f"（{entry.label}）"
            assert f"{entry.code}{shown}" in whole, (item.key, entry.code)


def test_the_rows_of_2018_stand_in_the_order_of_the_paper() -> None:
    form = follow_up(samples.FULL)
    assert labels(form) == ROWS_2018
    assert len(ROWS_2018) == load.form("follow_up_2018").page["rows"]


def test_2017_has_no_item_that_came_in_2018() -> None:
    found = labels(follow_up(samples.FULL, "2017"))
    assert found == ["是否转诊" if one == "转诊情况" else one for one in ROWS_2018 if one != "本次随访对象"]
    assert "外出打工" in "".join(texts(follow_up(samples.LOST, "2017")))
    assert "外出务工" in "".join(texts(follow_up(samples.LOST)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("本次随访形式", [("2",)]),
        ("本次随访对象", [("1", "2", "")]),
        ("若失访，原因", [("",)]),
        ("死亡原因", [("",), ("",)]),
        ("危险性评估", [("0",)]),
        ("目前症状", [("2", "10", "12", *[""] * 9)]),
        ("生产劳动及工作", [("9",)]),
        ("危险行为", [("1", "5", *[""] * 4)]),
        ("两次随访期间住院情况", [("2",)]),
        ("转诊情况", [("2",), ("2",)]),
        ("康复措施", [("1", "4", "5", "")]),
        ("本次随访分类", [("2",)]),
    ],
)
def test_the_digit_stands_in_the_box(name: str, expected: list[tuple[str, ...]]) -> None:
    assert boxes(follow_up(samples.FULL), name) == expected


def test_more_codes_than_boxes_get_more_boxes() -> None:
    visit = dataclasses.replace(samples.FULL, rehabilitation=("1", "2", "3", "4", "5"))
    assert boxes(follow_up(visit), "康复措施") == [("1", "2", "3", "4", "5")]


def test_death_goes_to_its_own_lines() -> None:
    form = follow_up(samples.DEAD)
    assert boxes(form, "死亡原因") == [("1",), ("4",)]
    assert "④脑血管病" in "".join(piece.text for line in row_named(form, "死亡原因") for piece in line.pieces)


def test_counts_stand_after_their_option() -> None:
    pieces = [piece.text.strip() for piece in row_named(follow_up(samples.FULL), "危险行为")[0].pieces]
    assert pieces[:3] == ["1轻度滋事", "2", "次"]
    assert pieces[pieces.index("5自伤") + 1] == "1"
    assert pieces[pieces.index("2肇事") + 1] == ""
    assert pieces[-1] == "7无"  # no rule after 无


def joined(lines: Sequence[Line]) -> str:
    return "".join(piece.text for line in lines for piece in line.pieces)


def test_drug_lines_of_2018() -> None:
    form = follow_up(samples.FULL)
    first, second = joined(row_named(form, "药物1")), joined(row_named(form, "药物2"))
    assert "奥氮平 5mg×28片  每日剂量 12.5 mg" in first
    assert "（每日2次，每次6.25mg）" in first  # known, and without a place of its own on this edition
    assert "每月剂量 100 mg" in second
    assert "每日（月）剂量" in joined(row_named(form, "药物3"))
    assert "早 1.5 mg  中 2.5 mg  晚 3.5 mg" in joined(row_named(form, "药物1", 1))
    assert "长效药：每 4 周一次，每次 75 mg" in joined(row_named(form, "药物2", 1))


def test_drug_lines_of_2017() -> None:
    form = follow_up(samples.FULL, "2017")
    assert "用法：每日 2 次  每次剂量 6.25 mg （每日12.5mg）" in joined(row_named(form, "药物1"))
    assert "早1.5mg，中2.5mg，晚3.5mg" in joined(row_named(form, "药物1", 1))


def test_more_than_three_drugs_get_more_rows() -> None:
    many = tuple(DrugLine(drug_name=f"药{place}", dose_unit="片") for place in range(5))
    form = follow_up(dataclasses.replace(samples.FULL, drugs=many))
    assert labels(form).count("药物5") == 1
    assert "药4  每日（月）剂量  片" in joined(row_named(form, "药物5"))


def test_partial_dates_leave_the_rest_to_the_pen() -> None:
    pieces = [piece.text for piece in row_named(supplement(samples.PATIENT), "初次发病时间")[0].pieces if piece.text]
    assert pieces == ["2008", "年", "月", "日"]


def test_a_districts_own_items_are_printed() -> None:
    patient = dataclasses.replace(samples.PATIENT, custom={"shoe": "42码"})
    items = load.form("person_2018").by_key
    form = persons.supplement(patient, items, edition="2018", extras=(("shoe", "鞋码"), ("hat", "帽号")))
    assert joined(row_named(form, "鞋码")) == "42码"
    assert labels(form)[-3:] == ["鞋码", "帽号", "填表日期"]


def test_the_diagnosis_says_code_and_words() -> None:
    assert persons.diagnosis(samples.PATIENT) == "精神分裂症（偏执型）"
    assert persons.diagnosis(Patient(diagnosis="1", diagnosis_text="偏执型精神分裂症")) == "偏执型精神分裂症"
    assert persons.diagnosis(Patient(diagnosis="1")) == "精神分裂症"
    assert persons.diagnosis(Patient(diagnosis_text="待查")) == "待查"
    assert persons.diagnosis(Patient()) == ""


@pytest.mark.parametrize(
    ("birth", "age"),
    [
        (PartialDate(1970, 11, 20), 56),
        (PartialDate(1970, 11, 21), 55),
        (PartialDate(1970, 12), 55),
        (PartialDate(1970, 11), None),  # the day decides, and nobody knows it
        (PartialDate(1970), None),
        (None, None),
    ],
)
def test_age_is_never_guessed(birth: PartialDate | None, age: int | None) -> None:
    assert persons.age(Patient(birth_date=birth), date(2026, 11, 20)) == age


@pytest.mark.parametrize(
    ("given", "squares"),
    [
        ("001-00012", tuple("00100012")),
        ("00100012", tuple("00100012")),
        (None, ("",) * 8),
        ("", ("",) * 8),
        ("A-17", None),
    ],
)
def test_the_file_number_has_a_square_for_each_figure(given: str | None, squares: tuple[str, ...] | None) -> None:
    assert number_squares(given) == squares
    line = Template({}, {"record_number": given}).line("编号{record_number:squares}")
    if squares is None:
        assert line.pieces[-1] == Piece("A-17", filled=True, blank_mm=24.0, glued=True)
    else:
        assert line.boxes == (*squares[:3], "-", *squares[3:])


def test_each_of_several_phones_stays_whole() -> None:
    items = load.form("person_2018").by_key
    line = Template(items, {"guardian_phone": "13800000001/023-67000002、13700000003"}).line("{guardian_phone:30}")
    assert [piece.text for piece in line.pieces] == ["13800000001/", "023-67000002、", "13700000003"]
    assert all(piece.whole for piece in line.pieces)


def test_consent_leaves_choice_and_signatures_to_the_people() -> None:
    items = load.form("person_2018").by_key
    form = persons.consent(samples.PATIENT, items, unit="龙华街道社区卫生服务中心")
    whole = "".join(texts(form))
    assert "示例文本，须由区县核定" in whole
    assert all(one in whole for one in ("张桂芳", "500112197003041025", "龙华街道社区卫生服务中心", "配偶"))
    assert "李小山" not in whole
    assert "2021" not in whole
    choice = next(
        line.boxes for block in form.body for line in getattr(block, "lines", ()) if "0不同意" in joined([line])
    )
    assert choice == ("",)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("referral_up", ["双向转诊（转出）单", "存  根", "接诊回执", "重庆市精神卫生中心", "无高血压", "其他一句"]),
        ("referral_down", ["双向转诊（回转）单", "存  根", "接诊回执", "血常规正常", "病0042"]),
        ("out", ["严重精神障碍患者管理流转单（迁出）", "流 转 回 执", "2009-05-06"]),
        ("in", ["严重精神障碍患者管理流转单（迁入）", "流 转 回 执"]),
    ],
)
def test_slips(kind: str, expected: list[str]) -> None:
    content = {"past_history": "无高血压", "examination": "血常规正常", "case_number": "病0042", "odd": "其他一句"}
    slip = Transfer(
        patient_id=1,
        kind=kind,
        slip_number="LH-2026-007",
        happened_on=date(2026, 11, 3),
        from_unit="龙华街道社区卫生服务中心",
        to_unit="重庆市精神卫生中心",
        reason="口服药物效果不佳",
        content=content,
        receipt="refused",
        receipt_on=date(2026, 11, 9),
    )
    form = persons.slip(slip, samples.PATIENT, load.form("person_2018").by_key, last=samples.FULL)
    whole = "".join(texts(form))
    for one in (*expected, "LH-2026-007", "张桂芳", "口服药物效果不佳", "奥氮平", "偏执型", "2026"):
        assert one in whole, one
    answered = [line.boxes for block in form.body for line in getattr(block, "lines", ()) if "1接收" in joined([line])]
    assert answered == [("2",)]
    assert "56岁" in whole


def test_every_layout_is_read_and_a_misspelt_key_is_refused() -> None:
    for file in resources.path("paper").glob("*.toml"):
        if not file.stem.endswith("_columns") and file.stem not in {"visit_sheet", "training_sheet"}:
            assert layout.read(file.stem)["body"]
    with pytest.raises(ValueError, match="unknown keys"):
        layout._refuse("x", {"lable"})
