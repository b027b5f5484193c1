"""Forms on paper: the pages as they will print, then the printer or a file. Made off the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from mhdesk.domain.task import Task
from mhdesk.services.printing import Document, TableDocument
from mhdesk.text import text
from ui import printing, theme
from ui.dialogs import ask_files
from ui.pages.base import Desk
from ui.widgets import Notice, PlainButton, PrimaryButton, column, label, row

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

#: What makes the forms, in the ledger's lane.
Maker = Callable[["Ledger", Task], Document]

_COUNTED = {True: "printing.lines", False: "printing.people"}
_WIDTH_EM = 60
_HEIGHT_EM = 44


class PaperDialog(QDialog):
    """The pages of one document. Closing it forgets them."""

    def __init__(self, desk: Desk, document: Document, content: bytes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        now = theme.current()
        self._desk, self._document, self._content = desk, document, content
        self.setWindowTitle(document.title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.preview = printing.Preview(self)
        self.preview.show_pdf(content)
        self.notice = Notice()
        self.print_button = PrimaryButton(text("printing.print"), "printer", self.print_)
        buttons = row(
            label(text(_COUNTED[isinstance(document, TableDocument)], count=document.people), "quiet"),
            None,
            PlainButton(text("printing.save"), "download", self.save),
            PlainButton(text("printing.close"), "x", self.close),
            self.print_button,
            space=3,
        )
        lines = column(self.notice, self.preview, space=3)
        lines.setStretch(1, 1)
        lines.addLayout(buttons)
        lines.setContentsMargins(now.space(4), now.space(4), now.space(4), now.space(4))
        self.setLayout(lines)
        room = self.screen().availableSize()
        self.resize(min(now.em(_WIDTH_EM), room.width()), min(now.em(_HEIGHT_EM), round(room.height() * 0.9)))

    def print_(self) -> None:
        """Ask for a printer."""
        printing.print_pdf(self, self._content, title=self._document.title)

    def save(self) -> None:
        """Write the pages as a pdf file of the doctor's choice."""
        ask_files.save_as(self, text("printing.save"), self._document.stem, self.write, kinds=("pdf",))

    def write(self, file: Path) -> None:
        """Write the pages to `file`."""
        document = self._document

        def done(_pages: int) -> None:
            self.notice.say(text("printing.saved", name=file.name, folder=file.parent), "good")

        self._desk.tasks.run("work", lambda task: document.write(file, task), done, owner=self)


def show_paper(desk: Desk, parent: QWidget, make: Maker) -> None:
    """Make a document in the ledger's lane, draw it in another, then show its pages."""
    ledger = desk.ledger

    def made(document: Document) -> None:
        desk.changes.publish(document.changes, source=parent)
        desk.tasks.run("work", document.to_bytes, lambda content: show(document, content),
                       title=text("printing.drawing"), owner=parent)  # fmt: skip

    def show(document: Document, content: bytes) -> None:
        PaperDialog(desk, document, content, parent.window()).show()

    desk.tasks.run("ledger", lambda task: make(ledger, task), made, title=text("printing.making"), owner=parent)
