"""One person, one report: from facts to a `Status`, the small tuple that every indicator reads.

Statuses repeat: a hundred thousand people have a few thousand, so that each indicator is asked once per status and
not once per person (`mhdesk.rules.indicators.tally`).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from mhdesk.domain.dates import DateRange, add_months
from mhdesk.domain.follow_up import VisitClass, VisitForm
from mhdesk.domain.patient import MovementKind
from mhdesk.rules import medication, standard
from mhdesk.rules.facts import PatientFacts, Visit
from mhdesk.rules.ruleset import RuleSet
from mhdesk.rules.schedule import SOON_DAYS, Calendar, DueState, due_state

SCHIZOPHRENIA = "1"  # code of 精神分裂症 in the code list "diagnosis"
RECENT_MONTHS = 3  # "last visit within the last 3 months" (病情稳定率, Sichuan)
_FACE_FORMS = (VisitForm.CLINIC.value, VisitForm.HOME.value)


@dataclass(frozen=True, slots=True)
class Frame:
    """The days of a report, as ordinals: the period, the year to date, the window of the rule set; ends exclusive."""

    start: int
    end: int  # the cut-off: the first day that is no longer seen
    year_start: int
    window_start: int
    recent_start: int  # first day of "the last 3 months"
    since: int  # the earlier of period and year: a week may begin in the old year

    @classmethod
    def of(cls, period: DateRange, rules: RuleSet) -> Frame:
        """The frame of a period that is already cut off at its end."""
        last = period.last
        year_start = date(last.year, 1, 1)
        window = year_start if rules.terms.window == "year" else add_months(period.end, -12)
        recent = add_months(period.end, -RECENT_MONTHS)
        days = (period.start, period.end, year_start, window, recent, min(period.start, year_start))
        return cls(*(day.toordinal() for day in days))

    @property
    def last_day(self) -> int:
        """The last day seen, on which everybody is judged."""
        return self.end - 1


#: Effective events as (kind, "period" or "year"); one that lies in both stands twice.
Events = frozenset[tuple[str, str]]


class Register(NamedTuple):
    """What the register (在册) says of a person: at both ends, and what happened in between."""

    opening: bool = False  # on the register before the period's first day
    closing: bool = False  # on the register at the cut-off
    arrived_day: int = 0  # of the present or last stay; 0: before the ledger began
    returned: bool = False  # came back by 迁入 after having left: only visits since then are judged
    left_day: int = 0  # 0: still here
    died: bool = False  # left by death
    here_this_year: bool = False
    events: Events = frozenset()


class Deeds(NamedTuple):
    """What the visits of period and year brought, also for somebody who has left since."""

    done: bool = False  # a complete visit within the period
    done_face: bool = False  # … at the clinic or at home
    done_year: bool = False
    done_face_year: bool = False
    incident: bool = False  # a dangerous act (危险行为 1-6) reported within the period
    incident_year: bool = False
    acts_year: frozenset[str] = frozenset()  # codes of 危险行为 reported this year, and TROUBLE_TOLD, NUISANCE_TOLD


class Course(NamedTuple):
    """Everything indicators ask about a person's stay, visits and treatment."""

    opening: bool
    registered: bool
    in_base: bool  # in the rule set's 在册 variant, the denominator of rates
    events: Events
    deeds: Deeds
    managed: bool = False
    home: bool = False
    judged: bool = False  # in the denominator of 规范管理率 apart from the choice R or M
    standard: bool = False
    prescribed: bool = False  # not left out for 医嘱勿需用药
    medicated: bool = False
    regular: bool = False
    stable: bool = False  # numerator of 病情稳定率
    face_to_face: bool = False
    schizophrenia: bool = False
    visit_class: str | None = None
    risk: str | None = None
    adherence: str | None = None
    lost: bool = False
    in_hospital: bool = False
    due: DueState = DueState.ENDED
    due_in_period: bool = False
    checked: bool = False  # 体检 within the window
    recorded: frozenset[str] = frozenset()  # kinds of other records within the window
    free_medicine: bool = False
    rehabilitation: bool = False  # 登记康复对象


class Person(NamedTuple):
    """What the file says of somebody, whatever the visits bring."""

    registered: bool
    consent: str | None = None
    guardianship: str | None = None
    colour: str | None = None
    free_medicine: str | None = None
    reward_agreement: str | None = None
    long_acting: bool = False


class Status(NamedTuple):
    """One person in one report. Two parts, because each repeats far more often than both together."""

    course: Course
    person: Person


