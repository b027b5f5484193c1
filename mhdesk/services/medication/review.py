"""药名待核对: names nobody knows, from imports, typing and follow-ups. None is guessed: somebody says what it is."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from db import schema
from db.queries import medication as queries
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.medication import Dispensing, Injection, MedicationOrder, StockMovement
from mhdesk.rules.medicines.orders import drug_of
from mhdesk.services.medication import known

if TYPE_CHECKING:
    from db.ledger import Ledger

_KINDS: tuple[type[Any], ...] = (MedicationOrder, Dispensing, Injection, StockMovement)


class UnknownName(NamedTuple):
    """A name that is not in the dictionary, and how often it stands in each table."""

    drug_name: str
    uses: dict[str, int]

    @property
    def total(self) -> int:
        """How often in all."""
        return sum(self.uses.values())

    @property
    def can_be_named(self) -> bool:
        """Whether `name_drug` would change a record; names on follow-ups are made known in the dictionary."""
        return any(name != schema.follow_up_drug.name for name in self.uses)


def unknown(ledger: Ledger) -> list[UnknownName]:
    """Every name the dictionary does not know, the most frequent first."""
    with ledger.read() as connection:
        book = known.basis_of(connection).book
        rows = queries.names(connection)
    found: dict[str, Counter[str]] = {}
    for row in rows:
        if row.drug_name and drug_of(book, row.drug_name, row.drug_key) is None:
            found.setdefault(row.drug_name, Counter())[row.table] += row.uses
    names = [UnknownName(name, dict(uses)) for name, uses in found.items()]
    return sorted(names, key=lambda one: (-one.total, one.drug_name))


def name_drug(ledger: Ledger, drug_name: str, drug_key: str) -> Changes:
    """Say which drug of the dictionary a name means, in every stored record that carries it; the name stays as written.

    Raises UserError MH-MED-03 for a key that is not in the dictionary.
    """
    with ledger.change("medication.name_drug") as change:
        if known.basis_of(change.connection).book.by_key(drug_key) is None:
            raise UserError("MH-MED-03")
        for kind in _KINDS:
            for record in queries.named(change.connection, kind, drug_name):
                change.replace(dataclasses.replace(record, drug_key=drug_key))
    return change.changes
