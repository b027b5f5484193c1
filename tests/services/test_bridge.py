"""What changed since the last report, by name; what a frozen report would say today; the calendar of what was sent."""

from __future__ import annotations

import dataclasses
import shutil
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from db.queries import late
from db.queries import rollup as queries
from mhdesk.domain.account import Submission
from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.joint import Emergency, JointVisit
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.support import CheckUp
from mhdesk.domain.unit import UnitYear
from mhdesk.rules import rollup as rules_rollup
from mhdesk.rules.indicators import explain, registry
from mhdesk.rules.judge import Frame, Judge
from mhdesk.rules.rollup import RollUp
from mhdesk.services import bridge, groupings, indicators, rollups, submissions
from mhdesk.services.submissions import State
from mhdesk.text import text
from tests.conftest import FixedClock, LedgerTemplate
from tests.rules.second_opinion import Life
from tests.services import stories
from tests.services.test_rollups import add, person, villages, visit

if TYPE_CHECKING:
    from db.ledger import Ledger

FRIDAY, NEXT = date(2026, 11, 20), date(2026, 11, 27)  # two weeks


def in_words(made: bridge.Bridge) -> dict[str, int]:
    parts = ("opening", *bridge.PARTS, "closing")
    return {part: len(getattr(made.equation, part)) for part in parts}


def steady(unit_id: int | None = None, **changes: object) -> Life:
    return Life(person(unit_id, **changes), tuple(visit(date(2026, month, 10)) for month in (1, 4, 7, 10)))


def test_a_week_against_the_one_sent_before_by_name(ledger: Ledger, clock: FixedClock) -> None:
    stays, dies, gap, wrong = add(ledger, steady(), steady(), Life(person(), (visit(date(2026, 8, 20)),)), steady())
    sent = rollups.submit(ledger, rollups.weekly(ledger, on=FRIDAY, today=FRIDAY), checked_by="张审核")
    clock.advance(days=7)
    newcomer, forgotten = add(
        ledger,
        Life(person(registered_on=date(2026, 11, 24), registered_as="new"), (visit(date(2026, 11, 25)),)),
        steady(registered_on=date(2026, 1, 3), registered_as="new"),  # typed late
    )
    ids = [life.patient.id or 0 for life in (stays, dies, gap, wrong, newcomer, forgotten)]
    with ledger.change("test.change") as change:
        change.add(Movement(patient_id=ids[1], kind="died", happened_on=date(2026, 11, 23)))
        change.add(dataclasses.replace(visit(date(2026, 11, 26)), patient_id=ids[2]))
        change.void(Patient, ids[3], "重复建档")
    made = bridge.build(ledger, rollups.weekly(ledger, on=NEXT, today=NEXT))
    assert made.base.id == sent.submission.id
    assert not made.same_period
    assert in_words(made) == {
        "opening": 4,
        "corrected_in": 1,
        "corrected_out": 1,
        "new": 1,
        "moved_in": 0,
        "died": 1,
        "moved_out": 0,
        "closing": 4,
    }
    assert made.equation.holds
    managed = {one.id: one for one in bridge.people(ledger, made, "managed", identified=True)}
    assert {one.id: one.side for one in managed.values()} == {
        ids[1]: "left_numerator",
        ids[3]: "left_numerator",
        ids[4]: "entered_numerator",
        ids[5]: "entered_numerator",
    }
    assert managed[ids[4]].before == "上报时台账里还没有这份档案（之后补录）"
    assert managed[ids[3]].reason == "档案已作废"
    (dead,) = bridge.register_people(ledger, made, "died")
    assert (dead.id, dead.name) == (ids[1], "王**")
    named = bridge.everybody(ledger, made)
    for move in made.changed:
        assert {one.id for one in named.get(move.indicator, [])} == move.people
        result = made.rollup.total[move.indicator]
        if result.numerator is not None:
            gone, came = len(move.left_numerator), len(move.entered_numerator)
            assert (move.before.numerator or 0) - gone + came == result.numerator
    document = bridge.to_json(made, named)
    assert {"entered", "left", "changed"} <= set(document)
    assert [one["id"] for one in document["entered"]["managed"]] == [ids[4], ids[5]]
    sheet = bridge.sheet(made)
    cells = [cell for row in sheet.rows for cell in row if cell is not None and cell.members]
    assert all(cell.value == len(cell.members or ()) for cell in cells)
    assert any(cell.key == "bridge:managed:entered_numerator" for cell in cells)
    assert bridge.lines(made, named)


def test_nothing_sent_nothing_to_compare(ledger: Ledger) -> None:
    with pytest.raises(UserError) as refused:
        bridge.build(ledger, rollups.weekly(ledger, on=FRIDAY, today=FRIDAY))
    assert refused.value.code == "MH-REPORT-09"


