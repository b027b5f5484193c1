from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from mhdesk.domain.errors import Cancelled, OutputFailed
from mhdesk.files import grid, xlsx_parts, xlsx_write
from mhdesk.files.xlsx_dump import dump
from mhdesk.files.xlsx_write import write_report
from mhdesk.reports.model import Cell, Column, Format, Report, Sheet
from tests.files import golden, samples


def written(folder: Path, report: Report) -> Path:
    path = folder / "a.xlsx"
    write_report(report, path, made_at=samples.MADE_AT)
    return path


def value_of(path: Path, coordinate: str) -> Any:
    return openpyxl.load_workbook(path).worksheets[0][coordinate]


def test_an_official_table(tmp_path: Path) -> None:
    golden.check("weekly.xlsx.txt", dump(written(tmp_path, samples.weekly())))


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path, samples.weekly()).read_bytes()
    time.sleep(0.01)
    assert written(tmp_path, samples.weekly()).read_bytes() == first


def test_it_carries_no_name_of_a_person_who_made_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path, samples.weekly())) as content:
        core = content.read("docProps/core.xml").decode()
    assert "<dc:creator>mhdesk</dc:creator>" in core
    assert "2026-11-20T02:00:00Z" in core


def test_a_narrow_table_puts_its_lines_below_each_other(tmp_path: Path) -> None:
    sheet = Sheet(
        "表",
        "表",
        [Column(60)],
        [[Cell("值")]],
        [[Cell("甲")]],
        left_note="左",
        right_note="右",
        foot=("一", "二"),
        frozen_columns=1,
    )
    path = written(tmp_path, Report("k", "t", "s", [sheet]))
    cells = [value_of(path, f"A{row}").value for row in range(1, 8)]
    assert cells == ["表", "左", "右", "值", "甲", "一", "二"]


@pytest.mark.parametrize(
    ("value", "form", "stored", "shown"),
    [
        (12, Format.INTEGER, 12, "0"),
        (0.9265, Format.PERCENT, 0.9265, "0.00%"),
        (0.00306, Format.PERMILLE, 3.06, '0.00"‰"'),
        (1.5, Format.DECIMAL, 1.5, "0.00"),
        (date(2026, 3, 5), Format.DATE, datetime(2026, 3, 5), "yyyy-mm-dd"),  # noqa: DTZ001 - as openpyxl reads it
        (date(1899, 3, 5), Format.DATE, "1899-03-05", "@"),
        (None, Format.INTEGER, "—", "@"),
        (float("nan"), Format.PERCENT, "—", "@"),
        (float("inf"), Format.PERCENT, "—", "@"),
        (13800138000, Format.TEXT, "13800138000", "@"),
        (990112199001011234, Format.INTEGER, "990112199001011234", "@"),
        ("0012", Format.INTEGER, "0012", "@"),
        ("=1+1", Format.TEXT, "=1+1", "@"),
        ("#N/A", Format.TEXT, "#N/A", "@"),
        ("a\x00\x1fb\u202ec\r\nd\te", Format.TEXT, "abc\nd e", "@"),
        ("长" * 300, Format.TEXT, "长" * 300, "General"),
    ],
)
def test_values(tmp_path: Path, value: Any, form: Format, stored: Any, shown: str) -> None:
    cell = value_of(written(tmp_path, samples.single(value, form)), "A3")
    assert cell.value == (pytest.approx(stored) if isinstance(stored, float) else stored)
    assert cell.number_format == shown
    assert cell.data_type == ("s" if isinstance(stored, str) else "d" if isinstance(value, date) else "n")


def test_a_text_beyond_what_a_cell_holds_is_cut_visibly(tmp_path: Path) -> None:
    assert value_of(written(tmp_path, samples.single("x" * 40_000)), "A3").value == "x" * 31_999 + "…"


def test_a_text_that_looks_like_an_escape_stays_as_it_is(tmp_path: Path) -> None:
    path = written(tmp_path, samples.single("_x0041_"))
    assert CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[-1] == ["_x0041_"]


