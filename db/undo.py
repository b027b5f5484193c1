"""Taking a whole transaction back: what it added is voided, what it changed or voided is put back as it was.

Nothing is deleted: undoing is a transaction of its own, with history and audit row, and can itself be undone.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, select

from db import schema
from db.queries.records import load_many
from db.records import from_row
from mhdesk.domain.account import DataOverride, Draft, Submission, User
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.record import Record

if TYPE_CHECKING:
    from db.ledger import Ledger

ACTION = "undo"
#: What may be taken back: work on people. Accounts, sent reports and rule files have their own ways.
_KEPT = {User, Draft, Submission, DataOverride}
_TYPES: dict[str, type[Any]] = {table.name: kind for kind, table in schema.TABLES.items() if kind not in _KEPT}


class Undoable(NamedTuple):
    """A transaction that can be taken back."""

    seq: int
    at: str
    login: str
    action: str
    objects: int


def undoable(connection: Connection, *, login: str | None = None, most: int = 50) -> list[Undoable]:
    """The latest transactions on people, newest first, that nobody has taken back yet; of `login`, or of everybody."""
    undone = {int(row.reason or 0) for row in connection.execute(_undone())}
    table = schema.audit.c
    query = select(table.seq, table.at, table.login, table.action, table["count"]).where(
        table.seq.in_(select(schema.added_range.c.audit_seq))
        | table.seq.in_(select(schema.history.c.audit_seq).distinct())
    )
    if login is not None:
        query = query.where(table.login == login)
    rows = connection.execute(query.order_by(table.seq.desc()).limit(most * 2))
    found = [Undoable(*row) for row in rows if row.seq not in undone]
    return [one for one in found if _is_ours(connection, one.seq)][:most]


def undo(ledger: Ledger, seq: int) -> Changes:
    """Take the transaction `seq` back, whole or not at all.

    Raises UserError: MH-UNDO-01 nothing there that could be taken back, or taken back already; MH-LEDGER-23 somebody
    has changed one of its records since.
    """
    with ledger.read() as connection:
        done = any(int(row.reason or 0) == seq for row in connection.execute(_undone()))
        before = list(_before(connection, seq))
        changed = Counter((type(record), record.id) for record in before)
        added = list(_added(connection, seq))
    if done or not (added or before):
        raise UserError("MH-UNDO-01")
    with ledger.change(ACTION, reason=str(seq)) as change:
        fresh = {(type(record), record.id) for record in added}
        for record in reversed(before):
            if (type(record), record.id) not in fresh:
                change.put_back(record)
        for record in reversed(added):
            if record.version != 1 + changed[type(record), record.id]:
                raise UserError("MH-LEDGER-23")
            earlier = record.version - 1
            change.put_back(dataclasses.replace(record, voided_at=ledger.now(), void_reason=ACTION, version=earlier))
    return change.changes


def _undone() -> Any:
    return select(schema.audit.c.reason).where(schema.audit.c.action == ACTION)


def _is_ours(connection: Connection, seq: int) -> bool:
    ranges = connection.scalars(select(schema.added_range.c.table_name).where(schema.added_range.c.audit_seq == seq))
    changed = connection.scalars(select(schema.history.c.table_name).where(schema.history.c.audit_seq == seq))
    names = {*ranges, *changed}
    return bool(names) and names <= _TYPES.keys()


def _added(connection: Connection, seq: int) -> Iterator[Record]:
    """What the transaction added, in order."""
    table = schema.added_range.c
    query = select(table.table_name, table.first_id, table.last_id).where(table.audit_seq == seq)
    for name, first, last in connection.execute(query).all():
        kind = _TYPES.get(name)
        if kind is None:
            raise UserError("MH-UNDO-01")
        yield from load_many(connection, kind, range(first, last + 1))


def _before(connection: Connection, seq: int) -> Iterator[Record]:
    """The versions the transaction replaced, in order."""
    table = schema.history.c
    query = select(table.table_name, table.before).where(table.audit_seq == seq).order_by(table.id)
    for name, before in connection.execute(query).all():
        kind = _TYPES.get(name)
        if kind is None:
            raise UserError("MH-UNDO-01")
        yield _record(kind, before)


def _record(kind: type[Any], before: str) -> Record:
    row: dict[str, Any] = json.loads(before)
    children: dict[str, Sequence[DrugLine]] = {}
    if kind is FollowUp:
        children["drugs"] = tuple(from_row(DrugLine, drug) for drug in row.get("drugs", ()))
    found: Record = from_row(kind, row, **children)
    return found
