"""How a person took the medicine, period by period, each with its evidence.

A visit speaks of the time since the visit before (上次随访到本次随访期间), at most `visit_holds_days` back. Days nobody
speaks of are 不详, unless medicine in hand or an injection on time says 规律. Where evidence disagrees, in this order:
住院; a visit's 不用药 or 医嘱勿需用药; stopped by the person's own doing (拒药 …) or by the doctor with nothing left to
take; a visit's 间断; out of medicine for longer than `gap_days`, an injection late; a visit's 规律; medicine in hand.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from mhdesk.domain.dates import DateRange
from mhdesk.domain.drugs import Book
from mhdesk.domain.follow_up import Adherence, FollowUp, Hospitalization
from mhdesk.domain.medication import Dispensing, Injection, MedicationOrder, StopReason
from mhdesk.rules.medicines.injections import due_after, late_times, window_of
from mhdesk.rules.medicines.orders import drug_id, is_long_acting, is_running
from mhdesk.rules.medicines.supply import Gap, Handed, course, days_of
from mhdesk.rules.medicines.terms import MedicineTerms
from mhdesk.text import text


class State(StrEnum):
    """How a period is judged."""

    REGULAR = "regular"  # 规律
    IRREGULAR = "irregular"  # 间断
    NONE = "none"  # 不服药
    NOT_NEEDED = "not_needed"  # 勿需用药
    HOSPITAL = "hospital"  # 住院
    UNKNOWN = "unknown"  # 不详


@dataclass(frozen=True)
class Evidence:
    """Why: `kind` names its sentence ``medication.evidence.<kind>``; `on` is the day of the record it comes from."""

    kind: str
    on: date
    params: tuple[tuple[str, str], ...] = field(default=())

    @property
    def words(self) -> str:
        """The sentence."""
        return text(f"medication.evidence.{self.kind}", day=self.on.isoformat(), **dict(self.params))


class Period(NamedTuple):
    """Days from `start` until (not including) `end`, judged alike."""

    start: date
    end: date
    state: State
    evidence: tuple[Evidence, ...]

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.start).days


class Claim(NamedTuple):
    """A piece of evidence about some days. The higher `weight` wins."""

    weight: int
    start: date
    end: date
    state: State
    evidence: Evidence


@dataclass(frozen=True)
class Course:
    """All that is recorded about one person's medicine."""

    visits: Sequence[FollowUp] = ()
    orders: Sequence[MedicationOrder] = ()  # typed and derived, see `orders.all_orders`
    dispensings: Sequence[Dispensing] = ()
    injections: Sequence[Injection] = ()


_HOSPITAL, _VISIT_STRONG, _STOP, _VISIT_IRREGULAR, _BREAK, _VISIT_REGULAR, _SUPPLY = 70, 60, 50, 40, 30, 20, 10
_BY_VISIT = {
    Adherence.REGULAR.value: (_VISIT_REGULAR, State.REGULAR),
    Adherence.IRREGULAR.value: (_VISIT_IRREGULAR, State.IRREGULAR),
    Adherence.NONE.value: (_VISIT_STRONG, State.NONE),
    Adherence.NOT_NEEDED.value: (_VISIT_STRONG, State.NOT_NEEDED),
}
#: Stopping the person did or suffered; the others are the doctor's doing.
OWN_STOPS = frozenset(
    {
        StopReason.REFUSED,
        StopReason.BY_HIMSELF,
        StopReason.ADVERSE_REACTION,
        StopReason.MONEY,
        StopReason.NO_GUARDIAN,
        StopReason.OUT_OF_STOCK,
    }
)


def periods(known: Course, window: DateRange, book: Book, terms: MedicineTerms) -> list[Period]:
    """The periods of a window, in order, without holes. Records after the window are not looked at."""
    return paint(claims(known, window, book, terms), window)


