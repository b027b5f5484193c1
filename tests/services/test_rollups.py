"""The roll-up on a real encrypted ledger: the same people as on paper, frozen when sent."""

from __future__ import annotations

import dataclasses
import json
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mhdesk.domain.account import DataOverride
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.record import CodeCount
from mhdesk.domain.unit import Unit, UnitYear
from mhdesk.rules.indicators.registry import INDICATORS
from mhdesk.rules.rollup import RollUp
from mhdesk.services import indicators, rollups, staffing, submissions, units
from tests.rules.comparison import disagreements
from tests.rules.second_opinion import Life

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)
MONDAY = date(2026, 11, 16)


def add(ledger: Ledger, *lives: Life) -> list[Life]:
    """Store people with their visits, movements and attempts; returns them with their ids."""
    stored = []
    with ledger.change("test.add") as change:
        for life in lives:
            patient_id = change.add(dataclasses.replace(life.patient, id=None))
            visits = [dataclasses.replace(one, patient_id=patient_id) for one in life.visits]
            moves = [dataclasses.replace(one, patient_id=patient_id, id=None) for one in life.movements]
            tries = [dataclasses.replace(one, patient_id=patient_id) for one in life.attempts]
            change.add_many([*visits, *moves, *tries])
            stored.append(dataclasses.replace(life, patient=dataclasses.replace(life.patient, id=patient_id)))
    return stored


def villages(ledger: Ledger) -> list[int]:
    with ledger.change("test.units") as change:
        return [
            change.add(Unit(name=name, level="village", parent_id=ledger.root_unit_id, sort_order=place))
            for place, name in enumerate(("龙兴村", "石船社区"))
        ]


