"""The task runner is sound: nothing lost, nothing in the wrong thread, silence after a cancel, a clean end."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mhdesk.domain.errors import UserError
from mhdesk.domain.task import Task
from ui.progress import ProgressStrip
from ui.tasks import MainThreadCollector, TaskRunner, Ticket


def test_500_quick_jobs_an_error_and_a_cancel(qtbot: QtBot, tasks: TaskRunner, faults: list[BaseException]) -> None:
    main = threading.get_ident()
    results: list[int] = []
    threads: set[int] = set()
    callback_threads: set[int] = set()

    def job(task: Task, number: int) -> int:
        threads.add(threading.get_ident())
        task.step(number, 500, "")
        return number

    def done(number: int) -> None:
        callback_threads.add(threading.get_ident())
        results.append(number)

    def holding_a_widget(number: int) -> Callable[[Task], int]:
        holder = QWidget()

        def held(task: Task) -> int:
            assert holder.parent() is None
            return job(task, number)

        return held

    for number in range(500):
        # a widget caught in the job: its last reference must not die in a worker
        tasks.run("ledger" if number % 2 else "work", holding_a_widget(number), done)
    tasks.run("work", lambda _task: 1 / 0)
    tasks.run("ledger", lambda _task: results.append(-1)).cancel()
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=20_000)
    assert sorted(results) == list(range(500))
    assert main not in threads
    assert callback_threads == {main}
    assert [type(fault) for fault in faults] == [ZeroDivisionError]


def test_the_ledger_lane_is_one_thread_in_order(qtbot: QtBot, tasks: TaskRunner) -> None:
    seen: list[tuple[int, int]] = []

    def look(number: int, _task: Task) -> None:
        seen.append((number, threading.get_ident()))

    for number in range(50):
        tasks.run("ledger", partial(look, number))
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert [number for number, _ in seen] == list(range(50))
    assert len({thread for _, thread in seen}) == 1


def test_user_errors_go_to_the_handler_or_to_the_window(
    qtbot: QtBot, tasks: TaskRunner, faults: list[BaseException]
) -> None:
    here: list[BaseException] = []

    def fail(_task: Task) -> None:
        raise UserError("MH-LEDGER-06")

    tasks.run("work", fail, on_error=here.append)
    tasks.run("work", fail)
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert len(here) == len(faults) == 1
    assert isinstance(faults[0], UserError)


def test_a_running_job_ends_at_its_next_step(qtbot: QtBot, tasks: TaskRunner, faults: list[BaseException]) -> None:
    started = threading.Event()
    after: list[str] = []

    def job(task: Task) -> None:
        for number in range(10_000):
            started.set()
            task.step(number, 10_000, "")
            time.sleep(0.005)

    ticket = tasks.run("ledger", job, lambda _: after.append("done"), lambda _: after.append("error"))
    assert started.wait(5)
    asked = time.monotonic()
    ticket.cancel()
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert time.monotonic() - asked < 0.2
    assert after == []
    assert faults == []


def echo(number: int, _task: Task) -> int:
    return number


def test_the_latest_with_the_same_key_wins(qtbot: QtBot, tasks: TaskRunner) -> None:
    answers: list[int] = []
    gate = threading.Event()
    tasks.run("ledger", lambda _task: gate.wait(5))
    for number in range(20):
        tasks.run("ledger", partial(echo, number), answers.append, key="search")
    gate.set()
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert answers == [19]


def test_nothing_is_called_for_a_destroyed_owner(qtbot: QtBot, tasks: TaskRunner) -> None:
    called: list[Any] = []
    gate = threading.Event()
    owner = QObject()
    tasks.run("ledger", lambda _task: gate.wait(5), called.append, owner=owner)
    owner.deleteLater()
    with qtbot.waitSignal(owner.destroyed):
        pass
    gate.set()
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert called == []


def test_an_error_in_a_callback_stops_no_other(qtbot: QtBot, tasks: TaskRunner) -> None:
    answers: list[int] = []
    with qtbot.captureExceptions() as caught:
        tasks.run("ledger", lambda _task: 1, lambda _: 1 / 0)
        tasks.run("ledger", lambda _task: 2, answers.append)
        qtbot.waitUntil(lambda: tasks.is_idle)
    assert answers == [2]
    assert [kind for kind, _, _ in caught] == [ZeroDivisionError]


def test_shutdown_runs_the_last_job_and_leaves_no_thread(qtbot: QtBot) -> None:
    tasks = TaskRunner()
    order: list[str] = []

    def endless(task: Task) -> None:
        while True:
            task.step(0, 0, "")
            time.sleep(0.002)

    tasks.run("ledger", endless, lambda _: order.append("never"))
    tasks.run("work", endless)
    time.sleep(0.02)
    tasks.shutdown(last=lambda: order.append("closed"))
    assert order == ["closed"]
    assert not [one for one in threading.enumerate() if one.name.startswith("mhdesk-")]
    assert tasks.run("work", lambda _task: 1, lambda _: order.append("late")).is_cancelled
    tasks.shutdown()
    qtbot.wait(10)
    assert order == ["closed"]


def test_shutdown_raises_what_the_last_job_raised() -> None:
    tasks = TaskRunner()
    with pytest.raises(OSError, match="disk"):
        tasks.shutdown(last=lambda: (_ for _ in ()).throw(OSError("disk")))


def test_long_work_shows_where_it_stands_and_can_be_cancelled(qtbot: QtBot, tasks: TaskRunner) -> None:
    strip = ProgressStrip(tasks)
    qtbot.addWidget(strip)

    def slow(task: Task) -> None:
        for number in range(2000):
            task.step(number, 2000, f"第 {number} 行")
            time.sleep(0.005)

    tasks.run("ledger", slow, title="正在导入")
    assert strip.isHidden()
    qtbot.waitUntil(lambda: not strip.isHidden(), timeout=2000)
    qtbot.waitUntil(lambda: strip.bar.value() > 0)
    assert strip.title.text() == "正在导入"
    assert strip.step.whole_text().startswith("第 ")
    strip.cancel.click()
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=1000)
    assert strip.isHidden()


def test_quick_work_shows_nothing(qtbot: QtBot, tasks: TaskRunner) -> None:
    shown: list[list[Ticket]] = []
    tasks.long_work_changed.connect(shown.append)
    for _ in range(20):
        tasks.run("work", lambda _task: time.sleep(0.005), title="很快")
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert not any(shown)


def test_garbage_is_collected_on_the_windows_thread_only(qtbot: QtBot, tasks: TaskRunner) -> None:
    collector = MainThreadCollector()
    where: set[bool] = set()

    def look(phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            where.add(QThread.currentThread() is tasks.thread())

    gc.callbacks.append(look)
    try:
        tasks.run("work", lambda _task: [[] for _ in range(200_000)] and None)
        qtbot.waitUntil(lambda: tasks.is_idle)
        assert where == set()
        collector._collect()
        gc.collect(0)
        assert where == {True}
    finally:
        gc.callbacks.remove(look)
        collector.stop()
    assert gc.isenabled()
