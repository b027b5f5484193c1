"""Random people for property tests: a few sheets, movements and attempts around the year's turn."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.record import CodeCount
from mhdesk.domain.round import Snooze
from mhdesk.domain.transfer import DischargeNote, Transfer
from tests.rules.second_opinion import Life

FIRST = date(2025, 1, 1)
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
        risk_level=None if lost else draw(code("0", "1", "3", "5")),
        visit_class=None if lost else draw(code("1", "2", "3")),
        adherence=None if lost else draw(code("1", "2", "3", "4")),
        hospitalization=draw(st.sampled_from((None, "0", "0", "1", "2"))),
        laboratory=draw(code("1", "2")),
        next_visit_date=draw(st.none() | st.integers(-3, 120).map(lambda after: day + timedelta(days=after))),
        dangerous_acts=acts,
        drugs=draw(
            st.sampled_from([(), (DrugLine(drug_name="利培酮"),), (DrugLine(drug_name="长效", long_acting="2"),)])
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
            diagnosis=draw(code("1", "4")),
            consent=draw(code("0", "1")),
            guardianship=draw(code("1", "2", "3")),
            colour=draw(code("red", "green")),
            free_medicine=draw(code("1", "2")),
        ),
        tuple(draw(follow_ups(day)) for day in visit_days),
        tuple(Movement(id=n, patient_id=0, kind=kind, happened_on=day) for n, (day, kind) in enumerate(moves, 1)),
        tuple(ContactAttempt(patient_id=0, attempted_on=day) for day in draw(st.lists(days(), max_size=5))),
        tuple(draw(st.lists(snoozes(), max_size=2))),
        tuple(DischargeNote(patient_id=0, received_on=day) for day in draw(st.lists(days(), max_size=1))),
        tuple(draw(st.lists(transfers(), max_size=2))),
    )
