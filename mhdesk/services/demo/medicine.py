"""Invented dispensing, injections, stock, reactions and results, so that 服药 and its registers are not empty.

They follow from the drug lines of the invented follow-ups: most people fetch a month's tablets in time, a few are late,
one has stopped by himself. Long-acting drugs are injected at their interval.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from db.queries import medication as queries
from mhdesk.domain.medication import (
    AdverseReaction,
    Dispensing,
    Injection,
    LaboratoryResult,
    MedicationOrder,
    StockKind,
    StockMovement,
    StopReason,
)
from mhdesk.domain.record import Record
from mhdesk.rules.medicines import orders
from mhdesk.services.demo.names import chance
from mhdesk.services.medication import known
from mhdesk.services.medication.known import Basis
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_MONTH, _BACK = 30, 150
_HERE, _LATE, _STOPPED = 0.45, 0.12, 0.03  # who fetches medicine here, who is late, who has stopped
_YES = "2"


def add(ledger: Ledger, *, today: date) -> None:
    """Half a year of medicine for about half of the people, in one transaction."""
    dice = random.Random(f"medicine/{today}")
    with ledger.read() as connection:
        basis = known.basis_of(connection)
        left = queries.left_register(connection, until=today)
        last = queries.last_sheets(connection, until=today)
        ids = [one for one, sheet in last.items() if one not in left and sheet.hospitalization != "1"]
        its = known.courses(connection, ids, basis, today=today)
    records: list[Record] = []
    used: dict[tuple[str, str], float] = {}
    for one in ids:
        if chance(dice, 1 - _HERE):
            continue
        for order in orders.running(its[one].orders, today):
            made = list(_of_order(dice, order, basis, today))
            records += made
            for record in made:
                if isinstance(record, Dispensing) and record.quantity and record.unit:
                    place = (record.drug_name, record.unit)
                    used[place] = used.get(place, 0) + record.quantity
    records += _stock(used, today)
    with ledger.change("medication.dispense") as change:
        change.add_many(records)


def _of_order(dice: random.Random, order: MedicationOrder, basis: Basis, today: date) -> Iterator[Record]:
    drug = orders.drug_of(basis.book, order.drug_name, order.drug_key)
    if drug is None:
        return
    start = max(order.started_on, today - timedelta(days=_BACK - dice.randrange(_MONTH)))
    if drug.long_acting:
        yield from _injections(dice, order, start, today)
        return
    a_day = orders.daily(order)
    strength = next(iter(drug.strengths), None)
    if a_day is None or not strength or a_day.unit != "mg":
        return
    stops = today - timedelta(days=dice.randrange(5, 30)) if chance(dice, _STOPPED) else None
    day = start
    while day <= (stops or today):
        yield Dispensing(
            patient_id=order.patient_id,
            dispensed_on=day,
            drug_name=drug.generic,
            drug_key=drug.key,
            specification=order.specification,
            strength=strength,
            quantity=round(a_day.value / strength * _MONTH, 1),
            unit="片",
            days=_MONTH,
            batch=f"{day:%y%m}01",
            expires_on=date(day.year + 2, day.month, 1),
            is_free=_YES if drug.generation == 2 else "1",  # noqa: PLR2004 - 第二代
            receiver=text("demo.medicine.receiver"),
            staff_name=text("demo.medicine.staff"),
        )
        day += timedelta(days=_MONTH + (dice.randrange(8, 25) if chance(dice, _LATE) else dice.randrange(-3, 2)))
    if stops is not None:
        values = {name: getattr(order, name) for name in _KEPT}
        yield MedicationOrder(**values, stopped_on=stops, stop_reason=StopReason.BY_HIMSELF.value)
    if chance(dice, 0.04):
        yield AdverseReaction(
            patient_id=order.patient_id,
            noticed_on=start + timedelta(days=10),
            drug_name=drug.generic,
            drug_key=drug.key,
            kinds=(dice.choice(["1", "5", "6"]),),
            severity="1",
            measures=text("demo.medicine.measures"),
        )
    if drug.key == "clozapine" or chance(dice, 0.04):
        yield LaboratoryResult(
            patient_id=order.patient_id,
            taken_on=today - timedelta(days=dice.randrange(5, 80)),
            item="2",
            value=round(dice.uniform(3.6, 9.2), 1),
            unit="×10⁹/L",
            low=3.5,
            high=9.5,
            abnormal="1",
        )


_KEPT = (
    *("patient_id", "drug_name", "drug_key", "specification", "started_on", "morning", "noon", "night", "dose"),
    *("times", "interval_days", "dose_unit", "follow_up_id"),
)


def _injections(dice: random.Random, order: MedicationOrder, start: date, today: date) -> Iterator[Record]:
    interval, day, place = order.interval_days or 28, start, dice.randrange(4)
    while day <= today:
        place += 1
        yield Injection(
            patient_id=order.patient_id,
            injected_on=day,
            drug_name=order.drug_name,
            drug_key=order.drug_key,
            dose=order.dose,
            dose_unit=order.dose_unit or "mg",
            quantity=1,
            site=str(place % 4 + 1),
            reaction="1",
            interval_days=interval,
            next_due_on=day + timedelta(days=interval),
            batch=f"{day:%y%m}07",
            is_free="1",
            staff_name=text("demo.medicine.staff"),
        )
        day += timedelta(days=interval + (dice.randrange(8, 16) if chance(dice, _LATE) else dice.randrange(-2, 3)))


def _stock(used: dict[tuple[str, str], float], today: date) -> Iterator[Record]:
    """What came in for what was handed out, and a little more."""
    first = today - timedelta(days=_BACK + 5)
    for place, ((name, unit), quantity) in enumerate(sorted(used.items())):
        yield StockMovement(
            moved_on=first,
            drug_name=name,
            kind=StockKind.IN.value,
            quantity=float(round(quantity * 1.1 / 100 + 1) * 100),
            unit=unit,
            batch=f"{first:%y%m}01",
            expires_on=today + timedelta(days=60 + 90 * place),
            staff_name=text("demo.medicine.staff"),
        )
