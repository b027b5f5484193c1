"""药品目录: the drug dictionary of this ledger: ours, with what the district changed or added over it.

The district's own file lies in the ledger as a `DataOverride` of ``drugs.toml``, so that it has its history, is undone
and restored like any record. Names are found by their beginning, a brand, or pinyin (``lpt``, ``lipei``).
"""

from __future__ import annotations

import dataclasses
import functools
import math
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from db.queries import Connection, rollup
from db.queries.records import find
from mhdesk import pinyin
from mhdesk.domain import drugs
from mhdesk.domain.account import DataOverride
from mhdesk.domain.changes import Changes
from mhdesk.domain.drugs import CLASSES, OURS, PERIODS, Book, Drug, OwnFile
from mhdesk.domain.errors import InputRefused, RecordRefused, UserError
from mhdesk.domain.problems import Problem, Severity
from mhdesk.files import sink
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

__all__ = ["CLASSES", "OURS", "PERIODS", "Book", "Drug"]

MOST_OFFERED = 8
OWN_KEY = "own"
MOST_INTERVAL_WEEKS = 26
_LONGEST_NAME = 40
_LONGEST_NOTE = 200
_KEPT_KEYS = 8
_MOST_BYTES = 1_000_000


class Offer(NamedTuple):
    """A name to take over, and what is remarkable about it (the brand that was typed)."""

    drug: Drug
    note: str = ""


class _Key(NamedTuple):
    word: str
    drug: Drug
    name: str


# ---------------------------------------------------------------- reading


def book(ledger: Ledger) -> Book:
    """The dictionary in force. A faulty own file (from another version, by hand) is passed over, never fatal."""
    with ledger.read() as connection:
        return of(connection)


def of(connection: Connection) -> Book:
    """The same inside a transaction that is already open."""
    content, origin = rollup.overrides(connection).get(drugs.PATH, ("", ""))
    try:
        return drugs.in_force(content, origin)
    except ValueError:
        return drugs.in_force()


def offers(found: Book, typed: str, last_names: Sequence[str] = ()) -> list[Offer]:
    """Drugs whose name, brand or pinyin begins like `typed`; those taken last time first."""
    wanted = "".join(typed.split()).lower()
    if not wanted:
        return []
    hits: dict[str, Offer] = {}
    for begins in (True, False):
        for key in _keys(found):
            is_hit = key.word.startswith(wanted) if begins else (len(wanted) > 1 and wanted in key.word)
            if is_hit and key.drug.generic not in hits:
                hits[key.drug.generic] = Offer(key.drug, "" if key.name == key.drug.generic else key.name)
    last = {drug.generic for drug in (found.find(name) for name in last_names) if drug}
    return sorted(hits.values(), key=lambda offer: offer.drug.generic not in last)[:MOST_OFFERED]


@functools.lru_cache(_KEPT_KEYS)
def _keys(found: Book) -> Sequence[_Key]:
    keys = []
    for drug in found.drugs:
        for name in (drug.generic, *drug.synonyms):
            keys.append(_Key(name.lower(), drug, name))
            keys += [_Key(word, drug, name) for word in pinyin.search_keys(name).split()]
    return keys


def range_words(drug: Drug) -> str:
    """The usual range as it is read: 2–6 mg 每日."""
    return text(
        "drugs.range",
        low=f"{drug.dose_min:g}",
        high=f"{drug.dose_max:g}",
        unit=drug.unit,
        per=text(f"drugs.per.{drug.per}"),
    )


def sourced_words(drug: Drug) -> str:
    """The range a source gives where it differs from the usual one; empty where it does not."""
    if drug.low_sourced is None and drug.high_sourced is None:
        return ""
    low, high = drug.low_sourced or drug.dose_min, drug.high_sourced or drug.dose_max
    return text("drugs.range", low=f"{low:g}", high=f"{high:g}", unit=drug.unit, per=text(f"drugs.per.{drug.per}"))


# ---------------------------------------------------------------- changing


def check(found: Book, drug: Drug) -> list[Problem]:
    """What is wrong with an entry before it is kept: each with the field it concerns."""
    problems = []
    names = (drug.generic, *drug.synonyms)
    if not drug.generic or len(drug.generic) > _LONGEST_NAME:
        problems.append(Problem("DR01", "generic", params={"most": _LONGEST_NAME}))
    if any(len(name) > _LONGEST_NAME for name in drug.synonyms):
        problems.append(Problem("DR01", "synonyms", params={"most": _LONGEST_NAME}))
    for place, name in enumerate(names):
        other = found.find(name)
        if other is not None and other.key != drug.key:
            field = "synonyms" if place else "generic"
            problems.append(Problem("DR02", field, params={"name": name, "drug": other.generic}))
    if not drug.forms:
        problems.append(Problem("DR03", "forms"))
    if not drug.unit:
        problems.append(Problem("DR03", "unit"))
    if not all(math.isfinite(one) and one > 0 for one in drug.strengths):
        problems.append(Problem("DR04", "strengths"))
    problems += _range_problems(drug)
    if drug.long_acting:
        weeks = drug.interval_weeks
        if weeks is None or not 0 < weeks <= MOST_INTERVAL_WEEKS:
            problems.append(Problem("DR06", "interval_weeks", params={"most": MOST_INTERVAL_WEEKS}))
    if drug.mark == "verified" and not drug.source:
        problems.append(Problem("DR07", "source"))
    return problems


def _range_problems(drug: Drug) -> list[Problem]:
    problems = []
    for field in ("dose_min", "dose_max"):
        value = getattr(drug, field)
        if not (math.isfinite(value) and value > 0):
            problems.append(Problem("DR04", field))
    if not problems and drug.dose_min > drug.dose_max:
        problems.append(Problem("DR05", "dose_max"))
    return problems


