"""导入表格: choose a file, see what it would do row by row, then store it; what is given back comes as a workbook."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QStackedWidget

from mhdesk.domain.task import Task
from mhdesk.services import imports
from mhdesk.services.imports import ImportResult
from mhdesk.text import text
from ui.dialogs import ask_files
from ui.dialogs.import_preview import COUNTS, problem_columns
from ui.pages.base import Desk, Page, Shot
from ui.tables import TablePanel
from ui.widgets import Card, Chip, EmptyState, Notice, PlainButton, row


class ImportsPage(Page):
    """Import with a dry run first: nothing is stored before the doctor has seen what would happen."""

    shots = (Shot("imports"),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.file: Path | None = None
        self.header.set_title(text("imports_page.title"))
        self.header.add_action(text("imports_page.choose"), "folder-open", self.choose)
        self.header.add_action(text("past_imports.title"), "history", lambda: desk.open_page("past_imports"))
        self.store_button = self.header.set_primary(text("imports_page.store"), "check", self.store)
        self.store_button.setEnabled(False)
        self.notice = Notice()
        self.chips = {key: Chip("", tone) for key, tone in COUNTS}
        self.open_rejected = PlainButton(text("imports_page.open_rejected"), "file-spreadsheet", self._open_rejected)
        self.table = TablePanel(desk.tasks, problem_columns())
        self.table.set_name(text("imports_page.problems"))
        self.table.set_empty("circle-check", text("imports_page.no_problems"), text("imports_page.no_problems_next"))
        card = Card(text("imports_page.problems"))
        card.body.addWidget(self.table, 1)
        start = EmptyState(
            "upload", text("imports_page.start"), text("imports_page.start_next"), text("imports_page.choose")
        )
        start.acted.connect(self.choose)
        begin = Card()
        begin.body.addWidget(start, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(begin)
        self.stack.addWidget(card)
        self.body.addWidget(self.notice)
        self.body.addLayout(row(*self.chips.values(), None, self.open_rejected))
        self.body.addWidget(self.stack, 1)
        self._rejected_file: Path | None = None
        self._show_counts(None)

    def choose(self) -> None:
        """Ask for a file, then read it without storing anything."""
        ask_files.open_file(self, text("imports_page.choose"), ask_files.TABLES, self.preview)

    def preview(self, file: Path) -> None:
        """Read `file` and show what an import would do."""
        self.file = file
        self.store_button.setEnabled(False)
        self._run(file, dry_run=True)

    def store(self) -> None:
        """Store what the preview showed."""
        if self.file is not None:
            self.store_button.setEnabled(False)
            self._run(self.file, dry_run=False)

    def _run(self, file: Path, *, dry_run: bool) -> None:
        ledger, today = self.desk.ledger, self.desk.today()

        def job(task: Task) -> ImportResult:
            return imports.import_file(ledger, file, dry_run=dry_run, today=today, task=task)

        title = text("imports_page.reading" if dry_run else "imports_page.storing", name=file.name)
        show = self._show_preview if dry_run else self._show_stored
        self.desk.tasks.run("ledger", job, show, title=title, owner=self)

    def _show_preview(self, result: ImportResult) -> None:
        self._show(result)
        name = self.file.name if self.file else ""
        has_something = bool(result.new or result.changed)
        key = "imports_page.previewed" if has_something else "imports_page.nothing_new"
        self.notice.say(text(key, name=name, rows=result.rows), "info" if has_something else "good")
        self.store_button.setEnabled(has_something)

    def _show_stored(self, result: ImportResult) -> None:
        self._show(result)
        given_back = result.conflict + result.rejected
        key = "imports_page.stored_partly" if given_back else "imports_page.stored"
        count = result.new + result.changed
        self.notice.say(text(key, count=count, given_back=given_back), "missing" if given_back else "good")
        self.desk.saved()
        self.desk.changes.publish(result.changes, source=self)

    def _show(self, result: ImportResult) -> None:
        self._show_counts(result)
        self.table.show_rows(result.problems)
        self.stack.setCurrentIndex(1)

    def _show_counts(self, result: ImportResult | None) -> None:
        for key, chip in self.chips.items():
            chip.setVisible(result is not None)
            if result is not None:
                chip.setText(text(f"imports_page.count.{key}", count=getattr(result, key)))
        self._rejected_file = result.rejected_file if result else None
        self.open_rejected.setVisible(self._rejected_file is not None)

    def _open_rejected(self) -> None:
        if self._rejected_file is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._rejected_file)))
