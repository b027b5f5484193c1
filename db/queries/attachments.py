"""The bytes of attachments: written once beside their record, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select

from db import schema

if TYPE_CHECKING:
    from db.change import Change


def store(change: Change, attachment_id: int, content: bytes) -> None:
    """Write the bytes of a new attachment."""
    change.execute(insert(schema.attachment_content), {"attachment_id": attachment_id, "content": content})


def content_of(connection: Connection, attachment_id: int) -> bytes | None:
    """The bytes of an attachment; None when there are none."""
    table = schema.attachment_content.c
    found = connection.execute(select(table.content).where(table.attachment_id == attachment_id)).scalar()
    return None if found is None else bytes(found)
