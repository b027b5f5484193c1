"""Packages that came from townships, without their rows unless these are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from db import schema


class ReceivedRow(NamedTuple):
    """A package without its rows."""

    id: int
    package_id: str
    station_id: int
    org_code: str
    kind: str
    period_start: str
    level: str
    epoch: int
    seq: int
    revision: int
    file_hash: str
    previous_hash: str | None
    audit_seq: int
    audit_head: str
    manifest: str


_COLUMNS = [schema.received_package.c[name] for name in ReceivedRow._fields]


def received(connection: Connection) -> list[ReceivedRow]:
    """Every package, by township and number."""
    table = schema.received_package.c
    query = select(*_COLUMNS).where(table.voided_at.is_(None))
    return [
        ReceivedRow._make(row)
        for row in connection.execute(query.order_by(table.org_code, table.station_id, table.epoch, table.seq))
    ]


def bodies(connection: Connection, package_ids: Sequence[str]) -> dict[str, str]:
    """The packed rows of packages, by number."""
    table = schema.received_package.c
    query = select(table.package_id, table.body).where(table.package_id.in_(package_ids))
    return {row.package_id: row.body for row in connection.execute(query)}
