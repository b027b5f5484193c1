"""The login window: quick, honest about what is wrong, and complete: log in, new ledger, forgotten password."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from mhdesk import settings
from mhdesk.domain.task import Task
from ui.dialogs.login import LoginWindow
from ui.tasks import TaskRunner

if TYPE_CHECKING:
    from tests.conftest import LedgerTemplate

HEAVY = ("sqlalchemy", "sqlcipher3", "openpyxl", "reportlab", "pypinyin", "cryptography", "python_calamine", "PIL")
FIRST_FRAME = """
import sys
from ui.app import make_application
from ui.dialogs.login import LoginWindow
from ui.tasks import TaskRunner
app = make_application()
tasks = TaskRunner()
window = LoginWindow(tasks)
found = []
def painted():
    found.append(sorted(sys.modules.keys() & {heavy!r}))
    app.quit()
window.first_frame_painted.connect(painted)
window.show()
app.exec()
tasks.shutdown()
print("heavy:", *found[0])
"""


@pytest.fixture
def folder(ledger_template: LedgerTemplate, tmp_path: Path) -> Path:
    return ledger_template.copy_to(tmp_path / "台账 一")


@pytest.fixture
def opened() -> list[Any]:
    return []


@pytest.fixture
def login(qtbot: QtBot, tasks: TaskRunner, folder: Path, opened: list[Any]) -> Iterator[LoginWindow]:
    window = make(qtbot, tasks, folder, opened)
    yield window
    for ledger in opened:
        tasks.run("ledger", partial(close, ledger))
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=20_000)


def close(ledger: Any, _task: Task) -> None:
    ledger.close()


def make(qtbot: QtBot, tasks: TaskRunner, folder: Path, opened: list[Any]) -> LoginWindow:
    window = LoginWindow(tasks, folder)
    window.opened.connect(opened.append)
    window.show()
    qtbot.waitExposed(window)
    with qtbot.waitSignal(window.first_frame_painted):
        pass
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=20_000)
    return window


def test_nothing_heavy_is_imported_before_the_first_frame() -> None:
    code = FIRST_FRAME.replace("{heavy!r}", repr(set(HEAVY)))
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == "heavy:", done.stderr


def test_log_in(qtbot: QtBot, tasks: TaskRunner, login: LoginWindow, opened: list[Any]) -> None:
    face = login.login
    face._login.clear()
    qtbot.keyClicks(face._login, "wang")
    qtbot.keyClicks(face._password, "Longhua-2026-lamp")
    assert face._password.echoMode() == QLineEdit.EchoMode.Password
    qtbot.keyClick(face._password, Qt.Key.Key_Return)
    assert face.primary is not None
    assert not face.primary.isEnabled()
    qtbot.waitUntil(lambda: bool(opened), timeout=20_000)
    assert opened[0].login == "wang"
    assert settings.load().last_login == "wang"
    assert settings.load().last_ledger == str(login.folder)


def test_a_wrong_password_is_said_in_the_window_and_the_login_stays(
    qtbot: QtBot, tasks: TaskRunner, login: LoginWindow, opened: list[Any], faults: list[BaseException]
) -> None:
    face = login.login
    face._login.setText("wang")
    qtbot.keyClicks(face._password, "wrong-wrong-wrong")
    face.submit()
    qtbot.waitUntil(lambda: "密码不正确" in face.notice.words(), timeout=20_000)
    assert face.typed_login() == "wang"
    assert face._password.selectedText()
    assert opened == faults == []


def test_missing_parts_are_marked_and_nothing_is_tried(login: LoginWindow, opened: list[Any]) -> None:
    face = login.login
    face._login.clear()
    face.submit()
    assert face.login_field.problem() == "请输入登录名"
    assert face.password_field.problem() == "请输入密码"
    assert opened == []


def test_it_says_who_was_here_last(
    qtbot: QtBot, tasks: TaskRunner, folder: Path, login: LoginWindow, opened: list[Any]
) -> None:
    login.login._login.setText("wang")
    login.login._password.setText("Longhua-2026-lamp")
    login.login.submit()
    qtbot.waitUntil(lambda: bool(opened), timeout=20_000)
    tasks.run("ledger", lambda _task: opened.pop().close())
    qtbot.waitUntil(lambda: tasks.is_idle)
    again = make(qtbot, tasks, folder, opened)
    assert "上次登录：wang" in again.brand.words()
    assert again.login.typed_login() == "wang"


def test_show_and_hide_the_password(login: LoginWindow) -> None:
    field = login.login._password
    field.toggle()
    assert field.echoMode() == QLineEdit.EchoMode.Normal
    field.toggle()
    assert field.echoMode() == QLineEdit.EchoMode.Password


def test_no_ledger_says_what_to_do(qtbot: QtBot, tasks: TaskRunner, tmp_path: Path) -> None:
    window = make(qtbot, tasks, tmp_path / "none", [])
    assert "新建" in window.login.notice.words()


def test_a_new_ledger_with_its_recovery_code_typed_back(
    qtbot: QtBot, tasks: TaskRunner, tmp_path: Path, opened: list[Any]
) -> None:
    window = make(qtbot, tasks, tmp_path / "none", opened)
    window.login.new_requested.emit()
    face = window.new
    qtbot.waitUntil(lambda: "-" in face.passwords._phrase.text(), timeout=20_000)
    face.show_place(tmp_path / "新台账")
    face.submit()
    assert face.unit_field.problem() == "请填写"
    face._unit.setText("统景中心卫生院")
    face._user.setText("王敏")
    face._login.setText("wangmin")
    face.passwords.take_phrase()
    face.submit()
    assert face.passwords.second.problem() == "两次输入的不一样"
    face.passwords._second.setText(face.passwords._first.text())
    face.submit()
    qtbot.waitUntil(lambda: window.faces.currentWidget() is window.code, timeout=30_000)
    code = window.code._shown.code()
    assert len(code.split("-")) == 8
    window.code._hide.click()
    assert window.code._shown.code() == ""
    assert opened == []
    window.code._typed.setText("AAAA")
    window.code.submit()
    assert window.code.typed_field.problem()
    window.code._typed.setText(code.replace("-", " ").lower())
    qtbot.keyClick(window.code._typed, Qt.Key.Key_Return)
    assert len(opened) == 1
    assert opened[0].level == "township"
    tasks.run("ledger", lambda _task: opened.pop().close())
    qtbot.waitUntil(lambda: tasks.is_idle)


def test_a_forgotten_password(
    qtbot: QtBot, tasks: TaskRunner, login: LoginWindow, opened: list[Any], ledger_template: LedgerTemplate
) -> None:
    login.login._login.setText("wang")
    login.login.forgotten_requested.emit()
    face = login.forgotten
    assert face._login.text() == "wang"
    wrong = list(ledger_template.recovery_code)
    wrong[0] = "B" if wrong[0] != "B" else "C"
    face._code.setText("".join(wrong))
    for field in (face.passwords._first, face.passwords._second):
        field.setText("Qingshan-2027-lamp")
    face.submit()
    qtbot.waitUntil(lambda: "恢复码第 1 组" in face.notice.words(), timeout=20_000)
    face._code.setText(ledger_template.recovery_code)
    face.submit()
    qtbot.waitUntil(lambda: bool(opened), timeout=30_000)
    assert opened[0].login == "wang"


def test_closing_ends_the_program(qtbot: QtBot, login: LoginWindow) -> None:
    with qtbot.waitSignal(login.closed):
        login.close()


def test_back_to_the_login(login: LoginWindow) -> None:
    login.login.new_requested.emit()
    login.new.back_requested.emit()
    assert login.faces.currentWidget() is login.login
