"""Where the header is, what its columns mean, which rows are people."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mhdesk.forms import load
from mhdesk.services.imports.header import find_header
from mhdesk.services.imports.rows import data_rows
from tests.services.workbooks import LI, REGISTER, ZHANG

PERSON = load.form("person_2018")
VISIT = load.form("follow_up_2018")


def known(rows: list[Any], form: Any = PERSON) -> dict[str, int]:
    header = find_header(rows, form)
    assert header is not None
    return {key: one.place for key, one in header.known.items()}


def people(rows: list[Any]) -> list[int]:
    header = find_header(rows, PERSON)
    assert header is not None
    keys = [header.known[key].place for key in ("name", "id_number") if key in header.known]
    return [row.number for row in data_rows(rows, header, keys)]


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("姓名", "name"),
        ("患者姓名", "name"),
        ("*姓 名", "name"),
        ("姓名（必填）", "name"),
        ("1.姓名", "name"),
        ("身份证号码", "id_number"),
        ("公民身份号码", "id_number"),
        ("身份证号\n（文本格式）", "id_number"),
        ("联系电话", "guardian_phone"),
        ("危险评估等级(0-5)", "past_risk_level"),
        ("分色定级情况", "colour"),
        ("是否落实双监管", "dual_supervision"),
        ("基层医疗机构名称", "institution_name"),
        ("村居", "village_name"),
        ("户籍地", "registered_address"),
        ("现住址", "current_address"),
        ("疾病诊断", "diagnosis"),
        ("监护情况", "guardianship"),
        ("死亡日期", "@died_on"),
        ("迁出时间", "@moved_out_on"),
    ],
)
def test_headings_of_real_registers(title: str, key: str) -> None:
    assert known([[title, "性别", "民族", "备注"]])[key] == 0


def test_header_under_a_merged_title_and_over_hints() -> None:
    rows = [
        ["××镇严重精神障碍患者花名册", None, None],
        ["填报单位：××卫生院", None, "填报日期：2026年11月"],
        ["姓名", "身份证号码", "监护情况"],
        ["必填", "文本", "正常|弱|无"],
        ["张三", ZHANG, "正常"],
    ]
    assert known(rows) == {"name": 0, "id_number": 1, "guardianship": 2}
    assert people(rows) == [5]


def test_two_lines_keep_the_guardian_apart() -> None:
    rows = [
        ["花名册", *[None] * 6],
        ["序号", "患者", None, "监护人", None, None, "备注"],
        [None, "姓名", "身份证号", "姓名", "电话", "身份证号", None],
        ["1", "张三", ZHANG, "张大山", "15400000001", LI, "好"],
    ]
    found = known(rows)
    assert found == {
        "serial": 0,
        "name": 1,
        "id_number": 2,
        "guardian_name": 3,
        "guardian_phone": 4,
        "guardian_id_number": 5,
        "note": 6,
    }
    assert people(rows) == [4]


def test_a_name_under_a_strange_group_is_nobody_we_know() -> None:
    rows = [["姓名", "性别", "网格员", None], [None, None, "姓名", "电话"], ["张三", "男", "李四", "15400000002"]]
    assert known(rows) == {"name": 0, "sex": 1}


def test_drug_lines_under_three_lines_of_header() -> None:
    rows = [
        ["姓名", "身份证号", "随访日期", "用药情况", None, None, None, "用药指导", None],
        [None, None, None, "药物1", None, "药物2", None, "药物1", None],
        [None, None, None, "名称", "每次剂量（mg）", "名称", "每次剂量（mg）", "名称", "晚（mg）"],
        ["张三", ZHANG, "2026-01-05", "利培酮", 2, "氯氮平", 25, "利培酮", 2],
    ]
    found = known(rows, VISIT)
    assert found["drugs_current:1:dose"] == 4
    assert found["drugs_current:2:drug_name"] == 5
    assert found["drugs_guidance:1:night"] == 8


def test_blank_total_note_and_repeated_rows_are_no_people() -> None:
    header = list(REGISTER[:5])
    rows = [
        header,
        ["张三", ZHANG, "男", "19700305", "张大山"],
        [None] * 5,
        ["  ", None, None, None, None],
        header,
        ["李四", LI, "女", date(1981, 12, 10), None],
        ["小  计", None, 2, None, None],
        ["合计（人）", None, 2, None, None],
        ["注：1.本表由各村填报。", None, None, None, None],
        ["填表人：王五", None, "审核人：", None, "联系电话："],
        [None, None, None, None, "单位负责人签字"],
    ]
    assert people(rows) == [2, 6]


def test_somebody_without_name_and_number_is_not_dropped_silently() -> None:
    rows = [list(REGISTER[:5]), [None, None, "男", "19700305", "张大山"]]
    assert people(rows) == [2]


def test_serial_numbers_filled_in_advance_are_no_people() -> None:
    rows = [["序号", "姓名", "身份证号"], [1, "张三", ZHANG], [2, None, None], [3, None, None]]
    assert people(rows) == [2]


def test_nothing_like_a_header() -> None:
    assert find_header([["采购清单", None], ["品名", "数量"], ["纸", 3]], PERSON) is None
