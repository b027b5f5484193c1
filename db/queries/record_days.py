"""Days of records other than follow-up sheets, by person and kind, and figures of a period by unit.

What a roll-up counts beside visits comes from here. A new table joins by one line in a table below; the indicators
that count it are in `mhdesk.rules.indicators.joint` and `staff`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, func, or_, select, union_all

from db import schema
from mhdesk.domain.codes import code_list
from mhdesk.domain.joint import Direction
from mhdesk.domain.transfer import TransferKind

#: Whom information is exchanged with.
SIDES = code_list("exchange_side").codes


class Source(NamedTuple):
    """Where records of one kind lie: a table with `id`, `patient_id` and `voided_at`, and its column of the day."""

    table: FromClause
    day: str
    condition: ColumnElement[bool] | None = None


def _exchanges(*, side: str | None = None) -> Source:
    """People named on sheets that were sent: to one side, or to any."""
    sheet, row = schema.exchange_sheet.c, schema.exchange_row.c
    query = (
        select(row.id, row.patient_id, row.voided_at, sheet.sent_on)
        .join_from(schema.exchange_row, schema.exchange_sheet, sheet.id == row.sheet_id)
        .where(sheet.voided_at.is_(None), sheet.direction == Direction.SENT, sheet.sent_on.is_not(None))
    )
    if side is not None:
        query = query.where(sheet.other_side == side)
    return Source(query.subquery(), "sent_on")


def _emergencies() -> FromClause:
    table = schema.emergency.c
    day = func.substr(table.happened_at, 1, 10).label("day")
    return select(table.id, table.patient_id, table.voided_at, day).subquery()


def _incidents() -> FromClause:
    """What was dangerous and stands on no visit: emergencies for danger to oneself or others, and joint visits."""
    emergency, joint = schema.emergency.c, schema.joint_visit.c
    day = func.substr(emergency.happened_at, 1, 10).label("day")
    handled = select(emergency.id, emergency.patient_id, emergency.voided_at, day).where(
        emergency.causes.contains("1") | emergency.causes.contains("2")
    )
    seen = select(joint.id, joint.patient_id, joint.voided_at, joint.visited_on.label("day")).where(
        joint.incidents.contains("1") | joint.incidents.contains("2") | joint.incidents.contains("3")
    )
    return union_all(handled, seen).subquery()


def _seen_at_joint_visits(*codes: str) -> Source:
    """Joint visits that tell of these incidents (code list ``incident``)."""
    told = or_(*(schema.joint_visit.c.incidents.contains(code) for code in codes))
    return Source(schema.joint_visit, "visited_on", told)


#: Kind of record -> where it lies.
RECORDS: Mapping[str, Source] = {
    "referral": Source(schema.transfer, "happened_on", schema.transfer.c.kind == TransferKind.REFERRAL_UP),
    "joint_visit": Source(schema.joint_visit, "visited_on"),
    "exchange": _exchanges(),
    **{f"exchange_{side}": _exchanges(side=side) for side in SIDES},
    "emergency": Source(_emergencies(), "day"),
    "incident": Source(_incidents(), "day"),
    "trouble": _seen_at_joint_visits("2", "3"),
    "nuisance": _seen_at_joint_visits("1"),
    "checkup": Source(schema.checkup, "checked_on"),
    "rehabilitation": Source(schema.rehabilitation, "served_on"),
}


def record_days(connection: Connection, *, first: date, end: date) -> dict[int, dict[str, Sequence[int]]]:
    """By patient: kind -> ordinal days in order, from `first` up to but not including `end`."""
    found: dict[int, dict[str, Sequence[int]]] = {}
    days: dict[str, int] = {}
    for kind, source in RECORDS.items():
        table, on = source.table.c, source.table.c[source.day]
        query = (
            select(table.patient_id, on)
            .where(table.voided_at.is_(None), on >= first.isoformat(), on < end.isoformat())
            .order_by(on, table.id)
        )
        if source.condition is not None:
            query = query.where(source.condition)
        for patient_id, iso in connection.execute(query):
            day = days.get(iso)
            if day is None:
                day = days[iso] = date.fromisoformat(iso).toordinal()
            of_person = found.setdefault(patient_id, {})
            of_person[kind] = (*of_person.get(kind, ()), day)
    return found
