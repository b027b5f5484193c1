"""以前的导入: which files were imported, by whom, with what result; one is taken back whole, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from mhdesk.services import undo
from mhdesk.services.undo import Batch, Undone
from mhdesk.text import text
from ui import messages
from ui.pages.base import Desk, Page, Shot
from ui.tables import Column, TablePanel
from ui.widgets import Card, Notice


def _columns() -> list[Column]:
    return [
        Column("file_name", text("past_imports.column.file"), 16, is_stretched=True, is_bold=True,
               value=lambda row: row.batch.file_name),
        Column("entered_at", text("past_imports.column.at"), 9, "date", value=lambda row: row.batch.entered_at),
        Column("entered_by", text("past_imports.column.by"), 6, value=lambda row: row.batch.entered_by),
        *(Column(f"batch.{key}", text(f"past_imports.column.{key}"), 4, "number")
          for key in ("rows", "new", "changed", "same", "conflict", "rejected")),
    ]  # fmt: skip


class PastImportsPage(Page):
    """The imports that stand."""

    topics = frozenset({"import_batch"})
    shots = (Shot("past-imports"),)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._rows: Sequence[Batch] = ()
        self.header.set_title(text("past_imports.title"))
        self.header.set_primary(text("past_imports.undo"), "undo-2", self.undo)
        self.notice = Notice()
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_empty("inbox", text("past_imports.empty"), text("past_imports.empty_next"))
        card = Card()
        card.body.addWidget(self.table, 1)
        self.takes_keys = self.table
        self.body.addWidget(self.notice)
        self.body.addWidget(card, 1)

    def refresh(self) -> None:
        """Read them anew."""
        ledger = self.desk.ledger
        self.desk.tasks.run("ledger", lambda _task: undo.imports(ledger), self._show, key="past_imports", owner=self)

    def _show(self, rows: Sequence[Batch]) -> None:
        self._rows = rows
        self.table.show_rows(rows)

    def undo(self) -> None:
        """Ask, then take the chosen import back."""
        places = self.table.view.selected_ids()
        row = self._rows[places[0]] if len(places) == 1 else None
        if row is None or row.seq is None:
            self.notice.say(text("past_imports.choose"), "missing")
            return
        seq, batch = row.seq, row.batch
        messages.confirm(
            self.window(),
            title=text("past_imports.undo"),
            sentence=text("past_imports.sure", name=batch.file_name),
            next_step=text("past_imports.sure_next", new=batch.new, changed=batch.changed),
            verb=text("undo.verb"),
            on_yes=lambda: self._undo(seq, batch.file_name),
            is_dangerous=True,
        )

    def _undo(self, seq: int, name: str) -> None:
        ledger = self.desk.ledger

        def done(undone: Undone) -> None:
            self.notice.say(text("past_imports.done", name=name), "good")
            self.desk.saved()
            self.desk.changes.publish(undone.changes, source=self)
            self.refresh()

        self.desk.tasks.run("ledger", lambda _task: undo.undo(ledger, seq), done, title=text("undo.busy"), owner=self)
