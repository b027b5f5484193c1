"""Staff, the plan of the year, rosters, signed sheets typed back, and what waits."""

from __future__ import annotations

import dataclasses
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from db.ledger import Ledger
from mhdesk.domain.errors import InputRefused, RecordRefused, UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.staff import Certificate, StaffMember, StaffPost
from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.services import attachments, matters, printing, recycle, rollups, staff, training, training_terms, undo

TODAY = date(2026, 3, 20)
PNG = b"\x89PNG\r\n\x1a\n" + b"scan" * 40


def hire(ledger: Ledger, name: str, role: str = "prevention", **post: object) -> int:
    values: dict[str, object] = {"fte": 1.0, "unit_id": ledger.root_unit_id, "started_on": date(2024, 1, 1)} | post
    held = StaffPost(staff_id=0, role=role, **values)  # type: ignore[arg-type]
    return staff.save(ledger, StaffMember(name=name), [held], today=TODAY)[0]


def hold(ledger: Ledger, people: list[int], *, on: date | None = date(2026, 3, 5), **values: object) -> int:
    given: dict[str, object] = {
        "title": "三月培训",
        "kind": "monthly",
        "level": "township",
        "month": "2026-03",
    } | values
    session = TrainingSession(held_on=on, **given)  # type: ignore[arg-type]
    return training.save_session(ledger, session, staff_ids=people, today=TODAY)[0]


def faults(error: RecordRefused) -> list[str]:
    return sorted({one.code for one in error.problems})


# ---------------------------------------------------------------- staff


def test_two_whole_posts_at_once_are_refused_and_parts_are_not(ledger: Ledger) -> None:
    here = StaffPost(staff_id=0, role="prevention", unit_id=ledger.root_unit_id, started_on=date(2025, 1, 1))
    there = StaffPost(staff_id=0, role="village_doctor", workplace="金堡村卫生室", started_on=date(2025, 6, 1))
    with pytest.raises(RecordRefused) as refused:
        staff.save(ledger, StaffMember(name="罗云"), [here, there], today=TODAY)
    assert faults(refused.value) == ["MH-STAFF-16"]
    half = [dataclasses.replace(here, fte=0.3), dataclasses.replace(there, fte=0.7)]
    who, _ = staff.save(ledger, StaffMember(name="罗云"), half, today=TODAY)
    after = [dataclasses.replace(here, ended_on=date(2025, 6, 1)), there]  # one after the other
    assert staff.save(ledger, StaffMember(name="罗雨"), after, today=TODAY)[0] != who
    assert rollups.build(ledger, on=TODAY, today=TODAY).total["staff"].numerator == 0.3
    then = date(2025, 3, 1)
    assert rollups.build(ledger, on=then, today=then).total["staff"].numerator is None  # 罗雨's part is not known


@pytest.mark.parametrize(
    ("post", "code"),
    [
        ({"fte": 1.5}, "14"),
        ({"fte": 0.0}, "14"),
        ({"unit_id": None}, "13"),
        ({"ended_on": date(2023, 1, 1)}, "17"),
    ],
)
def test_faulty_posts(ledger: Ledger, post: dict[str, object], code: str) -> None:
    with pytest.raises(RecordRefused) as refused:
        hire(ledger, "罗云", **post)  # type: ignore[arg-type]
    assert faults(refused.value) == [f"MH-STAFF-{code}"]


def test_leaving_ends_the_posts_and_keeps_the_training(ledger: Ledger) -> None:
    who = hire(ledger, "罗云")
    hold(ledger, [who])
    staff.leave(ledger, who, on=date(2026, 3, 10))
    line = staff.get(ledger, who, today=TODAY)
    assert (line.is_in_post, line.workplace != "") == (False, True)
    assert [one.held_on for one, _ in training.of_person(ledger, who)] == [date(2026, 3, 5)]
    with pytest.raises(UserError, match="MH-STAFF-04"):
        staff.void(ledger, who, reason="录错")
    with pytest.raises(UserError, match="MH-STAFF-03"):
        staff.leave(ledger, who, on=date(2026, 3, 12))


