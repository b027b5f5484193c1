"""Questions about joint work: who was told to whom, next sheet number, reported acts, people without a check-up."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, func, select, text

from db import schema
from mhdesk.domain.joint import Direction


class LastVisit(NamedTuple):
    """The last complete visit of somebody."""

    id: int
    visit_date: str
    risk_level: str | None
    visit_class: str | None


def voided_people(connection: Connection) -> set[int]:
    """Whose file was taken back. Nobody who was merged has a record left: they moved to the file kept."""
    table = schema.patient.c
    return set(connection.execute(select(table.id).where(table.voided_at.is_not(None))).scalars())


def next_sheet_number(connection: Connection) -> int:
    """A number no exchange sheet has had, voided ones included."""
    return int(connection.execute(select(func.coalesce(func.max(schema.exchange_sheet.c.number), 0))).scalar_one()) + 1


def sent_days(connection: Connection, side: str) -> dict[int, str]:
    """By patient: the last day a sheet naming the person was sent to this side."""
    sheet, row = schema.exchange_sheet.c, schema.exchange_row.c
    query = (
        select(row.patient_id, func.max(sheet.sent_on))
        .join_from(schema.exchange_row, schema.exchange_sheet, sheet.id == row.sheet_id)
        .where(
            row.voided_at.is_(None),
            sheet.voided_at.is_(None),
            sheet.direction == Direction.SENT,
            sheet.other_side == side,
            sheet.sent_on.is_not(None),
        )
        .group_by(row.patient_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def visits_with_acts(connection: Connection, first: date, last: date, acts: Collection[str]) -> dict[int, int]:
    """By patient: the latest visit in these days that reports one of these acts."""
    table = schema.follow_up.c
    query = (
        select(table.patient_id, table.id, table.dangerous_acts)
        .where(
            table.voided_at.is_(None),
            table.visit_date.between(first.isoformat(), last.isoformat()),
            table.dangerous_acts.not_in(("", "7:0")),
        )
        .order_by(table.visit_date, table.id)
    )
    return {
        patient_id: follow_up_id
        for patient_id, follow_up_id, packed in connection.execute(query)
        if {part.partition(":")[0] for part in packed.split(",")} & set(acts)
    }


def last_visits(connection: Connection, ids: Sequence[int], last: date) -> dict[int, LastVisit]:
    """The last complete visit of these people up to a day."""
    table = schema.follow_up.c
    query = (
        select(table.patient_id, table.id, table.visit_date, table.risk_level, table.visit_class)
        .where(
            table.voided_at.is_(None),
            table.visit_date <= last.isoformat(),
            table.lost_reason.is_(None),
            table.risk_level.is_not(None),
            text("follow_up.patient_id IN (SELECT value FROM json_each(:ids))").bindparams(ids=json.dumps(list(ids))),
        )
        .order_by(table.visit_date, table.id)
    )
    return {row[0]: LastVisit(*row[1:]) for row in connection.execute(query)}


def checked_since(connection: Connection, first: date) -> set[int]:
    """Who had a check-up on or after a day."""
    table = schema.checkup.c
    query = select(table.patient_id).where(table.voided_at.is_(None), table.checked_on >= first.isoformat())
    return set(connection.execute(query).scalars())


def registered_ids(connection: Connection) -> set[int]:
    """Who is on the register."""
    from db.queries import register

    return set(register.register_ids(connection, register.RegisterFilter(status="registered")))


def enrolled(connection: Connection) -> set[int]:
    """Who is on the register and, as the file says, enrolled for community rehabilitation."""
    table = schema.patient.c
    query = select(table.id).where(table.voided_at.is_(None), table.community_rehabilitation == "2")
    return set(connection.execute(query).scalars()) & registered_ids(connection)


def served_since(connection: Connection, first: date) -> dict[int, list[str]]:
    """By patient: the days of rehabilitation services since a day."""
    table = schema.rehabilitation.c
    query = select(table.patient_id, table.served_on).where(
        table.voided_at.is_(None), table.served_on >= first.isoformat()
    )
    found: dict[int, list[str]] = {}
    for patient_id, day in connection.execute(query):
        found.setdefault(patient_id, []).append(day)
    return found


def emergency_days(connection: Connection, first: date) -> dict[int, list[str]]:
    """By patient: the days of emergencies recorded since a day."""
    table = schema.emergency.c
    query = select(table.patient_id, func.substr(table.happened_at, 1, 10)).where(
        table.voided_at.is_(None), table.happened_at >= first.isoformat()
    )
    found: dict[int, list[str]] = {}
    for patient_id, day in connection.execute(query):
        found.setdefault(patient_id, []).append(day)
    return found
