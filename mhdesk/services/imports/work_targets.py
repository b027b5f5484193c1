"""Rows of the target board against what was typed: a target by document and name, its actual by the day it stands for.

Only what is typed is read: rows the ledger counts, and rows without an actual, are not rows of an import.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from mhdesk.domain.training import TargetActual
from mhdesk.rules import targets as rules
from mhdesk.rules.targets import Target
from mhdesk.services import targets
from mhdesk.services.imports.result import Outcome, conflict, rejected
from mhdesk.text import text

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger

_SIGNS = {"percent": "%％", "permille": "‰"}
_RATIO = ("1/", "1:", "1：", "1∶")

_Key = tuple[str, str, date]


class TargetBook:
    """The typed actuals while a file is read."""

    def __init__(self, ledger: Ledger, today: date) -> None:
        self._today = today
        self._targets: dict[tuple[str, str], tuple[str, Target]] = {}
        for one in rules.available(targets.ledger_overrides(ledger)).values():
            for target in one.targets:
                for document in (one.id, one.name):
                    for name in (target.indicator, target.name):
                        self._targets[_plain(document), _plain(name)] = (one.id, target)
        self._typed: dict[_Key, TargetActual] = {}
        for actual in sorted(ledger.find(TargetActual), key=lambda one: one.id or 0):  # the last typed counts
            self._typed[actual.target_set, actual.indicator, actual.as_of] = actual
        self._fresh: dict[_Key, TargetActual] = {}

    def take(self, values: Mapping[str, Any]) -> Outcome:
        """One row. Raises Refusal."""
        document, name = values.get("document", ""), values["indicator"]
        found = self._targets.get((_plain(document), _plain(name)))
        if found is None:
            raise rejected("MH-TARGET-03", "indicator", name=name, document=document)
        set_id, target = found
        value = _printed(target.form, values["actual"])
        prefix = text("targets.origin.typed") + "："
        evidence = str(values.get("evidence", "")).removeprefix(prefix).strip()
        as_of = values.get("as_of")
        if as_of is None or evidence == text("targets.origin.typed"):
            raise rejected("MH-TARGET-06", "as_of" if as_of is None else "evidence")
        if not targets.can_be(target.form, value=value, year=as_of.year, as_of=as_of, evidence=evidence,
                              today=self._today):  # fmt: skip
            raise rejected("MH-TARGET-06", "actual")
        key = (set_id, target.indicator, as_of)
        made = TargetActual(
            target_set=set_id, indicator=target.indicator, year=as_of.year, value=value, as_of=as_of, evidence=evidence
        )
        stored = self._typed.get(key)
        if key in self._fresh:
            if not _is_same(target, made, self._fresh[key]):
                raise conflict("MH-TARGET-05", "actual", name=name, day=as_of.isoformat())
            return Outcome.SAME
        if stored is not None and _is_same(target, made, stored):
            return Outcome.SAME
        self._fresh[key] = made
        return Outcome.NEW if stored is None else Outcome.CHANGED

    def write(self, change: Change) -> None:
        """Store what the file says anew; what was typed before stays beside it, as when it is typed again."""
        for record in self._fresh.values():
            change.add(record)


def _printed(form: str, said: str) -> float:
    """The number of an actual as it is printed: 92.65%, 3.06‰, 1/178, 12. Raises Refusal.

    A percentage below 1 without its sign is given back: spreadsheets store 93% as 0.93, and nobody can tell.
    """
    bare = said.replace(" ", "")
    number = bare.rstrip(_SIGNS.get(form, ""))
    if form == "one_to_n":
        number = next((number[len(one) :] for one in _RATIO if number.startswith(one)), number)
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise rejected("MH-STAFF-21", "actual", label=text("training.field.actual"), text=said[:20])
    if form in _SIGNS and number == bare and 0 < value <= 1:
        raise rejected("MH-TARGET-04", "actual", text=said[:20])
    return value


def _is_same(target: Target, one: TargetActual, other: TargetActual) -> bool:
    """Whether both print the same, with the same evidence."""
    shown = [target.shown(target.ratio_of(each.value)) for each in (one, other)]
    return shown[0] == shown[1] and _plain(one.evidence) == _plain(other.evidence)


def _plain(words: str) -> str:
    return " ".join(words.split())
