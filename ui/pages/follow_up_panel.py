"""What stands beside the form: the suggested class with its reasons, the next date, the last visits, definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from mhdesk.domain.dates import add_months
from mhdesk.domain.follow_up import FollowUp
from mhdesk.forms.spec import FieldSpec
from mhdesk.services.follow_ups import Judgement
from mhdesk.text import text
from ui import theme
from ui.forms.row import item_name, optional_text
from ui.pages import patient_words as words
from ui.widgets import Card, Chip, ChipText, column, label, row, rule

_MONTHS_TOLD = (1, 2, 3, 4, 6, 12)
_DAYS_A_WEEK = 7


def span(start: date, end: date) -> str:
    """How long from visit to visit: ``3 个月``, ``2 周``, ``10 天``."""
    for months in _MONTHS_TOLD:
        if add_months(start, months) == end:
            return text("follow_up.panel.months", count=months)
    days = (end - start).days
    if days % _DAYS_A_WEEK == 0:
        return text("follow_up.panel.weeks", count=days // _DAYS_A_WEEK)
    return text("follow_up.panel.days", count=days)


class SuggestionCard(Card):
    """本次分类建议: the class the evidence supports, or what is missing. Never 稳定 for want of evidence."""

    def __init__(self) -> None:
        super().__init__(text("follow_up.panel.class_title"))
        self.chip = Chip()
        self.sentence = label("", "quiet", wrap=True)
        self.decision = label("", "quiet_small", wrap=True)
        self.body.addLayout(row(self.chip, None))
        self.body.addWidget(self.sentence)
        self.body.addWidget(self.decision)

    def show_judgement(self, judgement: Judgement | None, chosen: str | None, names: Mapping[str, str]) -> None:
        """Say what the rules say; `names` are the items' names by key."""
        suggestion = judgement.suggestion if judgement is not None else None
        self.chip.show_chip(suggestion_chip(judgement))
        if suggestion is None:
            self.sentence.setText("")
            self.decision.setText("")
        elif suggestion.visit_class is not None:
            self.sentence.setText("\n".join(f"· {reason}" for reason in suggestion.reasons))
            self.decision.setText(self._decision(suggestion.visit_class.value, chosen))
        elif suggestion.missing:
            missing = "、".join(names.get(key, key) for key in suggestion.missing)
            count = len(suggestion.missing)
            self.sentence.setText(text("follow_up.panel.missing", count=count, names=missing))
            self.decision.setText(text("follow_up.panel.never_default"))
        else:
            self.sentence.setText("\n".join(suggestion.reasons))
            self.decision.setText("")

    @staticmethod
    def _decision(suggested: str, chosen: str | None) -> str:
        if not chosen:
            return text("follow_up.panel.decide")
        if chosen == suggested:
            return text("follow_up.panel.agrees")
        return text("follow_up.panel.differs", label=words.coded("visit_class", chosen))


def suggestion_chip(judgement: Judgement | None) -> ChipText | None:
    """The suggestion as a chip."""
    if judgement is None:
        return None
    suggestion = judgement.suggestion
    if suggestion.visit_class is not None:
        return words.class_chip(suggestion.visit_class.value)
    if suggestion.missing:
        return ChipText(text("follow_up.panel.incomplete"), "missing")
    return ChipText(text("follow_up.panel.no_class"), "plain")


