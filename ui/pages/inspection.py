"""迎检自查: files drawn at random from a quarter, their points, what is missing; score sheet and call list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QSpinBox

from mhdesk.domain.dates import add_months
from mhdesk.domain.task import Task
from mhdesk.services import inspection, inspection_tables
from mhdesk.services.inspection import Inspection, Scored
from mhdesk.text import text
from ui import theme
from ui.dialogs import ask_files
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.tables import Column, TablePanel
from ui.widgets import Beside, Card, LabelledField, Notice, PlainButton, label, row

_QUARTERS = 8
_MONTHS = 3
_LEAST_ROWS = 7
_MAIN_CHARACTERS = 40
_GOOD = 90


class InspectionPage(Page):
    """Draw, look, export."""

    topics = frozenset({"patient", "follow_up", "movement"})
    shots = (Shot("inspection"),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._made: Inspection | None = None
        self.header.set_title(text("inspection_page.title"))
        self.header.set_primary(text("inspection_page.export"), "download", self.export)
        self.notice = Notice()
        self.quarters = QComboBox()
        first = desk.today().replace(day=1)
        first = first.replace(month=(first.month - 1) // _MONTHS * _MONTHS + 1)
        for place in range(_QUARTERS):
            day = add_months(first, -_MONTHS * place)
            number = (day.month - 1) // _MONTHS + 1
            words = text("reports.period.quarterly", year=day.year, quarter=number, month=day.month)
            self.quarters.addItem(words, day.isoformat())
        self.size_box, self.seed = QSpinBox(), QSpinBox()
        self.size_box.setRange(1, inspection.MOST)
        self.size_box.setValue(inspection.DEFAULT_SIZE)
        self.seed.setRange(1, 9999)
        self.summary = label("", "section", wrap=True)
        self.limits = label("", "quiet_small", wrap=True)
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("inspection_page.list"))
        self.table.set_empty("users", text("inspection_page.nobody"))
        self.table.view.selection_changed.connect(self._show_gaps)
        self.table.opened.connect(self._open)
        self.gaps = label("", "body", wrap=True)
        self._lay_out()
        self.takes_keys = self.table

    def _lay_out(self) -> None:
        main = Card()
        main.body.addWidget(self.summary)
        main.body.addWidget(self.table, 1)
        main.body.addWidget(self.limits)
        self.table.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        drawing = Card(text("inspection_page.draw"))
        drawing.body.addWidget(LabelledField(text("inspection_page.quarter"), self.quarters))
        drawing.body.addWidget(LabelledField(text("inspection_page.size"), self.size_box))
        drawing.body.addWidget(LabelledField(text("inspection_page.seed"), self.seed))
        drawing.body.addLayout(row(None, PlainButton(text("inspection_page.draw"), "refresh-cw", self.refresh)))
        self.side = Card(text("inspection_page.gaps"))
        self.side.body.addWidget(self.gaps)
        self.body.addWidget(self.notice)
        self.body.addWidget(Beside(main, drawing, self.side, main_em=_MAIN_CHARACTERS), 1)

    def refresh(self) -> None:
        """Draw and check."""
        ledger, today = self.desk.ledger, self.desk.today()
        on, size, seed = date.fromisoformat(self.quarters.currentData()), self.size_box.value(), self.seed.value()

        def job(task: Task) -> Inspection:
            return inspection.inspect(ledger, on=on, today=today, size=size, seed=seed, task=task)

        self.desk.tasks.run("ledger", job, self._show, title=text("inspection.checking"), key="inspection", owner=self)

    def _show(self, made: Inspection) -> None:
        self._made = made
        average = f"{made.average:.1f}" if made.average is not None else "—"
        self.summary.setText(text("inspection_page.summary", label=made.label, size=len(made.scored), average=average))
        self.limits.setText("\n".join((inspection.source(), *made.limits)))
        self.table.show_rows(made.scored)
        self._show_gaps()

    def _chosen(self) -> Scored | None:
        place = self.table.model.id_at(self.table.view.currentIndex().row())
        scored = self._made.scored if self._made else ()
        return scored[place] if place is not None and place < len(scored) else None

    def _show_gaps(self) -> None:
        one = self._chosen()
        names = {item.key: item.name for item in inspection.items()}
        lines = [f"{names[key]}：{words}" for key, words in one.missing] if one else []
        lines += [one.since] if one is not None and one.since else []
        self.gaps.setText("\n".join(lines) or text("reports.nothing"))

    def _open(self, place: int) -> None:
        if self._made is not None:
            self.desk.open_page("patient", patient_id=self._made.scored[place].file_id)

    def export(self) -> None:
        """Score sheet, gaps and call list as xlsx and pdf."""
        if self._made is None:
            return
        ask_files.open_folder(self, text("inspection_page.export_to"), self.write_to)

    def write_to(self, folder: Path) -> None:
        """Write them into `folder`."""
        made, ledger = self._made, self.desk.ledger
        if made is None:
            return

        def done(files: list[Path]) -> None:
            self.notice.say(text("inspection_page.written", names="、".join(file.name for file in files)), "good")

        self.desk.tasks.run(
            "ledger", lambda task: inspection_tables.write(ledger, made, folder, task=task), done, owner=self
        )

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("inspection_page.help")


def _columns() -> list[Column]:
    return [
        Column("name", text("ahead.column.name"), 6, is_bold=True),
        Column("village", text("ahead.column.village"), 6),
        Column("doctor", text("inspection.call.doctor"), 4.5),
        Column("total", text("inspection.total"), 3.5, "number",
               tone=lambda one: "late" if one.total < _GOOD else None),
        Column("last_visit", text("inspection.call.last_visit"), 11),
        Column("missing", text("inspection.missing"), 10, is_stretched=True, is_sortable=False,
               value=lambda one: "；".join(words.rstrip("。") for _, words in one.missing)),
    ]  # fmt: skip
