"""上报记录: the year's reports as tiles, and a second look at a sent one: what came late, which cells would differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from mhdesk.domain.task import Task
from mhdesk.reports.bridge import figure_words
from mhdesk.services import rollups, submissions
from mhdesk.services.submissions import Difference, LateEntry, SecondLook, State, Tile
from mhdesk.text import text
from ui import theme
from ui.dialogs import ask_files
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.pages.reports_tiles import TONES, TileGrid
from ui.tables import Column, TablePanel
from ui.widgets import Card, ChipText, ChoiceBar, IconButton, Notice, column, label, row

_TABS = ("differences", "late")
_LEAST_ROWS = 5
_HASH_SHOWN = 12


@dataclass(frozen=True)
class _Cell:
    """A cell that differs, in words."""

    unit: str
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class _Late:
    """A late record in words."""

    who: str
    what: str
    day: str
    at: str
    by: str
    change: str
    is_within: bool


class SentPage(Page):
    """What was sent, late, or is missing."""

    topics = frozenset({"submission", "patient", "follow_up", "movement", "setting"})
    shots = (Shot("reports-sent", prepare=lambda page: page.choose_latest()),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._year = desk.today().year
        self._tiles: Sequence[Tile] = ()
        self._late: Sequence[LateEntry] = ()
        self.header.set_title(text("sent_page.title"))
        self.header.add_widget(IconButton("chevron-left", text("sent_page.earlier"), lambda: self._turn(-1)))
        self.header.add_widget(IconButton("chevron-right", text("sent_page.later"), lambda: self._turn(1)))
        self.kinds = QComboBox()
        self.kinds.setAccessibleName(text("report_page.kind"))
        for kind in rollups.PERIODS:
            self.kinds.addItem(text(f"reports.kind.{kind}"), kind)
        self.kinds.activated.connect(lambda _index: self.refresh())
        self.header.add_widget(self.kinds)
        self.open_button = self.header.add_action(text("sent_page.open"), "chart-column", self.open_report)
        self.export_button = self.header.add_action(text("sent_page.export"), "download", self.export)
        self.tiles = TileGrid()
        self.tiles.chosen.connect(self._show_tile)
        self.calendar = Card()
        self.calendar.body.addWidget(self.tiles)
        self.notice = Notice()
        self.facts = label("", "quiet", wrap=True)
        self.tabs = ChoiceBar([(tab, text(f"sent_page.tab_{tab}")) for tab in _TABS])
        self.tabs.chosen.connect(self._show_tab)
        self.differences = TablePanel(desk.tasks, _cell_columns())
        self.differences.set_name(text("sent_page.tab_differences"))
        self.differences.set_empty("circle-check", text("sent_page.no_differences"))
        self.late = TablePanel(desk.tasks, _late_columns())
        self.late.set_name(text("sent_page.tab_late"))
        self.late.set_empty("circle-check", text("sent_page.no_late"))
        self.late.opened.connect(self._open_late)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.differences)
        self.stack.addWidget(self.late)
        self.stack.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        self.look = Card()
        self.look.body.addWidget(self.facts)
        self.look.body.addLayout(row(self.tabs, None))
        self.look.body.addWidget(self.stack, 1)
        self.takes_keys = self.tiles
        self.body.addWidget(self.calendar)
        self.body.addWidget(self.notice)
        self.body.addWidget(self.look, 1)
        self.nothing = QWidget()
        self.nothing.setLayout(column(None))
        self.body.addWidget(self.nothing, 1)
        self._show_look(None)

    def refresh(self) -> None:
        """Read the year's tiles."""
        if "kind" in self.params:  # asked for once; afterwards the box says
            self.kinds.setCurrentIndex(max(0, self.kinds.findData(self.params["kind"])))
            self.params = {}
        ledger, kind, year, today = self.desk.ledger, str(self.kinds.currentData()), self._year, self.desk.today()
        self.desk.tasks.run(
            "ledger",
            lambda _task: submissions.calendar(ledger, kind=kind, year=year, today=today),
            self._show_year,
            owner=self,
        )

    def choose_latest(self) -> None:
        """Choose the newest period that was sent."""
        places = [place for place, tile in enumerate(self._tiles) if tile.latest is not None]
        if places:
            self.tiles.choose(places[-1])

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("sent_page.help")

    def _turn(self, years: int) -> None:
        if self._year + years <= self.desk.today().year:
            self._year += years
            self.refresh()

    def _show_year(self, tiles: Sequence[Tile]) -> None:
        self.header.set_title(text("sent_page.titled", year=self._year))
        kept = self._tiles[self.tiles.at()].period.start if 0 <= self.tiles.at() < len(self._tiles) else None
        self._tiles = tiles = [tile for tile in tiles if tile.state is not State.BEFORE] or tiles[-1:]
        missing = sum(tile.state is State.MISSING for tile in tiles)
        counts = [(state, sum(tile.state is state for tile in tiles)) for state in State if state is not State.BEFORE]
        self.header.set_chips(
            [
                ChipText(text("sent_page.count", state=text(f"reports.state.{state}"), count=count), TONES[state])
                for state, count in counts
                if count
            ]
        )
        at = next((place for place, tile in enumerate(tiles) if tile.period.start == kept), len(tiles) - 1)
        self.tiles.show_tiles(tiles, at)
        self.notice.clear()
        if missing:
            self.notice.say(text("sent_page.missing", count=missing), "late")
        if tiles:
            self._show_tile(at)

    def _show_tile(self, place: int) -> None:
        tile = self._tiles[place]
        self.export_button.setEnabled(tile.latest is not None)
        self.open_button.setEnabled(True)
        if tile.latest is None:
            self._show_look(None)
            return
        ledger, submission_id = self.desk.ledger, tile.latest.id

        def job(_task: Task) -> SecondLook:
            return submissions.run_again(ledger, submission_id, identified=True)

        self.desk.tasks.run("ledger", job, self._show_look, title=text("sent_page.looking"), owner=self)

    def _show_look(self, look: SecondLook | None) -> None:
        self.look.setVisible(look is not None)
        self.nothing.setVisible(look is None)
        if look is None:
            return
        sent = look.submission
        at = sent.entered_at.astimezone().strftime("%Y-%m-%d %H:%M") if sent.entered_at else ""
        facts = [
            submissions.look_sentence(look),
            text(
                "sent_page.facts",
                revision=sent.revision,
                at=at,
                by=sent.entered_by,
                checked=sent.checked_by or text("reports.nothing"),
                cut_off=sent.cut_off,
                rules=sent.rules_id,
                version=sent.rules_version,
                hash=sent.data_hash[:_HASH_SHOWN],
                audit=sent.audit_head[:_HASH_SHOWN],
            ),
        ]
        if sent.correction_note:
            facts.append(text("sent_page.note", note=sent.correction_note))
        if look.rules_changed:
            facts.append(text("sent_page.rules_changed"))
        self.facts.setText("\n".join(facts))
        self._late = look.late
        self.differences.show_rows([_cell(one) for one in look.differences])
        self.late.show_rows([_late(one) for one in look.late])
        self.tabs.set_count("differences", len(look.differences))
        self.tabs.set_count("late", len(look.late))
        self.tabs.choose(self.tabs.key() or _TABS[0])

    def _show_tab(self, tab: str) -> None:
        self.stack.setCurrentIndex(_TABS.index(tab))

    def _open_late(self, place: int) -> None:
        """The file of whoever the record is about; the village or the training has none."""
        patient_id = self._late[place].row.patient_id
        if patient_id is not None:
            self.desk.open_page("patient", patient_id=patient_id)

    def open_report(self) -> None:
        """The chosen period on the report page."""
        if 0 <= self.tiles.at() < len(self._tiles):
            period = self._tiles[self.tiles.at()].period
            on = min(date.fromordinal(period.end.toordinal() - 1), self.desk.today())
            self.desk.open_page("reports", on=on.isoformat(), kind=period.kind)

    def export(self) -> None:
        """Write the files of the chosen report again, byte for byte."""
        ask_files.open_folder(self, text("report_page.export_to"), self.write_to)

    def write_to(self, folder: Path) -> None:
        """Write the kept files into a folder."""
        tile = self._tiles[self.tiles.at()] if 0 <= self.tiles.at() < len(self._tiles) else None
        if tile is None or tile.latest is None:
            return
        ledger, submission_id = self.desk.ledger, tile.latest.id
        self.desk.tasks.run(
            "ledger", lambda _task: submissions.export(ledger, submission_id, folder), self._tell, owner=self
        )

    def _tell(self, files: Sequence[Path]) -> None:
        names = "、".join(file.name for file in files)
        self.notice.say(text("sent_page.exported", names=names, folder=files[0].parent), "good")


