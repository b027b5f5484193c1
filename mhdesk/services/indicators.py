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
from mhdesk.rules.indicators.model import Kind
from mhdesk.rules.indicators.repair import Repairs
from mhdesk.rules.indicators.tally import NO_FIGURES, Tally
from mhdesk.rules.judge import Frame, Judge
from mhdesk.rules.rollup import RollUp
from mhdesk.services import rollups

if TYPE_CHECKING:
    from db.ledger import Ledger

SIDES = ("numerator", "denominator", "gap")
_STANDINGS = ("missing", "counted", "not_asked")
_UNWANTED = ("incident_rate", "minor_incident_rate")  # nobody lacks anything by not being counted
_SAME_AS_REGISTERED = ("prevalence", "prevalence_percent", "estimated_registration_rate", "staff_ratio")


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
    repair: str = ""  # what still helps, and until when


@dataclass(frozen=True, slots=True)
class PersonIndicator:
    """One number as it looks at one person. `standing`: counted, missing (asked about, not counted) or not_asked."""

    indicator: str
    name: str
    standing: str
    reason: str
    repair: str
    definition: str


def names(  # noqa: PLR0913 - which number, of when, of whom, by which rules
    ledger: Ledger,
    indicator: str,
    *,
    on: date,
    today: date,
    rules: str | None = None,
    period: str = "weekly",
    unit: str | None = None,
    side: str = "numerator",
    identified: bool = False,
) -> list[Named]:
    """Who is counted in the period of `on` (`numerator`), who could be (`denominator`), who is not (`gap`), by id.

    `unit` is a name, code or id. `identified` shows names and numbers and is written to the audit log.
    Raises UsageError: MH-REPORT-02 unknown indicator, MH-REPORT-03 unknown unit.
    """
    registry.find(indicator)
    rollup = rollups.build(ledger, period=period, on=on, rules=rules, today=today)
    unit_id = None if unit is None else _row(rollup, unit)
    ids = members(rollup, indicator, unit_id, side)
    return people(ledger, rollup, indicator, ids, today=today, identified=identified)


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
    ledger: Ledger,
    rollup: RollUp,
    indicator: str,
    ids: Sequence[int],
    *,
    today: date | None = None,
    identified: bool = False,
) -> list[Named]:
    """Labels and reasons for some people of a roll-up; with `today` also what still helps from then on."""
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
        repairs = Repairs(judge, today=today, period_end=period.end) if today is not None else None
        reasons = {
            person.id: (
                explain.reason(indicator, person, judge),
                repairs.sentence(indicator, person) if repairs is not None else "",
            )
            for person in facts
        }
    if identified:
        with ledger.change("report.names_identified", reason=indicator) as change:
            change.touch("patient", len(ids))
    return [_named(rows[person], *reasons[person], identified=identified) for person in ids]


def of_person(
    ledger: Ledger, patient_id: int, *, on: date, today: date, rules: str | None = None, period: str = "weekly"
) -> list[PersonIndicator]:
    """Every rate as it looks at one person, and the counts the person stands in, each with why and what helps."""
    with ledger.read() as connection:
        first_weekday = int(queries.setting(connection, rollups.FIRST_WEEKDAY_SETTING, 0))
        days = rules_rollup.period_of(period, on, today=today, first_weekday=first_weekday)
        chosen = rollups.load_rules(connection, rules)
        found = queries.patient_facts(
            connection,
            first=rules_rollup.first_day(days, chosen),
            start=days.start,
            end=days.range.end,
            ids=[patient_id],
        )
        facts = next(iter(found), None)
    judge = Judge(chosen, Frame.of(days.range, chosen))
    tally = Tally(chosen.terms)
    tally.add_all([] if facts is None else [facts], judge, {}, lambda _facts: 0)
    if facts is None or not tally.rows:
        return []
    repairs, told = Repairs(judge, today=today, period_end=days.end), []
    for key, indicator in registry.INDICATORS.items():
        result = tally.result(indicator, tally.rows, NO_FIGURES)
        is_rate = indicator.kind is Kind.PERCENT and key not in _UNWANTED
        if not is_rate and (key in _SAME_AS_REGISTERED or not len(result.numerator_ids)):
            continue
        asked = not is_rate or len(result.denominator_ids) > 0
        standing = "not_asked" if not asked else "counted" if len(result.numerator_ids) else "missing"
        told.append(
            PersonIndicator(
                key,
                registry.name_of(key),
                standing,
                explain.reason(key, facts, judge),
                repairs.sentence(key, facts),
                registry.define(key, chosen).definition,
            )
        )
    return sorted(told, key=lambda one: _STANDINGS.index(one.standing))


def _named(row: queries.PersonRow, reason: str, repair: str, *, identified: bool) -> Named:
    name = row.name if identified else identity.mask_name(row.name)
    masked_id = identity.mask(row.id_number)
    number = row.id_number or "" if identified else masked_id
    return Named(row.id, f"{name} {number}".strip(), reason, name, masked_id, row.unit_name, repair)


def _row(rollup: RollUp, unit: str) -> int:
    for one in rollup.units:
        if unit in (one.unit.name, str(one.unit.id)):
            return one.unit.id
    raise UsageError("MH-REPORT-03", unit=unit)
