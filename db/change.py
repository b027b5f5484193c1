"""One transaction's worth of changes: every record keeps its history, nothing is overwritten or deleted."""

from __future__ import annotations

import dataclasses
import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Delete, Executable, Insert, Table, Update, delete, insert, update
from sqlalchemy.dialects.sqlite import insert as upsert

from db import schema
from db.audit import Head
from db.queries.records import get
from db.records import column_names, to_row, to_values
from mhdesk.domain.account import Draft
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.record import Record

R = TypeVar("R", bound=Record)
_ORIGIN = ("id", "uuid", "entered_at", "entered_by", "version", "voided_at", "void_reason")
#: Rows of one statement; a bigger batch gains nothing.
_BATCH = 5000
_RECORD_TABLES = {table.name for kind, table in schema.TABLES.items() if kind is not Draft} | {
    "follow_up_drug",
    "history",
    "audit",
}


class Change:
    """Handed out by `Ledger.change`; only valid inside that block."""

    def __init__(
        self, connection: Connection, *, action: str, login: str, moment: datetime, reason: str | None, before: Head
    ) -> None:
        """Only `Ledger.change` makes one."""
        self.connection = connection
        self.action = action
        self.reason = reason
        self._login = login
        self._moment = moment
        self._now = moment.astimezone(UTC).isoformat(timespec="seconds")
        self._before = before
        self._topics: dict[str, set[int]] = {}
        self._whole: set[str] = set()
        self._fields: set[str] = set()
        self._count = 0
        self._first: tuple[str, str] | None = None
        self._ranges: list[tuple[str, int, int]] = []

    @property
    def changes(self) -> Changes:
        """What was changed so far; complete after the block."""
        topics = {topic: frozenset(ids) for topic, ids in self._topics.items()}
        return Changes(topics | {topic: frozenset() for topic in self._whole})

    def add(self, record: Record, *, keep_origin: bool = False) -> int:
        """Insert one record; see `add_many`. Returns its id."""
        return self.add_many([record], keep_origin=keep_origin)[0]

    def add_many(self, records: Iterable[Record], *, keep_origin: bool = False) -> list[int]:
        """Insert records that have no id yet, child rows too; returns their ids in order.

        Uuid, entry time and login are set here. With `keep_origin` those a record brings along stay (records of
        another ledger, merged in). Raises ValueError when a record already has an id.
        """
        everything = list(records)
        ids = [0] * len(everything)
        kinds: dict[type, list[int]] = {}
        for place, record in enumerate(everything):
            kinds.setdefault(type(record), []).append(place)
        for kind, places in kinds.items():
            new_ids = self._insert(kind, [everything[place] for place in places], keep_origin=keep_origin)
            for place, new_id in zip(places, new_ids, strict=True):
                ids[place] = new_id
        return ids

    def replace(self, record: Record) -> None:
        """Store a changed record; the previous version goes to the history. Nothing happens when nothing differs.

        Where it came from (uuid, entry, voiding) stays as stored. Raises UserError: MH-LEDGER-23 somebody changed it
        since it was read (its `version` differs), MH-LEDGER-24 no such record, MH-LEDGER-25 voided.
        """
        stored = self._stored(type(record), record.id, record.version)
        values = {name: getattr(stored, name) for name in _ORIGIN}
        wanted = dataclasses.replace(record, **values)
        changed = [
            field.name
            for field in dataclasses.fields(record)
            if getattr(wanted, field.name) != getattr(stored, field.name)
        ]
        if not changed:
            return
        self._remember(stored)
        self._fields.update(changed)
        self._update(dataclasses.replace(wanted, version=stored.version + 1))
        if isinstance(wanted, FollowUp) and "drugs" in changed:
            self._replace_drugs(wanted)

    def void(self, record_type: type[R], record_id: int, reason: str) -> None:
        """Take a record out of every list and number, with a reason; it stays readable in its history.

        Raises UserError: MH-LEDGER-24 no such record, MH-LEDGER-25 voided already, MH-LEDGER-36 no reason given.
        """
        if not reason.strip():
            raise UserError("MH-LEDGER-36")
        stored = self._stored(record_type, record_id, None)
        self._remember(stored, reason)
        self._fields.add("voided_at")
        self._update(
            dataclasses.replace(stored, voided_at=self._moment, void_reason=reason, version=stored.version + 1)
        )

    def put_back(self, before: Record) -> None:
        """Store an earlier version again, also over a voided record; what stands there now goes to the history.

        Raises UserError: MH-LEDGER-23 somebody changed the record after the version that followed `before`,
        MH-LEDGER-24 no such record.
        """
        stored = get(self.connection, type(before), cast("int", before.id))
        if stored.version != before.version + 1:
            raise UserError("MH-LEDGER-23")
        self._remember(stored)
        self._fields.add("put_back")
        self._update(dataclasses.replace(before, version=stored.version + 1))
        if isinstance(before, FollowUp):
            self._replace_drugs(before)

    def set_setting(self, key: str, value: Any) -> None:
        """Store a setting; `value` is anything JSON can say."""
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
        statement = upsert(schema.setting).values(key=key, value=text)
        self.connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": text}))
        self._whole.add("setting")
        self._fields.add(f"setting.{key}")

    def save_draft(self, draft: Draft) -> None:
        """Keep an unfinished form; the older draft of the same login, form and subject is dropped."""
        row = to_row(dataclasses.replace(draft, saved_at=self._moment))
        del row["id"]
        changed = {name: row[name] for name in ("values", "saved_at")}
        statement = upsert(schema.draft).values(row)
        self.connection.execute(
            statement.on_conflict_do_update(index_elements=["login", "form", "subject_id"], set_=changed)
        )
        self._whole.add("draft")

    def drop_draft(self, login: str, form: str, subject_id: int = 0) -> None:
        """Forget a draft, if there is one."""
        table = schema.draft
        self.connection.execute(
            delete(table).where(table.c.login == login, table.c.form == form, table.c.subject_id == subject_id)
        )
        self._whole.add("draft")

    def execute(self, statement: Executable, parameters: Mapping[str, Any] | list[Any] | None = None) -> Any:
        """Write a table that holds no records (``patient_search``, ``setting``, ``draft``).

        Raises RuntimeError for a table of records: those go through `add`, `replace` and `void`, which keep a history.
        """
        table = getattr(statement, "table", None)
        if not isinstance(statement, Insert | Update | Delete) or not isinstance(table, Table):
            raise TypeError("only an insert, update or delete of a table")
        if table.name in _RECORD_TABLES:
            raise RuntimeError("records are changed by add, replace and void only")
        self._whole.add(table.name)
        return self.connection.execute(statement, parameters)

    def touch(self, topic: str, count: int = 1) -> None:
        """Count something this transaction did that is no record of its own (a printed form, a user's password)."""
        self._whole.add(topic)
        self._count += count

    @property
    def audit_facts(self) -> tuple[str | None, str | None, int, str | None]:
        """Kind and uuid of the one object (None for several), how many, and the names of changed fields."""
        kind, identity = self._first if self._first and self._count == 1 else (None, None)
        if kind is None and len(self._topics) == 1:
            kind = next(iter(self._topics))
        return kind, identity, self._count, ",".join(sorted(self._fields)) or None

    @property
    def only_drafts(self) -> bool:
        """Whether nothing but drafts was written."""
        return not self._topics and self._whole <= {"draft"} and not self._count

    def _insert(self, kind: type, records: list[Record], *, keep_origin: bool) -> list[int]:
        table, names = schema.TABLES[kind], column_names(kind)
        last = self.connection.exec_driver_sql(f'SELECT coalesce(max(id), 0) FROM "{table.name}"').scalar_one()  # noqa: S608 - our own table's name
        has_uuid, rows = "uuid" in names, []
        id_at = names.index("id")
        uuid_at, at, by, version_at = (names.index(name) if has_uuid else -1 for name in _ORIGIN[1:5])
        for new_id, record in enumerate(records, last + 1):
            values = to_values(record)
            if values[id_at] is not None:
                raise ValueError("the record has an id already")
            values[id_at] = new_id
            if has_uuid:
                if not (keep_origin and values[uuid_at]):
                    values[uuid_at] = str(uuid.uuid4())
                if not (keep_origin and values[at]):
                    values[at], values[by] = self._now, self._login
                if not keep_origin:
                    values[version_at] = 1
            rows.append(tuple(values))
        self._insert_rows(table.name, names, rows)
        ids = list(range(last + 1, last + 1 + len(records)))
        if ids:
            self._note_range(table.name, ids[0], ids[-1])
        if kind is FollowUp:
            self._insert_drugs(ids, cast("list[FollowUp]", records))
        self._count_in(table.name, ids)
        if self._first is None and has_uuid:
            self._first = (table.name, rows[0][uuid_at])
        return ids

    def _replace_drugs(self, follow_up: FollowUp) -> None:
        table = schema.follow_up_drug
        self.connection.execute(delete(table).where(table.c.follow_up_id == follow_up.id))
        self._insert_drugs([cast("int", follow_up.id)], [follow_up])

    def _note_range(self, table: str, first: int, last: int) -> None:
        """Remember what was added, neighbouring ids as one range."""
        if self._ranges and self._ranges[-1][0] == table and self._ranges[-1][2] + 1 == first:
            first = self._ranges.pop()[1]
        self._ranges.append((table, first, last))

    def write_ranges(self) -> None:
        """Store what was added, so that the transaction can be undone. `Ledger.change` calls it before it commits."""
        rows = [
            {"audit_seq": self._before.seq + 1, "table_name": table, "first_id": first, "last_id": last}
            for table, first, last in self._ranges
        ]
        if rows:
            self.connection.execute(insert(schema.added_range), rows)

    def _insert_drugs(self, ids: list[int], follow_ups: list[FollowUp]) -> None:
        rows = [
            (follow_up_id, line, *to_values(drug))
            for follow_up_id, follow_up in zip(ids, follow_ups, strict=True)
            for line, drug in enumerate(follow_up.drugs, 1)
        ]
        if rows:
            self._insert_rows("follow_up_drug", ("follow_up_id", "line", *column_names(DrugLine)), rows)

    def _insert_rows(self, table: str, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        """Insert many rows, leaving out columns nobody fills: binding a NULL costs as much as storing it."""
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            filled = [
                (name, column)
                for name, column in zip(names, zip(*batch, strict=True), strict=True)
                if column.count(None) < len(batch)
            ]
            columns, marks = ", ".join(f'"{name}"' for name, _ in filled), ", ".join("?" * len(filled))
            values = list(zip(*(column for _, column in filled), strict=True))
            self.connection.exec_driver_sql(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', values)  # noqa: S608 - our own names

    def _stored(self, record_type: type[R], record_id: int | None, version: int | None) -> R:
        if record_id is None:
            raise UserError("MH-LEDGER-24")
        stored = get(self.connection, record_type, record_id)
        if stored.voided_at is not None:
            raise UserError("MH-LEDGER-25")
        if version is not None and stored.version != version:
            raise UserError("MH-LEDGER-23")
        return stored

    def _update(self, record: Record) -> None:
        table = schema.TABLES[type(record)]
        self.connection.execute(update(table).where(table.c.id == record.id), to_row(record))
        self._count_in(table.name, [cast("int", record.id)])
        self._first = self._first or (table.name, record.uuid)

    def _remember(self, stored: Record, reason: str | None = None) -> None:
        """Put the version that is about to go into the history."""
        before: dict[str, Any] = to_row(stored)
        if isinstance(stored, FollowUp):
            before["drugs"] = [to_row(drug) for drug in stored.drugs]
        self.connection.execute(
            insert(schema.history),
            {
                "table_name": schema.TABLES[type(stored)].name,
                "record_id": stored.id,
                "version": stored.version,
                "changed_at": self._now,
                "changed_by": self._login,
                "action": self.action,
                "reason": reason or self.reason,
                "before": json.dumps(before, ensure_ascii=False, sort_keys=True),
                "audit_seq": self._before.seq + 1,
            },
        )

    def _count_in(self, topic: str, ids: list[int]) -> None:
        self._topics.setdefault(topic, set()).update(ids)
        self._count += len(ids)
