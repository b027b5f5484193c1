"""Reading for print: whole records of many people in one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from db.queries import Connection, records
from mhdesk.domain.account import CustomField
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.unit import Unit, UnitLevel

if TYPE_CHECKING:
    from db.ledger import Ledger

PRINTED_EDITIONS = ("2018", "2017")


def edition_of(edition: str) -> str:
    """The edition a record is printed on: 2011 sheets hold today's digits and go on the form of 2017."""
    return edition if edition in PRINTED_EDITIONS else PRINTED_EDITIONS[-1]


def people(connection: Connection, ids: Sequence[int]) -> list[Patient]:
    """These people in their order, each once.

    Raises UsageError MH-PAPER-01 for nobody, UserError MH-LEDGER-24 for an unknown and MH-PAPER-06 for voided ones.
    """
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise UsageError("MH-PAPER-01")
    found = records.load_many(connection, Patient, wanted)
    if len(found) < len(wanted):
        raise UserError("MH-LEDGER-24")
    if voided := sum(one.voided_at is not None for one in found):
        raise UserError("MH-PAPER-06", count=voided)
    return found


def visits(connection: Connection, patient_id: int) -> list[FollowUp]:
    """A person's visits, oldest first."""
    found = records.find(connection, FollowUp, patient_id=patient_id)
    return sorted(found, key=lambda one: (one.visit_date or date.min, one.id or 0))


def last_complete(found: Sequence[FollowUp]) -> FollowUp | None:
    """The latest complete follow-up of visits in order."""
    return next((one for one in reversed(found) if one.is_complete), None)


def custom_items(connection: Connection, form: str) -> tuple[tuple[str, str], ...]:
    """Key and label of the items a district added to `form` ("patient", "follow_up"), in their order."""
    found = records.find(connection, CustomField, form=form)
    return tuple((one.key, one.label) for one in sorted(found, key=lambda one: (one.sort_order, one.id or 0)))


class Places:
    """Names of units: which village somebody lives in, which institution manages them."""

    def __init__(self, ledger: Ledger, connection: Connection) -> None:
        """Read all units once."""
        self._root = ledger.root_unit_id
        self.units = {one.id or 0: one for one in records.find(connection, Unit)}

    def village(self, unit_id: int | None) -> str:
        """The village's name, "" where only the institution is known."""
        unit = self.units.get(unit_id or 0)
        return unit.name if unit is not None and unit.level == UnitLevel.VILLAGE else ""

    def institution(self, unit_id: int | None) -> str:
        """The institution's name."""
        unit = self.units.get(unit_id or 0)
        if unit is not None and unit.level == UnitLevel.VILLAGE:
            unit = self.units.get(unit.parent_id or 0)
        return unit.name if unit is not None else self.own()

    def own(self) -> str:
        """The name of whose ledger this is."""
        root = self.units.get(self._root)
        return root.name if root else ""

    def order(self, unit_id: int | None) -> tuple[int, int]:
        """Where a unit stands among the others."""
        unit = self.units.get(unit_id or 0)
        return (unit.sort_order, unit_id or 0) if unit else (1 << 30, 0)

    def by_name(self, name: str) -> int:
        """The id of a unit of that name. Raises UsageError MH-REPORT-03."""
        for unit in self.units.values():
            if unit.name == name.strip():
                return unit.id or 0
        raise UsageError("MH-REPORT-03", unit=name)
