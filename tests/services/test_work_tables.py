"""Tables of staff and training: what is exported comes back the same; rows of strangers and nonsense are given back."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from db.ledger import Ledger
from mhdesk.domain.errors import InputRefused
from mhdesk.domain.staff import Certificate, StaffMember
from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.services import imports, staff, training, training_report, undo
from mhdesk.services.imports import ImportResult
from tests.services.test_training import TODAY, hire, hold


def read(ledger: Ledger, path: Path, kind: str, *, dry_run: bool = False) -> ImportResult:
    return imports.import_file(ledger, path, kind=kind, dry_run=dry_run, today=TODAY)


def table(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    assert result.rows == result.new + result.same + result.changed + result.conflict + result.rejected
    return result.new, result.same, result.changed, result.conflict + result.rejected


def test_staff_from_a_table_twice_then_changed(ledger: Ledger, tmp_path: Path) -> None:
    head = "姓名,岗位类别,单位,职务,联系电话,折算人数,到岗日期,上岗前培训合格日期,证书名称,证书编号,有效期至"
    path = table(
        tmp_path / "名册.csv",
        "工作人员名册,,,,,,,,,,",
        head,
        "罗云,精防人员,龙华街道社区卫生服务中心,精防医生,19900000001,0.5,2024-03-01,2024-03-20,上岗证,A1,2027-01-01",
        "罗云,村医,金堡村卫生室,村医,19900000001,0.5,2024-03-01,,,,",
        "唐雨,民警,龙华派出所,民警,—,—,—,—,—,—,—",
        "合计,,,,,,,,,,",
    )
    assert counts(read(ledger, path, "staff", dry_run=True)) == (2, 0, 1, 0)
    assert ledger.find(StaffMember) == []
    assert counts(read(ledger, path, "staff")) == (2, 0, 1, 0)
    assert counts(read(ledger, path, "staff"))[:3] == (0, 3, 0)
    line = next(one for one in staff.listed(ledger, today=TODAY) if one.name == "罗云")
    assert [post.unit_id is not None for post in line.posts] == [True, False]
    assert (line.cleared_on, ledger.find(Certificate)[0].valid_until) == (date(2024, 3, 20), date(2027, 1, 1))
    table(path, head, "罗云,精防人员,龙华街道社区卫生服务中心,主任,19900000001,,,,,,")
    assert counts(read(ledger, path, "staff")) == (0, 0, 1, 0)
    undo.undo(ledger, undo.last(ledger).seq)  # type: ignore[union-attr]
    assert staff.get(ledger, line.id, today=TODAY).posts[0].position == "精防医生"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("罗云,护士长,甲院,,,,", "MH-STAFF-20"),
        ("罗云,村医,甲院,,很多,,", "MH-STAFF-21"),
        ("罗云,村医,甲院,,3,,", "MH-STAFF-14"),
        ("罗云,村医,,,1,,", "MH-STAFF-13"),
        ("罗云,村医,甲院,,1,2024-13-01,", "MH-STAFF-21"),
        ("罗云,村医,甲院,,1,2024-03-01,2023-01-01", "MH-STAFF-17"),
        ("罗云,精防人员,乙院,,,,", "MH-STAFF-16"),  # a second whole post at the same time
    ],
)
def test_staff_rows_that_are_given_back(ledger: Ledger, tmp_path: Path, row: str, code: str) -> None:
    hire(ledger, "罗云", "other")
    path = table(tmp_path / "名册.csv", "姓名,岗位类别,单位,联系电话,折算人数,到岗日期,离岗日期", row)
    result = read(ledger, path, "staff")
    assert [problem.code for problem in result.problems] == [code]
    assert result.rejected_file is not None
    assert result.rejected_file.exists()
    assert len(ledger.find(StaffMember)) == 1


def test_the_training_ledger_comes_back_the_same(ledger: Ledger, tmp_path: Path) -> None:
    people = [hire(ledger, name) for name in ("罗云", "唐雨")]
    session = hold(ledger, people, hours=6.0, teacher="区精卫中心")
    rows = training.read_sheet(
        ledger.get(TrainingSession, session), training.roster(ledger, session), present="1", leave="2"
    )
    rows[0] = dataclasses.replace(rows[0], theory=88.5, certificate_number="A1")
    training.save_rows(ledger, session, rows, today=TODAY)
    report = training_report.of_year(ledger, 2026, today=TODAY)
    path = next(one for one in training_report.write(ledger, report, tmp_path) if one.suffix == ".xlsx")
    assert counts(read(ledger, path, "training")) == (0, 3, 0, 0)
    training.void_session(ledger, session, reason="重新导入")
    assert counts(read(ledger, path, "training")) == (3, 0, 0, 0)
    again = ledger.find(TrainingSession)[0]
    assert (again.hours, again.teacher, again.kind, again.sheet_back_on) == (6.0, "区精卫中心", "monthly", TODAY)
    lines = training.roster(ledger, again.id or 0)
    assert [(one.row, one.presence, one.theory) for one in lines] == [(1, "present", 88.5), (2, "leave", None)]
    assert counts(read(ledger, path, "training")) == (0, 3, 0, 0)


def test_a_course_of_several_days_comes_back_day_by_day(ledger: Ledger, tmp_path: Path) -> None:
    people = [hire(ledger, name) for name in ("罗云", "唐雨")]
    session = hold(ledger, people, ends_on=date(2026, 3, 7), day_parts=("whole", "whole", "morning"), hours=15.0)
    for day, present in enumerate(("1-2", "1", "1"), start=1):
        training.type_back(ledger, session, present=present, day=day, today=TODAY)
    report = training_report.of_year(ledger, 2026, today=TODAY)
    path = next(one for one in training_report.write(ledger, report, tmp_path) if one.suffix == ".xlsx")
    assert counts(read(ledger, path, "training")) == (0, 3, 0, 0)
    training.void_session(ledger, session, reason="重新导入")
    assert counts(read(ledger, path, "training")) == (3, 0, 0, 0)
    (fresh,) = ledger.find(TrainingSession)
    assert (fresh.ends_on, fresh.day_parts) == (date(2026, 3, 7), ("whole", "whole", "morning"))
    assert [row.by_day for row in ledger.find(Attendance)] == [None, ("present", "absent", "absent")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("2026-03-05,三月培训,每月,生人,出席,", "MH-TRAINING-19"),
        ("2026-03-05,三月培训,每月,唐雨,出席,", "MH-TRAINING-19"),  # staff, but not on this roster
        ("2026-03-05,三月培训,每月,罗云,出席,101", "MH-TRAINING-14"),
        ("2026-03-05,三月培训,每月,罗云,迟到,", "MH-TRAINING-18"),
        ("2026-03-05,三月培训,每周,罗云,出席,", "MH-TRAINING-18"),
        ("2026-03-27,下次培训,每月,罗云,出席,", "MH-TRAINING-10"),
        ("2026-03-05,同日培训,其他,罗云,出席,", "MH-TRAINING-15"),
    ],
)
def test_training_rows_that_are_given_back(ledger: Ledger, tmp_path: Path, row: str, code: str) -> None:
    session = hold(ledger, [hire(ledger, "罗云")])
    hire(ledger, "唐雨")
    training.type_back(ledger, session, present="1", today=TODAY)
    path = table(tmp_path / "培训.csv", "培训日期,培训名称,培训类型,姓名,到会情况,理论成绩", row)
    result = read(ledger, path, "training")
    assert [problem.code for problem in result.problems] == [code]
    assert len(ledger.find(Attendance)) == 1


def test_a_table_of_something_else_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", "姓名,身份证号", "罗云,1")
    for kind in ("staff", "training"):
        with pytest.raises(InputRefused, match="MH-IMPORT-02"):
            read(ledger, path, kind)
