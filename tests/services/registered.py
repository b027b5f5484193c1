"""People on the register of a test ledger. Everybody is invented."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from mhdesk.domain import identity
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.patient import Patient
from mhdesk.domain.unit import Unit
from mhdesk.services import patients

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)


def number(born: str = "19740302", order: str = "002") -> str:
    """A valid invented identity number; 990000 is nobody's region."""
    return f"990000{born}{order}" + identity.check_digit(f"990000{born}{order}")


def village(ledger: Ledger, name: str = "石坝村") -> int:
    """A village of the ledger's township."""
    with ledger.change("unit.add") as change:
        return change.add(Unit(name=name, level="village", parent_id=ledger.root_unit_id))


def register(ledger: Ledger, name: str = "冉秀兰", **values: Any) -> int:
    """Somebody on the register, with nothing that a rule objects to."""
    given: dict[str, Any] = {
        "name": name,
        "sex": "2",
        "birth_date": PartialDate(1974, 3, 2),
        "no_id_reason": "证件遗失",
        "diagnosis": "1",
        "consent": "1",
        "consent_date": date(2026, 1, 5),
    } | values
    return patients.save(ledger, Patient(**given), today=TODAY)[0]