def test_certificates_remind_before_they_run_out(ledger: Ledger) -> None:
    who = hire(ledger, "罗云")
    old = Certificate(staff_id=who, name="上岗证", issued_on=date(2023, 4, 1), valid_until=date(2026, 4, 1))
    staff.save_certificate(ledger, old)
    lines = staff.listed(ledger, today=TODAY)
    assert [paper.valid_until for _, paper in staff.expiring(lines, today=TODAY, within_days=60)] == [date(2026, 4, 1)]
    staff.save_certificate(ledger, Certificate(staff_id=who, name="上岗证", valid_until=date(2029, 4, 1)))
    assert staff.expiring(staff.listed(ledger, today=TODAY), today=TODAY, within_days=60) == []
    with pytest.raises(RecordRefused):
        staff.save_certificate(ledger, dataclasses.replace(old, valid_until=date(2022, 1, 1)))


# ---------------------------------------------------------------- plan and roster


def test_the_plan_of_a_year_is_made_once(ledger: Ledger) -> None:
    ids, _ = training.plan_year(ledger, 2026)
    assert len(ids) == 16
    assert training.plan_year(ledger, 2026)[0] == []
    year = training.year(ledger, 2026, today=TODAY)
    assert [len(month.sessions) for month in year.months] == [1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2]
    assert [month.month for month in year.months if month.is_missing] == ["2026-01", "2026-02"]
    undo.undo(ledger, undo.last(ledger).seq)  # type: ignore[union-attr]
    assert training.year(ledger, 2026, today=TODAY).sessions == []


def test_rows_keep_their_number_and_what_was_printed(ledger: Ledger) -> None:
    people = [hire(ledger, name) for name in ("甲某", "乙某", "丙某")]
    session = hold(ledger, people)
    rows = training.roster(ledger, session)
    training.take_off(ledger, rows[1].id or 0, reason="调走")
    training.put_on(ledger, session, [hire(ledger, "丁某", position="主任"), people[0]], today=TODAY)
    assert [(row.row, row.name) for row in training.roster(ledger, session)] == [(1, "甲某"), (3, "丙某"), (4, "丁某")]
    line = staff.get(ledger, people[0], today=TODAY)
    staff.save(ledger, dataclasses.replace(line.member, name="甲某某"), today=TODAY)
    assert training.roster(ledger, session)[0].name == "甲某"
    with pytest.raises(UserError, match="MH-TRAINING-23"):
        training.put_on(ledger, session, [999], today=TODAY)


def test_who_is_on_a_roster_at_first(ledger: Ledger) -> None:
    doctor, police = hire(ledger, "甲某"), hire(ledger, "乙某", "police", unit_id=None, workplace="派出所")
    assert [one.id for one in training.default_roster(ledger, "monthly", today=TODAY)] == [doctor]
    assert {one.id for one in training.default_roster(ledger, "quarterly_joint", today=TODAY)} == {doctor, police}


# ---------------------------------------------------------------- the sheet comes back


def test_a_sheet_typed_back_by_row_numbers(ledger: Ledger) -> None:
    people = [hire(ledger, f"人{place}") for place in range(1, 19)]
    session = hold(ledger, people)
    training.type_back(ledger, session, present="1-14,16", leave="15", morning="18", today=TODAY)
    book = training.book(ledger, session, today=TODAY)
    assert (book.line.counts.expected, book.line.counts.here, book.line.counts.leave) == (18, 16, 1)
    assert [row.row for row in book.rows if row.presence == "absent"] == [17]
    assert book.line.state == "held"
    undo.undo(ledger, undo.last(ledger).seq)  # type: ignore[union-attr]
    assert training.book(ledger, session, today=TODAY).line.state == "waiting"


@pytest.mark.parametrize(
    ("typed", "code"), [({"present": "1-4"}, "12"), ({"present": "1-2", "leave": "2"}, "13"), ({"present": "甲"}, "20")]
)
def test_bad_row_numbers_store_nothing(ledger: Ledger, typed: dict[str, Any], code: str) -> None:
    session = hold(ledger, [hire(ledger, "甲某"), hire(ledger, "乙某"), hire(ledger, "丙某")])
    with pytest.raises(UserError, match=f"MH-TRAINING-{code}"):
        training.type_back(ledger, session, **typed, today=TODAY)
    assert {row.presence for row in training.roster(ledger, session)} == {None}


