"""The points sheet of an assessment (分色评估): points, decision, paper, taking one back; used wherever colours are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.changes import Changes
from mhdesk.domain.task import Task
from mhdesk.rules.colours import COLOURS, Item, Suggestion
from mhdesk.services import colours
from mhdesk.services.colours import Start
from mhdesk.text import text
from ui import printing
from ui.dialogs.ask import Ask, AskDialog
from ui.pages.base import Desk
from ui.theme import PROGRAMME_TONES
from ui.widgets import ChipText


class ColourSheet:
    """The dialogs of `owner`. `stored(patient id, name)` is told what the ledger has taken; no name: one taken back."""

    def __init__(self, desk: Desk, owner: QWidget, stored: Callable[[int | None, str], object]) -> None:
        self._desk, self._owner, self._stored = desk, owner, stored

    def open(self, patient_id: int) -> None:
        """The points sheet of a person, filled as far as the file answers it."""
        ledger, today = self._desk.ledger, self._desk.today()
        self._desk.tasks.run(
            "ledger",
            lambda _task: colours.start(ledger, patient_id, today=today),
            self._ask_points,
            owner=self._owner,
        )

    def _ask_points(self, start: Start) -> None:
        asks = [
            Ask(
                item.key,
                item.name,
                "choice",
                value=start.answers.get(item.key, ""),
                choices=_options(item),
                is_beside=number % 2 == 1,
            )
            for number, item in enumerate(start.scheme.items)
        ]

        def next_step(dialog: AskDialog, values: Mapping[str, Any]) -> None:
            answers = {key: str(value) for key, value in values.items() if value}
            ledger = self._desk.ledger

            def done(said: Suggestion) -> None:
                self._ask_decision(start, answers, said, dialog)

            self._desk.tasks.run("ledger", lambda _task: colours.suggest(ledger, answers), done, owner=dialog)

        AskDialog(
            self._desk,
            text("colours_page.points_title", name=start.patient.name),
            text("colours_page.next_step"),
            asks,
            next_step,
            sentence=text("colours_page.points_hint"),
            parent=self._owner.window(),
        ).open()

    def _ask_decision(self, start: Start, answers: Mapping[str, str], said: Suggestion, points: AskDialog) -> None:
        """The decision; the points sheet stays open behind it until the ledger has taken both."""
        days = {one.key: one.interval_days for one in start.scheme.colours}
        last = start.history[0].members if start.history else ""
        choices = [("", text("reports.nothing")), *((key, colours.colour_word(key)) for key in COLOURS)]
        asks = [
            Ask("on", text("colours_page.on"), "date", value=self._desk.today().isoformat(), is_required=True),
            Ask("colour", text("colours_page.colour"), "choice", said.colour or "", choices, is_beside=True),
            Ask("override_reason", text("colours_page.reason")),
            Ask("members", text("colours_page.members"), value=last, is_required=True),
            Ask("measures", text("colours_page.measures"), "long",
                value=start.scheme.colour(said.colour).measures if said.colour else ""),
            Ask("next_on", text("colours_page.next_on"), "date", hint=text("colours_page.next_hint", **days)),
        ]  # fmt: skip

        def store(dialog: AskDialog, values: Mapping[str, Any]) -> None:
            ledger, today = self._desk.ledger, self._desk.today()

            def job(_task: Task) -> Changes:
                return colours.assess(
                    ledger,
                    start.patient.id or 0,
                    on=values["on"],
                    answers=answers,
                    colour=str(values["colour"] or ""),
                    members=str(values["members"] or ""),
                    override_reason=values["override_reason"],
                    measures=values["measures"],
                    next_on=values["next_on"],
                    today=today,
                )

            def done(changes: Changes) -> None:
                dialog.accept()
                points.accept()
                self._desk.saved()
                self._desk.changes.publish(changes, source=self._owner)
                self._stored(start.patient.id, start.patient.name)

            self._desk.tasks.run("ledger", job, done, dialog.refuse, owner=dialog)

        AskDialog(
            self._desk,
            text("colours_page.decide_title", name=start.patient.name),
            text("colours_page.save"),
            asks,
            store,
            sentence=_said(said),
            parent=self._owner.window(),
        ).open()

    def print_(self, one: ColourAssessment) -> None:
        """Print an assessment's sheet."""
        ledger = self._desk.ledger
        self._desk.tasks.run(
            "ledger",
            lambda task: colours.sheet_bytes(ledger, one.id or 0, task),
            lambda content: printing.print_pdf(self._owner.window(), content, title=text("colours.sheet.title")),
            owner=self._owner,
        )

    def ask_void(self, one: ColourAssessment) -> None:
        """Take an assessment back, with a reason."""
        ledger = self._desk.ledger

        def void(dialog: AskDialog, values: Mapping[str, Any]) -> None:
            def done(changes: Changes) -> None:
                dialog.accept()
                self._desk.saved()
                self._desk.changes.publish(changes, source=self._owner)
                self._stored(one.patient_id, "")

            self._desk.tasks.run(
                "ledger",
                lambda _task: colours.void(ledger, one.id or 0, reason=str(values["reason"])),
                done,
                dialog.refuse,
                owner=dialog,
            )

        asks = [Ask("reason", text("colours_page.void_reason"), is_required=True)]
        AskDialog(
            self._desk, text("colours_page.void"), text("colours_page.void"), asks, void, parent=self._owner.window()
        ).open()


def _said(said: Suggestion) -> str:
    if said.colour is None:
        return text("colours_page.not_suggested", items="、".join(said.missing))
    word = colours.colour_word(said.colour)
    if said.decided_by:
        return text("colours_page.suggested_by", score=said.score, item=said.decided_by, colour=word)
    return text("colours_page.suggested", score=said.score, colour=word)


def _options(item: Item) -> list[tuple[str, str]]:
    return [("", text("reports.nothing")), *((one.key, f"{one.name}（{one.points}）") for one in item.options)]


def colour_chip(colour: str | None) -> Sequence[ChipText]:
    """The colour as a chip with its word."""
    if not colour:
        return []
    word = colours.colour_word(colour)
    return [ChipText(word, PROGRAMME_TONES.get(word, "plain"))]
