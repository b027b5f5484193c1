"""A copy from a stick opens on a new computer, from the login window, with the recovery code and nothing else."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from db import safety
from db.ledger import Ledger
from mhdesk.domain.patient import Patient
from tests.conftest import LedgerTemplate
from ui.dialogs.login import LoginWindow
from ui.tasks import TaskRunner


def test_a_stick_copy_opens_in_an_empty_folder(
    qtbot: QtBot, tasks: TaskRunner, ledger: Ledger, ledger_template: LedgerTemplate, tmp_path: Path
) -> None:
    with ledger.change("patient.register") as change:
        change.add(Patient(name="冉秀兰"))
    stick = tmp_path / "stick"
    stick.mkdir()
    copy = safety.back_up(ledger, stick).file
    window = LoginWindow(tasks, tmp_path / "new computer")
    qtbot.addWidget(window)
    opened: list[Ledger] = []
    window.opened.connect(opened.append)
    window.login.restore_requested.emit()
    face = window.restoring
    face.submit()
    assert face.file_field.problem() == ""  # login and code are asked for first
    face.show_file(str(copy))
    face.show_login(ledger.login)
    face._code.setText(ledger_template.recovery_code)
    for field in (face.passwords._first, face.passwords._second):
        field.setText("Longhua-2026-lamp")
    face.submit()
    qtbot.waitUntil(lambda: bool(opened) or bool(face.notice.words() and tasks.is_idle), timeout=30_000)
    assert opened, (face.notice.words(), face.file_field.problem(), face.login_field.problem())
    with opened[0] as restored:
        assert [one.name for one in restored.find(Patient)] == ["冉秀兰"]
