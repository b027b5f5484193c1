"""Colours: the last assessment of each person, as of a day."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from db import schema


class LastRow(NamedTuple):
    """The last assessment of a person. Dates as ISO text."""

    id: int
    patient_id: int
    colour: str
    assessed_on: str
    next_on: str | None


def latest(connection: Connection, *, before: date | None = None) -> dict[int, LastRow]:
    """The last assessment of everybody who has one, of those made before a day."""
    table = schema.colour_assessment.c
    query = (
        select(table.id, table.patient_id, table.colour, table.assessed_on, table.next_on)
        .where(table.voided_at.is_(None))
        .order_by(table.assessed_on, table.id)
    )
    if before is not None:
        query = query.where(table.assessed_on < before.isoformat())
    return {row.patient_id: LastRow(*row) for row in connection.execute(query)}


def assessed(connection: Connection, *, before: date) -> dict[int, list[tuple[str, str]]]:
    """Day (ISO) and colour of every assessment made before a day, by person, in order."""
    table = schema.colour_assessment.c
    query = (
        select(table.patient_id, table.assessed_on, table.colour)
        .where(table.voided_at.is_(None), table.assessed_on < before.isoformat())
        .order_by(table.assessed_on, table.id)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for patient_id, on, colour in connection.execute(query):
        found.setdefault(patient_id, []).append((on, colour))
    return found


def current() -> ColumnElement[str | None]:
    """SQL for a person's colour: that of the last assessment, else the one in the register."""
    table = schema.colour_assessment.c
    last = (
        select(table.colour)
        .where(table.patient_id == schema.patient.c.id, table.voided_at.is_(None))
        .order_by(table.assessed_on.desc(), table.id.desc())
        .limit(1)
        .correlate(schema.patient)
        .scalar_subquery()
    )
    return func.coalesce(last, schema.patient.c.colour)
