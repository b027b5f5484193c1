"""Rules a district adds itself: named operators over the items of a record. No expression language.

`OwnRule` says: where `when_field` `when_operator` `when_value` holds, `field` must satisfy `operator` `value`. What is
not known satisfies nothing and breaks nothing, but for ``filled`` and ``empty``, which ask just that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.quality import OwnRule
from mhdesk.domain.record import CodeCount, FormRecord

#: The code under which every finding of an own rule has its sentence.
CODE = "MH-OWN-01"
#: A value that stands for the day of the check.
TODAY = "today"
CUSTOM_PREFIX = "custom:"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_SEPARATORS = re.compile(r"[,，、;；\s]+")

_Compare = Callable[[tuple[str, ...], str, date], bool | None]


def texts_of(value: Any) -> tuple[str, ...]:
    """A value as the texts it is compared by: codes as digits, dates as ISO text; () for what is not known."""
    if value is None or value == "":
        return ()
    if isinstance(value, PartialDate):
        return (value.iso(),)
    if isinstance(value, date):
        return (value.isoformat(),)
    if isinstance(value, float):
        return (f"{value:g}",)
    if isinstance(value, tuple | list):
        return tuple(one.code if isinstance(one, CodeCount) else str(getattr(one, "drug_name", one)) for one in value)
    return (str(value),)


def read_days(text: str, today: date) -> tuple[date, date] | None:
    """The first and last day a text can mean: ``2026``, ``2026-03``, ``2026-03-05``, ``today``; None for none."""
    if text == TODAY:
        return today, today
    try:
        day = PartialDate.from_iso(text)
    except ValueError:
        return None
    return day.first, day.last


def wanted_values(text: str) -> tuple[str, ...]:
    """The values of an ``in``: parted by commas, 、 or spaces."""
    return tuple(part for part in _SEPARATORS.split(text.strip()) if part)


def _equals(known: tuple[str, ...], wanted: str, _today: date) -> bool:
    return wanted in known


def _in(known: tuple[str, ...], wanted: str, _today: date) -> bool:
    return any(one in wanted_values(wanted) for one in known)


def _sizes(known: tuple[str, ...], wanted: str) -> tuple[float, float] | None:
    if len(known) != 1 or not _NUMBER.fullmatch(known[0]) or not _NUMBER.fullmatch(wanted.strip()):
        return None
    return float(known[0]), float(wanted)


def _greater(known: tuple[str, ...], wanted: str, _today: date) -> bool | None:
    sizes = _sizes(known, wanted)
    return None if sizes is None else sizes[0] > sizes[1]


def _less(known: tuple[str, ...], wanted: str, _today: date) -> bool | None:
    sizes = _sizes(known, wanted)
    return None if sizes is None else sizes[0] < sizes[1]


def _days(known: tuple[str, ...], wanted: str, today: date) -> tuple[tuple[date, date], tuple[date, date]] | None:
    ours = read_days(known[0], today) if len(known) == 1 else None
    theirs = read_days(wanted.strip(), today)
    return None if ours is None or theirs is None else (ours, theirs)


def _before(known: tuple[str, ...], wanted: str, today: date) -> bool | None:
    """Certainly not before is a breach; a vague date that may be before is not."""
    days = _days(known, wanted, today)
    return None if days is None else days[0][0] < days[1][1]


def _after(known: tuple[str, ...], wanted: str, today: date) -> bool | None:
    days = _days(known, wanted, today)
    return None if days is None else days[0][1] > days[1][0]


_COMPARE: Mapping[str, _Compare] = {
    "equals": _equals,
    "not_equals": lambda known, wanted, today: not _equals(known, wanted, today),
    "in": _in,
    "greater": _greater,
    "less": _less,
    "before": _before,
    "after": _after,
}
#: Every operator, in the order they are offered; the first two take no value.
OPERATORS = ("filled", "empty", *_COMPARE)
WITHOUT_VALUE = frozenset({"filled", "empty"})


def value_of(record: FormRecord, field: str) -> Any:
    """What a record holds in an item, custom items included. Raises AttributeError for an unknown one."""
    if field.startswith(CUSTOM_PREFIX):
        return record.custom.get(field.removeprefix(CUSTOM_PREFIX))
    return getattr(record, field)


def holds(record: FormRecord, field: str, operator: str, value: str | None, *, today: date) -> bool | None:
    """Whether a condition holds; None where it cannot be said. A `value` that names an item stands for what it holds.

    Raises KeyError for an unknown operator, AttributeError for an unknown item.
    """
    known = texts_of(value_of(record, field))
    if operator in WITHOUT_VALUE:
        return bool(known) == (operator == "filled")
    compare = _COMPARE[operator]
    if not known or value is None:
        return None
    wanted = value
    if value != TODAY and value.isidentifier() and hasattr(record, value):
        others = texts_of(getattr(record, value))
        if len(others) != 1:
            return None
        wanted = others[0]
    return compare(known, wanted, today)


def violations(record: FormRecord, rules: Iterable[OwnRule], *, kind: str, today: date) -> list[Problem]:
    """What a record breaks of the rules for its kind (``patient``, ``follow_up``). Never raises."""
    found = []
    for rule in rules:
        if rule.object_kind == kind and _is_broken(record, rule, today):
            params = {"rule": rule.code, "message": rule.message}
            found.append(Problem(CODE, rule.field, Severity(rule.severity), params))
    return found


def _is_broken(record: FormRecord, rule: OwnRule, today: date) -> bool:
    try:
        applies = rule.when_field is None or bool(
            holds(record, rule.when_field, rule.when_operator or "filled", rule.when_value, today=today)
        )
        return applies and holds(record, rule.field, rule.operator, rule.value, today=today) is False
    except (AttributeError, KeyError):  # a rule brought along by a package of another version
        return False
