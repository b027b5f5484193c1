"""What every stored record has, whatever it is about."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar


class CodeCount(NamedTuple):
    """A ticked code and how many times (次)."""

    code: str
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody needs here


@dataclass(frozen=True, kw_only=True)
class Record:
    """A stored record. None always means "not known"; an empty tuple means "not answered".

    `id` is None until saved. When it *happened* is a field of each kind; when it was *entered* stands here.
    Records are never deleted: `voided_at` and `void_reason` take them out of every list and number.
    """

    id: int | None = None
    uuid: str = ""
    entered_at: datetime | None = None
    entered_by: str = ""
    version: int = 1
    voided_at: datetime | None = None
    void_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class FormRecord(Record):
    """A record filled from a form; `custom` holds the items a district added itself, by key, as text."""

    form_edition: str = "2018"
    custom: Mapping[str, str] = field(default_factory=dict)


R = TypeVar("R", bound=Record)


def record_of(kind: type[R], values: Mapping[str, Any]) -> R:
    """``kind(**values)``, for long lists: a frozen dataclass sets each of a hundred fields by a call of its own.

    Raises TypeError for a name that is no field, and for a missing one that has no default.
    """
    names, given, made = _defaults(kind)  # type: ignore[arg-type]  # mypy takes the hash of records for that of the class
    record = object.__new__(kind)
    held = record.__dict__
    held.update(given)
    held.update(values)
    for name, make in made:
        if name not in values:
            held[name] = make()
    if held.keys() != names:
        raise TypeError(f"{kind.__name__}: {sorted(held.keys() ^ names)}")
    return record


@functools.cache
def _defaults(kind: type[Record]) -> tuple[frozenset[str], dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """Names of all fields; what they are when not given; how to make those that are made anew each time."""
    if hasattr(kind, "__post_init__"):
        raise TypeError(f"{kind.__name__} checks its own values")
    fields = dataclasses.fields(kind)
    given = {one.name: one.default for one in fields if one.default is not dataclasses.MISSING}
    made = [(one.name, one.default_factory) for one in fields if one.default_factory is not dataclasses.MISSING]
    return frozenset(one.name for one in fields), given, made
