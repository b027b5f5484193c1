"""Every broken, hostile or mistaken file has its own sentence, quickly, and nothing else happens."""

from __future__ import annotations

import os
import random
import sys
import time
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from mhdesk.domain.errors import InputRefused
from mhdesk.files import limits, parse_child, read, sniff
from mhdesk.files.read import read_tables
from mhdesk.text import error_text
from tests.files import samples
from tests.trust import fuzz_read

PLAIN = samples.workbook([["姓名", "电话"], ["张三", "13800138000"]])
ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>"""
FAR = b'<row r="1048576"><c r="A1048576" t="n"><v>1</v></c></row>'
WIDE = b'<row r="2"><c r="XFD2"><v>1</v></c></row>'
HTML = "<html><head><meta charset='gbk'></head><table><tr><td>姓名</td></tr></table></html>".encode("gbk")
XML_2003 = b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'
WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "WordDocument".encode("utf-16-le") + bytes(3000)


def prologue(xml: bytes) -> bytes:
    """A workbook whose sheet starts with these declarations."""
    return samples.with_sheet_xml(PLAIN, lambda data: xml + data[data.index(b"<worksheet") :])


def many_entries() -> bytes:
    out = BytesIO(PLAIN)
    with zipfile.ZipFile(out, "a") as target:
        for number in range(limits.ZIP_ENTRIES):
            target.writestr(f"xl/media/{number}.png", b"")
    return out.getvalue()


def duplicated() -> bytes:
    out = BytesIO(PLAIN)
    with zipfile.ZipFile(out, "a") as target, pytest.warns(UserWarning, match="Duplicate name"):
        target.writestr("xl/worksheets/sheet1.xml", b"<worksheet/>")
    return out.getvalue()


CASES: list[tuple[str, str, Any]] = [
    ("empty.xlsx", "MH-FILE-13", b""),
    ("empty.csv", "MH-FILE-13", b"\r\n \r\n"),
    ("no cells.xlsx", "MH-FILE-13", lambda: samples.workbook([])),
    ("blanks.csv", "MH-FILE-13", b",,\n , ,\n"),
    ("text.xlsx", "MH-FILE-03", "姓名,电话\n张三,13800138000".encode()),
    ("text.xls", "MH-FILE-03", "姓名\t电话\n张三\t13800138000".encode("gbk")),
    ("page.xls", "MH-FILE-04", HTML),
    ("page.csv", "MH-FILE-04", b"\xef\xbb\xbf <!DOCTYPE html><p>"),
    ("mail.xls", "MH-FILE-04", b"MIME-Version: 1.0\r\nContent-Type: multipart/related"),
    ("2003.xls", "MH-FILE-04", XML_2003),
    ("secret.xlsx", "MH-FILE-05", samples.encrypted_workbook),
    ("secret.xls", "MH-FILE-05", samples.encrypted_old_workbook),
    ("secret.ods", "MH-FILE-05", lambda: samples.open_document([["姓名"]], is_encrypted=True)),
    ("cut.xlsx", "MH-FILE-06", PLAIN[: len(PLAIN) // 2]),
    ("cut.xls", "MH-FILE-06", lambda: samples.old_workbook([["姓名"]])[:700]),
    ("noise.xlsx", "MH-FILE-06", random.Random(1).randbytes(5000)),
    ("noise.xls", "MH-FILE-06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.Random(2).randbytes(5000)),
    ("bomb.xlsx", "MH-FILE-07", samples.bomb),
    ("lying bomb.xlsx", "MH-FILE-07", samples.lying_bomb),
    ("entries.xlsx", "MH-FILE-07", many_entries),
    ("entities.xlsx", "MH-FILE-08", lambda: prologue(ENTITIES)),
    ("external.xlsx", "MH-FILE-08", lambda: prologue(EXTERNAL)),
    ("utf-16.xlsx", "MH-FILE-08", lambda: samples.with_sheet_xml(PLAIN, lambda xml: xml.decode().encode("utf-16"))),
    ("twice.xlsx", "MH-FILE-08", duplicated),
    ("far.xlsx", "MH-FILE-09", lambda: samples.with_rows(FAR)),
    ("long.csv", "MH-FILE-09", b"a,b\n" * (limits.ROWS + 1)),
    ("wide.xlsx", "MH-FILE-16", lambda: samples.with_rows(WIDE)),
    ("wide.csv", "MH-FILE-16", b"a," * limits.COLUMNS + b"a\n"),
    (
        "repeated.ods",
        "MH-FILE-16",
        lambda: samples.open_document(
            [["姓名"]],
            cell='<table:table-cell table:number-columns-repeated="16383" office:value-type="string">'
            "<text:p>x</text:p></table:table-cell>",
        ),
    ),
    ("binary.csv", "MH-FILE-15", b"a,b\x00\x01c\n"),
    ("control.csv", "MH-FILE-14", b"a,\x01\x02\n"),
    ("neither.csv", "MH-FILE-14", b"name,\xff\xff\xff\n"),
    ("print.xlsx", "MH-FILE-15", b"%PDF-1.4\n"),
    ("picture.xlsx", "MH-FILE-15", b"\x89PNG\r\n\x1a\n" + bytes(100)),
    ("letter.xls", "MH-FILE-15", WORD),
    ("letter.docx", "MH-FILE-15", lambda: samples.repacked(PLAIN, lambda n, d: None if n == "xl/workbook.xml" else d)),
]


def refusal(path: Path) -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        read_tables(path)
    assert error_text(caught.value.code, **caught.value.params).next
    return caught.value


@pytest.mark.parametrize(("name", "code", "content"), CASES, ids=[name for name, _, _ in CASES])
def test_refused(tmp_path: Path, name: str, code: str, content: Any) -> None:
    path = tmp_path / name
    data = content() if callable(content) else content
    path.write_bytes(data)
    started = time.monotonic()
    assert refusal(path).code == code
    assert time.monotonic() - started < 5
    if code != "MH-FILE-13":  # the child names it too, not only the wrapper around it
        assert list(parse_child.frames(data, path.suffix))[-1][:2] == ["refused", code]


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        file.truncate(limits.FILE_BYTES + 1)
    assert refusal(path).params == {"size_mb": 20, "limit_mb": 20}
    last = list(parse_child.frames(bytes(limits.FILE_BYTES + 1), ".csv"))[-1]
    assert last[:2] == ["refused", "MH-FILE-02"]


@pytest.mark.parametrize("make", ["missing", "folder", "pipe", "under a file", "nul"])
def test_only_regular_files(tmp_path: Path, make: str) -> None:
    path = tmp_path / "a.xlsx"
    if make == "folder":
        path.mkdir()
    elif make == "pipe":
        os.mkfifo(path)
    elif make == "under a file":
        path.write_bytes(b"")
        path /= "b.xlsx"
    elif make == "nul":
        path = tmp_path / "a\0.xlsx"
    assert refusal(path).code == "MH-FILE-01"


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "denied")

    path = tmp_path / "a.csv"
    path.write_bytes(b"a")
    monkeypatch.setattr(os, "open", refuse)
    assert refusal(path).code == "MH-FILE-12"


def test_a_dimension_may_claim_what_it_likes(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        samples.with_sheet_xml(
            PLAIN, lambda xml: xml.replace(b'<dimension ref="A1:B2"', b'<dimension ref="A1:XFD1048576"')
        )
    )
    assert read_tables(path)[0].rows == [("姓名", "电话"), ("张三", "13800138000")]


def test_styled_empty_cells_far_out_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        samples.with_rows(b'<row r="1048576" s="1"><c r="A1048576" s="0"/><c r="XFD1048576" s="0" /></row>')
    )
    assert read_tables(path)[0].rows == [("姓名", "电话")]


def test_empty_cells_repeated_to_the_end_of_the_sheet_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "a.ods"
    path.write_bytes(
        samples.open_document([["姓名"]], cell='<table:table-cell table:number-columns-repeated="16383"/>')
    )
    assert read_tables(path)[0].rows == [("姓名",)]


def test_memory_is_limited(tmp_path: Path) -> None:
    """Two cells seventy million positions apart: the reader would ask for more than a gigabyte, and is stopped."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(samples.with_rows(b'<row r="99999"><c r="ZZ99999"><v>1</v></c></row>'))
    assert refusal(path).code == "MH-FILE-11"


