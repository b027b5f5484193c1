"""目标: every target of the documents with its actual, reached or not, the trend; what cannot be counted is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.task import Task
from mhdesk.reports.model import Report
from mhdesk.services import record_history, target_course, targets
from mhdesk.services.target_course import Point
from mhdesk.services.targets import BoardLine
from mhdesk.text import text
from ui import theme
from ui.dialogs import ask_files
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.dialogs.kept import Kept
from ui.pages import training_files as files
from ui.pages.base import Desk
from ui.pages.settings_targets import mark_chip
from ui.pages.training_dialogs import number, run
from ui.pages.training_part import Output, TrainingPart
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Card, Chip, ChipText, FlowLayout, IconButton, PlainButton, clear, column, label, row
from ui.widgets.trend_line import Dot, TrendLine

_LEAST_ROWS = 8
_CHOSEN = ""
_TREND_TONES: dict[str, ToneName] = {"up": "info", "down": "late", "same": "plain"}


class TargetsPart(TrainingPart):
    """The target board."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.year = desk.today().year
        self._lines: Sequence[BoardLine] = ()
        before = IconButton("chevron-left", text("training_page.year_before"), lambda: self.go(-1))
        after = IconButton("chevron-right", text("training_page.year_after"), lambda: self.go(1))
        self.title = label("", "section")
        self.document = QComboBox()
        self.document.setAccessibleName(text("targets.column.document"))
        self.document.addItem(text("training_page.targets.chosen"), _CHOSEN)
        self.document.currentIndexChanged.connect(lambda _place: self.refresh())
        self._chips = FlowLayout(space=2)
        chips = QWidget()
        chips.setLayout(self._chips)
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("training_page.part.targets"))
        self.table.set_empty("chart-column", text("training_page.targets.empty"))
        self.table.opened.connect(lambda place: self.record(self._lines[place]))
        self.table.view.selection_changed.connect(self._show_buttons)
        self.table.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        self.type_button = PlainButton(text("training_page.targets.type"), "pencil", self._record_chosen)
        read = PlainButton(text("training_page.targets.read"), "upload", self.read)
        self.said = label("", "quiet", wrap=True)
        card = Card()
        line = row(before, self.title, after, self.document, chips, space=3)
        line.setStretch(4, 1)
        card.body.addLayout(line)
        card.body.addWidget(self.table, 1)
        self.history_button = PlainButton(text("record_history.open"), "history", self.show_history)
        self.course_button = PlainButton(text("training_page.targets.course"), "chart-column", self.show_course)
        card.body.addLayout(row(self.type_button, self.course_button, self.history_button, read, None, space=3))
        card.body.addWidget(self.said)
        body = column(self.notice, card, space=3)
        body.setStretch(1, 1)
        self.setLayout(body)

    def primary(self) -> tuple[str, str, Callable[[], object]]:
        """The board as a file."""
        return text("training_page.targets.export"), "file-spreadsheet", self.export

    def go(self, years: int) -> None:
        """Another year."""
        self.year += years
        self.refresh()

    def _board(self) -> Callable[[], list[BoardLine]]:
        ledger, year, today = self.desk.ledger, self.year, self.desk.today()
        chosen = str(self.document.currentData() or "")
        return lambda: targets.board(ledger, year=year, today=today, sets=[chosen] if chosen else None)

    def refresh(self) -> None:
        """Count."""
        ledger, make = self.desk.ledger, self._board()

        def job(_task: Task) -> tuple[list[BoardLine], list[tuple[str, str]]]:
            return make(), targets.sets_of(ledger)

        self.desk.tasks.run("ledger", job, self._show, key="targets", owner=self)

    def _show(self, found: tuple[Sequence[BoardLine], Sequence[tuple[str, str]]]) -> None:
        self._lines = found[0]
        self.title.setText(text("training_page.year", year=self.year))
        for set_id, name in found[1]:
            if self.document.findData(set_id) < 0:
                self.document.addItem(name, set_id)
        clear(self._chips)
        known = [one.is_reached for one in self._lines if one.applies]
        for key, count, tone in (
            ("reached", known.count(True), "good"),
            ("missed", known.count(False), "late"),
            ("unknown", known.count(None), "missing"),
        ):
            if count:
                words = text("training_page.targets.count", what=text(f"targets.{key}"), count=count)
                self._chips.addWidget(Chip(words, tone))  # type: ignore[arg-type]
        self.table.show_rows(self._lines)
        self._show_buttons()

    def _chosen(self) -> BoardLine | None:
        places = self.table.view.selected_ids()
        return self._lines[places[0]] if places and places[0] < len(self._lines) else None

    def _show_buttons(self) -> None:
        line = self._chosen()
        self.type_button.setEnabled(line is not None and line.can_type)
        for button in (self.history_button, self.course_button):
            button.setEnabled(line is not None)
        if line is None:
            self.said.setText(text("training_page.targets.choose"))
            return
        key = "typed" if line.can_type else "counted"
        said = line.evidence if line.can_type and line.evidence else text(f"training_page.targets.{key}")
        mark = text(f"rules.marks.{line.target.mark}")
        self.said.setText(text("training_page.targets.whole", said=said, source=line.target.source, mark=mark))

    def _record_chosen(self) -> None:
        if (line := self._chosen()) is not None:
            self.record(line)

    def record(self, line: BoardLine) -> AskDialog | None:
        """Type the actual; a target the ledger counts is not typed."""
        if not line.can_type:
            self.notice.say(text("training_page.targets.counted"), "info")
            return None
        ledger, today, year = self.desk.ledger, self.desk.today(), self.year

        def submit(dialog: AskDialog, values: Values) -> None:
            def job() -> Changes:
                return targets.record(
                    ledger,
                    set_id=line.set_id,
                    indicator=line.target.indicator,
                    year=year,
                    value=number(values, "value") or 0.0,
                    as_of=values["as_of"],
                    evidence=values["evidence"],
                    today=today,
                )

            run(self.desk, dialog, job, self.changed)

        return self.ask(
            line.name,
            [
                Ask("value", text("targets.column.actual"), "number", is_required=True,
                    hint=text("training_page.targets.as_printed", target=line.target.value_text)),
                Ask("as_of", text("targets.column.as_of"), "date", value=today.isoformat(), is_required=True,
                    is_beside=True),
                Ask("evidence", text("training_page.targets.evidence"), "long", value=line.evidence, is_required=True),
            ],
            submit,
            draft=Kept(f"target.{line.set_id}.{line.target.indicator}", year),
        )  # fmt: skip

    def show_course(self) -> None:
        """How the chosen target came along over the months of the year, or from one typed value to the next."""
        if (line := self._chosen()) is None:
            return
        ledger, year, today = self.desk.ledger, self.year, self.desk.today()

        def show(points: Sequence[Point]) -> None:
            if not points:
                self.notice.say(text("training_page.targets.no_course"), "missing")
                return
            CourseDialog(line, points, self.window()).open()

        self.desk.tasks.run(
            "ledger",
            lambda task: target_course.course(ledger, line, year=year, today=today, task=task),
            show,
            title=text("training_page.targets.counting"),
            owner=self,
        )

    def show_history(self) -> None:
        """Every value typed for the chosen target, of all years."""
        if (line := self._chosen()) is not None:
            set_id, indicator = line.set_id, line.target.indicator
            self.history_of(line.name, lambda ledger: record_history.of_target(ledger, set_id, indicator))

    def outputs(self) -> list[Output]:
        """The board as it is shown."""
        ledger, year, today, make = self.desk.ledger, self.year, self.desk.today(), self._board()

        def job(_task: Task) -> Report:
            return targets.report(ledger, make(), year=year, today=today)

        return [Output(text("targets.title", year=year), job)]

    def read(self) -> None:
        """Actuals from a table."""
        ask_files.open_file(self, text("training_page.targets.read"), ask_files.TABLES, self.read_file)

    def read_file(self, path: Path) -> None:
        """Import what was typed into an exported board."""
        files.read_table(self.desk, self, path, self.notice, self.changed, kinds=["targets"])


