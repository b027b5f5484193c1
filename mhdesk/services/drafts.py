"""Unfinished forms, kept inside the encrypted ledger so that nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from db.queries import drafts as queries

if TYPE_CHECKING:
    from db.ledger import Change, Ledger


def save(ledger: Ledger, *, form: str, subject_id: int, values: Mapping[str, str]) -> None:
    """Keep the raw texts of a form being typed, replacing the earlier draft of the same form and subject."""
    with ledger.scratch() as connection:
        queries.save(connection, ledger.login, form, subject_id, values, ledger.now())


def load(ledger: Ledger, *, form: str, subject_id: int) -> dict[str, str] | None:
    """The draft this user left, or None."""
    with ledger.read() as connection:
        return queries.load(connection, ledger.login, form, subject_id)


def drop(change: Change, *, login: str, form: str, subject_id: int) -> None:
    """Remove the draft inside the transaction that saves the form."""
    queries.drop(change.connection, login, form, subject_id)


def discard(ledger: Ledger, *, form: str, subject_id: int) -> None:
    """The user does not want the draft."""
    with ledger.scratch() as connection:
        queries.drop(connection, ledger.login, form, subject_id)


def waiting(ledger: Ledger) -> list[tuple[str, int]]:
    """(form, subject id) of every draft this user left, oldest first."""
    with ledger.read() as connection:
        return queries.waiting(connection, ledger.login)
