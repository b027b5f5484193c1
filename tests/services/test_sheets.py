"""Paper that comes back, batches of it, and what is copied into the national system."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING

import pytest

from db import undo
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import ContactAttempt, Patient
from mhdesk.domain.round import VisitSheet, VisitSheetRow
from mhdesk.services import attempts, batch, drafts, follow_ups, national, sheets, worklist
from mhdesk.services.batch import BatchRow
from tests.services.round_people import add_person, visit

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)
PRINTED = date(2026, 11, 10)


def add_sheet(ledger: Ledger, number: int, people: list[int], printed_on: date = PRINTED) -> int:
    with ledger.change("sheet.print") as change:
        sheet_id = change.add(VisitSheet(number=number, printed_on=printed_on, doctor_name="王敏"))
        for row, patient_id in enumerate(people, start=1):
            change.add(VisitSheetRow(sheet_id=sheet_id, row=row, patient_id=patient_id))
    return sheet_id


@pytest.fixture
def people(ledger: Ledger) -> list[int]:
    return [add_person(ledger, name, visits=[visit(date(2026, 8, 1))]) for name in ("甲甲", "乙乙", "丙丙")]


@pytest.fixture
def sheet_id(ledger: Ledger, people: list[int]) -> int:
    return add_sheet(ledger, 3, people)


def of(patient_id: int, day: date = date(2026, 11, 12)) -> FollowUp:
    return dataclasses.replace(visit(day), patient_id=patient_id)


@pytest.mark.parametrize("words", ["3-2", " 3 - 2 ", "３－２", "3—2", "3–02"])
def test_sheet_and_row_find_the_person(ledger: Ledger, sheet_id: int, people: list[int], words: str) -> None:
    found = sheets.find(ledger, words)
    assert (found.patient_id, found.sheet_id, found.row) == (people[1], sheet_id, 2)


@pytest.mark.parametrize("words", ["3-9", "9-1", "3", "张三", "", "3-2-1"])
def test_what_is_no_row_says_so(ledger: Ledger, sheet_id: int, words: str) -> None:
    with pytest.raises(UserError, match="MH-ROUNDS-05"):
        sheets.find(ledger, words)


def test_counts_of_what_is_out_and_back(ledger: Ledger, sheet_id: int, people: list[int]) -> None:
    follow_ups.record(ledger, of(people[0]), today=TODAY)
    rows = sheets.rows(ledger, sheet_id)
    assert [row.outcome for row in rows] == ["entered", None, None]
    assert rows[0].follow_up_id is not None
    attempt = ContactAttempt(patient_id=people[1], attempted_on=date(2026, 11, 12), result="3")
    attempts.record(ledger, attempt, today=TODAY, sheet_row_id=rows[1].id)
    book = sheets.book(ledger)
    assert (book.out, book.back, book.missing, book.withdrawn) == (3, 2, 1, 0)
    assert [row.name for row in sheets.not_back(ledger, today=TODAY)] == ["丙丙"]
    assert sheets.not_back(ledger, today=date(2026, 11, 17)) == []
    sheets.mark(ledger, [rows[2].id], "withdrawn", on=TODAY)
    assert sheets.book(ledger).missing == 0
    sheets.mark(ledger, [one.id for one in rows], None, on=TODAY)
    assert [row.outcome for row in sheets.rows(ledger, sheet_id)] == ["entered", None, None]


def test_a_visit_before_the_printing_closes_only_the_row_it_was_typed_from(
    ledger: Ledger, sheet_id: int, people: list[int]
) -> None:
    early = date(2026, 11, 9)
    follow_ups.record(ledger, of(people[0], early), today=TODAY)
    follow_ups.record(ledger, of(people[1], early), today=TODAY, sheet_row_id=sheets.find(ledger, "3-2").id)
    assert [row.outcome for row in sheets.rows(ledger, sheet_id)] == [None, "entered", None]


def test_a_visit_taken_back_opens_its_row(ledger: Ledger, sheet_id: int, people: list[int]) -> None:
    follow_up_id, _ = follow_ups.record(ledger, of(people[0]), today=TODAY)
    follow_ups.void(ledger, follow_up_id, reason="录错")
    assert [row.outcome for row in sheets.rows(ledger, sheet_id)] == [None, None, None]


def test_the_due_list_says_which_sheet_somebody_is_on(ledger: Ledger, sheet_id: int, people: list[int]) -> None:
    found = {one.id: one.sheet for one in worklist.due(ledger, today=TODAY).patients}
    assert found == {people[0]: "3-1", people[1]: "3-2", people[2]: "3-3"}


# ---------------------------------------------------------------- batches


def test_a_batch_is_the_open_rows_of_a_sheet_in_their_order(ledger: Ledger, sheet_id: int, people: list[int]) -> None:
    follow_ups.record(ledger, of(people[1]), today=TODAY)
    found = batch.of_sheet(ledger, sheet_id, today=TODAY)
    assert [(one.patient_id, one.place) for one in found.people] == [(people[0], "3-1"), (people[2], "3-3")]
    assert found.printed_on == PRINTED


def test_a_batch_is_stored_whole_and_undone_whole(ledger: Ledger, sheet_id: int, people: list[int]) -> None:
    found = batch.of_sheet(ledger, sheet_id, today=TODAY)
    rows = [BatchRow(of(one.patient_id), one.sheet_row_id) for one in found.people[:2]]
    ids, changes = batch.save(ledger, rows, today=TODAY, sheet_id=sheet_id, rest={"3:risk_level": "0"})
    assert len(ids) == 2
    assert changes.touches("visit_sheet_row")
    assert [row.outcome for row in sheets.rows(ledger, sheet_id)] == ["entered", "entered", None]
    assert batch.of_sheet(ledger, sheet_id, today=TODAY).draft == {"3:risk_level": "0"}
    with ledger.read() as connection:
        newest = undo.undoable(connection)[0]
    undo.undo(ledger, newest.seq)
    assert [row.outcome for row in sheets.rows(ledger, sheet_id)] == [None, None, None]
    assert [one.voided_at is None for one in (ledger.get(FollowUp, number) for number in ids)] == [False, False]


def test_one_faulty_row_stores_nothing(ledger: Ledger, sheet_id: int, people: list[int]) -> None:
    rows = [BatchRow(of(people[0])), BatchRow(of(people[1], date(2026, 11, 21)))]
    with pytest.raises(RecordRefused):
        batch.save(ledger, rows, today=TODAY, sheet_id=sheet_id, rest={})
    assert [row.outcome for row in sheets.rows(ledger, sheet_id)] == [None, None, None]


def test_two_rows_of_one_person_are_judged_together(ledger: Ledger, people: list[int]) -> None:
    with pytest.raises(RecordRefused):
        batch.save(ledger, [BatchRow(of(people[0])), BatchRow(of(people[0]))], today=TODAY, sheet_id=0, rest={})
    rows = [BatchRow(of(people[0], date(2026, 11, 3))), BatchRow(of(people[0]))]
    assert len(batch.save(ledger, rows, today=TODAY, sheet_id=0, rest={})[0]) == 2


def test_the_draft_goes_when_nothing_is_left(ledger: Ledger, people: list[int]) -> None:
    drafts.save(ledger, form=batch.FORM, subject_id=0, values={"1:risk_level": "0"})
    batch.save(ledger, [BatchRow(of(people[0]))], today=TODAY, sheet_id=0, rest={})
    assert drafts.load(ledger, form=batch.FORM, subject_id=0) is None


def test_a_batch_of_the_due_people(ledger: Ledger, people: list[int]) -> None:
    query = worklist.DueQuery(order="name")
    found = batch.of_village(ledger, query=query, today=TODAY)
    assert sorted(one.patient_id for one in found.people) == sorted(people)
    again = batch.of_people(ledger, people[:2], today=TODAY)
    assert [one.patient_id for one in again.people] == people[:2]


# ---------------------------------------------------------------- national system


def test_visits_wait_until_they_are_ticked(ledger: Ledger, people: list[int]) -> None:
    since = date(2026, 1, 1)
    waiting = national.not_entered(ledger, since=since)
    assert [one.name for one in waiting] == ["甲甲", "乙乙", "丙丙"]
    national.tick(ledger, [waiting[0].id, waiting[2].id], on=TODAY, today=TODAY)
    assert [one.name for one in national.not_entered(ledger, since=since)] == ["乙乙"]
    assert [one.national_entered_on for one in national.entered(ledger, since=since)] == ["2026-11-20"] * 2
    national.tick(ledger, [waiting[0].id], on=None, today=TODAY)
    assert [one.name for one in national.not_entered(ledger, since=since)] == ["甲甲", "乙乙"]
    assert national.not_entered(ledger, since=date(2026, 8, 2)) == []


def test_a_tick_has_a_sound_day(ledger: Ledger, people: list[int]) -> None:
    first = national.not_entered(ledger, since=date(2026, 1, 1))[0]
    for day in (date(2026, 11, 21), date(2026, 7, 31)):
        with pytest.raises(UserError, match="MH-ROUNDS-07"):
            national.tick(ledger, [first.id], on=day, today=TODAY)
    assert national.due_day(ledger, date(2026, 11, 20)) == date(2026, 12, 4)


def test_fields_are_copied_in_the_order_of_the_sheet() -> None:
    drug = DrugLine(purpose="current", drug_name="利培酮", period="day", total_dose=4.0)
    sheet = dataclasses.replace(visit(date(2026, 11, 1)), drugs=(drug,), symptoms=("1", "11"), note="不外传")
    fields = national.fields_of_visit(sheet)
    assert [(one.label, one.code, one.words) for one in fields[:3]] == [
        ("随访日期", "", "2026-11-01"),
        ("本次随访形式", "2", "家庭访视"),
        ("本次随访对象", "1", "患者本人"),
    ]
    by_key = {one.key: one for one in fields}
    assert by_key["symptoms"].words == "幻觉、孤僻懒散"
    assert by_key["drugs_current:1:drug_name"].words == "利培酮"
    assert not any(one.words == "不外传" for one in fields)


def test_a_person_is_copied_as_on_the_national_forms(ledger: Ledger, people: list[int]) -> None:
    fields = {one.key: one.words for one in national.person_fields(ledger, people[0])}
    assert fields["name"] == "甲甲"
    assert fields["diagnosis"] == "精神分裂症"
    assert "unit_id" not in fields
    first = national.not_entered(ledger, since=date(2026, 1, 1))[0]
    assert national.visit_fields(ledger, first.id)[0].words == "2026-08-01"
    assert ledger.get(Patient, people[0]).name == "甲甲"
