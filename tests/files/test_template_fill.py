"""Filling a form: numbers go in, the row of the units becomes a row for each, everything else leaves as it came."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font

from mhdesk.domain.errors import InputRefused, UserError
from mhdesk.files import template_fill, template_sheet
from mhdesk.files.template_answers import Filled
from mhdesk.files.template_package import Package
from mhdesk.files.template_rows import RowMap, unshare
from mhdesk.files.template_text import Run, replaced
from mhdesk.reports.model import Format
from mhdesk.reports.placeholders import Given
from tests.files import forms_sent
from tests.files.forms_sent import edited, form, part, parts

SHEET = "xl/worksheets/sheet1.xml"
VILLAGES = ("龙兴村", "石船社区", "普福<村>")


FORMS = [
    form,
    lambda: forms_sent.as_excel(form()),
    lambda: forms_sent.as_server(form()),
    lambda: forms_sent.as_wps(forms_sent.as_excel(form())),
]


class Village(NamedTuple):
    name: str
    number: int
    registered: int
    standard: int


WORDS = {"填报单位": "龙兴镇", "period.label": "2026年第47周", "填报人": "王敏", "today": "2026-11-20"}


class Answers:
    """A roll-up of three villages."""

    units: Sequence[Any] = [Village(name, n + 1, 10 * (n + 1), 9 * (n + 1)) for n, name in enumerate(VILLAGES)]
    scopes: Mapping[str, str] = {
        "unit.name": "unit", "序号": "unit", "在册人数": "number", "规范管理率.分子": "number", "规范管理率": "number",
        "standard_management_rate": "number", "填报单位": "plain", "period.label": "plain", "填报人": "plain",
        "today": "plain", "没有分母": "number",
    }  # fmt: skip

    def scope(self, words: str) -> str | None:
        return self.scopes.get(words)

    def nearest(self, words: str) -> str:
        return "在册人数" if words.startswith("在册") else ""

    def value(self, words: str, unit: Any | None) -> Given:
        registered = unit.registered if unit else 60
        standard = unit.standard if unit else 54
        said = {
            "unit.name": Given(unit.name if unit else "龙兴镇"),
            "序号": Given(unit.number if unit else None, Format.INTEGER),
            "在册人数": Given(registered, Format.INTEGER),
            "规范管理率.分子": Given(standard, Format.INTEGER),
            "规范管理率": Given(standard / registered, Format.PERCENT),
            "standard_management_rate": Given(standard / registered, Format.PERCENT),
            "没有分母": Given(None, Format.PERCENT),
            **{key: Given(words) for key, words in WORDS.items()},
        }
        return said[words]


def filled(content: bytes) -> Filled:
    return template_fill.fill(content, Answers())


def opened(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


@pytest.mark.parametrize("written", FORMS)
def test_numbers_go_in_and_rows_are_repeated(written: Any) -> None:
    made = filled(written())
    assert made.problems == []
    sheet = opened(made.content)["周报表"]
    assert sheet["A1"].value == "龙兴镇重性精神障碍管理周报表（2026年第47周）"
    assert sheet["A2"].value == "填报人：王敏"
    rows = [[cell.value for cell in row[:5]] for row in sheet["A6:E8"]]
    assert rows == [[n + 1, name, 10 * (n + 1), 9 * (n + 1), 90] for n, name in enumerate(VILLAGES)]
    assert sheet["E9"].value == 0.9  # the cell prints percent itself
    assert [sheet[one].value for one in ("C9", "D9", "H6", "H8", "H9")] == [
        *("=SUM(C6:C8)", "=SUM(D6:D8)", "=D6/C6", "=D8/C8", "=D9/C9")
    ]


def test_everything_else_stays() -> None:
    before = form()
    made = filled(before)
    old, new = opened(before), opened(made.content)
    sheet, was = new["周报表"], old["周报表"]
    assert {str(one) for one in sheet.merged_cells.ranges} == {"A1:F1", "C4:D4", "F6:G6", "F7:G7", "F8:G8"}
    for column in was.column_dimensions:
        assert sheet.column_dimensions[column].width == was.column_dimensions[column].width
    assert [sheet.row_dimensions[row].height for row in (6, 7, 8, 9)] == [26, 26, 26, None]
    assert sheet["B8"]._style == was["B6"]._style
    assert sheet["A11"]._style == was["A9"]._style
    assert sheet["A11"].comment.text == "由单位盖章"
    assert sheet.freeze_panes == "A5"
    assert (sheet.page_setup.orientation, sheet.print_title_rows) == ("landscape", "$1:$4")
    assert sheet.print_area == "'周报表'!$A$1:$H$11"
    assert [str(one.sqref) for one in sheet.conditional_formatting] == ["E6:E9"]
    assert str(sheet.data_validations.dataValidation[0].sqref) == "F6:F8"
    assert sheet._images[0].anchor._from.row == 12
    assert new["说明"]["A1"].value == "=周报表!C9"
    assert new["说明"]["A2"].value == '=周报表!A11&"｛不是占位符｝"'
    assert new.defined_names["总数"].attr_text == "周报表!$C$9"
    assert new.calculation.fullCalcOnLoad
    changed = {name for name, raw in parts(made.content).items() if parts(before)[name] != raw}
    assert changed == {
        *(SHEET, "xl/worksheets/sheet2.xml", "xl/workbook.xml", "xl/drawings/drawing1.xml"),
        *("xl/comments/comment1.xml", "xl/drawings/commentsDrawing1.vml"),
    }


def test_a_form_without_repeated_rows_changes_only_the_cells_that_are_filled() -> None:
    def plain(book: Any) -> None:
        sheet = book["周报表"]
        for column in "ABCDE":
            sheet[f"{column}6"] = None

    before = form(change=plain)
    made = filled(before)
    old, new = parts(before), parts(made.content)
    assert {name for name in old if old[name] != new[name]} == {
        *(SHEET, "xl/worksheets/sheet2.xml", "xl/workbook.xml")  # a formula loses its old result
    }
    a, b = part(before, SHEET), part(made.content, SHEET)
    for piece in ("<cols>", "<mergeCells", "<pageSetup", "<conditionalFormatting", "<dataValidations", "<drawing"):
        assert a[a.index(piece) : a.index(">", a.index(piece))] == b[b.index(piece) : b.index(">", b.index(piece))]


def test_a_rate_is_printed_as_the_cell_wants_it() -> None:
    def general(book: Any) -> None:
        sheet = book["周报表"]
        sheet["E7"].number_format = "General"
        sheet["E7"].font = Font(size=13)
        sheet["F7"] = "规范管理率{{规范管理率}}，共{{ 在册人数 }}人"
        sheet["G7"] = "{{没有分母}}"

    sheet = opened(filled(form(change=general)).content)["周报表"]
    assert (sheet["E9"].value, sheet["E9"].number_format, sheet["E9"].font.size) == (0.9, "0.00%", 13)
    assert sheet["F9"].value == "规范管理率90.00%，共60人"
    assert sheet["G9"].value == "—"


def test_what_cannot_be_filled_is_named() -> None:
    def wrong(book: Any) -> None:
        sheet = book["周报表"]
        sheet["A12"] = "{{在册}}"
        sheet["B12"] = "{{随便}}"
        sheet["C12"] = '="{{在册人数}}"'
        sheet["D12"] = "{{在册人数"
        sheet["A9"].comment.text = "{{填报单位}}"
        book["说明"].title = "{{填报单位}}"

    made = filled(form(change=wrong))
    told = {(one.sheet, one.cell): one.words for one in made.problems}
    assert set(told) == {
        *(("周报表", cell) for cell in ("A12", "B12", "C12", "D12")), ("", "批注"), ("{{填报单位}}", "工作表名")
    }  # fmt: skip
    assert "在册人数" in told["周报表", "A12"]
    sheet = opened(made.content)["周报表"]
    assert sheet["A14"].value == "{{在册}}"
    assert made.cells == 5 * 3 + 4


def test_headers_and_footers_are_filled_and_keep_their_codes() -> None:
    def head(book: Any) -> None:
        sheet = book["周报表"]
        sheet.oddHeader.left.text, sheet.oddHeader.left.size = "{{在册人数}}人，{{填报单位}}", 14
        sheet.oddHeader.center.text = "第&P页"
        sheet.evenFooter.right.text = "填报人：{{填报人}}　{{随便}}"
        sheet.firstFooter.left.text = "{{填报单位}}" + "长" * 253
        book["说明"].oddFooter.right.text = "{{规范管理率}}"

    made = filled(form(change=head))
    book = opened(made.content)
    sheet = book["周报表"]
    assert sheet.oddHeader.left.size == 14
    assert sheet.oddHeader.left.text.strip() == "60人，龙兴镇"
    assert sheet.oddHeader.center.text == "第&P页"
    assert sheet.evenFooter.right.text == "填报人：王敏　{{随便}}"
    assert "{{填报单位}}" in sheet.firstFooter.left.text
    assert book["说明"].oddFooter.right.text == "90.00%"
    assert [one.cell for one in made.problems] == ["页眉页脚", "页眉页脚"]


A_DRAWING = (
    '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:sp textlink=""><xdr:txBody><a:bodyPr/>'
    '<a:p><a:r><a:rPr lang="zh-CN" sz="1600"/><a:t>在册{{在册</a:t></a:r><a:r><a:rPr lang="zh-CN" b="1"/><a:t>人数}}'
    "人 &amp; ｛｛填报单位｝｝</a:t></a:r></a:p><a:p><a:pPr/></a:p><a:p><a:r><a:t>{{随便}}</a:t></a:r></a:p>"
    "</xdr:txBody></xdr:sp></xdr:wsDr>"
)


def test_what_wps_adds_of_its_own_leaves_as_it_came() -> None:
    sent = forms_sent.as_wps(forms_sent.as_excel(form()))
    made = filled(sent)
    assert not made.problems
    for name in ("xl/cellimages.xml", "customStorage/customStorage.xml", "customXml/item1.xml", "docProps/app.xml"):
        assert part(made.content, name) == part(sent, name)
    sheet = part(made.content, SHEET)
    assert 'etc:filterBottomFollowUsedRange="0"' in sheet
    assert opened(made.content)["周报表"]["H1"].value == '=_xlfn.DISPIMG("ID_1",1)'


def test_text_boxes_are_filled_and_what_nobody_knows_is_named() -> None:
    def draw(_words: str) -> str:
        return A_DRAWING

    made = filled(edited(form(), {"xl/drawings/drawing1.xml": draw}))
    drawing = part(made.content, "xl/drawings/drawing1.xml")
    assert '<a:rPr lang="zh-CN" sz="1600"/><a:t>在册60</a:t>' in drawing
    assert '<a:rPr lang="zh-CN" b="1"/><a:t>人 &amp; 龙兴镇</a:t>' in drawing
    assert drawing.endswith(
        "<a:p><a:pPr/></a:p><a:p><a:r><a:t>{{随便}}</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>"
    )
    (problem,) = made.problems
    assert (problem.sheet, problem.cell) == ("周报表", "文本框、图形或图表标题")


def test_the_title_of_a_chart_is_filled() -> None:
    def chart(book: Any) -> None:
        drawn = BarChart()
        drawn.title = "{{填报单位}}规范管理率{{规范管理率}}"
        drawn.add_data(Reference(book["周报表"], min_col=3, min_row=6, max_row=6))
        book["周报表"].add_chart(drawn, "A14")

    made = filled(form(change=chart))
    assert not made.problems
    assert "<a:t>龙兴镇规范管理率90.00%</a:t>" in part(made.content, "xl/charts/chart1.xml")


def test_a_placeholder_under_a_merge_or_with_a_merge_across_the_row_is_named() -> None:
    def covered(book: Any) -> None:
        sheet = book["周报表"]
        sheet.unmerge_cells("C4:D4")
        sheet["D4"] = "{{在册人数}}"
        sheet["F6"] = None
        sheet.unmerge_cells("F6:G6")
        sheet.merge_cells("G6:G7")

    content = edited(form(change=covered), {SHEET: lambda words: words.replace(
        '<mergeCell ref="A1:F1" />', '<mergeCell ref="A1:F1" /><mergeCell ref="C4:D4"/>')})  # fmt: skip
    made = filled(content)
    assert [(one.cell, one.words[:6]) for one in made.problems] == [("D4", "占位符在合并"), ("A6", "这一行要按单")]
    assert opened(made.content)["周报表"]["B6"].value == "龙兴镇"


def test_a_placeholder_split_over_runs_is_filled_and_keeps_the_first_font() -> None:
    def rich(book: Any) -> None:
        bold = InlineFont(b=True, sz=14)
        book["周报表"]["A12"] = CellRichText("共", TextBlock(bold, "{{在册"), "人数", TextBlock(bold, "}}人"))

    made = filled(form(change=rich))
    cell = load_workbook(io.BytesIO(made.content), rich_text=True)["周报表"]["A14"].value
    assert str(cell) == "共60人"
    assert [part.font.b for part in cell if isinstance(part, TextBlock) and "60" in part.text] == [True]


def test_a_protected_sheet_is_filled_and_stays_protected() -> None:
    def protect(book: Any) -> None:
        book["周报表"].protection.enable()

    made = filled(form(change=protect))
    assert opened(made.content)["周报表"].protection.sheet
    assert len(made.remarks) == 1
    assert opened(made.content)["周报表"]["C6"].value == 10


def test_empty_formatted_rows_down_to_the_last_are_no_burden() -> None:
    def long(words: str) -> str:
        rows = "".join(f'<row r="{n}" s="1" customFormat="1" ht="{n % 29}.5"/>' for n in range(900_000, 1_048_577))
        return words.replace("</sheetData>", f"{rows}</sheetData>")

    made = filled(edited(form(), {SHEET: long}))
    last = part(made.content, SHEET)
    assert 'r="1048576"' in last
    assert 'r="1048577"' not in last
    assert "<v>30</v>" in last


def test_shared_formulas_are_written_out_where_rows_move() -> None:
    def share(words: str) -> str:
        return words.replace(
            "</sheetData>",
            '<row r="15"><c r="C15"><f t="shared" ref="C15:D15" si="0">C7*2</f><v>0</v></c>'
            '<c r="D15"><f t="shared" si="0"/><v>0</v></c></row></sheetData>',
        )

    sheet = opened(filled(edited(form(), {SHEET: share})).content)["周报表"]
    assert (sheet["C17"].value, sheet["D17"].value) == ("=C9*2", "=D9*2")


@pytest.mark.parametrize(
    ("content", "suffix", "code"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"W\x00o\x00r\x00k\x00b\x00o\x00o\x00k\x00" * 40,
            ".xls",
            "MH-TEMPLATE-01",
        ),
        ("姓名,年龄\n".encode(), ".csv", "MH-TEMPLATE-01"),
        (form(), ".xlsm", "MH-TEMPLATE-02"),
        (form()[:3000], ".xlsx", "MH-FILE-06"),
        (b"", ".xlsx", "MH-FILE-13"),
    ],
    ids=["xls", "csv", "macros", "broken", "empty"],
)
def test_what_is_no_form_is_refused(content: bytes, suffix: str, code: str) -> None:
    with pytest.raises(InputRefused) as caught:
        template_fill.fill(content, Answers(), suffix=suffix)
    assert caught.value.code == code


def test_a_form_with_a_macro_is_refused_whatever_it_is_called() -> None:
    sink = io.BytesIO(form())
    import zipfile

    with zipfile.ZipFile(sink, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    with pytest.raises(InputRefused) as caught:
        filled(sink.getvalue())
    assert caught.value.code == "MH-TEMPLATE-02"


def test_a_form_without_placeholders_says_so() -> None:
    def none(book: Any) -> None:
        for row in book["周报表"]["A1:H9"]:
            for cell in row:
                if isinstance(cell.value, str) and "{{" in cell.value:
                    cell.value = "空"

    with pytest.raises(UserError) as caught:
        filled(form(change=none))
    assert caught.value.code == "MH-TEMPLATE-03"


def test_placing_a_word_keeps_the_look_and_makes_missing_cells() -> None:
    package = Package(form())
    sheet = package.sheets[0]
    for row, column, words in (
        (9, 1, "{{在册人数}}"),
        (10, 3, "{{填报人}}"),
        (30, 1, "x"),
        (4, 4, "{{today}}"),
        (1, 1, ""),
    ):
        template_sheet.write_text(package, sheet, row, column, words)
    made = opened(package.to_bytes())["周报表"]
    assert [made[one].value for one in ("A9", "C10", "A30", "C4", "A1")] == [
        "{{在册人数}}",
        "{{填报人}}",
        "x",
        "{{today}}",
        None,
    ]
    assert made["A9"].fill.fgColor.rgb == "00FFF2CC"
    with pytest.raises(UserError) as caught:
        template_sheet.write_text(package, sheet, 7, 3, "x")
    assert caught.value.code == "MH-TEMPLATE-05"
    shown = template_sheet.grid(package, sheet)
    assert shown.rows[5][1] == "{{unit.name}}"
    assert shown.rows[6][2] == "=SUM(C6:C6)"
    assert not shown.is_cut


ROWS = st.integers(1, 60)


@given(at=ROWS, count=st.integers(1, 9), first=ROWS, more=st.integers(0, 20))
def test_a_range_covers_the_same_rows_and_the_copies(at: int, count: int, first: int, more: int) -> None:
    last = first + more
    moves = RowMap({at: count})
    made = moves.formula(f"SUM($A{first}:B${last})", here="表", target="表")
    covered = [row for old in range(first, last + 1) for row in range(moves.first(old), moves.last(old) + 1)]
    assert made == f"SUM($A{covered[0]}:B${covered[-1]})"
    assert len(covered) == last - first + 1 + (count - 1) * (first <= at <= last)
    assert moves.formula(f"别表!A{first}", here="表", target="表") == f"别表!A{first}"


def test_texts_and_names_that_look_like_cells_stay() -> None:
    moves = RowMap({5: 3})
    assert (
        moves.formula("IF(A5=\"A9\",LOG10(A9),'表'!B6)", here="表", target="表") == "IF(A5=\"A9\",LOG10(A11),'表'!B8)"
    )
    assert moves.formula("SUM(5:6)&amp;A4", here="表", target="表") == "SUM(5:8)&amp;A4"
    assert unshare("A1+$B$1", "C1", "C4") == "A4+$B$1"


@given(st.lists(st.text("ab{}", max_size=4), min_size=1, max_size=5))
def test_replacing_over_runs_is_replacing_in_the_whole(words: list[str]) -> None:
    import re

    pattern = re.compile(r"\{a*\}")
    runs = [Run(str(place), one) for place, one in enumerate(words)]
    made = replaced(runs, pattern, lambda found: f"<{len(found[0])}>")
    assert "".join(run.words for run in made) == pattern.sub(lambda found: f"<{len(found[0])}>", "".join(words))
    assert [run.look for run in made] == [run.look for run in runs]
