"""Self-inspection: the same draw each time, files as they were on the day, what is missing in words."""

from __future__ import annotations

import dataclasses
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.rules import ruleset
from mhdesk.services import follow_ups, inspection, inspection_tables, merge, patients, rollups, undo, units
from tests.conftest import FixedClock, LedgerTemplate
from tests.services import stories
from tests.services.people import person, sheet

if TYPE_CHECKING:
    from db.ledger import Ledger

SUMMER = date(2026, 9, 30)
NOW = date(2026, 11, 20)


@pytest.fixture
def past(ledger: Ledger, clock: FixedClock) -> dict[str, int]:
    """Entered in time: one good file, one whose guardian was noted only later; one visit typed in after the quarter."""
    ids = {}
    clock.now = datetime(2026, 9, 1, tzinfo=UTC)
    with ledger.change("test.add") as change:
        for serial, name in enumerate(("甲好", "乙晚"), 11):
            ids[name] = change.add(person(name, serial))
            months = (1, 4, 7, 9) if name == "甲好" else (1, 4)
            change.add_many(sheet(ids[name], date(2026, month, 1)) for month in months)
    clock.now = datetime(2026, 11, 2, tzinfo=UTC)
    with ledger.change("test.change") as change:
        change.add(sheet(ids["乙晚"], date(2026, 7, 20)))
        good = ledger.get(Patient, ids["甲好"])
        change.replace(dataclasses.replace(good, consent_date=None))
    return ids


def look(ledger: Ledger, **changes: object) -> inspection.Inspection:
    return inspection.inspect(ledger, on=SUMMER, today=NOW, **changes)  # type: ignore[arg-type]


def test_files_are_read_as_they_were(ledger: Ledger, past: dict[str, int]) -> None:
    made = {one.id: one for one in look(ledger).scored}
    good, late = made[past["甲好"]], made[past["乙晚"]]
    assert good.points["consent"] == 10  # the date was taken away later: put back
    assert good.rebuilt == 1
    assert late.last_visit.startswith("2026-04-01")  # the visit of July was typed in November
    assert (good.points["interval"], late.points["interval"]) == (30, 0)  # five months without a visit, as known then
    assert "2026-04-01" in dict(late.missing)["interval"]
    now = {one.id: one for one in inspection.inspect(ledger, on=NOW, today=NOW).scored}
    assert now[past["甲好"]].points["consent"] == 0
    assert "consent" in dict(now[past["甲好"]].missing)
    assert now[past["乙晚"]].last_visit.startswith("2026-07-20")


