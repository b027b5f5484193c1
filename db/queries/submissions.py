"""What was sent (上报)."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from db import schema


class SubmissionRow(NamedTuple):
    """A frozen report without its document."""

    id: int
    period_kind: str
    period_start: str
    period_end: str  # exclusive
    revision: int
    rules_id: str
    rules_version: str
    cut_off: str
    data_hash: str
    audit_head: str
    correction_note: str | None
    checked_by: str | None
    entered_at: datetime
    entered_by: str


_COLUMNS = [schema.submission.c[name] for name in SubmissionRow._fields]


def submissions(connection: Connection, kind: str | None = None) -> list[SubmissionRow]:
    """Everything sent, oldest period first, revisions in order."""
    table = schema.submission.c
    query = select(*_COLUMNS).where(table.voided_at.is_(None))
    if kind is not None:
        query = query.where(table.period_kind == kind)
    rows = connection.execute(query.order_by(table.period_start, table.revision))
    return [
        row._replace(entered_at=datetime.fromisoformat(str(row.entered_at))) for row in map(SubmissionRow._make, rows)
    ]


def began_on(connection: Connection) -> date | None:
    """The day the ledger was made: that of its first audit row."""
    first = connection.execute(select(schema.audit.c.at).order_by(schema.audit.c.seq).limit(1)).scalar()
    return datetime.fromisoformat(first).astimezone().date() if first else None
