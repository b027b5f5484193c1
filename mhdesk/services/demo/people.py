"""Invented people on the register: the person block, the supplement form and how they came and went.

Everything follows from the dice handed in and from `today`; nothing reads the clock.
"""

from __future__ import annotations

import functools
import random
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import resources
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Consent, Guardianship, MovementKind, Patient
from mhdesk.domain.record import CodeCount
from mhdesk.services.demo.names import Name, Numbers, chance, full_name, pick, surname
from mhdesk.services.demo.places import Institution, Village, place_data, share_out

HISTORY_DAYS = 730  # two years of follow-ups
_MALE, _FEMALE = "1", "2"
_HAN, _OTHER_PEOPLE = "01", "99"
_SCHOOL_LEAVING, _MIDDLE_AGE, _RETIREMENT, _OLD_AGE = 18, 45, 60, 65
_YOUNGEST = timedelta(days=int(14.5 * 365.25))  # at registration
_FORGOTTEN_BEFORE = 2005  # of older dates a family knows only the year


class Leaving(NamedTuple):
    """A movement (迁入, 迁出, 死亡) of an invented person."""

    kind: str
    happened_on: date
    reason: str | None = None
    other_unit: str | None = None


class Attempt(NamedTuple):
    """A try to reach somebody that failed."""

    attempted_on: date
    mode: str
    result: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """An invented person with everything the workbooks say about them. `course` names the story being told."""

    patient: Patient
    course: str
    diagnosis_name: str
    village: str
    institution: str
    movements: tuple[Leaving, ...] = ()
    visits: tuple[FollowUp, ...] = ()
    attempts: tuple[Attempt, ...] = ()


@functools.cache
def course_data() -> dict[str, Any]:
    """The table ``resources/demo/courses.toml``."""
    return tomllib.loads(resources.path("demo/courses.toml").read_text(encoding="utf-8"))


def courses_for(dice: random.Random, registered: int) -> list[str]:
    """One course a person: exactly `registered` who stay, and those who left on top of them, shuffled."""
    data = course_data()
    counts = share_out(registered, [weight for _, weight in data["courses"]])
    courses = [name for (name, _), count in zip(data["courses"], counts, strict=True) for _ in range(count)]
    courses += ["died"] * max(1, round(registered * data["died_share"]))
    courses += ["moved_out"] * max(1, round(registered * data["moved_out_share"]))
    dice.shuffle(courses)
    return courses


def make_person(
    dice: random.Random,
    numbers: Numbers,
    *,
    place: Institution,
    course: str,
    serial: int,
    today: date,
    lately: bool = False,
) -> Person:
    """One person of `place` (no visits yet). `serial` is the running number of the record number (编号).

    `lately`: came, left or died this week.
    """
    sex = dice.choice((_MALE, _FEMALE))
    village = dice.choices(place.villages, [village.population for village in place.villages])[0]
    age = course_data()["age"]
    years = min(max(dice.gauss(age["mean"], age["deviation"]), age["least"]), age["most"])
    birth = today - timedelta(days=int(years * 365.25) + dice.randrange(365))
    name = full_name(dice, sex, birth.year)
    diagnosis_name, _, icd10, diagnosis = pick(dice, course_data()["diagnoses"])
    registered_on, movements = _movements(dice, course, today, lately=lately)
    birth = min(birth, registered_on - _YOUNGEST)
    onset, first_treatment, diagnosed = _illness_dates(dice, birth, registered_on)
    address = _address(dice, place, village)
    patient = Patient(
        record_number=f"{place.villages.index(village) + 1:03d}-{serial:05d}",
        name=name.text,
        id_number=numbers.id_number(birth, sex),
        sex=sex,
        birth_date=PartialDate.of(birth),
        ethnicity=_HAN if name.ethnicity is None else _OTHER_PEOPLE,
        ethnicity_name=name.ethnicity,
        registered_on=registered_on,
        registered_as="moved_in" if course == "moved_in" else "new",
        form_date=registered_on,
        doctor_name=dice.choice(place_data()["doctors"]),
        phone=numbers.mobile() if chance(dice, 0.6) else None,
        household_type="2" if place.is_rural and chance(dice, 0.9) else "1",
        employment=_employment(dice, years, rural=place.is_rural),
        economic_status=dice.choices(("1", "2"), (30, 70))[0],
        education=dice.choices(("2", "3", "6", "7", "8", "9"), (2, 4, 10, 34, 38, 12))[0],
        residence_type="1" if chance(dice, 0.93) else "2",
        registered_address=address,
        current_address=address if chance(dice, 0.9) else _address(dice, place, dice.choice(place.villages)),
        archive_township=place.town,
        onset_date=onset,
        first_treatment_date=first_treatment,
        diagnosis_date=diagnosed,
        diagnosis_hospital=dice.choice(place_data()["hospitals"]),
        diagnosis=diagnosis,
        diagnosis_icd10=icd10,
        has_diagnosis_proof="2" if chance(dice, 0.94) else "1",
        report_type="2",
        **_supplement(dice, course),
        **_consent(dice, course, registered_on, today),
        **_guardian(dice, numbers, name, sex, birth.year, today.year, address),
    )
    return Person(
        patient=patient,
        course=course,
        diagnosis_name=diagnosis_name,
        village=village.name,
        institution=place.name,
        movements=movements,
    )


