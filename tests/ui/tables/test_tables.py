"""Tables: ids and pages, order by the source, chips, sums, copying, empty and failed states."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.errors import UserError
from ui.tables import Column, ListSource, PagedSource, TablePanel
from ui.tables.column import shown
from ui.tables.model import PAGE_ROWS, PAGES_KEPT, PagedModel
from ui.tables.source import Ids, TableQuery
from ui.tasks import TaskRunner
from ui.widgets import ChipText


class Row(NamedTuple):
    name: str
    days: int | None
    state: str


COLUMNS = [
    Column("name", "姓名", 8, is_bold=True),
    Column("days", "天数", 4, "number"),
    Column("state", "状态", 6, "chips", chips=lambda row: [ChipText(row.state, "late")]),
    Column("note", "备注", 8, value=lambda _row: None, is_shown=False, is_stretched=True),
]
SMALL = [Row("冉建国", 3, "逾期"), Row("向㛃", None, "应访"), Row("=覃\t兰", 1, "逾期")]


class Store:
    """A hundred thousand rows that remember who asked for what."""

    def __init__(self, size: int, delay: float = 0) -> None:
        self.size, self.delay = size, delay
        self.fetches: list[int] = []
        self.threads: set[int] = set()
        self.queries: list[TableQuery] = []

    def list_ids(self, query: TableQuery) -> Ids:
        self.queries.append(query)
        self.threads.add(threading.get_ident())
        return range(self.size, 0, -1) if query.is_descending else range(1, self.size + 1)

    def fetch(self, ids: Ids) -> Sequence[Any]:
        time.sleep(self.delay)
        self.threads.add(threading.get_ident())
        self.fetches.append(len(ids))
        return [Row(f"人{number}", number, "在管") for number in ids]


def show(qtbot: QtBot, panel: TablePanel) -> None:
    qtbot.addWidget(panel)
    panel.resize(700, 400)
    panel.show()
    qtbot.waitUntil(lambda: panel._tasks.is_idle)


def test_the_model_keeps_qts_promises(qtbot: QtBot, tasks: TaskRunner) -> None:
    store = Store(1000)
    model = PagedModel(tasks, COLUMNS)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_source(PagedSource(store.list_ids, store.fetch))
    qtbot.waitUntil(lambda: model.rowCount() == 1000 and tasks.is_idle)
    assert model.data(model.index(0, 0)) == "人1"
    assert model.headerData(1, Qt.Orientation.Horizontal) == "天数"
    assert model.headerData(0, Qt.Orientation.Vertical) == 1
    del tester


def test_100000_rows_without_a_stall(qtbot: QtBot, tasks: TaskRunner) -> None:
    store = Store(100_000)
    panel = TablePanel(tasks, COLUMNS)
    panel.set_source(PagedSource(store.list_ids, store.fetch))
    show(qtbot, panel)
    assert panel.count() == 100_000
    assert sum(store.fetches) <= 2 * PAGE_ROWS
    bar = panel.view.verticalScrollBar()
    for step in range(1, 81):
        bar.setValue(bar.maximum() * step // 80)
        began = time.perf_counter()
        panel.view.viewport().repaint()
        assert time.perf_counter() - began < 0.25
        qtbot.wait(1)  # the missing page is asked for after the paint
        qtbot.waitUntil(lambda: tasks.is_idle)
    assert threading.get_ident() not in store.threads
    assert len(panel.model._pages) <= PAGES_KEPT
    assert panel.model.row_at(99_999 - 1) is not None


def test_a_page_on_its_way_is_shown_as_waiting_and_asked_for_once(qtbot: QtBot, tasks: TaskRunner) -> None:
    store = Store(10_000, delay=0.05)
    panel = TablePanel(tasks, COLUMNS)
    panel.set_source(PagedSource(store.list_ids, store.fetch))
    show(qtbot, panel)
    before = len(store.fetches)
    panel.view.scrollToBottom()
    for _ in range(5):
        panel.view.viewport().repaint()
        qtbot.wait(2)
    assert panel.model.data(panel.model.index(9_999, 0)) == ""
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert panel.model.data(panel.model.index(9_999, 0)) == "人10000"
    assert len(store.fetches) - before == 1


def test_header_clicks_sort_up_down_and_back(qtbot: QtBot, tasks: TaskRunner) -> None:
    store = Store(300)
    panel = TablePanel(tasks, COLUMNS)
    panel.set_source(PagedSource(store.list_ids, store.fetch))
    show(qtbot, panel)
    head = panel.view.horizontalHeader()
    for _ in range(3):
        head.sectionClicked.emit(0)
        qtbot.waitUntil(lambda: tasks.is_idle)
    asked = [(query.sort_key, query.is_descending) for query in store.queries]
    assert asked == [(None, False), ("name", False), ("name", True), (None, False)]


def test_filters_go_to_the_source_with_the_order(qtbot: QtBot, tasks: TaskRunner) -> None:
    store = Store(30)
    panel = TablePanel(tasks, COLUMNS)
    panel.set_source(PagedSource(store.list_ids, store.fetch))
    show(qtbot, panel)
    panel.view.horizontalHeader().sectionClicked.emit(1)
    panel.set_filters(village="青龙村")
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert store.queries[-1] == TableQuery("days", False, {"village": "青龙村"})


def test_rows_at_hand_sort_with_unknown_values_last() -> None:
    source = ListSource(SMALL, COLUMNS)
    task = type("T", (), {"step": lambda *_: None})()
    assert list(source.ids(TableQuery("days"), task)) == [2, 0, 1]
    assert list(source.ids(TableQuery("days", is_descending=True), task)) == [0, 2, 1]
    assert list(source.ids(TableQuery(), task)) == [0, 1, 2]
    assert source.rows([1]) == [SMALL[1]]


def test_selection_counts_sums_and_copies_for_wps(qtbot: QtBot, tasks: TaskRunner) -> None:
    panel = TablePanel(tasks, COLUMNS)
    panel.show_rows(SMALL)
    show(qtbot, panel)
    panel.view.selectAll()
    assert panel.foot_words() == "共 3 条 选中 3 条  天数 求和 4"
    qtbot.keyClick(panel.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: tasks.is_idle)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines == ["姓名\t天数\t状态", "冉建国\t3\t逾期", "向㛃\t\t应访", "'=覃 兰\t1\t逾期"]


def test_copying_many_rows_fetches_what_is_not_at_hand(qtbot: QtBot, tasks: TaskRunner) -> None:
    store = Store(5000)
    panel = TablePanel(tasks, COLUMNS)
    panel.set_source(PagedSource(store.list_ids, store.fetch))
    show(qtbot, panel)
    panel.view.selectAll()
    panel.copy_selection()
    qtbot.waitUntil(lambda: tasks.is_idle)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert len(lines) == 5001
    assert lines[-1].startswith("人5000\t5000")
    assert "选中 5000 条" in panel.foot_words()


def test_enter_and_double_click_open_the_row(qtbot: QtBot, tasks: TaskRunner) -> None:
    panel = TablePanel(tasks, COLUMNS)
    panel.set_source(PagedSource(Store(40).list_ids, Store(40).fetch))
    show(qtbot, panel)
    opened: list[int] = []
    panel.opened.connect(opened.append)
    panel.view.select_id(7)
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    where = panel.view.visualRect(panel.model.index(2, 0)).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert opened == [7, 3]
    assert panel.view.selected_ids() == [3]


def test_empty_says_why_and_what_to_do(qtbot: QtBot, tasks: TaskRunner) -> None:
    panel = TablePanel(tasks, COLUMNS)
    panel.set_empty("inbox", "没有到期的随访", "下一位在 11-23 到期。", "看全部")
    acted: list[bool] = []
    panel.empty_acted.connect(lambda: acted.append(True))
    panel.show_rows([])
    show(qtbot, panel)
    assert panel.state() == "empty"
    panel._empty._button.click()
    assert acted == [True]
    panel.show_rows(SMALL)
    qtbot.waitUntil(lambda: panel.state() == "rows")


def test_a_failure_is_said_in_place_and_can_be_tried_again(qtbot: QtBot, tasks: TaskRunner) -> None:
    answers: list[Any] = [UserError("MH-LEDGER-15"), [1, 2]]

    def list_ids(_query: TableQuery) -> Ids:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    panel = TablePanel(tasks, COLUMNS)
    panel.set_source(PagedSource(list_ids, Store(2).fetch))
    show(qtbot, panel)
    assert panel.state() == "failed"
    assert "磁盘" in panel._failed._title.text()
    panel._failed._button.click()
    qtbot.waitUntil(lambda: panel.state() == "rows")


def test_a_bug_is_reported(qtbot: QtBot, tasks: TaskRunner, faults: list[BaseException]) -> None:
    panel = TablePanel(tasks, COLUMNS)
    panel.set_source(PagedSource(lambda _query: 1 / 0, Store(2).fetch))  # type: ignore[arg-type,return-value]
    show(qtbot, panel)
    assert panel.state() == "failed"
    assert [type(one) for one in faults] == [ZeroDivisionError]


def test_columns_can_be_chosen_but_never_all_hidden(qtbot: QtBot, tasks: TaskRunner) -> None:
    panel = TablePanel(tasks, COLUMNS)
    panel.show_rows(SMALL)
    show(qtbot, panel)
    told: list[list[str]] = []
    panel.columns_changed.connect(told.append)
    panel.view.choose_columns(panel.view.mapToGlobal(panel.view.rect().center()))
    menu = panel.view.findChild(QMenu)
    assert menu is not None
    assert [action.isChecked() for action in menu.actions()] == [True, True, True, False]
    menu.actions()[1].trigger()
    menu.actions()[2].trigger()
    assert told == [["name", "state"], ["name"]]
    menu.close()
    panel.view.show_columns(["days", "unknown"])
    assert [panel.model.columns[number].key for number in panel.view.shown_columns()] == ["days"]


def test_columns_give_way_for_want_of_room_until_they_are_chosen(qtbot: QtBot, tasks: TaskRunner) -> None:
    columns = [
        Column("name", "姓名", 6),
        Column("days", "天数", 6, gives_way=1),
        Column("state", "状态", 6, gives_way=2),
    ]
    panel = TablePanel(tasks, columns)
    panel.show_rows(SMALL)
    show(qtbot, panel)

    def keys(width: int) -> list[str]:
        panel.resize(width, 300)
        qtbot.waitUntil(lambda: panel.view.width() <= width)
        return [panel.model.columns[number].key for number in panel.view.shown_columns()]

    assert keys(700) == ["name", "days", "state"]
    assert keys(300) == ["name", "days"]
    assert panel.view.kept_columns() == ["name", "days", "state"]
    assert keys(160) == ["name"]
    assert keys(700) == ["name", "days", "state"]
    panel.view.show_columns(["name", "state"])
    assert keys(160) == ["name", "state"]


def test_cut_texts_show_whole_in_the_tip(qtbot: QtBot, tasks: TaskRunner) -> None:
    panel = TablePanel(tasks, COLUMNS)
    panel.show_rows([Row("阿卜杜热西提·买买提江·吐尔逊", 1, "在管"), Row("向㛃", 1, "在管")])
    show(qtbot, panel)
    delegate = panel.view.itemDelegate()
    room = panel.view.columnWidth(0)
    assert delegate.wanted_width(panel.model.index(0, 0)) > room  # type: ignore[attr-defined]
    assert delegate.wanted_width(panel.model.index(1, 0)) < room  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (True, "是"),
        (3, "3"),
        (2.5, "2.5"),
        (date(2026, 3, 5), "2026-03-05"),
        (PartialDate(2015, 3), "2015-03"),
        ("石坝村", "石坝村"),
    ],
)
def test_values_as_the_doctor_reads_them(value: object, words: str) -> None:
    assert shown(value) == words


def test_rows_are_as_high_as_the_theme_says(qtbot: QtBot, tasks: TaskRunner, dressed: QApplication) -> None:
    panel = TablePanel(tasks, COLUMNS)
    panel.show_rows(SMALL)
    show(qtbot, panel)
    assert panel.view.rowHeight(0) == 38
    assert re.match(r"共 \d+ 条", panel.foot_words())
