"""Form tables, read once and checked: a table that breaks its own rules never reaches a screen.

Raises ValueError at load for unknown keys, kinds, sections, code lists and predicates, for keys that are no field of
the record, kinds that do not fit the field's type, and headings that would mean two items in a file.
"""

from __future__ import annotations

import dataclasses
import functools
import tomllib
import types
import typing
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

import resources
from mhdesk.domain import codes
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.joint import Emergency, ExchangeRow, ExchangeSheet, JointVisit, Meeting, Participant
from mhdesk.domain.outreach import Outreach, ServicePoint
from mhdesk.domain.patient import Patient
from mhdesk.domain.record import CodeCount
from mhdesk.domain.support import Agreement, AgreementPayment, AgreementReview, Assistance, CheckUp, Rehabilitation
from mhdesk.domain.transfer import DischargeNote
from mhdesk.forms.headings import heading
from mhdesk.forms.predicates import PREDICATES
from mhdesk.forms.spec import CODED, FieldSpec, FormSpec, ImportColumn, Kind

RECORDS: dict[str, type] = {
    "patient": Patient,
    "follow_up": FollowUp,
    "drug_line": DrugLine,
    "joint_visit": JointVisit,
    "exchange_sheet": ExchangeSheet,
    "exchange_row": ExchangeRow,
    "emergency": Emergency,
    "discharge_note": DischargeNote,
    "meeting": Meeting,
    "agreement": Agreement,
    "agreement_review": AgreementReview,
    "agreement_payment": AgreementPayment,
    "assistance": Assistance,
    "rehabilitation": Rehabilitation,
    "checkup": CheckUp,
    "outreach": Outreach,
    "service_point": ServicePoint,
}

_FORM_KEYS = {"id", "record", "edition", "title", "table", "source", "mark", "page", "sections", "items", "columns"}
_DERIVED_KEYS = _FORM_KEYS - {"items"} | {"base", "omit", "changes"}
_ITEM_KEYS = {item.name for item in dataclasses.fields(FieldSpec)} - {"attribute", "purpose"}
_TYPES: dict[Kind, Any] = {
    **dict.fromkeys((Kind.NAME, Kind.TEXT, Kind.LONG_TEXT, Kind.CODE, Kind.YES_NO, Kind.ID_NUMBER, Kind.PHONE), str),
    Kind.MOMENT: str,
    Kind.PEOPLE: tuple[Participant, ...],
    Kind.CODES: tuple[str, ...],
    Kind.COUNTED_CODES: tuple[CodeCount, ...],
    Kind.DATE: date,
    Kind.PARTIAL_DATE: PartialDate,
    Kind.INTEGER: int,
    Kind.UNIT: int,
    Kind.DECIMAL: float,
    Kind.DRUGS: tuple[DrugLine, ...],
}
_DRUG_PREFIX = "drugs_"
LONG_TEXT_LENGTH = 20_000  # a note of ten thousand characters is kept whole


@functools.cache
def form(name: str) -> FormSpec:
    """The form ``resources/forms/<name>.toml``, such as ``follow_up_2018``. Raises FileNotFoundError, ValueError."""
    return build(_table(name))


def names() -> tuple[str, ...]:
    """All forms there are."""
    return tuple(sorted(file.stem for file in resources.path("forms").glob("*.toml")))


def form_for(record: str, edition: str) -> FormSpec:
    """The form that fills a record: ``form_for("follow_up", "2017")``."""
    return form({"patient": "person", "follow_up": "follow_up"}[record] + f"_{edition}")


def read(text: str) -> FormSpec:
    """A form from TOML text (a district's own copy). Raises ValueError where it breaks the rules above."""
    return build(_derive(tomllib.loads(text)))


def _table(name: str) -> dict[str, Any]:
    return _derive(tomllib.loads(resources.path(f"forms/{name}.toml").read_text(encoding="utf-8")))


def _derive(table: dict[str, Any]) -> dict[str, Any]:
    """The whole table of a form that is written as changes to another one."""
    if "base" not in table:
        return table
    name = table["id"]
    _refuse(name, "keys", table.keys() - _DERIVED_KEYS)
    base = _table(table["base"])
    items = {item["key"]: item for item in base["items"]}
    changes = {item["key"]: item for item in table.get("changes", ())}
    omit = set(table.get("omit", ()))
    _refuse(name, "keys in omit", omit - items.keys())
    _refuse(name, "keys in changes", changes.keys() - items.keys())
    whole = {**base, **{key: value for key, value in table.items() if key not in {"base", "omit", "changes", "page"}}}
    whole["page"] = {**base.get("page", {}), **table.get("page", {})}
    whole["items"] = [
        _without_dead_links(_changed(item, changes.get(key, {})), omit)
        for key, item in items.items()
        if key not in omit
    ]
    kept = {item["section"] for item in whole["items"]}
    whole["sections"] = {section: label for section, label in whole["sections"].items() if section in kept}
    return whole


