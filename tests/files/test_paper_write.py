"""Printed forms as pages: what is read back from the pdf, and where on the page it stands."""

from __future__ import annotations

import dataclasses
import io
import random
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pypdf
import pytest

from mhdesk.domain.errors import Cancelled, OutputFailed
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.files import paper_flow, paper_write, typeface
from mhdesk.files.canvas import MM
from mhdesk.files.typeface import Face
from mhdesk.forms import load
from mhdesk.reports.model import Align
from mhdesk.reports.paper import lists, persons, visit_sheet
from mhdesk.reports.paper.lists import Entry
from mhdesk.reports.paper.model import Cell, Cut, Form, Heading, Line, Piece, Prose, Row, Table, label, value, written
from mhdesk.reports.paper.visit_sheet import Round, RoundRow
from mhdesk.text import error_text
from tests.reports.paper import samples

RIGHT_EDGE = (210.0 - 31.7) * MM
LEFT_EDGE = 31.7 * MM
NUMBER_LINE = 14 * MM


class Word(NamedTuple):
    """A text and where it starts, from the lower left corner of the page. The page number is left out."""

    text: str
    x: float
    y: float


def follow_up(visit: FollowUp, patient: Patient = samples.PATIENT) -> Form:
    return persons.follow_up(visit, patient, load.form("follow_up_2018").by_key, edition="2018")


def supplement(patient: Patient) -> Form:
    return persons.supplement(patient, load.form("person_2018").by_key, edition="2018")


def read(forms: Sequence[Form]) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(paper_write.forms_bytes(forms)))


def whole(reader: pypdf.PdfReader) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in reader.pages))


def words(page: pypdf.PageObject) -> list[Word]:
    found: list[Word] = []

    def visit(text: str, _matrix: list[float], place: list[float], *_: object) -> None:
        if text.strip() and place[5] > NUMBER_LINE:
            found.append(Word(text.strip(), place[4], place[5]))

    page.extract_text(visitor_text=visit)
    return found


def height_of(found: Sequence[Word], name: str) -> float:
    """The baseline of a text; the pdf holds it in pieces, one a subset of the font."""
    lines: dict[float, str] = {}
    for word in found:
        lines[word.y] = lines.get(word.y, "") + word.text
    return next(y for y, text in lines.items() if name in text)


def test_a_page_is_a4_portrait_with_the_margins_of_the_form() -> None:
    page = read([follow_up(samples.FULL)]).pages[0]
    assert [round(side) for side in page.mediabox[2:]] == [595, 842]
    found = words(page)
    assert min(word.x for word in found) >= LEFT_EDGE
    assert max(word.y for word in found) <= (297 - 24) * MM
    assert min(word.y for word in found) >= 24 * MM


@pytest.mark.parametrize(
    ("name", "digits"),
    [
        ("本次随访形式", "2"),
        ("危险性评估", "0"),
        ("自知力", "2"),
        ("社会人际交往", "3"),
        ("用药依从性", "1"),
        ("本次随访分类", "2"),
    ],
)
def test_the_digit_stands_at_the_right_edge_of_its_row(name: str, digits: str) -> None:
    found = words(read([follow_up(samples.FULL)]).pages[0])
    y = height_of(found, name)
    boxed = [word for word in found if abs(word.y - y) < 4 and word.x > RIGHT_EDGE - 16]
    assert [word.text for word in boxed] == [digits]


def test_several_digits_stand_in_a_row_in_their_order() -> None:
    found = words(read([follow_up(samples.FULL)]).pages[0])
    y = height_of(found, "本次随访对象")
    boxed = sorted(
        (word for word in found if abs(word.y - y) < 4 and word.x > RIGHT_EDGE - 60 and word.text.isdigit()),
        key=lambda word: word.x,
    )
    assert [word.text for word in boxed] == ["1", "2"]


