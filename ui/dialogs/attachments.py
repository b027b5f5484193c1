"""照片和扫描件: the files kept beside a record; taken in, looked at, written out, taken off with a reason.

AttachmentsDialog(desk, self, "joint_visit", 7, title, on_done=self._saved).open()
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from mhdesk.domain.attachment import Attachment
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.task import Task
from mhdesk.services import attachments
from mhdesk.services.joint import evidence
from mhdesk.text import error_text, text
from ui import theme
from ui.dialogs import ask_files
from ui.dialogs.ask import Ask, AskDialog, Values
from ui.pages.base import Desk
from ui.pages.training_files import view
from ui.tables import Column, TablePanel
from ui.widgets import Notice, PlainButton, column, label, row

_WIDTH_EM, _HEIGHT_EM = 48, 30
_LEAST_ROWS = 4
_KB = 1024


class AttachmentsDialog(QDialog):
    """The files of one record."""

    def __init__(
        self,
        desk: Desk,
        parent: QWidget,
        key: str,
        record_id: int,
        title: str,
        *,
        on_done: Callable[[Changes], object],
    ) -> None:
        super().__init__(parent.window())
        now = theme.current()
        self._desk, self._key, self._record_id, self._on_done = desk, key, record_id, on_done
        self.files: Sequence[Attachment] = ()
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.notice = Notice()
        self.table = TablePanel(desk.tasks, _columns())
        self.table.set_name(text("attachments.title"))
        self.table.set_empty("inbox", text("attachments.empty"), text("attachments.empty_next"))
        self.table.setMinimumHeight(now.size("row") * _LEAST_ROWS)
        self.table.opened.connect(lambda _place: self.view())
        self.table.shown.connect(self._choose_first)
        self.table.view.selection_changed.connect(self._show_buttons)
        self.add_button = PlainButton(text("attachments.add"), "upload", self.add)
        self.buttons = {
            "view": PlainButton(text("attachments.view"), "eye", self.view),
            "save": PlainButton(text("attachments.save"), "download", self.save),
            "remove": PlainButton(text("attachments.remove"), "trash-2", self.remove),
        }
        close = PlainButton(text("printing.close"), "x", self.close)
        body = column(
            label(title, "section"),
            label(text("attachments.note"), "quiet", wrap=True),
            self.notice,
            self.table,
            space=3,
        )
        body.setStretch(3, 1)
        body.addLayout(row(self.add_button, *self.buttons.values(), None, close, space=3))
        body.setContentsMargins(now.space(5), now.space(5), now.space(5), now.space(4))
        self.setLayout(body)
        room = self.screen().availableSize()
        self.resize(min(now.em(_WIDTH_EM), room.width()), min(now.em(_HEIGHT_EM), room.height()))
        self._show_buttons()
        self.add_button.setFocus()
        self.refresh()

    def refresh(self) -> None:
        """Read the files anew."""
        ledger, key, record_id = self._desk.ledger, self._key, self._record_id
        self._desk.tasks.run("ledger", lambda _task: evidence.listed(ledger, key, record_id), self._show, owner=self)

    def _show(self, found: Sequence[Attachment]) -> None:
        self.files = found
        self.table.show_rows(found)

    def _choose_first(self) -> None:
        if self.table.count() and not self.table.view.currentIndex().isValid():
            self.table.view.selectRow(0)
        self._show_buttons()

    def chosen(self) -> Attachment | None:
        """The file the cursor is on."""
        place = self.table.model.id_at(self.table.view.currentIndex().row())
        return self.files[place] if place is not None and place < len(self.files) else None

    def _show_buttons(self) -> None:
        for button in self.buttons.values():
            button.setEnabled(self.chosen() is not None)

    # ---- doing

    def add(self) -> None:
        """Which file to take in."""
        ask_files.open_file(self, text("attachments.add"), ask_files.SCANS, self.add_file)

    def add_file(self, path: Path) -> None:
        """Take a file in; the file itself stays where it is."""
        ledger, key, record_id = self._desk.ledger, self._key, self._record_id

        def done(changes: Changes) -> None:
            known = "added" if changes.topics else "known"
            self.notice.say(text(f"attachments.{known}", file=path.name), "good")
            self._changed(changes)

        self._desk.tasks.run(
            "ledger",
            lambda _task: evidence.attach(ledger, key, record_id, path)[1],
            done,
            self._refuse,
            text("attachments.adding"),
            owner=self,
        )

    def view(self) -> None:
        """Look at it; nothing is written outside the ledger."""
        if (one := self.chosen()) is not None:
            view(self._desk, self, one)

    def save(self) -> None:
        """Write a copy where the doctor says; the audit log notes it."""
        if (one := self.chosen()) is not None:
            stem, _, suffix = one.file_name.rpartition(".")
            kind = suffix.lower() if suffix.lower() in ask_files.SCANS else "pdf"
            ask_files.save_as(
                self, text("attachments.save"), stem or one.file_name, lambda path: self.write(one, path), kinds=(kind,)
            )

    def write(self, one: Attachment, path: Path) -> None:
        """Write the copy."""
        ledger, attachment_id = self._desk.ledger, one.id or 0
        self._desk.tasks.run(
            "ledger",
            lambda _task: evidence.save_copy(ledger, attachment_id, path),
            lambda _none: self.notice.say(text("attachments.saved", file=path.name, folder=path.parent), "good"),
            self._refuse,
            owner=self,
        )

    def remove(self) -> None:
        """Take it off, with a reason."""
        one = self.chosen()
        if one is None:
            return
        ledger, key, attachment_id = self._desk.ledger, self._key, one.id or 0

        def submit(dialog: AskDialog, values: Values) -> None:
            reason = str(values["reason"])

            def job(_task: Task) -> Changes:
                return evidence.remove(ledger, key, attachment_id, reason=reason)

            def done(changes: Changes) -> None:
                dialog.accept()
                self.notice.say(text("attachments.removed", file=one.file_name), "good")
                self._changed(changes)

            self._desk.tasks.run("ledger", job, done, dialog.refuse, owner=dialog)

        AskDialog(
            self._desk,
            text("attachments.remove_title", file=one.file_name),
            text("attachments.remove"),
            [Ask("reason", text("joint.void_reason"), is_required=True)],
            submit,
            sentence=text("attachments.remove_said"),
            parent=self,
        ).open()

    def _changed(self, changes: Changes) -> None:
        if changes.topics:
            self._desk.saved()
            self._on_done(changes)
        self.refresh()

    def _refuse(self, error: BaseException) -> None:
        if isinstance(error, UserError):
            words = error_text(error.code, **error.params)
            self.notice.say(words.message + words.next, "late")
        else:
            self._desk.tasks.report(error)


def _columns() -> list[Column]:
    return [
        Column("file_name", text("attachments.column.name"), 16, is_stretched=True, is_bold=True),
        Column("kind", text("attachments.column.kind"), 4, value=_kind),
        Column("size", text("attachments.column.size"), 6, value=_size),
        Column("at", text("attachments.column.at"), 9,
               value=lambda one: one.entered_at.astimezone().strftime("%Y-%m-%d %H:%M") if one.entered_at else ""),
        Column("who", text("attachments.column.who"), 6, value=lambda one: one.entered_by),
    ]  # fmt: skip


def _kind(one: Attachment) -> str:
    return text("attachments.pdf" if one.media_type == attachments.PDF else "attachments.picture")


def _size(one: Attachment) -> str:
    return text("attachments.size", count=max(1, round(one.size / _KB)))
