"""The grid on the screen. Digits and dates are typed into the cells themselves; only free texts have an editor.

No editor has to be started by the first key: digits go to the cell, whatever input method is on, and where words are
typed the editor stands open as soon as the cursor is there, so that nothing of a composition is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from mhdesk.forms.skip import State
from mhdesk.forms.spec import Kind
from ui import theme
from ui.forms.typist import Outcome, Typist, is_separator, plain_digit
from ui.pages.batch_lines import Grid, GridColumn, Line
from ui.pages.batch_paste import read_block

_Index = QModelIndex | QPersistentModelIndex
_PUNCTUATION = frozenset("-./xX*×,，、+ ")
_TEXT_CHARACTERS, _DATE_CHARACTERS, _CODES_CHARACTERS, _CODE_CHARACTERS = 6.0, 6.2, 4.4, 3.2
_HEADER_LINES = 2
_NAME_CHARACTERS = 8


class GridModel(QAbstractTableModel):
    """Texts of a `Grid` for the view; the names stand at the left of the rows."""

    def __init__(self) -> None:
        super().__init__()
        self.grid: Grid | None = None

    def show_grid(self, grid: Grid) -> None:
        """Show another batch."""
        self.beginResetModel()
        self.grid = grid
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        """The people."""
        return len(self.grid.lines) if self.grid is not None and not (parent and parent.isValid()) else 0

    def columnCount(self, parent: _Index | None = None) -> int:
        """The items."""
        return len(self.grid.columns) if self.grid is not None and not (parent and parent.isValid()) else 0

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell's words; its problem as the tip."""
        if self.grid is None or not index.isValid():
            return None
        line, key = self.grid.lines[index.row()], self.grid.columns[index.column()].key
        if role == Qt.ItemDataRole.DisplayRole:
            return line.texts.get(key, "")
        if role == Qt.ItemDataRole.ToolTipRole:
            return line.problem_of(key) if line.is_begun else ""
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Item names above, people at the left."""
        if self.grid is None:
            return None
        if orientation == Qt.Orientation.Horizontal:
            column = self.grid.columns[section]
            if role == Qt.ItemDataRole.DisplayRole:
                return column.title
            return f"{column.name}\n{column.help}" if role == Qt.ItemDataRole.ToolTipRole else None
        line = self.grid.lines[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{line.person.place or section + 1}  {line.person.entry.file.patient.name}"
        return line.person.entry.file.patient.name if role == Qt.ItemDataRole.ToolTipRole else None

    def tell_changed(self) -> None:
        """Cells fill each other: draw everything anew."""
        if self.rowCount() and self.columnCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))


class _CellPainter(QStyledItemDelegate):
    """Yellow where an answer is missing, orange where something is wrong, grey where nothing belongs."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one cell."""
        now, view = theme.current(), cast("GridView", self.parent())
        rect: QRect = getattr(option, "rect")  # noqa: B009 - PySide's stubs do not name the field
        line, column = view.line(index.row()), view.column(index.column())
        painter.save()
        fill, ink = self._looks(line, column)
        painter.fillRect(rect, fill)
        painter.setPen(QPen(now.colour("grid"), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.drawLine(rect.topRight(), rect.bottomRight())
        is_here = view.currentIndex() == index
        words = view.pending_of(index) or line.texts.get(column.key, "")
        painter.setPen(ink)
        painter.setFont(now.font())
        side = Qt.AlignmentFlag.AlignCenter if column.is_digits or column.is_date else Qt.AlignmentFlag.AlignVCenter
        inside = rect.adjusted(now.space(1), 0, -now.space(1), 0)
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, side, shown)
        if is_here:
            painter.setPen(QPen(now.colour("brand"), now.scaled(2)))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        painter.restore()

    @staticmethod
    def _looks(line: Line, column: GridColumn) -> tuple[QColor, QColor]:
        now = theme.current()
        state, words = line.state_of(column.key), line.texts.get(column.key, "")
        if line.is_begun and line.problem_of(column.key):
            return now.colour("late_soft"), now.colour("late_ink")
        if state is State.EMPTY:
            return now.colour("late_soft" if words else "paper"), now.colour("late_ink" if words else "quiet")
        if column.key in line.auto:
            return now.colour("card"), now.colour("quiet")
        is_missing = line.is_begun and column.key in line.missing
        return now.colour("missing_soft" if is_missing else "card"), now.colour("ink")


class _Head(QHeaderView):
    """Number and short name below each other: a column of digits is hardly wider than its digit."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(False)

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        """Draw one head."""
        now = theme.current()
        painter.save()
        painter.fillRect(rect, now.colour("card"))
        painter.setPen(QPen(now.colour("line"), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setFont(now.font("small"))
        painter.setPen(now.colour("quiet"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(self.model().headerData(logical, self.orientation())))
        painter.restore()


class _TextEditor(QLineEdit):
    """The editor of a text cell: open while the cursor is there. `left` tells which key leaves it."""

    left = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and the arrows leave, as in WPS; inside a text the arrows move in it first."""
        key, at = event.key(), self.cursorPosition()
        is_end = {Qt.Key.Key_Left: at == 0, Qt.Key.Key_Right: at == len(self.text())}
        takes_proposal = key == Qt.Key.Key_Space and not self.text()
        if key in _LEAVING or takes_proposal or (is_end.get(Qt.Key(key), False) and not self.hasSelectedText()):
            self.left.emit(key)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tab leaves, too."""
        if event.type() == QEvent.Type.KeyPress:
            key = cast("QKeyEvent", event).key()
            if key in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}:
                self.left.emit(key)
                return True
        return super().event(event)


class GridView(QTableView):
    """The grid. `typed` tells row and key of a cell that has changed; `pasted` how many cells, how many outside."""

    typed = Signal()
    pasted = Signal(int, int)
    moved = Signal()
    ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pending = ""
        self.editor = _TextEditor(self.viewport())
        self.editor.hide()
        self.cells = GridModel()
        self.setModel(self.cells)
        self.setItemDelegate(_CellPainter(self))
        self.editor.left.connect(self._leave_editor)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self._dress()

    def _dress(self) -> None:
        now = theme.current()
        self.setHorizontalHeader(_Head(self))
        rows, head = self.verticalHeader(), self.horizontalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(now.size("row"))
        rows.setFixedWidth(now.em(_NAME_CHARACTERS))
        rows.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        rows.setHighlightSections(False)
        head.setFixedHeight(now.size("row") + now.text_px("body") * (_HEADER_LINES - 1))
        head.setMinimumSectionSize(now.em(2))

    # ---- what it shows

    def show_grid(self, grid: Grid) -> None:
        """Show another batch; the cursor stands where the first answer is wanted."""
        self._pending = ""
        self.cells.show_grid(grid)
        now = theme.current()
        for place, column in enumerate(grid.columns):
            self.setColumnWidth(place, now.em(_width(column)))
        if grid.lines:
            self.go_to(0, grid.first_open(0))

    def grid(self) -> Grid | None:
        """The batch shown."""
        return self.cells.grid

    def line(self, row: int) -> Line:
        """A person's row."""
        assert self.cells.grid is not None  # noqa: S101 - asked for cells that are shown
        return self.cells.grid.lines[row]

    def column(self, place: int) -> GridColumn:
        """An item."""
        assert self.cells.grid is not None  # noqa: S101 - asked for cells that are shown
        return self.cells.grid.columns[place]

    def here(self) -> tuple[int, int] | None:
        """Row and column of the cursor."""
        index = self.currentIndex()
        return (index.row(), index.column()) if index.isValid() else None

    def pending_of(self, index: _Index) -> str:
        """What is being typed in a cell and not complete yet."""
        return self._pending if index == self.currentIndex() else ""

    def go_to(self, row: int, column: int) -> None:
        """Bring the cursor to a cell."""
        if 0 <= row < self.cells.rowCount() and 0 <= column < self.cells.columnCount():
            self.setCurrentIndex(self.cells.index(row, column))

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        """Keep what was typed in the cell left; open the editor where words are typed."""
        if previous.isValid() and (self._pending or self.editor.isVisible()):
            self._write(previous, self._pending or self.editor.text())
        self._pending = ""
        super().currentChanged(current, previous)
        self._place_editor()
        self.viewport().update()
        self.moved.emit()

    def _place_editor(self) -> None:
        """A text cell is edited as soon as the cursor is there: no first letter can be lost."""
        place = self.here()
        column = self.column(place[1]) if place is not None else None
        if place is None or column is None or column.is_digits or column.is_date:
            had_focus = self.editor.hasFocus()
            self.editor.hide()
            if had_focus:
                self.setFocus()
            return
        self.scrollTo(self.currentIndex())
        self.editor.setGeometry(self.visualRect(self.currentIndex()))
        self.editor.setText(self.line(place[0]).texts.get(column.key, ""))
        self.editor.setAccessibleName(column.title)
        self.editor.selectAll()
        self.editor.show()
        if self.hasFocus() or self.editor.hasFocus():
            self.editor.setFocus()

    def focusInEvent(self, event: Any) -> None:
        """The cursor of a text cell is the editor's."""
        super().focusInEvent(event)
        if self.editor.isVisible():
            self.editor.setFocus()

    def updateGeometries(self) -> None:
        """The editor stays over its cell."""
        super().updateGeometries()
        if hasattr(self, "editor") and self.editor.isVisible():
            self.editor.setGeometry(self.visualRect(self.currentIndex()))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """The editor scrolls with its cell."""
        super().scrollContentsBy(dx, dy)
        if self.editor.isVisible():
            self.editor.setGeometry(self.visualRect(self.currentIndex()))

    # ---- typing

    def commit(self) -> None:
        """Write what is being typed."""
        index = self.currentIndex()
        if index.isValid() and (self._pending or self.editor.isVisible()):
            words, self._pending = self._pending or self.editor.text(), ""
            self._write(index, words)

    def _write(self, index: _Index, words: str) -> None:
        grid = self.cells.grid
        if grid is None or index.row() >= len(grid.lines):
            return
        key = grid.columns[index.column()].key
        if grid.lines[index.row()].texts.get(key, "") != words:
            grid.put(index.row(), key, words)
            self.cells.tell_changed()
            self.typed.emit()

    def _leave_editor(self, key: int) -> None:
        if key == Qt.Key.Key_Space:
            self._take_proposal()
        else:
            self._moves()[key]()

    def advance(self) -> None:
        """The cell is answered: on to the next one that waits."""
        place, grid = self.here(), self.cells.grid
        self.commit()
        if place is None or grid is None:
            return
        following = grid.next_cell(*place)
        if following is None:
            self.ended.emit()
        else:
            self.go_to(*following)

    def _step(self, down: int, across: int) -> None:
        place = self.here()
        if place is not None:
            row = min(max(place[0] + down, 0), self.cells.rowCount() - 1)
            column = min(max(place[1] + across, 0), self.cells.columnCount() - 1)
            if (row, column) == place:
                self.commit()
            self.go_to(row, column)

    def _tab(self, across: int) -> None:
        """Tab goes on in the row and then to the next one, as in WPS; beyond the last cell it leaves the grid."""
        place, columns = self.here(), self.cells.columnCount()
        at = -1 if place is None else place[0] * columns + place[1] + across
        if 0 <= at < self.cells.rowCount() * columns:
            self.go_to(*divmod(at, columns))
        else:
            self.commit()
            self.focusNextPrevChild(across > 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits fill, arrows and Enter move as in WPS, Ctrl+V takes a block."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste(QGuiApplication.clipboard().text())
        elif event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif (act := self._moves().get(event.key())) is not None and not event.modifiers() & _COMMANDS:
            act()
        elif event.key() in {Qt.Key.Key_Backspace, Qt.Key.Key_Delete}:
            self._erase()
        elif event.key() == Qt.Key.Key_Space and not self._pending:
            self._take_proposal()
        elif event.modifiers() & _COMMANDS or not event.text() or not self._type(event.text()):
            event.ignore()

    def _moves(self) -> dict[int, Callable[[], object]]:
        keys = Qt.Key
        return {
            keys.Key_Return: self.advance,
            keys.Key_Enter: self.advance,
            keys.Key_Tab: lambda: self._tab(1),
            keys.Key_Backtab: lambda: self._tab(-1),
            keys.Key_Left: lambda: self._step(0, -1),
            keys.Key_Right: lambda: self._step(0, 1),
            keys.Key_Up: lambda: self._step(-1, 0),
            keys.Key_Down: lambda: self._step(1, 0),
            keys.Key_Home: lambda: self._step(0, -self.cells.columnCount()),
            keys.Key_End: lambda: self._step(0, self.cells.columnCount()),
        }

    def event(self, event: QEvent) -> bool:
        """Tab belongs to the grid."""
        if event.type() == QEvent.Type.KeyPress:
            pressed = cast("QKeyEvent", event)
            if pressed.key() in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}:
                self.keyPressEvent(pressed)
                return True
        return super().event(event)

    def _type(self, typed: str) -> bool:
        """A character for the cell; False: not ours."""
        place = self.here()
        column = self.column(place[1]) if place is not None else None
        digit = plain_digit(typed)
        if column is None or not (digit or typed in _PUNCTUATION):
            return False
        if column.is_date:
            self._pending += digit or typed
            self.viewport().update()
            return True
        if not column.is_digits:
            return False
        if column.item is None:
            return self._answer("1") if digit == "1" else self._answer("")
        self._type_code(column, digit, typed)
        return True

    def _type_code(self, column: GridColumn, digit: str, typed: str) -> None:
        assert column.item is not None  # noqa: S101 - asked by the caller
        assert column.item.codes is not None  # noqa: S101 - digit columns have codes
        kind, typist = column.item.kind, Typist.of(column.item.codes)
        if kind is Kind.COUNTED_CODES:
            self._pending += digit or typed
            if self._pending in column.item.codes.exclusive:
                self.advance()
        elif kind is Kind.CODES:
            if not digit:
                done = self._pending.rstrip(",")
                self._pending = f"{done}," if is_separator(typed) and done else self._pending
            else:
                self._add_code(typist, digit, column.item.codes.exclusive)
        elif digit:
            outcome = typist.press(self._pending, digit)
            if outcome is Outcome.WRONG:
                return
            self._pending = digit if outcome is Outcome.NEXT else self._pending + digit
            if outcome is Outcome.COMPLETE:
                self.advance()
        self.viewport().update()

    def _add_code(self, typist: Typist, digit: str, exclusive: Sequence[str] | frozenset[str]) -> None:
        """One more digit of several codes: 1,11."""
        done, _, last = self._pending.rpartition(",")
        outcome = typist.press(last, digit)
        if outcome is Outcome.WRONG:
            return
        parts = [done] if done else []
        parts += [last, digit] if outcome is Outcome.NEXT else [last + digit]
        if outcome is Outcome.COMPLETE:
            parts.append("")
        self._pending = ",".join(parts)
        if parts[-1] in exclusive or (outcome is Outcome.COMPLETE and parts[-2] in exclusive):
            self.advance()

    def _answer(self, words: str) -> bool:
        self._pending = words
        index = self.currentIndex()
        if not words:
            self._write(index, "")
        self.advance()
        return True

    def _erase(self) -> None:
        if self._pending:
            self._pending = self._pending.rstrip(",")[:-1]
        else:
            self._write(self.currentIndex(), "")
        self.viewport().update()

    def _take_proposal(self) -> None:
        """Space: take over what is proposed for an empty cell; on a filled one, go on. An answer is never skipped."""
        place, grid = self.here(), self.cells.grid
        if place is None or grid is None:
            return
        line, key = grid.lines[place[0]], grid.columns[place[1]].key
        if not line.texts.get(key):
            self._pending = grid.propose(place[0], key)
            if not self._pending and line.state_of(key) is State.REQUIRED:
                return
        self.advance()

    def same_as_last(self) -> int | None:
        """Fill the row from the last visit; how many cells, None where there was none."""
        place, grid = self.here(), self.cells.grid
        if place is None or grid is None:
            return None
        self.commit()
        count = grid.same_as_last(place[0])
        self.cells.tell_changed()
        self.typed.emit()
        self.go_to(place[0], grid.first_open(place[0]))
        return count

    # ---- clipboard

    def paste(self, words: str) -> None:
        """Write a block copied elsewhere, beginning at the cursor."""
        place, grid = self.here(), self.cells.grid
        block = read_block(words)
        if place is None or grid is None or not block:
            return
        self._pending = ""
        written, outside = grid.paste(*place, block)
        self.cells.tell_changed()
        self._place_editor()
        self.typed.emit()
        self.pasted.emit(written, outside)

    def _copy(self) -> None:
        index = self.currentIndex()
        if index.isValid():
            QGuiApplication.clipboard().setText(str(index.data() or ""))


_LEAVING = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Up, Qt.Key.Key_Down}
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


def _width(column: GridColumn) -> float:
    if column.is_date:
        return _DATE_CHARACTERS
    if not column.is_digits:
        return _TEXT_CHARACTERS
    several = column.item is not None and column.item.kind in {Kind.CODES, Kind.COUNTED_CODES}
    return _CODES_CHARACTERS if several else _CODE_CHARACTERS
