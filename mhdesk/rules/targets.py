"""Targets (目标值) of the circulars, as data: which number a rate must reach, in which year, by which document.

Each target has its own mark and source: a document may print one number and leave another to be read out of its words.
A district's own copy (``targets/*.toml`` in the ledger) holds what it changed, added and leaves out, by indicator and
year, and takes the rest from the program's file of the same id; or it is a document of the district's own.
"""

from __future__ import annotations

import bisect
import functools
import math
import operator
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import resources
from mhdesk.domain.errors import UserError
from mhdesk.domain.rounding import round_half_up, two_decimals
from mhdesk.rules.ruleset import OWN_ORIGIN, Mark
from mhdesk.text import text

_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,  # 超过
    ">=": operator.ge,  # 不低于, 达到
}
_SCALES = {
    "percent": 100.0,
    "permille": 1000.0,
    "one_to_n": 1.0,
    "per_1000": 1000.0,
    "per_100k": 100_000.0,
    "count": 1.0,
}
FORMS = tuple(_SCALES)
OPERATORS = tuple(_OPERATORS)
YEARS = range(2000, 2101)
_MOST = {"percent": 100.0, "permille": 1000.0}
_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Target:
    """One target. `value` is as printed: 90 for 90 %, 6.15 for 6.15 ‰, 80 for 1/80.

    `source` is where it is printed, `mark` how sure we are that it is printed so, `origin` whose entry it is.
    """

    indicator: str
    name: str
    form: str  # a key of the scales above
    operator: str
    value: float
    year: int
    source: str
    baseline: str = ""
    office: str = ""  # 责任单位
    scope: str = ""  # "district": a target of the whole district, no township is judged by it
    mark: Mark = Mark.VERIFIED
    origin: str = OWN_ORIGIN

    @property
    def key(self) -> str:
        """What tells it from the others of its document."""
        return f"{self.indicator}/{self.year}"

    def judges(self, level: str) -> bool:
        """Whether a unit of this level is judged by it: a township is not by what is asked of the whole district."""
        return self.scope != "district" or level == "district"

    def is_reached(self, ratio: float | None) -> bool | None:
        """Whether a plain ratio (0.9265; staff per person) reaches it; None when there is no ratio.

        Compared as printed, rounded to 2 decimals: nobody shall read 90.00 % beside "missed 90 %".
        """
        if ratio is None:
            return None
        if self.form == "one_to_n":
            return ratio >= 1 / self.value
        return _OPERATORS[self.operator](round_half_up(ratio * _SCALES[self.form], _DECIMALS), self.value)

    def people_short(self, numerator: int, denominator: int) -> int | None:
        """How many more of the same people the numerator needs to reach it; None when it cannot be reached so."""
        if not denominator:
            return None
        most = max(0, denominator - numerator)
        found = bisect.bisect_left(
            range(most + 1), 1, key=lambda more: int(bool(self.is_reached((numerator + more) / denominator)))
        )
        return found if found <= most else None

    @property
    def share(self) -> float | None:
        """The target as a share of one, for drawing; None where it is no share."""
        return self.value / _SCALES[self.form] if self.form in {"percent", "permille"} else None

    def ratio_of(self, printed: float) -> float:
        """The plain ratio of a value as it is printed: 90 for 90 %, 80 for 1/80."""
        if self.form == "one_to_n":
            return 1 / printed
        return printed / _SCALES[self.form]

    def shown(self, ratio: float) -> str:
        """A plain ratio printed as the target is: 92.65%, 3.06‰, 1/178, 3.77, 12."""
        if self.form == "one_to_n":
            value = f"{round_half_up(1 / ratio, 0):.0f}" if ratio else text("rules.target.none")
        elif self.form == "count":
            value = f"{ratio:g}"
        else:
            value = two_decimals(ratio * _SCALES[self.form])
        return text(f"rules.target.{self.form}", operator="", value=value)

    @property
    def value_text(self) -> str:
        """As printed: >90%, ≥6.15‰, 1/80."""
        sign = self.operator.replace(">=", "≥")
        return text(f"rules.target.{self.form}", operator=sign, value=f"{self.value:g}")


