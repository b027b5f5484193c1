"""The parameters of training (合格线 …): ours with their sources, or the ledger's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.rules import training as rules
from mhdesk.rules.training import Term

if TYPE_CHECKING:
    from db.ledger import Ledger

SETTING = "training.terms"


def load(ledger: Ledger) -> Mapping[str, Term]:
    """Every parameter, the ledger's own value where it has one."""
    return rules.terms(ledger.get_setting(SETTING, {}))


def save(ledger: Ledger, values: Mapping[str, float]) -> Changes:
    """Store own values; a value equal to ours is ours again. Raises UserError MH-TRAINING-06 for what cannot be."""
    known = rules.shipped()
    kept = {key: value for key, value in {**ledger.get_setting(SETTING, {}), **values}.items() if key in known}
    if any(value <= 0 for value in kept.values()):
        raise UserError("MH-TRAINING-06")
    merged = {key: kept.get(key, term.value) for key, term in known.items()}
    if merged["pass_mark"] > merged["max_score"]:
        raise UserError("MH-TRAINING-06")
    with ledger.change("training.terms") as change:
        change.set_setting(SETTING, {key: value for key, value in kept.items() if value != known[key].value})
    return change.changes
