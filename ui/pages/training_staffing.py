"""人员配备: the district's table as it prints, by the rounding and the standard chosen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox

from mhdesk.domain.task import Task
from mhdesk.reports.model import Report
from mhdesk.rules import staffing_annex
from mhdesk.services import staffing
from mhdesk.text import text
from ui import theme
from ui.pages.base import Desk
from ui.pages.training_part import Output, TrainingPart
from ui.tables.sheet_view import SheetView
from ui.widgets import Card, column, label, row

_LEAST_ROWS = 9  # three lines of header and some units


class StaffingPart(TrainingPart):
    """Needed, in post, missing."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.rounding = QComboBox()
        for key in staffing.ROUNDINGS:
            self.rounding.addItem(text(f"staffing.rounding.{key}"), key)
        self.per_100k = QComboBox()
        for value, source in staffing_annex.psychiatrist_standards().items():
            self.per_100k.addItem(text("training_page.staffing.per_100k", per=f"{value:g}"), value)
            self.per_100k.setItemData(self.per_100k.count() - 1, source, 3)  # Qt.ItemDataRole.ToolTipRole
        self.rounding.setAccessibleName(text("training_page.staffing.rounding"))
        self.per_100k.setAccessibleName(text("training_page.staffing.doctors"))
        for box in (self.rounding, self.per_100k):
            box.currentIndexChanged.connect(lambda _place: self.refresh())
        self.said = label("", "quiet", wrap=True)
        self.sheet = SheetView()
        self.sheet.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        card = Card(text("training_page.part.staffing"))
        card.body.addLayout(
            row(label(text("training_page.staffing.rounding")), self.rounding,
                label(text("training_page.staffing.doctors")), self.per_100k, None, self.output_button(), space=3)
        )  # fmt: skip
        card.body.addWidget(self.sheet, 1)
        card.body.addWidget(self.said)
        body = column(self.notice, card, space=3)
        body.setStretch(1, 1)
        self.setLayout(body)

    def primary(self) -> tuple[str, str, Callable[[], object]]:
        """The table as a file."""
        return text("training_page.staffing.export"), "file-spreadsheet", self.export

    def _make(self) -> Callable[[Task], Report]:
        ledger, today, name = self.desk.ledger, self.desk.today(), self.desk.unit_name
        rounding = str(self.rounding.currentData())
        per_100k = staffing.per_100k_of(float(self.per_100k.currentData()))

        def job(_task: Task) -> Report:
            made = staffing.annex(ledger, today=today, rounding=rounding, per_100k=per_100k)
            return staffing.report(made, unit_name=name, today=today)

        return job

    def refresh(self) -> None:
        """Work it out."""
        self.desk.tasks.run("ledger", self._make(), self._show, key="staffing", owner=self)

    def _show(self, report: Report) -> None:
        sheet = report.sheets[0]
        self.sheet.show_sheet(sheet)
        self.said.setText("\n".join(sheet.notes))

    def outputs(self) -> list[Output]:
        """The table as it is shown."""
        return [Output(text("training_page.part.staffing"), self._make())]
