"""The cells of a drug line, and the list of names under the one being typed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from mhdesk.forms.spec import FieldSpec, Kind
from mhdesk.services.drug_list import Offer
from mhdesk.text import text
from ui import theme
from ui.forms.field import Field, Mark
from ui.forms.texts import Editor
from ui.forms.typist import Typist, plain_digit
from ui.widgets import restyle

_STATES = {Mark.MISSING: "missing", Mark.DOUBT: "doubt"}
_WIDTHS = {
    "specification": 6.0, "period": 5.0, "times": 4.0, "total_dose": 6.0, "dose": 4.4, "morning": 4.0, "noon": 4.0,
    "night": 4.0, "long_acting": 3.4, "interval_weeks": 4.0,
}  # fmt: skip
_ROWS_SHOWN = 8


class DrugCell(Editor):
    """One cell. A coded cell (每日, 长效) takes its digit and shows the word."""

    coded = Signal()

    def __init__(self, field: Field, column: FieldSpec, line: int, name: str) -> None:
        super().__init__(field)
        self.column, self.line = column, line
        self.setAccessibleName(name)
        if column.key in _WIDTHS:
            self.setFixedWidth(theme.current().em(_WIDTHS[column.key]))
        if column.kind is Kind.DECIMAL:
            self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if column.codes is not None:
            self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
            self.textEdited.connect(self._read_code)

    def set_mark(self, mark: Mark) -> None:
        """Look that way from now on."""
        restyle(self, "state", _STATES.get(mark, ""))
        self.setEnabled(mark is not Mark.CLOSED)

    def show_text(self, words: str) -> None:
        """Show a text; a code shows as its word."""
        codes = self.column.codes
        code = codes.find(words) if codes is not None and words else None
        self.setText(codes.label(code) if codes is not None and code is not None else words)
        self.setCursorPosition(0)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Ready to type over what stands there."""
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.MouseFocusReason:
            self.selectAll()

    def _read_code(self, typed: str) -> None:
        codes = self.column.codes
        digit = plain_digit(typed[-1:])
        if codes is None or not digit:
            return
        known = dict(zip(Typist.of(codes).digits, codes.codes, strict=True))
        if digit in known:
            self.setText(codes.label(known[digit]))
            self.coded.emit()


class NameList(QListWidget):
    """The names offered, over the window's content. It never takes the keyboard."""

    taken = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda item: self.taken.emit(self.row(item)))
        self.offers: Sequence[Offer] = ()
        self.hide()

    def show_under(self, cell: QWidget, offers: Sequence[Offer]) -> None:
        """Show the offers under a cell, the first chosen; nothing to offer hides the list."""
        self.offers = offers
        self.clear()
        if not offers:
            self.hide()
            return
        now = theme.current()
        for offer in offers:
            kind = text("follow_up.drug.long_acting_kind" if offer.drug.long_acting else "follow_up.drug.daily")
            words = "　".join(part for part in (offer.drug.generic, offer.note, kind) if part)
            self.addItem(QListWidgetItem(words))
        self.setCurrentRow(0)
        line = self.sizeHintForRow(0)
        place = cell.mapTo(self._over, QPoint(0, cell.height() + now.space(1)))
        above = cell.mapTo(self._over, QPoint(0, -now.space(1))).y()
        below = self._over.height() - place.y()
        wanted = line * min(len(offers), _ROWS_SHOWN)
        is_above = below < wanted + now.space(1) and above > below
        rows = max(1, min(len(offers), _ROWS_SHOWN, ((above if is_above else below) - now.space(1)) // line))
        height = line * rows + now.space(1)
        if is_above:
            place.setY(above - height)
        self.setGeometry(place.x(), place.y(), max(cell.width(), now.em(18)), height)
        self.show()
        self.raise_()

    def move_choice(self, step: int) -> None:
        """Choose the next or the one before."""
        self.setCurrentRow(min(max(self.currentRow() + step, 0), self.count() - 1))

    def choice(self) -> Offer | None:
        """The offer now chosen; None while hidden."""
        row = self.currentRow()
        return self.offers[row] if self.isVisible() and 0 <= row < len(self.offers) else None
