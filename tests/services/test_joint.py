"""Joint work on a real ledger: what is stored, refused, linked, answered, undone, moved with a person, counted."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.joint import ExchangeRow, ExchangeSheet, JointVisit
from mhdesk.domain.patient import Patient
from mhdesk.domain.record import CodeCount
from mhdesk.domain.support import Agreement, AgreementPayment, AgreementReview, Assistance, CheckUp
from mhdesk.domain.transfer import DischargeNote
from mhdesk.reports.paper.model import texts as paper_texts
from mhdesk.services import discharge, follow_ups, merge, patients, printing, recycle, rollups, undo
from mhdesk.services.joint import exchange, files, paths, records, standing
from mhdesk.services.joint.kinds import FREE, KINDS
from mhdesk.text import problem_text
from tests.services.round_people import add_person, visit

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)
PEOPLE = "王强 统景派出所 社区民警\n李芳 江口村委会 网格员"
VISIT = {
    "visited_on": "2026-11-18",
    "participants": PEOPLE,
    "whereabouts": "1",
    "incidents": "4",
    "taking_medicine": "3",
}
EMERGENCY = {
    "happened_at": "2026-11-18 21:10",
    "place": "江口村3组",
    "started_at": "2026-11-18 21:40",
    "prevention_doctor": "王敏",
    "causes": "2",
    "police": "统景派出所 王强",
}


def typed(ledger: Ledger, key: str, texts: dict[str, str], **base: Any) -> Any:
    """The record of typed texts, which must be readable."""
    reading = records.read(key, texts, base, today=TODAY)
    assert reading.record is not None, (reading.missing, reading.problems)
    return reading.record


def save(ledger: Ledger, key: str, texts: dict[str, str], **base: Any) -> int:
    return records.save(ledger, typed(ledger, key, texts, **base), today=TODAY)[0]


def codes(ledger: Ledger, key: str, texts: dict[str, str], **base: Any) -> set[str]:
    """What blocks typed texts: problems of reading, or of judging."""
    reading = records.read(key, texts, base, today=TODAY)
    if reading.record is None:
        return {one.code for one in reading.problems} or set(reading.missing)
    with pytest.raises(RecordRefused) as refused:
        records.save(ledger, reading.record, today=TODAY)
    assert all(problem_text(one.code, **one.params) for one in refused.value.problems)
    return {one.code for one in refused.value.problems}


@pytest.fixture
def person(ledger: Ledger) -> int:
    return add_person(ledger, "冉秀兰", visits=[visit(date(2026, 11, 18), risk="3")])


def agreement(ledger: Ledger, person: int, **more: str) -> int:
    texts = {"number": "2026-1", "signed_on": "2025-12-20", "first_day": "2026-01-01", "last_day": "2026-12-31",
             "guardian_name": "冉大江", "amount": "2400"} | more  # fmt: skip
    return save(ledger, "agreement", texts, patient_id=person)


def test_a_joint_visit_is_linked_to_the_follow_up_of_its_day(ledger: Ledger, person: int) -> None:
    one = ledger.get(JointVisit, save(ledger, "joint_visit", VISIT, patient_id=person))
    (follow_up,) = ledger.find(FollowUp, patient_id=person)
    assert one.follow_up_id == follow_up.id
    assert tuple(one.participants[0]) == ("王强", "统景派出所", "社区民警")
    follow_ups.void(ledger, follow_up.id or 0, reason="记错人")
    assert ledger.get(JointVisit, one.id or 0).follow_up_id is None
    again = ledger.get(JointVisit, one.id or 0)
    assert records.read("joint_visit", records.texts_of(again), records.base_of(again), today=TODAY).record == again


@pytest.mark.parametrize(
    ("key", "changed", "code"),
    [
        ("joint_visit", {"visited_on": "2026-11-21"}, "MH-JOINT-01"),
        ("joint_visit", {"participants": "王强 社区民警"}, "MH-JOINT-11"),
        ("joint_visit", {"participants": "王强 统景派出所 社区民警"}, "MH-JOINT-05"),
        ("joint_visit", {"incidents": "1,4"}, "MH-FORM-10"),
        ("emergency", {"ended_at": "2026-11-18 21:30"}, "MH-JOINT-04"),
        ("emergency", {"filled_at": "2026-11-18 20:00"}, "MH-JOINT-04"),
        ("emergency", {"started_at": "2026-11-18"}, "MH-JOINT-10"),
        ("emergency", {"ended_at": "2026-11-18 25:30"}, "MH-JOINT-10"),
        ("checkup", {"checked_on": "1950-01-01"}, "MH-JOINT-02"),
        ("checkup", {"systolic": "80", "diastolic": "120"}, "MH-JOINT-29"),
        ("assistance", {"last_day": "2025-01-01"}, "MH-JOINT-04"),
        ("joint_visit", {"visited_on": "1960-11-18"}, "MH-JOINT-02"),
        ("rehabilitation", {"minutes": "1500"}, "MH-FORM-15"),
        ("rehabilitation", {"minutes": "-30"}, "MH-FORM-13"),
        ("rehabilitation", {"served_on": "2026-11-21"}, "MH-JOINT-01"),
        ("discharge_note", {"received_on": "2026-11-21"}, "MH-JOINT-01"),
        ("discharge_note", {"admitted_on": "2026-11-17"}, "MH-JOINT-04"),
        ("discharge_note", {"discharged_on": "2026-12"}, "MH-JOINT-01"),
        ("discharge_note", {"previous_stays": "-1"}, "MH-FORM-13"),
    ],
)
def test_bad_records_of_a_person_are_refused(
    ledger: Ledger, person: int, key: str, changed: dict[str, str], code: str
) -> None:
    whole = {
        "joint_visit": VISIT,
        "emergency": EMERGENCY,
        "checkup": {"checked_on": "2026-05-05", "items": "1,2", "result": "1"},
        "assistance": {"kind": "1", "first_day": "2026-01-01"},
        "rehabilitation": {"served_on": "2026-05-06", "services": "1"},
        "discharge_note": {"received_on": "2026-11-18", "hospital": "区精卫中心", "discharged_on": "2026-11-16"},
    }
    assert code in codes(ledger, key, whole[key] | changed, patient_id=person)


@pytest.mark.parametrize(
    ("key", "texts", "code"),
    [
        ("meeting", {"kind": "1", "state": "2", "held_on": "2026-12-01", "topics": "季度会商"}, "MH-JOINT-17"),
        ("meeting", {"kind": "1", "state": "2", "held_on": "2026-11-01", "topics": "会商", "people": "1",
                     "participants": PEOPLE}, "MH-JOINT-19"),
        ("outreach", {"kind": "1", "theme": "世界精神卫生日", "held_on": "2026-10-10", "sessions": "-1", "people": "5"},
         "MH-FORM-13"),
        ("meeting", {"kind": "1", "state": "2", "held_on": "2026-11-01"}, "topics"),
        ("service_point", {"name": "心理站", "kind": "1", "opened_on": "2026-01-01", "closed_on": "2025-01-01"},
         "MH-JOINT-04"),
    ],
)  # fmt: skip
def test_bad_records_of_the_unit_are_refused(ledger: Ledger, key: str, texts: dict[str, str], code: str) -> None:
    assert code in codes(ledger, key, texts)
    assert ledger.find(KINDS[key].record) == []


def test_what_was_recorded_already_is_said(ledger: Ledger, person: int) -> None:
    """The same once more: an emergency and a service point are refused, what may happen twice a day is asked about."""
    refused = add_person(ledger, "冉大江", consent="0")
    outreach = {"kind": "1", "theme": "睡眠", "held_on": "2026-10-10", "sessions": "1", "people": "5"}
    meeting = {"kind": "1", "state": "2", "held_on": "2026-11-01", "topics": "会商"}
    point = {"name": "江口村心理辅导室", "kind": "2", "opened_on": "2026-01-01"}
    service = {"served_on": "2026-05-06", "services": "1,2"}
    for key, texts, base, code in (
        ("outreach", outreach, {}, "MH-JOINT-43"),
        ("meeting", meeting, {}, "MH-JOINT-43"),
        ("service_point", point, {}, "MH-JOINT-46"),
        ("rehabilitation", service, {"patient_id": person}, "MH-JOINT-44"),
        ("emergency", EMERGENCY, {"patient_id": person}, "MH-JOINT-42"),
    ):
        once = typed(ledger, key, texts, **base)
        assert code not in {one.code for one in records.judge(ledger, once, today=TODAY)}
        number, _ = records.save(ledger, once, today=TODAY)
        again = typed(ledger, key, texts, **base)
        assert code in {one.code for one in records.judge(ledger, again, today=TODAY)}, key
        stored_one = ledger.get(KINDS[key].record, number)
        assert code not in {one.code for one in records.judge(ledger, stored_one, today=TODAY)}  # not of itself
    for key, texts in (("rehabilitation", service), ("checkup", {"checked_on": "2026-05-05", "items": "1",
                                                                 "result": "1"})):  # fmt: skip
        made = typed(ledger, key, texts, patient_id=refused)
        assert {one.code for one in records.judge(ledger, made, today=TODAY)} == {"MH-JOINT-45"}


def test_many_records_and_long_names_stay_whole(ledger: Ledger, tmp_path: Path) -> None:
    """2,000 records of people with rare, long and dotted names: listed, written, read again, printed, the same."""
    names = ("䶮䶮", "买买提·阿布都热合曼·吐尔逊尼亚孜·伊敏江·阿卜杜拉", "欧阳娜仁托娅", "冉秀兰")
    people = [add_person(ledger, name) for name in names]
    with ledger.change("checkup.record") as change:
        change.add_many(
            CheckUp(patient_id=people[place % 4], checked_on=date(2020, 1, 1) + timedelta(days=place), items=("1", "2"),
                    result="2", findings="血压偏高，䶮" * 4, institution="统景中心卫生院")
            for place in range(2000)
        )  # fmt: skip
    lines = records.listed(ledger, "checkup")
    assert (len(lines), {one.name for one in lines}) == (2000, set(names))
    file = tmp_path / "体检.xlsx"
    assert files.export(ledger, "checkup", file, lines=lines, today=TODAY, identified=True) == 2000
    result = files.import_file(ledger, file, "checkup", today=TODAY)
    assert (result.rows, result.same, result.rejected) == (2000, 2000, 0), result.problems[:3]
    document = printing.joint_list(ledger, "checkup", first=date(2025, 6, 1), today=TODAY)
    assert all(name in "".join(paper_texts(document.forms[0])) for name in names)
    assert document.to_bytes().startswith(b"%PDF")


def test_a_late_emergency_record_is_a_warning(ledger: Ledger, person: int) -> None:
    late = typed(ledger, "emergency", EMERGENCY | {"filled_at": "2026-11-20 09:00"}, patient_id=person)
    assert {one.code for one in records.judge(ledger, late, today=TODAY)} == {"MH-JOINT-15"}
    save(ledger, "emergency", EMERGENCY, patient_id=person)
    (waiting,) = standing.open_emergencies(ledger, today=TODAY)
    assert waiting.is_late
    done = dataclasses.replace(waiting.emergency, ended_at="2026-11-18 23:00", filled_at="2026-11-19 08:00")
    records.save(ledger, done, today=TODAY)
    assert standing.open_emergencies(ledger, today=TODAY) == []


def test_money_follows_reviews(ledger: Ledger, person: int) -> None:
    agreement_id = agreement(ledger, person)
    base = {"patient_id": person, "agreement_id": agreement_id}
    assert codes(ledger, "agreement", {"number": "2026-2", "signed_on": "2026-06-01", "first_day": "2026-06-01",
                                       "last_day": "2027-05-31", "guardian_name": "冉大江"}, patient_id=person) == {
        "MH-JOINT-21"
    }  # fmt: skip
    paid = {"paid_on": "2026-05-01", "quarters": "1", "amount": "600"}
    assert codes(ledger, "agreement_payment", paid, **base) == {"MH-JOINT-26"}
    review = {"quarter": "1", "reviewed_on": "2026-04-02", "result": "1"}
    save(ledger, "agreement_review", review, **base)
    assert codes(ledger, "agreement_review", review, **base) == {"MH-JOINT-25"}
    assert codes(ledger, "agreement_review", review | {"quarter": "5"}, **base) == {"MH-JOINT-23"}
    assert codes(ledger, "agreement_payment", paid | {"paid_on": "2026-04-01"}, **base) == {"MH-JOINT-26"}
    assert codes(ledger, "agreement_payment", paid | {"amount": "2400.5"}, **base) == {"MH-JOINT-40"}
    save(ledger, "agreement_payment", paid, **base)
    assert codes(ledger, "agreement_payment", paid, **base) == {"MH-JOINT-26"}
    (stand,) = standing.agreements(ledger, today=TODAY)
    assert (stand.over, stand.passed, stand.paid, stand.to_review, stand.payable) == (3, 1, 1, (2, 3), 0)
    assert ledger.get(Patient, person).reward_agreement == "2"
    records.void(ledger, "agreement", agreement_id, reason="协议作废", today=TODAY)
    for kind in (Agreement, AgreementReview, AgreementPayment):
        assert not ledger.find(kind)


def test_the_exchange_reminder_is_answered_by_sending_to_every_side(ledger: Ledger, person: int) -> None:
    assert [one.id for one in exchange.proposals(ledger, today=TODAY)] == [person]
    for side in ("1", "2"):
        assert [one.id for one in exchange.untold(ledger, side, today=TODAY)] == [person]
        sheet_id, _ = exchange.draw_up(ledger, side, first_day=date(2026, 10, 1), last_day=TODAY, today=TODAY)
        sheet = ledger.get(ExchangeSheet, sheet_id)
        assert (sheet.number, sheet.registered, sheet.high_risk) == (int(side), 1, 1)
        with pytest.raises(UserError, match="MH-JOINT-51"):
            exchange.note_receipt(ledger, sheet_id, on=TODAY, by="赵警官", today=TODAY)
        with pytest.raises(UserError, match="MH-JOINT-58"):
            exchange.send(ledger, sheet_id, on=date(2026, 11, 1), today=TODAY)
        exchange.send(ledger, sheet_id, on=TODAY, today=TODAY)
        assert exchange.untold(ledger, side, today=TODAY) == []
    assert exchange.proposals(ledger, today=TODAY) == []
    with pytest.raises(UserError, match="MH-JOINT-55"):
        exchange.add_person(ledger, sheet_id, person, reason="6")
    with pytest.raises(UserError, match="MH-JOINT-52"):
        exchange.note_receipt(ledger, sheet_id, on=date(2026, 11, 19), by="赵警官", today=TODAY)
    exchange.note_receipt(ledger, sheet_id, on=TODAY, by="赵警官", today=TODAY)
    assert [one.sheet.number for one in exchange.waiting(ledger, today=TODAY)] == [1]
    with ledger.change("follow_up.record") as change:  # found dangerous again: told again
        change.add(FollowUp(patient_id=person, visit_date=date(2026, 11, 20), visit_form="2", risk_level="4"))
    assert exchange.proposals(ledger, today=date(2026, 11, 21)) == []
    with ledger.change("follow_up.record") as change:
        change.add(FollowUp(patient_id=person, visit_date=date(2026, 11, 21), visit_form="2", risk_level="4"))
    assert [one.id for one in exchange.proposals(ledger, today=date(2026, 11, 21))] == [person]


def test_a_sent_sheet_says_what_it_said_and_no_more_than_it_must(ledger: Ledger, person: int) -> None:
    known = ledger.get(Patient, person)
    number, diagnosis = "500112198001011234", "偏执型精神分裂症"
    with ledger.change("patient.update") as change:
        change.replace(dataclasses.replace(known, id_number=number, diagnosis="1", diagnosis_text=diagnosis))
    sheet_id, _ = exchange.draw_up(ledger, "1", first_day=date(2026, 11, 1), last_day=TODAY, today=TODAY)
    exchange.send(ledger, sheet_id, on=TODAY, today=TODAY)
    document = printing.exchange(ledger, sheet_id)
    said = "".join(paper_texts(document.forms[0]))
    assert "冉秀兰" in said
    assert "危险性3级及以上" in said
    assert not any(word in said for word in (number, number[:14], diagnosis, "分裂症"))
    assert (document.people, document.forms[0].landscape) == (1, True)
    with ledger.raw() as raw:
        assert raw.execute("SELECT action, count FROM audit ORDER BY seq DESC").fetchone() == ("print.exchange", 1)
    sheet = ledger.get(ExchangeSheet, sheet_id)
    with pytest.raises(UserError, match="MH-JOINT-55"):
        records.save(ledger, dataclasses.replace(sheet, last_day=date(2026, 11, 19)), today=TODAY)
    records.save(ledger, dataclasses.replace(sheet, note="电话核对过"), today=TODAY)


def test_records_print_on_one_page(ledger: Ledger, person: int) -> None:
    one = printing.emergency(ledger, save(ledger, "emergency", EMERGENCY, patient_id=person))
    two = printing.joint_visit(ledger, save(ledger, "joint_visit", VISIT, patient_id=person))
    note = {"received_on": "2026-11-17", "hospital": "区精卫中心", "guidance_drugs": "利培酮 4毫克"}
    three = printing.discharge_note(ledger, save(ledger, "discharge_note", note, patient_id=person))
    for document, word in ((one, "2026-11-18 21:40"), (two, "统景派出所，社区民警"), (three, "利培酮 4毫克")):
        assert word in "".join(paper_texts(document.forms[0]))
        assert document.to_bytes().startswith(b"%PDF")
    with pytest.raises(UserError, match="MH-JOINT-60"):
        printing.meetings(ledger, first=date(2026, 1, 1), last=TODAY, today=TODAY)


@pytest.mark.parametrize(
    ("kind", "texts", "said"),
    [
        ("discharge_note", {"received_on": "2026-11-18", "hospital": "区精卫中心", "discharged_on": "2026-11-16",
                            "guidance_drugs": "利培酮 4毫克"}, ("冉秀兰", "区精卫中心", "2026-11-16", "利培酮")),
        ("assistance", {"kind": "7", "first_day": "2026-03-01", "detail": "证号50011219800101123443 二级"},
         ("冉秀兰", "2026-03-01", "证号500112", "二级")),
        ("rehabilitation", {"served_on": "2026-05-06", "services": "1,2", "provider": "李芳"},
         ("冉秀兰", "2026-05-06", "李芳")),
        ("checkup", {"checked_on": "2026-05-05", "items": "1,2", "result": "2", "findings": "血压偏高"},
         ("冉秀兰", "2026-05-05", "血压偏高")),
        ("agreement", {"number": "2026-1", "signed_on": "2026-01-01", "first_day": "2026-01-01",
                       "last_day": "2026-12-31", "guardian_name": "冉大江", "amount": "2400",
                       "guardian_id_number": "500112198001011234"},
         ("冉秀兰", "2026-1", "冉大江", "第1季度合格", "2026-05-01 600")),
        ("outreach", {"kind": "1", "theme": "世界精神卫生日", "held_on": "2026-10-10", "sessions": "2", "people": "120",
                      "materials": "50"}, ("按类别、主题汇总", "合计", "280")),
        ("service_point", {"name": "江口村心理辅导室", "kind": "2", "opened_on": "2026-01-01"}, ("江口村心理辅导室",)),
    ],
)  # fmt: skip
def test_a_kind_prints_as_a_list(
    ledger: Ledger, person: int, kind: str, texts: dict[str, str], said: tuple[str, ...]
) -> None:
    is_personal = KINDS[kind].is_personal
    with pytest.raises(UserError, match="MH-JOINT-60"):
        printing.joint_list(ledger, kind, today=TODAY)
    record_id = save(ledger, kind, texts, **({"patient_id": person} if is_personal else {}))
    if kind == "agreement":
        base = {"patient_id": person, "agreement_id": record_id}
        save(ledger, "agreement_review", {"quarter": "1", "reviewed_on": "2026-04-02", "result": "1"}, **base)
        save(ledger, "agreement_payment", {"paid_on": "2026-05-01", "quarters": "1", "amount": "600"}, **base)
    if kind == "outreach":  # a second one of the theme is summed, one of the year before is neither listed nor summed
        save(ledger, kind, texts | {"held_on": "2026-10-11", "people": "160"})
        save(ledger, kind, texts | {"held_on": "2025-10-10", "people": "1000"})
    document = printing.joint_list(ledger, kind, first=date(2026, 1, 1), today=TODAY)
    words = paper_texts(document.forms[0])
    whole = "".join(words)
    assert [one for one in (*said, "2026-01-01 起", "填表人") if one not in whole] == []
    assert not any(one in whole for one in ("1980010112", "1130", "1280"))
    assert (document.people, document.forms[0].landscape) == (int(is_personal), True)
    assert document.to_bytes().startswith(b"%PDF")
    with ledger.raw() as raw:
        last = raw.execute("SELECT action, count FROM audit ORDER BY seq DESC").fetchone()
    assert last == (f"print.{kind}_list", int(is_personal))
    with pytest.raises(UserError, match="MH-JOINT-60"):
        printing.joint_list(ledger, kind, last=date(2025, 1, 1), today=TODAY)
    if is_personal:  # a file taken back: the name leaves the house no more
        patients.void(ledger, person, reason="重复建档")
        with pytest.raises(UserError, match="MH-JOINT-60"):
            printing.joint_list(ledger, kind, today=TODAY)


def test_a_sheet_names_who_did_something_in_its_period(ledger: Ledger) -> None:
    calm = add_person(ledger, "甲甲", visits=[visit(date(2026, 11, 1), risk="0")])
    with ledger.change("follow_up.record") as change:
        change.add(FollowUp(patient_id=calm, visit_date=date(2026, 11, 10), visit_form="2", risk_level="1",
                            dangerous_acts=(CodeCount("2", 1),)))  # fmt: skip
    sheet_id, _ = exchange.draw_up(ledger, "1", first_day=date(2026, 11, 1), last_day=TODAY, today=TODAY)
    (row,) = ledger.find(ExchangeRow, sheet_id=sheet_id)
    assert (row.patient_id, row.reason, row.risk_level) == (calm, exchange.INCIDENT, "1")
    assert standing.without_emergency(ledger, today=TODAY) == [calm]
    save(ledger, "emergency", EMERGENCY, patient_id=calm)
    assert standing.without_emergency(ledger, today=TODAY) == []
    with pytest.raises(UserError, match="MH-JOINT-57"):
        exchange.add_person(ledger, sheet_id, calm, reason="6")
    with pytest.raises(UserError, match="MH-JOINT-56"):
        exchange.draw_up(ledger, "1", first_day=TODAY, last_day=date(2026, 12, 1), today=TODAY)


def test_meetings_are_held_against_their_frequency(ledger: Ledger) -> None:
    (group,) = [one for one in standing.meeting_lines(ledger, today=TODAY) if one.held.frequency.kind == "1"]
    assert (group.held.missing, group.held.start, group.held.end) == (1, date(2026, 10, 1), date(2027, 1, 1))
    assert "资府办发" in group.held.frequency.source
    for state, day in (("1", "2026-11-10"), ("2", "2026-09-30")):  # planned, and of the quarter before: neither counts
        save(ledger, "meeting", {"kind": "1", "state": state, "held_on": day, "topics": "会商"})
    assert standing.meeting_lines(ledger, today=TODAY)[0].held.missing == 1
    assert [one.held_on for one in standing.planned_past(ledger, today=TODAY)] == [date(2026, 11, 10)]
    save(ledger, "meeting", {"kind": "1", "state": "2", "held_on": "2026-11-12", "topics": "会商"})
    assert standing.meeting_lines(ledger, today=TODAY)[0].held.missing == 0


def test_rehabilitation_and_the_persons_file(ledger: Ledger, person: int) -> None:
    save(ledger, "assistance", {"kind": "7", "first_day": "2026-03-01"}, patient_id=person)
    assert ledger.get(Patient, person).community_rehabilitation == "2"
    assert codes(ledger, "assistance", {"kind": "7", "first_day": "2026-05-01"}, patient_id=person) == {"MH-JOINT-28"}
    for day in ("2026-05-06", "2026-08-07"):
        assert standing.service_rate(ledger, today=TODAY).steady == []
        save(ledger, "rehabilitation", {"served_on": day, "services": "1,2"}, patient_id=person)
    rate = standing.service_rate(ledger, today=TODAY)
    assert (rate.served, rate.enrolled, rate.steady, rate.value) == ([person], [person], [person], 1.0)
    (entry,) = ledger.find(Assistance)
    records.save(ledger, dataclasses.replace(entry, last_day=date(2026, 10, 1)), today=TODAY)
    assert ledger.get(Patient, person).community_rehabilitation == "1"


def test_a_flag_is_right_on_any_day(ledger: Ledger, person: int) -> None:
    """An agreement and an assistance that end by themselves: the file and the report of each day say so."""
    signed = save(ledger, "assistance", {"kind": "6", "first_day": "2026-01-01", "last_day": "2026-11-30"},
                  patient_id=person)  # fmt: skip
    agreement(ledger, person, last_day="2026-12-31")
    save(ledger, "assistance", {"kind": "7", "first_day": "2026-01-01", "last_day": "2026-11-30"}, patient_id=person)
    assert not records.bring_up_to_date(ledger, today=date(2026, 11, 30)).topics
    for day, said in ((date(2026, 12, 1), ("1", "1", "2")), (date(2027, 1, 1), ("1", "1", "1"))):
        assert records.bring_up_to_date(ledger, today=day).topics["patient"] == {person}
        one = ledger.get(Patient, person)
        assert (one.family_doctor_signed, one.community_rehabilitation, one.reward_agreement) == said
        assert not records.bring_up_to_date(ledger, today=day).topics
        last = undo.last(ledger)
        assert last is not None
        assert last.action == "assistance.record"  # what the program did by itself is not taken back by Ctrl+Z
    for day, counts in ((TODAY, (1, 1)), (date(2026, 12, 1), (1, 0)), (date(2027, 1, 1), (0, 0))):
        total = rollups.build(ledger, on=day, today=day).total  # as records say of the day, not the file
        rate = total["rehabilitation_service_rate"]
        assert (total["reward_agreement"].numerator, rate.denominator) == counts, day
    records.void(ledger, "assistance", signed, reason="记错", today=date(2027, 1, 1))
    assert ledger.get(Patient, person).family_doctor_signed == "1"  # nothing is recorded any more: stays as it is


def test_records_of_a_voided_file_are_in_no_list_and_no_number(ledger: Ledger, person: int, tmp_path: Path) -> None:
    """Page, summary, table, paper and roll-up count the same people before a file is taken back, after, and again."""
    other = add_person(ledger, "冉秀梅", visits=[visit(date(2026, 11, 17), risk="4")])
    texts = {
        "joint_visit": VISIT,
        "emergency": EMERGENCY,
        "checkup": {"checked_on": "2026-05-05", "items": "1,2", "result": "1"},
        "assistance": {"kind": "7", "first_day": "2026-01-01"},
        "rehabilitation": {"served_on": "2026-05-06", "services": "1,2"},
    }
    for one in (person, other):
        for key, its in texts.items():
            save(ledger, key, its, patient_id=one)
        agreement(ledger, one)
    sheet_id, _ = exchange.draw_up(ledger, "1", first_day=date(2026, 11, 1), last_day=TODAY, today=TODAY)
    exchange.send(ledger, sheet_id, on=TODAY, today=TODAY)
    everything = (*texts, "agreement", "exchange_row")

    def check(people: int) -> None:
        for key in everything:
            assert len(records.listed(ledger, key)) == people, key
            assert records.count_of_voided_files(ledger, key) == 2 - people, key
            assert len(records.listed(ledger, key, files=records.Files.VOIDED)) == 2 - people, key
        for key in ("checkup", "assistance", "rehabilitation", "agreement"):
            assert printing.joint_list(ledger, key, today=TODAY).people == people, key
        document = printing.exchange(ledger, sheet_id)
        assert document.people == people
        assert ("档案已作废" in "".join(paper_texts(document.forms[0]))) is (people < 2)
        file = tmp_path / f"{people}-{len(list(tmp_path.iterdir()))}.xlsx"
        lines = records.listed(ledger, "checkup")
        assert files.export(ledger, "checkup", file, lines=lines, today=TODAY, identified=True) == people
        assert len(standing.agreements(ledger, today=TODAY)) == people
        assert len(standing.open_emergencies(ledger, today=TODAY)) == people
        rate = standing.service_rate(ledger, today=TODAY)
        assert (len(rate.served), len(rate.enrolled)) == (people, people)
        total = rollups.build(ledger, on=TODAY, today=TODAY).total
        for key, kind in (("joint_visits", "joint_visit"), ("emergencies", "emergency"),
                          ("information_exchanges", "exchange_row")):  # fmt: skip
            assert total[key].numerator == len(records.listed(ledger, kind)), key

    check(2)
    patients.void(ledger, other, reason="重复建档")
    check(1)
    recycle.restore(ledger, [("patient", other)])
    check(2)
    merge_id, _ = merge.merge(ledger, kept_id=person, merged_id=other, take=())
    assert {one.record.patient_id for one in records.listed(ledger, "checkup")} == {person}
    assert all(records.count_of_voided_files(ledger, key) == 0 for key in everything)
    merge.undo(ledger, merge_id)
    check(2)


def test_records_feed_the_weekly_report(ledger: Ledger, person: int) -> None:
    save(ledger, "joint_visit", VISIT | {"incidents": "2"}, patient_id=person)
    save(ledger, "emergency", EMERGENCY, patient_id=person)
    save(ledger, "checkup", {"checked_on": "2026-05-05", "items": "1,2", "result": "1"}, patient_id=person)
    sheet_id, _ = exchange.draw_up(ledger, "1", first_day=date(2026, 11, 1), last_day=TODAY, today=TODAY)
    exchange.send(ledger, sheet_id, on=TODAY, today=TODAY)
    total = rollups.build(ledger, on=TODAY, today=TODAY).total
    for key in ("joint_visits", "emergencies", "information_exchanges", "checkup_rate", "incidents"):
        assert (total[key].numerator, list(total[key].numerator_ids)) == (1, [person]), key


def test_outreach_is_summed_by_kind_and_theme(ledger: Ledger) -> None:
    for theme, people in (("世界精神卫生日", "120"), ("世界精神卫生日", "80"), ("抑郁症", "30")):
        save(ledger, "outreach", {"kind": "1", "theme": theme, "held_on": "2026-10-10", "sessions": "1",
                                  "people": people, "materials": "50"})  # fmt: skip
    save(ledger, "outreach", {"kind": "2", "theme": "抑郁症", "held_on": "2025-10-10", "sessions": "1", "people": "9"})
    sums = standing.outreach_sums(ledger, first=date(2026, 1, 1), last=date(2026, 12, 31))
    assert [(one.kind, one.theme, one.sessions, one.people) for one in sums] == [
        ("1", "", 3, 230), ("1", "世界精神卫生日", 2, 200), ("1", "抑郁症", 1, 30),
    ]  # fmt: skip


def test_a_discharge_note_stands_beside_the_visit_it_started(ledger: Ledger, person: int) -> None:
    note = DischargeNote(patient_id=person, received_on=date(2026, 11, 16), hospital="区精卫中心")
    discharge.record(ledger, note, today=TODAY)
    (path,) = paths.listed(ledger)
    assert (path.kind, path.due_on, path.visited_on) == ("discharge", date(2026, 11, 23), date(2026, 11, 18))


def test_undo_recycle_bin_and_merge_know_every_kind(ledger: Ledger, person: int) -> None:
    other = add_person(ledger, "冉秀蘭", visits=[])
    joint_id = save(ledger, "joint_visit", VISIT, patient_id=other)
    agreement_id = agreement(ledger, other)
    records.void(ledger, "agreement", agreement_id, reason="写错", today=TODAY)
    assert {one.kind for one in recycle.listed(ledger)} == {"agreement"}
    last = undo.last(ledger)
    assert last is not None
    undo.undo(ledger, last.seq)
    assert ledger.get(Agreement, agreement_id).voided_at is None
    merge.merge(ledger, kept_id=person, merged_id=other, take=())
    assert ledger.get(JointVisit, joint_id).patient_id == ledger.get(Agreement, agreement_id).patient_id == person
    records.save(ledger, dataclasses.replace(ledger.get(JointVisit, joint_id), place="村委会"), today=TODAY)
    assert [row.before["place"] for row in ledger.history_of(JointVisit, joint_id)][-1] is None
    assert {one for kind in KINDS.values() if kind.is_personal for one in [kind.key]} <= merge.CHILDREN.keys()


@pytest.mark.parametrize("key", [key for key in FREE if key != "exchange_sheet"])
def test_what_is_written_is_read_again_without_a_change(ledger: Ledger, person: int, key: str, tmp_path: Path) -> None:
    texts = {
        "joint_visit": VISIT,
        "emergency": EMERGENCY,
        "meeting": {"kind": "1", "state": "2", "held_on": "2026-11-01", "topics": "会商", "participants": PEOPLE},
        "agreement": {"number": "1", "signed_on": "2026-01-01", "first_day": "2026-01-01", "last_day": "2026-12-31",
                      "guardian_name": "冉大江", "amount": "2400"},
        "assistance": {"kind": "1", "first_day": "2026-01-01", "detail": "三级"},
        "rehabilitation": {"served_on": "2026-05-05", "services": "1,3", "minutes": "60"},
        "checkup": {"checked_on": "2026-05-05", "items": "1,2,7", "result": "2", "findings": "血压偏高"},
        "discharge_note": {"received_on": "2026-11-18", "hospital": "区精卫中心", "discharged_on": "2026-11-16",
                           "admitted_on": "2026-10", "rehabilitation": "1,4", "previous_stays": "0"},
        "outreach": {"kind": "4", "theme": "热线接听", "held_on": "2026-05-05", "sessions": "0", "people": "12"},
        "service_point": {"name": "江口村心理辅导室", "kind": "2", "opened_on": "2025-01-01"},
    }[key]  # fmt: skip
    save(ledger, key, texts, **({"patient_id": person} if KINDS[key].is_personal else {}))
    file = tmp_path / f"{key}.xlsx"
    lines = records.listed(ledger, key)
    assert files.export(ledger, key, file, lines=lines, today=TODAY, identified=True) == 1
    result = files.import_file(ledger, file, key, today=TODAY)
    assert (result.rows, result.same, result.rejected) == (1, 1, 0), result.problems
    records.void(ledger, key, lines[0].id, reason="重录", today=TODAY)
    dry = files.import_file(ledger, file, key, dry_run=True, today=TODAY)
    assert (dry.new, records.listed(ledger, key)) == (1, [])
    assert files.import_file(ledger, file, key, today=TODAY).new == 1
    again = records.listed(ledger, key)[0]
    assert records.texts_of(again.record) == records.texts_of(lines[0].record)


def test_names_leave_only_when_asked_for(ledger: Ledger, person: int, tmp_path: Path) -> None:
    save(ledger, "checkup", {"checked_on": "2026-05-05", "items": "1", "result": "1"}, patient_id=person)
    lines = records.listed(ledger, "checkup")
    for name, identified in (("a.xlsx", False), ("b.xlsx", True)):
        files.export(ledger, "checkup", tmp_path / name, lines=lines, today=TODAY, identified=identified)
        cells = [str(cell.value) for row in openpyxl.load_workbook(tmp_path / name).active.rows for cell in row]
        assert ("冉秀兰" in cells) is identified
    with ledger.raw() as raw:
        actions = [row[0] for row in raw.execute("SELECT action FROM audit ORDER BY seq").fetchall()]
    assert actions[-2:] == ["joint.export", "joint.names_exported"]


def test_rows_that_cannot_be_are_given_back(ledger: Ledger, person: int, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["姓名", "体检日期", "体检项目", "体检结果", "收缩压"])
    for row in (
        ["冉秀兰", "2026-05-05", "血压", "正常", 120],
        ["查无此人", "2026-05-05", "血压", "正常", 120],
        ["冉秀兰", "2027-05-05", "血压", "正常", 120],
        ["冉秀兰", "2026-06-05", "", "正常", 120],
        ["冉秀兰", "2026-07-05", "血压", "正常", -5],
    ):
        sheet.append(row)
    file = tmp_path / "体检.xlsx"
    book.save(file)
    result = files.import_file(ledger, file, "checkup", today=TODAY)
    assert (result.rows, result.new, result.rejected) == (5, 1, 4)
    assert {one.code for one in result.problems} >= {"MH-JOINT-37", "MH-JOINT-01", "MH-JOINT-34"}
    assert result.rejected_file is not None
    assert result.rejected_file.exists()
    assert len(ledger.find(CheckUp)) == 1
    with pytest.raises(UserError, match="MH-JOINT-59"):
        files.import_file(ledger, file, "emergency", today=TODAY)


def test_nothing_happens_after_death(ledger: Ledger, person: int) -> None:
    with ledger.change("patient.died") as change:
        from mhdesk.domain.patient import Movement

        change.add(Movement(patient_id=person, kind="died", happened_on=date(2026, 11, 10)))
    assert codes(ledger, "joint_visit", VISIT, patient_id=person) == {"MH-JOINT-03"}
    assert ledger.find(JointVisit) == []
