"""The whole way: start, log in, another 字号, lock, a fresh process; the pictures of every page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QClipboard
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mhdesk import settings
from ui import app as program_module
from ui import theme
from ui.app import Program, forget_copied

if TYPE_CHECKING:
    from tests.conftest import LedgerTemplate


@pytest.fixture
def program(
    qtbot: QtBot, dressed: QApplication, ledger_template: LedgerTemplate, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, again: list[Path],
) -> Iterator[Program]:  # fmt: skip
    monkeypatch.setattr(program_module, "start_again", again.append)
    # Really leaving would end every later event loop of this test run.
    monkeypatch.setattr(dressed, "exit", lambda _status: None)
    made = Program(dressed, ledger_template.copy_to(tmp_path / "台账 一"))
    made.start()
    assert made.login is not None
    with qtbot.waitSignal(made.login.first_frame_painted):
        pass
    yield made
    made.tasks.shutdown()
    dressed.setQuitOnLastWindowClosed(True)
    theme.apply(dressed, 100)
    settings.change(font_percent=100, dark=False, geometry="")


@pytest.fixture
def again() -> list[Path]:
    return []


def log_in(qtbot: QtBot, program: Program) -> None:
    assert program.login is not None
    face = program.login.login
    face._login.setText("wang")
    qtbot.keyClicks(face._password, "Longhua-2026-lamp")
    qtbot.keyClick(face._password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: program.window is not None, timeout=20_000)
    qtbot.waitUntil(lambda: program.tasks.is_idle, timeout=20_000)
    assert program.window is not None
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)


def test_log_in_opens_the_window_of_the_unit(qtbot: QtBot, program: Program) -> None:
    log_in(qtbot, program)
    assert program.login is None
    assert program.window is not None
    assert program.window.windowTitle() == "精防台账 — 龙华街道社区卫生服务中心"
    assert program.window.current_page() is not None


def test_another_text_size_makes_the_window_anew_at_the_same_place(qtbot: QtBot, program: Program) -> None:
    log_in(qtbot, program)
    before = program.window
    assert before is not None
    before.open_page("patients")
    before.desk.restyle(150, True)
    after = program.window
    assert after is not None
    assert after is not before
    assert not before.isVisible()
    assert after.current_page() is after.page("patients")
    assert theme.current().percent == 150
    assert theme.current().palette is theme.DARK
    assert settings.load().font_percent == 150
    qtbot.waitUntil(lambda: program.tasks.is_idle, timeout=20_000)


def test_locking_closes_the_ledger_and_starts_again(qtbot: QtBot, program: Program, again: list[Path]) -> None:
    log_in(qtbot, program)
    assert program.window is not None
    folder = program.window.desk.ledger.folder
    qtbot.keyClick(program.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(again), timeout=20_000)
    assert again == [folder]
    # the ledger is free for the next process
    from mhdesk.services import access

    access.open_ledger(folder, login="wang", password="Longhua-2026-lamp").close()


@pytest.mark.parametrize("is_ours", [True, False])
def test_only_what_we_copied_is_taken_from_the_clipboard(is_ours: bool) -> None:
    clipboard = SimpleNamespace(ownsClipboard=lambda: is_ours, cleared=[])
    clipboard.clear = lambda: clipboard.cleared.append(True)
    forget_copied(cast("QClipboard", clipboard))
    assert bool(clipboard.cleared) is is_ours


def test_closing_starts_nothing(qtbot: QtBot, program: Program, again: list[Path]) -> None:
    log_in(qtbot, program)
    assert program.window is not None
    program.window.close()
    qtbot.waitUntil(lambda: program.tasks._is_closed, timeout=20_000)
    assert again == []
    assert settings.load().geometry


def test_pictures_of_every_page(ledger_template: LedgerTemplate, tmp_path: Path) -> None:
    folder = ledger_template.copy_to(tmp_path / "ledger")
    password = tmp_path / "password"
    password.write_text(ledger_template.password, encoding="utf-8")
    out = tmp_path / "图"
    done = subprocess.run(
        [sys.executable, "-m", "ui.shots", "--ledger", folder, "--password-file", password,
         "--login", "wang", "--out", out, "--size", "1280x720"],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (out / "login.png").is_file(), done.stderr
    assert (out / "patients.png").is_file(), done.stderr
    assert "Traceback" not in done.stderr
