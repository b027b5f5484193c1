"""What a person is ordered to take: typed orders, and those that the drug lines of follow-ups mean.

A sheet's 用药指导 (item 25) says what is taken from that visit on, where it is empty 用药情况 (item 24) does. A drug
the next sheet no longer lists ended at that visit; another dose begins a new order. A sheet without drug lines says
nothing, unless its 用药依从性 is 医嘱勿需用药, which ends all. Where a typed order of the same drug runs, it holds, and
the sheet only confirms it. All editions of the form (2011, 2017, 2018) come here as the same `DrugLine`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from mhdesk.domain.drugs import Book, Drug
from mhdesk.domain.follow_up import Adherence, DrugLine, FollowUp
from mhdesk.domain.medication import MedicationOrder, StopReason

_YES = "2"
_DAYS = {"day": 1, "week": 7, "month": 30}  # 每月: thirty days; the form knows no calendar
_MILLIGRAMS = {"mg": 1.0, "g": 1000.0}
_PIECES = frozenset({"片", "粒", "丸", "袋", "支", "剂"})
_DOSE_FIELDS = ("morning", "noon", "night", "dose", "times", "interval_days", "dose_unit")


class Amount(NamedTuple):
    """So much of a unit (code list dose_unit)."""

    value: float
    unit: str


def drug_of(book: Book, name: str | None, key: str | None) -> Drug | None:
    """The dictionary's drug of a record: by its key, else by the name as written; None: unknown, never guessed."""
    found = book.by_key(key) if key else None
    return found or (book.find(name) if name else None)


def drug_id(book: Book, name: str | None, key: str | None) -> str:
    """What makes two records speak of one drug: the dictionary's key, else the name as written."""
    found = drug_of(book, name, key)
    return found.key if found else key or "".join((name or "").split())


def is_running(order: MedicationOrder, day: date) -> bool:
    """Whether an order holds on a day."""
    return order.started_on <= day and (order.stopped_on is None or day < order.stopped_on)


def is_long_acting(book: Book, order: MedicationOrder) -> bool:
    """Whether an order is a long-acting injection by the dictionary; an unknown drug is none."""
    found = drug_of(book, order.drug_name, order.drug_key)
    return found is not None and found.long_acting


def daily(order: MedicationOrder) -> Amount | None:
    """What is taken a day, None where the order does not say it."""
    unit = order.dose_unit or "mg"
    by_time = [one for one in (order.morning, order.noon, order.night) if one is not None]
    if by_time:
        return Amount(sum(by_time), unit)
    if order.dose is None:
        return None
    if order.interval_days:
        return Amount(order.dose / order.interval_days, unit)
    return Amount(order.dose * order.times, unit) if order.times else None


def in_milligrams(amount: Amount, strength: float | None) -> float | None:
    """An amount in mg; pieces need `strength`, millilitres cannot be told."""
    if amount.unit in _MILLIGRAMS:
        return amount.value * _MILLIGRAMS[amount.unit]
    return amount.value * strength if amount.unit in _PIECES and strength else None


def all_orders(
    visits: Iterable[FollowUp], stored: Sequence[MedicationOrder], book: Book, *, until: date | None = None
) -> list[MedicationOrder]:
    """Typed and derived orders of one person, by start; `until`: sheets after that day are not looked at.

    Derived ones have no id, and name the sheet they were first written on.
    """
    sheets = sorted(
        (one for one in visits if one.visit_date is not None and (until is None or one.visit_date <= until)),
        key=lambda one: (one.visit_date or date.min, one.id or 0),
    )
    derived = _Derivation(stored, book).read(sheets)
    kept = [one for one in stored if until is None or one.started_on <= until]
    return sorted([*derived, *kept], key=lambda one: (one.started_on, one.id or 0, one.drug_name))


