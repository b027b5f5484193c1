"""The batch grid on a real ledger, typed with real keys: presses, pasting, crash, what stays and what goes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.round import VisitSheet, VisitSheetRow
from mhdesk.services import drafts, sheets
from tests.ui.forms.keys import Keyboard
from tests.ui.pages.follow_up_people import add_people, stable_visit
from ui.pages.base import Desk
from ui.pages.batch import BatchPage
from ui.pages.batch_lines import Grid

if TYPE_CHECKING:
    from db.ledger import Ledger

#: Presses a row: everybody stable, the row begun by F8, facts of the period answered, the next date taken by space.
SAME_KEYS = 12
#: … and without F8: every item typed.
FULL_KEYS = 30
FULL_KEYS = 45
FULL_ROW = "212\t012,\t"  # form, targets, risk, symptoms


@pytest.fixture
def people(ledger: Ledger) -> list[int]:
    """Three people of one village, all visited before."""
    ids = add_people(ledger)
    with ledger.change("follow_up.record") as change:
        for patient_id in ids[1:]:
            change.add(stable_visit(patient_id, date(2026, 8, 20)))
    return ids


@pytest.fixture
def sheet_id(ledger: Ledger, people: list[int]) -> int:
    """Sheet 3 with all of them, in another order than the register's."""
    with ledger.change("sheet.print") as change:
        made = change.add(VisitSheet(number=3, printed_on=date(2026, 11, 10)))
        for row, patient_id in enumerate(reversed(people), start=1):
            change.add(VisitSheetRow(sheet_id=made, row=row, patient_id=patient_id))
    return made


@pytest.fixture
def page(
    qtbot: QtBot, ledger: Ledger, sheet_id: int, make_desk: Callable[[Any], Desk], faults: list[BaseException]
) -> Iterator[BatchPage]:
    """The page with the sheet's rows, the cursor in the first date."""
    made = BatchPage(make_desk(ledger))
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    made.activate({"sheet_id": sheet_id})
    qtbot.waitUntil(lambda: made.grid.grid() is not None, timeout=5000)
    made.grid.setFocus()
    yield made
    made.leave()
    qtbot.waitUntil(lambda: made.desk.tasks.is_idle, timeout=5000)
    assert not faults


def grid_of(page: BatchPage) -> Grid:
    grid = page.grid.grid()
    assert grid is not None
    return grid


def texts(page: BatchPage, row: int) -> dict[str, str]:
    return dict(grid_of(page).lines[row].texts)


def key_here(page: BatchPage) -> str:
    place = page.grid.here()
    assert place is not None
    return grid_of(page).columns[place[1]].key


def go(page: BatchPage, row: int, key: str) -> None:
    page.grid.go_to(row, grid_of(page).places[key])


def settle(qtbot: QtBot, page: BatchPage) -> None:
    qtbot.waitUntil(lambda: page.desk.tasks.is_idle, timeout=5000)


def visits(ledger: Ledger, patient_id: int) -> list[FollowUp]:
    return [one for one in ledger.find(FollowUp, patient_id=patient_id) if one.visit_date == date(2026, 11, 18)]


def test_rows_stand_in_the_order_of_the_sheet(page: BatchPage) -> None:
    names = [line.person.entry.file.patient.name for line in grid_of(page).lines]
    assert names == ["欧阳龚", "覃建国", "冉秀兰"]
    assert [line.person.place for line in grid_of(page).lines] == ["3-1", "3-2", "3-3"]
    assert key_here(page) == "visit_date"


def test_a_date_fills_down_and_stays_in_rows_already_dated(page: BatchPage) -> None:
    keys = Keyboard()
    go(page, 1, "visit_date")
    keys.type("11.12")
    keys.press("enter")
    go(page, 0, "visit_date")
    keys.type("1118")
    keys.press("enter")
    assert [texts(page, row).get("visit_date") for row in range(3)] == ["2026-11-18", "2026-11-12", "2026-11-12"]
    assert not grid_of(page).lines[2].is_begun  # a date alone is no visit


def test_digits_go_on_by_themselves(page: BatchPage) -> None:
    keys = Keyboard()
    keys.type("1118")
    keys.press("enter")
    assert key_here(page) == "visit_form"
    keys.type("2")
    assert key_here(page) == "visit_targets"
    keys.type("12")
    keys.press("enter")
    keys.type("0")
    assert key_here(page) == "symptoms"
    found = texts(page, 0)
    assert (found["visit_form"], found["visit_targets"], found["risk_level"]) == ("2", "1,2", "0")


