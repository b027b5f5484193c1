"""Reports and files to try the readers and writers with. Every person is invented."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

import xlwt
from openpyxl import Workbook

from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet

MADE_AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
RARE_NAMES = ("张𠅤", "陈𬭎", "王䶮", "李㛃", "阿卜杜热西提·麦麦提图尔荪江")
INTEGER, PERCENT = Format.INTEGER, Format.PERCENT


def weekly() -> Report:
    """A small roll-up with spans, totals, targets, unknown values, and a list of names."""
    header = [
        [
            Cell("机构", row_span=2),
            Cell("在册数", row_span=2),
            Cell("在管", col_span=2),
            None,
            Cell("患病率", row_span=2),
        ],
        [None, None, Cell("人数"), Cell("率"), None],
    ]
    columns = [Column(40), Column(18, INTEGER), Column(18, INTEGER), Column(20, PERCENT), Column(20, Format.PERMILLE)]
    rows = [
        [Cell("龙华街道社区卫生服务中心"), Cell(102, members=range(102)), Cell(95), Cell(0.931372549), Cell(0.00306)],
        [Cell("茨竹镇卫生院"), Cell(7), Cell(0), Cell(0.0, tone="danger"), Cell(None)],
        [Cell("合计", align=Align.CENTER), Cell(109), Cell(95), Cell(95 / 109), Cell(0.0031)],
    ]
    table = Sheet(
        name="周报",
        title="严重精神障碍患者管理治疗工作周报表",
        columns=columns,
        header=header,
        rows=rows,
        total_rows=frozenset({2}),
        left_note="填报单位（盖章）：龙华区精神卫生中心",
        right_note="填报日期：2026-11-20",
        unit_note="单位：人、%、‰",
        foot=("单位负责人：", "审核人：", "填报人：", "联系电话："),
        notes=("注：患病率＝在册数÷常住人口。",),
    )
    return Report(
        "weekly", "周报", "周报", [table, names()], [("统计截止", "2026-11-20 10:00"), ("数据指纹", "9f31c2a0")]
    )


def names(people: Iterable[str] = RARE_NAMES) -> Sheet:
    """A list of people with ID numbers and phones."""
    rows = [
        [
            Cell(number, format=INTEGER),
            Cell(person),
            Cell("990112199001011234"),
            Cell(13800138000, format=Format.TEXT),
            Cell(date(2026, 3, 5)),
        ]
        for number, person in enumerate(people, 1)
    ]
    columns = [Column(12, INTEGER), Column(40), Column(46), Column(32), Column(26, Format.DATE)]
    header = [[Cell("序号"), Cell("姓名"), Cell("身份证号"), Cell("电话"), Cell("应随访日期")]]
    return Sheet("名单", "应随访名单", columns, header, rows, landscape=False, frozen_columns=2)


def single(value: Any, form: Format = Format.TEXT) -> Report:
    """A report of one cell."""
    return Report("one", "一格", "一格", [Sheet("表", "表", [Column(60, form)], [[Cell("值")]], [[Cell(value)]])])


def workbook(rows: Iterable[Iterable[Any]], name: str = "花名册") -> bytes:
    """An .xlsx of one sheet."""
    book = Workbook()
    sheet = book.active
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """A zip with each entry passed through `change`; None drops it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            changed = change(name, source.read(name))
            if changed is not None:
                target.writestr(name, changed)
    return out.getvalue()


def with_sheet_xml(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with its first sheet's XML changed."""
    return repacked(content, lambda name, data: change(data) if name == "xl/worksheets/sheet1.xml" else data)


def with_rows(xml: bytes) -> bytes:
    """A workbook with a header and then these raw rows."""
    return with_sheet_xml(
        workbook([["姓名", "电话"]]), lambda data: data.replace(b"</sheetData>", xml + b"</sheetData>")
    )


def old_workbook(rows: Iterable[Iterable[Any]]) -> bytes:
    """An .xls of one sheet."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("花名册")
    days = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for row_number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write(row_number, column, value, days)
            else:
                sheet.write(row_number, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def encrypted_old_workbook() -> bytes:
    """An .xls whose globals say FILEPASS: the record after BOF, of the same length, gets that number."""
    return old_workbook([["姓名"]]).replace(b"\xe1\x00\x02\x00\xb0\x04", b"\x2f\x00\x02\x00\xb0\x04", 1)


def open_document(rows: Iterable[Iterable[str]], *, is_encrypted: bool = False, cell: str = "") -> bytes:
    """An .ods of one sheet of texts; `cell` is put in raw at the end of the last row."""
    lines = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>' for value in row
        )
        + "{end}</table:table-row>"
        for row in rows
    )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="花名册">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    ).replace("{end}", cell)
    secret = "<manifest:encryption-data/>" if is_encrypted else ""
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">{secret}'
        "</manifest:file-entry></manifest:manifest>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        target.writestr("content.xml", content)
        target.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def encrypted_workbook() -> bytes:
    """What Excel writes for a workbook with a password: a compound file with EncryptionInfo and EncryptedPackage."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[24:34] = struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header[44:76] = struct.pack("<IIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header[76:512] = struct.pack("<I", 0) + b"\xff" * 432
    table = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE) + b"\xff" * 504
    entries = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBB", len(name) * 2 + 2, kind, 1)
        + b"\xff" * 12
        + b"\0" * 36
        + struct.pack("<IQ", 0xFFFFFFFE, 0)
        for name, kind in (("Root Entry", 5), ("EncryptionInfo", 2), ("EncryptedPackage", 2), ("", 0))
    )
    return bytes(header) + table + entries


def bomb(megabytes: int = 200) -> bytes:
    """A workbook whose sheet unpacks to so many megabytes."""
    return with_rows(b"<row><c t='inlineStr'><is><t>" + b"A" * (megabytes * 1024**2) + b"</t></is></c></row>")


def lying_bomb(megabytes: int = 40) -> bytes:
    """The same, but its headers claim that it unpacks to one kilobyte."""
    content = bytearray(bomb(megabytes))
    size = struct.pack(
        "<I", next(e.file_size for e in zipfile.ZipFile(io.BytesIO(content)).infolist() if "sheet1" in e.filename)
    )
    claimed = struct.pack("<I", 1024)
    return bytes(content.replace(size, claimed))
