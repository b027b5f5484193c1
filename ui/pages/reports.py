"""报表: a period's official table on the screen, what changed since the last one, names, pages, export, submit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QMenu, QStackedWidget, QWidget

from mhdesk.domain.errors import UsageError
from mhdesk.domain.task import Task
from mhdesk.reports import bridge as layout
from mhdesk.reports.model import Cell, Report
from mhdesk.rules.rollup import RANGE, RollUp
from mhdesk.services import bridge, groupings, indicators, rollups, rulesets, submissions
from mhdesk.services.bridge import Bridge, Moved
from mhdesk.services.indicators import Named
from mhdesk.services.rulesets import Choice
from mhdesk.text import text
from ui import printing, theme
from ui.dialogs import ask_files
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.pages.base import Desk, Page, Params, Shot, keys_of
from ui.pages.reports_names import NamesPanel
from ui.tables.sheet_view import SheetView
from ui.widgets import Card, ChoiceBar, FlowLayout, IconButton, Notice, column

_PREVIEW = "preview"
_NAMES = 2  # the third sheet of the stack
_LEAST_ROWS = 5  # of the table, header included
_TIGHT_EM = 35  # a page lower than so many characters
_SIDES = ("numerator", "denominator", "gap")
_MORE = ("ahead", "trends", "inspection", "colours", "templates")


@dataclass(frozen=True)
class _Shown:
    """What one reading of the ledger gives the page."""

    rollup: RollUp
    report: Report
    revisions: int  # how often this period was submitted
    is_as_sent: bool
    bridge: Bridge | None = None  # against the last report sent; None while there is none
    remark: str = ""  # what must be known of the period


class ReportsPage(Page):
    """The report of a week, a month, a quarter, a year or any days."""

    topics = frozenset(
        {"patient", "follow_up", "movement", "unit", "unit_year", "setting", "submission", "data_override"}
        | {"joint_visit", "exchange_sheet", "checkup", "rehabilitation", "training_session", "attendance", "transfer"}
        | {"emergency", "exchange_row", "colour_assessment", "discharge_note", "medication_order", "dispensing"}
        | {"injection", "snooze", "contact_attempt", "staff_post"}
    )
    shots = (
        Shot("reports"),
        Shot("reports-preview", prepare=lambda page: page.choose_tab(_PREVIEW)),
        Shot("reports-names", prepare=lambda page: page.open_first_names()),
        Shot("reports-change", prepare=lambda page: page.choose_tab(text("reports.bridge.sheet"))),
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._on: date = desk.today()
        self._shown: _Shown | None = None
        self._used: Params = {}
        self._wanted: tuple[str, str] | None = None  # names to open when the numbers are there: indicator, side
        self._own_rules: str | None = None  # the rule set the doctor chose to look through, on this page only
        self._days: tuple[date, date] | None = None  # of 自选时段
        self._make_head()
        self._is_tight: bool | None = None
        self._is_open = False  # the options, where there is little room
        self.notice = Notice()
        self.tabs = ChoiceBar()
        self._tab_keys: list[str] = []
        self.tabs.chosen.connect(self.choose_tab)
        self.sheet = SheetView()
        self.sheet.opened.connect(self.open_names)
        self.preview = printing.Preview(self)
        self.people = NamesPanel(desk, self.close_names)
        self.table, self.names_title = self.people.table, self.people.title
        self.stack = QStackedWidget()
        for part in (_carded(self.sheet), _carded(self.preview), self.people):
            self.stack.addWidget(part)
        self.stack.setMinimumHeight(theme.current().size("row") * _LEAST_ROWS)
        self.takes_keys = self.sheet
        self.body.addWidget(self.options)
        self.body.addWidget(self.notice)
        self.body.addWidget(self.tabs)
        self.body.addWidget(self.stack, 1)

    def _make_head(self) -> None:
        """Everything above the tables."""
        self.header.set_title(text("report_page.title"))
        self.header.add_widget(IconButton("chevron-left", text("report_page.earlier"), lambda: self._move(-1)))
        self.header.add_widget(IconButton("chevron-right", text("report_page.later"), lambda: self._move(1)))
        self.tab_box = _box(text("report_page.table"), self._choose_from_box)
        self.header.add_widget(self.tab_box)
        icons = (("filter", "options", self.toggle_options), ("download", "export", self.export),
                 ("printer", "print", self.print_), ("history", "sent_page", self.open_sent))  # fmt: skip
        self._small = [IconButton(icon, text(f"report_page.{key}"), slot) for icon, key, slot in icons[:2]]
        for button in self._small:
            self.header.add_widget(button)
        self._large = [self.header.add_action(text(f"report_page.{key}"), icon, slot) for icon, key, slot in icons[1:]]
        self.more_button = self.header.add_action(text("report_page.more"), "ellipsis", self.open_more)
        self.more_icon = IconButton("ellipsis", text("report_page.more"), self.open_more)
        self.header.add_widget(self.more_icon)
        self._large.append(self.more_button)
        self._small.append(self.more_icon)
        self.header.set_primary(text("report_page.submit"), "check", self.submit)
        self.kinds = _box(text("report_page.kind"), self._choose_kind)
        for kind in (*rollups.PERIODS, RANGE):
            self.kinds.addItem(text(f"reports.kind.{kind}"), kind)
        self.groups = _box(text("report_page.by"), lambda _index: self._read())
        for by in groupings.BY:
            self.groups.addItem(text("report_page.by_words", by=text(f"reports.by.{by}")), by)
        self.sets = _box(text("settings.rule_set"), self._look_through)
        self.options = QWidget()
        lines = FlowLayout(space=3)
        for box in (self.kinds, self.groups, self.sets):
            lines.addWidget(box)
        self.options.setLayout(lines)

    # ---- reading

    def activate(self, params: Params) -> None:
        """With `names` (an indicator) and `side`: open the people behind that number of the whole unit."""
        if "names" in params and dict(params) != dict(self.params):
            self._wanted = str(params["names"]), str(params.get("side", "numerator"))
        super().activate(params)

    def refresh(self) -> None:
        """Read rule sets, then the roll-up."""
        if "on" in self.params and self.params != self._used:
            self._on = date.fromisoformat(str(self.params["on"]))
            self.kinds.setCurrentIndex(max(0, self.kinds.findData(self.params.get("kind", "weekly"))))
        self._used = dict(self.params)
        ledger = self.desk.ledger
        self.desk.tasks.run("ledger", lambda _task: rulesets.choice(ledger), self._show_rules, owner=self)

    def _show_rules(self, choice: Choice) -> None:
        kept = self._own_rules or choice.default.id
        self.sets.clear()
        for rules in choice.available:
            self.sets.addItem(rules.name, rules.id)
        self.sets.setCurrentIndex(max(0, self.sets.findData(kept)))
        self._read()

    def _look_through(self, _index: int) -> None:
        self._own_rules = self.sets.currentData()
        self._read()

    def _read(self) -> None:
        from mhdesk.reports import weekly

        ledger, on, rules, today = self.desk.ledger, self._on, self.sets.currentData(), self.desk.today()
        kind, by, last = str(self.kinds.currentData()), str(self.groups.currentData()), today
        if kind == RANGE and self._days is not None:
            on, last = self._days

        def job(task: Task) -> _Shown:
            task.step(0, 0, text("report_page.counting"))
            rollup = rollups.build(ledger, period=kind, on=on, to=last, rules=rules, by=by, today=today)
            sent = rollups.submissions(ledger, period=kind, start=rollup.period.start) if by == "unit" else []
            is_as_sent = bool(sent) and sent[-1].data_hash == rollup.data_hash
            base = bridge.base_of(ledger, rollup.period) if by == "unit" else None
            made = bridge.build(ledger, rollup, base) if base is not None else None
            sheets = [bridge.sheet(made)] if made is not None else []
            remark = submissions.remark(ledger, rollup.period)
            return _Shown(rollup, weekly.build(rollup, sheets), len(sent), is_as_sent, made, remark)

        self.desk.tasks.run("ledger", job, self._show, title=text("report_page.counting"), owner=self)

    def _show(self, shown: _Shown) -> None:
        self._shown = shown
        period = shown.rollup.period
        self.header.set_title(text("report_page.titled", kind=text(f"reports.kind.{period.kind}"), label=period.label))
        note = "report_page.sent" if shown.is_as_sent else "report_page.changed" if shown.revisions else ""
        if note:
            self.notice.say(text(note, revision=shown.revisions), "good" if shown.is_as_sent else "missing")
        elif shown.remark:
            self.notice.say(shown.remark, "missing")
        else:
            self.notice.clear()
        if self.header.primary is not None:
            is_ours = period.kind != RANGE and shown.rollup.by == "unit"
            self.header.primary.setEnabled(is_ours and not shown.is_as_sent)
        names = [sheet.name for sheet in shown.report.sheets]
        if self._tab_keys != [*names, _PREVIEW]:
            self._set_tabs([*names, _PREVIEW])
        self.choose_tab(self.tabs.key() or names[0])
        if self._wanted is not None:
            (indicator, side), self._wanted = self._wanted, None
            self._open_side(indicator, side)

    def _set_tabs(self, keys: list[str]) -> None:
        """One tab a table; the one that was open stays open where it is still there."""
        open_now = self.tabs.key()
        for key in self._tab_keys:
            self.tabs.remove(key)
        self._tab_keys = keys
        self.tab_box.clear()
        for key in keys:
            words = text("report_page.preview") if key == _PREVIEW else key
            self.tabs.add(key, words)
            self.tab_box.addItem(words, key)
        self.tabs.choose(open_now if open_now in keys else keys[0])

    # ---- looking

    def choose_tab(self, key: str) -> None:
        """Show one table, or the pages as they will print."""
        if self._shown is None or key not in self._tab_keys:
            return
        if self.tabs.key() != key:
            self.tabs.choose(key)
        self.tab_box.setCurrentIndex(self.tab_box.findData(key))
        if key != _PREVIEW:
            self.sheet.show_sheet(self._shown.report.sheets[self._tab_keys.index(key)])
            self.stack.setCurrentIndex(0)
            self.sheet.setFocus()
            return
        self._with_pdf(self._show_preview)

    def _show_preview(self, content: bytes) -> None:
        self.preview.show_pdf(content)
        self.stack.setCurrentIndex(1)

    def open_names(self, cell: Cell) -> None:
        """The people behind a number: the same ids that were counted."""
        if self._shown is None or cell.members is None:
            return
        if cell.key.startswith(f"{layout.KEY}:"):
            _, moved, part = cell.key.split(":")
            self._ask_moved(moved, part, len(cell.members), cell.hint)
            return
        indicator, _, side = cell.key.partition(".")
        units = self._shown.rollup.units
        unit = next((one.unit.name for one in units if one.unit.id == cell.unit_id), text("reports.total"))
        self._ask_names(indicator, side, unit, list(cell.members), cell.hint)

    def _open_side(self, indicator: str, side: str) -> None:
        """The people behind one side of a number of the whole unit; `gap`: those who are missing from it."""
        if self._shown is None:
            return
        ids = list(indicators.members(self._shown.rollup, indicator, side=side))
        hints = [cell.hint for line in self._shown.report.sheets[0].rows for cell in line
                 if cell is not None and cell.key == indicator]  # fmt: skip
        self._ask_names(indicator, side, text("reports.total"), ids, hints[0] if hints else "")

    def _ask_names(self, indicator: str, side: str, unit: str, ids: list[int], hint: str) -> None:
        if self._shown is None:
            return
        ledger, rollup = self.desk.ledger, self._shown.rollup
        side_words = text(f"report_page.side.{side}") if side in _SIDES else ""
        name = text(f"indicator.{indicator}.name")
        self.people.set_words(text("report_page.names", unit=unit, name=name, side=side_words, count=len(ids)), hint)
        today = self.desk.today()

        def job(_task: Task) -> list[Named]:
            return indicators.people(ledger, rollup, indicator, ids, today=today, identified=True)

        self.desk.tasks.run("ledger", job, self._show_names, owner=self)

    def open_first_names(self) -> None:
        """The names of the first number that stands for somebody (for pictures of the page)."""
        if self._shown is not None:
            self.choose_tab(self._tab_keys[0])
        rows = self._shown.report.sheets[0].rows if self._shown else ()
        cells = [cell for line in rows for cell in line if cell is not None and cell.members]
        if cells:
            self.open_names(cells[-1])

    def _ask_moved(self, indicator: str, part: str, count: int, hint: str) -> None:
        """Who came into a number or left it, each with the sentence of then and of now."""
        made = self._shown.bridge if self._shown is not None else None
        if made is None:
            return
        ledger = self.desk.ledger
        name = text(f"indicator.{indicator}.name") if indicator else text("reports.bridge.equation")
        side = text(f"reports.bridge.{part}")
        self.people.set_words(text("report_page.moved", name=name, side=side, count=count), hint)

        def job(_task: Task) -> list[Moved]:
            if not indicator:
                return bridge.register_people(ledger, made, part, identified=True)
            return [one for one in bridge.people(ledger, made, indicator, identified=True) if one.side == part]

        self.desk.tasks.run("ledger", job, self._show_moved, owner=self)

    def _show_moved(self, moved: list[Moved]) -> None:
        self.people.show_moved(moved)
        self.stack.setCurrentIndex(_NAMES)

    def _show_names(self, names: list[Named]) -> None:
        self.people.show_names(names)
        self.stack.setCurrentIndex(_NAMES)

    def close_names(self) -> None:
        """Back to the table."""
        self.stack.setCurrentIndex(0)
        self.sheet.setFocus()

    def takes_escape(self) -> bool:
        """Esc leaves the names first."""
        if self.stack.currentIndex() == _NAMES:
            self.close_names()
            return True
        return False

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("report_page.help")

    def _move(self, step: int) -> None:
        """The period before or after; never one that has not begun."""
        if self._shown is None or self.kinds.currentData() == RANGE:
            return
        period = self._shown.rollup.period
        on = period.end if step > 0 else period.start - timedelta(days=1)
        if on <= self.desk.today():
            self._on = on
            self._read()

    def _choose_kind(self, _index: int) -> None:
        if self.kinds.currentData() == RANGE:
            self.ask_days()
        else:
            self._read()

    def ask_days(self) -> None:
        """自选时段: from when to when."""
        first, last = self._days or (self.desk.today().replace(day=1), self.desk.today())
        asks = [
            Ask("first", text("report_page.first"), "date", first.isoformat(), is_required=True),
            Ask("last", text("report_page.last"), "date", last.isoformat(), is_required=True, is_beside=True),
        ]

        def take(dialog: AskDialog, values: Values) -> None:
            if values["last"] < values["first"]:
                dialog.refuse(UsageError("MH-REPORT-11", start=values["first"], end=values["last"]))
            elif values["first"] > self.desk.today():
                dialog.refuse(UsageError("MH-REPORT-01", start=values["first"]))
            else:
                self._days = (values["first"], values["last"])
                dialog.accept()
                self._read()

        dialog = AskDialog(
            self.desk, text("reports.kind.range"), text("report_page.show"), asks, take, parent=self.window()
        )
        dialog.rejected.connect(self._keep_kind)
        dialog.open()

    def _keep_kind(self) -> None:
        """The days were not given: what is shown stays."""
        if self._shown is not None and self._days is None:
            self.kinds.setCurrentIndex(self.kinds.findData(self._shown.rollup.period.kind))

    def open_sent(self) -> None:
        """上报记录."""
        self.desk.open_page("sent")

    # ---- little room

    def toggle_options(self) -> None:
        """Where there is little room the choices stand behind a button."""
        self._is_open = not self._is_open
        self.options.setVisible(self._is_open or not self._is_tight)

    def _choose_from_box(self, _index: int) -> None:
        self.choose_tab(str(self.tab_box.currentData()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Large text in a small window: one line of controls, the rest is the table's."""
        super().resizeEvent(event)
        is_tight = self.height() < theme.current().em(_TIGHT_EM)
        if is_tight == self._is_tight:
            return
        self._is_tight = is_tight
        self.tab_box.setVisible(is_tight)
        for button in self._small:
            button.setVisible(is_tight)
        for large in self._large:
            large.setVisible(not is_tight)
        self.tabs.setVisible(not is_tight)
        self.options.setVisible(self._is_open or not is_tight)
        self.people.set_tight(is_tight=is_tight)
        self.header.set_title(self.header.title())

    def more_pages(self) -> QMenu:
        """What else belongs to reports, each on a page of its own."""
        menu = QMenu(self)
        if self._is_tight:  # the buttons that have no room of their own
            menu.addAction(text("report_page.print")).triggered.connect(self.print_)
            menu.addAction(text("report_page.sent_page")).triggered.connect(self.open_sent)
        for key in _MORE:
            action = menu.addAction(text(f"shell.nav.{key}"))
            action.triggered.connect(lambda _checked=False, key=key: self.desk.open_page(key))
        return menu

    def open_more(self) -> None:
        """Show that menu under its button."""
        menu = self.more_pages()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        button = self.more_icon if self._is_tight else self.more_button
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    # ---- files and paper

    def export(self) -> None:
        """Write the table as xlsx and pdf into a folder of the doctor's choice."""
        if self._shown is None:
            return
        ask_files.open_folder(self, text("report_page.export_to"), self.write_to)

    def write_to(self, folder: Path) -> None:
        """Write what is shown as xlsx and pdf into `folder`."""
        if self._shown is None:
            return
        rollup, ledger, made = self._shown.rollup, self.desk.ledger, self._shown.bridge

        def job(task: Task) -> list[Path]:
            sheets, lists = [], []
            if made is not None:
                sheets = [bridge.sheet(made)]
                lists = [layout.people_sheet(rollup, bridge.everybody(ledger, made))]
            return rollups.write(ledger, rollup, folder, sheets=sheets, lists=lists, task=task)

        self.desk.tasks.run("ledger", job, self._tell_written, title=text("report_page.writing"), owner=self)

    def _tell_written(self, files: list[Path]) -> None:
        names = "、".join(file.name for file in files)
        self.notice.say(text("report_page.written", names=names, folder=files[0].parent), "good")

    def print_(self) -> None:
        """Print the pages."""
        title = self.header.title()
        self._with_pdf(lambda content: printing.print_pdf(self.window(), content, title=title))

    def _with_pdf(self, then: Callable[[bytes], object]) -> None:
        if self._shown is None:
            return
        report = self._shown.report

        def job(task: Task) -> bytes:
            from mhdesk.files import pdf_write

            return pdf_write.report_bytes(report, task)

        self.desk.tasks.run("work", job, then, title=text("report_page.writing"), owner=self)

    def submit(self) -> None:
        """Freeze what is shown, after saying what is frozen, who checked it, and why it differs from what was sent."""
        if self._shown is None:
            return
        shown, ledger = self._shown, self.desk.ledger
        asks = [Ask("checked_by", text("report_page.checked_by"), hint=text("report_page.checked_by_hint"))]
        if shown.revisions:
            asks.append(
                Ask("note", text("report_page.note"), "long", hint=text("report_page.note_hint"), is_required=True)
            )

        def send(dialog: AskDialog, values: Values) -> None:
            def job(task: Task) -> rollups.Sent:
                return rollups.submit(
                    ledger,
                    shown.rollup,
                    correction_note=values.get("note"),
                    checked_by=values["checked_by"],
                    task=task,
                )

            def done(sent: rollups.Sent) -> None:
                dialog.accept()
                self._submitted(sent)

            self.desk.tasks.run("ledger", job, done, dialog.refuse, title=text("report_page.submitting"), owner=self)

        sentence = text(
            "report_page.submit_sure",
            label=shown.rollup.period.label,
            rules=shown.rollup.rules.name,
            cut_off=shown.rollup.period.cut_off.isoformat(),
        )
        AskDialog(
            self.desk, text("report_page.submit"), text("report_page.submit"), asks, send, sentence=sentence,
            parent=self.window(),
        ).open()  # fmt: skip

    def _submitted(self, _sent: rollups.Sent) -> None:
        self.desk.saved()
        self._read()


def _box(name: str, chosen: Callable[[int], object]) -> QComboBox:
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.setAccessibleName(name)
    box.activated.connect(chosen)
    return box


def _carded(part: QWidget) -> Card:
    card = Card()
    card.body.addLayout(column(part))
    return card
