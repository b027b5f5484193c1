"""What joint work waits for, thing by thing: the names behind the numbers on 今日, and what is opened to do each.

The page of a kind lists them (待办), 今日 counts the same list; so a number and its names cannot part.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from db.queries import joint as queries
from db.queries import rollup as rollup_queries
from mhdesk.domain.codes import code_list
from mhdesk.domain.dates import add_months
from mhdesk.domain.support import Assistance
from mhdesk.rules import meetings
from mhdesk.rules.joint_checks import quarters_of
from mhdesk.rules.joint_terms import JointTerms
from mhdesk.services.joint import exchange, records, standing
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_QUARTER = 3


@dataclass(frozen=True)
class Waiting:
    """One thing. `key`: its kind of matter; `day`: by when, or since when; `words` say what is to be done.

    It is done by opening `record_id`, or a new record of the kind `new`: of the person, for the agreement, with `texts`
    filled in.
    """

    key: str
    words: str
    day: date | None = None
    is_late: bool = False
    patient_id: int | None = None
    record_id: int | None = None
    new: str = ""
    agreement_id: int | None = None
    texts: Mapping[str, str] | None = None
    name: str = ""
    village: str = ""


def of_part(ledger: Ledger, part: str, *, today: date) -> list[Waiting]:
    """What waits on one sheet of the page, the late first; nothing for a sheet nothing waits on."""
    found = list(PARTS[part](ledger, today, records.terms(ledger))) if part in PARTS else []
    ids = sorted({one.patient_id for one in found if one.patient_id is not None})
    with ledger.read() as connection:
        people = rollup_queries.people(connection, ids) if ids else {}
    named = [
        replace(one, name=people[one.patient_id].name, village=people[one.patient_id].unit_name)
        if one.patient_id in people
        else one
        for one in found
    ]
    return sorted(named, key=lambda one: (not one.is_late, one.key, one.day or date.max, one.village, one.name))


def everything(ledger: Ledger, *, today: date) -> Iterator[tuple[str, Waiting]]:
    """Everything of every sheet: (sheet, thing); without names, for counting."""
    terms = records.terms(ledger)
    for part, make in PARTS.items():
        for one in make(ledger, today, terms):
            yield part, one


def _emergencies(ledger: Ledger, today: date, terms: JointTerms) -> Iterator[Waiting]:
    for one in standing.open_emergencies(ledger, today=today):
        until = datetime.fromisoformat(one.emergency.happened_at) + timedelta(hours=terms.record_hours)
        key = "unfinished" if one.emergency.ended_at is None else "unwritten"
        yield Waiting(
            "emergency_open",
            text(f"joint.waiting.{key}", happened=one.emergency.happened_at, until=until.strftime("%Y-%m-%d %H:%M")),
            until.date(),
            is_late=one.is_late,
            patient_id=one.emergency.patient_id,
            record_id=one.emergency.id,
        )
    for patient_id in standing.without_emergency(ledger, today=today):
        words = text("joint.waiting.incident_record", days=terms.incident_days)
        yield Waiting("incident_record", words, is_late=True, patient_id=patient_id, new="emergency")


def _exchange(ledger: Ledger, today: date, terms: JointTerms) -> Iterator[Waiting]:
    people = exchange.proposals(ledger, today=today)
    with ledger.read() as connection:
        told = {side: queries.sent_days(connection, side) for side in terms.sides if people}
    for one in people:
        found = one.last_visit_on
        sides = [side for side, days in told.items() if days.get(one.id, "") < str(found or "")]
        names = "、".join(code_list("exchange_side").label(side) for side in sides)
        words = text("joint.waiting.exchange", sides=names)
        yield Waiting("exchange", words, found, is_late=True, patient_id=one.id)
    for sheet in exchange.waiting(ledger, today=today):
        side = code_list("exchange_side").label(sheet.sheet.other_side)
        words = text("joint.waiting.exchange_receipt", number=sheet.sheet.number, side=side, days=sheet.days)
        yield Waiting("exchange_receipt", words, sheet.sheet.sent_on, is_late=sheet.is_late, record_id=sheet.sheet.id)


def _agreements(ledger: Ledger, today: date, terms: JointTerms) -> Iterator[Waiting]:
    with ledger.read() as connection:
        here = queries.registered_ids(connection)
    for one in standing.agreements(ledger, today=today):
        its, patient_id = one.agreement, one.agreement.patient_id
        if patient_id not in here and its.stopped_on is None and its.last_day >= today:
            words = text("joint.waiting.agreement_left", number=its.number)
            yield Waiting("agreement_ends", words, today, is_late=True, patient_id=patient_id, record_id=its.id)
            continue
        if one.to_review:
            ends = dict(quarters_of(its, today, terms.review_months))
            quarters = "、".join(str(each) for each in one.to_review)
            yield Waiting(
                "agreement_review",
                text("joint.waiting.agreement_review", number=its.number, quarters=quarters),
                ends[one.to_review[0]],
                is_late=True,
                patient_id=patient_id,
                new="agreement_review",
                agreement_id=its.id,
                texts={"quarter": str(one.to_review[0])},
            )
        if one.payable:
            words = text("joint.waiting.agreement_pay", number=its.number, quarters=one.payable)
            yield Waiting(
                "agreement_pay",
                words,
                patient_id=patient_id,
                new="agreement_payment",
                agreement_id=its.id,
                texts={"quarters": str(one.payable)},
            )
        if one.ends_soon:
            words = text("joint.waiting.agreement_ends", number=its.number)
            yield Waiting("agreement_ends", words, its.last_day, patient_id=patient_id, record_id=its.id)


def _assistance(ledger: Ledger, today: date, terms: JointTerms) -> Iterator[Waiting]:
    """What ends within the notice, unless the same help goes on afterwards."""
    limit = today + timedelta(days=terms.notice_days)
    with ledger.read() as connection:
        every = records.kept(connection, Assistance)
        here = queries.registered_ids(connection)
    for one in every:
        if one.last_day is None or not today <= one.last_day <= limit or one.patient_id not in here:
            continue
        same = [each for each in every if (each.patient_id, each.kind) == (one.patient_id, one.kind)]
        if not any(each.first_day > one.first_day for each in same):
            words = text("joint.waiting.assistance_ends", kind=code_list("assistance_kind").label(one.kind))
            yield Waiting("assistance_ends", words, one.last_day, patient_id=one.patient_id, record_id=one.id)


def _meetings(ledger: Ledger, today: date, _terms: JointTerms) -> Iterator[Waiting]:
    for line in standing.meetings_missing(ledger, today=today):
        held, kind = line.held, line.held.frequency.kind
        name = code_list("meeting_kind").label(kind)
        texts = {"kind": kind} | ({"unit_id": str(held.unit_id)} if held.unit_id else {})
        for _ in range(held.missing):
            words = text("joint.waiting.meeting_due", kind=name, held=held.held, times=held.frequency.times)
            yield Waiting(
                "meeting_due", words, held.end - timedelta(days=1), new="meeting", texts=texts, village=line.village
            )
    for one in standing.planned_past(ledger, today=today):
        words = text("joint.waiting.meeting_past", kind=code_list("meeting_kind").label(one.kind))
        yield Waiting("meeting_past", words, one.held_on, is_late=True, record_id=one.id)


def _checkups(ledger: Ledger, today: date, _terms: JointTerms) -> Iterator[Waiting]:
    for patient_id in standing.without_checkup(ledger, today=today):
        words = text("joint.waiting.checkup_due", year=today.year)
        yield Waiting("checkup_due", words, date(today.year, 12, 31), patient_id=patient_id, new="checkup")


def _rehabilitation(ledger: Ledger, today: date, terms: JointTerms) -> Iterator[Waiting]:
    """Enrolled and not served this quarter, when it is nearly over; nobody while nobody's services are recorded."""
    start = meetings.period_start(today, _QUARTER)
    last = add_months(start, _QUARTER) - timedelta(days=1)
    if (last - today).days > terms.remind_days:
        return
    with ledger.read() as connection:
        served = queries.served_since(connection, date(today.year, 1, 1))
        enrolled = queries.enrolled(connection)
    if not served:
        return
    for patient_id in sorted(enrolled):
        number = sum(day >= start.isoformat() for day in served.get(patient_id, ()))
        if number < terms.services_per_quarter:
            words = text("joint.waiting.rehabilitation_due", count=number, least=terms.services_per_quarter)
            yield Waiting("rehabilitation_due", words, last, patient_id=patient_id, new="rehabilitation")


#: Sheet of the page -> what waits there. What waits for referrals and discharges has a list of its own (`paths`).
PARTS: Mapping[str, Callable[[Any, date, JointTerms], Iterator[Waiting]]] = {
    "exchange": _exchange,
    "emergency": _emergencies,
    "meeting": _meetings,
    "agreement": _agreements,
    "assistance": _assistance,
    "rehabilitation": _rehabilitation,
    "checkup": _checkups,
}


def kinds() -> Collection[str]:
    """Every kind of matter joint work may wait with."""
    return (
        "emergency_open", "incident_record", "exchange", "exchange_receipt", "agreement_review", "agreement_pay",
        "agreement_ends", "assistance_ends", "meeting_due", "meeting_past", "checkup_due", "rehabilitation_due",
    )  # fmt: skip
