"""Registers into a real ledger: new, same, changed, conflict, rejected."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from db.ledger import Ledger
from mhdesk.domain.account import CustomField, ImportBatch
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.errors import Cancelled, InputRefused, UsageError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.unit import Unit
from mhdesk.services import imports, patients
from tests.services.workbooks import LI, REGISTER, WANG, ZHANG, number, person, xls, xlsx

Run = Callable[..., imports.ImportResult]


@pytest.fixture
def run(ledger: Ledger, tmp_path: Path, today: date) -> Run:
    def imported(*rows: Sequence[Any], header: Sequence[Any] = REGISTER, **options: Any) -> imports.ImportResult:
        path = xlsx(tmp_path / "花名册.xlsx", [header, *rows])
        result = imports.import_file(ledger, path, today=today, **options)
        parts = (result.new, result.same, result.changed, result.conflict, result.rejected)
        assert sum(parts) == result.rows
        return result

    return imported


def codes(result: imports.ImportResult) -> list[str]:
    return [problem.code for problem in result.problems]


def only(ledger: Ledger) -> Patient:
    (found,) = ledger.find(Patient)
    return found


def test_a_register_comes_in_whole(run: Run, ledger: Ledger) -> None:
    result = run(person("张三", ZHANG), person("李四", LI, village="白云社区居委会"))
    assert (result.rows, result.new) == (2, 2)
    assert result.created_units == ["青龙村", "白云社区"]
    zhang = ledger.find(Patient, id_number=ZHANG)[0]
    assert zhang.birth_date == PartialDate(1970, 3, 5)
    assert zhang.sex == "1"
    assert zhang.diagnosis == "1"
    assert zhang.registered_on == date(2020, 5, 6)
    village = ledger.get(Unit, zhang.unit_id or 0)
    assert (village.name, village.parent_id) == ("青龙村", ledger.root_unit_id)


def test_new_people_can_be_searched(run: Run, ledger: Ledger) -> None:
    run(person("欧阳䶮", ZHANG))
    assert [hit.name for hit in patients.search(ledger, "欧阳")] == ["欧阳䶮"]


def test_the_same_file_twice_is_all_the_same(run: Run, ledger: Ledger) -> None:
    rows = [person("张三", ZHANG), person("李四", LI), person("王五", WANG)]
    run(*rows)
    again = run(*rows)
    assert (again.rows, again.same) == (3, 3)
    assert all(one.version == 1 for one in ledger.find(Patient))


def test_a_changed_cell_changes_and_keeps_the_history(run: Run, ledger: Ledger) -> None:
    run(person("张三", ZHANG))
    result = run(person("张三", ZHANG, phone="15400009999", village="白云社区"))
    assert result.changed == 1
    stored = only(ledger)
    assert stored.guardian_phone == "15400009999"
    assert ledger.get(Unit, stored.unit_id or 0).name == "白云社区"
    (before,) = ledger.history_of(Patient, stored.id or 0)
    assert before.before["guardian_phone"] == "15400000001"


def test_an_empty_cell_erases_nothing_and_a_vaguer_date_changes_nothing(run: Run, ledger: Ledger) -> None:
    header = [*REGISTER, "初次发病时间"]
    run([*person("张三", ZHANG), "2015年3月7日"], header=header)
    result = run([*person("张三", ZHANG, phone=None), "2015年"], header=header)
    assert result.same == 1
    assert only(ledger).guardian_phone == "15400000001"
    assert only(ledger).onset_date == PartialDate(2015, 3, 7)


def test_another_name_under_the_same_number_is_a_conflict(run: Run, ledger: Ledger) -> None:
    run(person("张三", ZHANG))
    result = run(person("张叁", ZHANG), person("李四", LI))
    assert (result.conflict, result.new) == (1, 1)
    assert codes(result) == ["MH-IMPORT-23"]
    assert ledger.find(Patient, id_number=ZHANG)[0].name == "张三"


def test_a_number_stored_as_a_number_is_never_stored(run: Run, ledger: Ledger) -> None:
    result = run(
        person("张三", int(ZHANG[:15] + "000")), person("李四", float(LI[:15] + "000")), person("王五", "5.00199E+17")
    )
    assert (result.rejected, result.new) == (3, 0)
    assert codes(result) == ["MH-IMPORT-20", "MH-IMPORT-20", "MH-FORM-19"]
    assert not ledger.find(Patient)


def test_a_phone_stored_as_a_number_is_read(run: Run, ledger: Ledger) -> None:
    run(person("张三", ZHANG, phone=15400000001))
    assert only(ledger).guardian_phone == "15400000001"


def test_lower_case_and_full_width_numbers_are_one_person(run: Run, ledger: Ledger) -> None:
    ending_in_x = next(one for one in (number("19700305", n) for n in range(100, 200)) if one.endswith("X"))
    run(person("张三", ending_in_x))
    full_width = ending_in_x.translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    assert run(person(" 张　三 ", ending_in_x.lower())).same == 1
    assert run(person("张三", full_width)).same == 1
    assert only(ledger).id_number == ending_in_x


def test_a_number_twice_in_a_file(run: Run) -> None:
    result = run(person("张三", ZHANG), person("张三", ZHANG), person("张三", ZHANG, phone="15400008888"))
    assert (result.new, result.same, result.conflict) == (1, 1, 1)
    assert codes(result) == ["MH-IMPORT-22"]


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("死亡日期", "1969-01-01", "MH-IMPORT-26"),
        ("死亡日期", "2027-01-01", "MH-IMPORT-27"),
        ("死亡日期", "2026-02-30", "MH-FORM-02"),
        ("确诊日期", "2026-02-30", "MH-FORM-02"),
        ("确诊日期", "3.5", "MH-IMPORT-30"),
        ("确诊日期", "今天", "MH-IMPORT-30"),
        ("确诊日期", "26.3.5", "MH-FORM-03"),
        ("确诊日期", "1969-12", "MH-IMPORT-36"),
        ("知情同意签字时间", "2020-05-05", "Q05a"),
        ("知情同意签字时间", "2027-03-01", "MH-IMPORT-27"),
        ("迁出日期", "2025年", "MH-FORM-04"),
        ("户别", "外星", "MH-FORM-06"),
        ("分色定级", "紫", "MH-FORM-06"),
        ("既往危险行为", "7,1x2", "MH-FORM-10"),
        ("既往危险行为", "9x1", "MH-FORM-06"),
        ("曾住院次数", "很多", "MH-FORM-13"),
    ],
)
def test_what_cannot_be_true_or_read_comes_back(run: Run, ledger: Ledger, column: str, cell: str, code: str) -> None:
    result = run([*person("张三", ZHANG), cell], header=[*REGISTER, column])
    assert (result.rejected, codes(result)) == (1, [code])
    assert result.problems[0].column == column
    assert result.problems[0].row == 2
    assert cell not in result.problems[0].message or code.startswith(("MH-FORM", "MH-IMPORT-30"))
    assert not ledger.find(Patient)


@pytest.mark.parametrize(
    ("name", "code"), [("赵" * 61, "MH-FORM-22"), (None, "MH-IMPORT-21"), ("不详", "MH-IMPORT-21")]
)
def test_names_that_are_none(run: Run, name: str | None, code: str) -> None:
    assert codes(run([name, *person("", ZHANG)[1:]])) == [code]


@pytest.mark.parametrize("name", ["买买提艾力·阿不都克里木·吐尔逊尼牙孜·玉素甫江", "杨㛃", "欧阳𬭎", "赵" * 60])
def test_long_and_rare_names_come_in_as_they_are(run: Run, ledger: Ledger, name: str) -> None:
    run(person(name, ZHANG))
    assert only(ledger).name == name
    assert run(person(name, ZHANG)).same == 1


@pytest.mark.parametrize(
    "cell",
    [
        "20150307",
        20150307,
        "2015-3-7",
        "2015.3.7",
        "2015/3/7",
        "2015年3月7日",
        "２０１５年３月７日",
        date(2015, 3, 7),
        42070,
        " 2015-03-07 ",
    ],
)
def test_dates_in_every_spelling(run: Run, ledger: Ledger, cell: Any) -> None:
    run([*person("张三", ZHANG)[:-1], cell])
    assert only(ledger).registered_on == date(2015, 3, 7)


def test_a_formula_counts_by_its_stored_result_and_hurts_nobody(run: Run, ledger: Ledger) -> None:
    # Written by a program that stores no results: the cell is as good as empty.
    result = run([*person("张三", ZHANG)[:4], '=CONCATENATE("张","大山")', *person("", "")[5:]])
    assert result.new == 1
    assert only(ledger).guardian_name is None


def test_no_number_is_matched_by_name_and_birth_or_phone(run: Run, ledger: Ledger) -> None:
    header = ("姓名", "出生日期", "监护人电话", "备注")
    run(["张三", "1970-03-05", "15400000001", None], ["李四", None, "15400000002", None], header=header)
    result = run(["张三", "1970-03-05", None, "甲"], ["李四", None, "15400000002", "乙"], header=header)
    assert result.changed == 2
    assert {one.note for one in ledger.find(Patient)} == {"甲", "乙"}


def test_two_people_of_one_name_and_birth_cannot_be_told_apart(run: Run) -> None:
    run(person("张三", ZHANG), person("张三", number("19700305", 21)))
    result = run(["张三", "1970-03-05"], header=("姓名", "出生日期"))
    assert codes(result) == ["MH-IMPORT-24"]
    assert result.conflict == 1


def test_a_name_alone_is_nobody(run: Run) -> None:
    result = run(["张三", "男"], header=("姓名", "性别"))
    assert codes(result) == ["MH-IMPORT-25"]


def test_a_number_is_added_to_somebody_who_had_none(run: Run, ledger: Ledger) -> None:
    run(["张三", "1970-03-05"], header=("姓名", "出生日期"))
    assert run(person("张三", ZHANG)).changed == 1
    assert only(ledger).id_number == ZHANG


def test_birth_and_sex_against_the_number_are_pointed_out(run: Run, ledger: Ledger) -> None:
    result = run(["张三", ZHANG, "女", "1971-03-05", *person("", "")[4:]])
    assert (result.new, codes(result)) == (1, ["MH-IMPORT-33", "MH-IMPORT-33"])
    assert only(ledger).sex == "2"


def test_other_documents_need_no_resident_number(run: Run, ledger: Ledger) -> None:
    run([*person("张三", "E12345678"), "护照"], header=[*REGISTER, "证件类别"])
    assert only(ledger).id_number == "E12345678"


def test_status_columns_become_movements_once(run: Run, ledger: Ledger) -> None:
    header = [*REGISTER, "迁入日期", "迁出日期", "迁往地", "死亡日期"]
    rows = [
        [*person("张三", ZHANG), None, None, None, "2026-03-04"],
        [*person("李四", LI), None, "2025-07-01", "四川省邻水县", None],
        [*person("王五", WANG)[:-1], None, "2024-08-01", None, None, None],
    ]
    assert run(*rows, header=header).new == 3
    assert run(*rows, header=header).same == 3
    moves = {(one.kind, one.happened_on.isoformat(), one.other_unit) for one in ledger.find(Movement)}
    assert moves == {("died", "2026-03-04", None), ("moved_out", "2025-07-01", "四川省邻水县")}
    wang = ledger.find(Patient, id_number=WANG)[0]
    assert (wang.registered_as, wang.registered_on) == ("moved_in", date(2024, 8, 1))


def test_somebody_who_came_back(run: Run, ledger: Ledger) -> None:
    header = [*REGISTER, "迁出日期", "迁入日期"]
    row = [*person("张三", ZHANG), "2024-07-01", "2025-02-01"]
    assert run(row, header=header).new == 1
    assert run(row, header=header).same == 1
    assert [one.kind for one in ledger.find(Movement)] == ["moved_out", "moved_in"]


def test_an_illness_in_the_wrong_order(run: Run) -> None:
    header = [*REGISTER, "初次发病时间", "首次抗精神病药治疗时间", "确诊日期"]
    rows = [
        [*person("张三", ZHANG), "2015年3月", "2015年", "2015.4.1"],
        [*person("李四", LI), "2015年3月", "2015年2月", None],
        [*person("王五", WANG), "2015年3月", None, "2014"],
    ]
    result = run(*rows, header=header)
    assert (result.new, codes(result)) == (1, ["Q04b", "Q04d"])


def test_a_second_death_is_a_conflict(run: Run) -> None:
    header = [*REGISTER, "死亡日期"]
    run([*person("张三", ZHANG), "2026-03-04"], header=header)
    result = run([*person("张三", ZHANG), "2026-03-05"], header=header)
    assert codes(result) == ["MH-IMPORT-28"]


@pytest.mark.parametrize(
    ("known", "said", "code"),
    [
        ({"死亡日期": "2026-05-01"}, {"迁入日期": "2026-06-01"}, "MH-IMPORT-57"),
        ({"死亡日期": "2026-05-01"}, {"迁出日期": "2026-06-01"}, "MH-IMPORT-54"),
        ({"迁出日期": "2026-05-01"}, {"迁入日期": "2026-06-01", "死亡日期": "2026-05-20"}, "MH-IMPORT-54"),
        ({"迁出日期": "2026-05-01", "迁入日期": "2026-06-01"}, {"死亡日期": "2026-05-20"}, "MH-IMPORT-54"),
        ({}, {"死亡日期": "2019-05-01"}, "MH-IMPORT-55"),
        ({}, {"迁出日期": "2019-05-01"}, "MH-IMPORT-55"),
        ({"死亡日期": "2026-05-01"}, {"建档日期": "2026-06-01"}, "MH-IMPORT-57"),
    ],
)
def test_movements_against_the_record_are_conflicts(
    run: Run, ledger: Ledger, known: dict[str, str], said: dict[str, str], code: str
) -> None:
    def row(more: dict[str, str]) -> list[Any]:
        day = more.get("建档日期", "2020-05-06")
        cells = person("张三", ZHANG)
        cells[REGISTER.index("建档日期")] = day
        return [*cells, *(more.get(name) for name in ("死亡日期", "迁出日期", "迁入日期"))]

    header = [*REGISTER, "死亡日期", "迁出日期", "迁入日期"]
    run(row(known), header=header)
    before = ledger.find(Movement)
    result = run(row(said), header=header)
    assert (result.conflict, codes(result)) == (1, [code])
    assert ledger.find(Movement) == before


def test_an_exit_before_a_stored_visit_is_a_conflict(run: Run, ledger: Ledger) -> None:
    run(person("张三", ZHANG))
    with ledger.change("follow_up.record") as change:
        change.add(FollowUp(patient_id=only(ledger).id or 0, visit_date=date(2026, 6, 1), risk_level="0"))
    for column, code in (("死亡日期", "MH-IMPORT-49"), ("迁出日期", "MH-IMPORT-56")):
        result = run([*person("张三", ZHANG), "2026-05-20"], header=[*REGISTER, column])
        assert codes(result) == [code]
    assert run([*person("张三", ZHANG), "2026-06-01"], header=[*REGISTER, "死亡日期"]).changed == 1


def test_units_of_somebody_else_are_refused(run: Run, ledger: Ledger) -> None:
    header = [*REGISTER, "基层医疗机构名称"]
    own = "龙华街道社区卫生服务中心"
    result = run([*person("张三", ZHANG), own], [*person("李四", LI), "回兴社区卫生服务中心"], header=header)
    assert (result.new, codes(result)) == (1, ["MH-IMPORT-31"])
    assert [unit.name for unit in ledger.find(Unit, level="village")] == ["青龙村"]


def test_unknown_columns_are_named(run: Run) -> None:
    result = run([*person("张三", ZHANG), "42"], header=[*REGISTER, "鞋码"])
    assert result.new == 1
    assert [(one.code, one.column, one.row) for one in result.problems] == [("MH-IMPORT-60", "鞋码", 1)]


def test_items_a_district_added_itself(run: Run, ledger: Ledger) -> None:
    with ledger.change("custom_field.add") as change:
        change.add(CustomField(form="patient", key="shoe", label="鞋码"))
        change.add(CustomField(form="patient", key="hat", label="帽号"))
    header = [*REGISTER, "鞋码", "帽号"]
    run([*person("张三", ZHANG), "42", "7"], header=header)
    assert only(ledger).custom == {"shoe": "42", "hat": "7"}
    assert run([*person("张三", ZHANG), "43", None], header=header).changed == 1
    assert only(ledger).custom == {"shoe": "43", "hat": "7"}


def test_a_dry_run_tells_the_same_and_writes_nothing(run: Run, ledger: Ledger, tmp_path: Path) -> None:
    rows = [person("张三", ZHANG), person("李四", "500199"), person("王五", WANG, village="白云社区")]
    dry = run(*rows, dry_run=True)
    assert not ledger.find(Patient)
    assert len(ledger.find(Unit)) == 1
    assert not list(tmp_path.glob("*未导入*"))
    wet = run(*rows)
    assert (dry.rows, dry.new, dry.rejected) == (wet.rows, wet.new, wet.rejected) == (3, 2, 1)
    assert dry.problems == wet.problems
    assert dry.created_units == wet.created_units


def test_rejected_rows_come_back_with_reasons_and_can_be_corrected(
    run: Run, ledger: Ledger, tmp_path: Path, today: date
) -> None:
    result = run(person("张三", ZHANG), person("李四", LI[:-1] + ("1" if LI[-1] != "1" else "2")))
    assert result.rejected_file == tmp_path / "花名册-未导入.xlsx"
    rows = CalamineWorkbook.from_path(result.rejected_file).get_sheet_by_index(0).to_python()
    header = next(position for position, row in enumerate(rows) if "退回原因" in list(row))
    back = dict(zip(rows[header], rows[header + 1], strict=True))
    assert "校验码" in str(back["退回原因"])
    assert (back["原行号"], back["姓名"]) == (3, "李四")
    corrected = [[LI if cell == back["身份证号"] else cell for cell in row] for row in rows]
    again = imports.import_file(ledger, xlsx(tmp_path / "改好.xlsx", corrected), today=today)
    assert (again.rows, again.new, again.rejected) == (1, 1, 0)
    assert len(ledger.find(Patient)) == 2


def test_an_earlier_file_of_rejected_rows_is_never_written_over(run: Run, tmp_path: Path) -> None:
    run(person("李四", "500199"))
    kept = (tmp_path / "花名册-未导入.xlsx").read_bytes()
    assert run(person("李四", "500199")).rejected_file == tmp_path / "花名册-未导入(2).xlsx"
    assert (tmp_path / "花名册-未导入.xlsx").read_bytes() == kept


def test_cancel_stores_nothing(run: Run, ledger: Ledger, tmp_path: Path) -> None:
    class Impatient:
        def __init__(self, patience: int) -> None:
            self.left = patience

        def step(self, done: int, total: int, text: str) -> None:
            self.left -= 1
            if self.left < 0:
                raise Cancelled

    rows = [person(f"王{n}", number("19600101", n)) for n in range(1, 30)] + [person("李四", "500199")]
    for patience in range(200):
        try:
            run(*rows, task=Impatient(patience))
        except Cancelled:
            assert not ledger.find(Patient)
            assert not ledger.find(ImportBatch)
            assert not list(tmp_path.glob("*未导入*"))
        else:
            assert patience > 4
            break
    assert len(ledger.find(Patient)) == 29


def test_the_batch_remembers_the_file(run: Run, ledger: Ledger, tmp_path: Path) -> None:
    run(person("张三", ZHANG))
    (batch,) = ledger.find(ImportBatch)
    assert (batch.file_name, batch.kind, batch.rows, batch.new) == ("花名册.xlsx", "patients", 1, 1)
    assert batch.file_hash == hashlib.sha256((tmp_path / "花名册.xlsx").read_bytes()).hexdigest()


def test_a_file_name_in_another_encoding(ledger: Ledger, tmp_path: Path, today: date) -> None:
    rows = [REGISTER, person("张三", ZHANG), person("李四", "500199")]
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xbb\xa8.xlsx"))
    path.write_bytes(xlsx(tmp_path / "x.xlsx", rows).read_bytes())
    result = imports.import_file(ledger, path, today=today)
    assert (result.new, result.rejected) == (1, 1)
    assert ledger.find(ImportBatch)[0].file_name == "__.xlsx"
    assert result.rejected_file is not None
    assert result.rejected_file.is_file()


def test_csv_of_windows_and_xls_of_long_ago(ledger: Ledger, tmp_path: Path, today: date) -> None:
    rows = [REGISTER, person("张三", ZHANG), person("李四", LI)]
    text = "\r\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in rows)
    csv = tmp_path / "名册.csv"
    csv.write_bytes(text.encode("gb18030"))
    assert imports.import_file(ledger, csv, today=today).new == 2
    assert imports.import_file(ledger, xls(tmp_path / "名册.xls", rows), today=today).same == 2
    csv.write_bytes(text.encode("utf-8-sig"))
    assert imports.import_file(ledger, csv, today=today).same == 2


def test_a_number_in_scientific_notation_in_csv(ledger: Ledger, tmp_path: Path, today: date) -> None:
    csv = tmp_path / "名册.csv"
    csv.write_text(f"姓名,身份证号,性别\n张三,{ZHANG[0]}.{ZHANG[1:6]}E+17,男\n李四,{LI},女\n", encoding="utf-8")
    result = imports.import_file(ledger, csv, today=today)
    assert (result.new, result.rejected, codes(result)) == (1, 1, ["MH-FORM-19"])


@pytest.mark.parametrize(("kind", "code"), [("auto", "MH-IMPORT-01"), ("follow-ups", "MH-IMPORT-02")])
def test_a_workbook_about_something_else_is_refused(
    ledger: Ledger, tmp_path: Path, today: date, kind: str, code: str
) -> None:
    path = xlsx(tmp_path / "采购.xlsx", [["品名", "数量"], ["纸", 3]])
    with pytest.raises(InputRefused) as caught:
        imports.import_file(ledger, path, kind=kind, today=today)
    assert caught.value.code == code


def test_unknown_kinds_and_editions_are_usage_errors(ledger: Ledger, tmp_path: Path, today: date) -> None:
    with pytest.raises(UsageError):
        imports.import_file(ledger, tmp_path / "x.xlsx", kind="nothing", today=today)
    with pytest.raises(UsageError):
        imports.import_file(ledger, tmp_path / "x.xlsx", edition="2030", today=today)


def test_a_text_file_called_xlsx_and_a_missing_file(ledger: Ledger, tmp_path: Path, today: date) -> None:
    (tmp_path / "假.xlsx").write_text("姓名,身份证号\n", encoding="utf-8")
    for name in ("假.xlsx", "没有.xlsx"):
        with pytest.raises(InputRefused):
            imports.import_file(ledger, tmp_path / name, today=today)


def test_sheets_nobody_recognises_are_named(ledger: Ledger, tmp_path: Path, today: date) -> None:
    path = xlsx(tmp_path / "多表.xlsx", [REGISTER, person("张三", ZHANG)], [["品名", "数量"]], names=["花名册", "采购"])
    result = imports.import_file(ledger, path, today=today)
    assert [(one.sheet, one.code) for one in result.problems] == [("采购", "MH-IMPORT-62")]