def test_what_was_filled_in_is_read_back() -> None:
    text = whole(read([follow_up(samples.FULL), supplement(samples.PATIENT)]))
    for one in (
        *("张桂芳", "夜间偶有自语", "血常规正常", "轻度嗜睡", "病情反复", "重庆市精神卫生中心精神科", "园艺", "12.5"),
        *("李大山", "13800000001", "023-67000002", "个体经营", "凭空对话", "建议继续服药，三个月后复查肝功能。"),
    ):
        assert one in text, one
    assert "2026年8月3日" in text
    assert "2009年5月6日" in text


@pytest.mark.parametrize("visit", [FollowUp(), samples.LOST, samples.DEAD, samples.FULL])
def test_a_visit_is_one_page(visit: FollowUp) -> None:
    reader = read([follow_up(visit)])
    assert len(reader.pages) == 1
    assert "第1页共1页" in whole(reader)


def test_an_empty_record_is_a_blank_form() -> None:
    reader = read([supplement(Patient()), follow_up(FollowUp(), Patient())])
    assert len(reader.pages) == 2
    assert "1无关锁2关锁3关锁已解除" in whole(reader)


@pytest.mark.parametrize("name", [samples.LONG_NAME, "王" * 50, "A" * 60])
def test_long_names_stay_inside_their_place(name: str) -> None:
    patient = dataclasses.replace(samples.PATIENT, name=name, guardian_name=name, guardian_address=name * 4)
    reader = read([supplement(patient), follow_up(samples.FULL, patient)])
    assert whole(reader).count(name) >= 2
    for page in reader.pages:
        assert all(word.x < RIGHT_EDGE for word in words(page))


def test_a_note_of_ten_thousand_characters_is_printed_to_its_end() -> None:
    dice = random.Random(7)
    note = "".join(dice.choice("病情反复家属多次来访服药规律睡眠好") for _ in range(10_000))
    reader = read([supplement(dataclasses.replace(samples.PATIENT, specialist_opinion=note))])
    pages = [re.sub(r"\s", "", page.extract_text()) for page in reader.pages]
    assert len(pages) > 3
    assert all("张桂芳" in page and f"第{number}页共{len(pages)}页" in page for number, page in enumerate(pages, 1))
    for page in reader.pages:
        assert min(word.y for word in words(page)) > 24 * MM
    printed = [line for page in reader.pages for line in page.extract_text().splitlines() if set(line) <= set(note)]
    assert "".join(line for line in printed if len(line) > 2 and line in note) == note


def test_the_same_forms_give_the_same_bytes(tmp_path: Path) -> None:
    forms = [follow_up(samples.FULL), supplement(samples.PATIENT)]
    assert paper_write.write_forms(forms, tmp_path / "a.pdf") == 2
    assert paper_write.forms_bytes(forms) == (tmp_path / "a.pdf").read_bytes()


def test_pages_of_a_hundred_forms_are_counted_and_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    class Watching:
        def step(self, done: int, total: int, text: str) -> None:
            told.append((done, total))

    forms = [follow_up(samples.FULL)] * 100
    assert paper_write.write_forms(forms, tmp_path / "a.pdf", Watching()) == 100
    assert told[0] == (0, 100)
    assert told[-1] == (100, 100)
    assert len(told) > 10


def test_cancel_writes_nothing(tmp_path: Path) -> None:
    class Stopping:
        def step(self, done: int, total: int, text: str) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        paper_write.write_forms([follow_up(samples.FULL)], tmp_path / "a.pdf", Stopping())
    assert list(tmp_path.iterdir()) == []


def test_a_character_no_font_has_is_named(tmp_path: Path) -> None:
    form = follow_up(samples.FULL, dataclasses.replace(samples.PATIENT, name="张\U0002b81d"))
    with pytest.raises(OutputFailed) as caught:
        paper_write.write_forms([form], tmp_path / "a.pdf")
    sentence = error_text(caught.value.code, **caught.value.params).message
    assert caught.value.code == "MH-FILE-59"
    assert "\U0002b81d(U+2B81D)" in sentence
    assert "张" not in sentence
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_an_empty_page() -> None:
    assert len(read([]).pages) == 1


# ---------------------------------------------------------------- lists


def entry(number: int, **texts: str) -> Entry:
    known = {"serial": str(number), "name": f"患者{number}", "id_number": "50011219700304102X"}
    return Entry({**known, "guardian_phone": "13800000001", **texts})


