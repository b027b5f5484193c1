"""Registering a person with real keys: what the number fills, who might be the same, drafts, own items, changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from pytestqt.qtbot import QtBot

from mhdesk.domain.account import CustomField
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.patient import Patient
from mhdesk.services import custom_fields, drafts, patients
from tests.services.registered import number, register, village
from tests.ui.forms.keys import Keyboard
from ui.forms.field import Mark
from ui.pages.base import Desk
from ui.pages.person import PersonPage
from ui.tasks import TaskRunner

if TYPE_CHECKING:
    from db.ledger import Ledger

#: Keys for one person beyond free text, with the required items and what a township doctor asks first.
SHORT_KEYS = 40


@pytest.fixture
def villages(ledger: Ledger) -> list[int]:
    return [village(ledger, name) for name in ("石坝村", "双桥社区", "石桥村")]


@pytest.fixture
def keyboard() -> Keyboard:
    return Keyboard()


@pytest.fixture
def open_page(
    qtbot: QtBot, tasks: TaskRunner, make_desk: Callable[[Any], Desk], ledger: Ledger, villages: list[int]
) -> Iterator[Callable[..., PersonPage]]:
    pages: list[PersonPage] = []

    def open_(**params: Any) -> PersonPage:
        page = PersonPage(make_desk(ledger))
        page.resize(1366, 900)
        page.show()
        qtbot.waitExposed(page)
        page.activateWindow()
        page.activate(params)
        settle(qtbot, tasks)
        pages.append(page)
        return page

    yield open_
    settle(qtbot, tasks)


def settle(qtbot: QtBot, tasks: TaskRunner) -> None:
    """Until the ledger has answered everything, the pause after typing included."""
    qtbot.wait(260)
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=10000)


def here(page: PersonPage) -> str:
    assert page.pane.view is not None
    assert page.pane.view.here is not None
    return page.pane.view.here.item.key


def sentence(page: PersonPage, key: str) -> str:
    assert page.pane.view is not None
    return page.pane.view.row_of(key).sentence


def mark(page: PersonPage, key: str) -> Mark:
    assert page.pane.view is not None
    return page.pane.view.fields[key].mark


def type_short(keyboard: Keyboard, *, name: str = "冉秀兰", id_number: str = "") -> None:
    """The required items of somebody with a number: name, consent, number, village, diagnosis."""
    keyboard.type(name, free=True)
    keyboard.press("enter")
    keyboard.type("1")  # 知情同意
    keyboard.press("f8")
    keyboard.press("space")  # 签字时间: today; on to the number
    keyboard.type(id_number or number(), free=True)
    keyboard.press("enter")
    keyboard.type("sb")  # 石坝村
    keyboard.press("enter")
    keyboard.press("f8")
    keyboard.type("1")  # 精神分裂症


def test_one_person_by_keyboard_alone(
    open_page: Callable[..., PersonPage], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner, ledger: Ledger,
    villages: list[int], opened_pages: list[tuple[str, dict[str, Any]]],
) -> None:  # fmt: skip
    page = open_page()
    assert here(page) == "name"
    type_short(keyboard)
    assert page.pane.missing() == []
    keyboard.press("ctrl+s")
    settle(qtbot, tasks)
    (person,) = ledger.find(Patient)
    assert (person.name, person.sex, person.birth_date) == ("冉秀兰", "2", PartialDate(1974, 3, 2))
    assert (person.unit_id, person.consent_date, person.diagnosis) == (villages[0], date(2026, 11, 20), "1")
    assert (person.id_type, person.form_edition, person.doctor_name) == ("01", "2018", "王敏")
    assert [hit.id for hit in patients.search(ledger, "rxl")] == [person.id]
    assert opened_pages == [("patient", {"patient_id": person.id})]
    assert keyboard.presses <= SHORT_KEYS
    assert keyboard.presses == 12
    assert drafts.waiting(ledger) == []


def test_the_number_fills_and_a_mismatch_warns(
    open_page: Callable[..., PersonPage], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner
) -> None:
    page = open_page()
    page.pane.enter_item("sex")
    keyboard.type("1")
    page.pane.enter_item("id_number")
    keyboard.type(number())
    texts = page.pane.texts()
    assert (texts["sex"], texts["birth_date"]) == ("1", "1974-03-02")
    settle(qtbot, tasks)
    page.pane.enter_item("name")
    assert mark(page, "sex") is Mark.DOUBT
    assert "性别与身份证号不一致" in sentence(page, "sex")
    # another number: what the first one had filled follows, what was typed stays
    page.pane.enter_item("id_number")
    keyboard.type(number("19800101", "001"))
    texts = page.pane.texts()
    assert (texts["sex"], texts["birth_date"]) == ("1", "1980-01-01")


def test_an_old_number_becomes_one_of_18_and_says_so(open_page: Callable[..., PersonPage], keyboard: Keyboard) -> None:
    page = open_page()
    page.pane.enter_item("id_number")
    keyboard.type("990000740302002")
    keyboard.press("enter")
    assert page.pane.texts()["id_number"] == number()
    assert page.pane.view is not None
    assert "15 位旧号" in page.pane.view.fields["id_number"].hint.text()  # type: ignore[attr-defined]
    assert here(page) == "unit_id"


def test_without_a_number_the_reason_is_asked(
    open_page: Callable[..., PersonPage], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner, ledger: Ledger
) -> None:
    page = open_page()
    keyboard.type("无名氏")
    page.pane.enter_item("id_number")
    keyboard.press("enter")
    assert here(page) == "no_id_reason"
    keyboard.type("流浪")
    settle(qtbot, tasks)
    assert mark(page, "id_number") is Mark.WAIVED
    keyboard.press("ctrl+s")
    assert "还差" in page.notice.words()
    keyboard.press("ctrl+s")
    settle(qtbot, tasks)
    assert ledger.find(Patient)[0].no_id_reason == "流浪"


def test_a_wrong_number_blocks_with_its_sentence(
    open_page: Callable[..., PersonPage], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner, ledger: Ledger
) -> None:
    page = open_page()
    type_short(keyboard, id_number=number()[:-1] + ("1" if number()[-1] != "1" else "2"))
    keyboard.press("ctrl+s")
    settle(qtbot, tasks)
    assert "要改" in page.notice.words()
    assert here(page) == "id_number"
    assert "校验" in sentence(page, "id_number")
    assert ledger.find(Patient) == []


def test_who_might_be_the_same_stands_beside_and_can_be_opened(
    open_page: Callable[..., PersonPage], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner, ledger: Ledger,
    opened_pages: list[tuple[str, dict[str, Any]]],
) -> None:  # fmt: skip
    known = register(ledger, "冉秀岚", guardian_phone="13900001234")
    page = open_page()
    keyboard.type("冉秀兰")
    keyboard.press("enter")
    settle(qtbot, tasks)
    panel = page.pane.panel.matches
    assert panel.isHidden()
    page.pane.enter_item("birth_date")
    keyboard.type("1974.3.2")
    settle(qtbot, tasks)
    assert [card.chip.text() for card in panel.cards] == ["姓名同音、同年出生"]
    assert not panel.isHidden()
    panel.cards[0].button.click()
    assert opened_pages[-1] == ("patient", {"patient_id": known})


def test_the_same_number_is_refused_and_shown(
    open_page: Callable[..., PersonPage], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner, ledger: Ledger
) -> None:
    register(ledger, "覃建国", id_number=number(), no_id_reason=None)
    page = open_page()
    type_short(keyboard)
    keyboard.press("ctrl+s")
    settle(qtbot, tasks)
    assert len(ledger.find(Patient)) == 1
    assert here(page) == "id_number"
    assert "相同的身份证号" in sentence(page, "id_number")
    assert page.pane.panel.matches.cards[0].chip.text() == "身份证号相同"
    assert page.pane.texts()["name"] == "冉秀兰"


def test_villages_by_pinyin_arrows_and_unknown_words(
    open_page: Callable[..., PersonPage], keyboard: Keyboard, villages: list[int]
) -> None:
    page = open_page()
    page.pane.enter_item("unit_id")
    keyboard.type("sh")
    keyboard.press("down", "enter")
    assert page.pane.texts()["unit_id"] in {str(one) for one in villages}
    keyboard.press("shift+enter")
    page.pane.enter_item("unit_id")
    keyboard.type("没有这个村")
    assert page.pane.reading is not None
    assert [problem.code for problem in page.pane.reading.problems] == ["MH-FORM-30"]
    keyboard.press("ctrl+s")
    assert here(page) == "unit_id"
    assert "没有叫“没有这个村”的村" in sentence(page, "unit_id")


def test_relations_by_number_or_word(open_page: Callable[..., PersonPage], keyboard: Keyboard) -> None:
    page = open_page()
    page.pane.enter_item("guardian_relation")
    keyboard.type("2")
    keyboard.press("enter")
    assert page.pane.texts()["guardian_relation"] == "配偶"
    page.pane.enter_item("guardian_relation")
    keyboard.type("表叔")
    keyboard.press("enter")
    assert page.pane.texts()["guardian_relation"] == "表叔"


def test_own_items_are_typed_stored_and_kept(
    open_page: Callable[..., PersonPage], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner, ledger: Ledger
) -> None:
    custom_fields.save(
        ledger, CustomField(form="patient", key="", label="签约团队", kind="code", codes={"1": "一队", "2": "二队"})
    )
    custom_fields.save(ledger, CustomField(form="patient", key="", label="低保证号"))
    custom_fields.save(ledger, CustomField(form="follow_up", key="", label="不在这里"))
    page = open_page()
    type_short(keyboard)
    page.pane.enter_item("custom:c1")
    keyboard.type("3")
    keyboard.press("ctrl+s")
    assert "没有“3”这一项" in sentence(page, "custom:c1")
    keyboard.type("2")
    page.pane.enter_item("custom:c2")
    keyboard.type("DB-001")
    keyboard.press("ctrl+s")
    settle(qtbot, tasks)
    (person,) = ledger.find(Patient)
    assert person.custom == {"c1": "2", "c2": "DB-001"}
    again = open_page(patient_id=person.id)
    assert again.pane.texts()["custom:c1"] == "2"


def test_a_change_keeps_its_reason_and_everything_else(
    open_page: Callable[..., PersonPage], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner, ledger: Ledger
) -> None:
    patient_id = register(ledger, past_symptoms=("1", "12"), past_symptoms_other="夜间自语", custom={"old": "旧"})
    before = ledger.get(Patient, patient_id)
    page = open_page(patient_id=patient_id, field="phone")
    assert here(page) == "phone"
    assert page.header.title() == "修改资料 · 冉秀兰"
    keyboard.type("13900001111")
    page.foot.reason.setText("家属来电更正")
    keyboard.press("ctrl+enter")
    settle(qtbot, tasks)
    after = ledger.get(Patient, patient_id)
    assert after.phone == "13900001111"
    assert (after.past_symptoms_other, after.custom, after.version) == ("夜间自语", {"old": "旧"}, before.version + 1)
    (change,) = patients.history(ledger, patient_id)
    assert change.reason == "家属来电更正"
    assert [name for name, _, _ in change.fields] == ["phone"]


def test_a_draft_survives_a_crash_and_the_next_one_begins_empty(
    open_page: Callable[..., PersonPage], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner, ledger: Ledger
) -> None:
    page = open_page()
    type_short(keyboard)
    typed = page.pane.texts()
    qtbot.waitUntil(lambda: "草稿已存" in page.foot.draft_words(), timeout=4000)
    page.deleteLater()  # no leaving, no saving
    qtbot.wait(50)
    again = open_page()
    assert again.pane.texts() == typed
    assert "已经恢复" in again.notice.words()
    keyboard.press("ctrl+enter")
    settle(qtbot, tasks)
    assert len(ledger.find(Patient)) == 1
    assert again.pane.texts() == {"doctor_name": "王敏", "registered_on": "2026-11-20"}
    assert "冉秀兰" in again.notice.words()
    assert here(again) == "name"


def test_the_third_edition_is_the_same_page_with_fewer_rows(
    open_page: Callable[..., PersonPage], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner, ledger: Ledger
) -> None:
    page = open_page(edition="2017")
    assert page.pane.view is not None
    assert "poverty_relief" not in page.pane.view.fields
    assert "free_medicine" in page.pane.view.fields
    type_short(keyboard)
    keyboard.press("ctrl+s")
    settle(qtbot, tasks)
    assert ledger.find(Patient)[0].form_edition == "2017"


def test_every_item_of_the_form_has_a_place(open_page: Callable[..., PersonPage]) -> None:
    page = open_page()
    assert page.pane.view is not None
    assert set(page.pane.view.fields) == set(page.pane.view.spec.by_key)


def test_where_there_is_little_room_the_matches_stand_on_top(
    open_page: Callable[..., PersonPage], keyboard: Keyboard, qtbot: QtBot, tasks: TaskRunner, ledger: Ledger
) -> None:
    register(ledger, "冉秀岚")
    page = open_page()
    page.resize(800, 700)
    qtbot.waitUntil(lambda: not page.pane.is_side_by_side)
    keyboard.type("冉秀兰")
    page.pane.enter_item("birth_date")
    keyboard.type("1974")
    settle(qtbot, tasks)
    assert "可能重复 1 人" in page.foot.matches.text()
    page.pane.enter_item("doctor_name")
    settle(qtbot, tasks)
    page.foot.matches.click()
    assert not page.pane.panel.matches.visibleRegion().isEmpty()
    page.resize(1366, 700)
    qtbot.waitUntil(lambda: page.pane.is_side_by_side)
    qtbot.waitUntil(lambda: not page.pane.panel.matches.visibleRegion().isEmpty())
    assert page.pane.panel.matches.parentWidget() is page.pane.panel
