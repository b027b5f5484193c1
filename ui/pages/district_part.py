"""The district's part of 区县: who sent what, what came on a stick, the week's table, conflicts, keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QCheckBox, QStackedWidget, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.exchange import Station
from mhdesk.domain.task import Task
from mhdesk.services.district import conflicts, keys, merging, report
from mhdesk.services.district.conflicts import Item
from mhdesk.services.district.keys import Own
from mhdesk.services.district.merging import Merged, Verdict
from mhdesk.services.district.report import Line, Matrix
from mhdesk.services.submissions import State
from mhdesk.text import text
from ui import theme
from ui.dialogs import ask_files
from ui.pages import district_dialogs as dialogs
from ui.pages.base import Desk, PageHeader
from ui.pages.district_report import ReportPart
from ui.pages.reports_tiles import TONES
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Card, ChipText, ChoiceBar, EmptyState, Notice, PlainButton, ScrollBody, column, label, row

TABS = ("weeks", "incoming", "report", "conflicts", "keys")
_SETTING = Changes({"setting": frozenset()})
_RESTORED = "MH-PACK-14"
_LEAST_ROWS = 7
_STATES: dict[str, ToneName] = {"accepted": "good", "repeated": "plain", "refused": "now"}
_KINDS: dict[str, ToneName] = {"both": "late", "dead": "now", "unmet": "late", "weak": "missing"}


@dataclass(frozen=True)
class _MatrixRow:
    """One institution over the weeks."""

    name: str
    weeks: Sequence[Line]


@dataclass(frozen=True)
class _Found:
    """Everything the sheets show but the week's table."""

    matrix: Matrix
    items: Sequence[Item]
    names: dict[str, str]
    own: Own | None
    stations: Sequence[Station]


