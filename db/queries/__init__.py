"""Selects that leave the database as NamedTuples. Services name the `Connection` they hand on by this package."""

from __future__ import annotations

from sqlalchemy import Connection

__all__ = ["Connection"]
