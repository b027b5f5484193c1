"""Facts for the data-quality rules: who shares a number, a name, a phone with somebody else on the register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from db.queries.records import load_many
from db.schema import contact_attempt, follow_up, movement, patient
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import ContactAttempt, Movement, Patient

_CHUNK = 500


class PersonFile(NamedTuple):
    """Everything recorded about one person."""

    patient: Patient
    follow_ups: list[FollowUp]
    movements: list[Movement]
    attempts: list[ContactAttempt]


class Shared:
    """What several people on the register have in common, counted once for a whole run."""

    def __init__(self, connection: Connection) -> None:
        """Read the few columns that are compared, of everybody whose record counts."""
        columns = (patient.c.id_number, patient.c.name, patient.c.birth_date, patient.c.guardian_phone, patient.c.phone)
        rows = connection.execute(select(*columns).where(patient.c.voided_at.is_(None))).all()
        self.id_numbers = Counter(row[0] for row in rows if row[0])
        self.births = Counter((row[1], row[2]) for row in rows if row[2])
        self.guardian_phones = Counter((row[1], row[3]) for row in rows if row[3])
        self.own_phones = Counter((row[1], row[4]) for row in rows if row[4])


def count(connection: Connection) -> int:
    """How many people there are to check."""
    return len(_ids(connection))


def files(connection: Connection) -> Iterator[PersonFile]:
    """Everybody's file, by id, a chunk at a time."""
    ids = _ids(connection)
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        visits = _by_person(connection, follow_up, FollowUp, chunk)
        moves = _by_person(connection, movement, Movement, chunk)
        tries = _by_person(connection, contact_attempt, ContactAttempt, chunk)
        for person in load_many(connection, Patient, chunk):
            key = person.id or 0
            yield PersonFile(person, visits.get(key, []), moves.get(key, []), tries.get(key, []))


def _ids(connection: Connection) -> list[int]:
    return list(connection.scalars(select(patient.c.id).where(patient.c.voided_at.is_(None)).order_by(patient.c.id)))


def _by_person(connection: Connection, table: Any, record_type: type[Any], people: list[int]) -> dict[int, list[Any]]:
    wanted = select(table.c.id).where(table.c.patient_id.in_(people), table.c.voided_at.is_(None))
    found: dict[int, list[Any]] = {}
    for record in load_many(connection, record_type, connection.scalars(wanted.order_by(table.c.id))):
        found.setdefault(record.patient_id, []).append(record)
    return found
