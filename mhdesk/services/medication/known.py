"""What is recorded about the medicine of one person or of many, put together for the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from db.queries import medication as queries
from db.queries import rollup
from mhdesk.domain.drugs import Book
from mhdesk.domain.medication import Dispensing, Injection, MedicationOrder
from mhdesk.rules.medicines import orders, supply
from mhdesk.rules.medicines import terms as numbers
from mhdesk.rules.medicines.adherence import Course
from mhdesk.rules.medicines.terms import MedicineTerms
from mhdesk.services import drug_list

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection

#: How far back records are read for what holds today; older ones cannot matter to it.
LOOK_BACK_DAYS = 550


@dataclass(frozen=True)
class Basis:
    """What everything is judged by: the dictionary and the numbers of this ledger."""

    book: Book
    terms: MedicineTerms


def basis(ledger: Ledger) -> Basis:
    """The dictionary and the numbers in force. Raises UserError MH-RULE-01 for a faulty file of the district."""
    with ledger.read() as connection:
        return basis_of(connection)


def basis_of(connection: Connection) -> Basis:
    """The same inside a transaction that is already open."""
    return Basis(drug_list.of(connection), numbers.load(rollup.overrides(connection)))


def course(connection: Connection, patient_id: int, basis: Basis, *, today: date) -> Course:
    """Everything of one person, however old."""
    return courses(connection, [patient_id], basis, today=today, since=date.min)[patient_id]


def courses(
    connection: Connection, ids: Iterable[int], basis: Basis, *, today: date, since: date | None = None
) -> Mapping[int, Course]:
    """Everything of these people since `since` (without: as far back as matters today), by person."""
    wanted = list(ids)
    first = since or today - timedelta(days=LOOK_BACK_DAYS)
    visits = queries.sheets(connection, since=first, ids=wanted)
    typed = queries.of_people(connection, MedicationOrder, wanted)
    handed = queries.of_people(connection, Dispensing, wanted, since=first)
    given = queries.of_people(connection, Injection, wanted, since=first)
    none: Sequence[object] = ()
    return {
        one: Course(
            visits=visits.get(one, []),
            orders=orders.all_orders(visits.get(one, none), typed.get(one, []), basis.book),  # type: ignore[arg-type]
            dispensings=handed.get(one, []),
            injections=given.get(one, []),
        )
        for one in wanted
    }


def days_left(connection: Connection, ids: Iterable[int], *, today: date) -> dict[int, int]:
    """Days until the first wanted drug runs out, 0 when it has; people of whom nothing was handed out are left out."""
    wanted = list(ids)
    handed = set(queries.of_people(connection, Dispensing, wanted, since=today - timedelta(days=LOOK_BACK_DAYS)))
    basis = basis_of(connection)
    found = {}
    for one, its in courses(connection, handed, basis, today=today).items():
        known = supply.supplies(its.dispensings, its.orders, basis.book, today=today)
        days = [left for drug in known if drug.is_wanted and (left := drug.remaining(today)) is not None]
        if days:
            found[one] = max(0, min(days))
    return found
