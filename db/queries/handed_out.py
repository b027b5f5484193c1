"""What was dispensed and injected in a stretch of days, with whom it was for: what the printed registers list."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, select

from db import schema
from db.records import from_row
from mhdesk.domain.medication import Dispensing, Injection
from mhdesk.domain.patient import Patient

T = TypeVar("T", Dispensing, Injection)


class Receiver(NamedTuple):
    """Who got it."""

    id: int
    name: str
    unit_id: int | None
    phone: str


def dispensed(connection: Connection, start: date, end: date) -> list[tuple[Dispensing, Receiver]]:
    """What was dispensed in [start, end), by day."""
    return _between(connection, Dispensing, "dispensed_on", start, end)


def injected(connection: Connection, start: date, end: date) -> list[tuple[Injection, Receiver]]:
    """What was injected in [start, end), by day."""
    return _between(connection, Injection, "injected_on", start, end)


def _between(connection: Connection, kind: type[T], day: str, start: date, end: date) -> list[tuple[T, Receiver]]:
    table, person = schema.TABLES[kind], schema.TABLES[Patient]
    query = (
        select(table)
        .add_columns(
            person.c.name.label("_name"),
            person.c.unit_id.label("_unit"),
            person.c.guardian_phone.label("_guardian_phone"),
            person.c.phone.label("_phone"),
        )
        .join(person, person.c.id == table.c.patient_id)
        .where(table.c[day] >= start.isoformat(), table.c[day] < end.isoformat())
        .where(table.c.voided_at.is_(None), person.c.voided_at.is_(None))
        .order_by(table.c[day], table.c.id)
    )
    return [
        (
            from_row(kind, row),  # type: ignore[arg-type]
            Receiver(row["patient_id"], row["_name"], row["_unit"], row["_guardian_phone"] or row["_phone"] or ""),
        )
        for row in connection.execute(query).mappings()
    ]
