"""What a person's file asks for besides the next visit: 失访 to be looked for, 面访 missing, information to exchange.

Reminders propose; nothing is set by them. Every term is a parameter of the rule set.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from mhdesk.domain.dates import add_months
from mhdesk.domain.follow_up import VisitClass, VisitForm
from mhdesk.domain.patient import Consent
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.schedule import DueState, add_workdays
from mhdesk.rules.terms import Terms
from mhdesk.text import text

#: Long-acting injection due or late, medicine running out: told by `mhdesk.services.medication.waiting`.
MEDICINE = ("injection", "medicine")
_FACE_FORMS = (VisitForm.CLINIC.value, VisitForm.HOME.value)
#: Every key a reminder may have, heaviest first.
KEYS = (
    *("exchange", "refer", "report_lost", "propose_lost", "retry_late", "retry", "refused", "discharge"),
    *MEDICINE,
    "face",
)


@dataclass(frozen=True)
class Reminder:
    """One reminder: `key` names its sentence ``reminders.<key>`` and the word of its chip ``reminders.short.<key>``."""

    key: str
    params: dict[str, object] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The whole sentence."""
        return text(f"reminders.{self.key}", **self.params)

    @property
    def short(self) -> str:
        """In a few characters."""
        return text(f"reminders.short.{self.key}", **self.params)


def means_lost(tries: Sequence[date], terms: Terms) -> bool:
    """Whether failed contacts, in order, say 失访: so many in a row, the last more than so many months after the first.

    2018 rule (three attempts): not reached when due, again within 2 weeks, over more than a month three times in vain.
    """
    return len(tries) >= terms.lost_attempts and tries[-1] > add_months(tries[0], terms.lost_span_months)


def failed_since(facts: PatientFacts) -> list[date]:
    """Days of failed tries since the last complete visit, in order."""
    if not facts.attempts:
        return []
    met = facts.last.day if facts.last is not None else 0
    return [date.fromordinal(day) for day in facts.attempts if day > met]


def retry_by(tries: Sequence[date], terms: Terms) -> date | None:
    """The day by which the next try is due after failed ones; None without any."""
    return tries[-1] + timedelta(days=terms.retry_days) if tries else None


def of(
    facts: PatientFacts,
    state: DueState,
    *,
    arrived_day: int,
    today: date,
    terms: Terms,
    sides: Sequence[str] = (),
) -> list[Reminder]:
    """Everything to be reminded of about one person, heaviest first. `arrived_day`: ordinal, 0 unknown.

    `sides`: who must be told of people of the exchange level (`mhdesk.rules.joint_terms`).
    """
    if state is DueState.ENDED:
        return []
    return [
        *_exchange(facts, terms, sides),
        *_search(facts, today, terms),
        *_consent(facts),
        *_discharge(facts, terms),
        *_face(facts, arrived_day, today, terms),
    ]


def _exchange(facts: PatientFacts, terms: Terms, sides: Sequence[str]) -> Iterator[Reminder]:
    """Told is who stands on a sheet sent to every side on or after the visit that found the danger."""
    last = facts.last
    if last is None:
        return
    is_told = bool(sides) and all(facts.records.get(f"exchange_{side}", (0,))[-1] >= last.day for side in sides)
    if last.risk is not None and last.risk.isdigit() and int(last.risk) >= terms.exchange_level and not is_told:
        yield Reminder("exchange", {"level": last.risk})
    if last.visit_class == VisitClass.UNSTABLE and not last.inpatient:
        yield Reminder("refer")


def _search(facts: PatientFacts, today: date, terms: Terms) -> Iterator[Reminder]:
    """失访 found: report it. Three tries in vain: propose it. Fewer: try again in time."""
    if facts.is_sought:
        yield Reminder("report_lost")
        return
    tries = failed_since(facts)
    if means_lost(tries, terms):
        yield Reminder("propose_lost", {"count": len(tries), "first": tries[0].isoformat()})
    elif tries:
        by = tries[-1] + timedelta(days=terms.retry_days)
        key = "retry" if by >= today else "retry_late"
        yield Reminder(key, {"count": len(tries), "day": by.isoformat()})


def _consent(facts: PatientFacts) -> Iterator[Reminder]:
    if facts.consent == Consent.REFUSED:
        yield Reminder("refused")


def _discharge(facts: PatientFacts, terms: Terms) -> Iterator[Reminder]:
    if facts.open_discharge_day:
        by = add_workdays(date.fromordinal(facts.open_discharge_day), terms.discharge_visit_workdays)
        yield Reminder("discharge", {"day": by.isoformat()})


def _face(facts: PatientFacts, arrived_day: int, today: date, terms: Terms) -> Iterator[Reminder]:
    """No 门诊 or 家庭访视 for long, counted for those who have been here that long and are not in hospital."""
    since = _months_back(today, terms.face_months)
    if arrived_day > since or facts.in_hospital or facts.is_sought:
        return
    for visit in reversed(facts.visits):
        if visit.day <= since:
            break
        if visit.complete and visit.form in _FACE_FORMS:
            return
    yield Reminder("face", {"months": terms.face_months})


@functools.lru_cache(64)
def _months_back(day: date, months: int) -> int:
    """The same day for everybody on a list."""
    return add_months(day, -months).toordinal()
