"""Whole records by id or by plain equality: the generic readers behind every page that shows one thing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Connection, select

from db import schema
from db.records import column_value, from_row
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import DrugLine, FollowUp

T = TypeVar("T")
#: Ids asked for at once; far below SQLite's limit, small enough for the statement cache.
_CHUNK = 500


class HistoryRow(NamedTuple):
    """One previous version of a record. `before` holds the columns as stored, drug lines under ``drugs``."""

    version: int
    changed_at: datetime
    changed_by: str
    action: str
    reason: str | None
    before: dict[str, Any]
    audit_seq: int


def get(connection: Connection, record_type: type[T], record_id: int) -> T:
    """One record, voided or not. Raises UserError MH-LEDGER-24 when there is none."""
    found = load_many(connection, record_type, [record_id])
    if not found:
        raise UserError("MH-LEDGER-24")
    return found[0]


def load_many(connection: Connection, record_type: type[T], ids: Iterable[int]) -> list[T]:
    """The records of these ids in their order, drug lines included; ids nobody has are left out."""
    table = schema.TABLES[record_type]
    wanted, found = list(ids), {}
    for chunk in _chunks(wanted):
        rows = connection.execute(select(table).where(table.c.id.in_(chunk))).mappings().all()
        found.update({record.id: record for record in _records(connection, record_type, rows)})  # type: ignore[attr-defined]
    return [found[record_id] for record_id in wanted if record_id in found]


def find(connection: Connection, record_type: type[T], *, include_voided: bool = False, **equals: Any) -> list[T]:
    """Records whose fields equal these values (None: not known), by id; voided ones only on demand."""
    table = schema.TABLES[record_type]
    statement = select(table).order_by(table.c.id)
    for name, value in equals.items():
        statement = statement.where(table.c[name] == column_value(record_type, name, value))
    if not include_voided and "voided_at" in table.c:
        statement = statement.where(table.c.voided_at.is_(None))
    return _records(connection, record_type, connection.execute(statement).mappings().all())


def history_of(connection: Connection, record_type: type, record_id: int) -> list[HistoryRow]:
    """Every previous version of a record, oldest first."""
    table = schema.history
    statement = (
        select(
            table.c.version,
            table.c.changed_at,
            table.c.changed_by,
            table.c.action,
            table.c.reason,
            table.c.before,
            table.c.audit_seq,
        )
        .where(table.c.table_name == schema.TABLES[record_type].name, table.c.record_id == record_id)
        .order_by(table.c.id)
    )
    return [
        HistoryRow(row[0], datetime.fromisoformat(row[1]).astimezone(UTC), *row[2:5], json.loads(row[5]), row[6])
        for row in connection.execute(statement)
    ]


def get_setting(connection: Connection, key: str, default: Any = None) -> Any:
    """A setting of the ledger; `default` where none is stored."""
    value = connection.execute(select(schema.setting.c.value).where(schema.setting.c.key == key)).scalar()
    return default if value is None else json.loads(value)


def _records(connection: Connection, record_type: type[T], rows: Sequence[Any]) -> list[T]:
    if record_type is not FollowUp:
        return [from_row(record_type, row) for row in rows]
    drugs = _drugs_of(connection, [row["id"] for row in rows])
    return [from_row(record_type, row, drugs=drugs.get(row["id"], ())) for row in rows]


def _drugs_of(connection: Connection, follow_up_ids: list[int]) -> dict[int, tuple[DrugLine, ...]]:
    table = schema.follow_up_drug
    found: dict[int, tuple[DrugLine, ...]] = {}
    for chunk in _chunks(follow_up_ids):
        statement = select(table).where(table.c.follow_up_id.in_(chunk)).order_by(table.c.follow_up_id, table.c.line)
        for row in connection.execute(statement).mappings():
            owner = row["follow_up_id"]
            found[owner] = (*found.get(owner, ()), from_row(DrugLine, cast("Mapping[str, Any]", row)))
    return found


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
