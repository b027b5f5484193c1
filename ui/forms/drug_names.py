"""A line to type a drug's name in: names offered under it by beginning, brand or pinyin (``lpt``, ``lipei``)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from mhdesk.domain import drugs
from mhdesk.domain.drugs import Drug
from mhdesk.services import drug_list
from mhdesk.services.drug_list import Book
from ui.forms.drug_cells import NameList
from ui.forms.field import ENTER_KEYS


class DrugNameEdit(QLineEdit):
    """A drug's name. Enter or Tab takes the name offered; Esc closes the offers; any other name may stand, too."""

    taken = Signal()

    def __init__(self, book: Book | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._book = book or drugs.in_force()
        self._names: NameList | None = None
        self.textEdited.connect(self._offer)

    def set_book(self, book: Book) -> None:
        """Offer the names of this dictionary."""
        self._book = book

    def drug(self) -> Drug | None:
        """The drug meant, None for a name the dictionary does not have."""
        return self._book.find(self.text())

    def _popup(self) -> NameList:
        if self._names is None:
            self._names = NameList(self.window())
            self._names.taken.connect(lambda _row: self._take())
        return self._names

    def _offer(self, typed: str) -> None:
        found = drug_list.offers(self._book, typed)
        is_known = len(found) == 1 and found[0].drug.generic == typed
        self._popup().show_under(self, () if is_known else found)

    def _take(self) -> bool:
        offer = self._names.choice() if self._names is not None else None
        if offer is None:
            return False
        self.setText(offer.drug.generic)
        self._popup().hide()
        self.taken.emit()
        return True

    def _is_offering(self) -> bool:
        return self._names is not None and self._names.isVisible()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """While names are offered, the arrows choose and Enter takes."""
        key = event.key()
        if self._is_offering():
            if key in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
                self._popup().move_choice(-1 if key == Qt.Key.Key_Up else 1)
                return
            if key in ENTER_KEYS and self._take():
                self.focusNextChild()
                return
            if key == Qt.Key.Key_Escape:
                self._popup().hide()
                return
        super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, FBT001 - Qt's signature
        """Tab takes what is offered and goes on."""
        if next and self._is_offering():
            self._take()
        return super().focusNextPrevChild(next)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The offers belong to the line being typed."""
        super().focusOutEvent(event)
        if self._is_offering():
            self._popup().hide()
