"""What an import must know of the ledger, read once: who is there, who left, which visits, and columns to compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from db import schema
from db.records import column_names, column_writers, to_values
from mhdesk.domain.follow_up import DrugLine


class PersonKeys(NamedTuple):
    """What a row of a file can be recognised by; dates as stored text."""

    id: int
    id_number: str | None
    name: str
    birth_date: str | None
    guardian_phone: str | None
    record_number: str | None
    registered_on: str | None


class MovementKeys(NamedTuple):
    """A stored movement; the date as stored text."""

    id: int
    patient_id: int
    kind: str
    happened_on: str
    follow_up_id: int | None


class VisitKeys(NamedTuple):
    """What makes a visit one and the same: patient, date and form; the date as stored text."""

    id: int
    patient_id: int
    visit_date: str | None
    visit_form: str | None


def people(connection: Connection) -> list[PersonKeys]:
    """Everybody whose record is not voided."""
    table = schema.patient
    columns = [table.c[name] for name in PersonKeys._fields]
    return [PersonKeys(*row) for row in connection.execute(select(*columns).where(table.c.voided_at.is_(None)))]


def movements(connection: Connection) -> list[MovementKeys]:
    """All movements that are not voided, oldest first."""
    table = schema.movement
    columns = [table.c[name] for name in MovementKeys._fields]
    statement = select(*columns).where(table.c.voided_at.is_(None)).order_by(table.c.happened_on, table.c.id)
    return [MovementKeys(*row) for row in connection.execute(statement)]


def visits(connection: Connection) -> list[VisitKeys]:
    """All visits that are not voided."""
    table = schema.follow_up
    columns = [table.c[name] for name in VisitKeys._fields]
    return [VisitKeys(*row) for row in connection.execute(select(*columns).where(table.c.voided_at.is_(None)))]


def stored_columns(
    connection: Connection, record_type: type, names: Sequence[str], ids: Iterable[int]
) -> dict[int, tuple[Any, ...]]:
    """The columns `names` as stored, by id, of these records."""
    table = schema.TABLES[record_type]
    wanted = set(ids)
    statement = select(table.c.id, *(table.c[name] for name in names))
    return {row[0]: tuple(row)[1:] for row in connection.execute(statement) if row[0] in wanted}


def stored_drugs(connection: Connection, follow_up_ids: Iterable[int]) -> dict[int, list[tuple[Any, ...]]]:
    """Drug lines as stored (columns in the order of the dataclass), by follow-up."""
    table = schema.follow_up_drug
    wanted = set(follow_up_ids)
    columns = [table.c[name] for name in column_names(DrugLine)]
    statement = select(table.c.follow_up_id, *columns).order_by(table.c.follow_up_id, table.c.line)
    found: dict[int, list[tuple[Any, ...]]] = {}
    for owner, *values in connection.execute(statement):
        if owner in wanted:
            found.setdefault(owner, []).append(tuple(values))
    return found


class ColumnWriter:
    """Field values of one kind of record as the columns would hold them. Made once, used for many rows."""

    def __init__(self, record_type: type) -> None:
        """Knows how each field is stored."""
        self._writers = column_writers(record_type)

    def __call__(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """None stays None."""
        writers = self._writers
        return {name: None if value is None else writers[name](value) for name, value in values.items()}


def drug_columns(drugs: Iterable[DrugLine]) -> list[tuple[Any, ...]]:
    """Drug lines as `stored_drugs` gives them."""
    return [tuple(to_values(drug)) for drug in drugs]
