"""The drug dictionary (``resources/drugs.toml``): names to offer and ranges to check against, never advice.

A district's own file in the ledger lies over ours (`in_force`): a drug of the same key replaces ours, another one is
added, and `left_out` names those of ours it does not want. So a newer list of ours still brings what the district has
not changed. Whatever has a ledger asks `mhdesk.services.drug_list.book`; `drugs` and `find` know our list alone.
"""

from __future__ import annotations

import functools
import json
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

import resources
from mhdesk.domain.codes import MARKS

CLASSES = ("antipsychotic", "mood_stabilizer", "antiepileptic_mood_stabilizer", "adjunct")
PERIODS = ("day", "week", "injection")
PATH = "drugs.toml"
OURS = "mhdesk"
_KEPT_BOOKS = 32


@dataclass(frozen=True, kw_only=True)
class Drug:
    """One drug. Doses in `unit` per `per`; `low_sourced`, `high_sourced`: a source's range where it differs."""

    generic: str
    key: str  # English name
    drug_class: str
    generation: int | None = None  # of an antipsychotic: 1 or 2 (第二代)
    synonyms: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    strengths: tuple[float, ...] = ()
    unit: str = "mg"
    dose_min: float
    dose_max: float
    per: str = "day"
    low_sourced: float | None = None
    high_sourced: float | None = None
    long_acting: bool = False  # 长效针剂
    interval_weeks: float | None = None
    watch: str = ""  # what is monitored
    source: str = ""
    mark: str
    origin: str = OURS  # whose entry it is: ours, or what the district's file names

    @property
    def low(self) -> float:
        """The lower end of the range shown: the smaller of the usual and the sourced minimum."""
        return min(self.dose_min, self.low_sourced or self.dose_min)

    @property
    def highest(self) -> float:
        """The highest dose that raises no question: the larger of the usual and the sourced maximum."""
        return max(self.dose_max, self.high_sourced or 0)


@dataclass(frozen=True, eq=False)
class Book:
    """A dictionary: its drugs in their order. Two books are the same only if they are one (they key caches)."""

    drugs: tuple[Drug, ...]
    _by_name: Mapping[str, Drug]

    @classmethod
    def of(cls, drugs: tuple[Drug, ...]) -> Book:
        """The book of these drugs. Raises ValueError for a name that means two drugs."""
        return cls(drugs, MappingProxyType(_names(drugs)))

    def find(self, name: str) -> Drug | None:
        """The drug of a generic, brand or full product name; None where it is not in the dictionary."""
        return self._by_name.get(_loosen(name))

    def by_key(self, key: str) -> Drug | None:
        """The drug of a key."""
        return self._by_key.get(key)

    @functools.cached_property
    def _by_key(self) -> Mapping[str, Drug]:
        return {one.key: one for one in reversed(self.drugs)}  # of two with one key the first


@dataclass(frozen=True)
class OwnFile:
    """What a district's own file holds: entries of its own, and keys of ours it does not want."""

    drugs: tuple[Drug, ...] = ()
    left_out: tuple[str, ...] = ()


def read(text: str, *, origin: str = OURS) -> tuple[Drug, ...]:
    """The drugs of a TOML text. Raises ValueError for unknown keys, classes, marks, and names that mean two drugs."""
    return read_own(text, origin=origin).drugs


def read_own(text: str, *, origin: str = OURS) -> OwnFile:
    """A file with its `left_out`. Raises ValueError as `read`; a number or text of the wrong kind is one, too."""
    known = {item.name for item in fields(Drug)} - {"origin"}
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(str(error)) from error
    found = tuple(_entry(entry, known, origin) for entry in table.get("drugs", ()))
    _names(found)
    left_out = table.get("left_out", [])
    if len({drug.key for drug in found}) < len(found) or not all(isinstance(key, str) for key in left_out):
        raise ValueError("a key is given twice, or left_out is no list of keys")
    return OwnFile(found, tuple(left_out))


def write_own(own: OwnFile) -> str:
    """The text of a district's own file; `read_own` reads it back."""
    lines = [f"left_out = {_toml(own.left_out)}"]
    for drug in own.drugs:
        lines += ["", "[[drugs]]"]
        for item in fields(Drug):
            value = getattr(drug, item.name)
            if item.name != "origin" and value is not None:
                lines.append(f"{item.name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def in_force(own_text: str = "", origin: str = "") -> Book:
    """Our dictionary with a district's own file over it. Raises ValueError as `read_own`."""
    return _in_force(own_text, origin)


@functools.lru_cache(_KEPT_BOOKS)
def _in_force(own_text: str, origin: str) -> Book:
    if not own_text:
        return Book.of(read(resources.path(PATH).read_text(encoding="utf-8")))
    own = read_own(own_text, origin=origin)
    mine = {drug.key: drug for drug in own.drugs}
    ours = [mine.pop(drug.key, drug) for drug in drugs() if drug.key not in own.left_out]
    return Book.of((*ours, *mine.values()))


def drugs() -> tuple[Drug, ...]:
    """All drugs of our list, in the order of the file."""
    return in_force().drugs


def find(name: str) -> Drug | None:
    """The drug of our list with that name; None where there is none. See `Book.find`."""
    return in_force().find(name)


def _entry(entry: Mapping[str, Any], known: set[str], origin: str) -> Drug:
    if strange := entry.keys() - known:
        raise ValueError(f"drug {entry.get('generic')}: unknown keys {sorted(strange)}")
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    try:
        drug = Drug(**values, origin=origin)
        numbers = (drug.dose_min, drug.dose_max, drug.low_sourced, drug.high_sourced, drug.interval_weeks)
        is_sound = all(one is None or one > 0 for one in (*numbers, *drug.strengths))
        is_sound &= all(isinstance(one, str) for one in (drug.generic, drug.key, *drug.synonyms, *drug.forms))
    except TypeError as error:  # something is missing
        raise ValueError(f"drug {entry.get('generic')}: {error}") from error
    if drug.drug_class not in CLASSES or drug.per not in PERIODS or drug.mark not in MARKS:
        raise ValueError(f"drug {drug.generic}: unknown class, period or mark")
    if not is_sound or not drug.generic or drug.dose_min > drug.dose_max:
        raise ValueError(f"drug {drug.generic}: a name or number that cannot be")
    return drug


def _toml(value: object) -> str:
    """A value as TOML: JSON's texts, numbers and lists are TOML's, but for DEL, which no name holds."""
    held = list(value) if isinstance(value, tuple) else value
    return json.dumps(held, ensure_ascii=False).replace("\x7f", "")


def _names(found: tuple[Drug, ...]) -> dict[str, Any]:
    by_name: dict[str, Drug] = {}
    for drug in found:
        for name in (drug.generic, *drug.synonyms):
            if by_name.setdefault(_loosen(name), drug) is not drug:
                raise ValueError(f"“{name}” means two drugs")
    return by_name


def _loosen(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).upper()
