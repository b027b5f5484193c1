"""The bridge (变化): who entered and who left each number since a report was frozen, and why. Pure.

期初 (as sent) + 更正 = 期初 (as known now); that + 新增 + 迁入 − 死亡 − 迁出 = 期末. A correction is anybody who was
counted when the report was sent and would not be now, or the other way round: entered late, corrected, voided, merged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.indicators.registry import INDICATORS
from mhdesk.rules.indicators.tally import IndicatorResult, Number
from mhdesk.rules.judge import Frame, register_of
from mhdesk.rules.rollup import Values

Ids = frozenset[int]
_NOBODY: Ids = frozenset()
#: What can happen between two reports, in the order of the equation.
EVENTS = ("new", "moved_in", "died", "moved_out")
SIDES = ("entered_numerator", "left_numerator", "entered_denominator", "left_denominator")


class Figure(NamedTuple):
    """A number as it was sent or stands now."""

    numerator: Number | None
    denominator: Number | None = None
    value: Number | None = None

    @classmethod
    def of(cls, result: IndicatorResult) -> Figure:
        """The number of a roll-up."""
        return cls(result.numerator, result.denominator, result.value)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Figure:
        """The number of a frozen document."""
        if "count" in document:
            return cls(document["count"], None, document["count"])
        return cls(document.get("numerator"), document.get("denominator"), document.get("value"))


@dataclass(frozen=True, slots=True)
class Sides:
    """Who stands in numerator and denominator of each indicator, over the whole table."""

    numerator: Mapping[str, Ids]
    denominator: Mapping[str, Ids]

    @classmethod
    def of(cls, values: Values) -> Sides:
        """The members of a roll-up's total."""
        return cls(
            {key: frozenset(result.numerator_ids) for key, result in values.items()},
            {key: frozenset(result.denominator_ids) for key, result in values.items()},
        )


def pack(values: Values) -> dict[str, Any]:
    """Members as JSON: people who stand in the same places are one group. Each place is 2k or 2k+1 (denominator)."""
    keys = list(values)
    places: dict[int, list[int]] = {}
    for place, key in enumerate(keys):
        for side, members in enumerate((values[key].numerator_ids, values[key].denominator_ids)):
            for member in members:
                places.setdefault(member, []).append(2 * place + side)
    groups: dict[tuple[int, ...], list[int]] = {}
    for member in sorted(places):
        groups.setdefault(tuple(places[member]), []).append(member)
    return {"indicators": keys, "groups": [[list(at), ids] for at, ids in groups.items()]}


def unpack(document: Mapping[str, Any]) -> Sides:
    """What `pack` stored."""
    keys = document["indicators"]
    sides: tuple[dict[str, set[int]], dict[str, set[int]]] = (
        {key: set() for key in keys},
        {key: set() for key in keys},
    )
    for at, ids in document["groups"]:
        for place in at:
            sides[place % 2][keys[place // 2]].update(ids)
    numerator, denominator = ({key: frozenset(ids) for key, ids in side.items()} for side in sides)
    return Sides(numerator, denominator)


@dataclass(frozen=True, slots=True)
class Move:
    """One indicator, then and now, and who made the difference."""

    indicator: str
    before: Figure
    after: Figure
    entered_numerator: Ids = _NOBODY
    left_numerator: Ids = _NOBODY
    entered_denominator: Ids = _NOBODY
    left_denominator: Ids = _NOBODY

    def side(self, name: str) -> Ids:
        """One of `SIDES`."""
        found: Ids = getattr(self, name)
        return found

    @property
    def people(self) -> Ids:
        """Everybody who moved."""
        return self.entered_numerator | self.left_numerator | self.entered_denominator | self.left_denominator

    @property
    def is_change(self) -> bool:
        """Whether anything differs."""
        return bool(self.people) or self.before != self.after


def moves(before: Mapping[str, Figure], sides: Sides, values: Values) -> list[Move]:
    """Every indicator that both reports know, in the order of the library."""
    found = []
    for key in INDICATORS:
        if key not in before or key not in sides.numerator:
            continue
        result = values[key]
        numerator, denominator = frozenset(result.numerator_ids), frozenset(result.denominator_ids)
        old_numerator, old_denominator = sides.numerator[key], sides.denominator[key]
        found.append(
            Move(
                key,
                before[key],
                Figure.of(result),
                numerator - old_numerator,
                old_numerator - numerator,
                denominator - old_denominator,
                old_denominator - denominator,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Equation:
    """期初 ± 更正 + 新增 + 迁入 − 死亡 − 迁出 = 期末, each part by name."""

    opening: Ids  # on the register as sent
    corrected_in: Ids  # should have been counted then, by what is known now
    corrected_out: Ids
    new: Sequence[int]
    moved_in: Sequence[int]
    died: Sequence[int]
    moved_out: Sequence[int]
    closing: Ids

    @property
    def holds(self) -> bool:
        """Whether it comes out."""
        known = len(self.opening) + len(self.corrected_in) - len(self.corrected_out)
        return known + len(self.new) + len(self.moved_in) - len(self.died) - len(self.moved_out) == len(self.closing)


def equation(opening: Collection[int], people: Iterable[PatientFacts], *, start: int, end: int) -> Equation:
    """The register from the frozen `opening` to the days before `end`; `start`: the day after the frozen cut-off.

    Both are ordinals. Somebody who left and came back stands in both lists.
    """
    frame = Frame(start, end, start, start, start, start)
    happened: dict[str, list[int]] = {kind: [] for kind in EVENTS}
    known, closing = set(), set()
    for facts in people:
        register = register_of(facts, frame)
        if register is None:
            continue
        if register.opening:
            known.add(facts.id)
        if register.closing:
            closing.add(facts.id)
        for kind, span in register.events:
            if span == "period":
                happened[kind].append(facts.id)
    sent = frozenset(opening)
    return Equation(
        opening=sent,
        corrected_in=frozenset(known - sent),
        corrected_out=frozenset(sent - known),
        new=happened["new"],
        moved_in=happened["moved_in"],
        died=happened["died"],
        moved_out=happened["moved_out"],
        closing=frozenset(closing),
    )
