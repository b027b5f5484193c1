"""Slips on a real ledger: moving out and back, receipts, referrals, the slip as a file between two ledgers."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from db import undo
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.errors import InputRefused, RecordRefused, UserError
from mhdesk.domain.patient import Patient
from mhdesk.domain.transfer import Transfer, TransferKind
from mhdesk.services import bulk_edit, patients, slip_files, transfers, worklist
from mhdesk.services.worklist import DueQuery
from tests.services.round_people import add_person, add_village, visit

if TYPE_CHECKING:
    from db.ledger import Ledger
    from tests.conftest import FixedClock, LedgerTemplate

TODAY = date(2026, 11, 20)
ID_NUMBER = "50011219740302122X"


def out_slip(patient_id: int, **more: object) -> Transfer:
    values: dict[str, object] = {
        "kind": "out",
        "slip_number": "",
        "happened_on": date(2026, 11, 10),
        "to_unit": "大足区精卫中心",
        "reason": "随子女迁居",
        "doctor_name": "王敏",
    }
    return Transfer(patient_id=patient_id, **(values | more))  # type: ignore[arg-type]


def state_of(ledger: Ledger, patient_id: int, on: date = TODAY) -> str:
    query = DueQuery(buckets=("on_time", "due", "overdue", "snoozed", "ended"))
    return next(one.state for one in worklist.due(ledger, today=on, query=query).patients if one.id == patient_id)


@pytest.fixture
def person(ledger: Ledger) -> int:
    return add_person(
        ledger,
        "冉秀兰",
        visits=[visit(date(2026, 8, 1))],
        id_number=ID_NUMBER,
        no_id_reason=None,
        consent_date=date(2020, 3, 5),
        guardian_relation="夫",
    )


def test_moving_out_leaves_the_register_at_once(ledger: Ledger, person: int) -> None:
    slip_id, changes = transfers.send_out(ledger, out_slip(person), today=TODAY)
    assert {"movement", "transfer"} <= changes.topics.keys()
    slip = transfers.of_patient(ledger, person)[0]
    assert (slip.id, slip.slip_number, slip.receipt) == (slip_id, "2026-001", None)
    assert state_of(ledger, person) == "ended"


def test_a_refused_slip_brings_the_person_back(ledger: Ledger, person: int) -> None:
    slip_id, _ = transfers.send_out(ledger, out_slip(person), today=TODAY)
    transfers.note_receipt(ledger, slip_id, accepted=False, on=date(2026, 11, 18), note="查无此人", today=TODAY)
    assert state_of(ledger, person) == "overdue"
    assert transfers.of_patient(ledger, person)[0].receipt == "refused"
    again, _ = transfers.send_out(ledger, out_slip(person), today=TODAY)
    assert ledger.get(Transfer, again).slip_number == "2026-002"


def test_an_accepted_slip_stays_and_is_no_longer_waited_for(ledger: Ledger, person: int) -> None:
    slip_id, _ = transfers.send_out(ledger, out_slip(person, happened_on=date(2026, 11, 1)), today=TODAY)
    waiting = transfers.waiting(ledger, today=TODAY)
    assert [(one.days, one.is_late, one.slip.name) for one in waiting] == [(19, True, "冉秀兰")]
    assert not transfers.waiting(ledger, today=date(2026, 11, 15))[0].is_late
    transfers.note_receipt(ledger, slip_id, accepted=True, on=TODAY, today=TODAY)
    assert transfers.waiting(ledger, today=TODAY) == []
    assert state_of(ledger, person) == "ended"
    with pytest.raises(UserError, match="MH-ROUNDS-10"):
        transfers.note_receipt(ledger, slip_id, accepted=True, on=TODAY, today=TODAY)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"to_unit": " "}, "MH-ROUNDS-08"),
        ({"reason": None}, "MH-ROUNDS-08"),
        ({"happened_on": date(2026, 11, 21)}, "MH-ROUNDS-09"),
        ({"happened_on": date(2026, 7, 31)}, "MH-ROUNDS-09"),
    ],
)
def test_a_slip_is_complete_and_its_day_is_sound(
    ledger: Ledger, person: int, more: dict[str, object], code: str
) -> None:
    with pytest.raises(UserError) as caught:
        transfers.send_out(ledger, out_slip(person, **more), today=TODAY)
    assert caught.value.code == code
    assert state_of(ledger, person) == "overdue"


def test_a_receipt_has_a_day_and_a_refusal_its_reason(ledger: Ledger, person: int) -> None:
    slip_id, _ = transfers.send_out(ledger, out_slip(person), today=TODAY)
    for accepted, on, note, code in (
        (True, date(2026, 11, 9), "", "MH-ROUNDS-09"),
        (True, date(2026, 11, 21), "", "MH-ROUNDS-09"),
        (False, TODAY, "  ", "MH-ROUNDS-11"),
    ):
        with pytest.raises(UserError, match=code):
            transfers.note_receipt(ledger, slip_id, accepted=accepted, on=on, note=note, today=TODAY)


def test_who_has_left_cannot_leave_again(ledger: Ledger, person: int) -> None:
    transfers.send_out(ledger, out_slip(person), today=TODAY)
    with pytest.raises(UserError, match="MH-ROUNDS-02"):
        transfers.send_out(ledger, out_slip(person), today=TODAY)


def test_a_referral_changes_nothing_on_the_register(ledger: Ledger, person: int) -> None:
    slip = out_slip(person, kind=TransferKind.REFERRAL_UP, reason="病情波动")
    slip_id, _ = transfers.refer(ledger, slip, today=TODAY)
    assert state_of(ledger, person) == "overdue"
    transfers.note_receipt(ledger, slip_id, accepted=False, on=TODAY, note="床位已满", today=TODAY)
    assert state_of(ledger, person) == "overdue"
    with pytest.raises(ValueError, match="out"):
        transfers.refer(ledger, out_slip(person), today=TODAY)


def test_a_slip_taken_back_takes_its_movement_back(ledger: Ledger, person: int) -> None:
    slip_id, _ = transfers.send_out(ledger, out_slip(person), today=TODAY)
    transfers.void(ledger, slip_id, reason="开错了")
    assert state_of(ledger, person) == "overdue"
    assert transfers.listed(ledger) == []
    assert transfers.next_number(ledger, today=TODAY) == "2026-002"


def test_moving_out_can_be_undone(ledger: Ledger, person: int) -> None:
    transfers.send_out(ledger, out_slip(person), today=TODAY)
    with ledger.read() as connection:
        newest = undo.undoable(connection)[0]
    undo.undo(ledger, newest.seq)
    assert state_of(ledger, person) == "overdue"
    assert transfers.listed(ledger) == []


def arriving(**more: object) -> Patient:
    values: dict[str, object] = {"name": "覃建国", "sex": "1", "birth_date": PartialDate(1980), "no_id_reason": "1"}
    return Patient(**(values | more))  # type: ignore[arg-type]


def in_slip() -> Transfer:
    return Transfer(
        patient_id=0, kind="in", slip_number="外-7", happened_on=date(2026, 11, 16), from_unit="外区", reason="回乡"
    )


def test_who_moves_in_is_registered_and_due_within_two_weeks(ledger: Ledger) -> None:
    person = arriving(unit_id=ledger.root_unit_id)
    patient_id, _ = transfers.take_in(ledger, person, in_slip(), today=TODAY)
    stored = ledger.get(Patient, patient_id)
    assert (stored.registered_as, stored.registered_on) == ("moved_in", date(2026, 11, 16))
    entry = next(one for one in worklist.due(ledger, today=TODAY, within=30).patients if one.id == patient_id)
    assert entry.due_on == date(2026, 11, 30) == transfers.visit_due_on(ledger, date(2026, 11, 16))
    assert transfers.of_patient(ledger, patient_id)[0].receipt == "accepted"


def test_who_had_left_comes_back_as_a_newcomer(ledger: Ledger, person: int) -> None:
    transfers.send_out(ledger, out_slip(person), today=TODAY)
    stored = ledger.get(Patient, person)
    with pytest.raises(UserError, match="MH-ROUNDS-12"):
        transfers.take_in(ledger, ledger.get(Patient, add_person(ledger, "甲甲")), in_slip(), today=TODAY)
    moved = dataclasses.replace(stored, unit_id=add_village(ledger, "青龙村"))
    transfers.take_in(ledger, moved, in_slip(), today=TODAY)
    assert ledger.get(Patient, person).unit_id == moved.unit_id
    entry = next(one for one in worklist.due(ledger, today=TODAY, within=30).patients if one.id == person)
    assert entry.due_on == date(2026, 11, 30)


def test_the_dead_do_not_move_in(ledger: Ledger, person: int) -> None:
    from mhdesk.domain.patient import Movement

    with ledger.change("movement.record") as change:
        change.add(Movement(patient_id=person, kind="died", happened_on=date(2026, 11, 1)))
    with pytest.raises(UserError, match="MH-ROUNDS-13"):
        transfers.take_in(ledger, ledger.get(Patient, person), in_slip(), today=TODAY)


def test_a_slip_file_goes_from_one_ledger_into_another(
    ledger: Ledger, person: int, ledger_template: LedgerTemplate, tmp_path: Path, clock: FixedClock
) -> None:
    from db.ledger import Ledger as Opener

    slip_id, _ = transfers.send_out(ledger, out_slip(person, content={"note": "监护人已联系"}), today=TODAY)
    file = tmp_path / "slip.xlsx"
    slip_files.write(ledger, slip_id, file)
    sent = ledger.get(Patient, person)

    there = ledger_template.copy_to(tmp_path / "there")
    login, password = ledger_template.login, ledger_template.password
    with Opener.open(there, login=login, password=password, now=clock) as other:
        read = slip_files.read(file, today=TODAY)
        assert read.problems == ()
        assert slip_files.find_person(other, read.patient) is None
        assert read.last_visit["visit_class"] == "稳定"
        patient_id, _ = transfers.take_in(
            other, slip_files.with_person(read, unit_id=other.root_unit_id), read.slip, today=TODAY
        )
        came = other.get(Patient, patient_id)
        slip = transfers.of_patient(other, patient_id)[0]
        assert (slip.slip_number, slip.reason, slip.content) == ("2026-001", "随子女迁居", {"note": "监护人已联系"})
    ours = {
        "id",
        "uuid",
        "entered_at",
        "version",
        "unit_id",
        "registered_on",
        "registered_as",
        "record_number",
        "id_type",
    }
    for field in dataclasses.fields(Patient):
        if field.name not in ours:
            assert getattr(came, field.name) == getattr(sent, field.name), field.name


def test_the_same_person_is_found_by_number(ledger: Ledger, person: int, tmp_path: Path) -> None:
    slip_id, _ = transfers.send_out(ledger, out_slip(person), today=TODAY)
    file = tmp_path / "slip.xlsx"
    slip_files.write(ledger, slip_id, file)
    found = slip_files.find_person(ledger, slip_files.read(file, today=TODAY).patient)
    assert found is not None
    assert found.id == person
    assert patients.search(ledger, "冉秀兰")[0].id == person


def test_another_workbook_is_no_slip(ledger: Ledger, person: int, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("姓名,年龄\n甲,3\n", encoding="utf-8")
    with pytest.raises(InputRefused, match="MH-ROUNDS-14"):
        slip_files.read(file, today=TODAY)
    file.write_text("单据类别,迁出,2,slip\n", encoding="utf-8")
    with pytest.raises(InputRefused, match="MH-ROUNDS-15"):
        slip_files.read(file, today=TODAY)


def test_slips_against_the_record_are_refused(ledger: Ledger, person: int) -> None:
    early = out_slip(person, happened_on=date(2020, 3, 4))  # before 建档
    with pytest.raises(UserError, match="MH-ROUNDS-09"):
        transfers.send_out(ledger, early, today=TODAY)
    slip_id, _ = transfers.send_out(ledger, out_slip(person), today=TODAY)
    back = Transfer(patient_id=person, kind=TransferKind.IN, slip_number="9", happened_on=date(2026, 11, 9))
    with pytest.raises(UserError, match="MH-ROUNDS-09"):
        transfers.take_in(ledger, ledger.get(Patient, person), back, today=TODAY)
    transfers.take_in(
        ledger, ledger.get(Patient, person), dataclasses.replace(back, happened_on=date(2026, 11, 12)), today=TODAY
    )
    with pytest.raises(UserError, match="MH-ROUNDS-09"):  # before the return
        transfers.send_out(ledger, out_slip(person, happened_on=date(2026, 11, 11)), today=TODAY)
    with pytest.raises(UserError, match="MH-ROUNDS-16"):  # the return rests on it
        transfers.void(ledger, slip_id, reason="登记错误")


def test_registration_cannot_begin_after_what_is_recorded(ledger: Ledger, person: int) -> None:
    stored = ledger.get(Patient, person)
    late = dataclasses.replace(stored, registered_on=date(2026, 9, 1), consent_date=date(2026, 9, 1))
    with pytest.raises(RecordRefused) as refused:
        patients.save(ledger, late, today=TODAY)
    assert [one.code for one in refused.value.problems] == ["Q04f"]
    (line,) = bulk_edit.preview(ledger, [person], field="registered_on", value="2026-09-01", today=TODAY)
    assert line.is_blocked
