"""What is typed on the pages of 培训 is never lost: a lock, a closed window, a failed saving leave it as a draft."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mhdesk.domain.account import Draft
from mhdesk.domain.errors import UserError
from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.services import training
from tests.services.test_training import hire
from tests.ui.pages.test_training import answer, asked, keys, open_session, settle
from ui.pages.base import Desk
from ui.pages.training import TrainingPage

if TYPE_CHECKING:
    from db.ledger import Ledger


@pytest.fixture
def desk(ledger: Ledger, make_desk: Callable[[Any], Desk], faults: list[BaseException]) -> Desk:
    return make_desk(ledger)


def held(ledger: Ledger, today: date, **values: Any) -> int:
    people = [hire(ledger, name) for name in ("罗云", "唐雨", "冉雪")]
    given: dict[str, Any] = {"held_on": today} | values
    fresh = TrainingSession(title="培训", kind="monthly", level="township", month=f"{today:%Y-%m}", **given)
    return training.save_session(ledger, fresh, staff_ids=people, today=today)[0]


def test_row_numbers_typed_come_back_after_a_lock_and_go_with_the_sheet(
    ledger: Ledger, desk: Desk, today: date, qtbot: QtBot
) -> None:
    number = held(ledger, today)
    page = open_session(qtbot, desk, number)
    keys(qtbot, page.sheet.boxes["present"], "1,3")
    keys(qtbot, page.sheet.boxes["leave"], "2-9")  # cannot be: it stays all the same
    page.leave()  # the window is being locked
    settle(qtbot, page)
    again = open_session(qtbot, desk, number)
    assert [again.sheet.boxes[key].text() for key in ("present", "leave")] == ["1,3", "2-9"]
    assert again.notice.isVisible()
    assert again.sheet.drop_button.isVisible()
    keys(qtbot, again.sheet.boxes["leave"], "2")
    qtbot.keyClick(again.sheet.boxes["leave"], Qt.Key.Key_Return)
    settle(qtbot, again)
    assert [one.presence for one in training.roster(ledger, number)] == ["present", "leave", "present"]
    again.leave()
    settle(qtbot, again)
    assert ledger.find(Draft) == []


def test_a_saving_that_fails_leaves_what_was_typed(
    ledger: Ledger, desk: Desk, today: date, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = held(ledger, today)
    page = open_session(qtbot, desk, number)
    keys(qtbot, page.sheet.boxes["present"], "1-3")

    def full(*_: object, **__: object) -> None:
        raise UserError("MH-TRAINING-26")

    monkeypatch.setattr(training, "save_rows", full)
    qtbot.keyClick(page.sheet.boxes["present"], Qt.Key.Key_Return)
    settle(qtbot, page)
    assert page.notice.isVisible()
    assert page.sheet.boxes["present"].text() == "1-3"
    page.leave()
    settle(qtbot, page)
    assert [one.values["present"] for one in ledger.find(Draft)] == ["1-3"]
    page.sheet.drop()
    settle(qtbot, page)
    assert ledger.find(Draft) == []
    assert page.sheet.boxes["present"].text() == ""


def test_scores_a_new_session_and_a_person_come_back_where_they_were_typed(
    ledger: Ledger, desk: Desk, today: date, qtbot: QtBot
) -> None:
    number = held(ledger, today)
    page = open_session(qtbot, desk, number)
    page.type_scores()
    keys(qtbot, asked(page).editors["scores"], "1 90 85\n2 5")
    page.leave()
    settle(qtbot, page)
    other = open_session(qtbot, desk, number)
    other.type_scores()
    assert asked(other).raw("scores") == "1 90 85\n2 5"
    qtbot.mouseClick(asked(other).primary, Qt.MouseButton.LeftButton)
    settle(qtbot, other)
    assert [one.theory for one in training.roster(ledger, number)] == [90, 5, None]
    assert ledger.find(Draft) == []

    years = TrainingPage(desk)
    qtbot.addWidget(years)
    years.resize(1180, 700)
    years.show()
    years.activate({"tab": "staff"})
    settle(qtbot, years)
    assert years.header.primary is not None
    qtbot.mouseClick(years.header.primary, Qt.MouseButton.LeftButton)
    keys(qtbot, asked(years).editors["phone"], "13900000000")
    years.leave()
    settle(qtbot, years)
    assert [one.form for one in ledger.find(Draft)] == ["staff.person"]
    asked(years).reject()  # cancelled: not wanted either
    settle(qtbot, years)
    assert ledger.find(Draft) == []


def test_a_course_is_typed_back_day_by_day(ledger: Ledger, desk: Desk, today: date, qtbot: QtBot) -> None:
    first = today - timedelta(days=2)
    number = held(ledger, today, held_on=first, ends_on=today, day_parts=("whole", "whole", "morning"))
    page = open_session(qtbot, desk, number)
    assert page.sheet.day() is None
    for day, (present, leave) in enumerate((("1-3", ""), ("1,3", "2"), ("1", "")), start=1):
        page.sheet.days.choose(f"day{day}")
        page.sheet.days.chosen.emit(f"day{day}")
        keys(qtbot, page.sheet.boxes["present"], present)
        keys(qtbot, page.sheet.boxes["leave"], leave)
        qtbot.keyClick(page.sheet.boxes["leave"], Qt.Key.Key_Return)
        settle(qtbot, page)
        assert page.sheet.day() == day  # the next day is one click away
    rows = ledger.find(Attendance, session_id=number)
    assert [one.presence for one in rows] == ["present", "part", "part"]
    assert rows[1].by_day == ("present", "leave", "absent")
    assert "到 1/3 天" in page.table.model.columns[4].text_of(rows[1])
    assert ledger.get(TrainingSession, number).sheet_back_on == today
    page.open_row(1)
    answer(qtbot, asked(page), presence="请假")
    settle(qtbot, page)
    assert [(one.presence, one.by_day) for one in ledger.find(Attendance, session_id=number)][1] == ("leave", None)
