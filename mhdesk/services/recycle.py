"""回收站: everything that was voided, of all kinds, with who, when and why; and how it comes back."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from db import schema
from db.queries import recycle as queries
from db.queries.records import find, get
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.services import merge, patients

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger
    from db.queries import Connection

_KINDS: dict[str, type[Any]] = {schema.TABLES[kind].name: kind for kind in queries.SHOWN}


class Voided(NamedTuple):
    """A record in the bin. `kind` is its table; `reason` what was written, or the word of what voided it."""

    kind: str
    id: int
    person_id: int | None
    person_name: str | None
    title: str | None
    happened_on: str | None
    voided_at: datetime
    voided_by: str | None
    reason: str | None


def listed(ledger: Ledger) -> list[Voided]:
    """Everything voided, the latest first."""
    with ledger.read() as connection:
        rows = queries.voided(connection)
    return [
        Voided(
            kind=row.table,
            id=row.id,
            person_id=row.person_id,
            person_name=row.person_name,
            title=row.title,
            happened_on=row.happened_on,
            voided_at=datetime.fromisoformat(row.voided_at).astimezone(UTC),
            voided_by=row.voided_by,
            reason=row.reason,
        )
        for row in rows
    ]


def restore(ledger: Ledger, chosen: Sequence[tuple[str, int]]) -> Changes:
    """Bring records back, in one transaction; a visit brings back the death it reported, a training its roster.

    People come before what belongs to them, so both may be chosen together. Raises UserError: MH-RECYCLE-01 the person
    a record belongs to is voided, 02 the record was merged (take the merge apart instead), 03 somebody has the ID
    number now, 04 the training a row belongs to is voided, MH-LEDGER-24 no such record.
    """
    order = sorted(chosen, key=lambda one: (one[0] != schema.patient.name, one[0] != schema.training_session.name))
    with ledger.change("record.restore") as change:
        for table, record_id in order:
            _restore(change, _KINDS[table], record_id)
    return change.changes


def _restore(change: Change, kind: type[Any], record_id: int) -> None:
    connection = change.connection
    stored = get(connection, kind, record_id)
    if stored.voided_at is None:
        return
    if kind is Patient:
        _check_person(connection, stored)
    elif (owner := getattr(stored, "patient_id", None)) and get(connection, Patient, owner).voided_at is not None:
        raise UserError("MH-RECYCLE-01")
    elif (session := getattr(stored, "session_id", None)) and get(
        connection, TrainingSession, session
    ).voided_at is not None:
        raise UserError("MH-RECYCLE-04")
    seq = queries.voiding(connection, schema.TABLES[kind].name, record_id, stored.version)
    _bring_back(change, stored)
    if kind is Patient:
        patients.write_haystacks(change, {record_id: stored})
    if kind is TrainingSession:
        for row in find(connection, Attendance, include_voided=True, session_id=record_id):
            its = queries.voiding(connection, schema.attendance.name, row.id or 0, row.version)
            if row.voided_at is not None and its == seq:
                _bring_back(change, row)
    if kind is FollowUp:
        for exit_ in find(connection, Movement, include_voided=True, follow_up_id=record_id):
            its = queries.voiding(connection, schema.movement.name, exit_.id or 0, exit_.version)
            if exit_.voided_at is not None and its == seq:
                _bring_back(change, exit_)


def _bring_back(change: Change, stored: Any) -> None:
    change.put_back(dataclasses.replace(stored, voided_at=None, void_reason=None, version=stored.version - 1))


def _check_person(connection: Connection, person: Patient) -> None:
    if person.void_reason == merge.VOID_REASON:
        raise UserError("MH-RECYCLE-02")
    if person.id_number and find(connection, Patient, id_number=person.id_number):
        raise UserError("MH-RECYCLE-03")
