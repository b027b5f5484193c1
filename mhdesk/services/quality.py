"""数据质量: doubts somebody has about a value (疑问), and the rules a district adds itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from db.queries.records import find, load_many
from mhdesk.domain.changes import Changes
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.problems import Severity
from mhdesk.domain.quality import Doubt, OwnRule
from mhdesk.forms import load
from mhdesk.forms.read_dates import read_date
from mhdesk.forms.spec import FieldSpec, Kind
from mhdesk.rules.checks import own
from mhdesk.services import custom_fields
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

KINDS = ("patient", "follow_up")
OPERATORS, WITHOUT_VALUE = own.OPERATORS, own.WITHOUT_VALUE
SEVERITIES = (Severity.ERROR, Severity.WARNING)
_LONGEST_NOTE = 500
_DATE_DIGITS = 6  # fewer are a number: 3, 200
_COMPARES_DAYS, _COMPARES_SIZES = ("before", "after"), ("greater", "less")
_DAY_KINDS = frozenset({Kind.DATE, Kind.PARTIAL_DATE})


class OpenDoubt(NamedTuple):
    """A doubt that waits for an answer, with whom it is about."""

    doubt: Doubt
    patient_id: int
    name: str
    label: str  # the item's printed label, "" for the whole record
    follow_up_id: int | None
    visit_date: date | None


# ---------------------------------------------------------------- doubts


def doubt(ledger: Ledger, *, object_kind: str, object_id: int, field: str, note: str) -> tuple[int, Changes]:
    """Flag a value with a note. Raises UserError MH-QUALITY-02 for no note, MH-LEDGER-24 for no such record."""
    words = note.strip()
    if not words or len(words) > _LONGEST_NOTE:
        raise UserError("MH-QUALITY-02", most=_LONGEST_NOTE)
    ledger.get(Patient if object_kind == "patient" else FollowUp, object_id)
    with ledger.change("doubt.add") as change:
        new_id = change.add(Doubt(object_kind=object_kind, object_id=object_id, field=field, note=words))
    return new_id, change.changes


def resolve(ledger: Ledger, doubt_id: int, *, resolution: str) -> Changes:
    """The doubt is settled, with what was found. Raises UserError MH-QUALITY-02 without a word about it."""
    words = resolution.strip()
    if not words or len(words) > _LONGEST_NOTE:
        raise UserError("MH-QUALITY-02", most=_LONGEST_NOTE)
    with ledger.change("doubt.resolve") as change:
        stored = ledger.get(Doubt, doubt_id)
        change.replace(dataclasses.replace(stored, resolved_at=ledger.now(), resolution=words))
    return change.changes


def open_doubts(ledger: Ledger, *, patient_id: int | None = None) -> list[OpenDoubt]:
    """Doubts that wait for an answer, the oldest first; of one person, or of everybody."""
    with ledger.read() as connection:
        waiting = find(connection, Doubt, resolved_at=None)
        visit_ids = [one.object_id for one in waiting if one.object_kind == "follow_up"]
        visits = {visit.id: visit for visit in load_many(connection, FollowUp, visit_ids)}
        owner = {
            one.id: visits[one.object_id].patient_id if one.object_kind == "follow_up" else one.object_id
            for one in waiting
            if one.object_kind == "patient" or one.object_id in visits
        }
        people = {person.id: person for person in load_many(connection, Patient, set(owner.values()))}
    labels = {kind: _labels(ledger, kind) for kind in KINDS}
    found = []
    for one in waiting:
        person = people.get(owner.get(one.id, 0))
        if person is None or person.voided_at is not None or patient_id not in (None, person.id):
            continue
        visit = visits.get(one.object_id) if one.object_kind == "follow_up" else None
        if visit is not None and visit.voided_at is not None:
            continue
        found.append(
            OpenDoubt(
                doubt=one,
                patient_id=person.id or 0,
                name=person.name,
                label=labels[one.object_kind].get(one.field, ""),
                follow_up_id=visit.id if visit else None,
                visit_date=visit.visit_date if visit else None,
            )
        )
    return found


def doubts_about(ledger: Ledger, *, object_kind: str, object_id: int) -> dict[str, str]:
    """The notes of the doubts about one record that wait for an answer, by item."""
    found: dict[str, str] = {}
    for one in ledger.find(Doubt, object_kind=object_kind, object_id=object_id, resolved_at=None):
        found[one.field] = "；".join(note for note in (found.get(one.field), one.note) if note)
    return found


def _labels(ledger: Ledger, kind: str) -> dict[str, str]:
    return {item.key: item.label for item in custom_fields.form_for(ledger, kind, "2018").fields}


def labels() -> dict[str, str]:
    """Printed labels by item, of files and sheets; where both have an item, the file's."""
    forms = [load.form_for(kind, "2018").fields for kind in ("follow_up", "patient")]
    return {item.key: item.label for fields in forms for item in fields} | {
        item.attribute: text("quality.drugs") for item in forms[0] if item.kind is Kind.DRUGS
    }


def patient_items() -> frozenset[str]:
    """The items of a person's file."""
    return frozenset(load.form_for("patient", "2018").by_key)


def _code_words(item: FieldSpec, code: str) -> str:
    """A code as it is printed: 1 精神分裂症; a colour has no digit."""
    label = item.codes.label(code) if item.codes is not None else code
    return f"{code} {label}" if code.isdigit() else label


# ---------------------------------------------------------------- own rules


def own_rules(ledger: Ledger) -> list[OwnRule]:
    """The district's own rules, in the order they were made."""
    return ledger.find(OwnRule)


