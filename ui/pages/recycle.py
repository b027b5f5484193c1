"""回收站: everything voided, of all kinds, with who, when and why; what is chosen comes back in one step."""

from __future__ import annotations

from collections.abc import Sequence

from mhdesk.domain.changes import Changes
from mhdesk.services import recycle
from mhdesk.services.recycle import Voided
from mhdesk.text import text
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.tables import Column, TablePanel
from ui.widgets import Card, Notice


def _reason(row: Voided) -> str:
    """Why a record was voided: what somebody wrote, or the word of what did it."""
    if not row.reason:
        return ""
    try:
        return text(f"recycle.reason.{row.reason.replace('.', '_')}")
    except KeyError:
        return row.reason


def _columns() -> list[Column]:
    return [
        Column("kind", text("recycle.column.kind"), 8, value=lambda row: text(f"recycle.kind.{row.kind}")),
        Column("person_name", text("recycle.column.name"), 6, is_bold=True),
        Column("title", text("recycle.column.title"), 10, value=lambda row: row.title if row.kind != "patient" else ""),
        Column("happened_on", text("recycle.column.happened"), 7, "date"),
        Column("reason", text("recycle.column.reason"), 12, value=_reason, is_stretched=True),
        Column("voided_by", text("recycle.column.voided_by"), 5),
        Column("voided_at", text("recycle.column.voided_at"), 9, "date"),
    ]


class RecyclePage(Page):
    """The recycle bin."""

    topics = frozenset(
        {"patient", "follow_up", "movement", "contact_attempt", "snooze", "transfer", "discharge_note", "visit_sheet"}
        | {"doubt", "own_rule", "custom_field", "saved_list", "unit"}
    )
    shots = (Shot("recycle"),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._rows: Sequence[Voided] = ()
        self.header.set_title(text("recycle.title"))
        self.header.add_action(text("recycle.open_merges"), None, lambda: desk.open_page("duplicates", tab="merged"))
        self.header.set_primary(text("recycle.restore"), "undo-2", self.restore)
        self.notice = Notice()
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_empty("trash-2", text("recycle.empty"), text("recycle.empty_next"))
        self.table.opened.connect(lambda place: self._restore([self._rows[place]]))
        card = Card()
        card.body.addWidget(self.table, 1)
        self.takes_keys = self.table
        self.body.addWidget(self.notice)
        self.body.addWidget(card, 1)

    def refresh(self) -> None:
        """Read the bin anew."""
        ledger = self.desk.ledger
        self.desk.tasks.run("ledger", lambda _task: recycle.listed(ledger), self._show, key="recycle", owner=self)

    def restore(self) -> None:
        """Bring back what is chosen."""
        chosen = [self._rows[place] for place in self.table.view.selected_ids()]
        if chosen:
            self._restore(chosen)
        else:
            self.notice.say(text("recycle.choose"), "missing")

    def _show(self, rows: Sequence[Voided]) -> None:
        self._rows = rows
        self.table.show_rows(rows)

    def _restore(self, rows: Sequence[Voided]) -> None:
        ledger, chosen = self.desk.ledger, [(row.kind, row.id) for row in rows]

        def done(changes: Changes) -> None:
            self.notice.say(text("recycle.restored", count=len(chosen)), "good")
            self.desk.saved()
            self.desk.changes.publish(changes, source=self)
            self.refresh()

        self.desk.tasks.run("ledger", lambda _task: recycle.restore(ledger, chosen), done, owner=self)

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("recycle.help")
