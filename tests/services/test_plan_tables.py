"""Tables of 转岗培训 and of typed targets: what is exported comes back the same; what cannot be is given back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from db.ledger import Ledger
from mhdesk.domain.staff import StaffMember, StaffPost
from mhdesk.domain.training import Retrainee, RetrainingQuota, TargetActual
from mhdesk.domain.unit import Unit
from mhdesk.reports.model import Report
from mhdesk.services import retraining, staff, targets, training_report
from tests.services.test_training import TODAY, hire
from tests.services.test_work_tables import counts, read, table

PLAN = "年度,单位,名额,依据文件"
PEOPLE = "年度,单位,姓名,联系电话,阶段,阶段日期,备注"
BOARD = "文件,指标,完成值,截至,来源、依据"


def unit_name(ledger: Ledger) -> str:
    return ledger.get(Unit, ledger.root_unit_id).name


def xlsx(ledger: Ledger, report: Report, folder: Path) -> Path:
    return next(one for one in training_report.write(ledger, report, folder) if one.suffix == ".xlsx")


def test_the_plan_comes_back_the_same(ledger: Ledger, tmp_path: Path) -> None:
    unit, who, other = ledger.root_unit_id, hire(ledger, "罗云", "psychiatrist"), hire(ledger, "唐雨", "psychiatrist")
    retraining.set_quota(ledger, year=2025, unit_id=unit, quota=2, source="区卫健委〔2025〕1号")
    retraining.choose(ledger, staff_id=who, unit_id=unit, year=2025, on=TODAY, note="第一批", today=TODAY)
    chosen, _ = retraining.choose(ledger, staff_id=other, unit_id=unit, year=2024, on=TODAY, today=TODAY)  # no quota
    retraining.set_stage(ledger, chosen, "completed", on=TODAY, today=TODAY)
    path = xlsx(ledger, training_report.of_retraining(ledger, today=TODAY), tmp_path)
    before = ledger.find(Retrainee)
    assert counts(read(ledger, path, "retraining")) == (0, 3, 0, 0)
    assert ledger.find(Retrainee) == before
    for one in before:
        retraining.void(ledger, one.id or 0, reason="重新导入")
    retraining.set_quota(ledger, year=2025, unit_id=unit, quota=1)
    assert counts(read(ledger, path, "retraining", dry_run=True)) == (2, 0, 1, 0)
    assert ledger.find(Retrainee) == []
    assert counts(read(ledger, path, "retraining")) == (2, 0, 1, 0)
    again = {(one.staff_id, one.year, one.stage, one.stage_on, one.note) for one in ledger.find(Retrainee)}
    assert again == {(who, 2025, "chosen", TODAY, "第一批"), (other, 2024, "completed", TODAY, None)}
    quota = ledger.find(RetrainingQuota)[0]
    assert (quota.quota, quota.source) == (2, "区卫健委〔2025〕1号")
    assert counts(read(ledger, path, "retraining")) == (0, 3, 0, 0)


@pytest.mark.parametrize(
    ("head", "row", "code"),
    [
        (PLAN, "2026,不存在的医院,2,", "MH-TRAINING-32"),
        (PLAN, "2026,{unit},-1,", "MH-TRAINING-35"),
        (PLAN, "2026,{unit},1.5,", "MH-STAFF-21"),
        (PLAN, "1926,{unit},1,", "MH-STAFF-21"),
        (PEOPLE, "2026,{unit},生人,,选派,2026-03-01,", "MH-TRAINING-33"),
        (PEOPLE, "2026,{unit},罗云,,毕业了,2026-03-01,", "MH-TRAINING-18"),
        (PEOPLE, "2026,{unit},罗云,,在训,2026-12-01,", "MH-TRAINING-34"),
        (PEOPLE, "2026,{unit},唐雨,,在训,2026-03-01,", "MH-STAFF-22"),  # two of the name
    ],
)
def test_rows_of_the_plan_that_are_given_back(ledger: Ledger, tmp_path: Path, head: str, row: str, code: str) -> None:
    hire(ledger, "罗云", "psychiatrist")
    for phone in ("19900000001", "19900000002"):
        post = StaffPost(staff_id=0, role="psychiatrist", unit_id=ledger.root_unit_id, started_on=date(2024, 1, 1))
        staff.save(ledger, StaffMember(name="唐雨", phone=phone), [post], today=TODAY)
    good = "2026,{unit},3," if head == PLAN else "2025,{unit},罗云,,在训,2025-09-01,"
    path = table(tmp_path / "转岗.csv", head, *(one.format(unit=unit_name(ledger)) for one in (row, good)))
    result = read(ledger, path, "retraining")
    assert counts(result) == (1, 0, 0, 1)
    assert [problem.code for problem in result.problems] == [code]
    assert result.rejected_file is not None
    assert result.rejected_file.exists()
    assert len(ledger.find(RetrainingQuota)) + len(ledger.find(Retrainee)) == 1


def test_typed_targets_come_back_the_same(ledger: Ledger, tmp_path: Path) -> None:
    for indicator, value in (("social_service_stations", 84.996), ("psychiatrists_per_100k", 4.6), ("counsellors", 3)):
        targets.record(
            ledger, set_id="dazu_2024", indicator=indicator, year=2026, value=value, as_of=TODAY,
            evidence="2026年统计\n第3页", today=TODAY,
        )  # fmt: skip
    lines = targets.board(ledger, year=2026, today=TODAY, sets=["dazu_2024", "beibei_145"])
    typed = sum(one.origin == "typed" for one in lines)
    path = xlsx(ledger, targets.report(ledger, lines, year=2026, today=TODAY), tmp_path)
    before = ledger.find(TargetActual)
    assert counts(read(ledger, path, "targets")) == (0, typed, 0, 0)
    assert (typed >= 2, ledger.find(TargetActual)) == (True, before)
    head = "大足府办发〔2024〕62号,镇街社会心理服务站覆盖率"
    path = table(tmp_path / "目标.csv", BOARD, f"{head},90%,{TODAY},民政局", f"{head},60,2025-12-31,填报：旧表")
    assert counts(read(ledger, path, "targets", dry_run=True)) == (1, 0, 1, 0)
    assert ledger.find(TargetActual) == before
    assert counts(read(ledger, path, "targets")) == (1, 0, 1, 0)
    assert counts(read(ledger, path, "targets")) == (0, 2, 0, 0)
    lines = targets.board(ledger, year=2026, today=TODAY, sets=["dazu_2024"])
    found = next(one for one in lines if one.target.indicator == "social_service_stations")
    assert (found.actual_text, found.before_text, found.evidence) == ("90.00%", "60.00%", "民政局")
    earlier = next(one for one in ledger.find(TargetActual) if one.as_of == date(2025, 12, 31))
    assert (earlier.year, earlier.value, earlier.evidence) == (2025, 60.0, "旧表")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("没有的文件,镇街社会心理服务站覆盖率,90%,2026-03-01,统计", "MH-TARGET-03"),
        ("大足府办发〔2024〕62号,没有的指标,90%,2026-03-01,统计", "MH-TARGET-03"),
        ("{it},0.9,2026-03-01,统计", "MH-TARGET-04"),  # a spreadsheet's 90%
        ("{it},很高,2026-03-01,统计", "MH-STAFF-21"),
        ("{it},101%,2026-03-01,统计", "MH-TARGET-06"),
        ("{it},90%,2026-12-31,统计", "MH-TARGET-06"),
        ("{it},90%,2026-03-01,", "MH-TARGET-06"),
        ("{it},90%,,统计", "MH-TARGET-06"),
        ("{it},85%,2026-03-02,统计", "MH-TARGET-05"),  # another value stands for the day
    ],
)
def test_targets_that_are_given_back(ledger: Ledger, tmp_path: Path, row: str, code: str) -> None:
    it = "大足府办发〔2024〕62号,镇街社会心理服务站覆盖率"
    path = table(tmp_path / "目标.csv", BOARD, f"{it},80%,2026-03-02,统计", row.format(it=it), f"{it},1%,,台账")
    result = read(ledger, path, "targets")
    assert counts(result) == (1, 0, 0, 1)
    assert [problem.code for problem in result.problems] == [code]
    assert result.rejected_file is not None
    assert result.rejected_file.exists()
    assert len(ledger.find(TargetActual)) == 1
