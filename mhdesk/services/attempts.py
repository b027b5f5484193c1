"""Failed contacts: records of their own, never follow-ups. Three in a row over a month propose 失访, never set it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mhdesk.domain import codes
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import VisitForm
from mhdesk.domain.patient import ContactAttempt, Patient
from mhdesk.services import rulesets, sheets
from mhdesk.services.standing import require_registered

if TYPE_CHECKING:
    from db.ledger import Ledger

RESULTS = "attempt_result"  # code list
#: How somebody was tried, where the result says it; 4 拒绝, 6 去向不明 and 9 其他 do not.
_MODES = {"1": VisitForm.PHONE, "2": VisitForm.PHONE, "3": VisitForm.HOME, "5": VisitForm.HOME}


def mode_of(result: str) -> str | None:
    """How somebody was tried (as 随访形式), as far as the result says it."""
    mode = _MODES.get(result)
    return mode.value if mode is not None else None


def result_words(attempt: ContactAttempt) -> str:
    """The result in words; an imported text as it is."""
    known = codes.code_list(RESULTS)
    if attempt.result is None:
        return ""
    return known.label(attempt.result) if attempt.result in known.codes else attempt.result


def record(
    ledger: Ledger, attempt: ContactAttempt, *, today: date, sheet_row_id: int | None = None
) -> tuple[int, Changes]:
    """Store a failed contact; with `sheet_row_id` the row of the printed sheet that says so is back (未访到).

    Raises UserError: MH-VISIT-02 a date in the future, MH-LEDGER-25 a record that was taken back, MH-ROUNDS-02 somebody
    who has died or moved away.
    """
    if attempt.attempted_on > today:
        raise UserError("MH-VISIT-02")
    patient = ledger.get(Patient, attempt.patient_id)
    require_registered(ledger, patient)
    with ledger.change("attempt.record") as change:
        attempt_id = change.add(attempt)
        if sheet_row_id is not None:
            sheets.close_row(change, sheet_row_id, "attempted", on=attempt.attempted_on)
    return attempt_id, change.changes


def void(ledger: Ledger, attempt_id: int, *, reason: str) -> Changes:
    """Take a failed contact back, with a reason. It stays in the history."""
    with ledger.change("attempt.void", reason=reason) as change:
        change.void(ContactAttempt, attempt_id, reason)
    return change.changes


def since_last_visit(ledger: Ledger, patient_id: int, *, last_visit_on: date | None) -> list[ContactAttempt]:
    """Failed contacts after the last complete visit, oldest first."""
    found = ledger.find(ContactAttempt, patient_id=patient_id)
    kept = [one for one in found if last_visit_on is None or one.attempted_on > last_visit_on]
    return sorted(kept, key=lambda one: (one.attempted_on, one.id or 0))


def says_lost(ledger: Ledger, attempts: list[ContactAttempt]) -> bool:
    """Whether these failed contacts mean 失访 by the ledger's rule set."""
    from mhdesk.rules.reminders import means_lost

    return means_lost([one.attempted_on for one in attempts], rulesets.choice(ledger).default.terms)
