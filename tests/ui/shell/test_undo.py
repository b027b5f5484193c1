"""Ctrl+Z on any page takes the last action back, says what, and puts it back again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from mhdesk.domain.patient import Patient
from mhdesk.services import patients
from tests.conftest import FixedClock
from tests.services.registered import TODAY, register
from tests.ui.shell.test_window import PAGES
from ui import messages
from ui.tasks import TaskRunner
from ui.undo import action_words
from ui.window import MainWindow

if TYPE_CHECKING:
    from db.ledger import Ledger


@pytest.fixture
def window(qtbot: QtBot, tasks: TaskRunner, ledger: Ledger, today: date) -> Iterator[MainWindow]:
    made = MainWindow(ledger, tasks, "统景中心卫生院", lambda: today, pages=PAGES)
    made.resize(1366, 768)
    made.open_first()
    made.show()
    qtbot.waitExposed(made)
    yield made
    qtbot.waitUntil(lambda: tasks.is_idle)


def press(qtbot: QtBot, window: MainWindow, tasks: TaskRunner) -> None:
    window.pages.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: tasks.is_idle)


def test_the_last_action_goes_and_comes_back(
    qtbot: QtBot, window: MainWindow, tasks: TaskRunner, ledger: Ledger
) -> None:
    patient_id = register(ledger, "冉秀兰")
    patients.save(ledger, dataclasses.replace(ledger.get(Patient, patient_id), phone="13900000000"), today=TODAY)
    window.open_page("patients")
    calls = window.page("patients").calls  # type: ignore[attr-defined]
    press(qtbot, window, tasks)
    assert ledger.get(Patient, patient_id).phone is None
    assert window.undo.words.whole_text() == "已撤销：修改资料（冉秀兰）"
    assert calls.count("refresh") == 2  # the page in front reads anew
    window.undo.redo_button.click()
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert ledger.get(Patient, patient_id).phone == "13900000000"
    assert window.undo.words.whole_text() == "已重做：修改资料（冉秀兰）"
    press(qtbot, window, tasks)
    window.undo.again_button.click()
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert ledger.find(Patient) == []
    assert window.undo.words.whole_text() == "已撤销：登记患者（冉秀兰）"


def test_what_is_old_is_taken_back_only_after_a_question(
    qtbot: QtBot, window: MainWindow, tasks: TaskRunner, ledger: Ledger, clock: FixedClock
) -> None:
    register(ledger, "冉秀兰")
    clock.advance(hours=2)
    press(qtbot, window, tasks)
    (dialog,) = window.findChildren(messages.MessageDialog)
    assert "登记患者（冉秀兰）" in dialog.words.text()
    assert len(ledger.find(Patient)) == 1
    next(one for one in dialog.findChildren(QPushButton) if one.text() == "撤销").click()
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert ledger.find(Patient) == []


def test_every_action_has_a_word() -> None:
    assert action_words("person.merge") == "合并档案"
    assert action_words("nobody.knows") == "修改"
