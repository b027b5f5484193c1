"""Two records of one person made one, and back again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mhdesk.domain.record import Record


@dataclass(frozen=True, kw_only=True)
class PersonMerge(Record):
    """A merge: which record stayed, which was voided, what was moved; enough to undo it at any later time."""

    kept_id: int
    merged_id: int
    moved: Mapping[str, str] = field(default_factory=dict)  # table -> ids as "1,2"
    kept_before: str = ""  # the kept record before the merge, as JSON
    undone_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SavedList(Record):
    """A list somebody composed: its filters, columns and order, by name (保存的名单)."""

    login: str  # owner; "" for everybody
    page: str  # "patients", "today"
    name: str
    query: Mapping[str, str] = field(default_factory=dict)
    sort_order: int = 0
