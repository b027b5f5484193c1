"""Forms as a district sends them: merged titles, formulas, print set-up, formats, a picture."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from PIL import Image

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def form(*, change: Callable[[Any], object] | None = None) -> bytes:
    """A form with one row for the units (6), a sum under it, a second sheet that refers to the sum."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "周报表"
    thin = Side(style="thin")
    sheet.merge_cells("A1:F1")
    sheet["A1"] = "{{填报单位}}重性精神障碍管理周报表（{{period.label}}）"
    sheet["A1"].font = Font(name="方正小标宋简体", size=20)
    sheet["A1"].alignment = Alignment(horizontal="center")
    sheet["A2"], sheet["F2"] = "填报人：{{填报人}}", "{{today}}"
    sheet.merge_cells("C4:D4")
    for column, words in zip("ABCEF", ("序号", "村居", "在册与规范", "规范管理率（%）", "备注"), strict=True):
        sheet[f"{column}4"] = words
    row = ("{{序号}}", "{{unit.name}}", "{{在册人数}}", "{{规范管理率.分子}}", "{{standard_management_rate}}")
    for column, words in zip("ABCDE", row, strict=True):
        cell = sheet[f"{column}6"]
        cell.value, cell.border = words, Border(thin, thin, thin, thin)
    sheet.merge_cells("F6:G6")
    sheet["E6"].number_format = "0.00"
    sheet["H6"] = "=D6/C6"
    sheet["H6"].number_format = "0.00%"
    sheet["B7"] = "合计"
    sheet["C7"], sheet["D7"] = "=SUM(C6:C6)", "=SUM(D6:D6)"
    sheet["E7"] = "{{规范管理率}}"
    sheet["E7"].number_format = "0.0%"
    sheet["H7"] = "=D7/C7"
    sheet["A9"] = "负责人：        （盖章）"
    sheet["A9"].fill = PatternFill("solid", fgColor="FFF2CC")
    sheet["A9"].comment = Comment("由单位盖章", "区精卫中心")
    sheet.column_dimensions["B"].width = 23.5
    sheet.row_dimensions[6].height = 26
    sheet.freeze_panes = "A5"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.print_title_rows, sheet.print_area = "1:4", "A1:H9"
    sheet.conditional_formatting.add("E6:E7", CellIsRule("lessThan", ["90"], fill=PatternFill(bgColor="FFC7CE")))
    check = DataValidation(type="list", formula1='"是,否"')
    sheet.add_data_validation(check)
    check.add("F6")
    from openpyxl.drawing.image import Image as Picture

    png = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(png, "PNG")
    png.seek(0)
    sheet.add_image(Picture(png), "A11")
    other = book.create_sheet("说明")
    other["A1"] = "=周报表!C7"
    other["A2"] = '=周报表!A9&"｛不是占位符｝"'
    book.defined_names["总数"] = DefinedName("总数", attr_text="周报表!$C$7")
    if change is not None:
        change(book)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def edited(content: bytes, parts: Mapping[str, Callable[[str], str]]) -> bytes:
    """The file with some of its parts changed as text."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            raw = old.read(entry)
            change = parts.get(entry.filename)
            new.writestr(entry, change(raw.decode()).encode() if change else raw)
    return sink.getvalue()


def as_excel(content: bytes) -> bytes:
    """As Excel and WPS write: texts in a part of their own."""
    texts: list[str] = []

    def take(found: re.Match[str]) -> str:
        texts.append(f"<si>{found[2]}</si>")
        return f'{found[1]} t="s"><v>{len(texts) - 1}</v></c>'

    def share(words: str) -> str:
        return re.sub(r'(<c\b[^>]*?) t="inlineStr"\s*><is>(.*?)</is></c>', take, words)

    def declare(words: str) -> str:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
        return words.replace("</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>')

    made = edited(content, {"xl/worksheets/sheet1.xml": share, "[Content_Types].xml": declare})
    sink = io.BytesIO(made)
    with zipfile.ZipFile(sink, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}" count="{len(texts)}">{"".join(texts)}</sst>')
    return sink.getvalue()


def as_server(content: bytes) -> bytes:
    """As some servers write: texts in the cells, names with a prefix."""

    def prefixed(words: str) -> str:
        made = re.sub(r"<(/?)(?=[A-Za-z])(?!x:)", r"<\1x:", words)
        return made.replace("xmlns=", "xmlns:x=")

    return edited(content, {"xl/worksheets/sheet1.xml": prefixed})


def part(content: bytes, name: str) -> str:
    """A part of a workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()


def parts(content: bytes) -> dict[str, bytes]:
    """All parts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


_ETC = "http://www.wps.cn/officeDocument/2017/etCustomData"


def as_wps(content: bytes) -> bytes:
    """As WPS writes: folders as entries of their own, its namespace and attributes, an empty footer, its own parts."""

    def sheet(words: str) -> str:
        words = words.replace("<worksheet ", f'<worksheet xmlns:etc="{_ETC}" ', 1)
        picture = '<c r="H1" t="str"><f>_xlfn.DISPIMG("ID_1",1)</f><v>=DISPIMG("ID_1",1)</v></c></row>'
        words = words.replace("</row>", picture, 1)
        filter_xml = '<autoFilter etc:filterBottomFollowUsedRange="0" ref="A4:H4"/>'
        return words.replace("</sheetData>", f"</sheetData>{filter_xml}", 1)

    def application(words: str) -> str:
        return re.sub(r"<Application>.*?</Application>", "<Application>WPS Office</Application>", words)

    changed = edited(content, {"xl/worksheets/sheet1.xml": sheet, "docProps/app.xml": application})
    old = zipfile.ZipFile(io.BytesIO(changed))
    own = {
        "customXml/item1.xml": '<s:customData xmlns:s="http://www.wps.cn/officeDocument/2013/wpsCustomData"/>',
        "customStorage/customStorage.xml": "<customStorage/>",
        "xl/cellimages.xml": f'<etc:cellImages xmlns:etc="{_ETC}"/>',
    }
    sink = io.BytesIO()
    with old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        folders: set[str] = set()
        parts: dict[str, bytes | str] = {**{one.filename: old.read(one) for one in old.infolist()}, **own}
        for name, raw in parts.items():
            folder = name.rpartition("/")[0]
            if folder and folder not in folders:
                folders.add(folder)
                new.writestr(f"{folder}/", b"")
            new.writestr(name, raw)
    return sink.getvalue()
