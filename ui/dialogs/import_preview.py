"""What an import would do, row by row, before anything is stored: counts, faults, and the verb that stores it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from mhdesk.services.imports import ImportResult
from mhdesk.text import text
from ui import theme
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Chip, FlowLayout, Notice, PlainButton, PrimaryButton, column, label, row

COUNTS: tuple[tuple[str, ToneName], ...] = (
    ("new", "good"),
    ("changed", "info"),
    ("same", "plain"),
    ("conflict", "late"),
    ("rejected", "now"),
)
_WIDTH_EM = 58
_HEIGHT_EM = 34
_SHARE = 0.9


def problem_columns() -> list[Column]:
    """A faulty row: where it stands and what is wrong."""
    return [
        Column("sheet", text("imports_page.column.sheet"), 8),
        Column("row", text("imports_page.column.row"), 4, "number"),
        Column("column", text("imports_page.column.column"), 9),
        Column("message", text("imports_page.column.message"), 30, is_stretched=True),
        Column("code", text("imports_page.column.code"), 8),
    ]


class ImportPreview(QDialog):
    """A dry run's result. `store` stores the file; it is called once, after the dialog has gone."""

    def __init__(
        self,
        desk: Desk,
        file_name: str,
        result: ImportResult,
        store: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        now = theme.current()
        self._store = store
        self.setWindowTitle(text("imports_page.title"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        has_something = bool(result.new or result.changed)
        given_back = result.conflict + result.rejected
        self.notice = Notice()
        key = "import_preview.would" if has_something else "import_preview.nothing"
        self.notice.say(text(key, rows=result.rows), "info" if has_something else "good")
        chips = FlowLayout(space=2)
        for name, tone in COUNTS:
            if count := getattr(result, name):
                chips.addWidget(Chip(text(f"imports_page.count.{name}", count=count), tone))
        held = QWidget()
        held.setLayout(chips)
        self.table = TablePanel(desk.tasks, problem_columns())
        self.table.set_name(text("imports_page.problems"))
        self.table.set_empty("circle-check", text("imports_page.no_problems"), text("imports_page.no_problems_next"))
        self.table.show_rows(result.problems)
        self.store_button = PrimaryButton(text("imports_page.store"), "check", self.accept)
        # rows that are given back go into a workbook, so a file of nothing but faults can be stored, too
        self.store_button.setEnabled(has_something or bool(given_back))
        self.store_button.setDefault(True)
        buttons = row(None, PlainButton(text("message.cancel"), None, self.reject), self.store_button, space=3)
        body = column(label(file_name, "section", wrap=True), self.notice, held, self.table, space=3)
        body.setStretch(3, 1)
        body.addLayout(buttons)
        body.setContentsMargins(now.space(5), now.space(5), now.space(5), now.space(4))
        self.setLayout(body)
        room = self.screen().availableSize()
        self.resize(min(now.em(_WIDTH_EM), room.width()), min(now.em(_HEIGHT_EM), round(room.height() * _SHARE)))
        self.accepted.connect(self._store)
