"""What the sheets of 培训 have in common: a notice, dialogs whose typing is kept, what follows a change, history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from mhdesk.domain.changes import Changes
from mhdesk.services.record_history import Subject
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.dialogs.history import HistoryDialog, show_history
from ui.dialogs.kept import Kept, KeptDialog
from ui.pages import training_dialogs as dialogs
from ui.pages.base import Desk
from ui.widgets import Notice

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger


class TrainingPart(QWidget):
    """A sheet of the page."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.notice = Notice()

    def refresh(self) -> None:
        """Read what it shows anew."""

    def changed(self, changes: Changes) -> None:
        """Something was stored: tell the window, read anew."""
        self.desk.saved()
        self.desk.changes.publish(changes, source=self)
        self.refresh()

    def ask(
        self,
        title: str,
        asks: Sequence[Ask],
        submit: Callable[[AskDialog, Values], object],
        *,
        draft: Kept,
        said: str = "",
    ) -> AskDialog:
        """A small form; what is typed is kept as `draft` until it is stored or cancelled."""
        dialog = KeptDialog(
            self.desk,
            title,
            text("training_page.keep"),
            asks,
            submit,
            draft=draft,
            sentence=said,
            parent=self.window(),
        )
        dialog.show_with_draft()
        return dialog

    def ask_void(self, name: str, job: Callable[[str], Changes]) -> AskDialog:
        """Entered by mistake: why."""
        title, verb = text("training_page.staff.void_of", name=name), text("training_page.staff.void")
        return dialogs.reason(self.desk, self.window(), title, verb, job, self.changed)

    def history_of(self, name: str, find: Callable[[Ledger], Sequence[Subject]]) -> HistoryDialog:
        """Who changed what and when."""
        return show_history(self.desk, self, text("record_history.title_of", name=name), find, on_done=self.changed)
