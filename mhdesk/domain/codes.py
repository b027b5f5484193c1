"""Code lists (代码表): the printed digits of the national forms with their labels, by edition.

The lists are data in ``resources/codes/*.toml``. A stored record always holds the digits of 2017/2018; digits of 2011
and of odd clients are turned into them by `CodeList.to_current` while a file is read. A digit without a line in the
remap table is never guessed.
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import resources

CURRENT = "2018"
MARKS = ("verified", "memory", "assumption")

_LIST_KEYS = {"title", "source", "mark", "labels", "synonyms", "contains", "help", "exclusive", "blank", "edition"}
_EDITION_KEYS = _LIST_KEYS - {"edition"} | {"remap"}
_ATTRIBUTES = {"icd10", "police"}
_LOOSE = re.compile(r"[\s、，,.。;；:：()（）\[\]【】{}《》<>“”\"'‘’·_/\\-]+")
_NUMBERED = re.compile(r"([0-9]{1,2})\s*[.、:：)）_\s-]*(\D.*)")
_TRAILING_CODE = re.compile(r"(\D.*?)\s*[(（\[]\s*([0-9]{1,2})\s*[)）\]]")
_FIGURES = re.compile(r"[0-9][^\w]*(?:[0-9]+[^\w]*)*")
_DOUBTED = re.compile(r"疑似|待查|待排|排除|可疑|[?？]")


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code: what is printed beside the digit, and other words that mean it in files."""

    code: str
    label: str
    synonyms: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    help: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)  # icd10, police …


@dataclass(frozen=True, slots=True, eq=False)
class CodeList:
    """One list of one edition, compared by identity.

    `remap` is None for today's lists, else old code -> today's ("" = leave empty).
    """

    name: str
    edition: str
    title: str
    source: str
    mark: str
    entries: tuple[CodeEntry, ...]
    exclusive: frozenset[str] = frozenset()
    blank: frozenset[str] = frozenset()
    remap: Mapping[str, str] | None = None
    _words: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in printed order."""
        return tuple(entry.code for entry in self.entries)

    @property
    def is_single_digit(self) -> bool:
        """Whether every code is one digit, so that adjacent digits mean several codes."""
        return all(len(code) == 1 and code.isdigit() for code in self.codes)

    def entry(self, code: str) -> CodeEntry:
        """The entry of a code. Raises KeyError for a code that is not printed."""
        for entry in self.entries:
            if entry.code == code:
                return entry
        raise KeyError(f"{self.name}/{self.edition}: {code}")

    def label(self, code: str) -> str:
        """What is printed beside the digit. Raises KeyError for a code that is not printed."""
        return self.entry(code).label

    def find(self, text: str) -> str | None:
        """The code a text means: the digit, the label, a synonym, ``1 稳定``, ``稳定（3）``, an ICD-10 code; else None.

        A digit and a word that contradict each other are unknown, and so are doubted diagnoses (疑似, 待查 …).
        """
        plain = unicodedata.normalize("NFKC", text).strip()
        if _FIGURES.fullmatch(plain):  # never “1.2” for 12
            figures = plain.removesuffix(".0")
            return self._digits(figures) or self._words.get(figures) if figures.isdigit() else None
        if found := self._words.get(_loosen(plain)):
            return found
        for pattern, digit, word in ((_NUMBERED, 1, 2), (_TRAILING_CODE, 2, 1)):
            if match := pattern.fullmatch(plain):
                by_digit, by_word = self._digits(match[digit]), self._words.get(_loosen(match[word]))
                return by_digit if by_digit and by_digit == by_word else None
        return self._by_icd10(plain) or self._by_part(plain)

    def to_current(self, code: str) -> str | None:
        """Today's code for one of this list; "" means leave it empty, None that nobody may guess."""
        return code if self.remap is None else self.remap.get(code)

    def _digits(self, digits: str) -> str | None:
        if digits in self.codes:
            return digits
        matches = [code for code in self.codes if code.isdigit() and int(code) == int(digits)]
        return matches[0] if len(matches) == 1 else None

    def _by_icd10(self, text: str) -> str | None:
        match = re.fullmatch(r"F(\d\d)(\.\d+)?", text.upper())
        if match is None:
            return None
        for entry in self.entries:
            low, _, high = entry.attributes.get("icd10", "").partition("-")
            if high and low[1:] <= match[1] <= high[1:]:
                return entry.code
            if low and not high and (match[0] == low or match[0].startswith(low if "." in low else f"{low}.")):
                return entry.code
        return None

    def _by_part(self, text: str) -> str | None:
        """The one entry of which a deciding word stands in the text; doubt or two answers are none."""
        if _DOUBTED.search(text):
            return None
        loose = _loosen(text)
        found = {entry.code for entry in self.entries if any(_loosen(word) in loose for word in entry.contains)}
        return found.pop() if len(found) == 1 else None


