"""A slow, obvious second implementation of the numbers, on records and dates; shares nothing with `mhdesk.rules`.

It answers for one person at a time, straight from the sentences of the sources: 四川2017 (I1) for 在册, 在管, 居家,
服药 and 稳定, 国家规范第三版 for the intervals of the classes, the circulars S0, S1, S3 for denominators. Of a rule set
it knows nothing but what its parameters say; of the program nothing but the records people type.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, timedelta

from mhdesk.domain import drugs
from mhdesk.domain.dates import add_months
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.joint import Emergency
from mhdesk.domain.medication import MedicationOrder
from mhdesk.rules.facts import NO_RECORDS, MovementFact, PatientFacts, StopFact, make_visit
from mhdesk.rules.ruleset import RuleSet, load
from tests.rules.life import Life

__all__ = ["DAY", "NUISANCE", "TROUBLE", "Life", "Opinion", "facts_of"]

DAY = timedelta(days=1)
#: Days until a visit after 停药, by reason (``resources/medication.toml``: 拒药 … 断供); the others ask for none.
VISIT_AFTER_STOP = {"1": 14, "2": 14, "3": 14, "4": 14, "5": 14, "6": 7}
INJECTION_WINDOW = 7  # may be so late, unless the record says otherwise
TROUBLE, NUISANCE = ("2", "3"), ("1",)  # 肇事 肇祸; 轻度滋事: the same digits on both forms


def facts_of(life: Life, end: date) -> PatientFacts:
    """The facts before `end`, made without the database."""
    last_day = end - DAY
    opinion = Opinion(life, last_day, last_day)
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
    records = {kind: sorted(day.toordinal() for day in days) for kind, days in opinion.record_days().items() if days}
    patient = life.patient
    return PatientFacts(
        id=patient.id or 0,
        unit_id=patient.unit_id,
        visits=visits,
        last=visits[last] if last is not None else None,
        lost_day=visits[-1].day if visits and visits[-1].lost else 0,
        long_acting=opinion.long_acting(),
        registered_day=patient.registered_on.toordinal() if patient.registered_on else 0,
        registered_as=patient.registered_as,
        movements=tuple(MovementFact(one.happened_on.toordinal(), one.kind) for one in moves),
        attempts=tuple(sorted(tries)),
        snooze=(put_off[-1][0].toordinal(), put_off[-1][2].toordinal()) if put_off else None,
        discharge_day=max(received, default=0),
        stops=tuple(StopFact(on.toordinal(), by.toordinal(), reason) for on, by, reason in sorted(opinion.stops())),
        records=records or NO_RECORDS,
        diagnosis=patient.diagnosis,
        consent=patient.consent,
        guardianship=patient.guardianship,
        colour=opinion.colour,
        free_medicine="2" if opinion.free_medicine() else patient.free_medicine,
        reward_agreement=patient.reward_agreement,
        community_rehabilitation=patient.community_rehabilitation,
    )


def working_days_after(day: date, count: int) -> date:
    """So many days that are neither Saturday nor Sunday later."""
    while count:
        day += DAY
        count -= day.weekday() < 5
    return day


def months_between(first: date, second: date) -> int:
    """月份间隔: the months subtracted, whatever the days."""
    return (second.year - first.year) * 12 + second.month - first.month


class Opinion:
    """What one person is at the end of the day `last`, for a period from `start`, by a rule set (None: the default)."""

    def __init__(self, life: Life, start: date, last: date, rules: RuleSet | None = None) -> None:
        self.life, self.start, self.last = life, start, last
        self.rules = rules or load(None)
        self.terms = self.rules.terms
        self.year = date(last.year, 1, 1)
        self.since = self.year if self.terms.window == "year" else add_months(last + DAY, -12)
        self.sheets = sorted(
            (v for v in life.visits if v.voided_at is None and v.visit_date and v.visit_date <= last),
            key=lambda v: v.visit_date or last,
        )
        self.complete = [v for v in self.sheets if v.is_complete]
        self.window = [v for v in self.complete if v.visit_date and v.visit_date >= self.since]

    # ------------------------------------------------------------ 在册: who is on the register, who came and went

    def moves(self) -> list[tuple[date, str]]:
        """Movements that changed something, in order: nobody leaves twice, nobody comes back from death."""
        came, here, dead, found = self.life.patient.registered_on, True, False, []
        for move in sorted(self.life.movements, key=lambda m: (m.happened_on, m.id or 0)):
            comes = move.kind == "moved_in"
            if move.happened_on > self.last or (came and move.happened_on < came) or dead or comes == here:
                continue
            here, dead = comes, move.kind == "died"
            found.append((move.happened_on, move.kind))
        return found

    @property
    def known(self) -> bool:
        """Registered before the cut-off at all."""
        came = self.life.patient.registered_on
        return came is None or came <= self.last

    def here_on(self, day: date) -> bool:
        """On the register at the end of a day."""
        came = self.life.patient.registered_on
        if came is not None and came > day:
            return False
        kinds = [kind for on, kind in self.moves() if on <= day]
        return not kinds or kinds[-1] == "moved_in"

    @property
    def registered(self) -> bool:
        """累计建档 − 累计死亡 − 迁出, at the cut-off."""
        return self.known and self.here_on(self.last)

    def events(self, since: date) -> list[str]:
        """What changed the register between two days, in order; there and back again is told once."""
        patient, found = self.life.patient, []
        came = patient.registered_on
        if came is not None and since <= came <= self.last:
            found.append("moved_in" if patient.registered_as == "moved_in" else "new")
        found += [kind for on, kind in self.moves() if on >= since]
        while len(set(found)) < len(found):
            place = ",".join(found).split("moved_out,moved_in", 1)[0].count(",")
            del found[place : place + 2]
        return found

    @property
    def arrival(self) -> date | None:
        """First day of the last stay; None: before the ledger began."""
        back = [on for on, kind in self.moves() if kind == "moved_in"]
        return back[-1] if back else self.life.patient.registered_on

    @property
    def returned(self) -> bool:
        """Came back after having left."""
        return any(kind == "moved_in" for _, kind in self.moves())

    @property
    def left(self) -> tuple[date, str] | None:
        """When and how the person left, if gone at the cut-off."""
        moves = self.moves()
        return moves[-1] if moves and moves[-1][1] != "moved_in" else None

    @property
    def in_base(self) -> bool:
        """The rule set's 在册: R1 at the cut-off; R2 and who died this year; R3 everybody of the year."""
        if not self.known:
            return False
        if self.registered or self.terms.register == "R1":
            return self.registered
        if self.terms.register == "R2":
            return self.left is not None and self.left[1] == "died" and self.left[0] >= self.year
        return self.here_on(self.year - DAY) or bool(
            [on for on, _ in self.moves() if on >= self.year]
            or (self.life.patient.registered_on and self.life.patient.registered_on >= self.year)
        )

    @property
    def is_new(self) -> bool:
        """Arrived fewer than so many days before the cut-off."""
        return self.arrival is not None and (self.last - self.arrival).days < self.terms.new_patient_days

    # ------------------------------------------------------------ 在管, 居家

    @property
    def managed(self) -> bool:
        """At least one complete follow-up in the window."""
        return self.in_base and bool(self.window)

    def home(self) -> bool:
        """在管, and by the last follow-up of the window not in hospital."""
        return self.managed and self.window[-1].hospitalization != "1"

    def chosen(self, denominator: str) -> bool:
        """在册 or 在管, as the rule set says."""
        return self.managed if denominator == "M" else self.in_base

    # ------------------------------------------------------------ 规范管理

    def counts(self, sheet: FollowUp) -> bool:
        """Whether a sheet counts as a follow-up for 规范管理."""
        if sheet.lost_reason is not None:
            return self.terms.lost_rows_count
        if not sheet.is_complete:
            return False
        if sheet.hospitalization == "1" and not self.terms.inpatient_rows_count:
            return False
        return sheet.visit_form != "3" or self.terms.phone_counts

    def judged_to(self) -> date:
        """The last day that is judged: the cut-off, or the day of leaving."""
        gone = self.left
        return gone[0] if gone is not None and self.terms.leavers == "to_leaving_date" else self.last

    def stay(self) -> list[FollowUp]:
        """Sheets that count, of the present stay (all, if the person never went away), until the last judged day."""
        arrival = self.arrival
        return [
            v
            for v in self.sheets
            if self.counts(v)
            and v.visit_date
            and v.visit_date <= self.judged_to()
            and not (self.returned and arrival and v.visit_date < arrival)
        ]

    def standard(self) -> bool:
        """规范管理, by the algorithm the rule set names."""
        inside = [v for v in self.stay() if v.visit_date and v.visit_date >= self.since]
        if not self.managed or not inside:
            return False
        if self.terms.new_patients == "compliant" and self.is_new:
            return True
        if self.rules.standard == "GM-COUNT":
            return self.enough_visits(inside)
        return self.by_interval(inside) if self.rules.standard == "GM-GAP" else self.by_class(inside)

    def begin(self) -> date:
        """年初, or 建档 and 迁入 if that is later."""
        return max(self.since, self.arrival) if self.arrival else self.since

    def before(self) -> list[FollowUp]:
        """Sheets that count from before the window, where the rule set begins with the last of them."""
        return [v for v in self.stay() if v.visit_date and v.visit_date < self.since]

    def by_interval(self, inside: list[FollowUp]) -> bool:
        """Any two neighbours no further apart than the interval; so do the ends, where the rule set asks for them."""
        chain = [v.visit_date for v in inside if v.visit_date]
        if self.terms.head == "last_visit" and self.before():
            chain.insert(0, self.before()[-1].visit_date or self.since)
        elif self.terms.head != "none":
            chain.insert(0, self.begin())
        if self.terms.tail == "cut_off":
            chain.append(self.judged_to())
        return all(self.near(first, second) for first, second in itertools.pairwise(chain))

    def near(self, first: date, second: date) -> bool:
        """Within so many months or days of each other; grace days later is forgiven."""
        second -= self.terms.grace_days * DAY
        if self.terms.mode == "month":
            return months_between(first, second) <= self.terms.interval
        return (second - first).days <= self.terms.interval

    def by_class(self, inside: list[FollowUp]) -> bool:
        """Every visit not later than the class before it asks for, and grace."""
        grace = self.terms.grace_days * DAY
        sheets = [*self.before(), *inside]
        old = len(self.before())
        for place, sheet in enumerate(inside, old):
            day = sheet.visit_date or self.last
            if place > old:
                asked: date | None = self.asked_after(sheets[:place])
            elif self.terms.head == "none":
                asked = None
            elif self.terms.head == "last_visit" and old:
                asked = max(self.asked_after(sheets[:place]), self.begin())
            else:
                asked = add_months(self.begin(), self.terms.stable_months)
            if asked is not None and day > asked + grace:
                return False
        return self.terms.tail == "none" or self.judged_to() <= self.asked_after(sheets) + grace

    def asked_after(self, sheets: Sequence[FollowUp]) -> date:
        """不稳定 2周; 基本稳定 2周, 仍基本稳定 1个月; 稳定 3个月; without a class the longest."""
        final = sheets[-1]
        day = final.visit_date or self.last
        return self.class_day(final, len(sheets) > 1 and sheets[-2].visit_class == "2") or add_months(
            day, self.terms.stable_months
        )

    def class_day(self, sheet: FollowUp, after_basic: bool) -> date | None:
        day = sheet.visit_date or self.last
        if sheet.visit_class == "1":
            return day + self.terms.unstable_days * DAY
        if sheet.visit_class == "2":
            return add_months(day, self.terms.bs_second_months) if after_basic else day + self.terms.bs_first_days * DAY
        return add_months(day, self.terms.stable_months) if sheet.visit_class == "3" else None

    def enough_visits(self, inside: list[FollowUp]) -> bool:
        """So many visits a year (for every full quarter one, where the rule set says so), and the examination."""
        wanted, end = self.terms.min_per_year, self.judged_to()
        if self.terms.prorate:
            full = sum(1 for months in range(3, 13, 3) if add_months(self.begin(), months) <= end + DAY)
            wanted = min(wanted, max(1, full))
        if len(inside) < wanted:
            return False
        by_sheet = any(v.laboratory == "2" for v in inside)
        by_record = any(self.begin() <= one.checked_on <= end for one in self.life.checkups)
        return {
            "none": True,
            "laboratory": by_sheet,
            "record": by_record,
            "either": by_sheet or by_record,
        }[self.terms.checkup]

    def judged(self) -> bool:
        """In the question of 规范管理 at all."""
        return self.in_base and not (self.terms.new_patients == "exclude" and self.is_new)

    # ------------------------------------------------------------ 服药

    def prescribed(self) -> bool:
        """Not left out for 医嘱勿需用药 by the last follow-up."""
        if self.terms.code_4 != "excluded" or not self.managed:
            return self.in_base
        return self.window[-1].hospitalization == "1" or self.window[-1].adherence != "4"

    def medicated(self) -> bool:
        """最后一次随访 规律 or 间断, or 住院."""
        if not self.managed:
            return False
        final = self.window[-1]
        good = ("1", "2", "4") if self.terms.code_4 == "counted" else ("1", "2")
        return final.hospitalization == "1" or final.adherence in good

    def regular(self) -> bool:
        """Every follow-up that is asked about says 规律; 4 and 住院 as the rule set says."""
        if not self.managed:
            return False
        asked = self.window
        if self.terms.medication_window == "latest" or self.rules.regular == "RM-LAST":
            asked = asked[-1:]
        if self.terms.medication_window == "three_months":
            asked = [v for v in asked if v.visit_date and v.visit_date >= add_months(self.last + DAY, -3)]
        good = ("1",) if self.terms.code_4 == "not_counted" else ("1", "4")
        return bool(asked) and all(
            v.adherence in good or (v.hospitalization == "1" and self.terms.hospitalised_counted) for v in asked
        )

    def in_treatment(self) -> bool:
        """规律, 间断 or 住院 by the last follow-up."""
        return self.medicated() and not (self.final is not None and self.final.adherence == "4")

    def has_prescription(self) -> bool:
        return bool(self.registered and self.final and self.final.adherence in ("1", "2", "3"))

    def last_says(self, code: str) -> bool:
        return bool(self.registered and self.final and self.final.adherence == code and not self.in_hospital)

    def free_medicine(self) -> bool:
        """The file says so, or free medicine was handed out or injected this year."""
        days = [one.dispensed_on for one in self.life.dispensings if one.is_free == "2"]
        days += [one.injected_on for one in self.life.injections if one.is_free == "2"]
        return self.life.patient.free_medicine == "2" or any(self.year <= day <= self.last for day in days)

    def long_acting(self) -> bool:
        """By the last sheet, by an order that runs, or injected and the next injection not yet too late."""
        if self.final and any(one.long_acting == "2" and one.purpose == "current" for one in self.final.drugs):
            return True
        book = drugs.in_force()

        def runs(order: MedicationOrder, day: date) -> bool:
            return order.started_on <= day and (order.stopped_on is None or day < order.stopped_on)

        for order in self.life.orders:
            known = book.find(order.drug_name)
            if runs(order, self.last) and known is not None and known.long_acting:
                return True
        for one in self.life.injections:
            if one.injected_on > self.last:
                continue
            known = book.find(one.drug_name)
            ordered = [o.interval_days for o in self.life.orders if o.drug_name == one.drug_name and o.interval_days]
            assert not ordered, "not drawn: an interval only an order knows"
            days = one.interval_days
            if days is None and known is not None and known.long_acting and known.interval_weeks:
                days = round(known.interval_weeks * 7)
            due = one.next_due_on or (one.injected_on + days * DAY if days else None)
            window = INJECTION_WINDOW if one.window_days is None else one.window_days
            if due is not None and self.last <= due + window * DAY:
                return True
        return False

    # ------------------------------------------------------------ 病情

    @property
    def final(self) -> FollowUp | None:
        """The last complete follow-up, however old."""
        return self.complete[-1] if self.complete else None

    def stability_among(self) -> bool:
        return {"last_registered": self.in_base, "last_managed": self.managed}.get(self.terms.stability, self.home())

    def stable(self) -> bool:
        if self.terms.stability == "last_registered":
            return self.in_base and self.final is not None and self.final.visit_class == "3"
        if self.terms.stability == "last_managed":
            return self.managed and self.window[-1].visit_class == "3"
        if not self.home():
            return False
        if self.terms.stability == "whole_year":
            return all(v.visit_class == "3" for v in self.window)
        final = self.window[-1]
        recent = bool(final.visit_date and final.visit_date >= add_months(self.last + DAY, -3))
        return recent and final.visit_class == "3"

    @property
    def lost(self) -> bool:
        """失访: the last sheet of all says so."""
        return self.registered and bool(self.sheets) and self.sheets[-1].lost_reason is not None

    @property
    def in_hospital(self) -> bool:
        """目前正在住院 by the last complete follow-up, and nothing since says otherwise: no 失访, no 出院信息单."""
        if not self.registered or self.lost or self.waiting_note is not None:
            return False
        return self.final is not None and self.final.hospitalization == "1"

    @property
    def colour(self) -> str | None:
        """That of the last assessment, else the one in the register."""
        made = [one for one in self.life.assessments if one.assessed_on <= self.last]
        return max(made, key=lambda one: one.assessed_on).colour if made else self.life.patient.colour

    # ------------------------------------------------------------ 面访, 体检, other records

    def faced(self) -> bool:
        """门诊 or 家庭访视, and 随访对象 holds 患者本人 (editions before 2018 have no such item)."""
        return self.in_base and any(
            v.visit_form in ("1", "2")
            and ("1" in v.visit_targets or (not v.visit_targets and v.form_edition != "2018"))
            for v in self.window
        )

    def checked(self) -> bool:
        by_sheet = any(v.laboratory == "2" for v in self.window)
        by_record = any(self.since <= one.checked_on <= self.last for one in self.life.checkups)
        proof = {"laboratory": by_sheet, "record": by_record, "either": by_sheet or by_record}
        return self.in_base and proof[self.terms.checkup_proof]

    def record_days(self) -> dict[str, list[date]]:
        """Days of other records until the cut-off, by kind."""
        life = self.life
        sent = [s for s in life.sheets if s.direction == "1" and s.sent_on]
        found = {
            "referral": [t.happened_on for t in life.transfers if t.kind == "referral_up"],
            "joint_visit": [one.visited_on for one in life.joint_visits],
            "exchange": [s.sent_on for s in sent if s.sent_on],
            **{f"exchange_{side}": [s.sent_on for s in sent if s.sent_on and s.other_side == side] for side in "12345"},
            "emergency": [self.moment(one) for one in life.emergencies],
            "incident": [
                *(self.moment(one) for one in life.emergencies if {"1", "2"} & set(one.causes)),
                *(one.visited_on for one in life.joint_visits if {*TROUBLE, *NUISANCE} & set(one.incidents)),
            ],
            "trouble": [one.visited_on for one in life.joint_visits if set(TROUBLE) & set(one.incidents)],
            "nuisance": [one.visited_on for one in life.joint_visits if set(NUISANCE) & set(one.incidents)],
            "checkup": [one.checked_on for one in life.checkups],
            "rehabilitation": [one.served_on for one in life.rehabilitations],
        }
        return {kind: [day for day in days if day <= self.last] for kind, days in found.items()}

    @staticmethod
    def moment(emergency: Emergency) -> date:
        return date.fromisoformat(emergency.happened_at[:10])

    def times(self, kind: str, since: date) -> int:
        """How many records of a kind there are since a day, of somebody who is known."""
        return sum(day >= since for day in self.record_days()[kind]) if self.known else 0

    def done(self, since: date, *, face: bool = False) -> bool:
        return self.known and any(
            v.visit_date and v.visit_date >= since and (not face or v.visit_form in ("1", "2")) for v in self.complete
        )

    def acted(self, since: date, codes: Sequence[str] = ("1", "2", "3", "4", "5", "6"), *kinds: str) -> bool:
        """A dangerous act of these codes on any sheet since a day, or a record of these kinds."""
        on_sheet = any(
            v.visit_date and v.visit_date >= since and any(a.code in codes and a.count > 0 for a in v.dangerous_acts)
            for v in self.sheets
        )
        return self.known and (on_sheet or any(self.times(kind, since) for kind in kinds))

    # ------------------------------------------------------------ when the next visit is due

    def stops(self) -> list[tuple[date, date, str]]:
        """Each 停药 that asks for a visit: when, until when, why."""
        return [
            (one.stopped_on, one.stopped_on + VISIT_AFTER_STOP[one.stop_reason] * DAY, one.stop_reason)
            for one in self.life.orders
            if one.stopped_on is not None and one.stopped_on <= self.last and one.stop_reason in VISIT_AFTER_STOP
        ]

    def due_after(self, complete: list[FollowUp], *, known_before: date | None = None) -> date | None:
        """The day the next visit is due after these complete visits; stops from before `known_before`."""
        arrival, final = self.arrival, complete[-1] if complete else None
        here = arrival if self.returned and arrival else date.min  # what was asked before an absence is over
        if final is not None and (final.visit_date or here) < here:
            final = None
        asked = []
        if final is not None:
            asked.append(self.due_by_class(complete))
        elif arrival:
            moved_in = self.returned or self.life.patient.registered_as == "moved_in"
            days = self.terms.moved_in_visit_days if moved_in else self.terms.first_visit_days
            asked.append(arrival + days * DAY)
        seen = final.visit_date if final is not None and final.visit_date else date.min
        received = max((one.received_on for one in self.life.notes if one.received_on <= self.last), default=None)
        if received is not None and seen < received and received >= here:
            asked.append(working_days_after(received, self.terms.discharge_visit_workdays))
        asked += [
            by for on, by, _ in self.stops() if on >= max(seen, here) and (known_before is None or on < known_before)
        ]
        return min((day for day in asked if day is not None), default=None)

    def due_by_class(self, complete: list[FollowUp]) -> date | None:
        """The day the class of the last visit means, or the doctor's own earlier day."""
        final = complete[-1]
        due = self.class_day(final, len(complete) > 1 and complete[-2].visit_class == "2")
        own = final.next_visit_date
        if own and final.visit_date and own > final.visit_date:
            due = min(due, own) if due else own
        return due

    def is_due(self) -> bool:
        """本期应随访: as seen from the first day of the period, due before its end."""
        before = [v for v in self.complete if v.visit_date and v.visit_date < self.start]
        due = self.due_after(before, known_before=self.start)
        return self.registered and not self.lost and (due is None or due <= self.last)

    @property
    def waiting_note(self) -> date | None:
        """When the last note was received that no complete visit has answered."""
        newest = max((one.received_on for one in self.life.notes if one.received_on <= self.last), default=None)
        answered = newest and self.final and self.final.visit_date and self.final.visit_date >= newest
        return None if answered else newest

    @property
    def looked_for(self) -> bool:
        """Lost, and no note since."""
        lost_on = self.sheets[-1].visit_date if self.sheets else None
        return self.lost and not (self.waiting_note and lost_on and self.waiting_note > lost_on)

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
        """The due day is over, nobody looks for the person, and nobody tried in vain lately."""
        due = self.due_after(self.complete)
        if not self.registered or self.looked_for or self.put_off or due is None or due >= self.last:
            return False
        tries = [a.attempted_on for a in self.life.attempts if a.attempted_on <= self.last]
        return not (tries and max(tries) >= due - 7 * DAY and (self.last - max(tries)).days <= self.terms.retry_days)
