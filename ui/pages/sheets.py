"""Paper that comes back: every sheet with 发出, 录回, 未回 and the names; "3-12" opens the entry of that row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.task import Task
from mhdesk.services import patients, sheets
from mhdesk.services.patients import SearchHit
from mhdesk.services.sheets import SheetBook, SheetFacts, SheetRowFacts
from mhdesk.text import error_text, text
from ui import theme
from ui.pages import due_dialogs
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Beside, Card, ChipText, ChoiceBar, Notice, PlainButton, row

_LISTS = ("sheets", "missing")
_FIND_CHARACTERS = 20
_LEAST_ROWS = 6
_MAIN_CHARACTERS = 36
_TONES: dict[str | None, ToneName] = {"entered": "good", "attempted": "late", "withdrawn": "plain", None: "missing"}


def open_row(desk: Desk, found: SheetRowFacts, *, queue: Sequence[int] = ()) -> None:
    """Open the entry of a sheet's row; saving marks the row as back."""
    if found.follow_up_id is not None:
        desk.open_page("visit", patient_id=found.patient_id, follow_up_id=found.follow_up_id)
    else:
        desk.open_page("visit", patient_id=found.patient_id, sheet_row=found.id, queue=tuple(queue))


def find(desk: Desk, words: str, limit: int) -> Sequence[SearchHit]:
    """What a search box finds: the row of a sheet ("3-12"), otherwise people. For the ledger's lane."""
    return sheets.search(desk.ledger, words) or patients.search(desk.ledger, words, limit=limit)


def open_hit(desk: Desk, hit_id: int, open_person: Callable[[int], object], *, owner: QObject) -> None:
    """Open what a search box found: a person, or the entry of a sheet's row."""
    if hit_id > 0:
        open_person(hit_id)
        return
    desk.tasks.run(
        "ledger", lambda _task: sheets.by_id(desk.ledger, -hit_id), lambda found: open_row(desk, found), owner=owner
    )


