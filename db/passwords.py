"""What a good password is: twelve characters or more that are not the usual ones, or a generated phrase."""

from __future__ import annotations

import functools
import re
import secrets
import tomllib
from collections.abc import Iterable
from typing import NamedTuple

import resources
from mhdesk.domain.errors import UserError

SHORTEST = 12
_WORDS_IN_PHRASE = 4
#: What must be left of a password once everything guessable is taken out.
_FRESH = 6
_LOGIN = re.compile(r"[\w.\-]{1,40}")
_NUMBERS = re.compile(r"\d+[xX]?")
_YEAR = re.compile(r"(?:19|20)\d\d(?:[01]\d[0-3]\d)?")


class _Words(NamedTuple):
    """Syllables a phrase is made of, with their characters, and what a password must not consist of."""

    first: dict[str, str]
    second: dict[str, str]
    blocked: tuple[str, ...]


def suggest_phrase() -> str:
    """Four random words in pinyin, such as ``hongyu-lanshan-…``: 48 bits, easy to type and to remember."""
    words = _words()
    first, second = list(words.first), list(words.second)
    while True:
        phrase = "-".join(secrets.choice(first) + secrets.choice(second) for _ in range(_WORDS_IN_PHRASE))
        if not _is_guessable(phrase, ()):
            return phrase


def read_phrase(phrase: str) -> str:
    """The characters behind a suggested phrase, to remember it by; empty when it is none."""
    readings = _readings()
    words = [readings.get(word, "") for word in phrase.split("-")]
    return " ".join(words) if all(words) else ""


def check_login(login: str) -> None:
    """Raise UserError MH-LEDGER-37 unless `login` is 1 to 40 letters, digits, dots or dashes."""
    if not _LOGIN.fullmatch(login):
        raise UserError("MH-LEDGER-37")


def check(password: str, login: str, own_words: Iterable[str] = ()) -> None:
    """Refuse a weak password; `own_words` are names of the house and its people.

    Raises UserError: MH-LEDGER-17 too short, MH-LEDGER-18 easy to guess.
    """
    folded = password.strip().lower()
    if len(folded) < SHORTEST:
        raise UserError("MH-LEDGER-17", shortest=SHORTEST)
    if _is_guessable(folded, [login.lower(), *map(str.lower, own_words)]):
        raise UserError("MH-LEDGER-18")


def _is_guessable(folded: str, own_words: Iterable[str]) -> bool:
    """Whether too little is left once names, years and the usual words are taken out."""
    rest = folded
    for word in sorted({*own_words, *_words().blocked}, key=len, reverse=True):
        if word:
            rest = rest.replace(word, "")
    rest = _YEAR.sub("", rest)
    return bool(_NUMBERS.fullmatch(folded)) or len(set(rest)) < _FRESH


@functools.cache
def _words() -> _Words:
    found = tomllib.loads(resources.path("words.toml").read_text(encoding="utf-8"))
    return _Words(found["first"], found["second"], tuple(found["blocked"]))


@functools.cache
def _readings() -> dict[str, str]:
    words = _words()
    return {
        syllable + other: character + thing
        for syllable, character in words.first.items()
        for other, thing in words.second.items()
    }
