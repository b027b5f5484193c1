"""Checks of where a person stands today, over the whole ledger (rules 13, 15, 18). They never stop an entry."""

from __future__ import annotations

from collections.abc import Iterator

from mhdesk.domain.dates import add_months
from mhdesk.domain.follow_up import FollowUp, Hospitalization, VisitClass, VisitForm
from mhdesk.domain.patient import MovementKind
from mhdesk.domain.problems import Severity
from mhdesk.rules.checks.model import Book, Case, Hit
from mhdesk.rules.schedule import Step, advance, due_after

BOOK = Book()
W = Severity.WARNING

_FACE_FORMS = (VisitForm.CLINIC, VisitForm.HOME)
_FACE_MONTHS = 6
_ONLY_PHONE_MONTHS = 12


def _is_here(case: Case) -> bool:
    moves = sorted(
        (one for one in case.movements if one.voided_at is None and one.happened_on <= case.today),
        key=lambda one: (one.happened_on, one.id or 0),
    )
    return not moves or moves[-1].kind == MovementKind.MOVED_IN


def _complete(case: Case) -> list[FollowUp]:
    return [one for one in case.visits if one.is_complete and one.visit_date and one.visit_date <= case.today]


@BOOK.check("Q13a", W)
def _overdue(case: Case) -> Iterator[Hit]:
    visits = _complete(case)
    if not visits or not _is_here(case) or case.visits[-1].lost_reason is not None:
        return
    last, step = visits[-1], Step()
    for one in visits:
        step = advance(step, one.visit_class)
    if last.visit_date is None:
        return
    dates = [day for day in (due_after(last.visit_date, step, case.terms), last.next_visit_date) if day is not None]
    if dates and min(dates) < case.today:
        yield Hit("next_visit_date", {"due": min(dates).isoformat(), "days": (case.today - min(dates)).days})


@BOOK.check("Q13b", W)
def _not_seen(case: Case) -> Iterator[Hit]:
    since = add_months(case.today, -_FACE_MONTHS)
    registered = case.patient.registered_on
    if not _is_here(case) or (registered is not None and registered > since):
        return
    seen = [
        one
        for one in _complete(case)
        if one.visit_date
        and one.visit_date > since
        and (one.visit_form in _FACE_FORMS or one.hospitalization == Hospitalization.INPATIENT)
    ]
    if not seen:
        yield Hit("visit_form", {"months": _FACE_MONTHS})


@BOOK.check("Q13c", W)
def _only_phone(case: Case) -> Iterator[Hit]:
    since = add_months(case.today, -_ONLY_PHONE_MONTHS)
    visits = [one for one in _complete(case) if one.visit_date and one.visit_date > since]
    if _is_here(case) and visits and all(one.visit_form == VisitForm.PHONE for one in visits):
        yield Hit("visit_form", {"months": _ONLY_PHONE_MONTHS})


@BOOK.check("Q18a", W)
def _red_but_stable(case: Case) -> Iterator[Hit]:
    visits = _complete(case)
    if not visits or not _is_here(case) or case.patient.colour != "red":
        return
    if visits[-1].visit_class == VisitClass.STABLE and visits[-1].risk_level == "0":
        yield Hit("colour")
