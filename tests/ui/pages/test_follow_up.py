"""Follow-up entry on a real ledger, typed with real keys. The numbers of key presses are the promise of the page."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import OutputFailed, RecordRefused
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.problems import Problem
from mhdesk.services import drafts, follow_ups
from tests.ui.forms.keys import Keyboard
from tests.ui.pages.follow_up_people import add_people
from ui.changes import ChangesHub
from ui.forms.field import Mark
from ui.pages.base import Desk
from ui.pages.follow_up import VisitPage
from ui.tasks import TaskRunner

if TYPE_CHECKING:
    from db.ledger import Ledger

STABLE_KEYS = 45
FULL_KEYS = 75


#: A whole sheet of somebody new: codes, an act with its number, two drug lines. Words are not counted.
FULL_SHEET = (
    ("type", "11.18"), ("press", "enter"),  # 随访日期
    ("type", "2"), ("type", "1,2"), ("press", "enter"),  # 家访；本人、家属
    ("type", "1"),  # 危险性 1 级
    ("type", "38"), ("press", "enter"),  # 症状
    ("type", "2"), ("type", "12"), ("type", "12322"),  # 自知力，睡眠、饮食，社会功能
    ("type", "12"), ("press", "enter"),  # 轻度滋事 2 次
    ("type", "1"), ("type", "0"),  # 无关锁，未住院
    ("type", "2"), ("free", "血常规"), ("press", "enter"),  # 实验室检查
    ("type", "2"), ("type", "1"), ("type", "3"), ("type", "1"),  # 间断，无不良反应，无变化，不转诊
    ("free", "lpt"), ("press", "enter"), ("free", "1mg"), ("press", "enter"),
    ("type", "14"), ("press", "enter enter"),  # 每日 4 mg
    ("press", "space"), ("type", "2"), ("press", "enter enter"), ("type", "2"), ("press", "enter enter"),  # 早 2 晚 2
    ("type", "1"), ("press", "enter"),  # 康复措施
    ("type", "111"), ("type", "2"),  # 分类依据，基本稳定
    ("press", "space"), ("press", "ctrl+enter"),  # the date proposed for 基本稳定
)  # fmt: skip


class Events:
    """What the page told the window."""

    def __init__(self) -> None:
        self.names: list[str] = []


@pytest.fixture
def keyboard() -> Keyboard:
    return Keyboard()


@pytest.fixture
def people(ledger: Ledger) -> list[int]:
    return add_people(ledger)


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def desk(ledger: Ledger, make_desk: Callable[[Any], Desk], events: Events) -> Desk:
    return dataclasses.replace(
        make_desk(ledger),
        go_back=lambda: events.names.append("back"),
        saved=lambda: events.names.append("saved"),
        set_unsaved=lambda: events.names.append("unsaved"),
    )


@pytest.fixture
def open_page(qtbot: QtBot, desk: Desk, tasks: TaskRunner) -> Iterator[Callable[..., VisitPage]]:
    """An entry page in front, with the cursor in the first item."""

    def make(**params: Any) -> VisitPage:
        page = VisitPage(desk)
        page.resize(1198, 712)
        page.show()
        qtbot.waitExposed(page)
        page.activateWindow()
        page.activate(params)
        settle(qtbot, tasks)
        assert page.opened is not None
        return page

    yield make
    qtbot.waitUntil(lambda: tasks.is_idle)


def settle(qtbot: QtBot, tasks: TaskRunner) -> None:
    qtbot.waitUntil(lambda: tasks.is_idle)
    qtbot.wait(80)  # the judge's pause
    QApplication.processEvents()


def here(page: VisitPage) -> str:
    assert page.pane.view is not None
    assert page.pane.view.here is not None
    return page.pane.view.here.item.key


def mark(page: VisitPage, key: str) -> Mark:
    assert page.pane.view is not None
    return page.pane.view.fields[key].mark


def sentence(page: VisitPage, key: str) -> str:
    assert page.pane.view is not None
    return page.pane.view.row_of(key).sentence


def visits(ledger: Ledger, patient_id: int) -> list[FollowUp]:
    return sorted(ledger.find(FollowUp, patient_id=patient_id), key=lambda one: one.id or 0)


def type_stable(keyboard: Keyboard, qtbot: QtBot) -> None:
    """What a doctor answers for somebody who is as well as last time."""
    keyboard.press("space", "f8")  # today; the same as last time
    keyboard.type("0")  # 危险性
    keyboard.type("7")  # 危险行为 无
    keyboard.type("1")  # 无关锁
    keyboard.type("0")  # 未住院
    keyboard.type("1")  # 实验室检查 无
    keyboard.type("1")  # 规律
    keyboard.type("1")  # 无不良反应
    keyboard.type("1")  # 不转诊
    keyboard.type("111")  # 症状不明显，无严重不良反应，无严重躯体疾病
    keyboard.type("3")  # 稳定
    qtbot.wait(80)
    keyboard.press("space")  # the date proposed for 稳定


def test_a_stable_patient_takes_few_keys(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, ledger: Ledger,
    tasks: TaskRunner, events: Events,
) -> None:  # fmt: skip
    page = open_page(patient_id=people[0])
    type_stable(keyboard, qtbot)
    keyboard.press("ctrl+enter")
    settle(qtbot, tasks)
    assert keyboard.presses <= STABLE_KEYS
    assert keyboard.presses == 17
    assert events.names[-2:] == ["saved", "back"]
    stored = visits(ledger, people[0])[-1]
    assert (stored.visit_date, stored.risk_level, stored.visit_class) == (date(2026, 11, 20), "0", "3")
    assert stored.next_visit_date == date(2027, 2, 20)
    assert stored.visit_targets == ("1", "2")
    assert [drug.drug_name for drug in stored.drugs] == ["利培酮", "利培酮"]
    assert stored.doctor_name == "王敏"
    assert not drafts.waiting(ledger)
    assert page.opened is None


def test_the_full_form_takes_few_keys(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, ledger: Ledger,
    tasks: TaskRunner,
) -> None:  # fmt: skip
    page = open_page(patient_id=people[1])  # nobody has visited: nothing to copy
    for how, what in FULL_SHEET:
        if how == "press":
            keyboard.press(*what.split())
        else:
            keyboard.type(what, free=how == "free")
        qtbot.wait(60)  # what is proposed follows what is typed
    settle(qtbot, tasks)
    assert keyboard.presses <= FULL_KEYS
    assert keyboard.presses == 56
    stored = visits(ledger, people[1])[-1]
    assert stored.dangerous_acts == (("1", 2),)
    assert stored.symptoms == ("3", "8")
    assert stored.next_visit_date == date(2026, 12, 2)
    assert [(drug.purpose, drug.drug_name) for drug in stored.drugs] == [("current", "利培酮"), ("guidance", "利培酮")]
    assert stored.drugs[1].night == 2.0
    assert page.opened is None


def test_after_saving_the_next_of_the_list_is_open(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner,
    desk: Desk, events: Events,
) -> None:  # fmt: skip
    heard: list[Changes] = []
    hub: ChangesHub = desk.changes
    hub.subscribe({"follow_up"}, heard.append, tasks)
    page = open_page(patient_id=people[0], queue=people)
    assert "Ctrl+Enter" in page.foot.primary.text()
    type_stable(keyboard, qtbot)
    keyboard.press("ctrl+enter")
    settle(qtbot, tasks)
    assert page.opened is not None
    assert page.opened.sheet.patient_id == people[1]
    assert "覃建国" in page.header.title()
    assert here(page) == "visit_date"
    assert page.pane.texts() == {"doctor_name": "王敏"}
    assert len(heard) == 1
    assert "back" not in events.names


def test_without_evidence_nothing_is_called_stable(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot
) -> None:
    page = open_page(patient_id=people[0])
    suggestion = page.pane.panel.suggestion
    assert suggestion.chip.text() == "信息不全"
    assert "危险性评估" in suggestion.sentence.text()
    assert "稳定" in suggestion.decision.text()
    type_stable(keyboard, qtbot)
    assert suggestion.chip.text() == "稳定"
    assert page.pane.verdict is not None
    assert not page.pane.verdict.asks_reason


def test_f8_copies_stable_items_and_leaves_facts_of_the_period_empty(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard
) -> None:
    page = open_page(patient_id=people[0])
    keyboard.press("enter")
    keyboard.type("3")
    keyboard.press("f8")
    assert page.opened is not None
    texts = page.pane.texts()
    heads = {key.partition(":")[0] for key in texts}
    assert not {item.key for item in page.opened.spec.fields if item.never_copied} & heads
    assert texts["visit_form"] == "3"  # what is typed stays
    assert texts["insight"] == "1"
    assert texts["drugs_guidance:1:morning"] == "2"
    assert "照上次填好" in page.foot.said()


def test_f8_without_a_last_visit_says_so(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard
) -> None:
    page = open_page(patient_id=people[1])
    keyboard.press("f8")
    assert "没有上一次随访" in page.foot.said()


def test_a_wrong_digit_has_its_sentence_and_blocks_saving(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, ledger: Ledger
) -> None:
    page = open_page(patient_id=people[0])
    type_stable(keyboard, qtbot)
    assert page.pane.view is not None
    page.pane.view.enter_item("insight")
    keyboard.type("8")
    qtbot.wait(80)
    assert mark(page, "insight") is Mark.DOUBT
    assert "没有“8”这一项" in sentence(page, "insight")
    keyboard.press("ctrl+enter")
    assert "还有 1 处要改" in page.notice.words()
    assert here(page) == "insight"
    assert len(visits(ledger, people[0])) == 3


def test_a_contradiction_is_orange_with_its_sentence(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot
) -> None:
    page = open_page(patient_id=people[0])
    type_stable(keyboard, qtbot)
    assert page.pane.view is not None
    page.pane.view.enter_item("risk_level")
    keyboard.type("4")
    qtbot.wait(80)
    assert mark(page, "visit_class") is Mark.DOUBT
    assert "4 级" in sentence(page, "visit_class")
    assert page.pane.panel.suggestion.chip.text() == "不稳定"
    assert mark(page, "class_reason") is Mark.MISSING
    assert "理由" in page.pane.panel.suggestion.decision.text()


def test_a_class_that_differs_may_be_saved_with_or_without_a_reason(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner,
    ledger: Ledger,
) -> None:  # fmt: skip
    page = open_page(patient_id=people[0])
    type_stable(keyboard, qtbot)
    assert page.pane.view is not None
    page.pane.view.enter_item("visit_class")
    keyboard.type("2")
    qtbot.wait(80)
    assert page.pane.view.fields["class_reason"].isVisible()
    page.pane.view.enter_item("class_reason")
    keyboard.type("刚换药")
    page.pane.view.enter_item("next_visit_date")
    keyboard.type("12.4")
    keyboard.press("ctrl+enter")
    settle(qtbot, tasks)
    stored = visits(ledger, people[0])[-1]
    assert (stored.visit_class, stored.class_reason) == ("2", "刚换药")


def test_without_a_date_there_is_no_visit(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, ledger: Ledger, qtbot: QtBot,
    tasks: TaskRunner,
) -> None:  # fmt: skip
    page = open_page(patient_id=people[0])
    keyboard.press("ctrl+enter", "ctrl+enter", "ctrl+enter")
    settle(qtbot, tasks)
    assert "没有随访日期" in page.notice.words()
    assert len(visits(ledger, people[0])) == 3


def test_gaps_are_shown_once_and_then_left_to_the_doctor(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, ledger: Ledger, qtbot: QtBot,
    tasks: TaskRunner,
) -> None:  # fmt: skip
    page = open_page(patient_id=people[1])
    keyboard.press("space")
    keyboard.type("2")
    keyboard.press("ctrl+enter")
    assert "再按一次保存" in page.notice.words()
    assert here(page) == "visit_targets"
    assert not visits(ledger, people[1])
    keyboard.press("ctrl+enter")
    settle(qtbot, tasks)
    assert len(visits(ledger, people[1])) == 1


def test_a_draft_survives_a_crash(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner,
    ledger: Ledger,
) -> None:  # fmt: skip
    page = open_page(patient_id=people[0])
    keyboard.press("space", "f8")
    keyboard.type("0")
    keyboard.press("f7")
    assert page.pane.view is not None
    page.pane.view.enter_item("note")
    keyboard.type("家属说近来睡得少")
    typed = page.pane.texts()
    qtbot.waitUntil(lambda: "草稿已存" in page.foot.draft_words(), timeout=4000)
    page.deleteLater()  # no leaving, no saving
    qtbot.wait(50)
    again = open_page(patient_id=people[0])
    assert again.pane.texts() == typed
    assert "已经恢复" in again.notice.words()
    assert not again.drop_button.isHidden()
    assert len(drafts.waiting(ledger)) == 1


def test_leaving_keeps_what_was_typed_at_once(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner,
    ledger: Ledger,
) -> None:  # fmt: skip
    page = open_page(patient_id=people[0])
    keyboard.type("昨")
    page.leave()
    settle(qtbot, tasks)
    assert drafts.waiting(ledger)[0].values["visit_date"] == "2026-11-19"


def test_an_unwanted_draft_goes(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner,
    ledger: Ledger,
) -> None:  # fmt: skip
    drafts.save(ledger, form=follow_ups.FORM, subject_id=people[0], values={"risk_level": "0", "unknown": "1"})
    page = open_page(patient_id=people[0])
    assert page.pane.texts() == {"risk_level": "0"}
    page.drop_draft()
    settle(qtbot, tasks)
    assert page.pane.texts() == {"doctor_name": "王敏"}
    assert not drafts.waiting(ledger)
    assert page.notice.words() == ""


def test_opening_a_sheet_leaves_no_draft(
    open_page: Callable[..., VisitPage], people: list[int], qtbot: QtBot, tasks: TaskRunner, ledger: Ledger
) -> None:
    page = open_page(patient_id=people[0])
    page.leave()
    settle(qtbot, tasks)
    assert not drafts.waiting(ledger)


def test_a_refused_sheet_keeps_its_texts_and_marks_the_field(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner,
    monkeypatch: pytest.MonkeyPatch, events: Events,
) -> None:  # fmt: skip
    def refuse(*_arguments: Any, **_more: Any) -> None:
        raise RecordRefused("MH-VISIT-01", [Problem("Q08c", "visit_date")])

    page = open_page(patient_id=people[0])
    type_stable(keyboard, qtbot)
    typed = page.pane.texts()
    monkeypatch.setattr(follow_ups, "record", refuse)
    keyboard.press("ctrl+enter")
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert page.pane.texts() == typed
    assert mark(page, "visit_date") is Mark.DOUBT
    assert "同一天" in sentence(page, "visit_date")
    assert here(page) == "visit_date"
    assert "还有 1 处要改" in page.notice.words()
    assert "saved" not in events.names


def test_a_failure_keeps_its_texts(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner,
    monkeypatch: pytest.MonkeyPatch, faults: list[BaseException], events: Events,
) -> None:  # fmt: skip
    def fail(*_arguments: Any, **_more: Any) -> None:
        raise OutputFailed("MH-FILE-01")

    page = open_page(patient_id=people[0])
    type_stable(keyboard, qtbot)
    typed = page.pane.texts()
    monkeypatch.setattr(follow_ups, "record", fail)
    keyboard.press("ctrl+enter")
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert page.pane.texts() == typed
    assert [type(fault) for fault in faults] == [OutputFailed]
    assert "saved" not in events.names
    monkeypatch.undo()
    keyboard.press("ctrl+enter")
    settle(qtbot, tasks)
    assert "saved" in events.names


def test_the_same_day_twice_is_refused_before_it_is_stored(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, ledger: Ledger
) -> None:
    page = open_page(patient_id=people[0])
    keyboard.type("2026.8.20")
    keyboard.press("enter")
    keyboard.type("2")
    qtbot.wait(80)
    assert mark(page, "visit_date") is Mark.DOUBT
    keyboard.press("ctrl+enter")
    assert "要改" in page.notice.words()
    assert len(visits(ledger, people[0])) == 3


def paste_note(page: VisitPage, words: str) -> None:
    assert page.pane.view is not None
    page.pane.view.enter_item("note")
    QApplication.clipboard().setText(words)
    page.pane.view.fields["note"].editor.paste()  # type: ignore[attr-defined]


def test_a_note_of_ten_thousand_characters_is_kept_whole(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner,
    ledger: Ledger,
) -> None:  # fmt: skip
    page = open_page(patient_id=people[0])
    type_stable(keyboard, qtbot)
    words = "随访所见，" * 2000
    paste_note(page, words)
    keyboard.press("ctrl+enter")
    settle(qtbot, tasks)
    assert [one.note for one in visits(ledger, people[0])][-1] == words


def test_a_note_longer_than_a_book_is_named_not_cut(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, ledger: Ledger
) -> None:
    page = open_page(patient_id=people[0])
    type_stable(keyboard, qtbot)
    words = "随访所见，" * 5000
    paste_note(page, words)
    keyboard.press("ctrl+enter")
    assert "超过 20000 个字" in sentence(page, "note")
    assert page.pane.texts()["note"] == words
    assert len(visits(ledger, people[0])) == 3


def test_a_stored_visit_is_corrected_in_place(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner,
    ledger: Ledger,
) -> None:  # fmt: skip
    before = visits(ledger, people[0])[-1]
    page = open_page(patient_id=people[0], follow_up_id=before.id)
    assert page.header.title().startswith("修改随访")
    assert page.pane.view is not None
    page.pane.view.enter_item("sleep")
    keyboard.type("2")
    keyboard.press("ctrl+s")
    settle(qtbot, tasks)
    after = visits(ledger, people[0])[-1]
    assert (after.id, after.sleep, after.drugs) == (before.id, "2", before.drugs)
    assert dataclasses.replace(after, sleep=before.sleep, version=before.version) == before


def test_reading_anew_keeps_what_is_typed(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner
) -> None:
    page = open_page(patient_id=people[0])
    keyboard.press("space")
    keyboard.type("2")
    typed = page.pane.texts()
    page.refresh()
    settle(qtbot, tasks)
    assert page.pane.texts() == typed


def test_the_third_edition_is_the_same_page_with_fewer_rows(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner,
    ledger: Ledger,
) -> None:  # fmt: skip
    page = open_page(patient_id=people[1], edition="2017")
    keyboard.press("space")
    keyboard.type("2")
    assert here(page) == "risk_level"
    keyboard.press("ctrl+enter", "ctrl+enter")
    settle(qtbot, tasks)
    assert visits(ledger, people[1])[0].form_edition == "2017"


def test_without_a_person_the_choice_is_opened(
    qtbot: QtBot, desk: Desk, opened_pages: list[tuple[str, dict[str, Any]]]
) -> None:
    page = VisitPage(desk)
    qtbot.addWidget(page)
    page.activate({})
    assert opened_pages == [("follow_ups", {})]


def test_a_class_that_differs_brings_the_cursor_to_the_reason(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot
) -> None:
    page = open_page(patient_id=people[0])
    type_stable(keyboard, qtbot)
    assert page.pane.view is not None
    page.pane.view.enter_item("visit_class")
    keyboard.type("1")
    assert here(page) == "class_reason"
    keyboard.press("enter")  # asked, never forced
    assert here(page) == "next_visit_date"


def test_one_key_empties_what_must_stay_empty_and_brings_it_back(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot
) -> None:
    page = open_page(patient_id=people[0])
    keyboard.press("space", "f8", "f6")
    before = page.pane.texts()
    keyboard.type("3")
    assert mark(page, "insight") is Mark.DOUBT
    keyboard.press("f9")
    assert set(page.pane.texts()) == {"visit_date", "visit_form", "visit_targets", "lost_reason", "doctor_name"}
    assert mark(page, "insight") is Mark.CLOSED
    assert "再按 F9 恢复" in page.foot.said()
    keyboard.press("f9")
    assert page.pane.texts() == {**before, "lost_reason": "3"}


def test_a_lost_patient_is_looked_for_again_in_two_weeks(
    open_page: Callable[..., VisitPage], people: list[int], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner,
    ledger: Ledger,
) -> None:  # fmt: skip
    page = open_page(patient_id=people[1])
    keyboard.press("space", "f6")
    keyboard.type("3")
    assert here(page) == "next_visit_date"
    keyboard.press("space", "ctrl+enter")
    settle(qtbot, tasks)
    stored = visits(ledger, people[1])[0]
    assert (stored.lost_reason, stored.next_visit_date, stored.visit_class) == ("3", date(2026, 12, 4), None)


def test_the_panel_stands_under_the_form_where_there_is_little_room(
    open_page: Callable[..., VisitPage], people: list[int], qtbot: QtBot
) -> None:
    page = open_page(patient_id=people[0])
    assert page.pane.is_side_by_side
    assert page.foot.chip.isHidden()
    page.resize(900, 700)
    qtbot.waitUntil(lambda: not page.pane.is_side_by_side)
    assert page.foot.chip.text() == "信息不全"
