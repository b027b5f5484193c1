"""The demonstration: invented people that could be real, workbooks that could be real, and the real import of them."""

from __future__ import annotations

import collections
import dataclasses
import stat
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.ledger import Ledger
from mhdesk.domain import identity
from mhdesk.domain.errors import UsageError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import ContactAttempt, Movement, MovementKind, Patient
from mhdesk.domain.unit import Unit, UnitYear
from mhdesk.rules import checks, classify
from mhdesk.services import access, demo, imports, rollups
from mhdesk.services.demo.names import UNISSUED_REGION
from mhdesk.services.demo.people import HISTORY_DAYS, Person
from mhdesk.services.demo.places import institution, institutions, share_out

TODAY = date(2026, 11, 20)
TONGJING = institution("统景中心卫生院")


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return demo.invent(TONGJING, registered=600, seed=7, today=TODAY)


def test_the_annex_as_it_is_printed() -> None:
    found = institutions()
    assert len(found) == 22
    assert sum(one.registered for one in found) == 4625
    assert sum(one.population for one in found) == 1_513_646
    assert sum(one.staff for one in found) == 26
    assert (TONGJING.registered, TONGJING.population) == (204, 20_466)


def test_357_villages_each_with_its_own_name() -> None:
    villages = [village for one in institutions() for village in one.villages]
    assert len(villages) == len({village.name for village in villages}) == 357
    for one in institutions():
        assert sum(village.population for village in one.villages) == one.population
        assert all(village.population > 0 for village in one.villages)


@given(st.integers(0, 10_000), st.lists(st.integers(1, 1000), min_size=1, max_size=30))
def test_shares_add_up(total: int, weights: list[float]) -> None:
    parts = share_out(total, weights)
    assert sum(parts) == total
    assert all(abs(part - total * weight / sum(weights)) < 1 for part, weight in zip(parts, weights, strict=True))


def test_the_same_seed_gives_the_same_people(people: list[Person]) -> None:
    assert demo.invent(TONGJING, registered=600, seed=7, today=TODAY) == people
    assert demo.invent(TONGJING, registered=600, seed=8, today=TODAY) != people


@pytest.mark.parametrize("registered", [1, 2, 26, 204, 647])
def test_exactly_so_many_are_registered_today(registered: int) -> None:
    found = demo.invent(TONGJING, registered=registered, seed=1, today=TODAY)
    assert sum(not one.movements for one in found) == registered
    assert all(one.patient.registered_on and one.patient.registered_on <= TODAY for one in found)
    assert all(move.happened_on <= TODAY for one in found for move in one.movements)


def test_numbers_belong_to_nobody(people: list[Person]) -> None:
    numbers = [one.patient.id_number or "" for one in people]
    assert len(set(numbers)) == len(numbers)
    for number, one in zip(numbers, people, strict=True):
        assert number.startswith(UNISSUED_REGION)
        found = identity.examine(number, today=TODAY)
        assert isinstance(found, identity.Identity)
        assert one.patient.birth_date is not None
        assert (found.birth_date, found.sex) == (one.patient.birth_date.exact, one.patient.sex)


def test_names_of_all_kinds() -> None:
    names = [one.patient.name for one in demo.invent(TONGJING, registered=4000, seed=1, today=TODAY)]
    assert max(map(len, names)) == 25
    assert any("·" in name for name in names)
    assert any(name.startswith(("欧阳", "上官", "司马")) for name in names)
    for character in "䶮㛃𬭎":
        assert any(character in name for name in names)


def test_every_story_is_told(people: list[Person]) -> None:
    told = collections.Counter(one.course for one in people)
    assert {"regular", "overdue", "lost", "in_hospital", "erratic", "phone", "died", "moved_out", "new"} <= told.keys()
    visits = [visit for one in people for visit in one.visits]
    assert all(
        visit.visit_date and TODAY - timedelta(days=HISTORY_DAYS) <= visit.visit_date <= TODAY for visit in visits
    )
    assert {visit.risk_level for visit in visits} >= {"0", "1", "2", "3", "4"}
    assert {visit.adherence for visit in visits} >= {"1", "2", "3", "4"}
    assert {visit.lost_reason for visit in visits} > {None}
    assert {visit.hospitalization for visit in visits} >= {"0", "1", "2"}
    assert any(drug.long_acting == "2" for visit in visits for drug in visit.drugs)


