"""Units and their figures, the rule set of the ledger, and the first page."""

from __future__ import annotations

from datetime import date

import pytest

from db.ledger import Ledger
from mhdesk.domain.account import DataOverride
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.domain.unit import Unit, UnitYear
from mhdesk.services import backup, drafts, patients, rollups, rulesets, today, units
from resources import path as resource
from tests.conftest import FixedClock
from tests.services.people import TODAY, person

ROOT = "龙华街道社区卫生服务中心"


# ---------------------------------------------------------------- units


def test_villages_stand_below_the_root_in_their_order(ledger: Ledger) -> None:
    ids = [units.add(ledger, name=f" {name} ")[0] for name in ("青龙村", "白云社区")]
    units.set_figures(ledger, ids[0], year=2026, population=1200, staff_fte=0.3)
    units.set_figures(ledger, ids[0], year=2025, population=1100)
    lines = units.listed(ledger, year=2026)
    assert [(line.name, line.level, line.population, line.staff_fte) for line in lines] == [
        (ROOT, "institution", None, None),
        ("青龙村", "village", 1200, 0.3),
        ("白云社区", "village", None, None),
    ]
    assert units.listed(ledger, year=2025)[1].population == 1100


@pytest.mark.parametrize("name", ["", "   ", ROOT, "青龙村", " 青龙村"])
def test_names_are_neither_empty_nor_taken(ledger: Ledger, name: str) -> None:
    units.add(ledger, name="青龙村")
    with pytest.raises(UserError, match="MH-UNITS-03"):
        units.add(ledger, name=name)
    other, _ = units.add(ledger, name="白云社区")
    with pytest.raises(UserError, match="MH-UNITS-03"):
        units.rename(ledger, other, name=name)


def test_a_renamed_unit_stays_itself(ledger: Ledger) -> None:
    village, _ = units.add(ledger, name="青龙村")
    one, _ = patients.save(ledger, person(unit_id=village), today=TODAY)
    units.rename(ledger, village, name="青龙社区")
    units.rename(ledger, village, name="青龙社区")
    assert patients.load(ledger, one).village == "青龙社区"
    assert ledger.history_of(Unit, village)[0].before["name"] == "青龙村"


def test_figures_are_corrected_in_place(ledger: Ledger) -> None:
    for population in (1200, 1300):
        units.set_figures(ledger, ledger.root_unit_id, year=2026, population=population)
    assert [one.population for one in ledger.find(UnitYear)] == [1300]
    for wrong in ({"population": -1}, {"staff_fte": -0.5}, {"psychiatrists": -1.0}):
        with pytest.raises(UserError, match="MH-UNITS-04"):
            units.set_figures(ledger, ledger.root_unit_id, year=2026, **wrong)
    assert ledger.find(UnitYear)[0].population == 1300
    rollup = rollups.weekly(ledger, on=TODAY, today=TODAY)
    assert rollup.total["prevalence"].denominator == 1300


# ---------------------------------------------------------------- rule sets


def test_the_default_can_be_chosen(ledger: Ledger) -> None:
    before = rulesets.choice(ledger)
    assert {one.id for one in before.available} >= {"SC2017", "CLASS", "YEAR4"}
    changes = rulesets.choose(ledger, "YEAR4")
    assert changes.touches("setting")
    assert rulesets.choice(ledger).default.id == "YEAR4"
    assert rollups.weekly(ledger, on=TODAY, today=TODAY).rules.id == "YEAR4"
    with pytest.raises(UsageError, match="MH-RULE-02"):
        rulesets.choose(ledger, "XYZ")
    assert rulesets.choice(ledger).default.id == "YEAR4"


def test_the_districts_own_copy_wins_and_says_whose_it_is(ledger: Ledger) -> None:
    content = resource("rules/year4.toml").read_text(encoding="utf-8")
    with ledger.change("override.add") as change:
        change.add(DataOverride(path="rules/year4.toml", content=content, origin="区精卫中心"))
    (own,) = [one for one in rulesets.choice(ledger).available if one.id == "YEAR4"]
    assert own.origin == "区精卫中心"


# ---------------------------------------------------------------- the first page


def test_the_first_page_of_an_empty_ledger(ledger: Ledger) -> None:
    page = today.overview(ledger, today=TODAY)
    assert sum(page.due.buckets.values()) == 0
    assert (page.last_week_sent, page.backup_at, page.stick_backup_at, page.drafts) == (False, None, None, [])
    assert page.days_left == 42
    assert page.missing_changes == 0


def test_the_first_page_tells_what_was_done(ledger: Ledger, clock: FixedClock, tmp_path: object) -> None:
    patients.save(ledger, person(), today=TODAY)
    drafts.save(ledger, form="follow_up", subject_id=1, values={"a": "1"})
    backup.make(ledger)
    last_week = rollups.weekly(ledger, on=date(2026, 11, 15), today=TODAY)
    rollups.submit(ledger, last_week)
    page = today.overview(ledger, today=TODAY)
    assert page.backup_at == clock()
    assert page.stick_backup_at is None
    assert page.last_week_sent
    assert page.last_week == last_week.period.label
    assert [draft.subject_id for draft in page.drafts] == [1]
    assert page.due.buckets["overdue"] == page.rollup.total["visits_overdue"].numerator == 1


def test_the_week_may_begin_on_another_day(ledger: Ledger) -> None:
    ledger.set_setting(rollups.FIRST_WEEKDAY_SETTING, 5)  # Saturday: cut off on Friday
    page = today.overview(ledger, today=TODAY)
    assert page.rollup.period.start == date(2026, 11, 14)
    assert page.last_week.endswith("（11月7日—11月13日）")


@pytest.mark.parametrize(("day", "left"), [(date(2026, 12, 31), 1), (date(2026, 1, 1), 365), (date(2028, 1, 1), 366)])
def test_days_left_count_today(ledger: Ledger, day: date, left: int) -> None:
    assert today.overview(ledger, today=day).days_left == left