def test_bad_rows_are_refused_by_name(ledger: Ledger) -> None:
    who = hire(ledger, "甲某")
    session = hold(ledger, [who])
    row = training.roster(ledger, session)[0]
    wrong = {
        "MH-TRAINING-14": dataclasses.replace(row, presence="present", theory=101.0),
        "MH-TRAINING-16": dataclasses.replace(row, presence="leave", made_up_on=date(2026, 3, 1)),
        "MH-TRAINING-17": dataclasses.replace(row, presence="present", resit_theory=70.0),
        "MH-TRAINING-11": dataclasses.replace(row, id=None, staff_id=99, presence="present"),
    }
    for code, one in wrong.items():
        with pytest.raises(RecordRefused) as refused:
            training.save_rows(ledger, session, [one], today=TODAY)
        assert faults(refused.value) == [code]
    ahead = hold(ledger, [who], on=date(2026, 3, 27))
    with pytest.raises(RecordRefused) as refused:
        training.type_back(ledger, ahead, present="1", today=TODAY)
    assert faults(refused.value) == ["MH-TRAINING-10"]


def test_nobody_sits_in_two_sessions_at_once(ledger: Ledger) -> None:
    who = hire(ledger, "甲某")
    first = hold(ledger, [who], starts_at="9:00", ends_at="11:00")
    second = hold(ledger, [who], starts_at="10:00", ends_at="12:00", kind="other")
    training.type_back(ledger, first, present="1", today=TODAY)
    with pytest.raises(RecordRefused) as refused:
        training.type_back(ledger, second, present="1", today=TODAY)
    assert faults(refused.value) == ["MH-TRAINING-15"]
    training.type_back(ledger, second, present="", leave="1", today=TODAY)
    third = hold(ledger, [who], starts_at="14:00", ends_at="16:00", kind="other")
    training.type_back(ledger, third, present="1", today=TODAY)
    moved = dataclasses.replace(ledger.get(TrainingSession, third), starts_at="10:30", ends_at="11:30")
    with pytest.raises(RecordRefused):
        training.save_session(ledger, moved, today=TODAY)


def test_on_post_training_clears_for_independent_follow_up(ledger: Ledger) -> None:
    who = hire(ledger, "甲某")
    assert staff.get(ledger, who, today=TODAY).must_be_cleared()
    session = hold(ledger, [who], kind="on_post", pass_mark=80.0)
    row = dataclasses.replace(training.roster(ledger, session)[0], presence="present", theory=79.0)
    training.save_rows(ledger, session, [row], today=TODAY)
    assert staff.get(ledger, who, today=TODAY).cleared_on is None
    row = training.roster(ledger, session)[0]
    again = dataclasses.replace(row, resit_theory=85.0, resit_on=date(2026, 3, 12))
    training.save_rows(ledger, session, [again], today=TODAY)
    assert staff.get(ledger, who, today=TODAY).cleared_on == date(2026, 3, 12)


def test_what_waits(ledger: Ledger) -> None:
    assert training.waiting(ledger, today=TODAY) is None
    people = [hire(ledger, "甲某"), hire(ledger, "乙某")]
    for day in (date(2026, 1, 8), date(2026, 2, 8)):
        one = hold(ledger, people, on=day, month=f"{day:%Y-%m}")
        training.type_back(ledger, one, present="1", today=TODAY)
    hold(ledger, people)
    found = training.waiting(ledger, today=TODAY)
    assert found is not None
    assert (found.month_missing, found.is_month_late, len(found.sheets)) == ("2026-03", False, 1)
    assert list(found.missed) == [people[1]]
    assert len(found.uncleared) == 2
    late = training.waiting(ledger, today=date(2026, 4, 2))
    assert late is not None
    assert (late.month_missing, late.is_month_late) == ("2026-03", True)


def test_parameters_of_ones_own(ledger: Ledger) -> None:
    training_terms.save(ledger, {"pass_mark": 80})
    assert training_terms.load(ledger)["pass_mark"].mark == "own"
    for bad in ({"pass_mark": 101}, {"max_score": 0}):
        with pytest.raises(UserError, match="MH-TRAINING-06"):
            training_terms.save(ledger, bad)


# ---------------------------------------------------------------- attachments


