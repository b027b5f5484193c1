"""Documents with targets (目标文件): which there are, which are in force, and this ledger's own copies of them.

What the district changes, adds or leaves out lies in the ledger as a `DataOverride` of ``targets/<id>.toml``; the rest
follows the program's file. A document nobody ships (the circular of a new year) lies there whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from db.queries import rollup as queries
from mhdesk.domain.account import DataOverride
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.problems import Problem
from mhdesk.rules import targets as rules
from mhdesk.rules.indicators.model import Kind
from mhdesk.rules.indicators.registry import INDICATORS
from mhdesk.rules.ruleset import OWN_ORIGIN, Mark
from mhdesk.rules.targets import Target, TargetSet
from mhdesk.services import rollups
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

OWN = "own"
_NUMBER = re.compile(rf"{OWN}(\d+)")


class Choice(NamedTuple):
    """The documents to choose from, the ids in force, and whether the ledger chose them (else its rule set did)."""

    available: Sequence[TargetSet]
    in_force: Sequence[str]
    is_chosen: bool


class Known(NamedTuple):
    """An indicator of the library a target may be set for, and how its target is printed."""

    indicator: str
    name: str
    form: str


_FORMS = {
    Kind.PERCENT: "percent",
    Kind.PERMILLE: "permille",
    Kind.ONE_TO_N: "one_to_n",
    Kind.PER_100K: "per_100k",
}


def choice(ledger: Ledger) -> Choice:
    """Every document with targets, ours and the district's, and those in force."""
    with ledger.read() as connection:
        available = rules.available(queries.overrides(connection))
        in_force = rollups.targets_of(connection, rollups.load_rules(connection, None))
        chosen = queries.setting(connection, rollups.TARGETS_SETTING, None)
    return Choice(tuple(available.values()), [one.id for one in in_force], bool(chosen))


def choose(ledger: Ledger, ids: Sequence[str]) -> Changes:
    """Hold the ledger against these documents; none: against the one of the rule set in force.

    Raises UserError MH-TARGET-02 for a document nobody has.
    """
    known = [one.id for one in choice(ledger).available]
    if missing := [one for one in ids if one not in known]:
        raise UserError("MH-TARGET-02", name="、".join(missing))
    with ledger.change("targets.choose") as change:
        change.set_setting(rollups.TARGETS_SETTING, [one for one in known if one in ids])
    return change.changes


def known_indicators(available: Sequence[TargetSet]) -> list[Known]:
    """What a target may be set for: the rates of the library, then what a document at hand has a target for."""
    found = {
        key: Known(key, text(f"indicator.{key}.name"), _FORMS[indicator.kind])
        for key, indicator in INDICATORS.items()
        if indicator.kind in _FORMS
    }
    for target in (one for target_set in available for one in target_set.targets):
        if not _NUMBER.fullmatch(target.indicator):
            found.setdefault(target.indicator, Known(target.indicator, target.name, target.form))
    return list(found.values())


def save(ledger: Ledger, set_id: str, target: Target, *, instead_of: str = "") -> Changes:
    """Keep a target in the ledger's own copy of a document: a new one, or `instead_of` the key of an old one.

    A new one without an indicator is the district's own, its actual is typed. Raises UserError MH-TARGET-02 for an
    unknown document, RecordRefused MH-TARGET-03 naming the field that cannot be.
    """
    found = _set(ledger, set_id)
    if not target.indicator:
        target = replace(target, indicator=_free(found))
    target = replace(target, origin=ledger.user_name, name=target.name.strip(), source=target.source.strip())
    if fault := rules.fault_of(target):
        raise RecordRefused("MH-TARGET-03", [Problem("MH-TARGET-10", fault)])
    if target.key != instead_of and found.by_key(target.key) is not None:
        raise RecordRefused("MH-TARGET-03", [Problem("MH-TARGET-11", "year", params={"name": target.name})])
    own = [one for one in _own(found) if one.key not in {instead_of, target.key}]
    gone = {instead_of} - {target.key, ""}
    left_out = [*(one for one in found.left_out if one != target.key), *sorted(gone & _ours(set_id))]
    return _store(ledger, replace(found, targets=[*own, target], left_out=left_out), "targets.edit")


def leave_out(ledger: Ledger, set_id: str, key: str) -> Changes:
    """Hold the ledger against one target no more. Raises UserError MH-TARGET-02 for an unknown one."""
    found = _set(ledger, set_id)
    if found.by_key(key) is None:
        raise UserError("MH-TARGET-02", name=key)
    own = [one for one in _own(found) if one.key != key]
    left_out = [*found.left_out, *sorted({key} & _ours(set_id))]
    return _store(ledger, replace(found, targets=own, left_out=left_out), "targets.leave_out")