def register(entries: Sequence[Entry]) -> Form:
    return lists.form("register", "名册", entries, left="填报单位：", right="", foot="填表人：")


def test_a_long_list_repeats_its_header() -> None:
    reader = read([register([entry(number) for number in range(1, 91)])])
    texts = [re.sub(r"\s", "", page.extract_text()) for page in reader.pages]
    assert len(texts) > 3
    assert [round(side) for side in reader.pages[0].mediabox[2:]] == [842, 595]
    assert all("身份证号" in text and f"第{number}页共{len(texts)}页" in text for number, text in enumerate(texts, 1))
    assert sum(text.count("患者") for text in texts) == 90
    assert ["填表人" in text for text in texts] == [False] * (len(texts) - 1) + [True]


def test_numbers_are_never_torn_apart() -> None:
    form = register([entry(1, guardian_phone="13800000001/023-67000002、13700000003")])
    lines = read([form]).pages[0].extract_text()
    for one in ("50011219700304102X", "13800000001/", "023-67000002、", "13700000003"):
        assert one in lines


def test_a_row_higher_than_a_page_goes_on() -> None:
    form = register([entry(1, current_address="龙华街道" * 900), entry(2)])
    reader = read([form])
    assert whole(reader).count("龙华街道") > 800
    assert len(reader.pages) > 3
    assert "患者2" in whole(reader)


# ---------------------------------------------------------------- the round


def test_the_round_sheet_has_numbers_facts_and_boxes() -> None:
    rows = tuple(
        RoundRow(
            row=number,
            name=f"患者{number}",
            sex="女",
            age=50,
            address="龙兴村3组12号",
            guardian="李大山",
            relation="配偶",
            guardian_phone="13800000001",
            last_visit_date=date(2026, 8, 3),
            visit_class="不稳定",
            risk_level="3级",
            due_on=date(2026, 8, 17),
            days_overdue=95,
            drugs=("奥氮平 每日10mg",),
            days_left=12 if number == 1 else None,
            missing=tuple(f"项{place}" for place in range(8)),
        )
        for number in range(1, 23)
    )
    sheet = Round(number=37, place="龙兴村", doctor="王敏", printed_on=date(2026, 11, 20), rows=rows)
    items = load.form("follow_up_2018").by_key
    reader = read([visit_sheet.form(sheet, items)])
    texts = [re.sub(r"\s", "", page.extract_text()) for page in reader.pages]
    assert len(texts) == 3
    joined = "".join(texts)
    assert all(f"37-{number}" in joined for number in range(1, 23))
    assert all("第37号" in text and "形式：1门诊2家庭访视3电话" in text for text in texts)
    for one in ("不稳定3级", "（逾期95天）", "奥氮平每日10mg余12天", "李大山（配偶）", "项5等，另2项", "女50岁"):
        assert one in joined, one
    order = [joined.index(one) for one in ("上次随访", "对象：", "危险性：", "自知力：", "依从性：", "分类：")]
    assert order == sorted(order)
    assert visit_sheet.from_json(visit_sheet.to_json(sheet)) == sheet


def test_the_round_sheet_of_2017_has_no_item_of_2018() -> None:
    sheet = Round(
        number=1, place="", doctor="", printed_on=date(2026, 11, 20), rows=(RoundRow(row=1, name="甲", days_left=None),)
    )
    joined = whole(read([visit_sheet.form(sheet, load.form("follow_up_2017").by_key)]))
    assert "对象：" not in joined
    assert "未随访过" in joined


# ---------------------------------------------------------------- flowing


def flowed(line: Line, limit: float, size: float = 10.0) -> list[str]:
    return ["".join(atom.text for _, atom in visual.atoms).strip() for visual in paper_flow.flow(line, limit, size)]


def test_options_are_never_torn_apart() -> None:
    line = Line(tuple(Piece(f"{number}无故外走  ", whole=True) for number in range(1, 7)))
    assert flowed(line, 130) == ["1无故外走  2无故外走", "3无故外走  4无故外走", "5无故外走  6无故外走"]


