"""Files of the training pages: reports to xlsx or pdf, tables to be imported, attachments in and out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from mhdesk.domain.attachment import Attachment
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import InputRefused
from mhdesk.domain.task import Task
from mhdesk.reports.model import Report
from mhdesk.services import attachments, imports, training_report
from mhdesk.services.imports import ImportResult
from mhdesk.text import text
from ui import printing, theme
from ui.dialogs import ask_files
from ui.dialogs.import_preview import ImportPreview
from ui.pages.base import Desk
from ui.widgets import Notice, PlainButton, ScrollBody, column, row

_WIDTH_EM, _HEIGHT_EM = 58, 42
_SHARE = 0.9


def save_report(desk: Desk, parent: QWidget, make: Callable[[Task], Report], notice: Notice) -> None:
    """Make a report, ask where to, write it as .xlsx or .pdf."""
    ledger = desk.ledger

    def made(report: Report) -> None:
        ask_files.save_as(
            parent,
            text("training_page.export_to"),
            report.file_stem,
            lambda path: write(report, path),
            kinds=("xlsx", "pdf"),
        )

    def write(report: Report, path: Path) -> None:
        def job(task: Task) -> None:
            training_report.write_one(report, path, task=task)
            training_report.note(ledger, report)

        def done(_none: None) -> None:
            notice.say(text("training_page.exported", file=path.name, folder=path.parent), "good")

        desk.tasks.run("ledger", job, done, title=text("training_page.exporting"), owner=parent)

    desk.tasks.run("ledger", make, made, owner=parent)


def view(desk: Desk, parent: QWidget, attachment: Attachment) -> None:
    """Show a file of the ledger; nothing is written outside it."""
    ledger, attachment_id = desk.ledger, attachment.id or 0

    def show(content: bytes) -> None:
        AttachmentDialog(desk, attachment, content, parent.window()).show()

    desk.tasks.run("ledger", lambda _task: attachments.content(ledger, attachment_id), show, owner=parent)


def read_table(
    desk: Desk,
    parent: QWidget,
    path: Path,
    notice: Notice,
    on_done: Callable[[Changes], object],
    *,
    kinds: Sequence[str] = ("training", "staff"),
) -> None:
    """Read a table of the first of `kinds` it is, show what it would do, and store it when the doctor says so."""
    ledger, today = desk.ledger, desk.today()

    def read(task: Task, *, is_dry: bool) -> ImportResult:
        for kind in kinds[:-1]:
            try:
                return imports.import_file(ledger, path, kind=kind, dry_run=is_dry, today=today, task=task)
            except InputRefused as error:
                if error.code != "MH-IMPORT-02":
                    raise
        return imports.import_file(ledger, path, kind=kinds[-1], dry_run=is_dry, today=today, task=task)

    def preview(result: ImportResult) -> None:
        ImportPreview(desk, path.name, result, store, parent.window()).open()

    def store() -> None:
        title = text("imports_page.storing", name=path.name)
        desk.tasks.run("ledger", lambda task: read(task, is_dry=False), done, title=title, owner=parent)

    def done(result: ImportResult) -> None:
        on_done(result.changes)
        said = text("training_page.imported", file=path.name, rows=result.rows, new=result.new, same=result.same,
                    changed=result.changed, refused=result.conflict + result.rejected)  # fmt: skip
        if result.rejected_file is not None:
            said += text("training_page.given_back", file=result.rejected_file.name)
        notice.say(said, "late" if result.rejected_file is not None else "good")

    title = text("imports_page.reading", name=path.name)
    desk.tasks.run("ledger", lambda task: read(task, is_dry=True), preview, title=title, owner=parent)


class AttachmentDialog(QDialog):
    """A picture or the pages of a pdf."""

    def __init__(self, desk: Desk, attachment: Attachment, content: bytes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        now = theme.current()
        self._desk, self._attachment = desk, attachment
        self.setWindowTitle(attachment.file_name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.notice = Notice()
        shown: QWidget
        if attachment.media_type == attachments.PDF:
            pages = printing.Preview(self)
            pages.show_pdf(content)
            shown = pages
        else:
            shown = self._picture(content)
        close = PlainButton(text("printing.close"), "x", self.close)
        buttons = row(None, PlainButton(text("training_page.save_copy"), "download", self.save), close, space=3)
        lines = column(self.notice, shown, space=3)
        lines.setStretch(1, 1)
        lines.addLayout(buttons)
        lines.setContentsMargins(now.space(4), now.space(4), now.space(4), now.space(4))
        self.setLayout(lines)
        room = self.screen().availableSize()
        self.resize(min(now.em(_WIDTH_EM), room.width()), min(now.em(_HEIGHT_EM), round(room.height() * _SHARE)))

    def _picture(self, content: bytes) -> QWidget:
        pixmap = QPixmap()
        pixmap.loadFromData(content)
        picture = QLabel()
        if pixmap.isNull():
            picture.setText(text("training_page.no_picture"))
        else:
            width = theme.current().em(_WIDTH_EM - 4)
            picture.setPixmap(
                pixmap.scaledToWidth(min(width, pixmap.width()), Qt.TransformationMode.SmoothTransformation)
            )
        whole = ScrollBody()
        whole.body.addWidget(picture)
        return whole

    def save(self) -> None:
        """Write a copy where the doctor says."""
        name = Path(self._attachment.file_name)
        kinds = (name.suffix.lstrip("."),)
        ask_files.save_as(self, text("training_page.save_copy"), name.stem, self.write, kinds=kinds)

    def write(self, path: Path) -> None:
        """Write the copy."""
        ledger, attachment_id = self._desk.ledger, self._attachment.id or 0

        def done(_none: None) -> None:
            self.notice.say(text("training_page.exported", file=path.name, folder=path.parent), "good")

        self._desk.tasks.run(
            "ledger", lambda _task: attachments.save_copy(ledger, attachment_id, path), done, owner=self
        )


def files_line(found: Sequence[Attachment]) -> str:
    """The files of a session in one line."""
    if not found:
        return text("training_page.no_files")
    return text("training_page.files", names="、".join(one.file_name for one in found))
