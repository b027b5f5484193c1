"""Terms of joint work, each with its source: to whom, how often, how soon (``resources/joint.toml``)."""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import resources
from mhdesk.domain.errors import UserError

PATH = "joint.toml"
_MARKS = {"verified", "memory", "assumption"}
_SECTIONS = ("exchange", "emergency", "agreement", "rehabilitation", "checkup")


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often a meeting is required: `times` in every `months` calendar months, of the ledger or of each village."""

    kind: str
    months: int
    times: int
    per: str  # "ledger", "village"
    level: str  # whose ledger asks for it: "township", "district"
    mark: str
    source: str


@dataclass(frozen=True, slots=True)
class JointTerms:
    """The terms. `sources`: where each comes from, with its mark, by name."""

    sides: tuple[str, ...]
    receipt_days: int
    record_hours: int
    incident_days: int
    review_months: int
    notice_days: int
    services_per_quarter: int
    remind_days: int
    remind_from_month: int
    meetings: Sequence[Frequency]
    sources: Mapping[str, tuple[str, str]]


def parse(content: str, *, path: str = PATH) -> JointTerms:
    """The terms of a TOML text; what a district's own text does not name yet is as shipped.

    Raises UserError MH-RULE-01 naming the faulty place.
    """
    try:
        table = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise UserError("MH-RULE-01", file=path, place=str(error)) from error
    place = ""
    try:
        base = _shipped_table()
        values: dict[str, Any] = {}
        sources: dict[str, tuple[str, str]] = {}
        for section in _SECTIONS:
            for name, entry in {**base[section], **table[section]}.items():
                place = f"{section}.{name}"
                values[name] = _value(entry["value"])
                sources[name] = (_mark(entry["mark"]), entry["source"])
        place = "meeting"
        meetings = tuple(Frequency(**entry) for entry in table["meeting"])
        for one in meetings:
            _mark(one.mark)
        return JointTerms(**values, meetings=meetings, sources=sources)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError("MH-RULE-01", file=path, place=place or str(error)) from error


def _value(value: Any) -> int | tuple[str, ...]:
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return tuple(value)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise ValueError(value)


def _mark(mark: str) -> str:
    if mark not in _MARKS:
        raise ValueError(mark)
    return mark


def write(terms: JointTerms) -> str:
    """The TOML text of terms, which `parse` reads again."""
    lines = []
    for section in _SECTIONS:
        lines.append(f"[{section}]")
        for name in _shipped_table()[section]:
            mark, source = terms.sources[name]
            value = json.dumps(getattr(terms, name), ensure_ascii=False)
            said = json.dumps(source, ensure_ascii=False)
            lines.append(f'{name} = {{ value = {value}, mark = "{mark}", source = {said} }}')
    for one in terms.meetings:
        lines.append("[[meeting]]")
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in asdict(one).items()]
    return "\n".join(lines) + "\n"


def numbers() -> list[str]:
    """The terms that are plain numbers, in their order."""
    found = [(name, entry["value"]) for section in _SECTIONS for name, entry in _shipped_table()[section].items()]
    return [name for name, value in found if isinstance(value, int)]


@functools.cache
def _shipped_table() -> Mapping[str, Any]:
    return tomllib.loads(resources.path(PATH).read_text(encoding="utf-8"))


@functools.cache
def shipped() -> JointTerms:
    """The terms that come with the program."""
    return parse(resources.path(PATH).read_text(encoding="utf-8"))


def load(overrides: Mapping[str, tuple[str, str]]) -> JointTerms:
    """The terms of a ledger: its own file where it has one. Raises UserError MH-RULE-01."""
    own = overrides.get(PATH)
    return shipped() if own is None else parse(own[0])
