"""Whether somebody is on the register now: asked before anything is recorded about a plan that may have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mhdesk.domain.errors import UserError
from mhdesk.domain.patient import Movement, MovementKind, Patient

if TYPE_CHECKING:
    from db.ledger import Ledger


def exit_of(ledger: Ledger, patient_id: int) -> Movement | None:
    """How the person left the register, None while registered."""
    moves = ledger.find(Movement, patient_id=patient_id)
    last = max(moves, key=lambda one: (one.happened_on, one.id or 0), default=None)
    return last if last is not None and last.kind != MovementKind.MOVED_IN else None


def require_registered(ledger: Ledger, patient: Patient) -> None:
    """Raises UserError: MH-LEDGER-25 the record was taken back, MH-ROUNDS-02 the person has died or moved away."""
    if patient.voided_at is not None:
        raise UserError("MH-LEDGER-25")
    if patient.id is not None and exit_of(ledger, patient.id) is not None:
        raise UserError("MH-ROUNDS-02")
