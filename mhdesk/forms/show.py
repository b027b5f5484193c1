"""Values back to text: `format_value` as it would be typed, `display_value` as it is read."""

from __future__ import annotations

import re
from datetime import date
from typing import cast

from mhdesk.domain.codes import CodeList, code_list
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import DrugLine
from mhdesk.domain.joint import Participant
from mhdesk.domain.record import CodeCount
from mhdesk.forms.read_drugs import write_drugs
from mhdesk.forms.read_people import write_people
from mhdesk.forms.spec import CODED, FieldSpec, Kind
from mhdesk.text import text

_SOURCE_KEY = re.compile(r"(?<![A-Za-z])[A-Z][0-9]{1,2}(?![0-9])")
_SOURCE_PART = re.compile(r"\s*[,，]\s*")


def source_words(source: str) -> str:
    """Where an item comes from, without the keys of ``resources/SOURCES.md``: each in words, once."""
    parts = [_SOURCE_KEY.sub(_source_named, part) for part in _SOURCE_PART.split(source)]
    return text("sources.joined").join(dict.fromkeys(part for part in parts if part))


def _source_named(found: re.Match[str]) -> str:
    try:
        return text(f"sources.{found[0]}")
    except KeyError:  # a district's own form names its own sources
        return found[0]


def format_value(field: FieldSpec, value: object) -> str:
    """The text that `mhdesk.forms.parse.parse_value` reads back as `value`. None and () are ""."""
    if value is None or value == ():
        return ""
    match field.kind:
        case Kind.COUNTED_CODES:
            return ",".join(_counted(field, part) for part in cast(tuple[CodeCount, ...], value))
        case Kind.CODES:
            return ",".join(cast(tuple[str, ...], value))
        case Kind.DRUGS:
            return write_drugs(cast(tuple[DrugLine, ...], value))
        case Kind.PEOPLE:
            return write_people(cast(tuple[Participant, ...], value))
    return value.iso() if isinstance(value, PartialDate) else _plain(value)


def display_value(field: FieldSpec, value: object) -> str:
    """The value in words: labels for codes, 次 for counts. A code that is not printed shows itself."""
    if value is None or value == ():
        return ""
    if field.kind in CODED and field.codes is not None:
        # Stored codes are today's, whatever edition the sheet was
        labels = code_list(field.codes.name) if field.codes.remap is not None else field.codes
        if field.kind is Kind.COUNTED_CODES:
            ticked = cast(tuple[CodeCount, ...], value)
            return "、".join(label(labels, code) + (f"{count}次" if count else "") for code, count in ticked)
        if field.kind is Kind.CODES:
            return "、".join(label(labels, code) for code in cast(tuple[str, ...], value))
        return label(labels, str(value))
    if isinstance(value, float) and field.unit:
        return f"{format_value(field, value)}{field.unit}"
    return format_value(field, value)


def label(codes: CodeList, code: str) -> str:
    """The label of a code, or the code itself where the list does not know it."""
    return codes.label(code) if code in codes.codes else code


def _counted(field: FieldSpec, part: CodeCount) -> str:
    code, count = part
    return code if field.codes is not None and code in code_list(field.codes.name).exclusive else f"{code}x{count}"


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return value.isoformat() if isinstance(value, date) else str(value)