def save(ledger: Ledger, drug: Drug) -> Changes:
    """Keep an entry as the district's own: one of ours changed (same key), or a new one (key "").

    Raises RecordRefused MH-DRUGS-01 with the problems.
    """
    found = book(ledger)
    cleaned = _cleaned(drug)
    if problems := [one for one in check(found, cleaned) if one.severity is Severity.ERROR]:
        raise RecordRefused("MH-DRUGS-01", problems)
    own = _own(ledger)
    key = cleaned.key or _free_key(found)
    # the range of a source belongs to our entry; what the district writes is its own range
    mine = dataclasses.replace(cleaned, key=key, low_sourced=None, high_sourced=None)
    kept = [mine if one.key == key else one for one in own.drugs]
    if all(one.key != key for one in own.drugs):
        kept.append(mine)
    left_out = tuple(one for one in own.left_out if one != key)
    return _store(ledger, OwnFile(tuple(kept), left_out), "drug.save")


def leave_out(ledger: Ledger, key: str) -> Changes:
    """Offer a drug no more: one of ours is left out, an own one goes. Records that name it keep their words.

    Raises UserError MH-DRUGS-02 for a key nobody has.
    """
    if book(ledger).by_key(key) is None:
        raise UserError("MH-DRUGS-02")
    own = _own(ledger)
    is_ours = any(one.key == key for one in drugs.drugs())
    left_out = (*own.left_out, key) if is_ours and key not in own.left_out else own.left_out
    return _store(ledger, OwnFile(tuple(one for one in own.drugs if one.key != key), left_out), "drug.leave_out")


def put_back(ledger: Ledger, key: str) -> Changes:
    """Take our entry again: changes of the district and its leaving out go. Raises UserError MH-DRUGS-02."""
    if all(one.key != key for one in drugs.drugs()):
        raise UserError("MH-DRUGS-02")
    own = _own(ledger)
    kept = tuple(one for one in own.drugs if one.key != key)
    return _store(ledger, OwnFile(kept, tuple(one for one in own.left_out if one != key)), "drug.put_back")


def left_out(ledger: Ledger) -> list[Drug]:
    """Those of ours the district does not want."""
    wanted = set(_own(ledger).left_out)
    return [one for one in drugs.drugs() if one.key in wanted]


def replace_all(ledger: Ledger, content: str) -> Changes:
    """Take a whole own file (TOML), as another district wrote it. Raises InputRefused MH-DRUGS-03."""
    try:
        own = drugs.read_own(content, origin=ledger.user_name)
        drugs.in_force(content, ledger.user_name)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputRefused("MH-DRUGS-03") from error
    return _store(ledger, own, "drug.replace_all")


def take_file(ledger: Ledger, file: Path) -> Changes:
    """Take another district's file. Raises InputRefused MH-DRUGS-03, also for one that cannot be read."""
    try:
        with file.open("rb") as source:
            content = source.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise InputRefused("MH-DRUGS-03")
        words = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused("MH-DRUGS-03") from error
    return replace_all(ledger, words)


def give_file(ledger: Ledger, file: Path) -> None:
    """Write the district's own entries, to hand on. Raises OutputFailed."""
    sink.write_bytes(file, drugs.write_own(_own(ledger)).encode())


def ours() -> tuple[Drug, ...]:
    """The list that came with the program."""
    return drugs.drugs()


def origin_words(drug: Drug) -> str:
    """Whose entry it is."""
    return text("drugs.list.ours") if drug.origin == OURS else text("drugs.own_origin")


def _own(ledger: Ledger) -> OwnFile:
    stored = _stored(ledger)
    try:
        return drugs.read_own(stored.content, origin=stored.origin) if stored is not None else OwnFile()
    except ValueError:
        return OwnFile()


def _stored(ledger: Ledger) -> DataOverride | None:
    with ledger.read() as connection:
        known = find(connection, DataOverride, path=drugs.PATH)
    return known[-1] if known else None


def _store(ledger: Ledger, own: OwnFile, action: str) -> Changes:
    stored, content = _stored(ledger), drugs.write_own(own)
    with ledger.change(action) as change:
        if stored is None:
            change.add(DataOverride(path=drugs.PATH, content=content, origin=text("drugs.own_origin")))
        else:
            change.replace(dataclasses.replace(stored, content=content))
    return change.changes


def _free_key(found: Book) -> str:
    taken = {one.key for one in found.drugs}
    number = 1
    while f"{OWN_KEY}{number}" in taken:
        number += 1
    return f"{OWN_KEY}{number}"


def _cleaned(drug: Drug) -> Drug:
    """Names without stray blanks and control characters; an interval only where the drug is long-acting."""
    is_depot = drug.long_acting
    return dataclasses.replace(
        drug,
        generic=_plain(drug.generic),
        synonyms=tuple(dict.fromkeys(name for one in drug.synonyms if (name := _plain(one)))),
        forms=tuple(dict.fromkeys(name for one in drug.forms if (name := _plain(one)))),
        unit=_plain(drug.unit),
        watch=_plain(drug.watch)[:_LONGEST_NOTE],
        source=_plain(drug.source)[:_LONGEST_NOTE],
        per="injection" if is_depot else "day" if drug.per == "injection" else drug.per,
        interval_weeks=drug.interval_weeks if is_depot else None,
    )


def _plain(words: str) -> str:
    kept = "".join(one if unicodedata.category(one)[0] != "C" else " " for one in words)
    return " ".join(kept.split())