def test_a_scan_is_kept_in_the_ledger_and_comes_back_byte_for_byte(ledger: Ledger, tmp_path: Path) -> None:
    session = hold(ledger, [hire(ledger, "甲某")])
    scan = tmp_path / "签到表.png"
    scan.write_bytes(PNG)
    first, _ = attachments.attach(ledger, object_kind="training_session", object_id=session, path=scan)
    assert attachments.attach(ledger, object_kind="training_session", object_id=session, path=scan)[0] == first
    scan.unlink()
    assert attachments.content(ledger, first) == PNG
    attachments.save_copy(ledger, first, tmp_path / "副本.png")
    assert (tmp_path / "副本.png").read_bytes() == PNG
    assert PNG not in (ledger.folder / "ledger.db").read_bytes()
    attachments.void(ledger, first, reason="错")
    assert attachments.listed(ledger, object_kind="training_session", object_id=session) == []
    recycle.restore(ledger, [("attachment", first)])
    assert attachments.content(ledger, first) == PNG


def test_files_that_are_not_taken_in(ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "签到表.pdf"
    with pytest.raises(InputRefused, match="MH-ATTACH-03"):
        attachments.attach(ledger, object_kind="training_session", object_id=1, path=file)
    file.write_bytes(b"MZ\x90 not a pdf")
    with pytest.raises(InputRefused, match="MH-ATTACH-01"):
        attachments.attach(ledger, object_kind="training_session", object_id=1, path=file)
    training_terms.save(ledger, {"attachment_mb": 0.001})
    file.write_bytes(b"%PDF-" + b"x" * 2000)
    with pytest.raises(InputRefused, match="MH-ATTACH-02"):
        attachments.attach(ledger, object_kind="training_session", object_id=1, path=file)


def test_voiding_a_session_takes_its_roster_along(ledger: Ledger) -> None:
    who = hire(ledger, "甲某")
    session = hold(ledger, [who])
    training.void_session(ledger, session, reason="取消")
    assert training.of_person(ledger, who) == []
    assert ledger.find(Attendance) == []
    undo.undo(ledger, undo.last(ledger).seq)  # type: ignore[union-attr]
    assert len(training.of_person(ledger, who)) == 1


def test_a_voided_session_comes_back_with_its_roster(ledger: Ledger) -> None:
    session = hold(ledger, [hire(ledger, "甲某"), hire(ledger, "乙某")])
    row = training.roster(ledger, session)[0].id or 0
    training.void_session(ledger, session, reason="取消")
    with pytest.raises(UserError, match="MH-RECYCLE-04"):
        recycle.restore(ledger, [("attendance", row)])
    recycle.restore(ledger, [("training_session", session)])
    assert [one.name for one in training.roster(ledger, session)] == ["甲某", "乙某"]


def test_a_long_sheet_repeats_its_header_and_prints_the_same_a_year_later(ledger: Ledger) -> None:
    people = [hire(ledger, f"人{place:02d}") for place in range(1, 46)]
    session = hold(ledger, people)
    first = printing.training_sheet(ledger, session).to_bytes()
    pages = ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(first)).pages]
    assert len(pages) == 3
    assert all("签名（上午）签名（下午）" in page and "应到45人" in page for page in pages)
    assert pages[2].count("第3页共3页") == 1
    line = staff.get(ledger, people[0], today=TODAY)
    staff.save(ledger, dataclasses.replace(line.member, name="改名"), today=TODAY)
    assert printing.training_sheet(ledger, session).to_bytes() == first
    late = dataclasses.replace(ledger.get(TrainingSession, session), place="改到二楼")
    training.save_session(ledger, late, today=TODAY)
    assert printing.training_sheet(ledger, session, again=True).to_bytes() == first
    assert printing.training_sheet(ledger, session).to_bytes() != first
    for bad, code in ((hold(ledger, [], kind="other"), "25"), (hold(ledger, people, on=None), "27"), (999, "26")):
        with pytest.raises(UserError, match=f"MH-TRAINING-{code}"):
            printing.training_sheet(ledger, bad)


