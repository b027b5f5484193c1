"""The packages a district holds: their facts, their rows, which of them speaks for a township and a week."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from db.queries import packages as queries
from mhdesk.services.district.checks import Held

if TYPE_CHECKING:
    from db.ledger import Ledger

Rows = Sequence[Mapping[str, Any]]


def held(ledger: Ledger) -> list[Held]:
    """Every package taken, in an order that does not depend on when it came."""
    with ledger.read() as connection:
        found = queries.received(connection)
    held = []
    for row in found:
        said = json.loads(row.manifest)
        told = (said["audit"]["previous_head"], said["created"], said["is_frozen"], said["rules"]["id"])
        held.append(Held(*row[1:-1], *told))
    return held


def in_force(everything: Iterable[Held], *, start: str | None = None) -> dict[str, Held]:
    """By org: the newest revision of its weekly package of a week; without `start` of its newest week."""
    found: dict[str, Held] = {}
    for one in everything:
        if one.kind != "weekly" or (start is not None and one.start != start):
            continue
        other = found.get(one.org_code)
        if other is None or _place(one) > _place(other):
            found[one.org_code] = one
    return found


def _place(one: Held) -> tuple[str, int, int, int]:
    return one.start, one.revision, one.epoch, one.seq


def rows_of(ledger: Ledger, package_ids: Iterable[str]) -> dict[str, Rows]:
    """The rows of packages, by number."""
    from mhdesk.exchange import body

    with ledger.read() as connection:
        found = queries.bodies(connection, list(package_ids))
    return {number: body.unpack(base64.b64decode(words)) for number, words in found.items()}


def state_hash(everything: Iterable[Held], conflict_keys: Iterable[str]) -> str:
    """What the district holds, in one hash: the same packages give the same one in whatever order they came."""
    facts = sorted(
        (one.org_code, one.start, one.kind, one.revision, one.package_id, one.file_hash) for one in everything
    )
    return hashlib.sha256(json.dumps([facts, sorted(conflict_keys)]).encode()).hexdigest()
