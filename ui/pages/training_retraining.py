"""转岗培训: quotas by year and unit, who was sent, how far each has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QWidget

from mhdesk.domain.task import Task
from mhdesk.domain.training import Retrainee
from mhdesk.services import record_history, retraining, staff, training_report, units
from mhdesk.services.retraining import Plan, PlanLine
from mhdesk.text import text
from ui import theme
from ui.dialogs import ask_files
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.dialogs.kept import Kept
from ui.pages import training_files as files
from ui.pages.base import Desk
from ui.pages.training_dialogs import run
from ui.pages.training_part import Output, TrainingPart
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Card, Chip, ChipText, FlowLayout, PlainButton, clear, column, row

_LEAST_ROWS = 4
_TONES: dict[str, ToneName] = {
    "chosen": "info",
    "training": "info",
    "completed": "good",
    "licensed": "good",
    "not_practising": "late",
    "left": "late",
}


@dataclass(frozen=True)
class TraineeLine:
    """Somebody sent, with the name and unit."""

    trainee: Retrainee
    name: str
    unit: str


class RetrainingPart(TrainingPart):
    """The three-year plan."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._plan = Plan((), {})
        self._people: Sequence[TraineeLine] = ()
        self._staff: Sequence[tuple[str, str]] = ()
        self._units: Sequence[tuple[str, str]] = ()
        self._chips = FlowLayout(space=2)
        chips = QWidget()
        chips.setLayout(self._chips)
        self.plan_table = TablePanel(desk.tasks, _plan_columns(), has_foot=False)
        self.plan_table.set_name(text("training_page.retraining.plan"))
        self.plan_table.set_empty(
            "calendar-days", text("training_page.retraining.empty"), text("training_page.retraining.empty_next")
        )
        self.people_table = TablePanel(desk.tasks, _people_columns(), has_foot=False)
        self.people_table.set_name(text("training_page.retraining.people"))
        self.people_table.set_empty("users", text("training_page.retraining.nobody"))
        self.people_table.opened.connect(lambda place: self.advance(self._people[place]))
        self.people_table.view.selection_changed.connect(self._show_buttons)
        least = theme.current().size("row") * _LEAST_ROWS
        plan = Card(text("training_page.retraining.plan"))
        plan.head.setMinimumHeight(theme.current().size("button"))
        plan.head.add(PlainButton(text("training_page.retraining.quota"), "pencil", self.set_quota))
        plan.head.add(self.output_button())
        plan.head.add(PlainButton(text("training_page.retraining.read"), "upload", self.read))
        plan.body.addWidget(chips)
        plan.body.addWidget(self.plan_table, 1)
        people = Card(text("training_page.retraining.people"))
        self.stage_button = PlainButton(
            text("training_page.retraining.stage"), "arrow-right", lambda: self._with(self.advance)
        )
        self.void_button = PlainButton(text("training_page.staff.void"), "trash-2", lambda: self._with(self.void))
        people.body.addWidget(self.people_table, 1)
        self.history_button = PlainButton(text("record_history.open"), "history", lambda: self._with(self.show_history))
        people.body.addLayout(row(self.stage_button, self.void_button, self.history_button, None, space=2))
        for table in (self.plan_table, self.people_table):
            table.setMinimumHeight(least)
        body = column(self.notice, plan, people, space=3)
        body.setStretch(1, 1)
        body.setStretch(2, 1)
        self.setLayout(body)

    def primary(self) -> tuple[str, str, Callable[[], object]]:
        """Somebody is sent."""
        return text("training_page.retraining.choose"), "user-plus", self.choose

    def refresh(self) -> None:
        """Read the plan."""
        ledger, today = self.desk.ledger, self.desk.today()

        def job(_task: Task) -> tuple[Plan, list[TraineeLine], list[tuple[str, str]], list[tuple[str, str]]]:
            lines = staff.listed(ledger, today=today)
            names = {one.id: one.name for one in lines}
            known = [(str(one.id), one.name) for one in units.listed(ledger, year=today.year) if one.level != "village"]
            places = dict(known)
            people = [
                TraineeLine(one, names.get(one.staff_id, ""), places.get(str(one.unit_id), ""))
                for one in retraining.people(ledger)
            ]
            return (
                retraining.plan(ledger),
                people,
                [(str(one.id), f"{one.name}　{one.workplace}") for one in lines],
                known,
            )

        self.desk.tasks.run("ledger", job, self._show, key="retraining", owner=self)

    def _show(
        self, found: tuple[Plan, Sequence[TraineeLine], Sequence[tuple[str, str]], Sequence[tuple[str, str]]]
    ) -> None:
        self._plan, self._people, self._staff, self._units = found
        clear(self._chips)
        for year, (quota, sent) in self._plan.years.items():
            tone: ToneName = "good" if sent >= quota else "late" if year < self.desk.today().year else "info"
            self._chips.addWidget(Chip(text("training_page.retraining.year", year=year, quota=quota, sent=sent), tone))
        self.plan_table.show_rows(self._plan.lines)
        self.people_table.show_rows(self._people)
        self._show_buttons()

    def _show_buttons(self) -> None:
        for button in (self.stage_button, self.void_button, self.history_button):
            button.setEnabled(self._chosen() is not None)

    def _chosen(self) -> TraineeLine | None:
        places = self.people_table.view.selected_ids()
        return self._people[places[0]] if places and places[0] < len(self._people) else None

    def _with(self, deed: Callable[[TraineeLine], object]) -> None:
        if (line := self._chosen()) is not None:
            deed(line)

    def set_quota(self) -> AskDialog:
        """How many a unit sends in a year."""

        def submit(dialog: AskDialog, values: Values) -> None:
            run(
                self.desk,
                dialog,
                lambda: retraining.set_quota(
                    self.desk.ledger,
                    year=int(values["year"]),
                    unit_id=int(values["unit"]),
                    quota=int(values["quota"]),
                    source=values["source"],
                ),
                self.changed,
            )

        year = str(self.desk.today().year)
        return self.ask(
            text("training_page.retraining.quota"),
            [
                Ask("year", text("training.field.year"), "number", value=year, is_required=True),
                Ask("quota", text("training.field.quota"), "number", is_required=True, is_beside=True),
                Ask("unit", text("training.field.unit"), "choice", choices=self._units, is_required=True),
                Ask("source", text("training_page.retraining.source")),
            ],
            submit,
            draft=Kept("retraining.quota"),
        )

    def choose(self) -> AskDialog:
        """选派."""
        today = self.desk.today()

        def submit(dialog: AskDialog, values: Values) -> None:
            run(
                self.desk,
                dialog,
                lambda: retraining.choose(
                    self.desk.ledger,
                    staff_id=int(values["who"]),
                    unit_id=int(values["unit"]),
                    year=int(values["year"]),
                    on=values["on"],
                    note=values["note"],
                    today=today,
                )[1],
                self.changed,
            )

        return self.ask(
            text("training_page.retraining.choose"),
            [
                Ask("who", text("training_page.ask.who"), "choice", choices=self._staff, is_required=True),
                Ask("unit", text("training.field.unit"), "choice", choices=self._units, is_required=True),
                Ask("year", text("training.field.year"), "number", value=str(today.year), is_required=True),
                Ask("on", text("training_page.retraining.on"), "date", value=today.isoformat(), is_required=True,
                    is_beside=True),
                Ask("note", text("training.field.note")),
            ],
            submit,
            draft=Kept("retraining.choose"),
        )  # fmt: skip

    def advance(self, line: TraineeLine) -> AskDialog:
        """The next stage."""
        today, trainee = self.desk.today(), line.trainee

        def submit(dialog: AskDialog, values: Values) -> None:
            run(
                self.desk,
                dialog,
                lambda: retraining.set_stage(
                    self.desk.ledger,
                    trainee.id or 0,
                    values["stage"],
                    on=values["on"],
                    note=values["note"],
                    today=today,
                ),
                self.changed,
            )

        stages = [(one, text(f"training.stage.{one}")) for one in retraining.STAGES]
        return self.ask(
            text("training_page.retraining.stage_of", name=line.name),
            [
                Ask("stage", text("training_page.retraining.stage"), "choice", value=trainee.stage, choices=stages),
                Ask("on", text("training_page.retraining.on"), "date", value=today.isoformat(), is_required=True,
                    is_beside=True),
                Ask("note", text("training.field.note"), value=trainee.note or ""),
            ],
            submit,
            draft=Kept("retraining.stage", trainee.id or 0),
        )  # fmt: skip

    def void(self, line: TraineeLine) -> AskDialog:
        """Entered by mistake."""
        ledger = self.desk.ledger
        return self.ask_void(line.name, lambda why: retraining.void(ledger, line.trainee.id or 0, reason=why))

    def show_history(self, line: TraineeLine) -> None:
        """Who changed what and when: the stages somebody went through."""
        trainee_id = line.trainee.id or 0
        self.history_of(line.name, lambda ledger: record_history.of_retrainee(ledger, trainee_id))

    def outputs(self) -> list[Output]:
        """The plan with its progress and everybody sent."""
        ledger, today = self.desk.ledger, self.desk.today()
        title = text("training.report.retraining_title")
        return [Output(title, lambda _task: training_report.of_retraining(ledger, today=today))]

    def read(self) -> None:
        """Quotas and people from a table."""
        ask_files.open_file(self, text("training_page.retraining.read"), ask_files.TABLES, self.read_file)

    def read_file(self, path: Path) -> None:
        """Import the plan."""
        files.read_table(self.desk, self, path, self.notice, self.changed, kinds=["retraining"])


