"""How long what was handed out lasts: run-out day, gaps, and handing out again too early.

A day's dose is used each day from the day it was handed out; what is left when more is handed out is carried over. The
run-out day is the first day without. Days are those written down, else the quantity by the order's daily dose where
both can be compared (片 and mg need the strength); where neither says it, nothing is known and nothing is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from mhdesk.domain.drugs import Book
from mhdesk.domain.medication import Dispensing, MedicationOrder
from mhdesk.rules.medicines.orders import Amount, daily, drug_id, in_milligrams, is_running


class Handed(NamedTuple):
    """Enough for so many days, handed out on a day."""

    day: date
    days: int


class Gap(NamedTuple):
    """Days without the drug: from `start` until (not including) `end`."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.start).days


class Course(NamedTuple):
    """What a row of dispensings means. `run_out`: the first day without, None: nothing was handed out."""

    run_out: date | None
    gaps: tuple[Gap, ...]


class Supply(NamedTuple):
    """One drug of one person. `run_out` None: the records do not say how long it lasts."""

    drug_id: str
    drug_name: str
    last: Dispensing
    run_out: date | None
    gaps: tuple[Gap, ...]
    is_wanted: bool  # an order holds today, or none was ever written

    def remaining(self, today: date) -> int | None:
        """Days left, today included; 0 and less: it ran out so many days ago."""
        return None if self.run_out is None else (self.run_out - today).days


def course(handed: Iterable[Handed]) -> Course:
    """Run-out day and gaps; the order of the records does not matter."""
    run_out: date | None = None
    gaps = []
    for day, days in sorted(handed):
        if run_out is not None and day > run_out:
            gaps.append(Gap(run_out, day))
        run_out = max(run_out or day, day) + timedelta(days=max(0, days))
    return Course(run_out, tuple(gaps))


def days_of(dispensing: Dispensing, orders: Sequence[MedicationOrder]) -> int | None:
    """For how many days it is enough: as written, else by the daily dose of `orders` (of that drug, on that day)."""
    if dispensing.days is not None:
        return dispensing.days
    return computed_days(dispensing, orders)


def computed_days(dispensing: Dispensing, orders: Sequence[MedicationOrder]) -> int | None:
    """The quantity by the daily dose, in whole days; None where they cannot be compared."""
    amounts = [daily(one) for one in orders]
    if dispensing.quantity is None or dispensing.unit is None or not orders or None in amounts:
        return None
    known: list[Amount] = [one for one in amounts if one is not None]
    quantity = Amount(dispensing.quantity, dispensing.unit)
    if all(one.unit == quantity.unit for one in known):
        return _whole(quantity.value, sum(one.value for one in known))
    strengths = {one.strength for one in orders if one.strength}
    strength = dispensing.strength or (strengths.pop() if len(strengths) == 1 else None)
    whole, parts = in_milligrams(quantity, strength), [in_milligrams(one, strength) for one in known]
    if whole is None or None in parts:
        return None
    return _whole(whole, sum(one for one in parts if one is not None))


def _whole(quantity: float, a_day: float) -> int | None:
    return math.floor(quantity / a_day + 1e-9) if a_day > 0 else None


def supplies(
    dispensings: Sequence[Dispensing], orders: Sequence[MedicationOrder], book: Book, *, today: date
) -> list[Supply]:
    """Every drug handed out until `today`, by its name. `orders` are all of the person (see `orders.all_orders`)."""
    by_drug: dict[str, list[Dispensing]] = {}
    for one in sorted(dispensings, key=lambda one: (one.dispensed_on, one.id or 0)):
        if one.dispensed_on <= today:
            by_drug.setdefault(drug_id(book, one.drug_name, one.drug_key), []).append(one)
    found = []
    for name, given in by_drug.items():
        own = [one for one in orders if drug_id(book, one.drug_name, one.drug_key) == name]
        found.append(_supply(name, given, own, today))
    return sorted(found, key=lambda one: one.drug_name)


def _supply(name: str, given: Sequence[Dispensing], own: Sequence[MedicationOrder], today: date) -> Supply:
    handed = []
    is_known = True
    for one in given:
        days = days_of(one, [order for order in own if is_running(order, one.dispensed_on)])
        is_known = is_known and days is not None
        handed.append(Handed(one.dispensed_on, days or 0))
    made = course(handed) if is_known else Course(None, ())
    wanted = not own or any(is_running(order, today) for order in own)
    return Supply(name, given[-1].drug_name, given[-1], made.run_out, made.gaps, wanted)
