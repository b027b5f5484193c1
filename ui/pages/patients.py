"""患者: the register. Saved lists as pills with counts, filters, any number of people, Enter opens one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QLineEdit

from mhdesk.domain.unit import Unit, UnitLevel
from mhdesk.services import patients
from mhdesk.services.patients import RegisterFilter
from mhdesk.text import text
from ui import theme
from ui.pages import patient_words as words
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.pages.patients_lists import RegisterTools
from ui.pages.patients_paper import RegisterPaper
from ui.tables import Column, PagedSource, TablePanel
from ui.tables.source import TableQuery
from ui.widgets import Card, ChoiceBar, Notice, row

#: Saved lists: key of the count, and what it filters by.
LISTS: dict[str, RegisterFilter] = {
    "registered": RegisterFilter(status="registered"),
    "unstable": RegisterFilter(status="registered", visit_class="1"),
    "risk_3_plus": RegisterFilter(status="registered", minimum_risk="3"),
    "class_none": RegisterFilter(status="registered", visit_class="none"),
    "lost": RegisterFilter(status="lost"),
    "inpatient": RegisterFilter(status="inpatient"),
    "refused": RegisterFilter(status="refused"),
    "ended": RegisterFilter(status="ended"),
    "": RegisterFilter(),
}
_TYPING_PAUSE_MS = 150
_LEAST_ROWS = 6  # header and foot included


def columns(today: date) -> list[Column]:
    """The register's columns; `today` decides ages and what is overdue."""
    return [
        Column("name", text("patients.column.name"), 5, is_bold=True),
        Column("sex", text("patients.column.sex"), 2, value=lambda line: words.coded("sex", line.sex), gives_way=4),
        Column("birth_date", text("patients.column.age"), 3, "number",
               value=lambda line: words.age(line.birth_date, today), gives_way=2),
        Column("village", text("patients.column.village"), 5.5, value=lambda line: line.village or line.institution),
        Column("diagnosis", text("patients.column.diagnosis"), 12,
               value=lambda line: words.coded("diagnosis", line.diagnosis), gives_way=5),
        Column("visit_class", text("patients.column.visit_class"), 5.5, "chips", chips=words.class_chips),
        Column("risk_level", text("patients.column.risk"), 3.5, "chips", chips=words.risk_chips),
        Column("adherence", text("patients.column.adherence"), 4, is_sortable=False,
               value=words.short_adherence, gives_way=3),
        Column("last_visit_date", text("patients.column.last_visit"), 5.5, "date", gives_way=1),
        Column("next_visit_date", text("patients.column.next_visit"), 5.5, "date",
               tone=lambda line: words.due_tone(line, today)),
        Column("state", text("patients.column.state"), 5, "chips", chips=words.state_chips,
               is_sortable=False, is_stretched=True),
        Column("guardian_name", text("patients.column.guardian"), 6, is_sortable=False, is_shown=False),
        Column("guardian_phone", text("patients.column.guardian_phone"), 9, is_sortable=False, is_shown=False),
        Column("colour", text("patients.column.colour"), 4, "chips", chips=words.colour_chips, is_shown=False),
        Column("id_number", text("patients.column.id_number"), 12, is_sortable=False, is_shown=False),
        Column("phone", text("patients.column.phone"), 9, is_sortable=False, is_shown=False),
        Column("registered_on", text("patients.column.registered_on"), 7, "date", is_shown=False),
    ]  # fmt: skip


