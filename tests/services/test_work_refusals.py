"""Tables of training, staff and 转岗培训 refuse what the window refuses; the rows come back with the reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from db.ledger import Ledger
from mhdesk.domain.training import Attendance, Retrainee, TrainingSession
from mhdesk.services import imports, retraining, staff, training, training_report
from tests.services.test_training import TODAY, hire, hold

SESSION = "培训日期,培训名称,培训类型,行号,姓名,到会情况,理论成绩,备注"


def codes(ledger: Ledger, path: Path, words: str, kind: str = "training") -> list[str]:
    path.write_text(words, encoding="utf-8")
    result = imports.import_file(ledger, path, kind=kind, today=TODAY)
    assert result.rows == result.new + result.same + result.changed + result.conflict + result.rejected
    assert (result.rejected_file is not None) == bool(result.problems)
    return [one.code for one in result.problems]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("2026-03-05,三月培训,每月,1,罗云,出席,130,", "MH-TRAINING-14"),  # a score above the maximum
        ("2026-03-05,三月培训,每月,3,查无此人,出席,,", "MH-TRAINING-19"),  # nobody of the roster
        ("2026-03-05,三月培训,每月,9,罗云,出席,,", "MH-TRAINING-46"),  # a row beyond the sheet
        ("2026-03-05,三月培训,每月,2,罗云,出席,,", "MH-TRAINING-46"),  # somebody else's row
        ("2026-04-05,四月培训,每月,1,罗云,出席,,", "MH-TRAINING-10"),  # in the future
        ("2026-03-05,另一次,其他,1,罗云,出席,,", "MH-TRAINING-15"),  # two at the same time
        ("2026-03-06,第三次,其他,0,罗云,出席,,", "MH-TRAINING-47"),
    ],
)
def test_bad_rows_of_training(ledger: Ledger, tmp_path: Path, row: str, code: str) -> None:
    session = hold(ledger, [hire(ledger, "罗云"), hire(ledger, "唐雨")])
    training.type_back(ledger, session, present="1-2", today=TODAY)
    assert codes(ledger, tmp_path / "a.csv", f"{SESSION}\n{row}\n") == [code]
    assert len(ledger.find(Attendance)) == 2


def test_two_people_on_one_row_of_a_new_session(ledger: Ledger, tmp_path: Path) -> None:
    hire(ledger, "罗云")
    hire(ledger, "唐雨")
    rows = "2026-03-05,新培训,其他,1,罗云,出席,,\n2026-03-05,新培训,其他,1,唐雨,出席,,\n"
    assert codes(ledger, tmp_path / "a.csv", f"{SESSION}\n{rows}") == ["MH-TRAINING-47"]
    assert [one.name for one in ledger.find(Attendance)] == ["罗云"]


def test_the_plan_of_a_year_goes_out_and_in_again(ledger: Ledger, tmp_path: Path) -> None:
    training.plan_year(ledger, 2026)
    hold(ledger, [hire(ledger, "罗云")])
    report = training_report.of_plan(ledger, 2026, today=TODAY)
    path = next(one for one in training_report.write(ledger, report, tmp_path) if one.suffix == ".xlsx")
    same = imports.import_file(ledger, path, kind="training", today=TODAY)
    assert (same.rows, same.same, same.rejected) == (17, 17, 0)
    for one in ledger.find(TrainingSession):
        training.void_session(ledger, one.id or 0, reason="重新导入")
    fresh = imports.import_file(ledger, path, kind="training", today=TODAY)
    assert (fresh.new, fresh.rejected) == (17, 0)
    planned = [one for one in ledger.find(TrainingSession) if one.held_on is None]
    assert sorted(one.month for one in planned if one.kind == "monthly") == [f"2026-{one:02d}" for one in range(1, 13)]


def test_a_stage_without_its_day_is_refused_as_in_the_window(ledger: Ledger, tmp_path: Path) -> None:
    who, unit = hire(ledger, "罗云"), staff.listed(ledger, today=TODAY)[0].workplace
    head = "年度,单位,姓名,阶段,阶段日期"
    assert codes(ledger, tmp_path / "a.csv", f"{head}\n2026,{unit},罗云,在训,\n", "retraining") == ["MH-TRAINING-45"]
    assert not ledger.find(Retrainee)
    retraining.choose(ledger, staff_id=who, unit_id=ledger.root_unit_id, year=2026, on=date(2026, 1, 9), today=TODAY)
    same = f"{head}\n2026,{unit},罗云,选派,\n"
    assert codes(ledger, tmp_path / "b.csv", same, "retraining") == []
    assert codes(ledger, tmp_path / "c.csv", f"{head}\n2026,{unit},罗云,结业,\n", "retraining") == ["MH-TRAINING-45"]
    assert codes(ledger, tmp_path / "d.csv", f"{head}\n2026,{unit},罗云,结业,2026-04-09\n", "retraining") == [
        "MH-TRAINING-34"
    ]
    assert [(one.stage, one.stage_on) for one in ledger.find(Retrainee)] == [("chosen", date(2026, 1, 9))]


def test_people_in_two_posts_and_people_without_any(ledger: Ledger, tmp_path: Path) -> None:
    head = "姓名,岗位类别,单位,折算人数,联系电话"
    rows = "罗云,精防人员,某医院,1,\n罗云,村医,金堡村卫生室,0.5,\n唐雨,,金堡村卫生室,,\n冉雪,,,,13900000000\n"
    assert codes(ledger, tmp_path / "a.csv", f"{head}\n{rows}", "staff") == ["MH-STAFF-16", "MH-STAFF-23"]
    assert [(one.name, len(one.posts)) for one in staff.listed(ledger, today=TODAY)] == [("罗云", 1), ("冉雪", 0)]
