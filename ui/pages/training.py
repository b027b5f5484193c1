"""培训: the year on twelve tiles; 工作人员, 人员配备, 转岗培训 and 目标 on sheets of their own.

Parameters: `tab`, `year`, `month` (a tile to be opened at once).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.rounding import two_decimals
from mhdesk.services import training, training_report, training_terms
from mhdesk.services.training import SessionLine, Year
from mhdesk.text import text
from ui import theme
from ui.dialogs.kept import keep_all
from ui.pages import training_dialogs as dialogs
from ui.pages.base import Desk, Page, Params, Shot, keys_of
from ui.pages.training_part import Output, TrainingPart
from ui.pages.training_retraining import RetrainingPart
from ui.pages.training_staff import StaffPart
from ui.pages.training_staffing import StaffingPart
from ui.pages.training_targets import TargetsPart
from ui.pages.training_tiles import YearTiles, joint_chips, state_chip
from ui.tables import Column, TablePanel
from ui.widgets import (
    Card,
    Chip,
    ChipText,
    ChoiceBar,
    FlowLayout,
    IconButton,
    Notice,
    PlainButton,
    clear,
    column,
    label,
    row,
)

_LEAST_ROWS = 3


class Part(Protocol):
    """A sheet of the page."""

    notice: Notice

    def refresh(self) -> None:
        """Read what it shows anew."""

    def export(self) -> None:
        """Write what it shows as a file."""

    def print_(self) -> None:
        """Print what it shows."""

    def primary(self) -> tuple[str, str, Callable[[], object]]:
        """Words, icon and deed of the page's primary button while the sheet is in front."""


