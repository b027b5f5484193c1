"""The district's week as a table: institutions by numbers, who is missing, write, own form, freeze; drill-down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.task import Task
from mhdesk.reports import weekly as layout
from mhdesk.reports.model import Cell, Sheet
from mhdesk.services import templates
from mhdesk.services.district import report
from mhdesk.services.district.report import Person, Week
from mhdesk.text import text
from ui.dialogs import ask_files
from ui.pages import district_dialogs as dialogs
from ui.pages.base import Desk
from ui.tables.sheet_view import SheetView
from ui.widgets import Card, FlowLayout, IconButton, Notice, PlainButton, column, label, row

_WEEK = timedelta(days=7)


class ReportPart(QWidget):
    """One week; F5 and each merge read it anew."""

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__()
        self.desk, self._page = desk, page
        self._on = desk.today()
        self._week: Week | None = None
        self._sheets: Sequence[Sheet] = ()
        self.notice = Notice()
        self.title = label("", "section")
        self.sheets = QComboBox()
        self.sheets.setAccessibleName(text("district_page.sheet"))
        self.sheets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.sheets.activated.connect(self._show_sheet)
        self.sheet = SheetView()
        self.sheet.opened.connect(self.open_people)
        before = IconButton("chevron-left", text("district_page.earlier"), lambda: self.go(-1))
        self.later = IconButton("chevron-right", text("district_page.later"), lambda: self.go(1))
        buttons = FlowLayout(space=2, is_right=True)
        self.reopen_button = PlainButton(text("district_page.reopen.verb"), "undo-2", self.reopen)
        self.freeze_button = PlainButton(text("district_page.freeze.verb"), "check", self.freeze)
        for button in (
            PlainButton(text("district_page.template"), "file-spreadsheet", self.fill_template),
            PlainButton(text("district_page.export"), "download", self.export),
            self.reopen_button,
            self.freeze_button,
        ):
            buttons.addWidget(button)
        held = QWidget()
        held.setLayout(buttons)
        card = Card()
        head = row(before, self.title, self.later, self.sheets, held, space=2)
        head.setStretch(4, 1)
        card.body.addLayout(head)
        card.body.addWidget(self.notice)
        card.body.addWidget(self.sheet, 1)
        self.setLayout(column(card))

    def refresh(self) -> None:
        """Count the week anew."""
        ledger, on, today = self.desk.ledger, self._on, self.desk.today()

        def job(_task: Task) -> tuple[Week, bool]:
            week = report.build(ledger, on=on, today=today)
            return week, week.period.start.isoformat() in report.closed_weeks(ledger)

        self.desk.tasks.run("ledger", job, self._show, key="district-report", owner=self)

    def go(self, weeks: int) -> None:
        """Earlier or later, not beyond today."""
        self._on = min(self._on + _WEEK * weeks, self.desk.today())
        self.refresh()

    def _show(self, found: tuple[Week, bool]) -> None:
        self._week, is_closed = found
        week = self._week
        self.title.setText(week.period.label)
        self.later.setEnabled(week.period.end <= self.desk.today())
        self.freeze_button.setEnabled(not is_closed and bool(report.sent_of(week)))
        self.reopen_button.setVisible(is_closed)
        self._sheets = layout.build(week.rollup, [report.standing_sheet(week)]).sheets
        at = max(0, self.sheets.currentIndex())
        self.sheets.clear()
        for one in self._sheets:
            self.sheets.addItem(one.name)
        self.sheets.setCurrentIndex(min(at, len(self._sheets) - 1))
        self._show_sheet()
        said = [report.missing_words(week)] if report.missing_words(week) else []
        said += [f"{one.name}：{'；'.join(report.notes_of(one))}" for one in week.lines if one.notes]
        if is_closed:
            said.insert(0, text("district_page.closed"))
        self.notice.clear()
        if said:
            self.notice.say("\n".join(said), "info" if is_closed else "late")

    def _show_sheet(self) -> None:
        self.sheet.show_sheet(self._sheets[max(0, self.sheets.currentIndex())])

    def open_people(self, cell: Cell) -> None:
        """Who stands behind a number, where the packages say it."""
        week, key = self._week, cell.key.partition(".")[0]
        if week is None or not key or key not in week.rollup.total:
            return
        ledger, unit_id = self.desk.ledger, cell.unit_id
        unit = next((one.name for one in week.lines if one.unit_id == unit_id), text("reports.total"))

        def show(found: list[Person] | None) -> None:
            if found is None:
                self.notice.say(text("district_page.totals_only", unit=unit), "info")
                return
            name = text(f"indicator.{key}.name")
            title = text("district_page.people.title", unit=unit, name=name, count=len(found))
            dialogs.PeopleDialog(self.desk, title, found, self).open()

        self.desk.tasks.run("ledger", lambda _task: report.people(ledger, week, key, unit_id=unit_id), show, owner=self)

    def export(self) -> None:
        """The table as xlsx and pdf."""
        ask_files.open_folder(self, text("district_page.export_to"), self.export_to)

    def export_to(self, folder: Path) -> None:
        """Write both files."""
        if self._week is None:
            return
        ledger, week = self.desk.ledger, self._week
        self.desk.tasks.run(
            "ledger",
            lambda task: report.write(ledger, week, folder, task=task),
            lambda files: self.notice.say(text("district_page.exported", file=files[0].name, folder=folder), "good"),
            title=text("district_page.exporting"),
            owner=self,
        )

    def fill_template(self) -> None:
        """The district's own form, one that is kept or a file."""
        ask_files.open_file(self, text("district_page.template"), ("xlsx",), self.fill)

    def fill(self, form: Path) -> None:
        """Fill it beside where it lies."""
        if self._week is None:
            return
        ledger, week, today = self.desk.ledger, self._week, self.desk.today()

        def job(task: Task) -> templates.Written:
            return templates.write(ledger, week.rollup, str(form), form.parent, today=today, task=task)

        def done(written: templates.Written) -> None:
            problems = templates.problem_lines(written.filled)
            words = text("district_page.filled", file=written.file.name, folder=written.file.parent)
            self.notice.say("\n".join([words, *problems]), "late" if problems else "good")

        self.desk.tasks.run("ledger", job, done, title=text("district_page.exporting"), owner=self)

    def freeze(self) -> None:
        """Freeze the week."""
        if self._week is not None:
            dialogs.freeze(self.desk, self, self._week, lambda: self._stored(Changes({"submission": frozenset()})))

    def reopen(self) -> None:
        """Open a frozen week again."""
        if self._week is not None:
            dialogs.reopen(self.desk, self, self._week, self._stored)

    def _stored(self, changes: Changes) -> None:
        self.desk.saved()
        self.desk.changes.publish(changes, source=self._page)
        self.refresh()

    def show_week(self, on: date) -> None:
        """The week that holds a day."""
        self._on = min(on, self.desk.today())
        self.refresh()