def test_boxes_take_a_line_of_their_own_where_there_is_no_room() -> None:
    line = Line((Piece("一二三四五六"),), boxes=("1", "2"))
    assert len(paper_flow.flow(line, 100, 10)) == 1
    found = paper_flow.flow(line, 70, 10)
    assert [bool(one.boxes) for one in found] == [False, True]


def test_boxes_shrink_where_the_cell_is_narrow() -> None:
    visual = paper_flow.flow(Line(boxes=("",) * 12, joint="/"), 60, 10)[0]
    assert paper_flow.boxes_width(visual.boxes, visual.joint, visual.side) == pytest.approx(60)


def test_an_empty_rule_gives_way_to_the_boxes() -> None:
    line = Line((Piece("5其他", whole=True), Piece("", filled=True, blank_mm=25, glued=True)), boxes=("",))
    found = paper_flow.flow(line, 90, 10)
    assert len(found) == 1
    assert found[0].atoms[-1][1].width < 25 * MM


def test_a_rule_bends_with_a_long_text() -> None:
    line = Line((Piece("原因："), Piece("很长的一段原因说明文字" * 3, filled=True, blank_mm=20, glued=True)))
    found = paper_flow.flow(line, 100, 10)
    assert len(found) > 2
    assert all(atom.is_ruled for visual in found[1:] for _, atom in visual.atoms)
    assert "".join(flowed(line, 100)) == "原因：" + "很长的一段原因说明文字" * 3


@pytest.mark.parametrize("limit", [30.0, 47.0, 80.0, 200.0])
def test_nothing_is_lost_and_nothing_sticks_out(limit: float) -> None:
    dice = random.Random(3)
    for _ in range(200):
        pieces = tuple(
            Piece(
                "".join(dice.choice("龙华，。（）·AB c1-") for _ in range(dice.randint(0, 20))),
                filled=dice.random() < 0.5,
                glued=dice.random() < 0.3,
                blank_mm=dice.choice((0, 0, 4, 30)),
            )
            for _ in range(dice.randint(0, 6))
        )
        line = Line(pieces, boxes=("1",) * dice.randint(0, 3))
        found = paper_flow.flow(line, limit, 9)
        text = "".join(atom.text for visual in found for _, atom in visual.atoms)
        assert text.replace(" ", "") == "".join(piece.text for piece in pieces).replace(" ", "")
        for visual in found:
            assert all(x + atom.bare <= limit + 0.5 for x, atom in visual.atoms), (line, limit)


def test_a_number_too_wide_for_its_cell_shrinks_but_stays_whole() -> None:
    found = paper_flow.flow(Line((Piece("50011219700304102X", filled=True, whole=True),)), 70, 10)
    assert len(found) == 1
    assert len(found[0].atoms) == 1
    assert typeface.width("50011219700304102X", Face.HEI, found[0].atoms[0][1].size) <= 70.01


def test_every_kind_of_block_is_drawn() -> None:
    table = Table(
        (30.0, 30.0, 40.0),
        (
            Row((label("组\n名", rows=3), label("甲"), value("一行\n两行"))),
            Row((label("乙"), value("缩", one_line=True))),
            Row((Cell((written("跨列", align=Align.RIGHT),), columns=2, grey=True),), 20.0),
        ),
    )
    body = (Heading("题", space_mm=3), table, Cut("裁剪线"), Cut(), Prose((written("句", bold=True),), space_mm=2))
    form = Form("表", head=(), body=body, foot=(Prose((written("脚"),)),))
    text = whole(read([form]))
    for one in ("题", "组", "名", "两行", "缩", "跨列", "裁剪线", "句", "脚"):
        assert one in text


def test_a_group_over_a_page_break_is_named_again() -> None:
    rows = [Row((label("同一组", rows=60), value("行0")), 8.0)]
    rows += [Row((value(f"行{number}"),), 8.0) for number in range(1, 60)]
    form = Form("表", head=(), body=(Table((30.0, 70.0), tuple(rows)),), fit=False)
    texts = [page.extract_text() for page in read([form]).pages]
    assert len(texts) == 2
    assert all("同一组" in text for text in texts)
