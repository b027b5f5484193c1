"""The table on screen: one row height, sort by a click on the header, choose columns, copy for WPS."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QItemSelection, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from mhdesk.text import text
from ui import theme
from ui.tables.delegate import CellDelegate
from ui.tables.model import PagedModel

#: (words, what to do) for the menu of the selected rows.
MoreActions = Callable[[], Sequence[tuple[str, Callable[[], object] | None]]]


class DataTable(QTableView):
    """A view of a `PagedModel`. Rows are opened by Enter or a double click."""

    opened = Signal(int)
    selection_changed = Signal()
    copy_requested = Signal()
    columns_changed = Signal(list)

    def __init__(self, model: PagedModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data = model
        self._sorted: tuple[int, bool] | None = None
        self._more_actions: MoreActions = list
        self._wanted: list[int] = []  # widths of the columns, wide enough for their titles
        self._is_chosen = False  # columns as the doctor chose them, not as the room allows
        self._given_way: set[int] = set()
        self.setModel(model)
        self.setItemDelegate(CellDelegate(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.doubleClicked.connect(self._open)
        self._dress_headers()

    def _dress_headers(self) -> None:
        now = theme.current()
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(now.size("row"))
        rows.setDefaultSectionSize(now.size("row"))
        rows.hide()
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsMovable(True)
        head.setSectionsClickable(True)
        head.setMinimumSectionSize(now.em(2))
        head.setFixedHeight(now.size("row"))
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setTextElideMode(Qt.TextElideMode.ElideRight)
        head.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        head.customContextMenuRequested.connect(lambda where: self.choose_columns(head.mapToGlobal(where)))
        head.sectionClicked.connect(self._sort_by_header)
        for number, column in enumerate(self._data.columns):
            title = head.fontMetrics().horizontalAdvance(column.title)
            width = max(now.em(column.width), title) + 2 * now.size("column_gap")
            self._wanted.append(width)
            self.setColumnWidth(number, width)
            self.setColumnHidden(number, not column.is_shown)

    def set_more_actions(self, actions: MoreActions) -> None:
        """What the right button's menu offers besides copying; asked each time. No slot: greyed."""
        self._more_actions = actions

    def selected_rows(self) -> list[int]:
        """Selected row numbers, in order."""
        found: list[int] = []
        selection = self.selectionModel().selection()
        for part in (selection.at(number) for number in range(selection.count())):
            found.extend(range(part.top(), part.bottom() + 1))
        return sorted(set(found))

    def selected_ids(self) -> list[int]:
        """Ids of the selected rows, in order."""
        ids = self._data.ids()
        return [ids[number] for number in self.selected_rows()]

    def shown_columns(self) -> list[int]:
        """Numbers of the shown columns, from left to right as the doctor arranged them."""
        head = self.horizontalHeader()
        order = [head.logicalIndex(place) for place in range(head.count())]
        return [number for number in order if not self.isColumnHidden(number)]

    def kept_columns(self) -> list[str]:
        """Keys of the shown columns and of those that only give way for want of room, from left to right."""
        head = self.horizontalHeader()
        order = [head.logicalIndex(place) for place in range(head.count())]
        kept = [number for number in order if number in self._given_way or not self.isColumnHidden(number)]
        return [self._data.columns[number].key for number in kept]

    def show_columns(self, keys: Sequence[str]) -> None:
        """Show these columns only (a remembered choice); unknown keys are left out."""
        wanted = set(keys) & {column.key for column in self._data.columns}
        if wanted:
            self._is_chosen = True
            self._given_way = set()
            for number, column in enumerate(self._data.columns):
                self.setColumnHidden(number, column.key not in wanted)
            self._stretch()

    def choose_columns(self, where: QPoint) -> None:
        """Offer the columns with a tick each; the last one shown cannot be taken away."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, column in enumerate(self._data.columns):
            action = QAction(column.title, menu)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(number))
            action.setEnabled(self.isColumnHidden(number) or len(self.shown_columns()) > 1)
            action.toggled.connect(lambda checked, number=number: self._show_column(number, is_shown=checked))
            menu.addAction(action)
        menu.popup(where)

    def select_id(self, wanted: int) -> None:
        """Make a row the current one and bring it into sight."""
        number = self._data.row_of(wanted)
        if number is not None:
            self.selectRow(number)
            self.scrollTo(self._data.index(number, 0))

    def _show_column(self, number: int, *, is_shown: bool) -> None:
        self._given_way.discard(number)
        self.setColumnHidden(number, not is_shown)
        kept = self.kept_columns()
        self._is_chosen = True
        self._given_way = set()
        self._stretch()
        self.columns_changed.emit(kept)

    def _sort_by_header(self, number: int) -> None:
        """First click up, second down, third the list's own order."""
        column = self._data.columns[number]
        if not column.is_sortable:
            return
        if self._sorted == (number, False):
            self._sorted = (number, True)
        elif self._sorted == (number, True):
            self._sorted = None
        else:
            self._sorted = (number, False)
        self.show_sorted()
        if self._sorted is None:
            self._data.sort_by(None)
        else:
            self._data.sort_by(column.key, is_descending=self._sorted[1])

    def sort_by(self, key: str | None, *, is_descending: bool = False) -> None:
        """Order the list by a column, or its own way, and read it anew."""
        numbers = [number for number, column in enumerate(self._data.columns) if column.key == key]
        self._sorted = (numbers[0], is_descending) if numbers else None
        self.show_sorted()
        self._data.sort_by(key if numbers else None, is_descending=is_descending)

    def show_sorted(self) -> None:
        """Draw the arrow where the list is sorted."""
        head = self.horizontalHeader()
        head.setSortIndicatorShown(self._sorted is not None)
        if self._sorted is not None:
            number, is_descending = self._sorted
            # Qt's arrow for ascending points down in Fusion; here up means small numbers first.
            head.setSortIndicator(
                number, Qt.SortOrder.DescendingOrder if is_descending else Qt.SortOrder.AscendingOrder
            )

    def _stretch(self) -> None:
        """Give what room is left to the stretched column, or to the last one."""
        shown = self.shown_columns()
        if not shown:
            return
        stretched = next((number for number in shown if self._data.columns[number].is_stretched), shown[-1])
        wanted = self._wanted[stretched]
        others = sum(self.columnWidth(number) for number in shown if number != stretched)
        self.setColumnWidth(stretched, max(wanted, self.viewport().width() - others))

    def _give_way(self) -> None:
        """Leave out what there is no room for, the least needed first; bring it back where there is."""
        if self._is_chosen or not any(column.gives_way for column in self._data.columns):
            return
        shown = [
            number
            for number in range(len(self._wanted))
            if number in self._given_way or not self.isColumnHidden(number)
        ]
        room = self.viewport().width() - sum(self._wanted[number] for number in shown)
        self._given_way = set()
        for number in sorted(shown, key=lambda one: -self._data.columns[one].gives_way):
            if room < 0 and self._data.columns[number].gives_way:
                room += self._wanted[number]
                self._given_way.add(number)
        for number in shown:
            self.setColumnHidden(number, number in self._given_way)

    def _open(self, index: QModelIndex) -> None:
        found = self._data.id_at(index.row())
        if found is not None:
            self.opened.emit(found)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the width."""
        super().resizeEvent(event)
        self._give_way()
        self._stretch()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Tell the foot."""
        super().selectionChanged(selected, deselected)
        self.selection_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Ctrl+C copies; Esc is left to the page."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self._open(self.currentIndex())
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The right button's menu."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(text("table.copy"), QKeySequence(QKeySequence.StandardKey.Copy), self.copy_requested.emit)
        menu.addAction(text("table.copy_all"), QKeySequence(QKeySequence.StandardKey.SelectAll), self.selectAll)
        for number, (words, slot) in enumerate(self._more_actions()):
            if number == 0:
                menu.addSeparator()
            menu.addAction(words, slot or (lambda: None)).setEnabled(slot is not None)
        menu.addSeparator()
        where = event.globalPos()
        menu.addAction(text("table.columns"), lambda: self.choose_columns(where))
        menu.popup(where)