def test_a_sheet_of_nearly_nothing_but_gaps_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(samples.with_rows(b'<row r="59000"><c r="SF59000"><v>1</v></c></row>'))
    assert refusal(path).code == "MH-FILE-11"


def sleeping(seconds: int) -> list[str]:
    return [sys.executable, "-c", f"import time; time.sleep({seconds})"]


def test_time_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 0.2)
    monkeypatch.setattr(read, "child_command", lambda: sleeping(60))
    path = tmp_path / "a.csv"
    path.write_bytes(b"a")
    assert refusal(path).code == "MH-FILE-10"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ([sys.executable, "-c", "import os; os.abort()"], "MH-FILE-11"),
        ([sys.executable, "-c", "pass"], "MH-FILE-17"),
        ([sys.executable, "-c", "print('h', end='')"], "MH-FILE-17"),
        ([sys.executable, "-c", "print('\\0\\0\\0\\x02{}', end='')"], "MH-FILE-17"),
        ([sys.executable, "-c", "print('\\x7f\\x7f\\x7f\\x7f', end='')"], "MH-FILE-11"),
        (["/does/not/exist"], "MH-FILE-17"),
    ],
    ids=["aborted", "silent", "stammers", "not a frame", "too much", "absent"],
)
def test_whatever_becomes_of_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], code: str
) -> None:
    monkeypatch.setattr(read, "child_command", lambda: command)
    path = tmp_path / "a.csv"
    path.write_bytes(b"a")
    assert refusal(path).code == code


def test_positions_are_read_right() -> None:
    assert [sniff.column_number(one) for one in ("A", "Z", "AA", "xfd")] == [1, 26, 27, 16384]


def test_three_hundred_mutations_give_rows_or_one_typed_error() -> None:
    outcome = fuzz_read.run(300, seed=20261120)
    assert outcome.surprises == []
    assert sum(outcome.codes.values()) + outcome.read == 300
    assert outcome.slowest_s < 5
