"""Long work at the lower edge of the window: what is done, how far it is, 取消. The window stays usable."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QWidget

from mhdesk.text import text
from ui import theme
from ui.tasks import TaskRunner, Ticket
from ui.widgets import ElidedLabel, PlainButton, label

_REFRESH_MS = 100


class ProgressStrip(QFrame):
    """Shows the oldest long job of a `TaskRunner`; hidden while there is none."""

    def __init__(self, tasks: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        now = theme.current()
        self._tickets: list[Ticket] = []
        self.title = label("", "section")
        self.step = ElidedLabel("", "quiet")
        self.others = label("", "quiet_small")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(now.size("side_panel"))
        self.cancel = PlainButton(text("shell.close_progress"), "x", self._cancel)
        line = QHBoxLayout(self)
        line.setContentsMargins(now.space(5), now.space(2), now.space(5), now.space(2))
        line.setSpacing(now.space(4))
        line.addWidget(self.title)
        line.addWidget(self.step, 1)
        line.addWidget(self.others)
        line.addWidget(self.bar)
        line.addWidget(self.cancel)
        self._refresh = QTimer(self)
        self._refresh.setInterval(_REFRESH_MS)
        self._refresh.timeout.connect(self._show)
        tasks.long_work_changed.connect(self._take)
        self.hide()

    def _take(self, tickets: list[Ticket]) -> None:
        fresh = not self._tickets or not tickets or tickets[0] is not self._tickets[0]
        self._tickets = tickets
        if fresh:
            self.cancel.setEnabled(True)
            self.cancel.setText(text("shell.close_progress"))
        self.setVisible(bool(tickets))
        if tickets:
            self._show()
            self._refresh.start()
        else:
            self._refresh.stop()

    def _show(self) -> None:
        if not self._tickets:
            return
        ticket = self._tickets[0]
        done, total, words = ticket.progress
        self.title.setText(ticket.title or "")
        self.step.setText(words)
        # No known total: a bar that only moves.
        self.bar.setRange(0, total)
        self.bar.setValue(min(done, total))
        others = len(self._tickets) - 1
        self.others.setText(text("shell.other_work", count=others) if others else "")

    def _cancel(self) -> None:
        if self._tickets:
            self.cancel.setEnabled(False)
            self.cancel.setText(text("shell.cancelling"))
            self._tickets[0].cancel()
