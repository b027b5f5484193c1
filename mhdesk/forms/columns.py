"""Which item a column heading of a file means. Headings stand in the form tables (`label`, `import_names`)."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from mhdesk.domain.codes import CodeList
from mhdesk.forms.headings import heading
from mhdesk.forms.load import form
from mhdesk.forms.spec import FieldSpec, FormSpec, Kind

_BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_LEADING_NUMBER = re.compile(r"^\s*[(（]?[0-9]{1,2}[)）]?\s*[.、:：\s]\s*")
_DRUG = re.compile(r"药[物品](?:名称|名)?([0-9一二三])(?!级)")
_DIGITS = {"一": "1", "二": "2", "三": "3"}


class Column(NamedTuple):
    """What a heading means: `key` for the raw values of `parse_record`, and the item (None: an import-only column)."""

    key: str
    item: FieldSpec | None


def find_column(spec: FormSpec, text: str) -> Column | None:
    """The meaning of a heading: an item, a part of one (``dangerous_acts:1``, ``drugs_current:2:dose``), or None."""
    plain = unicodedata.normalize("NFKC", text)
    shorter = _LEADING_NUMBER.sub("", plain)
    known = _headings(spec)
    for candidate in (plain, shorter, _BRACKETS.sub("", plain), _BRACKETS.sub("", shorter)):
        if found := known.get(heading(candidate)):
            return found
    return _drug_column(spec, plain)


@functools.cache
def _headings(spec: FormSpec) -> Mapping[str, Column]:
    known: dict[str, Column] = {}
    for column in spec.columns:
        for word in (column.label, *column.import_names):
            known[heading(word)] = Column(column.key, None)
    for item in spec.fields:
        if item.kind is Kind.COUNTED_CODES and item.codes is not None:
            known.update(_count_headings(item, item.codes))
    for item in spec.fields:
        if item.kind is Kind.UNIT:
            continue  # files name units in columns of their own
        for word in (item.label, *item.import_names):
            known[heading(word)] = Column(item.key, item)
    return known


def _count_headings(item: FieldSpec, code_list: CodeList) -> dict[str, Column]:
    """One column a code with the number of times in it: 轻度滋事次数, 危险行为轻度滋事（次）."""
    return {
        heading(f"{prefix}{entry.label}{suffix}"): Column(f"{item.key}:{entry.code}", item)
        for entry in code_list.entries
        if entry.code not in code_list.exclusive
        for prefix in ("", item.label, "危险行为")
        for suffix in ("次数", "次")
    }


def _drug_column(spec: FormSpec, plain: str) -> Column | None:
    tables = [item for item in spec.fields if item.kind is Kind.DRUGS]
    match = _DRUG.search(plain)
    if not tables or match is None:
        return None
    line = _DIGITS.get(match[1], match[1])
    item = next((table for table in tables if table.label in plain[: match.start()]), tables[0])
    rest = heading(plain[match.end() :])
    if not rest:
        return Column(f"{item.key}:{line}:drug_name", item)
    for column in form("drug_line").fields:
        if rest in {heading(word) for word in (column.label, *column.import_names)}:
            return Column(f"{item.key}:{line}:{column.key}", item)
    return None
