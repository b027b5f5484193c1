from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mhdesk.forms.load import form
from tests.ui.forms.keys import Keyboard
from ui.forms.codes import CodeField
from ui.forms.drug_table import DrugTable
from ui.forms.field import Field, Mark
from ui.forms.kinds import make_field
from ui.forms.texts import LineField, NoteField

SPEC = form("follow_up_2018")
TODAY = date(2026, 11, 20)
Show = Callable[[str], Field]


@pytest.fixture
def keyboard() -> Keyboard:
    return Keyboard()


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    """A field alone in a window, with the cursor in it."""

    def make(key: str) -> Field:
        field = make_field(SPEC.field(key), SPEC.field(key).label, lambda: TODAY)
        qtbot.addWidget(field)
        field.show()
        qtbot.waitExposed(field)
        field.activateWindow()
        field.enter()
        qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
        return field

    return make


class Heard:
    """Which signals a field sent."""

    def __init__(self, field: Field) -> None:
        self.names: list[str] = []
        for name in ("changed", "finished", "next_wanted", "back_wanted"):
            getattr(field, name).connect(lambda name=name: self.names.append(name))


def test_a_digit_fills_the_box_and_goes_on(show: Show, keyboard: Keyboard) -> None:
    field = show("visit_form")
    heard = Heard(field)
    keyboard.type("2")
    assert field.texts() == {"visit_form": "2"}
    assert heard.names == ["changed", "finished"]


def test_a_digit_in_a_full_box_stands_for_the_old_one(show: Show, keyboard: Keyboard) -> None:
    field = show("visit_form")
    keyboard.type("23")
    assert field.texts() == {"visit_form": "3"}


def test_a_wrong_digit_stays_and_does_not_go_on(show: Show, keyboard: Keyboard) -> None:
    field = show("risk_level")
    heard = Heard(field)
    keyboard.type("7")
    assert field.texts() == {"risk_level": "7"}
    assert "finished" not in heard.names
    keyboard.type("0")
    assert field.texts() == {"risk_level": "0"}
    assert heard.names[-1] == "finished"


def test_backspace_clears_and_letters_do_nothing(show: Show, keyboard: Keyboard) -> None:
    field = show("risk_level")
    keyboard.type("0a，")
    assert field.texts() == {"risk_level": "0"}
    keyboard.press("back")
    assert field.texts() == {}


def test_moving_keys_tell_the_form(show: Show, keyboard: Keyboard) -> None:
    field = show("visit_form")
    heard = Heard(field)
    keyboard.press("enter", "shift+enter", "tab", "shift+tab")
    assert heard.names == ["next_wanted", "back_wanted", "next_wanted", "back_wanted"]


def test_boxes_take_no_input_method(show: Show) -> None:
    assert not show("visit_form").testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)


@pytest.mark.parametrize(
    ("typed", "raw"),
    [
        ("13", "1,3"),  # 13 is no code: 1, then 3
        ("11", "11"),
        ("1 1", "1"),  # the same code is not written twice
        ("1,11", "1,11"),
        ("12", "12"),
        ("1,2", "1,2"),
        ("345", "3,4,5"),
    ],
)
def test_several_codes_go_into_several_boxes(show: Show, keyboard: Keyboard, typed: str, raw: str) -> None:
    field = show("symptoms")
    keyboard.type(typed)
    field.tidy()
    assert field.texts() == {"symptoms": raw}


def test_several_codes_open_boxes_and_backspace_takes_them_away(show: Show, keyboard: Keyboard) -> None:
    field = show("symptoms")
    assert isinstance(field, Field)
    assert len(field.boxes()) == 3  # type: ignore[attr-defined]
    keyboard.type("34567")
    assert len(field.boxes()) == 6  # type: ignore[attr-defined]
    keyboard.press("back", "back")
    assert field.texts() == {"symptoms": "3,4,5"}


def test_no_act_needs_no_number(show: Show, keyboard: Keyboard) -> None:
    field = show("dangerous_acts")
    heard = Heard(field)
    keyboard.type("7")
    assert field.texts() == {"dangerous_acts": "7"}
    assert heard.names[-1] == "finished"


def test_acts_ask_how_many_times(show: Show, keyboard: Keyboard) -> None:
    field = show("dangerous_acts")
    heard = Heard(field)
    keyboard.type("1")
    assert field.texts() == {"dangerous_acts": "1"}
    keyboard.press("enter")
    assert "next_wanted" not in heard.names  # the number is still missing
    keyboard.type("12")
    assert field.texts() == {"dangerous_acts": "1x12"}
    keyboard.type(",51")
    assert field.texts() == {"dangerous_acts": "1x12,5x1"}
    keyboard.press("enter")
    assert heard.names[-1] == "next_wanted"
    keyboard.press("back", "back")
    assert field.texts() == {"dangerous_acts": "1x12"}


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("今", "2026-11-20"),
        ("昨", "2026-11-19"),
        ("11.18", "2026-11-18"),
        ("20261118", "2026-11-18"),
        ("2026年11月8日", "2026-11-08"),
        ("2026-02-30", "2026-02-30"),  # stays as typed; the form says why it is no day
        ("abc", "abc"),
    ],
)
def test_dates_as_clinics_type_them(show: Show, keyboard: Keyboard, typed: str, shown: str) -> None:
    field = show("visit_date")
    keyboard.type(typed)
    assert field.texts() == {"visit_date": typed}
    field.tidy()
    assert field.texts() == {"visit_date": shown}


