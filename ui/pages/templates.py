"""报表模板: the form a district sent as a grid; click a cell, choose an indicator; saved in the ledger, filled here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTableWidget,
    QTableWidgetItem,
)

from mhdesk.domain.changes import Changes
from mhdesk.domain.task import Task
from mhdesk.services import rollups, templates
from mhdesk.services.templates import TemplateLine
from mhdesk.text import text
from ui import theme
from ui.dialogs import ask_files
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.widgets import Beside, Card, ChoiceBar, IconLineEdit, LabelledField, LinkButton, Notice, PlainButton, label, row

if TYPE_CHECKING:
    from mhdesk.files.template_sheet import Grid

_SIDES = ("value", "numerator", "denominator", "gap", "target")
_MOST_WORDS = 9  # characters of a column
_LEAST_ROWS = 8
_MOST_PROBLEMS = 6
_MOST_SHOWN = 60  # characters of the chosen cell
_KINDS = ("xlsx", "xls", "et", "xlsm")  # all but the first are refused with the way out
_SPARE_ROWS = 5  # below the form, to place something there


class _Open(NamedTuple):
    """The form on the screen."""

    content: bytes
    grids: Sequence[Grid]


class TemplatesPage(Page):
    """Forms and where their numbers go."""

    topics = frozenset({"report_template"})
    shots = (Shot("templates", prepare=lambda page: page.show_place(5, 3)),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._open: _Open | None = None
        self._is_changed = False
        self._lines: Sequence[TemplateLine] = ()
        self.header.set_title(text("templates_page.title"))
        self.header.add_action(text("templates_page.open"), "folder-open", self.choose_file)
        self.spans = QComboBox()
        self.spans.setAccessibleName(text("templates_page.span"))
        for kind in rollups.PERIODS:
            for back in (0, 1):
                self.spans.addItem(text(f"templates_page.spans.{kind}_{back}"), (kind, back))
        self.header.add_widget(self.spans)
        self.fill_button = self.header.add_action(text("templates_page.fill"), "file-spreadsheet", self.choose_folder)
        self.header.set_primary(text("templates_page.save"), "save", self.save)
        self.notice = Notice()
        self.kept = QComboBox()
        self.kept.activated.connect(self._open_kept)
        self.name = QLineEdit()
        self.tabs = ChoiceBar()
        self.tabs.chosen.connect(lambda _key: self._show_sheet())
        self.grid = QTableWidget()
        self.grid.setAccessibleName(text("templates_page.grid"))
        self.grid.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.grid.setTabKeyNavigation(False)
        self.grid.currentItemChanged.connect(lambda *_items: self._tell_place())
        self.empty = label(text("templates_page.empty"), "quiet", wrap=True)
        self.finder = IconLineEdit(text("templates_page.find"), leading="list")
        self.finder.setAccessibleName(text("templates_page.find"))
        self.finder.textChanged.connect(self._search)
        self.finder.returnPressed.connect(self.place_chosen)
        self.grid.cellActivated.connect(lambda *_place: self.finder.setFocus())
        self.sides = QComboBox()
        for side in _SIDES:
            self.sides.addItem(text(f"templates_page.side.{side}"), text(f"placeholder.side.{side}").split("|")[0])
        self.choices = QListWidget()
        self.choices.setAccessibleName(text("templates_page.choices"))
        self.choices.itemActivated.connect(lambda _item: self.place_chosen())
        self.where = label("", "section", wrap=True)
        self._lay_out()

    def _lay_out(self) -> None:
        now = theme.current()
        main = Card()
        main.body.addWidget(self.tabs)
        main.body.addWidget(self.empty)
        main.body.addWidget(self.grid, 1)
        self.grid.setMinimumHeight(now.size("row") * _LEAST_ROWS)
        keeping = Card(text("templates_page.kept"))
        keeping.body.addWidget(LabelledField(text("templates_page.which"), self.kept))
        keeping.body.addWidget(LabelledField(text("templates_page.name"), self.name))
        placing = Card(text("templates_page.placing"))
        placing.body.addWidget(self.where)
        placing.body.addWidget(self.finder)
        placing.body.addWidget(self.choices, 1)
        self.choices.setMinimumHeight(now.size("row") * _LEAST_ROWS)
        placing.body.addWidget(LabelledField(text("templates_page.part"), self.sides))
        self.put_button = PlainButton(text("templates_page.put"), "check", self.place_chosen)
        self.clear_button = PlainButton(text("templates_page.clear"), "x", lambda: self._place(""))
        placing.body.addLayout(row(self.clear_button, None, self.put_button))
        copying = LinkButton(text("templates_page.copy"), "copy", self.copy_chosen)
        placing.body.addLayout(row(copying, None))
        placing.body.addWidget(label(text("templates_page.copy_note"), "quiet_small", wrap=True))
        erase = QShortcut(QKeySequence("Delete"), self.grid)
        erase.setContext(Qt.ShortcutContext.WidgetShortcut)
        erase.activated.connect(lambda: self._place(""))
        self.body.addWidget(self.notice)
        self.body.addWidget(Beside(main, placing, keeping), 1)
        self.takes_keys = self.grid
        self._search("")
        self._show_state()

    # ---- reading

    def refresh(self) -> None:
        """The forms kept; the first one is opened where none is open."""
        ledger = self.desk.ledger
        self.desk.tasks.run("ledger", lambda _task: templates.listed(ledger), self._show_kept, owner=self)

    def _show_kept(self, lines: Sequence[TemplateLine]) -> None:
        self._lines = lines
        self.kept.clear()
        for line in lines:
            self.kept.addItem(text("templates_page.line", name=line.name, revision=line.revision), line.name)
        if not lines:
            self.kept.addItem(text("templates_page.none"), "")
        at = self.kept.findData(self.name.text().strip())
        self.kept.setCurrentIndex(max(at, 0))
        if self._open is None and lines:
            self._open_kept()
        self._show_state()

    def _open_kept(self, _index: int = 0) -> None:
        name, ledger = str(self.kept.currentData() or ""), self.desk.ledger
        if not name:
            return

        def job(_task: Task) -> _Open:
            content = templates.load(ledger, name)
            return _Open(content, templates.look(content))

        self.desk.tasks.run("ledger", job, lambda found: self._show_form(found, name), owner=self)

    def choose_file(self) -> None:
        """Open a form from a file."""
        ask_files.open_file(self, text("templates_page.open"), _KINDS, self.open_file)

    def open_file(self, file: Path) -> None:
        """Show the form in a file; nothing is kept until 保存."""

        def job(_task: Task) -> _Open:
            content = templates.read(file)
            return _Open(content, templates.look(content))

        def done(found: _Open) -> None:
            self._show_form(found, file.stem)
            self._is_changed = True
            self._show_state()

        self.desk.tasks.run("work", job, done, title=text("templates_page.reading"), owner=self)

    # ---- showing

    def _show_form(self, found: _Open, name: str) -> None:
        self._open, self._is_changed = found, False
        self.name.setText(name)
        self.notice.clear()
        while (key := self.tabs.key()) is not None:
            self.tabs.remove(key)
        for number, grid in enumerate(found.grids):
            self.tabs.add(str(number), grid.name)
        self.tabs.choose("0")
        self._show_sheet()

    def _sheet(self) -> Grid | None:
        return self._open.grids[int(self.tabs.key() or 0)] if self._open and self._open.grids else None

    def _show_sheet(self) -> None:
        sheet = self._sheet()
        if sheet is None:
            return
        now = theme.current()
        at = self.grid.currentRow(), self.grid.currentColumn()
        self.grid.clear()
        self.grid.clearSpans()
        width = max((len(line) for line in sheet.rows), default=0) + 1  # one to spare
        self.grid.setRowCount(len(sheet.rows) + _SPARE_ROWS)
        self.grid.setColumnCount(width)
        self.grid.setHorizontalHeaderLabels([templates.column_letters(column + 1) for column in range(width)])
        for number, line in enumerate([*sheet.rows, *([[""] * width] * _SPARE_ROWS)]):
            for column, words in enumerate(line):
                item = QTableWidgetItem(words)
                item.setToolTip(words)
                if "{{" in words:
                    item.setBackground(now.colour("brand_soft"))
                    item.setForeground(now.colour("brand"))
                self.grid.setItem(number, column, item)
        for merge in sheet.merges:
            down, across = merge.last_row - merge.row + 1, merge.last_column - merge.column + 1
            self.grid.setSpan(merge.row - 1, merge.column - 1, down, across)
        covered = {(merge.row - 1, merge.column - 1) for merge in sheet.merges if merge.column != merge.last_column}
        for column in range(width):
            cells = (
                line[column]
                for number, line in enumerate(sheet.rows)
                if column < len(line) and (number, column) not in covered
            )
            longest = max((len(words) for words in cells), default=0)
            self.grid.setColumnWidth(column, now.em(min(max(longest, 4), _MOST_WORDS)) + now.space(4))
        self.grid.setCurrentCell(max(at[0], 0), max(at[1], 0))
        if sheet.is_protected:
            self.notice.say(text("template.remark.protected", sheet=sheet.name), "info")
        elif sheet.is_cut:
            self.notice.say(text("templates_page.cut"), "info")
        self._show_state()

    def _show_state(self) -> None:
        is_open = self._open is not None
        self.empty.setVisible(not is_open)
        self.grid.setVisible(is_open)
        self.tabs.setVisible(is_open)
        for button in (self.fill_button, self.put_button, self.clear_button, self.header.primary):
            if button is not None:
                button.setEnabled(is_open)
        self.header.set_note(text("templates_page.unsaved") if self._is_changed else "")
        self._tell_place()

    def _tell_place(self) -> None:
        line, column = self.grid.currentRow(), self.grid.currentColumn()
        if self._open is None or line < 0:
            self.where.setText(text("templates_page.nowhere"))
            return
        cell = f"{templates.column_letters(column + 1)}{line + 1}"
        item = self.grid.item(line, column)
        words = item.text().strip() if item else ""
        key = "where_words" if words else "where"
        self.where.setText(text(f"templates_page.{key}", cell=cell, words=words[:_MOST_SHOWN]))

    def show_place(self, line: int, column: int) -> None:
        """Go to a cell, from 0 on (for pictures of the page)."""
        self.grid.setCurrentCell(line, column)

    # ---- placing

    def _search(self, words: str) -> None:
        self.choices.clear()
        for choice in templates.search(words):
            item = QListWidgetItem(choice.name)
            item.setData(Qt.ItemDataRole.UserRole, (choice.words, choice.is_number))
            self.choices.addItem(item)
        self.choices.setCurrentRow(0)

    def place_chosen(self) -> None:
        """Put what is chosen into the cell."""
        if words := self._chosen_words():
            self._place(words)

    def copy_chosen(self) -> None:
        """What is chosen, in braces, for the clipboard: to be typed into a header or a text box by hand."""
        if words := self._chosen_words():
            QGuiApplication.clipboard().setText(f"{{{{{words}}}}}")
            self.notice.say(text("templates_page.copied", words=f"{{{{{words}}}}}"), "info")

    def _chosen_words(self) -> str:
        if self.choices.currentRow() < 0:
            self.notice.say(text("templates_page.nothing_found"), "missing")
            return ""
        words, is_number = self.choices.currentItem().data(Qt.ItemDataRole.UserRole)
        is_side = is_number and self.sides.currentIndex() > 0
        return f"{words}.{self.sides.currentData()}" if is_side else str(words)

    def _place(self, words: str) -> None:
        sheet, line, column = self._sheet(), self.grid.currentRow() + 1, self.grid.currentColumn() + 1
        if sheet is None or line < 1 or self._open is None:
            self.notice.say(text("templates_page.nowhere"), "missing")
            return
        content, name = self._open.content, sheet.name

        def job(_task: Task) -> _Open:
            made = templates.place(content, name, line, column, words)
            return _Open(made, templates.look(made))

        def done(made: _Open) -> None:
            self._open, self._is_changed = made, True
            self._show_sheet()
            self.grid.setFocus()

        self.desk.tasks.run("work", job, done, owner=self)

    # ---- keeping and filling

    def save(self) -> None:
        """Keep the form under its name, as a new revision."""
        if self._open is None:
            return
        content, name, ledger = self._open.content, self.name.text().strip(), self.desk.ledger

        def done(changes: Changes) -> None:
            self._is_changed = False
            self.desk.saved()
            self.desk.changes.publish(changes, source=self)
            self.notice.say(text("templates_page.saved", name=name), "good")
            self.refresh()

        self.desk.tasks.run("ledger", lambda _task: templates.save(ledger, name, content), done, owner=self)

    def leave(self) -> None:
        """What was placed is never lost: it is kept as a new revision."""
        if self._open is not None and self._is_changed and self.name.text().strip():
            self.save()

    def choose_folder(self) -> None:
        """Ask where the filled form goes."""
        ask_files.open_folder(self, text("templates_page.fill_to"), self.fill_to)

    def fill_to(self, folder: Path) -> None:
        """Keep the form, fill it from the chosen period's roll-up and write it; name what could not be filled."""
        if self._open is None:
            return
        kind, back = self.spans.currentData()
        content, name, ledger, today = self._open.content, self.name.text().strip(), self.desk.ledger, self.desk.today()

        def job(task: Task) -> tuple[templates.Written, Changes]:
            changes = templates.save(ledger, name, content)
            rollup = rollups.build(ledger, period=kind, on=rollups.day_in(ledger, kind, back, today=today), today=today)
            return templates.write(ledger, rollup, name, folder, today=today, task=task), changes

        def done(made: tuple[templates.Written, Changes]) -> None:
            written, changes = made
            self._is_changed = False
            self.desk.changes.publish(changes, source=self)
            lines = templates.problem_lines(written.filled)
            shown = lines[:_MOST_PROBLEMS]
            if len(lines) > len(shown):
                shown.append(text("templates_page.more", count=len(lines) - len(shown)))
            said = text("templates_page.filled", count=written.filled.cells, name=written.file.name, folder=folder)
            self.notice.say("\n".join([said, *shown]), "missing" if written.filled.problems else "good")
            self.refresh()

        self.desk.tasks.run("ledger", job, done, title=text("templates_page.filling"), owner=self)

    def export(self) -> None:
        """Ctrl+E."""
        if self._open is not None:
            self.choose_folder()

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("templates_page.help")
