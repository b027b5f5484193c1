"""修改记录: who changed what when, item by item in words, and one step taken back."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from db import schema
from db.ledger import Ledger
from mhdesk.domain.errors import UserError
from mhdesk.domain.record import Record
from mhdesk.domain.staff import Certificate, StaffMember, StaffPost
from mhdesk.domain.training import (
    Attendance,
    Retrainee,
    RetrainingQuota,
    TargetActual,
    TrainingSession,
)
from mhdesk.services import record_history, retraining, staff, targets, training
from mhdesk.services.joint.kinds import KINDS
from mhdesk.services.record_history import Step, Subject
from tests.services.test_training import TODAY, hire, hold

TRAINING = (StaffMember, StaffPost, Certificate, TrainingSession, Attendance, RetrainingQuota, Retrainee, TargetActual)
#: What ties records together, and is said by the record's name.
LINKS = {"session_id", "target_set", "indicator"}
HAS_OWNER = {StaffPost, Certificate}


def said(step: Step) -> list[tuple[str, str, str, str]]:
    return [(one.subject, one.label, one.before, one.after) for one in step.lines]


@pytest.mark.parametrize("kind", [*TRAINING, *(one.record for one in KINDS.values())], ids=lambda kind: kind.__name__)
def test_every_item_of_a_record_has_a_name(kind: type[Record]) -> None:
    own = {one.name for one in dataclasses.fields(kind)} - {one.name for one in dataclasses.fields(Record)}
    known = record_history.labels(kind)
    if kind in TRAINING:
        assert own - known.keys() <= (LINKS | {"staff_id"} if kind in HAS_OWNER else LINKS)
    assert known
    assert all(any("\u4e00" <= char <= "\u9fff" for char in words) for words in known.values())
    assert schema.TABLES[kind].name


def test_a_session_tells_who_typed_its_sheet_and_gives_the_step_back(ledger: Ledger) -> None:
    people = [hire(ledger, name) for name in ("罗云", "冉燕", "向明")]
    session_id = hold(ledger, people, place="二楼会议室")
    training.type_back(ledger, session_id, present="1,3", leave="2", today=TODAY)
    changed = dataclasses.replace(ledger.get(TrainingSession, session_id), place="三楼会议室", kind="other")
    training.save_session(ledger, changed, today=TODAY)

    last, sheet, entry = record_history.steps(ledger, record_history.of_session(ledger, session_id))
    assert (last.action, last.who, last.can_undo) == ("training.session", ledger.login, True)
    assert said(last) == [("", "培训类型", "每月", "其他"), ("", "地点", "二楼会议室", "三楼会议室")]
    assert ("第 2 行 冉燕", "到会情况", "", "请假") in said(sheet)
    assert ("", "签到表录回日期", "", TODAY.isoformat()) in said(sheet)
    assert sheet.objects == 4
    assert ("", "培训名称", "", "三月培训") in said(entry)
    assert ("第 1 行 罗云", "登记", "", "是") in said(entry)

    with pytest.raises(UserError, match="MH-LEDGER-23"):  # the session was changed since
        record_history.take_back(ledger, sheet.seq)
    record_history.take_back(ledger, last.seq)
    assert ledger.get(TrainingSession, session_id).place == "二楼会议室"
    record_history.take_back(ledger, sheet.seq)
    assert {one.presence for one in training.roster(ledger, session_id)} == {None}
    steps = record_history.steps(ledger, record_history.of_session(ledger, session_id))
    actions = ["undo", "undo", "training.session", "training.attendance", "training.session"]
    assert [one.action for one in steps] == actions
    assert [one.can_undo for one in steps] == [True, True, False, False, True]
    record_history.take_back(ledger, steps[0].seq)  # and back again
    assert [one.presence for one in training.roster(ledger, session_id)] == ["present", "leave", "present"]


def test_staff_trainees_and_typed_targets_have_their_history(ledger: Ledger) -> None:
    who = hire(ledger, "罗云")
    staff.save_certificate(ledger, Certificate(staff_id=who, name="上岗证", valid_until=date(2027, 1, 1)))
    staff.leave(ledger, who, on=date(2026, 3, 10))
    left, paper, entry = record_history.steps(ledger, record_history.of_staff(ledger, who))
    assert said(left) == [("精防人员", "离岗日期", "", "2026-03-10")]
    assert said(paper) == [("上岗证", "登记", "", "是")]
    assert ("", "姓名", "", "罗云") in said(entry)

    place = ledger.root_unit_id
    trainee, _ = retraining.choose(ledger, staff_id=who, unit_id=place, year=2026, on=date(2026, 1, 5), today=TODAY)
    retraining.set_stage(ledger, trainee, "training", on=date(2026, 2, 1), today=TODAY)
    stage = record_history.steps(ledger, record_history.of_retrainee(ledger, trainee))[0]
    assert said(stage) == [("", "阶段", "选派", "在训"), ("", "阶段日期", "2026-01-05", "2026-02-01")]

    line = next(one for one in targets.board(ledger, year=2026, today=TODAY) if one.can_type)
    targets.record(ledger, set_id=line.set_id, indicator=line.target.indicator, year=2026, value=1.5,
                   as_of=TODAY, evidence="台账", today=TODAY)  # fmt: skip
    (typed,) = record_history.steps(ledger, record_history.of_target(ledger, line.set_id, line.target.indicator))
    assert ("2026 年", "完成值", "", "1.5") in said(typed)
    record_history.take_back(ledger, typed.seq)
    assert not ledger.find(TargetActual)


def test_days_of_a_course_are_said_in_words(ledger: Ledger) -> None:
    people = [hire(ledger, "罗云")]
    session_id = hold(ledger, people, ends_on=date(2026, 3, 7), day_parts=("whole", "whole", "morning"))
    for day, present in enumerate(("1", "", "1"), start=1):
        training.type_back(ledger, session_id, present=present, day=day, today=TODAY)
    steps = record_history.steps(ledger, record_history.of_session(ledger, session_id))
    lines = [line for step in steps for line in said(step)]
    assert ("", "每天安排", "", "全天、全天、上午") in lines
    assert ("第 1 行 罗云", "逐日到会", "出席、缺席、未录", "出席、缺席、出席") in lines


def test_a_record_nobody_has_is_refused(ledger: Ledger) -> None:
    with pytest.raises(UserError, match="MH-LEDGER-24"):
        record_history.steps(ledger, [Subject(TrainingSession, 999)])
