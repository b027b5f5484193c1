"""Rule sets (口径): which there are, whose copy counts, which one is this ledger's, and its own copy of one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from db.queries import rollup as queries
from mhdesk.domain.account import DataOverride
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UsageError
from mhdesk.rules import ruleset
from mhdesk.rules.ruleset import RuleSet

if TYPE_CHECKING:
    from db.ledger import Ledger

SETTING = "rules.default"
OWN_VERSION = "+本地"  # behind the version of the file a copy was made of, with the number of the copy


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


class Edit(NamedTuple):
    """A parameter as the district wants it: the value, how sure it is (a `Mark`), and who says so."""

    key: str
    value: str | int | bool
    mark: str
    source: str


def edit(ledger: Ledger, rules_id: str, edits: Sequence[Edit]) -> Changes:
    """Change parameters in the ledger's own copy of a rule set, which then wins over ours and says whose it is.

    Only what differs is stored; the rest goes on following the program's file. Raises UserError MH-RULE-01 for a value
    that cannot be, UsageError MH-RULE-02 for an unknown rule set.
    """
    with ledger.read() as connection:
        overrides = queries.overrides(connection)
    rules = ruleset.load(rules_id, overrides)
    path = _path(rules_id, overrides)
    own = _own_parameters(path, overrides)
    own.update({one.key: {"value": one.value, "mark": one.mark, "source": one.source} for one in edits})
    content = _content(rules, own)
    origin = ledger.user_name
    ruleset.parse(content, path=path, origin=origin, bases=ruleset.shipped())  # a faulty copy is never stored
    stored = _stored(ledger, path)
    with ledger.change("rules.edit", reason=rules_id) as change:
        if stored is None:
            change.add(DataOverride(path=path, content=content, origin=origin))
        else:
            change.replace(replace(stored, content=content, origin=origin))
    return change.changes


def give_back(ledger: Ledger, rules_id: str) -> Changes:
    """Drop the ledger's own copy: the program's file counts again. Raises UsageError MH-RULE-03 when there is none."""
    with ledger.read() as connection:
        path = _path(rules_id, queries.overrides(connection))
    stored = _stored(ledger, path)
    if stored is None or rules_id not in ruleset.shipped():
        raise UsageError("MH-RULE-03", rules=rules_id)
    with ledger.change("rules.give_back", reason=rules_id) as change:
        change.void(DataOverride, stored.id or 0, rules_id)
    return change.changes


def _path(rules_id: str, overrides: Mapping[str, tuple[str, str]]) -> str:
    """The file a rule set is kept in: the ledger's copy where there is one."""
    for path, (content, origin) in overrides.items():
        if (
            path.startswith("rules/")
            and ruleset.parse(content, path=path, origin=origin, bases=ruleset.shipped()).id == rules_id
        ):
            return path
    return f"rules/{rules_id.lower()}.toml"


def _stored(ledger: Ledger, path: str) -> DataOverride | None:
    return next(iter(ledger.find(DataOverride, path=path)), None)


def _own_parameters(path: str, overrides: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, Any]]:
    if path not in overrides:
        return {}
    found: dict[str, dict[str, Any]] = tomllib.loads(overrides[path][0])["parameters"]
    return found


def _content(rules: RuleSet, own: Mapping[str, Mapping[str, Any]]) -> str:
    """A rule file of what differs. A JSON string is a TOML string."""

    def said(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    base = rules.version.partition(OWN_VERSION)[0]
    number = rules.version.partition(OWN_VERSION)[2] or "0"
    head = {
        "id": rules.id,
        "based_on": rules.based_on,
        "name": rules.name,
        "version": f"{base}{OWN_VERSION}{int(number) + 1 if number.isdigit() else 1}",
        "source": rules.source,
        "note": rules.note,
        "standard": rules.standard,
        "regular": rules.regular,
        "targets": rules.targets,
    }
    lines = [f"{key} = {said(value)}" for key, value in head.items() if value]
    lines += ["", "[parameters]"]
    lines += [
        f"{key} = {{ value = {said(entry['value'])}, mark = {said(entry['mark'])}, source = {said(entry['source'])} }}"
        for key, entry in sorted(own.items())
    ]
    return "\n".join(lines) + "\n"