def _plan_columns() -> list[Column]:
    def stage(key: str) -> Callable[[PlanLine], int]:
        return lambda one: one.stages.get(key, 0)

    return [
        Column("year", text("training.field.year"), 4),
        Column("unit", text("training.field.unit"), 8, is_stretched=True, is_bold=True),
        Column("quota", text("training.field.quota"), 4, "number"),
        Column("sent", text("training.field.sent"), 5, "number"),
        *(
            Column(
                key, text(f"training.stage.{key}"), len(text(f"training.stage.{key}")) + 1.5, "number", value=stage(key)
            )
            for key in retraining.STAGES
        ),
    ]


def _people_columns() -> list[Column]:
    return [
        Column("name", text("training.field.name"), 6, is_bold=True),
        Column("unit", text("training.field.unit"), 12, is_stretched=True),
        Column("year", text("training.field.year"), 4, value=lambda one: one.trainee.year),
        Column("stage", text("training_page.retraining.stage"), 8, "chips", is_sortable=False,
               chips=lambda one: [ChipText(text(f"training.stage.{one.trainee.stage}"), _TONES[one.trainee.stage])]),
        Column("on", text("training_page.retraining.on"), 7, "date", value=lambda one: one.trainee.stage_on),
        Column("note", text("training.field.note"), 8, value=lambda one: one.trainee.note, is_sortable=False),
    ]  # fmt: skip
