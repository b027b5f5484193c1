"""Whatever stands in a file: every row is counted once, and a second import changes nothing."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from db.ledger import Ledger
from mhdesk.domain.account import ImportBatch
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.services import imports
from tests.conftest import LedgerTemplate
from tests.services.workbooks import number

TODAY = date(2026, 11, 20)
PEOPLE = (
    "姓名",
    "身份证号",
    "出生日期",
    "监护人电话",
    "疾病诊断",
    "危险性评估等级",
    "建档日期",
    "死亡日期",
    "村（居）",
    "备注",
)
VISITS = ("姓名", "身份证号", "随访日期", "本次随访形式", "危险性评估", "用药依从性", "本次随访分类", "死亡日期")

names = st.sampled_from(["张三", "李四", "欧阳䶮", "买买提·吐尔逊", "", "合计", "注：无", "赵" * 61])
numbers = st.sampled_from(
    [number("19700305", n) for n in range(1, 6)] + ["", "500199", "5.0E+17", number("19700305", 2).lower()]
)
days = st.sampled_from(["", "2026-01-05", "2026.3.5", "20261120", "2026-02-30", "3.5", "2027-01-01", "1960年", "46000"])
codes = st.sampled_from(["", "0", "1", "2", "3", "9", "精神分裂症", "1不稳定", "不详"])
any_text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)

people_rows = st.tuples(
    names, numbers, days, st.sampled_from(["", "15400000001"]), codes, codes, days, days, any_text, any_text
)
visit_rows = st.tuples(names, numbers, days, codes, codes, codes, codes, days)

_counter = itertools.count()


def _write(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def _counts(result: imports.ImportResult) -> tuple[int, int, int, int, int]:
    return result.new, result.same, result.changed, result.conflict, result.rejected


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(people=st.lists(people_rows, min_size=1, max_size=25), visits=st.lists(visit_rows, min_size=1, max_size=25))
def test_counts_add_up_and_a_second_import_changes_nothing(
    people: list[tuple[str, ...]],
    visits: list[tuple[str, ...]],
    ledger_template: LedgerTemplate,
    tmp_path: Path,
    clock: Callable[[], Any],
) -> None:
    folder = tmp_path / str(next(_counter))
    ledger_template.copy_to(folder)
    files = [_write(folder / "册.csv", PEOPLE, people), _write(folder / "访.csv", VISITS, visits)]
    with Ledger.open(folder, login=ledger_template.login, password=ledger_template.password, now=clock) as ledger:
        first = [imports.import_file(ledger, file, today=TODAY) for file in files]
        stored = ledger.find(Patient), ledger.find(FollowUp)
        second = [imports.import_file(ledger, file, today=TODAY) for file in files]
        assert (ledger.find(Patient), ledger.find(FollowUp)) == stored
        assert len(ledger.find(ImportBatch)) == 4
    for before, after in zip(first, second, strict=True):
        assert sum(_counts(before)) == before.rows
        assert sum(_counts(after)) == after.rows == before.rows
        assert (after.new, after.changed) == (0, 0)
        assert (after.conflict, after.rejected) == (before.conflict, before.rejected)
        assert bool(before.rejected_file) == bool(before.conflict + before.rejected)
    assert len(stored[0]) == first[0].new
    assert len(stored[1]) == first[1].new
