"""Items a district adds to a form itself (自定义项目): defined here, typed, shown, imported and exported like the rest.

A custom item is a `FieldSpec` whose key is ``custom:KEY``; its value lies as text in the record's `custom`.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from mhdesk.domain.account import CustomField
from mhdesk.domain.changes import Changes
from mhdesk.domain.codes import CodeList, own_list
from mhdesk.domain.errors import UserError
from mhdesk.domain.problems import Problem
from mhdesk.forms import load, parse, show
from mhdesk.forms.headings import heading
from mhdesk.forms.spec import FieldSpec, FormSpec, Kind
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

FORMS = ("patient", "follow_up")
#: Kinds of custom items, in the order they are offered.
KINDS = (Kind.TEXT, Kind.LONG_TEXT, Kind.CODE, Kind.CODES, Kind.YES_NO, Kind.DATE, Kind.INTEGER, Kind.DECIMAL)
CODED_KINDS = frozenset({Kind.CODE, Kind.CODES})
PREFIX = "custom:"
SECTION = "custom"
_MOST_CODES = 30
_LONGEST_LABEL = 40
_KEPT_LISTS = 128


def listed(ledger: Ledger, form: str) -> list[CustomField]:
    """The custom items of a form, in their order."""
    return sorted(ledger.find(CustomField, form=form), key=lambda one: (one.sort_order, one.id or 0))


def spec_of(field: CustomField) -> FieldSpec:
    """A custom item as an item of a form table."""
    kind = Kind(field.kind)
    yes_no = {"1": text("custom.no"), "2": text("custom.yes")}
    labels = yes_no if kind is Kind.YES_NO else field.codes
    is_coded = kind in CODED_KINDS | {Kind.YES_NO}
    codes = _code_list(f"custom_{field.key}", field.label, tuple(labels.items())) if is_coded else None
    return FieldSpec(
        key=f"{PREFIX}{field.key}",
        attribute="custom",
        section=SECTION,
        label=field.label,
        kind=kind,
        codes=codes,
        boxes=3 if kind is Kind.CODES else 1,
        max_length=2000 if kind is Kind.LONG_TEXT else 200,
        source=field.label,
        mark="assumption",
    )


@functools.lru_cache(_KEPT_LISTS)
def _code_list(name: str, title: str, labels: tuple[tuple[str, str], ...]) -> CodeList:
    """One list for one definition: lists, and so forms, are compared by identity."""
    return own_list(name, title, dict(labels))


def extend(spec: FormSpec, fields: Sequence[CustomField]) -> FormSpec:
    """A form with the district's own items at its end; the form itself when there are none."""
    mine = [spec_of(one) for one in fields if one.form == spec.record]
    if not mine:
        return spec
    sections = {**spec.sections, SECTION: text("custom.section")}
    return dataclasses.replace(spec, fields=(*spec.fields, *mine), sections=sections)


def form_for(ledger: Ledger, record: str, edition: str) -> FormSpec:
    """The form of an edition with the district's own items."""
    return extend(load.form_for(record, edition), listed(ledger, record))


def read(items: Sequence[FieldSpec], texts: Mapping[str, str], *, today: date) -> tuple[dict[str, str], list[Problem]]:
    """(values by key without the prefix, problems) of the custom items among `items`; empty ones are left out."""
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for item in items:
        if not item.key.startswith(PREFIX):
            continue
        found = parse.parse_value(item, texts.get(item.key, ""), today=today)
        if isinstance(found, Problem):
            problems.append(found)
        elif words := show.format_value(item, found):
            values[item.key.removeprefix(PREFIX)] = words
    return values, problems


def shown(item: FieldSpec, stored: str | None) -> str:
    """A stored custom value in words; what an older definition left stands as it is."""
    if not stored:
        return ""
    found = parse.parse_value(item, stored, today=date.max)
    return stored if isinstance(found, Problem) else show.display_value(item, found)


def save(ledger: Ledger, field: CustomField) -> tuple[int, Changes]:
    """Define an item, or change one. Raises UserError MH-CUSTOM-01 for a name that is empty or taken, 02 for codes."""
    label = " ".join(field.label.split())
    codes = _cleaned(field) if Kind(field.kind) in CODED_KINDS else {}
    _check_label(ledger, field, label)
    cleaned = dataclasses.replace(field, label=label, codes=codes)
    everything = ledger.find(CustomField, include_voided=True)
    with ledger.change("custom.save") as change:
        if cleaned.id is not None:
            change.replace(cleaned)
            return cleaned.id, change.changes
        number = 1 + max((int(one.key[1:]) for one in everything if one.key[1:].isdigit()), default=0)
        last = max((one.sort_order for one in everything if one.form == cleaned.form), default=0)
        new_id = change.add(dataclasses.replace(cleaned, key=f"c{number}", sort_order=last + 1))
    return new_id, change.changes


def void(ledger: Ledger, field_id: int) -> Changes:
    """Ask the item no more. What is stored stays, and comes back with the item (回收站)."""
    with ledger.change("custom.void") as change:
        change.void(CustomField, field_id, "custom.void")
    return change.changes


def move(ledger: Ledger, field_id: int, step: int) -> Changes:
    """One place up (-1) or down (1) among the items of its form."""
    moved = ledger.get(CustomField, field_id)
    order = listed(ledger, moved.form)
    at = next(place for place, one in enumerate(order) if one.id == field_id)
    to = min(max(at + step, 0), len(order) - 1)
    order.insert(to, order.pop(at))
    with ledger.change("custom.move") as change:
        for place, one in enumerate(order, 1):
            change.replace(dataclasses.replace(one, sort_order=place))
    return change.changes


def _cleaned(field: CustomField) -> dict[str, str]:
    codes = {code.strip(): " ".join(label.split()) for code, label in field.codes.items() if label.strip()}
    is_wrong = not codes or len(codes) > _MOST_CODES or not all(code.isdigit() for code in codes)
    try:
        own_list("custom", field.label, codes)
    except ValueError:
        is_wrong = True
    if is_wrong:
        raise UserError("MH-CUSTOM-02", most=_MOST_CODES)
    return codes


def _check_label(ledger: Ledger, field: CustomField, label: str) -> None:
    """Files find an item by its heading: it may not be that of another one."""
    form = load.form_for(field.form, "2018")
    taken = {heading(word) for item in form.fields for word in (item.label, *item.import_names)}
    taken |= {heading(word) for column in form.columns for word in (column.label, *column.import_names)}
    taken |= {heading(one.label) for one in listed(ledger, field.form) if one.id != field.id}
    if not label or len(label) > _LONGEST_LABEL or heading(label) in taken or not heading(label):
        raise UserError("MH-CUSTOM-01", label=label)
