"""What the sheets of 培训 have in common: a notice, dialogs whose typing is kept, what follows a change, history."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QMenu, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.task import Task
from mhdesk.reports.model import Report
from mhdesk.services import printing
from mhdesk.services.record_history import Subject
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.dialogs.history import HistoryDialog, show_history
from ui.dialogs.kept import Kept, KeptDialog
from ui.dialogs.paper import show_paper
from ui.pages import training_dialogs as dialogs
from ui.pages import training_files as files
from ui.pages.base import Desk
from ui.widgets import Notice, PlainButton

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger


class Output(NamedTuple):
    """A table that can be printed or written: what it is called, what makes it in the ledger's lane."""

    words: str
    make: Callable[[Task], Report]


class TrainingPart(QWidget):
    """A sheet of the page."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.notice = Notice()

    def refresh(self) -> None:
        """Read what it shows anew."""

    def outputs(self) -> Sequence[Output]:
        """The tables of this sheet, the one Ctrl+P and Ctrl+E mean first."""
        return ()

    def output_button(self) -> PlainButton:
        """A button that offers every table of the sheet, on paper and as a file."""
        button = PlainButton(text("training_page.output"), "printer")
        button.clicked.connect(lambda: self._offer(button))
        return button

    def _offer(self, near: QWidget) -> None:
        menu = QMenu(self)
        for key, act in (("print_of", self._print), ("export_of", self._export)):
            for one in self.outputs():
                action = menu.addAction(text(f"training_page.{key}", name=one.words))
                action.triggered.connect(functools.partial(act, one))
            menu.addSeparator()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(near.mapToGlobal(near.rect().bottomLeft()))

    def _print(self, output: Output, *_: object) -> None:
        show_paper(self.desk, self, lambda ledger, task: printing.table(ledger, output.make(task)))

    def _export(self, output: Output, *_: object) -> None:
        files.save_report(self.desk, self, output.make, self.notice)

    def print_(self) -> None:
        """The first table on paper."""
        for one in self.outputs()[:1]:
            self._print(one)

    def export(self) -> None:
        """The first table as a file."""
        for one in self.outputs()[:1]:
            self._export(one)

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
