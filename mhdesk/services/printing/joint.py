"""Joint work on paper. A sheet of exchange leaves the house: people with the least, and the log says how many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from db.queries import records
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.joint import Emergency, ExchangeRow, ExchangeSheet, JointVisit, Meeting, MeetingState
from mhdesk.domain.patient import Patient
from mhdesk.domain.transfer import DischargeNote
from mhdesk.forms.load import form
from mhdesk.reports.paper import joint
from mhdesk.reports.paper.lists import Entry
from mhdesk.reports.paper.persons import label
from mhdesk.services.joint import records as joint_records
from mhdesk.services.printing import gather
from mhdesk.services.printing.document import Document, noted
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection

_SHOWN_PEOPLE = 6


def emergency(ledger: Ledger, record_id: int | Sequence[int]) -> Document:
    """应急处置记录单 (表12). Raises UserError MH-LEDGER-24 for an unknown one, MH-PAPER-06 a voided person."""
    ids = [record_id] if isinstance(record_id, int) else list(record_id)
    items = form("emergency").by_key
    with ledger.read() as connection:
        places = gather.Places(ledger, connection)
        found = [records.get(connection, Emergency, one) for one in ids]
        people = _people(connection, [one.patient_id for one in found])
        forms = [
            joint.emergency(one, people[one.patient_id], items, unit=places.institution(people[one.patient_id].unit_id))
            for one in found
        ]
    return noted(ledger, "emergency", forms, people=len(people))


def joint_visit(ledger: Ledger, record_id: int | Sequence[int]) -> Document:
    """联合随访记录表. Raises as `emergency`."""
    ids = [record_id] if isinstance(record_id, int) else list(record_id)
    items = form("joint_visit").by_key
    with ledger.read() as connection:
        places = gather.Places(ledger, connection)
        found = [records.get(connection, JointVisit, one) for one in ids]
        people = _people(connection, [one.patient_id for one in found])
        forms = [
            joint.joint_visit(
                one, people[one.patient_id], items, unit=places.institution(people[one.patient_id].unit_id)
            )
            for one in found
        ]
    return noted(ledger, "joint_visit", forms, people=len(people))


def discharge_note(ledger: Ledger, record_id: int | Sequence[int]) -> Document:
    """出院信息单 (表4) as it was received, with the first visit after it. Raises as `emergency`."""
    ids = [record_id] if isinstance(record_id, int) else list(record_id)
    items = form("discharge_note").by_key
    with ledger.read() as connection:
        places = gather.Places(ledger, connection)
        found = [records.get(connection, DischargeNote, one) for one in ids]
        people = _people(connection, [one.patient_id for one in found])
        visits = {
            one.id: one.visit_date
            for one in records.load_many(
                connection, FollowUp, [each.follow_up_id for each in found if each.follow_up_id]
            )
        }
        forms = [
            joint.discharge_note(
                one,
                people[one.patient_id],
                items,
                unit=places.institution(people[one.patient_id].unit_id),
                visited_on=visits.get(one.follow_up_id),
            )
            for one in found
        ]
    return noted(ledger, "discharge_note", forms, people=len(people))


def exchange(ledger: Ledger, sheet_id: int) -> Document:
    """信息交换表 (表9) with its receipt. Who was named by mistake (file taken back since) is counted, not named again.

    Raises UserError MH-LEDGER-24 an unknown one, MH-LEDGER-25 a voided one.
    """
    with ledger.read() as connection:
        sheet = records.get(connection, ExchangeSheet, sheet_id)
        if sheet.voided_at is not None:
            raise UserError("MH-LEDGER-25")
        places = gather.Places(ledger, connection)
        every = records.find(connection, ExchangeRow, sheet_id=sheet_id)
        rows = sorted(joint_records.kept(connection, ExchangeRow, sheet_id=sheet_id), key=lambda one: one.row)
        people = _people(connection, [one.patient_id for one in rows])
        entries = [_entry(place, one, people[one.patient_id], places, sheet) for place, one in enumerate(rows, 1)]
        own = places.own()
    side = label("exchange_side", sheet.other_side)
    made = joint.exchange(sheet, entries, unit=own, other_side=side, left_out=len(every) - len(rows))
    return noted(ledger, "exchange", [made], people=len(people))


def _entry(place: int, row: ExchangeRow, patient: Patient, places: gather.Places, sheet: ExchangeSheet) -> Entry:
    return Entry(
        {
            "serial": str(place),
            "name": patient.name,
            "sex": label("sex", patient.sex),
            "age": joint.years(patient, sheet.last_day),
            "village": places.village(patient.unit_id) or places.institution(patient.unit_id),
            "guardian": patient.guardian_name or "",
            "phone": patient.guardian_phone or "",
            "risk": label("risk_level", row.risk_level),
            "reason": label("exchange_reason", row.reason),
            "content": row.content or "",
        }
    )


def meetings(ledger: Ledger, *, first: date, last: date, today: date) -> Document:
    """会议与督查台账: those held in [first, last]. Raises UserError MH-JOINT-60 when there is none."""
    with ledger.read() as connection:
        places = gather.Places(ledger, connection)
        held = [
            one for one in records.find(connection, Meeting, state=MeetingState.HELD) if first <= one.held_on <= last
        ]
    if not held:
        raise UserError("MH-JOINT-60")
    ordered = sorted(held, key=lambda one: (one.held_on, one.id or 0))
    entries = [_meeting(place, one, places) for place, one in enumerate(ordered, 1)]
    period = text("paper.joint.period", first=first.isoformat(), last=last.isoformat())
    made = joint.meetings(entries, unit=places.own(), period=period, day=today)
    return noted(ledger, "meetings", [made], people=0)


def _meeting(place: int, one: Meeting, places: gather.Places) -> Entry:
    said = [f"{each.unit}{each.name}" for each in one.participants[:_SHOWN_PEOPLE]]
    if len(one.participants) > _SHOWN_PEOPLE:
        said.append(text("paper.joint.and_more", count=len(one.participants)))
    return Entry(
        {
            "serial": str(place),
            "day": one.held_on.isoformat(),
            "kind": label("meeting_kind", one.kind),
            "unit": places.village(one.unit_id) if one.unit_id else "",
            "place": one.place or "",
            "chair": one.chair or "",
            "people": str(one.people or len(one.participants) or ""),
            "participants": "、".join(said),
            "topics": one.topics or "",
            "decisions": one.decisions or "",
        }
    )


def _people(connection: Connection, ids: Sequence[int]) -> dict[int, Patient]:
    return {one.id or 0: one for one in gather.people(connection, ids)} if ids else {}