def _loosen(text: str) -> str:
    """Text without spaces and punctuation, upper case: the form in which words are compared."""
    plain = unicodedata.normalize("NFKC", text)
    return _LOOSE.sub("", plain).upper() or plain.strip()


def _read(name: str, edition: str, table: Mapping[str, Any]) -> CodeList:
    words: dict[str, str] = {}
    entries = []
    for code, label in table["labels"].items():
        synonyms = tuple(table.get("synonyms", {}).get(code, ()))
        entries.append(
            CodeEntry(
                code=code,
                label=label,
                synonyms=synonyms,
                contains=tuple(table.get("contains", {}).get(code, ())),
                help=table.get("help", {}).get(code, ""),
                attributes={key: table[key][code] for key in _ATTRIBUTES & table.keys() if code in table[key]},
            )
        )
        for word in (code, label, *synonyms):
            if words.setdefault(_loosen(word), code) != code:
                raise ValueError(f"code list {name}/{edition}: “{word}” means two codes")
    known = {entry.code for entry in entries}
    for part in ("synonyms", "contains", "help", "remap", *_ATTRIBUTES):
        if strange := table.get(part, {}).keys() - known:
            raise ValueError(f"code list {name}/{edition}: {part} names unknown codes {sorted(strange)}")
    if table["mark"] not in MARKS:
        raise ValueError(f"code list {name}/{edition}: mark {table['mark']!r}")
    return CodeList(
        name=name,
        edition=edition,
        title=table["title"],
        source=table["source"],
        mark=table["mark"],
        entries=tuple(entries),
        exclusive=frozenset(table.get("exclusive", ())),
        blank=frozenset(_loosen(word) for word in table.get("blank", ())),
        remap=MappingProxyType(dict(table["remap"])) if "remap" in table else None,
        _words=MappingProxyType(words),
    )


def read_lists(text: str) -> dict[tuple[str, str], CodeList]:
    """The lists of one TOML text by (name, edition). Raises ValueError where the table breaks its own rules."""
    found: dict[tuple[str, str], CodeList] = {}
    for name, table in tomllib.loads(text).items():
        if strange := table.keys() - _LIST_KEYS - _ATTRIBUTES:
            raise ValueError(f"code list {name}: unknown keys {sorted(strange)}")
        found[name, CURRENT] = _read(name, CURRENT, table)
        for edition, changes in table.get("edition", {}).items():
            if strange := changes.keys() - _EDITION_KEYS:
                raise ValueError(f"code list {name}/{edition}: unknown keys {sorted(strange)}")
            merged = {key: value for key, value in table.items() if key not in {"edition", *_ATTRIBUTES}}
            if changes.get("remap") is not None:  # the digits mean something else: today's words must not leak in
                merged = {"title": table["title"]}
            else:
                merged["synonyms"] = table.get("synonyms", {})
            found[name, edition] = _read(name, edition, {**merged, **changes})
    return found


def own_list(name: str, title: str, labels: Mapping[str, str]) -> CodeList:
    """A list a district made itself (自定义项目): code -> label. Raises ValueError where a word means two codes."""
    return _read(name, CURRENT, {"title": title, "source": title, "mark": "assumption", "labels": dict(labels)})


@functools.cache
def _all() -> Mapping[tuple[str, str], CodeList]:
    lists: dict[tuple[str, str], CodeList] = {}
    for file in sorted(resources.path("codes").glob("*.toml")):
        found = read_lists(file.read_text(encoding="utf-8"))
        if twice := lists.keys() & found.keys():
            raise ValueError(f"{file.name}: {sorted(twice)} stand twice in the code lists")
        lists.update(found)
    for code_list in lists.values():
        _check_remap(code_list, lists[code_list.name, CURRENT])
    return MappingProxyType(lists)


def _check_remap(old: CodeList, current: CodeList) -> None:
    if old.remap is None:
        return
    if strange := set(old.remap.values()) - {"", *current.codes}:
        raise ValueError(f"code list {old.name}/{old.edition}: remap to unknown codes {sorted(strange)}")


def names() -> frozenset[str]:
    """The names of all lists."""
    return frozenset(name for name, _ in _all())


def editions(name: str) -> tuple[str, ...]:
    """The editions a list is printed in, besides today's."""
    return tuple(edition for known, edition in _all() if known == name and edition != CURRENT)


def code_list(name: str, edition: str = CURRENT) -> CodeList:
    """The list as `edition` prints it: its own where it differs, else today's. Raises KeyError for an unknown name."""
    lists = _all()
    return lists.get((name, edition)) or lists[name, CURRENT]
