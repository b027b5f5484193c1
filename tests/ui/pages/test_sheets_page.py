"""Paper that comes back, and what goes into the national system: the two pages on a real ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import ContactAttempt
from mhdesk.services import sheets
from tests.services.round_people import add_person, visit
from tests.services.test_sheets import add_sheet
from tests.ui.forms.keys import Keyboard
from ui.dialogs.ask import AskDialog
from ui.pages.base import Desk, Page
from ui.pages.copy_panel import NationalPage
from ui.pages.follow_up import VisitPage
from ui.pages.sheets import SheetsPage, find, open_hit

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)
Opened = list[tuple[str, dict[str, Any]]]
P = TypeVar("P", bound=Page)


@pytest.fixture
def people(ledger: Ledger) -> list[int]:
    return [add_person(ledger, name, visits=[visit(date(2026, 10, 1))]) for name in ("甲甲", "乙乙", "丙丙")]


def settle(qtbot: QtBot, page: Page) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: page.desk.tasks.is_idle, timeout=5000)
        qtbot.wait(10)


def shown(qtbot: QtBot, page: P, **params: Any) -> P:
    qtbot.addWidget(page)
    page.resize(1200, 740)
    page.show()
    page.activate(params)
    settle(qtbot, page)
    return page


@pytest.fixture
def page(
    qtbot: QtBot, ledger: Ledger, people: list[int], make_desk: Callable[[Any], Desk], faults: list[BaseException]
) -> Iterator[SheetsPage]:
    """The page with sheet 3 of three people."""
    add_sheet(ledger, 3, people)
    made = shown(qtbot, SheetsPage(make_desk(ledger)))
    yield made
    settle(qtbot, made)
    assert not faults


def test_counts_with_names(page: SheetsPage) -> None:
    assert page.table.count() == 1
    assert page.rows.count() == 3
    assert (page.current() or pytest.fail("no sheet")).rows == 3


def test_a_place_opens_the_entry_of_its_row(
    page: SheetsPage, people: list[int], opened_pages: Opened, qtbot: QtBot, ledger: Ledger
) -> None:
    page.place.setFocus()
    keys = Keyboard()
    keys.type("3-2")
    keys.press("enter")
    settle(qtbot, page)
    row = sheets.find(ledger, "3-2")
    assert opened_pages == [("visit", {"patient_id": people[1], "sheet_row": row.id, "queue": ()})]
    keys.type("3-9")
    keys.press("enter")
    settle(qtbot, page)
    assert "3-9" in page.notice.words()


def test_every_search_box_knows_places(
    page: SheetsPage, people: list[int], opened_pages: Opened, qtbot: QtBot, ledger: Ledger
) -> None:
    hits = find(page.desk, "3-3", 20)
    assert [(hit.name, hit.village) for hit in hits] == [("丙丙", "第 3 号随访单第 3 行")]
    found: list[int] = []
    open_hit(page.desk, hits[0].id, found.append, owner=page)
    settle(qtbot, page)
    assert opened_pages[0][1]["patient_id"] == people[2]
    open_hit(page.desk, find(page.desk, "甲甲", 20)[0].id, found.append, owner=page)
    assert found == [people[0]]


def test_saving_the_entry_marks_the_row(
    page: SheetsPage, people: list[int], qtbot: QtBot, ledger: Ledger, make_desk: Callable[[Any], Desk]
) -> None:
    row = sheets.find(ledger, "3-1")
    entry = shown(qtbot, VisitPage(make_desk(ledger)), patient_id=people[0], sheet_row=row.id)
    assert entry.pane.view is not None
    entry.pane.view.set_texts(
        {"visit_date": "2026-11-05", "lost_reason": "1", "next_visit_date": "2026-11-30", "doctor_name": "王敏"}
    )
    entry.save()
    settle(qtbot, entry)
    entry.save()
    settle(qtbot, entry)
    assert sheets.find(ledger, "3-1").outcome == "entered"


def test_paper_that_says_not_at_home(page: SheetsPage, people: list[int], ledger: Ledger, qtbot: QtBot) -> None:
    page.rows.view.selectRow(1)
    page.rows.view.setFocus()
    QTest.keyClick(page.rows.view, Qt.Key.Key_N)
    asked = page.findChildren(AskDialog)[0]
    qtbot.waitUntil(asked.editors["result"].hasFocus)
    Keyboard().type("3")
    settle(qtbot, page)
    assert ledger.find(ContactAttempt)[0].patient_id == people[1]
    assert sheets.find(ledger, "3-2").outcome == "attempted"


def test_rows_are_withdrawn_and_opened_again(page: SheetsPage, ledger: Ledger, qtbot: QtBot) -> None:
    page.rows.view.selectRow(2)
    page.withdraw_button.click()
    settle(qtbot, page)
    assert sheets.find(ledger, "3-3").outcome == "withdrawn"
    page.choice.choose("missing")
    page.choice.chosen.emit("missing")
    assert page.open_table.count() == 2
    page.rows.view.selectRow(2)
    page.reopen_button.click()
    settle(qtbot, page)
    assert sheets.find(ledger, "3-3").outcome is None


def test_a_sheet_opens_as_a_grid(page: SheetsPage, opened_pages: Opened) -> None:
    page.open_batch()
    assert opened_pages[-1][0] == "batch"


# ---------------------------------------------------------------- national system


@pytest.fixture
def panel(
    qtbot: QtBot, ledger: Ledger, people: list[int], make_desk: Callable[[Any], Desk], faults: list[BaseException]
) -> Iterator[NationalPage]:
    """The page with three visits of the quarter."""
    made = shown(qtbot, NationalPage(make_desk(ledger)))
    yield made
    settle(qtbot, made)
    assert not faults


def test_one_key_copies_one_field_and_moves_on(panel: NationalPage) -> None:
    assert panel.table.count() == 3
    copied = []
    for _ in range(3):
        QTest.keyClick(panel, Qt.Key.Key_F4)
        copied.append(QGuiApplication.clipboard().text())
    assert copied == ["2026-10-01", "家庭访视", "患者本人"]
    assert "患者本人" in panel.copied.text()


def test_a_person_is_copied_too(panel: NationalPage, qtbot: QtBot) -> None:
    panel.kind.choose("person")
    panel.kind.chosen.emit("person")
    settle(qtbot, panel)
    panel.copy_current()
    assert QGuiApplication.clipboard().text() == "甲甲"


def test_visits_are_ticked_and_unticked(panel: NationalPage, ledger: Ledger, qtbot: QtBot) -> None:
    panel.table.view.selectRow(0)
    panel.tick()
    settle(qtbot, panel)
    assert panel.table.count() == 2
    assert [one.national_entered_on for one in ledger.find(FollowUp)] == [TODAY, None, None]
    panel.choice.choose("entered")
    panel.choice.chosen.emit("entered")
    settle(qtbot, panel)
    assert panel.table.count() == 1
    panel.tick()
    settle(qtbot, panel)
    assert [one.national_entered_on for one in ledger.find(FollowUp)] == [None, None, None]


def test_one_visit_can_be_asked_for(
    qtbot: QtBot, ledger: Ledger, people: list[int], make_desk: Callable[[Any], Desk], panel: NationalPage
) -> None:
    last = ledger.find(FollowUp)[-1]
    again = shown(qtbot, NationalPage(make_desk(ledger)), follow_up_id=last.id)
    current = again.current()
    assert current is not None
    assert current.id == last.id
