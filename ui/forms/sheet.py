"""Between a stored sheet and the texts on screen: what is typed becomes a `FollowUp`, a `FollowUp` becomes texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.problems import Problem
from mhdesk.forms import parse
from mhdesk.forms.spec import FieldSpec, FormSpec, Kind
from mhdesk.services import custom_fields


class Sheet(NamedTuple):
    """What the texts mean, and which of them cannot be read."""

    follow_up: FollowUp
    problems: Sequence[Problem]


def read(spec: FormSpec, texts: Mapping[str, str], base: FollowUp, *, today: date) -> Sheet:
    """The sheet that is typed: `base` (a new sheet, or the stored one) with every item of the form replaced."""
    parsed = parse.parse_record(spec, texts, today=today)
    empty = {item.attribute: () if item.is_multiple else None for item in spec.fields}
    values = {key: value for key, value in parsed.values.items() if key != "custom"}
    values["drugs"] = tuple(_with_rest(spec, drug, base.drugs) for drug in values.get("drugs", ()))
    own, problems = custom_fields.read(spec.fields, texts, today=today)
    asked = {item.key.removeprefix(custom_fields.PREFIX) for item in spec.fields}
    custom = {key: words for key, words in base.custom.items() if key not in asked} | own
    sheet = dataclasses.replace(base, **{**empty, **values, "custom": custom})
    return Sheet(sheet, (*parsed.problems, *problems))


def write(spec: FormSpec, follow_up: FollowUp) -> dict[str, str]:
    """The texts of a stored sheet."""
    texts: dict[str, str] = {}
    for item in spec.fields:
        if item.key.startswith(custom_fields.PREFIX):
            texts[item.key] = follow_up.custom.get(item.key.removeprefix(custom_fields.PREFIX), "")
        elif item.kind is Kind.DRUGS:
            texts |= _drug_texts(item, follow_up.drugs)
        else:
            texts[item.key] = parse.format_value(item, getattr(follow_up, item.attribute))
    return {key: words for key, words in texts.items() if words}


def same_as_last(spec: FormSpec, last: FollowUp, texts: Mapping[str, str]) -> dict[str, str]:
    """What “与上次相同” fills in: items that are still empty and may be copied, never a fact of the period."""
    taken = {spec.head(key) for key, words in texts.items() if words}
    return {
        key: words
        for key, words in write(spec, last).items()
        if (head := spec.head(key)) not in taken and not spec.field(head).never_copied
    }


def _drug_texts(item: FieldSpec, drugs: Sequence[DrugLine]) -> dict[str, str]:
    mine = [drug for drug in drugs if drug.purpose == item.purpose]
    return {
        f"{item.key}:{line}:{column.key}": parse.format_value(column, getattr(drug, column.key))
        for line, drug in enumerate(mine, start=1)
        for column in item.columns
    }


def _with_rest(spec: FormSpec, typed: DrugLine, stored: Sequence[DrugLine]) -> DrugLine:
    """A typed line with what the stored line of the same drug says beyond the form's columns (its unit)."""
    same = [drug for drug in stored if (drug.purpose, drug.drug_name) == (typed.purpose, typed.drug_name)]
    item = next((item for item in spec.fields if item.purpose == typed.purpose), None)
    if len(same) != 1 or item is None:
        return typed
    return dataclasses.replace(same[0], **{column.key: getattr(typed, column.key) for column in item.columns})
