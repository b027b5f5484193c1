"""药品目录 in the settings: found by pinyin, changed and added with the keyboard, faults under their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from mhdesk.services import drug_list
from tests.ui.pages.conftest import Shown
from ui.dialogs.ask import AskDialog
from ui.pages.settings import SettingsPage
from ui.pages.settings_drugs import DrugsPart

if TYPE_CHECKING:
    from db.ledger import Ledger


@pytest.fixture
def sheet(shown: Shown) -> DrugsPart:
    found = shown.page(SettingsPage, part="drugs").stack.currentWidget()
    assert isinstance(found, DrugsPart)
    return found


def dialog() -> AskDialog:
    return next(one for one in QApplication.topLevelWidgets() if isinstance(one, AskDialog) and one.isVisible())


def typed(asked: AskDialog, key: str, words: str) -> None:
    editor = asked.editors[key]
    assert isinstance(editor, QLineEdit)
    editor.setFocus()
    editor.selectAll()
    if words.isascii():
        QTest.keyClicks(editor, words)
    else:
        editor.insert(words)  # as an input method does; QTest types plain keys only


def test_a_range_is_changed_with_keys_and_shows_its_origin(shown: Shown, place: Ledger, sheet: DrugsPart) -> None:
    QTest.keyClicks(sheet.search, "lpt")
    view = sheet.table.view
    view.setFocus()
    view.selectRow(0)
    assert "来源中的范围 1–6 mg 每日" in sheet.chosen.text()
    QTest.keyClick(view, Qt.Key.Key_Return)
    asked = dialog()
    typed(asked, "dose_max", "8")
    QTest.keyClick(asked.editors["dose_max"], Qt.Key.Key_Return)
    shown.settle()
    found = drug_list.book(place).find("利培酮")
    assert found is not None
    assert (found.dose_max, found.origin) == (8.0, "本区县")
    view.selectRow(0)
    assert "本软件目录原为 2–6 mg 每日" in sheet.chosen.text()
    sheet.put_back_button.click()
    shown.settle()
    assert drug_list.origin_words(drug_list.book(place).drugs[0]) == "本软件"


def test_what_was_typed_stays_and_each_fault_stands_under_its_field(
    shown: Shown, place: Ledger, sheet: DrugsPart
) -> None:
    asked = sheet.edit(None)
    for key, words in (("generic", "利培酮"), ("forms", "片"), ("dose_min", "9"), ("dose_max", "3")):
        typed(asked, key, words)
    asked.send()
    shown.settle()
    assert "已经是“利培酮”的名称" in asked.fields["generic"].problem()
    assert "上限不能小于下限" in asked.fields["dose_max"].problem()
    assert asked.fields["forms"].problem() == ""
    typed(asked, "generic", "伊潘立酮")
    typed(asked, "dose_max", "24")
    typed(asked, "strengths", "1、两")
    asked.send()
    assert asked.fields["strengths"].problem()
    typed(asked, "strengths", "1、2")
    asked.send()
    shown.settle()
    found = drug_list.book(place).find("伊潘立酮")
    assert found is not None
    assert (found.strengths, found.dose_min, found.mark) == ((1.0, 2.0), 9.0, "memory")


def test_a_drug_is_left_out_and_stays_in_sight(shown: Shown, place: Ledger, sheet: DrugsPart) -> None:
    count = sheet.table.count()
    sheet.table.view.selectRow(0)
    sheet.leave_out_button.click()
    shown.settle()
    assert drug_list.book(place).find("利培酮") is None
    assert sheet.table.count() == count
    assert sheet.notice.words().startswith("录入时不再提示利培酮")
