"""The sheet on the entry page: the form, the panel beside it, and what the rules say while one types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from mhdesk.domain.problems import Problem
from mhdesk.forms.skip import State
from mhdesk.text import text
from ui import theme
from ui.forms.drug_table import DrugTable
from ui.forms.form_view import FormView
from ui.forms.row import short_name
from ui.pages import follow_up_work as work
from ui.pages.follow_up_panel import FollowUpPanel, suggestion_chip
from ui.pages.follow_up_work import Opened, Verdict
from ui.widgets import ChipText, ScrollBody

_PANEL_CHARACTERS = 22
_ROWS_AROUND = 3
_NAMES_TOLD = 5
#: Below this width, in Chinese characters, the panel stands under the form.
_SIDE_BY_SIDE_CHARACTERS = 72


class SheetPane(QWidget):
    """Form and panel of one sheet. It stores nothing: the page does."""

    changed = Signal()
    #: Everything is answered, or the cursor has gone past the last item.
    ended = Signal()
    #: How many required items are unanswered; the suggestion where the panel is not beside the form, else None.
    judged = Signal(int, object)

    def __init__(self, today: Callable[[], date], user_name: str) -> None:
        super().__init__()
        self.opened: Opened | None = None
        self.verdict: Verdict | None = None
        self.view: FormView | None = None
        self._today, self._user_name = today, user_name
        self._views: dict[str, FormView] = {}
        self.panel = FollowUpPanel()
        self._side = ScrollBody()
        self._side.setFixedWidth(theme.current().em(_PANEL_CHARACTERS))
        self._form = ScrollBody()
        self._is_side_by_side: bool | None = None
        self._cleared: dict[str, str] = {}
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.current().space(4))
        line.addWidget(self._form, 1)
        line.addWidget(self._side)
        self._place_panel(is_side_by_side=True)

    # ---- the sheet

    def texts(self) -> dict[str, str]:
        """Everything typed, by raw key."""
        return self.view.texts() if self.view is not None else {}

    def show_sheet(self, opened: Opened, texts: Mapping[str, str]) -> None:
        """Show a sheet with these texts; the cursor goes to the first item without an answer."""
        self.opened = opened
        self._cleared = {}
        view = self._view_of(opened)
        view.set_drugs(opened.entry.drugs)
        view.set_texts({key: words for key, words in texts.items() if opened.spec.head(key) in opened.spec.by_key})
        self._form.verticalScrollBar().setValue(0)
        self._show_recent()
        self.judge()
        view.advance(None)

    def show_facts(self, opened: Opened) -> None:
        """The person was read anew; what is typed stays."""
        self.opened = opened
        self._show_recent()
        self.judge()

    def _show_recent(self) -> None:
        if self.opened is not None:
            base = self.opened.base.id
            self.panel.recent.show_visits([one for one in self.opened.entry.recent if base is None or one.id != base])

    def _view_of(self, opened: Opened) -> FormView:
        """The form of the sheet's edition; made once for each edition, and anew when own items change."""
        key = opened.spec.name
        known = self._views.get(key)
        if known is not None and known.spec.fields != opened.spec.fields:  # the district's own items have changed
            self._form.body.removeWidget(known)
            known.hide()
            known.deleteLater()
            del self._views[key]
        if key not in self._views:
            view = FormView(opened.spec, self._today)
            view.changed.connect(self._on_changed)
            view.entered.connect(self._on_entered)
            view.left.connect(lambda forwards: self.ended.emit() if forwards else None)
            self._views[key] = view
            self._form.body.insertWidget(0, view)
        for name, view in self._views.items():
            view.setVisible(name == key)
        self.view = self._views[key]
        return self.view

    def tidy(self) -> None:
        """Show what was understood of the item the cursor is in."""
        if self.view is not None and self.view.here is not None:
            self.view.here.tidy()

    def set_busy(self, *, is_busy: bool) -> None:
        """Nothing can be typed while the sheet is being stored."""
        if self.view is not None:
            self.view.setEnabled(not is_busy)
            if not is_busy and self.view.here is not None:
                self.view.here.enter()

    # ---- judging

    def _on_changed(self) -> None:
        self.changed.emit()
        # At once: what is asked next (a reason, a date) decides where the cursor goes. It takes some milliseconds.
        self.judge()

    def judge(self) -> None:
        """Say what the rules say about the texts as they stand."""
        opened, view = self.opened, self.view
        if opened is None or view is None:
            return
        texts = view.texts()
        verdict = self.verdict = work.judge(opened, texts)
        view.show_problems(verdict.problems, asks_reason=verdict.asks_reason)
        for key, words in work.proposals(opened, verdict, self._user_name).items():
            if key in view.fields:
                view.fields[key].propose(words)
        for key, lines in work.drug_proposals(opened, texts).items():
            table = view.fields[key]
            if isinstance(table, DrugTable):
                table.propose_lines([] if view.states()[key] is State.EMPTY else lines)
        names = {item.key: short_name(item) for item in opened.spec.fields}
        chosen = verdict.follow_up.visit_class
        self.panel.suggestion.show_judgement(verdict.judgement, chosen, names)
        typed = verdict.follow_up
        self.panel.next.show_dates(typed, verdict.judgement.due_by_class, work.retry_date(opened, typed))
        self.judged.emit(len(view.missing()), self._foot_chip())

    def _foot_chip(self) -> ChipText | None:
        if self._is_side_by_side or self.verdict is None:
            return None
        return suggestion_chip(self.verdict.judgement)

    def show_blocking(self, problems: Sequence[Problem]) -> None:
        """Mark these problems whether their items were reached or not, and bring the cursor to the first."""
        if self.view is None:
            return
        self.view.insist()
        fields = {self.view.item_of(problem) for problem in problems}
        first = next((key for key in self.view.fields if key in fields), None)
        if first is not None:
            self.view.enter_item(first)

    def missing(self) -> list[str]:
        """Keys of required items without an answer."""
        return self.view.missing() if self.view is not None else []

    def show_missing(self, keys: Sequence[str]) -> str:
        """Bring the cursor to the first of these; their names, for the sentence about them."""
        if self.view is None or not keys:
            return ""
        self.view.insist()
        self.view.enter_item(keys[0])
        names = [short_name(self.view.spec.field(key)) for key in keys[:_NAMES_TOLD]]
        return "、".join(names) + (text("follow_up.and_more") if len(keys) > _NAMES_TOLD else "")

    def show_refused(self, problems: Sequence[Problem]) -> None:
        """Mark what the ledger refused, too."""
        if self.view is not None and self.verdict is not None:
            known = set(map(repr, self.verdict.problems))
            fresh = [problem for problem in problems if repr(problem) not in known]
            self.view.show_problems((*self.verdict.problems, *fresh), asks_reason=self.verdict.asks_reason)
            self.show_blocking(problems)

    # ---- what the keys do

    def same_as_last(self) -> str:
        """Fill in what may be taken from the last visit; the sentence that says what was done."""
        opened, view = self.opened, self.view
        if opened is None or view is None:
            return ""
        found = work.same_as_last(opened, view.texts())
        if found is None:
            return text("follow_up.same_none")
        if found:
            view.add_texts(found)
        self.judge()
        view.advance(None)
        count = len({key.partition(":")[0] for key in found})
        return text("follow_up.same_done", count=count) if count else text("follow_up.same_nothing")

    def surplus_count(self) -> int:
        """How many items hold something but must stay empty."""
        return len(self.view.surplus()) if self.view is not None else 0

    def clear_surplus(self) -> str:
        """Empty what must stay empty (失访 was filled in last), or bring it back; the sentence that says so."""
        view = self.view
        if view is None:
            return ""
        before = view.texts()
        gone: set[str] = set()
        while surplus := view.surplus():  # what stood under an emptied item is surplus only then
            gone.update(surplus)
            view.clear_items(surplus)
        if gone:
            self._cleared = {key: words for key, words in before.items() if view.spec.head(key) in gone}
            return text("follow_up.surplus_cleared", count=len(gone))
        if not self._cleared:
            return text("follow_up.surplus_none")
        back, self._cleared = self._cleared, {}
        view.add_texts(back)
        return text("follow_up.surplus_back", count=len({key.partition(":")[0] for key in back}))

    def enter_card(self, key: str) -> None:
        """The first item of a card, unfolded."""
        if self.view is not None and key in self.view.cards:
            self.view.enter_card(key)

    def step_card(self, step: int) -> None:
        """The next or previous card."""
        if self.view is not None:
            self.view.step_card(step)

    def _on_entered(self, key: str) -> None:
        if self.view is not None:
            field = self.view.fields[key]
            self.panel.help.show_item(field.item)
            QTimer.singleShot(0, self, self._keep_in_sight)

    def _keep_in_sight(self) -> None:
        """The row the cursor is in stays in sight, with a little around it."""
        if self.view is not None and self.view.here is not None:
            quarter = self._form.viewport().height() // 4
            around = min(_ROWS_AROUND * theme.current().size("row"), quarter)
            self._form.ensureWidgetVisible(self.view.row_of(self.view.here.item.key), 0, around)

    # ---- room

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside the form where there is room, otherwise under it."""
        super().resizeEvent(event)
        self._place_panel(is_side_by_side=self.width() >= theme.current().em(_SIDE_BY_SIDE_CHARACTERS))

    def _place_panel(self, *, is_side_by_side: bool) -> None:
        if is_side_by_side == self._is_side_by_side:
            return
        self._is_side_by_side = is_side_by_side
        (self._side if is_side_by_side else self._form).body.addWidget(self.panel)
        self._side.setVisible(is_side_by_side)
        self.judge()

    @property
    def is_side_by_side(self) -> bool:
        """Whether the panel stands beside the form."""
        return bool(self._is_side_by_side)