_NO_DEEDS = Deeds()
_NOTHING: frozenset[str] = frozenset()
_YES = "2"
_ROUND_TRIP = (MovementKind.MOVED_OUT.value, MovementKind.MOVED_IN.value)
CHECKUP = "checkup"  # kind of record: 健康体检
INCIDENT = "incident"  # kind of record: danger that an emergency or a joint visit tells of
TROUBLE_TOLD, NUISANCE_TOLD = "trouble", "nuisance"  # kinds of record: 肇事或肇祸, 轻度滋事 that a joint visit tells of
_STAYS = Register(opening=True, closing=True, here_this_year=True)


def register_of(facts: PatientFacts, frame: Frame) -> Register | None:
    """The register's story of one person; None when the person came after the cut-off.

    Only movements that change something count: a second 迁入 of somebody who is here is a fault in the data, not an
    arrival; and who goes and comes back more than once is counted once (`_net`). That is why 期初+新增+迁入−死亡−迁出
    always equals 期末.
    """
    came = facts.registered_day
    if came >= frame.end:
        return None
    if came < frame.since and not facts.movements:
        return Register(True, True, came, False, 0, False, True) if came else _STAYS  # noqa: FBT003 - in the hot path
    events = []
    if came >= frame.since:
        events.append((came, "moved_in" if facts.registered_as == "moved_in" else "new"))
    here, dead, arrived, left = True, False, came, 0
    opening, year_here, returned = came < frame.start, came < frame.year_start, False
    for day, kind in facts.movements:
        arrives = kind == MovementKind.MOVED_IN
        if dead or arrives == here or day < came:
            continue
        here, dead = arrives, kind == MovementKind.DIED
        arrived, left = (day, 0) if arrives else (arrived, day)
        returned |= arrives
        if day >= frame.since:
            events.append((day, kind))
        if day < frame.year_start:
            year_here = here
        if day < frame.start:
            opening = here
    return Register(
        opening=opening,
        closing=here,
        arrived_day=arrived,
        returned=returned,
        left_day=left,
        died=dead,
        here_this_year=year_here or here or any(day >= frame.year_start for day, _ in events),
        events=frozenset(
            (kind, span)
            for span, first in (("period", frame.start), ("year", frame.year_start))
            for kind in _net([str(kind) for day, kind in events if day >= first])
        ),
    )


def _net(kinds: list[str]) -> list[str]:
    """Each kind once: a round trip (迁出, then 迁入) is left out while one of its kinds stands there twice."""
    while len(set(kinds)) < len(kinds):
        place = next(at for at, pair in enumerate(itertools.pairwise(kinds)) if pair == _ROUND_TRIP)
        kinds = kinds[:place] + kinds[place + 2 :]
    return kinds