def _cell(one: Difference) -> _Cell:
    before, after = (figure_words(one.indicator, figure) for figure in (one.before, one.after))
    return _Cell(one.unit, text(f"indicator.{one.indicator}.name"), before, after)


def _late(entry: LateEntry) -> _Late:
    one = entry.row
    return _Late(
        entry.label,
        text(f"reports.look.kind.{one.kind}"),
        one.happened_on.isoformat() if one.happened_on else "",
        one.changed_at.astimezone().strftime("%Y-%m-%d %H:%M"),
        one.changed_by,
        text(f"sent_page.change.{one.change}"),
        entry.is_within,
    )


def _cell_columns() -> list[Column]:
    return [
        Column("unit", text("reports.by.unit"), 10, is_bold=True),
        Column("name", text("reports.bridge.indicator"), 14, is_stretched=True),
        Column("before", text("reports.bridge.then"), 12),
        Column("after", text("reports.bridge.now"), 12),
    ]


def _late_columns() -> list[Column]:
    return [
        Column("who", text("reports.bridge.who"), 7, is_bold=True),
        Column("what", text("sent_page.what"), 6),
        Column("day", text("sent_page.day"), 7),
        Column("change", text("sent_page.kind"), 5),
        Column("at", text("sent_page.at"), 10),
        Column("by", text("sent_page.by"), 6),
        Column(
            "is_within",
            text("sent_page.where"),
            8,
            is_stretched=True,
            value=lambda one: text("sent_page.within" if one.is_within else "sent_page.earlier_day"),
        ),
    ]