def rule_items(ledger: Ledger, kind: str) -> tuple[FieldSpec, ...]:
    """The items a rule about this kind of record may name."""
    items = custom_fields.form_for(ledger, kind, "2018").fields
    return tuple(item for item in items if item.kind not in {Kind.DRUGS, Kind.UNIT})


def sentence(rule: OwnRule, items: Sequence[FieldSpec]) -> str:
    """A rule as a sentence: 目前诊断 等于 1 精神分裂症 时，确诊日期 应已填写."""
    by_key = {item.key: item for item in items}
    said = _said(by_key, rule.field, rule.operator, rule.value)
    if not rule.when_field:
        return text("own_rule.always", what=said)
    when = _said(by_key, rule.when_field, rule.when_operator or "filled", rule.when_value)
    return text("own_rule.when", when=when, what=said)


def _said(items: dict[str, FieldSpec], key: str, operator: str, value: str | None) -> str:
    item = items.get(key)
    label = item.label if item else key
    words = text(f"own_rule.operator.{operator}")
    if operator in WITHOUT_VALUE or value is None:
        return f"{label}{words}"
    return f"{label}{words}{_value_words(items, item, value)}"


def _value_words(items: dict[str, FieldSpec], item: FieldSpec | None, value: str) -> str:
    if value == own.TODAY:
        return text("own_rule.today")
    if value in items:
        return f"“{items[value].label}”"
    if item is not None and item.codes is not None:
        known = item.codes.codes
        parts = [_code_words(item, one) if one in known else one for one in own.wanted_values(value)]
        return "“" + "、".join(parts) + "”"
    return f"“{value}”"


def read_value(items: Sequence[FieldSpec], words: str, *, today: date, field: str = "") -> str:
    """What is typed as the value for `field`, as it is stored.

    今天, another item's name, the digit or word of a code, a date as clinics write it.
    """
    plain = words.strip()
    item = next((one for one in items if one.key == field), None)
    if item is not None and item.codes is not None and plain:
        found = [item.codes.find(part) or part for part in own.wanted_values(plain)]
        return ",".join(found)
    if plain == text("own_rule.today"):
        return own.TODAY
    named = next((item.key for item in items if item.label == plain.strip("“”")), None)
    if named is not None:
        return named
    day = None if plain.isdigit() and len(plain) < _DATE_DIGITS else read_date(plain, today=today)
    return day.iso() if isinstance(day, PartialDate) else plain


def value_words(items: Sequence[FieldSpec], value: str, *, field: str = "") -> str:
    """A stored value as it would be typed."""
    if value == own.TODAY:
        return text("own_rule.today")
    item = next((one for one in items if one.key == field), None)
    if item is not None and item.codes is not None:
        known = item.codes.codes
        return "、".join(
            item.codes.label(one) if one in known and not one.isdigit() else one for one in own.wanted_values(value)
        )
    return next((item.label for item in items if item.key == value), value)


def save_rule(ledger: Ledger, rule: OwnRule) -> tuple[int, Changes]:
    """Add or change an own rule; its code is given here.

    Raises UserError MH-QUALITY-01 for an unknown item, operator or severity, or a value the operator cannot use.
    """
    _check_rule(ledger, rule)
    items = rule_items(ledger, rule.object_kind)
    message = rule.message.strip() or text("own_rule.message", sentence=sentence(rule, items))
    cleaned = dataclasses.replace(rule, message=message)
    everything = ledger.find(OwnRule, include_voided=True)
    with ledger.change("own_rule.save") as change:
        if cleaned.id is not None:
            change.replace(cleaned)
            return cleaned.id, change.changes
        numbers = [int(one.code[1:]) for one in everything if one.code[1:].isdigit()]
        new_id = change.add(dataclasses.replace(cleaned, code=f"L{1 + max(numbers, default=0):02d}"))
    return new_id, change.changes


def void_rule(ledger: Ledger, rule_id: int) -> Changes:
    """Use a rule no more."""
    with ledger.change("own_rule.void") as change:
        change.void(OwnRule, rule_id, "own_rule.void")
    return change.changes


def _check_rule(ledger: Ledger, rule: OwnRule) -> None:
    known = rule.object_kind in KINDS and rule.severity in set(SEVERITIES)
    items = {item.key: item for item in rule_items(ledger, rule.object_kind)} if known else {}
    conditions = [(rule.field, rule.operator, rule.value)]
    if rule.when_field:
        conditions.append((rule.when_field, rule.when_operator or "filled", rule.when_value))
    if not known or not all(_makes_sense(items, *one) for one in conditions):
        raise UserError("MH-QUALITY-01")


def _makes_sense(items: dict[str, FieldSpec], key: str, operator: str, value: str | None) -> bool:
    item, words = items.get(key), (value or "").strip()
    if item is None or operator not in OPERATORS or (not words and operator not in WITHOUT_VALUE):
        return False
    return operator in WITHOUT_VALUE or _can_compare(items, item, operator, words)


def _can_compare(items: dict[str, FieldSpec], item: FieldSpec, operator: str, words: str) -> bool:
    """Whether an item's value can be held against `words`: a value, or the key of another item."""
    other = items.get(words)
    if operator in _COMPARES_DAYS:
        is_day = own.read_days(words, date.max) is not None
        return item.kind in _DAY_KINDS and (is_day or (other is not None and other.kind in _DAY_KINDS))
    if operator in _COMPARES_SIZES:
        return other is not None or words.replace(".", "", 1).removeprefix("-").isdigit()
    if item.codes is not None and other is None:
        return all(one in item.codes.codes for one in own.wanted_values(words))
    return True
