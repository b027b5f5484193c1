"""Who must be looked at (服药名单): injections due and late, medicine running out, stopped by themselves, not regular.

Everybody who left the register is left out, and for medicine to be handed out or injected who is in hospital. Nothing
of this list is stored: it follows from orders, dispensings, injections and visits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from db.queries import medication as queries
from db.queries.medication import PersonRow
from mhdesk.domain import identity
from mhdesk.domain.dates import DateRange, add_months
from mhdesk.domain.follow_up import Adherence, FollowUp, Hospitalization
from mhdesk.domain.medication import LaboratoryResult
from mhdesk.domain.patient import Patient
from mhdesk.domain.task import QUIET, Task
from mhdesk.rules.medicines import adherence, candidates, injections, supply, watch
from mhdesk.rules.medicines.adherence import OWN_STOPS, Course, State
from mhdesk.rules.medicines.candidates import Reason
from mhdesk.rules.medicines.injections import InjectionState
from mhdesk.rules.medicines.orders import running
from mhdesk.rules.reminders import Reminder
from mhdesk.services.medication import known
from mhdesk.services.medication.known import Basis
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection

#: Every kind, the heaviest first; its words: ``medication.waiting.<kind>``.
KINDS = (
    "injection_late",
    "ran_out",
    "stopped",
    "injection_due",
    "running_out",
    "injection_soon",
    "watch",
    "not_regular",
)
_BY_INJECTION = {
    InjectionState.LATE: "injection_late",
    InjectionState.DUE: "injection_due",
    InjectionState.OPEN: "injection_soon",
    InjectionState.SOON: "injection_soon",
}
_AT_ONCE = 1000  # people
_POOR = (Adherence.IRREGULAR, Adherence.NONE)


@dataclass(frozen=True)
class Waiting:
    """One reason to look at one person. `days` past the day `on` (negative: days left); `words` say why."""

    kind: str
    person: PersonRow
    on: date | None
    days: int
    drug_name: str
    words: str
    record_id: int | None = None  # the dispensing, injection, order or visit it rests on

    @property
    def label(self) -> str:
        """The masked name, for whatever leaves the window."""
        return identity.mask_name(self.person.name)


@dataclass(frozen=True)
class Candidate:
    """Somebody who meets criteria for long-acting treatment."""

    person: PersonRow
    reasons: Sequence[Reason]

    @property
    def label(self) -> str:
        """The masked name."""
        return identity.mask_name(self.person.name)


def waiting(
    ledger: Ledger, *, today: date, kinds: Collection[str] = KINDS, village: str | None = None
) -> list[Waiting]:
    """Everybody of these kinds, the heaviest kind first, in it the longest overdue."""
    with ledger.read() as connection:
        reader = _Reader(connection, today, kinds)
        found = [one for one in reader.read() if village is None or one.person.unit_name == village]
    return sorted(found, key=lambda one: (KINDS.index(one.kind), -one.days, one.person.id))


#: What makes somebody's visit pressing, and the reminder of the due list that says so.
PRESSING: Mapping[str, str] = {
    "injection_late": "injection",
    "injection_due": "injection",
    "ran_out": "medicine",
    "running_out": "medicine",
}


def everybody(connection: Connection, *, today: date, kinds: Collection[str]) -> list[Waiting]:
    """Everybody of these kinds, by person."""
    return _Reader(connection, today, kinds).read()


def pressing(connection: Connection, *, today: date, ids: Sequence[int] | None = None) -> dict[int, list[Reminder]]:
    """Injections due and medicine running out, by person, each kind once: for the due list."""
    return reminders_of(_Reader(connection, today, PRESSING, ids).read())


def reminders_of(told: Iterable[Waiting]) -> dict[int, list[Reminder]]:
    """What of a list by person makes a visit pressing, each kind once."""
    found: dict[int, list[Reminder]] = {}
    for one in sorted((one for one in told if one.kind in PRESSING), key=lambda one: KINDS.index(one.kind)):
        key, reminders = PRESSING[one.kind], found.setdefault(one.person.id, [])
        if key not in {reminder.key for reminder in reminders}:
            is_today = one.kind == "ran_out" and not one.days
            short = text(
                "medication.short.ran_out_today" if is_today else f"medication.short.{one.kind}", days=abs(one.days)
            )
            reminders.append(Reminder(key, {"words": one.words, "short": short}))
    return found


def long_acting_candidates(
    ledger: Ledger, *, today: date, village: str | None = None, task: Task = QUIET
) -> list[Candidate]:
    """Everybody who meets the criteria and has no long-acting drug yet, by village and name. No advice: a list."""
    found: list[Candidate] = []
    with ledger.read() as connection:
        basis = known.basis_of(connection)
        tomorrow = today + timedelta(days=1)
        window = DateRange(add_months(tomorrow, -basis.terms.days("candidate_months")), tomorrow)
        left = queries.left_register(connection, until=today)
        people = {one.id or 0: one for one in queries.candidates(connection) if one.id not in left}
        ids = list(people)
        for place in range(0, len(ids), _AT_ONCE):  # sheets of everybody at once would fill the memory
            task.step(place, len(ids), text("medication.candidates_judged"))
            some = ids[place : place + _AT_ONCE]
            risks = queries.risks(connection, since=window.start, ids=some)
            its = known.courses(connection, some, basis, today=today)
            persons = queries.persons(connection, some)
            for one in some:
                if village is not None and persons[one].unit_name != village:
                    continue
                if adherence.has_long_acting(its[one], basis.book, basis.terms, today):
                    continue
                reasons = _reasons(people[one], its[one], risks.get(one, []), window, basis, today)
                if reasons:
                    found.append(Candidate(persons[one], reasons))
    return sorted(found, key=lambda one: (one.person.unit_name or "", one.person.name, one.person.id))


def note_identified(ledger: Ledger, count: int) -> None:
    """Write into the audit log that a list was shown outside the window with full names."""
    with ledger.change("medication.names_identified") as change:
        change.touch("patient", count)


def _reasons(
    patient: Patient, its: Course, visits: Sequence[FollowUp], window: DateRange, basis: Basis, today: date
) -> list[Reason]:
    recorded = bool(its.orders or its.dispensings or its.injections)
    # gaps, late injections and stops, all that is asked of the periods, come from these records alone
    periods = adherence.periods(its, window, basis.book, basis.terms) if recorded else ()
    complete = [one for one in visits if one.is_complete]
    return candidates.reasons(patient, complete, periods, basis.terms, today=today)


class _Reader:
    """Reads the list in one snapshot."""

    def __init__(
        self, connection: Connection, today: date, kinds: Collection[str], ids: Collection[int] | None = None
    ) -> None:
        self.connection, self.today, self.kinds = connection, today, frozenset(kinds)
        self.ids = None if ids is None else frozenset(ids)
        self.basis = known.basis_of(connection)
        self.left = queries.left_register(connection, until=today)

    def read(self) -> list[Waiting]:
        since = self.today - timedelta(days=known.LOOK_BACK_DAYS)
        ids = [
            one
            for one in queries.people_with_records(self.connection, since=since)
            if one not in self.left and (self.ids is None or one in self.ids)
        ]
        its = known.courses(self.connection, ids, self.basis, today=self.today)
        last = queries.last_sheets(self.connection, until=self.today, ids=None if "not_regular" in self.kinds else ids)
        irregular = [one for one in last if one not in self.left and last[one].adherence in _POOR]
        persons = queries.persons(self.connection, {*ids, *irregular})
        results = queries.of_people(self.connection, LaboratoryResult, ids) if self._watches else {}
        found: list[Waiting] = []
        for one in ids:
            person, sheet = persons[one], last.get(one)
            is_inpatient = sheet is not None and sheet.hospitalization == Hospitalization.INPATIENT
            if not is_inpatient:
                found += self._injections(person, its[one])
                found += self._supplies(person, its[one])
                found += self._watched(person, its[one], results.get(one, []))
            found += self._stopped(person, its[one], sheet.visited_on if sheet else None)
        if "not_regular" in self.kinds:
            found += self._irregular(persons, its, last)
        return [one for one in found if one.kind in self.kinds]

    @property
    def _watches(self) -> bool:
        return "watch" in self.kinds and any(one.enabled for one in self.basis.terms.watches)

    def _injections(self, person: PersonRow, its: Course) -> Iterator[Waiting]:
        book, terms, today = self.basis.book, self.basis.terms, self.today
        for one in injections.upcoming(its.injections, its.orders, book, terms, today=today):
            kind = _BY_INJECTION.get(one.state(today, terms))
            if kind is None or one.due_on is None:
                continue
            last = one.last.injected_on.isoformat() if one.last else text("medication.never_given")
            words = text(
                f"medication.why.{kind}",
                drug=one.drug_name,
                due=one.due_on.isoformat(),
                earliest=str(one.earliest),
                latest=str(one.latest),
                last=last,
            )
            days, record_id = (today - one.due_on).days, one.last.id if one.last else None
            yield Waiting(kind, person, one.due_on, days, one.drug_name, words, record_id)

    def _supplies(self, person: PersonRow, its: Course) -> Iterator[Waiting]:
        """One line a person and drug: it runs out within `warn_days`, or has run out."""
        for one in supply.supplies(its.dispensings, its.orders, self.basis.book, today=self.today):
            left = one.remaining(self.today)
            if one.run_out is None or left is None or not one.is_wanted or left > self.basis.terms.days("warn_days"):
                continue
            kind = "ran_out" if left <= 0 else "running_out"
            words = text(
                f"medication.why.{kind}" if left else "medication.why.ran_out_today",
                drug=one.drug_name,
                day=one.run_out.isoformat(),
                days=abs(left),
                last=one.last.dispensed_on.isoformat(),
            )
            yield Waiting(kind, person, one.run_out, -left, one.drug_name, words, one.last.id)

    def _watched(self, person: PersonRow, its: Course, results: Sequence[LaboratoryResult]) -> Iterator[Waiting]:
        for one in watch.due(its.orders, results, self.basis.book, self.basis.terms, today=self.today):
            days = (self.today - one.due_on).days
            words = text(f"medication.watch.{one.watch.key}") if one.watch.key in _WATCHED else one.watch.source
            yield Waiting("watch", person, one.due_on, days, "", words)

    def _stopped(self, person: PersonRow, its: Course, visited_on: date | None) -> Iterator[Waiting]:
        """Stopped by the person's own doing or by want, nothing taken since, and no visit has asked about it yet."""
        stops = [
            one
            for one in its.orders
            if one.stopped_on is not None and one.stopped_on <= self.today and one.stop_reason in OWN_STOPS
        ]
        if not stops or any(running(its.orders, self.today)):
            return
        last = max(stops, key=lambda one: one.stopped_on or date.min)
        stopped = last.stopped_on or self.today
        if visited_on is not None and visited_on > stopped:
            return
        reason = text(f"medication.stop_reason.{last.stop_reason}")
        words = text("medication.why.stopped", drug=last.drug_name, day=stopped.isoformat(), reason=reason)
        yield Waiting("stopped", person, stopped, (self.today - stopped).days, last.drug_name, words, last.id)

    def _irregular(
        self, persons: Mapping[int, PersonRow], its: Mapping[int, Course], last: Mapping[int, queries.LastSheet]
    ) -> Iterator[Waiting]:
        """The last visit says 间断 or 不用药, or medicine handed out here has not been enough since."""
        for one, person in persons.items():
            sheet = last.get(one)
            if sheet is not None and sheet.hospitalization == Hospitalization.INPATIENT:
                continue
            if sheet is not None and sheet.adherence in _POOR:
                words = text(f"medication.evidence.visit_{sheet.adherence}", day=sheet.visited_on.isoformat())
                days = (self.today - sheet.visited_on).days
                yield Waiting("not_regular", person, sheet.visited_on, days, "", words, sheet.id)
            elif one in its:
                now = adherence.state_on(its[one], self.today, self.basis.book, self.basis.terms)
                if now.state in (State.IRREGULAR, State.NONE) and now.evidence:
                    said = now.evidence[0]
                    days = (self.today - said.on).days
                    yield Waiting("not_regular", person, said.on, days, "", said.words)


_WATCHED = frozenset({"clozapine_blood", "lithium_level"})  # those with words of ours
