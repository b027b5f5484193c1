"""Rule sets (口径): how a number is judged, as data with a source and a mark on every parameter.

A rule set names its two algorithms (规范管理 and 规律服药; see `standard` and `medication`) and gives every term of
`mhdesk.rules.terms.Terms`. A district may put its own copy of the file into the ledger: `load` reads that one then.
"""

from __future__ import annotations

import functools
import tomllib
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import resources
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.rules import medication, standard
from mhdesk.rules.terms import Terms
from mhdesk.text import text

OWN_ORIGIN = "mhdesk"
DEFAULT_RULES = "SC2017"


class Mark(StrEnum):
    """How sure we are of a parameter."""

    VERIFIED = "verified"  # 已核实: read in a public copy of the source
    MEMORY = "memory"  # 待核实: professional knowledge, not confirmed in a source
    ASSUMPTION = "assumption"  # 假定: ours, must be agreed with the district


@dataclass(frozen=True, slots=True)
class Parameter:
    """One term with where it comes from."""

    key: str
    value: str | int | bool
    mark: Mark
    source: str

    @property
    def label(self) -> str:
        """What the parameter says, in Chinese."""
        return text(f"rules.terms.{self.key}")

    @property
    def value_text(self) -> str:
        """The value, in Chinese."""
        if isinstance(self.value, bool):
            return text("rules.yes" if self.value else "rules.no")
        if isinstance(self.value, str):
            return text(f"rules.values.{self.value}")
        return str(self.value)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A versioned way of judging. `origin` says whose copy it is: ours or the district's."""

    id: str
    name: str
    version: str
    source: str
    standard: str  # name of an algorithm in `mhdesk.rules.standard`
    regular: str  # name of an algorithm in `mhdesk.rules.medication`
    parameters: Mapping[str, Parameter]
    terms: Terms
    origin: str = OWN_ORIGIN
    note: str = ""
    targets: str = ""  # id of the target set of the same document
    based_on: str = ""  # the rule set whose parameters it takes over where it gives none

    @property
    def label(self) -> str:
        """As printed under a report: name, id and version."""
        return text("rules.label", name=self.name, id=self.id, version=self.version)


@dataclass(frozen=True, slots=True)
class _Checker:
    """Checks one rule file; every fault is a `UserError` that names the place. `base`: where it takes the rest from."""

    path: str
    data: Mapping[str, Any]
    base: RuleSet | None = None
    hints: Mapping[str, Any] = field(default_factory=lambda: typing.get_type_hints(Terms))

    def fail(self, place: str) -> UserError:
        return UserError("MH-RULE-01", file=self.path, place=place)

    def text_of(self, key: str) -> str:
        value = self.data.get(key)
        if value is None and self.base is not None and key in ("standard", "regular"):
            value = getattr(self.base, key)
        if not isinstance(value, str) or not value:
            raise self.fail(key)
        return value

    def parameter(self, key: str, entry: Any) -> Parameter:
        if not isinstance(entry, dict) or key not in self.hints:
            raise self.fail(key)
        value, hint = entry.get("value"), self.hints[key]
        if typing.get_origin(hint) is Literal:
            sound = value in typing.get_args(hint)
        elif hint is bool:
            sound = isinstance(value, bool)
        else:
            sound = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        mark, source = entry.get("mark"), entry.get("source")
        if not sound or mark not in set(Mark) or not isinstance(source, str) or not source:
            raise self.fail(key)
        return Parameter(key, typing.cast("str | int | bool", value), Mark(mark), source)


class Option(NamedTuple):
    """One value a parameter may have. `key` is the value as text."""

    key: str
    value: str | bool
    words: str


def choices_of(key: str) -> Sequence[Option]:
    """The values to choose from, none for a number."""
    hint = typing.get_type_hints(Terms)[key]
    values = (True, False) if hint is bool else typing.get_args(hint)
    return [Option(str(one), one, Parameter(key, one, Mark.ASSUMPTION, "").value_text) for one in values]


def parse(
    content: str, *, path: str, origin: str = OWN_ORIGIN, bases: Mapping[str, RuleSet] = MappingProxyType({})
) -> RuleSet:
    """The rule set of a TOML text. Raises UserError MH-RULE-01 naming the faulty place.

    What a file leaves out it takes over from its namesake among `bases`, else from the one its `based_on` names: so
    that a district's copy stays sound when a later version of the program knows one parameter more.
    """
    try:
        data = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise UserError("MH-RULE-01", file=path, place=str(error)) from error
    based_on = str(data.get("based_on", ""))
    if based_on and based_on not in bases:
        raise UserError("MH-RULE-01", file=path, place="based_on")
    base = bases.get(str(data.get("id", ""))) or bases.get(based_on)
    checker = _Checker(path, data, base)
    table = data.get("parameters")
    if not isinstance(table, dict):
        raise checker.fail("parameters")
    own = {key: checker.parameter(key, entry) for key, entry in table.items()}
    inherited = base.parameters if base is not None else {}
    parameters = {**inherited, **own}
    for known in fields(Terms):
        if known.name not in parameters:
            raise checker.fail(known.name)
    terms = Terms(**{key: parameter.value for key, parameter in parameters.items()})  # type: ignore[arg-type]
    for key, known_names in (("standard", standard.ALGORITHMS), ("regular", medication.ALGORITHMS)):
        if checker.text_of(key) not in known_names:
            raise checker.fail(key)
    return RuleSet(
        id=checker.text_of("id"),
        name=checker.text_of("name"),
        version=checker.text_of("version"),
        source=checker.text_of("source"),
        standard=checker.text_of("standard"),
        regular=checker.text_of("regular"),
        parameters=parameters,
        terms=terms,
        origin=origin,
        note=data.get("note", ""),
        targets=str(data.get("targets", base.targets if base is not None else "")),
        based_on=based_on,
    )


@functools.cache
def shipped() -> Mapping[str, RuleSet]:
    """The rule sets that come with the program, by id."""
    texts = {file.name: file.read_text(encoding="utf-8") for file in resources.path("rules").glob("*.toml")}
    found: dict[str, RuleSet] = {}
    for name in sorted(texts, key=lambda name: ("\nbased_on" in texts[name], name)):  # what others stand on first
        rules = parse(texts[name], path=f"rules/{name}", bases=found)
        found[rules.id] = rules
    return found


def load(rules_id: str | None, overrides: Mapping[str, tuple[str, str]] | None = None) -> RuleSet:
    """The rule set `rules_id`, None: the default.

    `overrides` are the ledger's own files, path -> (content, origin); they win over ours. Raises UserError MH-RULE-01
    for a faulty file, UsageError MH-RULE-02 for an unknown id.
    """
    chosen = rules_id or DEFAULT_RULES
    found = available(overrides).get(chosen)
    if found is None:
        raise UsageError("MH-RULE-02", rules=chosen)
    return found


def available(overrides: Mapping[str, tuple[str, str]] | None = None) -> Mapping[str, RuleSet]:
    """Every rule set that can be chosen, ours and the district's, by id."""
    found = dict(shipped())
    for path, (content, origin) in sorted((overrides or {}).items()):
        if path.startswith("rules/"):
            rules = parse(content, path=path, origin=origin, bases=shipped())
            found[rules.id] = rules
    return found