class SheetsPage(Page):
    """The printed sheets."""

    topics = frozenset({"visit_sheet", "visit_sheet_row", "follow_up", "contact_attempt"})
    shots = (Shot("sheets"),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._book = SheetBook(())
        self._rows: Sequence[SheetRowFacts] = ()
        self._missing: Sequence[SheetRowFacts] = ()
        self.header.set_title(text("sheets.title"))
        self.header.set_primary(text("sheets.batch"), "clipboard-list", self.open_batch)
        self.notice = Notice()
        self.place = QLineEdit()
        self.place.setPlaceholderText(text("sheets.find"))
        self.place.setAccessibleName(text("sheets.find"))
        self.place.setFixedWidth(theme.current().em(_FIND_CHARACTERS))
        self.place.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers | Qt.InputMethodHint.ImhLatinOnly)
        self.place.returnPressed.connect(self.open_place)
        self.choice = ChoiceBar([(key, text(f"sheets.{key}")) for key in _LISTS])
        self.choice.chosen.connect(lambda _key: self._show_chosen())
        self.table = TablePanel(desk.tasks, _sheet_columns())
        self.table.set_empty("inbox", text("sheets.empty"), text("sheets.empty_next"))
        self.table.view.selection_changed.connect(self._read_rows)
        self.table.opened.connect(lambda _place: self.open_batch())
        self.table.shown.connect(self._select_first)
        self.open_table = TablePanel(desk.tasks, _missing_columns())
        self.open_table.set_empty("circle-check", text("sheets.all_back"))
        self.open_table.opened.connect(lambda place: open_row(desk, self._missing[place]))
        self.rows = TablePanel(desk.tasks, _row_columns(), has_foot=False)
        self.rows.opened.connect(self._open_row)
        self._lay_out()
        self.takes_keys = self.place
        self.table.set_name(text("sheets.sheets"))
        self.open_table.set_name(text("sheets.missing"))
        self.rows.set_name(text("sheets.rows"))

    def _lay_out(self) -> None:
        least = theme.current().size("row") * _LEAST_ROWS
        main = Card()
        main.body.addLayout(row(self.place, None, self.choice, space=3))
        main.body.addWidget(self.table, 1)
        main.body.addWidget(self.open_table, 1)
        self.side = Card(text("sheets.rows"))
        self.side.body.addWidget(self.rows, 1)
        self.attempt_button = PlainButton(text("due_page.attempt_key"), "phone", self.record_attempt)
        self.withdraw_button = PlainButton(text("sheets.withdraw"), "x", lambda: self._mark("withdrawn"))
        self.reopen_button = PlainButton(text("sheets.reopen"), "undo-2", lambda: self._mark(None))
        self.side.body.addLayout(row(self.attempt_button, self.withdraw_button, None, space=2))
        self.side.body.addLayout(row(self.reopen_button, None, space=2))
        for table in (self.table, self.open_table, self.rows):
            table.setMinimumHeight(least)
        attempt = QShortcut(QKeySequence("N"), self.rows)
        attempt.activated.connect(self.record_attempt)
        self.body.addWidget(self.notice)
        self.body.addWidget(Beside(main, self.side, main_em=_MAIN_CHARACTERS), 1)
        self._show_chosen()

    # ---- reading

    def refresh(self) -> None:
        """Sheets, and the names that are not back."""
        ledger = self.desk.ledger

        def job(_task: Task) -> tuple[SheetBook, list[SheetRowFacts]]:
            return sheets.book(ledger), sheets.all_open(ledger)

        self.desk.tasks.run("ledger", job, self._show, key="sheets", owner=self)

    def _show(self, found: tuple[SheetBook, Sequence[SheetRowFacts]]) -> None:
        self._book, self._missing = found
        book = self._book
        self.header.set_chips(
            [
                ChipText(text("sheets.out", count=book.out), "info"),
                ChipText(text("sheets.back", count=book.back), "good"),
                ChipText(text("sheets.not_back", count=book.missing), "missing" if book.missing else "good"),
            ]
            if book.sheets
            else []
        )
        self.choice.set_count("sheets", len(book.sheets))
        self.choice.set_count("missing", len(self._missing))
        self.table.show_rows(book.sheets)
        self.open_table.show_rows(self._missing)

    def _select_first(self) -> None:
        if self.table.count() and not self.table.view.currentIndex().isValid():
            self.table.view.selectRow(0)
        self._read_rows()

    def current(self) -> SheetFacts | None:
        """The sheet the cursor stands on."""
        place = self.table.model.id_at(self.table.view.currentIndex().row())
        return self._book.sheets[place] if place is not None and place < len(self._book.sheets) else None

    def _read_rows(self) -> None:
        sheet, ledger = self.current(), self.desk.ledger
        if self.header.primary is not None:
            self.header.primary.setEnabled(sheet is not None)
        if sheet is None:
            self._show_rows(())
            return
        self.side.head.set_title(text("sheets.rows_of", number=sheet.number))
        sheet_id = sheet.id
        self.desk.tasks.run(
            "ledger", lambda _task: sheets.rows(ledger, sheet_id), self._show_rows, key="sheet-rows", owner=self
        )

    def _show_rows(self, found: Sequence[SheetRowFacts]) -> None:
        self._rows = found
        self.rows.show_rows(found)
        for button in (self.attempt_button, self.withdraw_button, self.reopen_button):
            button.setEnabled(bool(found))

    def _show_chosen(self) -> None:
        is_sheets = self.choice.key() == "sheets"
        self.table.setVisible(is_sheets)
        self.open_table.setVisible(not is_sheets)

    # ---- doing

    def open_place(self) -> None:
        """Open the row that was typed, such as 3-12."""
        words, ledger = self.place.text(), self.desk.ledger
        self.desk.tasks.run(
            "ledger", lambda _task: sheets.find(ledger, words), self._open_found, self._on_not_found, owner=self
        )

    def _open_found(self, found: SheetRowFacts) -> None:
        self.notice.clear()
        self.place.clear()
        open_row(self.desk, found)

    def _on_not_found(self, error: BaseException) -> None:
        if isinstance(error, UserError):
            words = error_text(error.code, **error.params)
            self.notice.say(words.message + words.next, "missing")
            self.place.selectAll()
        else:
            self.desk.tasks.report(error)

    def _open_row(self, place: int) -> None:
        rest = [one.patient_id for one in self._rows[place:] if one.outcome is None]
        open_row(self.desk, self._rows[place], queue=rest)

    def open_batch(self) -> None:
        """The sheet's rows that are not back, as a grid."""
        if (sheet := self.current()) is not None:
            self.desk.open_page("batch", sheet_id=sheet.id)

    def _chosen_rows(self) -> list[SheetRowFacts]:
        return [self._rows[place] for place in self.rows.view.selected_ids() if place < len(self._rows)]

    def record_attempt(self) -> None:
        """The paper says 未访到: a failed contact, and the row is back."""
        chosen = [one for one in self._chosen_rows() if one.outcome is None]
        if chosen:
            due_dialogs.record_attempt(self.desk, self, chosen[0].patient_id, chosen[0].name, sheet_row_id=chosen[0].id)

    def _mark(self, outcome: str | None) -> None:
        ids, ledger, today = [one.id for one in self._chosen_rows()], self.desk.ledger, self.desk.today()
        if ids:
            self.desk.tasks.run(
                "ledger", lambda _task: sheets.mark(ledger, ids, outcome, on=today), self._on_marked, owner=self
            )

    def _on_marked(self, changes: Changes) -> None:
        self.desk.saved()
        self.desk.changes.publish(changes, source=self)
        self.refresh()

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("sheets.help")


