"""How long medicine lasts and what counts as regular, beside a simulation day by day."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mhdesk.domain import drugs
from mhdesk.domain.dates import DateRange
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.medication import Dispensing, Injection, MedicationOrder
from mhdesk.rules.medicines import adherence, injections, orders, supply
from mhdesk.rules.medicines import terms as numbers
from mhdesk.rules.medicines.adherence import Claim, Course, Evidence, State
from mhdesk.rules.medicines.supply import Handed

START = date(2026, 1, 1)
DAY = timedelta(days=1)
BOOK, TERMS = drugs.in_force(), numbers.shipped()

days = st.integers(0, 400).map(lambda number: START + number * DAY)
handings = st.lists(st.builds(Handed, days, st.integers(1, 90)), max_size=12)


def simulate(handed: list[Handed]) -> tuple[date | None, set[date]]:
    """Take one day's medicine a day while there is some: the first day without after the last one, days without."""
    if not handed:
        return None, set()
    first, left, missing = min(one.day for one in handed), 0, set()
    last = max(one.day for one in handed)
    day = first
    while day <= last or left:
        left += sum(one.days for one in handed if one.day == day)
        if left:
            left -= 1
        else:
            missing.add(day)
        day += DAY
    return day, missing


@given(handed=handings)
def test_run_out_and_gaps_are_those_of_a_simulation(handed: list[Handed]) -> None:
    made = supply.course(handed)
    run_out, missing = simulate(handed)
    assert made.run_out == run_out
    gaps = {gap.start + place * DAY for gap in made.gaps for place in range(gap.days)}
    assert gaps == missing
    assert sum(gap.days for gap in made.gaps) == len(gaps)


@given(handed=handings, more=st.builds(Handed, days, st.integers(1, 90)))
def test_handing_out_more_never_brings_the_run_out_forward(handed: list[Handed], more: Handed) -> None:
    before, after = supply.course(handed), supply.course([*handed, more])
    assert after.run_out is not None
    assert before.run_out is None or before.run_out <= after.run_out
    assert supply.course(reversed([*handed, more])) == after


@given(
    tablets=st.integers(1, 200),
    strength=st.sampled_from([0.5, 1.0, 2.0, 25.0]),
    morning=st.integers(0, 4),
    night=st.integers(1, 4),
    in_pieces=st.booleans(),
)
def test_days_follow_from_quantity_and_dose_in_either_unit(
    tablets: int, strength: float, morning: int, night: int, in_pieces: bool
) -> None:
    factor, unit = (1.0, "片") if in_pieces else (strength, "mg")
    order = MedicationOrder(
        patient_id=1,
        drug_name="利培酮",
        started_on=START,
        morning=morning * factor,
        night=night * factor,
        dose_unit=unit,
    )
    given_ = Dispensing(patient_id=1, dispensed_on=START, drug_name="利培酮", quantity=float(tablets), unit="片")
    wanted = tablets // (morning + night)
    known = Dispensing(**{**vars(given_), "strength": strength})
    assert supply.days_of(known, [order]) == wanted
    assert supply.days_of(given_, [order]) == (wanted if in_pieces else None)  # 片 and mg: the strength is not known


states = st.sampled_from(list(State))
claims = st.lists(
    st.builds(
        lambda weight, start, length, state, on: Claim(
            weight, start, start + length * DAY, state, Evidence("supply", on, (("drug", "利培酮"),))
        ),
        st.sampled_from([10, 20, 30, 40, 50, 60, 70]),
        days,
        st.integers(0, 120),
        states,
        days,
    ),
    max_size=10,
)


@given(found=claims, first=days, length=st.integers(1, 300))
def test_periods_cover_the_window_and_each_day_has_the_weightiest_claim(
    found: list[Claim], first: date, length: int
) -> None:
    window = DateRange(first, first + length * DAY)
    made = adherence.paint(found, window)
    assert (made[0].start, made[-1].end) == (window.start, window.end)
    assert all(left.end == right.start and left.state != right.state for left, right in itertools.pairwise(made))
    assert sum(adherence.days_by_state(made).values()) == length
    by_day = {one.start + place * DAY: one.state for one in made for place in range(one.days)}
    for day, state in by_day.items():
        said = [one for one in found if one.start <= day < one.end]
        if not said:
            assert state is State.UNKNOWN
        else:
            top = max((one.weight, one.evidence.on, one.start) for one in said)
            assert state in {one.state for one in said if (one.weight, one.evidence.on, one.start) == top}


sheets = st.lists(
    st.tuples(days, st.sampled_from(["1", "2", "3", "4", None]), st.sampled_from(["0", "1"])),
    max_size=6,
    unique_by=lambda one: one[0],
)


@given(told=sheets, handed=handings, given_=st.lists(days, max_size=5), on=days)
def test_more_evidence_of_one_kind_never_invents_regularity(
    told: list[tuple[date, str | None, str]], handed: list[Handed], given_: list[date], on: date
) -> None:
    """Without a visit, tablets or an injection nothing is known; a visit's 不用药 is never called regular."""
    visits = [
        FollowUp(patient_id=1, visit_date=day, adherence=code, hospitalization=bed, risk_level="0")
        for day, code, bed in told
    ]
    known = Course(
        visits=visits,
        orders=orders.all_orders(visits, [], BOOK),
        dispensings=[
            Dispensing(patient_id=1, dispensed_on=one.day, drug_name="利培酮", days=one.days) for one in handed
        ],
        injections=[Injection(patient_id=1, injected_on=day, drug_name="善思达") for day in given_],
    )
    window = DateRange(START, on + DAY)
    made = adherence.periods(known, window, BOOK, TERMS)
    assert sum(one.days for one in made) == (window.end - window.start).days
    for one in made:
        assert bool(one.evidence) == (one.state is not State.UNKNOWN)
        assert all(said.words for said in one.evidence)
    by_day = {one.start + place * DAY: one.state for one in made for place in range(one.days)}
    for day, code, bed in told:
        if day in by_day:
            wanted = State.HOSPITAL if bed == "1" else State.NONE if code == "3" else None
            assert wanted is None or by_day[day] is wanted
    if not (visits or handed or given_):
        assert {one.state for one in made} == {State.UNKNOWN}


@given(given_=st.lists(days, min_size=1, max_size=8), interval=st.integers(7, 90), window=st.integers(0, 14), on=days)
def test_an_injection_is_late_exactly_after_its_window(
    given_: list[date], interval: int, window: int, on: date
) -> None:
    made = [
        Injection(
            patient_id=1, injected_on=day, drug_name="某针", interval_days=interval, window_days=window, id=place + 1
        )
        for place, day in enumerate(given_)
    ]
    late = {
        gap.start + place * DAY
        for _, gap in injections.late_times(made, [], BOOK, TERMS, today=on)
        for place in range(gap.days)
    }
    past = sorted(day for day in given_ if day <= on)
    wanted = set()
    for day in (START + number * DAY for number in range((on - START).days + 1)):
        before = [one for one in past if one <= day]
        if before and day > before[-1] + (interval + window) * DAY:
            wanted.add(day)
    assert late == wanted
