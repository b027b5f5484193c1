"""Staff and training for lists and reminders: posts with their people, rosters with their sessions."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from db import schema


class PostRow(NamedTuple):
    """A post with the person who holds it. Days as ISO text; [started_on, ended_on)."""

    post_id: int
    staff_id: int
    name: str
    phone: str | None
    role: str
    unit_id: int | None
    unit: str | None
    workplace: str | None
    position: str | None
    fte: float | None
    started_on: str | None
    ended_on: str | None


class TrainedRow(NamedTuple):
    """How many sat in a session, and of which unit: somebody's first post that day."""

    session_id: int
    held_on: str
    staff_id: int


def posts(connection: Connection) -> list[PostRow]:
    """Every post that is not voided, of people who are not."""
    post, person, unit = schema.staff_post.c, schema.staff_member.c, schema.unit.c
    query = (
        select(
            post.id, person.id, person.name, person.phone, post.role, post.unit_id, unit.name,
            post.workplace, post.position, post.fte, post.started_on, post.ended_on,
        )
        .select_from(schema.staff_post.join(schema.staff_member, post.staff_id == person.id).outerjoin(schema.unit))
        .where(post.voided_at.is_(None), person.voided_at.is_(None))
        .order_by(person.id, post.started_on.is_not(None), post.started_on, post.id)
    )  # fmt: skip
    return [PostRow._make(row) for row in connection.execute(query)]


def trained(connection: Connection, *, start: str, end: str) -> list[TrainedRow]:
    """Who sat in the sessions held in [start, end) whose sheet is back. Half a day counts; 补训 elsewhere does not."""
    line, session = schema.attendance.c, schema.training_session.c
    query = (
        select(session.id, session.held_on, line.staff_id)
        .select_from(schema.attendance.join(schema.training_session, line.session_id == session.id))
        .where(
            line.voided_at.is_(None),
            session.voided_at.is_(None),
            session.sheet_back_on.is_not(None),
            session.held_on >= start,
            session.held_on < end,
            line.presence.in_(("present", "morning", "afternoon", "part")),
        )
    )
    return [TrainedRow(*row) for row in connection.execute(query)]


def signed(connection: Connection, *, since: str) -> dict[str, int]:
    """How many visits since a day each doctor's name stands under."""
    visit = schema.follow_up.c
    query = (
        select(visit.doctor_name, func.count())
        .where(visit.voided_at.is_(None), visit.visit_date >= since, visit.doctor_name.is_not(None))
        .group_by(visit.doctor_name)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def has_training(connection: Connection) -> bool:
    """Whether any session stands in the ledger."""
    session = schema.training_session.c
    return connection.execute(select(session.id).where(session.voided_at.is_(None)).limit(1)).scalar() is not None


def held(connection: Connection, *, start: str, end: str) -> int:
    """How many sessions were held in [start, end) and are back."""
    session = schema.training_session.c
    query = select(func.count()).where(
        session.voided_at.is_(None), session.sheet_back_on.is_not(None), session.held_on >= start, session.held_on < end
    )
    return int(connection.execute(query).scalar_one())
