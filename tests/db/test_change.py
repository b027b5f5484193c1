"""One transaction: all of it or nothing, with its history and its audit row."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy
from sqlalchemy import delete, insert, text, update

from db import audit, schema
from db.change import Change
from db.ledger import Ledger
from mhdesk.domain.account import Draft
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.unit import Unit
from tests.conftest import FixedClock


def add_patient(ledger: Ledger, **fields: object) -> int:
    with ledger.change("patient.add") as change:
        return change.add(Patient(name="罗丽莎", **fields))  # type: ignore[arg-type]


def last_audit(ledger: Ledger) -> audit.AuditRow:
    with ledger.read() as connection:
        return list(audit.rows(connection))[-1]


def test_adding_sets_where_it_came_from(ledger: Ledger, clock: FixedClock) -> None:
    then = clock() - timedelta(days=9)
    pretender = Patient(name="甲", uuid="mine", entered_by="somebody", entered_at=then, version=7)
    with ledger.change("patient.add") as change:
        first, second = change.add(pretender), change.add(pretender)
    found = ledger.get(Patient, first)
    assert (found.entered_at, found.entered_by, found.version, len(found.uuid)) == (clock(), "wang", 1, 36)
    assert found.uuid != ledger.get(Patient, second).uuid
    assert change.changes.topics == {"patient": frozenset({first, second})}


def test_records_of_another_ledger_keep_their_origin(ledger: Ledger, clock: FixedClock) -> None:
    then = clock() - timedelta(days=9)
    with ledger.change("merge") as change:
        record_id = change.add(
            Patient(name="甲", uuid="a-b", entered_by="li", entered_at=then, version=7), keep_origin=True
        )
    found = ledger.get(Patient, record_id)
    assert (found.uuid, found.entered_by, found.entered_at, found.version) == ("a-b", "li", then, 7)


def test_a_record_with_an_id_is_not_added_again(ledger: Ledger) -> None:
    known = ledger.get(Patient, add_patient(ledger))
    with pytest.raises(ValueError, match="id"), ledger.change("patient.add") as change:
        change.add(known)


def test_mixed_records_get_ids_in_order(ledger: Ledger) -> None:
    patient = add_patient(ledger)
    records = [
        FollowUp(patient_id=patient, drugs=(DrugLine(drug_name="氯氮平"), DrugLine(drug_name="碳酸锂", dose=0.25))),
        Unit(name="龙塔村", level="village"),
        FollowUp(patient_id=patient),
    ]
    with ledger.change("test") as change:
        ids = change.add_many(records)
    assert [drug.drug_name for drug in ledger.get(FollowUp, ids[0]).drugs] == ["氯氮平", "碳酸锂"]
    assert ledger.get(Unit, ids[1]).name == "龙塔村"
    assert ledger.get(FollowUp, ids[2]).drugs == ()
    assert change.changes.topics == {"follow_up": frozenset({ids[0], ids[2]}), "unit": frozenset({ids[1]})}


def test_an_exception_rolls_everything_back(ledger: Ledger) -> None:
    before = last_audit(ledger)

    with pytest.raises(ZeroDivisionError), ledger.change("patient.add") as change:  # noqa: PT012 - a whole block fails
        change.add(Patient(name="甲"))
        change.set_setting("a", 1)
        raise ZeroDivisionError

    assert ledger.find(Patient) == []
    assert ledger.get_setting("a") is None
    assert last_audit(ledger) == before
    add_patient(ledger)
    assert last_audit(ledger).seq == before.seq + 1


def test_a_broken_reference_is_refused(ledger: Ledger) -> None:
    with pytest.raises(sqlalchemy.exc.IntegrityError), ledger.change("test") as change:
        change.add(Movement(patient_id=999, kind="died", happened_on=ledger.now().date()))
    assert ledger.find(Movement) == []


def test_replacing_keeps_the_version_before(ledger: Ledger, clock: FixedClock) -> None:
    record_id = add_patient(ledger, phone="13800000000", birth_date=PartialDate(1980))
    first = ledger.get(Patient, record_id)
    clock.advance(hours=1)
    with ledger.change("patient.edit", reason="来电更正") as change:
        change.replace(dataclasses.replace(first, phone="13900000000", uuid="x", entered_by="x", entered_at=None))
    second = ledger.get(Patient, record_id)
    assert second == dataclasses.replace(first, phone="13900000000", version=2)
    (row,) = ledger.history_of(Patient, record_id)
    assert (row.version, row.changed_by, row.changed_at, row.action, row.reason) == (
        1,
        "wang",
        clock(),
        "patient.edit",
        "来电更正",
    )
    assert (row.before["phone"], row.before["birth_date"]) == ("13800000000", "1980")
    entry = last_audit(ledger)
    assert (entry.object_kind, entry.object_uuid, entry.objects, entry.fields, entry.seq) == (
        "patient",
        first.uuid,
        1,
        "phone",
        row.audit_seq,
    )
    assert change.changes.topics == {"patient": frozenset({record_id})}


def test_replacing_by_the_same_changes_nothing(ledger: Ledger) -> None:
    record_id = add_patient(ledger)
    known = ledger.get(Patient, record_id)
    with ledger.change("patient.edit") as change:
        change.replace(known)
    assert ledger.get(Patient, record_id) == known
    assert ledger.history_of(Patient, record_id) == []
    assert not change.changes.topics


def test_drug_lines_are_replaced_and_remembered(ledger: Ledger) -> None:
    patient = add_patient(ledger)
    with ledger.change("follow_up.record") as change:
        record_id = change.add(FollowUp(patient_id=patient, drugs=(DrugLine(drug_name="氯氮平"), DrugLine())))
    known = ledger.get(FollowUp, record_id)
    with ledger.change("follow_up.edit") as change:
        change.replace(dataclasses.replace(known, drugs=(DrugLine(drug_name="奥氮平"),)))
    assert [drug.drug_name for drug in ledger.get(FollowUp, record_id).drugs] == ["奥氮平"]
    before = ledger.history_of(FollowUp, record_id)[0].before
    assert [drug["drug_name"] for drug in before["drugs"]] == ["氯氮平", ""]


def test_somebody_elses_change_is_not_overwritten(ledger: Ledger) -> None:
    record_id = add_patient(ledger)
    known = ledger.get(Patient, record_id)
    with ledger.change("patient.edit") as change:
        change.replace(dataclasses.replace(known, phone="1"))
    with pytest.raises(UserError, match="MH-LEDGER-23"), ledger.change("patient.edit") as change:
        change.replace(dataclasses.replace(known, phone="2"))
    assert ledger.get(Patient, record_id).phone == "1"


def test_voiding_keeps_the_record_out_of_lists_only(ledger: Ledger, clock: FixedClock) -> None:
    record_id = add_patient(ledger)
    for reason, code in (("", "MH-LEDGER-36"), ("  ", "MH-LEDGER-36")):
        with pytest.raises(UserError, match=code), ledger.change("patient.void") as change:
            change.void(Patient, record_id, reason)
    with ledger.change("patient.void") as change:
        change.void(Patient, record_id, "重复建档")
    found = ledger.get(Patient, record_id)
    assert (found.voided_at, found.void_reason, found.version) == (clock(), "重复建档", 2)
    assert ledger.find(Patient) == []
    assert ledger.find(Patient, include_voided=True) == [found]
    assert [row.reason for row in ledger.history_of(Patient, record_id)] == ["重复建档"]
    with pytest.raises(UserError, match="MH-LEDGER-25"), ledger.change("patient.void") as change:
        change.void(Patient, record_id, "again")
    with pytest.raises(UserError, match="MH-LEDGER-25"), ledger.change("patient.edit") as change:
        change.replace(dataclasses.replace(found, name="乙"))


def test_what_is_not_there_says_so(ledger: Ledger) -> None:
    with pytest.raises(UserError, match="MH-LEDGER-24"):
        ledger.get(Patient, 12345)
    with pytest.raises(UserError, match="MH-LEDGER-24"), ledger.change("x") as change:
        change.replace(Patient(name="甲"))
    with pytest.raises(UserError, match="MH-LEDGER-24"), ledger.change("x") as change:
        change.void(Patient, 12345, "reason")


@pytest.mark.parametrize(
    "statement",
    [
        insert(schema.patient).values(name="x"),
        update(schema.follow_up).values(note="x"),
        delete(schema.app_user),
        delete(schema.follow_up_drug),
        insert(schema.history).values(version=1),
        update(schema.audit).values(login="x"),
    ],
    ids=lambda statement: statement.table.name,
)
def test_records_cannot_be_changed_behind_the_history(ledger: Ledger, statement: sqlalchemy.Executable) -> None:
    with pytest.raises(RuntimeError, match="records"), ledger.change("x") as change:
        change.execute(statement)
    with pytest.raises(TypeError), ledger.change("x") as change:
        change.execute(text("DELETE FROM patient"))


def test_other_tables_are_written_in_the_same_transaction(ledger: Ledger) -> None:
    patient = add_patient(ledger)
    with ledger.change("patient.index") as change:
        change.execute(insert(schema.patient_search), [{"patient_id": patient, "haystack": "罗丽莎 llz luolisha"}])
    assert change.changes.touches("patient_search")


def test_only_drafts_go_without_an_audit_row(ledger: Ledger) -> None:
    seq = last_audit(ledger).seq
    with ledger.change("draft.save", audited=False) as change:
        change.save_draft(Draft(login="wang", form="patient"))
    assert last_audit(ledger).seq == seq
    writes: list[Callable[[Change], object]] = [
        lambda change: change.add(Patient(name="甲")),
        lambda change: change.set_setting("a", 1),
        lambda change: change.touch("print"),
    ]
    for write in writes:
        with pytest.raises(RuntimeError, match="drafts"), ledger.change("sneak", audited=False) as change:
            write(change)
    assert ledger.find(Patient) == []


def test_a_change_in_a_change_is_a_bug_but_reading_in_one_is_not(ledger: Ledger) -> None:
    with ledger.change("outer") as change:
        record_id = change.add(Patient(name="甲"))
        assert ledger.get(Patient, record_id).name == "甲"
        with pytest.raises(RuntimeError), ledger.change("inner"):
            pass
    with ledger.read(), pytest.raises(RuntimeError), ledger.change("inner"):
        pass


def test_settings_hold_anything_json_can_say(ledger: Ledger) -> None:
    values: list[object] = [{"规则": ["SC2017", 1, None]}, [], "", 0, False, None]
    for value in values:
        ledger.set_setting("rules", value)
        assert ledger.get_setting("rules", "default") == value
    assert ledger.get_setting("absent", "default") == "default"
    assert last_audit(ledger).fields == "setting.rules"


def test_find_compares_as_stored(ledger: Ledger) -> None:
    first = add_patient(ledger, sex="1", birth_date=PartialDate(1980, 5), payment=("1", "3"))
    second = add_patient(ledger)
    assert [one.id for one in ledger.find(Patient, birth_date=PartialDate(1980, 5))] == [first]
    assert [one.id for one in ledger.find(Patient, payment=("1", "3"))] == [first]
    assert [one.id for one in ledger.find(Patient, sex=None)] == [second]


def test_many_ids_come_back_in_their_order(ledger: Ledger) -> None:
    from db.queries.records import load_many

    with ledger.change("import") as change:
        ids = change.add_many([Patient(name=str(number)) for number in range(1200)])
    wanted = [*reversed(ids), 999999]
    with ledger.read() as connection:
        assert [one.id for one in load_many(connection, Patient, wanted)] == wanted[:-1]


def test_fifty_thousand_patients_go_in_quickly(ledger: Ledger) -> None:
    patients = [
        Patient(name=f"甲{number}", id_number=f"{number:018}", sex="1", birth_date=PartialDate(1980, 1, 2), phone="1")
        for number in range(50_000)
    ]
    start = time.process_time()
    with ledger.change("import.patients") as change:
        ids = change.add_many(patients)
    # Measured 2.4 s; ten times as much would mean that rows go in one by one.
    assert time.process_time() - start < 20
    assert len(set(ids)) == 50_000
    assert last_audit(ledger).objects == 50_000
