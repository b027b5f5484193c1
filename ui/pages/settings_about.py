"""About: version, where the ledger lies, whether the program is whole, whose work it is built on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QWidget

import resources
from mhdesk import __version__
from mhdesk.domain.finding import Finding
from mhdesk.services import selfcheck
from mhdesk.text import text
from ui import theme
from ui.pages.base import Desk
from ui.widgets import Card, Chip, PlainButton, ScrollBody, column, label, row

MANUAL = "manual"


def open_manual() -> None:
    """Show the folder of the user manual (手册.md and its pictures) in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(resources.path(MANUAL))))


class AboutPart(QWidget):
    """A calm sheet of facts."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        facts = (
            (text("settings.version"), __version__),
            (text("settings.ledger"), str(desk.ledger.folder)),
            (text("settings.vault"), desk.ledger.vault_id),
            (text("settings.signed_in"), f"{desk.ledger.user_name}（{text(f'roles.{desk.ledger.role}')}）"),
            (text("settings.licence"), text("settings.licence_words")),
            (text("settings.built_on"), text("settings.built_on_words")),
        )
        card = Card(text("shell.program"), text("settings.purpose"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.current().space(4))
        grid.setVerticalSpacing(theme.current().space(2))
        grid.setColumnMinimumWidth(0, theme.current().em(6))
        grid.setColumnStretch(1, 1)
        for line, (name, value) in enumerate(facts):
            grid.addWidget(label(name, "quiet"), line, 0, Qt.AlignmentFlag.AlignTop)
            words = label(value, "body", wrap=True)
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(words, line, 1)
        card.body.addLayout(grid)
        card.body.addLayout(row(PlainButton(text("settings.manual"), "folder-open", open_manual), None))
        self.findings = Card(text("settings.selfcheck"))
        self.findings.body.addLayout(row(PlainButton(text("settings.selfcheck_now"), "shield-check", self.check), None))
        self._shown: QWidget | None = None
        whole = ScrollBody()
        whole.body.addLayout(column(card, self.findings, None, space=3))
        self.setLayout(column(whole))

    def refresh(self) -> None:
        """Nothing here changes while the window is open."""

    def check(self) -> None:
        """Look whether the program is whole."""
        self._desk.tasks.run("work", lambda _task: selfcheck.run(), self._show, owner=self)

    def _show(self, findings: Sequence[Finding]) -> None:
        shown = QWidget()
        lines = column(space=2)
        for finding in findings:
            chip = Chip(text("cli.ok" if finding.ok else "cli.not_ok"), "good" if finding.ok else "late")
            lines.addLayout(row(chip, label(finding.name), label(finding.detail, "quiet"), None, space=3))
        shown.setLayout(lines)
        if self._shown is not None:
            self._shown.hide()
            self._shown.deleteLater()
        self._shown = shown
        self.findings.body.addWidget(shown)
