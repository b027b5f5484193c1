"""查重与合并: pairs of records that might be one person, and the merges that stand, each to be taken apart."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from PySide6.QtWidgets import QStackedWidget

from mhdesk.domain.changes import Changes
from mhdesk.services import merge
from mhdesk.services.merge import MergeLine, Pair
from mhdesk.text import text
from ui import messages
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.pages.person_panel import REASON_TONES
from ui.tables import Column, TablePanel
from ui.widgets import Card, ChipText, ChoiceBar, Notice

TABS = ("pairs", "merged")
_TAIL = 6


def _reason(pair: Pair) -> Sequence[ChipText]:
    return [ChipText(text(f"person.match.{pair.reason}"), REASON_TONES.get(pair.reason, "missing"))]


def _number_tail(pair: Pair, side: str) -> str:
    number: str | None = getattr(pair, side).id_number
    return f"…{number[-_TAIL:]}" if number else ""


def _pair_columns() -> list[Column]:
    columns = [Column("reason", text("duplicates.column.reason"), 10, "chips", chips=_reason)]
    for side in ("left", "right"):
        number = functools.partial(_number_tail, side=side)
        columns += [
            Column(f"{side}.name", text(f"duplicates.column.{side}"), 6, is_bold=True),
            Column(f"{side}.birth_date", text("duplicates.column.birth"), 6, "date"),
            Column(f"{side}.id_number", text("duplicates.column.number"), 5, value=number),
            Column(f"{side}.village", text("duplicates.column.village"), 6, is_stretched=side == "right"),
        ]
    return columns


def _merge_columns() -> list[Column]:
    return [
        Column("kept_name", text("duplicates.column.kept"), 8, is_bold=True),
        Column("merged_name", text("duplicates.column.merged"), 8),
        Column("moved", text("duplicates.column.moved"), 6, "number"),
        Column("merged_by", text("duplicates.column.by"), 6),
        Column("merged_at", text("duplicates.column.at"), 10, "date", is_stretched=True),
    ]


class DuplicatesPage(Page):
    """Who stands on the register twice."""

    topics = frozenset({"patient", "person_merge"})
    shots = (Shot("duplicates"), Shot("duplicates-merged", {"tab": "merged"}))

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._pairs: Sequence[Pair] = ()
        self._merges: Sequence[MergeLine] = ()
        self.header.set_title(text("duplicates.title"))
        self.header.set_primary(text("duplicates.compare"), "users", self._act)
        self.notice = Notice()
        self.tabs = ChoiceBar([(tab, text(f"duplicates.tab.{tab}")) for tab in TABS])
        self.tabs.chosen.connect(self._show_tab)
        self.pairs = TablePanel(desk.tasks, _pair_columns())
        self.pairs.set_empty("circle-check", text("duplicates.empty"), text("duplicates.empty_next"))
        self.pairs.opened.connect(self._open_pair)
        self.merges = TablePanel(desk.tasks, _merge_columns())
        self.merges.set_empty("users", text("duplicates.no_merges"), text("duplicates.no_merges_next"))
        self.merges.opened.connect(self._ask_apart)
        self.stack = QStackedWidget()
        for table in (self.pairs, self.merges):
            card = Card()
            card.body.addWidget(table, 1)
            self.stack.addWidget(card)
        self.body.addWidget(self.notice)
        self.body.addWidget(self.tabs)
        self.body.addWidget(self.stack, 1)

    def refresh(self) -> None:
        """Look for pairs and merges anew."""
        tab = str(self.params.get("tab", self.tabs.key()))
        self.tabs.choose(tab)
        self._show_tab(tab)
        ledger, run = self.desk.ledger, self.desk.tasks.run
        run("ledger", lambda _task: merge.pairs(ledger), self._show_pairs, title=text("duplicates.looking"),
            key="pairs", owner=self)  # fmt: skip
        run("ledger", lambda _task: merge.merges(ledger), self._show_merges, key="merges", owner=self)

    def _show_tab(self, tab: str) -> None:
        self.stack.setCurrentIndex(TABS.index(tab))
        self.takes_keys = self.pairs if tab == "pairs" else self.merges
        if self.header.primary is not None:
            self.header.primary.setText(text("duplicates.compare" if tab == "pairs" else "duplicates.apart"))

    def _show_pairs(self, pairs: Sequence[Pair]) -> None:
        self._pairs = pairs
        self.tabs.set_count("pairs", len(pairs))
        self.pairs.show_rows(pairs)

    def _show_merges(self, merges: Sequence[MergeLine]) -> None:
        self._merges = merges
        self.tabs.set_count("merged", len(merges))
        self.merges.show_rows(merges)

    def _act(self) -> None:
        """The primary button: compare the chosen pair, or take the chosen merge apart."""
        table, act = (self.pairs, self._open_pair) if self.tabs.key() == "pairs" else (self.merges, self._ask_apart)
        places = table.view.selected_ids() or ([0] if table.count() == 1 else [])
        if places:
            act(places[0])
        else:
            self.notice.say(text("duplicates.choose"), "missing")

    def _open_pair(self, place: int) -> None:
        pair = self._pairs[place]
        self.desk.open_page("merge", left=pair.left.id, right=pair.right.id)

    def _ask_apart(self, place: int) -> None:
        line = self._merges[place]
        messages.confirm(
            self.window(),
            title=text("duplicates.apart"),
            sentence=text("duplicates.apart_sure", kept=line.kept_name, merged=line.merged_name),
            next_step=text("duplicates.apart_next", count=line.moved),
            verb=text("duplicates.apart"),
            on_yes=lambda: self._take_apart(line),
        )

    def _take_apart(self, line: MergeLine) -> None:
        ledger = self.desk.ledger

        def done(changes: Changes) -> None:
            self.notice.say(text("duplicates.apart_done", merged=line.merged_name), "good")
            self.desk.saved()
            self.desk.changes.publish(changes, source=self)
            self.refresh()

        self.desk.tasks.run("ledger", lambda _task: merge.undo(ledger, line.id), done, owner=self)

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("duplicates.help")
