"""疑问 on the sheet while it is typed: kept in the draft, stored with the record, shown when it is opened again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mhdesk.domain.follow_up import FollowUp
from mhdesk.services import quality
from tests.ui.forms.keys import Keyboard
from tests.ui.pages.follow_up_people import TODAY, add_people, stable_visit
from ui.dialogs.ask import AskDialog
from ui.pages.base import Desk
from ui.pages.follow_up import VisitPage
from ui.tasks import TaskRunner

if TYPE_CHECKING:
    from db.ledger import Ledger


@pytest.fixture
def people(ledger: Ledger) -> list[int]:
    return add_people(ledger)


@pytest.fixture
def open_page(qtbot: QtBot, make_desk: Callable[[Any], Desk], ledger: Ledger, tasks: TaskRunner) -> Iterator[Any]:
    desk = dataclasses.replace(make_desk(ledger))

    def make(**params: Any) -> VisitPage:
        page = VisitPage(desk)
        page.resize(1198, 712)
        page.show()
        qtbot.waitExposed(page)
        page.activateWindow()
        page.activate(params)
        settle(qtbot, tasks)
        return page

    yield make
    qtbot.waitUntil(lambda: tasks.is_idle)


def settle(qtbot: QtBot, tasks: TaskRunner) -> None:
    qtbot.waitUntil(lambda: tasks.is_idle)
    qtbot.wait(80)  # the judge's pause
    QApplication.processEvents()
    qtbot.waitUntil(lambda: tasks.is_idle)


def flag(page: VisitPage, qtbot: QtBot, tasks: TaskRunner, note: str) -> None:
    """Write the note into the open dialog."""
    qtbot.waitUntil(lambda: any(one.isVisible() for one in page.findChildren(AskDialog)))
    dialog = next(one for one in page.findChildren(AskDialog) if one.isVisible())
    dialog.put("note", note)
    dialog.send()
    settle(qtbot, tasks)


def said(page: VisitPage, key: str) -> str:
    assert page.pane.view is not None
    return page.pane.view.row_of(key).flag


def test_a_note_waits_in_the_draft_and_is_stored_with_the_sheet(
    open_page: Callable[..., VisitPage], people: list[int], qtbot: QtBot, tasks: TaskRunner, ledger: Ledger
) -> None:
    page = open_page(patient_id=people[1])
    Keyboard().press("space")  # the day
    page.doubts.ask_about("insight")
    flag(page, qtbot, tasks, "家属说法不一")
    assert said(page, "insight") == "疑问：家属说法不一"
    assert quality.open_doubts(ledger) == []  # nothing is stored yet
    page.leave()
    settle(qtbot, tasks)
    page.deleteLater()
    again = open_page(patient_id=people[1])
    assert said(again, "insight") == "疑问：家属说法不一"
    again.save()  # gaps are shown once
    again.save()
    settle(qtbot, tasks)
    (doubt,) = quality.open_doubts(ledger, patient_id=people[1])
    (visit,) = ledger.find(FollowUp, patient_id=people[1])
    assert (doubt.doubt.field, doubt.doubt.note, doubt.follow_up_id) == ("insight", "家属说法不一", visit.id)


def test_an_unwanted_draft_takes_its_notes_along(
    open_page: Callable[..., VisitPage], people: list[int], qtbot: QtBot, tasks: TaskRunner
) -> None:
    page = open_page(patient_id=people[1])
    page.doubts.ask_about("sleep")
    flag(page, qtbot, tasks, "睡多久说不清")
    page.drop_draft()
    settle(qtbot, tasks)
    assert said(page, "sleep") == ""


def test_a_stored_sheet_is_flagged_at_once(
    open_page: Callable[..., VisitPage], people: list[int], qtbot: QtBot, tasks: TaskRunner, ledger: Ledger
) -> None:
    with ledger.change("follow_up.record") as change:
        visit = change.add(stable_visit(people[2], TODAY))
    page = open_page(patient_id=people[2], follow_up_id=visit)
    assert page.pane.view is not None
    page.pane.view.enter_item("sleep")
    page.doubts.ask()  # Ctrl+D: the item the cursor is in
    flag(page, qtbot, tasks, "问过邻居")
    assert said(page, "sleep") == "疑问：问过邻居"
    assert [one.doubt.field for one in quality.open_doubts(ledger)] == ["sleep"]