def _missing_of(sheet: Any) -> int:
    return int(sheet.rows - sheet.entered - sheet.attempted - sheet.withdrawn)


def _sheet_columns() -> list[Column]:
    return [
        Column("number", text("sheets.column.number"), 3, "number", is_bold=True),
        Column("printed_on", text("sheets.column.printed_on"), 6, "date"),
        Column("village", text("sheets.column.village"), 6, is_stretched=True,
               value=lambda sheet: sheet.village or text("sheets.several")),
        Column("doctor_name", text("sheets.column.doctor"), 5),
        Column("rows", text("sheets.column.rows"), 3, "number"),
        Column("entered", text("sheets.column.entered"), 3, "number"),
        Column("attempted", text("sheets.column.attempted"), 3.5, "number"),
        Column("withdrawn", text("sheets.column.withdrawn"), 3, "number"),
        Column("missing", text("sheets.column.missing"), 3, "number", value=_missing_of,
               tone=lambda sheet: "late" if _missing_of(sheet) else None),
    ]  # fmt: skip


def _outcome(found: Any) -> Sequence[ChipText]:
    return [ChipText(text(f"sheets.outcome.{found.outcome or 'open'}"), _TONES.get(found.outcome, "plain"))]


def _row_columns() -> list[Column]:
    return [
        Column("row", text("sheets.column.row"), 2, "number"),
        Column("name", text("rounds.column.name"), 5, is_bold=True, is_stretched=True),
        Column("outcome", text("sheets.column.outcome"), 5, "chips", chips=_outcome, is_sortable=False),
    ]


def _missing_columns() -> list[Column]:
    return [
        Column("place", text("sheets.column.place"), 4, value=lambda one: f"{one.sheet_number}-{one.row}",
               is_sortable=False),
        Column("name", text("rounds.column.name"), 6, is_bold=True, is_stretched=True),
        Column("printed_on", text("sheets.column.printed_on"), 6, "date"),
    ]  # fmt: skip
