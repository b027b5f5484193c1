"""The audit trail: one row for every transaction, each sealed over the one before.

Somebody without the key cannot write a fitting row; somebody with the key can rewrite the chain, but not the heads that
already left the house in weekly packages, backups and printed reports.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from db import schema
from db.keys import canonical

#: The hash before the first row.
GENESIS = "0" * 64
_COLUMNS = tuple(column.name for column in schema.audit.columns)
_SUSPECT_AT = _COLUMNS.index("clock_suspect")


class Head(NamedTuple):
    """Where the chain ends."""

    seq: int = 0
    hash: str = GENESIS


class Entry(NamedTuple):
    """What one row says, without its place in the chain; never a person's data.

    `at` is UTC ISO text, `objects` how many records were touched.
    """

    at: str
    clock_suspect: bool
    login: str
    role: str
    action: str
    object_kind: str | None
    object_uuid: str | None
    objects: int
    fields: str | None
    reason: str | None
    app_version: str


class AuditRow(NamedTuple):
    """One row as stored."""

    seq: int
    at: str
    clock_suspect: int
    login: str
    role: str
    action: str
    object_kind: str | None
    object_uuid: str | None
    objects: int
    fields: str | None
    reason: str | None
    app_version: str
    previous: str
    hash: str


def head(connection: Connection) -> Head:
    """The chain's end."""
    table = schema.audit
    row = connection.execute(select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)).first()
    return Head() if row is None else Head(row.seq, row.hash)


def hash_at(connection: Connection, seq: int) -> str:
    """The hash of one row as it stands now, that before the first for 0; "" where there is none (any more)."""
    if seq == 0:
        return GENESIS
    table = schema.audit
    return connection.execute(select(table.c.hash).where(table.c.seq == seq)).scalar() or ""


def append(connection: Connection, key: bytes, before: Head, entry: Entry) -> Head:
    """Write the row that follows `before`, in the caller's transaction."""
    sealed: list[Any] = [before.seq + 1, *entry]
    sealed[_SUSPECT_AT] = int(entry.clock_suspect)
    seal = _seal(key, before.hash, sealed)
    connection.execute(insert(schema.audit), dict(zip(_COLUMNS, [*sealed, before.hash, seal], strict=True)))
    return Head(before.seq + 1, seal)


def rows(connection: Connection, *, after: int = 0, most: int | None = None) -> Iterator[AuditRow]:
    """Stored rows in order."""
    table = schema.audit
    statement = select(table).where(table.c.seq > after).order_by(table.c.seq).limit(most)
    for row in connection.execute(statement):
        yield AuditRow(*row)


def has(connection: Connection, action: str, reason: str) -> bool:
    """Whether a row with this action and reason was written before."""
    table = schema.audit
    return (
        connection.execute(select(table.c.seq).where(table.c.action == action, table.c.reason == reason)).first()
        is not None
    )


def verify(connection: Connection, key: bytes, anchor: Head | None = None) -> str | None:
    """The first fault of the chain in plain figures, or None. `anchor` is a head known from outside the database."""
    before, anchored = Head(), anchor is None or anchor.seq == 0
    for row in rows(connection):
        if row.seq != before.seq + 1:
            return f"{before.seq + 1}"
        if row.previous != before.hash or not hmac.compare_digest(row.hash, _seal(key, before.hash, list(row[:-2]))):
            return f"{row.seq}"
        before = Head(row.seq, row.hash)
        if anchor is not None and row.seq == anchor.seq:
            if row.hash != anchor.hash:
                return f"{row.seq}"
            anchored = True
    return None if anchored else f"{before.seq + 1}"


def _seal(key: bytes, previous: str, values: list[Any]) -> str:
    return hmac.digest(key, previous.encode() + canonical(values), hashlib.sha256).hex()
