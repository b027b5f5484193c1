"""Which two files are to be merged: a search box for each, or the list of possible duplicates."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from mhdesk.domain.dates import PartialDate
from mhdesk.services import patients
from mhdesk.text import text
from ui import theme
from ui.pages import patient_words as words
from ui.pages.base import Desk
from ui.search_box import SearchBox
from ui.widgets import Card, ElidedLabel, LinkButton, Notice, column, label, row

if TYPE_CHECKING:
    from mhdesk.services.patients import PatientFile

_SEARCH_CHARACTERS = 22


class MergeChooser(QWidget):
    """`chosen` tells the ids of two different files."""

    chosen = Signal(int, int)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._ids: list[int | None] = [None, None]
        now = theme.current()
        self.notice = Notice()
        self.boxes = [self._box(place) for place in range(2)]
        self.names = [ElidedLabel(text("merge.nobody"), "quiet") for _ in self.boxes]
        card = Card(text("merge.choose"), text("merge.choose_note"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(now.space(3))
        grid.setVerticalSpacing(now.space(2))
        grid.setColumnStretch(2, 1)
        for place, (box, name) in enumerate(zip(self.boxes, self.names, strict=True)):
            grid.addWidget(label(str(place + 1), "quiet"), place, 0)
            grid.addWidget(box, place, 1)
            grid.addWidget(name, place, 2)
        card.body.addLayout(grid)
        button = LinkButton(text("merge.open_list"), slot=lambda: desk.open_page("duplicates"))
        card.body.addLayout(row(label(text("merge.from_list"), "quiet"), button, None, space=2))
        self.setLayout(column(self.notice, card, None))

    def _box(self, place: int) -> SearchBox:
        ledger = self._desk.ledger
        found = SearchBox(self._desk.tasks, lambda term, limit: patients.search(ledger, term, limit=limit))
        found.setPlaceholderText(text("merge.find", number=place + 1))
        found.setAccessibleName(text("merge.find", number=place + 1))
        found.setFixedWidth(theme.current().em(_SEARCH_CHARACTERS))
        found.chosen.connect(functools.partial(self.take, place))
        return found

    def begin(self, first: int | None) -> QWidget:
        """Ask anew; `first` is known already. The box that takes the keys."""
        self._ids = [None, None]
        self.notice.clear()
        for box, name in zip(self.boxes, self.names, strict=True):
            box.clear()
            name.setText(text("merge.nobody"))
        if first is not None:
            self.take(0, first)
        return self.boxes[0 if first is None else 1]

    def take(self, place: int, patient_id: int) -> None:
        """Somebody was chosen; with two different files the choice is told."""
        if patient_id in self._ids:
            self.notice.say(text("merge.same_one"), "missing")
            return
        self.notice.clear()
        self._ids[place] = patient_id
        left, right = self._ids
        if left is not None and right is not None:
            self.chosen.emit(left, right)
            return
        ledger = self._desk.ledger
        show = functools.partial(self._show, place)
        self._desk.tasks.run("ledger", lambda _task: patients.load(ledger, patient_id), show, owner=self)
        self.boxes[1 - place].setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, place: int, file: PatientFile) -> None:
        person = file.patient
        born = person.birth_date.iso() if isinstance(person.birth_date, PartialDate) else ""
        parts = [person.name, words.coded("sex", person.sex), born, file.village or file.institution or ""]
        self.names[place].setText(" · ".join(part for part in parts if part))
