"""修改记录 in the window: the steps of a record, the items of each, a step taken back with its question."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton
from pytestqt.qtbot import QtBot

from mhdesk.domain.changes import Changes
from mhdesk.services import record_history, training
from tests.services.test_training import TODAY, hire, hold
from ui.dialogs.history import HistoryDialog
from ui.messages import MessageDialog
from ui.pages.base import Desk

if TYPE_CHECKING:
    from db.ledger import Ledger


def test_a_step_is_read_and_taken_back(
    qtbot: QtBot, ledger: Ledger, make_desk: Callable[[Any], Desk], faults: list[BaseException]
) -> None:
    desk = make_desk(ledger)
    session_id = hold(ledger, [hire(ledger, "罗云"), hire(ledger, "冉燕")])
    training.type_back(ledger, session_id, present="1", leave="2", today=TODAY)
    told: list[Changes] = []
    dialog = HistoryDialog(
        desk, "修改记录", lambda one: record_history.of_session(one, session_id), told.append, parent=None
    )
    qtbot.addWidget(dialog)
    dialog.show()

    def settle() -> None:
        for _ in range(3):
            qtbot.waitUntil(lambda: desk.tasks.is_idle, timeout=8000)
            qtbot.wait(5)

    settle()
    assert [one.action for one in dialog.steps] == ["training.attendance", "training.session"]
    assert dialog.lines.count() == 3  # two rows of the sheet, the day it came back
    qtbot.keyClick(dialog.table.view, Qt.Key.Key_Down)
    assert dialog.chosen() is dialog.steps[1]
    qtbot.keyClick(dialog.table.view, Qt.Key.Key_Up)
    dialog.back_button.click()
    question = next(one for one in dialog.findChildren(MessageDialog) if one.isVisible())
    yes = next(one for one in question.findChildren(QPushButton) if one.isDefault())
    yes.click()
    settle()
    assert [one.presence for one in training.roster(ledger, session_id)] == [None, None]
    assert "attendance" in told[0].topics
    assert [one.can_undo for one in dialog.steps] == [True, False, True]
    assert dialog.notice.isVisible()
    assert isinstance(dialog, QDialog)
    assert not faults
