"""Which unit a row belongs to, by the names in its columns 机构 and 村（居）; unknown ones are made with the import."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mhdesk.domain.unit import Unit, UnitLevel
from mhdesk.services.imports.result import conflict, rejected

_COMMITTEE = re.compile(r"(村民委员会|社区居民委员会|居民委员会|村委会|社区居委会|居委会)$")
_ENDINGS = {"村民委员会": "村", "村委会": "村"}


def bare_name(name: str) -> str:
    """青龙村村民委员会, 青龙村村委会 and 青龙村 are one village."""
    plain = "".join(name.split())
    match = _COMMITTEE.search(plain)
    if match is None:
        return plain
    stem = plain[: match.start()]
    if stem.endswith(("村", "社区")):
        return stem
    return stem + _ENDINGS.get(match[1], "社区")


@dataclass(eq=False)
class Place:
    """A unit, or one about to be made (`id` None until then)."""

    name: str
    level: str
    id: int | None = None
    parent: Place | None = None
    sort_order: int = 0


class Places:
    """The units under the root of a ledger."""

    def __init__(self, units: Sequence[Unit], root_id: int) -> None:
        """From the ledger's units."""
        places = {unit.id: Place(unit.name, unit.level, unit.id) for unit in units if unit.voided_at is None}
        for unit in units:
            if unit.id in places and unit.parent_id is not None:
                places[unit.id].parent = places.get(unit.parent_id)
        self.root = places[root_id]
        self.created: list[Place] = []
        self._last = max((unit.sort_order for unit in units), default=0)
        self._institutions = {bare_name(one.name): one for one in places.values() if one.level == UnitLevel.INSTITUTION}
        self._villages: dict[str, list[Place]] = {}
        for one in places.values():
            if one.level == UnitLevel.VILLAGE:
                self._villages.setdefault(bare_name(one.name), []).append(one)

    def find(self, institution: str | None, village: str | None) -> Place | None:
        """Where a row belongs; None when it names no unit. Raises Refusal for a unit of somebody else."""
        owner = self._institution(institution) if institution else None
        if not village:
            return owner
        known = self._villages.get(bare_name(village), [])
        if owner is None:
            if len(known) > 1:
                raise conflict("MH-IMPORT-35", "village_name")
            if known:
                return known[0]
            return self._create(village, UnitLevel.VILLAGE, self.root)
        return next((one for one in known if one.parent is owner), None) or self._create(
            village, UnitLevel.VILLAGE, owner
        )

    def _institution(self, name: str) -> Place:
        plain = bare_name(name)
        known = self._institutions.get(plain)
        if known is not None:
            return known
        if self.root.level == UnitLevel.INSTITUTION:
            own = bare_name(self.root.name)
            if own.endswith(plain) or plain.endswith(own):
                return self.root
            raise rejected("MH-IMPORT-31", "institution_name")
        return self._create(plain, UnitLevel.INSTITUTION, self.root)

    def _create(self, name: str, level: str, parent: Place) -> Place:
        place = Place(bare_name(name), level, None, parent, self._last + len(self.created) + 1)
        self.created.append(place)
        if level == UnitLevel.INSTITUTION:
            self._institutions[bare_name(name)] = place
        else:
            self._villages.setdefault(bare_name(name), []).append(place)
        return place
