"""A small form whose typing is never lost: what stands in it becomes a draft while it is typed, and comes back.

    KeptDialog(desk, title, verb, asks, submit, draft=Kept("training.session", 7)).show_with_draft()

The draft goes with the record it became, in one job (`store`), or when the doctor cancels. Locking, closing, a crash
and a saving that fails leave it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from mhdesk.domain.changes import Changes
from mhdesk.domain.task import Task
from mhdesk.services import drafts
from mhdesk.text import text
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.pages.base import Desk
from ui.pages.follow_up_draft import DraftKeeper, OpenForm


class Kept(NamedTuple):
    """Where the draft lies: the form, and what it is about (0: something new)."""

    form: str
    subject_id: int = 0


class KeptDialog(AskDialog):
    """Open it with `show_with_draft`, store with `store`."""

    def __init__(
        self,
        desk: Desk,
        title: str,
        verb: str,
        asks: Sequence[Ask],
        submit: Callable[[AskDialog, Values], object],
        *,
        draft: Kept,
        sentence: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(desk, title, verb, asks, submit, sentence=sentence, parent=parent)
        self._sheet = OpenForm(draft.subject_id, name=draft.form)
        self._keeper = DraftKeeper(desk, self)
        self._keeper.watch(self._sheet, self.texts())
        for editor in self.editors.values():
            self._listen(editor)

    def _listen(self, editor: QWidget) -> None:
        match editor:
            case QLineEdit() | QPlainTextEdit():
                editor.textChanged.connect(self._typed)
            case QComboBox():
                editor.currentIndexChanged.connect(self._typed)
            case _:
                for box in editor.findChildren(QCheckBox):
                    box.toggled.connect(self._typed)

    def _typed(self, *_: object) -> None:
        self._keeper.note(self.texts())

    def show_with_draft(self) -> None:
        """Show it, with what was typed before, if anything was."""
        ledger, sheet = self._desk.ledger, self._sheet

        def show(draft: Mapping[str, str] | None) -> None:
            if draft is not None:
                self.set_texts(draft)
                self._keeper.watch(sheet, self.texts())
                self.notice.say(text("record.restored"), "info")
            self.open()

        self._desk.tasks.run(
            "ledger", lambda _task: drafts.load(ledger, form=sheet.form, subject_id=sheet.patient_id), show,
            owner=self,
        )  # fmt: skip

    def keep(self) -> None:
        """The program is being locked: write the draft now."""
        self._keeper.flush()

    def store(self, job: Callable[[], Changes], on_done: Callable[[Changes], object]) -> None:
        """Store in the ledger's lane; the draft goes with it. Nothing is lost when it fails: the dialog stays."""
        ledger, sheet = self._desk.ledger, self._sheet

        def whole(_task: Task) -> Changes:
            changes = job()
            sheet.is_recorded = True  # a draft still waiting in the lane is not written behind the record
            drafts.discard(ledger, form=sheet.form, subject_id=sheet.patient_id)
            return changes

        def done(changes: Changes) -> None:
            self._keeper.forget()
            self.accept()
            on_done(changes)

        self._desk.tasks.run("ledger", whole, done, self.refuse, owner=self)

    def reject(self) -> None:
        """Cancelled: the draft is not wanted either."""
        ledger, sheet = self._desk.ledger, self._sheet
        self._keeper.forget()

        def drop(_task: Task) -> None:
            sheet.is_recorded = True
            drafts.discard(ledger, form=sheet.form, subject_id=sheet.patient_id)

        self._desk.tasks.run("ledger", drop)
        super().reject()


def keep_all(window: QWidget) -> None:
    """Put what stands in every open dialog of a window into its draft."""
    for dialog in window.findChildren(KeptDialog):
        dialog.keep()
