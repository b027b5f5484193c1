"""今日: one list of everything due, heaviest first; at the right the numbers a doctor is judged by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.task import Task
from mhdesk.rules.targets import Target
from mhdesk.services import printing
from mhdesk.services import today as service
from mhdesk.services.backup import Newest
from mhdesk.services.joint import records as joint_records
from mhdesk.services.matters import Matter
from mhdesk.services.printing import Document
from mhdesk.services.today import Today
from mhdesk.services.unfinished import Unfinished
from mhdesk.services.worklist import DueEntry
from mhdesk.text import text
from ui.dialogs.paper import show_paper
from ui.pages import patient_words as words
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.pages.settings_backup import backup_chips
from ui.tables import Column, TablePanel
from ui.widgets import Beside, Card, Chip, ChipText, FlowLayout, LinkButton, Notice, RateBar, label, row

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

RATES = ("standard_management_rate", "regular_medication_rate", "face_to_face_rate")
_HIGH_RISK = "3"
_DRAFTS_SHOWN = 8


class TodayPage(Page):
    """The first page after the login."""

    topics = frozenset(
        {"patient", "follow_up", "movement", "contact_attempt", "setting", "submission", "draft",
         "snooze", "transfer", "discharge_note", "visit_sheet_row", "exchange_sheet", "exchange_row", "emergency",
         "meeting", "agreement", "agreement_review", "agreement_payment", "assistance", "rehabilitation", "checkup"}
    )  # fmt: skip
    shots = (Shot("today"),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._entries: Sequence[DueEntry] = ()
        self._listed: Sequence[DueEntry] = ()
        self.header.set_title(text("today.title"))
        self.header.add_action(text("lists.quality"), "shield-check", lambda: desk.open_page("quality"))
        self.header.add_action(text("today.print_sheets"), "printer", self.print_)
        self.header.set_primary(text("today.weekly"), "file-spreadsheet", lambda: desk.open_page("reports"))
        self.notice = Notice()
        self.village = QComboBox()
        self.village.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.village.setAccessibleName(text("patients.column.village"))
        self.village.activated.connect(lambda _index: self._show_list())
        self.table = TablePanel(desk.tasks, _columns(desk.today()))
        self.table.set_name(text("today.list"))
        self.table.set_empty("circle-check", text("today.nothing"), text("today.nothing_next"))
        self.table.opened.connect(lambda place: self._open(self._listed[place]))
        listed = Card(text("today.list"))
        listed.head.add(self.village)
        listed.head.add(LinkButton(text("today.whole_list"), None, lambda: desk.open_page("due")))
        listed.body.addWidget(self.table, 1)
        self.unfinished = Card(text("today.drafts_title"))
        self.matters = Card(text("today.matters"))
        self.rates = Card(text("today.registered", count="—"))
        self.countdown = Card(text("today.countdown"))
        self.keeping = Card(text("today.keeping"))
        self.takes_keys = self.table
        self.bars: dict[str, RateBar] = {}
        self._fill: dict[Card, QWidget] = {}
        self.body.addWidget(self.notice)
        self.body.addWidget(Beside(listed, self.unfinished, self.matters, self.rates, self.countdown, self.keeping), 1)

    def refresh(self) -> None:
        """Read everything anew."""
        ledger, day = self.desk.ledger, self.desk.today()

        def job(_task: Task) -> tuple[Changes, Today]:
            return joint_records.bring_up_to_date(ledger, today=day), service.overview(ledger, today=day)

        self.desk.tasks.run("ledger", job, self._read, owner=self)

    def _read(self, found: tuple[Changes, Today]) -> None:
        """Files say what is in force today before anybody reads one; what changed with the day is told."""
        changes, overview = found
        if changes.topics:
            self.desk.changes.publish(changes, source=self)
        self._show(overview)

    def print_(self) -> None:
        """入户随访单 of the village chosen, or one sheet a village: the pages first, then the printer."""
        village, day, doctor = self.village.currentData(), self.desk.today(), self.desk.ledger.user_name

        def make(ledger: Ledger, task: Task) -> Document:
            return printing.visit_sheets(ledger, today=day, village=village, doctor=doctor, task=task)

        show_paper(self.desk, self, make)

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("today.help")

    def _open(self, entry: DueEntry) -> None:
        """Record the follow-up of somebody on the list; the next one is the next of the list."""
        queue = [one.id for one in self._listed]
        self.desk.open_page("visit", patient_id=entry.id, queue=queue)

    def _show(self, found: Today) -> None:
        self._entries = found.due.patients
        urgent = sum(_is_urgent(entry) for entry in self._entries)
        self.header.set_title(text("today.counted", count=len(self._entries)))
        self.header.set_chips([ChipText(text("today.urgent", count=urgent), "now")] if urgent else [])
        if found.missing_changes:
            self.notice.say(text("today.missing_changes", count=found.missing_changes), "now")
        elif found.drafts:
            self.notice.say(text("today.drafts", count=len(found.drafts)), "missing")
        else:
            self.notice.clear()
        kept = self.village.currentData()
        self.village.clear()
        self.village.addItem(text("patients.all_village"), None)
        for name in sorted({entry.village for entry in self._entries if entry.village}):
            self.village.addItem(name, name)
        self.village.setCurrentIndex(max(0, self.village.findData(kept)))
        self._show_list()
        self._show_drafts(found)
        self._show_matters(found)
        self._show_rates(found)
        self._show_countdown(found)
        self._show_keeping(found)

    def _show_list(self) -> None:
        chosen = self.village.currentData()
        self._listed = [entry for entry in self._entries if chosen in (None, entry.village)]
        self.table.show_rows(self._listed)

    # ---- the right side

    def _put(self, card: Card, content: QWidget) -> None:
        """Show `content` in a card instead of what it showed before."""
        before = self._fill.get(card)
        if before is not None:
            before.hide()
            before.deleteLater()
        self._fill[card] = content
        card.body.addWidget(content)

    def _show_drafts(self, found: Today) -> None:
        """What was typed and not saved, of every form; each line goes on where it was left."""
        self.unfinished.setVisible(bool(found.drafts))
        content = QWidget()
        lines = QVBoxLayout(content)
        lines.setContentsMargins(0, 0, 0, 0)
        for one in found.drafts[:_DRAFTS_SHOWN]:
            words = text("today.draft_of", words=one.words, person=one.person) if one.person else one.words
            when = one.saved_at.astimezone().strftime("%m-%d %H:%M") if one.saved_at else ""
            lines.addLayout(row(LinkButton(words, None, self._draft_opener(one)), None, label(when, "quiet")))
        if len(found.drafts) > _DRAFTS_SHOWN:
            lines.addWidget(label(text("today.drafts_more", count=len(found.drafts) - _DRAFTS_SHOWN), "quiet"))
        self._put(self.unfinished, content)

    def _draft_opener(self, one: Unfinished) -> Callable[[], object]:
        return lambda: self.desk.open_page(one.page, **one.params)

    def _show_matters(self, found: Today) -> None:
        """What waits besides visits; each line opens the page where it is done."""
        self.matters.setVisible(bool(found.matters))
        content = QWidget()
        lines = QVBoxLayout(content)
        lines.setContentsMargins(0, 0, 0, 0)
        for one in found.matters:
            chip = Chip(text("today.matter_count", count=one.count), "late" if one.is_late else "info")
            link = LinkButton(text(f"today.waiting.{one.key}"), None, self._opener(one))
            lines.addLayout(row(link, None, chip))
        self._put(self.matters, content)

    def _opener(self, one: Matter) -> Callable[[], object]:
        return lambda: self.desk.open_page(one.page, **one.params)

    def _show_rates(self, found: Today) -> None:
        total = found.rollup.total
        self.rates.head.set_title(text("today.registered", count=total["registered"].numerator))
        self.rates.head.set_note(text("today.as_of", day=found.rollup.period.cut_off.strftime("%m-%d")))
        targets = _targets(found)
        lines = QVBoxLayout()
        lines.setContentsMargins(0, 0, 0, 0)
        self.bars = {}
        for key in RATES:
            result = total[key]
            bar = RateBar()
            target = targets.get(key)
            numerator = None if result.numerator is None else int(result.numerator)
            denominator = None if result.denominator is None else int(result.denominator)
            note = "" if target is not None else text("today.to_date")
            bar.show_rate(text(f"indicator.{key}.name"), numerator, denominator, target=target, note=note)
            bar.names_requested.connect(lambda key=key: self.desk.open_page("reports", names=key, side="gap"))
            lines.addWidget(bar)
            self.bars[key] = bar
        content = QWidget()
        content.setLayout(lines)
        self._put(self.rates, content)

    def _show_countdown(self, found: Today) -> None:
        buckets = found.due.buckets
        days = label(str(found.days_left), "figure")
        sentence = label(text("today.left", overdue=buckets["overdue"], due=buckets["due"]), "quiet", wrap=True)
        content = QWidget()
        line = row(days, sentence, space=3)
        line.setStretch(1, 1)
        content.setLayout(line)
        self._put(self.countdown, content)

    def _show_keeping(self, found: Today) -> None:
        chips = [ChipText(text("today.sent" if found.last_week_sent else "today.not_sent", week=found.last_week[5:]),
                          "good" if found.last_week_sent else "late")]  # fmt: skip
        chips += backup_chips(Newest(found.backup_at, found.stick_backup_at))
        content = QWidget()
        flow = FlowLayout()
        for chip in chips:
            flow.addWidget(Chip(chip.label, chip.tone))
        lines = QVBoxLayout()
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addLayout(flow)
        backing_up = LinkButton(text("today.back_up"), None, lambda: self.desk.open_page("settings", part="backup"))
        lines.addLayout(row(backing_up, None))
        content.setLayout(lines)
        self._put(self.keeping, content)


def _columns(today: date) -> list[Column]:
    return [
        Column("name", text("patients.column.name"), 7, is_bold=True),
        Column("village", text("patients.column.village"), 6.5),
        Column("matter", text("today.matter"), 7.5, "chips", chips=_matters, is_sortable=False),
        Column("reason", text("today.about"), 14, is_stretched=True, value=_about, is_sortable=False),
        Column("due_on", text("today.limit"), 6, value=lambda entry: _limit(entry, today),
               tone=lambda entry: "late" if entry.days_overdue > 0 else None),
        Column("guardian_phone", text("patients.column.guardian_phone"), 9, is_sortable=False, is_shown=False),
    ]  # fmt: skip


def _is_urgent(entry: DueEntry) -> bool:
    return (entry.risk_level or "") >= _HIGH_RISK or entry.visit_class == "1"


def _matters(entry: DueEntry) -> Sequence[ChipText]:
    if (entry.risk_level or "") >= _HIGH_RISK:
        return [ChipText(text("today.risk", level=entry.risk_level), "now")]
    if entry.visit_class == "1":
        return [ChipText(words.coded("visit_class", "1"), "now")]
    if entry.state == "overdue":
        return [ChipText(text("today.overdue"), "late")]
    return [ChipText(text("today.due"), "info")]


def _about(entry: DueEntry) -> str:
    parts = [words.coded("visit_class", entry.visit_class) or text("patients.no_class"), entry.reason]
    return " · ".join(parts)


def _limit(entry: DueEntry, today: date) -> str:
    if entry.due_on is None or entry.due_on == today:
        return text("today.now")
    if entry.days_overdue > 0:
        return text("today.past", days=entry.days_overdue)
    return entry.due_on.strftime("%m-%d")


def _targets(found: Today) -> dict[str, Target]:
    """The targets in force this year, of every chosen target set."""
    chosen: dict[str, Target] = {}
    for target_set in found.rollup.targets:
        chosen |= target_set.in_force(found.rollup.period.cut_off.year)
    return chosen
