"""Unfinished forms, kept inside the encrypted ledger so that nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mhdesk.domain.account import Draft

if TYPE_CHECKING:
    from db.ledger import Ledger


def save(ledger: Ledger, *, form: str, subject_id: int, values: Mapping[str, str]) -> None:
    """Keep the raw texts of a form being typed, replacing this user's earlier draft of the same form and subject."""
    with ledger.change("draft.save", audited=False) as change:
        change.save_draft(Draft(login=ledger.login, form=form, subject_id=subject_id, values=values))


def load(ledger: Ledger, *, form: str, subject_id: int) -> dict[str, str] | None:
    """The draft this user left, or None."""
    found = ledger.find(Draft, login=ledger.login, form=form, subject_id=subject_id)
    return dict(found[0].values) if found else None


def discard(ledger: Ledger, *, form: str, subject_id: int) -> None:
    """The user does not want the draft."""
    with ledger.change("draft.discard", audited=False) as change:
        change.drop_draft(ledger.login, form, subject_id)


def waiting(ledger: Ledger) -> list[Draft]:
    """Every draft this user left, oldest first."""
    drafts = ledger.find(Draft, login=ledger.login)
    return sorted(drafts, key=lambda draft: str(draft.saved_at))