#: Everything the sheet asks of somebody who is well.
WHOLE = {
    "symptoms": "12\n",
    "insight": "1",
    "sleep": "1",
    "diet": "1",
    "self_care": "1",
    "housework": "2",
    "work": "9",
    "learning": "2",
    "social_contact": "2",
    "rehabilitation": "1\n",
}
#: Facts of the period, which F8 leaves to be asked, as they are typed for somebody who is well.
ANSWERS = {
    "visit_form": "2",
    "visit_targets": "1\n",
    "risk_level": "0",
    "dangerous_acts": "7",
    "restraint": "1",
    "hospitalization": "0",
    "laboratory": "1",
    "adherence": "1",
    "adverse_reaction": "1",
    "treatment_effect": "2",
    "referral_advised": "1",
    "drugs": "1",
    "visit_class": "3",
}
MOST_CELLS = 45


def stable_row(keys: Keyboard, page: BatchPage, row: int) -> None:
    """One row of somebody stable, begun by F8; what is asked is answered, dates and signature by the space bar."""
    QTest.keyClick(keys.cursor(), Qt.Key.Key_F8)
    keys.presses += 1
    answer_row(keys, page, row)


def answer_row(keys: Keyboard, page: BatchPage, row: int) -> None:
    """Answer what the cursor comes to until the row is whole."""
    for _ in range(MOST_CELLS):
        place = page.grid.here()
        if grid_of(page).lines[row].is_whole or place is None or place[0] != row:
            return
        answer = (ANSWERS | WHOLE).get(key_here(page))
        if answer is None:
            keys.press("space")
            continue
        keys.type(answer.rstrip("\n"))
        if answer.endswith("\n"):
            keys.press("enter")
    pytest.fail(f"still not whole: {grid_of(page).lines[row].missing}")


def test_presses_of_a_stable_row(page: BatchPage, ledger: Ledger, people: list[int], qtbot: QtBot) -> None:
    keys = Keyboard()
    keys.type("1118")
    keys.press("enter")
    counts = []
    for row in range(3):
        before = keys.presses
        go(page, row, "visit_form")
        stable_row(keys, page, row)
        counts.append(keys.presses - before)
        assert grid_of(page).lines[row].told() == ""
        assert grid_of(page).lines[row].is_whole
    assert max(counts) <= SAME_KEYS
    page.save()
    settle(qtbot, page)
    assert [len(visits(ledger, one)) for one in people] == [1, 1, 1]
    assert sheets.book(ledger).missing == 0
    drugs = visits(ledger, people[0])[0].drugs
    assert [one.drug_name for one in drugs] == ["利培酮", "利培酮"]
    assert drafts.load(ledger, form="batch", subject_id=grid_of(page).batch.sheet_id) is None
    assert page.empty.isVisible()


def test_presses_of_a_full_row(page: BatchPage) -> None:
    keys = Keyboard()
    keys.type("1118")
    keys.press("enter")
    before = keys.presses
    answer_row(keys, page, 0)
    assert keys.presses - before <= FULL_KEYS


def test_whole_rows_are_stored_and_the_rest_stays(
    page: BatchPage, ledger: Ledger, people: list[int], qtbot: QtBot
) -> None:
    keys = Keyboard()
    keys.type("1118")
    keys.press("enter")
    stable_row(keys, page, 0)
    go(page, 1, "visit_form")
    keys.type("2")
    page.save()
    settle(qtbot, page)
    assert len(visits(ledger, people[2])) == 1
    assert [line.person.place for line in grid_of(page).lines] == ["3-2", "3-3"]
    assert "缺项" in page.notice.words()
    draft = drafts.load(ledger, form="batch", subject_id=grid_of(page).batch.sheet_id)
    assert draft is not None
    assert draft[f"{people[1]}:visit_form"] == "2"
    page.save()  # a second press: the paper has gaps, store it as it is
    settle(qtbot, page)
    assert len(visits(ledger, people[1])) == 1


def test_a_faulty_row_is_told_and_never_stored(
    page: BatchPage, ledger: Ledger, people: list[int], qtbot: QtBot
) -> None:
    keys = Keyboard()
    keys.type("20261125")
    keys.press("enter")
    keys.type("2")
    page.save()
    page.save()
    settle(qtbot, page)
    qtbot.waitUntil(lambda: page.problems.count() == 1, timeout=5000)
    assert grid_of(page).lines[0].blocking
    assert all(not visits(ledger, one) for one in people)
    page.problems.opened.emit(0)
    assert key_here(page) == "visit_date"