def order_of_line(line: DrugLine, sheet: FollowUp, book: Book) -> MedicationOrder:
    """The order a drug line of a sheet means."""
    drug = book.find(line.drug_name)
    interval = round(line.interval_weeks * 7) if line.interval_weeks else None
    dose, times = line.dose, line.times
    if dose is None and line.total_dose is not None:
        dose, times = line.total_dose, 1.0
    span = _DAYS.get(line.period or "day", 1)
    if interval is None and span > 1 and dose is not None:  # so many times a week or month
        interval, times = max(1, round(span / (times or 1))), None
    long_acting = line.long_acting == _YES or (drug is not None and drug.long_acting)
    if long_acting and interval is None and drug is not None and drug.interval_weeks:
        interval = round(drug.interval_weeks * 7)
    return MedicationOrder(
        patient_id=sheet.patient_id,
        drug_name=line.drug_name,
        drug_key=drug.key if drug else None,
        specification=line.specification,
        started_on=sheet.visit_date or date.min,
        morning=line.morning,
        noon=line.noon,
        night=line.night,
        dose=dose,
        times=None if interval else times,
        interval_days=interval,
        dose_unit=line.dose_unit,
        follow_up_id=sheet.id,
    )


class _Derivation:
    """Goes through the sheets of one person in order."""

    def __init__(self, stored: Sequence[MedicationOrder], book: Book) -> None:
        self._book = book
        self._stored: dict[str, list[MedicationOrder]] = {}
        for order in stored:
            self._stored.setdefault(drug_id(book, order.drug_name, order.drug_key), []).append(order)
        self._running: dict[tuple[str, int], MedicationOrder] = {}
        self._ended: list[MedicationOrder] = []

    def read(self, sheets: Sequence[FollowUp]) -> list[MedicationOrder]:
        for sheet in sheets:
            if sheet.visit_date is not None:
                self._sheet(sheet, sheet.visit_date)
        for place, order in list(self._running.items()):
            self._cut(place, order, date.max)
        return [*self._ended, *self._running.values()]

    def _sheet(self, sheet: FollowUp, day: date) -> None:
        lines = [one for one in sheet.drugs if one.purpose == "guidance" and one.drug_name]
        lines = lines or [one for one in sheet.drugs if one.drug_name]
        for place, order in list(self._running.items()):
            self._cut(place, order, day)
        if not lines:
            if sheet.adherence == Adherence.NOT_NEEDED:
                for place in list(self._running):
                    self._end(place, day, StopReason.BY_DOCTOR)
            return
        listed: dict[tuple[str, int], MedicationOrder] = {}
        for line in lines:
            made = order_of_line(line, sheet, self._book)
            name = drug_id(self._book, made.drug_name, made.drug_key)
            listed[name, sum(other == name for other, _ in listed)] = made
        for place in [one for one in self._running if one not in listed]:
            self._end(place, day, None)
        for place, made in listed.items():
            self._listed(place, made, day)

    def _listed(self, place: tuple[str, int], made: MedicationOrder, day: date) -> None:
        if any(_covers(one, day) for one in self._stored.get(place[0], ())):
            return
        before = self._running.get(place)
        if before is not None and _same_doses(before, made):
            return
        if before is not None:
            self._end(place, day, StopReason.CHANGED)
        self._running[place] = made

    def _cut(self, place: tuple[str, int], order: MedicationOrder, day: date) -> None:
        """End what a typed order of the same drug has taken over by `day`."""
        starts = [one.started_on for one in self._stored.get(place[0], ()) if order.started_on < one.started_on <= day]
        if starts:
            self._end(place, min(starts), StopReason.CHANGED)

    def _end(self, place: tuple[str, int], day: date, reason: StopReason | None) -> None:
        order = self._running.pop(place)
        self._ended.append(dataclasses.replace(order, stopped_on=day, stop_reason=reason.value if reason else None))


def _covers(order: MedicationOrder, day: date) -> bool:
    """Whether a typed order speaks for a day; on the day it ends it still does."""
    return order.started_on <= day and (order.stopped_on is None or day <= order.stopped_on)


def _same_doses(left: MedicationOrder, right: MedicationOrder) -> bool:
    return all(getattr(left, name) == getattr(right, name) for name in _DOSE_FIELDS)


def running(orders: Iterable[MedicationOrder], day: date) -> Iterator[MedicationOrder]:
    """The orders that hold on a day."""
    return (one for one in orders if is_running(one, day))
