"""Dataclass to row and back, generic over the dataclass's fields. Special case: a follow-up's drug lines."""

from __future__ import annotations

import dataclasses
import json
import operator
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from db.schema import CHILD_FIELDS
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.joint import Participant
from mhdesk.domain.record import CodeCount, Record, record_of

T = TypeVar("T")
R = TypeVar("R", bound=Record)
_Convert = Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _instant_to_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds")


def _codes_from_text(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _counts_to_text(value: tuple[CodeCount, ...]) -> str:
    return ",".join(f"{code}:{count}" for code, count in value)


def counts_from_text(text: str) -> tuple[CodeCount, ...]:
    """The counted codes of a column (``1:2,5:1``)."""
    pairs = (part.split(":") for part in text.split(",") if part)
    return tuple(CodeCount(code, int(count)) for code, count in pairs)


def _people_to_text(value: tuple[Participant, ...]) -> str:
    return json.dumps([list(one) for one in value], ensure_ascii=False) if value else ""


def _people_from_text(text: str) -> tuple[Participant, ...]:
    return tuple(Participant(*one) for one in json.loads(text)) if text else ()


def _mapping_to_text(value: Mapping[str, str]) -> str:
    return json.dumps(dict(value), ensure_ascii=False, sort_keys=True) if value else "{}"


_CONVERTERS: dict[Any, tuple[_Convert, _Convert]] = {
    str: (str, _same),  # str() also turns a StrEnum into plain text
    int: (_same, _same),
    float: (_same, _same),
    date: (date.isoformat, date.fromisoformat),
    datetime: (_instant_to_text, datetime.fromisoformat),
    PartialDate: (PartialDate.iso, PartialDate.from_iso),
    tuple[str, ...]: (",".join, _codes_from_text),
    tuple[CodeCount, ...]: (_counts_to_text, counts_from_text),
    tuple[Participant, ...]: (_people_to_text, _people_from_text),
    Mapping[str, str]: (_mapping_to_text, json.loads),
}

# What was found out about each dataclass.
_KNOWN: dict[type, tuple[tuple[str, _Convert, _Convert], ...]] = {}
_FAST: dict[type, tuple[Callable[[Any], tuple[Any, ...]], tuple[tuple[int, _Convert], ...]]] = {}


def _fields(record_type: type) -> tuple[tuple[str, _Convert, _Convert], ...]:
    """(name, to column, from column) of every stored field."""
    if record_type not in _KNOWN:
        _KNOWN[record_type] = _find_fields(record_type)
    return _KNOWN[record_type]


def _find_fields(record_type: type) -> tuple[tuple[str, _Convert, _Convert], ...]:
    hints = typing.get_type_hints(record_type)
    found = []
    for field in dataclasses.fields(record_type):
        if (record_type, field.name) in CHILD_FIELDS:
            continue
        hint = hints[field.name]
        if isinstance(hint, types.UnionType):
            hint = next(part for part in typing.get_args(hint) if part is not type(None))
        found.append((field.name, *_CONVERTERS[hint]))
    return tuple(found)


def to_row(record: Any) -> dict[str, Any]:
    """Column values of a record. Child rows (a follow-up's drugs) are not in it."""
    return {
        name: None if (value := getattr(record, name)) is None else to_column(value)
        for name, to_column, _ in _fields(type(record))
    }


def from_row(record_type: type[T], row: Mapping[str, Any], **children: Any) -> T:
    """The record of a row (a SQLAlchemy ``row._mapping``); `children` fill the fields kept in other tables."""
    values = {
        name: None if (value := row[name]) is None else from_column(value)
        for name, _, from_column in _fields(record_type)
    }
    return record_type(**values, **children)


def row_reader(record_type: type[R], names: Sequence[str]) -> Callable[[Iterable[Any]], R]:
    """`from_row` for many rows of one query, given as plain values in the order of `names`."""
    converted = [(name, convert) for name, _, convert in _fields(record_type) if convert is not _same]

    def read(row: Iterable[Any]) -> R:
        values = dict(zip(names, row, strict=True))
        for name, convert in converted:
            value = values[name]
            if value is not None:
                values[name] = convert(value)
        return record_of(record_type, values)

    return read


def column_value(record_type: type, name: str, value: Any) -> Any:
    """What the column `name` holds for a value of the record's field."""
    if value is None:
        return None
    return next(to_column for field, to_column, _ in _fields(record_type) if field == name)(value)


def column_names(record_type: type) -> tuple[str, ...]:
    """The stored fields, in the table's order."""
    return tuple(name for name, _, _ in _fields(record_type))


def column_writers(record_type: type) -> dict[str, _Convert]:
    """How each stored field's value becomes its column's; for comparing many rows."""
    return {name: to_column for name, to_column, _ in _fields(record_type)}


def _fast(record_type: type) -> tuple[Callable[[Any], tuple[Any, ...]], tuple[tuple[int, _Convert], ...]]:
    """All fields in one call, and the few places whose value must be converted."""
    if record_type not in _FAST:
        _FAST[record_type] = _find_fast(record_type)
    return _FAST[record_type]


def _find_fast(record_type: type) -> tuple[Callable[[Any], tuple[Any, ...]], tuple[tuple[int, _Convert], ...]]:
    fields = _fields(record_type)
    converted = tuple((place, to) for place, (_, to, _) in enumerate(fields) if to is not _same and to is not str)
    return operator.attrgetter(*(name for name, _, _ in fields)), converted


def to_values(record: Any) -> list[Any]:
    """As `to_row`, as a list in the order of `column_names`; for many records at once."""
    getter, converted = _fast(type(record))
    values = list(getter(record))
    for place, to_column in converted:
        if values[place] is not None:
            values[place] = to_column(values[place])
    return values
