"""Reports as printed forms: the tables of training, staff, staffing and targets, previewed and printed like forms."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mhdesk.domain.task import QUIET, Task
from mhdesk.reports.model import Report
from mhdesk.services.printing.document import Document

if TYPE_CHECKING:
    from db.ledger import Ledger

_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


@dataclasses.dataclass(frozen=True)
class TableDocument(Document):
    """A report to print. It is drawn as its pdf file is, so the paper and the file are the same."""

    report: Report | None = None

    def to_bytes(self, task: Task = QUIET) -> bytes:
        """The pdf in memory. Raises OutputFailed MH-FILE-59 for characters no font has, and Cancelled."""
        from mhdesk.files import pdf_write

        return pdf_write.report_bytes(self._made(), task)

    def write(self, path: Path, task: Task = QUIET) -> int:
        """The pdf as a file; returns its pages. Raises OutputFailed and Cancelled: then nothing was written."""
        from mhdesk.files import pdf_write

        pdf_write.write_report(self._made(), path, task)
        return len(_PAGE.findall(path.read_bytes()))

    def _made(self) -> Report:
        if self.report is None:
            raise RuntimeError("a document of a table without its report")
        return self.report


def table(ledger: Ledger, report: Report) -> Document:
    """A report as a document to print, noted in the audit log with how many lines it has."""
    lines = sum(len(sheet.rows) for sheet in report.sheets)
    with ledger.change("print.table") as change:
        change.touch("print", lines)
    return TableDocument(
        title=report.title, stem=report.file_stem, forms=(), people=lines, changes=change.changes, report=report
    )
