"""用药时间图: everything recorded stands on its lane with its words; states differ in pattern, not only in colour."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.medication import AdverseReaction, Dispensing, Injection, LaboratoryResult, MedicationOrder
from mhdesk.domain.patient import Movement
from mhdesk.files import paper_write
from mhdesk.reports import course
from mhdesk.reports.course import Facts, Given, Pattern, Period
from mhdesk.reports.paper.model import Chart, Form

TODAY = date(2026, 11, 20)
DAY = date(2026, 6, 1)
FACTS = Facts(
    visits=(
        FollowUp(visit_date=DAY, visit_form="3", visit_class="2", adherence="2", risk_level="3"),
        FollowUp(visit_date=date(2026, 7, 1), lost_reason="1"),
        FollowUp(visit_date=date(2020, 1, 1), visit_class="3"),
    ),
    periods=(
        Period(date(2024, 1, 1), DAY, "regular", "按医嘱"),
        Period(DAY, date(2026, 11, 21), "irregular"),
    ),
    orders=(
        MedicationOrder(patient_id=1, drug_name="甲", started_on=DAY, stopped_on=date(2026, 8, 1), stop_reason="1"),
        MedicationOrder(patient_id=1, drug_name="乙", started_on=DAY, stopped_on=date(2026, 8, 2), stop_reason="8"),
        MedicationOrder(patient_id=1, drug_name="丙", started_on=DAY),
    ),
    dispensed=(Dispensing(patient_id=1, dispensed_on=DAY, drug_name="甲", quantity=56.0, unit="片", days=28),),
    injections=(
        Given(Injection(patient_id=1, injected_on=DAY, drug_name="针", dose=100.0), is_late=True),
        Given(Injection(patient_id=1, injected_on=DAY, drug_name="针"), due_on=date(2026, 12, 1)),
    ),
    reactions=(AdverseReaction(patient_id=1, noticed_on=DAY, kinds=("5", "6"), severity="2"),),
    laboratory=(
        LaboratoryResult(patient_id=1, taken_on=DAY, item="2", value=2.1, low=4.0, high=10.0),
        LaboratoryResult(patient_id=1, taken_on=DAY, item="2", value=5.0, low=4.0, high=10.0),
    ),
    movements=(Movement(patient_id=1, kind="moved_out", happened_on=date(2026, 9, 9)),),
)


def test_everything_recorded_stands_on_its_lane() -> None:
    made = course.build(FACTS, today=TODAY)
    assert [(one.kind, one.sign) for one in made.on("visit")] == [("visit_2", "2"), ("lost", "失")]
    assert [one.kind for one in made.on("adherence")] == ["regular", "irregular"]
    assert [one.kind for one in made.on("dispensing")] == ["covered", "dispensed"]
    assert [one.kind for one in made.on("injection")] == ["injected_late", "injection_due"]
    assert {one.kind for one in made.on("event")} == {"risk", "adverse", "abnormal", "stopped", "changed", "moved_out"}
    assert sum(one.kind == "abnormal" for one in made.things) == 1  # 5.0 lies in the laboratory's range


def test_words_say_what_the_picture_shows() -> None:
    words = {one.kind: one.words for one in course.build(FACTS, today=TODAY).things}
    assert words["visit_2"] == "2026-06-01 电话 基本稳定 间断用药 危险性3级"
    assert words["stopped"] == "2026-08-01 停药 甲 拒药"
    assert words["covered"] == "2026-06-01 发药 甲 56片 28天"
    assert words["injected_late"] == "2026-06-01 迟注射 针 100mg"
    assert words["adverse"] == "2026-06-01 不良反应 嗜睡、体重增加 中"
    assert words["abnormal"].startswith("2026-06-01 检查异常 白细胞计数 2.1")


def test_only_two_years_are_shown_and_stretches_are_cut() -> None:
    made = course.build(FACTS, today=TODAY)
    assert (made.start, made.end) == (date(2024, 12, 1), date(2027, 1, 1))
    assert all(made.start <= one.start < made.end for one in made.things)
    assert all(one.end is None or one.end <= made.end for one in made.things)
    assert (made.share(made.start), made.share(made.end)) == (0.0, 1.0)


def test_states_differ_in_pattern_and_every_kind_has_its_name() -> None:
    patterns = [course.LOOKS[state].pattern for state in course.STATES]
    assert len(set(patterns)) == len(course.STATES) == len(Pattern)
    assert all(course.legend(kind) for kind in course.LOOKS)
    by_shape: dict[object, set[str]] = {}
    for one in course.build(FACTS, today=TODAY).things:
        if one.end is None:
            by_shape.setdefault((one.look.shape, one.sign), set()).add(one.kind)
    assert all(len(kinds) == 1 for kinds in by_shape.values())  # without colour, shape and sign still tell apart


def test_the_legend_names_all_states_and_what_occurs() -> None:
    kinds = course.build(FACTS, today=TODAY).kinds
    assert kinds[: len(course.STATES)] == list(course.STATES)
    assert "phone" in kinds
    assert "died" not in kinds


@pytest.mark.parametrize("facts", [FACTS, Facts()])
def test_it_is_drawn_on_paper_the_same_each_time(facts: Facts) -> None:
    made = course.build(facts, today=TODAY)
    form = Form("用药时间图", (), (Chart(made),), landscape=True)
    content = paper_write.forms_bytes([form])
    assert content == paper_write.forms_bytes([form])
    assert content.count(b"/Type /Page\n") == 1


def test_events_of_one_day_stand_beside_each_other() -> None:
    steps = [(one.start, one.step) for one in course.build(FACTS, today=TODAY).on("event")]
    assert [step for day, step in steps if day == DAY] == [0, 1, 2]
    assert steps[-1] == (date(2026, 9, 9), 0)


def test_a_day_is_no_stretch() -> None:
    assert course.span_words(DAY, DAY + timedelta(days=1)) == "2026-06-01 至 2026-06-01"
