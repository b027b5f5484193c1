"""Checks over what is recorded beside files and sheets, person by person (rules 13, 15, 17, 18). They stop no entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.dates import add_months
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.problems import Problem, Severity
from mhdesk.rules.medicines.injections import InjectionState, NextInjection
from mhdesk.rules.medicines.terms import MedicineTerms
from mhdesk.rules.terms import Terms

#: Every check here; each has its sentence among the problems.
CODES = ("Q13d", "Q15b", "Q15c", "Q17d", "Q18b")
_CHECKUP_MONTHS = 12  # 健康体检: once a year
_TROUBLE = ("2", "3")  # 肇事 肇祸
_INCIDENTS = ("1", "2", "3")
_LABORATORY_DONE = "2"


@dataclass(frozen=True)
class Work:
    """What is known of somebody on the register. `visits`: sheets that count, oldest first.

    `told`: the last day a sheet of exchange named the person, by side; `sides`: who must be told. `handled`: days of
    emergencies and of joint visits that tell of an incident. `injections`: the next of every long-acting drug.
    """

    patient: Patient
    today: date
    terms: Terms
    medicine: MedicineTerms
    visits: Sequence[FollowUp] = ()
    checkups: Sequence[date] = ()
    told: Mapping[str, date] = field(default_factory=dict)
    sides: Sequence[str] = ()
    handled: Sequence[date] = ()
    injections: Sequence[NextInjection] = ()
    assessment: ColourAssessment | None = None

    @property
    def last(self) -> FollowUp | None:
        """The last complete visit."""
        return next((one for one in reversed(self.visits) if one.is_complete and one.visit_date), None)


def check(work: Work) -> list[Problem]:
    """Everything wrong with where the person stands."""
    return [*_checkup(work), *_exchange(work), *_incident(work), *_injection(work), *_colour(work)]


def _warning(code: str, field: str, **params: object) -> Problem:
    return Problem(code, field, Severity.WARNING, params)


def _checkup(work: Work) -> Iterator[Problem]:
    """W no 体检 for a year, of those who have been here that long. A laboratory examination of a visit counts."""
    since, registered = add_months(work.today, -_CHECKUP_MONTHS), work.patient.registered_on
    if registered is not None and registered > since:
        return
    days = [*work.checkups, *(one.visit_date for one in work.visits if one.laboratory == _LABORATORY_DONE)]
    if not any(day is not None and since < day <= work.today for day in days):
        yield _warning("Q13d", "laboratory", months=_CHECKUP_MONTHS)


def _exchange(work: Work) -> Iterator[Problem]:
    """W 3级以上 without 信息交换 to 派出所 and 综治, on or after the visit that found it."""
    last = work.last
    if last is None or last.visit_date is None or last.risk_level is None or not last.risk_level.isdigit():
        return
    if int(last.risk_level) < work.terms.exchange_level:
        return
    seen = last.visit_date
    if any(work.told.get(side, date.min) < seen for side in work.sides):
        yield _warning("Q15b", "risk_level", level=last.risk_level, day=seen.isoformat())


def _incident(work: Work) -> Iterator[Problem]:
    """W 肇事 or 肇祸 on a sheet without a record of the emergency or incident since the visit before."""
    since, before = add_months(work.today, -_CHECKUP_MONTHS), date.min
    for one in work.visits:
        day = one.visit_date
        if day is None:
            continue
        did = any(act.code in _TROUBLE and act.count > 0 for act in one.dangerous_acts)
        if did and day > since and not any(before < on <= day for on in work.handled):
            yield _warning("Q15c", "dangerous_acts", day=day.isoformat())
        before = day


def _injection(work: Work) -> Iterator[Problem]:
    """W LAI overdue."""
    for one in work.injections:
        if one.due_on is not None and one.state(work.today, work.medicine) is InjectionState.LATE:
            late = (work.today - one.due_on - timedelta(days=one.window_days)).days
            yield _warning("Q17d", "drugs", drug=one.drug_name, due=one.due_on.isoformat(), days=late)


def _colour(work: Work) -> Iterator[Problem]:
    """W colour older than its review interval."""
    made = work.assessment
    if made is not None and made.next_on is not None and made.next_on < work.today:
        yield _warning("Q18b", "colour", day=made.assessed_on.isoformat(), due=made.next_on.isoformat())


def tells_of_incident(incidents: Sequence[str]) -> bool:
    """Whether a joint visit tells of an incident (code list ``incident``, 4 无)."""
    return any(code in _INCIDENTS for code in incidents)
