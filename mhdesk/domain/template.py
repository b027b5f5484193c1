"""Forms a district sent (报表模板): kept in the ledger, each change a new revision under the same name."""

from __future__ import annotations

from dataclasses import dataclass

from mhdesk.domain.record import Record


@dataclass(frozen=True, kw_only=True)
class ReportTemplate(Record):
    """One revision of a form. `content` is the .xlsx file, base64; the newest revision of a name is in force."""

    name: str
    revision: int = 1
    file_name: str = ""
    content: str = ""
    content_hash: str = ""  # SHA-256
