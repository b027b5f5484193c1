"""How joint work stands: meetings against their frequency, agreements, emergencies, check-ups, services, outreach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from db.queries import joint as queries
from db.queries import records as stored
from db.queries import rollup as rollup_queries
from mhdesk.domain.dates import add_months
from mhdesk.domain.joint import Emergency, Meeting, MeetingState
from mhdesk.domain.outreach import Outreach
from mhdesk.domain.support import Agreement, AgreementPayment, AgreementReview, Assistance, Rehabilitation
from mhdesk.domain.unit import UnitLevel
from mhdesk.rules import in_force, meetings
from mhdesk.rules.joint_checks import PASSED, quarters_of
from mhdesk.rules.meetings import Held
from mhdesk.services import rollups
from mhdesk.services.joint import records

if TYPE_CHECKING:
    from db.ledger import Ledger

R = TypeVar("R")
_REGISTERED_FOR_REHABILITATION = "7"  # code list assistance_kind
_ACTS = frozenset({"2", "3"})  # 肇事, 肇祸
_QUARTER = 3
_LAST_DAYS = 15  # of a month or a quarter: time to remind of its meetings


def _kept(ledger: Ledger, kind: type[R], /, **equals: Any) -> list[R]:
    """Records without those of files that were taken back."""
    with ledger.read() as connection:
        return records.kept(connection, kind, **equals)


class MeetingLine(NamedTuple):
    """One requirement with the name of its village ("" for the whole ledger)."""

    held: Held
    village: str


def meeting_lines(ledger: Ledger, *, today: date) -> list[MeetingLine]:
    """Every required meeting in the period of today, the missing ones first."""
    frequencies = records.terms(ledger).meetings
    with ledger.read() as connection:
        units = rollup_queries.units(connection)
        found = stored.find(connection, Meeting)
    day = today.isoformat()
    villages = {
        one.id: one.name
        for one in units
        if one.level == UnitLevel.VILLAGE and (one.valid_to is None or day < one.valid_to)
    }
    lines = meetings.standing(found, frequencies, level=ledger.level, villages=list(villages), today=today)
    named = [MeetingLine(one, villages.get(one.unit_id or 0, "")) for one in lines]
    return sorted(named, key=lambda one: not one.held.missing)


def meetings_missing(ledger: Ledger, *, today: date) -> list[MeetingLine]:
    """Meetings still missing in a period that is nearly over, once the ledger records meetings at all.

    A ledger in which nobody ever recorded a meeting of a kind is not told about it every morning.
    """
    kinds = {one.kind for one in ledger.find(Meeting)}
    return [
        one
        for one in meeting_lines(ledger, today=today)
        if one.held.missing and one.held.frequency.kind in kinds and (one.held.end - today).days <= _LAST_DAYS
    ]


def planned_past(ledger: Ledger, *, today: date) -> list[Meeting]:
    """Meetings whose planned day has gone by without a word."""
    return [one for one in ledger.find(Meeting, state=MeetingState.PLANNED) if one.held_on < today]


@dataclass(frozen=True)
class AgreementStanding:
    """One agreement: quarters that are over, reviewed, passed, paid; what is to be reviewed now."""

    agreement: Agreement
    over: int
    passed: int
    paid: int
    to_review: tuple[int, ...]
    ends_soon: bool

    @property
    def payable(self) -> int:
        """Quarters reviewed and passed that nobody has been paid for."""
        return max(0, self.passed - self.paid)


def agreements(ledger: Ledger, *, today: date, patient_id: int | None = None) -> list[AgreementStanding]:
    """How every agreement stands; those with something to do first."""
    terms = records.terms(ledger)
    wanted: dict[str, Any] = {} if patient_id is None else {"patient_id": patient_id}
    every = _kept(ledger, Agreement, **wanted)
    reviews: dict[int, list[AgreementReview]] = {}
    for review in _kept(ledger, AgreementReview, **wanted):
        reviews.setdefault(review.agreement_id, []).append(review)
    paid: Counter[int] = Counter()
    for payment in _kept(ledger, AgreementPayment, **wanted):
        paid[payment.agreement_id] += payment.quarters
    found = []
    for one in every:
        mine = reviews.get(one.id or 0, ())
        over = quarters_of(one, today - timedelta(days=1), terms.review_months)
        done = {review.quarter for review in mine}
        is_running = one.stopped_on is None and one.last_day >= today
        found.append(
            AgreementStanding(
                one,
                len(over),
                sum(review.result == PASSED for review in mine),
                paid[one.id or 0],
                tuple(number for number, _ in over if number not in done),
                is_running and (one.last_day - today).days <= terms.notice_days,
            )
        )
    return sorted(found, key=lambda one: (not one.to_review, not one.ends_soon, one.agreement.last_day))


class OpenEmergency(NamedTuple):
    """An emergency that has not ended, or whose record is not written. `is_late`: longer than the terms allow."""

    emergency: Emergency
    hours: int
    is_late: bool


def open_emergencies(ledger: Ledger, *, today: date) -> list[OpenEmergency]:
    """Emergencies that have not ended or have no record yet, the oldest first; hours count to the end of `today`.

    Counting to the end of the day may call one late some hours early, never too late.
    """
    now = datetime.combine(today + timedelta(days=1), time())
    allowed = records.terms(ledger).record_hours
    found = []
    for one in _kept(ledger, Emergency):
        if one.ended_at is None or one.filled_at is None:
            hours = int((now - datetime.fromisoformat(one.happened_at)).total_seconds() // 3600)
            found.append(OpenEmergency(one, max(0, hours), hours > allowed))
    return sorted(found, key=lambda one: one.emergency.happened_at)


def without_emergency(ledger: Ledger, *, today: date) -> list[int]:
    """People with 肇事 or 肇祸 reported lately and no emergency recorded since the reporting visit's quarter began."""
    days = records.terms(ledger).incident_days
    first = today - timedelta(days=days)
    with ledger.read() as connection:
        acted = queries.visits_with_acts(connection, first, today, _ACTS)
        # the visit comes after the event: whatever was handled within the same span answers it
        handled = queries.emergency_days(connection, first - timedelta(days=days))
        gone = queries.voided_people(connection)
    return sorted(acted.keys() - handled.keys() - gone)


