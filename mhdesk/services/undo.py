"""Taking things back: the last action of a user (Ctrl+Z), one import, and putting it back again.

An undo is a transaction of its own that can itself be undone (重做). Merges are taken apart by `mhdesk.services.merge`,
voided records come back by `mhdesk.services.recycle`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from db import audit, schema
from db import undo as store
from db.queries.records import load_many
from mhdesk.domain.account import ImportBatch
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.patient import Patient
from mhdesk.services import patients

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger
    from db.queries import Connection

#: What the program does by itself when a day begins: nobody means it by Ctrl+Z.
_AUTOMATIC = frozenset({"patient.items_in_force"})
_MOST_NAMES = 3
_LOOKED_AT = 200
_CHUNK = 500


class Action(NamedTuple):
    """Something that was done and can be taken back. `names`: the first people it was about."""

    seq: int  # what to hand to `undo`
    at: datetime
    action: str  # dotted word; texts: table undo.action
    objects: int
    names: Sequence[str]


class Undone(NamedTuple):
    """What was taken back; `redo` is what to hand to `undo` to put it back again."""

    action: Action
    redo: int
    changes: Changes


class Batch(NamedTuple):
    """A finished import; `seq` is what to hand to `undo`, None when it was taken back or cannot be."""

    batch: ImportBatch
    seq: int | None


def last(ledger: Ledger) -> Action | None:
    """What this user did last and has not taken back, or None."""
    with ledger.read() as connection:
        targets = store.undos(connection)
        for row in store.undoable(connection, login=ledger.login, most=_LOOKED_AT):
            root, depth = _root(row.seq, targets)
            if store.action_of(connection, root) in _AUTOMATIC:
                continue
            if depth % 2 == 0:  # undone and put back again is done
                return _action(connection, row, root)
    return None


def undo(ledger: Ledger, seq: int) -> Undone:
    """Take a transaction back whole, or put back what an undo took.

    Raises UserError: MH-UNDO-01 cannot be taken back, 02 later records hang on it, MH-LEDGER-23 changed since.
    """
    with ledger.read() as connection:
        row = store.transaction(connection, seq)
        if row is None:
            raise UserError("MH-UNDO-01")
        action = _action(connection, row, _root(seq, store.undos(connection))[0])
        people = [one.id for one in store.touched(connection, seq) if one.table == schema.patient.name]
    changes = store.undo(ledger, seq, then=lambda change: _rewrite_search(change, people))
    with ledger.read() as connection:
        head = audit.head(connection).seq
    return Undone(action, head, changes)


def imports(ledger: Ledger) -> list[Batch]:
    """The imports that stand, newest first, each with what takes it back."""
    batches = ledger.find(ImportBatch)
    with ledger.read() as connection:
        seqs = [store.adding(connection, schema.import_batch.name, batch.id or 0) for batch in batches]
        can = [seq is not None and store.transaction(connection, seq) is not None for seq in seqs]
    found = [Batch(batch, seq if is_ours else None) for batch, seq, is_ours in zip(batches, seqs, can, strict=True)]
    return found[::-1]


def _rewrite_search(change: Change, people: Sequence[int]) -> None:
    """The search box finds people by what their records say now."""
    for start in range(0, len(people), _CHUNK):
        found = load_many(change.connection, Patient, people[start : start + _CHUNK])
        patients.write_haystacks(change, {one.id or 0: one for one in found})


def _root(seq: int, targets: dict[int, int]) -> tuple[int, int]:
    """What an undo of an undo of … is about in the end, and how many undos lie between."""
    depth = 0
    while seq in targets:
        seq, depth = targets[seq], depth + 1
    return seq, depth


def _action(connection: Connection, row: store.Undoable, root: int) -> Action:
    word = store.action_of(connection, root)
    at = datetime.fromisoformat(row.at)
    return Action(row.seq, at, word, row.objects, list(_names(connection, row.seq)))


def _names(connection: Connection, seq: int) -> Iterator[str]:
    """Names of the first people a transaction was about."""
    seen: dict[int, None] = {}
    for one in store.touched(connection, seq)[: _MOST_NAMES * 10]:
        kind = next(kind for kind, table in schema.TABLES.items() if table.name == one.table)
        records: list[Any] = load_many(connection, kind, [one.id])
        for record in records:
            owner = one.id if kind is Patient else getattr(record, "patient_id", None)
            if owner:
                seen[owner] = None
    for person in load_many(connection, Patient, list(seen)[:_MOST_NAMES]):
        yield person.name
