"""分色分级: who is due to be assessed, the points sheet, the decision beside the suggestion, each person's history."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.task import Task
from mhdesk.services import colours
from mhdesk.services.colours import ColourEntry
from mhdesk.text import text
from ui import theme
from ui.dialogs import ask_files
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.pages.colour_sheet import ColourSheet, colour_chip
from ui.tables import Column, TablePanel
from ui.widgets import Beside, Card, ChoiceBar, Notice, PlainButton, label, row

_LEAST_ROWS = 7
_MAIN_CHARACTERS = 40


class ColoursPage(Page):
    """Assessments. With `patient_id`: that person is chosen."""

    topics = frozenset({"patient", "colour_assessment", "data_override", "movement"})
    shots = (Shot("colours", prepare=lambda page: page.choose_state("all")),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._entries: Sequence[ColourEntry] = ()
        self._everybody: Sequence[ColourEntry] = ()
        self._history: Sequence[ColourAssessment] = ()
        self._wanted: int | None = None
        self.sheet = ColourSheet(desk, self, self._stored)
        self.header.set_title(text("colours_page.title"))
        self.header.add_action(text("colours_page.export"), "download", self.export)
        self.header.add_action(
            text("colours_page.edit_scheme"), "settings", lambda: desk.open_page("settings", part="colours")
        )
        self.header.set_primary(text("colours_page.assess"), "clipboard-pen", self.assess)
        self.notice = Notice()
        self.states = ChoiceBar([(key, text(f"colours.state.{key}")) for key in colours.STATES])
        self.states.chosen.connect(lambda _key: self._show_state())
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("colours_page.title"))
        self.table.set_empty("circle-check", text("colours_page.empty"), text("colours_page.empty_next"))
        self.table.opened.connect(lambda _place: self.assess())
        self.table.view.selection_changed.connect(self._read_history)
        self.table.shown.connect(self._choose_wanted)
        self.history = TablePanel(desk.tasks, _history_columns(), has_foot=False)
        self.history.set_name(text("colours_page.history"))
        self.history.set_empty("history", text("colours_page.no_history"))
        self.history.opened.connect(lambda _place: self.print_())
        self.scheme = label("", "quiet_small", wrap=True)
        self._lay_out()
        self.takes_keys = self.table

    def _lay_out(self) -> None:
        least = theme.current().size("row") * _LEAST_ROWS
        main = Card()
        main.body.addLayout(row(self.states, None))
        main.body.addWidget(self.table, 1)
        main.body.addWidget(self.scheme)
        self.table.setMinimumHeight(least)
        self.side = Card(text("colours_page.history"))
        self.side.body.addWidget(self.history, 1)
        self.history.setMinimumHeight(least)
        self.side.body.addLayout(
            row(
                PlainButton(text("colours_page.void"), "x", self.ask_void),
                None,
                PlainButton(text("colours_page.print"), "printer", self.print_),
            )
        )
        self.body.addWidget(self.notice)
        self.body.addWidget(Beside(main, self.side, main_em=_MAIN_CHARACTERS), 1)

    # ---- reading

    def refresh(self) -> None:
        """Read everybody's colour anew."""
        ledger, today = self.desk.ledger, self.desk.today()
        wanted = self.params.get("patient_id")
        if wanted is not None:
            self._wanted = int(wanted)
            self.states.choose("all")

        def job(_task: Task) -> tuple[list[ColourEntry], Any]:
            return colours.entries(ledger, today=today, state="all"), colours.scheme(ledger)

        self.desk.tasks.run("ledger", job, self._show, title=text("table.loading"), key="colours", owner=self)

    def _show(self, found: tuple[list[ColourEntry], Any]) -> None:
        self._everybody, scheme = found
        said = text("colours_page.example", name=scheme.name, version=scheme.version, source=scheme.source)
        self.scheme.setText(f"{said}\n{text('colours.source_note')}")
        for state in colours.STATES:
            self.states.set_count(state, len(self._of(state)))
        self._show_state()

    def _of(self, state: str) -> list[ColourEntry]:
        return [one for one in self._everybody if state in ("all", one.state)]

    def choose_state(self, state: str) -> None:
        """Show those who are due, never assessed, or everybody."""
        self.states.choose(state)
        self._show_state()

    def _show_state(self) -> None:
        self._entries = self._of(self.states.key() or colours.STATES[0])
        self.table.show_rows(self._entries)

    def _choose_wanted(self) -> None:
        if self._wanted is not None:
            place = next((place for place, one in enumerate(self._entries) if one.id == self._wanted), None)
            self._wanted = None
            if place is not None:
                self.table.view.selectRow(place)
        elif self.table.count() and not self.table.view.currentIndex().isValid():
            self.table.view.selectRow(0)
        self._read_history()

    def chosen(self) -> ColourEntry | None:
        """The person the cursor stands on."""
        place = self.table.model.id_at(self.table.view.currentIndex().row())
        return self._entries[place] if place is not None and place < len(self._entries) else None

    def _read_history(self) -> None:
        person, ledger = self.chosen(), self.desk.ledger
        if person is None:
            self._show_history(())
            return
        self.side.head.set_title(text("colours_page.history_of", name=person.name))
        self.desk.tasks.run(
            "ledger",
            lambda _task: colours.history(ledger, person.id),
            self._show_history,
            key="colour-history",
            owner=self,
        )

    def _show_history(self, found: Sequence[ColourAssessment]) -> None:
        self._history = found
        self.history.show_rows(found)

    # ---- assessing

    def assess(self) -> None:
        """The points sheet of the chosen person, filled as far as the file answers it."""
        person = self.chosen()
        if person is None:
            self.notice.say(text("colours_page.choose"), "missing")
            return
        self.sheet.open(person.id)

    def _stored(self, patient_id: int | None, name: str) -> None:
        if name:
            self.notice.say(text("colours_page.saved", name=name), "good")
        self._wanted = patient_id
        self.refresh()

    # ---- history and paper

    def _chosen_assessment(self) -> ColourAssessment | None:
        place = self.history.model.id_at(self.history.view.currentIndex().row())
        if place is None or place >= len(self._history):
            if not self._history:
                self.notice.say(text("colours_page.choose_assessment"), "missing")
                return None
            place = 0
        return self._history[place]

    def print_(self) -> None:
        """Print the chosen assessment's sheet."""
        if (one := self._chosen_assessment()) is not None:
            self.sheet.print_(one)

    def ask_void(self) -> None:
        """Take an assessment back, with a reason."""
        if (one := self._chosen_assessment()) is not None:
            self.sheet.ask_void(one)

    def export(self) -> None:
        """The list shown as a workbook or pdf."""
        name = f"{self.desk.unit_name}{self.header.title()}{self.desk.today().isoformat()}"
        ask_files.save_as(self, text("colours_page.save_as"), name, self.write_to, kinds=("xlsx", "pdf"))

    def write_to(self, file: Path) -> None:
        """Write the list shown into `file`."""
        ledger, shown, today = self.desk.ledger, self._entries, self.desk.today()

        def job(task: Task) -> None:
            colours.write(ledger, colours.list_report(ledger, shown, today=today), file, task=task)

        def done(_none: None) -> None:
            self.notice.say(text("colours_page.written", name=file.name), "good")

        self.desk.tasks.run("ledger", job, done, owner=self)

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("colours_page.help")


def _columns() -> list[Column]:
    return [
        Column("name", text("colours.column.name"), 6, is_bold=True),
        Column("village", text("colours.column.village"), 6),
        Column("colour", text("colours.column.colour"), 3.5, "chips", chips=lambda one: colour_chip(one.colour)),
        Column("source", text("colours.column.source"), 7,
               value=lambda one: text(f"colours.source.{one.source or 'none'}")),
        Column("assessed_on", text("colours.column.assessed_on"), 6.5, "date"),
        Column("next_on", text("colours.column.next_on"), 6.5, "date",
               tone=lambda one: "late" if one.days_late > 0 else None),
        Column("days_late", text("colours.column.days_late"), 4, "number", is_stretched=True,
               value=lambda one: one.days_late if one.days_late > 0 else None),
    ]  # fmt: skip


def _history_columns() -> list[Column]:
    return [
        Column("assessed_on", text("colours.column.assessed_on"), 6.5, "date"),
        Column("colour", text("colours.column.colour"), 3, "chips", chips=lambda one: colour_chip(one.colour)),
        Column("score", text("colours.column.score"), 3, "number"),
        Column("override_reason", text("colours.column.reason"), 6, is_stretched=True),
    ]