def test_the_same_seed_draws_the_same_people(ledger: Ledger, past: dict[str, int], clock: FixedClock) -> None:
    clock.now = datetime(2026, 9, 28, tzinfo=UTC)
    with ledger.change("test.more") as change:
        change.add_many(person(f"丙{n}", 20 + n) for n in range(30))
    drawn = [[one.id for one in look(ledger, seed=seed, size=5).scored] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == 5
    assert len(look(ledger, size=9999).scored) == 32


def test_what_cannot_be_rebuilt_is_said(ledger: Ledger, clock: FixedClock) -> None:
    clock.now = datetime(2026, 11, 2, tzinfo=UTC)
    with ledger.change("test.add") as change:
        patient = change.add(person("丁新", 30))
        change.add(sheet(patient, date(2026, 9, 1)))
        change.add(FollowUp(patient_id=patient, visit_date=date(2026, 10, 9)))
    made = look(ledger)
    assert "不能还原" in made.limits[0]
    assert made.scored[0].last_visit.startswith("2026-09-01")  # as they stand now, but no later visit is seen


def test_nobody_is_no_error_and_the_tables_are_written(ledger: Ledger, past: dict[str, int], tmp_path: Path) -> None:
    files = inspection_tables.write(ledger, look(ledger), tmp_path / "迎检", masked=True)
    assert [file.suffix for file in files] == [".xlsx", ".pdf"]
    empty = inspection.inspect(ledger, on=date(2019, 3, 1), today=NOW)
    assert (empty.scored, empty.average) == ([], None)
    inspection_tables.report(ledger, empty)


def test_points_add_up_to_a_hundred_and_are_marked_as_an_example() -> None:
    assert sum(item.points for item in inspection.items()) == 100
    assert "须由区县核定" in inspection.source()


YEAR_END, LATER = date(2026, 12, 31), date(2027, 1, 12)


def faces(made: inspection.Inspection) -> list[dict[str, object]]:
    """What the tables show of everybody drawn."""
    told = ("id", "label", "name", "village", "doctor", "points", "missing", "guardian", "phone", "last_visit")
    return [{name: getattr(one, name) for name in told} for one in made.scored]


@settings(max_examples=4, phases=(Phase.generate,), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=stories.events, after=stories.events)
def test_whatever_happens_later_the_same_seed_gives_the_same_people_scores_and_names(
    ledger_template: LedgerTemplate, tmp_path: Path, before: list[stories.Event], after: list[stories.Event]
) -> None:
    from db.ledger import Ledger

    shutil.rmtree(tmp_path / "example", ignore_errors=True)
    clock = FixedClock(datetime(2026, 12, 31, 15, 59, tzinfo=UTC))  # a minute before midnight in China
    folder = ledger_template.copy_to(tmp_path / "example")
    with Ledger.open(folder, login=ledger_template.login, password=ledger_template.password, now=clock) as ledger:
        story = stories.Story(ledger, YEAR_END)
        story.play([("enter", 0, back, back % 10) for back in (3, 40, 205, 17)])
        story.play(before)
        frozen = [inspection.inspect(ledger, on=YEAR_END, today=YEAR_END, seed=seed, size=3) for seed in (1, 2)]
        clock.now = datetime(2027, 1, 12, 3, 0, tzinfo=UTC)
        story.play(after)
        for seed, then in enumerate(frozen, 1):
            again = inspection.inspect(ledger, on=YEAR_END, today=LATER, seed=seed, size=3)
            assert (again.registered, again.average) == (then.registered, then.average)
            assert faces(again) == faces(then)
            assert "当时的样子" in again.limits[0]


def test_every_way_to_change_the_past_changes_nothing(ledger: Ledger, clock: FixedClock, tmp_path: Path) -> None:
    """Renamed, voided, merged, moved, dead, corrected, entered late, undone: all of it after the quarter."""
    clock.now = datetime(2026, 12, 30, 3, 0, tzinfo=UTC)
    story = stories.Story(ledger, YEAR_END)
    with ledger.change("test.add") as change:
        ids = [change.add(person(f"丙{n}", 10 + n, unit_id=story.units[n % 2], doctor_name="张医生")) for n in range(9)]
        sheets = [change.add(sheet(one, date(2026, 11, 1 + place))) for place, one in enumerate(ids)]
    edited = patients.save(
        ledger, dataclasses.replace(ledger.get(Patient, ids[7]), phone="15400009999"), today=YEAR_END
    )
    assert edited[0] == ids[7]
    taken_back = undo.last(ledger)
    then = inspection.inspect(ledger, on=YEAR_END, today=YEAR_END, size=9)
    clock.now = datetime(2027, 1, 4, 3, 0, tzinfo=UTC)
    assert taken_back is not None
    undo.undo(ledger, taken_back.seq)
    rollups.submit(ledger, rollups.build(ledger, period="quarterly", on=YEAR_END, today=date(2027, 1, 4)))
    units.rename(ledger, story.units[0], name="改名村")
    patients.void(ledger, ids[0], reason="重复")
    merge.merge(ledger, kept_id=ids[1], merged_id=ids[2], take=["name", "phone"])
    follow_ups.void(ledger, sheets[3], reason="录错")
    with ledger.change("test.late") as change:
        change.add(Movement(patient_id=ids[4], kind="died", happened_on=date(2026, 12, 1)))
        change.add(Movement(patient_id=ids[5], kind="moved_out", happened_on=date(2026, 10, 1)))
        change.add(sheet(ids[6], date(2026, 2, 2)))
        change.add(person("丁补录", 40, registered_on=date(2026, 10, 10)))
        stored = ledger.get(Patient, ids[8])
        change.replace(dataclasses.replace(stored, unit_id=story.units[1], doctor_name="李医生", consent="0"))
        stored_sheet = ledger.get(FollowUp, sheets[8])
        change.replace(dataclasses.replace(stored_sheet, visit_date=date(2026, 5, 5), drugs=()))
    again = inspection.inspect(ledger, on=YEAR_END, today=LATER, size=9)
    assert faces(again) == faces(then)
    assert again.registered == 9
    by_id = {one.id: one for one in again.scored}
    assert (by_id[ids[2]].file_id, by_id[ids[2]].since) == (ids[1], "这份档案以后并入了丙2的档案")
    assert by_id[ids[0]].since == "这份档案以后作废了"
    assert by_id[ids[8]].rebuilt == 2
    assert "现在看，2026-12-31 在册应为 6 人，当时是 9 人" in again.limits[2]
    assert "与该季已上报的报表一致：在册 9 人" in again.limits[3]
    inspection_tables.write(ledger, again, tmp_path / "迎检")


def test_a_ledger_begun_later_is_read_as_it_was_when_the_quarter_was_sent(ledger: Ledger, clock: FixedClock) -> None:
    """Nothing was known on 30 September: the frozen report is the better witness."""
    with ledger.change("test.add") as change:
        one = change.add(person("戊", 50))
        change.add(sheet(one, date(2026, 9, 1)))
    rollups.submit(ledger, rollups.build(ledger, period="quarterly", on=SUMMER, today=NOW, rules="CLASS"))
    clock.advance(days=1)
    patients.void(ledger, one, reason="重复")
    made = look(ledger)
    assert [drawn.name for drawn in made.scored] == ["戊"]
    assert made.rules == ruleset.load("CLASS").name
    assert "按该季报表上报时" in made.limits[0]
    assert look(ledger, rules="SC2017").rules != made.rules
