"""The bytes of attachments: written once beside their record, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, insert, select

from db import schema

if TYPE_CHECKING:
    from db.change import Change


def store(change: Change, attachment_id: int, content: bytes) -> None:
    """Write the bytes of a new attachment."""
    change.execute(insert(schema.attachment_content), {"attachment_id": attachment_id, "content": content})


def counts(connection: Connection, object_kind: str) -> dict[int, int]:
    """By record of a kind: how many files it has."""
    table = schema.attachment.c
    query = (
        select(table.object_id, func.count())
        .where(table.voided_at.is_(None), table.object_kind == object_kind)
        .group_by(table.object_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def content_of(connection: Connection, attachment_id: int) -> bytes | None:
    """The bytes of an attachment; None when there are none."""
    table = schema.attachment_content.c
    found = connection.execute(select(table.content).where(table.attachment_id == attachment_id)).scalar()
    return None if found is None else bytes(found)