def paint(found: Iterable[Claim], window: DateRange) -> list[Period]:
    """Judge each day by its weightiest claim, the later record first among equals, and put like days together."""
    days = (window.end - window.start).days
    best: list[Claim | None] = [None] * max(0, days)
    for claim in sorted(found, key=lambda one: (one.weight, one.evidence.on, one.start)):
        first = max(0, (claim.start - window.start).days)
        last = min(days, (claim.end - window.start).days)
        if first < last:  # an empty or negative slice would cut days out of the window
            best[first:last] = [claim] * (last - first)
    made: list[Period] = []
    place = 0
    for _, same in itertools.groupby(best, key=id):  # days of one claim follow each other
        its = list(same)
        start, place, one = place, place + len(its), its[0]
        state = one.state if one is not None else State.UNKNOWN
        said = (one.evidence,) if one is not None else ()
        end = window.start + timedelta(days=place)
        if made and made[-1].state == state:
            evidence = made[-1].evidence
            if said and said[0] not in evidence:
                evidence = (*evidence, *said)
            made[-1] = Period(made[-1].start, end, state, evidence)
        else:
            made.append(Period(window.start + timedelta(days=start), end, state, said))
    return made


def days_by_state(found: Iterable[Period]) -> dict[State, int]:
    """How many days of each state."""
    counted: Counter[State] = Counter()
    for one in found:
        counted[one.state] += one.days
    return {state: counted[state] for state in State}


def state_on(known: Course, today: date, book: Book, terms: MedicineTerms) -> Period:
    """How it stands today, with the evidence."""
    return periods(known, DateRange(today, today + timedelta(days=1)), book, terms)[0]


def claims(known: Course, window: DateRange, book: Book, terms: MedicineTerms) -> list[Claim]:
    """Every piece of evidence about the days of a window."""
    last = window.end - timedelta(days=1)
    return [
        *_of_visits(known.visits, last, terms),
        *_of_stops(known, last),
        *_of_supply(known, last, book, terms),
        *_of_injections(known, last, book, terms),
    ]


def _of_visits(visits: Iterable[FollowUp], last: date, terms: MedicineTerms) -> Iterator[Claim]:
    """A visit speaks of the days since the one before; who is in hospital stays there until the next visit."""
    holds = timedelta(days=terms.days("visit_holds_days"))
    before: date | None = None
    sheets = sorted(
        (one for one in visits if one.visit_date is not None and one.visit_date <= last and one.lost_reason is None),
        key=lambda one: (one.visit_date or date.min, one.id or 0),
    )
    for sheet in sheets:
        day = sheet.visit_date or date.min
        start = day - holds if before is None else max(before + timedelta(days=1), day - holds)
        end = day + timedelta(days=1)
        if sheet.hospitalization == Hospitalization.INPATIENT:
            yield Claim(_HOSPITAL, start, end, State.HOSPITAL, Evidence("hospital", day))
        elif sheet.adherence in _BY_VISIT:
            weight, state = _BY_VISIT[sheet.adherence]
            yield Claim(weight, start, end, state, Evidence(f"visit_{sheet.adherence}", day))
        before = day


def _of_stops(known: Course, last: date) -> Iterator[Claim]:
    """After an order was stopped nothing is taken, as long as no other order holds; until the next visit speaks."""
    days = sorted(one.visit_date for one in known.visits if one.visit_date is not None)
    starts = sorted(one.started_on for one in known.orders)
    for order in known.orders:
        stopped = order.stopped_on
        if stopped is None or stopped > last or order.stop_reason == StopReason.CHANGED or order.stop_reason is None:
            continue
        if any(one is not order and is_running(one, stopped) for one in known.orders):
            continue
        ends = [day for day in (*days, *starts) if day > stopped]
        end = min(ends, default=last + timedelta(days=1))
        own = order.stop_reason in OWN_STOPS
        if not own and order.stop_reason != StopReason.BY_DOCTOR:
            continue
        state = State.NONE if own else State.NOT_NEEDED
        reason = text(f"medication.stop_reason.{order.stop_reason}")
        yield Claim(_STOP, stopped, end, state, Evidence("stop", stopped, (("reason", reason),)))


