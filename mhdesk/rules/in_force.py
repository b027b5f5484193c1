"""What records of assistance and agreements say about items of a person's file (表7), on any day.

An item is ticked on the days a record covers and not ticked on all others; an item nobody recorded anything about stays
as the doctor answered it. So an item ends with its record, without anybody doing anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

#: Kinds of assistance (code list assistance_kind) that an item of the file says, too.
FILE_ITEMS: Mapping[str, str] = {
    "6": "family_doctor_signed",
    "7": "community_rehabilitation",
    "8": "guardian_subsidy",
    "10": "poverty_relief",
}
AGREEMENT_ITEM = "reward_agreement"
NO, YES = "1", "2"


class Span(NamedTuple):
    """A record that says something about `item` from `first` to `last`, both included (None: still)."""

    item: str
    first: date
    last: date | None


def covers(first: date, last: date | None, day: date) -> bool:
    """Whether [first, last] holds the day."""
    return first <= day and (last is None or day <= last)


def items_on(spans: Iterable[Span], day: date) -> dict[str, str]:
    """By item something was recorded about: 是 where a record covers the day, else 否."""
    found: dict[str, str] = {}
    for one in spans:
        if covers(one.first, one.last, day):
            found[one.item] = YES
        else:
            found.setdefault(one.item, NO)
    return found