class NextCard(Card):
    """下次随访: what each class would mean; the chosen one in ink."""

    def __init__(self) -> None:
        super().__init__(text("follow_up.panel.next_title"))
        self.body.setSpacing(theme.current().space(1))
        self._lines = [label("", "quiet") for _ in range(3)]
        for line in self._lines:
            self.body.addWidget(line)

    def show_dates(self, sheet: FollowUp, due_by_class: Mapping[str, date], retry_on: date | None) -> None:
        """A line for each class, or only the chosen one's; for somebody lost the day to look again."""
        day, chosen = sheet.visit_date, sheet.visit_class
        if sheet.death_date is not None:
            shown = [text("follow_up.panel.next_dead")]
        elif day is None:
            shown = [text("follow_up.panel.next_empty")]
        elif retry_on is not None:
            shown = [self._line(text("follow_up.panel.lost_again"), day, retry_on)]
        else:
            shown = [
                self._line(words.coded("visit_class", code), day, due)
                for code, due in sorted(due_by_class.items(), reverse=True)
                if chosen in (None, code)
            ]
        for place, line in enumerate(self._lines):
            line.setText(shown[place] if place < len(shown) else "")
            line.setVisible(place < len(shown))

    @staticmethod
    def _line(words_first: str, start: date, end: date) -> str:
        return text("follow_up.panel.next_line", label=words_first, day=end.isoformat(), span=span(start, end))


class RecentCard(Card):
    """最近三次."""

    def __init__(self) -> None:
        super().__init__(text("follow_up.panel.recent_title"))
        self._holder: QWidget | None = None

    def show_visits(self, visits: Sequence[FollowUp]) -> None:
        """The last visits, newest first."""
        if self._holder is not None:
            self._holder.setParent(None)
            self._holder.deleteLater()
        self._holder = self._table(visits) if visits else label(text("follow_up.panel.recent_none"), "quiet", wrap=True)
        self.body.addWidget(self._holder)

    @staticmethod
    def _table(visits: Sequence[FollowUp]) -> QWidget:
        now = theme.current()
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(now.space(3))
        grid.setVerticalSpacing(now.space(1))
        for place, key in enumerate(("date", "form", "class", "drugs")):
            grid.addWidget(label(text(f"follow_up.panel.column_{key}"), "quiet"), 0, place)
        grid.setColumnStretch(3, 1)
        for line, visit in enumerate(visits, start=1):
            day = visit.visit_date
            shown = label(day.strftime("%m-%d") if day is not None else "")
            shown.setToolTip(day.isoformat() if day is not None else "")
            grid.addWidget(rule(), line * 2 - 1, 0, 1, 4)
            grid.addWidget(shown, line * 2, 0)
            grid.addWidget(label(optional_text(f"form_short.{visit.visit_form}")), line * 2, 1)
            grid.addWidget(visit_chip(visit), line * 2, 2, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(label(optional_text(f"drug_short.{visit.adherence}")), line * 2, 3)
            grid.setRowMinimumHeight(line * 2, now.size("touch"))
        return holder


def visit_chip(visit: FollowUp) -> Chip:
    """The class of a visit, or why it has none."""
    if visit.lost_reason is not None:
        return Chip(text("follow_up.panel.lost"), "late")
    if visit.death_date is not None:
        return Chip(text("follow_up.panel.dead"), "plain")
    chip = words.class_chip(visit.visit_class)
    return Chip(chip.label, chip.tone)


class HelpCard(Card):
    """填写说明 of the item the cursor is in, where the form has any."""

    def __init__(self) -> None:
        super().__init__(text("follow_up.panel.help_title"))
        self._words = label("", "quiet_small", wrap=True)
        self.body.addWidget(self._words)
        self.hide()

    def show_item(self, item: FieldSpec) -> None:
        """The definitions of an item's codes."""
        entries = item.codes.entries if item.codes is not None else ()
        lines = [f"{entry.code} {entry.help}" for entry in entries if entry.help]
        lines += [item.help] if item.help else []
        self.head.set_note(item_name(item))
        self._words.setText("\n".join(lines))
        self.setVisible(bool(lines))


class FollowUpPanel(QWidget):
    """The cards beside the form."""

    def __init__(self) -> None:
        super().__init__()
        self.suggestion = SuggestionCard()
        self.next = NextCard()
        self.recent = RecentCard()
        self.help = HelpCard()
        self.setLayout(column(self.suggestion, self.next, self.recent, self.help, None, space=3))
