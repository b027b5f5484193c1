"""The outcome of one check of the program, the ledger or a backup."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """`name` and `detail` are Chinese words for the user; `ok` decides the exit status."""

    name: str
    ok: bool
    detail: str = ""
