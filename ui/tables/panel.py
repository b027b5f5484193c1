"""A whole table: view, foot with count and sum, and what stands there while it is empty, waiting or failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from mhdesk.domain.errors import UserError
from mhdesk.domain.task import Task
from mhdesk.text import error_text, text
from ui import theme
from ui.tables.column import Column, as_number
from ui.tables.model import PAGE_ROWS, PagedModel
from ui.tables.source import ListSource, TableQuery, TableSource
from ui.tables.view import DataTable
from ui.tasks import TaskRunner
from ui.widgets import EmptyState, IconButton, label, row

#: Adding up stops being immediate beyond this many selected rows: then only the count is shown.
_SUM_ROWS = 2000


class TablePanel(QWidget):
    """A table of any length. Give it a source; it does the rest.

    table = TablePanel(desk.tasks, COLUMNS)
    table.set_empty("inbox", "没有到期的随访", "下一位在 11-23 到期。")
    table.set_source(PagedSource(…))      # or table.show_rows(rows) for rows already at hand
    table.opened.connect(self._open_patient)   # id of the row (its position for show_rows)
    """

    opened = Signal(int)
    empty_acted = Signal()
    columns_changed = Signal(list)
    shown = Signal()

    def __init__(self, tasks: TaskRunner, columns: Sequence[Column], parent: QWidget | None = None, *,
                 has_foot: bool = True) -> None:  # fmt: skip
        super().__init__(parent)
        self._tasks = tasks
        self.model = PagedModel(tasks, columns, self)
        self.view = DataTable(self.model)
        self._empty = EmptyState("inbox", text("table.empty_title"))
        self._failed = EmptyState("circle-alert", text("table.failed_title"), "", text("table.retry"))
        self._waiting = label(text("table.loading"), "quiet")
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        for part in (self.view, self._empty, self._failed, self._waiting):
            self._stack.addWidget(part)
        self._count = label("", "quiet_small")
        self._chosen = label("", "quiet_small")
        self._foot = QWidget()
        self._foot.setLayout(row(self._count, self._chosen, None, self._columns_button(), space=4))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.current().space(1))
        lines.addWidget(self._stack, 1)
        lines.addWidget(self._foot)
        self._foot.setVisible(has_foot)  # after it has a parent: before, it would be a window of its own
        self._connect()

    def _columns_button(self) -> IconButton:
        button = IconButton("columns-3", text("table.columns_tip"))
        button.clicked.connect(lambda: self.view.choose_columns(button.mapToGlobal(button.rect().topLeft())))
        return button

    def _connect(self) -> None:
        self.view.opened.connect(self.opened)
        self.view.columns_changed.connect(self.columns_changed)
        self.view.selection_changed.connect(self._show_foot)
        self.view.copy_requested.connect(self.copy_selection)
        self._empty.acted.connect(self.empty_acted)
        self._failed.acted.connect(self.model.reload)
        self.model.modelReset.connect(self._show_rows)
        self.model.loading_changed.connect(self._show_loading)
        self.model.failed.connect(self._show_failure)
        self.model.dataChanged.connect(lambda *_: self._show_foot())

    def set_source(self, source: TableSource, query: TableQuery | None = None) -> None:
        """Show another source, keeping the order the doctor chose unless `query` says otherwise."""
        self.model.set_source(source, query)

    def show_rows(self, rows: Sequence[Any]) -> None:
        """Show rows already at hand. Their ids are their positions in `rows`."""
        self.set_source(ListSource(rows, self.model.columns))

    def set_filters(self, **filters: str) -> None:
        """Ask the source again with other filters."""
        query = self.model.query
        self.model.query = TableQuery(query.sort_key, query.is_descending, filters)
        self.model.reload()

    def reload(self) -> None:
        """Ask the source again (something changed)."""
        self.model.reload()

    def set_name(self, words: str) -> None:
        """What a screen reader calls the table."""
        self.view.setAccessibleName(words)

    def set_empty(self, icon_name: str, title: str, sentence: str = "", action: str = "") -> None:
        """What an empty list says: why it is empty and what to do. `empty_acted` tells when the button is used."""
        fresh = EmptyState(icon_name, title, sentence, action)
        fresh.acted.connect(self.empty_acted)
        self._stack.insertWidget(self._stack.indexOf(self._empty), fresh)
        if self._stack.currentWidget() is self._empty:
            self._stack.setCurrentWidget(fresh)
        self._stack.removeWidget(self._empty)
        self._empty.deleteLater()
        self._empty = fresh

    def count(self) -> int:
        """How many rows the list has."""
        return len(self.model.ids())

    def state(self) -> str:
        """What is seen: rows, empty, failed or waiting."""
        names: dict[QWidget | None, str] = {self.view: "rows", self._empty: "empty", self._failed: "failed"}
        return names.get(self._stack.currentWidget(), "waiting")

    def copy_selection(self) -> None:
        """Put the selected rows on the clipboard, with the header, as WPS and Excel take them.

        Rows not at hand are fetched in the source's lane, so copying 50,000 rows does not stop the window.
        """
        source, numbers = self.model.source, self.view.selected_rows()
        if source is None or not numbers:
            return
        ids = [self.model.ids()[number] for number in numbers]
        columns = [self.model.columns[number] for number in self.view.shown_columns()]

        def job(task: Task) -> str:
            lines = ["\t".join(column.title for column in columns)]
            for start in range(0, len(ids), PAGE_ROWS):
                task.step(start, len(ids), "")
                lines += [
                    "\t".join(_flat(column.text_of(each)) for column in columns)
                    for each in source.rows(ids[start : start + PAGE_ROWS])
                    if each is not None
                ]
            return "\n".join(lines)

        title = text("table.copying", count=len(ids))
        self._tasks.run(source.lane, job, _to_clipboard, title=title, owner=self)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The rows take the keys; while there are none yet, the panel waits for them."""
        super().focusInEvent(event)
        if self.state() == "rows":
            self.view.setFocus()

    def foot_words(self) -> str:
        """What the foot says, for tests and screen readers."""
        return " ".join(part.text() for part in (self._count, self._chosen) if part.text())

    def _show_rows(self) -> None:
        self._stack.setCurrentWidget(self.view if self.count() else self._empty)
        if self.hasFocus() and self.count():
            self.view.setFocus()
        self._show_foot()
        self.shown.emit()

    def _show_loading(self, is_loading: bool) -> None:  # noqa: FBT001 - a signal's argument
        # Rows already seen stay while they are read again; only a first reading shows that it waits.
        if is_loading and not self.count():
            self._stack.setCurrentWidget(self._waiting)

    def _show_failure(self, error: BaseException) -> None:
        if not isinstance(error, UserError):
            self._failed.show_words(text("table.failed_title"), "", text("table.retry"))
            self._stack.setCurrentWidget(self._failed)
            self._tasks.report(error)
            return
        words = error_text(error.code, **error.params)
        self._failed.show_words(words.message, words.next, text("table.retry"))
        self._stack.setCurrentWidget(self._failed)

    def _show_foot(self) -> None:
        self._count.setText(text("table.count", count=self.count()))
        numbers = self.view.selected_rows()
        words = [text("table.selected", count=len(numbers))] if numbers else []
        if 1 < len(numbers) <= _SUM_ROWS:
            words += self._sums(numbers)
        self._chosen.setText("  ".join(words))

    def _sums(self, numbers: list[int]) -> list[str]:
        """Sums of the number columns over the selected rows, as far as they are at hand."""
        rows = [found for number in numbers if (found := self.model.row_at(number)) is not None]
        found = []
        for each in self.view.shown_columns():
            column = self.model.columns[each]
            if column.kind == "number" and len(rows) == len(numbers):
                values = [value for one in rows if (value := as_number(column.value_of(one))) is not None]
                if values:
                    found.append(text("table.sum", column=column.title, sum=f"{sum(values):g}"))
        return found


def _flat(words: str) -> str:
    """One cell of a pasted block: no tabs or line ends, and nothing that a spreadsheet takes for a formula."""
    flat = " ".join(words.split())
    return f"'{flat}" if flat[:1] in {"=", "+", "-", "@"} else flat


def _to_clipboard(words: str) -> None:
    # As text, not as mime data of our own: Qt lets go of that only after Python has ended, and crashes.
    QGuiApplication.clipboard().setText(words)
