"""Colour schemes (分色分级方案) as data: a points sheet, thresholds, intervals, measures; and what a sheet suggests.

A scheme suggests, a committee decides. Where an item is not answered nothing is suggested, never 绿.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import resources
from mhdesk.domain.errors import UserError
from mhdesk.rules.facts import PatientFacts

COLOURS = ("red", "orange", "yellow", "green")  # code list "colour", the heaviest first
FACTS = ("risk", "class", "acts", "adherence", "guardianship")
_ACT_DAYS = 365
_MINOR, _MAJOR = "1", ("2", "3")  # codes of 危险行为: 轻度滋事; 肇事, 肇祸


@dataclass(frozen=True, slots=True)
class Option:
    """An answer of the points sheet. `least`: the colour is at least this one."""

    key: str
    name: str
    points: int
    codes: Sequence[str] = ()
    least: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the points sheet. `fact`: what of the file answers it."""

    key: str
    name: str
    options: Sequence[Option]
    fact: str = ""

    def option(self, key: str | None) -> Option | None:
        """The answer with this key."""
        return next((one for one in self.options if one.key == key), None)


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour: from how many points on, how long until the next assessment, who goes, what is done."""

    key: str
    at_least: int
    interval_days: int
    who: str
    measures: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme with its version and its source."""

    id: str
    name: str
    version: str
    mark: str
    source: str
    colours: Sequence[Colour]
    items: Sequence[Item]
    origin: str = "mhdesk"

    def colour(self, key: str) -> Colour:
        """One of its colours. Raises KeyError."""
        for one in self.colours:
            if one.key == key:
                return one
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a points sheet says. None while an item is not answered; `decided_by`: the item that asks for the colour."""

    score: int | None
    colour: str | None
    missing: Sequence[str] = ()
    decided_by: str = ""


def suggest(scheme: Scheme, answers: Mapping[str, str]) -> Suggestion:
    """Points and colour of answers (item -> option)."""
    chosen = [(item, item.option(answers.get(item.key))) for item in scheme.items]
    missing = [item.name for item, option in chosen if option is None]
    if missing:
        return Suggestion(None, None, missing)
    given = [(item, option) for item, option in chosen if option is not None]
    score = sum(option.points for _, option in given)
    by_points = next((one.key for one in scheme.colours if score >= one.at_least), scheme.colours[-1].key)
    best, decided_by = by_points, ""
    for item, option in given:
        if option.least and COLOURS.index(option.least) < COLOURS.index(best):
            best, decided_by = option.least, item.name
    return Suggestion(score, best, (), decided_by)


def answers_of(scheme: Scheme, facts: PatientFacts, today: int) -> dict[str, str]:
    """The answers the file gives by itself (today is an ordinal); what it does not say stays open."""
    said = {
        "risk": facts.last.risk if facts.last else None,
        "class": facts.last.visit_class if facts.last else None,
        "adherence": facts.last.adherence if facts.last else None,
        "guardianship": facts.guardianship,
        "acts": _acts(facts, today),
    }
    found = {}
    for item in scheme.items:
        code = said.get(item.fact)
        option = next((one for one in item.options if code is not None and code in one.codes), None)
        if option is not None:
            found[item.key] = option.key
    return found


def _acts(facts: PatientFacts, today: int) -> str | None:
    if facts.last is None:
        return None
    codes = {act.code for visit in facts.visits if visit.day > today - _ACT_DAYS for act in visit.acts}
    return "yes" if codes & set(_MAJOR) else "minor" if _MINOR in codes else "no"


# ---------------------------------------------------------------- reading and writing


def parse(content: str, *, path: str, origin: str = "mhdesk") -> Scheme:
    """The scheme of a TOML text. Raises UserError MH-COLOUR-01 naming the faulty place."""
    try:
        data = tomllib.loads(content)
        colours = [Colour(**one) for one in data["colour"]]
        items = [_item(one) for one in data["item"]]
        scheme = Scheme(data["id"], data["name"], data["version"], data["mark"], data["source"], colours, items, origin)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise UserError("MH-COLOUR-01", file=path, place=str(error)) from error
    if fault := _fault(scheme):
        raise UserError("MH-COLOUR-01", file=path, place=fault)
    return scheme


def _item(entry: Mapping[str, Any]) -> Item:
    options = [Option(**{**one, "codes": tuple(one.get("codes", ()))}) for one in entry["option"]]
    return Item(entry["key"], entry["name"], options, entry.get("fact", ""))


def _fault(scheme: Scheme) -> str:
    """What makes a scheme useless, "" for none."""
    if [one.key for one in scheme.colours] != list(COLOURS):
        return "colour"
    starts = [one.at_least for one in scheme.colours]
    if starts != sorted(starts, reverse=True) or len(set(starts)) < len(starts):
        return "at_least"
    if any(not 0 < one.interval_days <= 3 * _ACT_DAYS for one in scheme.colours):
        return "interval_days"
    known = {"", *COLOURS}
    for item in scheme.items:
        keys = [one.key for one in item.options]
        if not keys or len(set(keys)) < len(keys) or item.fact not in {"", *FACTS}:
            return item.key
        if any(one.least not in known or type(one.points) is not int for one in item.options):
            return item.key
    return "" if scheme.items else "item"


def to_toml(scheme: Scheme) -> str:
    """The text `parse` reads again."""

    def said(value: object) -> str:
        if isinstance(value, str):
            plain = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return f'"{plain}"'
        if isinstance(value, int):
            return str(value)
        return f"[{', '.join(said(one) for one in value)}]"  # type: ignore[attr-defined]

    lines = [f"{key} = {said(getattr(scheme, key))}" for key in ("id", "name", "version", "mark", "source")]
    for colour in scheme.colours:
        lines += ["", "[[colour]]"]
        lines += [f"{key} = {said(getattr(colour, key))}" for key in Colour.__slots__]
    for item in scheme.items:
        lines += ["", "[[item]]", *(f"{key} = {said(getattr(item, key))}" for key in ("key", "name", "fact"))]
        options = (
            "{ " + ", ".join(f"{key} = {said(getattr(option, key))}" for key in Option.__slots__) + " }"
            for option in item.options
        )
        lines += ["option = [", *(f"  {option}," for option in options), "]"]
    return "\n".join(lines) + "\n"


@functools.cache
def shipped() -> Mapping[str, Scheme]:
    """The schemes that come with the program, by id."""
    files = sorted(resources.path("colours").glob("*.toml"))
    found = (parse(file.read_text(encoding="utf-8"), path=f"colours/{file.name}") for file in files)
    return {one.id: one for one in found}


def available(overrides: Mapping[str, tuple[str, str]] | None = None) -> Mapping[str, Scheme]:
    """Every scheme, the district's own copies first."""
    found = dict(shipped())
    for path, (content, origin) in sorted((overrides or {}).items()):
        if path.startswith("colours/"):
            scheme = parse(content, path=path, origin=origin)
            found[scheme.id] = scheme
    return found
