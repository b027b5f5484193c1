"""Rounds: whom to visit and how to reach them, sheets that are out, slips without a receipt, visits to pass on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, case, func, select, text

from db.schema import follow_up, patient, snooze, transfer, unit, visit_sheet, visit_sheet_row


class DueRow(NamedTuple):
    """How a person of the due list is called and reached."""

    id: int
    name: str
    doctor_name: str | None
    guardian_name: str | None
    guardian_phone: str | None
    phone: str | None


class SheetRowFacts(NamedTuple):
    """One row of a printed sheet, with the person on it. `outcome` None: not back yet (未回)."""

    id: int
    sheet_id: int
    sheet_number: int
    row: int
    patient_id: int
    name: str
    printed_on: str
    outcome: str | None
    outcome_on: str | None
    follow_up_id: int | None


class SheetFacts(NamedTuple):
    """A printed sheet with what came back of it."""

    id: int
    number: int
    printed_on: str
    village: str | None
    doctor_name: str | None
    edition: str
    rows: int
    entered: int
    attempted: int
    withdrawn: int


class SlipRow(NamedTuple):
    """A slip (流转单, 转诊单) with the person it is about."""

    id: int
    patient_id: int
    name: str
    kind: str
    slip_number: str
    happened_on: str
    from_unit: str | None
    to_unit: str | None
    reason: str | None
    receipt: str | None
    receipt_on: str | None
    receipt_note: str | None


class PendingVisit(NamedTuple):
    """A visit, and whether it stands in the national system."""

    id: int
    patient_id: int
    name: str
    village: str | None
    visit_date: str
    visit_class: str | None
    doctor_name: str | None
    national_entered_on: str | None


def _among(column: str, ids: Sequence[int]) -> Any:
    """A condition for any number of ids, as one parameter."""
    wanted = f"{column} IN (SELECT value FROM json_each(:ids))"  # noqa: S608 - our own column
    return text(wanted).bindparams(ids=json.dumps(list(ids)))


def due_rows(connection: Connection, ids: Sequence[int]) -> dict[int, DueRow]:
    """How these people are called and reached, by id."""
    columns = ", ".join(DueRow._fields)
    query = f"SELECT {columns} FROM patient WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own columns
    cursor = connection.connection.cursor()  # plain tuples: tens of thousands of them
    try:
        return {row[0]: DueRow._make(row) for row in cursor.execute(query, (json.dumps(list(ids)),))}
    finally:
        cursor.close()


def doctors(connection: Connection) -> list[str]:
    """Everybody who is 责任医生 of somebody."""
    query = select(patient.c.doctor_name).where(patient.c.doctor_name.is_not(None), patient.c.voided_at.is_(None))
    return sorted(set(connection.scalars(query.distinct())))


def doctors_of(connection: Connection) -> dict[int, str]:
    """责任医生 by patient."""
    query = select(patient.c.id, patient.c.doctor_name).where(patient.c.doctor_name.is_not(None))
    return {row[0]: row[1] for row in connection.execute(query)}


def snooze_reasons(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Why the last 暂缓 of each of these people was made."""
    table = snooze.c
    query = (
        select(table.patient_id, table.reason)
        .where(table.voided_at.is_(None), _among("patient_id", ids))
        .order_by(table.snoozed_on, table.id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _row_query() -> Select[Any]:
    row, sheet = visit_sheet_row.c, visit_sheet.c
    source = visit_sheet_row.join(visit_sheet, sheet.id == row.sheet_id).join(patient, patient.c.id == row.patient_id)
    return (
        select(
            row.id, row.sheet_id, sheet.number, row.row, row.patient_id, patient.c.name, sheet.printed_on, row.outcome,
            row.outcome_on, row.follow_up_id,
        )
        .select_from(source)
        .where(row.voided_at.is_(None), sheet.voided_at.is_(None))
        .order_by(sheet.number, row.row)
    )  # fmt: skip


def sheet_rows(connection: Connection, sheet_id: int) -> list[SheetRowFacts]:
    """The rows of a sheet, in their order."""
    found = connection.execute(_row_query().where(visit_sheet_row.c.sheet_id == sheet_id))
    return [SheetRowFacts(*row) for row in found]


def sheet_row(connection: Connection, number: int, row: int) -> SheetRowFacts | None:
    """The row that "3-12" means."""
    query = _row_query().where(visit_sheet.c.number == number, visit_sheet_row.c.row == row)
    found = connection.execute(query).first()
    return SheetRowFacts(*found) if found is not None else None


def open_rows(
    connection: Connection, *, printed_before: str | None = None, patient_id: int | None = None
) -> list[SheetRowFacts]:
    """Rows that are not back (未回) of sheets printed before a day, of one person or of everybody."""
    query = _row_query().where(visit_sheet_row.c.outcome.is_(None))
    if printed_before is not None:
        query = query.where(visit_sheet.c.printed_on < printed_before)
    if patient_id is not None:
        query = query.where(visit_sheet_row.c.patient_id == patient_id)
    return [SheetRowFacts(*row) for row in connection.execute(query)]


def sheets(connection: Connection) -> list[SheetFacts]:
    """Every sheet with its counts, newest first."""
    row, sheet = visit_sheet_row.c, visit_sheet.c

    def count(outcome: str) -> Any:
        return func.coalesce(func.sum(case((row.outcome == outcome, 1), else_=0)), 0)

    source = visit_sheet.join(visit_sheet_row, row.sheet_id == sheet.id).join(
        unit, unit.c.id == sheet.unit_id, isouter=True
    )
    query = (
        select(
            sheet.id, sheet.number, sheet.printed_on, unit.c.name, sheet.doctor_name, sheet.form_edition, func.count(),
            count("entered"), count("attempted"), count("withdrawn"),
        )
        .select_from(source)
        .where(sheet.voided_at.is_(None), row.voided_at.is_(None))
        .group_by(sheet.id)
        .order_by(sheet.number.desc())
    )  # fmt: skip
    return [SheetFacts(*found) for found in connection.execute(query)]


def slips(connection: Connection, *, waiting_only: bool = False) -> list[SlipRow]:
    """Every slip, newest first; `waiting_only`: those sent out that nobody has answered."""
    table = transfer.c
    query = (
        select(table.id, table.patient_id, patient.c.name, *(getattr(table, name) for name in SlipRow._fields[3:]))
        .select_from(transfer.join(patient, patient.c.id == table.patient_id))
        .where(table.voided_at.is_(None))
        .order_by(table.happened_on.desc(), table.id.desc())
    )
    if waiting_only:
        query = query.where(table.receipt.is_(None), table.kind != "in")
    return [SlipRow(*row) for row in connection.execute(query)]


def slip_numbers(connection: Connection, prefix: str) -> list[str]:
    """Slip numbers that begin so, also of voided slips: a number is never used twice."""
    table = transfer.c
    return list(connection.scalars(select(table.slip_number).where(table.slip_number.startswith(prefix))))


def ticks_visits(connection: Connection) -> bool:
    """Whether any visit was ever ticked as entered into the national system."""
    ticked = select(follow_up.c.id).where(follow_up.c.national_entered_on.is_not(None)).limit(1)
    return connection.execute(ticked).first() is not None


def pending_visits(connection: Connection, *, since: str, entered: bool = False) -> list[PendingVisit]:
    """Visits since a day that stand in the national system, or do not, oldest first."""
    visit = follow_up.c
    village = unit.alias("village")
    source = follow_up.join(patient, patient.c.id == visit.patient_id).join(
        village, village.c.id == patient.c.unit_id, isouter=True
    )
    is_entered = visit.national_entered_on.is_not(None)
    query = (
        select(
            visit.id, visit.patient_id, patient.c.name, village.c.name, visit.visit_date, visit.visit_class,
            visit.doctor_name, visit.national_entered_on,
        )
        .select_from(source)
        .where(visit.voided_at.is_(None), patient.c.voided_at.is_(None), visit.visit_date >= since)
        .where(is_entered if entered else ~is_entered)
        .order_by(visit.visit_date, visit.id)
    )  # fmt: skip
    return [PendingVisit(*row) for row in connection.execute(query)]