def add(ledger: Ledger, *, name: str, area: str, source: str) -> tuple[str, Changes]:
    """A document of the district's own, without targets yet: its id. Raises RecordRefused MH-TARGET-03 for no name."""
    cleaned = name.strip()
    known = choice(ledger).available
    if not cleaned or any(one.name == cleaned for one in known):
        raise RecordRefused("MH-TARGET-03", [Problem("MH-TARGET-12" if cleaned else "MH-TARGET-10", "name")])
    numbers = [int(hit[1]) for one in known if (hit := _NUMBER.fullmatch(one.id))]
    ever = [one.path for one in ledger.find(DataOverride, include_voided=True)]  # typed actuals know the id
    numbers += [int(hit[1]) for path in ever if (hit := re.fullmatch(rf"targets/{OWN}(\d+)\.toml", path))]
    set_id = f"{OWN}{max(numbers, default=0) + 1}"
    made = TargetSet(set_id, cleaned, area.strip(), source.strip() or cleaned, (), Mark.ASSUMPTION, ledger.user_name)
    return set_id, _store(ledger, made, "targets.add")


def give_back(ledger: Ledger, set_id: str) -> Changes:
    """Drop the ledger's own copy of a document: ours counts again, a document of the district's own goes.

    Raises UserError MH-TARGET-04 where there is no copy.
    """
    stored = _stored(ledger, set_id)
    if stored is None:
        raise UserError("MH-TARGET-04")
    in_force = [one for one in choice(ledger).in_force if one != set_id]
    with ledger.change("targets.give_back", reason=set_id) as change:
        change.void(DataOverride, stored.id or 0, set_id)
        if set_id not in rules.shipped() and ledger.get_setting(rollups.TARGETS_SETTING, None):
            change.set_setting(rollups.TARGETS_SETTING, in_force)
    return change.changes


def is_own(found: TargetSet) -> bool:
    """Whether the ledger has its own copy of it."""
    return found.origin != OWN_ORIGIN


def to_json(found: Choice) -> dict[str, object]:
    """The documents for the command line."""
    return {
        "documents": [
            {
                "id": one.id,
                "name": one.name,
                "area": one.area,
                "source": one.source,
                "origin": one.origin,
                "in_force": one.id in found.in_force,
                "left_out": list(one.left_out),
                "targets": [
                    {
                        "indicator": target.indicator,
                        "name": target.name,
                        "target": target.value_text,
                        "year": target.year,
                        "mark": target.mark.value,
                        "source": target.source,
                        "origin": target.origin,
                    }
                    for target in one.targets
                ],
            }
            for one in found.available
        ]
    }


def _set(ledger: Ledger, set_id: str) -> TargetSet:
    with ledger.read() as connection:
        found = rules.available(queries.overrides(connection)).get(set_id)
    if found is None:
        raise UserError("MH-TARGET-02", name=set_id)
    return found


def _own(found: TargetSet) -> list[Target]:
    return [one for one in found.targets if one.origin != OWN_ORIGIN]


def _ours(set_id: str) -> set[str]:
    """The keys of the program's own file."""
    base = rules.shipped().get(set_id)
    return {one.key for one in base.targets} if base else set()


def _free(found: TargetSet) -> str:
    numbers = [int(hit[1]) for one in found.targets if (hit := _NUMBER.fullmatch(one.indicator))]
    return f"{OWN}{max(numbers, default=0) + 1}"


def _stored(ledger: Ledger, set_id: str) -> DataOverride | None:
    return next(iter(ledger.find(DataOverride, path=_path(set_id))), None)


def _path(set_id: str) -> str:
    return f"targets/{set_id}.toml"


def _store(ledger: Ledger, wanted: TargetSet, action: str) -> Changes:
    content, path = _content(wanted), _path(wanted.id)
    rules.parse(content, path=path, origin=ledger.user_name, bases=rules.shipped())  # a faulty copy is never stored
    stored = _stored(ledger, wanted.id)
    with ledger.change(action, reason=wanted.id) as change:
        if stored is None:
            change.add(DataOverride(path=path, content=content, origin=ledger.user_name))
        else:
            change.replace(replace(stored, content=content, origin=ledger.user_name))
    return change.changes


def _content(wanted: TargetSet) -> str:
    """The file of what is the ledger's own. A JSON string is a TOML string."""

    def said(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    head: Mapping[str, object] = {
        "id": wanted.id,
        "name": wanted.name,
        "area": wanted.area,
        "source": wanted.source,
        "mark": wanted.mark.value,
        "left_out": list(wanted.left_out),
    }
    lines = [f"{key} = {said(value)}" for key, value in head.items()]
    for one in _own(wanted):
        entry = {
            "indicator": one.indicator, "name": one.name, "form": one.form, "operator": one.operator,
            "value": one.value, "year": one.year, "mark": one.mark.value, "source": one.source,
            "baseline": one.baseline, "office": one.office, "scope": one.scope,
        }  # fmt: skip
        lines += ["", "[[target]]", *(f"{key} = {said(value)}" for key, value in entry.items())]
    return "\n".join(lines) + "\n"
