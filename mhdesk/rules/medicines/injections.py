"""Long-acting injections: when the next one is due, within which window, and which came late.

Due is the day written on the last injection, else its interval, else that of the running order, else the dictionary's.
Where none of them says it, it is not known and never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from mhdesk.domain.drugs import Book
from mhdesk.domain.medication import Injection, MedicationOrder
from mhdesk.rules.medicines.orders import drug_id, drug_of, is_long_acting, is_running
from mhdesk.rules.medicines.supply import Gap
from mhdesk.rules.medicines.terms import MedicineTerms


class InjectionState(StrEnum):
    """Where somebody stands with the next injection."""

    LATER = "later"
    SOON = "soon"  # within soon_injection_days
    OPEN = "open"  # the window has opened
    DUE = "due"  # the day has come
    LATE = "late"  # the window has closed
    UNKNOWN = "unknown"  # nothing says when


class NextInjection(NamedTuple):
    """The next injection of one drug. `last` None: ordered, never given here."""

    drug_id: str
    drug_name: str
    last: Injection | None
    due_on: date | None
    window_days: int
    late: tuple[Gap, ...]  # times a window had closed without an injection, until today

    @property
    def earliest(self) -> date | None:
        """The first day of the window."""
        return self.due_on - timedelta(days=self.window_days) if self.due_on else None

    @property
    def latest(self) -> date | None:
        """The last day of the window."""
        return self.due_on + timedelta(days=self.window_days) if self.due_on else None

    def state(self, today: date, terms: MedicineTerms) -> InjectionState:
        """Where it stands on a day."""
        if self.due_on is None:
            return InjectionState.UNKNOWN
        left = (self.due_on - today).days
        if left < -self.window_days:
            return InjectionState.LATE
        if left <= 0:
            return InjectionState.DUE
        if left <= self.window_days:
            return InjectionState.OPEN
        return InjectionState.SOON if left <= terms.days("soon_injection_days") else InjectionState.LATER

    def days_late(self, today: date) -> int | None:
        """Days since it was due; negative: days left."""
        return (today - self.due_on).days if self.due_on else None


def due_after(injection: Injection, orders: Sequence[MedicationOrder], book: Book) -> date | None:
    """When the next one is due after an injection. `orders`: of that drug."""
    if injection.next_due_on is not None:
        return injection.next_due_on
    interval = injection.interval_days
    if interval is None:
        held = [one.interval_days for one in orders if is_running(one, injection.injected_on) and one.interval_days]
        interval = held[-1] if held else None
    if interval is None:
        drug = drug_of(book, injection.drug_name, injection.drug_key)
        interval = round(drug.interval_weeks * 7) if drug and drug.long_acting and drug.interval_weeks else None
    return injection.injected_on + timedelta(days=interval) if interval else None


def window_of(injection: Injection, terms: MedicineTerms) -> int:
    """How many days early or late the one after it may be."""
    return terms.days("injection_window_days") if injection.window_days is None else injection.window_days


def upcoming(
    injections: Sequence[Injection],
    orders: Sequence[MedicationOrder],
    book: Book,
    terms: MedicineTerms,
    *,
    today: date,
) -> list[NextInjection]:
    """The next injection of every long-acting drug that is still to be given, and what came late before.

    A drug whose orders have all ended is no longer due; its late times stay known through `late_times`.
    """
    given = _by_drug(injections, book, today)
    ordered: dict[str, list[MedicationOrder]] = {}
    for order in orders:
        name = drug_id(book, order.drug_name, order.drug_key)
        if name in given or is_long_acting(book, order):
            ordered.setdefault(name, []).append(order)
    found = []
    for name in sorted({*given, *ordered}):
        own = ordered.get(name, [])
        running = [one for one in own if is_running(one, today)]
        if own and not running:
            continue
        if name not in given:
            typed = [one for one in running if one.id is not None]
            if not typed:  # a sheet says so, but nothing was ever given here: it is given elsewhere
                continue
            first = typed[0]
            window = terms.days("injection_window_days")
            found.append(NextInjection(name, first.drug_name, None, first.started_on, window, ()))
            continue
        last = given[name][-1]
        due, late = due_after(last, own, book), _late(given[name], own, book, terms, today)
        found.append(NextInjection(name, last.drug_name, last, due, window_of(last, terms), late))
    return found


def late_times(
    injections: Sequence[Injection],
    orders: Sequence[MedicationOrder],
    book: Book,
    terms: MedicineTerms,
    *,
    today: date,
) -> list[tuple[str, Gap]]:
    """Every time a window closed without an injection, until it was given, the drug stopped, or today."""
    found = []
    for name, given in _by_drug(injections, book, today).items():
        own = [one for one in orders if drug_id(book, one.drug_name, one.drug_key) == name]
        found += [(given[0].drug_name, gap) for gap in _late(given, own, book, terms, today)]
    return found


def _by_drug(injections: Sequence[Injection], book: Book, today: date) -> dict[str, list[Injection]]:
    found: dict[str, list[Injection]] = {}
    for one in sorted(injections, key=lambda one: (one.injected_on, one.id or 0)):
        if one.injected_on <= today:
            found.setdefault(drug_id(book, one.drug_name, one.drug_key), []).append(one)
    return found


def _late(
    given: Sequence[Injection], own: Sequence[MedicationOrder], book: Book, terms: MedicineTerms, today: date
) -> tuple[Gap, ...]:
    gaps = []
    for place, one in enumerate(given):
        due = due_after(one, own, book)
        if due is None:
            continue
        start = due + timedelta(days=window_of(one, terms) + 1)
        end = given[place + 1].injected_on if place + 1 < len(given) else today + timedelta(days=1)
        if own:  # nothing is late while no order holds
            stops = [order.stopped_on for order in own if is_running(order, one.injected_on)]
            if stops and None not in stops:
                end = min(end, max(stop for stop in stops if stop is not None))
        if start < end:
            gaps.append(Gap(start, end))
    return tuple(gaps)
