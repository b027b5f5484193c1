"""All indicators by id, and what they say of themselves under a rule set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mhdesk.domain.errors import UsageError
from mhdesk.rules.indicators import condition, joint, management, medication, register, staff, visits
from mhdesk.rules.indicators.model import Indicator
from mhdesk.rules.ruleset import RuleSet
from mhdesk.text import text

INDICATORS: Mapping[str, Indicator] = {
    indicator.id: indicator
    for module in (register, management, medication, condition, visits, joint, staff)
    for indicator in module.INDICATORS
}


class Definition(NamedTuple):
    """An indicator in words."""

    name: str
    definition: str
    numerator: str
    denominator: str
    source: str


def find(indicator_id: str) -> Indicator:
    """The indicator. Raises UsageError MH-REPORT-02 for an unknown id."""
    try:
        return INDICATORS[indicator_id]
    except KeyError:
        raise UsageError("MH-REPORT-02", indicator=indicator_id) from None


def name_of(indicator_id: str) -> str:
    """Its Chinese name."""
    return text(f"indicator.{indicator_id}.name")


def define(indicator_id: str, rules: RuleSet) -> Definition:
    """The indicator as the rule set judges it."""
    values = {key: parameter.value_text for key, parameter in rules.parameters.items()}
    values["interval"] = text(f"rules.interval.{rules.terms.mode}", interval=rules.terms.interval)
    values["standard"] = text(f"rules.algorithms.{rules.standard}", **values)
    values["regular"] = text(f"rules.algorithms.{rules.regular}", **values)
    values["rules"] = rules.label
    keys = (f"indicator.{indicator_id}.{part}" for part in Definition._fields)
    return Definition(*(text(key, **values) for key in keys))
