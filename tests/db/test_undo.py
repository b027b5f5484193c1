"""Undo takes a whole transaction back, keeps history, and refuses when somebody has worked on since."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from db import undo
from db.ledger import Ledger
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Movement, Patient


def last_seq(ledger: Ledger) -> int:
    with ledger.read() as connection:
        return undo.undoable(connection)[0].seq


def test_what_was_added_is_voided_and_undo_can_be_undone(ledger: Ledger) -> None:
    with ledger.change("patient.register") as change:
        patient_id = change.add(Patient(name="冉秀兰"))
        change.add(Movement(patient_id=patient_id, kind="moved_out", happened_on=date(2026, 3, 1)))
    seq = last_seq(ledger)
    undo.undo(ledger, seq)
    assert ledger.find(Patient, name="冉秀兰") == []
    assert ledger.find(Movement, patient_id=patient_id) == []
    undo.undo(ledger, last_seq(ledger))
    assert [one.id for one in ledger.find(Patient, name="冉秀兰")] == [patient_id]
    assert len(ledger.find(Movement, patient_id=patient_id)) == 1


def test_what_was_changed_or_voided_comes_back_with_its_drugs(ledger: Ledger) -> None:
    with ledger.change("patient.register") as change:
        patient_id = change.add(Patient(name="冉秀兰"))
    drugs = (DrugLine(drug_name="利培酮", morning=1.0), DrugLine(purpose="guidance", drug_name="利培酮", night=2.0))
    with ledger.change("follow_up.record") as change:
        visit_id = change.add(FollowUp(patient_id=patient_id, visit_date=date(2026, 3, 1), risk_level="0", drugs=drugs))
    first = ledger.get(FollowUp, visit_id)
    with ledger.change("follow_up.correct") as change:
        change.replace(dataclasses.replace(first, risk_level="3", drugs=drugs[:1]))
    undo.undo(ledger, last_seq(ledger))
    back = ledger.get(FollowUp, visit_id)
    assert (back.risk_level, back.drugs, back.version) == ("0", drugs, 3)
    with ledger.change("follow_up.void", reason="录错") as change:
        change.void(FollowUp, visit_id, "录错")
    undo.undo(ledger, last_seq(ledger))
    assert ledger.get(FollowUp, visit_id).voided_at is None
    assert len(ledger.history_of(FollowUp, visit_id)) == 4


def test_later_work_is_never_lost(ledger: Ledger) -> None:
    with ledger.change("patient.register") as change:
        patient_id = change.add(Patient(name="冉秀兰"))
    seq = last_seq(ledger)
    with ledger.change("patient.update") as change:
        change.replace(dataclasses.replace(ledger.get(Patient, patient_id), phone="13900000000"))
    with pytest.raises(UserError, match="MH-LEDGER-23"):
        undo.undo(ledger, seq)
    assert ledger.get(Patient, patient_id).phone == "13900000000"


def test_nothing_twice_and_nothing_that_is_not_ours(ledger: Ledger) -> None:
    with ledger.change("patient.register") as change:
        change.add(Patient(name="冉秀兰"))
    seq = last_seq(ledger)
    undo.undo(ledger, seq)
    for again in (seq, 1, 10**6):
        with pytest.raises(UserError, match="MH-UNDO-01"):
            undo.undo(ledger, again)
