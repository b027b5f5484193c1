"""Medication: orders, dispensing, injections and their bad input; derived from follow-ups and typed only once."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest

import resources
from db.ledger import Ledger
from mhdesk.domain import drugs
from mhdesk.domain.account import DataOverride
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.follow_up import DrugLine
from mhdesk.domain.medication import Dispensing, Injection, LaboratoryResult, MedicationOrder, StockMovement, StopReason
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.record import Record
from mhdesk.rules.medicines import orders
from mhdesk.rules.medicines.adherence import State
from mhdesk.rules.medicines.injections import InjectionState
from mhdesk.services import follow_ups, matters, merge, printing, recycle, rollups, undo, worklist
from mhdesk.services.medication import picture, record, registers, review, stock, waiting
from mhdesk.services.today import overview
from tests.services.people import TODAY, person, sheet


def add_person(ledger: Ledger, made: Patient) -> int:
    with ledger.change("test") as change:
        return change.add(made)


def order(patient_id: int, **changes: object) -> MedicationOrder:
    made = MedicationOrder(
        patient_id=patient_id, drug_name="利培酮片", started_on=TODAY - timedelta(days=60), morning=1.0, night=2.0
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def handed(patient_id: int, days_ago: int, **changes: object) -> Dispensing:
    made = Dispensing(
        patient_id=patient_id,
        dispensed_on=TODAY - timedelta(days=days_ago),
        drug_name="利培酮",
        quantity=30,
        unit="片",
        days=30,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def shot(patient_id: int, days_ago: int, **changes: object) -> Injection:
    made = Injection(
        patient_id=patient_id, injected_on=TODAY - timedelta(days=days_ago), drug_name="善思达", dose=100.0
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def codes(ledger: Ledger, made: Record) -> set[str]:
    return {one.code for one in record.check(ledger, made, today=TODAY)}


@pytest.fixture
def who(ledger: Ledger) -> int:
    return add_person(ledger, person())


def test_an_order_gets_the_dictionarys_key_and_an_unknown_name_none(ledger: Ledger, who: int) -> None:
    known, _ = record.save(ledger, order(who), today=TODAY)
    unknown, _ = record.save(ledger, order(who, drug_name="某某片"), today=TODAY)
    assert ledger.get(MedicationOrder, known).drug_key == "risperidone"
    assert ledger.get(MedicationOrder, unknown).drug_key is None


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (order(1, stopped_on=TODAY - timedelta(days=61), stop_reason="1"), "MED05"),
        (order(1, stopped_on=TODAY), "MED11"),
        (order(1, interval_days=0, morning=None, night=None, dose=5.0), "MED04"),
        (order(1, morning=-1.0), "MED03"),
        (order(1, drug_name=" "), "MED01"),
        (handed(1, 0, quantity=-3), "MED03"),
        (handed(1, 0, days=0), "MED03"),
        (handed(1, -1), "MED10"),
        (handed(1, 0, quantity=None, days=None), "MED14"),
        (handed(1, 0, unit=None), "MED15"),
        (handed(1, 0, unit="盒"), "MED02"),
        (shot(1, 0, interval_days=0), "MED04"),
        (shot(1, 0, next_due_on=TODAY), "MED13"),
        (StockMovement(moved_on=TODAY, drug_name="利培酮", kind="in", quantity=-1, unit="片"), "MED03"),
        (StockMovement(moved_on=TODAY, drug_name="利培酮", kind="given", quantity=1, unit="片"), "MED02"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(ledger: Ledger, who: int, made: Record, code: str) -> None:
    with pytest.raises(RecordRefused) as refused:
        record.save(ledger, made, today=TODAY)
    assert code in {one.code for one in refused.value.problems}
    assert ledger.find(type(made)) == []


def test_what_is_doubtful_asks_and_is_stored(ledger: Ledger, who: int) -> None:
    record.save(ledger, order(who), today=TODAY)
    assert "MED06" in codes(ledger, order(who))  # overlapping orders
    assert "MED09" in codes(ledger, order(who, drug_name="奥氮平", morning=None, night=40.0))
    assert "MED09" not in codes(ledger, order(who, drug_name="奥氮平", morning=None, night=20.0))
    assert "MED07" in codes(ledger, handed(who, 3, days=None))  # 片 against mg, no strength
    assert "MED16" in codes(ledger, handed(who, 3, strength=1.0))  # 30 mg at 3 mg a day last ten days
    record.save(ledger, handed(who, 5), today=TODAY)
    assert "MED19" in codes(ledger, handed(who, 0))  # thirty days handed out twice in a week
    assert "MED19" not in codes(ledger, handed(who, 0, drug_name="奥氮平"))
    assert "MED08" in codes(ledger, handed(who, 0, drug_name="某某片"))


def test_run_out_counts_what_is_carried_over(ledger: Ledger, who: int) -> None:
    record.save(ledger, handed(who, 40), today=TODAY)
    record.save(ledger, handed(who, 20), today=TODAY)
    found = picture.read(ledger, who, today=TODAY)
    assert found.run_out == TODAY + timedelta(days=20)
    assert found.supplies[0].remaining(TODAY) == 20


def test_a_follow_ups_lines_are_orders_and_typed_only_once(ledger: Ledger, who: int) -> None:
    line = DrugLine(drug_name="奥氮平", period="day", times=1.0, dose=10.0)
    first, second = TODAY - timedelta(days=90), TODAY - timedelta(days=30)
    for day in (first, second):
        follow_ups.record(ledger, sheet(who, day, drugs=(line,)), today=TODAY)
    (derived,) = picture.read(ledger, who, today=TODAY).orders
    assert (derived.id, derived.started_on, derived.drug_key) == (None, first, "olanzapine")
    stopped = TODAY - timedelta(days=10)
    record.stop(ledger, derived, on=stopped, reason=StopReason.REFUSED, today=TODAY)
    found = picture.read(ledger, who, today=TODAY)
    assert [(one.id is not None, one.stopped_on, one.stop_reason) for one in found.orders] == [(True, stopped, "1")]
    assert found.running == []
    assert found.periods[-1].state is State.NONE
    with pytest.raises(UserError, match="MH-MED-02"):
        record.stop(ledger, found.orders[0], on=TODAY, reason="1", today=TODAY)


def test_changing_a_dose_ends_the_old_order_and_names_it(ledger: Ledger, who: int) -> None:
    old_id, _ = record.save(ledger, order(who), today=TODAY)
    old = ledger.get(MedicationOrder, old_id)
    new_id, _ = record.change_order(ledger, old, order(who, started_on=TODAY, night=3.0), today=TODAY)
    found = picture.read(ledger, who, today=TODAY)
    assert [(one.id, one.replaces_id) for one in found.running] == [(new_id, old_id)]
    assert ledger.get(MedicationOrder, old_id).stop_reason == StopReason.CHANGED


def test_injections_are_due_with_their_window(ledger: Ledger, who: int) -> None:
    record.save(ledger, shot(who, 28), today=TODAY)
    found = picture.read(ledger, who, today=TODAY)
    (due,) = found.upcoming
    assert (due.due_on, due.state(TODAY, found.basis.terms)) == (TODAY, InjectionState.DUE)
    later = TODAY + timedelta(days=8)
    (late,) = picture.read(ledger, who, today=later).upcoming
    assert late.state(later, found.basis.terms) is InjectionState.LATE
    assert "MED22" in codes(ledger, shot(who, 14))


def test_records_move_with_a_merge_come_back_with_undo_and_lie_in_the_bin(ledger: Ledger, who: int) -> None:
    other = add_person(ledger, person("张三丰", serial=13))
    record.save(ledger, handed(other, 3), today=TODAY)
    record.save(ledger, order(other), today=TODAY)
    merge_id, _ = merge.merge(ledger, kept_id=who, merged_id=other, take=())
    assert len(picture.read(ledger, who, today=TODAY).dispensings) == 1
    merge.undo(ledger, merge_id)
    assert len(picture.read(ledger, other, today=TODAY).dispensings) == 1
    shot_id, _ = record.save(ledger, shot(other, 3), today=TODAY)
    last = undo.last(ledger)
    assert last is not None
    undo.undo(ledger, last.seq)
    assert ledger.find(Injection) == []
    handed_id = ledger.find(Dispensing)[0].id or 0
    record.void(ledger, Dispensing, handed_id, reason="写错人")
    assert {one.kind for one in recycle.listed(ledger)} == {"dispensing", "injection"}
    recycle.restore(ledger, [("dispensing", handed_id), ("injection", shot_id)])
    assert len(picture.read(ledger, other, today=TODAY).injections) == 1


def test_nothing_is_recorded_after_somebody_has_left(ledger: Ledger, who: int) -> None:
    gone = TODAY - timedelta(days=20)
    with ledger.change("test") as change:
        change.add(Movement(patient_id=who, kind="died", happened_on=gone, reason="4"))
    with pytest.raises(RecordRefused):
        record.save(ledger, handed(who, 3), today=TODAY)
    record.save(ledger, handed(who, 25), today=TODAY)
    assert picture.read(ledger, who, today=TODAY).left_on == gone


def kinds(ledger: Ledger, day: date = TODAY) -> list[str]:
    return [one.kind for one in waiting.waiting(ledger, today=day)]


def test_the_list_says_who_must_be_looked_at(ledger: Ledger, who: int) -> None:
    others = [add_person(ledger, person(f"王{name}", serial=21 + 2 * place)) for place, name in enumerate("甲乙丙丁")]
    record.save(ledger, shot(who, 40), today=TODAY)
    record.save(ledger, handed(others[0], 25), today=TODAY)
    record.save(ledger, handed(others[1], 35), today=TODAY)
    stopped = order(others[2], stopped_on=TODAY - timedelta(days=3), stop_reason="2")
    record.save(ledger, stopped, today=TODAY)
    follow_ups.record(ledger, sheet(others[3], TODAY - timedelta(days=9), adherence="2"), today=TODAY)
    assert kinds(ledger) == [
        "injection_late",
        "ran_out",
        "stopped",
        "running_out",
        "not_regular",
        "not_regular",
        "not_regular",
    ]
    told = {one.key: one.count for one in matters.waiting(ledger, [], today=TODAY)}
    assert told["medicine_ran_out"] == told["medicine_injection_late"] == told["medicine_stopped"] == 1
    page, alone = overview(ledger, today=TODAY), worklist.due(ledger, today=TODAY)
    assert page.due == alone  # medicine is read once for the page, with the same words
    assert {one.key: one.count for one in page.matters if one.key in told} == told
    entries = alone.patients
    assert [one.needs_medicine for one in entries] == sorted((one.needs_medicine for one in entries), reverse=True)
    follow_ups.record(ledger, sheet(others[2], TODAY), today=TODAY)
    assert "stopped" not in kinds(ledger)  # a visit has asked about it
    with ledger.change("test") as change:
        change.add(Movement(patient_id=who, kind="moved_out", happened_on=TODAY))
    assert "injection_late" not in kinds(ledger)


def test_candidates_for_long_acting_treatment_have_their_reasons(ledger: Ledger, who: int) -> None:
    weak = add_person(ledger, person("王乙", serial=31, guardianship="2"))
    follow_ups.record(ledger, sheet(weak, TODAY - timedelta(days=9), adherence="3"), today=TODAY)
    follow_ups.record(ledger, sheet(who, TODAY - timedelta(days=9)), today=TODAY)
    (found,) = waiting.long_acting_candidates(ledger, today=TODAY)
    assert (found.person.id, [one.criterion for one in found.reasons]) == (weak, ["adherence", "guardianship"])
    record.save(ledger, shot(weak, 3), today=TODAY)
    assert waiting.long_acting_candidates(ledger, today=TODAY) == []


def test_an_unknown_name_waits_for_review_until_somebody_says_what_it_is(ledger: Ledger, who: int) -> None:
    record.save(ledger, handed(who, 3, drug_name="利培铜"), today=TODAY)
    assert [(one.drug_name, one.total) for one in review.unknown(ledger)] == [("利培铜", 1)]
    with pytest.raises(UserError, match="MH-MED-03"):
        review.name_drug(ledger, "利培铜", "no_such_drug")
    review.name_drug(ledger, "利培铜", "risperidone")
    assert review.unknown(ledger) == []
    (kept,) = ledger.find(Dispensing)
    assert (kept.drug_name, kept.drug_key) == ("利培铜", "risperidone")


def test_the_stock_starts_anew_from_a_count(ledger: Ledger, who: int) -> None:
    moves = [("in", 100.0, 30), ("out", 10.0, 20), ("count", 55.0, 10), ("in", 20.0, 5)]
    for kind, quantity, ago in moves:
        move = StockMovement(
            moved_on=TODAY - timedelta(days=ago),
            drug_name="利培酮",
            kind=kind,
            quantity=quantity,
            unit="片",
            expires_on=TODAY + timedelta(days=ago) if kind == "in" else None,
        )
        record.save(ledger, move, today=TODAY)
    record.save(ledger, handed(who, 15), today=TODAY)
    record.save(ledger, handed(who, 2, quantity=5), today=TODAY)
    (level,) = stock.levels(ledger, today=TODAY)
    assert (level.came_in, level.went_out, level.handed_out, level.left) == (120.0, 10.0, 35.0, 70.0)
    assert level.expires_on == TODAY + timedelta(days=5)


def test_the_registers_hold_the_month_and_nothing_else(ledger: Ledger, who: int) -> None:
    for ago in (3, 25):
        record.save(ledger, handed(who, ago), today=TODAY)
        record.save(ledger, shot(who, ago), today=TODAY)
    assert [one.record.dispensed_on for one in registers.dispensing(ledger, month=TODAY)] == [TODAY - timedelta(days=3)]
    (line,) = registers.injected(ledger, month=TODAY)
    assert line.next_due_on == TODAY + timedelta(days=25)


def test_stopping_shortens_the_next_visit_until_a_visit_has_answered_it(ledger: Ledger, who: int) -> None:
    follow_ups.record(ledger, sheet(who, TODAY - timedelta(days=20)), today=TODAY)
    assert due_on(ledger) == date(2027, 1, 31)
    order_id, _ = record.save(ledger, order(who), today=TODAY)
    stopped = TODAY - timedelta(days=5)
    record.stop(ledger, ledger.get(MedicationOrder, order_id), on=stopped, reason="2", today=TODAY)
    assert due_on(ledger) == stopped + timedelta(days=14)
    assert "自行停药" in worklist.due(ledger, today=TODAY, within=400).patients[0].reason
    follow_ups.record(ledger, sheet(who, TODAY), today=TODAY)
    assert due_on(ledger) == date(2027, 2, 20)


def due_on(ledger: Ledger) -> date | None:
    (entry,) = worklist.due(ledger, today=TODAY, within=400).patients
    return entry.due_on


def test_injections_and_free_medicine_feed_their_indicators(ledger: Ledger, who: int) -> None:
    def counted(day: date) -> tuple[object, object]:
        total = rollups.build(ledger, period="weekly", on=day, today=day).total
        return total["long_acting"].numerator, total["free_medicine"].numerator

    assert counted(TODAY) == (0, 0)
    record.save(ledger, shot(who, 3), today=TODAY)
    record.save(ledger, handed(who, 3, is_free="2"), today=TODAY)
    assert counted(TODAY) == (1, 1)
    late = TODAY + timedelta(days=35)  # the window has closed
    assert counted(late) == (0, 1)
    assert counted(TODAY + timedelta(days=60)) == (0, 0)  # another year


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        # 2018: 用药指导 早中晚; 用药情况 每日剂量
        (DrugLine(purpose="guidance", drug_name="利培酮", morning=1.0, night=2.0), (3.0, None)),
        (DrugLine(drug_name="利培酮", period="day", total_dose=3.0), (3.0, None)),
        # 2017 and 2011: 每日（月）__次，每次剂量__mg
        (DrugLine(drug_name="利培酮", period="day", times=2.0, dose=1.5), (3.0, None)),
        (DrugLine(drug_name="善思达", period="month", times=1.0, dose=100.0), (100.0 / 30, 30)),
        # 2018: 长效药 每__周一次
        (
            DrugLine(purpose="guidance", drug_name="善思达", long_acting="2", interval_weeks=4.0, dose=100.0),
            (100 / 28, 28),
        ),
        (DrugLine(drug_name="五氟利多", period="week", times=1.0, dose=20.0), (20 / 7, 7)),
        (DrugLine(drug_name="利培酮"), (None, None)),
    ],
)
def test_drug_lines_of_every_edition_become_the_same_record(
    line: DrugLine, wanted: tuple[float | None, int | None]
) -> None:
    made = orders.order_of_line(line, sheet(1, drugs=(line,)), drugs.in_force())
    a_day = orders.daily(made)
    assert (a_day.value if a_day else None) == pytest.approx(wanted[0])
    assert made.interval_days == wanted[1]


def test_the_round_sheet_says_for_how_many_days_there_is_medicine(ledger: Ledger, who: int) -> None:
    record.save(ledger, handed(who, 20), today=TODAY)
    other = add_person(ledger, person("王乙", serial=31))
    printing.visit_sheets(ledger, today=TODAY, patient_ids=[who, other])
    printed = ledger.get_setting("print.visit_sheet.1")
    assert {row["name"]: row["days_left"] for row in printed["rows"]} == {"张三": 10, "王乙": None}


def test_reminders_of_examinations_are_off_until_the_district_turns_them_on(ledger: Ledger, who: int) -> None:
    record.save(ledger, order(who, drug_name="氯氮平", morning=25.0, night=100.0), today=TODAY)
    assert "watch" not in kinds(ledger)
    own = resources.path("medication.toml").read_text(encoding="utf-8").replace("enabled = false", "enabled = true")
    with ledger.change("test") as change:
        change.add(DataOverride(path="medication.toml", content=own, origin="本例"))
    assert "watch" in kinds(ledger)
    made = LaboratoryResult(patient_id=who, taken_on=TODAY, item="2", value=5.1)
    record.save(ledger, made, today=TODAY)
    assert "watch" not in kinds(ledger)
