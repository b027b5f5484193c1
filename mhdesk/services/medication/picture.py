"""Everything about one person's medicine, read in one go: for the tab of the person and the timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from db.queries import medication as queries
from db.queries.records import find, get
from mhdesk.domain.dates import DateRange, add_months
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.medication import (
    AdverseReaction,
    Dispensing,
    Injection,
    LaboratoryResult,
    MedicationOrder,
)
from mhdesk.domain.patient import Patient
from mhdesk.rules.medicines import adherence, candidates, injections, supply, watch
from mhdesk.rules.medicines.adherence import Course, Period, State
from mhdesk.rules.medicines.candidates import Reason
from mhdesk.rules.medicines.injections import NextInjection
from mhdesk.rules.medicines.orders import is_running
from mhdesk.rules.medicines.supply import Supply
from mhdesk.rules.medicines.watch import WatchDue
from mhdesk.services.medication import known
from mhdesk.services.medication.known import Basis

if TYPE_CHECKING:
    from db.ledger import Ledger

TIMELINE_MONTHS = 24
_PRESCRIPTION_MONTHS = 3


@dataclass(frozen=True)
class Picture:
    """One person's medicine as of `today`. Records are newest first; `orders` hold typed and derived ones (no id)."""

    patient: Patient
    today: date
    basis: Basis
    orders: Sequence[MedicationOrder]
    dispensings: Sequence[Dispensing]
    injections: Sequence[Injection]
    reactions: Sequence[AdverseReaction]
    results: Sequence[LaboratoryResult]
    visits: Sequence[FollowUp]  # the sheets of the window, oldest first
    supplies: Sequence[Supply]
    upcoming: Sequence[NextInjection]
    window: DateRange  # what `periods` cover
    periods: Sequence[Period]  # oldest first, without holes
    days_by_state: Mapping[State, int]
    reasons: Sequence[Reason]  # criteria for long-acting treatment that are met; empty: none, or has it already
    watches: Sequence[WatchDue]
    left_on: date | None  # died or moved away

    @property
    def running(self) -> list[MedicationOrder]:
        """The orders that hold today."""
        return [one for one in self.orders if is_running(one, self.today)]

    @property
    def run_out(self) -> date | None:
        """The earliest day on which a drug that is wanted runs out; None where nothing says it."""
        return min((one.run_out for one in self.supplies if one.is_wanted and one.run_out), default=None)

    @property
    def recent_prescriptions(self) -> list[MedicationOrder]:
        """Orders written or running within the last three months."""
        since = add_months(self.today, -_PRESCRIPTION_MONTHS)
        return [one for one in self.orders if one.stopped_on is None or one.stopped_on >= since]


def read(ledger: Ledger, patient_id: int, *, today: date, window: DateRange | None = None) -> Picture:
    """The whole picture; `window` None: the last two years. Raises UserError MH-LEDGER-24 for nobody."""
    with ledger.read() as connection:
        patient = get(connection, Patient, patient_id)
        basis = known.basis_of(connection)
        its = known.course(connection, patient_id, basis, today=today)
        reactions = find(connection, AdverseReaction, patient_id=patient_id)
        results = find(connection, LaboratoryResult, patient_id=patient_id)
        visits = find(connection, FollowUp, patient_id=patient_id)
        left = queries.left_register(connection, until=today, ids=[patient_id]).get(patient_id)
    tomorrow = today + timedelta(days=1)
    chosen = window or DateRange(add_months(tomorrow, -TIMELINE_MONTHS), tomorrow)
    if left is not None and left < chosen.end:
        chosen = DateRange(min(chosen.start, left), left)
    periods = adherence.periods(its, chosen, basis.book, basis.terms)
    return Picture(
        patient=patient,
        today=today,
        basis=basis,
        orders=sorted(its.orders, key=lambda one: (one.started_on, one.id or 0), reverse=True),
        dispensings=list(reversed(its.dispensings)),
        injections=list(reversed(its.injections)),
        reactions=sorted(reactions, key=lambda one: (one.noticed_on, one.id or 0), reverse=True),
        results=sorted(results, key=lambda one: (one.taken_on, one.id or 0), reverse=True),
        visits=[one for one in its.visits if one.visit_date and chosen.start <= one.visit_date < chosen.end],
        supplies=supply.supplies(its.dispensings, its.orders, basis.book, today=today),
        upcoming=injections.upcoming(its.injections, its.orders, basis.book, basis.terms, today=today),
        window=chosen,
        periods=periods,
        days_by_state=adherence.days_by_state(periods),
        reasons=_reasons(patient, visits, its, basis, today=today) if left is None else [],
        watches=watch.due(its.orders, results, basis.book, basis.terms, today=today),
        left_on=left,
    )


def _reasons(patient: Patient, visits: Sequence[FollowUp], its: Course, basis: Basis, *, today: date) -> list[Reason]:
    if adherence.has_long_acting(its, basis.book, basis.terms, today):
        return []
    tomorrow = today + timedelta(days=1)
    back = DateRange(add_months(tomorrow, -basis.terms.days("candidate_months")), tomorrow)
    found = adherence.periods(its, back, basis.book, basis.terms)
    complete = sorted((one for one in visits if one.is_complete), key=lambda one: one.visit_date or date.min)
    return candidates.reasons(patient, complete, found, basis.terms, today=today)
