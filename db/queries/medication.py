"""Medication of many people at once: sheets with drug lines, orders, dispensings, injections, stock, odd names."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select, union_all

from db import schema
from db.queries.records import load_many
from db.records import column_value, counts_from_text, from_row, row_reader
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.medication import (
    AdverseReaction,
    Dispensing,
    Injection,
    LaboratoryResult,
    MedicationOrder,
    StockMovement,
)
from mhdesk.domain.patient import MovementKind, Patient
from mhdesk.domain.record import Record, record_of

R = TypeVar("R", bound=Record)
#: The day of each kind of record.
DAYS: dict[type[Record], str] = {
    MedicationOrder: "started_on",
    Dispensing: "dispensed_on",
    Injection: "injected_on",
    StockMovement: "moved_on",
    AdverseReaction: "noticed_on",
    LaboratoryResult: "taken_on",
}
_NAMED = (schema.medication_order, schema.dispensing, schema.injection, schema.stock_movement)
_SHEET = ("id", "patient_id", "visit_date", "lost_reason", "risk_level", "hospitalization", "adherence")


class PersonRow(NamedTuple):
    """Who somebody is, for lists of medication. Texts as stored."""

    id: int
    name: str
    id_number: str | None
    unit_id: int | None
    unit_name: str | None
    guardian_name: str | None
    guardian_phone: str | None
    phone: str | None
    doctor_name: str | None
    diagnosis: str | None
    guardianship: str | None
    record_number: str | None


class LastSheet(NamedTuple):
    """The last complete visit, as far as medicine is concerned."""

    id: int
    visited_on: date
    adherence: str | None
    hospitalization: str | None


class NameRow(NamedTuple):
    """A drug name as written, and how often."""

    table: str
    drug_name: str
    drug_key: str | None
    uses: int


def people_with_records(connection: Connection, *, since: date) -> list[int]:
    """People on the register whose medicine is recorded here: orders at any time, the rest since a day."""
    chosen = union_all(
        select(schema.medication_order.c.patient_id).where(schema.medication_order.c.voided_at.is_(None)),
        select(schema.dispensing.c.patient_id).where(
            schema.dispensing.c.voided_at.is_(None), schema.dispensing.c.dispensed_on >= since.isoformat()
        ),
        select(schema.injection.c.patient_id).where(
            schema.injection.c.voided_at.is_(None), schema.injection.c.injected_on >= since.isoformat()
        ),
    ).subquery()
    people = schema.patient.c
    query = select(people.id).where(people.voided_at.is_(None), people.id.in_(select(chosen.c.patient_id)))
    return [row[0] for row in connection.execute(query.order_by(people.id))]


def persons(connection: Connection, ids: Iterable[int]) -> dict[int, PersonRow]:
    """Names, villages, guardians and telephones."""
    table, units = schema.patient.c, schema.unit.c
    query = (
        select(
            table.id,
            table.name,
            table.id_number,
            table.unit_id,
            units.name,
            table.guardian_name,
            table.guardian_phone,
            table.phone,
            table.doctor_name,
            table.diagnosis,
            table.guardianship,
            table.record_number,
        )
        .join(schema.unit, units.id == table.unit_id, isouter=True)
        .where(_among(table.id, ids))
    )
    return {row[0]: PersonRow(*tuple(row)) for row in connection.execute(query)}


def left_register(connection: Connection, *, until: date, ids: Iterable[int] | None = None) -> dict[int, date]:
    """Who has died or moved away by a day, and when."""
    table = schema.movement.c
    query = select(table.patient_id, table.happened_on, table.kind).where(
        table.voided_at.is_(None), table.happened_on <= until.isoformat()
    )
    if ids is not None:
        query = query.where(_among(table.patient_id, ids))
    last: dict[int, tuple[str, str]] = {}
    for patient_id, day, kind in connection.execute(query.order_by(table.happened_on, table.id)):
        last[patient_id] = (day, kind)
    return {one: date.fromisoformat(day) for one, (day, kind) in last.items() if kind != MovementKind.MOVED_IN}


def sheets(connection: Connection, *, since: date, ids: Iterable[int]) -> dict[int, list[FollowUp]]:
    """Follow-ups since a day as far as medicine is concerned, drug lines included, in order, by person."""
    wanted = list(ids)
    table, lines = schema.follow_up, schema.follow_up_drug
    drugs: dict[int, tuple[DrugLine, ...]] = {}
    join = (
        select(lines)
        .join(table, table.c.id == lines.c.follow_up_id)
        .where(table.c.voided_at.is_(None), table.c.visit_date >= since.isoformat(), _among(table.c.patient_id, wanted))
        .order_by(lines.c.follow_up_id, lines.c.line)
    )
    listed = connection.execute(join)
    names = tuple(listed.keys())
    for line in listed.all():
        drug = dict(zip(names, line, strict=True))
        owner = drug["follow_up_id"]
        drugs[owner] = (*drugs.get(owner, ()), from_row(DrugLine, drug))
    query = (
        select(*(table.c[name] for name in _SHEET))
        .where(table.c.voided_at.is_(None), table.c.visit_date >= since.isoformat(), _among(table.c.patient_id, wanted))
        .order_by(table.c.visit_date, table.c.id)
    )
    found: dict[int, list[FollowUp]] = {}
    for row in connection.execute(query).all():
        values: dict[str, Any] = dict(zip(_SHEET, row, strict=True))
        values["visit_date"] = date.fromisoformat(values["visit_date"])
        values["drugs"] = drugs.get(values["id"], ())
        found.setdefault(values["patient_id"], []).append(record_of(FollowUp, values))
    return found


def of_people(
    connection: Connection, kind: type[R], ids: Iterable[int] | None = None, *, since: date | None = None
) -> dict[int, list[R]]:
    """Records of one kind by person, in order of their day; of everybody without `ids`."""
    found: dict[int, list[R]] = {}
    for record in between(connection, kind, since=since, ids=ids):
        found.setdefault(record.patient_id, []).append(record)  # type: ignore[attr-defined]
    return found


def between(
    connection: Connection,
    kind: type[R],
    *,
    since: date | None = None,
    until: date | None = None,
    ids: Iterable[int] | None = None,
) -> list[R]:
    """Records of one kind in order of their day, from `since` up to but not including `until`."""
    table, day = schema.TABLES[kind], DAYS[kind]
    query = select(table).where(table.c.voided_at.is_(None)).order_by(table.c[day], table.c.id)
    if since is not None:
        query = query.where(table.c[day] >= since.isoformat())
    if until is not None:
        query = query.where(table.c[day] < until.isoformat())
    if ids is not None:
        query = query.where(_among(table.c.patient_id, ids))
    if "patient_id" in table.c:
        live = select(schema.patient.c.id).where(schema.patient.c.voided_at.is_(None))
        query = query.where(table.c.patient_id.in_(live))
    found = connection.execute(query)
    return list(map(row_reader(kind, tuple(found.keys())), found.all()))


def names(connection: Connection) -> list[NameRow]:
    """Every drug name as written, with its key and how often, by table; of follow-ups too."""
    parts: list[Select[Any]] = [
        select(literal(table.name), table.c.drug_name, table.c.drug_key, func.count())
        .where(table.c.voided_at.is_(None))
        .group_by(table.c.drug_name, table.c.drug_key)
        for table in _NAMED
    ]
    lines = schema.follow_up_drug
    parts.append(
        select(literal(lines.name), lines.c.drug_name, literal(None), func.count())
        .join(schema.follow_up, schema.follow_up.c.id == lines.c.follow_up_id)
        .where(schema.follow_up.c.voided_at.is_(None), lines.c.drug_name != "")
        .group_by(lines.c.drug_name)
    )
    return [NameRow(*row) for part in parts for row in connection.execute(part)]


def named(connection: Connection, kind: type[R], drug_name: str) -> list[R]:
    """Records that carry a drug name without a key."""
    table = schema.TABLES[kind]
    query = select(table.c.id).where(
        table.c.voided_at.is_(None),
        table.c.drug_key.is_(None),
        table.c.drug_name == column_value(kind, "drug_name", drug_name),
    )
    return load_many(connection, kind, [row[0] for row in connection.execute(query)])


def last_sheets(connection: Connection, *, until: date, ids: Iterable[int] | None = None) -> dict[int, LastSheet]:
    """The last complete visit by a day, by person; of everybody without `ids`."""
    table = schema.follow_up.c
    query = (
        select(table.patient_id, table.id, func.max(table.visit_date), table.adherence, table.hospitalization)
        .where(
            table.voided_at.is_(None),
            table.lost_reason.is_(None),
            table.visit_date <= until.isoformat(),
            table.risk_level.is_not(None) | (table.hospitalization == literal("1")),
            table.patient_id.in_(select(schema.patient.c.id).where(schema.patient.c.voided_at.is_(None))),
        )
        .group_by(table.patient_id)
    )
    if ids is not None:
        query = query.where(_among(table.patient_id, ids))
    return {
        row[0]: LastSheet(row[1], date.fromisoformat(row[2]), row[3], row[4])
        for row in connection.execute(query)  # bare columns are those of the row with the maximum (a rule of SQLite)
    }


def candidates(connection: Connection) -> list[Patient]:
    """Everybody who is not voided, for the criteria of long-acting treatment."""
    table = schema.patient
    query = select(table.c.id, table.c.guardianship).where(table.c.voided_at.is_(None)).order_by(table.c.id)
    return [record_of(Patient, dict(row)) for row in connection.execute(query).mappings()]


def risks(connection: Connection, *, since: date, ids: Iterable[int]) -> dict[int, list[FollowUp]]:
    """Sheets since a day with 危险性, 危险行为 and 用药依从性 alone, in order, by person."""
    table = schema.follow_up
    names = (*_SHEET, "dangerous_acts")
    query = (
        select(*(table.c[name] for name in names))
        .where(table.c.voided_at.is_(None), table.c.visit_date >= since.isoformat(), _among(table.c.patient_id, ids))
        .order_by(table.c.visit_date, table.c.id)
    )
    found: dict[int, list[FollowUp]] = {}
    for row in connection.execute(query).all():
        values: dict[str, Any] = dict(zip(names, row, strict=True))
        values["visit_date"] = date.fromisoformat(values["visit_date"])
        values["dangerous_acts"] = counts_from_text(values["dangerous_acts"])
        found.setdefault(values["patient_id"], []).append(record_of(FollowUp, values))
    return found


def _among(column: ColumnElement[Any], ids: Iterable[int]) -> ColumnElement[bool]:
    """Whether `column` is one of many ids, however many: a list as one JSON parameter."""
    return column.in_(select(func.json_each(json.dumps(list(ids))).table_valued("value").c.value))
