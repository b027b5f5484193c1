"""A dose above the usual range raises a question, and only where doses can be compared."""

from __future__ import annotations

import pytest

from mhdesk.domain import drugs
from mhdesk.domain.follow_up import DrugLine
from mhdesk.rules import usual_range

BOOK = drugs.in_force()


@pytest.mark.parametrize(
    ("line", "dose"),
    [
        (DrugLine(drug_name="利培酮", morning=3.0, night=4.0), 7.0),
        (DrugLine(drug_name="维思通", period="day", total_dose=8.0), 8.0),
        (DrugLine(drug_name="利培酮", period="day", times=2.0, dose=4.0, dose_unit="mg"), 8.0),
        (DrugLine(drug_name="氯氮平", period="day", total_dose=0.7, dose_unit="g"), 700.0),
        (DrugLine(drug_name="五氟利多", period="week", total_dose=100.0), 100.0),
        (DrugLine(drug_name="癸酸氟哌啶醇", long_acting="2", interval_weeks=4.0, dose=250.0), 250.0),
    ],
)
def test_above(line: DrugLine, dose: float) -> None:
    found = usual_range.above_of_line(BOOK, line)
    assert found is not None
    assert found.dose == dose
    assert found.dose > found.drug.highest


@pytest.mark.parametrize(
    "line",
    [
        DrugLine(drug_name="利培酮", morning=3.0, night=3.0),  # the upper end itself
        DrugLine(drug_name="氯氮平", period="day", total_dose=600.0),  # above the usual 400, not above the sourced 600
        DrugLine(drug_name="利培酮", period="day", total_dose=9.0, dose_unit="片"),  # tablets are no milligrams
        DrugLine(drug_name="利培酮", period="week", total_dose=30.0),  # a week of a drug measured by the day
        DrugLine(drug_name="利培酮", dose=9.0),  # how often is not said
        DrugLine(drug_name="癸酸氟哌啶醇", period="month", total_dose=400.0, long_acting="2"),  # a month, no injection
        DrugLine(drug_name="祖传秘方", period="day", total_dose=900.0),
        DrugLine(drug_name="利培酮"),
    ],
)
def test_no_question(line: DrugLine) -> None:
    assert usual_range.above_of_line(BOOK, line) is None
