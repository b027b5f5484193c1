"""What a district adds to the checks itself, and what somebody doubts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mhdesk.domain.record import Record


@dataclass(frozen=True, kw_only=True)
class Doubt(Record):
    """疑问: a value somebody is not sure about, with a note; it stays until it is resolved."""

    object_kind: str  # "patient" or "follow_up"
    object_id: int
    field: str  # form key, "" the whole record
    note: str
    resolved_at: datetime | None = None
    resolution: str | None = None


@dataclass(frozen=True, kw_only=True)
class OwnRule(Record):
    """A data-quality rule of the district. Where `when_*` holds, `field` must satisfy `operator` and `value`.

    Operators are named predicates (`mhdesk.rules.checks.own`), no expression language.
    """

    code: str
    object_kind: str  # "patient" or "follow_up"
    field: str
    operator: str
    value: str | None = None
    when_field: str | None = None
    when_operator: str | None = None
    when_value: str | None = None
    severity: str = "W"
    message: str = ""
