"""Batch grid for paper: one row a patient, the columns of the sheet, problems beside, nothing lost.

Parameters: `sheet_id` (the rows of a printed sheet that are not back), or `people` (ids, in this order), or `village`
(its due people); without any, the people whose rows were left unfinished, or everybody due.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import RecordRefused
from mhdesk.domain.task import Task
from mhdesk.services import batch as service
from mhdesk.services import drafts
from mhdesk.services.batch import Batch
from mhdesk.services.worklist import DueQuery
from mhdesk.text import text
from ui import theme
from ui.pages.base import Desk, Page, Params, Shot, keys_of
from ui.pages.batch_grid import GridView
from ui.pages.batch_lines import Grid, Line, rows_to_store
from ui.pages.follow_up_draft import PAUSE_MS
from ui.tables import Column, TablePanel
from ui.widgets import Beside, Card, EmptyState, Notice, label

_LEAST_ROWS = 6
_LEAST_CHARACTERS = 40


class BatchPage(Page):
    """The grid."""

    shots = (Shot("batch"),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._told: Sequence[tuple[int, str]] = ()
        self._accepts_gaps = False
        self._is_busy = False
        self._stored_draft: dict[str, str] = {}
        self.header.set_title(text("batch.title"))
        self.header.add_action(text("batch.same"), "copy", self.same_as_last)
        self.header.set_primary(text("batch.save"), "save", self.save)
        self.notice = Notice()
        self.grid = GridView()
        self.grid.typed.connect(self._on_typed)
        self.grid.moved.connect(self._show_place)
        self.grid.pasted.connect(self._on_pasted)
        self.grid.ended.connect(lambda: self.header.primary.setFocus() if self.header.primary is not None else None)
        self.who = label("", "quiet", wrap=True)
        self.codes = label("", "quiet", wrap=True)
        self.problems = TablePanel(desk.tasks, _problem_columns(), has_foot=False)
        self.problems.set_name(text("batch.problems"))
        self.grid.setAccessibleName(text("batch.title"))
        self.problems.set_empty("circle-check", text("batch.no_problems"))
        self.problems.opened.connect(self._go_to_problem)
        self.empty = EmptyState("inbox", text("batch.nobody"), text("batch.nobody_next"))
        self._lay_out()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.keep_draft)
        for keys, slot in {"Ctrl+S": self.save, "F8": self.same_as_last}.items():
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(slot)
        self.takes_keys = self.grid

    def _lay_out(self) -> None:
        main = Card()
        main.body.addWidget(self.who)
        main.body.addWidget(self.grid, 1)
        main.body.addWidget(self.empty, 1)
        main.body.addWidget(self.codes)
        self.grid.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        listed = Card(text("batch.problems"))
        self.problems.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        listed.body.addWidget(self.problems, 1)
        self.beside = Beside(main, listed, main_em=_LEAST_CHARACTERS)
        self.body.addWidget(self.notice)
        self.body.addWidget(self.beside, 1)

    # ---- opening

    def activate(self, params: Params) -> None:
        """Open another batch; what was typed in the one before is its draft."""
        if self.grid.grid() is None or (params and dict(params) != dict(self.params)):
            self.keep_draft()
            self.params = dict(params)
            self.refresh()

    def refresh(self) -> None:
        """Read the rows; what is typed comes back from the draft."""
        self.keep_draft()
        ledger, today, params = self.desk.ledger, self.desk.today(), dict(self.params)

        def job(_task: Task) -> Batch:
            if params.get("sheet_id") is not None:
                return service.of_sheet(ledger, params["sheet_id"], today=today)
            if params.get("people"):
                return service.of_people(ledger, params["people"], today=today)
            return service.of_village(ledger, query=DueQuery(village=params.get("village")), today=today)

        self.desk.tasks.run("ledger", job, self._show, key="batch", owner=self)

    def _show(self, found: Batch) -> None:
        grid = Grid(found, self.desk.ledger.user_name)
        self._stored_draft = grid.draft()
        self._accepts_gaps = False
        self.grid.show_grid(grid)
        begun = len(grid.begun())
        self.notice.clear()
        if begun:
            self.notice.say(text("batch.restored", count=begun), "info")
        self._show_all()
        self.grid.setFocus()

    def _show_all(self) -> None:
        grid = self.grid.grid()
        if grid is None:
            return
        self.empty.setVisible(not grid.lines)
        self.grid.setVisible(bool(grid.lines))
        place = grid.lines[0].person.place.partition("-")[0] if grid.lines else ""
        title = text("batch.titled_sheet", number=place, count=len(grid.lines)) if place else ""
        self.header.set_title(title or text("batch.titled", count=len(grid.lines)))
        self._told = list(grid.told())
        self.problems.show_rows([_Told(grid.lines[row_number], words) for row_number, words in self._told])
        whole = len(grid.to_store(with_gaps=self._accepts_gaps))
        if self.header.primary is not None:
            self.header.primary.setText(text("batch.save_count", count=whole) if whole else text("batch.save"))
        self._show_place()

    def _show_place(self) -> None:
        place, grid = self.grid.here(), self.grid.grid()
        if place is None or grid is None or place[0] >= len(grid.lines):
            self.who.setText("")
            self.codes.setText("")
            return
        line, column = grid.lines[place[0]], grid.columns[place[1]]
        person, last = line.person.entry.file, line.opened.last
        parts = [person.patient.name, person.village or person.institution or ""]
        if last is not None and last.visit_date is not None:
            parts.append(text("batch.last", day=last.visit_date.isoformat()))
        self.who.setText(" · ".join(part for part in parts if part))
        problem = line.problem_of(column.key) if line.is_begun else ""
        self.codes.setText(f"{column.name}　{column.help}" + (f"　{problem}" if problem else ""))

    # ---- typing

    def _on_typed(self) -> None:
        self._accepts_gaps = False
        self.notice.clear()
        self.desk.set_unsaved()
        self._pause.start()
        self._show_all()

    def _on_pasted(self, written: int, outside: int) -> None:
        words = text("batch.pasted", count=written)
        self.notice.say(words + (text("batch.outside", count=outside) if outside else ""), "info")

    def same_as_last(self) -> None:
        """F8: fill the row from the last visit; facts of the period stay to be asked."""
        count = self.grid.same_as_last()
        if count is None:
            self.notice.say(text("batch.no_last"), "missing")

    def _go_to_problem(self, place: int) -> None:
        grid = self.grid.grid()
        if grid is None:
            return
        row_number = self._told[place][0]
        line = grid.lines[row_number]
        fields = [problem.field for problem in line.blocking]
        keys = [key for field in fields for key in (field, field.partition(":")[0])] or list(line.missing)
        column = next((grid.places[key] for key in keys if key in grid.places), 0)
        self.grid.go_to(row_number, column)
        self.grid.setFocus()

    # ---- keeping

    def leave(self) -> None:
        """What is typed becomes the draft."""
        self.grid.commit()
        self.keep_draft()

    def keep_draft(self) -> None:
        """Write the draft now, if anything was typed since."""
        self._pause.stop()
        grid = self.grid.grid()
        if grid is None or self._is_busy:
            return
        typed = grid.draft()
        if typed == self._stored_draft:
            return
        self._stored_draft = typed
        ledger, subject = self.desk.ledger, grid.batch.sheet_id

        def job(_task: Task) -> None:
            if typed:
                drafts.save(ledger, form=service.FORM, subject_id=subject, values=typed)
            else:
                drafts.discard(ledger, form=service.FORM, subject_id=subject)

        self.desk.tasks.run("ledger", job, None, key=f"draft:batch:{subject}", owner=self)

    def save(self) -> None:
        """Store every row that is whole, in one transaction; gaps are told once, then stored as they are."""
        self.grid.commit()
        grid = self.grid.grid()
        if grid is None or self._is_busy:
            return
        done = grid.to_store(with_gaps=self._accepts_gaps)
        if not done:
            self._tell_unsaved(grid)
            return
        self._is_busy = True
        self._pause.stop()
        ledger, today, rows = self.desk.ledger, self.desk.today(), rows_to_store(done)
        rest, subject = grid.draft(without=done), grid.batch.sheet_id
        self.desk.tasks.run(
            "ledger",
            lambda _task: service.save(ledger, rows, today=today, sheet_id=subject, rest=rest)[1],
            lambda changes: self._on_saved(grid, done, rest, changes),
            self._on_refused,
            text("batch.saving"),
            owner=self,
        )

    def _on_saved(self, grid: Grid, done: Sequence[Line], rest: dict[str, str], changes: Changes) -> None:
        self._is_busy = False
        self._stored_draft = rest
        grid.remove(done)
        self.grid.show_grid(grid)
        self._show_all()
        self.desk.saved()
        self.desk.changes.publish(changes, source=self)
        self.notice.say(text("batch.saved", count=len(done)), "good")
        if grid.begun():
            self._tell_unsaved(grid, saved=len(done))

    def _tell_unsaved(self, grid: Grid, saved: int = 0) -> None:
        """Say what stays and why; a second press stores rows with gaps, too."""
        begun = grid.begun()
        gaps = [line for line in begun if line.is_sound and not line.is_whole]
        self._accepts_gaps = bool(gaps)
        words = text("batch.saved", count=saved) if saved else ""
        if gaps:
            words += text("batch.with_gaps", count=len(gaps))
        if len(begun) > len(gaps):
            words += text("batch.faulty", count=len(begun) - len(gaps))
        self.notice.say(words or text("batch.nothing"), "missing" if begun else "info")
        self._show_all()

    def _on_refused(self, error: BaseException) -> None:
        self._is_busy = False
        if isinstance(error, RecordRefused):
            self.notice.say(text("batch.refused"), "late")
            self.refresh()
        else:
            self.desk.tasks.report(error)

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("batch.help")


class _Told:
    """A line of the list beside the grid."""

    def __init__(self, line: Line, words: str) -> None:
        self.place = line.person.place
        self.name = line.person.entry.file.patient.name
        self.problem = words
        self.is_blocking = bool(line.blocking)


def _problem_columns() -> list[Column]:
    def tone(told: Any) -> Any:
        return "late" if told.is_blocking else "missing"

    return [
        Column("name", text("rounds.column.name"), 5, is_bold=True, is_sortable=False),
        Column("problem", text("batch.problem"), 12, is_stretched=True, is_sortable=False, tone=tone),
    ]
