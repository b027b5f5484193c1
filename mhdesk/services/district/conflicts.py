"""The same person in two townships: found by token, put into a queue, never joined by itself.

Conflicts are not stored. They follow from the packages in force, so that the order in which these came cannot matter;
what is stored is what somebody decided.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.exchange import Conflict, ConflictDecision, Outcome
from mhdesk.services.district import store
from mhdesk.services.district.checks import Held
from mhdesk.services.district.keys import code_of, institutions

if TYPE_CHECKING:
    from db.ledger import Ledger

Row = Mapping[str, Any]
Sides = Sequence[tuple[str, Row]]


@dataclass(frozen=True)
class Item:
    """One conflict. `sides`: org and its row; for `Conflict.UNMET` the second org has no row."""

    kind: str
    key: str
    tokens: Mapping[str, str]
    orgs: Sequence[str]
    sides: Sides
    decision: ConflictDecision | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided yet, or the answer is still out."""
        return self.decision is None or self.decision.outcome == Outcome.ASKED


def listed(
    ledger: Ledger, held: Sequence[Held] | None = None, known: Mapping[str, store.Rows] | None = None
) -> list[Item]:
    """Every conflict of the packages in force, open ones first. `held`, `known`: of a merge that is under way."""
    newest = store.in_force(store.held(ledger) if held is None else held)
    rows = dict(known or {})
    rows |= store.rows_of(ledger, [one.package_id for one in newest.values() if one.package_id not in rows])
    people = {
        org: [row for row in rows[one.package_id] if row["kind"] == "person"]
        for org, one in newest.items()
        if one.level == "D1"
    }
    starts = {org: newest[org].start for org in people}
    decisions = {one.conflict_key: one for one in ledger.find(ConflictDecision)}
    found = [replace(one, decision=decisions.get(one.key)) for one in find(people, starts)]
    return sorted(found, key=lambda one: (not one.is_open, list(Conflict).index(Conflict(one.kind)), one.orgs, one.key))


def find(people: Mapping[str, Sequence[Row]], starts: Mapping[str, str]) -> list[Item]:
    """The conflicts between townships. `people`: person rows by org; `starts`: first day of the week they tell of."""
    found: dict[str, Item] = {}
    for token, sides in _shared(people, "tokens"):
        kind = _kind(sides)
        if kind is not None:
            item = _item(kind, token, sides, [org for org, _ in sides])
            found.setdefault(item.key, item)
    for token, sides in _shared(people, "weak"):
        standing = [(org, row) for org, row in sides if row["state"] == "active"]
        if len({org for org, _ in standing}) > 1 and not _told_apart(standing):
            item = _item(Conflict.WEAK, token, standing, [org for org, _ in standing])
            found.setdefault(item.key, item)
    for item in _unmet(people, starts):
        found.setdefault(item.key, item)
    return list(found.values())


def _shared(people: Mapping[str, Sequence[Row]], field: str) -> Iterator[tuple[tuple[str, str], Sides]]:
    """Each token that several townships know. Of two matching keys the one that both sides have suffices."""
    by_token: dict[tuple[str, str], list[tuple[str, Row]]] = {}
    for org in sorted(people):
        for row in people[org]:
            for pair in row[field].items():
                by_token.setdefault(pair, []).append((org, row))
    done: set[frozenset[int]] = set()
    for pair in sorted(by_token):
        sides = by_token[pair]
        who = frozenset(id(row) for _, row in sides)
        if len({org for org, _ in sides}) > 1 and who not in done:
            done.add(who)
            yield pair, sides


def _kind(sides: Sides) -> Conflict | None:
    standing = {org for org, row in sides if row["state"] == "active"}
    dead = {org for org, row in sides if row["state"] == "died"}
    if standing and dead - standing:
        return Conflict.DEAD
    return Conflict.BOTH if len(standing) > 1 else None


def _told_apart(sides: Sides) -> bool:
    """Whether ID numbers already say that they are the same or different people."""
    first, *others = [row["tokens"] for _, row in sides]
    return bool(first) and all(first.keys() & one.keys() for one in others)


def _unmet(people: Mapping[str, Sequence[Row]], starts: Mapping[str, str]) -> Iterator[Item]:
    """Moved to a township of this district that has reported since and does not know the person."""
    for org in sorted(people):
        for row in people[org]:
            to = row["to"]
            if row["state"] != "moved_out" or to not in people or to == org or not row["tokens"]:
                continue
            if starts[to] < (row["since"] or "") and starts[to] < starts[org]:
                continue  # its last report is older than the move
            pairs = set(row["tokens"].items())
            met = any(
                pairs & set(other["tokens"].items()) and other["state"] != "moved_out"
                for one, rows in people.items()
                if one != org
                for other in rows
            )
            if not met:
                yield _item(Conflict.UNMET, min(pairs), [(org, row)], [org, to])


def _item(kind: Conflict, token: tuple[str, str], sides: Sides, orgs: Sequence[str]) -> Item:
    named = sorted(set(orgs))
    key = hashlib.sha256("|".join((kind, *token, *named)).encode()).hexdigest()[:32]
    return Item(str(kind), key, {token[0]: token[1]}, named, list(sides))


def decide(ledger: Ledger, key: str, *, outcome: str, keeper: str | None = None, note: str | None = None) -> Changes:
    """Note what was decided; a later decision takes the place of the earlier one, which stays in the history.

    Raises UserError: MH-PACK-40 no such conflict, 41 who keeps the person must be one of the townships concerned.
    """
    item = next((one for one in listed(ledger) if one.key == key or one.key.startswith(key)), None) if key else None
    if item is None:
        raise UserError("MH-PACK-40")
    if Outcome(outcome) is Outcome.ONE and keeper not in item.orgs:
        raise UserError("MH-PACK-41")
    fresh = ConflictDecision(
        conflict_key=item.key,
        kind=item.kind,
        orgs=tuple(item.orgs),
        outcome=outcome,
        keeper=keeper if outcome == Outcome.ONE else None,
        note=(note or "").strip() or None,
    )
    with ledger.change("district.decide") as change:
        if item.decision is None:
            change.add(fresh)
        else:
            change.replace(replace(fresh, id=item.decision.id, version=item.decision.version))
    return change.changes


def org_names(ledger: Ledger) -> dict[str, str]:
    """Code -> name of the district's institutions."""
    return {code_of(unit): unit.name for unit in institutions(ledger)}
