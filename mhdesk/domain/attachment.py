"""Files kept inside the encrypted ledger (附件): a scan of a signed sheet, a photograph of a paper."""

from __future__ import annotations

from dataclasses import dataclass

from mhdesk.domain.record import Record


@dataclass(frozen=True, kw_only=True)
class Attachment(Record):
    """What a file belongs to and how it can be checked; its bytes stand in the table ``attachment_content``."""

    object_kind: str  # the table of what it belongs to
    object_id: int
    file_name: str
    media_type: str  # image/jpeg, image/png, application/pdf: as its bytes say, not its name
    size: int  # bytes
    sha256: str