class DistrictPart(QWidget):
    """Sheets side by side; the header's primary button takes packages in."""

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__()
        self.desk, self._page = desk, page
        self._files: list[Path] = []
        self._found: _Found | None = None
        self._weeks: Sequence[str] = ()
        self.notice = Notice()
        self.tabs = ChoiceBar([(tab, text(f"district_page.tab.{tab}")) for tab in TABS])
        self.tabs.chosen.connect(self._choose_tab)
        self.matrix_card = Card()
        self.matrix: TablePanel | None = None
        self.report = ReportPart(desk, page)
        self.stack = QStackedWidget()
        for part in (self.matrix_card, self._incoming(), self.report, self._conflicts(), self._keys()):
            self.stack.addWidget(part)
        self.takes_keys: QWidget = self.tabs
        lines = column(space=3)
        lines.addWidget(self.notice)
        lines.addLayout(row(self.tabs, None))
        lines.addWidget(self.stack, 1)
        self.setLayout(lines)
        self.setAcceptDrops(True)
        self.tabs.choose(TABS[0])

    def build(self, header: PageHeader) -> None:
        """The page's buttons."""
        self._header = header
        self.import_button = header.set_primary(text("district_page.import"), "download", self.choose)

    # ---- the sheets

    def _incoming(self) -> QWidget:
        start = EmptyState(
            "inbox", text("district_page.drop"), text("district_page.drop_next"), text("district_page.import")
        )
        start.acted.connect(self.choose)
        begin = Card()
        begin.body.addWidget(start, 1)
        self.verdicts = TablePanel(self.desk.tasks, _verdict_columns())
        self.verdicts.set_name(text("district_page.tab.incoming"))
        self.store_button = PlainButton(text("district_page.store"), "check", self.store)
        self.restored = QCheckBox(text("district_page.restored"))
        self.restored.setVisible(False)
        card = Card(text("district_page.seen"))
        card.body.addWidget(self.verdicts, 1)
        card.body.addLayout(row(self.restored, None, self.store_button))
        self.incoming = QStackedWidget()
        self.incoming.addWidget(begin)
        self.incoming.addWidget(card)
        return self.incoming

    def _conflicts(self) -> QWidget:
        self.conflicts = TablePanel(self.desk.tasks, _conflict_columns(self))
        self.conflicts.set_name(text("district_page.tab.conflicts"))
        self.conflicts.set_empty(
            "circle-check", text("district_page.no_conflicts"), text("district_page.no_conflicts_next")
        )
        self.conflicts.opened.connect(self.decide)
        card = Card()
        card.body.addWidget(label(text("district_page.conflicts_said"), "quiet", wrap=True))
        card.body.addWidget(self.conflicts, 1)
        self.decide_button = PlainButton(text("district_page.decide.open"), "pencil", self._decide_current)
        card.body.addLayout(row(self.decide_button, None))
        return card

    def _keys(self) -> QWidget:
        self.key_facts = label("", "body", wrap=True)
        self.key_facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.make_button = PlainButton(text("district_page.make_keys"), "key-round", self.make_keys)
        self.setup_button = PlainButton(text("district_page.write_setup"), "save", self.write_setup)
        mine = Card(text("district_page.my_keys"))
        mine.body.addWidget(self.key_facts)
        mine.body.addLayout(row(self.make_button, self.setup_button, None))
        self.stations = TablePanel(self.desk.tasks, _station_columns(self), has_foot=False)
        self.stations.set_name(text("district_page.stations"))
        self.stations.set_empty("building-2", text("district_page.no_stations"), text("district_page.no_stations_next"))
        self.register_button = PlainButton(text("district_page.register.open"), "plus", self.take_registration)
        self.revoke_button = PlainButton(text("district_page.revoke.open"), "x", self._revoke_current)
        registered = Card(text("district_page.stations"))
        registered.body.addWidget(self.stations, 1)
        registered.body.addLayout(row(self.register_button, self.revoke_button, None))
        registered.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        whole = ScrollBody()
        whole.body.addWidget(mine)
        whole.body.addWidget(registered, 1)
        return whole

    def _choose_tab(self, tab: str) -> None:
        self.notice.clear()  # it spoke of the sheet before
        self._show_tab(tab)

    def open_tab(self, tab: str) -> None:
        """Bring a sheet to the front."""
        self.tabs.choose(tab)
        self._show_tab(tab)

    def _show_tab(self, tab: str) -> None:
        self.stack.setCurrentIndex(TABS.index(tab))
        if tab == "report":
            self.report.refresh()

    # ---- reading

    def refresh(self) -> None:
        """Read everything."""
        ledger, today = self.desk.ledger, self.desk.today()

        def job(_task: Task) -> _Found:
            return _Found(
                report.matrix(ledger, today=today),
                conflicts.listed(ledger),
                conflicts.org_names(ledger),
                keys.own(ledger),
                sorted(ledger.find(Station), key=lambda one: (one.org_code, one.id or 0)),
            )

        self.desk.tasks.run("ledger", job, self._show, key="district", owner=self)
        if self.tabs.key() == "report":
            self.report.refresh()

    def _show(self, found: _Found) -> None:
        self._found = found
        self._show_matrix(found.matrix)
        still = [one for one in found.items if one.is_open]
        self.tabs.set_count("conflicts", len(still))
        self.conflicts.show_rows(found.items)
        self.decide_button.setEnabled(bool(found.items))
        self.stations.show_rows(found.stations)
        has_keys = found.own is not None
        self.key_facts.setText(
            text("district_page.own", fingerprint=found.own.fingerprint, day=found.own.made_on)
            if found.own
            else text("district_page.no_keys")
        )
        self.make_button.setText(text("district_page.renew_keys" if has_keys else "district_page.make_keys"))
        for button in (self.setup_button, self.register_button, self.import_button):
            button.setEnabled(has_keys)
        self.revoke_button.setEnabled(any(one.revoked_on is None for one in found.stations))
        self._show_chips(found, len(still))

    def _show_chips(self, found: _Found, still: int) -> None:
        lines = found.matrix.lines[-1] if found.matrix.lines else []
        chips = [
            ChipText(text("district_page.count", state=text(f"reports.state.{state}"), count=count), TONES[state])
            for state in (State.SENT, State.LATE, State.MISSING, State.WAITING)
            if (count := sum(one.state is state for one in lines))
        ]
        if still:
            chips.append(ChipText(text("district_page.open_conflicts", count=still), "late"))
        self._header.set_chips(chips)

    def _show_matrix(self, found: Matrix) -> None:
        weeks = [text("district_page.week_number", week=_number(one.label)) for one in found.periods]
        if self.matrix is None or weeks != self._weeks:
            if self.matrix is not None:
                self.matrix_card.body.removeWidget(self.matrix)
                self.matrix.deleteLater()
            self._weeks = weeks
            self.matrix = TablePanel(self.desk.tasks, _matrix_columns(weeks))
            self.matrix.set_name(text("district_page.tab.weeks"))
            self.matrix.set_empty("building-2", text("district_page.no_units"), text("district_page.no_units_next"))
            self.matrix_card.body.addWidget(self.matrix, 1)
        names = [one.name for one in found.lines[0]] if found.lines else []
        self.matrix.show_rows([_MatrixRow(name, [week[at] for week in found.lines]) for at, name in enumerate(names)])

    # ---- taking packages in

    def choose(self) -> None:
        """Which folder (a stick) holds the packages."""
        ask_files.open_folder(
            self, text("district_page.import_from"), lambda folder: self.preview([folder]), start=Path.home()
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and folders may be dropped."""
        if event.mimeData().hasUrls() and self.import_button.isEnabled():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """The same as choosing them."""
        self.preview([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def preview(self, files: Sequence[Path]) -> None:
        """What a merge would do."""
        self._files = list(files)
        self.restored.setChecked(False)
        self._merge(is_dry=True)

    def store(self) -> None:
        """Do what was seen."""
        self.store_button.setEnabled(False)
        self._merge(is_dry=False)

    def _merge(self, *, is_dry: bool) -> None:
        ledger, today, files = self.desk.ledger, self.desk.today(), self._files
        confirmed = set(self._found.names) if self.restored.isChecked() and self._found else set()

        def job(task: Task) -> Merged:
            deed = merging.preview if is_dry else merging.merge
            return deed(ledger, files, today=today, confirmed=confirmed, task=task)

        show = self._show_seen if is_dry else self._show_merged
        title = text("district_page.checking" if is_dry else "district_page.merging")
        self.desk.tasks.run("ledger", job, show, title=title, owner=self)

    def _show_seen(self, merged: Merged) -> None:
        self._show_verdicts(merged)
        count = len(merged.of(merging.ACCEPTED))
        asks = any(one.code == _RESTORED for one in merged.verdicts)
        self.restored.setVisible(asks)
        self.store_button.setEnabled(bool(count) or asks)
        self.store_button.setText(text("district_page.store_count", count=count))
        refused = len(merged.of(merging.REFUSED))
        key = "seen_count" if merged.verdicts else "seen_none"
        self.notice.say(
            text(
                f"district_page.{key}",
                count=count,
                refused=refused,
                conflicts=sum(one.is_open for one in merged.conflicts),
            ),
            "late" if refused or not merged.verdicts else "info",
        )

    def _show_merged(self, merged: Merged) -> None:
        self._show_verdicts(merged)
        self.restored.setVisible(False)
        self.store_button.setEnabled(False)
        count, refused = len(merged.of(merging.ACCEPTED)), len(merged.of(merging.REFUSED))
        written = sum(one.receipt_file is not None for one in merged.verdicts)
        self.notice.say(
            text("district_page.merged", count=count, refused=refused, receipts=written), "late" if refused else "good"
        )
        self.desk.saved()
        self.desk.changes.publish(merged.changes, source=self._page)
        self.refresh()

    def _show_verdicts(self, merged: Merged) -> None:
        self.verdicts.show_rows(merged.verdicts)
        self.incoming.setCurrentIndex(1)
        self.open_tab("incoming")

    # ---- conflicts and keys

    def decide(self, place: int) -> None:
        """Ask what was decided about a conflict."""
        if self._found is not None and place < len(self._found.items):
            dialogs.decide(self.desk, self, self._found.items[place], self._found.names, self._stored)

    def _decide_current(self) -> None:
        place = self.conflicts.model.id_at(max(0, self.conflicts.view.currentIndex().row()))
        if place is not None:
            self.decide(place)

    def make_keys(self) -> None:
        """New keys; the backup key goes into a file for the safe."""
        ask_files.save_as(
            self,
            text("district_page.backup_key_to"),
            text("district_page.backup_key_name"),
            self.make_keys_to,
            kinds=("txt",),
        )

    def make_keys_to(self, file: Path) -> None:
        """Make them."""
        ledger = self.desk.ledger

        def done(_own: Own) -> None:
            self.notice.say(text("district_page.keys_made", file=file.name, folder=file.parent), "good")
            self._stored(_SETTING)

        self.desk.tasks.run("ledger", lambda _task: keys.make(ledger, file), done, owner=self)

    def write_setup(self) -> None:
        """The file for all townships."""
        name = text("district_page.setup_name", unit=self.desk.unit_name)
        ask_files.save_as(self, text("district_page.write_setup"), name, self.write_setup_to, kinds=("mhs",))

    def write_setup_to(self, file: Path) -> None:
        """Write it."""
        ledger = self.desk.ledger
        self.desk.tasks.run(
            "ledger",
            lambda _task: keys.write_setup(ledger, file),
            lambda path: self.notice.say(text("district_page.setup_written", file=path.name), "good"),
            owner=self,
        )

    def take_registration(self) -> None:
        """A township's file."""
        ask_files.open_file(self, text("district_page.register.open"), ("mhg",), self.look_registration)

    def look_registration(self, file: Path) -> None:
        """Read it, then ask for the digits."""
        ledger = self.desk.ledger
        self.desk.tasks.run(
            "ledger",
            lambda _task: keys.look_registration(ledger, file),
            lambda view: dialogs.register(self.desk, self, file, view, self._stored),
            owner=self,
        )

    def _revoke_current(self) -> None:
        found = self._found
        place = self.stations.model.id_at(max(0, self.stations.view.currentIndex().row()))
        if found is None or place is None or found.stations[place].revoked_on is not None:
            return
        station = found.stations[place]
        name = found.names.get(station.org_code, station.org_code)
        dialogs.revoke(self.desk, self, station.org_code, name, self._stored)

    def _stored(self, changes: Changes) -> None:
        self.desk.saved()
        self.desk.changes.publish(changes, source=self._page)
        self.refresh()

    def name_of(self, org: str) -> str:
        """An institution by its code."""
        return self._found.names.get(org, org) if self._found else org


def _number(week_label: str) -> str:
    """The week's number of a label such as 2026年第47周（…）."""
    return week_label.partition("第")[2].partition("周")[0]


def _matrix_columns(weeks: Sequence[str]) -> list[Column]:
    def chips(at: int) -> Column:
        return Column(
            f"week_{at}",
            weeks[at],
            6,
            "chips",
            chips=lambda line: _chips(line.weeks[at]),
            is_sortable=False,
            gives_way=len(weeks) - at,
        )

    return [Column("name", text("district_page.column.unit"), 12, is_stretched=True), *map(chips, range(len(weeks)))]


def _chips(line: Line) -> Sequence[ChipText]:
    tone: ToneName = "plain" if not line.is_registered and not line.package_id else TONES[line.state]
    return [ChipText(report.state_words(line), tone)]


def _verdict_columns() -> list[Column]:
    def state(one: Verdict) -> Sequence[ChipText]:
        return [ChipText(text(f"district.verdict.{one.state}"), _STATES[one.state])]

    def said(one: Verdict) -> str:
        return " ".join([one.sentence, *one.note_sentences] if one.code else one.note_sentences)

    return [
        Column("state", text("district_page.column.result"), 8, "chips", chips=state, is_sortable=False),
        Column("name", text("district_page.column.unit"), 12, value=lambda one: one.name or one.file.name),
        Column("start", text("district_page.column.week"), 7, "date"),
        Column(
            "level",
            text("district_page.column.level"),
            7,
            value=lambda one: text(f"district.level.{one.level}") if one.level else "",
            gives_way=2,
        ),
        Column("said", text("district_page.column.said"), 22, value=said, is_stretched=True, is_sortable=False),
        Column("file", text("district_page.column.file"), 13, value=lambda one: one.file.name, gives_way=1),
    ]


def _conflict_columns(part: DistrictPart) -> list[Column]:
    def kind(item: Item) -> Sequence[ChipText]:
        return [ChipText(text(f"district_page.conflict.{item.kind}"), _KINDS[item.kind])]

    def standing(item: Item) -> str:
        said = []
        for org, side in item.sides:
            day = side["since"] or side["last_visit"] or ""
            said.append(f"{part.name_of(org)} {text('district.state.' + side['state'])} {day}".rstrip())
        return "；".join(said)

    def decided(item: Item) -> Sequence[ChipText]:
        known = item.decision
        if known is None:
            return [ChipText(text("district_page.undecided"), "late")]
        return [ChipText(text(f"district.outcome.{known.outcome}"), "info" if item.is_open else "good")]

    return [
        Column("kind", text("district_page.column.kind"), 11, "chips", chips=kind, is_sortable=False),
        Column("standing", text("district_page.column.standing"), 24, value=standing, is_stretched=True),
        Column("born", text("district_page.people.birth_year"), 5, value=lambda item: item.sides[0][1]["birth_year"]),
        Column("decided", text("district_page.column.decided"), 10, "chips", chips=decided, is_sortable=False),
        Column(
            "note",
            text("district_page.column.note"),
            10,
            value=lambda item: item.decision.note if item.decision else "",
            gives_way=1,
        ),
    ]


def _station_columns(part: DistrictPart) -> list[Column]:
    def state(one: Station) -> Sequence[ChipText]:
        if one.revoked_on is None:
            return [ChipText(text("district_page.in_use"), "good")]
        return [ChipText(text("district_page.revoked", day=one.revoked_on), "plain")]

    return [
        Column("org_code", text("district_page.column.org"), 6),
        Column(
            "name",
            text("district_page.column.unit"),
            12,
            value=lambda one: part.name_of(one.org_code),
            is_stretched=True,
        ),
        Column("fingerprint", text("district_page.column.fingerprint"), 20),
        Column("state", text("district_page.column.state"), 10, "chips", chips=state, is_sortable=False),
    ]
