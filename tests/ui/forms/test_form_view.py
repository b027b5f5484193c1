from __future__ import annotations

import re
from datetime import date

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from mhdesk.domain.problems import Problem
from mhdesk.forms.load import form
from mhdesk.forms.skip import State
from mhdesk.forms.spec import Kind
from tests.ui.forms.keys import Keyboard
from ui.forms.code_words import CodeWords
from ui.forms.field import Mark
from ui.forms.form_view import FormView
from ui.forms.kinds import MAKERS

TODAY = date(2026, 11, 20)
#: Everything on a sheet that is no Chinese: keys, units, numbers.
_ALLOWED = re.compile(r"(?:mg|Enter|Ctrl|Esc|F[1-9]|[0-9.\-×])+")


@pytest.fixture
def keyboard() -> Keyboard:
    return Keyboard()


def shown(qtbot: QtBot, name: str = "follow_up_2018") -> FormView:
    view = FormView(form(name), lambda: TODAY)
    qtbot.addWidget(view)
    view.resize(900, 1600)
    view.show()
    qtbot.waitExposed(view)
    view.activateWindow()
    view.advance(None)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    return view


def here(view: FormView) -> str:
    assert view.here is not None
    return view.here.item.key


@pytest.mark.parametrize("name", ["follow_up_2018", "follow_up_2017"])
def test_every_item_of_the_table_has_its_field(qtbot: QtBot, name: str) -> None:
    view = shown(qtbot, name)
    assert set(view.fields) == {item.key for item in view.spec.fields}
    for key, field in view.fields.items():
        assert field.item.kind in MAKERS
        assert view.row_of(key).isAncestorOf(field)


def test_the_2018_form_has_all_29_items(qtbot: QtBot) -> None:
    view = shown(qtbot)
    numbers = {field.item.number for field in view.fields.values() if field.item.number}
    assert numbers == {str(number) for number in range(1, 30)}


def test_the_2017_form_has_fewer_rows(qtbot: QtBot) -> None:
    view = shown(qtbot, "follow_up_2017")
    assert not {"visit_targets", "referral_done"} & set(view.fields)
    assert view.fields["referral_advised"].accessibleName() == "是否转诊"  # another question than 2018's 建议转诊
    columns = {key.split(":")[2] for key in _drug_keys(view)}
    assert columns == {"drug_name", "period", "times", "dose"}


def _drug_keys(view: FormView) -> list[str]:
    item = view.spec.field("drugs_current")
    view.fields["drugs_current"].set_texts({f"drugs_current:1:{column.key}": "1" for column in item.columns})
    return list(view.fields["drugs_current"].texts())


@pytest.mark.parametrize("name", ["follow_up_2018", "follow_up_2017"])
def test_texts_go_in_and_come_out_whole(qtbot: QtBot, name: str) -> None:
    view = shown(qtbot, name)
    texts: dict[str, str] = {}
    for item in view.spec.fields:
        if item.kind is Kind.DRUGS:
            words = {"period": "每日"}
            texts |= {f"{item.key}:1:{column.key}": words.get(column.key, "是") for column in item.columns}
        elif item.kind is Kind.COUNTED_CODES:
            texts[item.key] = "1x2,5x1"
        else:
            texts[item.key] = {Kind.CODES: "1,2"}.get(item.kind, "1")
    view.set_texts(texts)
    assert view.texts() == texts
    view.set_texts({})
    assert view.texts() == {}


def test_labels_are_chinese(qtbot: QtBot) -> None:
    view = shown(qtbot)
    words = [part.text() for part in view.findChildren(QLabel)]
    words += [part.text() for part in view.findChildren(QAbstractButton)]
    words += [part.toolTip() for part in view.findChildren(QWidget)]
    words += [part.placeholderText() for part in view.findChildren(QLineEdit)]
    words += [part.accessibleName() for part in view.findChildren(QWidget)]
    words += [part.accessibleName() for part in view.findChildren(CodeWords)]
    strange = {one for one in words if re.search(r"[A-Za-z]", _ALLOWED.sub("", one))}
    assert not strange


def mark(view: FormView, key: str) -> Mark:
    return view.fields[key].mark


def test_unanswered_items_are_yellow_and_answered_ones_are_not(qtbot: QtBot, keyboard: Keyboard) -> None:
    view = shown(qtbot)
    assert here(view) == "visit_date"
    assert mark(view, "visit_form") is Mark.MISSING
    assert mark(view, "rehabilitation") is Mark.PLAIN  # not asked for
    before = len(view.missing())
    view.enter_item("visit_form")
    keyboard.type("2")
    assert mark(view, "visit_form") is Mark.PLAIN
    assert len(view.missing()) == before - 1


def test_enter_and_tab_go_on_shift_goes_back(qtbot: QtBot, keyboard: Keyboard) -> None:
    view = shown(qtbot)
    keyboard.press("enter")
    assert here(view) == "visit_form"
    keyboard.press("tab")
    assert here(view) == "visit_targets"
    keyboard.press("enter")
    assert here(view) == "risk_level"  # the folded card is passed over
    keyboard.press("shift+tab", "shift+enter")
    assert here(view) == "visit_form"
    keyboard.press("down", "up")
    assert here(view) == "visit_form"


def test_correcting_an_earlier_digit_brings_the_cursor_back_to_where_one_was(qtbot: QtBot, keyboard: Keyboard) -> None:
    view = shown(qtbot)
    view.set_texts({"visit_date": "2026-11-20", "visit_form": "2", "visit_targets": "1", "risk_level": "0"})
    view.enter_item("visit_form")
    keyboard.type("1")
    assert here(view) == "symptoms"


