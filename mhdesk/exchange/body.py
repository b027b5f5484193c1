"""The body: zlib over JSON Lines, one row a line, each row of a known kind and shape.

The shapes let nothing through that could hold a name: D0 and D1 rows are numbers, days and codes. Only rows of kind
"named" (D2) hold words.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mhdesk.domain.errors import InputRefused
from mhdesk.exchange import strict
from mhdesk.exchange.manifest import ROW_KINDS

Row = Mapping[str, Any]
MOST_BYTES = 64 * 1024**2
MOST_RATIO = 50
_SMALL = 64 * 1024  # what may unpack to so little needs no ratio
_MOST_LINE = 256 * 1024
_MOST_INDICATORS = 500
_LEVEL = 6

STATES = ("active", "moved_out", "died")
_FIGURE = {
    "numerator": strict.optional(strict.number),
    "denominator": strict.optional(strict.number),
    "gap": strict.optional(strict.whole()),
}
_BALANCE = ("opening", "new", "moved_in", "died", "moved_out", "closing")
_TOKENS = strict.mapped(strict.hexadecimal(8), strict.hexadecimal(16), 4)
_PERSON: strict.Shape = {
    "kind": strict.one_of("person"),
    "tokens": _TOKENS,  # of the ID number, by matching key; empty without one
    "weak": _TOKENS,  # of name, birth date and sex: never enough to join two people
    "birth_year": strict.optional(strict.whole(1850, 2200)),
    "sex": strict.optional(strict.answer),
    "diagnosis": strict.optional(strict.answer),
    "risk": strict.optional(strict.answer),
    "class": strict.optional(strict.answer),
    "adherence": strict.optional(strict.answer),
    "state": strict.one_of(*STATES),
    "since": strict.optional(strict.day),
    "to": strict.optional(strict.code),
    "last_visit": strict.optional(strict.day),
    "form": strict.optional(strict.answer),
    "places": strict.listed(strict.whole(0, 2 * _MOST_INDICATORS), 2 * _MOST_INDICATORS),
}
_SHAPES: Mapping[str, strict.Shape] = {
    "values": {
        "kind": strict.one_of("values"),
        "indicators": strict.listed(strict.code, _MOST_INDICATORS),
        "values": strict.mapped(strict.code, strict.shaped(_FIGURE), _MOST_INDICATORS),
    },
    "balance": {"kind": strict.one_of("balance"), **dict.fromkeys(_BALANCE, strict.whole())},
    "person": _PERSON,
    "named": {
        "kind": strict.one_of("named"),
        "tokens": _TOKENS,
        "weak": _TOKENS,
        "name": strict.words(60, 1),
        "id_number": strict.optional(strict.words(30)),
        "birth_date": strict.optional(strict.words(10)),
        "sex": strict.optional(strict.answer),
        "phone": strict.optional(strict.words(40)),
        "address": strict.optional(strict.words(200)),
        "guardian_name": strict.optional(strict.words(60)),
        "guardian_phone": strict.optional(strict.words(40)),
        "diagnosis": strict.optional(strict.answer),
        "risk": strict.optional(strict.answer),
        "last_visit": strict.optional(strict.day),
        "state": strict.one_of(*STATES),
    },
}


def pack(rows: Iterable[Row]) -> bytes:
    """The body's bytes. Raises ValueError for a row that this program itself would refuse."""
    lines = []
    for row in rows:
        if not _is_row(row):
            raise ValueError("a row does not fit its own shape")
        lines.append(strict.canonical(row))
    return zlib.compress(b"\n".join(lines), _LEVEL)


def unpack(data: bytes) -> Sequence[Row]:
    """Checks 11 and 12: unpack within the caps, every row of a known shape.

    Raises InputRefused: MH-PACK-05 for what does not unpack, MH-PACK-02 beyond the caps, MH-PACK-22 for a row.
    """
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(data, MOST_BYTES + 1)
    except zlib.error as error:
        raise InputRefused("MH-PACK-05") from error
    if len(plain) > MOST_BYTES or len(plain) > max(_SMALL, MOST_RATIO * len(data)):
        raise InputRefused("MH-PACK-02", limit_mb=MOST_BYTES // 1024**2)
    if not unpacker.eof or unpacker.unused_data:
        raise InputRefused("MH-PACK-05")
    rows = []
    for number, line in enumerate(plain.split(b"\n"), start=1):
        try:
            row = strict.parse(line, _MOST_LINE)
        except ValueError as error:
            raise InputRefused("MH-PACK-22", row=number) from error
        if not _is_row(row):
            raise InputRefused("MH-PACK-22", row=number)
        rows.append(row)
    return rows


def counts(rows: Iterable[Row]) -> dict[str, int]:
    """How many rows of each kind."""
    found: dict[str, int] = {}
    for row in rows:
        found[row["kind"]] = found.get(row["kind"], 0) + 1
    return found


def _is_row(row: Any) -> bool:
    kind = row.get("kind") if isinstance(row, Mapping) else None
    return kind in ROW_KINDS and strict.fits(dict(row), _SHAPES[kind])
