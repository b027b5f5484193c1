"""Taking a whole transaction back: what it added is voided, what it changed or voided is put back as it was.

Nothing is deleted: undoing is a transaction of its own, with history and audit row, and can itself be undone.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, select

from db import schema
from db.queries.records import get, load_many
from db.records import from_row
from mhdesk.domain.account import Draft, Submission, User
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.exchange import ReceivedPackage, SealedPackage, Station
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.record import Record
from mhdesk.domain.staff import StaffMember
from mhdesk.domain.training import TrainingSession
from mhdesk.domain.unit import Unit

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger

ACTION = "undo"
#: What may be taken back: work on people, and a district's data files. Accounts, sent reports,
#: packages and the keys of townships have their own ways.
_KEPT = {User, Draft, Submission, SealedPackage, ReceivedPackage, Station}
_TYPES: dict[str, type[Any]] = {table.name: kind for kind, table in schema.TABLES.items() if kind not in _KEPT}


class Undoable(NamedTuple):
    """A transaction that can be taken back."""

    seq: int
    at: str
    login: str
    action: str
    objects: int
    target: int | None = None  # of an undo: the transaction it took back


class Touched(NamedTuple):
    """A record a transaction added or changed."""

    table: str
    id: int


def undoable(connection: Connection, *, login: str | None = None, most: int = 50) -> list[Undoable]:
    """The latest transactions on people, newest first, that nobody has taken back yet; of `login`, or of everybody."""
    undone = set(undos(connection).values())
    table = schema.audit.c
    query = select(table.seq, table.at, table.login, table.action, table["count"], table.reason).where(
        table.seq.in_(select(schema.added_range.c.audit_seq))
        | table.seq.in_(select(schema.history.c.audit_seq).distinct())
    )
    if login is not None:
        query = query.where(table.login == login)
    rows = connection.execute(query.order_by(table.seq.desc()).limit(most * 2))
    found = [
        Undoable(*row[:5], int(row.reason) if row.action == ACTION else None) for row in rows if row.seq not in undone
    ]
    return [one for one in found if _is_ours(connection, one.seq)][:most]


def transaction(connection: Connection, seq: int) -> Undoable | None:
    """A transaction on people that nobody has taken back yet; None where there is none of that number."""
    table = schema.audit.c
    query = select(table.seq, table.at, table.login, table.action, table["count"], table.reason).where(table.seq == seq)
    row = connection.execute(query).first()
    if row is None or seq in undos(connection).values() or not _is_ours(connection, seq):
        return None
    return Undoable(*row[:5], int(row.reason) if row.action == ACTION else None)


def action_of(connection: Connection, seq: int) -> str:
    """The word of what a transaction did, "" for none."""
    table = schema.audit.c
    return connection.execute(select(table.action).where(table.seq == seq)).scalar() or ""


def undos(connection: Connection) -> dict[int, int]:
    """Every undo: its own number -> the number of what it took back."""
    table = schema.audit.c
    rows = connection.execute(select(table.seq, table.reason).where(table.action == ACTION))
    return {seq: int(reason or 0) for seq, reason in rows}


def touched(connection: Connection, seq: int) -> list[Touched]:
    """The records a transaction added or changed, each once."""
    ranges, past = schema.added_range.c, schema.history.c
    rows = connection.execute(
        select(ranges.table_name, ranges.first_id, ranges.last_id).where(ranges.audit_seq == seq)
    ).all()
    found = [Touched(name, one) for name, first, last in rows for one in range(first, last + 1)]
    changed = connection.execute(select(past.table_name, past.record_id).where(past.audit_seq == seq).order_by(past.id))
    return list(dict.fromkeys([*found, *(Touched(*row) for row in changed)]))


def adding(connection: Connection, table: str, record_id: int) -> int | None:
    """The transaction that added a record."""
    ranges = schema.added_range.c
    query = select(ranges.audit_seq).where(
        ranges.table_name == table, ranges.first_id <= record_id, ranges.last_id >= record_id
    )
    return connection.execute(query).scalar()


def undo(ledger: Ledger, seq: int, then: Callable[[Change], object] | None = None) -> Changes:
    """Take the transaction `seq` back, whole or not at all; `then` writes what belongs to it (search texts).

    Raises UserError: MH-UNDO-01 nothing there that could be taken back, or taken back already; MH-UNDO-02 later records
    belong to people or units that would go; MH-LEDGER-23 somebody has changed one of its records since.
    """
    with ledger.read() as connection:
        done = seq in undos(connection).values()
        before = list(_before(connection, seq))
        added = list(_added(connection, seq))
        if done or not (added or before):
            raise UserError("MH-UNDO-01")
        if _has_later_records(connection, added):
            raise UserError("MH-UNDO-02")
        later = _changed_later(connection, seq)
    with ledger.change(ACTION, reason=str(seq)) as change:
        fresh = {(type(record), record.id) for record in added}
        first: dict[tuple[type[Record], int | None], Record] = {}
        for record in before:
            first.setdefault((type(record), record.id), record)
        for key, record in reversed(first.items()):
            if key not in fresh:
                now = get(change.connection, key[0], key[1] or 0)
                _put_back(change, record, now, seq, later)
        for record in reversed(added):
            gone = dataclasses.replace(record, voided_at=ledger.now(), void_reason=ACTION)
            _put_back(change, gone, record, seq, later)
        if then is not None:
            then(change)
    return change.changes


def _changed_later(connection: Connection, seq: int) -> set[tuple[str, int]]:
    """Table and id of every record that later transactions changed."""
    past = schema.history.c
    rows = connection.execute(select(past.table_name, past.record_id).where(past.audit_seq > seq).distinct())
    return {(table, record_id) for table, record_id in rows}


def _put_back(change: Change, wanted: Record, now: Record, seq: int, later: set[tuple[str, int]]) -> None:
    """Store `wanted` again, unless the record says something else now than the transaction `seq` left there.

    What was changed and changed back since (undone, redone) is no hindrance. Raises UserError MH-LEDGER-23.
    """
    kind = type(wanted)
    name = schema.TABLES[kind].name
    if (name, wanted.id) in later:
        past = schema.history.c
        query = select(past.before).where(past.table_name == name, past.record_id == wanted.id, past.audit_seq > seq)
        left = change.connection.execute(query.order_by(past.id).limit(1)).scalar_one()
        if dataclasses.replace(_record(kind, left), version=now.version) != now:
            raise UserError("MH-LEDGER-23")
    change.put_back(dataclasses.replace(wanted, version=now.version - 1))


def _has_later_records(connection: Connection, added: Sequence[Record]) -> bool:
    """Whether records the transaction did not add itself hang on people or units it added."""
    ours: dict[str, set[int]] = {}
    for record in added:
        ours.setdefault(schema.TABLES[type(record)].name, set()).add(record.id or 0)
    owners: list[tuple[str, type[Any]]] = [
        ("patient_id", Patient),
        ("unit_id", Unit),
        ("staff_id", StaffMember),
        ("session_id", TrainingSession),
    ]
    for column, kind in owners:
        going = ours.get(schema.TABLES[kind].name, set())
        if not going:
            continue
        for table in schema.TABLES.values():
            if column in table.c and "voided_at" in table.c:
                query = select(table.c.id, table.c[column]).where(
                    table.c.voided_at.is_(None), table.c[column].between(min(going), max(going))
                )
                mine = ours.get(table.name, set())
                if any(owner in going and one not in mine for one, owner in connection.execute(query)):
                    return True
    return False


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
