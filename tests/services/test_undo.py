"""The last action, imports and the recycle bin: what is taken back comes back whole, and later work is never lost."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.services import drafts, follow_ups, imports, patients, recycle, undo
from tests.services.registered import TODAY, number, register
from tests.services.workbooks import xlsx

if TYPE_CHECKING:
    from db.ledger import Ledger


def last(ledger: Ledger) -> undo.Action:
    found = undo.last(ledger)
    assert found is not None
    return found


def test_nothing_to_take_back_in_a_new_ledger(ledger: Ledger) -> None:
    drafts.save(ledger, form="patient", subject_id=0, values={"name": "冉"})
    action = undo.last(ledger)
    assert action is None or action.action == "ledger.create"


def test_last_then_the_one_before_and_redo(ledger: Ledger) -> None:
    patient_id = register(ledger, "冉秀兰")
    person = ledger.get(Patient, patient_id)
    patients.save(ledger, dataclasses.replace(person, name="冉秀岚"), today=TODAY)
    assert last(ledger).names == ["冉秀岚"]
    done = undo.undo(ledger, last(ledger).seq)
    assert (done.action.action, list(done.action.names)) == ("patient.update", ["冉秀岚"])
    assert [hit.name for hit in patients.search(ledger, "冉秀兰")] == ["冉秀兰"]
    assert patients.search(ledger, "冉秀岚") == []
    assert last(ledger).action == "patient.register"
    again = undo.undo(ledger, done.redo)
    assert again.action.action == "patient.update"
    assert ledger.get(Patient, patient_id).name == "冉秀岚"
    assert [hit.name for hit in patients.search(ledger, "岚")] == ["冉秀岚"]
    # what was put back is the last action again
    assert last(ledger).action == "patient.update"
    undo.undo(ledger, last(ledger).seq)
    undo.undo(ledger, last(ledger).seq)
    assert ledger.find(Patient) == []


def test_a_person_with_later_visits_is_not_taken_back(ledger: Ledger) -> None:
    patient_id = register(ledger)
    seq = last(ledger).seq
    visit = FollowUp(patient_id=patient_id, visit_date=date(2026, 3, 1), visit_form="1", risk_level="0")
    follow_ups.record(ledger, visit, today=TODAY)
    with pytest.raises(UserError, match="MH-UNDO-02"):
        undo.undo(ledger, seq)
    undo.undo(ledger, last(ledger).seq)
    undo.undo(ledger, seq)
    assert ledger.find(Patient) == []


def test_an_import_is_taken_back_in_one_transaction_and_put_back(ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "花名册.xlsx"
    rows = [["姓名", "身份证号", "村（居）", "疾病诊断"]]
    for place, char in enumerate("兰岚蓝"):
        rows.append([f"冉秀{char}", number("19740302", f"0{place}2"), "石坝村", "精神分裂症"])
    xlsx(file, rows)
    imports.import_file(ledger, file, today=TODAY)
    assert len(ledger.find(Patient)) == 3
    (batch,) = undo.imports(ledger)
    assert batch.batch.new == 3
    assert batch.seq is not None
    done = undo.undo(ledger, batch.seq)
    assert done.action.action == "import.file"
    assert ledger.find(Patient) == []
    assert undo.imports(ledger) == []
    undo.undo(ledger, done.redo)
    assert len(ledger.find(Patient)) == 3
    patient_id = ledger.find(Patient)[0].id or 0
    visit = FollowUp(patient_id=patient_id, visit_date=date(2026, 3, 1), visit_form="1", risk_level="0")
    follow_ups.record(ledger, visit, today=TODAY)


def test_the_bin_says_who_when_why_and_gives_back(ledger: Ledger) -> None:
    patient_id = register(ledger)
    died = date(2026, 2, 1)
    visit = FollowUp(
        patient_id=patient_id, visit_date=date(2026, 3, 1), visit_form="1", death_date=died, death_reason="2"
    )
    visit_id, _ = follow_ups.record(ledger, visit, today=TODAY)
    follow_ups.void(ledger, visit_id, reason="同名，录错人")
    found = {one.kind: one for one in recycle.listed(ledger)}
    assert set(found) == {"follow_up", "movement"}
    bin_ = found["follow_up"]
    assert (bin_.person_name, bin_.happened_on, bin_.voided_by, bin_.reason) == (
        "冉秀兰",
        "2026-03-01",
        "wang",
        "同名，录错人",
    )
    recycle.restore(ledger, [("follow_up", visit_id)])
    assert recycle.listed(ledger) == []
    assert len(ledger.find(Movement, patient_id=patient_id)) == 1


def test_what_belongs_to_a_voided_person_comes_after_the_person(ledger: Ledger) -> None:
    patient_id = register(ledger, id_number=number(), no_id_reason=None)
    visit = FollowUp(patient_id=patient_id, visit_date=date(2026, 3, 1), visit_form="1", risk_level="0")
    visit_id, _ = follow_ups.record(ledger, visit, today=TODAY)
    follow_ups.void(ledger, visit_id, reason="录错")
    patients.void(ledger, patient_id, reason="录错")
    assert patients.search(ledger, "冉秀兰") == []
    with pytest.raises(UserError, match="MH-RECYCLE-01"):
        recycle.restore(ledger, [("follow_up", visit_id)])
    other = register(ledger, "冉秀岚", id_number=number(), no_id_reason=None)
    with pytest.raises(UserError, match="MH-RECYCLE-03"):
        recycle.restore(ledger, [("patient", patient_id)])
    patients.void(ledger, other, reason="录错")
    recycle.restore(ledger, [("follow_up", visit_id), ("patient", patient_id)])
    assert ledger.get(FollowUp, visit_id).voided_at is None
    assert [hit.id for hit in patients.search(ledger, "冉秀兰")] == [patient_id]
