"""Two years of invented follow-ups (随访), each consistent with the national classification rules (病情分类).

A person has a condition (stable, basic, unstable) that changes over time by the `course`; the sheet's items, its class
and the next due date follow from the condition, and the day of the next visit from the due date and the course.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from mhdesk.domain.dates import PartialDate, add_months
from mhdesk.domain.follow_up import Adherence, FollowUp, Hospitalization, VisitClass, VisitForm
from mhdesk.domain.patient import Guardianship, MovementKind
from mhdesk.domain.record import CodeCount
from mhdesk.services.demo.drugs import drug_lines, prescription
from mhdesk.services.demo.names import chance
from mhdesk.services.demo.people import HISTORY_DAYS, Attempt, Person
from mhdesk.services.demo.places import place_data

_TWO_WEEKS = timedelta(days=14)
_SATURDAY = 5
_RETIRED_YEARS = 60
_GOOD, _FAIR, _POOR, _NOT_APPLICABLE = "1", "2", "3", "9"
_STABLE, _BASIC, _UNSTABLE = VisitClass.STABLE, VisitClass.BASIC, VisitClass.UNSTABLE
#: How often each course is in the basic condition, and how likely it leaves it by the next visit.
_BASIC_CHANCE = {"basic": 0.35, "erratic": 0.3, "episode": 0.08, "in_hospital": 0.1, "was_in_hospital": 0.1}
_RECOVERY_CHANCE = {"basic": 0.25, "erratic": 0.4}


class _Story:
    """One person's course in the making."""

    def __init__(self, dice: random.Random, person: Person, today: date) -> None:
        self.dice = dice
        self.person = person
        self.today = today
        self.course = person.course
        self.leaving = person.movements[-1] if person.movements else None
        self.visits: list[FollowUp] = []
        self.attempts: list[Attempt] = []
        is_needed = person.course in ("erratic", "in_hospital")
        self.prescription = prescription(dice, person.diagnosis_name, is_needed=is_needed)
        self.condition: VisitClass = _STABLE
        self.basic_steps = 0
        window = today - timedelta(days=HISTORY_DAYS)
        registered_on = person.patient.registered_on or window
        started = registered_on >= window
        self.start = registered_on + timedelta(days=dice.randrange(0, 8)) if started else window + _days(dice, 0, 85)
        self.stop = self._last_possible_day()
        span = max(1, (self.stop - self.start).days)
        self.turning_day = self.start + timedelta(days=dice.randrange(span))  # when the episode or admission comes

    def _last_possible_day(self) -> date:
        if self.leaving is not None:
            return self.leaving.happened_on - timedelta(days=1)
        before_today = {"overdue": (100, 190), "lost": (70, 150), "in_hospital": (20, 70)}.get(self.course)
        return self.today - _days(self.dice, *before_today) if before_today else self.today

    def tell(self) -> None:
        """Visit after visit until the story stops, then how it ends."""
        day = max(self.start, _working_day(self.start))
        while day <= self.stop:
            self.turn(day)
            visit = self.sheet(day)
            self.visits.append(visit)
            day = self.next_day(visit)
        ending = _ENDINGS.get(self.course)
        if ending is not None:
            ending(self)

    def turn(self, day: date) -> None:
        """The condition on `day`."""
        if self.course == "episode" and self.condition is _STABLE and self.has_turned(day):
            self.condition, self.turning_day = _UNSTABLE, date.max
        elif self.condition is _UNSTABLE:
            self.condition = _BASIC if chance(self.dice, 0.7) else _UNSTABLE
        elif self.condition is _BASIC and chance(self.dice, _RECOVERY_CHANCE.get(self.course, 0.75)):
            self.condition = _STABLE
        elif self.condition is _STABLE and chance(self.dice, _BASIC_CHANCE.get(self.course, 0.03)):
            self.condition = _BASIC
        self.basic_steps = self.basic_steps + 1 if self.condition is _BASIC else 0

    def has_turned(self, day: date) -> bool:
        """Whether the turning point of the story lies behind."""
        return day >= self.turning_day

    def due(self, day: date) -> date:
        """When the next visit falls due (two weeks, two weeks then one month, three months)."""
        if self.condition is _STABLE:
            return add_months(day, 3)
        return add_months(day, 1) if self.basic_steps > 1 else day + _TWO_WEEKS

    def next_day(self, visit: FollowUp) -> date:
        """The day the doctor really comes again: mostly a little early, for some courses too late."""
        assert visit.visit_date is not None and visit.next_visit_date is not None  # noqa: S101, PT018 - set by sheet()
        due = visit.next_visit_date
        early = min(9, (due - visit.visit_date).days // 3)
        day = due - _days(self.dice, 0, early + 1)
        if self.course == "irregular" and chance(self.dice, 0.5):
            day = due + _days(self.dice, 15, 80)
        elif self.course == "refused":
            day = due + _days(self.dice, 60, 120)
        elif self.course != "regular" and chance(self.dice, 0.06):
            day = due + _days(self.dice, 1, 9)
        return max(_working_day(day), visit.visit_date + timedelta(days=1))

    def sheet(self, day: date) -> FollowUp:
        """The complete sheet of one visit."""
        adherence = self.adherence()
        lines = drug_lines(self.prescription, taking=adherence != Adherence.NONE)
        items: dict[str, Any] = {
            "visit_date": day,
            **self.mode(),
            **_findings(self.dice, self.condition, years=self.years(day)),
            **self.hospital(day),
            **self.laboratory(),
            **self.effect(adherence),
            "restraint": "1",
            "adherence": adherence.value,
            "referral_advised": "2" if self.condition is _UNSTABLE else "1",
            "drugs": () if adherence is Adherence.NOT_NEEDED else lines,
            "rehabilitation": tuple(sorted(self.dice.sample(["1", "2", "3", "4"], self.dice.randrange(1, 3)))),
            "visit_class": self.condition.value,
            "next_visit_date": self.due(day),
            "doctor_name": self.person.patient.doctor_name,
        }
        if self.condition is _UNSTABLE:
            items |= {"referral_reason": "病情不稳定", "referral_done": self.dice.choice(("1", "2"))}
            if items["referral_done"] == "2":
                items["referral_to"] = self.dice.choice(place_data()["hospitals"]) + "精神科"
        return FollowUp(**items)

    def years(self, day: date) -> int:
        """Age on `day`."""
        birth = self.person.patient.birth_date
        return day.year - birth.year if birth else _RETIRED_YEARS

    def adherence(self) -> Adherence:
        """Regular, but for the erratic."""
        if self.course == "erratic":
            return self.dice.choices((Adherence.REGULAR, Adherence.IRREGULAR, Adherence.NONE), (35, 50, 15))[0]
        if not self.prescription:
            return Adherence.NOT_NEEDED
        return Adherence.IRREGULAR if chance(self.dice, 0.01) else Adherence.REGULAR

    def mode(self) -> dict[str, Any]:
        """How and with whom."""
        form = self.dice.choices((VisitForm.CLINIC, VisitForm.HOME, VisitForm.PHONE), (34, 57, 9))[0]
        if self.course in ("phone", "refused"):
            form = VisitForm.PHONE
        if form is VisitForm.PHONE:
            return {"visit_form": form.value, "visit_targets": ("2",)}
        return {"visit_form": form.value, "visit_targets": self.dice.choice((("1",), ("1", "2")))}

    def hospital(self, day: date) -> dict[str, Any]:
        """Hospital stay since the last visit."""
        if self.course == "was_in_hospital" and self.has_turned(day) and self.visits:
            last = self.visits[-1]
            if last.hospitalization == Hospitalization.INPATIENT:
                self.turning_day = date.max
                assert last.visit_date is not None  # noqa: S101 - set by sheet()
                left = last.visit_date + (day - last.visit_date) // 2
                return {
                    "hospitalization": Hospitalization.DISCHARGED.value,
                    "last_discharge_date": PartialDate.of(left),
                }
            return {"hospitalization": Hospitalization.INPATIENT.value}
        return {"hospitalization": Hospitalization.NEVER.value}

    def laboratory(self) -> dict[str, str]:
        """Laboratory tests."""
        if chance(self.dice, 0.2):
            return {"laboratory": "2", "laboratory_detail": self.dice.choice(("血常规、肝功能", "血常规", "心电图"))}
        return {"laboratory": "1"}

    def effect(self, adherence: Adherence) -> dict[str, str]:
        """Adverse reactions and effect of treatment."""
        if adherence in (Adherence.NONE, Adherence.NOT_NEEDED):
            return {"adverse_reaction": "9", "treatment_effect": "9"}
        effect = {_STABLE: "2", _BASIC: "3", _UNSTABLE: "4"}[self.condition]
        if self.condition is not _UNSTABLE and chance(self.dice, 0.05):
            mild = self.dice.choice(("嗜睡", "体重增加", "手抖"))
            return {"adverse_reaction": "2", "adverse_reaction_detail": mild, "treatment_effect": effect}
        return {"adverse_reaction": "1", "treatment_effect": effect}


def with_visits(dice: random.Random, person: Person, today: date) -> Person:
    """The same person with two years of follow-ups up to `today`, and failed attempts where somebody is lost."""
    story = _Story(dice, person, today)
    story.tell()
    patient = dataclasses.replace(person.patient, colour=_colour(dice, story))
    return dataclasses.replace(person, patient=patient, visits=tuple(story.visits), attempts=tuple(story.attempts))


def _colour(dice: random.Random, story: _Story) -> str | None:
    """分色定级 by the last condition and the guardian; the newest people have not been graded yet."""
    if story.course == "new" or not story.visits or chance(dice, 0.03):
        return None
    if story.condition is _UNSTABLE:
        return "red"
    is_guarded = story.person.patient.guardianship == Guardianship.NORMAL
    if story.condition is _BASIC or story.course == "erratic":
        return "yellow" if is_guarded else "orange"
    return "green" if is_guarded else "yellow"


def _days(dice: random.Random, least: int, below: int) -> timedelta:
    return timedelta(days=dice.randrange(least, below))


def _working_day(day: date) -> date:
    """The Friday before, where `day` is at a weekend."""
    return day - timedelta(days=max(0, day.weekday() - _SATURDAY + 1))


def _findings(dice: random.Random, condition: VisitClass, *, years: int) -> dict[str, Any]:
    """Risk, symptoms, insight and functions that give `condition` by the rules of 病情分类."""
    work = _NOT_APPLICABLE if years > _RETIRED_YEARS else dice.choice((_GOOD, _FAIR, _FAIR))
    items: dict[str, Any] = {
        "risk_level": "0",
        "symptoms": ("12",),
        "symptoms_other": "无",
        "insight": "1",
        "sleep": dice.choice((_GOOD, _GOOD, _FAIR)),
        "diet": dice.choice((_GOOD, _GOOD, _FAIR)),
        "self_care": dice.choice((_GOOD, _GOOD, _FAIR)),
        "housework": dice.choice((_GOOD, _FAIR)),
        "work": work,
        "learning": dice.choice((_GOOD, _FAIR)),
        "social_contact": dice.choice((_GOOD, _FAIR, _FAIR)),
        "dangerous_acts": (CodeCount("7", 0),),
        "obvious_symptoms": "2" if condition is _UNSTABLE else "1",
        "severe_adverse_reaction": "1",
        "severe_physical_disease": "1",
    }
    if condition is _BASIC:
        mild = tuple(sorted(dice.sample(["1", "2", "3", "4", "8", "10", "11"], dice.randrange(1, 3)), key=int))
        items |= {
            "risk_level": dice.choices(("0", "1", "2"), (55, 33, 12))[0],
            "symptoms": mild,
            "symptoms_other": None,
            "insight": dice.choice(("1", "2", "2")),
            "sleep": dice.choice((_FAIR, _POOR)),
            "social_contact": _POOR,
        }
    elif condition is _UNSTABLE:
        risk = dice.choices(("3", "4", "5"), (75, 20, 5))[0]
        act = {"3": "1", "4": dice.choice("25"), "5": "2"}[risk]
        items |= {
            "risk_level": risk,
            "symptoms": tuple(sorted(dice.sample(["1", "3", "4", "5", "6", "7"], 3), key=int)),
            "symptoms_other": None,
            "insight": dice.choice(("2", "3")),
            "sleep": _POOR,
            "housework": _POOR,
            "social_contact": _POOR,
            "dangerous_acts": (CodeCount(act, dice.randrange(1, 3)),),
        }
    return items


def _end_lost(story: _Story) -> None:
    """失访: three tries over more than a month, then the sheet that says so, and another one two weeks later."""
    last = story.visits[-1].visit_date if story.visits else None
    if last is None:
        return
    tries = [
        min(last + timedelta(days=90), story.today - timedelta(days=50)) + timedelta(days=17) * n for n in range(3)
    ]
    result = {"1": "家中无人，邻居称外出打工", "2": "邻居称全家已搬走", "4": "家中无人，电话关机"}
    reason = story.dice.choice(("1", "2", "4"))
    story.attempts += [
        Attempt(day, VisitForm.PHONE if n == 1 else VisitForm.HOME, result[reason]) for n, day in enumerate(tries)
    ]
    day = tries[-1]
    story.visits.append(
        FollowUp(
            visit_date=day,
            visit_form=VisitForm.HOME.value,
            visit_targets=("3",),
            lost_reason=reason,
            next_visit_date=day + _TWO_WEEKS,
            doctor_name=story.person.patient.doctor_name,
        )
    )


def _end_in_hospital(story: _Story) -> None:
    """Admitted since the last visit; the family says so on the telephone."""
    day = _working_day(story.today - _days(story.dice, 1, 15))
    if story.visits and day <= (story.visits[-1].visit_date or day):
        return
    story.condition, story.basic_steps = _UNSTABLE, 0
    sheet = story.sheet(day)
    story.visits.append(
        dataclasses.replace(
            sheet,
            visit_form=VisitForm.PHONE.value,
            visit_targets=("2",),
            hospitalization=Hospitalization.INPATIENT.value,
            adherence=Adherence.REGULAR.value,
            risk_level="3",
            dangerous_acts=(CodeCount("1", 1),),
            referral_done="2",
            referral_to=story.dice.choice(place_data()["hospitals"]) + "精神科",
            drugs=drug_lines(story.prescription, taking=True),
        )
    )


def _end_died(story: _Story) -> None:
    """死亡: the last sheet bears date and reason only."""
    if story.leaving is None or story.leaving.kind != MovementKind.DIED:
        return
    reason = story.dice.choices(("1", "2", "4", "5", "6"), (72, 8, 12, 3, 5))[0]
    story.visits.append(
        FollowUp(
            visit_date=story.leaving.happened_on,
            visit_form=VisitForm.HOME.value,
            visit_targets=("2",),
            death_date=story.leaving.happened_on,
            death_reason=reason,
            death_disease=story.dice.choices(("2", "3", "4", "5", "7"), (25, 30, 25, 12, 8))[0]
            if reason == "1"
            else None,
            doctor_name=story.person.patient.doctor_name,
        )
    )


_ENDINGS: dict[str, Callable[[_Story], None]] = {
    "lost": _end_lost,
    "in_hospital": _end_in_hospital,
    "died": _end_died,
}
