"""What orders, dispensing and injections say for a roll-up: 长效针剂, 免费服药, and stopping that asks for a visit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from db import schema
from db.queries import medication
from db.queries.records import find
from mhdesk.domain import drugs
from mhdesk.domain.account import DataOverride
from mhdesk.domain.drugs import Book
from mhdesk.domain.medication import FREE, Injection, MedicationOrder
from mhdesk.rules.facts import StopFact
from mhdesk.rules.medicines import injections, orders
from mhdesk.rules.medicines import terms as numbers

_LOOK_BACK_DAYS = 400  # no injection holds longer


class LongActing:
    """Orders and injections read once, asked for any day of `since` to before `end`."""

    def __init__(self, connection: Connection, *, since: date, end: date) -> None:
        self._orders: list[MedicationOrder] = []
        self._injections: list[Injection] = []
        given, typed = schema.injection.c, schema.medication_order.c
        last = select(given.id).where(given.voided_at.is_(None), given.injected_on < end.isoformat()).limit(1)
        ordered = select(typed.id).where(typed.voided_at.is_(None), typed.started_on < end.isoformat()).limit(1)
        if connection.execute(last).first() is None and connection.execute(ordered).first() is None:
            return
        own = {one.path: (one.content, one.origin) for one in find(connection, DataOverride)}
        self._book, self._terms = _book(own), numbers.load(own)
        self._orders = find(connection, MedicationOrder)
        first = since - timedelta(days=_LOOK_BACK_DAYS)
        self._injections = medication.between(connection, Injection, since=first, until=end)

    def on(self, day: date) -> set[int]:
        """People with a long-acting drug on a day: ordered here, or injected and the window open."""
        if not self._orders and not self._injections:
            return set()
        book, terms = self._book, self._terms
        known: dict[int, list[MedicationOrder]] = {}
        for order in self._orders:
            if order.started_on <= day:
                known.setdefault(order.patient_id, []).append(order)
        found = {
            patient_id
            for patient_id, its in known.items()
            if any(orders.is_running(one, day) and orders.is_long_acting(book, one) for one in its)
        }
        first = day - timedelta(days=_LOOK_BACK_DAYS)
        for one in self._injections:
            if one.patient_id in found or not first <= one.injected_on <= day:
                continue
            name = orders.drug_id(book, one.drug_name, one.drug_key)
            its = [
                order
                for order in known.get(one.patient_id, [])
                if orders.drug_id(book, order.drug_name, order.drug_key) == name
            ]
            due = injections.due_after(one, its, book)
            if due is not None and day <= due + timedelta(days=injections.window_of(one, terms)):
                found.add(one.patient_id)
        return found


def long_acting(connection: Connection, *, end: date) -> set[int]:
    """People with a long-acting drug on the last day before `end`."""
    day = end - timedelta(days=1)
    return LongActing(connection, since=day, end=end).on(day)


def free_since(end: date) -> date:
    """The first day whose free medicine counts before `end`: that of the year."""
    return date((end - timedelta(days=1)).year, 1, 1)


def free_days(connection: Connection, *, since: date, end: date) -> dict[int, list[str]]:
    """When free medicine was handed out or injected, by person: ISO days from `since` until `end`, in any order."""
    found: dict[int, list[str]] = {}
    for table, day in ((schema.dispensing, "dispensed_on"), (schema.injection, "injected_on")):
        query = select(table.c.patient_id, table.c[day]).where(
            table.c.voided_at.is_(None),
            table.c.is_free == FREE,
            table.c[day] >= since.isoformat(),
            table.c[day] < end.isoformat(),
        )
        for patient_id, on in connection.execute(query):
            found.setdefault(patient_id, []).append(on)
    return found


def free(connection: Connection, *, end: date) -> set[int]:
    """People to whom free medicine was handed out or injected from the year's first day until `end`."""
    return set(free_days(connection, since=free_since(end), end=end))


def all_stops(connection: Connection, *, end: date) -> dict[int, list[StopFact]]:
    """Every stopping that asks for a visit, by person, in order: a later one does not take an earlier one back.

    Which reasons ask, and for how soon, is data (``resources/medication.toml``, visit_after_stop).
    """
    table = schema.medication_order.c
    query = select(table.patient_id, table.stopped_on, table.stop_reason).where(
        table.voided_at.is_(None), table.stopped_on.is_not(None), table.stopped_on < end.isoformat()
    )
    rows: list[Any] = list(connection.execute(query.order_by(table.stopped_on, table.id)))
    if not rows:
        return {}
    days = numbers.load({one.path: (one.content, one.origin) for one in find(connection, DataOverride)})
    found: dict[int, list[StopFact]] = {}
    for patient_id, stopped_on, reason in rows:
        asked = days.visit_after_stop.get(reason)
        if asked is not None:
            day = date.fromisoformat(stopped_on).toordinal()
            found.setdefault(patient_id, []).append(StopFact(day, day + asked.value, reason))
    return found


def _book(own: dict[str, tuple[str, str]]) -> Book:
    """The dictionary in force; a faulty own file is passed over."""
    content, origin = own.get(drugs.PATH, ("", ""))
    try:
        return drugs.in_force(content, origin)
    except ValueError:
        return drugs.in_force()
