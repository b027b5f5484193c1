"""The rules over a whole ledger: one planted fault a family, and exactly that one is found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from db.change import Change
from db.ledger import Ledger
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.errors import Cancelled
from mhdesk.domain.follow_up import DrugLine
from mhdesk.domain.patient import Movement
from mhdesk.domain.record import CodeCount
from mhdesk.services import checks, patients
from tests.services.people import TODAY, id_number, person, sheet

LAST = date(2026, 10, 20)
EARLIER = date(2026, 7, 25)


def plant_person(**changes: Any) -> Callable[[Change], int]:
    return lambda change: change.add(person("王五", 13, **changes))


def plant_sheet(*, person_changes: dict[str, Any] | None = None, **changes: Any) -> Callable[[Change], int]:
    def plant(change: Change) -> int:
        one = change.add(person("王五", 13, **(person_changes or {})))
        change.add(sheet(one, EARLIER))
        change.add(sheet(one, LAST, **changes))
        return one

    return plant


def after_moving_out(change: Change) -> int:
    one = change.add(person("王五", 13))
    change.add(Movement(patient_id=one, kind="moved_out", happened_on=date(2026, 10, 1)))
    change.add(sheet(one, LAST))
    return one


def visited(change: Change, *days: date, **changes: Any) -> int:
    one = change.add(person("王五", 13))
    for day in days:
        change.add(sheet(one, day, **changes))
    return one


BAD_DIGIT = id_number(13)[:-1] + ("0" if id_number(13)[-1] != "0" else "1")
FAULTS: dict[str, tuple[Callable[[Change], int], set[str]]] = {
    "1 identity number": (plant_sheet(person_changes={"id_number": BAD_DIGIT}), {"Q01d"}),
    "2 number against sex": (plant_sheet(person_changes={"sex": "2"}), {"Q02b"}),
    "4 order of dates": (plant_sheet(person_changes={"first_treatment_date": PartialDate(1990)}), {"Q04b"}),
    "5 consent": (plant_sheet(person_changes={"consent_date": date(2020, 5, 1)}), {"Q05a"}),
    "6 dangerous acts": (plant_sheet(dangerous_acts=(CodeCount("7", 1), CodeCount("4", 1))), {"Q06c"}),
    "7 drugs": (plant_sheet(drugs=()), {"Q07b"}),
    "8 after moving out": (after_moving_out, {"Q08e"}),
    "9 lost": (plant_sheet(lost_reason="1", visit_class=None), {"Q09a"}),
    "10 class against evidence": (plant_sheet(insight="3"), {"Q10b"}),
    "11 discharge": (plant_sheet(hospitalization="2"), {"Q11a"}),
    "12 next visit": (plant_sheet(next_visit_date=date(2027, 6, 1)), {"Q12b"}),
    "13 overdue": (lambda change: visited(change, date(2026, 6, 1)), {"Q13a"}),
    "13 only by phone": (lambda change: visited(change, EARLIER, LAST, visit_form="3"), {"Q13b", "Q13c"}),
    "14 guardian": (plant_sheet(person_changes={"guardian_phone": "123"}), {"Q14d"}),
    "15 locked up": (plant_sheet(restraint="2"), {"Q15a"}),
    "16 diagnosis": (plant_sheet(person_changes={"diagnosis": "9"}), {"Q16a"}),
    "17 dose": (plant_sheet(drugs=(DrugLine(drug_name="利培酮", dose=-2.0),)), {"Q17a"}),
    "18 colour": (plant_sheet(person_changes={"colour": "red"}), {"Q18a"}),
}


@pytest.fixture
def clean(ledger: Ledger) -> Ledger:
    """Two people whom nothing is wrong with."""
    with ledger.change("test") as change:
        for name, serial in (("张三", 11), ("李四", 12)):
            one = change.add(person(name, serial))
            for day in (EARLIER, LAST):
                change.add(sheet(one, day))
    return ledger


def test_a_clean_ledger(clean: Ledger) -> None:
    found = checks.check_ledger(clean, today=TODAY)
    assert found.violations == []
    assert len(found.rules) == len(set(found.rules)) >= 60


@pytest.mark.parametrize(("plant", "codes"), FAULTS.values(), ids=FAULTS)
def test_exactly_the_planted_fault_is_found(clean: Ledger, plant: Callable[[Change], int], codes: set[str]) -> None:
    with clean.change("test") as change:
        planted = plant(change)
    found = checks.check_ledger(clean, today=TODAY)
    assert {one.rule for one in found.violations} == codes
    assert {one.patient for one in found.violations} == {planted}
    assert {one.rule for one in found.violations} <= set(found.rules)
    for one in found.violations:
        assert one.label == "王*"
        assert "王五" not in one.message
        assert any("\u4e00" <= letter <= "\u9fff" for letter in one.message)


def test_duplicates_are_found_on_both_sides(clean: Ledger) -> None:
    with clean.change("test") as change:
        twin = change.add(person("张三", 11, guardian_phone="15400009999"))
        for day in (EARLIER, LAST):
            change.add(sheet(twin, day))
    found = checks.check_ledger(clean, today=TODAY)
    assert {(one.rule, one.patient) for one in found.violations} == {
        (rule, patient) for rule in ("Q03a", "Q03b") for patient in (1, twin)
    }
    patients.void(clean, twin, reason="重复建档")
    assert checks.check_ledger(clean, today=TODAY).violations == []


def test_what_was_taken_back_is_not_checked(clean: Ledger) -> None:
    with clean.change("test") as change:
        one = plant_sheet(restraint="2")(change)
    (found,) = checks.check_ledger(clean, today=TODAY).violations
    assert found.follow_up_id is not None
    from mhdesk.services import follow_ups

    follow_ups.void(clean, found.follow_up_id, reason="记错了")
    assert "Q15a" not in {item.rule for item in checks.check_ledger(clean, today=TODAY).violations}
    assert patients.load(clean, one).follow_ups


def test_it_tells_how_far_it_is_and_can_be_stopped(clean: Ledger) -> None:
    class Watching:
        steps: list[tuple[int, int]] = []  # noqa: RUF012 - of this test alone

        def step(self, done: int, total: int, text: str) -> None:
            self.steps.append((done, total))

    checks.check_ledger(clean, today=TODAY, task=Watching())
    assert Watching.steps[0] == (0, 2)
    assert Watching.steps[-1] == (2, 2)

    class Stopping:
        def step(self, done: int, total: int, text: str) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        checks.check_ledger(clean, today=TODAY, task=Stopping())


def test_the_same_faults_on_any_number_of_people(ledger: Ledger) -> None:
    """More than one chunk is read, and nobody is forgotten or seen twice."""
    with ledger.change("test") as change:
        people = [dataclasses.replace(person(f"张{n}", 11), id_number=None, no_id_reason="未办") for n in range(1100)]
        ids = change.add_many(people)
    found = checks.check_ledger(ledger, today=TODAY)
    assert {one.patient for one in found.violations if one.rule == "Q13b"} == set(ids)
    assert len([one for one in found.violations if one.rule == "Q13b"]) == len(ids)
