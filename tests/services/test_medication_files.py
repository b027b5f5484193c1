"""Import and export of medication: counts that add up, unknown names kept, a second import the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from db.ledger import Ledger
from mhdesk.domain.medication import Dispensing, Injection, MedicationOrder
from mhdesk.services import imports, undo
from mhdesk.services.imports.result import ImportResult
from mhdesk.services.medication import files, review
from tests.services.people import TODAY, id_number, person
from tests.services.workbooks import xlsx

HANDED = ("姓名", "身份证号", "发药日期", "药名", "数量", "单位", "可服天数", "批号", "领取人")
GIVEN = ("姓名", "身份证号", "注射日期", "药名", "剂量", "注射部位", "下次应注射日期")
ORDERED = ("姓名", "身份证号", "开始日期", "药名", "早", "晚", "停药日期", "停药原因")


@pytest.fixture
def ledger(ledger: Ledger) -> Ledger:
    with ledger.change("test") as change:
        change.add_many([person(), person("李四", serial=13)])
    return ledger


def row(*cells: Any, name: str = "张三", serial: int = 11) -> list[Any]:
    return [name, id_number(serial), *cells]


def book(folder: Path) -> Path:
    handed = [
        HANDED,
        row("2026-10-01", "利培酮片", "60片", None, 30, "A1", "本人"),
        row("2026-10-29", "利培酮片", 60, "片", 30, "A1", "本人"),
        row("2026-11-02", "利培酮片", 60, "片", 30, "A1", "本人"),  # handed out twice in a week
        row("2026-10-01", "某某片", 30, "片", 30, None, None, name="李四", serial=13),  # not in the dictionary
        row("2026-10-02", "奥氮平", -3, "片", 30, None, None),
        row("2027-10-02", "奥氮平", 30, "片", 30, None, None),
        row("2026-10-02", "奥氮平", 30, "盒", 30, None, None),
        row("2026-10-01", "利培酮片", 30, "片", 15, "A1", "本人"),  # contradicts the first
        row("2026-10-02", "奥氮平", 30, "片", 30, None, None, name="王五", serial=15),
    ]
    given = [GIVEN, row("2026-10-20", "善思达", "100mg", "左臀", "2026-11-17")]
    ordered = [
        ORDERED,
        row("2026-01-05", "奥氮平", None, 10, "2026-03-01", "自行停药"),
        row("2026-04-05", "奥氮平", None, 10, "2026-03-01", "自行停药"),
    ]
    return xlsx(folder / "服药.xlsx", handed, given, ordered, names=("发药", "针剂", "医嘱"))


def read(ledger: Ledger, file: Path, **options: Any) -> ImportResult:
    return imports.import_file(ledger, file, today=TODAY, **options)


def counts(found: ImportResult) -> tuple[int, ...]:
    return (found.rows, found.new, found.same, found.changed, found.conflict, found.rejected)


@pytest.mark.parametrize("kind", ["auto", "medication"])
def test_counts_add_up_and_a_second_import_is_the_same(ledger: Ledger, tmp_path: Path, kind: str) -> None:
    file = book(tmp_path)
    dry = read(ledger, file, kind=kind, dry_run=True)
    assert ledger.find(Dispensing) == []
    found = read(ledger, file, kind=kind)
    assert counts(found) == counts(dry) == (12, 6, 0, 0, 1, 5)
    assert sum(counts(found)[1:]) == found.rows
    codes = {one.code for one in found.problems}
    assert codes >= {"MED03", "MED05", "MED08", "MED10", "MED19", "MED30", "MED34", "MH-IMPORT-40"}
    assert [one.drug_name for one in review.unknown(ledger)] == ["某某片"]
    assert next((one.quantity, one.unit) for one in ledger.find(Dispensing)) == (60.0, "片")
    assert ledger.find(Injection)[0].next_due_on == date(2026, 11, 17)
    assert ledger.find(MedicationOrder)[0].stop_reason == "2"
    assert found.rejected_file is not None
    returned = load_workbook(found.rejected_file)
    assert sum(sheet.max_row for sheet in returned.worksheets) >= 6
    again = read(ledger, file, kind=kind)
    assert counts(again) == (12, 0, 6, 0, 1, 5)
    last = undo.last(ledger)
    assert last is not None


def test_what_was_written_out_reads_back_as_the_same(ledger: Ledger, tmp_path: Path) -> None:
    read(ledger, book(tmp_path))
    for name in ("全部.xlsx", "发药.csv"):
        written = files.export(ledger, tmp_path / name, kinds=("dispensing",) if name.endswith("csv") else None)
        found = read(ledger, written.path, kind="medication")
        assert (found.rows, found.same) == (written.rows, written.rows)
        assert written.rows == (4 if name.endswith("csv") else 6)


def test_a_changed_row_changes_the_record_and_keeps_the_rest(ledger: Ledger, tmp_path: Path) -> None:
    read(ledger, book(tmp_path))
    table = [HANDED[:5], row("2026-10-01", "利培酮片", 56)]
    found = read(ledger, xlsx(tmp_path / "改.xlsx", table), kind="medication")
    assert counts(found) == (1, 0, 0, 1, 0, 0)
    changed = ledger.find(Dispensing)[0]
    assert (changed.quantity, changed.batch, changed.version) == (56.0, "A1", 2)
