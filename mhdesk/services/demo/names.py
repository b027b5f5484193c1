"""Invented names, ID numbers and telephone numbers.

No ID number made here can belong to anybody: its region code 500199 was never issued (county codes of 重庆 under 5001
end at 56), while its check digit is right, so that the program treats it as valid.
"""

from __future__ import annotations

import functools
import random
import tomllib
from datetime import date
from typing import Any, NamedTuple

import resources
from mhdesk.domain.identity import check_digit
from mhdesk.services.demo.places import place_data

UNISSUED_REGION = "500199"
_MALE = "1"
#: Born before: the older list of given names.
_GENERATION_YEAR = 1970


class Name(NamedTuple):
    """A full name with its people (民族), None for 汉族; `family` is the surname, "" where names have none."""

    text: str
    ethnicity: str | None
    family: str


@functools.cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.path("demo/names.toml").read_text(encoding="utf-8"))


def chance(dice: random.Random, share: float) -> bool:
    """True in `share` of all cases."""
    return dice.random() < share


def pick(dice: random.Random, weighted: list[list[Any]]) -> list[Any]:
    """One of the lists ``[…, weight at index 1, …]``, by weight."""
    chosen: list[Any] = dice.choices(weighted, [entry[1] for entry in weighted])[0]
    return chosen


def surname(dice: random.Random) -> str:
    """A surname, compound ones now and then."""
    data = _data()
    if chance(dice, data["compound_share"]):
        return str(dice.choice(data["compound_surnames"]))
    return str(pick(dice, data["surnames"])[0])


def full_name(dice: random.Random, sex: str, birth_year: int, family: str | None = None) -> Name:
    """A name of that sex and generation; `family` keeps a family's surname."""
    data = _data()
    ethnic = data["ethnic"]
    ethnicity = None
    if family is None and chance(dice, ethnic["share"]):
        if chance(dice, ethnic["full_share"]):
            people, _, text = dice.choice([entry for entry in ethnic["full"] if entry[1] == sex])
            return Name(text, people, "")
        ethnicity = str(pick(dice, ethnic["plain"])[0])
    given = data["male" if sex == _MALE else "female"]["older" if birth_year < _GENERATION_YEAR else "younger"]
    characters = dice.sample(given, 1 if chance(dice, 0.18) else 2)
    if chance(dice, data["rare"]["share"]):
        characters[-1] = dice.choice(data["rare"]["given"])
    family = family or surname(dice)
    return Name(family + "".join(characters), ethnicity, family)


class Numbers:
    """Hands out ID and telephone numbers, none of them twice."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._used: set[str] = set()

    def id_number(self, birth: date, sex: str) -> str:
        """A checksum-valid ID number of an unissued region; its 17th digit is odd for men, even for women."""
        while True:
            sequence = self._dice.randrange(1, 500) * 2 - (1 if sex == _MALE else 0)
            body = f"{UNISSUED_REGION}{birth:%Y%m%d}{sequence:03d}"
            if body not in self._used:
                self._used.add(body)
                return body + check_digit(body)

    def mobile(self) -> str:
        """An 11-digit number of a block given to no operator."""
        return self._fresh(place_data()["mobile_prefix"], 7)

    def landline(self) -> str:
        """A number with area code whose local part begins with 0, as none does."""
        return self._fresh(place_data()["landline_prefix"], 7)

    def _fresh(self, prefix: str, digits: int) -> str:
        while True:
            number = f"{prefix}{self._dice.randrange(10**digits):0{digits}d}"
            if number not in self._used:
                self._used.add(number)
                return number