def test_a_block_is_pasted_from_wps(page: BatchPage) -> None:
    QGuiApplication.clipboard().setText('2026-11-18\t家庭访视\t"1,2"\t\t\r\n2026/11/17\t3\t2\t\t\r\n')
    go(page, 0, "visit_date")
    QTest.keyClick(page.grid, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert texts(page, 0) | {"visit_date": "2026-11-18", "visit_form": "2", "visit_targets": "1,2"} == texts(page, 0)
    assert texts(page, 1) | {"visit_date": "2026-11-17", "visit_form": "3", "visit_targets": "2"} == texts(page, 1)
    assert "已粘贴 6 格" in page.notice.words()


def test_what_falls_outside_is_said(page: BatchPage) -> None:
    go(page, 2, "doctor_name")
    page.grid.paste("王敏\t多余\n李华")
    assert texts(page, 2)["doctor_name"] == "王敏"
    assert "另有 2 格" in page.notice.words()


def test_unreadable_words_stay_and_are_marked(page: BatchPage) -> None:
    go(page, 0, "visit_form")
    page.grid.paste("骑马")
    line = grid_of(page).lines[0]
    assert line.texts["visit_form"] == "骑马"
    assert line.blocking
    assert line.problem_of("visit_form")


def test_nothing_is_lost_when_the_program_is_killed(
    page: BatchPage, ledger: Ledger, sheet_id: int, qtbot: QtBot, make_desk: Callable[[Any], Desk]
) -> None:
    keys = Keyboard()
    keys.type("1118")
    keys.press("enter")
    keys.type("2")
    page.keep_draft()
    settle(qtbot, page)
    again = BatchPage(make_desk(ledger))
    qtbot.addWidget(again)
    again.show()
    again.activate({"sheet_id": sheet_id})
    qtbot.waitUntil(lambda: again.grid.grid() is not None, timeout=5000)
    assert texts(again, 0)["visit_form"] == "2"
    assert "恢复" in again.notice.words()


def test_the_first_letter_of_a_composition_is_not_swallowed(page: BatchPage) -> None:
    go(page, 0, "symptoms_other")
    editor = QApplication.focusWidget()
    assert editor is page.grid.editor  # open before anything is typed
    assert editor.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
    for event in (QInputMethodEvent("w", []), QInputMethodEvent("wu", []), QInputMethodEvent("", [])):
        if not event.preeditString():
            event.setCommitString("无")
        QApplication.sendEvent(editor, event)
    Keyboard().press("enter")
    assert texts(page, 0)["symptoms_other"] == "无"


def test_digits_are_digits_whatever_input_method_is_on(page: BatchPage) -> None:
    go(page, 0, "visit_form")
    assert not page.grid.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
    Keyboard().type("２")  # full width
    assert texts(page, 0)["visit_form"] == "2"


def test_arrows_move_and_wrong_digits_do_nothing(page: BatchPage) -> None:
    keys = Keyboard()
    go(page, 0, "visit_form")
    keys.type("9")
    assert "visit_form" not in texts(page, 0)
    keys.press("down")
    assert page.grid.here() == (1, grid_of(page).places["visit_form"])
    QTest.keyClick(page.grid, Qt.Key.Key_Right)
    assert key_here(page) == "visit_targets"
    QTest.keyClick(page.grid, Qt.Key.Key_Home)
    assert key_here(page) == "visit_date"
    QTest.keyClick(page.grid, Qt.Key.Key_Left)
    assert key_here(page) == "visit_date"


def test_delete_empties_a_cell(page: BatchPage) -> None:
    keys = Keyboard()
    go(page, 0, "visit_form")
    keys.type("2")
    go(page, 0, "visit_form")
    keys.press("back")
    assert "visit_form" not in texts(page, 0)


def test_somebody_never_visited_has_nothing_to_copy(page: BatchPage, ledger: Ledger) -> None:
    line = grid_of(page).lines[0]
    page.grid.go_to(0, 0)
    line.opened = dataclasses.replace(
        line.opened,
        entry=dataclasses.replace(line.opened.entry, file=dataclasses.replace(line.opened.entry.file, follow_ups=())),
    )
    page.same_as_last()
    assert "还没有随访过" in page.notice.words()


def test_tab_goes_on_in_the_next_row_and_leaves_beyond_the_last_cell(page: BatchPage) -> None:
    last = len(grid_of(page).columns) - 1
    page.grid.go_to(0, last)
    QTest.keyClick(Keyboard.cursor(), Qt.Key.Key_Tab)
    assert page.grid.here() == (1, 0)
    QTest.keyClick(Keyboard.cursor(), Qt.Key.Key_Backtab)
    assert page.grid.here() == (0, last)
    page.grid.go_to(len(grid_of(page).lines) - 1, last)
    QTest.keyClick(Keyboard.cursor(), Qt.Key.Key_Tab)
    here = QApplication.focusWidget()
    assert here is not None
    assert not page.grid.isAncestorOf(here)
    assert here is not page.grid
