"""The numbers medicines are judged by: data with mark and source (``resources/medication.toml``)."""

from __future__ import annotations

import dataclasses
import functools
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import resources
from mhdesk.domain.codes import MARKS
from mhdesk.domain.errors import UserError
from mhdesk.text import text

PATH = "medication.toml"
#: Every number by name; their words: table ``medication.terms`` of the texts.
NAMES = (
    "warn_days",  # 断药预警天数
    "soon_injection_days",
    "injection_window_days",  # so much earlier or later than the due day
    "overlap_days",
    "gap_days",
    "visit_holds_days",  # how long before it a visit's 用药依从性 holds
    "candidate_months",
    "candidate_risk",
    "candidate_least",
)


@dataclass(frozen=True, slots=True)
class Number:
    """One number with where it comes from."""

    value: int
    mark: str
    source: str


@dataclass(frozen=True, slots=True)
class Watch:
    """An examination to be reminded of while `drug_key` is taken; off unless the district turns it on."""

    key: str
    drug_key: str
    items: tuple[str, ...]  # any of these codes of laboratory_item answers it
    every_days: int
    enabled: bool
    mark: str
    source: str


@dataclass(frozen=True, slots=True)
class MedicineTerms:
    """All numbers, the days until a visit after stopping by reason, and the reminders of examinations."""

    name: str
    version: str
    numbers: Mapping[str, Number]
    visit_after_stop: Mapping[str, Number]
    watches: tuple[Watch, ...]
    origin: str = "mhdesk"

    def days(self, name: str) -> int:
        """The value of one of `NAMES`."""
        return self.numbers[name].value

    def label(self, name: str) -> str:
        """What a number says, in Chinese."""
        return text(f"medication.terms.{name}")


def parse(content: str, *, origin: str = "mhdesk") -> MedicineTerms:
    """The numbers of a TOML text. Raises UserError MH-RULE-01 naming the faulty place."""
    try:
        data = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise UserError("MH-RULE-01", file=PATH, place=str(error)) from error
    table = data.get("parameters")
    numbers = {name: _number(name, table.get(name) if isinstance(table, dict) else None) for name in NAMES}
    stops = {code: _number(f"visit_after_stop.{code}", one) for code, one in data.get("visit_after_stop", {}).items()}
    watches = tuple(_watch(one) for one in data.get("watch", ()))
    return MedicineTerms(str(data.get("name", "")), str(data.get("version", "")), numbers, stops, watches, origin)


@functools.cache
def shipped() -> MedicineTerms:
    """The numbers that come with the program."""
    return parse(resources.path(PATH).read_text(encoding="utf-8"))


def load(overrides: Mapping[str, tuple[str, str]]) -> MedicineTerms:
    """The numbers in force: the district's own file (path -> content, origin) where there is one."""
    own = overrides.get(PATH)
    return parse(own[0], origin=own[1]) if own else shipped()


def write(terms: MedicineTerms) -> str:
    """The terms as a TOML text; `parse` reads it back."""

    def line(name: str, number: Number) -> str:
        return f"{name} = {{ value = {number.value}, mark = {_toml(number.mark)}, source = {_toml(number.source)} }}"

    parts = [f"name = {_toml(terms.name)}", f"version = {_toml(terms.version)}", "", "[parameters]"]
    parts += [line(name, terms.numbers[name]) for name in NAMES]
    parts += ["", "[visit_after_stop]", *(line(code, one) for code, one in terms.visit_after_stop.items())]
    for watch in terms.watches:
        parts += ["", "[[watch]]"]
        parts += [f"{one.name} = {_toml(getattr(watch, one.name))}" for one in dataclasses.fields(watch)]
    return "\n".join(parts) + "\n"


def _toml(value: object) -> str:
    """A text, number, truth or list as TOML: JSON writes them the same way."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _fault(place: str) -> UserError:
    return UserError("MH-RULE-01", file=PATH, place=place)


def _number(place: str, entry: Any) -> Number:
    if not isinstance(entry, dict):
        raise _fault(place)
    value, mark, source = entry.get("value"), entry.get("mark"), entry.get("source")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0 or mark not in MARKS or not source:
        raise _fault(place)
    return Number(value, mark, str(source))


def _watch(entry: Mapping[str, Any]) -> Watch:
    try:
        watch = Watch(**{**entry, "items": tuple(entry["items"])})
    except (KeyError, TypeError) as error:
        raise _fault("watch") from error
    every: Any = watch.every_days
    if not isinstance(every, int) or every <= 0 or watch.mark not in MARKS or not watch.source or not watch.items:
        raise _fault(f"watch.{watch.key}")
    return watch
