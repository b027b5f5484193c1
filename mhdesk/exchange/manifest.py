"""The manifest: what a package says about itself, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mhdesk.domain.errors import InputRefused
from mhdesk.exchange import strict
from mhdesk.exchange.envelope import MOST_MANIFEST

FORMAT = 1
WEEKLY, NAMED = "weekly", "named"
LEVELS = ("D0", "D1", "D2")
#: Why a week was sent again; never free text, which could hold a name.
REASONS = ("late_entry", "correction", "rules", "transfer", "lost_contact", "conflict", "asked")
ROW_KINDS = ("values", "balance", "person", "named")
_HASH = 32

_SHAPE: strict.Shape = {
    "format": strict.whole(1, 99),
    "min_reader": strict.whole(1, 99),
    "package_id": strict.uuid,
    "district": strict.hexadecimal(8),
    "org_code": strict.code,
    "station": strict.hexadecimal(8),
    "kind": strict.one_of(WEEKLY, NAMED),
    "epoch": strict.whole(1),
    "seq": strict.whole(1),
    "revision": strict.whole(1),
    "reason": strict.optional(strict.one_of(*REASONS)),
    "start": strict.day,
    "end": strict.day,
    "cut_off": strict.day,
    "created": strict.instant,
    "clock_suspect": strict.boolean,
    "schema": strict.whole(1),
    "level": strict.one_of(*LEVELS),
    "counts": strict.mapped(strict.one_of(*ROW_KINDS), strict.whole(), len(ROW_KINDS)),
    "previous": strict.optional(strict.hexadecimal(_HASH)),
    "audit": strict.shaped(
        {
            "seq": strict.whole(),
            "head": strict.hexadecimal(_HASH),
            "previous_seq": strict.whole(),
            "previous_head": strict.hexadecimal(_HASH),
        }
    ),
    "backup": strict.optional(strict.day),
    "rules": strict.shaped({"id": strict.code, "version": strict.code}),
    "is_frozen": strict.boolean,
    "data_hash": strict.optional(strict.hexadecimal(_HASH)),
    "program": strict.code,
    "body": strict.hexadecimal(_HASH),
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that fits. `end` is exclusive; `document` is all of it as JSON."""

    document: Mapping[str, Any]
    package_id: str
    district: str
    org_code: str
    station: str
    kind: str
    epoch: int
    seq: int
    revision: int
    reason: str | None
    start: date
    end: date
    cut_off: date
    created: datetime
    clock_suspect: bool
    level: str
    counts: Mapping[str, int]
    previous: str | None
    audit_seq: int
    audit_head: str
    previous_audit_seq: int
    previous_audit_head: str
    rules_id: str
    rules_version: str
    is_frozen: bool
    body: str


def write(document: Mapping[str, Any]) -> bytes:
    """The manifest's bytes. Raises ValueError for one that this program itself would refuse."""
    if not strict.fits(dict(document), _SHAPE):
        raise ValueError("the manifest does not fit its own shape")
    return strict.canonical(document)


def read(data: bytes) -> Manifest:
    """Check 4. Raises InputRefused MH-PACK-03 where this program is too old for it, MH-PACK-06 for anything else."""
    try:
        document = strict.parse(data, MOST_MANIFEST)
    except ValueError as error:
        raise InputRefused("MH-PACK-06") from error
    needed = document.get("min_reader") if isinstance(document, dict) else None
    if type(needed) is int and needed > FORMAT:
        raise InputRefused("MH-PACK-03", version=str(needed))
    if not strict.fits(document, _SHAPE):
        raise InputRefused("MH-PACK-06")
    start, end, cut_off = (date.fromisoformat(document[name]) for name in ("start", "end", "cut_off"))
    if not start <= cut_off < end:
        raise InputRefused("MH-PACK-06")
    audit = document["audit"]
    return Manifest(
        document=document,
        start=start,
        end=end,
        cut_off=cut_off,
        created=datetime.fromisoformat(document["created"]),
        audit_seq=audit["seq"],
        audit_head=audit["head"],
        previous_audit_seq=audit["previous_seq"],
        previous_audit_head=audit["previous_head"],
        rules_id=document["rules"]["id"],
        rules_version=document["rules"]["version"],
        **{
            name: document[name]
            for name in (
                *("package_id", "district", "org_code", "station", "kind", "epoch", "seq", "revision", "reason"),
                *("clock_suspect", "level", "counts", "previous", "is_frozen", "body"),
            )
        },
    )
