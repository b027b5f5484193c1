"""Pinyin keys of names for the search box: full pinyin, initials, and surname in full with initials of the rest.

A surname has its own reading (单 shan, 仇 qiu, 尉迟 yuchi); because many people type the everyday one, both are found.
Given names keep every ordinary reading of the few characters that have two. pypinyin is imported at the first call,
without its phrases: only its table of single characters is used.
"""

from __future__ import annotations

import functools
import itertools
import os
import tomllib
import unicodedata
from collections.abc import Mapping

import resources

_MOST_GIVEN = 4  # combinations of a given name's readings
_COMPOUND_LENGTH = 2

_Readings = tuple[str, ...]


def search_keys(name: str) -> str:
    """Lower-case keys parted by spaces: 单雄信 -> ``shanxiongxin sxx shanxx danxiongxin dxx danxx …``.

    ü is found as v and as u. Characters without a reading and dots are left out; Latin letters stand for
    themselves. A name without letters has no keys: "".
    """
    characters = [char for char in unicodedata.normalize("NFC", name) if char.isalnum()]
    if not characters:
        return ""
    surnames, rest = _surname(characters)
    keys: dict[str, None] = {}
    given = list(itertools.islice(itertools.product(*(_given(char) for char in rest)), _MOST_GIVEN))
    for surname, others in itertools.product(surnames, given):
        tail = "".join(other[:1] for other in others)
        keys["".join((*surname, *others))] = None
        keys["".join(part[:1] for part in surname) + tail] = None
        if tail:
            keys["".join(surname) + tail] = None
    return " ".join(key for key in keys if key)


def readings(character: str) -> tuple[str, ...]:
    """All readings of one character, without tones, the commonest first; () where none is known."""
    if character.isascii():
        return (character.lower(),) if character.isalnum() else ()
    known = _dictionary().get(ord(character), "").split(",")
    return tuple(dict.fromkeys(_toneless(reading) for reading in known if reading))


def _surname(characters: list[str]) -> tuple[list[_Readings], list[str]]:
    """The readings of the surname, each as its syllables, and the characters after it."""
    compound = _table("compounds").get("".join(characters[:_COMPOUND_LENGTH]))
    if compound and len(characters) > _COMPOUND_LENGTH:
        syllables = [tuple(reading.split("'")) for reading in compound]
        with_u = [tuple(part.replace("v", "u") for part in parts) for parts in syllables]
        return list(dict.fromkeys([*syllables, *with_u])), characters[_COMPOUND_LENGTH:]
    return [(reading,) for reading in _first(characters[0])], characters[1:]


@functools.cache
def _first(character: str) -> _Readings:
    """Readings of a character that stands as surname."""
    return _with_u(_table("surnames").get(character) or readings(character)[:1] or ("",))


@functools.cache
def _given(character: str) -> _Readings:
    """Readings of a character inside a given name."""
    return _with_u(_table("given").get(character) or readings(character)[:1] or ("",))


def _with_u(found: _Readings) -> _Readings:
    """ü as v and as u: 吕 is typed lv, and lu by those who do not know."""
    extra = tuple(reading.replace("v", "u") for reading in found if "v" in reading[1:])
    return (*found, *extra)


@functools.cache
def _table(name: str) -> Mapping[str, _Readings]:
    """A table of ``resources/pinyin.toml``."""
    table = tomllib.loads(resources.path("pinyin.toml").read_text(encoding="utf-8"))[name]
    return {characters: tuple(found.split()) for characters, found in table.items()}


@functools.cache
def _toneless(reading: str) -> str:
    """``lǜ`` -> ``lv``."""
    plain = unicodedata.normalize("NFD", reading.replace("ɡ", "g")).replace("u\u0308", "v")
    return "".join(char for char in plain if char.isascii() and char.isalpha())


@functools.cache
def _dictionary() -> Mapping[int, str]:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")  # the phrases cost 0.2 s and 40 MiB; names do not need them
    from pypinyin import pinyin_dict  # late on purpose, see the module's docstring

    found: Mapping[int, str] = pinyin_dict.pinyin_dict
    return found