def test_a_partial_date_keeps_its_precision(show: Show, keyboard: Keyboard) -> None:
    field = show("last_discharge_date")
    keyboard.type("2026.10")
    field.tidy()
    assert field.texts() == {"last_discharge_date": "2026-10"}


def test_the_space_bar_takes_over_what_is_proposed(show: Show, keyboard: Keyboard) -> None:
    field = show("visit_date")
    field.propose("2026-11-20")
    assert field.texts() == {}
    heard = Heard(field)
    keyboard.press("space")
    assert field.texts() == {"visit_date": "2026-11-20"}
    assert heard.names == ["changed", "finished"]


def test_an_input_method_composes_undisturbed(show: Show) -> None:
    field = show("symptoms_other")
    assert isinstance(field, LineField)
    QApplication.sendEvent(field.editor, QInputMethodEvent("wu", []))
    assert field.editor.is_composing
    field.set_mark(Mark.DOUBT)
    field.propose("别的")
    field.set_mark(Mark.MISSING)
    done = QInputMethodEvent("", [])
    done.setCommitString("无症状")
    QApplication.sendEvent(field.editor, done)
    assert field.texts() == {"symptoms_other": "无症状"}
    assert not field.editor.is_composing


def test_a_note_holds_ten_thousand_characters(show: Show) -> None:
    field = show("note")
    assert isinstance(field, NoteField)
    words = "随访所见，" * 2000
    QApplication.clipboard().setText(words)
    field.editor.paste()
    assert field.texts() == {"note": words}


def test_enter_leaves_a_note_and_alt_enter_breaks_the_line(show: Show, keyboard: Keyboard) -> None:
    field = show("note")
    heard = Heard(field)
    keyboard.type("一")
    keyboard.press("alt+enter")
    keyboard.type("二")
    keyboard.press("enter")
    assert field.texts() == {"note": "一\n二"}
    assert heard.names[-1] == "next_wanted"


def test_a_drug_is_found_by_its_initials(show: Show, keyboard: Keyboard) -> None:
    field = show("drugs_current")
    keyboard.type("lpt")
    keyboard.press("enter")
    keyboard.type("1mg")
    keyboard.press("enter")
    keyboard.type("1")  # 每日, and on to the dose
    keyboard.type("4")
    assert field.texts() == {
        "drugs_current:1:drug_name": "利培酮",
        "drugs_current:1:specification": "1mg",
        "drugs_current:1:period": "每日",
        "drugs_current:1:total_dose": "4",
    }


def test_a_long_acting_drug_asks_for_weeks_not_for_times_of_day(show: Show, keyboard: Keyboard) -> None:
    field = show("drugs_guidance")
    keyboard.type("zlspl")
    keyboard.press("enter")
    keyboard.press("enter")  # no specification
    keyboard.type("4")
    keyboard.press("enter")
    keyboard.type("75")
    texts = field.texts()
    assert texts["drugs_guidance:1:interval_weeks"] == "4"
    assert texts["drugs_guidance:1:dose"] == "75"
    assert texts["drugs_guidance:1:long_acting"] == "是"
    assert not [key for key in texts if key.endswith(("morning", "noon", "night"))]


def test_a_daily_drug_goes_from_night_to_the_next_line(show: Show, keyboard: Keyboard) -> None:
    field = show("drugs_guidance")
    heard = Heard(field)
    keyboard.type("lpt")
    keyboard.press("enter", "enter")
    keyboard.type("2")
    keyboard.press("enter", "enter")
    keyboard.type("2")
    keyboard.press("enter")
    assert "next_wanted" not in heard.names
    keyboard.press("enter")  # an empty name: the table is done
    assert heard.names[-1] == "next_wanted"
    assert field.texts()["drugs_guidance:1:night"] == "2"


def test_a_proposed_line_is_taken_over_with_the_space_bar(show: Show, keyboard: Keyboard) -> None:
    field = show("drugs_guidance")
    assert isinstance(field, DrugTable)
    field.propose_lines([{"drug_name": "氯氮平", "specification": "25mg"}])
    keyboard.press("space")
    assert field.names == ["氯氮平"]
    keyboard.type("25")
    assert field.texts()["drugs_guidance:1:morning"] == "25"


def test_drug_lines_come_back_as_they_were(show: Show) -> None:
    field = show("drugs_current")
    texts = {
        f"drugs_current:{line}:{key}": words
        for line, name in enumerate(("利培酮", "苯海索", "碳酸锂", "丙戊酸钠"), start=1)
        for key, words in (("drug_name", name), ("period", "每日"), ("total_dose", "4"))
    }
    field.set_texts(texts)
    assert field.texts() == texts


def test_a_mark_is_kept(show: Show) -> None:
    field = show("visit_form")
    assert isinstance(field, CodeField)
    field.set_mark(Mark.DOUBT)
    assert field.mark is Mark.DOUBT
