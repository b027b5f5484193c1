"""Random people for property tests: a few sheets, movements and attempts around the year's turn."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.joint import Emergency, ExchangeSheet, JointVisit
from mhdesk.domain.medication import Dispensing, Injection, MedicationOrder
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.record import CodeCount
from mhdesk.domain.round import Snooze
from mhdesk.domain.support import CheckUp, Rehabilitation
from mhdesk.domain.transfer import DischargeNote, Transfer
from tests.rules.second_opinion import Life

FIRST = date(2023, 9, 1)
LAST = date(2026, 12, 31)
UNITS = (None, 2, 3)


def days(first: date = FIRST, last: date = LAST) -> st.SearchStrategy[date]:
    return st.dates(first, last)


def code(*codes: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from((None, *codes))


@st.composite
def follow_ups(draw: st.DrawFn, day: date) -> FollowUp:
    lost = draw(st.integers(0, 9)) == 0
    acts = draw(
        st.sampled_from([(), (CodeCount("7", 1),), (CodeCount("1", 2),), (CodeCount("2", 1), CodeCount("5", 0))])
    )
    return FollowUp(
        visit_date=day,
        form_edition=draw(st.sampled_from(("2018", "2017"))),
        visit_form=draw(code("1", "2", "3")),
        visit_targets=draw(st.sampled_from([(), ("1",), ("2",), ("1", "3")])),
        lost_reason="1" if lost else None,
        risk_level=None if lost else draw(code(*"012345")),
        visit_class=None if lost else draw(code("1", "2", "3")),
        adherence=None if lost else draw(code("1", "2", "3", "4")),
        hospitalization=draw(st.sampled_from((None, "0", "0", "1", "2"))),
        laboratory=draw(code("1", "2")),
        next_visit_date=draw(st.none() | st.integers(-3, 120).map(lambda after: day + timedelta(days=after))),
        dangerous_acts=acts,
        drugs=draw(
            st.sampled_from(
                [
                    (),
                    (DrugLine(drug_name="利培酮"),),
                    (DrugLine(drug_name="长效", long_acting="2"),),
                    (DrugLine(drug_name="长效", long_acting="2", purpose="guidance"),),
                ]
            )
        ),
    )


@st.composite
def snoozes(draw: st.DrawFn) -> Snooze:
    made = draw(days(date(2026, 1, 1)))
    return Snooze(patient_id=0, reason="外出", snoozed_on=made, until=made + timedelta(days=draw(st.integers(1, 92))))


@st.composite
def transfers(draw: st.DrawFn) -> Transfer:
    kind = draw(st.sampled_from(("referral_up", "referral_down")))
    return Transfer(patient_id=0, kind=kind, slip_number="1", happened_on=draw(days()))


def few(records: st.SearchStrategy[Any], most: int = 1) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(records, max_size=most).map(tuple)


joint_visits = st.builds(
    JointVisit,
    patient_id=st.just(0),
    visited_on=days(),
    incidents=st.sampled_from([(), ("4",), ("1",), ("2",), ("1", "3")]),
)
sheets = st.builds(
    ExchangeSheet,
    number=st.just(0),
    direction=st.sampled_from(("1", "1", "2")),
    other_side=st.sampled_from(tuple("125")),
    first_day=st.just(FIRST),
    last_day=st.just(FIRST),
    sent_on=st.none() | days(),
)
emergencies = st.builds(
    Emergency,
    patient_id=st.just(0),
    happened_at=days().map(lambda day: f"{day.isoformat()} 23:30"),
    causes=st.sampled_from([(), ("1",), ("2", "3"), ("3",), ("4",)]),
)
checkups = st.builds(CheckUp, patient_id=st.just(0), checked_on=days())
rehabilitations = st.builds(Rehabilitation, patient_id=st.just(0), served_on=days())
assessments = st.builds(
    ColourAssessment,
    patient_id=st.just(0),
    assessed_on=days(),
    scheme_id=st.just("example"),
    scheme_version=st.just("1"),
    colour=st.sampled_from(("red", "orange", "yellow", "green")),
)
drug_names = st.sampled_from(("利培酮", "棕榈酸帕利哌酮", "某某胶囊"))
dispensings = st.builds(
    Dispensing,
    patient_id=st.just(0),
    dispensed_on=days(),
    drug_name=drug_names,
    days=st.just(30),
    is_free=code("1", "2"),
)
injections = st.builds(
    Injection,
    patient_id=st.just(0),
    injected_on=days(),
    drug_name=drug_names,
    interval_days=st.sampled_from((None, None, 14, 28)),
    window_days=st.sampled_from((None, 0, 3)),
    is_free=code("1", "2"),
)


@st.composite
def orders(draw: st.DrawFn) -> MedicationOrder:
    started = draw(days())
    stopped = draw(st.none() | st.integers(0, 200).map(lambda after: started + timedelta(days=after)))
    reason = draw(st.sampled_from(tuple("12345678"))) if stopped else None
    return MedicationOrder(
        patient_id=0,
        drug_name=draw(drug_names),
        started_on=started,
        dose=4.0,
        times=1.0,
        stopped_on=stopped,
        stop_reason=reason,
    )


@st.composite
def lives(draw: st.DrawFn) -> Life:
    visit_days = draw(st.lists(days(), max_size=9, unique=True))
    kinds = st.sampled_from(("died", "moved_out", "moved_in"))
    moves = draw(st.lists(st.tuples(days(date(2025, 10, 1)), kinds), max_size=3))
    return Life(
        Patient(
            name="测试",
            unit_id=draw(st.sampled_from(UNITS)),
            registered_on=draw(st.none() | days(date(2024, 6, 1))),
            registered_as=draw(code("new", "moved_in")),
            diagnosis=draw(code("1", "1", "4")),
            consent=draw(code("0", "1")),
            guardianship=draw(code("1", "2", "3")),
            colour=draw(code("red", "orange", "yellow", "green")),
            free_medicine=draw(code("1", "2")),
            reward_agreement=draw(code("1", "2")),
            community_rehabilitation=draw(code("1", "2")),
            doctor_name=draw(st.sampled_from((None, "甲医生", "乙医生 "))),
        ),
        tuple(sorted((draw(follow_ups(day)) for day in visit_days), key=lambda one: one.visit_date or FIRST)),
        tuple(Movement(id=n, patient_id=0, kind=kind, happened_on=day) for n, (day, kind) in enumerate(moves, 1)),
        tuple(ContactAttempt(patient_id=0, attempted_on=day) for day in draw(st.lists(days(), max_size=5))),
        tuple(draw(st.lists(snoozes(), max_size=2))),
        tuple(DischargeNote(patient_id=0, received_on=day) for day in draw(st.lists(days(), max_size=1))),
        draw(few(transfers(), 2)),
        draw(few(joint_visits, 2)),
        draw(few(sheets, 2)),
        draw(few(emergencies)),
        draw(few(checkups)),
        draw(few(rehabilitations)),
        draw(few(assessments, 2)),
        draw(few(orders(), 2)),
        draw(few(dispensings)),
        draw(few(injections)),
    )
