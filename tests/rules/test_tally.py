"""Members of a number, and the places a roll-up refuses to go on."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.rules import rollup as module
from mhdesk.rules import ruleset
from mhdesk.rules.classify import suggest
from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.indicators.tally import Figures, Members
from mhdesk.rules.rollup import Balance, Place, Row, compute, period_of

ON = date(2026, 11, 20)
PLACE = Place("中心", "township", [Row(2, "甲村"), Row(0, "未填")], {None: 0, 2: 2})


def test_members_are_a_sequence_of_ids_in_order() -> None:
    members = Members([[5, 9], [1]])
    assert len(members) == 3
    assert list(members) == [1, 5, 9]
    assert (members[0], members[-1], members[1:]) == (1, 9, [5, 9])
    assert members == [1, 5, 9]
    assert members != 3
    assert 5 in members
    assert hash(members) == hash(Members([[9, 5, 1]]))


def test_a_row_by_its_unit() -> None:
    made = compute(
        [PatientFacts(1, 2)], period=period_of("weekly", ON, today=ON), rules=ruleset.load(None), place=PLACE
    )
    assert made.values_of(None) is made.total
    assert made.values_of(2) is made.units[0].values
    with pytest.raises(KeyError):
        made.values_of(99)


def test_a_balance_that_does_not_come_out_stops_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Balance(Row(2, "甲村"), opening=3, new=1, moved_in=0, died=0, moved_out=0, closing=3)
    assert not line.holds
    assert dataclasses.replace(line, closing=4).holds
    monkeypatch.setattr(module, "_balance", lambda row, _values: dataclasses.replace(line, unit=row))
    with pytest.raises(UserError) as refused:
        compute([], period=period_of("weekly", ON, today=ON), rules=ruleset.load(None), place=PLACE)
    assert refused.value.code == "MH-REPORT-07"


@pytest.mark.parametrize(
    ("kind", "start", "end", "label"),
    [
        ("weekly", date(2026, 11, 16), date(2026, 11, 23), "2026年第47周（11月16日—11月22日）"),
        ("monthly", date(2026, 11, 1), date(2026, 12, 1), "2026年11月"),
        ("quarterly", date(2026, 10, 1), date(2027, 1, 1), "2026年第4季度"),
        ("annual", date(2026, 1, 1), date(2027, 1, 1), "2026年度"),
    ],
)
def test_periods(kind: str, start: date, end: date, label: str) -> None:
    period = period_of(kind, ON, today=date(2027, 5, 1))
    assert (period.start, period.end, period.label) == (start, end, label)
    assert period.is_over
    assert not period_of(kind, ON, today=ON).is_over


def test_figures_by_name() -> None:
    assert Figures(population=7).of("population") == 7


def test_the_dead_are_not_classified() -> None:
    assert suggest(FollowUp(death_date=ON)).reasons == ("已死亡，不作分类",)
