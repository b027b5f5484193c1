"""The rules over a whole ledger: one planted fault a family, and exactly that one is found."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from db.change import Change
from db.ledger import Ledger
from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.errors import Cancelled
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.joint import Emergency, ExchangeRow, ExchangeSheet, JointVisit, Meeting, Participant
from mhdesk.domain.medication import Dispensing, Injection, MedicationOrder, StockMovement
from mhdesk.domain.patient import Movement
from mhdesk.domain.record import CodeCount, Record
from mhdesk.domain.staff import StaffMember, StaffPost
from mhdesk.domain.support import Assistance, CheckUp
from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.rules import joint_checks
from mhdesk.rules.checks import training as training_checks
from mhdesk.rules.medicines import checks as medicine_checks
from mhdesk.services import checks, patients
from tests.services import people
from tests.services.people import TODAY, id_number, person

LAST = date(2026, 10, 20)
EARLIER = date(2026, 7, 25)


def sheet(patient_id: int, day: date, **changes: Any) -> FollowUp:
    """A sheet nobody complains about, the yearly examination included."""
    return dataclasses.replace(people.sheet(patient_id, day, laboratory="2", laboratory_detail="血常规"), **changes)


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


# ---------------------------------------------------------------- records beside files and sheets


def beside(*records: Record, **changes: Any) -> Callable[[Change], int]:
    """Somebody nothing is wrong with but these records; `changes` are of the last sheet."""

    def plant(change: Change) -> int:
        one = plant_sheet(**changes)(change)
        for record in records:
            owner: Any = {"patient_id": one} if hasattr(record, "patient_id") else {}
            change.add(dataclasses.replace(record, **owner))
        return one

    return plant


def order(start: date, end: date | None = None, dose: float = 10.0) -> MedicationOrder:
    return MedicationOrder(
        patient_id=0,
        drug_name="奥氮平",
        started_on=start,
        dose=dose,
        times=1.0,
        stopped_on=end,
        stop_reason="7" if end else None,
    )


def dispensing(day: date) -> Dispensing:
    return Dispensing(patient_id=0, dispensed_on=day, drug_name="奥氮平", days=28)


def injection(day: date) -> Injection:
    return Injection(patient_id=0, injected_on=day, drug_name="棕榈酸帕利哌酮", dose=100.0, interval_days=28)


def exchange(change: Change, one: int, side: str, day: date) -> None:
    sheet_id = change.add(ExchangeSheet(number=int(side), other_side=side, first_day=day, last_day=day, sent_on=day))
    change.add(ExchangeRow(sheet_id=sheet_id, row=1, patient_id=one, reason="1"))


def dangerous(*told: tuple[str, date]) -> Callable[[Change], int]:
    def plant(change: Change) -> int:
        one = plant_sheet(risk_level="3", visit_class="1", next_visit_date=date(2026, 11, 3))(change)
        for side, day in told:
            exchange(change, one, side, day)
        return one

    return plant


TOGETHER = (Participant("王强", "派出所", "民警"), Participant("李梅", "中心", "精防医生"))
TROUBLE: dict[str, Any] = {
    "dangerous_acts": (CodeCount("2", 1),),
    "risk_level": "1",
    "visit_class": "2",
    "next_visit_date": date(2026, 11, 3),
}
HANDLED = Emergency(
    patient_id=0, happened_at="2026-10-01 10:00", filled_at="2026-10-01 20:00", causes=("2",), police="派出所"
)
COLOUR = ColourAssessment(
    patient_id=0, assessed_on=EARLIER, scheme_id="x", scheme_version="1", colour="green", next_on=LAST
)
STOCK = StockMovement(moved_on=date(2026, 11, 21), drug_name="奥氮平", kind="in", quantity=1, unit="片")
BESIDE: dict[str, tuple[Callable[[Change], int], set[str]]] = {
    "overlapping orders": (beside(order(date(2026, 9, 1)), order(date(2026, 10, 1))), {"MED06"}),
    "one order after the other": (beside(order(date(2026, 9, 1), date(2026, 10, 1)), order(date(2026, 10, 1))), set()),
    "dose above the range": (beside(order(date(2026, 9, 1), dose=40.0)), {"MED09"}),
    "dose at its end": (beside(order(date(2026, 9, 1), dose=20.0)), set()),
    "handed out before the order": (beside(order(date(2026, 10, 2)), dispensing(date(2026, 10, 1))), {"MED26"}),
    "handed out on its first day": (beside(order(date(2026, 10, 1)), dispensing(date(2026, 10, 1))), set()),
    "handed out twice": (beside(dispensing(date(2026, 10, 1)), dispensing(date(2026, 10, 8))), {"MED19"}),
    "injected too early": (beside(injection(date(2026, 10, 10)), injection(date(2026, 10, 30))), {"MED22"}),
    "injected when the window opens": (beside(injection(date(2026, 10, 10)), injection(date(2026, 10, 31))), set()),
    "injection late by a day": (beside(injection(date(2026, 10, 15))), {"Q17d"}),
    "injection on the last day of the window": (beside(injection(date(2026, 10, 16))), set()),
    "no check-up for a year": (
        lambda change: visited(change, EARLIER, LAST, laboratory="1", laboratory_detail=None),
        {"Q13d"},
    ),
    "told nobody of the danger": (dangerous(), {"Q15b"}),
    "told one side only": (dangerous(("1", LAST)), {"Q15b"}),
    "told before the visit": (dangerous(("1", LAST), ("2", date(2026, 10, 19))), {"Q15b"}),
    "told both": (dangerous(("1", LAST), ("2", LAST)), set()),
    "trouble without a record": (beside(**TROUBLE), {"Q15c"}),
    "trouble with its record": (beside(HANDLED, **TROUBLE), set()),
    "a joint visit alone": (
        beside(JointVisit(patient_id=0, visited_on=LAST, participants=TOGETHER[:1])),
        {"MH-JOINT-05"},
    ),
    "assistance twice at once": (
        beside(*(Assistance(patient_id=0, kind="1", first_day=date(2026, month, 1)) for month in (1, 3))),
        {"MH-JOINT-28"},
    ),
    "colour out of date": (beside(COLOUR), {"Q18b"}),
    "stock moved tomorrow": (beside(STOCK), {"MED10"}),
    "a meeting to come that was held": (beside(Meeting(kind="1", held_on=date(2026, 11, 21))), {"MH-JOINT-17"}),
}
#: What the dangerous are late for besides, and notes about it.
ALSO = {"Q13a", "MED23"}


@pytest.mark.parametrize(("plant", "codes"), BESIDE.values(), ids=BESIDE)
def test_records_beside_files_and_sheets(clean: Ledger, plant: Callable[[Change], int], codes: set[str]) -> None:
    with clean.change("test") as change:
        planted = plant(change)
    found = checks.check_ledger(clean, today=TODAY)
    new = [one for one in found.violations if one.rule not in ALSO]
    assert {one.rule for one in new} == codes
    assert {one.patient for one in new} <= {planted, None}
    assert codes <= set(found.rules)
    assert all("王五" not in one.message and one.label for one in new)


def test_training_and_staff(clean: Ledger) -> None:
    """Trained twice at the same hour, a score above the scale, two whole posts at once."""
    with clean.change("test") as change:
        member = change.add(StaffMember(name="赵敏"))
        for _ in range(2):
            change.add(StaffPost(staff_id=member, role="prevention", workplace="中心", fte=1.0))
            session = change.add(
                TrainingSession(
                    title="十月培训",
                    kind="monthly",
                    level="district",
                    month="2026-10",
                    held_on=LAST,
                    sheet_back_on=LAST,
                )
            )
            change.add(
                Attendance(session_id=session, row=1, staff_id=member, name="赵敏", presence="present", theory=101.0)
            )
    found = checks.check_ledger(clean, today=TODAY).violations
    assert {one.rule for one in found} == {"MH-TRAINING-14", "MH-TRAINING-15", "MH-STAFF-15", "MH-STAFF-16"}
    assert {(one.patient, one.page) for one in found} == {(None, "training"), (None, "staff")}
    assert {one.label for one in found} == {"十月培训", "赵*"}


def test_every_code_a_check_uses_is_among_the_rules() -> None:
    for module in (medicine_checks, joint_checks, training_checks):
        used = set(re.findall(r'"((?:MED|MH-[A-Z]+-)\d+)"', inspect.getsource(module)))
        assert used == set(module.CODES), module.__name__


def test_a_check_up_of_its_own_counts_for_a_year(clean: Ledger) -> None:
    with clean.change("test") as change:
        one = visited(change, EARLIER, LAST, laboratory="1", laboratory_detail=None)
        change.add(CheckUp(patient_id=one, checked_on=date(2025, 11, 21)))
    assert checks.check_ledger(clean, today=TODAY).violations == []
