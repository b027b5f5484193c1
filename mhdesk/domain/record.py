"""What every stored record has, whatever it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class CodeCount(NamedTuple):
    """A ticked code and how many times (次)."""

    code: str
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody needs here


@dataclass(frozen=True, kw_only=True)
class Record:
    """A stored record. None always means "not known"; an empty tuple means "not answered".

    `id` is None until saved. When it *happened* is a field of each kind; when it was *entered* stands here.
    Records are never deleted: `voided_at` and `void_reason` take them out of every list and number.
    """

    id: int | None = None
    uuid: str = ""
    entered_at: datetime | None = None
    entered_by: str = ""
    version: int = 1
    voided_at: datetime | None = None
    void_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class FormRecord(Record):
    """A record filled from a form; `custom` holds the items a district added itself, by key, as text."""

    form_edition: str = "2018"
    custom: Mapping[str, str] = field(default_factory=dict)