def test_a_report_sent_by_an_older_version_is_compared_by_what_is_known_now(ledger: Ledger, clock: FixedClock) -> None:
    import json

    add(ledger, steady())
    sent = rollups.submit(ledger, rollups.weekly(ledger, on=FRIDAY, today=FRIDAY)).submission
    document = json.loads(sent.document)
    del document["members"], document["kept"]
    with ledger.change("test.old") as change:
        change.replace(dataclasses.replace(sent, document=json.dumps(document, ensure_ascii=False)))
    clock.advance(days=7)
    (late,) = add(ledger, steady(registered_on=NEXT, registered_as="new"))
    made = bridge.build(ledger, rollups.weekly(ledger, on=NEXT, today=NEXT))
    assert in_words(made)["new"] == 1
    assert made.equation.holds
    assert [one.id for one in bridge.people(ledger, made, "registered")] == [late.patient.id]
    with pytest.raises(UserError) as refused:
        submissions.copies(ledger, sent.id or 0)
    assert refused.value.code == "MH-REPORT-13"


def test_run_again_lists_what_came_late_and_the_cells_that_differ(ledger: Ledger, clock: FixedClock) -> None:
    (village, _) = villages(ledger)
    first, second = add(ledger, steady(unit_id=village), Life(person(unit_id=village), (visit(date(2026, 11, 2)),)))
    sent = rollups.submit(ledger, rollups.weekly(ledger, on=FRIDAY, today=FRIDAY)).submission
    same = submissions.run_again(ledger, sent.id or 0)
    assert (same.differences, same.late, same.rules_changed) == ([], [], False)
    clock.advance(days=3)
    stored = ledger.find(FollowUp, patient_id=second.patient.id)
    with ledger.change("test.late") as change:
        change.add(dataclasses.replace(visit(date(2026, 11, 18)), patient_id=first.patient.id or 0))
        change.add(dataclasses.replace(visit(date(2026, 11, 23)), patient_id=first.patient.id or 0))  # a later week
        change.replace(dataclasses.replace(stored[0], adherence="2"))
        change.replace(dataclasses.replace(ledger.get(Patient, second.patient.id or 0), note="改了备注"))
    look = submissions.run_again(ledger, sent.id or 0)
    assert {(one.row.kind, one.row.change, one.is_within) for one in look.late} == {
        ("follow_up", "added", True),
        ("follow_up", "changed", False),
        ("patient", "changed", False),
    }
    cells = {(one.unit, one.indicator): (one.before.numerator, one.after.numerator) for one in look.differences}
    assert cells["合计", "visits_done"] == cells["龙兴村", "visits_done"] == (0, 1)
    assert cells["合计", "regular_medication_rate"] == (2, 1)
    assert "registered" not in {indicator for _, indicator in cells}
    told = submissions.second_look_json(look)
    assert len(told["differences"]) == len(look.differences)
    assert any("补录" in line for line in submissions.second_look_lines(look))
    with ledger.change("test.void") as change:
        change.void(FollowUp, stored[0].id or 0, "录错了人")
    assert "voided" in {one.row.change for one in submissions.run_again(ledger, sent.id or 0).late}


def test_whatever_a_report_counts_is_listed_when_it_comes_late(ledger: Ledger) -> None:
    """Visits are not all: check-ups, colours, joint work, a village's people, what was counted before it was sent."""
    (village, _) = villages(ledger)
    (life,) = add(ledger, steady(unit_id=village))
    patient_id = life.patient.id or 0
    counted = rollups.weekly(ledger, on=FRIDAY, today=FRIDAY)
    with ledger.change("test.between") as change:  # in the same second, after the count and before the sending
        change.add(CheckUp(patient_id=patient_id, checked_on=date(2026, 11, 17)))
    sent = rollups.submit(ledger, counted).submission
    with ledger.change("test.late") as change:
        change.add(JointVisit(patient_id=patient_id, visited_on=date(2026, 11, 18)))
        change.add(
            ColourAssessment(
                patient_id=patient_id,
                assessed_on=date(2026, 11, 18),
                scheme_id="four",
                scheme_version="1",
                colour="red",
            )
        )
        change.add(Emergency(patient_id=patient_id, happened_at="2026-11-19T08:00", causes=("1",)))
        change.add(UnitYear(unit_id=village, year=2026, population=1000))
        change.add(JointVisit(patient_id=patient_id, visited_on=date(2026, 11, 24)))  # a later week
    stored = ledger.get(Patient, patient_id)
    with ledger.change("test.to") as change:
        change.replace(dataclasses.replace(stored, note="改"))
    with ledger.change("test.fro") as change:  # and back: nothing is different
        change.replace(dataclasses.replace(ledger.get(Patient, patient_id), note=stored.note))
    look = submissions.run_again(ledger, sent.id or 0)
    kinds = {"checkup", "joint_visit", "colour_assessment", "emergency", "unit_year"}
    assert {one.row.kind for one in look.late} == kinds
    assert {"checkup_rate", "joint_visits", "colour_red", "emergencies", "prevalence"} <= {
        one.indicator for one in look.differences
    }
    assert any("单位年度数据" in line for line in submissions.second_look_lines(look))
    for kind in late.KINDS:
        assert text(f"reports.look.kind.{kind}")


