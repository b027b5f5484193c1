"""The ledger as it was known at an earlier moment: a copy in memory that every query of `db.queries` can read.

Nothing is ever overwritten, so what stood in a table at any moment can be put together again: a record added by a later
transaction did not exist, a record changed or voided later said what the first version put into the history since then
says. The file itself is only read. A record dated before the moment but entered after it (补录) is not in the copy.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Integer, Table, select, text

from db import engine, schema
from mhdesk.domain.account import ImportBatch, Submission, User
from mhdesk.domain.record import Record
from mhdesk.domain.template import ReportTemplate

#: What is no part of the register's story, and may be large.
_LEFT_OUT = {ImportBatch, Submission, User, ReportTemplate}
#: Everything a copy may hold.
KINDS = tuple(kind for kind in schema.TABLES if issubclass(kind, Record) and kind not in _LEFT_OUT)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where knowledge ends: before the instant `before`, and after the transaction `seq` where a number is known."""

    before: datetime
    seq: int | None = None

    @classmethod
    def end_of(cls, day: date) -> Moment:
        """The end of a day, as the clock on the wall counts days."""
        return cls(datetime.combine(day + timedelta(days=1), time()).astimezone(UTC))

    @classmethod
    def after(cls, connection: Connection, audit_head: str) -> Moment | None:
        """Right after the transaction whose audit row has this hash; None where there is no such row."""
        table = schema.audit.c
        row = connection.execute(select(table.seq, table.at).where(table.hash == audit_head)).first()
        return None if row is None else cls(datetime.fromisoformat(row.at) + _SECOND, row.seq)

    @property
    def _later(self) -> tuple[str, dict[str, Any]]:
        """A condition on audit rows written after the moment, and its parameters."""
        if self.seq is not None:
            return "audit.seq > :seq", {"seq": self.seq}
        # the first transaction made the ledger: without it there is nothing to read
        return "audit.at >= :before AND audit.seq > 1", {
            "before": self.before.astimezone(UTC).isoformat(timespec="seconds")
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """A copy. `put_back`: by table, the records that stand in it as an earlier version than today's."""

    connection: Connection
    put_back: Mapping[str, frozenset[int]] = field(default_factory=dict)


@contextmanager
def as_known(
    connection: Connection,
    moment: Moment,
    *,
    kinds: Collection[type] = KINDS,
    people: Collection[int] | None = None,
) -> Iterator[Reading]:
    """The tables of `kinds` as known at the moment; of records about persons those of `people` only (None: all).

    Who a record was about is read as of then, too: before two files were merged each had its own. Settings have no
    history and stand as they are now. The copy cannot be written to and is gone after the block.
    """
    raw = engine.connect_memory()
    try:
        _make_tables(connection, raw)
        since, put_back = Since(connection, moment), {}
        raw.execute("BEGIN")
        for table in (schema.TABLES[kind] for kind in kinds):
            put_back[table.name] = _Source(connection, since, table, people).fill(raw)
        _copy(raw, schema.setting, connection.execute(select(schema.setting)).all())
        raw.execute("COMMIT")
        over = engine.engine_over(raw)
        with over.connect() as copy, copy.begin():
            yield Reading(copy, put_back)
        over.dispose()
    finally:
        raw.close()


def first_entry(connection: Connection) -> datetime | None:
    """When the first file was entered: no earlier moment can be read."""
    first = connection.execute(text("SELECT min(entered_at) FROM patient")).scalar()
    return datetime.fromisoformat(first) if first else None


def _make_tables(connection: Connection, raw: Any) -> None:
    """The ledger's own tables and indexes, empty."""
    rows = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index') ORDER BY type DESC"
    ).all()
    for (statement,) in rows:
        raw.execute(statement)