@dataclass(frozen=True, slots=True)
class TargetSet:
    """The targets of one document. `origin`: whose copy; `left_out`: keys of ours that the district's copy drops."""

    id: str
    name: str
    area: str
    source: str
    targets: Sequence[Target]
    mark: Mark = Mark.VERIFIED
    origin: str = OWN_ORIGIN
    left_out: Sequence[str] = ()

    def in_force(self, year: int) -> Mapping[str, Target]:
        """The target of each indicator for `year`: the latest one not after it, else the next one ahead."""
        found: dict[str, Target] = {}
        for target in sorted(self.targets, key=lambda one: one.year):
            if target.year <= year or target.indicator not in found:
                found[target.indicator] = target
        return found

    def by_key(self, key: str) -> Target | None:
        """One target; None for one it does not have."""
        return next((one for one in self.targets if one.key == key), None)


def parse(
    content: str,
    *,
    path: str,
    origin: str = OWN_ORIGIN,
    bases: Mapping[str, TargetSet] = MappingProxyType({}),
) -> TargetSet:
    """The targets of a TOML text, laid over its namesake among `bases`.

    Raises UserError MH-REPORT-05 naming the faulty place.
    """
    try:
        data = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise UserError("MH-REPORT-05", file=path, place=str(error)) from error
    try:
        own = [_target(entry, data, path, origin) for entry in data.get("target", ())]
        base = bases.get(data["id"])
        if base is None and origin == OWN_ORIGIN and not own:
            raise UserError("MH-REPORT-05", file=path, place="target")
        left_out = tuple(str(one) for one in data.get("left_out", ()))
        return TargetSet(
            id=data["id"],
            name=data["name"],
            area=data["area"],
            source=data["source"],
            targets=tuple(_laid_over(base.targets if base else (), own, left_out)),
            mark=_mark(data["mark"], path),
            origin=origin,
            left_out=left_out,
        )
    except KeyError as error:
        raise UserError("MH-REPORT-05", file=path, place=str(error.args[0])) from error


def _laid_over(base: Sequence[Target], own: Sequence[Target], left_out: Sequence[str]) -> list[Target]:
    """Ours with the district's instead of it where both have one, then what the district added."""
    mine = {one.key: one for one in own}
    found = [mine.pop(one.key, one) for one in base if one.key not in left_out or one.key in mine]
    return [*found, *mine.values()]


def _target(entry: Mapping[str, Any], data: Mapping[str, Any], path: str, origin: str) -> Target:
    target = Target(
        indicator=entry["indicator"],
        name=entry["name"],
        form=entry["form"],
        operator=entry["operator"],
        value=float(entry["value"]),
        year=int(entry["year"]),
        source=entry.get("source") or data["name"],
        baseline=entry.get("baseline", ""),
        office=entry.get("office", ""),
        scope=entry.get("scope", ""),
        mark=_mark(entry.get("mark", data["mark"]), path),
        origin=origin,
    )
    if fault := fault_of(target):
        raise UserError("MH-REPORT-05", file=path, place=f"{target.indicator} {fault}")
    return target


def _mark(word: object, path: str) -> Mark:
    try:
        return Mark(str(word))
    except ValueError as error:
        raise UserError("MH-REPORT-05", file=path, place="mark") from error


def fault_of(target: Target) -> str:
    """The field that cannot be as it is; "" for a sound target."""
    checks = {
        "form": target.form in _SCALES,
        "operator": target.operator in _OPERATORS,
        "value": math.isfinite(target.value) and 0 < target.value <= _MOST.get(target.form, math.inf),
        "year": target.year in YEARS,
        "name": bool(target.name.strip()),
        "source": bool(target.source.strip()),
        "indicator": bool(target.indicator.strip()) and "/" not in target.indicator,
    }
    return next((field for field, is_sound in checks.items() if not is_sound), "")


@functools.cache
def shipped() -> Mapping[str, TargetSet]:
    """The target sets that come with the program, by id."""
    found = {}
    for file in sorted(resources.path("targets").glob("*.toml")):
        target_set = parse(file.read_text(encoding="utf-8"), path=f"targets/{file.name}")
        found[target_set.id] = target_set
    return found


def available(overrides: Mapping[str, tuple[str, str]] | None = None) -> Mapping[str, TargetSet]:
    """Every target set that can be chosen, ours and the district's, by id."""
    found = dict(shipped())
    for path, (content, origin) in sorted((overrides or {}).items()):
        if path.startswith("targets/"):
            target_set = parse(content, path=path, origin=origin, bases=shipped())
            found[target_set.id] = target_set
    return found
