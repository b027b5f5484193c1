"""倒计时: by when whom, what the rate becomes if nobody or everybody is visited; printed as a round."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox

from mhdesk.domain.task import Task
from mhdesk.services import outlook, printing
from mhdesk.services.due_report import unit_name
from mhdesk.services.outlook import Ahead, AheadEntry
from mhdesk.services.printing import Document
from mhdesk.text import text
from ui import theme
from ui.dialogs import ask_files
from ui.dialogs.paper import show_paper
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.printing import print_pdf
from ui.tables import Column, TablePanel
from ui.widgets import Card, ChoiceBar, Notice, RateBar, label, row

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

_BY_VILLAGE = "\n"  # everybody, sorted by village: no village is called so
_LEAST_ROWS = 7
_SOON_DAYS = 7


class AheadPage(Page):
    """The countdown to the end of quarter or year."""

    topics = frozenset({"patient", "follow_up", "movement", "unit", "setting", "discharge_note"})
    shots = (Shot("ahead"), Shot("ahead-year", prepare=lambda page: page.choose_span("annual")))

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._ahead: Ahead | None = None
        self._entries: Sequence[AheadEntry] = ()
        self.header.set_title(text("ahead_page.title"))
        self.spans = ChoiceBar([(key, text(f"ahead_page.span.{key}")) for key in outlook.SPANS])
        self.spans.chosen.connect(lambda _key: self.refresh())
        self.header.add_widget(self.spans)
        self.header.add_action(text("ahead_page.export"), "download", self.export)
        self.header.add_action(text("ahead_page.print_list"), "list", self.print_list)
        self.header.set_primary(text("ahead_page.print_round"), "printer", self.print_)
        self.notice = Notice()
        self.indicators = QComboBox()
        self.indicators.setAccessibleName(text("ahead_page.indicator"))
        for key in outlook.INDICATORS:
            self.indicators.addItem(text(f"indicator.{key}.name"), key)
        self.indicators.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.indicators.activated.connect(lambda _index: self.refresh())
        self.nobody, self.everybody = RateBar(), RateBar()
        self.nobody.names_requested.connect(lambda: self._choose_list("needed"))
        self.everybody.names_requested.connect(lambda: self._choose_list("broken"))
        self.said = label("", "body", wrap=True)
        self.assumed = label(text("ahead.assumed"), "quiet_small", wrap=True)
        self.shows = ChoiceBar([(key, text(f"ahead_page.show.{key}")) for key in outlook.SHOWS])
        self.shows.chosen.connect(lambda _key: self._show_list(keep_village=False))
        self.villages = QComboBox()
        self.villages.setAccessibleName(text("ahead_page.village"))
        self.villages.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.villages.activated.connect(lambda _index: self._show_list(keep_village=True))
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("ahead_page.list"))
        self.table.set_empty("circle-check", text("ahead_page.none_to_do"), text("ahead_page.none_to_do_next"))
        self.table.opened.connect(lambda place: desk.open_page("patient", patient_id=self._entries[place].id))
        self._lay_out()
        self.takes_keys = self.table

    def _lay_out(self) -> None:
        told = Card()
        told.body.addLayout(row(self.indicators, None))
        bars = row(space=5)
        bars.addWidget(self.nobody, 1)
        bars.addWidget(self.everybody, 1)
        told.body.addLayout(bars)
        told.body.addWidget(self.said)
        told.body.addWidget(self.assumed)
        listed = Card()
        listed.body.addLayout(row(self.shows, None, self.villages))
        listed.body.addWidget(self.table, 1)
        self.table.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        self.body.addWidget(self.notice)
        self.body.addWidget(told)
        self.body.addWidget(listed, 1)

    # ---- reading

    def refresh(self) -> None:
        """Count anew."""
        ledger, today = self.desk.ledger, self.desk.today()
        span, indicator = self.spans.key() or outlook.SPANS[0], str(self.indicators.currentData())

        def job(task: Task) -> Ahead:
            task.step(0, 0, text("ahead_page.counting"))
            return outlook.look(ledger, span=span, indicator=indicator, today=today)

        self.desk.tasks.run("ledger", job, self._show, title=text("ahead_page.counting"), key="ahead", owner=self)

    def choose_span(self, span: str) -> None:
        """Look at the quarter or the year."""
        self.spans.choose(span)
        self.refresh()

    def _show(self, ahead: Ahead) -> None:
        self._ahead = ahead
        made = ahead.outlook
        self.header.set_title(text("ahead.title", label=ahead.label))
        self.nobody.show_rate(text("ahead_page.nobody"), made.none_numerator, made.none_denominator, target=made.target)
        self.everybody.show_rate(
            text("ahead_page.everybody"), made.all_numerator, made.all_denominator, target=made.target
        )
        self.said.setText("\n".join(outlook.sentences(ahead, with_rates=False)))
        for show in outlook.SHOWS:
            self.shows.set_count(show, len(ahead.shown(show)))
        self._show_list(keep_village=True)

    def _choose_list(self, show: str) -> None:
        self.shows.choose(show)
        self._show_list(keep_village=False)

    def _show_list(self, *, keep_village: bool) -> None:
        ahead = self._ahead
        if ahead is None:
            return
        show = self.shows.key() or outlook.SHOWS[0]
        kept = self.villages.currentData() if keep_village else None
        self.villages.clear()
        self.villages.addItem(text("ahead_page.all_villages"), None)
        self.villages.addItem(text("ahead_page.by_village"), _BY_VILLAGE)
        for name, count in ahead.villages(show):
            self.villages.addItem(text("ahead_page.village_count", name=name, count=count), name)
        self.villages.setCurrentIndex(max(0, self.villages.findData(kept)))
        wanted = self.villages.currentData()
        if wanted == _BY_VILLAGE:
            self._entries = outlook.by_village(ahead.shown(show))
        else:
            self._entries = ahead.shown(show, wanted)
        self.table.show_rows(self._entries)

    # ---- paper and files

    def print_(self) -> None:
        """Sheets for a round to the people on the list, one a village."""
        ids, today = [one.id for one in self._entries], self.desk.today()
        if not ids:
            self.notice.say(text("ahead_page.nobody_chosen"), "missing")
            return

        def make(ledger: Ledger, task: Task) -> Document:
            return printing.visit_sheets(ledger, today=today, patient_ids=ids, task=task)

        show_paper(self.desk, self.window(), make)

    def print_list(self) -> None:
        """The list itself, by village: what a round takes along."""
        ahead, entries, ledger = self._ahead, self._entries, self.desk.ledger
        if ahead is None or not entries:
            self.notice.say(text("ahead_page.nobody_chosen"), "missing")
            return
        show = self.shows.key() or outlook.SHOWS[0]
        self.desk.tasks.run(
            "ledger",
            lambda task: outlook.list_bytes(
                ledger, outlook.report(ahead, entries, unit_name=unit_name(ledger), show=show), task
            ),
            lambda content: print_pdf(self.window(), content, title=self.header.title()),
            owner=self,
        )

    def export(self) -> None:
        """The list as a workbook or pdf."""
        if self._ahead is None:
            return
        name = f"{self.desk.unit_name}{self.header.title()}"
        ask_files.save_as(self, text("ahead_page.save_as"), name, self.write_to, kinds=("xlsx", "pdf"))

    def write_to(self, file: Path) -> None:
        """Write the list shown into `file`."""
        ahead, entries, ledger = self._ahead, self._entries, self.desk.ledger
        if ahead is None:
            return
        show = self.shows.key() or outlook.SHOWS[0]

        def job(task: Task) -> None:
            made = outlook.report(ahead, entries, unit_name=unit_name(ledger), show=show)
            outlook.write(ledger, made, file, task=task)

        def done(_none: None) -> None:
            self.notice.say(text("ahead_page.written", name=file.name), "good")

        self.desk.tasks.run("ledger", job, done, owner=self)

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("ahead_page.help")


def _columns() -> list[Column]:
    def left(one: Any) -> Any:
        return one.days_left if one.deadline else None

    return [
        Column("name", text("ahead.column.name"), 6, is_bold=True),
        Column("village", text("ahead.column.village"), 6),
        Column("deadline", text("ahead.column.deadline"), 6.5, "date",
               tone=lambda one: "late" if one.deadline and one.days_left <= _SOON_DAYS else None),
        Column("days_left", text("ahead.column.days_left"), 4, "number", value=left),
        Column("visits", text("ahead.column.visits"), 4, "number", value=lambda one: one.visits or None),
        Column("last_visit_on", text("ahead.column.last"), 6.5, "date"),
        Column("phone", text("ahead.column.phone"), 7.5),
        Column("note", text("ahead.column.note"), 5),
        Column("why", text("ahead.column.why"), 14, is_stretched=True),
    ]  # fmt: skip
