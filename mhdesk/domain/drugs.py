"""The drug dictionary (``resources/drugs.toml``): names to offer and ranges to check against, never advice."""

from __future__ import annotations

import functools
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

    @property
    def highest(self) -> float:
        """The highest dose that raises no question: the larger of the usual and the sourced maximum."""
        return max(self.dose_max, self.high_sourced or 0)


def read(text: str) -> tuple[Drug, ...]:
    """The drugs of a TOML text. Raises ValueError for unknown keys, classes, marks, and names that mean two drugs."""
    known = {item.name for item in fields(Drug)}
    found = []
    for entry in tomllib.loads(text)["drugs"]:
        if strange := entry.keys() - known:
            raise ValueError(f"drug {entry.get('generic')}: unknown keys {sorted(strange)}")
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()
        }
        drug = Drug(**values)
        if drug.drug_class not in CLASSES or drug.per not in PERIODS or drug.mark not in MARKS:
            raise ValueError(f"drug {drug.generic}: unknown class, period or mark")
        found.append(drug)
    _names(tuple(found))
    return tuple(found)


@functools.cache
def drugs() -> tuple[Drug, ...]:
    """All drugs, in the order of the file."""
    return read(resources.path("drugs.toml").read_text(encoding="utf-8"))


def find(name: str) -> Drug | None:
    """The drug of a generic, brand or full product name; None where it is not in the dictionary."""
    return _known().get(_loosen(name))


@functools.cache
def _known() -> Mapping[str, Drug]:
    return MappingProxyType(_names(drugs()))


def _names(found: tuple[Drug, ...]) -> dict[str, Any]:
    by_name: dict[str, Drug] = {}
    for drug in found:
        for name in (drug.generic, *drug.synonyms):
            if by_name.setdefault(_loosen(name), drug) is not drug:
                raise ValueError(f"“{name}” means two drugs")
    return by_name


def _loosen(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).upper()