def _copy(raw: Any, table: Table, rows: Sequence[Any]) -> None:
    if rows:
        columns, marks = ", ".join(f'"{one.name}"' for one in table.columns), ", ".join("?" * len(table.columns))
        raw.executemany(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', [tuple(row) for row in rows])  # noqa: S608 - our own names


class Since:
    """What later transactions did: the ids they added and the first versions they replaced, by table."""

    def __init__(self, connection: Connection, moment: Moment) -> None:
        condition, parameters = moment._later  # noqa: SLF001 - the two of this module
        self.before = moment.before.astimezone(UTC).isoformat(timespec="seconds")
        self.added: dict[str, tuple[list[int], list[int]]] = {}
        ranges = text(
            "SELECT table_name, first_id, last_id FROM added_range JOIN audit ON audit.seq = added_range.audit_seq"  # noqa: S608
            f" WHERE {condition} ORDER BY first_id"
        )
        for name, first, last in connection.execute(ranges, parameters):
            starts, ends = self.added.setdefault(name, ([], []))
            starts.append(first)
            ends.append(last)
        noted = text("SELECT table_name, min(first_id) FROM added_range GROUP BY table_name")
        self.first_noted: dict[str, int] = {row[0]: row[1] for row in connection.execute(noted)}
        # a bare column beside min() is that of the row with the minimum (a rule of SQLite)
        versions = text(
            "SELECT table_name, record_id, before, min(history.id) FROM history"  # noqa: S608 - our own words
            f" JOIN audit ON audit.seq = history.audit_seq WHERE {condition}"
            " GROUP BY table_name, record_id"
        )
        self.replaced: dict[str, dict[int, str]] = {}
        for name, record_id, before, _ in connection.execute(versions, parameters):
            self.replaced.setdefault(name, {})[record_id] = before

    def is_later(self, name: str, record_id: int, entered_at: str | None) -> bool:
        """Whether a record was added after the moment. Ledgers of the first version did not note who added what."""
        first = self.first_noted.get(name)
        if first is None or record_id < first:
            return entered_at is not None and entered_at >= self.before
        starts, ends = self.added.get(name, ((), ()))
        place = bisect.bisect_right(starts, record_id) - 1
        return place >= 0 and record_id <= ends[place]


class _Source:
    """One table of the ledger, read as of a moment."""

    def __init__(self, connection: Connection, since: Since, table: Table, people: Collection[int] | None) -> None:
        self._connection, self._since, self._table = connection, since, table
        self._replaced = since.replaced.get(table.name, {})
        owner = "id" if table is schema.patient else "patient_id"
        self._owner = owner if people is not None and owner in table.c else None
        self._people = set(people or ())

    def fill(self, raw: Any) -> frozenset[int]:
        """Copy the rows there were; returns the ids of those that say something else today."""
        rows = [
            row for row in self._rows() if row.id not in self._replaced and not self._is_later(row.id, row.entered_at)
        ]
        old = {row["id"]: row for row in self._old_rows()}
        columns = list(self._table.columns)
        _copy(raw, self._table, [*rows, *([_value(row, column) for column in columns] for row in old.values())])
        if self._table is schema.follow_up:
            self._fill_drugs(raw, [row.id for row in rows], old)
        return frozenset(old)

    def _rows(self) -> Iterable[Any]:
        query = select(self._table)
        if self._owner is not None:
            wanted = text(f"{self._owner} IN (SELECT value FROM json_each(:people))")  # noqa: S608 - our own words
            query = query.where(wanted.bindparams(people=json.dumps(sorted(self._people))))
        return self._connection.execute(query)

    def _old_rows(self) -> Iterator[dict[str, Any]]:
        for before in self._replaced.values():
            row = json.loads(before)
            is_wanted = self._owner is None or row[self._owner] in self._people
            if is_wanted and not self._is_later(row["id"], row["entered_at"]):
                yield row

    def _is_later(self, record_id: int, entered_at: str | None) -> bool:
        return self._since.is_later(self._table.name, record_id, entered_at)

    def _fill_drugs(self, raw: Any, unchanged: Sequence[int], old: Mapping[int, Mapping[str, Any]]) -> None:
        table = schema.follow_up_drug
        wanted = text("follow_up_id IN (SELECT value FROM json_each(:ids))").bindparams(ids=json.dumps(unchanged))
        rows: list[Any] = list(self._connection.execute(select(table).where(wanted)))
        for follow_up_id, row in old.items():
            for line, drug in enumerate(row.get("drugs", ()), 1):
                known = {**drug, "follow_up_id": follow_up_id, "line": line}
                rows.append([_value(known, column) for column in table.columns])
        _copy(raw, table, rows)


def _value(row: Mapping[str, Any], column: Column[Any]) -> Any:
    """A stored value; a column younger than the stored version is empty."""
    if column.name in row:
        return row[column.name]
    return None if column.nullable else 0 if isinstance(column.type, Integer) else ""
