"""Which items a sheet asks for: open, required, or to be left empty, by what already stands on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from mhdesk.domain.problems import Problem
from mhdesk.forms.parse import parse_value
from mhdesk.forms.predicates import PREDICATES
from mhdesk.forms.spec import FormSpec, Kind

_ANY_DAY = date(2000, 1, 1)  # only whether a date stands there matters here


class State(StrEnum):
    """What an item waits for."""

    OPEN = "open"
    REQUIRED = "required"
    EMPTY = "empty"  # must stay empty


OPEN, REQUIRED, EMPTY = State.OPEN, State.REQUIRED, State.EMPTY


def states(spec: FormSpec, values: Mapping[str, object]) -> dict[str, State]:
    """The state of every item. `values` may hold raw texts or typed values; unreadable texts count as unanswered."""
    typed = {key: _typed(spec, key, value) for key, value in values.items()}
    return {item.key: _state(item.required, item.empty_when, typed) for item in spec.fields}


def missing(spec: FormSpec, values: Mapping[str, object]) -> tuple[str, ...]:
    """Keys of required items that are empty, in the order of the form."""
    found = states(spec, values)
    return tuple(key for key, state in found.items() if state is REQUIRED and not _is_filled(spec, key, values))


def surplus(spec: FormSpec, values: Mapping[str, object]) -> tuple[str, ...]:
    """Keys of items that hold something but must stay empty, in the order of the form."""
    found = states(spec, values)
    return tuple(key for key, state in found.items() if state is EMPTY and _is_filled(spec, key, values))


def _state(required: str, empty_when: str, values: Mapping[str, object]) -> State:
    if empty_when and PREDICATES[empty_when](values):
        return EMPTY
    return REQUIRED if required and PREDICATES[required](values) else OPEN


def _is_filled(spec: FormSpec, key: str, values: Mapping[str, object]) -> bool:
    item = spec.field(key)
    value = values.get(key)
    if value is None and item.kind is Kind.DRUGS:
        lines = values.get(item.attribute)
        return isinstance(lines, tuple) and any(line.purpose == item.purpose for line in lines)
    return value not in (None, "", ())


def _typed(spec: FormSpec, key: str, value: object) -> object:
    item = spec.by_key.get(key)
    if item is None or type(value) is not str or item.codes is None:
        return value
    found = parse_value(item, value, today=_ANY_DAY)
    return None if isinstance(found, Problem) else found