def _movements(dice: random.Random, course: str, today: date, *, lately: bool) -> tuple[date, tuple[Leaving, ...]]:
    """(建档日期, movements). Those who moved in were registered on the day they came; `lately`: all this week."""
    window = today - timedelta(days=HISTORY_DAYS)
    this_week = today - timedelta(days=dice.randrange(today.weekday() + 1))
    if course == "new":
        return this_week if lately else today - timedelta(days=dice.randrange(1, 45)), ()
    if course == "moved_in":
        # The registration itself is the moving in (建档来源 迁入): a second event would count them twice.
        return this_week if lately else today - timedelta(days=dice.randrange(10, 600)), ()
    registered_on = window - timedelta(days=dice.randrange(0, 12 * 365))
    if chance(dice, 0.14):  # somebody new now and then during the two years
        registered_on = today - timedelta(days=dice.randrange(60, HISTORY_DAYS - 10))
    earliest = max(window, registered_on) + timedelta(days=45)
    leaving = this_week if lately else earliest + timedelta(days=dice.randrange(max(1, (today - earliest).days)))
    if course == "died":
        return registered_on, (Leaving(MovementKind.DIED, min(leaving, today)),)
    if course == "moved_out":
        unit = dice.choice(place_data()["elsewhere"])
        return registered_on, (Leaving(MovementKind.MOVED_OUT, min(leaving, today), "随家人迁居", unit),)
    return registered_on, ()


