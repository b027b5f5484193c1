"""What a print function returns: forms ready to be drawn, and what they say about themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mhdesk.domain.changes import Changes
from mhdesk.domain.task import QUIET, Task
from mhdesk.reports.paper.model import Form
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger


@dataclasses.dataclass(frozen=True)
class Document:
    """Forms to print. `people` is how many persons' names stand on them; `stem` names a file without suffix.

    `numbers` are the sheet numbers of 入户随访单 in it; `changes` what was stored while it was made.
    """

    title: str
    stem: str
    forms: Sequence[Form]
    people: int
    numbers: tuple[int, ...] = ()
    changes: Changes = dataclasses.field(default_factory=Changes)

    def to_bytes(self, task: Task = QUIET) -> bytes:
        """The pdf in memory. Raises OutputFailed MH-FILE-59 for characters no font has, and Cancelled."""
        from mhdesk.files import paper_write

        return paper_write.forms_bytes(self.forms, task)

    def write(self, path: Path, task: Task = QUIET) -> int:
        """The pdf as a file; returns its pages. Raises OutputFailed and Cancelled: then nothing was written."""
        from mhdesk.files import paper_write

        return paper_write.write_forms(self.forms, path, task)


def noted(ledger: Ledger, form: str, forms: Sequence[Form], *, people: int) -> Document:
    """The document of these forms, with its audit row ``print.<form>`` that counts the people on it."""
    title = text(f"paper.titles.{form}")
    with ledger.change(f"print.{form}") as change:
        change.touch("print", people)
    return Document(title=title, stem=title, forms=forms, people=people, changes=change.changes)
