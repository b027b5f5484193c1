"""Lists on paper: 名册, and 失访（死亡）登记."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from db.queries import Connection, records
from db.queries import register as register_queries
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import ContactAttempt, Movement, MovementKind, Patient
from mhdesk.domain.task import QUIET, Task
from mhdesk.reports.paper import lists
from mhdesk.reports.paper.lists import Entry
from mhdesk.reports.paper.persons import diagnosis, label
from mhdesk.services import patients
from mhdesk.services.patients import RegisterFilter, RegisterRow
from mhdesk.services.printing import gather
from mhdesk.services.printing.document import Document, noted
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_CHUNK = 500
_SHOWN_ATTEMPTS = 5
_LONGEST_NOTE = 40  # characters in a list


def register_list(
    ledger: Ledger,
    chosen: RegisterFilter | Sequence[int] | None = None,
    *,
    today: date,
    sort: str = "village",
    task: Task = QUIET,
) -> Document:
    """名册 on landscape paper: whom a filter keeps, or these people in their order; None: everybody registered.

    序号 counts the printed lines.

    Raises UsageError MH-PAPER-01 for an empty list.
    """
    if chosen is None or isinstance(chosen, RegisterFilter):
        ids = patients.register_ids(ledger, chosen=chosen or RegisterFilter(status="registered"), sort=sort)
    else:
        ids = list(chosen)
    entries: list[Entry] = []
    with ledger.read() as connection:
        places = gather.Places(ledger, connection)
        for start in range(0, len(ids), _CHUNK):
            task.step(start, len(ids), text("paper.gathering"))
            chunk = list(ids[start : start + _CHUNK])
            rows = {row.id: row for row in register_queries.register_rows(connection, chunk)}
            for patient in gather.people(connection, chunk):
                entries.append(_register_entry(len(entries) + 1, patient, rows[patient.id or 0]))
    if not entries:
        raise UsageError("MH-PAPER-01")
    form = lists.form(
        "register",
        text("paper.titles.register"),
        entries,
        left=text("paper.list.unit", unit=places.own()),
        right=text("paper.list.date", day=today.isoformat(), count=len(entries)),
        foot=text("paper.list.foot"),
    )
    return noted(ledger, "register", [form], people=len(entries))


def _register_entry(serial: int, patient: Patient, row: RegisterRow) -> Entry:
    return Entry(
        {
            "serial": str(serial),
            "name": patient.name,
            "sex": label("sex", patient.sex),
            "birth_date": patient.birth_date.iso() if patient.birth_date else "",
            "id_number": patient.id_number or "",
            "village": row.village or row.institution or "",
            "current_address": patient.current_address or "",
            "guardian_name": patient.guardian_name or "",
            "guardian_phone": patient.guardian_phone or "",
            "diagnosis": diagnosis(patient),
            "risk_level": label("risk_level", row.risk_level),
            "visit_class": label("visit_class", row.visit_class),
            "colour": label("colour", row.colour),
            "guardianship": label("guardianship", patient.guardianship),
            "last_visit_date": row.last_visit_date or "",
            "next_visit_date": row.next_visit_date or "",
            "note": _short(patient.note or ""),
        }
    )


def _short(note: str) -> str:
    """A note in the last column of a list; ten thousand characters stay in the file."""
    return note if len(note) <= _LONGEST_NOTE else note[:_LONGEST_NOTE] + text("paper.list.more")


class _End(NamedTuple):
    """How somebody was lost or died."""

    kind: str  # lost, died
    day: date
    reason: str


def loss_or_death(ledger: Ledger, patient_ids: Sequence[int] | None = None, *, today: date) -> Document:
    """失访（死亡）登记表: those of these people who are lost or died; None: everybody lost now or dead this year.

    Raises UserError MH-PAPER-03 when there is nobody; else as `mhdesk.services.printing.supplement`.
    """
    entries: list[Entry] = []
    with ledger.read() as connection:
        places = gather.Places(ledger, connection)
        ids = _ended_ids(connection) if patient_ids is None else patient_ids
        if patient_ids is None and not ids:
            raise UserError("MH-PAPER-03")
        for patient in gather.people(connection, ids):
            visits = gather.visits(connection, patient.id or 0)
            end = _end(connection, patient, visits)
            if end is not None and (patient_ids is not None or end.kind == "lost" or end.day.year == today.year):
                attempts = records.find(connection, ContactAttempt, patient_id=patient.id)
                entries.append(_ended_entry(len(entries) + 1, patient, end, visits, attempts))
    if not entries:
        raise UserError("MH-PAPER-03")
    form = lists.form(
        "loss",
        text("paper.titles.loss"),
        entries,
        left=text("paper.list.unit", unit=places.own()),
        right=text("paper.list.date", day=today.isoformat(), count=len(entries)),
        foot=text("paper.list.foot"),
    )
    return noted(ledger, "loss", [form], people=len(entries))


def _ended_ids(connection: Connection) -> list[int]:
    query = register_queries.register_ids
    found = [*query(connection, RegisterFilter(status="lost")), *query(connection, RegisterFilter(status="died"))]
    return sorted(set(found))


def _end(connection: Connection, patient: Patient, visits: Sequence[FollowUp]) -> _End | None:
    moves = records.find(connection, Movement, patient_id=patient.id)
    latest = max(moves, key=lambda one: (one.happened_on, one.id or 0), default=None)
    if latest is not None and latest.kind == MovementKind.DIED:
        return _End("died", latest.happened_on, _death_reason(latest, visits))
    newest = visits[-1] if visits else None
    if newest is None or newest.lost_reason is None or newest.visit_date is None:
        return None
    reason = newest.lost_reason_other or ""
    words = label("lost_reason", newest.lost_reason)
    return _End("lost", newest.visit_date, f"{words}：{reason}" if reason else words)


def _death_reason(movement: Movement, visits: Sequence[FollowUp]) -> str:
    visit = next((one for one in visits if one.id == movement.follow_up_id), None)
    words = [label("death_reason", movement.reason)]
    if visit is not None and visit.death_disease:
        words.append(label("death_disease", visit.death_disease))
    return "：".join(word for word in words if word)


def _ended_entry(
    serial: int, patient: Patient, end: _End, visits: Sequence[FollowUp], attempts: Sequence[ContactAttempt]
) -> Entry:
    last = gather.last_complete(visits)
    guardian = [patient.guardian_name, patient.guardian_relation]
    return Entry(
        {
            "serial": str(serial),
            "name": patient.name,
            "sex": label("sex", patient.sex),
            "id_number": patient.id_number or "",
            "current_address": patient.current_address or "",
            "guardian": "\n".join(part for part in guardian if part),
            "guardian_phone": patient.guardian_phone or "",
            "diagnosis": diagnosis(patient),
            "kind": text(f"paper.list.{end.kind}"),
            "date": end.day.isoformat(),
            "reason": end.reason,
            "last_seen": "\n".join(_seen(last)),
            "attempts": "\n".join(_tries(attempts)),
        }
    )


def _seen(last: FollowUp | None) -> Iterator[str]:
    if last is not None and last.visit_date is not None:
        yield last.visit_date.isoformat()
        facts = (label("risk_level", last.risk_level), label("visit_class", last.visit_class))
        yield " ".join(part for part in facts if part)


def _tries(attempts: Sequence[ContactAttempt]) -> Iterator[str]:
    latest = sorted(attempts, key=lambda one: (one.attempted_on, one.id or 0))[-_SHOWN_ATTEMPTS:]
    for one in latest:
        facts = (one.attempted_on.isoformat(), label("visit_form", one.mode), label("attempt_result", one.result))
        yield " ".join(part for part in facts if part)
