"""The register's lists, orders and search, against plain Python over the same people."""

from __future__ import annotations

import itertools
from datetime import date
from typing import TYPE_CHECKING

import pytest

from db.ledger import Ledger
from db.queries import register as queries
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.unit import Unit, UnitLevel
from mhdesk.services import patients
from mhdesk.services.patients import RegisterFilter

if TYPE_CHECKING:
    from tests.conftest import LedgerTemplate

DAY = date(2026, 3, 1)
LATER = date(2026, 5, 1)
# What happened to each person: movements in the order they were entered, voided ones with a "-".
LIVES = {
    "甲": [],
    "乙": [("died", DAY)],
    "丙": [("moved_out", DAY), ("moved_in", LATER)],
    "丁": [("moved_in", DAY), ("moved_out", LATER)],
    "戊": [("moved_out", DAY), ("moved_in", DAY)],  # the same day: what was entered later holds
    "己": [("moved_in", DAY), ("died", DAY)],
    "庚": [("-died", LATER)],
    "辛": [("moved_out", LATER), ("died", DAY)],  # entered late
    "壬": [("moved_out", DAY), ("-moved_in", LATER)],
}
REGISTERED = {"甲", "丙", "戊", "庚"}
DIED, MOVED_OUT = {"乙", "己"}, {"丁", "辛", "壬"}


@pytest.fixture
def ledger(ledger: Ledger) -> Ledger:
    with ledger.change("test.fill") as change:
        village = change.add(Unit(name="光明村", level=UnitLevel.VILLAGE, parent_id=ledger.root_unit_id))
        for number, (name, life) in enumerate(LIVES.items()):
            person = Patient(name=name, unit_id=village if number % 2 else ledger.root_unit_id, consent=str(number % 2))
            patient_id = change.add(person)
            patients.write_haystacks(change, {patient_id: person})
            for kind, day in life:
                moved = change.add(Movement(patient_id=patient_id, kind=kind.lstrip("-"), happened_on=day))
                if kind.startswith("-"):
                    change.void(Movement, moved, "录错")
            if number % 3:
                visit = FollowUp(patient_id=patient_id, visit_date=DAY, risk_level="0", visit_class=str(number % 3))
                change.add(visit)
            if number % 4 == 0:
                change.add(FollowUp(patient_id=patient_id, visit_date=LATER, lost_reason="1"))
    return ledger


def names(ledger: Ledger, status: str = "", **keywords: object) -> list[str]:
    ids = patients.register_ids(ledger, chosen=RegisterFilter(status=status), **keywords)  # type: ignore[arg-type]
    return [row.name for row in patients.register_rows(ledger, ids)]


def test_who_is_registered_and_who_has_left(ledger: Ledger) -> None:
    assert set(names(ledger)) == LIVES.keys()
    assert set(names(ledger, "registered")) == REGISTERED
    assert set(names(ledger, "died")) == DIED
    assert set(names(ledger, "moved_out")) == MOVED_OUT
    assert set(names(ledger, "ended")) == DIED | MOVED_OUT


def test_the_counts_are_the_lengths_of_the_lists(ledger: Ledger) -> None:
    counts = patients.status_counts(ledger)
    lists = {status: RegisterFilter(status=status) for status in ("", *queries.STATUSES)} | {
        "unstable": RegisterFilter(status="registered", visit_class="1"),
        "risk_3_plus": RegisterFilter(status="registered", minimum_risk="3"),
        "class_none": RegisterFilter(status="registered", visit_class="none"),
    }
    assert counts == {key: len(patients.register_ids(ledger, chosen=chosen)) for key, chosen in lists.items()}
    assert counts["lost"]
    assert counts["unstable"]


@pytest.mark.parametrize("descending", [False, True])
def test_unknown_values_come_last_either_way(ledger: Ledger, descending: bool) -> None:
    ids = patients.register_ids(ledger, chosen=RegisterFilter(), sort="visit_class", descending=descending)
    classes = [row.visit_class for row in patients.register_rows(ledger, ids)]
    known = [one for one in classes if one is not None]
    assert classes[: len(known)] == sorted(known, reverse=descending)
    assert len(known) < len(classes)


def test_orders(ledger: Ledger) -> None:
    assert names(ledger) == list(LIVES)
    assert names(ledger, descending=True) == list(LIVES)[::-1]


def person(name: str, **known: str) -> Patient:
    return Patient(name=name, unit_id=1, **known)  # type: ignore[arg-type]


@pytest.fixture
def crowd(ledger_template: LedgerTemplate, ledger: Ledger) -> Ledger:
    """Many people, few of whom begin with what all of them contain."""
    surnames, given = "王李张刘陈", "安恩娥"
    people = [
        Patient(name=f"{one}{two}{three}", unit_id=ledger.root_unit_id, guardian_phone=f"1990000{number:04}")
        for number, (one, two, three) in enumerate(itertools.product(surnames, given * 9, given * 6))
    ]
    people.append(Patient(name="鄂温和", unit_id=ledger.root_unit_id, guardian_phone="02366001234"))
    with ledger.change("test.crowd") as change:
        ids = change.add_many(people)
        patients.write_haystacks(change, dict(zip(ids, people, strict=True)))
        change.void(Patient, ids[0], "重复")
    return ledger


def test_those_who_begin_with_it_come_first_even_when_everybody_contains_it(crowd: Ledger) -> None:
    assert len(patients.register_ids(crowd, chosen=RegisterFilter())) > queries._LOOKED_AT
    found = patients.search(crowd, "e", limit=5)
    assert found[0].name == "鄂温和"
    assert len({hit.id for hit in found}) == 5


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        *(("鄂温", ["鄂温和"]), ("1234", ["鄂温和"]), ("EWENHE", ["鄂温和"])),
        *(("%", []), ("_", []), ("  ", []), ("查无此人", [])),
    ],
)
def test_what_is_typed_is_found_as_it_stands(crowd: Ledger, typed: str, expected: list[str]) -> None:
    assert [hit.name for hit in patients.search(crowd, typed) if hit.guardian_phone != "19900001234"] == expected


def test_nobody_voided_is_found(crowd: Ledger) -> None:
    assert all(hit.guardian_phone != "19900000000" for hit in patients.search(crowd, "19900000000"))
    assert patients.search(crowd, "19900000000") == []


def test_a_village_finds_its_people_after_those_whose_name_contains_it(ledger: Ledger) -> None:
    with ledger.change("test.add") as change:
        named = person("李光明")
        patients.write_haystacks(change, {change.add(named): named})
    found = [hit.name for hit in patients.search(ledger, "光明")]
    assert found[0] == "李光明"
    assert set(found[1:]) == set(list(LIVES)[1::2])
    assert {hit.village for hit in patients.search(ledger, "光明村")} == {"光明村"}
