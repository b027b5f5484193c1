"""应随访 on a real ledger: filters, reminders, two keys for a failed contact, 暂缓, paper as the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mhdesk.domain.patient import ContactAttempt
from mhdesk.domain.round import Snooze
from mhdesk.files.read import read_tables
from mhdesk.services import attempts, worklist
from mhdesk.services.worklist import DueQuery
from tests.services.round_people import add_person, add_village, visit
from tests.ui.forms.keys import Keyboard
from ui.dialogs.ask import AskDialog
from ui.pages.base import Desk
from ui.pages.due import DuePage

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)


@pytest.fixture
def people(ledger: Ledger) -> dict[str, int]:
    """Overdue, due soon, unstable, on time; the first in a village of his own."""
    village = add_village(ledger, "青龙村")
    return {
        "甲甲": add_person(ledger, "甲甲", unit_id=village, doctor="王敏", visits=[visit(date(2026, 7, 1))]),
        "乙乙": add_person(ledger, "乙乙", visits=[visit(date(2026, 8, 22))]),
        "丙丙": add_person(ledger, "丙丙", visits=[visit(date(2026, 11, 1), visit_class="1", risk="3")]),
        "丁丁": add_person(ledger, "丁丁", visits=[visit(date(2026, 11, 1))]),
    }


@pytest.fixture
def page(
    qtbot: QtBot, ledger: Ledger, people: dict[str, int], make_desk: Callable[[Any], Desk], faults: list[BaseException]
) -> Iterator[DuePage]:
    """The page with the list on it, the cursor in the first row."""
    made = DuePage(make_desk(ledger))
    qtbot.addWidget(made)
    made.resize(1300, 760)
    made.show()
    made.activate({})
    qtbot.waitUntil(lambda: made.table.count() == 3, timeout=5000)
    made.table.view.setFocus()
    settle(qtbot, made)
    yield made
    settle(qtbot, made)
    assert not faults


def settle(qtbot: QtBot, page: DuePage) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: page.desk.tasks.is_idle, timeout=5000)
        qtbot.wait(10)


def names(page: DuePage) -> list[str]:
    return [one.name for one in page.displayed()]


def dialog(page: DuePage) -> AskDialog:
    found = page.findChildren(AskDialog)
    assert len(found) == 1
    return found[0]


def test_heaviest_first_with_reminders_of_the_row(page: DuePage) -> None:
    assert names(page) == ["丙丙", "甲甲", "乙乙"]
    assert page.header.title() == "应随访 3 人"
    assert "派出所" in page.told.text()
    QTest.keyClick(page.table.view, Qt.Key.Key_Down)
    assert "派出所" not in page.told.text()


def test_pills_and_filters_narrow_the_list(page: DuePage, qtbot: QtBot) -> None:
    page.buckets.choose("on_time")
    page.buckets.chosen.emit("on_time")
    settle(qtbot, page)
    assert names(page) == ["丁丁"]
    page.buckets.choose("all")
    page.village.setCurrentIndex(page.village.findData("青龙村"))
    page.village.activated.emit(page.village.currentIndex())
    settle(qtbot, page)
    assert names(page) == ["甲甲"]
    assert page.query() == DueQuery(village="青龙村", buckets=("due", "overdue", "snoozed", "on_time"))


def test_a_view_is_kept(page: DuePage, ledger: Ledger, qtbot: QtBot) -> None:
    page.order.setCurrentIndex(page.order.findData("name"))
    page.keep_view()
    settle(qtbot, page)
    assert worklist.saved_query(ledger).order == "name"
    assert "已记住" in page.notice.words()


def test_a_failed_contact_takes_two_keys(page: DuePage, ledger: Ledger, people: dict[str, int], qtbot: QtBot) -> None:
    keys = Keyboard()
    QTest.keyClick(page.table.view, Qt.Key.Key_N)
    keys.presses += 1
    asked = dialog(page)
    qtbot.waitUntil(asked.editors["result"].hasFocus)
    keys.type("3")
    assert keys.presses == 2
    settle(qtbot, page)
    stored = ledger.find(ContactAttempt, patient_id=people["丙丙"])
    assert [(one.attempted_on, one.result, one.mode) for one in stored] == [(TODAY, "3", "2")]
    assert names(page) == ["甲甲", "乙乙"]  # tried: again within two weeks


def test_another_day_and_a_note_can_be_given(page: DuePage, ledger: Ledger, qtbot: QtBot) -> None:
    page.record_attempt()
    asked = dialog(page)
    asked.put("on", "11.18")
    asked.put("note", "邻居说在外地")
    asked.editors["result"].setFocus()
    qtbot.waitUntil(asked.editors["result"].hasFocus)
    Keyboard().type("9")
    settle(qtbot, page)
    stored = ledger.find(ContactAttempt)[0]
    assert (stored.attempted_on, stored.mode, stored.note) == (date(2026, 11, 18), None, "邻居说在外地")


def test_what_the_ledger_refuses_stays_in_the_dialog(page: DuePage, ledger: Ledger, qtbot: QtBot) -> None:
    page.record_attempt()
    asked = dialog(page)
    asked.put("on", "2026-11-25")
    asked.editors["result"].setFocus()
    qtbot.waitUntil(asked.editors["result"].hasFocus)
    Keyboard().type("1")
    settle(qtbot, page)
    assert asked.isVisible()
    assert "今天之后" in asked.notice.words()
    asked.put("on", "不知道")
    asked.send()
    assert asked.fields["on"].problem()
    assert ledger.find(ContactAttempt) == []
    asked.reject()


def test_a_visit_is_put_off_and_taken_up_again(
    page: DuePage, ledger: Ledger, people: dict[str, int], qtbot: QtBot
) -> None:
    QTest.keyClick(page.table.view, Qt.Key.Key_Z)
    asked = dialog(page)
    asked.send()
    assert asked.fields["reason"].problem()
    asked.put("reason", "外出务工")
    asked.put("until", "+14")
    asked.send()
    settle(qtbot, page)
    assert [(one.reason, one.until) for one in ledger.find(Snooze)] == [("外出务工", date(2026, 12, 4))]
    page.buckets.choose("snoozed")
    page.buckets.chosen.emit("snoozed")
    settle(qtbot, page)
    assert names(page) == ["丙丙"]
    assert page.snooze_button.text() == "结束暂缓"
    page.put_off()
    settle(qtbot, page)
    assert names(page) == []


def test_enter_begins_with_the_row_and_goes_on_down_the_screen(
    page: DuePage, people: dict[str, int], opened_pages: list[tuple[str, dict[str, Any]]]
) -> None:
    QTest.keyClick(page.table.view, Qt.Key.Key_Down)
    QTest.keyClick(page.table.view, Qt.Key.Key_Return)
    assert opened_pages == [("visit", {"patient_id": people["甲甲"], "queue": (people["甲甲"], people["乙乙"])})]
    page.open_batch()
    assert opened_pages[-1] == ("batch", {"people": (people["丙丙"], people["甲甲"], people["乙乙"])})
    page.open_patient()
    opened: Any = opened_pages[-1]
    assert opened == ("patient", {"patient_id": people["甲甲"]})


def test_the_workbook_and_the_pages_are_what_the_screen_shows(
    page: DuePage, qtbot: QtBot, tmp_path: Path, ledger: Ledger
) -> None:
    page.table.view.show_columns(["name", "late"])
    page.table.model.sort_by("name")
    settle(qtbot, page)
    shown = names(page)
    report = page.report()
    assert [row[1].value for row in report.sheets[0].rows if row[1]] == shown
    page.export_to(tmp_path / "due.xlsx", report)
    settle(qtbot, page)
    table = read_tables(tmp_path / "due.xlsx")[0]
    lines = [[cell for cell in row if cell is not None] for row in table.rows]
    assert ["序号", "姓名", "时限"] in lines
    assert [line[1] for line in lines if isinstance(line[0], int)] == shown
    page.print_()
    settle(qtbot, page)
    assert page.stack.currentIndex() == 1
    assert page.takes_escape()
    assert page.stack.currentIndex() == 0


def test_the_page_opens_on_a_reminder(page: DuePage, ledger: Ledger, people: dict[str, int], qtbot: QtBot) -> None:
    for day in (date(2026, 10, 5), date(2026, 10, 19), date(2026, 11, 9)):
        attempt = ContactAttempt(patient_id=people["甲甲"], attempted_on=day, result="3")
        attempts.record(ledger, attempt, today=TODAY)
    page.activate({"reminder": "propose_lost", "bucket": "all"})
    settle(qtbot, page)
    assert names(page) == ["甲甲"]
    assert "符合失访" in page.told.text()
    assert QApplication.focusWidget() is not None


def test_two_keys_on_the_persons_own_page(
    qtbot: QtBot, ledger: Ledger, people: dict[str, int], make_desk: Callable[[Any], Desk], faults: list[BaseException]
) -> None:
    from ui.pages.patient import PatientPage

    made = PatientPage(make_desk(ledger))
    qtbot.addWidget(made)
    made.resize(1200, 740)
    made.show()
    made.activate({"patient_id": people["甲甲"]})
    qtbot.waitUntil(lambda: made.file is not None, timeout=5000)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow, timeout=5000)
    made.setFocus()
    qtbot.keyClick(Keyboard.cursor(), Qt.Key.Key_N)
    asked = made.findChildren(AskDialog)[0]
    qtbot.waitUntil(asked.editors["result"].hasFocus)
    Keyboard().type("1")
    qtbot.waitUntil(lambda: made.desk.tasks.is_idle, timeout=5000)
    qtbot.waitUntil(lambda: bool(ledger.find(ContactAttempt, patient_id=people["甲甲"])), timeout=5000)
    qtbot.waitUntil(lambda: made.desk.tasks.is_idle, timeout=5000)
    assert not faults
