"""Everything joint work waits for: counted on 今日, named on its page, gone when it is done."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement
from mhdesk.domain.record import CodeCount
from mhdesk.domain.support import Agreement, Assistance
from mhdesk.rules import joint_terms
from mhdesk.services import drafts, matters, patients, unfinished
from mhdesk.services.joint import exchange, numbers, records, waiting
from mhdesk.services.joint.kinds import KINDS
from mhdesk.text import tables
from tests.services.round_people import add_person, add_village, visit
from tests.services.test_joint import EMERGENCY, agreement, save

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 12, 20)


def told(ledger: Ledger) -> dict[str, int]:
    """What 今日 counts of joint work, after a look at the names behind each number."""
    counted = {one.key: one for one in matters.waiting(ledger, [], today=TODAY) if one.page == "joint"}
    for key, one in counted.items():
        names = [thing for thing in waiting.of_part(ledger, one.params["part"], today=TODAY) if thing.key == key]
        assert len(names) == one.count, key
        assert all(thing.words for thing in names)
        assert any(thing.is_late for thing in names) is one.is_late
    return {key: one.count for key, one in counted.items()}


def do(ledger: Ledger, thing: waiting.Waiting, texts: dict[str, str]) -> None:
    """Do a thing as the page does: what is filled in already, and what the doctor types."""
    base: dict[str, Any] = {}
    if KINDS[thing.new].is_personal:
        base["patient_id"] = thing.patient_id
    if thing.agreement_id:
        base["agreement_id"] = thing.agreement_id
    reading = records.read(thing.new, {**(thing.texts or {}), **texts}, base, today=TODAY)
    assert reading.record is not None, reading
    records.save(ledger, reading.record, today=TODAY)


def of(ledger: Ledger, part: str, key: str) -> waiting.Waiting:
    return next(one for one in waiting.of_part(ledger, part, today=TODAY) if one.key == key)


def fill(ledger: Ledger) -> tuple[int, int, int]:
    """One of every kind of matter; the agreement, the assistance and the sheet of them."""
    village = add_village(ledger, "江口村")
    danger = add_person(ledger, "冉秀兰", visits=[visit(date(2026, 12, 10), risk="3")], unit_id=village)
    acted = add_person(ledger, "覃建国", unit_id=village)
    with ledger.change("follow_up.record") as change:
        change.add(FollowUp(patient_id=acted, visit_date=date(2026, 12, 1), visit_form="2", risk_level="1",
                            dangerous_acts=(CodeCount("2", 1),)))  # fmt: skip
    agreed = agreement(ledger, danger, last_day="2027-01-10")
    save(ledger, "agreement_review", {"quarter": "1", "reviewed_on": "2026-04-02", "result": "1"},
         patient_id=danger, agreement_id=agreed)  # fmt: skip
    save(ledger, "emergency", EMERGENCY, patient_id=danger)
    helped = save(ledger, "assistance", {"kind": "1", "first_day": "2026-01-01", "last_day": "2026-12-31"},
                  patient_id=danger)  # fmt: skip
    save(ledger, "assistance", {"kind": "7", "first_day": "2026-01-01"}, patient_id=danger)
    save(ledger, "rehabilitation", {"served_on": "2026-05-06", "services": "1"}, patient_id=danger)
    save(ledger, "checkup", {"checked_on": "2026-05-05", "items": "1", "result": "1"}, patient_id=danger)
    for kind, state, day in (("1", "2", "2026-08-01"), ("1", "1", "2026-11-10")):
        save(ledger, "meeting", {"kind": kind, "state": state, "held_on": day, "topics": "会商"})
    sheet_id, _ = exchange.draw_up(ledger, "1", first_day=date(2026, 10, 1), last_day=TODAY, today=TODAY)
    exchange.send(ledger, sheet_id, on=TODAY, today=TODAY)
    return agreed, helped, sheet_id


def test_every_kind_waits_is_named_and_goes_when_done(ledger: Ledger) -> None:
    """A ledger with every kind of matter of joint work; then each is done in turn."""
    agreed, helped, sheet_id = fill(ledger)
    expected = dict.fromkeys(waiting.kinds(), 1)
    assert told(ledger) == expected
    assert tables()["joint"]["waiting_short"].keys() == expected.keys()
    assert (of(ledger, "emergency", "incident_record").name, of(ledger, "exchange", "exchange").village) == (
        "覃建国",
        "江口村",
    )
    assert "2026-11-19 21:10" in of(ledger, "emergency", "emergency_open").words  # 24 hours after it happened

    def gone(key: str) -> None:
        expected.pop(key)
        assert told(ledger) == expected

    (open_one,) = ledger.find(KINDS["emergency"].record)
    done = {"ended_at": "2026-11-18 23:00", "filled_at": "2026-11-19 08:00", "outcome": "1"}
    records.save(ledger, dataclasses.replace(open_one, **done), today=TODAY)
    gone("emergency_open")
    do(ledger, of(ledger, "emergency", "incident_record"), EMERGENCY | done)
    gone("incident_record")
    second, _ = exchange.draw_up(ledger, "2", first_day=date(2026, 10, 1), last_day=TODAY, today=TODAY)
    exchange.send(ledger, second, on=TODAY, today=TODAY)
    expected["exchange_receipt"] = 2
    gone("exchange")
    for one in (sheet_id, second):
        exchange.note_receipt(ledger, one, on=TODAY, by="王强", today=TODAY)
    gone("exchange_receipt")
    do(ledger, of(ledger, "agreement", "agreement_pay"), {"paid_on": "2026-12-20", "amount": "600"})
    gone("agreement_pay")
    for _ in range(2):  # quarters 2 and 3 are over; each not passed, so that nothing is to be paid
        do(ledger, of(ledger, "agreement", "agreement_review"), {"reviewed_on": "2026-12-20", "result": "2"})
    gone("agreement_review")
    records.save(ledger, dataclasses.replace(ledger.get(Agreement, agreed), stopped_on=TODAY, stop_reason="6"),
                 today=TODAY)  # fmt: skip
    gone("agreement_ends")
    records.save(ledger, dataclasses.replace(ledger.get(Assistance, helped), last_day=None), today=TODAY)
    gone("assistance_ends")
    do(ledger, of(ledger, "meeting", "meeting_due"), {"state": "2", "held_on": "2026-12-18", "topics": "会商"})
    gone("meeting_due")
    planned = next(one for one in ledger.find(KINDS["meeting"].record) if one.state == "1")
    records.save(ledger, dataclasses.replace(planned, state="3"), today=TODAY)
    gone("meeting_past")
    do(ledger, of(ledger, "checkup", "checkup_due"), {"checked_on": "2026-12-18", "items": "1", "result": "1"})
    gone("checkup_due")
    do(ledger, of(ledger, "rehabilitation", "rehabilitation_due"), {"served_on": "2026-12-18", "services": "1"})
    gone("rehabilitation_due")
    assert expected == {}


def test_nobody_of_a_voided_file_waits(ledger: Ledger) -> None:
    person = add_person(ledger, "冉秀兰", visits=[visit(date(2026, 12, 10), risk="3")])
    agreement(ledger, person, last_day="2027-01-10")
    save(ledger, "emergency", EMERGENCY, patient_id=person)
    assert told(ledger).keys() >= {"agreement_review", "emergency_open", "exchange"}
    drafts.save(ledger, form="joint.checkup::", subject_id=person, values={"items": "1"})
    assert [one.words for one in unfinished.listed(ledger)] == ["健康体检"]
    patients.void(ledger, person, reason="重复建档")
    assert told(ledger) == {}
    assert unfinished.listed(ledger) == []


def test_drafts_of_every_form_are_named_and_lead_back(ledger: Ledger) -> None:
    person = add_person(ledger, "冉秀兰")
    forms: dict[str, tuple[str, str, dict[str, Any]]] = {
        "follow_up": ("随访", "visit", {"patient_id": person}),
        "follow_up:7": ("更正随访", "visit", {"patient_id": person, "follow_up_id": 7}),
        "patient": ("修改资料", "person", {"patient_id": person}),
        "medication:inject_new:0": ("注射长效针剂", "patient", {"patient_id": person, "tab": "medication"}),
        "joint.emergency::": ("应急处置", "joint_record", {"kind": "emergency", "patient_id": person}),
        "joint.emergency:5:": ("应急处置", "joint_record", {"kind": "emergency", "record_id": 5}),
        "joint.agreement_review::3": ("以奖代补考核", "joint_record", {"kind": "agreement_review", "agreement_id": 3}),
    }
    for form in forms:
        drafts.save(ledger, form=form, subject_id=person, values={"x": "1"})
    drafts.save(ledger, form="patient", subject_id=0, values={"name": "新"})
    drafts.save(ledger, form="joint.outreach::", subject_id=0, values={"theme": "睡眠"})
    found = unfinished.listed(ledger)
    assert {(one.words, one.page, tuple(sorted(one.params.items()))) for one in found if one.subject_id} == {
        (words, page, tuple(sorted(params.items()))) for words, page, params in forms.values()
    }
    assert {(one.words, one.page, tuple(one.params.items())) for one in found if not one.subject_id} == {
        ("登记患者", "person", ()),
        ("宣教活动", "joint_record", (("kind", "outreach"),)),
    }


def test_a_districts_own_terms_need_not_name_what_came_later() -> None:
    own = "\n".join(line for line in _shipped().splitlines() if not line.startswith("remind_days"))
    assert joint_terms.parse(own).remind_days == joint_terms.shipped().remind_days


def _shipped() -> str:
    import resources

    return resources.path("joint.toml").read_text(encoding="utf-8")


def test_the_district_sets_its_own_numbers_and_ours_come_back(ledger: Ledger) -> None:
    found = {one.key: one for one in numbers.lines(ledger)}
    assert found.keys() == {*joint_terms.numbers(), *(f"meeting:{place}" for place in range(4))}
    assert not any(one.is_own for one in found.values())
    assert joint_terms.parse(joint_terms.write(joint_terms.shipped())) == joint_terms.shipped()
    numbers.change(
        ledger, found["record_hours"], value=12, enabled=None, source="区精卫中心 2026 年通知", mark="verified"
    )
    numbers.change(ledger, found["meeting:0"], value=2, enabled=None, source="区 2026 年通知", mark="verified")
    terms = records.terms(ledger)
    assert (terms.record_hours, terms.meetings[0].times, terms.receipt_days) == (12, 2, 7)
    own = {one.key: one for one in numbers.lines(ledger) if one.is_own}
    assert {key: one.source for key, one in own.items()} == {
        "record_hours": "区精卫中心 2026 年通知",
        "meeting:0": "区 2026 年通知",
    }
    for value, source, code in ((0, "某", "MH-JOINT-67"), (13, "某", "MH-JOINT-67"), (3, " ", "MH-JOINT-68")):
        with pytest.raises(UserError, match=code):
            numbers.change(ledger, found["review_months"], value=value, enabled=None, source=source, mark="verified")
    numbers.put_back(ledger)
    assert records.terms(ledger) == joint_terms.shipped()
    with pytest.raises(UserError, match="MH-DRUGS-05"):
        numbers.put_back(ledger)


def test_an_agreement_of_somebody_who_left_is_to_be_ended(ledger: Ledger) -> None:
    """Nothing more is asked for but to end it; quarters before the death are still reviewed and paid."""
    person = add_person(ledger, "冉秀兰")
    agreed = agreement(ledger, person)
    with ledger.change("patient.died") as change:
        change.add(Movement(patient_id=person, kind="died", happened_on=date(2026, 5, 10)))
    (one,) = waiting.of_part(ledger, "agreement", today=TODAY)
    assert (one.key, one.record_id, one.is_late, "死亡或迁出" in one.words) == ("agreement_ends", agreed, True, True)
    base = {"patient_id": person, "agreement_id": agreed}
    for key, texts in (("agreement_review", {"quarter": "1", "reviewed_on": "2026-06-02", "result": "1"}),
                       ("agreement_payment", {"paid_on": "2026-06-03", "quarters": "1", "amount": "600"})):  # fmt: skip
        reading = records.read(key, texts, base, today=TODAY)
        assert {each.code for each in records.judge(ledger, reading.record, today=TODAY)} == {"MH-JOINT-41"}
        records.save(ledger, reading.record, today=TODAY)
    stopped = dataclasses.replace(ledger.get(Agreement, agreed), stopped_on=date(2026, 5, 10), stop_reason="3")
    records.save(ledger, stopped, today=TODAY)
    assert waiting.of_part(ledger, "agreement", today=TODAY) == []
