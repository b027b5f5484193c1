"""What was sent (上报), and what came into the ledger after it was frozen (补录)."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, text

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


class LateRow(NamedTuple):
    """A record that changed after a freeze although it tells of a day before it.

    `change`: added 补录, changed 修改, voided 作废. `kind` is the record's table.
    """

    kind: str
    record_id: int
    patient_id: int
    happened_on: date | None
    changed_at: datetime
    changed_by: str
    change: str


_COLUMNS = [schema.submission.c[name] for name in SubmissionRow._fields]
# table -> the column of the patient and the column of the day it tells of
_TOLD = {
    "patient": ("id", "registered_on"),
    "follow_up": ("patient_id", "visit_date"),
    "movement": ("patient_id", "happened_on"),
}


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
    """The day the ledger was made: its first audit row, as it stands there (UTC)."""
    first = connection.execute(select(schema.audit.c.at).order_by(schema.audit.c.seq).limit(1)).scalar()
    return datetime.fromisoformat(first).date() if first else None


def late(connection: Connection, *, since: datetime, cut_off: date) -> list[LateRow]:
    """Records entered, changed or voided after `since` that tell of a day up to `cut_off`, newest change first."""
    moment, last, found = since.isoformat(timespec="seconds"), cut_off.isoformat(), []
    for kind, (patient, day) in _TOLD.items():
        query = text(
            f"SELECT id, {patient}, {day}, entered_at, entered_by, voided_at, NULL, NULL FROM {kind}"  # noqa: S608 - our own names
            f" WHERE entered_at > :since AND voided_at IS NULL AND ({day} IS NULL OR {day} <= :last)"
            f" UNION ALL SELECT one.id, one.{patient}, one.{day}, one.entered_at, one.entered_by, one.voided_at,"
            " max(history.changed_at), history.changed_by"
            f" FROM history JOIN {kind} AS one ON one.id = history.record_id"
            f" WHERE history.table_name = '{kind}' AND history.changed_at > :since AND one.entered_at <= :since"
            f" AND (one.{day} IS NULL OR one.{day} <= :last OR json_extract(history.before, '$.{day}') <= :last)"
            " GROUP BY one.id"
        )
        for row in connection.execute(query, {"since": moment, "last": last}):
            record_id, patient_id, told, entered_at, entered_by, voided_at, changed_at, changed_by = row
            change = "added" if changed_at is None else "voided" if voided_at else "changed"
            found.append(
                LateRow(
                    kind,
                    record_id,
                    patient_id,
                    date.fromisoformat(told) if told else None,
                    datetime.fromisoformat(changed_at or entered_at),
                    changed_by or entered_by,
                    change,
                )
            )
    return sorted(found, key=lambda one: one.changed_at, reverse=True)
