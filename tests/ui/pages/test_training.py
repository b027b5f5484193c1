"""培训 with real keys: staff, a session, its sheet typed back by row numbers, scores, scan, the year's tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.services import attachments, staff, training
from tests.services.test_training import hire
from ui.dialogs.ask import AskDialog
from ui.dialogs.import_preview import ImportPreview
from ui.pages import training_files as files
from ui.pages.base import Desk, Page
from ui.pages.training import TrainingPage, YearPart
from ui.pages.training_retraining import RetrainingPart
from ui.pages.training_session import SessionPage
from ui.pages.training_staff import StaffPart
from ui.pages.training_targets import CourseDialog, TargetsPart

if TYPE_CHECKING:
    from db.ledger import Ledger

Opened = list[tuple[str, dict[str, Any]]]


def settle(qtbot: QtBot, page: Page) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: page.desk.tasks.is_idle, timeout=8000)
        qtbot.wait(5)


def asked(page: QWidget) -> AskDialog:
    for _ in range(400):  # a dialog comes when its draft has been looked for
        if found := [one for one in page.window().findChildren(AskDialog) if one.isVisible()]:
            return found[0]
        QTest.qWait(20)
    raise AssertionError("no dialog")


def store_previewed(qtbot: QtBot, page: Page) -> int:
    """A table read without storing comes first; then the doctor says so."""
    settle(qtbot, page)
    dialog = next(one for one in page.window().findChildren(ImportPreview) if one.isVisible())
    problems = dialog.table.count()
    qtbot.mouseClick(dialog.store_button, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    return problems


def keys(qtbot: QtBot, widget: QWidget, words: str) -> None:
    widget.setFocus()
    if isinstance(widget, QLineEdit):
        widget.selectAll()
        if not words.isascii():  # Chinese comes from the input method, not from keys
            widget.setText(words)
            return
    for place, line in enumerate(words.split("\n")):
        if place:
            qtbot.keyClick(widget, Qt.Key.Key_Return)
        qtbot.keyClicks(widget, line)


def answer(qtbot: QtBot, dialog: AskDialog, **said: str) -> None:
    """Type into the fields; the last one ends with Enter."""
    for key, words in said.items():
        editor = dialog.editors[key]
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(editor.findText(words))
        else:
            keys(qtbot, editor, words)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)


@pytest.fixture
def desk(ledger: Ledger, make_desk: Callable[[Any], Desk]) -> Desk:
    return make_desk(ledger)


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, faults: list[BaseException]) -> Iterator[TrainingPage]:
    made = TrainingPage(desk)
    qtbot.addWidget(made)
    made.resize(1180, 700)
    made.show()
    made.activate({})
    settle(qtbot, made)
    yield made
    settle(qtbot, made)
    assert not faults


def open_session(qtbot: QtBot, desk: Desk, session_id: int) -> SessionPage:
    made = SessionPage(desk)
    qtbot.addWidget(made)
    made.resize(1180, 700)
    made.show()
    made.activate({"session_id": session_id})
    settle(qtbot, made)
    return made


def test_a_month_of_training_from_the_first_person_to_the_done_tile(
    page: TrainingPage, ledger: Ledger, desk: Desk, opened_pages: Opened, today: date, qtbot: QtBot, tmp_path: Path
) -> None:
    # staff, typed
    page.activate({"tab": "staff"})
    settle(qtbot, page)
    for name in ("罗云", "唐雨", "冉雪"):
        assert page.header.primary is not None
        qtbot.mouseClick(page.header.primary, Qt.MouseButton.LeftButton)
        answer(qtbot, asked(page), name=name, fte="1", started_on="2024-01-01")
        settle(qtbot, page)
    assert [line.is_in_post for line in staff.listed(ledger, today=today)] == [True] * 3
    # the session of the month
    page.activate({"tab": "year"})
    settle(qtbot, page)
    qtbot.mouseClick(page.header.primary, Qt.MouseButton.LeftButton)
    answer(
        qtbot,
        asked(page),
        title="本月培训考核",
        held_on=today.isoformat(),
        hours="6",
        starts_at="9:00",
        ends_at="16:00",
    )
    settle(qtbot, page)
    key, params = opened_pages[-1]
    assert key == "session"
    assert len(ledger.find(Attendance)) == 3
    # the signed sheet, typed back by row numbers
    session = open_session(qtbot, desk, params["session_id"])
    keys(qtbot, session.sheet.boxes["present"], "1-2")
    assert "缺席 1 人" in session.sheet.counted.text()
    qtbot.keyClick(session.sheet.boxes["present"], Qt.Key.Key_Return)
    settle(qtbot, session)
    assert [row.presence for row in training.roster(ledger, params["session_id"])] == ["present", "present", "absent"]
    # scores by row
    qtbot.mouseClick(session.score_button, Qt.MouseButton.LeftButton)
    dialog = asked(session)
    keys(qtbot, dialog.editors["scores"], "1 90 85\n2 55")
    qtbot.mouseClick(dialog.primary, Qt.MouseButton.LeftButton)
    settle(qtbot, session)
    rows = training.roster(ledger, params["session_id"])
    assert [(row.theory, row.practice) for row in rows] == [(90.0, 85.0), (55.0, None), (None, None)]
    # the scan
    picture = QImage(8, 8, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    picture.save(str(tmp_path / "签到表.png"))
    session.attach_file(tmp_path / "签到表.png")
    settle(qtbot, session)
    assert "签到表.png" in session.file_line.text()
    session.view_file()
    settle(qtbot, session)
    shown = next(one for one in QApplication.topLevelWidgets() if isinstance(one, files.AttachmentDialog))
    shown.close()
    assert len(attachments.listed(ledger, object_kind="training_session", object_id=params["session_id"])) == 1
    # the month is done
    page.refresh()
    settle(qtbot, page)
    part = page.parts["year"]
    assert isinstance(part, YearPart)
    tile = part.tiles.tiles[today.month - 1]
    assert "已完成" in tile.accessibleName()
    tile.setFocus()
    qtbot.keyClick(tile, Qt.Key.Key_Return)
    assert opened_pages[-1] == ("session", params)


def test_what_is_wrong_is_said_in_place_and_stays_typed(ledger: Ledger, desk: Desk, today: date, qtbot: QtBot) -> None:
    people = [hire(ledger, "罗云"), hire(ledger, "唐雨")]
    fresh = TrainingSession(title="培训", kind="monthly", level="township", month=f"{today:%Y-%m}", held_on=today)
    session_id, _ = training.save_session(ledger, fresh, staff_ids=people, today=today)
    page = open_session(qtbot, desk, session_id)
    keys(qtbot, page.sheet.boxes["present"], "1-5")
    qtbot.keyClick(page.sheet.boxes["present"], Qt.Key.Key_Return)
    assert "第 5 行" in page.notice.words()
    assert page.sheet.boxes["present"].text() == "1-5"
    page.table.view.selectRow(1)
    qtbot.mouseClick(page.marks["leave"], Qt.MouseButton.LeftButton)  # type: ignore[index]
    settle(qtbot, page)
    assert [row.presence for row in training.roster(ledger, session_id)] == [None, "leave"]
    page.open_row(0)
    answer(qtbot, asked(page), presence="出席", theory="130")
    settle(qtbot, page)
    assert "0 至 100" in asked(page).fields["theory"].problem()
    answer(qtbot, asked(page), theory="90")
    settle(qtbot, page)
    assert training.roster(ledger, session_id)[0].theory == 90


def test_a_session_ahead_takes_no_attendance(ledger: Ledger, desk: Desk, today: date, qtbot: QtBot) -> None:
    fresh = TrainingSession(title="培训", kind="monthly", level="township", month=f"{today:%Y-%m}")
    session_id, _ = training.save_session(ledger, fresh, staff_ids=[hire(ledger, "罗云")], today=today)
    page = open_session(qtbot, desk, session_id)
    assert not page.sheet.type_button.isEnabled()
    assert not page.sheet.boxes["present"].isEnabled()
    page.table.view.selectRow(0)
    assert page.off_button.isEnabled()
    qtbot.mouseClick(page.off_button, Qt.MouseButton.LeftButton)
    answer(qtbot, asked(page), reason="调走")
    settle(qtbot, page)
    assert training.roster(ledger, session_id) == []
    qtbot.mouseClick(page.usual_button, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert [row.row for row in training.roster(ledger, session_id)] == [2]


def test_the_plan_the_retraining_and_the_staffing_table(
    page: TrainingPage, ledger: Ledger, qtbot: QtBot, tmp_path: Path
) -> None:
    year = page.parts["year"]
    assert isinstance(year, YearPart)
    year.plan()
    settle(qtbot, page)
    assert len(ledger.find(TrainingSession)) == 16
    year.open_month("2026-03")
    settle(qtbot, page)
    assert year.table.count() == 2
    hire(ledger, "罗云", "psychiatrist")
    page.activate({"tab": "retraining"})
    settle(qtbot, page)
    part = page.parts["retraining"]
    assert isinstance(part, RetrainingPart)
    part.set_quota()
    answer(qtbot, asked(page), quota="2")
    settle(qtbot, page)
    part.choose()
    answer(qtbot, asked(page), note="市精神卫生中心")
    settle(qtbot, page)
    part.people_table.view.selectRow(0)
    qtbot.mouseClick(part.stage_button, Qt.MouseButton.LeftButton)
    answer(qtbot, asked(page), stage="在训")
    settle(qtbot, page)
    assert part._plan.lines[0].quota == 2
    assert dict(part._plan.lines[0].stages) == {"training": 1}
    sheet = tmp_path / "转岗.csv"
    sheet.write_text(f"年度,单位,名额\n2020,{part._plan.lines[0].unit},3\n2020,无此单位,1\n", encoding="utf-8")
    part.read_file(sheet)
    settle(qtbot, page)
    assert [one.quota for one in part._plan.lines if one.year == 2020] == []  # a dry run stores nothing
    assert store_previewed(qtbot, page) == 1
    assert [one.quota for one in part._plan.lines if one.year == 2020] == [3]
    assert (tmp_path / "转岗-未导入.xlsx").exists()  # the refused row is back
    page.activate({"tab": "staffing"})
    settle(qtbot, page)
    assert page.header.primary is not None


def test_posts_certificates_leaving_and_an_export(
    page: TrainingPage, ledger: Ledger, today: date, qtbot: QtBot, tmp_path: Path
) -> None:
    hire(ledger, "罗云", fte=0.5)
    page.activate({"tab": "staff"})
    settle(qtbot, page)
    part = page.parts["staff"]
    assert isinstance(part, StaffPart)
    part.table.view.selectRow(0)
    qtbot.mouseClick(part.buttons["post"], Qt.MouseButton.LeftButton)
    answer(qtbot, asked(page), role="村医", fte="0.9")
    settle(qtbot, page)
    assert "合计超过 1 人" in asked(page).fields["fte"].problem()
    answer(qtbot, asked(page), fte="0.5")
    settle(qtbot, page)
    part.table.view.selectRow(0)
    qtbot.mouseClick(part.buttons["paper"], Qt.MouseButton.LeftButton)
    answer(qtbot, asked(page), certificate="上岗证", valid_until=today.isoformat())
    settle(qtbot, page)
    line = staff.listed(ledger, today=today)[0]
    assert (len(line.posts), len(line.certificates)) == (2, 1)
    # each post and certificate can be corrected and voided
    shown = part.show_posts(line)
    shown.change_post(line.posts[1])
    answer(qtbot, asked(page), ended_on=today.isoformat())
    settle(qtbot, page)
    assert [one.ended_on for one in shown.line.posts] == [None, today]
    shown.change_paper(line.certificates[0])
    answer(qtbot, asked(page), certificate_number="A7")
    settle(qtbot, page)
    assert shown.line.certificates[0].number == "A7"
    shown.papers.view.select_id(0)
    shown._void_paper()
    answer(qtbot, asked(page), reason="录错")
    settle(qtbot, page)
    shown.posts.view.select_id(1)
    shown._void_post()
    answer(qtbot, asked(page), reason="录错")
    settle(qtbot, page)
    assert (len(shown.line.posts), len(shown.line.certificates)) == (1, 0)
    shown.close()
    part.table.view.selectRow(0)
    qtbot.mouseClick(part.buttons["leave"], Qt.MouseButton.LeftButton)
    answer(qtbot, asked(page))
    settle(qtbot, page)
    assert part.table.state() == "empty"
    assert not staff.listed(ledger, today=today)[0].is_in_post


def test_a_target_is_typed_with_its_evidence(page: TrainingPage, today: date, qtbot: QtBot, tmp_path: Path) -> None:
    page.activate({"tab": "targets"})
    settle(qtbot, page)
    part = page.parts["targets"]
    assert isinstance(part, TargetsPart)
    part.document.setCurrentIndex(part.document.findData("dazu_2024"))
    settle(qtbot, page)
    place = next(at for at, one in enumerate(part._lines) if one.target.indicator == "counselling_rooms")
    part.table.view.select_id(place)
    qtbot.mouseClick(part.type_button, Qt.MouseButton.LeftButton)
    answer(qtbot, asked(page), value="61.5")
    assert asked(page).fields["evidence"].problem()
    dialog = asked(page)
    dialog.put("evidence", "民政局统计")
    qtbot.mouseClick(dialog.primary, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    found = next(one for one in part._lines if one.target.indicator == "counselling_rooms")
    assert (found.actual_text, found.applies) == ("61.50%", False)
    part.table.view.select_id(place)
    qtbot.mouseClick(part.course_button, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    shown = next(one for one in page.window().findChildren(CourseDialog) if one.isVisible())
    assert "61.50%" in shown.line.accessibleName()
    shown.line.grab()
    shown.close()
    sheet = tmp_path / "目标.csv"
    row = f"{found.set_name},{found.name},62%,{today},民政局新统计"
    sheet.write_text(f"文件,指标,完成值,截至,来源、依据\n{row}\n", encoding="utf-8")
    part.read_file(sheet)
    assert store_previewed(qtbot, page) == 0
    found = next(one for one in part._lines if one.target.indicator == "counselling_rooms")
    assert (found.actual_text, found.evidence) == ("62.00%", "民政局新统计")


def test_two_trainings_at_once_are_refused_in_place(ledger: Ledger, desk: Desk, today: date, qtbot: QtBot) -> None:
    people = [hire(ledger, "罗云"), hire(ledger, "唐雨")]
    numbers = []
    for title in ("上午的课", "全天的课"):
        fresh = TrainingSession(title=title, kind="other", level="township", month=f"{today:%Y-%m}", held_on=today)
        numbers.append(training.save_session(ledger, fresh, staff_ids=people, today=today)[0])
    training.type_back(ledger, numbers[0], present="1", today=today)
    page = open_session(qtbot, desk, numbers[1])
    keys(qtbot, page.sheet.boxes["present"], "1-2")
    qtbot.keyClick(page.sheet.boxes["present"], Qt.Key.Key_Return)
    settle(qtbot, page)
    assert "第 1 行：同一时间已签到另一次培训" in page.notice.words()
    assert page.sheet.boxes["present"].text() == "1-2"
    assert {one.presence for one in training.roster(ledger, numbers[1])} == {None}


def test_who_waits_has_a_list_and_an_unknown_population_a_dash(
    page: TrainingPage, ledger: Ledger, qtbot: QtBot, today: date
) -> None:
    hire(ledger, "罗云")
    hire(ledger, "唐雨", "psychiatrist")
    page.activate({"tab": "staff", "list": "waiting"})
    settle(qtbot, page)
    part = page.parts["staff"]
    assert isinstance(part, StaffPart)
    assert [one.name for one in part._shown] == ["罗云"]  # 上岗前培训 not passed
    page.activate({"tab": "staffing"})
    settle(qtbot, page)
    sheet = page.parts["staffing"].sheet._sheet  # type: ignore[attr-defined]
    cells = [cell.value for cell in sheet.rows[0] if cell is not None]
    assert cells[2] is None  # no population on record: "—" on the screen and on paper, not 0
    assert "常住人口" in "".join(sheet.notes)
