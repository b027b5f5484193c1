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


def long_acting(connection: Connection, *, end: date) -> set[int]:
    """People with a long-acting drug on the last day before `end`: ordered here, or injected and the window open."""
    day, table = end - timedelta(days=1), schema.injection.c
    last = select(table.id).where(table.voided_at.is_(None), table.injected_on < end.isoformat()).limit(1)
    typed = schema.medication_order.c
    ordered = select(typed.id).where(typed.voided_at.is_(None), typed.started_on < end.isoformat()).limit(1)
    if connection.execute(last).first() is None and connection.execute(ordered).first() is None:
        return set()
    own = {one.path: (one.content, one.origin) for one in find(connection, DataOverride)}
    book, terms = _book(own), numbers.load(own)
    running: dict[int, list[MedicationOrder]] = {}
    for order in find(connection, MedicationOrder):
        if order.started_on <= day:
            running.setdefault(order.patient_id, []).append(order)
    found = {
        patient_id
        for patient_id, its in running.items()
        if any(orders.is_running(one, day) and orders.is_long_acting(book, one) for one in its)
    }
    for one in medication.between(connection, Injection, since=day - timedelta(days=_LOOK_BACK_DAYS), until=end):
        if one.patient_id in found:
            continue
        name = orders.drug_id(book, one.drug_name, one.drug_key)
        its = [
            order
            for order in running.get(one.patient_id, [])
            if orders.drug_id(book, order.drug_name, order.drug_key) == name
        ]
        due = injections.due_after(one, its, book)
        if due is not None and day <= due + timedelta(days=injections.window_of(one, terms)):
            found.add(one.patient_id)
    return found


def free(connection: Connection, *, end: date) -> set[int]:
    """People to whom free medicine was handed out or injected from the year's first day until `end`."""
    first = date((end - timedelta(days=1)).year, 1, 1).isoformat()
    found: set[int] = set()
    for table, day in ((schema.dispensing, "dispensed_on"), (schema.injection, "injected_on")):
        query = select(table.c.patient_id).where(
            table.c.voided_at.is_(None), table.c.is_free == FREE, table.c[day] >= first, table.c[day] < end.isoformat()
        )
        found |= {row[0] for row in connection.execute(query)}
    return found


def stops(connection: Connection, *, end: date) -> dict[int, StopFact]:
    """The last stopping of each person that asks for a visit.

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
    found: dict[int, StopFact] = {}
    for patient_id, stopped_on, reason in rows:
        asked = days.visit_after_stop.get(reason)
        if asked is not None:
            day = date.fromisoformat(stopped_on).toordinal()
            found[patient_id] = StopFact(day, day + asked.value, reason)
    return found


def _book(own: dict[str, tuple[str, str]]) -> Book:
    """The dictionary in force; a faulty own file is passed over."""
    content, origin = own.get(drugs.PATH, ("", ""))
    try:
        return drugs.in_force(content, origin)
    except ValueError:
        return drugs.in_force()