def _illness_dates(
    dice: random.Random, birth: date, registered_on: date
) -> tuple[PartialDate, PartialDate | None, PartialDate]:
    """Onset ≤ first treatment ≤ diagnosis ≤ 建档, older ones known less exactly."""
    earliest = birth + timedelta(days=int(365.25 * 13))
    span = max(60, (registered_on - earliest).days)
    onset = registered_on - timedelta(days=dice.randrange(30, min(span, 11000)))
    left = max(1, (registered_on - onset).days)
    treated = onset + timedelta(days=dice.randrange(0, max(1, left // 3)))
    diagnosed = treated + timedelta(days=dice.randrange(0, max(1, (registered_on - treated).days // 3)))
    return _vague(dice, onset), None if chance(dice, 0.05) else _vague(dice, treated), _vague(dice, diagnosed)


def _vague(dice: random.Random, day: date) -> PartialDate:
    """What a family still knows of a date. Made vaguer, dates in order never become certainly out of order."""
    if day.year < _FORGOTTEN_BEFORE or chance(dice, 0.3):
        return PartialDate(day.year)
    return PartialDate(day.year, day.month) if chance(dice, 0.5) else PartialDate.of(day)


def _address(dice: random.Random, place: Institution, village: Village) -> str:
    data = place_data()
    if village.name.endswith("村"):
        end = f"{dice.randrange(1, 12)}组{dice.randrange(1, 90)}号"
    else:
        end = f"{dice.randrange(1, 40)}幢{dice.randrange(1, 4)}单元{dice.randrange(1, 18)}-{dice.randrange(1, 5)}"
    kind = "镇" if place.is_rural else "街道"
    return f"{data['city']}{data['district']}{place.town}{kind}{village.name}{end}"


def _employment(dice: random.Random, years: float, *, rural: bool) -> str:
    if years < _SCHOOL_LEAVING:
        return "5"
    if rural:
        return dice.choices(("1", "3", "4"), (6, 74, 20))[0]
    return "6" if years > _RETIREMENT else dice.choices(("1", "4", "7"), (22, 74, 4))[0]


def _supplement(dice: random.Random, course: str) -> dict[str, Any]:
    """Illness history and assistance (表7)."""
    acts: tuple[CodeCount, ...] = (CodeCount("7", 0),)
    if course == "episode" or chance(dice, 0.08):
        acts = (CodeCount(dice.choice("1124"), dice.randrange(1, 4)),)
    certificate = chance(dice, 0.4)
    return {
        "past_symptoms": tuple(
            sorted(dice.sample([str(code) for code in range(1, 12)], dice.randrange(1, 5)), key=int)
        ),
        "past_restraint": dice.choices(("1", "3"), (97, 3))[0],
        "past_outpatient": dice.choices(("1", "2", "3"), (4, 34, 62))[0],
        "past_admissions": dice.choices((0, 1, 2, 3, 5), (30, 36, 18, 10, 6))[0],
        "last_treatment_effect": dice.choices(("1", "2", "3"), (8, 78, 14))[0],
        "past_dangerous_acts": acts,
        "past_risk_level": "3" if course == "episode" else dice.choices(("0", "1", "2", "3"), (78, 13, 6, 3))[0],
        "family_history": dice.choices(("1", "2"), (10, 90))[0] if chance(dice, 0.8) else None,
        "on_antipsychotics": "2",
        "poverty_relief": dice.choices(("1", "2"), (85, 15))[0],
        "guardian_subsidy": dice.choices(("1", "2"), (70, 30))[0],
        "disability_level": dice.choices(("2", "3", "4"), (50, 35, 15))[0] if certificate else None,
        "care_group_served": dice.choices(("1", "2"), (10, 90))[0],
        "family_doctor_signed": dice.choices(("1", "2"), (5, 95))[0],
        "community_rehabilitation": dice.choices(("1", "2"), (75, 25))[0],
        "free_medicine": dice.choices(("1", "2"), (45, 55))[0],
        "reward_agreement": dice.choices(("1", "2"), (80, 20))[0],
    }


def _consent(dice: random.Random, course: str, registered_on: date, today: date) -> dict[str, Any]:
    """知情同意: signed on or soon after 建档; no date when refused."""
    if course == "refused":
        return {"consent": Consent.REFUSED.value}
    signed = min(registered_on + timedelta(days=dice.choice((0, 0, 0, 1, 3, 7))), today)
    return {"consent": Consent.GIVEN.value, "consent_date": signed}


def _guardian(
    dice: random.Random, numbers: Numbers, name: Name, sex: str, birth_year: int, this_year: int, address: str
) -> dict[str, Any]:
    """Somebody of the family, or nobody for the few without a guardian (无监护)."""
    guardianship = dice.choices((Guardianship.NORMAL, Guardianship.WEAK, Guardianship.NONE), (89, 9, 2))[0]
    contact = {"committee_contact_name": surname(dice) + "主任", "committee_contact_phone": numbers.landline()}
    if guardianship is Guardianship.NONE:
        return {"guardianship": guardianship.value, "dual_supervision": "2", "marriage": "1", **contact}
    relation, guardian_sex, younger = _relation(dice, sex, this_year - birth_year)
    family = "" if relation in ("配偶", "母亲") else name.family
    guardian_birth = birth_year + younger
    phone = numbers.mobile()
    if chance(dice, 0.08):  # several numbers in one cell, as in real rosters
        phone = f"{phone}、{numbers.landline()}"
    return {
        "marriage": _marriage(dice, relation, this_year - birth_year),
        "guardian_name": _other_name(dice, guardian_sex, guardian_birth, family, name.text),
        "guardian_relation": relation,
        "guardian_phone": phone,
        "guardian_address": address,
        "guardianship": guardianship.value,
        "dual_supervision": "2" if guardianship is Guardianship.WEAK else "1",
        "four_party_pledge": "2" if guardianship is Guardianship.WEAK else None,
        **contact,
    }


def _other_name(dice: random.Random, sex: str, birth_year: int, family: str, own: str) -> str:
    """A name that is not the patient's own."""
    while True:
        found = full_name(dice, sex, birth_year, family or surname(dice)).text
        if found != own:
            return found


def _marriage(dice: random.Random, relation: str, years: int) -> str:
    """婚姻状况 that fits the guardian: married to a spouse, single when a parent looks after a young person."""
    if relation == "配偶":
        return "2"
    if years < _MIDDLE_AGE:
        return dice.choices(("1", "4"), (85, 15))[0]
    return dice.choices(("1", "2", "3", "4"), (35, 25, 20, 20))[0]


def _relation(dice: random.Random, sex: str, years: int) -> tuple[str, str, int]:
    """(relation as on the form, the guardian's sex, how many years the guardian is younger)."""
    weights: tuple[int, ...]
    if years < _MIDDLE_AGE:
        choices = [("父亲", _MALE, -26), ("母亲", _FEMALE, -24), ("配偶", "", 0), ("兄弟", _MALE, -2)]
        weights = (35, 35, 20, 10)
    elif years < _OLD_AGE:
        choices = [
            ("配偶", "", 1),
            ("兄弟", _MALE, 3),
            ("姐妹", _FEMALE, 2),
            ("儿子", _MALE, 25),
            ("女儿", _FEMALE, 25),
        ]
        weights = (50, 16, 8, 16, 10)
    else:
        choices = [("配偶", "", 2), ("儿子", _MALE, 27), ("女儿", _FEMALE, 28), ("兄弟", _MALE, 6)]
        weights = (35, 35, 22, 8)
    relation, guardian_sex, younger = dice.choices(choices, weights)[0]
    return relation, guardian_sex or (_FEMALE if sex == _MALE else _MALE), younger
