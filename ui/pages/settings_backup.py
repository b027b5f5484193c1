"""Backup: one click here, one click to a stick, and the check of the whole ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.finding import Finding
from mhdesk.domain.task import Task
from mhdesk.services import backup
from mhdesk.services.backup import Made, Newest
from mhdesk.text import text
from ui import theme
from ui.dialogs import ask_files
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.widgets import Card, Chip, ChipText, FlowLayout, Notice, PlainButton, ScrollBody, clear, column, label

T = TypeVar("T")

#: A backup is too old after this many days: in the ledger's folder, and on a stick.
_BACKUP_DAYS = 1
_STICK_DAYS = 7
_CHECKS_EM = 17  # the least height of the list of checks


class BackupPart(QWidget):
    """What was checked and when; the buttons that make it good again."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.notice = Notice()
        self.table = TablePanel(desk.tasks, _columns(), has_foot=False)
        self.table.set_name(text("settings.checks"))
        self.table.set_empty("shield-check", text("settings.not_checked"), text("settings.not_checked_next"))
        self.table.show_rows(())
        self.newest = FlowLayout()
        actions = Card(text("settings.part.backup"))
        actions.body.addLayout(self.newest)
        actions.body.addWidget(label(text("settings.backup_words"), "quiet", wrap=True))
        buttons = FlowLayout()
        for key, icon, slot in (
            ("backup_now", "save", self.make),
            ("backup_stick", "hard-drive", self.make_on_stick),
            ("drill", "refresh-cw", self.drill),
            ("verify", "shield-check", self.verify),
        ):
            buttons.addWidget(PlainButton(text(f"settings.{key}"), icon, slot))
        actions.body.addLayout(buttons)
        checks = Card(text("settings.checks"))
        checks.body.addWidget(self.table, 1)
        checks.setMinimumHeight(theme.current().em(_CHECKS_EM))
        whole = ScrollBody()
        whole.body.addWidget(self.notice)
        whole.body.addWidget(actions)
        whole.body.addWidget(checks, 1)
        self.setLayout(column(whole))

    def refresh(self) -> None:
        """When the newest backups were made. Nothing is checked by itself: a check reads the whole file."""
        ledger = self._desk.ledger
        self._desk.tasks.run("ledger", lambda _task: backup.newest(ledger), self._show_newest, owner=self)

    def _show_newest(self, found: Newest) -> None:
        clear(self.newest)
        for chip in backup_chips(found):
            self.newest.addWidget(Chip(chip.label, chip.tone))

    def make(self) -> None:
        """A backup into the ledger's own folder."""
        self._back_up(None)

    def make_on_stick(self) -> None:
        """A backup into a folder of the user's choice; it carries no password slots."""
        ask_files.open_folder(self, text("settings.backup_stick"), self._back_up, start=Path.home())

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
            self.refresh()
            self._desk.changes.publish(Changes({"setting": frozenset()}), source=self)

        self._run(lambda task: backup.make(ledger, folder, task=task), done, text("settings.backup_now"))

    def _run(self, job: Callable[[Task], T], done: Callable[[T], None], title: str) -> None:
        self._desk.tasks.run("ledger", job, done, title=title, owner=self)

    def _show_checks(self, findings: Sequence[Finding]) -> None:
        self.table.show_rows(findings)
        faults = sum(not finding.ok for finding in findings)
        if faults:
            self.notice.say(text("settings.faults", count=faults), "late")


def backup_chips(newest: Newest) -> list[ChipText]:
    """How old the newest backups are, and whether that is too old."""
    return [
        _chip("today.backup", newest.local, _BACKUP_DAYS),
        _chip("today.stick", newest.stick, _STICK_DAYS),
    ]


def _chip(key: str, at: datetime | None, days: int) -> ChipText:
    if at is None:
        return ChipText(text(f"{key}_never"), "late")
    age = (datetime.now(UTC) - at).days
    when = at.astimezone().strftime("%H:%M") if age == 0 else text("today.days_ago", days=age)
    return ChipText(text(key, when=when), "late" if age > days else "good")


def _columns() -> list[Column]:
    return [
        Column("name", text("settings.check"), 14),
        Column("ok", text("settings.result"), 6, "chips", chips=_result, is_sortable=False),
        Column("detail", text("settings.detail"), 20, is_stretched=True, is_sortable=False),
    ]


def _result(finding: Finding) -> Sequence[ChipText]:
    return [ChipText(text("cli.ok"), "good") if finding.ok else ChipText(text("cli.not_ok"), "late")]