class Judge:
    """Judges people by one rule set in one frame. Make one per report: it remembers what repeats."""

    def __init__(self, rules: RuleSet, frame: Frame) -> None:
        self.rules, self.frame, self.terms = rules, frame, rules.terms
        self.calendar = Calendar(rules.terms)
        terms = rules.terms
        self._counts_complete = terms.phone_counts and terms.inpatient_rows_count and not terms.lost_rows_count
        self._standard = standard.ALGORITHMS[rules.standard](rules.terms)
        self._regular = medication.ALGORITHMS[rules.regular](rules.terms)

    def status(self, facts: PatientFacts) -> Status | None:
        """The person's status; None when not yet known at the cut-off."""
        register = register_of(facts, self.frame)
        if register is None:
            return None
        in_base = register.closing if self.terms.register == "R1" else self._in_base(register)
        window = self.window(facts)
        deeds = self._deeds(facts, window)
        if in_base or register.closing:
            course = self._present(facts, register, window, deeds, in_base=in_base)
        else:
            course = Course(register.opening, registered=False, in_base=False, events=register.events, deeds=deeds)
        person = Person(
            register.closing,
            facts.consent,
            facts.guardianship,
            facts.colour,
            facts.free_medicine,
            facts.reward_agreement,
            facts.long_acting,
        )
        return Status(course, person)

    # The parts, also used to explain

    def window(self, facts: PatientFacts) -> Sequence[Visit]:
        """Complete visits of the window, in order."""
        visits, start = facts.visits, self.frame.window_start
        if visits and visits[0].day < start:
            return [visit for visit in visits if visit.complete and visit.day >= start]
        return [visit for visit in visits if visit.complete]

    def standard_gap(self, facts: PatientFacts, register: Register, window: Sequence[Visit]) -> standard.Gap | None:
        """What breaks 规范管理, None when nothing does. `window` is `self.window(facts)`."""
        frame, terms = self.frame, self.terms
        inside, before, again = window, None, False
        if terms.head == "last_visit" or not self._counts_complete or register.returned:
            inside, before, again = self._counted(facts, register)
        end = frame.end - 1
        if register.left_day and terms.leavers == "to_leaving_date":
            end = register.left_day
            inside = [visit for visit in inside if visit.day <= end]
        begin = register.arrived_day
        return self._standard(
            standard.Case(
                inside,
                begin if begin > frame.window_start else frame.window_start,  # noqa: FURB136 - max() takes five times as long
                end,
                before,
                again,
                terms.new_patients == "compliant" and self.is_new(register),
                bool(facts.records) and any(begin <= day <= end for day in self.record_days(facts, CHECKUP)),
            )
        )

    def _counted(self, facts: PatientFacts, register: Register) -> tuple[Sequence[Visit], Visit | None, bool]:
        """Counted visits of the window, the last one before it, and whether that one repeated 基本稳定."""
        visits = standard.counted(facts.visits, self.terms)
        if register.returned:
            visits = [visit for visit in visits if visit.day >= register.arrived_day]
        inside = [visit for visit in visits if visit.day >= self.frame.window_start]
        outside = visits[: len(visits) - len(inside)]
        if not outside:
            return inside, None, False
        again = len(outside) > 1 and outside[-1].visit_class == outside[-2].visit_class == VisitClass.BASIC
        return inside, outside[-1], again

    def is_new(self, register: Register) -> bool:
        """Whether the person arrived fewer than `new_patient_days` before the cut-off."""
        return self.frame.last_day - register.arrived_day < self.terms.new_patient_days

    def medication_visits(self, window: Sequence[Visit]) -> Sequence[Visit]:
        """The visits that decide 规律服药."""
        if self.terms.medication_window == "latest":
            return window[-1:]
        if self.terms.medication_window == "three_months":
            return [visit for visit in window if visit.day >= self.frame.recent_start]
        return window

    def regular_fault(self, window: Sequence[Visit]) -> Visit | None:
        """The first visit that breaks 规律服药."""
        return self._regular(self.medication_visits(window))

    def due_day(self, facts: PatientFacts, register: Register) -> int:
        """When the next visit is due, as seen at the cut-off; 0 when nothing says when."""
        return self._next_due(facts, facts.visits, facts.last, register)

    def due_state(
        self, facts: PatientFacts, register: Register, due_day: int, *, soon_days: int = SOON_DAYS
    ) -> DueState:
        """Where the person stands at the cut-off: the one definition for due list, reports and tests."""
        last = facts.last
        return due_state(
            registered=register.closing,
            due_day=due_day,
            today=self.frame.end - 1,
            lost=facts.lost_day > 0 and facts.is_sought,  # asked in full only where there is something to ask about
            inpatient=last is not None and last.inpatient and facts.in_hospital,
            attempt_day=facts.attempts[-1] if facts.attempts else 0,
            retry_days=self.terms.retry_days,
            soon_days=soon_days,
            until_day=0 if facts.snooze is None else facts.until_day,
        )

    def due_from_start(self, facts: PatientFacts, register: Register) -> int:
        """When the next visit was due as seen from the period's first day; 0 when nothing said when."""
        start, last = self.frame.start, facts.last
        if facts.stops:
            facts = facts._replace(stops=tuple(stop for stop in facts.stops if stop.day < start))
        if last is None or last.day < start:
            return self._next_due(facts, facts.visits, last, register)
        earlier = [visit for visit in facts.visits if visit.day < start]
        seen = next((visit for visit in reversed(earlier) if visit.complete), None)
        return self._next_due(facts, earlier, seen, register)

    def _next_due(self, facts: PatientFacts, visits: Sequence[Visit], last: Visit | None, register: Register) -> int:
        discharge_day, stops = facts.discharge_day, facts.stops
        if register.returned:  # whoever came back is a newcomer: what was asked before the absence is over
            arrived = register.arrived_day
            last = None if last is not None and last.day < arrived else last
            discharge_day = discharge_day if discharge_day >= arrived else 0
            stops = tuple(stop for stop in stops if stop.day >= arrived)
        return self.calendar.next_due(
            visits,
            last,
            register.arrived_day,
            moved_in=register.returned or facts.registered_as == MovementKind.MOVED_IN,
            discharge_day=discharge_day,
            stops=stops,
        )

    # Inner parts

    def _in_base(self, register: Register) -> bool:
        if register.closing or self.terms.register == "R1":
            return register.closing
        if self.terms.register == "R2":
            return register.died and register.left_day >= self.frame.year_start
        return register.here_this_year

    def _deeds(self, facts: PatientFacts, window: Sequence[Visit]) -> Deeds:
        start, year, since, visits = self.frame.start, self.frame.year_start, self.frame.since, facts.visits
        done = window
        if since != self.frame.window_start:
            done = [visit for visit in visits if visit.complete and visit.day >= since]
        face_day = act_day = 0
        for visit in reversed(done):
            if visit.form in _FACE_FORMS:
                face_day = visit.day
                break
        for visit in reversed(visits):
            if visit.acts:
                act_day = visit.day
                break
        if facts.records:  # what was dangerous and stands on no sheet
            act_day = max(act_day, *facts.records.get(INCIDENT, ()), 0)
        if not done and act_day < since:
            return _NO_DEEDS
        last_day = done[-1].day if done else 0
        acts = self._acts(facts, year) if act_day >= year else _NOTHING
        return Deeds(
            last_day >= start,
            face_day >= start,
            last_day >= year,
            face_day >= year,
            act_day >= start,
            act_day >= year,
            acts,
        )

    @staticmethod
    def _acts(facts: PatientFacts, year: int) -> frozenset[str]:
        """Codes of 危险行为 on sheets, and kinds of them in other records."""
        on_sheets = {act.code for visit in facts.visits if visit.acts and visit.day >= year for act in visit.acts}
        told = {kind for kind in (TROUBLE_TOLD, NUISANCE_TOLD) if max(facts.records.get(kind, (0,))) >= year}
        return frozenset(on_sheets | told)

    def _is_stable(self, window: Sequence[Visit], facts: PatientFacts) -> bool:
        kind = self.terms.stability
        if kind == "last_registered":
            return facts.last is not None and facts.last.visit_class == VisitClass.STABLE
        if not window:
            return False
        if kind == "last_managed":
            return window[-1].visit_class == VisitClass.STABLE
        if kind == "whole_year":
            return all(visit.visit_class == VisitClass.STABLE for visit in window)
        last = window[-1]
        return last.day >= self.frame.recent_start and last.visit_class == VisitClass.STABLE

    def _present(
        self, facts: PatientFacts, register: Register, window: Sequence[Visit], deeds: Deeds, *, in_base: bool
    ) -> Course:
        terms, last, closing = self.terms, facts.last, register.closing
        due_day = self.due_day(facts, register)
        due = self.due_state(facts, register, due_day)
        managed = in_base and bool(window)
        home = standard_met = medicated = regular = face = False
        prescribed = True
        if managed:
            final = window[-1]
            home = not final.inpatient
            standard_met = self.standard_gap(facts, register, window) is None
            prescribed = not medication.is_excluded(final, terms)
            medicated = medication.takes_medicine(final, terms)
            medicine = self.medication_visits(window)
            regular = bool(medicine) and self._regular(medicine) is None
            for visit in window:
                if visit.saw_patient:
                    face = True
                    break
        return Course(
            register.opening,
            closing,
            in_base,
            register.events,
            deeds,
            managed,
            home,
            in_base and not (terms.new_patients == "exclude" and self.is_new(register)),
            standard_met,
            prescribed,
            medicated,
            regular,
            self._is_stable(window, facts),
            face,
            facts.diagnosis == SCHIZOPHRENIA,
            last.visit_class if last else None,
            last.risk if last else None,
            last.adherence if last else None,
            facts.lost,
            facts.in_hospital and not facts.lost,
            due,
            closing and self._due_in_period(facts, register, due_day),
            in_base and self.checkup_day(facts, window) > 0,
            self._recorded(facts) if facts.records else _NOTHING,
            facts.free_medicine == _YES,
            facts.community_rehabilitation == _YES,
        )

    def checkup_day(self, facts: PatientFacts, window: Sequence[Visit]) -> int:
        """The last 体检 of the window by the rule set's proof, 0: none."""
        proof, found = self.terms.checkup_proof, 0
        if proof != "record":
            for visit in reversed(window):
                if visit.laboratory:
                    found = visit.day
                    break
        if proof != "laboratory" and facts.records:
            found = max(found, *self.record_days(facts, CHECKUP), 0)
        return found

    def record_days(self, facts: PatientFacts, kind: str) -> Sequence[int]:
        """Days of the window on which a record of a kind lies."""
        first, end = self.frame.window_start, self.frame.end
        return [day for day in facts.records.get(kind, ()) if first <= day < end]

    def _recorded(self, facts: PatientFacts) -> frozenset[str]:
        return frozenset(kind for kind in facts.records if self.record_days(facts, kind))

    def _due_in_period(self, facts: PatientFacts, register: Register, due_day: int) -> bool:
        """本期应随访: seen from the period's first day, the next visit was due before the period's end."""
        if facts.last is not None and facts.last.day >= self.frame.start:
            due_day = self.due_from_start(facts, register)
        return due_day < self.frame.end

    def due_of_period(self, facts: PatientFacts, register: Register) -> int:
        """The due day that decides 本期应随访: as seen from the first day where the person was visited since."""
        if facts.last is not None and facts.last.day >= self.frame.start:
            return self.due_from_start(facts, register)
        return self.due_day(facts, register)