class YearPart(TrainingPart):
    """The year."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.year = desk.today().year
        self.month: str | None = None
        self._book: Year | None = None
        self._rows: list[SessionLine] = []
        before = IconButton("chevron-left", text("training_page.year_before"), lambda: self.go(-1))
        after = IconButton("chevron-right", text("training_page.year_after"), lambda: self.go(1))
        self.title = label("", "section")
        self._chips = FlowLayout(space=2)
        chips = QWidget()
        chips.setLayout(self._chips)
        plan = PlainButton(text("training_page.plan"), "calendar-days", self.plan)
        ledger = self.output_button()
        terms = PlainButton(text("training_page.terms"), "settings", self.edit_terms)
        # in large type the quarters have a line of their own
        beside = None if theme.current().is_narrow else chips
        head = row(before, self.title, after, beside, plan, ledger, terms, space=3)
        if beside is not None:
            head.setStretch(3, 1)
        self.tiles = YearTiles()
        self.tiles.opened.connect(self.open_month)
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("training_page.sessions"))
        self.table.set_empty("calendar-days", text("training_page.empty"), text("training_page.empty_next"))
        self.table.opened.connect(self._open_row)
        self.table.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        self.card = Card(text("training_page.sessions"))
        self.summary = PlainButton(text("training_page.month_report"), "printer", self.print_month)
        self.whole_year = PlainButton(text("training_page.whole_year"), "list", lambda: self.show_month(None))
        self.card.head.setMinimumHeight(theme.current().size("button"))
        self.card.head.add(self.summary)
        self.card.head.add(self.whole_year)
        self.card.body.addWidget(self.table, 1)
        lines = QWidget()
        lines.setLayout(head)
        parts = [self.notice, lines, *([chips] if beside is None else []), self.tiles, self.card]
        body = column(*parts, space=3)
        body.setStretch(len(parts) - 1, 1)
        self.setLayout(body)

    def primary(self) -> tuple[str, str, Callable[[], object]]:
        """New session."""
        return text("training_page.session_new"), "plus", self.new_session

    def refresh(self) -> None:
        """Read the year."""
        ledger, year, today = self.desk.ledger, self.year, self.desk.today()
        self.desk.tasks.run(
            "ledger", lambda _task: training.year(ledger, year, today=today), self._show, key="training", owner=self
        )

    def _show(self, year: Year) -> None:
        today = self.desk.today()
        self._book = year
        self.title.setText(text("training_page.year", year=year.year))
        over = [(year.year, 3 * quarter) < (today.year, today.month) for quarter in range(1, 5)]
        clear(self._chips)
        for chip in joint_chips(year, quarters_over=over):
            self._chips.addWidget(Chip(chip.label, chip.tone))
        self.tiles.show_year(year, this_month=f"{today:%Y-%m}")
        self.show_month(self.month)

    def go(self, years: int) -> None:
        """Another year."""
        self.year += years
        self.month = None
        self.refresh()

    def open_month(self, month: str) -> None:
        """A tile: its session, or the list of its sessions where there are several or none."""
        its = [line for line in self._book.sessions if self._in(line, month)] if self._book else []
        if len(its) == 1:
            self.desk.open_page("session", session_id=its[0].id)
        else:
            self.show_month(month)
            self.table.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_month(self, month: str | None) -> None:
        """The sessions of a month, None: of the year."""
        self.month = month
        sessions = self._book.sessions if self._book else []
        self._rows = [line for line in sessions if month is None or self._in(line, month)]
        words = text("training_page.sessions") if month is None else text("training_page.sessions_of", month=month)
        self.card.head.set_title(words)
        self.summary.setVisible(month is not None)
        self.whole_year.setVisible(month is not None)
        self.table.show_rows(self._rows)

    @staticmethod
    def _in(line: SessionLine, month: str) -> bool:
        held = line.session.held_on
        return (f"{held:%Y-%m}" if held else line.session.month) == month

    def _open_row(self, place: int) -> None:
        self.desk.open_page("session", session_id=self._rows[place].id)

    # ---- doing

    def new_session(self) -> None:
        """A session with its usual roster; it opens when stored."""
        month = self.month or f"{self.desk.today():%Y-%m}"

        def done(changes: Changes, session_id: int) -> None:
            self.changed(changes)
            self.desk.open_page("session", session_id=session_id)

        dialogs.session(self.desk, self.window(), None, month=month, on_done=done)

    def plan(self) -> None:
        """Fill up the year's plan."""
        ledger, year = self.desk.ledger, self.year

        def done(found: tuple[list[int], Changes]) -> None:
            count = len(found[0])
            self.changed(found[1])
            key = "planned" if count else "planned_already"
            self.notice.say(text(f"training_page.{key}", count=count, year=year), "good")

        self.desk.tasks.run("ledger", lambda _task: training.plan_year(ledger, year), done, owner=self)

    def edit_terms(self) -> None:
        """合格线 and the others."""
        ledger = self.desk.ledger

        def show(known: object) -> None:
            values = list(cast("dict[str, object]", known).values())
            dialogs.terms(self.desk, self.window(), known=values, on_done=self.changed)

        self.desk.tasks.run("ledger", lambda _task: training_terms.load(ledger), show, owner=self)

    def outputs(self) -> list[Output]:
        """培训台账, the plan of the year, and the summary of a month."""
        ledger, year, today = self.desk.ledger, self.year, self.desk.today()
        month = self.month or f"{today:%Y-%m}"
        words = text("training.report.month_words", year=int(month[:4]), month=int(month[5:]))
        return [
            Output(
                text("training.report.ledger_title", year=year),
                lambda _task: training_report.of_year(ledger, year, today=today),
            ),
            Output(
                text("training.report.plan_title", year=year),
                lambda _task: training_report.of_plan(ledger, year, today=today),
            ),
            Output(
                text("training.report.month_title", month=words),
                lambda _task: training_report.of_month(ledger, month, today=today),
            ),
        ]

    def print_month(self) -> None:
        """月汇总表 of the month shown."""
        self._print(self.outputs()[2])


PARTS: dict[str, Callable[[Desk], QWidget]] = {
    "year": YearPart,
    "staff": StaffPart,
    "staffing": StaffingPart,
    "retraining": RetrainingPart,
    "targets": TargetsPart,
}


