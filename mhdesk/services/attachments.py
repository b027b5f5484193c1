"""Files kept inside the encrypted ledger: a scan of the signed sheet, viewable again, byte for byte.

What a file is says its content, not its name: a picture (jpeg, png) or a pdf; nothing else is taken in.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from db.queries import attachments as queries
from mhdesk.domain.attachment import Attachment
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import InputRefused, UserError
from mhdesk.services import training_terms

if TYPE_CHECKING:
    from db.ledger import Ledger

_MB = 1024 * 1024
_BEGINNINGS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"%PDF-": "application/pdf",
}
PDF = "application/pdf"


def attach(ledger: Ledger, *, object_kind: str, object_id: int, path: Path) -> tuple[int, Changes]:
    """Take a file in; the same file a second time is the same attachment. The file itself is left where it is.

    Raises InputRefused: MH-ATTACH-01 no jpeg, png or pdf, 02 larger than the setting allows, 03 cannot be read, 05 the
    record has as many as the setting allows.
    """
    terms = training_terms.load(ledger)
    most = terms["attachment_mb"].value
    try:
        if path.stat().st_size > most * _MB:
            raise InputRefused("MH-ATTACH-02", most=f"{most:g}")
        content = path.read_bytes()
    except OSError:
        raise InputRefused("MH-ATTACH-03") from None
    media_type = next((kind for start, kind in _BEGINNINGS.items() if content.startswith(start)), None)
    if media_type is None:
        raise InputRefused("MH-ATTACH-01")
    digest = hashlib.sha256(content).hexdigest()
    there = listed(ledger, object_kind=object_kind, object_id=object_id)
    for known in there:
        if known.sha256 == digest:
            return known.id or 0, Changes()
    if len(there) >= terms["attachment_count"].value:
        raise InputRefused("MH-ATTACH-05", most=f"{terms['attachment_count'].value:g}")
    with ledger.change("attachment.add") as change:
        attachment_id = change.add(
            Attachment(
                object_kind=object_kind,
                object_id=object_id,
                file_name=path.name.encode("utf-8", "replace").decode("utf-8"),
                media_type=media_type,
                size=len(content),
                sha256=digest,
            )
        )
        queries.store(change, attachment_id, content)
    return attachment_id, change.changes


def listed(ledger: Ledger, *, object_kind: str, object_id: int) -> list[Attachment]:
    """The files of one record, in the order they were taken in."""
    return ledger.find(Attachment, object_kind=object_kind, object_id=object_id)


def content(ledger: Ledger, attachment_id: int) -> bytes:
    """The file as it was taken in. Raises UserError MH-ATTACH-04 when it is not what it was."""
    attachment = ledger.get(Attachment, attachment_id)
    with ledger.read() as connection:
        found = queries.content_of(connection, attachment_id)
    if found is None or hashlib.sha256(found).hexdigest() != attachment.sha256:
        raise UserError("MH-ATTACH-04")
    return found


def save_copy(ledger: Ledger, attachment_id: int, path: Path) -> None:
    """Write the file out, which the audit log notes. Raises OutputFailed, UserError MH-ATTACH-04."""
    from mhdesk.files import sink

    found = content(ledger, attachment_id)
    with sink.writing(path) as draft:
        draft.write_bytes(found)
    with ledger.change("attachment.export") as change:
        change.touch("attachment")


def void(ledger: Ledger, attachment_id: int, *, reason: str) -> Changes:
    """Take a wrong file out of the list; it stays in the ledger and can be brought back."""
    with ledger.change("attachment.void", reason=reason) as change:
        change.void(Attachment, attachment_id, reason)
    return change.changes
