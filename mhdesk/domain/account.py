"""Who works with the ledger, and what they left unfinished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mhdesk.domain.record import Record


class Role(StrEnum):
    """Who may do what. Administrators see no patient pages by default; auditors change nothing."""

    DOCTOR = "doctor"  # 业务人员
    ADMINISTRATOR = "administrator"  # 系统管理员
    AUDITOR = "auditor"  # 审计员
    SUPERVISOR = "supervisor"  # 负责人
    COMBINED = "combined"  # a very small clinic: doctor and administrator in one, by recorded waiver


@dataclass(frozen=True, kw_only=True)
class User(Record):
    """Somebody with a password slot in the key file; `login` is the slot's login."""

    login: str
    name: str
    role: str = Role.DOCTOR
    disabled_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An unfinished form of one user, kept inside the encrypted ledger. `values` are the raw texts as typed."""

    id: int | None = None
    login: str
    form: str  # "follow_up", "patient" …
    subject_id: int = 0  # the patient, 0 for a new one
    values: Mapping[str, str] = field(default_factory=dict)
    saved_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CustomField(Record):
    """An item a district adds to a form itself (自定义项目). Its values lie in the record's `custom`."""

    form: str  # "patient" or "follow_up"
    key: str
    label: str
    kind: str = "text"
    codes: Mapping[str, str] = field(default_factory=dict)
    sort_order: int = 0


@dataclass(frozen=True, kw_only=True)
class DataOverride(Record):
    """A district's own copy of one of our data files (rules, targets, codes …); it wins over ours, named."""

    path: str  # such as "rules/cq2023.toml"
    content: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class Submission(Record):
    """A roll-up as it was sent (上报), frozen. A correction is a new `revision` with its 更正说明."""

    period_kind: str
    period_start: str  # ISO date
    period_end: str  # ISO date, exclusive
    revision: int = 1
    rules_id: str = ""
    rules_version: str = ""
    cut_off: str = ""
    data_hash: str = ""
    audit_head: str = ""
    document: str = ""  # the values as JSON
    files: Mapping[str, str] = field(default_factory=dict)  # file name -> SHA-256
    correction_note: str | None = None
    checked_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class ImportBatch(Record):
    """One finished import: what file, what it made, so that it can be recognised and undone."""

    file_name: str
    file_hash: str
    kind: str
    rows: int = 0
    new: int = 0
    same: int = 0
    changed: int = 0
    conflict: int = 0
    rejected: int = 0