class TrainingPage(Page):
    """The year and what belongs to it."""

    topics = frozenset(
        {
            "training_session", "attendance", "attachment", "staff_member", "staff_post", "certificate", "unit",
            "retraining_quota", "retrainee", "target_actual", "setting",
        }
    )  # fmt: skip
    shots = (Shot("training"), *(Shot(f"training-{key}", {"tab": key}) for key in PARTS if key != "year"))

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.header.set_title(text("training_page.title"))
        self.choices = ChoiceBar([(key, text(f"training_page.part.{key}")) for key in PARTS])
        self.choices.chosen.connect(lambda key: desk.open_page("training", tab=key))
        self.parts = {key: make(desk) for key, make in PARTS.items()}
        self.takes_keys = self.choices
        self.body.addWidget(self.choices)
        for key, part in self.parts.items():  # no stack: it would give each sheet the height of the highest
            self.body.addWidget(part, 1)
            part.setVisible(key == "year")
        self._key = "year"
        self._name_primary("year")

    def _name_primary(self, key: str) -> None:
        words, icon, slot = cast("Part", self.parts[key]).primary()
        self.header.set_primary(words, icon, slot)

    def activate(self, params: Params) -> None:
        """A tile or a year may be asked for."""
        year = cast("YearPart", self.parts["year"])
        if (month := params.get("month")) and dict(params) != dict(self.params):
            year.year, year.month = int(str(month)[:4]), str(month)
        if (wanted := params.get("list")) and dict(params) != dict(self.params):
            cast("StaffPart", self.parts["staff"]).show_list(str(wanted))
        super().activate(params)

    def leave(self) -> None:
        """Put what is typed in an open form into its draft."""
        keep_all(self.window())

    def refresh(self) -> None:
        """The sheet in front."""
        key = str(self.params.get("tab", "year"))
        self.choices.choose(key)
        for name, part in self.parts.items():
            part.setVisible(name == key)
        self._key = key
        self._name_primary(key)
        cast("Part", self.parts[key]).refresh()

    def print_(self) -> None:
        """The sheet in front on paper."""
        self.current().print_()

    def current(self) -> Part:
        """The sheet in front."""
        return cast("Part", self.parts[self._key])

    def export(self) -> None:
        """The sheet in front as a file."""
        self.current().export()

    def help_lines(self) -> list[tuple[str, str]]:
        """The keys of this page."""
        return list(keys_of("training_page.help"))


def _columns() -> list[Column]:
    return [
        Column("day", text("training.field.day"), 6, value=lambda one: one.session.held_on or one.session.month),
        Column("title", text("training.field.title"), 14, is_bold=True, is_stretched=True),
        Column("kind", text("training.field.kind"), 5, value=lambda one: text(f"training.kind.{one.session.kind}")),
        Column(
            "state", text("training_page.state"), 7, "chips", chips=lambda one: [state_chip(one)], is_sortable=False
        ),
        *(
            Column(key, text(f"training.field.{key}"), 3.4, "number", value=_count_of(key))
            for key in ("expected", "here", "leave", "absent", "passed", "failed")
        ),
        Column("rate", text("training.field.rate"), 5, "number", value=_rate, is_sortable=False),
        Column("teacher", text("training.field.teacher"), 6, value=lambda one: one.session.teacher, is_shown=False),
        Column("place", text("training.field.place"), 6, value=lambda one: one.session.place, is_shown=False),
    ]


def _chips(line: SessionLine) -> list[ChipText]:
    return [state_chip(line)]


def _count_of(key: str) -> Callable[[SessionLine], int | None]:
    return lambda one: getattr(one.counts, key) if one.state == "held" or key == "expected" else None


def _rate(line: SessionLine) -> str | None:
    rate = line.counts.rate
    return None if rate is None or line.state != "held" else f"{two_decimals(rate * 100)}%"