def test_a_lost_patient_leaves_the_clinical_items_grey(qtbot: QtBot, keyboard: Keyboard) -> None:
    view = shown(qtbot)
    view.enter_card("ended")
    keyboard.type("4")
    assert mark(view, "risk_level") is Mark.CLOSED
    assert mark(view, "dangerous_acts") is Mark.CLOSED
    assert mark(view, "drugs_current") is Mark.CLOSED
    assert here(view) == "next_visit_date"
    assert view.missing() == ["visit_date", "next_visit_date", "doctor_name"]


def test_another_reason_of_loss_is_asked_in_words(qtbot: QtBot, keyboard: Keyboard) -> None:
    view = shown(qtbot)
    view.enter_card("ended")
    assert not view.fields["lost_reason_other"].isVisible()
    keyboard.type("5")
    assert here(view) == "lost_reason_other"
    assert view.fields["lost_reason_other"].isVisible()


def test_a_death_asks_only_for_its_own_items(qtbot: QtBot, keyboard: Keyboard) -> None:
    view = shown(qtbot)
    view.enter_card("ended")
    keyboard.press("enter")
    assert here(view) == "death_date"
    keyboard.type("昨")
    keyboard.press("enter")
    assert here(view) == "death_reason"
    keyboard.type("1")
    assert here(view) == "death_disease"
    keyboard.type("4")
    assert here(view) == "doctor_name"
    assert mark(view, "next_visit_date") is Mark.CLOSED


def test_somebody_in_hospital_is_not_asked_for_the_rest(qtbot: QtBot, keyboard: Keyboard) -> None:
    view = shown(qtbot)
    view.set_texts({"visit_date": "2026-11-20", "visit_form": "1", "visit_targets": "1", "doctor_name": "王敏"})
    view.enter_item("hospitalization")
    keyboard.type("1")
    assert mark(view, "risk_level") is Mark.WAIVED
    assert view.fields["risk_level"].isEnabled()  # it may be answered
    assert view.missing() == ["next_visit_date"]


def test_no_medicine_by_doctors_order_closes_the_drug_lines(qtbot: QtBot, keyboard: Keyboard) -> None:
    view = shown(qtbot)
    view.enter_item("adherence")
    keyboard.type("4")
    assert mark(view, "drugs_current") is Mark.CLOSED
    assert mark(view, "drugs_guidance") is Mark.CLOSED
    view.enter_item("referral_advised")
    keyboard.type("1")
    assert here(view) == "rehabilitation"


def test_a_discharge_date_is_asked_only_after_a_stay(qtbot: QtBot, keyboard: Keyboard) -> None:
    view = shown(qtbot)
    view.enter_item("hospitalization")
    keyboard.type("2")
    assert here(view) == "last_discharge_date"
    view.enter_item("hospitalization")
    keyboard.type("0")
    assert not view.fields["last_discharge_date"].isVisible()


def test_what_stands_where_nothing_may_stand_is_doubtful_but_kept(qtbot: QtBot, keyboard: Keyboard) -> None:
    view = shown(qtbot)
    view.set_texts({"risk_level": "3"})
    view.enter_card("ended")
    keyboard.type("3")
    assert view.states()["risk_level"] is State.EMPTY
    assert mark(view, "risk_level") is Mark.DOUBT
    assert "留空" in view.row_of("risk_level").sentence
    assert view.texts()["risk_level"] == "3"


def test_a_problem_stands_under_its_row(qtbot: QtBot) -> None:
    view = shown(qtbot)
    view.set_texts({"risk_level": "7"})
    problem = Problem("MH-FORM-06", "risk_level", params={"label": "危险性评估", "text": "7", "codes": "0、1"})
    view.show_problems([problem], asks_reason=False)
    assert mark(view, "risk_level") is Mark.DOUBT
    assert view.row_of("risk_level").sentence == "“危险性评估”没有“7”这一项。可填：0、1。"
    view.show_problems([], asks_reason=False)
    assert view.row_of("risk_level").sentence == ""


def test_nothing_is_said_about_items_not_yet_reached(qtbot: QtBot) -> None:
    view = shown(qtbot)
    problem = Problem("Q07b", "drugs")
    view.show_problems([problem], asks_reason=False)
    assert view.row_of("drugs_current").sentence == ""
    view.insist()
    assert view.row_of("drugs_current").sentence != ""


def test_a_reason_is_asked_when_the_class_differs(qtbot: QtBot) -> None:
    view = shown(qtbot)
    assert not view.fields["class_reason"].isVisible()
    view.show_problems([], asks_reason=True)
    assert view.fields["class_reason"].isVisible()
    assert mark(view, "class_reason") is Mark.MISSING
    assert "class_reason" not in view.missing()  # asked, never forced


def test_cards_fold_and_page_keys_go_through_all_of_them(qtbot: QtBot) -> None:
    view = shown(qtbot)
    folded = [key for key, card in view.cards.items() if card.is_folded]
    assert folded == ["ended", "extra"]
    seen = []
    for _ in range(len(view.cards) - 1):
        view.step_card(1)
        seen.append(here(view))
    assert seen[0] == "lost_reason"
    assert not any(card.is_folded for card in view.cards.values())
    assert view.spec.field(seen[-1]).section == "extra"


def test_rows_stack_where_there_is_no_room(qtbot: QtBot) -> None:
    view = shown(qtbot)
    row = view.row_of("self_care")
    places = []
    for width in (900, 560):
        view.resize(width, 1600)
        qtbot.wait(50)
        places.append(view.fields["self_care"].mapTo(row, row.rect().topLeft()).y())
    assert places[1] > places[0]
