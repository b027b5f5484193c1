"""The people behind a number of a report, or behind a change of it; Enter opens the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt

from mhdesk.services.bridge import Moved
from mhdesk.services.indicators import Named
from mhdesk.text import text
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.widgets import Card, PlainButton, label, row


class NamesPanel(Card):
    """A title, the definition, and one of two tables: who is counted, or who came and went."""

    def __init__(self, desk: Desk, back: Callable[[], object]) -> None:
        super().__init__()
        self._desk = desk
        self.names: Sequence[Named] = ()
        self.people: Sequence[Moved] = ()
        self.title = label("", "section")
        self.note = label("", "quiet", wrap=True)
        self.table = self._table(_name_columns(), lambda place: self.names[place].id)
        self.moved = self._table(_moved_columns(), lambda place: self.people[place].file_id)
        button = PlainButton(text("report_page.back"), "arrow-left", back)
        self.body.addLayout(row(self.title, None, button))
        self.body.addWidget(self.note)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.moved, 1)
        self.moved.hide()
        self._is_tight = False

    def _table(self, columns: Sequence[Column], patient_at: Callable[[int], int]) -> TablePanel:
        table = TablePanel(self._desk.tasks, columns)
        table.set_name(text("report_page.list"))
        table.set_empty("users", text("report_page.nobody"))
        table.opened.connect(lambda place: self._desk.open_page("patient", patient_id=patient_at(place)))
        return table

    def set_words(self, title: str, note: str) -> None:
        """What the list is about; the definition stands behind the title where there is little room."""
        self.title.setText(title)
        self.title.setToolTip(note)
        self.note.setText(note)
        self.set_tight(is_tight=self._is_tight)

    def set_tight(self, *, is_tight: bool) -> None:
        """Leave the room to the table."""
        self._is_tight = is_tight
        self.note.setVisible(bool(self.note.text()) and not is_tight)

    def show_names(self, names: Sequence[Named]) -> None:
        """Who is counted, with why and what still helps."""
        self.names = names
        keys = [column.key for column in self.table.model.columns]
        helps = any(one.repair for one in names)
        self.table.view.show_columns([key for key in keys if helps or key != "repair"])
        self._bring(self.table, self.moved, names)

    def show_moved(self, people: Sequence[Moved]) -> None:
        """Who came and went, with the sentence of then and of now."""
        self.people = people
        self._bring(self.moved, self.table, people)

    def _bring(self, table: TablePanel, other: TablePanel, rows: Sequence[object]) -> None:
        other.hide()
        table.show()
        table.shown.connect(lambda: _start_at_top(table), Qt.ConnectionType.SingleShotConnection)
        table.show_rows(rows)


def _start_at_top(table: TablePanel) -> None:
    """The first person is the current one, so that arrows and Enter work at once."""
    table.view.selectRow(0)
    table.view.setFocus()


def _moved_columns() -> list[Column]:
    return [
        Column("name", text("patients.column.name"), 7, is_bold=True),
        Column("unit_name", text("patients.column.village"), 7),
        Column("side_words", text("reports.bridge.side"), 6),
        Column("before", text("reports.bridge.then"), 16, is_stretched=True),
        Column("reason", text("reports.bridge.now"), 18),
    ]


def _name_columns() -> list[Column]:
    return [
        Column("name", text("patients.column.name"), 9, is_bold=True),
        Column("masked_id", text("patients.column.id_number"), 12),
        Column("unit_name", text("patients.column.village"), 8),
        Column("reason", text("report_page.reason"), 16, is_stretched=True),
        Column("repair", text("report_page.repair"), 16),
    ]
