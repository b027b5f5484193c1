"""Finding the header of a table as people make them: under merged titles, one to three lines high.

A heading is recognised by the names in the form tables (`mhdesk.forms.columns`). Where it hangs under another one
(监护人 | 姓名), both are tried together first, so that the guardian's name is not taken for the patient's.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import resources
from mhdesk.forms.columns import Column, find_column
from mhdesk.forms.headings import heading
from mhdesk.forms.spec import FormSpec

SCANNED_ROWS = 40  # titles, notes and hints above a header are never longer
MOST_LINES = 3
LEAST_COLUMNS = 2
SURE_COLUMNS = 4  # so many are no chance: the search ends a little below
_LONGEST_HEADING = 60  # longer texts alone in a column are titles and notes

Row = Sequence[Any]


class Heading(NamedTuple):
    """One column: where it stands, what it says (its lines joined by spaces), and what it means (None: unknown)."""

    place: int
    title: str
    column: Column | None


@dataclass(frozen=True)
class Header:
    """The header found: its columns and the index of the first row under it."""

    headings: tuple[Heading, ...]
    first_row: int

    @functools.cached_property
    def known(self) -> dict[str, Heading]:
        """The recognised columns by key; of two for the same item the first counts."""
        found: dict[str, Heading] = {}
        for one in self.headings:
            if one.column is not None:
                found.setdefault(one.column.key, one)
        return found

    @functools.cached_property
    def unknown(self) -> list[Heading]:
        """Columns nobody asked for, and second columns of one item."""
        taken = {one.place for one in self.known.values()}
        return [one for one in self.headings if one.place not in taken]


@functools.cache
def layout_words() -> dict[str, Any]:
    """The table ``resources/imports/headings.toml``."""
    return tomllib.loads(resources.path("imports/headings.toml").read_text(encoding="utf-8"))


def is_empty(cell: object) -> bool:
    """Whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def find_header(rows: Sequence[Row], form: FormSpec) -> Header | None:
    """The header that recognises most columns of `form`, or None where nothing looks like one."""
    best: Header | None = None
    best_count = LEAST_COLUMNS - 1
    for top in range(min(SCANNED_ROWS, len(rows))):
        if best is not None and best_count >= SURE_COLUMNS and top > best.first_row + MOST_LINES:
            break
        for lines in range(1, MOST_LINES + 1):
            if top + lines > len(rows):
                break
            header = _read(rows[top : top + lines], top + lines, form)
            count = len(header.known)
            # Strictly more: a line of data under the header, or a title above it, adds nothing and stays outside.
            if count > best_count or (best is not None and count == best_count and _reads_better(header, best)):
                best, best_count = header, count
    return best


def _reads_better(header: Header, best: Header) -> bool:
    """Between headers that end on the same line: the one with fewer unknown columns, then without the titles above."""

    def wordiness(one: Header) -> tuple[int, int]:
        return len(one.unknown), sum(len(each.title) for each in one.headings)

    return header.first_row == best.first_row and wordiness(header) < wordiness(best)


def _read(lines: Sequence[Row], first_row: int, form: FormSpec) -> Header:
    chains = enumerate(_chains(lines))
    return Header(
        tuple(Heading(index, " ".join(chain), recognise(chain, form)) for index, chain in chains if chain), first_row
    )


def _chains(lines: Sequence[Row]) -> list[tuple[str, ...]]:
    """For every column its headings from top to bottom, merged parents spread over the columns under them."""
    width = max((len(line) for line in lines), default=0)
    texts = [[_text(line[index]) if index < len(line) else "" for index in range(width)] for line in lines]
    for depth in range(len(texts) - 1):
        for index in range(1, width):
            left_is_group = any(below[index - 1] for below in texts[depth + 1 :])
            hangs_below = any(below[index] for below in texts[depth + 1 :])
            same_parents = all(above[index] == above[index - 1] for above in texts[:depth])
            if not texts[depth][index] and left_is_group and hangs_below and same_parents:
                texts[depth][index] = texts[depth][index - 1]
    return [tuple(dict.fromkeys(line[index] for line in texts if line[index])) for index in range(width)]


def _text(cell: object) -> str:
    return cell.strip() if isinstance(cell, str) else ""


@functools.lru_cache(maxsize=10_000)
def recognise(chain: tuple[str, ...], form: FormSpec) -> Column | None:
    """What a column means, by its own heading and those above it."""
    if len(chain) == 1 and len(chain[0]) > _LONGEST_HEADING:
        return None
    extra = _extra_columns(form.record)
    for start in range(len(chain)):
        joined = " ".join(chain[start:])
        if (key := extra.get(heading(joined))) is not None:
            return Column(key, form.by_key.get(key))
        found = find_column(form, joined)
        if found is not None and not (start and _belongs_to_another(chain[:start], found.key)):
            return found
    return None


def _belongs_to_another(parents: tuple[str, ...], key: str) -> bool:
    words = layout_words()
    return key in words["other_keys"] and any(word in parent for parent in parents for word in words["others"])


@functools.cache
def _extra_columns(record: str) -> dict[str, str]:
    """Headings of columns that are no items, such as 迁出日期 in a register."""
    table = layout_words().get({"patient": "register"}.get(record, record), {})
    return {heading(word): key for key, spelled in table.items() for word in spelled}
