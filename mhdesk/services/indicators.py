"""The people behind a number, each with the reason: the same judgements as the roll-up, never a second calculation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from db.queries import rollup as queries
from mhdesk.domain import identity
from mhdesk.domain.errors import UsageError
from mhdesk.rules import rollup as rules_rollup
from mhdesk.rules.indicators import explain, registry
from mhdesk.rules.judge import Frame, Judge
from mhdesk.rules.rollup import RollUp
from mhdesk.services import rollups

if TYPE_CHECKING:
    from db.ledger import Ledger

SIDES = ("numerator", "denominator", "gap")


@dataclass(frozen=True, slots=True)
class Named:
    """One person behind a number. `label` and `name` are masked unless the names were asked for; `masked_id` always.

    `unit_name` is the village, or the institution where no village is known.
    """

    id: int
    label: str
    reason: str
    name: str
    masked_id: str
    unit_name: str


def names(
    ledger: Ledger,
    indicator: str,
    *,
    on: date,
    today: date,
    rules: str | None = None,
    unit: str | None = None,
    side: str = "numerator",
    identified: bool = False,
) -> list[Named]:
    """Who is counted in the week of `on` (`numerator`), who could be (`denominator`), who is not (`gap`), by id.

    `unit` is a name, code or id. `identified` shows names and numbers and is written to the audit log.
    Raises UsageError: MH-REPORT-02 unknown indicator, MH-REPORT-03 unknown unit.
    """
    registry.find(indicator)
    rollup = rollups.build(ledger, on=on, rules=rules, today=today)
    unit_id = None if unit is None else _row(rollup, unit)
    return people(ledger, rollup, indicator, members(rollup, indicator, unit_id, side), identified=identified)


def members(rollup: RollUp, indicator: str, unit_id: int | None = None, side: str = "numerator") -> Sequence[int]:
    """The ids behind a cell. A count has no denominator of its own: there it is everybody on the register."""
    values = rollup.values_of(unit_id)
    result = values[indicator]
    among = result.denominator_ids if len(result.denominator_ids) else values["registered"].numerator_ids
    if side == "numerator":
        return result.numerator_ids
    if side == "denominator":
        return among
    counted = set(result.numerator_ids)
    return [member for member in among if member not in counted]


def people(
    ledger: Ledger, rollup: RollUp, indicator: str, ids: Sequence[int], *, identified: bool = False
) -> list[Named]:
    """Labels and reasons for some people of a roll-up."""
    period, rules = rollup.period, rollup.rules
    judge = Judge(rules, Frame.of(period.range, rules))
    with ledger.read() as connection:
        rows = queries.people(connection, ids)
        facts = queries.patient_facts(
            connection,
            first=rules_rollup.first_day(period, rules),
            start=period.start,
            end=period.range.end,
            ids=ids,
        )
        reasons = {person.id: explain.reason(indicator, person, judge) for person in facts}
    if identified:
        with ledger.change("report.names_identified", reason=indicator) as change:
            change.touch("patient", len(ids))
    return [_named(rows[person], reasons[person], identified=identified) for person in ids]


def _named(row: queries.PersonRow, reason: str, *, identified: bool) -> Named:
    name = row.name if identified else identity.mask_name(row.name)
    masked_id = identity.mask(row.id_number)
    number = row.id_number or "" if identified else masked_id
    return Named(row.id, f"{name} {number}".strip(), reason, name, masked_id, row.unit_name)


def _row(rollup: RollUp, unit: str) -> int:
    for one in rollup.units:
        if unit in (one.unit.name, str(one.unit.id)):
            return one.unit.id
    raise UsageError("MH-REPORT-03", unit=unit)
