"""数据质量: what the rules find over the whole ledger, doubts that wait, the district's own rules.

Opening a violation opens the page where the value is typed, with the cursor in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from mhdesk.domain.quality import OwnRule
from mhdesk.domain.task import Task
from mhdesk.forms.spec import FieldSpec
from mhdesk.services import checks, quality
from mhdesk.services.checks import Checked, Violation
from mhdesk.services.quality import OpenDoubt
from mhdesk.text import text
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.pages.quality_doubts import DoubtsPart, open_field
from ui.pages.quality_rules import RulesPart
from ui.tables import Column, TablePanel
from ui.theme import ToneName
from ui.widgets import Card, ChipText, ChoiceBar, Notice, column, row

TABS = ("violations", "doubts", "rules")
SEVERITIES = ("", "E", "W", "N")
_TONES: dict[str, ToneName] = {"E": "now", "W": "late", "N": "info"}
_ALL = ""
_TABS_OF_PERSON = ("medication", "joint")  # tabs of a person's file, by the page a finding names
_PAGES = {"stock": "medication", "work": "joint", "training": "training", "staff": "training"}


def _severity(one: Violation) -> Sequence[ChipText]:
    return [ChipText(text(f"quality.severity.{one.severity}"), _TONES[one.severity])]


def _columns(labels: dict[str, str]) -> list[Column]:
    return [
        Column("severity", text("quality.column.severity"), 6, "chips", chips=_severity),
        Column("rule", text("quality.column.rule"), 4),
        Column("name", text("quality.column.name"), 6, is_bold=True),
        Column("field", text("quality.column.item"), 9, value=lambda one: one.kind or labels.get(one.field, "")),
        Column("message", text("quality.column.message"), 24, is_stretched=True),
    ]


class ViolationsPart(QWidget):
    """The table of violations with its filters."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._checked: Checked | None = None
        self._shown: Sequence[Violation] = ()
        self._labels = quality.labels()
        self.notice = Notice()
        self.severity = ChoiceBar(
            [(one, text(f"quality.severity.{one}") if one else text("quality.all_severities")) for one in SEVERITIES]
        )
        self.severity.chosen.connect(lambda _key: self._filter())
        self.rule = QComboBox()
        self.rule.setAccessibleName(text("quality.column.rule"))
        self.rule.setMinimumContentsLength(24)
        self.rule.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.rule.currentIndexChanged.connect(lambda _index: self._filter())
        self.table = TablePanel(desk.tasks, _columns(self._labels))
        self.table.set_empty("shield-check", text("quality.not_run"), text("quality.not_run_next"))
        self.table.opened.connect(self._open)
        self.table.show_rows(())
        card = Card()
        line = row(self.severity, None, self.rule, space=3)
        line.setStretch(0, 1)
        card.body.addLayout(line)
        card.body.addWidget(self.table, 1)
        lines = column(self.notice)
        lines.addWidget(card, 1)
        self.setLayout(lines)

    def show_checked(self, checked: Checked) -> None:
        """Show what a run found."""
        self._checked = checked
        found = checked.violations
        people = len({one.patient for one in found} - {None})
        self.notice.say(
            text("quality.done", rules=len(checked.rules), count=len(found), people=people), "info" if found else "good"
        )
        by_severity = Counter(one.severity for one in found)
        for key in SEVERITIES:
            self.severity.set_count(key, by_severity[key] if key else len(found))
        self._offer_rules(found)
        self._filter()

    def _offer_rules(self, found: Sequence[Violation]) -> None:
        kept = self.rule.currentData()
        counts = Counter(one.rule for one in found)
        sentences = {one.rule: one.message for one in reversed(found)}
        self.rule.blockSignals(True)
        self.rule.clear()
        self.rule.addItem(text("quality.all_rules"), _ALL)
        for rule, count in counts.most_common():
            self.rule.addItem(text("quality.rule_choice", rule=rule, sentence=sentences[rule], count=count), rule)
        self.rule.setCurrentIndex(max(0, self.rule.findData(kept)))
        self.rule.blockSignals(False)

    def _filter(self) -> None:
        if self._checked is None:
            return
        severity, rule = self.severity.key() or _ALL, self.rule.currentData() or _ALL
        self._shown = [
            one for one in self._checked.violations if severity in {_ALL, one.severity} and rule in {_ALL, one.rule}
        ]
        is_clean = not self._checked.violations
        key = "clean" if is_clean else "none_like_this"
        self.table.set_empty("circle-check", text(f"quality.{key}"), text(f"quality.{key}_next"))
        self.table.show_rows(self._shown)

    def shown(self) -> Sequence[Violation]:
        """What the filters leave."""
        return self._shown

    def _open(self, place: int) -> None:
        one = self._shown[place]
        if one.page in _TABS_OF_PERSON:
            self._desk.open_page("patient", patient_id=one.patient, tab=one.page)
        elif one.patient is None:
            self._desk.open_page(_PAGES[one.page])
        else:
            open_field(self._desk, one.patient, one.follow_up_id, one.field)


class QualityPage(Page):
    """Everything about the quality of the data."""

    topics = frozenset({"doubt", "own_rule", "custom_field"})
    shots = (Shot("quality", prepare=lambda page: page.run()), Shot("quality-rules", {"tab": "rules"}))

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.header.set_title(text("quality.title"))
        self.header.set_primary(text("quality.run"), "shield-check", self.run)
        self.tabs = ChoiceBar([(tab, text(f"quality.tab.{tab}")) for tab in TABS])
        self.tabs.chosen.connect(self._show_tab)
        self.violations, self.doubts, self.rules = ViolationsPart(desk), DoubtsPart(desk), RulesPart(desk)
        self.stack = QStackedWidget()
        for part in (self.violations, self.doubts, self.rules):
            self.stack.addWidget(part)
        self.takes_keys = self.violations.table
        self.body.addWidget(self.tabs)
        self.body.addWidget(self.stack, 1)

    def refresh(self) -> None:
        """Read doubts and rules anew; what the last run found stays until the next."""
        tab = str(self.params.get("tab", self.tabs.key()))
        self.tabs.choose(tab)
        self._show_tab(tab)
        ledger = self.desk.ledger

        def job(_task: Task) -> tuple[list[OpenDoubt], list[OwnRule], dict[str, Sequence[FieldSpec]]]:
            items: dict[str, Sequence[FieldSpec]] = {kind: quality.rule_items(ledger, kind) for kind in quality.KINDS}
            return quality.open_doubts(ledger), quality.own_rules(ledger), items

        self.desk.tasks.run("ledger", job, lambda found: self._show(*found), key="quality", owner=self)

    def run(self) -> None:
        """Check everybody."""
        ledger, today = self.desk.ledger, self.desk.today()
        self.tabs.choose("violations")
        self._show_tab("violations")

        def job(task: Task) -> Checked:
            return checks.check_ledger(ledger, today=today, task=task)

        title = text("quality.running")
        self.desk.tasks.run("ledger", job, self._show_checked, title=title, key="check", owner=self)

    def _show_checked(self, checked: Checked) -> None:
        self.tabs.set_count("violations", len(checked.violations))
        self.violations.show_checked(checked)

    def _show(self, doubts: list[OpenDoubt], rules: list[OwnRule], items: dict[str, Sequence[FieldSpec]]) -> None:
        self.tabs.set_count("doubts", len(doubts))
        self.tabs.set_count("rules", len(rules))
        self.doubts.show_doubts(doubts)
        self.rules.show_rules(rules, items)

    def _show_tab(self, tab: str) -> None:
        self.stack.setCurrentIndex(TABS.index(tab))

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("quality.help")
