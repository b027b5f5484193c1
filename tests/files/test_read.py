from __future__ import annotations

import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from mhdesk.domain.errors import Cancelled
from mhdesk.files import parse_child, read
from mhdesk.files.read import RawTable, RawValue, read_tables
from tests.files import samples

ROWS = [["姓名", "身份证号"], ["张𠅤", "990112199001011234"], ["王䶮", "99011219900101567X"]]
MOMENT = datetime(2026, 3, 5, 10, 30)  # noqa: DTZ001 - a cell knows no time zone
AS_READ: list[tuple[RawValue, ...]] = [tuple(row) for row in ROWS]


def reading(folder: Path, name: str, content: bytes) -> list[RawTable]:
    path = folder / name
    path.write_bytes(content)
    return read_tables(path)


@pytest.mark.parametrize("name", ["名册.xlsx", "名册.et", "名册.xls", "名册.csv", "名册"])
@pytest.mark.parametrize("make", [samples.workbook, samples.old_workbook, samples.open_document])
def test_the_content_decides_not_the_ending(tmp_path: Path, name: str, make: Any) -> None:
    assert reading(tmp_path, name, make(ROWS)) == [RawTable("花名册", AS_READ)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_text_in_every_encoding_and_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    content = "\r\n".join(separator.join(row) for row in ROWS).encode(encoding)
    assert reading(tmp_path, "名册.csv", content) == [RawTable("名册", AS_READ)]


def test_text_with_quotes_gaps_and_protected_numbers(tmp_path: Path) -> None:
    content = '姓名,电话,住址\n"张三","=""13800138000""","北路1号,\n二楼"\n\n李四, ,\n,,\n'.encode()
    assert reading(tmp_path, "名册.csv", content)[0].rows == [
        ("姓名", "电话", "住址"),
        ("张三", "13800138000", "北路1号,\n二楼"),
        (None, None, None),
        ("李四", None, None),
    ]


def test_values_keep_their_kind(tmp_path: Path) -> None:
    values = [990112199001011234, "0012", 3.5, True, date(2026, 3, 5), MOMENT, clock_time(8, 30)]
    row = reading(tmp_path, "a.xlsx", samples.workbook([[*values, timedelta(hours=30), None, "  "]]))[0].rows[0]
    assert row[1:7] == ("0012", 3.5, True, date(2026, 3, 5), MOMENT, "08:30")
    assert isinstance(row[0], int)
    assert not isinstance(row[0], bool)
    assert len(str(row[0])) == 18  # the import can tell that it was an ID number, and that its end is lost
    assert row[8:] == (None, None)


def test_an_id_number_in_scientific_notation_is_a_number(tmp_path: Path) -> None:
    rows = reading(tmp_path, "a.xlsx", samples.with_rows(b'<row r="2"><c r="A2"><v>9.9011219900101E+17</v></c></row>'))
    assert rows[0].rows[1][0] == int(9.9011219900101e17)


def test_dates_of_old_workbooks(tmp_path: Path) -> None:
    assert reading(tmp_path, "a.xls", samples.old_workbook([["日期", date(2026, 3, 5)]]))[0].rows == [
        ("日期", date(2026, 3, 5))
    ]


def test_formulas_give_what_was_stored(tmp_path: Path) -> None:
    raw = b'<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2"><f>1+1</f></c><c r="C2" t="e"><v>#N/A</v></c>'
    rows = reading(tmp_path, "a.xlsx", samples.with_rows(raw + b'<c r="D2"><v>1</v></c></row>'))[0].rows
    assert rows[1] == (2, None, None, 1)


def test_positions_count_from_the_first_row_and_column(tmp_path: Path) -> None:
    book = Workbook()
    book.active["C4"] = "患者"
    assert reading(tmp_path, "a.xlsx", samples.saved(book))[0].rows == [
        (None, None, None),
        (None, None, None),
        (None, None, None),
        (None, None, "患者"),
    ]


def test_hidden_sheets_are_left_out_unless_all_there_is(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "花名册"
    book.active["A1"] = "姓名"
    book.create_sheet("字典")["A1"] = "编码"
    book["字典"].sheet_state = "hidden"
    assert [table.name for table in reading(tmp_path, "a.xlsx", samples.saved(book))] == ["花名册"]


def test_fifty_thousand_rows_come_in(tmp_path: Path) -> None:
    content = "\n".join(["姓名,编号", *(f"患者,{number}" for number in range(50_000))]).encode()
    rows = reading(tmp_path, "a.csv", content)[0].rows
    assert len(rows) == 50_001
    assert rows[-1] == ("患者", "49999")


def test_progress_is_told(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []

    class Watching:
        def step(self, done: int, total: int, text: str) -> None:
            steps.append((done, total))

    path = tmp_path / "a.csv"
    path.write_text("\n".join(f"患者,{number}" for number in range(2_500)), encoding="utf-8")
    read_tables(path, task=Watching())
    assert [one for one in steps if one[1]] == [(1000, 2500), (2000, 2500), (2500, 2500)]


class _Stopping:
    def step(self, done: int, total: int, text: str) -> None:
        raise Cancelled


def test_cancel_ends_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children: list[subprocess.Popen[bytes]] = []
    make = subprocess.Popen

    def remembering(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        children.append(make(*arguments, **options))
        return children[-1]

    monkeypatch.setattr(subprocess, "Popen", remembering)
    monkeypatch.setattr(read, "child_command", lambda: [sys.executable, "-c", "import time; time.sleep(60)"])
    path = tmp_path / "a.csv"
    path.write_text("姓名", encoding="utf-8")
    started = time.monotonic()
    with pytest.raises(Cancelled):
        read_tables(path, task=_Stopping())
    assert time.monotonic() - started < 5
    assert children[0].returncode is not None


def test_the_child_runs_from_any_folder_and_trusts_no_neighbour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "一个 文件夹"
    (folder / "mhdesk").mkdir(parents=True)
    (folder / "mhdesk" / "__init__.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    assert reading(folder, "a.csv", b"name,phone")[0].rows == [("name", "phone")]


def test_the_packaged_program_calls_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert read.child_command() == [sys.executable, parse_child.ARGUMENT]


def test_the_entry_point_knows_the_child(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("姓名", encoding="utf-8")
    with path.open("rb") as source:
        done = subprocess.run(
            [sys.executable, "-m", "mhdesk", parse_child.ARGUMENT, ".csv"],
            stdin=source,
            capture_output=True,
            check=True,
        )
    assert '["rows",[["姓名"]]]'.encode() in done.stdout
    assert done.stderr == b""


def test_the_file_is_closed_again(tmp_path: Path) -> None:
    handles = Path("/proc/self/fd")
    before = len(list(handles.iterdir())) if handles.exists() else 0
    reading(tmp_path, "a.csv", b"name")
    assert not handles.exists() or len(list(handles.iterdir())) == before
