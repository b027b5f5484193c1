"""用药提醒: the numbers medicine is judged by, and the reminders of examinations: seen, changed, put back.

What a district changes is stored as its own copy of ``medication.toml`` in the ledger, with its own source.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from db.queries import rollup
from db.queries.records import find
from mhdesk.domain.account import DataOverride
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.problems import Problem
from mhdesk.reports.paper.persons import label
from mhdesk.rules.medicines import terms
from mhdesk.rules.medicines.terms import MedicineTerms, Number
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

Kind = Literal["number", "stop", "watch"]
_MOST = 3660
_LONGEST_SOURCE = 200
_HIGHEST_RISK, _CRITERIA = 5, 4
_MOST_OF = {"candidate_risk": _HIGHEST_RISK, "candidate_least": _CRITERIA}


class Line(NamedTuple):
    """One number or reminder. `enabled` None: it cannot be turned off."""

    kind: Kind
    key: str
    label: str
    value: int
    enabled: bool | None
    mark: str
    source: str
    is_own: bool


def lines(ledger: Ledger) -> list[Line]:
    """Everything that is judged by, with whose it is."""
    return list(_lines(_in_force(ledger)))


def change(ledger: Ledger, line: Line, *, value: int, enabled: bool | None, source: str, mark: str) -> Changes:
    """Set a number or turn a reminder on or off. Raises RecordRefused MH-DRUGS-04 with the fields' problems."""
    most = _MOST_OF.get(line.key, _MOST)
    problems = []
    if not (0 if line.kind == "number" else 1) <= value <= most:
        problems.append(Problem("DR08", "value", params={"most": most}))
    said = " ".join(source.split())[:_LONGEST_SOURCE]
    if not said:
        problems.append(Problem("DR03", "source"))
    if problems:
        raise RecordRefused("MH-DRUGS-04", problems)
    now = _in_force(ledger)
    number = Number(value, mark, said)
    if line.kind == "number":
        now = dataclasses.replace(now, numbers={**now.numbers, line.key: number})
    elif line.kind == "stop":
        now = dataclasses.replace(now, visit_after_stop={**now.visit_after_stop, line.key: number})
    else:
        watches = tuple(
            dataclasses.replace(one, every_days=value, enabled=bool(enabled), mark=mark, source=said)
            if one.key == line.key
            else one
            for one in now.watches
        )
        now = dataclasses.replace(now, watches=watches)
    content, stored = terms.write(now), _stored(ledger)
    with ledger.change("medicine.terms") as made:
        if stored is None:
            made.add(DataOverride(path=terms.PATH, content=content, origin=text("drugs.own_origin")))
        else:
            made.replace(dataclasses.replace(stored, content=content))
    return made.changes


def put_back(ledger: Ledger) -> Changes:
    """Take our numbers again, all of them. Raises UserError MH-DRUGS-05 where nothing was changed."""
    stored = _stored(ledger)
    if stored is None or stored.id is None:
        raise UserError("MH-DRUGS-05")
    with ledger.change("medicine.terms") as made:
        made.void(DataOverride, stored.id, "medicine.terms")
    return made.changes


def _in_force(ledger: Ledger) -> MedicineTerms:
    with ledger.read() as connection:
        return terms.load(rollup.overrides(connection))


def _stored(ledger: Ledger) -> DataOverride | None:
    with ledger.read() as connection:
        known = find(connection, DataOverride, path=terms.PATH)
    return known[-1] if known else None


def _lines(now: MedicineTerms) -> Iterator[Line]:
    ours = terms.shipped()
    our_watches = {one.key: one for one in ours.watches}
    for watch in now.watches:
        wanted = f"medication.watch.{watch.key}"
        words = text(wanted) if watch.key in our_watches else watch.source
        is_own = watch != our_watches.get(watch.key)
        yield Line("watch", watch.key, words, watch.every_days, watch.enabled, watch.mark, watch.source, is_own)
    for name in terms.NAMES:
        one = now.numbers[name]
        yield Line("number", name, now.label(name), one.value, None, one.mark, one.source, one != ours.numbers[name])
    for code, one in now.visit_after_stop.items():
        words = text("reminder_settings.after_stop", reason=label("drug_stop_reason", code))
        yield Line("stop", code, words, one.value, None, one.mark, one.source, one != ours.visit_after_stop.get(code))
