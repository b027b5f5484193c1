"""联动规定: the numbers joint work is judged by: seen with their source, changed by the district, put back.

What a district changes is stored as its own copy of ``joint.toml`` in the ledger, with its own source.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

from db.queries import rollup
from db.queries.records import find
from mhdesk.domain.account import DataOverride
from mhdesk.domain.changes import Changes
from mhdesk.domain.codes import code_list
from mhdesk.domain.errors import UserError
from mhdesk.rules import joint_terms
from mhdesk.rules.joint_terms import JointTerms
from mhdesk.services.medication.reminders import Line
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_MOST = 366
_MONTHS = 12
_MOST_OF = {"remind_from_month": _MONTHS, "review_months": _MONTHS, "services_per_quarter": 90, "record_hours": 720}
_TIMES = 31
_LONGEST_SOURCE = 200
_MEETING = "meeting:"


def lines(ledger: Ledger) -> list[Line]:
    """Every number, with its source and whose it is."""
    return list(_lines(_in_force(ledger)))


def change(ledger: Ledger, line: Line, *, value: int, enabled: bool | None, source: str, mark: str) -> Changes:
    """Set a number, with where it comes from. Raises UserError MH-JOINT-67 too small or large, 68 without a source."""
    most = _TIMES if line.key.startswith(_MEETING) else _MOST_OF.get(line.key, _MOST)
    if enabled is not None or not 1 <= value <= most:
        raise UserError("MH-JOINT-67", most=most)
    said = " ".join(source.split())[:_LONGEST_SOURCE]
    if not said:
        raise UserError("MH-JOINT-68")
    now = _in_force(ledger)
    if line.key.startswith(_MEETING):
        place = int(line.key.removeprefix(_MEETING))
        meetings = list(now.meetings)
        meetings[place] = dataclasses.replace(meetings[place], times=value, mark=mark, source=said)
        now = dataclasses.replace(now, meetings=tuple(meetings))
    else:
        sources = {**now.sources, line.key: (mark, said)}
        now = dataclasses.replace(now, **{line.key: value}, sources=sources)  # type: ignore[arg-type]  # a number's name
    content, stored = joint_terms.write(now), _stored(ledger)
    with ledger.change("joint.terms") as made:
        if stored is None:
            made.add(DataOverride(path=joint_terms.PATH, content=content, origin=text("drugs.own_origin")))
        else:
            made.replace(dataclasses.replace(stored, content=content))
    return made.changes


def put_back(ledger: Ledger) -> Changes:
    """Take our numbers again, all of them. Raises UserError MH-DRUGS-05 where nothing was changed."""
    stored = _stored(ledger)
    if stored is None or stored.id is None:
        raise UserError("MH-DRUGS-05")
    with ledger.change("joint.terms") as made:
        made.void(DataOverride, stored.id, "joint.terms")
    return made.changes


def _in_force(ledger: Ledger) -> JointTerms:
    with ledger.read() as connection:
        return joint_terms.load(rollup.overrides(connection))


def _stored(ledger: Ledger) -> DataOverride | None:
    with ledger.read() as connection:
        known = find(connection, DataOverride, path=joint_terms.PATH)
    return known[-1] if known else None


def _lines(now: JointTerms) -> Iterator[Line]:
    ours = joint_terms.shipped()
    for name in joint_terms.numbers():
        mark, source = now.sources[name]
        is_own = (getattr(now, name), now.sources[name]) != (getattr(ours, name), ours.sources[name])
        yield Line("number", name, text(f"joint.number.{name}"), getattr(now, name), None, mark, source, is_own)
    for place, one in enumerate(now.meetings):
        words = text(
            "joint.number.meeting",
            kind=code_list("meeting_kind").label(one.kind),
            span=text(f"joint.number.months_{one.months}" if one.months in (1, 3, _MONTHS) else "joint.number.months",
                      months=one.months),
            per=text("joint.number.per_village") if one.per == "village" else "",
        )  # fmt: skip
        is_own = place >= len(ours.meetings) or one != ours.meetings[place]
        yield Line("number", f"{_MEETING}{place}", words, one.times, None, one.mark, one.source, is_own)
