"""First and last days on which something is recorded about people."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from db.schema import follow_up, movement


class VisitSpan(NamedTuple):
    """The first and the last visit of somebody."""

    first: date
    last: date


def visit_spans(connection: Connection) -> dict[int, VisitSpan]:
    """Of everybody who was ever visited, by patient."""
    visit = follow_up.c
    query = (
        select(visit.patient_id, func.min(visit.visit_date), func.max(visit.visit_date))
        .where(visit.voided_at.is_(None), visit.visit_date.is_not(None))
        .group_by(visit.patient_id)
    )
    found = connection.execute(query)
    return {row[0]: VisitSpan(date.fromisoformat(row[1]), date.fromisoformat(row[2])) for row in found}


def first_day(connection: Connection, patient_id: int) -> date | None:
    """The first day of a visit or a movement of somebody; None where there is neither."""
    visits = select(func.min(follow_up.c.visit_date)).where(
        follow_up.c.patient_id == patient_id, follow_up.c.voided_at.is_(None)
    )
    moves = select(func.min(movement.c.happened_on)).where(
        movement.c.patient_id == patient_id, movement.c.voided_at.is_(None)
    )
    days = [connection.execute(query).scalar() for query in (visits, moves)]
    return min((date.fromisoformat(day) for day in days if day), default=None)