@pytest.mark.parametrize("name", ["a/b:c*d?[e]", "'''", "", "很" * 40])
def test_sheet_names_are_made_legal(tmp_path: Path, name: str) -> None:
    sheet = dataclasses.replace(samples.single("x").sheets[0], name=name)
    book = openpyxl.load_workbook(written(tmp_path, Report("k", "t", "s", [sheet, sheet])))
    assert len(set(book.sheetnames)) == 2
    assert all(one and len(one) <= 31 for one in book.sheetnames)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(
        st.text(max_size=40) | st.sampled_from(["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1"]), max_size=40
    )
)
def test_no_text_becomes_a_formula(tmp_path: Path, values: list[str]) -> None:
    rows = [[Cell(value)] for value in ["=1", *values]]
    sheet = Sheet("=1", "=1", [Column(60)], [[Cell("=1")]], rows, left_note="=1", notes=["=1"], foot=["=1"])
    path = written(tmp_path, Report("k", "=1", "s", [sheet], [("=1", "=1")]))
    with zipfile.ZipFile(path) as content:
        sheets = b"".join(content.read(name) for name in content.namelist() if "worksheets" in name)
    assert b"<f>" not in sheets
    assert b"<f " not in sheets
    assert b'count="0"' not in sheets


def test_overlapping_cells_are_a_bug_of_the_report() -> None:
    with pytest.raises(ValueError, match="overlap"):
        list(grid.place([[Cell("a", col_span=2), Cell("b")]], 2))
    with pytest.raises(ValueError, match="overlap"):
        list(grid.place([[None, Cell("a", row_span=2)], [Cell("b", col_span=2), None]], 2))


def test_what_cannot_be_read_back_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save = xlsx_parts.Book.save

    def damaged(book: Any, file: Path) -> None:
        save(book, file)
        content = bytearray(file.read_bytes())
        content[len(content) // 2 :] = b""
        file.write_bytes(content)

    monkeypatch.setattr(xlsx_parts.Book, "save", damaged)
    with pytest.raises(OutputFailed, match="MH-FILE-56"):
        written(tmp_path, samples.weekly())
    assert list(tmp_path.iterdir()) == []


def test_reading_back_compares_values(tmp_path: Path) -> None:
    report = samples.weekly()
    path = written(tmp_path, report)
    rows = [list(row) for row in report.sheets[0].rows]
    rows[0][1] = Cell(103)
    other = dataclasses.replace(report, sheets=[dataclasses.replace(report.sheets[0], rows=rows), report.sheets[1]])
    assert xlsx_write._read_back(report, path)
    assert not xlsx_write._read_back(other, path)
    assert not xlsx_write._read_back(dataclasses.replace(report, provenance=()), path)


def test_cancel_leaves_nothing(tmp_path: Path) -> None:
    class Stopping:
        def step(self, done: int, total: int, text: str) -> None:
            if done >= 200:
                raise Cancelled

    report = Report("k", "t", "s", [samples.names("甲" for _ in range(1000))])
    with pytest.raises(Cancelled):
        write_report(report, tmp_path / "a.xlsx", Stopping())
    assert list(tmp_path.iterdir()) == []


def test_a_long_list(tmp_path: Path) -> None:
    report = Report("k", "t", "s", [samples.names(f"患者{number}" for number in range(6_000))])
    sheet = CalamineWorkbook.from_path(written(tmp_path, report)).get_sheet_by_index(0)
    assert sheet.to_python()[-1][:2] == [6000, "患者5999"]


KILLED = """
import sys, os, signal, tempfile
from pathlib import Path
tempfile.tempdir = sys.argv[2]
from mhdesk.files.xlsx_write import write_report
from mhdesk.reports.model import Report
from tests.files import samples
class Killing:
    def step(self, done, total, text):
        if done >= 3000:
            os.kill(os.getpid(), signal.SIGKILL)
write_report(Report("k", "t", "s", [samples.names("甲乙丙" for _ in range(4000))]), Path(sys.argv[1]), Killing())
"""


def test_a_kill_leaves_plain_text_in_the_private_folder_only(tmp_path: Path) -> None:
    """openpyxl's own temp files held thousands of ID numbers."""
    temp, out = tmp_path / "temp", tmp_path / "out"
    temp.mkdir()
    out.mkdir()
    done = subprocess.run([sys.executable, "-c", KILLED, str(out / "a.xlsx"), str(temp)], check=False)
    assert done.returncode == -9
    assert os.listdir(temp) == []  # noqa: PTH208 - names only
    left = [one for one in out.rglob("*") if one.is_file() and one.name != "owner"]
    assert left
    assert all(one.parent.name.startswith(".mhdesk-") for one in left)
    assert tempfile.gettempdir() != str(out)
