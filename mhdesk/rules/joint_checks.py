"""What is wrong with a record of joint work, assistance, check-up or outreach. Problems are returned, never raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar, cast

from mhdesk.domain.dates import PartialDate, add_months
from mhdesk.domain.joint import Emergency, ExchangeSheet, JointVisit, Meeting, MeetingState
from mhdesk.domain.outreach import Outreach, ServicePoint
from mhdesk.domain.patient import Patient
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.support import Agreement, AgreementPayment, AgreementReview, Assistance, CheckUp, Rehabilitation
from mhdesk.domain.transfer import DischargeNote
from mhdesk.rules.joint_terms import JointTerms

#: The codes of all findings here.
CODES = (
    "MH-JOINT-01",
    "MH-JOINT-02",
    "MH-JOINT-03",
    "MH-JOINT-04",
    "MH-JOINT-05",
    "MH-JOINT-07",
    "MH-JOINT-08",
    "MH-JOINT-09",
    "MH-JOINT-12",
    "MH-JOINT-13",
    "MH-JOINT-14",
    "MH-JOINT-15",
    "MH-JOINT-16",
    "MH-JOINT-17",
    "MH-JOINT-18",
    "MH-JOINT-19",
    "MH-JOINT-20",
    "MH-JOINT-21",
    "MH-JOINT-22",
    "MH-JOINT-23",
    "MH-JOINT-24",
    "MH-JOINT-25",
    "MH-JOINT-26",
    "MH-JOINT-27",
    "MH-JOINT-28",
    "MH-JOINT-29",
    "MH-JOINT-30",
    "MH-JOINT-31",
    "MH-JOINT-32",
    "MH-JOINT-38",
    "MH-JOINT-39",
    "MH-JOINT-40",
    "MH-JOINT-41",
    "MH-JOINT-42",
    "MH-JOINT-43",
    "MH-JOINT-44",
    "MH-JOINT-45",
    "MH-JOINT-46",
)
PASSED = "1"  # code list review_result: 合格
_CENT = 0.005  # sums of money are compared to the cent
_POLICE_LEVEL = 3
_REFUSED = "0"  # code list consent: 不同意参加管理
_AGREED = "2"  # yes_no: 是
_INPATIENT, _MISSING = "2", "3"  # code list whereabouts


@dataclass(frozen=True)
class Around:
    """What a record is judged with. Lists hold other records than the one under judgement.

    `others`: of the same kind and person; of what is about nobody, of the same day (service points: all); `agreement`
    and its `reviews` and `payments`: for entries of an agreement. `left_on`: the day the person died or moved away.
    """

    today: date
    terms: JointTerms
    patient: Patient | None = None
    left_on: date | None = None
    others: Sequence[Any] = ()
    agreement: Agreement | None = None
    reviews: Sequence[AgreementReview] = ()
    payments: Sequence[AgreementPayment] = ()


T = TypeVar("T")
Check = Callable[[Any, Around], Iterator[Problem]]


def check(record: Any, around: Around) -> list[Problem]:
    """Everything wrong with a record: errors block it, warnings are said."""
    found = [*CHECKS[type(record)](record, around)]
    day = happened_on(record)
    if day is not None and around.patient is not None:
        found += _against_life(DAY_FIELDS[type(record)], day, around)
    return found


#: The field that says when it happened.
DAY_FIELDS: Mapping[type, str] = {
    JointVisit: "visited_on",
    ExchangeSheet: "last_day",
    Emergency: "happened_at",
    DischargeNote: "received_on",
    Meeting: "held_on",
    Agreement: "signed_on",
    AgreementReview: "reviewed_on",
    AgreementPayment: "paid_on",
    Assistance: "first_day",
    Rehabilitation: "served_on",
    CheckUp: "checked_on",
    Outreach: "held_on",
    ServicePoint: "opened_on",
}


def happened_on(record: Any) -> date | None:
    """The day a record is about."""
    value = getattr(record, DAY_FIELDS[type(record)])
    return date.fromisoformat(value[:10]) if isinstance(value, str) else cast("date | None", value)


def quarters_of(agreement: Agreement, until: date, months: int) -> list[tuple[int, date]]:
    """The quarters of an agreement that are over by `until`: number and last day. A stopped one has no later ones."""
    end = min(agreement.last_day, agreement.stopped_on or agreement.last_day)
    found = []
    number = 1
    while (last := add_months(agreement.first_day, months * number) - timedelta(days=1)) <= min(end, until):
        found.append((number, last))
        number += 1
    return found


def _error(code: str, field: str, **params: object) -> Problem:
    return Problem(code, field, Severity.ERROR, params)


def _warning(code: str, field: str, **params: object) -> Problem:
    return Problem(code, field, Severity.WARNING, params)


def _against_life(field: str, day: date, around: Around) -> Iterator[Problem]:
    """Nothing happens to somebody before birth or after death and departure."""
    born = around.patient.birth_date if around.patient is not None else None
    if born is not None and PartialDate.of(day).certainly_before(born):
        yield _error("MH-JOINT-02", field, born=born.iso())
    if around.left_on is not None and day > around.left_on:
        # quarters before a death or a departure are still reviewed and paid for afterwards
        make, code = (_warning, "MH-JOINT-41") if around.agreement is not None else (_error, "MH-JOINT-03")
        yield make(code, field, day=around.left_on.isoformat())


def _not_future(field: str, day: date | None, around: Around) -> Iterator[Problem]:
    if day is not None and day > around.today:
        yield _error("MH-JOINT-01", field, day=day.isoformat())


def _in_order(first: str, start: T | None, second: str, end: T | None) -> Iterator[Problem]:
    """The second does not come before the first; named at the second."""
    if start is not None and end is not None and end < start:  # type: ignore[operator]  # dates or moments
        yield _error("MH-JOINT-04", second, first=first, second=second)


def _joint_visit(record: JointVisit, around: Around) -> Iterator[Problem]:
    yield from _not_future("visited_on", record.visited_on, around)
    yield from _order_of_stay(record, around)
    if len(record.participants) < 2:  # noqa: PLR2004 - one alone is no joint visit
        yield _error("MH-JOINT-05", "participants")
    units = {one.unit for one in record.participants}
    if len(record.participants) > 1 and len(units) == 1:
        yield _warning("MH-JOINT-07", "participants", unit=next(iter(units)))
    if record.whereabouts == _MISSING and record.missing_since is None:
        yield _warning("MH-JOINT-08", "missing_since")
    if record.risk_level is not None and int(record.risk_level) >= _POLICE_LEVEL and not record.informed:
        yield _warning("MH-JOINT-09", "informed", level=record.risk_level)
    if any(one.visited_on == record.visited_on for one in around.others):
        yield _warning("MH-JOINT-12", "visited_on", day=record.visited_on.isoformat())


def _order_of_stay(record: JointVisit, around: Around) -> Iterator[Problem]:
    yield from _in_order("admitted_on", record.admitted_on, "discharged_on", record.discharged_on)
    for field in ("admitted_on", "discharged_on", "missing_since"):
        yield from _not_future(field, getattr(record, field), around)


def _exchange_sheet(record: ExchangeSheet, around: Around) -> Iterator[Problem]:
    yield from _in_order("first_day", record.first_day, "last_day", record.last_day)
    yield from _not_future("last_day", record.last_day, around)
    yield from _not_future("sent_on", record.sent_on, around)
    yield from _not_future("receipt_on", record.receipt_on, around)
    if record.receipt_on is not None and (record.sent_on is None or record.receipt_on < record.sent_on):
        yield _error("MH-JOINT-13", "receipt_on")


def _emergency(record: Emergency, around: Around) -> Iterator[Problem]:
    for field in ("happened_at", "reported_at", "started_at", "ended_at", "filled_at"):
        moment = getattr(record, field)
        if moment is not None:
            yield from _not_future(field, date.fromisoformat(moment[:10]), around)
    yield from _in_order("started_at", record.started_at, "ended_at", record.ended_at)
    yield from _in_order("happened_at", record.happened_at, "started_at", record.started_at)
    yield from _in_order("happened_at", record.happened_at, "filled_at", record.filled_at)
    if record.reported_at is not None and record.reported_at < record.happened_at:
        yield _warning("MH-JOINT-14", "reported_at")
    if record.filled_at is not None:
        hours = (_moment(record.filled_at) - _moment(record.happened_at)).total_seconds() / 3600
        if hours > around.terms.record_hours:
            yield _warning("MH-JOINT-15", "filled_at", hours=round(hours), limit=around.terms.record_hours)
    if any(one.happened_at == record.happened_at for one in around.others):
        yield _error("MH-JOINT-42", "happened_at", moment=record.happened_at)
    if not record.police and set(record.causes) & {"2"}:
        yield _warning("MH-JOINT-16", "police")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _meeting(record: Meeting, around: Around) -> Iterator[Problem]:
    if record.state == MeetingState.HELD and record.held_on > around.today:
        yield _error("MH-JOINT-17", "held_on", day=record.held_on.isoformat())
    if record.state == MeetingState.PLANNED and record.held_on < around.today:
        yield _warning("MH-JOINT-18", "state", day=record.held_on.isoformat())
    if record.people is not None and record.people < len(record.participants):
        yield _error("MH-JOINT-19", "people", named=len(record.participants), people=record.people)
    if any((one.kind, one.unit_id) == (record.kind, record.unit_id) for one in around.others):
        yield _warning("MH-JOINT-43", "held_on", day=record.held_on.isoformat())


def _agreement(record: Agreement, around: Around) -> Iterator[Problem]:
    yield from _not_future("signed_on", record.signed_on, around)
    yield from _in_order("first_day", record.first_day, "last_day", record.last_day)
    if record.stopped_on is not None and not record.first_day <= record.stopped_on <= record.last_day:
        yield _error("MH-JOINT-20", "stopped_on")
    end = record.stopped_on or record.last_day
    for other in around.others:
        if record.first_day <= (other.stopped_on or other.last_day) and other.first_day <= end:
            yield _error("MH-JOINT-21", "first_day", number=other.number)
    if any(other.number == record.number for other in around.others):
        yield _error("MH-JOINT-22", "number", number=record.number)


def _review(record: AgreementReview, around: Around) -> Iterator[Problem]:
    yield from _not_future("reviewed_on", record.reviewed_on, around)
    agreement = around.agreement
    if agreement is not None:
        ends = dict(quarters_of(agreement, agreement.last_day, around.terms.review_months))
        if record.quarter not in ends:
            yield _error("MH-JOINT-23", "quarter", number=agreement.number, most=len(ends))
        elif record.reviewed_on < agreement.first_day:
            yield _error("MH-JOINT-24", "reviewed_on", day=agreement.first_day.isoformat())
    if any(one.quarter == record.quarter for one in around.reviews if one.id != record.id):
        yield _error("MH-JOINT-25", "quarter", quarter=record.quarter)


def _payment(record: AgreementPayment, around: Around) -> Iterator[Problem]:
    """Money follows reviews: not more quarters than were reviewed and passed by that day."""
    yield from _not_future("paid_on", record.paid_on, around)
    passed = sum(one.result == PASSED and one.reviewed_on <= record.paid_on for one in around.reviews)
    paid = sum(one.quarters for one in around.payments if one.id != record.id)
    if paid + record.quarters > passed:
        yield _error("MH-JOINT-26", "quarters", passed=passed, paid=paid)
    agreed = around.agreement.amount if around.agreement is not None else None
    due = None if agreed is None else agreed * around.terms.review_months / 12 * record.quarters
    before = sum(one.amount for one in around.payments if one.id != record.id)
    most = _whole_amount(around)
    if most is not None and before + record.amount > most + _CENT:
        yield _error("MH-JOINT-40", "amount", paid=f"{before:g}", sum=f"{before + record.amount:g}", most=f"{most:g}")
    elif due is not None and record.amount > due + _CENT:
        yield _warning("MH-JOINT-27", "amount", amount=f"{record.amount:g}", due=f"{due:g}")


def _whole_amount(around: Around) -> float | None:
    """What an agreement is worth in all: its yearly amount over all its quarters; None where no amount is written."""
    its = around.agreement
    if its is None or its.amount is None:
        return None
    months = around.terms.review_months
    return its.amount * months / 12 * max(1, len(quarters_of(its, its.last_day, months)))


def _assistance(record: Assistance, around: Around) -> Iterator[Problem]:
    yield from _not_future("first_day", record.first_day, around)
    yield from _in_order("first_day", record.first_day, "last_day", record.last_day)
    for other in around.others:
        if (
            other.kind == record.kind
            and record.first_day <= (other.last_day or date.max)
            and other.first_day <= (record.last_day or date.max)
        ):
            yield _error("MH-JOINT-28", "first_day", day=other.first_day.isoformat())


def _against_consent(field: str, around: Around) -> Iterator[Problem]:
    """Who does not agree to be looked after is not examined or trained without being asked."""
    if around.patient is not None and around.patient.consent == _REFUSED:
        yield _warning("MH-JOINT-45", field)


def _rehabilitation(record: Rehabilitation, around: Around) -> Iterator[Problem]:
    yield from _not_future("served_on", record.served_on, around)
    yield from _against_consent("served_on", around)
    if any((one.served_on, one.services) == (record.served_on, record.services) for one in around.others):
        yield _warning("MH-JOINT-44", "served_on", day=record.served_on.isoformat())


def _checkup(record: CheckUp, around: Around) -> Iterator[Problem]:
    yield from _not_future("checked_on", record.checked_on, around)
    if record.consent != _AGREED:
        yield from _against_consent("consent", around)
    if record.systolic is not None and record.diastolic is not None and record.systolic <= record.diastolic:
        yield _error("MH-JOINT-29", "diastolic")
    if any(one.checked_on == record.checked_on for one in around.others):
        yield _error("MH-JOINT-30", "checked_on", day=record.checked_on.isoformat())


def _outreach(record: Outreach, around: Around) -> Iterator[Problem]:
    yield from _not_future("held_on", record.held_on, around)
    for field in ("sessions", "people", "materials"):
        if (getattr(record, field) or 0) < 0:
            yield _error("MH-JOINT-31", field)
    if record.sessions and not record.people:
        yield _warning("MH-JOINT-32", "people")
    same = (record.kind, record.theme, record.unit_id)
    if any((one.kind, one.theme, one.unit_id) == same for one in around.others):
        yield _warning("MH-JOINT-43", "held_on", day=record.held_on.isoformat())


def _service_point(record: ServicePoint, around: Around) -> Iterator[Problem]:
    yield from _not_future("opened_on", record.opened_on, around)
    yield from _in_order("opened_on", record.opened_on, "closed_on", record.closed_on)
    if any(one.name == record.name for one in around.others):
        yield _error("MH-JOINT-46", "name", name=record.name)


def _discharge_note(record: DischargeNote, around: Around) -> Iterator[Problem]:
    yield from _not_future("received_on", record.received_on, around)
    yield from _not_future("filled_on", record.filled_on, around)
    for field in ("admitted_on", "discharged_on", "diagnosed_on"):
        day = getattr(record, field)
        if day is not None and day.first > around.today:
            yield _error("MH-JOINT-01", field, day=day.iso())
    if record.discharged_on is not None:
        if record.admitted_on is not None and record.discharged_on.certainly_before(record.admitted_on):
            yield _error("MH-JOINT-04", "discharged_on", first="admitted_on", second="discharged_on")
        if PartialDate.of(record.received_on).certainly_before(record.discharged_on):
            yield _warning("MH-JOINT-38", "received_on", day=record.discharged_on.iso())
        if any(one.discharged_on == record.discharged_on for one in around.others):
            yield _error("MH-JOINT-39", "discharged_on", day=record.discharged_on.iso())


CHECKS: Mapping[type, Check] = {
    JointVisit: _joint_visit,
    DischargeNote: _discharge_note,
    ExchangeSheet: _exchange_sheet,
    Emergency: _emergency,
    Meeting: _meeting,
    Agreement: _agreement,
    AgreementReview: _review,
    AgreementPayment: _payment,
    Assistance: _assistance,
    Rehabilitation: _rehabilitation,
    CheckUp: _checkup,
    Outreach: _outreach,
    ServicePoint: _service_point,
}
