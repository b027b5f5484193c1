from __future__ import annotations

import dataclasses
import io
import random
from pathlib import Path

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mhdesk.domain.errors import Cancelled, OutputFailed
from mhdesk.files import page, pdf_write, typeface
from mhdesk.files.canvas import Canvas, fitting_size
from mhdesk.files.pdf_write import write_report
from mhdesk.files.typeface import Face
from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet
from mhdesk.text import error_text
from tests.files import golden, samples


def written(folder: Path, report: Report) -> pypdf.PdfReader:
    path = folder / "a.pdf"
    write_report(report, path)
    return pypdf.PdfReader(io.BytesIO(path.read_bytes()))


def fonts(reader: pypdf.PdfReader) -> set[str]:
    found: set[str] = set()
    for one in reader.pages:
        for font in one["/Resources"]["/Font"].values():  # type: ignore[index]
            found.add(font["/BaseFont"])
            assert "/FontFile2" in font["/FontDescriptor"]
    return found


def test_an_official_table(tmp_path: Path) -> None:
    reader = written(tmp_path, samples.weekly())
    golden.check("weekly.pdf.txt", "\n--- page ---\n".join(one.extract_text() for one in reader.pages) + "\n")
    assert [tuple(round(side) for side in one.mediabox[2:]) for one in reader.pages] == [(842, 595), (595, 842)]


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        write_report(samples.weekly(), tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_pages_in_memory_are_the_pages_on_disk(tmp_path: Path) -> None:
    write_report(samples.weekly(), tmp_path / "a.pdf")
    assert pdf_write.report_bytes(samples.weekly()) == (tmp_path / "a.pdf").read_bytes()


def test_only_our_fonts_are_in_it_and_all_are_embedded(tmp_path: Path) -> None:
    names = fonts(written(tmp_path, samples.weekly()))
    assert names
    assert all("Noto" in name for name in names)


@pytest.mark.parametrize("name", samples.RARE_NAMES)
def test_rare_names_can_be_copied_out(tmp_path: Path, name: str) -> None:
    """reportlab 5.1.0 alone gives 张‖ for 张𠅤."""
    assert name in written(tmp_path, samples.single(name)).pages[0].extract_text()


def test_rare_names_in_bold_fall_back_to_a_font_that_has_them(tmp_path: Path) -> None:
    report = samples.single("王堃㐂")
    sheet = dataclasses.replace(report.sheets[0], total_rows=frozenset({0}), title="㐂的表")
    assert "王堃㐂" in written(tmp_path, dataclasses.replace(report, sheets=[sheet])).pages[0].extract_text()
    assert not typeface.covers("㐂", Face.SONG_BOLD)


def test_characters_no_font_has_are_named(tmp_path: Path) -> None:
    with pytest.raises(OutputFailed) as caught:
        write_report(samples.single("张\U0002a6b2和\U0002b81d"), tmp_path / "a.pdf")
    sentence = error_text(caught.value.code, **caught.value.params).message
    assert "\U0002a6b2(U+2A6B2)、\U0002b81d(U+2B81D)" in sentence
    assert "张" not in sentence  # the character, never the name
    assert list(tmp_path.iterdir()) == []
    assert typeface.missing(["张三", "\U0002a6b2"]) == ["\U0002a6b2"]


def test_many_missing_characters_are_cut_short() -> None:
    with pytest.raises(OutputFailed) as caught:
        typeface.require(chr(code) for code in range(0x2A600, 0x2A640))
    assert str(caught.value.params["characters"]).endswith("…")


def test_a_long_table_repeats_its_header_and_counts_its_pages(tmp_path: Path) -> None:
    sheet = dataclasses.replace(samples.names(f"患者{number}" for number in range(120)), foot=("审核人：",))
    texts = [one.extract_text() for one in written(tmp_path, Report("k", "t", "s", [sheet])).pages]
    assert len(texts) >= 3
    assert all(
        "身份证号" in one and f"第 {number} 页  共 {len(texts)} 页" in one for number, one in enumerate(texts, 1)
    )
    assert all("应随访名单（续）" in one for one in texts[1:])
    assert ["审核人" in one for one in texts] == [False] * (len(texts) - 1) + [True]
    assert sum(one.count("患者") for one in texts) == 120


@pytest.mark.parametrize("count", range(34, 48))
def test_the_signature_line_never_stands_alone(tmp_path: Path, count: int) -> None:
    sheet = dataclasses.replace(samples.names("甲" for _ in range(count)), foot=("审核人：",), notes=("注：无",) * 3)
    texts = [one.extract_text() for one in written(tmp_path, Report("k", "t", "s", [sheet])).pages]
    assert "甲" in texts[-1]
    assert sum(one.count("甲") for one in texts) == count


def test_a_block_of_several_rows_is_drawn_again_on_the_next_page(tmp_path: Path) -> None:
    rows = [[Cell("龙华街道", row_span=90) if number == 0 else None, Cell(f"村{number}")] for number in range(90)]
    sheet = Sheet("表", "表", [Column(60), Column(60)], [[Cell("机构"), Cell("村")]], rows)
    texts = [one.extract_text() for one in written(tmp_path, Report("k", "t", "s", [sheet])).pages]
    assert len(texts) > 2
    assert all("龙华街道" in one for one in texts)


def test_wide_tables_go_on_larger_paper(tmp_path: Path) -> None:
    sheet = Sheet("表", "表", [Column(12)] * 50, [[Cell("列")] * 50], [[Cell(7, format=Format.INTEGER)] * 50])
    reader = written(tmp_path, Report("k", "t", "s", [sheet]))
    assert [round(side) for side in reader.pages[0].mediabox[2:]] == [1191, 842]
    assert page.choose(sheet).paper == "A3"
    assert page.choose(dataclasses.replace(sheet, fit_to_width=False)).paper == "A4"


def test_a_table_a_little_too_high_is_made_smaller(tmp_path: Path) -> None:
    rows = [[Cell(f"第{number}行")] for number in range(30)]
    sheet = Sheet("表", "表", [Column(60)], [[Cell("值")]], rows)
    assert len(written(tmp_path, Report("k", "t", "s", [sheet])).pages) == 1
    assert pdf_write._lay_out(sheet).scale < 1


def test_a_report_without_sheets_is_an_empty_page(tmp_path: Path) -> None:
    assert len(written(tmp_path, Report("k", "t", "s", [])).pages) == 1


def test_cancel_leaves_nothing(tmp_path: Path) -> None:
    class Stopping:
        def step(self, done: int, total: int, text: str) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_report(samples.weekly(), tmp_path / "a.pdf", Stopping())
    assert list(tmp_path.iterdir()) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(
        st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=40).map(
            lambda value: "".join(one for one in value if not typeface.missing([one]))
        )
        | st.sampled_from(
            ["张三<b", '<a href="javascript:alert(1)">x</a>', "<img src='http://x/y'/>", "(\\) Tj ET", "]]>"]
        ),
        max_size=20,
    )
)
def test_every_text_is_drawn_and_none_is_interpreted(tmp_path: Path, values: list[str]) -> None:
    rows = [[Cell(value)] for value in values]
    title = "".join(values)[:60]
    sheet = Sheet("表", title, [Column(60)], [[Cell(title)]], rows, left_note=title, notes=values[:2], foot=values[:3])
    write_report(Report("k", title, "s", [sheet], [(title, title)]), tmp_path / "a.pdf")
    content = (tmp_path / "a.pdf").read_bytes()
    assert not any(word in content for word in (b"/URI", b"/JS", b"/JavaScript", b"/OpenAction", b"/Annots"))


