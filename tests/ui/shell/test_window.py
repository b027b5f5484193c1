"""The main window around a real encrypted ledger: pages, keys, history, search, news, lock."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.services.patients import SearchHit
from ui import navigation, theme
from ui.messages import MessageDialog
from ui.navigation import History, PageSpec, Place
from ui.pages.base import Desk, Page
from ui.tasks import TaskRunner
from ui.widgets import ChipText
from ui.window import MainWindow

if TYPE_CHECKING:
    from db.ledger import Ledger


HITS = [
    SearchHit(7, "冉秀兰", "2", "1974-03-02", "石坝村", "990000197403020021", "13900000000"),
    SearchHit(9, "冉建国", "1", None, None, None, None),
]


class FirstPage(Page):
    """A page that counts what is asked of it."""

    topics: ClassVar[frozenset[str]] = frozenset({"patient"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.calls: list[str] = []
        self.field = QLineEdit()
        self.body.addWidget(self.field)
        self.header.set_title("第一页")
        self.header.set_chips([ChipText("2 件紧急", "now")])
        self.header.add_action("打印", "printer", self.print_)
        self.header.set_primary("生成", None, self.export)

    def refresh(self) -> None:
        self.calls.append("refresh")

    def leave(self) -> None:
        self.calls.append("leave")

    def print_(self) -> None:
        self.calls.append("print")

    def export(self) -> None:
        self.calls.append("export")

    def help_lines(self) -> tuple[tuple[str, str], ...]:
        return (("F8", "与上次相同"),)


class SecondPage(FirstPage):
    """Another one; it uses Esc once."""

    def takes_escape(self) -> bool:
        self.calls.append("escape")
        return self.calls.count("escape") == 1


PAGES = {
    "today": PageSpec("today", f"{__name__}:FirstPage", "house"),
    "patients": PageSpec("patients", f"{__name__}:SecondPage", "users"),
    "settings": PageSpec("settings", f"{__name__}:FirstPage", "settings", is_at_bottom=True),
    "patient": PageSpec("patient", f"{__name__}:SecondPage", under="patients"),
}


@pytest.fixture
def window(qtbot: QtBot, tasks: TaskRunner, ledger: Ledger, today: date) -> Iterator[MainWindow]:
    made = MainWindow(
        ledger, tasks, "统景中心卫生院", lambda: today, pages=PAGES, search=lambda _words, limit: HITS[:limit]
    )
    made.resize(1366, 768)
    made.open_first()
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    yield made
    qtbot.waitUntil(lambda: tasks.is_idle)


def first(window: MainWindow, key: str = "today") -> Any:
    return window.page(key)


def test_frame(window: MainWindow) -> None:
    assert window.windowTitle() == "精防台账 — 统景中心卫生院"
    assert window.bar.day.text() == "2026-11-20 周五 第47周"
    assert window.navigation.keys() == ["today", "patients", "settings"]
    assert window.navigation.width() == 168
    assert window.bar.height() == 56
    assert first(window).calls == ["refresh"]
    assert first(window).header.title() == "第一页"


def test_ctrl_numbers_open_pages(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.current_page() is window.page("patients")
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert window.current_page() is window.page("today")
    qtbot.keyClick(window, Qt.Key.Key_8, Qt.KeyboardModifier.ControlModifier)
    assert window.current_page() is window.page("today")
    assert first(window).calls == ["refresh", "leave"]


def test_back_and_forward(qtbot: QtBot, window: MainWindow) -> None:
    window.open_page("patients")
    window.open_page("patient", patient_id=7)
    assert window.navigation._buttons["patients"].isChecked()
    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert window.current_page() is window.page("patients")
    qtbot.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert window.current_page() is window.page("patient")
    assert window.page("patient").params == {"patient_id": 7}
    # Esc: the page uses it first, then the window goes back.
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.current_page() is window.page("patient")
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.current_page() is window.page("patients")


def test_history() -> None:
    history = History()
    assert history.here() is history.back() is history.forward() is None
    for key in ("a", "a", "b", "c"):
        history.visit(Place(key))
    assert history.back() == Place("b")
    assert history.back() == Place("a")
    assert history.back() is None
    assert history.forward() == Place("b")
    history.visit(Place("d"))
    assert history.forward() is None
    assert history.back() == Place("b")


def test_keys_reach_the_page(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert first(window).calls == ["refresh", "print", "export", "refresh"]
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.focusWidget() is window.bar.search


def test_every_action_has_its_words() -> None:
    from ui.actions import help_lines

    lines = help_lines()
    assert all(keys and meaning for keys, meaning in lines)
    assert ("F5", "重新读取") in lines


def test_help_lists_the_keys(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    words = [label.text() for label in dialog.findChildren(type(window.bar.day))]
    assert "与上次相同" in words
    assert "找人" in words
    dialog.close()


def test_search_as_you_type_enter_opens_the_first(qtbot: QtBot, window: MainWindow, tasks: TaskRunner) -> None:
    box = window.bar.search
    box.setFocus()
    qtbot.keyClicks(box, "rxl")
    qtbot.waitUntil(lambda: tasks.is_idle)
    popup = box.popup()
    assert popup.isVisible()
    assert popup.mapTo(window, QPoint(0, 0)).y() > box.mapTo(window, QPoint(0, 0)).y()
    assert [hit.name for hit in popup.model.hits] == ["冉秀兰", "冉建国"]
    window.grab()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    qtbot.keyClick(box, Qt.Key.Key_Up)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert window.page("patient").params == {"patient_id": 7}
    assert not popup.isVisible()
    assert box.text() == ""


def test_enter_before_the_answer_opens_the_first_when_it_comes(
    qtbot: QtBot, window: MainWindow, tasks: TaskRunner
) -> None:
    box = window.bar.search
    box.setFocus()
    qtbot.keyClicks(box, "rj")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert window.page("patient").params == {"patient_id": 7}


def test_search_closes_by_escape_and_says_when_nothing_is_found(
    qtbot: QtBot, window: MainWindow, tasks: TaskRunner
) -> None:
    box = window.bar.search
    box._search = lambda _words, _limit: []
    box.setFocus()
    qtbot.keyClicks(box, "qq")
    qtbot.waitUntil(lambda: tasks.is_idle)
    note = box.popup().note
    assert "没有找到“qq”" in note.text()
    assert note.height() >= note.heightForWidth(note.width())
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert not box.popup().isVisible()
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.text() == ""


def test_a_real_search_runs_on_the_ledger_lane(
    qtbot: QtBot, tasks: TaskRunner, ledger: Ledger, today: date, faults: list[BaseException]
) -> None:
    window = MainWindow(ledger, tasks, "卫生院", lambda: today, pages=PAGES)
    qtbot.addWidget(window)
    window.bar.search.setText("wang")
    window.bar.search.textEdited.emit("wang")
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert faults == []


def test_news_reach_pages_that_care(window: MainWindow) -> None:
    page = first(window)
    hub = window.desk.changes
    hub.publish(Changes({"unit": frozenset({1})}))
    assert page.calls == ["refresh"]
    hub.publish(Changes({"patient": frozenset({1})}))
    assert page.calls == ["refresh", "refresh"]
    hub.publish(Changes({"patient": frozenset({1})}), source=page)
    assert page.calls == ["refresh", "refresh"]
    window.open_page("patients")
    hub.publish(Changes({"patient": frozenset({1})}))
    assert page.calls == ["refresh", "refresh", "leave"]
    window.open_page("today")
    assert page.calls == ["refresh", "refresh", "leave", "refresh"]


def test_saved_state(window: MainWindow) -> None:
    window.desk.set_unsaved()
    assert window.bar.saved.text() == "还没有保存"
    window.desk.saved()
    assert window.bar.saved.text().startswith("已保存 ")


def test_errors_are_said_in_chinese_with_their_code(window: MainWindow, tasks: TaskRunner) -> None:
    tasks.report(UserError("MH-LEDGER-15"))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, MessageDialog)
    assert "磁盘" in dialog.words.text()
    assert dialog.next_step.text()
    assert "MH-LEDGER-15" in dialog.small.text()
    dialog.close()


@pytest.mark.expect_log("bug KeyError")
def test_a_fault_is_reported_once_without_its_words(window: MainWindow, tasks: TaskRunner) -> None:
    from mhdesk import log

    tasks.report(KeyError("冉秀兰"))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, MessageDialog)
    tasks.report(KeyError("冉秀兰"))
    assert QApplication.activeModalWidget() is dialog
    said = dialog.words.text() + dialog.next_step.text() + dialog.small.text()
    assert "BUG-" in said
    assert "冉" not in said
    assert "冉" not in log.file().read_text(encoding="utf-8")
    dialog.close()


def test_the_navigation_collapses(qtbot: QtBot, window: MainWindow, dressed: QApplication) -> None:
    window.resize(1200, 700)
    assert window.navigation.is_narrow
    assert window.navigation.width() == 64
    assert window.navigation._buttons["today"].text() == ""
    assert "今日" in window.navigation._buttons["today"].toolTip()
    window.resize(1366, 768)
    assert window.navigation.width() == 168
    theme.apply(dressed, 150)
    try:
        window.resize(1367, 768)
        assert window.navigation.is_narrow
    finally:
        theme.apply(dressed, 100)


def test_lock_keeps_drafts_then_closes_the_ledger(qtbot: QtBot, window: MainWindow, ledger: Ledger) -> None:
    window.open_page("patients")
    with qtbot.waitSignal(window.ended) as told:
        qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert told.args == [True]
    assert not window.isVisible()
    assert first(window).calls[-1] == "leave"
    assert first(window, "patients").calls[-1] == "leave"
    assert not (ledger.folder / "ledger.db-wal").exists() or (ledger.folder / "ledger.db-wal").stat().st_size == 0


def test_closing_ends_without_a_restart(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.ended) as told:
        window.close()
    assert told.args == [False]


def test_closing_during_long_work_asks_first(qtbot: QtBot, window: MainWindow, tasks: TaskRunner) -> None:
    import time

    def slow(task: Any) -> None:
        for number in range(1000):
            task.step(number, 1000, "")
            time.sleep(0.005)

    tasks.run("work", slow, title="正在导入")
    qtbot.waitUntil(window.progress.isVisible, timeout=2000)
    window.close()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, MessageDialog)
    assert "正在导入" in dialog.words.text()
    dialog.close()
    tasks.cancel_all()


def test_pages_of_the_table_are_absent_until_built() -> None:
    for page in navigation.PAGES:
        if page.icon is not None:
            assert page.title
        else:
            assert page.under in {one.key for one in navigation.PAGES}
    for page in navigation.built_pages().values():
        assert issubclass(page.load(), Page)


def test_idle_locks_by_the_wall_clock(qtbot: QtBot, window: MainWindow) -> None:
    from ui.idle import IdleWatch

    now = [1000.0]
    watch = IdleWatch(5, clock=lambda: now[0])
    with qtbot.assertNotEmitted(watch.idled):
        now[0] += 299
        watch.look()
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_A)
    now[0] += 299
    with qtbot.assertNotEmitted(watch.idled):
        watch.look()
    now[0] += 2
    with qtbot.waitSignal(watch.idled):
        watch.look()


def test_restart_command_opens_the_same_ledger(ledger: Ledger) -> None:
    from ui.app import restart_command

    program, arguments = restart_command(ledger.folder)
    assert program == sys.executable
    assert arguments[-1] == str(ledger.folder)
