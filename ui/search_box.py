"""The search box of the top bar: results as you type, Enter opens the first, arrow keys choose, Esc closes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from mhdesk.domain.task import Task
from mhdesk.text import text
from ui import theme
from ui.tasks import TaskRunner
from ui.widgets import IconLineEdit, label

if TYPE_CHECKING:
    from mhdesk.services.patients import SearchHit

SHOWN_HITS = 20
_VISIBLE_ROWS = 8
_ID_TAIL = 4


Search = Callable[[str, int], "Sequence[SearchHit]"]
_Index = QModelIndex | QPersistentModelIndex


class _HitModel(QAbstractListModel):
    """The hits now shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hits: Sequence[SearchHit] = ()

    def show_hits(self, hits: Sequence[SearchHit]) -> None:
        self.beginResetModel()
        self.hits = hits
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        """How many hits."""
        return 0 if parent.isValid() else len(self.hits)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The name, for screen readers; the delegate draws the rest."""
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return self.hits[index.row()].name
        return None


class _HitDelegate(QStyledItemDelegate):
    """One hit on one line: name and village left, ID tail and phone right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Rows as high as in tables."""
        return QSize(0, theme.current().size("row"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw a hit."""
        now = theme.current()
        hit: SearchHit = index.model().hits[index.row()]  # type: ignore[attr-defined]  # always a _HitModel
        rect: QRect = getattr(option, "rect")  # noqa: B009 - the stubs do not name it
        state: QStyle.StateFlag = getattr(option, "state")  # noqa: B009 - same
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, now.colour("brand_soft"))
        inside = rect.adjusted(now.space(3), 0, -now.space(3), 0)
        id_tail = f"…{hit.id_number[-_ID_TAIL:]}" if hit.id_number else None
        right = "   ".join(part for part in (id_tail, hit.guardian_phone) if part)
        used = _draw(painter, inside, right, now.font("small"), "quiet", Qt.AlignmentFlag.AlignRight)
        inside.setRight(inside.right() - used - now.space(3))
        used = _draw(painter, inside, hit.name, now.heading_font(hit.name, "body"), "ink", Qt.AlignmentFlag.AlignLeft)
        inside.setLeft(inside.left() + used + now.space(3))
        born = text("shell.born", year=hit.birth_date[:4]) if hit.birth_date else None
        where = " · ".join(part for part in (hit.village, born) if part)
        _draw(painter, inside, where, now.font("small"), "quiet", Qt.AlignmentFlag.AlignLeft)
        painter.restore()


class SearchPopup(QFrame):
    """The results under the box. It never takes the keyboard."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        now = theme.current()
        self.model = _HitModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_HitDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(lambda index: self.chosen.emit(self.model.hits[index.row()].id))
        self.note = label("", "quiet_small", wrap=True)
        self.note.setContentsMargins(now.space(3), now.space(1), now.space(3), now.space(1))
        lines = QVBoxLayout(self)
        self._margin = now.space(1)
        lines.setContentsMargins(self._margin, self._margin, self._margin, self._margin)
        lines.setSpacing(0)
        lines.addWidget(self.list)
        lines.addWidget(self.note)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def show_hits(self, words: str, hits: Sequence[SearchHit]) -> None:
        """Show what was found, or that nothing was."""
        self.model.show_hits(hits)
        self.list.setVisible(bool(hits))
        if not hits:
            self.note.setText(f"{text('shell.search_none', words=words)}\n{text('shell.search_none_next')}")
        elif len(hits) >= SHOWN_HITS:
            self.note.setText(text("shell.search_more"))
        self.note.setVisible(not hits or len(hits) >= SHOWN_HITS)
        room = self.width() - 2 * (self.contentsMargins().left() + self._margin)
        self.note.setFixedHeight(max(0, self.note.heightForWidth(room)))
        if hits:
            self.list.setCurrentIndex(self.model.index(0, 0))
        rows = min(len(hits), _VISIBLE_ROWS)
        self.list.setFixedHeight(rows * theme.current().size("row"))
        self.adjustSize()

    def move_choice(self, step: int) -> None:
        """Choose the next or the one before; stops at the ends."""
        wanted = min(max(self.list.currentIndex().row() + step, 0), self.model.rowCount() - 1)
        if wanted >= 0:
            self.list.setCurrentIndex(self.model.index(wanted, 0))

    def choice(self) -> SearchHit | None:
        """The hit now chosen."""
        index = self.list.currentIndex()
        return self.model.hits[index.row()] if index.isValid() else None


class SearchBox(IconLineEdit):
    """Finds people. `chosen` tells whose page to open."""

    chosen = Signal(int)

    def __init__(self, tasks: TaskRunner, search: Search, parent: QWidget | None = None) -> None:
        super().__init__(leading="search", parent=parent)
        self._tasks = tasks
        self._search = search
        self._popup: SearchPopup | None = None
        self._open_first = False
        self.setPlaceholderText(text("shell.search_hint"))
        self.setAccessibleName(text("shell.search_hint"))
        self.textEdited.connect(self._look)

    def popup(self) -> SearchPopup:
        """The results; made when first needed, over the window's content."""
        if self._popup is None:
            self._popup = SearchPopup(self.window())
            self._popup.chosen.connect(self._choose)
        return self._popup

    def _look(self, words: str) -> None:
        self._open_first = False
        wanted = words.strip()
        if not wanted:
            self.popup().hide()
            return
        search = self._search

        def job(task: Task) -> Sequence[SearchHit]:
            task.step(0, 0, "")
            return search(wanted, SHOWN_HITS)

        self._tasks.run("ledger", job, lambda hits: self._show(wanted, hits), key="search", owner=self)

    def _show(self, words: str, hits: Sequence[SearchHit]) -> None:
        if words != self.text().strip():
            return
        popup = self.popup()
        popup.setFixedWidth(self.width())
        popup.show_hits(words, hits)
        popup.move(self.mapTo(self.window(), QPoint(0, self.height() + theme.current().space(1))))
        popup.setVisible(self.hasFocus())
        popup.raise_()
        if self._open_first and hits:
            self._choose(hits[0].id)

    def _choose(self, patient_id: int) -> None:
        self._open_first = False
        self.popup().hide()
        self.clear()
        self.chosen.emit(patient_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose, Enter opens, Esc first closes the results, then empties the box."""
        popup, key = self.popup(), event.key()
        if key in {Qt.Key.Key_Down, Qt.Key.Key_Up} and popup.isVisible():
            popup.move_choice(1 if key == Qt.Key.Key_Down else -1)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            hit = popup.choice() if popup.isVisible() else None
            # Typed faster than the answer: open the first as soon as it is there.
            self._open_first = hit is None and bool(self.text().strip())
            if hit is not None:
                self._choose(hit.id)
        elif key == Qt.Key.Key_Escape and (popup.isVisible() or self.text()):
            if popup.isVisible():
                popup.hide()
            else:
                self.clear()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The results belong to the box."""
        super().focusOutEvent(event)
        if self._popup is not None:
            self._popup.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click brings the results back."""
        super().mousePressEvent(event)
        if self.text().strip() and not self.popup().isVisible():
            self._look(self.text())


def _draw(painter: QPainter, rect: QRect, words: str, font: QFont, colour: str, side: Qt.AlignmentFlag) -> int:
    """Draw a text, cut where there is no room; how wide it became."""
    painter.setFont(font)
    painter.setPen(theme.current().colour(colour))
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, shown)
    return metrics.horizontalAdvance(shown)