def test_a_course_of_several_days_prints_its_days_and_counts_once(ledger: Ledger, tmp_path: Path) -> None:
    people = [hire(ledger, name) for name in ("罗云", "冉燕", "向明")]
    days = {"on": date(2026, 3, 2), "ends_on": date(2026, 3, 6), "day_parts": (*("whole",) * 4, "morning")}
    session = hold(ledger, people, **days, hours=27.0)  # type: ignore[arg-type]
    document = printing.training_sheet(ledger, session)
    assert [form.landscape for form in document.forms] == [True, True]  # three days and two
    pages = document.write(tmp_path / "签到表.pdf")
    said = ["".join(page.extract_text().split()) for page in PdfReader(tmp_path / "签到表.pdf").pages]
    assert pages == len(said) == 2
    assert all(f"3月{day}日" in said[0] for day in (2, 3, 4))
    assert "3月5日" in said[1]
    assert (said[0].count("下午"), said[1].count("下午")) == (3, 1)
    for day, present in enumerate(("1-3", "1-3", "1,3", "1,3", "1"), start=1):
        training.type_back(ledger, session, present=present, leave="2" if day > 2 else "", day=day, today=TODAY)
    rows = training.roster(ledger, session)
    assert [row.presence for row in rows] == ["present", "part", "part"]
    assert rollups.build(ledger, period="monthly", on=TODAY, today=TODAY).total["training_attendances"].numerator == 3
    training.type_back(ledger, session, present="1", today=TODAY)  # the whole course once more: their days stay
    assert [row.presence for row in training.roster(ledger, session)] == ["present", "part", "part"]
    one_day = dataclasses.replace(ledger.get(TrainingSession, session), ends_on=None, day_parts=None)
    with pytest.raises(UserError, match="MH-TRAINING-40"):  # the days were typed back one by one
        training.save_session(ledger, one_day, today=TODAY)
    with pytest.raises(UserError, match="MH-TRAINING-43"):
        training.type_back(ledger, session, present="1", day=6, today=TODAY)
    other = hold(ledger, people, on=date(2026, 3, 5), title="另一次")
    with pytest.raises(RecordRefused) as refused:  # 向明 sat in the course that day, 冉燕 did not
        training.type_back(ledger, other, present="1-3", today=TODAY)
    assert [one.params["row"] for one in refused.value.problems] == [1, 3]


def test_an_old_edition_of_a_sheet_prints_as_it_was(ledger: Ledger) -> None:
    """Sheets printed before courses of several days were known carry no days."""
    session = hold(ledger, [hire(ledger, "罗云")])
    printing.training_sheet(ledger, session)
    key = f"print.training_sheet.{session}"
    old = [{name: value for name, value in ledger.get_setting(key, [])[0].items() if name != "days"}]
    with ledger.change("setting.set") as change:
        change.set_setting(key, old)
    assert printing.training_sheet(ledger, session, again=True).people == 1
    assert ledger.get_setting(key, []) == old  # and no second edition of the same


def test_who_visits_without_the_training_before_it_is_named(ledger: Ledger) -> None:
    """Visits of late under the name of somebody who has not passed 上岗前培训; two of one name accuse nobody."""
    people = [hire(ledger, name) for name in ("罗云", "冉燕", "向明", "向明")]
    hire(ledger, "唐医", "psychiatrist")
    staff.save(ledger, StaffMember(name="安好", cleared_on=date(2025, 1, 1)), [], today=TODAY)
    with ledger.change("test.visits") as change:
        patient = change.add(Patient(name="秦中华"))
        for name, day in (
            *(("罗云", date(2026, 3, 2)), ("罗云", date(2026, 3, 9)), ("冉燕", date(2025, 3, 2))),
            *(("向明", date(2026, 3, 3)), ("唐医", date(2026, 3, 4)), ("安好", date(2026, 3, 4))),
        ):
            change.add(FollowUp(patient_id=patient, visit_date=day, doctor_name=name))
    found = training.waiting(ledger, today=TODAY)
    assert found is not None
    assert dict(found.alone) == {people[0]: 2}
    matters_ = {one.key: (one.count, one.is_late) for one in matters.waiting(ledger, (), today=TODAY)}
    assert matters_["training_alone"] == (1, True)
    held = hold(ledger, people[:1], kind="on_post", on=date(2026, 3, 12))
    row = dataclasses.replace(training.roster(ledger, held)[0], presence="present", theory=90.0)
    training.save_rows(ledger, held, [row], today=TODAY)
    after = training.waiting(ledger, today=TODAY)
    assert after is not None
    assert not after.alone