def without_checkup(ledger: Ledger, *, today: date) -> list[int]:
    """Who is on the register and has had no check-up this year; nobody before the month the terms name."""
    if today.month < records.terms(ledger).remind_from_month:
        return []
    with ledger.read() as connection:
        done = queries.checked_since(connection, date(today.year, 1, 1))
        if not done:
            return []  # nobody records check-ups here: 实验室检查 stands in for them
        return sorted(queries.registered_ids(connection) - done)


class ServiceRate(NamedTuple):
    """登记康复对象规范服务率 as reports count it. `steady`: who of the enrolled was served in every whole quarter."""

    served: Sequence[int]
    enrolled: Sequence[int]
    steady: Sequence[int]

    @property
    def value(self) -> float | None:
        """The plain ratio, None without anybody enrolled."""
        return len(self.served) / len(self.enrolled) if self.enrolled else None


def service_rate(ledger: Ledger, *, today: date) -> ServiceRate:
    """Who is enrolled for community rehabilitation, who of them was served: the indicator of the roll-up of today.

    `steady` asks for more (`services_per_quarter`): services in every whole quarter of the year since the enrolment.
    The first quarter counts when it is whole; somebody enrolled since is served by any service.
    """
    found = rollups.build(ledger, period="weekly", on=today, today=today).total["rehabilitation_service_rate"]
    least = records.terms(ledger).services_per_quarter
    days: dict[int, list[date]] = {}
    for one in _kept(ledger, Rehabilitation):
        days.setdefault(one.patient_id, []).append(one.served_on)
    since: dict[int, date] = {}
    for entry in _kept(ledger, Assistance, kind=_REGISTERED_FOR_REHABILITATION):
        if in_force.covers(entry.first_day, entry.last_day, today):
            since[entry.patient_id] = min(entry.first_day, since.get(entry.patient_id, entry.first_day))
    enrolled = sorted(found.denominator_ids)
    steady = [one for one in enrolled if _is_served(days.get(one, ()), since.get(one, date.min), today, least)]
    return ServiceRate(sorted(found.numerator_ids), enrolled, steady)


def _is_served(days: Sequence[date], since: date, today: date, least: int) -> bool:
    start = max(date(today.year, 1, 1), since)
    first = meetings.period_start(start, _QUARTER)
    if first < start:
        first = add_months(first, _QUARTER)
    if add_months(first, _QUARTER) > today:  # no whole quarter yet
        return any(start <= day <= today for day in days)
    while (end := add_months(first, _QUARTER)) <= today:
        if sum(first <= day < end for day in days) < least:
            return False
        first = end
    return True


class OutreachSum(NamedTuple):
    """What was done under one kind and theme."""

    kind: str
    theme: str
    activities: int
    sessions: int
    people: int
    materials: int


def outreach_sums(ledger: Ledger, *, first: date, last: date) -> list[OutreachSum]:
    """Sums by kind and theme of [first, last], kinds in order, themes by 人次; the sum of a kind has no theme."""
    found: dict[tuple[str, str], list[Outreach]] = {}
    for one in ledger.find(Outreach):
        if first <= one.held_on <= last:
            for theme in ("", one.theme):
                found.setdefault((one.kind, theme), []).append(one)
    sums = [
        OutreachSum(
            kind,
            theme,
            len(mine),
            sum(one.sessions for one in mine),
            sum(one.people for one in mine),
            sum(one.materials or 0 for one in mine),
        )
        for (kind, theme), mine in found.items()
    ]
    return sorted(sums, key=lambda one: (int(one.kind), bool(one.theme), -one.people, one.theme))
