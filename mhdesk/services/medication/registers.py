"""The registers of a month: 发药登记表 and 长效针剂登记表, as rows in the order of the day. Printing lays them out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from db.queries import medication as queries
from db.queries.medication import PersonRow
from mhdesk.domain.dates import add_months
from mhdesk.domain.medication import Dispensing, Injection, MedicationOrder
from mhdesk.rules.medicines import injections, supply
from mhdesk.rules.medicines.orders import drug_id, is_running
from mhdesk.services.medication import known

if TYPE_CHECKING:
    from db.ledger import Ledger


class DispensingLine(NamedTuple):
    """A row of 发药登记表. `days` as written, else by the order; None: neither says it."""

    person: PersonRow
    record: Dispensing
    days: int | None


class InjectionLine(NamedTuple):
    """A row of 长效针剂登记表. `next_due_on`: as written or reckoned; None: nothing says when."""

    person: PersonRow
    record: Injection
    next_due_on: date | None


def month_of(day: date) -> tuple[date, date]:
    """The first day of a day's month, and the first after it."""
    first = day.replace(day=1)
    return first, add_months(first, 1)


def dispensing(ledger: Ledger, *, month: date) -> list[DispensingLine]:
    """Everything handed out in the month of a day."""
    start, end = month_of(month)
    with ledger.read() as connection:
        rows = queries.between(connection, Dispensing, since=start, until=end)
        ids = {one.patient_id for one in rows}
        persons = queries.persons(connection, ids)
        basis = known.basis_of(connection)
        its = known.courses(connection, ids, basis, today=end)
    found = []
    for one in rows:
        name = drug_id(basis.book, one.drug_name, one.drug_key)
        held = [
            order
            for order in its[one.patient_id].orders
            if drug_id(basis.book, order.drug_name, order.drug_key) == name and is_running(order, one.dispensed_on)
        ]
        found.append(DispensingLine(persons[one.patient_id], one, supply.days_of(one, held)))
    return found


def injected(ledger: Ledger, *, month: date) -> list[InjectionLine]:
    """Every long-acting injection given in the month of a day."""
    start, end = month_of(month)
    with ledger.read() as connection:
        rows = queries.between(connection, Injection, since=start, until=end)
        ids = {one.patient_id for one in rows}
        persons = queries.persons(connection, ids)
        basis = known.basis_of(connection)
        its = known.courses(connection, ids, basis, today=end)
    found = []
    for one in rows:
        own: list[MedicationOrder] = [
            order
            for order in its[one.patient_id].orders
            if drug_id(basis.book, order.drug_name, order.drug_key) == drug_id(basis.book, one.drug_name, one.drug_key)
        ]
        found.append(InjectionLine(persons[one.patient_id], one, injections.due_after(one, own, basis.book)))
    return found
