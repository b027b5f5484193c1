"""The due list on a real ledger: buckets, filters, orders, snoozes, failed contacts, discharge notes, reminders."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.transfer import DischargeNote
from mhdesk.files.read import read_tables
from mhdesk.services import attempts, discharge, due_report, follow_ups, patients, rollups, snoozes, worklist
from mhdesk.services.worklist import DueEntry, DueList, DueQuery
from tests.services.round_people import add_person, add_village, visit

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)
ALL = ("on_time", "due", "overdue", "snoozed", "ended")


def listed(ledger: Ledger, query: DueQuery | None = None) -> DueList:
    return worklist.due(ledger, today=TODAY, query=query or DueQuery(buckets=ALL))


def entry_of(ledger: Ledger, patient_id: int) -> DueEntry:
    return next(one for one in listed(ledger).patients if one.id == patient_id)


def state_of(ledger: Ledger, patient_id: int) -> str:
    return entry_of(ledger, patient_id).state


def reminders_of(ledger: Ledger, patient_id: int) -> list[str]:
    return [one.key for one in entry_of(ledger, patient_id).reminders]


@pytest.fixture
def overdue(ledger: Ledger) -> int:
    """Somebody stable whose visit was due on 1 November."""
    return add_person(ledger, "冉秀兰", visits=[visit(date(2026, 8, 1))])


# ---------------------------------------------------------------- order, filters


def test_heavy_ones_first_then_the_longest_overdue(ledger: Ledger) -> None:
    late = add_person(ledger, "甲甲", visits=[visit(date(2026, 8, 1))])
    later = add_person(ledger, "乙乙", visits=[visit(date(2026, 6, 1))])
    soon = add_person(ledger, "丙丙", visits=[visit(date(2026, 8, 22))])
    risky = add_person(ledger, "丁丁", visits=[visit(date(2026, 11, 8), risk="3", visit_class="2")])
    unstable = add_person(ledger, "戊戊", visits=[visit(date(2026, 11, 1), visit_class="1")])
    ids = [one.id for one in worklist.due(ledger, today=TODAY).patients]
    assert ids == [unstable, risky, later, late, soon]
    by_days = [one.id for one in listed(ledger, DueQuery(order="days")).patients]
    assert by_days == [later, late, unstable, soon, risky]


def test_filters_narrow_buckets_and_list_alike(ledger: Ledger) -> None:
    village = add_village(ledger, "青龙村")
    mine = add_person(ledger, "甲甲", unit_id=village, doctor="王敏", visits=[visit(date(2026, 8, 1), risk="2")])
    add_person(ledger, "乙乙", doctor="李华", visits=[visit(date(2026, 8, 1), visit_class="2")])
    for query in (
        DueQuery(village="青龙村"),
        DueQuery(doctor="王敏"),
        DueQuery(visit_class="3"),
        DueQuery(risk="2"),
    ):
        found = listed(ledger, query)
        assert [one.id for one in found.patients] == [mine], query
        assert sum(found.buckets.values()) == 1
    assert listed(ledger, DueQuery(visit_class="none")).patients == []


def test_an_unknown_village_or_doctor_is_no_empty_list(ledger: Ledger) -> None:
    for query in (DueQuery(village="没有"), DueQuery(doctor="没有")):
        with pytest.raises(UserError) as caught:
            listed(ledger, query)
        assert caught.value.code in {"MH-REPORT-03", "MH-ROUNDS-01"}


@pytest.mark.parametrize(("window", "days"), [("today", 0), ("week", 7), ("month", 30), ("quarter", 41)])
def test_the_window_decides_how_far_due_reaches(ledger: Ledger, window: str, days: int) -> None:
    assert DueQuery(window=window).within(TODAY) == days
    inside = add_person(ledger, "甲甲", visits=[visit(TODAY, next_on=TODAY + timedelta(days=max(days, 1)))])
    outside = add_person(ledger, "乙乙", visits=[visit(TODAY, next_on=TODAY + timedelta(days=days + 1))])
    found = {one.id: one.state for one in listed(ledger, DueQuery(window=window, buckets=ALL)).patients}
    assert found[inside] == ("due" if days else "on_time")
    assert found[outside] == "on_time"


def test_filters_and_order_are_kept_for_the_user(ledger: Ledger) -> None:
    assert worklist.saved_query(ledger) == DueQuery()
    query = DueQuery(window="quarter", order="village", buckets=("overdue",), risk="3")
    worklist.save_query(ledger, query)
    assert worklist.saved_query(ledger) == query


def test_list_and_report_count_alike(ledger: Ledger, overdue: int) -> None:
    snoozed = add_person(ledger, "乙乙", visits=[visit(date(2026, 8, 1))])
    snoozes.put_off(ledger, snoozed, reason="外出务工", until=date(2026, 12, 1), today=TODAY)
    total = rollups.weekly(ledger, on=TODAY, today=TODAY).total
    assert list(total["visits_overdue"].numerator_ids) == [overdue]
    assert listed(ledger).buckets["overdue"] == 1


# ---------------------------------------------------------------- 暂缓


def test_a_snooze_waits_until_its_day_and_says_why(ledger: Ledger, overdue: int) -> None:
    snoozes.put_off(ledger, overdue, reason="外出务工", until=TODAY + timedelta(days=3), today=TODAY)
    entry = entry_of(ledger, overdue)
    assert entry.state == "snoozed"
    assert "外出务工" in entry.reason
    assert "2026-11-23" in entry.reason
    later = worklist.due(ledger, today=TODAY + timedelta(days=3)).patients
    assert [one.state for one in later] == ["overdue"]


def test_a_visit_ends_a_snooze(ledger: Ledger, overdue: int) -> None:
    snoozes.put_off(ledger, overdue, reason="外出务工", until=TODAY + timedelta(days=40), today=TODAY)
    seen = dataclasses.replace(visit(TODAY, visit_class="1"), patient_id=overdue)
    follow_ups.record(ledger, seen, today=TODAY)
    after = worklist.due(ledger, today=TODAY + timedelta(days=20), query=DueQuery(buckets=ALL)).patients[0]
    assert after.state == "overdue"  # 2 weeks after an unstable visit, though put off for 40 days


def test_a_snooze_can_be_ended(ledger: Ledger, overdue: int) -> None:
    snoozes.put_off(ledger, overdue, reason="外出务工", until=TODAY + timedelta(days=9), today=TODAY)
    snoozes.end(ledger, overdue, today=TODAY)
    assert state_of(ledger, overdue) == "overdue"


@pytest.mark.parametrize(
    ("reason", "days", "code"),
    [(" ", 5, "MH-ROUNDS-03"), ("外出", 0, "MH-ROUNDS-04"), ("外出", 93, "MH-ROUNDS-04")],
)
def test_a_snooze_needs_a_reason_and_a_day(ledger: Ledger, overdue: int, reason: str, days: int, code: str) -> None:
    with pytest.raises(UserError) as caught:
        snoozes.put_off(ledger, overdue, reason=reason, until=TODAY + timedelta(days=days), today=TODAY)
    assert caught.value.code == code


# ---------------------------------------------------------------- failed contacts, 失访


def test_three_tries_over_a_month_propose_loss_and_set_nothing(ledger: Ledger, overdue: int) -> None:
    for day in (date(2026, 10, 15), date(2026, 10, 29)):
        attempts.record(ledger, ContactAttempt(patient_id=overdue, attempted_on=day, result="3"), today=TODAY)
    assert "retry_late" in reminders_of(ledger, overdue)
    attempts.record(ledger, ContactAttempt(patient_id=overdue, attempted_on=TODAY, result="1"), today=TODAY)
    entry = entry_of(ledger, overdue)
    assert "propose_lost" in [one.key for one in entry.reminders]
    assert entry.state == "snoozed"  # tried again within 2 weeks, not lost
    assert patients.load(ledger, overdue).follow_ups[0].lost_reason is None


def test_loss_in_vain_needs_the_tries_on_record(ledger: Ledger, overdue: int) -> None:
    lost = FollowUp(patient_id=overdue, visit_date=TODAY, lost_reason="4", doctor_name="王敏")
    with pytest.raises(RecordRefused):
        follow_ups.record(ledger, lost, today=TODAY)
    for day in (date(2026, 10, 15), date(2026, 10, 29), date(2026, 11, 18)):
        attempts.record(ledger, ContactAttempt(patient_id=overdue, attempted_on=day, result="3"), today=TODAY)
    follow_ups.record(ledger, lost, today=TODAY)
    assert state_of(ledger, overdue) == "snoozed"
    assert reminders_of(ledger, overdue)[0] == "report_lost"


def test_a_visit_begins_the_count_of_tries_anew(ledger: Ledger, overdue: int) -> None:
    for day in (date(2026, 7, 1), date(2026, 7, 15), date(2026, 10, 15)):
        attempts.record(ledger, ContactAttempt(patient_id=overdue, attempted_on=day), today=TODAY)
    assert [key for key in reminders_of(ledger, overdue) if key.startswith("retry")] == ["retry_late"]
    assert "propose_lost" not in reminders_of(ledger, overdue)
    since = attempts.since_last_visit(ledger, overdue, last_visit_on=date(2026, 8, 1))
    assert [one.attempted_on for one in since] == [date(2026, 10, 15)]
    assert not attempts.says_lost(ledger, since)


def test_nobody_is_tried_in_the_future_or_after_the_end(ledger: Ledger, overdue: int) -> None:
    with pytest.raises(UserError, match="MH-VISIT-02"):
        attempts.record(ledger, ContactAttempt(patient_id=overdue, attempted_on=date(2026, 11, 21)), today=TODAY)
    with ledger.change("movement.record") as change:
        change.add(Movement(patient_id=overdue, kind="died", happened_on=date(2026, 11, 1)))
    with pytest.raises(UserError, match="MH-ROUNDS-02"):
        attempts.record(ledger, ContactAttempt(patient_id=overdue, attempted_on=TODAY), today=TODAY)


def test_a_failed_contact_can_be_taken_back(ledger: Ledger, overdue: int) -> None:
    attempt_id, _ = attempts.record(ledger, ContactAttempt(patient_id=overdue, attempted_on=TODAY), today=TODAY)
    assert state_of(ledger, overdue) == "snoozed"
    attempts.void(ledger, attempt_id, reason="记错人")
    assert state_of(ledger, overdue) == "overdue"


@pytest.mark.parametrize(("result", "mode"), [("1", "3"), ("2", "3"), ("3", "2"), ("5", "2"), ("4", None), ("9", None)])
def test_the_result_says_how_somebody_was_tried(result: str, mode: str | None) -> None:
    assert attempts.mode_of(result) == mode


def test_a_result_reads_in_words() -> None:
    day = date(2026, 11, 1)
    known, foreign, none = (ContactAttempt(patient_id=1, attempted_on=day, result=one) for one in ("3", "锁门", None))
    assert [attempts.result_words(one) for one in (known, foreign, none)] == ["上门无人", "锁门", ""]


# ---------------------------------------------------------------- reminders


def test_a_death_ends_the_plan_at_once(ledger: Ledger, overdue: int) -> None:
    dead = FollowUp(
        patient_id=overdue, visit_date=TODAY, death_date=date(2026, 11, 10), death_reason="4", doctor_name="王敏"
    )
    follow_ups.record(ledger, dead, today=TODAY)
    entry = entry_of(ledger, overdue)
    assert (entry.state, entry.reminders) == ("ended", ())


def test_who_refuses_stays_registered_with_a_reminder(ledger: Ledger) -> None:
    patient_id = add_person(ledger, "甲甲", visits=[visit(date(2026, 8, 1))], consent="0")
    assert state_of(ledger, patient_id) == "overdue"
    assert "refused" in reminders_of(ledger, patient_id)


def test_half_a_year_without_a_face(ledger: Ledger) -> None:
    phoned = [visit(day, form="3") for day in (date(2026, 7, 1), date(2026, 10, 1))]
    only_phone = add_person(ledger, "甲甲", visits=[visit(date(2026, 5, 19)), *phoned])
    seen = add_person(ledger, "乙乙", visits=[visit(date(2026, 5, 21)), *phoned])
    newcomer = add_person(ledger, "丙丙", registered_on=date(2026, 10, 1), visits=[visit(date(2026, 10, 2), form="3")])
    assert "face" in reminders_of(ledger, only_phone)
    assert "face" not in reminders_of(ledger, seen)
    assert "face" not in reminders_of(ledger, newcomer)


def test_risk_three_is_to_be_exchanged_and_unstable_to_be_referred(ledger: Ledger) -> None:
    risky = add_person(ledger, "甲甲", visits=[visit(date(2026, 11, 18), risk="3", visit_class="1")])
    calm = add_person(ledger, "乙乙", visits=[visit(date(2026, 11, 18), risk="2", visit_class="2")])
    assert reminders_of(ledger, risky)[:2] == ["exchange", "refer"]
    assert reminders_of(ledger, calm) == []
    assert "3 级" in entry_of(ledger, risky).reminders[0].words


# ---------------------------------------------------------------- 出院信息单


def test_a_discharge_note_makes_a_visit_due_within_five_working_days(ledger: Ledger) -> None:
    inside = visit(date(2026, 11, 1), hospitalization="1", risk=None, visit_class=None)
    patient_id = add_person(ledger, "甲甲", visits=[inside])
    note = DischargeNote(patient_id=patient_id, received_on=date(2026, 11, 18), discharged_on=PartialDate(2026, 11, 16))
    discharge.record(ledger, note, today=TODAY)
    entry = entry_of(ledger, patient_id)
    assert entry.due_on == date(2026, 11, 25) == discharge.due_on(ledger, date(2026, 11, 18))
    assert entry.state == "due"
    assert "discharge" in [one.key for one in entry.reminders]


def test_the_next_visit_answers_a_note_and_a_voided_one_opens_it_again(ledger: Ledger, overdue: int) -> None:
    discharge.record(ledger, DischargeNote(patient_id=overdue, received_on=date(2026, 11, 18)), today=TODAY)
    seen = dataclasses.replace(visit(TODAY), patient_id=overdue)
    follow_up_id, _ = follow_ups.record(ledger, seen, today=TODAY)
    assert discharge.of_patient(ledger, overdue)[0].follow_up_id == follow_up_id
    assert state_of(ledger, overdue) == "on_time"
    follow_ups.void(ledger, follow_up_id, reason="记错人")
    assert discharge.of_patient(ledger, overdue)[0].follow_up_id is None
    assert "discharge" in reminders_of(ledger, overdue)


def test_who_was_lost_is_found_by_a_discharge_note(ledger: Ledger) -> None:
    lost = FollowUp(visit_date=date(2026, 10, 1), lost_reason="3", doctor_name="王敏")
    patient_id = add_person(ledger, "甲甲", visits=[visit(date(2026, 5, 1)), lost])
    assert state_of(ledger, patient_id) == "snoozed"
    note_id, _ = discharge.record(ledger, DischargeNote(patient_id=patient_id, received_on=TODAY), today=TODAY)
    assert state_of(ledger, patient_id) == "overdue"
    discharge.void(ledger, note_id, reason="记错人")
    assert state_of(ledger, patient_id) == "snoozed"


def test_a_note_has_sound_days(ledger: Ledger, overdue: int) -> None:
    for wrong in (
        {"received_on": date(2026, 11, 21)},
        {"received_on": TODAY, "admitted_on": PartialDate(2026, 11, 3), "discharged_on": PartialDate(2026, 11, 2)},
        {"received_on": TODAY, "discharged_on": PartialDate(2027)},
    ):
        with pytest.raises(UserError, match="MH-ROUNDS-06"):
            discharge.record(ledger, DischargeNote(patient_id=overdue, **wrong), today=TODAY)


# ---------------------------------------------------------------- on paper


def test_the_workbook_holds_exactly_what_is_shown(ledger: Ledger, overdue: int, tmp_path: Path) -> None:
    add_person(ledger, "乙乙", visits=[visit(date(2026, 6, 1))])
    query = DueQuery(order="name")
    shown = listed(ledger, query)
    keys = ("name", "due_on", "late")
    unit = due_report.unit_name(ledger)
    report = due_report.build(shown.patients, keys=keys, query=query, unit_name=unit, today=TODAY)
    file = tmp_path / "due.xlsx"
    due_report.write(ledger, report, file)
    rows = [[cell for cell in row if cell is not None] for row in read_tables(file)[0].rows]
    assert ["序号", "姓名", "应访日期", "时限"] in rows
    assert [1, "乙乙", "2026-09-01", "超 80 天"] in rows
    assert [2, "冉秀兰", "2026-11-01", "超 19 天"] in rows
    assert any("共 2 人" in str(cell) for row in rows for cell in row)


def test_a_masked_workbook_names_nobody(ledger: Ledger, overdue: int) -> None:
    shown = listed(ledger)
    report = due_report.build(shown.patients, query=DueQuery(), unit_name="甲", today=TODAY, masked=True)
    texts = [str(cell.value) for row in report.sheets[0].rows for cell in row if cell is not None]
    assert not any("冉秀兰" in one or "139" in one for one in texts)


def test_ten_thousand_characters_of_note_are_kept(ledger: Ledger, overdue: int) -> None:
    long = "访" * 10_000
    seen = dataclasses.replace(visit(TODAY), patient_id=overdue, note=long)
    follow_up_id, _ = follow_ups.record(ledger, seen, today=TODAY)
    assert ledger.get(FollowUp, follow_up_id).note == long
    assert ledger.get(Patient, overdue).note is None