def _changed(item: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The item with its changes; files may still head its column with the label of the base."""
    merged = {**item, **changes}
    words = dict.fromkeys([*merged.get("import_names", ()), item["label"]])
    merged["import_names"] = [word for word in words if word != merged["label"]]
    return merged


def _without_dead_links(item: dict[str, Any], omit: set[str]) -> dict[str, Any]:
    if item.get("detail") in omit:
        return {key: value for key, value in item.items() if key not in {"detail", "detail_code"}}
    return item


def build(table: Mapping[str, Any]) -> FormSpec:
    """The form of a whole table. Raises ValueError."""
    name = str(table.get("id", "?"))
    _refuse(name, "keys", table.keys() - _FORM_KEYS)
    hints = _plain_hints(RECORDS[table["record"]])
    fields = tuple(_field(name, item, table, hints) for item in table["items"])
    columns = tuple(
        ImportColumn(key=column["key"], label=column["label"], import_names=tuple(column.get("import_names", ())))
        for column in table.get("columns", ())
    )
    spec = FormSpec(
        name=name,
        record=table["record"],
        edition=table["edition"],
        title=table["title"],
        table=table.get("table", ""),
        source=table["source"],
        mark=table["mark"],
        sections=table["sections"],
        fields=fields,
        columns=columns,
        page=table.get("page", {}),
    )
    _check_whole(spec)
    return spec


def _field(form_name: str, item: Mapping[str, Any], table: Mapping[str, Any], hints: Mapping[str, Any]) -> FieldSpec:
    where = f"{form_name}.{item.get('key')}"
    _refuse(where, "keys", item.keys() - _ITEM_KEYS)
    key, kind = item["key"], Kind(item["kind"])
    attribute = "drugs" if kind is Kind.DRUGS else key
    if attribute not in hints:
        raise ValueError(f"form {where}: no such field of the record")
    if hints[attribute] != _TYPES[kind]:
        raise ValueError(f"form {where}: kind {kind} does not fit {hints[attribute]}")
    _refuse(where, "section", {item["section"]} - table["sections"].keys())
    _refuse(where, "predicate", {item.get("required", ""), item.get("empty_when", "")} - {""} - PREDICATES.keys())
    given = {name: value for name, value in item.items() if name not in {"codes", "columns", "suggestions", "kind"}}
    for name in ("rows", "import_names"):
        given[name] = tuple(item[name]) if name in item else FieldSpec.__dataclass_fields__[name].default
    given.setdefault("source", table["source"])
    given.setdefault("mark", table["mark"])
    if given["mark"] not in codes.MARKS:
        raise ValueError(f"form {where}: mark {given['mark']!r}")
    if kind is Kind.LONG_TEXT:
        given.setdefault("max_length", LONG_TEXT_LENGTH)
    spec = FieldSpec(
        **given,
        kind=kind,
        attribute=attribute,
        codes=_codes(where, item, kind, table["edition"]),
        suggestions=_suggestions(item, table["edition"]),
        columns=tuple(form("drug_line").field(column) for column in item.get("columns", ())),
        purpose=key.removeprefix(_DRUG_PREFIX) if kind is Kind.DRUGS else "",
    )
    current = codes.code_list(spec.codes.name).codes if spec.codes else ()
    if spec.detail_code and spec.detail_code not in current:
        raise ValueError(f"form {where}: detail_code {spec.detail_code!r} is no code of its list")
    return spec


def _codes(where: str, item: Mapping[str, Any], kind: Kind, edition: str) -> codes.CodeList | None:
    name = item.get("codes", "yes_no" if kind is Kind.YES_NO else "")
    if (kind in CODED) != bool(name):
        raise ValueError(f"form {where}: kind {kind} and codes {name!r} do not go together")
    if not name:
        return None
    _refuse(where, "code list", {name} - codes.names())
    return codes.code_list(name, edition)


def _suggestions(item: Mapping[str, Any], edition: str) -> tuple[str, ...]:
    name = item.get("suggestions")
    return tuple(entry.label for entry in codes.code_list(name, edition).entries) if name else ()


def _check_whole(spec: FormSpec) -> None:
    keys = [item.key for item in spec.fields] + [column.key for column in spec.columns]
    _refuse(spec.name, "double keys", {key for key in keys if keys.count(key) > 1})
    _refuse(spec.name, "detail", {item.detail for item in spec.fields} - {"", *keys})
    meanings: dict[str, str] = {}
    named: list[FieldSpec | ImportColumn] = [item for item in spec.fields if item.kind is not Kind.UNIT]
    for entry in [*named, *spec.columns]:
        for word in {heading(word) for word in (entry.label, *entry.import_names)}:
            if meanings.setdefault(word, entry.key) != entry.key:
                raise ValueError(f"form {spec.name}: the heading “{word}” means {meanings[word]} and {entry.key}")


def _plain_hints(record: type) -> dict[str, Any]:
    """Field types without their None."""
    hints = typing.get_type_hints(record)
    for name, hint in hints.items():
        if isinstance(hint, types.UnionType):
            hints[name] = next(part for part in typing.get_args(hint) if part is not types.NoneType)
    return hints


def _refuse(where: str, what: str, strange: AbstractSet[str]) -> None:
    if strange:
        raise ValueError(f"form {where}: unknown {what} {sorted(strange)}")
