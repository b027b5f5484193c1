"""A table model of ids and pages. `data` never asks a database: an absent page is requested and shown as waiting."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from mhdesk.domain.task import Task
from ui.tables.column import Column
from ui.tables.source import Ids, TableQuery, TableSource
from ui.tasks import TaskRunner, Ticket

PAGE_ROWS = 200
PAGES_KEPT = 50
_Index = QModelIndex | QPersistentModelIndex
_ALIGN = {
    "number": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
    "text": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    "date": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    "chips": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
}


class PagedModel(QAbstractTableModel):
    """Rows of a `TableSource`: all ids, at most `PAGES_KEPT` pages of `PAGE_ROWS` rows, the longest unused dropped."""

    loading_changed = Signal(bool)
    failed = Signal(object)

    def __init__(self, tasks: TaskRunner, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.query = TableQuery()
        self._tasks = tasks
        self._source: TableSource | None = None
        self._ids: Ids = ()
        self._pages: OrderedDict[int, Sequence[Any]] = OrderedDict()
        self._wanted: set[int] = set()
        self._asked: dict[int, Ticket] = {}
        self._generation = 0
        self._is_loading = False
        # Pages missed while painting are asked for together, after the paint.
        self._ask_later = QTimer(self)
        self._ask_later.setSingleShot(True)
        self._ask_later.setInterval(0)
        self._ask_later.timeout.connect(self._ask_pages)

    @property
    def is_loading(self) -> bool:
        """Whether the ids are still on their way."""
        return self._is_loading

    @property
    def source(self) -> TableSource | None:
        """Where the rows come from."""
        return self._source

    def set_source(self, source: TableSource, query: TableQuery | None = None) -> None:
        """Show another source (or the same one with another query)."""
        self._source = source
        if query is not None:
            self.query = query
        self.reload()

    def reload(self) -> None:
        """Ask for the ids again; the rows now shown stay until the new ones are there."""
        if self._source is None:
            return
        source, query = self._source, self.query
        self._set_loading(is_loading=True)

        def job(task: Task) -> tuple[Ids, Sequence[Any]]:
            ids = source.ids(query, task)
            return ids, source.rows(ids[:PAGE_ROWS]) if len(ids) else ()

        self._tasks.run(
            source.lane, job, lambda found: self._show(*found), self._fail, key=f"table-{id(self)}", owner=self
        )

    def ids(self) -> Ids:
        """Every id, in order."""
        return self._ids

    def id_at(self, row: int) -> int | None:
        """The id of a row."""
        return self._ids[row] if 0 <= row < len(self._ids) else None

    def row_of(self, wanted: int) -> int | None:
        """The row of an id, or None when it is not in the list."""
        try:
            return self._ids.index(wanted)
        except ValueError:
            return None

    def row_at(self, row: int) -> Any | None:
        """A row's data, or None while its page is on the way (it is then asked for)."""
        page_number = row // PAGE_ROWS
        page = self._pages.get(page_number)
        if page is None:
            self._wanted.add(page_number)
            if page_number not in self._asked:
                self._ask_later.start()
            return None
        self._pages.move_to_end(page_number)
        offset = row - page_number * PAGE_ROWS
        return page[offset] if offset < len(page) else None

    def sort_by(self, key: str | None, *, is_descending: bool = False) -> None:
        """Ask the source for another order."""
        self.query = TableQuery(key, is_descending, self.query.filters)
        self.reload()

    def _show(self, ids: Ids, first: Sequence[Any]) -> None:
        self.beginResetModel()
        self._generation += 1
        self._cancel_pages()
        self._ids = ids
        self._pages.clear()
        if len(ids):
            self._pages[0] = first
        self.endResetModel()
        self._set_loading(is_loading=False)

    def _cancel_pages(self) -> None:
        for ticket in self._asked.values():
            ticket.cancel()
        self._asked.clear()
        self._wanted.clear()

    def _fail(self, error: BaseException) -> None:
        self._set_loading(is_loading=False)
        self.failed.emit(error)

    def _set_loading(self, *, is_loading: bool) -> None:
        if is_loading != self._is_loading:
            self._is_loading = is_loading
            self.loading_changed.emit(is_loading)

    def _ask_pages(self) -> None:
        """Ask for what was missed. Pages asked for earlier and no longer looked at are given up."""
        if self._source is None:
            return
        for number, ticket in list(self._asked.items()):
            if number not in self._wanted:
                ticket.cancel()
                del self._asked[number]
        for number in sorted(self._wanted - self._asked.keys()):
            self._asked[number] = self._ask_page(self._source, number)
        self._wanted.clear()

    def _ask_page(self, source: TableSource, number: int) -> Ticket:
        ids = self._ids[number * PAGE_ROWS : (number + 1) * PAGE_ROWS]
        generation = self._generation
        return self._tasks.run(
            source.lane,
            lambda _task: source.rows(ids),
            lambda rows: self._keep(generation, number, rows),
            lambda error: self._fail_page(generation, number, error),
            owner=self,
        )

    def _keep(self, generation: int, number: int, rows: Sequence[Any]) -> None:
        if generation != self._generation:
            return
        self._asked.pop(number, None)
        self._pages[number] = rows
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        first = number * PAGE_ROWS
        last = min(first + PAGE_ROWS, len(self._ids)) - 1
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def _fail_page(self, generation: int, number: int, error: BaseException) -> None:
        if generation == self._generation:
            self._asked.pop(number, None)
            self._fail(error)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        """How many ids."""
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        """How many columns, shown or not."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text and alignment; the delegate asks `row_at` for the rest."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGN[self.columns[index.column()].kind]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            row = self.row_at(index.row())
            return "" if row is None else self.columns[index.column()].text_of(row)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles, their meaning as tips, row numbers at the left."""
        if orientation is Qt.Orientation.Vertical:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.columns[section].tip or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGN[self.columns[section].kind]
        return None
