"""Spans of assistance and agreements by person, as `mhdesk.rules.in_force` wants them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from db import schema
from mhdesk.rules.in_force import AGREEMENT_ITEM, FILE_ITEMS, Span, items_on


def spans(connection: Connection, *, patient_id: int | None = None) -> dict[int, list[Span]]:
    """By person: what was recorded about items of the file. A stopped agreement ends when it was stopped."""
    found: dict[int, list[Span]] = {}
    for person, item, first, last in _rows(connection, patient_id):
        span = Span(item, date.fromisoformat(first), date.fromisoformat(last) if last else None)
        found.setdefault(person, []).append(span)
    return found


def _rows(connection: Connection, patient_id: int | None) -> Iterator[Any]:
    given, signed = schema.assistance.c, schema.agreement.c
    assisted = select(given.patient_id, given.kind, given.first_day, given.last_day).where(
        given.voided_at.is_(None), given.kind.in_(tuple(FILE_ITEMS))
    )
    agreed = select(signed.patient_id, signed.first_day, func.coalesce(signed.stopped_on, signed.last_day)).where(
        signed.voided_at.is_(None)
    )
    if patient_id is not None:
        assisted = assisted.where(given.patient_id == patient_id)
        agreed = agreed.where(signed.patient_id == patient_id)
    for person, kind, first, last in connection.execute(assisted):
        yield person, FILE_ITEMS[kind], first, last
    for person, first, last in connection.execute(agreed):
        yield person, AGREEMENT_ITEM, first, last


def items(connection: Connection, *, day: date) -> dict[int, dict[str, str]]:
    """By person: what the file says on a day about the items something was recorded about."""
    return {person: items_on(its, day) for person, its in spans(connection).items()}
