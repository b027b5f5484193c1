"""指标: how each number looks at one person, why, and what still helps until when. The same judgement as the report."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from mhdesk.services import indicators
from mhdesk.services.indicators import PersonIndicator
from mhdesk.text import text
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Card, ChipText, column, label

_TONES: dict[str, ToneName] = {"counted": "good", "missing": "late", "not_asked": "plain"}


class IndicatorsTab(QWidget):
    """One line a number; the chosen one is told in full below, with its definition."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.told: Sequence[PersonIndicator] = ()
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("patient.tab_indicators"))
        self.table.set_empty("chart-column", text("patient.indicators_none"), text("patient.indicators_none_next"))
        self.table.view.selection_changed.connect(self._show_chosen)
        self.whole = label("", "quiet", wrap=True)
        card = Card(text("patient.indicators"), text("patient.indicators_note"))
        card.body.addWidget(self.table, 1)
        card.body.addWidget(self.whole)
        self.setLayout(column(card))

    def read(self, patient_id: int) -> None:
        """Judge the person as of today."""
        ledger, today = self._desk.ledger, self._desk.today()
        self._desk.tasks.run(
            "ledger",
            lambda _task: indicators.of_person(ledger, patient_id, on=today, today=today),
            self._show,
            owner=self,
        )

    def _show(self, told: Sequence[PersonIndicator]) -> None:
        self.told = told
        self.table.show_rows(told)
        self._show_chosen()

    def _show_chosen(self) -> None:
        numbers = self.table.view.selected_rows()
        places = [self.table.model.ids()[number] for number in numbers]
        chosen = self.told[places[0]] if len(places) == 1 and places[0] < len(self.told) else None
        if chosen is not None:
            key = "indicator_whole_repair" if chosen.repair else "indicator_whole"
            self.whole.setText(
                text(
                    f"patient.{key}",
                    name=chosen.name,
                    reason=chosen.reason,
                    repair=chosen.repair,
                    definition=chosen.definition,
                )
            )
        self.whole.setVisible(chosen is not None)


def _columns() -> list[Column]:
    return [
        Column("name", text("reports.bridge.indicator"), 12, is_bold=True),
        Column("standing", text("patient.indicator_standing"), 6, "chips", chips=_standing, is_sortable=False),
        Column("reason", text("report_page.reason"), 18, is_stretched=True),
        Column("repair", text("report_page.repair"), 18),
    ]


def _standing(told: object) -> Sequence[ChipText]:
    standing = str(getattr(told, "standing", ""))
    return [ChipText(text(f"reports.standing.{standing}"), _TONES[standing])] if standing else []
