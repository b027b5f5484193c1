"""The tab 分色 of a person: the colour now with its grounds, every assessment with the scheme it was made with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtWidgets import QWidget

from mhdesk.domain.assessment import ColourAssessment
from mhdesk.services import colours
from mhdesk.services.colours import Assessed
from mhdesk.text import text
from ui.pages.base import Desk
from ui.pages.colour_sheet import ColourSheet, colour_chip
from ui.pages.patient_pairs import Pairs
from ui.tables import Column, TablePanel
from ui.widgets import Beside, Card, Chip, ChipText, FlowLayout, Notice, PlainButton, clear, column, label

TOPICS = frozenset({"colour_assessment", "data_override"})
_NAME_EM = 6
_MAIN_CHARACTERS = 34


class ColoursTab(QWidget):
    """History at the left; the chosen assessment, the last one at first, at the right."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.patient_id = 0
        self._typed: str | None = None
        self._found: Sequence[Assessed] = ()
        self.sheet = ColourSheet(desk, self, self._stored)
        self.notice = Notice()
        self.table = TablePanel(desk.tasks, _columns(desk.today()))
        self.table.set_name(text("colours_page.history"))
        self.table.set_empty("history", text("colours_page.no_history"), text("patient_colours.empty_next"))
        self.table.view.selection_changed.connect(self._show_chosen)
        self.table.opened.connect(lambda place: self.sheet.print_(self._found[place].assessment))
        self.assess_button = PlainButton(text("colours_page.assess"), "clipboard-pen", self.assess)
        self.print_button = PlainButton(text("colours_page.print"), "printer", self._print)
        self.void_button = PlainButton(text("colours_page.void"), "x", self._void)
        self.chips = FlowLayout()
        head = QWidget()
        head.setLayout(self.chips)
        buttons = FlowLayout(space=3, is_right=True)
        for button in (self.void_button, self.print_button, self.assess_button):
            buttons.addWidget(button)
        acting = QWidget()
        acting.setLayout(buttons)
        main = Card(text("patient_colours.now"))
        main.body.addWidget(head)
        main.body.addWidget(self.table, 1)
        main.body.addWidget(acting)
        self.decision, self.grounds = Card(text("patient_colours.decision")), Card(text("patient_colours.grounds"))
        self._said = {card: column() for card in (self.decision, self.grounds)}
        for card, body in self._said.items():
            card.body.addLayout(body)
        lines = column(self.notice)
        lines.addWidget(Beside(main, self.decision, self.grounds, main_em=_MAIN_CHARACTERS), 1)
        self.setLayout(lines)

    def refresh(self, patient_id: int) -> None:
        """Read one person's."""
        if patient_id != self.patient_id:
            self.notice.clear()
        self.patient_id = patient_id
        ledger = self._desk.ledger

        def job(_task: object) -> tuple[list[Assessed], str | None]:
            return colours.assessed(ledger, patient_id), colours.current(ledger, patient_id)

        self._desk.tasks.run("ledger", job, self._show, key="patient-colours", owner=self)

    def assess(self) -> None:
        """A new assessment."""
        self.sheet.open(self.patient_id)

    def _show(self, read: tuple[Sequence[Assessed], str | None]) -> None:
        self._found, colour = read
        while (item := self.chips.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        for chip in self._now(colour):
            self.chips.addWidget(Chip(chip.label, chip.tone))
        self.table.show_rows([one.assessment for one in self._found])
        self._show_chosen()

    def _now(self, colour: str | None) -> list[ChipText]:
        """The colour now, how it came about, and whether it is time for the next assessment."""
        if colour is None:
            return [ChipText(text("colours.source.none"), "missing")]
        chips = list(colour_chip(colour))
        if not self._found:
            return [*chips, ChipText(text("colours.source.typed"), "missing")]
        last = self._found[0].assessment
        if last.next_on is not None:
            late = (self._desk.today() - last.next_on).days
            key = "late" if late > 0 else "next"
            said = text(f"patient_colours.{key}", day=last.next_on.isoformat(), days=late)
            chips.append(ChipText(said, "late" if late > 0 else "plain"))
        return chips

    def _chosen(self) -> Assessed | None:
        places = self.table.view.selected_ids()
        place = places[0] if places else 0
        return self._found[place] if place < len(self._found) else None

    def _show_chosen(self) -> None:
        chosen = self._chosen()
        for button in (self.print_button, self.void_button):
            button.setEnabled(chosen is not None)
        for card, body in self._said.items():
            clear(body)
            card.setVisible(chosen is not None)
        if chosen is None:
            return
        self._said[self.decision].addWidget(Pairs(_decision(chosen), name_em=_NAME_EM))
        if chosen.scheme is None:
            self._said[self.grounds].addWidget(label(text("patient_colours.scheme_lost"), "quiet", wrap=True))
            return
        said = []
        for ground in chosen.grounds:
            points = "" if ground.points is None else text("settings_colours.points", points=ground.points)
            said.append((ground.item, "　".join(one for one in (ground.answer, points) if one) or _nothing()))
        self._said[self.grounds].addWidget(Pairs(said, name_em=_NAME_EM + 2))
        scheme = chosen.scheme
        mark = text(f"rules.marks.{scheme.mark}")
        note = text("patient_colours.scheme", name=scheme.name, version=scheme.version, mark=mark, source=scheme.source)
        self._said[self.grounds].addWidget(label(note, "quiet_small", wrap=True))

    def _print(self) -> None:
        if (chosen := self._chosen()) is not None:
            self.sheet.print_(chosen.assessment)

    def _void(self) -> None:
        if (chosen := self._chosen()) is not None:
            self.sheet.ask_void(chosen.assessment)

    def _stored(self, _patient_id: int | None, name: str) -> None:
        if name:
            self.notice.say(text("colours_page.saved", name=name), "good")
        self.refresh(self.patient_id)


def _decision(one: Assessed) -> list[tuple[str, str]]:
    found, scheme = one.assessment, one.scheme
    interval = ""
    if scheme is not None and found.colour:
        interval = text("patient_colours.days", days=scheme.colour(found.colour).interval_days)
    values = {
        "day": found.assessed_on.isoformat(),
        "colour": colours.colour_word(found.colour),
        "score": "" if found.score is None else text("settings_colours.points", points=found.score),
        "suggested": colours.colour_word(found.suggested),
        "reason": found.override_reason or "",
        "members": found.members,
        "measures": found.measures or "",
        "interval": interval,
        "next_on": found.next_on.isoformat() if found.next_on else "",
        "entered": found.entered_by,
    }
    return [(text(f"patient_colours.{key}"), value or _nothing()) for key, value in values.items()]


def _nothing() -> str:
    return text("reports.nothing")


def _late(today: date, found: ColourAssessment) -> bool:
    return found.next_on is not None and found.next_on < today


def _columns(today: date) -> list[Column]:
    return [
        Column("assessed_on", text("colours.column.assessed_on"), 6.5, "date", is_bold=True),
        Column("colour", text("colours.column.colour"), 3.5, "chips", chips=lambda one: colour_chip(one.colour)),
        Column("score", text("colours.column.score"), 3, "number"),
        Column("suggested", text("colours.column.suggested"), 3.5, "chips",
               chips=lambda one: colour_chip(one.suggested)),
        Column("next_on", text("colours.column.next_on"), 6.5, "date",
               tone=lambda one: "late" if _late(today, one) else None),
        Column("override_reason", text("colours.column.reason"), 7, is_stretched=True),
        Column("members", text("colours.column.members"), 8, is_shown=False),
        Column("scheme_version", text("patient_colours.version"), 5, is_shown=False),
    ]  # fmt: skip