def test_copies_leave_the_ledger_byte_for_byte(ledger: Ledger, tmp_path: Path) -> None:
    add(ledger, steady())
    sent = rollups.submit(ledger, rollups.weekly(ledger, on=FRIDAY, today=FRIDAY))
    before = {file.name: file.read_bytes() for file in sent.files}
    for file in sent.files:
        file.unlink()  # a lost folder: the ledger, and so each backup, has them still
    files = submissions.export(ledger, sent.submission.id or 0, tmp_path / "再导出")
    assert {file.name: file.read_bytes() for file in files} == before
    with pytest.raises(UsageError) as refused:
        submissions.export(ledger, 999, tmp_path)
    assert refused.value.code == "MH-REPORT-12"
    with ledger.change("test.damage") as change:
        stored = ledger.get(Submission, sent.submission.id or 0)
        change.replace(dataclasses.replace(stored, files=dict.fromkeys(stored.files, "0" * 64)))
    with pytest.raises(UserError) as damaged:
        submissions.export(ledger, sent.submission.id or 0, tmp_path)
    assert damaged.value.code == "MH-REPORT-13"


def test_the_calendar_says_sent_late_missing(ledger: Ledger, clock: FixedClock) -> None:
    add(ledger, steady())
    rollups.submit(ledger, rollups.weekly(ledger, on=FRIDAY, today=FRIDAY))
    clock.advance(days=40)
    today = date(2026, 12, 30)
    rollups.submit(ledger, rollups.weekly(ledger, on=NEXT, today=today))
    tiles = {tile.period.start: tile.state for tile in submissions.calendar(ledger, year=2026, today=today)}
    assert tiles[date(2026, 11, 9)] is State.BEFORE
    assert tiles[date(2026, 11, 16)] is State.SENT
    assert tiles[date(2026, 11, 23)] is State.LATE
    assert tiles[date(2026, 11, 30)] is State.MISSING
    assert tiles[date(2026, 12, 21)] is State.WAITING  # three days after its Sunday
    assert date(2026, 12, 28) not in tiles  # its last day lies in the next year
    assert [one["state"] for one in submissions.calendar_json(submissions.calendar(ledger, year=2026, today=today))][
        -2:
    ] == ["missing", "waiting"]


def test_any_range_and_rows_by_anything(ledger: Ledger) -> None:
    one, two = villages(ledger)
    add(
        ledger,
        dataclasses.replace(steady(unit_id=one, doctor_name="张医生", colour="red")),
        Life(person(two, doctor_name="李医生", diagnosis="4"), (visit(date(2026, 11, 2), visit_class="1"),)),
        Life(person(None, diagnosis=None)),
    )
    made = rollups.build(ledger, period="range", on=date(2026, 10, 1), to=date(2026, 11, 10), today=FRIDAY)
    assert (made.period.kind, made.period.cut_off) == ("range", date(2026, 11, 10))
    assert made.total["visits_done"].numerator == 2
    whole = {key: result.value for key, result in made.total.items()}
    for by in groupings.BY:
        grouped = rollups.build(
            ledger, period="range", on=date(2026, 10, 1), to=date(2026, 11, 10), by=by, today=FRIDAY
        )
        assert {key: result.value for key, result in grouped.total.items()} == whole, by
        assert sum(unit.values["registered"].numerator or 0 for unit in grouped.units) == 3
        with pytest.raises(UsageError) as refused:
            rollups.submit(ledger, grouped)
        assert refused.value.code == "MH-REPORT-10"
    by_doctor = rollups.build(ledger, by="doctor", on=FRIDAY, today=FRIDAY)
    assert [unit.unit.name for unit in by_doctor.units] == ["张医生", "李医生", "未填责任医生"]
    with pytest.raises(UsageError) as wrong:
        rollups.build(ledger, period="range", on=FRIDAY, to=date(2026, 1, 1), today=FRIDAY)
    assert wrong.value.code == "MH-REPORT-11"
    with pytest.raises(UsageError) as early:
        rollups.build(ledger, period="range", on=NEXT, to=NEXT, today=FRIDAY)
    assert early.value.code == "MH-REPORT-01"
    later = rollups.build(ledger, period="range", on=FRIDAY, to=NEXT, today=FRIDAY)
    assert later.period.cut_off == FRIDAY


