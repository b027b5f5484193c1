"""Self-inspection: the same draw each time, files as they were on the day, what is missing in words."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.services import inspection
from tests.conftest import FixedClock
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


def test_the_same_seed_draws_the_same_people(ledger: Ledger, past: dict[str, int]) -> None:
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
    files = inspection.write(ledger, look(ledger), tmp_path / "迎检", masked=True)
    assert [file.suffix for file in files] == [".xlsx", ".pdf"]
    empty = inspection.inspect(ledger, on=date(2019, 3, 1), today=NOW)
    assert (empty.scored, empty.average) == ([], None)
    inspection.report(ledger, empty)


def test_points_add_up_to_a_hundred_and_are_marked_as_an_example() -> None:
    assert sum(item.points for item in inspection.items()) == 100
    assert "须由区县核定" in inspection.source()
