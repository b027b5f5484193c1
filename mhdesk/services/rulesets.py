"""Rule sets (口径): which there are, whose copy counts, and which one is this ledger's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from db.queries import rollup as queries
from mhdesk.domain.changes import Changes
from mhdesk.rules import ruleset
from mhdesk.rules.ruleset import RuleSet

if TYPE_CHECKING:
    from db.ledger import Ledger

SETTING = "rules.default"


class Choice(NamedTuple):
    """The rule sets to choose from, and the one in force."""

    available: Sequence[RuleSet]
    default: RuleSet


def choice(ledger: Ledger) -> Choice:
    """Every rule set, ours and the district's own copies, and the ledger's default."""
    with ledger.read() as connection:
        overrides = queries.overrides(connection)
    available = ruleset.available(overrides)
    return Choice(tuple(available.values()), ruleset.load(ledger.get_setting(SETTING), overrides))


def choose(ledger: Ledger, rules_id: str) -> Changes:
    """Make a rule set the ledger's default. Raises UsageError for an unknown one."""
    with ledger.read() as connection:
        ruleset.load(rules_id, queries.overrides(connection))
    with ledger.change("rules.choose") as change:
        change.set_setting(SETTING, rules_id)
    return change.changes
