"""Drafts of unfinished forms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, select
from sqlalchemy.dialects.sqlite import insert

from db.schema import draft


def _one(login: str, form: str, subject_id: int) -> ColumnElement[bool]:
    return and_(draft.c.login == login, draft.c.form == form, draft.c.subject_id == subject_id)


def save(
    connection: Connection, login: str, form: str, subject_id: int, values: Mapping[str, str], now: datetime
) -> None:
    """Insert or replace one draft."""
    fresh = {"values": json.dumps(dict(values), ensure_ascii=False), "saved_at": now.isoformat(timespec="seconds")}
    statement = insert(draft).values(login=login, form=form, subject_id=subject_id, **fresh)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[draft.c.login, draft.c.form, draft.c.subject_id], set_=fresh
        )
    )


def load(connection: Connection, login: str, form: str, subject_id: int) -> dict[str, str] | None:
    """The raw texts of one draft."""
    stored = connection.scalar(select(draft.c["values"]).where(_one(login, form, subject_id)))
    return None if stored is None else json.loads(stored)


def drop(connection: Connection, login: str, form: str, subject_id: int) -> None:
    """Remove one draft; none is fine."""
    connection.execute(delete(draft).where(_one(login, form, subject_id)))


def waiting(connection: Connection, login: str) -> list[tuple[str, int]]:
    """(form, subject id) of a user's drafts, oldest first."""
    query = select(draft.c.form, draft.c.subject_id).where(draft.c.login == login).order_by(draft.c.saved_at)
    return [(row.form, row.subject_id) for row in connection.execute(query)]