def _of_supply(known: Course, last: date, book: Book, terms: MedicineTerms) -> Iterator[Claim]:
    """Tablets handed out here: days in hand, and gaps longer than `gap_days`, from the first to the last of them."""
    by_drug: dict[str, list[Dispensing]] = {}
    for one in known.dispensings:
        if one.dispensed_on <= last:
            by_drug.setdefault(drug_id(book, one.drug_name, one.drug_key), []).append(one)
    for name, given in by_drug.items():
        own = [one for one in known.orders if drug_id(book, one.drug_name, one.drug_key) == name]
        counted = [(one, days_of(one, [o for o in own if is_running(o, one.dispensed_on)])) for one in given]
        if any(days is None for _, days in counted):
            continue  # how long it lasts is not known: no gap can be told
        handed = [Handed(one.dispensed_on, days or 0) for one, days in counted]
        yield from _of_course(given[0].drug_name, handed, own, last, terms)


def _of_course(
    name: str, handed: Sequence[Handed], own: Sequence[MedicationOrder], last: date, terms: MedicineTerms
) -> Iterator[Claim]:
    made = course(handed)
    if made.run_out is None:
        return
    tomorrow = last + timedelta(days=1)
    gaps = list(made.gaps) + ([Gap(made.run_out, tomorrow)] if made.run_out < tomorrow else [])
    start = min(one.day for one in handed)
    for gap in [*gaps, Gap(tomorrow, tomorrow)]:
        if start < min(gap.start, tomorrow):
            said = Evidence("supply", max(one.day for one in handed if one.day < gap.start), (("drug", name),))
            yield Claim(_SUPPLY, start, min(gap.start, tomorrow), State.REGULAR, said)
        start = gap.end
    for gap in gaps:
        end = _until_stopped(gap, own)
        if (end - gap.start).days > terms.days("gap_days"):
            params = (("drug", name), ("days", str((end - gap.start).days)))
            yield Claim(_BREAK, gap.start, end, State.IRREGULAR, Evidence("gap", gap.start, params))


def _until_stopped(gap: Gap, own: Sequence[MedicationOrder]) -> date:
    """The end of a gap, earlier where the drug's orders ended: nothing is missing that is not ordered."""
    if not own:
        return gap.end
    held = [one for one in own if one.started_on < gap.end and (one.stopped_on is None or one.stopped_on > gap.start)]
    if not held:
        return gap.start
    ends = [one.stopped_on for one in held]
    return gap.end if None in ends else min(gap.end, max(end for end in ends if end is not None))


def _of_injections(known: Course, last: date, book: Book, terms: MedicineTerms) -> Iterator[Claim]:
    for one in known.injections:
        if one.injected_on > last:
            continue
        own = [
            order
            for order in known.orders
            if drug_id(book, order.drug_name, order.drug_key) == drug_id(book, one.drug_name, one.drug_key)
        ]
        due = due_after(one, own, book)
        if due is not None:
            end = min(due + timedelta(days=window_of(one, terms) + 1), last + timedelta(days=1))
            said = Evidence("injection", one.injected_on, (("drug", one.drug_name),))
            yield Claim(_SUPPLY, one.injected_on, end, State.REGULAR, said)
    for name, gap in late_times(known.injections, known.orders, book, terms, today=last):
        params = (("drug", name), ("days", str(gap.days)))
        yield Claim(_BREAK, gap.start, gap.end, State.IRREGULAR, Evidence("late", gap.start, params))


def has_long_acting(known: Course, book: Book, terms: MedicineTerms, today: date) -> bool:
    """Whether a long-acting drug is ordered now, or the window after an injection given here is still open."""
    if any(is_long_acting(book, one) and is_running(one, today) for one in known.orders):
        return True
    return any(
        one.state is State.REGULAR and one.weight == _SUPPLY and one.start <= today < one.end
        for one in _of_injections(known, today, book, terms)
    )
