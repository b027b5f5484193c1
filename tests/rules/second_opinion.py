"""A slow, obvious second implementation of the indicators, on records and dates; shares nothing with `mhdesk.rules`.

It answers for one person at a time, straight from the sentences of the sources.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, timedelta

from mhdesk.domain.dates import add_months
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.round import Snooze
from mhdesk.domain.transfer import DischargeNote, Transfer
from mhdesk.rules.facts import NO_RECORDS, MovementFact, PatientFacts, make_visit

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Life:
    """Everything recorded about one person."""

    patient: Patient
    visits: tuple[FollowUp, ...] = ()
    movements: tuple[Movement, ...] = ()
    attempts: tuple[ContactAttempt, ...] = ()
    snoozes: tuple[Snooze, ...] = ()
    notes: tuple[DischargeNote, ...] = ()
    transfers: tuple[Transfer, ...] = ()


def facts_of(life: Life, end: date) -> PatientFacts:
    """The facts before `end`, made without the database."""
    sheets = [one for one in life.visits if one.voided_at is None and one.visit_date and one.visit_date < end]
    sheets.sort(key=lambda one: one.visit_date or end)
    visits = [
        make_visit(
            one.visit_date or end,
            form=one.visit_form,
            targets=one.visit_targets,
            edition=one.form_edition,
            lost=one.lost_reason is not None,
            risk=one.risk_level,
            visit_class=one.visit_class,
            adherence=one.adherence,
            hospitalization=one.hospitalization,
            laboratory=one.laboratory,
            next_visit=one.next_visit_date,
            acts=one.dangerous_acts,
        )
        for one in sheets
    ]
    complete = [place for place, one in enumerate(visits) if one.complete]
    last = complete[-1] if complete else None
    moves = sorted(
        (one for one in life.movements if one.happened_on < end), key=lambda one: (one.happened_on, one.id or 0)
    )
    tries = [one.attempted_on.toordinal() for one in life.attempts if one.attempted_on < end]
    put_off = sorted(
        (one.snoozed_on, place, one.until) for place, one in enumerate(life.snoozes) if one.snoozed_on < end
    )
    received = [one.received_on.toordinal() for one in life.notes if one.received_on < end]
    referred = sorted(
        one.happened_on.toordinal() for one in life.transfers if one.kind == "referral_up" and one.happened_on < end
    )
    patient = life.patient
    return PatientFacts(
        id=patient.id or 0,
        unit_id=patient.unit_id,
        visits=visits,
        last=visits[last] if last is not None else None,
        lost_day=visits[-1].day if visits and visits[-1].lost else 0,
        long_acting=last is not None
        and any(drug.long_acting == "2" and drug.purpose == "current" for drug in sheets[last].drugs),
        registered_day=patient.registered_on.toordinal() if patient.registered_on else 0,
        registered_as=patient.registered_as,
        movements=tuple(MovementFact(one.happened_on.toordinal(), one.kind) for one in moves),
        attempts=tuple(sorted(tries)),
        snooze=(put_off[-1][0].toordinal(), put_off[-1][2].toordinal()) if put_off else None,
        discharge_day=max(received, default=0),
        records={"referral": tuple(referred)} if referred else NO_RECORDS,
        diagnosis=patient.diagnosis,
        consent=patient.consent,
        guardianship=patient.guardianship,
        colour=patient.colour,
        free_medicine=patient.free_medicine,
        reward_agreement=patient.reward_agreement,
    )


def five_working_days_after(day: date) -> date:
    """Five days that are neither Saturday nor Sunday later."""
    left = 5
    while left:
        day += DAY
        left -= day.weekday() < 5
    return day


class Opinion:
    """What one person is, at the end of the day `last`, for a period from `start`."""

    def __init__(self, life: Life, start: date, last: date) -> None:
        self.life, self.start, self.last = life, start, last
        self.year = date(last.year, 1, 1)
        self.sheets = sorted(
            (v for v in life.visits if v.voided_at is None and v.visit_date and v.visit_date <= last),
            key=lambda v: v.visit_date or last,
        )
        self.complete = [v for v in self.sheets if v.is_complete]
        self.window = [v for v in self.complete if v.visit_date and v.visit_date >= self.year]

    # register

    def here_on(self, day: date) -> bool:
        """On the register at the end of a day."""
        patient = self.life.patient
        if patient.registered_on is not None and patient.registered_on > day:
            return False
        here, dead = True, False
        for move in sorted(self.life.movements, key=lambda m: (m.happened_on, m.id or 0)):
            if move.happened_on > day or (patient.registered_on and move.happened_on < patient.registered_on) or dead:
                continue
            if (move.kind == "moved_in") == here:
                continue  # what changes nothing counts for nothing, as in `events`
            here, dead = move.kind == "moved_in", move.kind == "died"
        return here

    def events(self, since: date) -> list[str]:
        """What changed the register between two days, in order."""
        patient, found = self.life.patient, []
        came = patient.registered_on
        if came is not None and since <= came <= self.last:
            found.append("moved_in" if patient.registered_as == "moved_in" else "new")
        here, dead = True, False
        for move in sorted(self.life.movements, key=lambda m: (m.happened_on, m.id or 0)):
            if dead or move.happened_on > self.last or (came and move.happened_on < came):
                continue
            comes = move.kind == "moved_in"
            if comes == here:
                continue
            here, dead = comes, move.kind == "died"
            if move.happened_on >= since:
                found.append(move.kind)
        while len(set(found)) < len(found):  # there and back again is told once
            place = ",".join(found).split("moved_out,moved_in", 1)[0].count(",")
            del found[place : place + 2]
        return found

    @property
    def known(self) -> bool:
        """Registered before the cut-off at all."""
        came = self.life.patient.registered_on
        return came is None or came <= self.last

    @property
    def registered(self) -> bool:
        return self.known and self.here_on(self.last)

    @property
    def arrival(self) -> date | None:
        """First day of the present stay."""
        came = self.life.patient.registered_on
        here = True
        for move in sorted(self.life.movements, key=lambda m: (m.happened_on, m.id or 0)):
            if move.happened_on > self.last or (
                self.life.patient.registered_on and move.happened_on < self.life.patient.registered_on
            ):
                continue
            if move.kind == "moved_in" and not here:
                came, here = move.happened_on, True
            elif move.kind != "moved_in":
                here = False
        return came

    @property
    def returned(self) -> bool:
        return self.arrival != self.life.patient.registered_on

    # judgements for people who are here

    @property
    def managed(self) -> bool:
        return self.registered and bool(self.window)

    def standard_by_months(self) -> bool:
        """SC2017: no two neighbours more than 3 months apart, counting year start (or arrival) and cut-off as ends."""
        chain = self.chain()
        return bool(chain) and all(
            (b.year - a.year) * 12 + b.month - a.month <= 3 for a, b in itertools.pairwise(chain)
        )

    def standard_by_days(self) -> bool:
        """NAT2016: the same with 92 days instead of 3 months."""
        chain = self.chain()
        return bool(chain) and all((b - a).days <= 92 for a, b in itertools.pairwise(chain))

    def chain(self) -> list[date]:
        """Year start or arrival, the visits of the present stay, the cut-off; nothing without a visit."""
        visits = self.window
        if self.returned:
            visits = [v for v in visits if v.visit_date and self.arrival and v.visit_date >= self.arrival]
        if not self.managed or not visits:
            return []
        days = [v.visit_date for v in visits if v.visit_date]
        arrival = self.arrival
        begin = max(self.year, arrival) if arrival else self.year
        return [begin, *days, self.last]

    def acts(self) -> set[str]:
        """Codes of dangerous acts reported this year."""
        sheets = [v for v in self.sheets if v.visit_date and v.visit_date >= self.year]
        return {act.code for v in sheets for act in v.dangerous_acts if act.count > 0}

    def referred(self) -> bool:
        """Referred up this year."""
        return any(t.kind == "referral_up" and self.year <= t.happened_on <= self.last for t in self.life.transfers)

    def in_treatment(self) -> bool:
        """Takes medicine by the last visit of the window, or is in hospital; code 4 of the last visit is neither."""
        if not self.medicated():
            return False
        return self.final is None or self.final.adherence != "4"

    def standard_by_count(self) -> bool:
        """YEAR4: a visit for every full quarter, at most 4, and a laboratory examination."""
        if not self.window:
            return False
        arrival = self.arrival
        begin = max(self.year, arrival) if arrival else self.year
        visits = [v for v in self.window if not self.returned or (arrival and v.visit_date and v.visit_date >= arrival)]
        quarters = sum(1 for months in (3, 6, 9, 12) if add_months(begin, months) <= self.last + DAY)
        return len(visits) >= max(1, quarters) and any(v.laboratory == "2" for v in visits)

    def medicated(self) -> bool:
        return self.managed and (self.window[-1].hospitalization == "1" or self.window[-1].adherence in ("1", "2", "4"))

    def regular(self) -> bool:
        return self.managed and all(v.adherence in ("1", "4") or v.hospitalization == "1" for v in self.window)

    def regular_at_last(self) -> bool:
        return self.managed and (self.window[-1].adherence in ("1", "4") or self.window[-1].hospitalization == "1")

    def stable_recently(self) -> bool:
        if not self.home():
            return False
        final = self.window[-1]
        return (
            bool(final.visit_date and final.visit_date >= add_months(self.last + DAY, -3)) and final.visit_class == "3"
        )

    def home(self) -> bool:
        return self.managed and self.window[-1].hospitalization != "1"

    def faced(self) -> bool:
        return self.registered and any(
            v.visit_form in ("1", "2")
            and ("1" in v.visit_targets or (not v.visit_targets and v.form_edition != "2018"))
            for v in self.window
        )

    @property
    def final(self) -> FollowUp | None:
        return self.complete[-1] if self.complete else None

    @property
    def lost(self) -> bool:
        return self.registered and bool(self.sheets) and self.sheets[-1].lost_reason is not None

    # schedule

    def due_after(self, complete: list[FollowUp]) -> date | None:
        """The day the next visit is due after these complete visits."""
        arrival, final = self.arrival, complete[-1] if complete else None
        if final is not None and self.returned and arrival and (final.visit_date or arrival) < arrival:
            final = None
        due = self.due_by_class(complete) if final is not None else arrival + 14 * DAY if arrival else None
        received = [one.received_on for one in self.life.notes if one.received_on <= self.last]
        if received and (final is None or (final.visit_date and final.visit_date < max(received))):
            asked = five_working_days_after(max(received))
            return min(due, asked) if due else asked
        return due

    @staticmethod
    def due_by_class(complete: list[FollowUp]) -> date | None:
        """The day the class of the last visit means, or the doctor's own earlier day."""
        final = complete[-1]
        day = final.visit_date
        assert day is not None
        due = None
        if final.visit_class == "1":
            due = day + 14 * DAY
        elif final.visit_class == "2":
            again = len(complete) > 1 and complete[-2].visit_class == "2"
            due = add_months(day, 1) if again else day + 14 * DAY
        elif final.visit_class == "3":
            due = add_months(day, 3)
        own = final.next_visit_date
        if own and own > day:
            due = min(due, own) if due else own
        return due

    def due_from_start(self) -> date:
        """The day a visit was due as seen from the first day of the period; long ago when nobody wrote when."""
        before = [v for v in self.complete if v.visit_date and v.visit_date < self.start]
        return self.due_after(before) or date.min

    @property
    def waiting_note(self) -> date | None:
        """When the last note was received that no complete visit has answered."""
        received = [one.received_on for one in self.life.notes if one.received_on <= self.last]
        newest = max(received, default=None)
        answered = newest and self.final and self.final.visit_date and self.final.visit_date >= newest
        return None if answered else newest

    @property
    def looked_for(self) -> bool:
        """Lost, and no note since."""
        found = (
            self.waiting_note is not None
            and bool(self.sheets)
            and self.waiting_note > (self.sheets[-1].visit_date or self.last)
        )
        return self.lost and not found

    @property
    def put_off(self) -> bool:
        """The last snooze made still runs, and no complete visit came since it was made."""
        made = [one for one in self.life.snoozes if one.snoozed_on <= self.last]
        if not made:
            return False
        newest = max(enumerate(made), key=lambda pair: (pair[1].snoozed_on, pair[0]))[1]
        visited = self.final is not None and self.final.visit_date and self.final.visit_date >= newest.snoozed_on
        return not visited and self.last < newest.until

    def overdue(self) -> bool:
        due = self.due_after(self.complete)
        if not self.registered or self.looked_for or self.put_off or due is None or due >= self.last:
            return False
        tries = [a.attempted_on for a in self.life.attempts if a.attempted_on <= self.last]
        return not (tries and max(tries) >= due - 7 * DAY and (self.last - max(tries)).days <= 14)

    def done(self, since: date, *, face: bool = False) -> bool:
        return any(
            v.visit_date and v.visit_date >= since and (not face or v.visit_form in ("1", "2")) for v in self.complete
        )

    def incident(self, since: date) -> bool:
        return any(
            v.visit_date and v.visit_date >= since and any(a.code != "7" and a.count > 0 for a in v.dangerous_acts)
            for v in self.sheets
        )
