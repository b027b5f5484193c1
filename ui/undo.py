"""Ctrl+Z on every page: the last action of this user is taken back; a line at the lower edge says what, with 重做.

Inside a text field Ctrl+Z belongs to the field, as everywhere.
"""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from mhdesk.services import undo
from mhdesk.services.undo import Action, Undone
from mhdesk.text import text
from ui import messages, theme
from ui.pages.base import Desk
from ui.widgets import ElidedLabel, IconButton, PlainButton

#: What was done longer ago than this, or to more records, is taken back only after a question.
_ASKS_AFTER = timedelta(minutes=30)
_ASKS_ABOVE = 20
_SHOWN_MS = 20_000


def action_words(action: str) -> str:
    """What an action is called."""
    try:
        return text(f"undo.action.{action.replace('.', '_')}")
    except KeyError:
        return text("undo.other")


def said(action: Action) -> str:
    """An action with the people it was about: 修改资料（冉秀兰）."""
    words, names = action_words(action.action), "、".join(action.names)
    if not names:
        return text("undo.of_count", action=words, count=action.objects) if action.objects > 1 else words
    key = "undo.of_many" if action.objects > _ASKS_ABOVE else "undo.of_people"
    return text(key, action=words, names=names, count=action.objects)


class UndoStrip(QFrame):
    """The line at the lower edge of the window; hidden until something was taken back."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        now = theme.current()
        self._desk = desk
        self._redo = 0
        self._is_busy = False
        self.words = ElidedLabel("")
        self.redo_button = PlainButton(text("undo.redo"), "refresh-cw", self.redo)
        self.again_button = PlainButton(text("undo.again"), "undo-2", self.undo_last)
        close = IconButton("x", text("undo.close"), self.hide)
        line = QHBoxLayout(self)
        line.setContentsMargins(now.space(5), now.space(1), now.space(5), now.space(1))
        line.setSpacing(now.space(3))
        line.addWidget(self.words, 1)
        for part in (self.redo_button, self.again_button, close):
            line.addWidget(part)
        self._gone = QTimer(self)
        self._gone.setSingleShot(True)
        self._gone.setInterval(_SHOWN_MS)
        self._gone.timeout.connect(self.hide)
        self.hide()

    def undo_last(self) -> None:
        """Look for the last action of this user; ask before taking back what is old or large."""
        if self._is_busy:
            return
        self._is_busy = True
        ledger = self._desk.ledger
        self._desk.tasks.run("ledger", lambda _task: undo.last(ledger), self._consider, self._failed, owner=self)

    def redo(self) -> None:
        """Put back what was taken back last."""
        if self._redo and not self._is_busy:
            self._is_busy = True
            self.take_back(self._redo, is_redo=True)

    def take_back(self, seq: int, *, is_redo: bool = False) -> None:
        """Take a transaction back, and say so."""
        ledger = self._desk.ledger
        self._desk.tasks.run(
            "ledger",
            lambda _task: undo.undo(ledger, seq),
            lambda done: self._done(done, is_redo=is_redo),
            self._failed,
            text("undo.busy"),
            owner=self,
        )

    def _consider(self, action: Action | None) -> None:
        if action is None:
            self._is_busy = False
            self._say(text("undo.nothing"), redo=0, can_go_on=False)
            return
        is_fresh = self._desk.ledger.now() - action.at <= _ASKS_AFTER
        if is_fresh and action.objects <= _ASKS_ABOVE:
            self.take_back(action.seq)
            return
        self._is_busy = False
        messages.confirm(
            self.window(),
            title=text("undo.sure_title"),
            sentence=text("undo.sure", at=action.at.astimezone().strftime("%m-%d %H:%M"), what=said(action)),
            next_step=text("undo.sure_next", count=action.objects),
            verb=text("undo.verb"),
            on_yes=lambda: self.take_back(action.seq),
            is_dangerous=True,
        )

    def _done(self, done: Undone, *, is_redo: bool) -> None:
        self._is_busy = False
        self._desk.saved()
        self._desk.changes.publish(done.changes, source=self)
        key = "undo.redone" if is_redo else "undo.done"
        self._say(text(key, what=said(done.action)), redo=done.redo, can_go_on=not is_redo)
        self.redo_button.setText(text("undo.back" if is_redo else "undo.redo"))

    def _failed(self, error: BaseException) -> None:
        self._is_busy = False
        self._desk.tasks.report(error)

    def _say(self, words: str, *, redo: int, can_go_on: bool) -> None:
        self._redo = redo
        self.words.setText(words)
        self.redo_button.setVisible(bool(redo))
        self.again_button.setVisible(can_go_on)
        self.show()
        self._gone.start()
