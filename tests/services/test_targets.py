"""The target board: counted by the ledger or typed with evidence, reached or not, beside the year before."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from db.ledger import Ledger
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.training import RetrainingQuota
from mhdesk.domain.unit import UnitYear
from mhdesk.rules import targets as rules
from mhdesk.services import retraining, staffing, target_course, targets, training, undo
from tests.services.test_training import TODAY, hire, hold


def line(ledger: Ledger, indicator: str, *, year: int = 2026, document: str = "yubei_2023") -> targets.BoardLine:
    found = targets.board(ledger, year=year, today=TODAY, sets=[document])
    return next(one for one in found if one.target.indicator == indicator)


def test_what_the_ledger_counts_is_not_typed(ledger: Ledger) -> None:
    assert line(ledger, "monthly_training").actual is None
    session = hold(ledger, [hire(ledger, "罗云")])
    training.type_back(ledger, session, present="1", today=TODAY)
    found = line(ledger, "monthly_training")
    assert (found.actual_text, found.is_reached, found.origin, found.can_type) == ("1", False, "ledger", False)


def test_what_it_cannot_count_is_typed_with_its_evidence(ledger: Ledger, tmp_path: Path) -> None:
    def say(**changed: object) -> None:
        said: dict[str, object] = {
            "set_id": "dazu_2024",
            "indicator": "social_service_stations",
            "year": 2026,
            "value": 85.0,
            "as_of": TODAY,
            "evidence": "民政局2026年统计",
            "today": TODAY,
        }
        targets.record(ledger, **said | changed)  # type: ignore[arg-type]

    say(year=2025, value=70.0, as_of=date(2025, 12, 1))
    assert line(ledger, "social_service_stations", document="dazu_2024").is_reached is None
    say()
    found = line(ledger, "social_service_stations", document="dazu_2024")
    assert (found.actual_text, found.before_text, found.trend) == ("85.00%", "70.00%", "up")
    assert (found.origin, found.evidence) == ("typed", "民政局2026年统计")
    assert (found.applies, found.is_reached) == (False, None)  # the whole district's: no township is judged by it
    assert found.target.is_reached(found.actual)
    assert found.target.office == "区民政局，各镇街"
    for wrong in (
        {"value": 101.0},
        {"value": -1.0},
        {"evidence": " "},
        {"as_of": date(2026, 3, 21)},
        {"as_of": date(2025, 3, 1)},
    ):
        with pytest.raises(UserError, match="MH-TARGET-01"):
            say(**wrong)
    with pytest.raises(UserError, match="MH-TARGET-02"):
        say(indicator="nothing")
    undo.undo(ledger, undo.last(ledger).seq)  # type: ignore[union-attr]
    assert line(ledger, "social_service_stations", document="dazu_2024").actual is None
    lines = targets.board(ledger, year=2026, today=TODAY, sets=["dazu_2024", "beibei_145"])
    files = targets.write(ledger, targets.report(ledger, lines, year=2026, today=TODAY), tmp_path)
    assert [one.suffix for one in files] == [".xlsx", ".pdf"]


def test_the_functions_of_the_information_system_are_typed(ledger: Ledger) -> None:
    found = line(ledger, "information_functions", document="dazu_2024")
    assert (found.can_type, found.actual, found.target.value_text) == (True, None, "≥6")
    assert found.target.office.startswith("区委政法委")
    targets.record(
        ledger, set_id="dazu_2024", indicator="information_functions", year=2026, value=5, as_of=TODAY,
        evidence="区卫健委验收表", today=TODAY,
    )  # fmt: skip
    found = line(ledger, "information_functions", document="dazu_2024")
    assert (found.actual_text, found.origin, found.target.is_reached(found.actual)) == ("5", "typed", False)


def test_retraining_counts_who_went_and_shows_who_left(ledger: Ledger) -> None:
    unit, who = ledger.root_unit_id, hire(ledger, "罗云", "psychiatrist")
    retraining.set_quota(ledger, year=2025, unit_id=unit, quota=2)
    chosen, _ = retraining.choose(ledger, staff_id=who, unit_id=unit, year=2025, on=TODAY, today=TODAY)
    assert line(ledger, "transferred_psychiatrists").actual_text == "0"
    retraining.set_stage(ledger, chosen, "training", on=TODAY, today=TODAY)
    assert line(ledger, "transferred_psychiatrists").actual_text == "1"
    assert retraining.plan(ledger).years == {2025: (2, 1)}
    assert line(ledger, "institutions_with_psychiatrist").actual_text == "100.00%"
    table = staffing.annex(ledger, today=TODAY)
    assert (table.years[-1], table.lines[0].unit.retraining[-1]) == (2025, 2)
    with pytest.raises(UserError, match="MH-TRAINING-28"):
        retraining.choose(ledger, staff_id=who, unit_id=unit, year=2025, on=TODAY, today=TODAY)
    for bad in ({"stage": "gone"}, {"on": date(2026, 3, 21)}):
        with pytest.raises(UserError, match="MH-TRAINING-28"):
            retraining.set_stage(ledger, chosen, **{"stage": "left", "on": TODAY, "today": TODAY} | bad)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="MH-TRAINING-28"):
        retraining.set_quota(ledger, year=2025, unit_id=unit, quota=-1)
    assert ledger.find(RetrainingQuota)[0].quota == 2


def test_staff_of_the_register_stand_over_the_figure_of_the_year(ledger: Ledger) -> None:
    with ledger.change("unit.figures") as change:
        change.add(UnitYear(unit_id=ledger.root_unit_id, year=2026, population=50_000, staff_fte=9, psychiatrists=3))
    assert staffing.staffing(ledger, today=TODAY).total.in_post == 9
    hire(ledger, "罗云", fte=0.5)
    found = staffing.staffing(ledger, today=TODAY).total
    assert (found.in_post, found.psychiatrists, found.psychiatrists_needed) == (0.5, 3, 2)


@pytest.mark.parametrize(
    ("form", "ratio", "shown"),
    [
        ("percent", 0.92654, "92.65%"),
        ("permille", 0.0030557, "3.06‰"),
        ("one_to_n", 1 / 177.5, "1/178"),
        ("per_100k", 0.0000377, "3.77"),
        ("per_1000", 0.0009, "0.90"),
        ("count", 12.0, "12"),
    ],
)
def test_actuals_print_as_the_targets_do(form: str, ratio: float, shown: str) -> None:
    base = rules.shipped()["yubei_2023"].targets[0]
    assert dataclasses.replace(base, form=form).shown(ratio) == shown


def test_the_course_of_a_target_counts_each_month_and_lists_what_was_typed(ledger: Ledger) -> None:
    with ledger.change("test.person") as change:
        patient = change.add(Patient(name="秦中华", unit_id=ledger.root_unit_id))
        for month in (1, 3):
            change.add(FollowUp(patient_id=patient, visit_date=date(2026, month, 9), visit_form="2"))
    lines = targets.board(ledger, year=2026, today=TODAY, sets=["dazu_2024"])
    typed = next(one for one in lines if one.target.indicator == "counselling_rooms")
    for value, day in ((40.0, date(2026, 1, 31)), (55.0, date(2026, 2, 28))):
        targets.record(ledger, set_id="dazu_2024", indicator="counselling_rooms", year=2026, value=value, as_of=day,
                       evidence="民政局统计", today=TODAY)  # fmt: skip
    points = target_course.course(ledger, typed, year=2026, today=TODAY)
    assert [(one.day, one.words) for one in points] == [(date(2026, 1, 31), "40.00%"), (date(2026, 2, 28), "55.00%")]
    counted = [one for one in lines if not one.can_type]
    assert counted
    for line in counted:
        course = target_course.course(ledger, line, year=2026, today=TODAY)
        assert course[-1].day == TODAY
        assert course[-1].words == line.actual_text  # the last point is what the board says
