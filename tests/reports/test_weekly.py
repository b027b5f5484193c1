"""The official table as cells: heads, totals, targets, definitions, what produced it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date

import pytest

from mhdesk.reports import weekly
from mhdesk.reports.model import Cell, Format, Report, Sheet
from mhdesk.rules import ruleset, targets
from mhdesk.rules.facts import PatientFacts, make_visit
from mhdesk.rules.indicators.registry import INDICATORS
from mhdesk.rules.indicators.tally import Figures
from mhdesk.rules.rollup import KINDS, Place, RollUp, Row, compute, period_of

ON = date(2026, 11, 20)
PLACE = Place(
    "龙兴中心卫生院",
    "township",
    [Row(2, "龙兴村", Figures(population=1000)), Row(3, "石船社区"), Row(0, "未填村（居）")],
    {None: 0, 2: 2, 3: 3},
    Figures(population=61_288, staff_fte=1.5, psychiatrists=1),
)


def people() -> list[PatientFacts]:
    good = [make_visit(date(2026, month, 10), visit_class="3", adherence="1") for month in (1, 4, 7, 10)]
    return [
        PatientFacts(id=1, unit_id=2, visits=good, last=good[-1], colour="green"),
        PatientFacts(id=2, unit_id=2, visits=good[:1], last=good[0]),
        PatientFacts(id=3, unit_id=3),
    ]


def roll_up(kind: str = "weekly", facts: Sequence[PatientFacts] | None = None, **changes: object) -> RollUp:
    made = compute(
        people() if facts is None else facts,
        period=period_of(kind, ON, today=ON),
        rules=ruleset.load(None),
        place=PLACE,
        targets=[targets.shipped()["yubei_2023"]],
    )
    return dataclasses.replace(made, data_hash="f" * 64, audit_head="a" * 64, **changes)  # type: ignore[arg-type]


REPORT = weekly.build(roll_up())
TABLES = REPORT.sheets[:4]


def line(sheet: Sheet, name: str) -> dict[str, Cell]:
    """The cells of a row by their key."""
    row = next(row for row in sheet.rows if row[0] is not None and row[0].value == name)
    return {cell.key: cell for cell in row if cell is not None and cell.key}


def test_four_tables_and_the_definitions() -> None:
    assert [sheet.name for sheet in REPORT.sheets] == [
        "表一 在册与管理",
        "表二 病情与服药",
        "表三 随访与力量",
        "表四 服务与协作",
        "指标口径",
    ]
    assert REPORT.file_stem == "周报_龙兴中心卫生院_20261116"
    assert TABLES[0].title == "龙兴中心卫生院严重精神障碍患者管理治疗周报表（一）"
    assert TABLES[0].left_note == "填报单位（盖章）：龙兴中心卫生院"
    assert TABLES[0].right_note == "2026年第47周（11月16日—11月22日）　数据截止日期：2026-11-20"


@pytest.mark.parametrize("sheet", TABLES, ids=lambda sheet: sheet.name)
def test_the_header_has_two_lines_that_cover_every_column(sheet: Sheet) -> None:
    first, second = sheet.header
    width = len(sheet.columns)
    assert len(first) == len(second) == width
    assert first[0] is not None
    assert first[0].row_span == 2
    assert sum(cell.col_span for cell in first if cell is not None) == width
    assert second[0] is None
    assert all(cell is not None and cell.value and cell.hint for cell in second[1:])
    assert all(len(row) == width for row in sheet.rows)


@pytest.mark.parametrize("sheet", TABLES, ids=lambda sheet: sheet.name)
def test_it_fits_the_page(sheet: Sheet) -> None:
    assert sheet.landscape
    assert sheet.fit_to_width
    assert sum(column.width_mm for column in sheet.columns) <= 280  # A4 landscape between margins, at readable size


@pytest.mark.parametrize("sheet", TABLES, ids=lambda sheet: sheet.name)
def test_totals_are_sums_and_members_are_the_number(sheet: Sheet) -> None:
    total = line(sheet, "合计")
    for key, cell in total.items():
        if cell.format is Format.INTEGER and key not in ("population", "staff"):
            units = [line(sheet, name)[key] for name in ("龙兴村", "石船社区")]
            assert cell.value == sum(one.value for one in units if isinstance(one.value, int)), key
        if cell.members is not None and cell.format is Format.INTEGER and key not in ("population", "staff"):
            assert cell.value == len(cell.members), key
            assert isinstance(cell.value, int)


def test_numbers_stay_numbers() -> None:
    total = line(TABLES[0], "合计")
    assert total["registered"].value == 3
    assert total["standard_management_rate"].value == pytest.approx(1 / 3)
    assert total["standard_management_rate"].format is Format.PERCENT
    assert total["standard_management_rate.numerator"].value == 1
    assert list(total["standard_management_rate"].members or ()) == [1]
    assert total["prevalence"].value == pytest.approx(3 / 61_288)  # 石船社区 has no figure: the township's own
    assert line(TABLES[0], "龙兴村")["prevalence"].value == pytest.approx(2 / 1000)
    assert line(TABLES[0], "石船社区")["prevalence"].value is None
    assert line(TABLES[0], "石船社区")["population"].value is None
    assert line(TABLES[2], "合计")["staff_ratio"].value == "1/2"
    assert line(TABLES[2], "合计")["psychiatrists_per_100k"].value == pytest.approx(1.6316, abs=1e-4)


def test_nothing_to_divide_by_is_a_dash_and_never_zero() -> None:
    sheet = weekly.build(roll_up(facts=[])).sheets[0]
    assert line(sheet, "合计")["management_rate"].value is None
    assert line(sheet, "合计")["registered"].value == 0


def test_targets_stand_under_the_rates() -> None:
    sheet = TABLES[0]
    place = [cell.value for cell in sheet.header[1] if cell is not None].index("规范管理率") + 1
    asked, reached = sheet.rows[-2], sheet.rows[-1]
    assert [row[0].value for row in (asked, reached) if row[0]] == ["目标（渝北卫健〔2023〕260号）", "是否达标"]
    assert (asked[place].value, reached[place].value) == (">90%", "未达标")  # type: ignore[union-attr]
    assert line(sheet, "龙兴村")["standard_management_rate"].tone == "late"
    met = weekly.build(roll_up(facts=people()[:1])).sheets[0]
    assert met.rows[-1][place].value == "达标"  # type: ignore[union-attr]
    assert line(met, "合计")["standard_management_rate"].tone == "good"


def test_a_sheet_without_targets_has_no_target_rows() -> None:
    sheets = weekly.build(roll_up(targets=())).sheets
    assert [sheet.rows[-1][0].value for sheet in sheets[:3] if sheet.rows[-1][0]] == ["合计"] * 3


def test_the_balance_and_the_rule_set_stand_under_the_table() -> None:
    assert TABLES[0].notes[0] == "平衡核对：期初 3 + 新增 0 + 迁入 0 − 死亡 0 − 迁出 0 = 期末 3，相符。"
    assert "SC2017" in TABLES[0].notes[1]
    assert "假定" in TABLES[0].notes[1]
    assert TABLES[0].notes[2] == "本期尚未结束，数据截至 2026-11-20。"


def test_every_number_is_defined() -> None:
    definitions = REPORT.sheets[4]
    named = {row[0].value for row in definitions.rows if row[0] is not None}
    shown = {
        cell.key.removesuffix(".numerator")
        for sheet in TABLES
        for row in sheet.rows
        for cell in row
        if cell and cell.key
    }
    assert shown - {"population"} <= set(INDICATORS)
    assert len(named) == len(shown - {"population"})
    assert all(cell is not None and cell.value for row in definitions.rows for cell in row)


def test_what_produced_it() -> None:
    told = dict(REPORT.provenance)
    assert told["数据截止日期"] == "2026-11-20"
    assert told["统计口径"] == "月份间隔口径（四川2017）（SC2017，版本 2026.1）"
    assert told["数据指纹（SHA-256）"] == "f" * 64
    assert told["审计链末端"] == "a" * 64
    assert told["程序版本"].startswith("mhdesk ")
    assert told["参数：宽限天数"].startswith("0〔假定〕")
    assert told["参数：在册口径"].startswith("截止日在册〔已核实〕")
    assert sum(key.startswith("参数：") for key in told) == len(ruleset.load(None).parameters)


@pytest.mark.parametrize("kind", KINDS)
def test_other_periods_use_the_same_table(kind: str) -> None:
    report: Report = weekly.build(roll_up(kind))
    span = {"weekly": "本周", "monthly": "本月", "quarterly": "本季", "annual": "本年"}[kind]
    assert any(cell is not None and cell.value == f"{span}新增" for cell in report.sheets[0].header[1])


def test_what_the_contract_names_and_the_circulars_ask_has_a_column() -> None:
    keys = {cell.key.partition(".")[0] for sheet in TABLES for row in sheet.rows for cell in row if cell and cell.key}
    assert keys >= {"training_sessions", "joint_visits", "information_exchanges", "checkup_rate", "incident_rate"}
    assert keys - {"population"} <= set(INDICATORS)