class CourseDialog(QDialog):
    """The line of one target with the level to be reached."""

    def __init__(self, line: BoardLine, points: Sequence[Point], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        now = theme.current()
        title = text("training_page.targets.course_of", name=line.name)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        target = line.target
        words = text("training_page.targets.level", target=target.value_text)
        dots = [Dot(one.value, f"{one.day:%Y-%m-%d}"[2:], one.words) for one in points]
        self.line = TrendLine(dots, target.ratio_of(target.value))
        key = "training_page.targets.course_typed" if line.can_type else "training_page.targets.course_counted"
        close = PlainButton(text("printing.close"), "x", self.close)
        body = column(
            label(title, "section", wrap=True), self.line, label(words + text(key), "quiet", wrap=True), space=3
        )
        body.setStretch(1, 1)
        body.addLayout(row(None, close))
        body.setContentsMargins(now.space(5), now.space(5), now.space(5), now.space(4))
        self.setLayout(body)


def _reached(line: BoardLine) -> list[ChipText]:
    if not line.applies:
        return [ChipText(text("targets.district"), "plain")]
    if line.is_reached is None:
        return [ChipText(text("targets.unknown"), "missing")]
    key, tone = ("reached", "good") if line.is_reached else ("missed", "late")
    return [ChipText(text(f"targets.{key}"), tone)]  # type: ignore[arg-type]


def _trend(line: BoardLine) -> list[ChipText]:
    return [ChipText(text(f"targets.trend.{line.trend}"), _TREND_TONES[line.trend])] if line.trend else []


def _columns() -> list[Column]:
    return [
        Column("name", text("targets.column.name"), 14, is_bold=True, is_stretched=True),
        Column("target", text("targets.column.target"), 5, "number", value=lambda one: one.target.value_text),
        Column("mark", text("settings.mark"), 5, "chips", is_sortable=False, gives_way=2,
               chips=lambda one: [mark_chip(one.target.mark)]),
        Column("year", text("targets.column.year"), 5, gives_way=1, value=lambda one: one.target.year),
        Column("baseline", text("targets.column.baseline"), 7, gives_way=3, value=lambda one: one.target.baseline),
        Column("actual", text("targets.column.actual"), 6, "number", value=lambda one: one.actual_text),
        Column("reached", text("targets.column.reached"), 6, "chips", chips=_reached, is_sortable=False),
        Column("before", text("targets.column.before"), 6, "number", gives_way=5, value=lambda one: one.before_text),
        Column("trend", text("targets.column.trend"), 5, "chips", chips=_trend, is_sortable=False),
        Column("origin", text("training_page.targets.origin"), 4, gives_way=4,
               value=lambda one: text(f"targets.origin.{one.origin}") if one.origin else ""),
        Column("office", text("targets.column.office"), 12, value=lambda one: one.target.office, is_shown=False),
        Column("document", text("targets.column.document"), 10, value=lambda one: one.set_name, is_shown=False),
        Column("source", text("targets.column.source"), 12, value=lambda one: one.target.source, is_shown=False),
    ]  # fmt: skip
