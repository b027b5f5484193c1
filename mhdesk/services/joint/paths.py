"""双向转诊 and 出院信息单 with the visits they start: what went out or came in, and the first visit after it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from db.queries import records as stored
from db.queries import rollup as queries
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.transfer import DischargeNote, Transfer
from mhdesk.rules.schedule import add_workdays
from mhdesk.services import rulesets

if TYPE_CHECKING:
    from db.ledger import Ledger


class Path(NamedTuple):
    """A slip or a note, and the complete visit it started. `due_on`: by when, where the rule set says so."""

    kind: str  # a transfer's kind, or "discharge"
    id: int
    patient_id: int
    name: str
    village: str
    day: date
    other_side: str
    receipt: str | None
    due_on: date | None
    follow_up_id: int | None
    visited_on: date | None

    @property
    def is_waiting(self) -> bool:
        """Whether the visit has not been made."""
        return self.visited_on is None


def listed(ledger: Ledger, *, patient_id: int | None = None) -> list[Path]:
    """Every referral, transfer and discharge note, newest first; those without their visit are told."""
    workdays = rulesets.choice(ledger).default.terms.discharge_visit_workdays
    wanted: dict[str, Any] = {} if patient_id is None else {"patient_id": patient_id}
    with ledger.read() as connection:
        slips = stored.find(connection, Transfer, **wanted)
        notes = stored.find(connection, DischargeNote, **wanted)
        ids = sorted({one.patient_id for one in slips} | {one.patient_id for one in notes})
        people = queries.people(connection, ids) if ids else {}
        visits = {one: stored.find(connection, FollowUp, patient_id=one) for one in ids}
    found = []
    for slip in slips:
        first = _first_visit(visits[slip.patient_id], slip.happened_on)
        person = people[slip.patient_id]
        found.append(
            Path(slip.kind, slip.id or 0, slip.patient_id, person.name, person.unit_name, slip.happened_on,
                 (slip.from_unit if slip.kind == "in" else slip.to_unit) or "", slip.receipt, None,
                 first.id if first else None, first.visit_date if first else None)
        )  # fmt: skip
    for note in notes:
        answer = next((one for one in visits[note.patient_id] if one.id == note.follow_up_id), None)
        person = people[note.patient_id]
        found.append(
            Path("discharge", note.id or 0, note.patient_id, person.name, person.unit_name, note.received_on,
                 note.hospital or "", None, add_workdays(note.received_on, workdays),
                 note.follow_up_id, answer.visit_date if answer else None)
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.day, one.id), reverse=True)


def _first_visit(visits: list[FollowUp], day: date) -> FollowUp | None:
    """The first complete visit after a day."""
    after = [one for one in visits if one.visit_date is not None and one.visit_date > day and one.is_complete]
    return min(after, key=lambda one: (one.visit_date or date.max, one.id or 0), default=None)
