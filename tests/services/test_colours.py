"""Assessments on a real ledger: the colour everywhere is that of the last one, as of the day of the report."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mhdesk.domain.errors import UserError
from mhdesk.reports import weekly
from mhdesk.rules.rollup import RollUp
from mhdesk.services import colours, matters, merge, patients, recycle, rollups, undo
from mhdesk.services.patients import RegisterFilter
from tests.rules.second_opinion import Life
from tests.services.test_rollups import TODAY, add, person, visit

if TYPE_CHECKING:
    from db.ledger import Ledger

REST = {"present": "no"}


@pytest.fixture
def ids(ledger: Ledger) -> list[int]:
    """Somebody typed red, somebody without a colour, somebody who died."""
    calm = (visit(date(2026, 10, 10), risk_level="0"),)
    lives = [
        Life(person(name="赵一", colour="red", guardianship="1"), calm),
        Life(person(name="钱二", guardianship="1"), calm),
    ]
    return [one.patient.id or 0 for one in add(ledger, *lives)]


def assess(ledger: Ledger, patient_id: int, **changes: Any) -> None:
    start = colours.start(ledger, patient_id, today=TODAY)
    given: dict[str, Any] = {
        "on": TODAY,
        "answers": {**start.answers, **REST},
        "colour": "green",
        "members": "王敏、民警",
        "today": TODAY,
    }
    colours.assess(ledger, patient_id, **given | changes)


def counted(ledger: Ledger, colour: str, on: date = TODAY) -> list[int]:
    rollup = rollups.build(ledger, period="weekly", on=on, today=TODAY)
    return list(rollup.total[f"colour_{colour}"].numerator_ids)


def test_the_last_assessment_is_the_colour_everywhere(ledger: Ledger, ids: list[int]) -> None:
    one, two = ids
    assert (counted(ledger, "red"), colours.current(ledger, one)) == ([one], "red")
    assess(ledger, one, on=date(2026, 11, 10))
    assess(ledger, two, colour="yellow", override_reason="家属外出", on=date(2026, 11, 18))
    assert (counted(ledger, "red"), counted(ledger, "green"), counted(ledger, "yellow")) == ([], [one], [two])
    before = date(2026, 11, 9)  # the report of an earlier week knows nothing of it: its last day is the 15th
    assert (counted(ledger, "green", before), counted(ledger, "yellow", before)) == ([one], [])
    earlier = date(2026, 11, 2)
    assert (counted(ledger, "red", earlier), counted(ledger, "green", earlier)) == ([one], [])
    assert patients.load(ledger, one).colour == "green"
    assert ledger.find(type(patients.load(ledger, one).patient), name="赵一")[0].colour == "red"  # what was typed stays
    assert patients.register_ids(ledger, chosen=RegisterFilter(colour="yellow")) == [two]
    shown = {one.id: one for one in colours.entries(ledger, today=TODAY, state="all")}
    assert (shown[one].source, shown[one].next_on) == ("assessed", date(2027, 5, 9))
    colours.void(ledger, colours.history(ledger, one)[0].id or 0, reason="写错人")
    assert (counted(ledger, "red"), colours.current(ledger, one)) == ([one], "red")
    assert "colour_assessment" in {one.kind for one in recycle.listed(ledger)}


def test_an_assessment_keeps_its_grounds(ledger: Ledger, ids: list[int]) -> None:
    assess(ledger, ids[0], colour="yellow", override_reason=" 家属外出 ")
    stored = colours.history(ledger, ids[0])[0]
    assert (stored.suggested, stored.colour, stored.score, stored.override_reason) == ("green", "yellow", 0, "家属外出")
    assert (stored.scheme_id, stored.scheme_version) == ("EXAMPLE4", "1")
    assert stored.measures == colours.scheme(ledger).colour("yellow").measures
    report = colours.sheet_report(ledger, stored.id or 0)
    words = [cell.value for line in report.sheets[0].rows for cell in line if cell]
    assert {"家属外出", "绿", "黄"} <= set(words)
    done = undo.last(ledger)
    assert done is not None
    undo.undo(ledger, done.seq)
    assert colours.history(ledger, ids[0]) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"on": date(2026, 11, 21)}, "MH-COLOUR-02"),
        ({"colour": ""}, "MH-COLOUR-03"),
        ({"colour": "red"}, "MH-COLOUR-04"),
        ({"colour": "red", "override_reason": "  "}, "MH-COLOUR-04"),
        ({"answers": {}}, "MH-COLOUR-04"),
        ({"members": " "}, "MH-COLOUR-05"),
        ({"next_on": TODAY}, "MH-COLOUR-06"),
    ],
)
def test_what_is_wrong_is_not_stored(ledger: Ledger, ids: list[int], changes: dict[str, Any], code: str) -> None:
    with pytest.raises(UserError) as caught:
        assess(ledger, ids[0], **changes)
    assert caught.value.code == code
    assert colours.history(ledger, ids[0]) == []


def test_due_assessments_wait_on_today(ledger: Ledger, ids: list[int]) -> None:
    assert colours.waiting(ledger, today=TODAY) == (0, 0)
    assess(ledger, ids[0], on=date(2026, 5, 1))
    assess(ledger, ids[1], on=date(2026, 6, 1))
    assert colours.waiting(ledger, today=TODAY) == (2, 1)
    matter = next(one for one in matters.waiting(ledger, [], today=TODAY) if one.key == "colours")
    assert (matter.page, matter.is_late) == ("colours", True)
    due = colours.entries(ledger, today=TODAY)
    assert due[0].id == ids[0]


def test_a_changed_scheme_is_a_new_version_and_old_sheets_keep_theirs(ledger: Ledger, ids: list[int]) -> None:
    assess(ledger, ids[0])
    used = colours.scheme(ledger)
    changed = [dataclasses.replace(one, interval_days=45) if one.key == "red" else one for one in used.colours]
    colours.save_scheme(ledger, dataclasses.replace(used, colours=changed))
    colours.save_scheme(ledger, dataclasses.replace(colours.scheme(ledger), name="区方案"))
    now = colours.scheme(ledger)
    assert (now.version, now.name, now.colour("red").interval_days) == ("1-2", "区方案", 45)
    assert colours.history(ledger, ids[0])[0].scheme_version == "1"
    points = [dataclasses.replace(one, options=[dataclasses.replace(o, points=9) for o in one.options])
              for one in now.items]  # fmt: skip
    colours.save_scheme(ledger, dataclasses.replace(now, items=points, mark="verified", source="区卫健委2026年通知"))
    assess(ledger, ids[1], answers={one.key: one.options[0].key for one in points}, colour="orange")
    (old,), (new,) = colours.assessed(ledger, ids[0]), colours.assessed(ledger, ids[1])
    assert old.scheme is not None
    assert new.scheme is not None
    assert (old.scheme.version, new.scheme.version) == ("1", "1-3")
    assert (old.scheme.mark, new.scheme.mark) == ("assumption", "verified")
    assert [one.points for one in old.grounds] == [0] * 6
    assert [one.points for one in new.grounds] == [9] * 6
    sheet = colours.sheet_report(ledger, old.assessment.id or 0).sheets[0]
    assert [row[2].value for row in sheet.rows[:6] if row[2]] == [0] * 6  # as they were, not as they are
    assert "第 1 版" in sheet.notes[0]
    made = rollups.weekly(ledger, on=TODAY, today=TODAY)
    assert any("分色：区方案，第 1-3 版〔已核实〕区卫健委2026年通知" in one for one in _notes(made))
    upside_down = [dataclasses.replace(one, at_least=100 - one.at_least) for one in used.colours]
    with pytest.raises(UserError) as caught:
        colours.save_scheme(ledger, dataclasses.replace(used, colours=upside_down))
    assert caught.value.code == "MH-COLOUR-01"


def test_an_assessment_whose_scheme_nobody_has_keeps_its_total(ledger: Ledger, ids: list[int]) -> None:
    assess(ledger, ids[0])
    with ledger.change("test.lost") as change:
        change.replace(dataclasses.replace(colours.history(ledger, ids[0])[0], scheme_version="0"))
    (found,) = colours.assessed(ledger, ids[0])
    assert (found.scheme, list(found.grounds), found.assessment.score) == (None, [], 0)
    assert len(colours.sheet_report(ledger, found.assessment.id or 0).sheets[0].notes) == 2
    assert any("四色分级（示例），第 1 版〔假定〕示例，须由区县核定" in one
               for one in _notes(rollups.weekly(ledger, on=TODAY, today=TODAY)))  # fmt: skip


def _notes(made: RollUp) -> list[str]:
    return [note for sheet in weekly.build(made).sheets for note in sheet.notes]


def test_assessments_go_with_the_person_when_two_are_merged(ledger: Ledger) -> None:
    assert "colour_assessment" in merge.CHILDREN


def test_the_list_is_written(ledger: Ledger, ids: list[int], tmp_path: Path) -> None:
    found = colours.entries(ledger, today=TODAY, state="never")
    assert {one.id for one in found} == set(ids)
    for name in ("表.xlsx", "表.pdf"):
        colours.write(ledger, colours.list_report(ledger, found, today=TODAY, masked=True), tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