def test_lines_fit_and_nothing_is_lost() -> None:
    dice = random.Random(1)
    for _ in range(200):
        value = "".join(dice.choice("龙华街道，。（）“”·AB c12-") for _ in range(dice.randint(0, 80)))
        lines = typeface.wrap(value, Face.SONG, 10, 60)
        assert "".join(lines).replace(" ", "") == value.replace(" ", "")
        assert all(typeface.width(line.rstrip(), Face.SONG, 10) <= 60.01 for line in lines)


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("失访二人，均已查找。", ["失访二人，", "均已查找。"]),
        ("一二三四五。", ["一二三四", "五。"]),
        ("阿卜杜·麦麦提", ["阿卜杜·麦", "麦提"]),
        ("见《规范》说明", ["见《规范》", "说明"]),
        ("Longyuan B-12", ["Longyuan", "B-12"]),
        ("一二三四《规范》", ["一二三四", "《规范》"]),
        ("Longhuadadaocun", ["Longhuad", "adaocun"]),
        ("a b\nc", ["a b", "c"]),
        ("", [""]),
    ],
)
def test_where_lines_break(value: str, lines: list[str]) -> None:
    assert typeface.wrap(value, Face.SONG, 10, 50)[: len(lines)] == lines


@pytest.mark.parametrize(
    ("value", "lines"),
    [("基本稳定", ["基本", "稳定"]), ("常住人口数", ["常住人", "口数"]), ("人数", ["人数"]), ("", [""])],
)
def test_headings_break_in_the_middle(value: str, lines: list[str]) -> None:
    assert typeface.balance(value, Face.HEI_BOLD, 10, 32) == lines


def test_drawing_for_forms(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    canvas = Canvas(path, "表")
    canvas.new_page(300, 200)
    right = canvas.digit_boxes(20, 20, "1 3")
    canvas.tick_box(20, 60, 10, is_ticked=True)
    canvas.tick_box(40, 60, 10, is_ticked=False)
    end = canvas.text(20, 100, "签名", 10)
    canvas.line_of_text(20, 120, 30, "很长很长的一行字", 10, align=Align.CENTER)
    canvas.box_text((20, 130, 100, 160), ["一", "二"], 10, align=Align.RIGHT)
    canvas.new_page(200, 300)
    canvas.save()
    reader = pypdf.PdfReader(path)
    assert "签名" in reader.pages[0].extract_text()
    assert len(reader.pages) == 2
    assert right == pytest.approx(20 + 3 * 12.5 + 2 * 1.5)
    assert end == pytest.approx(40)


def test_numbers_shrink_but_not_beyond_reading() -> None:
    assert fitting_size("12", Face.SONG, 10, 100) == 10
    assert 6 < fitting_size("1234567", Face.SONG, 10, 30) < 10
    assert fitting_size("1234567", Face.SONG, 10, 5) == 6
    assert fitting_size("", Face.SONG, 10, 0) == 10


def test_the_damaged_file_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save = Canvas.save

    def cut(canvas: Canvas) -> None:
        save(canvas)
        draft = next(tmp_path.glob(".mhdesk-*/a.pdf"))
        draft.write_bytes(draft.read_bytes()[:-100])

    monkeypatch.setattr(Canvas, "save", cut)
    with pytest.raises(OutputFailed, match="MH-FILE-56"):
        write_report(samples.weekly(), tmp_path / "a.pdf")
