"""Paper: a finished pdf, held in memory, shown as pages and sent to the printer. Nothing readable touches the disk."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QPageLayout, QPainter
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPdfWidgets import QPdfView
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from mhdesk.text import text
from ui import messages, theme

_DPI = 300
_POINTS_PER_INCH = 72


class PdfPages(QPdfDocument):
    """A pdf in memory. Its bytes lie in a buffer that Qt owns: it reads from them until the very end.

    It belongs to the application, not to a view: a view that is taken down before its document crashes Qt 6.11.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(QApplication.instance())  # type: ignore[arg-type]  # there always is one
        buffer = QBuffer(self)
        buffer.setData(content)
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self.load(buffer)


class Preview(QPdfView):
    """The pages as they will print, one below the other, as wide as there is room."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setPageMode(QPdfView.PageMode.MultiPage)
        self.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        self.setAccessibleName(text("printing.preview"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        behind = self.palette()
        behind.setColor(behind.ColorRole.Dark, theme.current().colour("paper"))  # QPdfView fills with it around pages
        self.setPalette(behind)
        self._pages: PdfPages | None = None

    def show_pdf(self, content: bytes) -> None:
        """Show these pages instead of those before."""
        fresh = PdfPages(content)
        self.destroyed.connect(fresh.deleteLater)
        self.setDocument(fresh)
        if self._pages is not None:
            self._pages.deleteLater()
        self._pages = fresh


def print_pdf(parent: QWidget, content: bytes, *, title: str) -> None:
    """Ask for a printer, then print the pages as they are."""
    pages = PdfPages(content)
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setResolution(_DPI)
    printer.setDocName(title)
    size = pages.pagePointSize(0)
    is_wide = size.width() > size.height()
    printer.setPageOrientation(QPageLayout.Orientation.Landscape if is_wide else QPageLayout.Orientation.Portrait)
    dialog = QPrintDialog(printer, parent)
    dialog.setWindowTitle(title)
    dialog.setMinMax(1, max(1, pages.pageCount()))

    def accepted() -> None:
        if not _send(pages, printer):
            messages.tell(parent, title, text("printing.failed"), text("printing.failed_next"))

    dialog.accepted.connect(accepted)
    dialog.finished.connect(pages.deleteLater)
    dialog.setModal(True)
    dialog.show()


def _send(pages: PdfPages, printer: QPrinter) -> bool:
    """Draw every chosen page on the printer; False when the printer takes nothing."""
    painter = QPainter()
    if not painter.begin(printer):
        return False
    first = printer.fromPage() or 1
    last = printer.toPage() or pages.pageCount()
    for number in range(first, last + 1):
        if number > first:
            printer.newPage()
        size = pages.pagePointSize(number - 1)
        wanted = QSize(
            round(size.width() / _POINTS_PER_INCH * printer.resolution()),
            round(size.height() / _POINTS_PER_INCH * printer.resolution()),
        )
        image = pages.render(number - 1, wanted)
        # the whole sheet, shrunk into what the printer can reach; proportions are kept
        room = painter.viewport()
        fitted = image.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawImage(QRect(room.topLeft(), fitted), image)
    return bool(painter.end())
