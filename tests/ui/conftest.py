"""A dressed application, a task runner that is shut down, a desk for pages."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from ui import theme
from ui.changes import ChangesHub
from ui.pages.base import Desk
from ui.tasks import TaskRunner


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    """The application, in Chinese and dressed at 100 %."""
    theme.speak_chinese(qapp)
    theme.apply(qapp, 100)
    return qapp


@pytest.fixture(autouse=True)
def _garbage_stays_here() -> Iterator[None]:
    """As in the program (`ui.tasks.MainThreadCollector`): no thread but this one may destroy what pages left behind.

    A Qt object destroyed by a collection in a worker waits for the interpreter's lock while it holds one of Qt's, and
    this thread may wait the other way round: for ever.
    """
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def _no_windows_left(dressed: QApplication) -> Iterator[None]:
    """Leave no window behind. (Qt warnings fail a test by ``qt_log_level_fail``.)"""
    yield
    for window in QApplication.topLevelWidgets():
        # Only whole windows: a combo box deletes its own pop-up, twice would be once too often.
        if window.parent() is None:
            window.hide()
            window.deleteLater()


@pytest.fixture
def tasks(dressed: QApplication) -> Iterator[TaskRunner]:
    """A task runner of one's own; its threads are gone after the test."""
    runner = TaskRunner()
    yield runner
    runner.shutdown()


@pytest.fixture
def faults(tasks: TaskRunner) -> list[BaseException]:
    """Every error that no caller handled."""
    found: list[BaseException] = []
    tasks.user_failed.connect(found.append)
    tasks.bug_found.connect(found.append)
    return found


@pytest.fixture
def opened_pages() -> list[tuple[str, dict[str, Any]]]:
    """What the page under test asked the window to open."""
    return []


@pytest.fixture
def make_desk(tasks: TaskRunner, today: date, opened_pages: list[tuple[str, dict[str, Any]]]) -> Callable[[Any], Desk]:
    """A desk around a ledger (or None), without a window."""

    def make(ledger: Any) -> Desk:
        return Desk(
            ledger=ledger,
            tasks=tasks,
            changes=ChangesHub(),
            unit_name="龙华街道社区卫生服务中心",
            today=lambda: today,
            open_page=lambda key, **params: opened_pages.append((key, params)),
            go_back=lambda: None,
            saved=lambda: None,
            set_unsaved=lambda: None,
            restyle=lambda _percent, _dark: None,
        )

    return make
