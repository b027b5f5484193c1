"""Data-quality rules, numbered 1 to 21, used at entry and over the whole ledger.

Checks return problems and never raise. `check_patient` and `check_follow_up` judge what is being entered;
`check_person` judges everything recorded about one person. Sentences: table ``problems`` of the texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from mhdesk.domain.drugs import Book, in_force
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.problems import Problem
from mhdesk.domain.quality import OwnRule
from mhdesk.rules import ruleset
from mhdesk.rules.checks import own as own_rules
from mhdesk.rules.checks import person, standing, visit
from mhdesk.rules.checks.model import NOBODY, Case, Check, Neighbours
from mhdesk.rules.terms import Terms

#: Every check by its code.
CHECKS: Mapping[str, Check] = {
    check.code: check for module in (person, visit, standing) for check in module.BOOK.checks
}


class Finding(NamedTuple):
    """A problem of one person; `follow_up_id` says which sheet, None: the file itself."""

    problem: Problem
    follow_up_id: int | None = None


def check_patient(
    patient: Patient,
    *,
    today: date,
    neighbours: Neighbours = NOBODY,
    terms: Terms | None = None,
    own: Sequence[OwnRule] = (),
    first_day: date | None = None,
) -> list[Problem]:
    """What is wrong with a person's file; `own`: the district's own rules.

    `first_day`: of a visit or a movement, where 建档日期 is judged too (over the whole ledger the visits say so).
    """
    found = person.BOOK.run(Case(patient, today, _terms(terms), neighbours=neighbours, first_day=first_day))
    return found + own_rules.violations(patient, own, kind="patient", today=today)


def check_follow_up(  # noqa: PLR0913 - what a sheet is judged by, each with a default
    follow_up: FollowUp,
    *,
    patient: Patient,
    earlier: Iterable[FollowUp],
    today: date,
    movements: Sequence[Movement] = (),
    attempts: Sequence[ContactAttempt] = (),
    terms: Terms | None = None,
    own: Sequence[OwnRule] = (),
    drug_book: Book | None = None,
) -> list[Problem]:
    """What is wrong with one sheet, beside the person's other sheets (`earlier`, in any order).

    `drug_book`: the district's dictionary, None: ours.
    """
    others = _in_order(one for one in earlier if follow_up.id is None or one.id != follow_up.id)
    case = Case(patient, today, _terms(terms), follow_up, others, movements, attempts, drugs=drug_book or in_force())
    return visit.BOOK.run(case) + own_rules.violations(follow_up, own, kind="follow_up", today=today)


def check_person(  # noqa: PLR0913 - what a person is judged by, each with a default
    patient: Patient,
    follow_ups: Iterable[FollowUp],
    *,
    today: date,
    movements: Sequence[Movement] = (),
    attempts: Sequence[ContactAttempt] = (),
    neighbours: Neighbours = NOBODY,
    terms: Terms | None = None,
    own: Sequence[OwnRule] = (),
    drug_book: Book | None = None,
) -> list[Finding]:
    """Everything wrong with what is recorded about one person: the file, each sheet, where the person stands."""
    chosen, sheets = _terms(terms), _in_order(follow_ups)
    book = drug_book or in_force()
    of_file = check_patient(patient, today=today, neighbours=neighbours, terms=chosen, own=own)
    found = [Finding(one) for one in of_file]
    for place, sheet in enumerate(sheets):
        others = [*sheets[:place], *sheets[place + 1 :]]
        case = Case(patient, today, chosen, sheet, others, movements, attempts, drugs=book)
        found += [Finding(one, sheet.id) for one in visit.BOOK.run(case)]
        found += [Finding(one, sheet.id) for one in own_rules.violations(sheet, own, kind="follow_up", today=today)]
    whole = Case(patient, today, chosen, None, sheets, movements, attempts)
    return found + [Finding(one) for one in standing.BOOK.run(whole)]


def _terms(terms: Terms | None) -> Terms:
    return terms or ruleset.load(None).terms


def _in_order(follow_ups: Iterable[FollowUp]) -> list[FollowUp]:
    """Sheets that count, oldest first; those without a day come first."""
    kept = [one for one in follow_ups if one.voided_at is None]
    return sorted(kept, key=lambda one: (one.visit_date or date.min, one.id or 0))
