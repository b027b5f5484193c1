"""The sealed weekly way from township to district: who sends, what was sent, what came, what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from mhdesk.domain.record import Record


class Level(StrEnum):
    """How much of a person a package says."""

    TOTALS = "D0"  # 仅汇总数
    PSEUDONYMOUS = "D1"  # 去标识化名单
    NAMED = "D2"  # 具名名单


class Conflict(StrEnum):
    """What may be wrong with somebody whom two townships report."""

    BOTH = "both"  # 两处都在管
    DEAD = "dead"  # 一处已死亡，另一处仍在管
    UNMET = "unmet"  # 迁出后无人接收
    WEAK = "weak"  # 弱标识相同，可能是同一人


class Outcome(StrEnum):
    """What the district decided."""

    ONE = "one"  # 同一人，由一处管理
    DIFFERENT = "different"  # 不是同一人
    ASKED = "asked"  # 已退回核实


@dataclass(frozen=True, kw_only=True)
class Station(Record):
    """A township the district takes packages from. `public_key` is its Ed25519 key, base64."""

    unit_id: int
    org_code: str
    public_key: str
    kid: str
    fingerprint: str
    revoked_on: date | None = None
    revoke_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class SealedPackage(Record):
    """A package this township made. `content` is the sealed file, base64, kept until the receipt says it arrived."""

    package_id: str
    kind: str
    period_start: str  # ISO date
    period_end: str  # ISO date, exclusive
    level: str
    epoch: int
    seq: int
    revision: int
    file_name: str
    file_hash: str  # SHA-256 of the sealed file
    data_hash: str | None = None
    audit_seq: int = 0
    audit_head: str = ""
    counts: Mapping[str, str] = field(default_factory=dict)  # kind of row -> how many
    content: str | None = None
    receipt: str | None = None  # the signed receipt as it came
    answer: str | None = None  # accepted 已接收, refused 退回; None: no receipt yet
    receipt_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class ReceivedPackage(Record):
    """A package this district took. Manifest and rows are those that were signed."""

    package_id: str
    station_id: int
    org_code: str
    kind: str
    period_start: str  # ISO date
    period_end: str  # ISO date, exclusive
    level: str
    epoch: int
    seq: int
    revision: int
    file_hash: str
    previous_hash: str | None = None
    audit_seq: int = 0
    audit_head: str = ""
    created: str = ""  # when the township made it, ISO instant
    manifest: str = ""  # JSON
    body: str = ""  # zlib over JSON Lines, base64
    receipt: str = ""  # the signed receipt that went back


@dataclass(frozen=True, kw_only=True)
class ConflictDecision(Record):
    """What was decided about one conflict. `conflict_key` names kind, person and townships; no name stands in it."""

    conflict_key: str
    kind: str
    orgs: tuple[str, ...] = ()
    outcome: str = Outcome.ASKED
    keeper: str | None = None  # the org that keeps the person
    note: str | None = None
