"""The audit chain: whether it is whole, and the chain as a table for an inspector, without anybody's name.

What a user typed as a reason may name somebody; the table only says that there is one. The sentence stands in the
history of the record.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from db import audit
from mhdesk.domain.errors import UsageError
from mhdesk.domain.finding import Finding
from mhdesk.domain.task import QUIET, Task
from mhdesk.reports.model import Cell, Column, Format, Report, Sheet
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_COLUMNS = (
    *(("seq", 14), ("at", 38), ("clock", 16), ("login", 24), ("role", 18), ("action", 40), ("kind", 30)),
    *(("uuid", 62), ("objects", 14), ("fields", 50), ("reason", 20), ("version", 20), ("previous", 110), ("hash", 110)),
)
_STEP = 2_000


class Exported(NamedTuple):
    """How many rows were written, and the hash the chain ended with."""

    rows: int
    head: str


def verify(ledger: Ledger) -> list[Finding]:
    """Whether the chain is whole and reaches as far as it did when the ledger was last closed."""
    from db import safety

    return [Finding(text(f"ledger_check.{one.name}"), one.ok, one.detail) for one in safety.audit_checks(ledger)]


def export(ledger: Ledger, path: Path, *, task: Task = QUIET) -> Exported:
    """Write every row of the chain as .xlsx; that it was written is the next row.

    Raises UsageError MH-USAGE-05 for a file that exists, OutputFailed.
    """
    from mhdesk.files import xlsx_write

    if path.exists():
        raise UsageError("MH-USAGE-05", file=path)
    with ledger.read() as connection:
        head = audit.head(connection)
        lines = []
        for row in audit.rows(connection):
            if row.seq % _STEP == 0:
                task.step(row.seq, head.seq, text("audit.reading"))
            lines.append(_line(row))
    xlsx_write.write_report(_report(lines, head), path, task)
    with ledger.change("audit.export") as change:
        change.touch("audit", len(lines))
    return Exported(len(lines), head.hash)


def action_words(action: str) -> str:
    """What an action of the chain is called."""
    form = action.removeprefix("print.")
    if form != action:
        return text("audit.printed", title=_known(f"paper.titles.{form}") or text("audit.other"))
    key = action.replace(".", "_")
    return _known(f"undo.action.{key}") or _known(f"audit.action.{key}") or text("audit.other")


def _known(key: str) -> str:
    try:
        return text(key)
    except KeyError:
        return ""


def _line(row: audit.AuditRow) -> list[Cell]:
    machine_made = row.reason is not None and row.reason.isascii()
    return [
        Cell(row.seq, Format.INTEGER),
        Cell(row.at),
        Cell(text("audit.suspect") if row.clock_suspect else ""),
        Cell(row.login),
        Cell(_known(f"roles.{row.role}")),
        Cell(action_words(row.action)),
        Cell(_known(f"recycle.kind.{row.object_kind}")),
        Cell(row.object_uuid or ""),
        Cell(row.objects, Format.INTEGER),
        Cell(row.fields or ""),
        Cell(text("audit.reason_given") if row.reason and not machine_made else ""),
        Cell(row.app_version),
        Cell(row.previous),
        Cell(row.hash),
    ]


def _report(lines: list[list[Cell]], head: audit.Head) -> Report:
    title = text("audit.title")
    sheet = Sheet(
        name=title,
        title=title,
        columns=[Column(width) for _, width in _COLUMNS],
        header=[[Cell(text(f"audit.column.{key}")) for key, _ in _COLUMNS]],
        rows=lines,
        left_note=text("audit.head", seq=head.seq, hash=head.hash),
        notes=(text("audit.note"),),
        fit_to_width=False,
    )
    return Report(key="audit", title=title, file_stem=title, sheets=(sheet,))