def test_nothing_contradicts_itself(people: list[Person]) -> None:
    """No error of the data-quality rules, and each class is the one its evidence suggests."""
    for one in people:
        sheets = [dataclasses.replace(visit, id=place) for place, visit in enumerate(one.visits, 1)]
        reported = sheets[-1].id if sheets else None
        moves = [
            Movement(
                patient_id=1,
                kind=move.kind,
                happened_on=move.happened_on,
                follow_up_id=reported if move.kind == MovementKind.DIED else None,
            )
            for move in one.movements
        ]
        tries = [ContactAttempt(patient_id=1, attempted_on=day) for day, _, _ in one.attempts]
        found = checks.check_person(one.patient, sheets, today=TODAY, movements=moves, attempts=tries)
        assert [item.problem.code for item in found if item.problem.severity == "E"] == []
        for visit in sheets:
            assert classify.suggest(visit).visit_class == visit.visit_class


def _said(record: Any, names: list[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def test_the_whole_way(tmp_path: Path) -> None:
    folder = tmp_path / "演示 目录"
    result = demo.build(folder, patients=40, seed=3, today=TODAY)
    assert result.patients == 40
    assert [path.suffix for path in result.files].count(".xlsx") == 3
    assert [path.suffix for path in result.files].count(".pdf") == 1
    assert all(path.is_file() for path in result.files)
    assert stat.S_IMODE(result.password_file.stat().st_mode) == 0o600
    password = access.read_secret(result.password_file)
    invented = demo.invent(TONGJING, registered=40, seed=3, today=TODAY)
    assert result.follow_ups == sum(len(one.visits) for one in invented)
    with access.open_ledger(result.ledger, login="demo", password=password) as ledger:
        _assert_same_people(ledger, invented)
        rollup = rollups.to_json(rollups.build(ledger, period="weekly", on=TODAY, today=TODAY))
        assert rollup["total"]["registered"]["count"] == 40
        for path in result.files[:2]:
            again = imports.import_file(ledger, path, today=TODAY)
            assert again.same == again.rows
        assert len(ledger.find(Unit)) == 1 + len(TONGJING.villages)
        assert {one.population for one in ledger.find(UnitYear, unit_id=ledger.root_unit_id)} == {20_466}
        assert len(ledger.find(ContactAttempt)) == sum(len(one.attempts) for one in invented)


def _assert_same_people(ledger: Ledger, invented: list[Person]) -> None:
    """What was invented is what stands in the ledger, item by item, through workbook and import."""
    stored = {one.id_number: one for one in ledger.find(Patient)}
    assert len(stored) == len(invented)
    not_in_workbook = {
        "unit_id",
        "id_type",
        "diagnosis_icd10",
        "on_antipsychotics",
        "report_type",
        "form_date",
        "registered_as",
    }
    names = [
        field.name
        for field in dataclasses.fields(Patient)
        if field.name not in not_in_workbook | {"id", "uuid", "entered_at", "entered_by", "version"}
    ]
    visit_names = [
        field.name
        for field in dataclasses.fields(FollowUp)
        if field.name not in {"id", "uuid", "entered_at", "entered_by", "version", "patient_id"}
    ]
    for one in invented:
        patient = stored[one.patient.id_number]
        assert _said(patient, names) == _said(one.patient, names)
        assert patient.registered_as in (None, "moved_in")
        visits = sorted(ledger.find(FollowUp, patient_id=patient.id), key=lambda visit: visit.visit_date or TODAY)
        assert [_said(visit, visit_names) for visit in visits] == [_said(visit, visit_names) for visit in one.visits]
        moves = {(move.kind, move.happened_on) for move in ledger.find(Movement, patient_id=patient.id)}
        assert moves == {(str(move.kind), move.happened_on) for move in one.movements}


def test_impossible_numbers_make_nothing(tmp_path: Path) -> None:
    for number in (0, -1, 50_001):
        with pytest.raises(UsageError):
            demo.build(tmp_path / "x", patients=number, today=TODAY)
    assert not (tmp_path / "x").exists()
