"""What came into the ledger after a report was counted (补录), was changed or was taken out since.

Every kind of record a roll-up counts is looked at, so that no cell can differ without a record that says why. What
"after" means is the transaction, not the clock: a report names the audit row it was counted at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, func, select, text

from db import schema
from db.past import Moment, Since


class LateRow(NamedTuple):
    """A record that changed after a report was counted although it tells of a day before its cut-off.

    `change`: added 补录, changed 修改, voided 作废. `kind` is the record's table. `patient_id` None: the record is
    about no person, and `title` says what it is called.
    """

    kind: str
    record_id: int
    patient_id: int | None
    happened_on: date | None
    changed_at: datetime
    changed_by: str
    change: str
    title: str | None = None


class _Told(NamedTuple):
    """The columns of the day a record tells of and of what it is called."""

    day: str | None = None
    title: str | None = None


_TOLD: Mapping[Table, _Told] = {
    schema.patient: _Told("registered_on"),
    schema.follow_up: _Told("visit_date"),
    schema.movement: _Told("happened_on"),
    schema.contact_attempt: _Told("attempted_on"),
    schema.snooze: _Told("snoozed_on"),
    schema.discharge_note: _Told("received_on"),
    schema.transfer: _Told("happened_on"),
    schema.medication_order: _Told("started_on"),
    schema.dispensing: _Told("dispensed_on"),
    schema.injection: _Told("injected_on"),
    schema.joint_visit: _Told("visited_on"),
    schema.emergency: _Told("happened_at"),
    schema.exchange_row: _Told(),
    schema.checkup: _Told("checked_on"),
    schema.rehabilitation: _Told("served_on"),
    schema.colour_assessment: _Told("assessed_on"),
    schema.unit: _Told(None, "name"),
    schema.unit_year: _Told(None, "year"),
    schema.exchange_sheet: _Told("sent_on", "number"),
    schema.staff_post: _Told("started_on", "position"),
    schema.training_session: _Told("held_on", "title"),
    schema.attendance: _Told(None, "name"),
}
#: The kinds that may be listed.
KINDS = tuple(table.name for table in _TOLD)
_OWN = {"version"}


def late(connection: Connection, *, since: Moment, cut_off: date) -> list[LateRow]:
    """Records entered, changed or voided after `since` that tell of a day up to `cut_off`, newest change first.

    What was changed and changed back since is not among them.
    """
    known, last = Since(connection, since), cut_off.isoformat()
    found = [row for table, told in _TOLD.items() for row in _of_table(connection, known, table, told, last)]
    return sorted(found, key=lambda one: one.changed_at, reverse=True)


def _of_table(connection: Connection, known: Since, table: Table, told: _Told, last: str) -> Iterator[LateRow]:
    starts, ends = known.added.get(table.name, ((), ()))
    for first, final in zip(starts, ends, strict=True):
        query = select(table).where(table.c.id.between(first, final), table.c.voided_at.is_(None))
        for found in connection.execute(query).mappings():
            row = dict(found)
            if _is_told(row, told, last):
                yield _row(table, told, row, row["entered_at"], row["entered_by"], "added")
    replaced = known.replaced.get(table.name)
    if not replaced:
        return
    wanted = text("id IN (SELECT value FROM json_each(:ids))").bindparams(ids=json.dumps(list(replaced)))
    latest = _latest(connection, table, list(replaced))
    for found in connection.execute(select(table).where(wanted)).mappings().all():
        row, before = dict(found), json.loads(replaced[found["id"]])
        if known.is_later(table.name, row["id"], row["entered_at"]):
            continue
        if (_is_told(row, told, last) or _is_told(before, told, last)) and _differs(connection, table, row, before):
            change = "voided" if row["voided_at"] else "changed"
            yield _row(table, told, row, *latest[row["id"]], change)


def _is_told(row: Mapping[str, Any], told: _Told, last: str) -> bool:
    """Whether a version tells of a day up to `last`, or of none."""
    day = row[told.day] if told.day else None
    return day is None or str(day)[: len(last)] <= last


def _differs(connection: Connection, table: Table, row: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether the record says something else than before."""
    if any(row[name] != before.get(name) for name in row if name not in _OWN):
        return True
    if table is not schema.follow_up:
        return False
    drugs = schema.follow_up_drug
    now = connection.execute(select(drugs).where(drugs.c.follow_up_id == row["id"]).order_by(drugs.c.line)).mappings()
    lines = [{name: one[name] for name in one if name not in ("follow_up_id", "line")} for one in now]
    return bool(lines != before.get("drugs", []))


def _latest(connection: Connection, table: Table, ids: list[int]) -> Mapping[int, tuple[str, str]]:
    """When and by whom each of some records was changed last."""
    past = schema.history.c
    wanted = text("record_id IN (SELECT value FROM json_each(:ids))").bindparams(ids=json.dumps(ids))
    query = select(past.record_id, past.changed_at, past.changed_by, func.max(past.id)).where(
        past.table_name == table.name, wanted
    )
    return {row[0]: (row[1], row[2]) for row in connection.execute(query.group_by(past.record_id))}


def _row(table: Table, told: _Told, row: Mapping[str, Any], at: str, by: str, change: str) -> LateRow:
    patient_id = row["id"] if table is schema.patient else row.get("patient_id")
    day = row[told.day] if told.day else None
    return LateRow(
        table.name,
        row["id"],
        patient_id,
        date.fromisoformat(str(day)[:10]) if day else None,
        datetime.fromisoformat(at),
        by,
        change,
        str(row[told.title]) if told.title and row[told.title] is not None else None,
    )