class PatientsPage(Page):
    """The register."""

    topics = frozenset({"patient", "follow_up", "movement", "unit", "saved_list"})
    shots = (Shot("patients"), Shot("patients-unstable", {"list": "unstable"}))

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.header.set_title(text("patients.title"))
        self.header.add_action(text("patients.import"), "upload", lambda: desk.open_page("imports"))
        self.paper = RegisterPaper(self)
        self.notice = Notice()
        self.header.set_primary(text("person.action_new"), "user-plus", lambda: desk.open_page("person"))
        self.lists = ChoiceBar([(key, text(f"patients.list.{key or 'all'}")) for key in LISTS])
        self.lists.chosen.connect(self._choose)
        self.village = QComboBox()
        self.village.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.village.setAccessibleName(text("patients.column.village"))
        self.village.currentIndexChanged.connect(lambda _index: self.ask_again())
        self.term = QLineEdit()
        self.term.setPlaceholderText(text("patients.filter_hint"))
        self.term.setClearButtonEnabled(True)
        self.term.setAccessibleName(text("patients.filter_hint"))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_PAUSE_MS)
        self._typing.timeout.connect(self.ask_again)
        self.term.textChanged.connect(lambda _words: self._typing.start())
        self.table = TablePanel(desk.tasks, columns(desk.today()))
        self.table.set_name(text("patients.title"))
        self.table.set_empty("users", text("patients.empty"), text("patients.empty_next"))
        self.table.opened.connect(lambda patient_id: desk.open_page("patient", patient_id=patient_id))
        card = Card()
        card.body.addLayout(row(self.term, self.village, space=3))
        card.body.addWidget(self.table, 1)
        self.table.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        self.takes_keys = self.table
        self.body.addWidget(self.notice)
        self.body.addWidget(self.lists)
        self.body.addWidget(card, 1)
        self.tools = RegisterTools(self, LISTS)

    def refresh(self) -> None:
        """Counts, villages and rows anew; the chosen list and filters stay."""
        wanted = str(self.params.get("list", self.lists.key() or "registered"))
        if wanted in LISTS:
            self.lists.choose(wanted)
        ledger = self.desk.ledger
        run = self.desk.tasks.run
        self.ask_again()
        self.tools.refresh()
        run("ledger", lambda _task: patients.units(ledger), self._show_villages, owner=self)
        run("ledger", lambda _task: patients.status_counts(ledger), self._show_counts, owner=self)

    def chosen(self) -> RegisterFilter:
        """What the doctor chose to see."""
        base = self.tools.base(self.lists.key() or "")
        return dataclasses.replace(base, unit_id=self.village.currentData(), text=self.term.text())

    def _choose(self, key: str) -> None:
        """Another list: a saved one brings its filters, order and columns."""
        self.tools.choose(key)
        self.ask_again()

    def show_filters(self, *, unit_id: int | None, words: str) -> None:
        """Put these filters into their controls, without reading anew."""
        for control in (self.village, self.term):
            control.blockSignals(True)
        self.village.setCurrentIndex(max(0, self.village.findData(unit_id)))
        self.term.setText(words)
        for control in (self.village, self.term):
            control.blockSignals(False)

    def ask_again(self) -> None:
        """Show what is chosen now."""
        ledger, chosen = self.desk.ledger, self.chosen()

        def list_ids(query: TableQuery) -> list[int]:
            key = query.sort_key or "id"
            return patients.register_ids(ledger, chosen=chosen, sort=key, descending=query.is_descending)

        self.table.set_source(PagedSource(list_ids, lambda ids: patients.register_rows(ledger, ids)))

    def _show_counts(self, counts: dict[str, int]) -> None:
        for key in LISTS:
            self.lists.set_count(key, counts.get(key, 0))

    def _show_villages(self, units: list[Unit]) -> None:
        kept = self.village.currentData()
        level = UnitLevel.VILLAGE if self.desk.ledger.level == "township" else UnitLevel.INSTITUTION
        self.village.blockSignals(True)
        self.village.clear()
        self.village.addItem(text(f"patients.all_{level}"), None)
        for unit in units:
            if unit.level == level:
                self.village.addItem(unit.name, unit.id)
        self.village.setCurrentIndex(max(0, self.village.findData(kept)))
        self.village.blockSignals(False)

    def print_(self) -> None:
        """Choose a form for the people shown or selected."""
        self.paper.open_print()

    def export(self) -> None:
        """Choose what is written as a workbook."""
        self.paper.open_export()

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("patients.help")
