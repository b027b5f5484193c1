"""A township to look at: an encrypted ledger with everybody in it, and pages in front of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mhdesk.domain.changes import Changes
from tests.conftest import FixedClock, LedgerTemplate
from tests.ui.pages import township
from ui.messages import MessageDialog
from ui.pages.base import Desk, Page
from ui.tasks import TaskRunner

if TYPE_CHECKING:
    from db.ledger import Ledger

P = TypeVar("P", bound=Page)


class Filled(NamedTuple):
    """A closed ledger full of people; copy it."""

    folder: Path
    ids: dict[str, int]


@pytest.fixture(scope="session")
def filled(ledger_template: LedgerTemplate, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Filled once in a run."""
    from db.ledger import Ledger

    folder = ledger_template.copy_to(tmp_path_factory.mktemp("township") / "ledger")
    ledger = Ledger.open(folder, login=ledger_template.login, password=ledger_template.password, now=FixedClock())
    ids = township.fill(ledger)
    ledger.close()
    return Filled(folder, ids)


@pytest.fixture
def ids(filled: Filled) -> dict[str, int]:
    """Everybody's id by name."""
    return filled.ids


@pytest.fixture
def place(filled: Filled, ledger_template: LedgerTemplate, tmp_path: Path, clock: FixedClock) -> Iterator[Ledger]:
    """The township, open, of one's own."""
    from db.ledger import Ledger

    folder = tmp_path / "township"
    shutil.copytree(filled.folder, folder)
    opened = Ledger.open(folder, login=ledger_template.login, password=ledger_template.password, now=clock)
    yield opened
    opened.close()


class Shown:
    """Pages in front of the township, and what became of them."""

    def __init__(self, qtbot: QtBot, desk: Desk, tasks: TaskRunner, faults: list[BaseException]) -> None:
        self.qtbot, self.desk, self._tasks, self.faults = qtbot, desk, tasks, faults
        self.news: list[Changes] = []

    def page(self, kind: type[P], /, **params: Any) -> P:
        """A page, shown, with everything read."""
        made = kind(self.desk)
        self.qtbot.addWidget(made)
        made.resize(1158, 712)
        made.show()
        self.go(made, **params)
        return made

    def go(self, page: Page, **params: Any) -> None:
        """Bring the page to the front, as the window does."""
        page.activate(params)
        page.setFocus()
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is under way; a page asks for its next reading when one is done."""
        quiet = 0
        while quiet < 3:
            self.qtbot.waitUntil(lambda: self._tasks.is_idle, timeout=20_000)
            self.qtbot.wait(10)
            quiet = quiet + 1 if self._tasks.is_idle else 0

    def dialog(self) -> MessageDialog:
        """The message now open."""
        found = [widget for widget in _windows() if isinstance(widget, MessageDialog)]
        assert len(found) == 1, [type(widget).__name__ for widget in _windows()]
        return found[0]

    def answer(self, words: str) -> None:
        """Click the button with these words in the open message, and wait."""
        from PySide6.QtWidgets import QPushButton

        dialog = self.dialog()
        next(one for one in dialog.findChildren(QPushButton) if one.text() == words).click()
        self.settle()


def _windows() -> list[QWidget]:
    from PySide6.QtWidgets import QApplication

    return [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]


@pytest.fixture
def shown(
    qtbot: QtBot,
    place: Ledger,
    make_desk: Callable[[Any], Desk],
    tasks: TaskRunner,
    faults: list[BaseException],
) -> Iterator[Shown]:
    """Opens pages; a page that caused an error nobody expected fails the test."""
    made = Shown(qtbot, make_desk(place), tasks, faults)
    yield made
    made.settle()
    assert not faults, faults
    QGuiApplication.clipboard().clear()


@pytest.fixture
def shown_empty(
    qtbot: QtBot,
    ledger: Ledger,
    make_desk: Callable[[Any], Desk],
    tasks: TaskRunner,
    faults: list[BaseException],
) -> Iterator[Shown]:
    """The same in front of a ledger with nobody in it."""
    made = Shown(qtbot, make_desk(ledger), tasks, faults)
    yield made
    made.settle()
    assert not faults, faults
