"""Backup: one click here, one click to a stick, and the check of the whole ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QFileDialog, QWidget

from mhdesk.domain.finding import Finding
from mhdesk.domain.task import Task
from mhdesk.services import backup
from mhdesk.services.backup import Made
from mhdesk.text import text
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.widgets import Card, ChipText, Notice, PlainButton, column, label, row

T = TypeVar("T")


class BackupPart(QWidget):
    """What was checked and when; the buttons that make it good again."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.notice = Notice()
        self.table = TablePanel(desk.tasks, _columns(), has_foot=False)
        self.table.set_empty("shield-check", text("settings.not_checked"), text("settings.not_checked_next"))
        actions = Card(text("settings.part.backup"))
        actions.body.addWidget(label(text("settings.backup_words"), "quiet", wrap=True))
        actions.body.addLayout(
            row(
                PlainButton(text("settings.backup_now"), "save", self.make),
                PlainButton(text("settings.backup_stick"), "hard-drive", self.make_on_stick),
                PlainButton(text("settings.drill"), "refresh-cw", self.drill),
                PlainButton(text("settings.verify"), "shield-check", self.verify),
                None,
            )
        )
        checks = Card(text("settings.checks"))
        checks.body.addWidget(self.table, 1)
        lines = column(self.notice, actions, checks, space=3)
        lines.setStretch(2, 1)
        self.setLayout(lines)

    def refresh(self) -> None:
        """Nothing is checked by itself: a check reads the whole file."""

    def make(self) -> None:
        """A backup into the ledger's own folder."""
        self._back_up(None)

    def make_on_stick(self) -> None:
        """A backup into a folder of the user's choice; it carries no password slots."""
        dialog = QFileDialog(self, text("settings.backup_stick"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda name: self._back_up(Path(name)))
        dialog.open()

    def drill(self) -> None:
        """Restore the newest backup for trial."""
        ledger = self._desk.ledger
        self._run(lambda task: backup.drill(ledger, task=task), self._show_checks, text("settings.drill"))

    def verify(self) -> None:
        """Check the whole ledger."""
        ledger = self._desk.ledger
        self._run(lambda task: backup.verify(ledger, task=task), self._show_checks, text("settings.verify"))

    def _back_up(self, folder: Path | None) -> None:
        ledger = self._desk.ledger

        def done(made: Made) -> None:
            self.notice.say(text("settings.backup_made", file=made.file.name, folder=made.file.parent), "good")
            self._show_checks(made.checks)

        self._run(lambda task: backup.make(ledger, folder, task=task), done, text("settings.backup_now"))

    def _run(self, job: Callable[[Task], T], done: Callable[[T], None], title: str) -> None:
        self._desk.tasks.run("ledger", job, done, title=title, owner=self)

    def _show_checks(self, findings: Sequence[Finding]) -> None:
        self.table.show_rows(findings)
        faults = sum(not finding.ok for finding in findings)
        if faults:
            self.notice.say(text("settings.faults", count=faults), "late")


def _columns() -> list[Column]:
    return [
        Column("name", text("settings.check"), 14),
        Column("ok", text("settings.result"), 6, "chips", chips=_result, is_sortable=False),
        Column("detail", text("settings.detail"), 20, is_stretched=True, is_sortable=False),
    ]


def _result(finding: Finding) -> Sequence[ChipText]:
    return [ChipText(text("cli.ok"), "good") if finding.ok else ChipText(text("cli.not_ok"), "late")]
