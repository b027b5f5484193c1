"""报表: the week's official table on the screen, its names by double click, its pages, export, print, submit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QMenu, QStackedWidget, QWidget

from mhdesk.domain.task import Task
from mhdesk.reports.model import Cell, Report
from mhdesk.rules.rollup import RollUp
from mhdesk.services import indicators, rollups, rulesets
from mhdesk.services.indicators import Named
from mhdesk.services.rulesets import Choice
from mhdesk.text import text
from ui import messages, printing, theme
from ui.pages.base import Desk, Page, Params, Shot, keys_of
from ui.tables import Column, TablePanel
from ui.tables.sheet_view import SheetView
from ui.widgets import Card, ChoiceBar, IconButton, Notice, PlainButton, column, label, row

_WEEK = timedelta(days=7)
_PREVIEW = "preview"
_LEAST_ROWS = 7  # of the table, header included
_SIDES = ("numerator", "denominator", "gap")
_MORE = ("ahead", "templates")


@dataclass(frozen=True)
class _Shown:
    """What one reading of the ledger gives the page."""

    rollup: RollUp
    report: Report
    revisions: int  # how often this period was submitted
    is_as_sent: bool


class ReportsPage(Page):
    """The weekly report."""

    topics = frozenset({"patient", "follow_up", "movement", "unit", "unit_year", "setting", "submission"})
    shots = (
        Shot("reports"),
        Shot("reports-preview", prepare=lambda page: page.choose_tab(_PREVIEW)),
        Shot("reports-names", prepare=lambda page: page.open_first_names()),
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._on: date = desk.today()
        self._shown: _Shown | None = None
        self._names: Sequence[Named] = ()
        self._wanted: tuple[str, str] | None = None  # names to open when the numbers are there: indicator, side
        self._own_rules: str | None = None  # the rule set the doctor chose to look through, on this page only
        self.header.set_title(text("report_page.title"))
        self.header.add_widget(IconButton("chevron-left", text("report_page.earlier"), lambda: self._move(-_WEEK)))
        self.header.add_widget(IconButton("chevron-right", text("report_page.later"), lambda: self._move(_WEEK)))
        self.sets = QComboBox()
        self.sets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.sets.setAccessibleName(text("settings.rule_set"))
        self.sets.activated.connect(self._look_through)
        self.header.add_widget(self.sets)
        self.header.add_action(text("report_page.export"), "download", self.export)
        self.header.add_action(text("report_page.print"), "printer", self.print_)
        self.more_button = self.header.add_action(text("report_page.more"), "ellipsis", self.open_more)
        self.header.set_primary(text("report_page.submit"), "check", self.submit)
        self.notice = Notice()
        self.tabs = ChoiceBar()
        self._tab_keys: list[str] = []
        self.tabs.chosen.connect(self.choose_tab)
        self.sheet = SheetView()
        self.sheet.opened.connect(self.open_names)
        self.preview = printing.Preview(self)
        self.table = TablePanel(desk.tasks, _name_columns())
        self.table.set_name(text("report_page.list"))
        self.table.set_empty("users", text("report_page.nobody"))
        self.table.opened.connect(lambda place: desk.open_page("patient", patient_id=self._names[place].id))
        self.names_title = label("", "section")
        self.names_note = label("", "quiet", wrap=True)
        names = Card()
        back = PlainButton(text("report_page.back"), "arrow-left", self.close_names)
        names.body.addLayout(row(self.names_title, None, back))
        names.body.addWidget(self.names_note)
        names.body.addWidget(self.table, 1)
        self.stack = QStackedWidget()
        for part in (_carded(self.sheet), _carded(self.preview), names):
            self.stack.addWidget(part)
        self.stack.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        self.takes_keys = self.sheet
        self.body.addWidget(self.notice)
        self.body.addWidget(self.tabs)
        self.body.addWidget(self.stack, 1)

    # ---- reading

    def activate(self, params: Params) -> None:
        """With `names` (an indicator) and `side`: open the people behind that number of the whole unit."""
        if "names" in params and dict(params) != dict(self.params):
            self._wanted = str(params["names"]), str(params.get("side", "numerator"))
        super().activate(params)

    def refresh(self) -> None:
        """Read rule sets, then the roll-up."""
        if "on" in self.params:
            self._on = date.fromisoformat(str(self.params["on"]))
        ledger = self.desk.ledger
        self.desk.tasks.run("ledger", lambda _task: rulesets.choice(ledger), self._show_rules, owner=self)

    def _show_rules(self, choice: Choice) -> None:
        kept = self._own_rules or choice.default.id
        self.sets.clear()
        for rules in choice.available:
            self.sets.addItem(rules.name, rules.id)
        self.sets.setCurrentIndex(max(0, self.sets.findData(kept)))
        self._read()

    def _look_through(self, _index: int) -> None:
        self._own_rules = self.sets.currentData()
        self._read()

    def _read(self) -> None:
        from mhdesk.reports import weekly

        ledger, on, rules, today = self.desk.ledger, self._on, self.sets.currentData(), self.desk.today()

        def job(task: Task) -> _Shown:
            task.step(0, 0, text("report_page.counting"))
            rollup = rollups.build(ledger, period="weekly", on=on, rules=rules, today=today)
            sent = rollups.submissions(ledger, period="weekly", start=rollup.period.start)
            is_as_sent = bool(sent) and sent[-1].data_hash == rollup.data_hash
            return _Shown(rollup, weekly.build(rollup), len(sent), is_as_sent)

        self.desk.tasks.run("ledger", job, self._show, title=text("report_page.counting"), owner=self)

    def _show(self, shown: _Shown) -> None:
        self._shown = shown
        period = shown.rollup.period
        self.header.set_title(text("report_page.titled", label=period.label))
        note = "report_page.sent" if shown.is_as_sent else "report_page.changed" if shown.revisions else ""
        if note:
            self.notice.say(text(note, revision=shown.revisions), "good" if shown.is_as_sent else "missing")
        else:
            self.notice.clear()
        if self.header.primary is not None:
            self.header.primary.setEnabled(not shown.is_as_sent)
        names = [sheet.name for sheet in shown.report.sheets]
        if self._tab_keys != [*names, _PREVIEW]:
            self._tab_keys = [*names, _PREVIEW]
            for name in names:
                self.tabs.add(name, name)
            self.tabs.add(_PREVIEW, text("report_page.preview"))
        self.choose_tab(self.tabs.key() or names[0])
        if self._wanted is not None:
            (indicator, side), self._wanted = self._wanted, None
            self._open_side(indicator, side)

    # ---- looking

    def choose_tab(self, key: str) -> None:
        """Show one table, or the pages as they will print."""
        if self._shown is None:
            return
        self.tabs.choose(key)
        if key != _PREVIEW:
            self.sheet.show_sheet(self._shown.report.sheets[self._tab_keys.index(key)])
            self.stack.setCurrentIndex(0)
            self.sheet.setFocus()
            return
        self._with_pdf(self._show_preview)

    def _show_preview(self, content: bytes) -> None:
        self.preview.show_pdf(content)
        self.stack.setCurrentIndex(1)

    def open_names(self, cell: Cell) -> None:
        """The people behind a number: the same ids that were counted."""
        if self._shown is None or cell.members is None:
            return
        indicator, _, side = cell.key.partition(".")
        units = self._shown.rollup.units
        unit = next((one.unit.name for one in units if one.unit.id == cell.unit_id), text("reports.total"))
        self._ask_names(indicator, side, unit, list(cell.members), cell.hint)

    def _open_side(self, indicator: str, side: str) -> None:
        """The people behind one side of a number of the whole unit; `gap`: those who are missing from it."""
        if self._shown is None:
            return
        ids = list(indicators.members(self._shown.rollup, indicator, side=side))
        hints = [cell.hint for line in self._shown.report.sheets[0].rows for cell in line
                 if cell is not None and cell.key == indicator]  # fmt: skip
        self._ask_names(indicator, side, text("reports.total"), ids, hints[0] if hints else "")

    def _ask_names(self, indicator: str, side: str, unit: str, ids: list[int], hint: str) -> None:
        if self._shown is None:
            return
        ledger, rollup = self.desk.ledger, self._shown.rollup
        side_words = text(f"report_page.side.{side}") if side in _SIDES else ""
        name = text(f"indicator.{indicator}.name")
        self.names_title.setText(text("report_page.names", unit=unit, name=name, side=side_words, count=len(ids)))
        self.names_note.setText(hint)
        self.names_note.setVisible(bool(hint))

        def job(_task: Task) -> list[Named]:
            return indicators.people(ledger, rollup, indicator, ids, identified=True)

        self.desk.tasks.run("ledger", job, self._show_names, owner=self)

    def open_first_names(self) -> None:
        """The names of the first number that stands for somebody (for pictures of the page)."""
        if self._shown is not None:
            self.choose_tab(self._tab_keys[0])
        rows = self._shown.report.sheets[0].rows if self._shown else ()
        cells = [cell for line in rows for cell in line if cell is not None and cell.members]
        if cells:
            self.open_names(cells[-1])

    def _show_names(self, names: list[Named]) -> None:
        self._names = names
        self.table.shown.connect(self._start_at_top, Qt.ConnectionType.SingleShotConnection)
        self.table.show_rows(names)
        self.stack.setCurrentIndex(2)

    def _start_at_top(self) -> None:
        """The first person is the current one, so that arrows and Enter work at once."""
        self.table.view.selectRow(0)
        self.table.view.setFocus()

    def close_names(self) -> None:
        """Back to the table."""
        self.stack.setCurrentIndex(0)
        self.sheet.setFocus()

    def takes_escape(self) -> bool:
        """Esc leaves the names first."""
        if self.stack.currentIndex() == 2:  # noqa: PLR2004 - the third sheet of the stack
            self.close_names()
            return True
        return False

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("report_page.help")

    def _move(self, step: timedelta) -> None:
        if self._on + step <= self.desk.today() + _WEEK:
            self._on = min(self._on + step, self.desk.today())
            self._read()

    def more_pages(self) -> QMenu:
        """What else belongs to reports, each on a page of its own."""
        menu = QMenu(self)
        for key in _MORE:
            action = menu.addAction(text(f"shell.nav.{key}"))
            action.triggered.connect(lambda _checked=False, key=key: self.desk.open_page(key))
        return menu

    def open_more(self) -> None:
        """Show that menu under its button."""
        menu = self.more_pages()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.more_button.mapToGlobal(self.more_button.rect().bottomLeft()))

    # ---- files and paper

    def export(self) -> None:
        """Write the table as xlsx and pdf into a folder of the doctor's choice."""
        if self._shown is None:
            return
        dialog = QFileDialog(self, text("report_page.export_to"), str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda folder: self.write_to(Path(folder)))
        dialog.open()

    def write_to(self, folder: Path) -> None:
        """Write what is shown as xlsx and pdf into `folder`."""
        if self._shown is None:
            return
        rollup, ledger = self._shown.rollup, self.desk.ledger

        def job(task: Task) -> list[Path]:
            return rollups.write(ledger, rollup, folder, task=task)

        self.desk.tasks.run("ledger", job, self._tell_written, title=text("report_page.writing"), owner=self)

    def _tell_written(self, files: list[Path]) -> None:
        names = "、".join(file.name for file in files)
        self.notice.say(text("report_page.written", names=names, folder=files[0].parent), "good")

    def print_(self) -> None:
        """Print the pages."""
        title = self.header.title()
        self._with_pdf(lambda content: printing.print_pdf(self.window(), content, title=title))

    def _with_pdf(self, then: Callable[[bytes], object]) -> None:
        if self._shown is None:
            return
        report = self._shown.report

        def job(task: Task) -> bytes:
            from mhdesk.files import pdf_write

            return pdf_write.report_bytes(report, task)

        self.desk.tasks.run("work", job, then, title=text("report_page.writing"), owner=self)

    def submit(self) -> None:
        """Freeze what is shown, after saying what is frozen."""
        if self._shown is None:
            return
        shown, ledger = self._shown, self.desk.ledger
        note = text("report_page.correction", revision=shown.revisions + 1) if shown.revisions else None

        def job(task: Task) -> rollups.Sent:
            return rollups.submit(ledger, shown.rollup, correction_note=note, checked_by=ledger.user_name, task=task)

        def yes() -> None:
            self.desk.tasks.run("ledger", job, self._submitted, title=text("report_page.submitting"), owner=self)

        messages.confirm(
            self.window(),
            title=text("report_page.submit"),
            sentence=text(
                "report_page.submit_sure",
                label=shown.rollup.period.label,
                rules=shown.rollup.rules.name,
                cut_off=shown.rollup.period.cut_off.isoformat(),
            ),
            verb=text("report_page.submit"),
            on_yes=yes,
        )

    def _submitted(self, _sent: rollups.Sent) -> None:
        self.desk.saved()
        self._read()


def _name_columns() -> list[Column]:
    return [
        Column("name", text("patients.column.name"), 9, is_bold=True),
        Column("masked_id", text("patients.column.id_number"), 12),
        Column("unit_name", text("patients.column.village"), 8),
        Column("reason", text("report_page.reason"), 16, is_stretched=True),
    ]


def _carded(part: QWidget) -> Card:
    card = Card()
    card.body.addLayout(column(part))
    return card
