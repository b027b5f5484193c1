"""修改记录: every step of a record, item by item, with 退回这一步. One dialog for every kind of record.

show_history(desk, self, text("record_history.title_of", name=…),
             lambda ledger: record_history.of_session(ledger, 7), on_done=self._saved)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.services import record_history
from mhdesk.services.audit_log import action_words
from mhdesk.services.record_history import Line, Step, Subject
from mhdesk.text import error_text, text
from ui import messages, theme
from ui.pages.base import Desk
from ui.tables import Column, TablePanel
from ui.widgets import Notice, PlainButton, column, label, row

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

Finder = Callable[["Ledger"], Sequence[Subject]]
_WIDTH_EM = 62
_HEIGHT_EM = 40
_SHARE = 0.9
_LEAST_ROWS = 4
_TOLD = 3


class HistoryDialog(QDialog):
    """The steps above, what the chosen one changed below."""

    def __init__(
        self, desk: Desk, title: str, find: Finder, on_done: Callable[[Changes], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        now = theme.current()
        self._desk, self._find, self._on_done = desk, find, on_done
        self.steps: Sequence[Step] = ()
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.notice = Notice()
        self.table = TablePanel(desk.tasks, _step_columns())
        self.table.set_name(text("record_history.steps"))
        self.table.set_empty("history", text("record_history.empty"), text("record_history.empty_next"))
        self.table.view.selection_changed.connect(self._show_lines)
        self.table.shown.connect(self._choose_first)
        self.lines = TablePanel(desk.tasks, _line_columns(), has_foot=False)
        self.lines.set_name(text("record_history.lines"))
        self.lines.set_empty("history", text("record_history.nothing"))
        for panel in (self.table, self.lines):
            panel.setMinimumHeight(now.size("row") * _LEAST_ROWS)
        self.back_button = PlainButton(text("record_history.take_back"), "undo-2", self.take_back)
        close = PlainButton(text("printing.close"), "x", self.close)
        body = column(
            label(title, "section"),
            label(text("record_history.note"), "quiet", wrap=True),
            self.notice,
            self.table,
            label(text("record_history.lines"), "section"),
            self.lines,
            space=3,
        )
        body.setStretch(3, 1)
        body.setStretch(5, 1)
        body.addLayout(row(self.back_button, None, close, space=3))
        body.setContentsMargins(now.space(5), now.space(5), now.space(5), now.space(4))
        self.setLayout(body)
        room = self.screen().availableSize()
        self.resize(min(now.em(_WIDTH_EM), room.width()), min(now.em(_HEIGHT_EM), round(room.height() * _SHARE)))
        self.back_button.setEnabled(False)
        self.refresh()

    def refresh(self) -> None:
        """Read the steps anew."""
        ledger, find = self._desk.ledger, self._find
        self._desk.tasks.run("ledger", lambda _task: record_history.steps(ledger, find(ledger)), self._show, owner=self)

    def _show(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self.table.show_rows(steps)

    def _choose_first(self) -> None:
        """The latest step is what is looked at first."""
        if self.chosen() is None and self.table.count():
            self.table.view.select_id(0)
            self.table.view.setFocus()
        self._show_lines()

    def chosen(self) -> Step | None:
        """The step the cursor is on."""
        places = self.table.view.selected_ids()
        return self.steps[places[0]] if places and places[0] < len(self.steps) else None

    def _show_lines(self) -> None:
        step = self.chosen()
        self.lines.show_rows(step.lines if step else ())
        self.back_button.setEnabled(step is not None and step.can_undo)

    # ---- taking back

    def take_back(self) -> None:
        """Take the chosen step back; ask first where it takes others with it."""
        step = self.chosen()
        if step is None or not step.can_undo:
            return
        if step.objects <= 1:
            self._take(step)
            return
        words = action_words(step.action)
        messages.confirm(
            self,
            title=text("record_history.sure_title", count=step.objects),
            sentence=text("record_history.sure", action=words, count=step.objects),
            next_step=text("record_history.sure_next"),
            verb=text("record_history.take_back"),
            on_yes=lambda: self._take(step),
        )

    def _take(self, step: Step) -> None:
        ledger = self._desk.ledger
        self.back_button.setEnabled(False)

        def done(changes: Changes) -> None:
            self._desk.saved()
            self.notice.say(text("record_history.taken_back", action=action_words(step.action)), "good")
            self._on_done(changes)
            self.refresh()

        self._desk.tasks.run(
            "ledger", lambda _task: record_history.take_back(ledger, step.seq), done, self._refuse, owner=self
        )

    def _refuse(self, error: BaseException) -> None:
        """Say why it stays as it is."""
        self._show_lines()
        if isinstance(error, UserError):
            words = error_text(error.code, **error.params)
            self.notice.say(f"{words.message}{words.next}", "late")
        else:
            self._desk.tasks.report(error)


def show_history(
    desk: Desk, parent: QWidget, title: str, find: Finder, *, on_done: Callable[[Changes], object]
) -> HistoryDialog:
    """Open the history of what `find` names. `on_done` publishes the changes of a step taken back."""
    dialog = HistoryDialog(desk, title, find, on_done, parent.window())
    dialog.open()
    return dialog


def _step_columns() -> list[Column]:
    return [
        Column("at", text("record_history.column.at"), 9),
        Column("who", text("record_history.column.who"), 5),
        Column("action", text("record_history.column.action"), 9, value=_action, is_bold=True, is_sortable=False),
        Column("what", text("record_history.column.what"), 16, value=_what, is_stretched=True, is_sortable=False),
        Column("reason", text("record_history.column.reason"), 7, value=_reason, is_sortable=False, gives_way=1),
    ]


def _action(step: Step) -> str:
    return action_words(step.action) + ("" if step.can_undo else text("record_history.back"))


def _reason(step: Step) -> str:
    """What somebody wrote; numbers and words of the program are no reasons."""
    return "" if step.reason is None or step.reason.isascii() else step.reason


def _what(step: Step) -> str:
    told = "；".join(_said(one) for one in step.lines[:_TOLD])
    rest = len(step.lines) - _TOLD
    return told + (text("record_history.more", count=len(step.lines)) if rest > 0 else "")


def _said(line: Line) -> str:
    words = f"{line.label} {line.before} → {line.after}" if line.before else f"{line.label} {line.after}"
    return f"{line.subject} {words}".strip()


def _line_columns() -> list[Column]:
    def shown(key: str) -> Callable[[Line], str]:
        return lambda one: getattr(one, key) or text("patient.empty_value")

    return [
        Column("subject", text("record_history.column.subject"), 8),
        Column("label", text("record_history.column.label"), 10.5, is_bold=True),
        Column("before", text("record_history.column.before"), 10, value=shown("before"), is_sortable=False),
        Column("after", text("record_history.column.after"), 14, value=shown("after"), is_stretched=True,
               is_sortable=False),
    ]  # fmt: skip
