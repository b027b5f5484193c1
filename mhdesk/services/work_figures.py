"""Figures of units that come from the staff register and the training ledger rather than from what was typed.

In post counts who the register says; the figure of the unit's year (设置 · 单位) stands where nobody was registered.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from db.queries import training as queries
from db.queries.training import PostRow
from mhdesk.domain.staff import StaffRole
from mhdesk.rules.indicators.tally import NO_FIGURES, Figures

if TYPE_CHECKING:
    from db.queries import Connection
    from db.queries.rollup import UnitRow

_FIELDS = {StaffRole.PREVENTION.value: "staff_fte", StaffRole.PSYCHIATRIST.value: "psychiatrists"}


def merged(
    connection: Connection,
    figures: Mapping[int, Figures],
    *,
    units: Mapping[int, UnitRow],
    root: int,
    level: str,
    on: date,
    since: date | None,
) -> dict[int, Figures]:
    """`figures` with staff of `on` from the register and the training from `since` to `on` (None: without).

    In a township the whole institution is one: all posts are the root's. In a district the posts of an institution and
    of the villages below it are the institution's.
    """
    found = dict(figures)
    posts = queries.posts(connection)
    top = {unit_id: _top(unit_id, units, root, level) for unit_id in units}
    for role, field in _FIELDS.items():
        sums = _in_post([one for one in posts if one.role == role], top, on)
        for unit_id, value in sums.items():
            found[unit_id] = _with(found.get(unit_id, NO_FIGURES), field, value)
        if level != "district" and root in sums:  # what was typed for single villages gives way to the register
            for unit_id in units:
                if unit_id != root and unit_id in found:
                    found[unit_id] = _with(found[unit_id], field, None)
    if since is not None:
        _add_training(connection, found, posts, top, root=root, start=since, end=on + timedelta(days=1))
    return found


def _with(figures: Figures, field: str, value: float | None) -> Figures:
    changed: dict[str, Any] = {field: value}
    return dataclasses.replace(figures, **changed)


def _top(unit_id: int, units: Mapping[int, UnitRow], root: int, level: str) -> int:
    """Whose staff the staff of a unit are."""
    if level != "district":
        return root
    unit = units[unit_id]
    for _ in units:  # no longer than the tree is deep
        if unit.parent_id is None or unit.parent_id == root or unit.parent_id not in units:
            break
        unit = units[unit.parent_id]
    return unit.id


def _holds(post: PostRow, day: str) -> bool:
    return (post.started_on is None or post.started_on <= day) and (post.ended_on is None or day < post.ended_on)


def _in_post(posts: Sequence[PostRow], top: Mapping[int, int], on: date) -> dict[int, float | None]:
    """The sum of parts by unit; None where somebody's part is not known; a unit nobody was registered in is absent."""
    day, parts = on.isoformat(), dict[int, list[float | None]]()
    for post in posts:
        if post.unit_id in top:
            its = parts.setdefault(top[post.unit_id or 0], [])
            if _holds(post, day):
                its.append(post.fte)
    return {unit_id: sum_of(its) for unit_id, its in parts.items()}


def sum_of(parts: Sequence[float | None]) -> float | None:
    """The sum; None as soon as one part is not known."""
    known = [one for one in parts if one is not None]
    return round(sum(known), 4) if len(known) == len(parts) else None


def _add_training(
    connection: Connection,
    found: dict[int, Figures],
    posts: Sequence[PostRow],
    top: Mapping[int, int],
    *,
    root: int,
    start: date,
    end: date,
) -> None:
    """Sessions of the ledger's own unit; people by the unit of their post that day, all of them for the whole."""
    if not queries.has_training(connection):
        return  # nobody writes training down here: not known, not none
    first, last = start.isoformat(), end.isoformat()
    came = queries.trained(connection, start=first, end=last)
    by_person: dict[int, list[PostRow]] = {}
    for post in posts:
        by_person.setdefault(post.staff_id, []).append(post)
    counts: Counter[int] = Counter()
    for one in came:
        at = next((post for post in by_person.get(one.staff_id, ()) if _holds(post, one.held_on)), None)
        if at is not None and at.unit_id in top and top[at.unit_id or 0] != root:
            counts[top[at.unit_id or 0]] += 1
    for unit_id, count in counts.items():
        old = found.get(unit_id, NO_FIGURES)
        found[unit_id] = dataclasses.replace(old, training_attendances=count)
    sessions = queries.held(connection, start=first, end=last)
    found[root] = dataclasses.replace(
        found.get(root, NO_FIGURES), training_sessions=sessions, training_attendances=len(came)
    )