def test_one_person_sees_where_they_stand_and_what_helps(ledger: Ledger) -> None:
    (life,) = add(ledger, Life(person(), (visit(date(2026, 1, 10)), visit(date(2026, 8, 20), visit_class="2"))))
    told = {one.indicator: one for one in indicators.of_person(ledger, life.patient.id or 0, on=FRIDAY, today=FRIDAY)}
    gap = told["standard_management_rate"]
    assert gap.standing == "missing"
    assert gap.reason == "2026-01-10 至 2026-08-20 间隔 222 天，跨 7 个月，超过 3 个月"
    assert gap.repair == "本年已不能补救，2027-01-01 起按新的一年重新判断"
    assert told["checkup_rate"].repair == "2026-12-31 前体检一次并记录，即可计入"
    assert told["visits_overdue"].repair == "现在随访一次，即不再逾期"
    assert told["managed"].standing == "counted"
    assert told["schizophrenia_medication_rate"].standing == "counted"
    assert told["rehabilitation_service_rate"].standing == "not_asked"
    assert indicators.of_person(ledger, 999, on=FRIDAY, today=FRIDAY) == []


SENT_ON, SUNDAY = date(2026, 11, 27), date(2026, 12, 6)  # sent on a Friday, before the week was over


def sentences(ledger: Ledger, made: RollUp) -> dict[tuple[str, int], str]:
    """Why, for everybody and every indicator, as of a roll-up."""
    judge = Judge(made.rules, Frame.of(made.period.range, made.rules))
    with ledger.read() as connection:
        found = queries.patient_facts(
            connection,
            first=rules_rollup.first_day(made.period, made.rules),
            start=made.period.start,
            end=made.period.range.end,
        )
        return {(key, facts.id): explain.reason(key, facts, judge) for facts in found for key in registry.INDICATORS}


@settings(max_examples=4, phases=(Phase.generate,), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=stories.events, after=stories.events)
def test_on_random_histories_the_equation_holds_by_name_and_the_sentence_of_then_is_that_of_then(
    ledger_template: LedgerTemplate, tmp_path: Path, before: list[stories.Event], after: list[stories.Event]
) -> None:
    from db.ledger import Ledger

    shutil.rmtree(tmp_path / "example", ignore_errors=True)
    clock = FixedClock(datetime(2026, 11, 27, 1, 0, tzinfo=UTC))
    folder = ledger_template.copy_to(tmp_path / "example")
    with Ledger.open(folder, login=ledger_template.login, password=ledger_template.password, now=clock) as ledger:
        story = stories.Story(ledger, SENT_ON)
        story.play([("enter", 0, back, back % 10) for back in (3, 40, 205)])
        story.play(before)
        first = rollups.weekly(ledger, on=SENT_ON, today=SENT_ON)
        said = sentences(ledger, first)
        gone = {one.id for one in ledger.find(Patient, include_voided=True) if one.voided_at is not None}
        story.play([("enter", 0, 9, 5)])  # between the count and the sending
        sent, counted = rollups.submit(ledger, first).submission, first.total
        clock.advance(days=9)
        story.today = SUNDAY
        story.play(after)
        made = bridge.build(ledger, rollups.weekly(ledger, on=SUNDAY, today=SUNDAY))
        equation = made.equation
        assert equation.holds
        assert equation.opening == set(counted["registered"].numerator_ids)
        assert equation.closing == set(made.rollup.total["registered"].numerator_ids)
        parts = [Counter(getattr(equation, part)) for part in ("opening", *bridge.PARTS, "closing")]
        opening, more, less, new, came, died, went, closing = parts
        for one in set().union(*parts):  # by name, not only in all
            assert opening[one] + more[one] - less[one] + new[one] + came[one] - died[one] - went[one] == closing[one]
        for indicator, people in bridge.everybody(ledger, made).items():
            for moved in people:
                absent = "档案已作废" if moved.id in gone else "上报时台账里还没有这份档案（之后补录）"
                assert moved.before == said.get((indicator, moved.id), absent)
                assert moved.reason
                assert ledger.get(Patient, moved.file_id).voided_at is None or "作废" in moved.reason
        look = submissions.run_again(ledger, sent.id or 0)
        assert look.late or not look.differences  # no cell differs without a record that says why
        assert all(submissions.late_sentence(one) for one in look.late)
        for part in bridge.PARTS:
            assert [one.id for one in bridge.register_people(ledger, made, part)] == sorted(
                set(getattr(equation, part))
            )
