"""The due list: everybody registered in exactly one bucket, the heaviest first, the same numbers as the report."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.ledger import Ledger
from mhdesk.domain.errors import UsageError
from mhdesk.domain.patient import ContactAttempt, Movement
from mhdesk.domain.unit import Unit, UnitLevel
from mhdesk.rules.schedule import DueState
from mhdesk.services import patients, rollups, worklist
from tests.examples import tries
from tests.rules.lives import lives
from tests.rules.second_opinion import Life, Opinion
from tests.services.people import TODAY, enter, person, sheet, undone

BUCKETS = {str(state) for state in DueState}


@tries(25)
@given(
    people=st.lists(lives(), max_size=8), today=st.dates(date(2025, 9, 1), date(2027, 1, 31)), within=st.integers(0, 90)
)
def test_everybody_stands_in_exactly_one_bucket(ledger: Ledger, people: list[Life], today: date, within: int) -> None:
    with undone(ledger) as change:
        village = change.add(Unit(name="青龙村", level=UnitLevel.VILLAGE, parent_id=ledger.root_unit_id))
        opinions = {
            enter(change, life, {2: village, 3: ledger.root_unit_id}): Opinion(life, today, today) for life in people
        }
        found = worklist.due(ledger, today=today, within=within)
        known = {one for one, opinion in opinions.items() if opinion.known}
        registered = {one for one in known if opinions[one].registered}
        assert set(found.buckets) == BUCKETS
        assert sum(found.buckets.values()) == len(known)
        assert found.buckets["ended"] == len(known - registered)
        listed = [entry.id for entry in found.patients]
        assert len(set(listed)) == len(listed) == found.buckets["due"] + found.buckets["overdue"]
        assert set(listed) <= registered
        overdue = {entry.id for entry in found.patients if entry.state == "overdue"}
        assert overdue == {one for one in registered if opinions[one].overdue()}
        assert not {one for one in registered if opinions[one].looked_for} & set(listed)
        for entry in found.patients:
            assert entry.state != "overdue" or (entry.due_on is not None and entry.due_on < today)
            assert entry.due_on is None or (today - entry.due_on).days == entry.days_overdue
            assert entry.due_on is None or entry.due_on <= today + timedelta(days=within)
        report = rollups.weekly(ledger, on=today, today=today)
        assert report.total["registered"].numerator == len(registered)
        # the parts of a village and of those without one make up the whole
        inside = worklist.due(ledger, today=today, within=within, village="青龙村").buckets
        assert all(inside[bucket] <= found.buckets[bucket] for bucket in BUCKETS)
        assert sum(inside.values()) == sum(
            opinion.life.patient.unit_id == 2 for opinion in opinions.values() if opinion.known
        )


def bucket_of(ledger: Ledger, *, within: int = 7) -> str:
    buckets = worklist.due(ledger, today=TODAY, within=within).buckets
    (bucket,) = [name for name, count in buckets.items() if count]
    return bucket


@pytest.fixture
def zhang(ledger: Ledger) -> int:
    return patients.save(ledger, person(), today=TODAY)[0]


def visited(ledger: Ledger, zhang: int, day: date, **changes: object) -> None:
    with ledger.change("test") as change:
        change.add(sheet(zhang, day, **changes))


@pytest.mark.parametrize(
    ("days_ago", "changes", "bucket"),
    [
        (14, {"visit_class": "1"}, "due"),  # due today
        (15, {"visit_class": "1"}, "overdue"),
        (7, {"visit_class": "1"}, "due"),
        (6, {"visit_class": "1"}, "on_time"),
        (15, {"visit_class": "2"}, "overdue"),
        (92, {"visit_class": "3"}, "due"),
        (93, {"visit_class": "3"}, "overdue"),
        (30, {"visit_class": "3"}, "on_time"),
        (
            30,
            {"visit_class": "3", "next_visit_date": date(2026, 11, 19)},
            "overdue",
        ),  # the doctor's own date is earlier
        (93, {"visit_class": "3", "next_visit_date": date(2026, 12, 19)}, "overdue"),  # … and never puts it off
        (30, {"visit_class": None}, "due"),  # nobody wrote when: now
        (10, {"visit_class": "1", "hospitalization": "1"}, "snoozed"),
        (200, {"lost_reason": "1", "risk_level": None, "visit_class": None}, "snoozed"),
    ],
)
def test_where_one_visit_puts_somebody(
    ledger: Ledger, zhang: int, days_ago: int, changes: dict[str, object], bucket: str
) -> None:
    visited(ledger, zhang, TODAY - timedelta(days=days_ago), **changes)
    assert bucket_of(ledger) == bucket


def test_never_visited(ledger: Ledger, zhang: int) -> None:
    (entry,) = worklist.due(ledger, today=TODAY).patients
    assert (entry.state, entry.reason, entry.last_visit_on) == ("overdue", "还没有随访过", None)


@pytest.mark.parametrize(("days_ago", "bucket"), [(0, "snoozed"), (14, "snoozed"), (15, "overdue")])
def test_who_was_tried_in_vain_is_tried_again_after_two_weeks(
    ledger: Ledger, zhang: int, days_ago: int, bucket: str
) -> None:
    visited(ledger, zhang, TODAY - timedelta(days=120))
    with ledger.change("test") as change:
        change.add(ContactAttempt(patient_id=zhang, attempted_on=TODAY - timedelta(days=days_ago)))
    assert bucket_of(ledger) == bucket


@pytest.mark.parametrize(
    ("kind", "day", "bucket"), [("died", TODAY, "ended"), ("moved_out", date(2026, 11, 21), "overdue")]
)
def test_an_exit_counts_from_its_day(ledger: Ledger, zhang: int, kind: str, day: date, bucket: str) -> None:
    with ledger.change("test") as change:
        change.add(Movement(patient_id=zhang, kind=kind, happened_on=day))
    assert bucket_of(ledger) == bucket


def test_the_heaviest_come_first(ledger: Ledger) -> None:
    people = [
        ("轻逾期久", "0", "3", 300),
        ("轻逾期短", "0", "3", 100),
        ("重逾期短", "4", "2", 20),
        ("不稳定逾期久", "0", "1", 60),
        ("轻将到期", "0", "3", 90),
    ]
    for serial, (name, risk, visit_class, days_ago) in enumerate(people, 11):
        one, _ = patients.save(ledger, person(name, serial), today=TODAY)
        visited(ledger, one, TODAY - timedelta(days=days_ago), risk_level=risk, visit_class=visit_class)
    order = [entry.name for entry in worklist.due(ledger, today=TODAY).patients]
    assert order == ["不稳定逾期久", "重逾期短", "轻逾期久", "轻逾期短", "轻将到期"]


def test_the_label_hides_the_name(ledger: Ledger, zhang: int) -> None:
    (entry,) = worklist.due(ledger, today=TODAY).patients
    assert (entry.label, entry.name) == ("张*", "张三")


def test_a_village_nobody_entered(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="MH-REPORT-03"):
        worklist.due(ledger, today=TODAY, village="没有这个村")