def visit(day: date, **changes: object) -> FollowUp:
    base = FollowUp(
        visit_date=day,
        visit_form="2",
        visit_targets=("1",),
        risk_level="0",
        visit_class="3",
        adherence="1",
        hospitalization="0",
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def person(unit_id: int | None = None, **changes: object) -> Patient:
    return dataclasses.replace(Patient(name="王小测", unit_id=unit_id, diagnosis="1"), **changes)  # type: ignore[arg-type]


def count(rollup: RollUp, indicator: str) -> float | None:
    return rollup.total[indicator].numerator


def test_a_week_by_hand(ledger: Ledger) -> None:
    one, two = villages(ledger)
    regular = Life(person(one), tuple(visit(date(2026, month, 10)) for month in (1, 4, 7, 10)))
    gap = Life(person(one), (visit(date(2026, 1, 10)), visit(date(2026, 10, 10), adherence="2", visit_class="2")))
    newcomer = Life(person(two, registered_on=date(2026, 11, 17), registered_as="new"))
    arrived = Life(person(two, registered_on=date(2026, 11, 18), registered_as="moved_in"))
    died = Life(
        person(two),
        (visit(date(2026, 11, 16), dangerous_acts=(CodeCount("2", 1),)),),
        (Movement(patient_id=0, kind="died", happened_on=date(2026, 11, 19)),),
    )
    left = Life(person(None), (), (Movement(patient_id=0, kind="moved_out", happened_on=date(2026, 11, 20)),))
    future = Life(person(one, registered_on=date(2026, 11, 21), registered_as="new"))
    people = add(ledger, regular, gap, newcomer, arrived, died, left, future)
    made = rollups.weekly(ledger, on=TODAY, today=TODAY)
    assert (made.period.start, made.period.end, made.period.cut_off) == (MONDAY, date(2026, 11, 23), TODAY)
    total = made.balance[-1]
    assert (total.opening, total.new, total.moved_in, total.died, total.moved_out, total.closing) == (4, 1, 1, 1, 1, 4)
    assert all(line.holds for line in made.balance)
    assert [unit.unit.name for unit in made.units] == ["龙兴村", "石船社区", "未填村（居）"]
    assert [unit.values["registered"].numerator for unit in made.units] == [2, 2, 0]
    ids = [life.patient.id for life in people]
    assert list(made.total["managed"].numerator_ids) == ids[:2]
    assert list(made.total["standard_management_rate"].numerator_ids) == ids[:1]
    assert made.total["standard_management_rate"].value == 0.25
    assert list(made.total["visits_overdue"].numerator_ids) == ids[1:2]
    assert count(made, "visits_done") == count(made, "incidents") == 1
    assert disagreements(made, people) == {}


def test_voided_and_later_records_never_count(ledger: Ledger) -> None:
    (life,) = add(ledger, Life(person(), (visit(date(2026, 11, 21)), visit(date(2026, 11, 20)))))
    stored = {one.visit_date: one.id for one in ledger.find(FollowUp)}
    before = rollups.weekly(ledger, on=TODAY, today=TODAY)
    assert list(before.total["managed"].numerator_ids) == [life.patient.id]
    with ledger.change("test.void") as change:
        change.void(FollowUp, stored[date(2026, 11, 20)] or 0, "录错了人")
    after = rollups.weekly(ledger, on=TODAY, today=TODAY)
    assert count(after, "managed") == count(after, "visits_done") == 0
    assert count(after, "registered") == 1
    with ledger.change("test.void") as change:
        change.void(Patient, life.patient.id or 0, "重复建档")
    assert count(rollups.weekly(ledger, on=TODAY, today=TODAY), "registered") == 0


def test_the_last_visit_may_lie_years_back(ledger: Ledger) -> None:
    long_acting = (DrugLine(drug_name="棕榈酸帕利哌酮", long_acting="2"),)
    old = visit(date(2023, 5, 2), risk_level="4", visit_class="1", drugs=long_acting)
    lost = FollowUp(visit_date=date(2026, 9, 1), lost_reason="1")
    people = add(ledger, Life(person(), (old,)), Life(person(), (old, lost)), Life(person(), (lost,)))
    made = rollups.weekly(ledger, on=TODAY, today=TODAY)
    ids = [life.patient.id for life in people]
    assert list(made.total["risk_3_plus"].numerator_ids) == ids[:2]
    assert list(made.total["long_acting"].numerator_ids) == ids[:2]
    assert list(made.total["lost"].numerator_ids) == ids[1:]
    assert count(made, "managed") == 0
    assert disagreements(made, people) == {}


def test_drug_guidance_is_no_current_drug(ledger: Ledger) -> None:
    guidance = (DrugLine(purpose="guidance", drug_name="棕榈酸帕利哌酮", long_acting="2", interval_weeks=4),)
    add(ledger, Life(person(), (visit(date(2026, 11, 2), drugs=guidance),)))
    assert count(rollups.weekly(ledger, on=TODAY, today=TODAY), "long_acting") == 0


@pytest.mark.parametrize("rules_id", ["SC2017", "CLASS"])
@pytest.mark.parametrize("on", [date(2026, 1, 2), date(2026, 3, 31), date(2026, 11, 20)])
def test_ledger_and_second_opinion_agree(ledger: Ledger, rules_id: str, on: date) -> None:
    units = villages(ledger)
    people = add(ledger, *_many(units))
    for period in rollups.PERIODS:
        made = rollups.build(ledger, period=period, on=on, rules=rules_id, today=on)
        assert disagreements(made, people) == {}, period
        registered = made.total["registered"].numerator
        assert sum(unit.values["registered"].numerator or 0 for unit in made.units) == registered


def _many(units: list[int]) -> list[Life]:
    """Sixty invented people, the same each time."""
    import random

    dice = random.Random(20261120)
    made = []
    for _ in range(60):
        days = sorted(dice.sample(range(700), dice.randrange(0, 9)))
        visits = []
        for after in days:
            day = date(2025, 1, 20) + timedelta(days=after)
            lost = dice.random() < 0.1
            visits.append(
                FollowUp(
                    visit_date=day,
                    form_edition=dice.choice(("2017", "2018")),
                    visit_form=dice.choice((None, "1", "2", "3")),
                    visit_targets=dice.choice(((), ("1",), ("2", "3"))),
                    lost_reason="1" if lost else None,
                    risk_level=None if lost else dice.choice((None, "0", "1", "4")),
                    visit_class=None if lost else dice.choice((None, "1", "2", "3")),
                    adherence=dice.choice((None, "1", "1", "2", "4")),
                    hospitalization=dice.choice((None, "0", "1", "2")),
                    laboratory=dice.choice((None, "1", "2")),
                    next_visit_date=dice.choice((None, day + timedelta(days=dice.randrange(1, 120)))),
                    dangerous_acts=dice.choice(((), (CodeCount("7", 0),), (CodeCount("1", 2), CodeCount("5", 1)))),
                )
            )
        moves = [
            Movement(
                patient_id=0,
                kind=dice.choice(("died", "moved_out", "moved_in")),
                happened_on=date(2025, 12, 1) + timedelta(days=dice.randrange(350)),
                id=number,
            )
            for number in range(dice.choice((0, 0, 1, 2)))
        ]
        # ids follow the order of entry, as in the ledger
        patient = person(
            dice.choice((None, *units)),
            registered_on=dice.choice((None, date(2025, 6, 1) + timedelta(days=dice.randrange(500)))),
            registered_as=dice.choice(("new", "moved_in", None)),
            diagnosis=dice.choice(("1", "4", None)),
            consent=dice.choice(("0", "1")),
            colour=dice.choice(("red", None)),
        )
        made.append(Life(patient, tuple(visits), tuple(moves)))
    return made


def test_names_are_the_number(ledger: Ledger) -> None:
    add(ledger, *_many(villages(ledger)))
    made = rollups.weekly(ledger, on=TODAY, today=TODAY)
    for indicator in INDICATORS:
        for unit in (None, "石船社区"):
            values = made.values_of(None if unit is None else made.units[1].unit.id)
            found = indicators.names(ledger, indicator, on=TODAY, today=TODAY, unit=unit)
            assert [one.id for one in found] == list(values[indicator].numerator_ids), indicator
            assert all(one.reason for one in found)
    sides = {
        side: {one.id for one in indicators.names(ledger, "management_rate", on=TODAY, today=TODAY, side=side)}
        for side in indicators.SIDES
    }
    assert sides["numerator"] | sides["gap"] == sides["denominator"]
    assert not sides["numerator"] & sides["gap"]


def test_names_are_masked_and_asking_for_them_is_logged(ledger: Ledger) -> None:
    add(ledger, Life(person(id_number="11010519491231002X")))
    (masked,) = indicators.names(ledger, "registered", on=TODAY, today=TODAY)
    assert masked.label == "王** 110105********002X"
    (named,) = indicators.names(ledger, "registered", on=TODAY, today=TODAY, identified=True)
    assert named.label == "王小测 11010519491231002X"
    with ledger.read() as connection:
        actions = [row[0] for row in connection.exec_driver_sql("SELECT action FROM audit ORDER BY seq DESC LIMIT 1")]
    assert actions == ["report.names_identified"]


def test_names_of_unknown_things(ledger: Ledger) -> None:
    with pytest.raises(UsageError) as indicator:
        indicators.names(ledger, "nothing", on=TODAY, today=TODAY)
    assert indicator.value.code == "MH-REPORT-02"
    with pytest.raises(UsageError) as unit:
        indicators.names(ledger, "registered", on=TODAY, today=TODAY, unit="无此村")
    assert unit.value.code == "MH-REPORT-03"


def test_a_period_that_has_not_begun(ledger: Ledger) -> None:
    with pytest.raises(UserError) as refused:
        rollups.weekly(ledger, on=date(2026, 11, 30), today=TODAY)
    assert refused.value.code == "MH-REPORT-01"


def test_a_week_before_the_ledger_began_is_empty_not_wrong(ledger: Ledger) -> None:
    add(ledger, Life(person(registered_on=date(2026, 1, 5), registered_as="new")))
    made = rollups.weekly(ledger, on=date(2019, 3, 4), today=TODAY)
    assert count(made, "registered") == 0
    assert made.total["management_rate"].value is None


def test_the_week_may_begin_on_any_day(ledger: Ledger) -> None:
    ledger.set_setting(rollups.FIRST_WEEKDAY_SETTING, 4)
    made = rollups.weekly(ledger, on=TODAY, today=TODAY)
    assert (made.period.start, made.period.end) == (date(2026, 11, 20), date(2026, 11, 27))


def test_a_week_over_the_turn_of_the_year_counts_both_days(ledger: Ledger) -> None:
    day = date(2026, 12, 30)
    people = add(
        ledger,
        Life(person(registered_on=day, registered_as="new"), (visit(day),)),
        Life(person(), (visit(date(2027, 1, 2)),)),
    )
    made = rollups.weekly(ledger, on=date(2027, 1, 3), today=date(2027, 1, 3))
    assert count(made, "new_in_period") == 1
    assert count(made, "new_in_year") == 0
    assert count(made, "visits_done") == 2
    assert count(made, "visits_done_in_year") == 1
    assert disagreements(made, people) == {}


def test_the_default_rule_set_is_a_setting_and_a_districts_copy_wins(ledger: Ledger) -> None:
    assert rollups.weekly(ledger, on=TODAY, today=TODAY).rules.id == "SC2017"
    ledger.set_setting(rollups.RULES_SETTING, "YEAR4")
    assert rollups.weekly(ledger, on=TODAY, today=TODAY).rules.id == "YEAR4"
    import resources

    own = resources.path("rules/year4.toml").read_text(encoding="utf-8").replace("2026.2", "区.2")
    with ledger.change("test.override") as change:
        change.add(DataOverride(path="rules/year4.toml", content=own, origin="区精卫中心"))
    rules = rollups.weekly(ledger, on=TODAY, today=TODAY).rules
    assert (rules.version, rules.origin) == ("区.2", "区精卫中心")


def test_population_staff_and_zero_denominators(ledger: Ledger) -> None:
    one, two = villages(ledger)
    add(ledger, Life(person(one)), Life(person(one)))
    with ledger.change("test.figures") as change:
        change.add(UnitYear(unit_id=one, year=2025, population=500))
        change.add(UnitYear(unit_id=ledger.root_unit_id, year=2024, population=9_000, staff_fte=0.3))
    made = rollups.weekly(ledger, on=TODAY, today=TODAY)
    assert made.units[0].values["prevalence"].value == 2 / 500
    assert made.units[1].values["prevalence"].value is None
    # 常住人口 of the area: patients do not decide which village has inhabitants
    assert made.total["prevalence"].denominator == 9_000
    assert made.total["staff"].numerator == 0.3
    add(ledger, Life(person(two)))
    made = rollups.weekly(ledger, on=TODAY, today=TODAY)
    assert made.total["prevalence"].denominator == 9_000  # a village with people lacks its figure: the township's own
    table = staffing.staffing(ledger, today=TODAY)
    assert [(need.registered, need.needed, need.in_post) for need in table.units] == [(3, 1, 0.3)]


def test_a_merged_village_is_counted_in_its_successor(ledger: Ledger) -> None:
    one, two = villages(ledger)
    add(ledger, Life(person(one)), Life(person(two)))
    units.set_figures(ledger, one, year=2026, population=300)
    units.set_figures(ledger, two, year=2026, population=500)
    frozen = rollups.submit(ledger, rollups.weekly(ledger, on=date(2026, 6, 24), today=date(2026, 7, 1))).submission
    units.rename(ledger, two, name="新石船社区")
    units.merge(ledger, one, into_id=two, on=date(2026, 7, 1))
    now = rollups.weekly(ledger, on=TODAY, today=TODAY)
    assert [(unit.unit.name, unit.values["registered"].numerator) for unit in now.units] == [("新石船社区", 2)]
    assert now.units[0].values["prevalence"].denominator == now.total["prevalence"].denominator == 800
    then = rollups.weekly(ledger, on=date(2026, 6, 24), today=TODAY)
    assert [unit.values["registered"].numerator for unit in then.units] == [1, 1]
    assert [unit.values["prevalence"].denominator for unit in then.units] == [300, 500]
    for by in ("unit", "village"):  # a range over the change stands as of its last day
        made = rollups.build(ledger, period="range", on=date(2026, 6, 1), to=date(2026, 8, 1), by=by, today=TODAY)
        assert [unit.values["registered_at_start"].numerator for unit in made.units] == [2]
    look = submissions.run_again(ledger, frozen.id or 0)
    assert look.differences == []  # renamed and merged since: the same numbers, unit by unit
    assert {late.row.kind for late in look.late} == {"unit"}
    units.set_figures(ledger, two, year=2027, population=850)  # typed after the merger: everybody is in it
    later = rollups.weekly(ledger, on=date(2027, 3, 3), today=date(2027, 3, 3))
    assert later.units[0].values["prevalence"].denominator == 850
    lines = {line.id: line for line in units.listed(ledger, year=2026)}
    assert (lines[one].valid_to, lines[one].merged_into) == (date(2026, 7, 1), "新石船社区")
    for wrong in (one, two, ledger.root_unit_id):
        with pytest.raises(UserError) as refused:
            units.merge(ledger, two, into_id=wrong, on=TODAY)
        assert refused.value.code == "MH-UNITS-05"


def ledger_unit(ledger: Ledger, unit_id: int) -> Unit:
    return next(unit for unit in ledger.find(Unit) if unit.id == unit_id)


def test_a_township_without_villages_is_one_line(ledger: Ledger) -> None:
    add(ledger, Life(person(None)), Life(person(ledger.root_unit_id)))
    made = rollups.weekly(ledger, on=TODAY, today=TODAY)
    assert [(unit.unit.id, unit.values["registered"].numerator) for unit in made.units] == [(ledger.root_unit_id, 2)]


def test_a_district_has_a_line_an_institution(ledger: Ledger) -> None:
    with ledger.change("test.district") as change:
        root = ledger_unit(ledger, ledger.root_unit_id)
        change.replace(dataclasses.replace(root, level="district", name="某某区"))
        clinics = [
            change.add(Unit(name=name, level="institution", parent_id=ledger.root_unit_id, sort_order=place))
            for place, name in enumerate(("甲镇卫生院", "乙镇卫生院"))
        ]
        village = change.add(Unit(name="甲一村", level="village", parent_id=clinics[0]))
        change.add(UnitYear(unit_id=clinics[0], year=2026, population=100, staff_fte=1))
        change.add(UnitYear(unit_id=clinics[1], year=2026, population=200, staff_fte=2))
    ledger.level = "district"
    add(ledger, Life(person(village)), Life(person(clinics[1])), Life(person(None)))
    made = rollups.weekly(ledger, on=TODAY, today=TODAY)
    assert [(unit.unit.name, unit.values["registered"].numerator) for unit in made.units] == [
        ("甲镇卫生院", 1),
        ("乙镇卫生院", 1),
        ("未填机构", 1),
    ]
    assert made.total["prevalence"].denominator == 300
    assert made.total["staff"].numerator == 3
    table = staffing.to_json(staffing.staffing(ledger, today=TODAY, ratio=100))
    assert [(line["unit"], line["needed"], line["missing"]) for line in table["units"]] == [
        ("甲镇卫生院", 1, 0),
        ("乙镇卫生院", 1, -1),
    ]


def test_json_has_the_keys_of_the_contract(ledger: Ledger) -> None:
    add(ledger, Life(person(), (visit(date(2026, 11, 17)),)))
    document = rollups.to_json(rollups.weekly(ledger, on=TODAY, today=TODAY))
    assert json.loads(json.dumps(document, ensure_ascii=False)) == document
    assert document["period"] == document["period"] | {"kind": "weekly", "start": "2026-11-16", "end": "2026-11-23"}
    assert set(document["total"]) == set(INDICATORS)
    assert document["total"]["registered"] == {"count": 1}
    assert document["total"]["management_rate"] == {"numerator": 1, "denominator": 1, "value": 1.0}
    assert document["total"]["prevalence"] == {"numerator": 1, "denominator": None, "value": None}
    assert document["balance"]["holds"] is True
    assert document["targets"][0]["indicators"]["standard_management_rate"]["reached"] is False


def test_the_hash_is_that_of_the_numbers(ledger: Ledger) -> None:
    add(ledger, Life(person()))
    first = rollups.weekly(ledger, on=TODAY, today=TODAY)
    again = rollups.weekly(ledger, on=TODAY, today=TODAY)
    assert first.data_hash == again.data_hash
    add(ledger, Life(person()))
    assert rollups.weekly(ledger, on=TODAY, today=TODAY).data_hash != first.data_hash


def test_submitting_freezes(ledger: Ledger) -> None:
    add(ledger, Life(person()))
    first = rollups.submit(ledger, rollups.weekly(ledger, on=TODAY, today=TODAY), checked_by="张审核")
    assert first.is_new
    assert [file.suffix for file in first.files] == [".xlsx", ".pdf"]
    kept = [file.read_bytes() for file in first.files]
    again = rollups.submit(ledger, rollups.weekly(ledger, on=TODAY, today=TODAY))
    assert not again.is_new
    assert [file.read_bytes() for file in again.files] == kept
    assert json.loads(again.submission.document)["total"]["registered"] == {"count": 1}
    assert again.submission.checked_by == "张审核"
    assert len(again.submission.data_hash) == len(again.submission.audit_head) == 64

    add(ledger, Life(person()))  # 补录
    late = rollups.weekly(ledger, on=TODAY, today=TODAY)
    with pytest.raises(UserError) as refused:
        rollups.submit(ledger, late)
    assert refused.value.code == "MH-REPORT-04"
    corrected = rollups.submit(ledger, late, correction_note="补录一人")
    assert (corrected.submission.revision, corrected.submission.correction_note) == (2, "补录一人")
    assert [file.read_bytes() for file in first.files] == kept
    assert [one.revision for one in rollups.submissions(ledger, period="weekly", start=MONDAY)] == [1, 2]


def test_a_sent_file_that_was_touched_is_found_out(ledger: Ledger) -> None:
    sent = rollups.submit(ledger, rollups.weekly(ledger, on=TODAY, today=TODAY))
    sent.files[1].write_bytes(b"something else")
    with pytest.raises(UserError) as refused:
        rollups.sent_files(ledger, sent.submission)
    assert refused.value.code == "MH-REPORT-08"


def test_written_twice_gives_the_same_bytes(ledger: Ledger, tmp_path: Path) -> None:
    add(ledger, Life(person(), (visit(date(2026, 11, 17)),)))
    made = rollups.weekly(ledger, on=TODAY, today=TODAY)
    one = rollups.write(ledger, made, tmp_path / "一 次")
    two = rollups.write(ledger, made, tmp_path / "二")
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in two]


def test_summary_for_the_terminal(ledger: Ledger) -> None:
    rows = rollups.summary_rows(rollups.weekly(ledger, on=TODAY, today=TODAY))
    assert rows[0] == ("单位", "在册", "在管", "规范管理率", "规律服药率", "逾期未随访")
    assert rows[-1] == ("合计", "0", "0", "—", "—", "0")
