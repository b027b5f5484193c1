"""A district's own targets: what differs is kept over our file with mark and source, and can be given back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.reports import weekly
from mhdesk.rules import targets as rules
from mhdesk.rules.ruleset import OWN_ORIGIN, Mark
from mhdesk.rules.targets import Target
from mhdesk.services import rollups, target_sets, targets, undo
from tests.rules.second_opinion import Life
from tests.services.test_rollups import add, person, visit

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)
KEY = "standard_management_rate/2023"
OWN = Target("", "双向转诊率", "percent", ">=", 60, 2026, "区卫健委2026年通知", mark=Mark.VERIFIED)


def shown(ledger: Ledger, set_id: str) -> rules.TargetSet:
    """A document as it stands now."""
    return next(one for one in target_sets.choice(ledger).available if one.id == set_id)


def test_our_readings_are_marked_and_say_what_is_printed() -> None:
    doubtful = {
        f"{target_set.id}:{target.key}": target
        for target_set in rules.shipped().values()
        for target in target_set.targets
        if target.mark is not Mark.VERIFIED
    }
    assert set(doubtful) == {
        "dazu_2024:information_functions/2023",
        "dazu_2024:office_staff/2025",
        "yubei_2023:psychiatrists_per_100k/2023",
        "yubei_2023:institutions_with_psychiatrist/2025",
        "yubei_2023:monthly_training/2023",
        "yubei_2023:joint_training/2023",
        "beibei_145:staff_ratio/2025",
    }
    assert all("原文" in one.source or "理解" in one.source for one in doubtful.values())


def test_a_changed_target_judges_and_says_whose_it_is(ledger: Ledger) -> None:
    visits = tuple(visit(date(2026, month, 10)) for month in (1, 4, 7, 10))
    add(ledger, Life(person(), visits))
    ours = shown(ledger, "yubei_2023").by_key(KEY)
    assert ours is not None
    wanted = dataclasses.replace(ours, value=100, operator=">", mark=Mark.MEMORY, source="区精卫中心电话")
    with pytest.raises(RecordRefused):
        target_sets.save(ledger, "yubei_2023", dataclasses.replace(wanted, value=101), instead_of=KEY)
    changes = target_sets.save(ledger, "yubei_2023", dataclasses.replace(wanted, value=100), instead_of=KEY)
    assert "data_override" in changes.topics
    found = shown(ledger, "yubei_2023")
    assert (found.origin, len(found.targets)) == (ledger.user_name, len(rules.shipped()["yubei_2023"].targets))
    assert {one.origin for one in found.targets if one.key != KEY} == {OWN_ORIGIN}
    document = rollups.to_json(rollups.weekly(ledger, on=TODAY, today=TODAY))["targets"][0]["indicators"]
    assert document["standard_management_rate"] == {
        "target": ">100%", "year": 2023, "reached": False, "mark": "memory", "source": "区精卫中心电话",
    }  # fmt: skip
    line = next(one for one in targets.board(ledger, year=2026, today=TODAY) if one.target.key == KEY)
    assert (line.target.mark, line.is_reached) == (Mark.MEMORY, False)
    target_sets.give_back(ledger, "yubei_2023")
    assert shown(ledger, "yubei_2023") == rules.shipped()["yubei_2023"]
    with pytest.raises(UserError) as nothing:
        target_sets.give_back(ledger, "yubei_2023")
    assert nothing.value.code == "MH-TARGET-04"


def test_left_out_moved_to_another_year_and_put_back_by_saving(ledger: Ledger) -> None:
    ours = rules.shipped()["yubei_2023"].by_key(KEY)
    assert ours is not None
    target_sets.leave_out(ledger, "yubei_2023", KEY)
    assert shown(ledger, "yubei_2023").by_key(KEY) is None
    target_sets.save(ledger, "yubei_2023", ours)
    assert shown(ledger, "yubei_2023").left_out == ()
    target_sets.save(ledger, "yubei_2023", dataclasses.replace(ours, year=2026), instead_of=KEY)
    found = shown(ledger, "yubei_2023")
    assert (found.by_key(KEY), found.left_out) == (None, (KEY,))
    with pytest.raises(RecordRefused):
        target_sets.save(ledger, "yubei_2023", dataclasses.replace(ours, indicator="staff_ratio", year=2025))
    last = undo.last(ledger)
    assert last is not None
    undo.undo(ledger, last.seq)
    assert shown(ledger, "yubei_2023").by_key(KEY) is not None


def test_a_document_of_the_districts_own(ledger: Ledger) -> None:
    set_id, _ = target_sets.add(ledger, name="某府办发〔2026〕1号", area="某区", source="")
    with pytest.raises(RecordRefused):
        target_sets.add(ledger, name="某府办发〔2026〕1号", area="", source="")
    target_sets.save(ledger, set_id, OWN)
    target_sets.choose(ledger, [set_id, "dazu_2024"])
    found = target_sets.choice(ledger)
    assert (found.in_force, found.is_chosen) == (["dazu_2024", set_id], True)
    (own,) = (one for one in targets.board(ledger, year=2026, today=TODAY) if one.set_id == set_id)
    assert (own.can_type, own.target.value_text, own.actual) == (True, "≥60%", None)
    targets.record(ledger, set_id=set_id, indicator=own.target.indicator, year=2026, value=61, as_of=TODAY,
                   evidence="月报", today=TODAY)  # fmt: skip
    (own,) = (one for one in targets.board(ledger, year=2026, today=TODAY) if one.set_id == set_id)
    assert own.is_reached
    target_sets.give_back(ledger, set_id)
    assert target_sets.choice(ledger).in_force == ["dazu_2024"]
    assert target_sets.add(ledger, name="另一个", area="", source="")[0] != set_id  # typed actuals know the old id
    target_sets.choose(ledger, [])
    assert not target_sets.choice(ledger).is_chosen
    with pytest.raises(UserError):
        target_sets.choose(ledger, ["nobody"])


def test_every_paper_tells_the_mark(ledger: Ledger, tmp_path: Path) -> None:
    add(ledger, Life(person(), (visit(date(2026, 10, 10)),)))
    made = rollups.weekly(ledger, on=TODAY, today=TODAY)
    files = rollups.write(ledger, made, tmp_path)
    book = openpyxl.load_workbook(files[0], read_only=True)
    words = [str(cell) for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line if cell]
    book.close()
    assert any("目标值：渝北卫健〔2023〕260号，每10万常住人口精神科医师 ≥4.5〔假定〕附件2" in one for one in words)
    assert any("目标值：渝北卫健〔2023〕260号，已核实。加下划线的数没有达到目标。" in one for one in words)
    sheet = weekly.build(made).sheets[2]  # a target of the whole district is shown, not held against a township
    cells = [cell for row in sheet.rows for cell in row if cell is not None and cell.value == "区级"]
    assert len(cells) == 1
    assert not any(cell.tone for row in sheet.rows for cell in row if cell and cell.key == "psychiatrists_per_100k")
    lines = targets.board(ledger, year=2026, today=TODAY)
    report = targets.report(ledger, lines, year=2026, today=TODAY)
    told = {str(row[2].value): str(row[-1].value) for row in report.sheets[0].rows if row[2] and row[-1]}
    assert told["在册患者规范管理率"] == "已核实：渝北卫健〔2023〕260号"
    assert told["联合培训（次/年，每季度一次）"].startswith("假定：整治措施（二）")


@pytest.mark.parametrize("change", [lambda one: dataclasses.replace(one, name=" "),
                                    lambda one: dataclasses.replace(one, source=""),
                                    lambda one: dataclasses.replace(one, year=26),
                                    lambda one: dataclasses.replace(one, value=float("nan")),
                                    lambda one: dataclasses.replace(one, value=-1),
                                    lambda one: dataclasses.replace(one, operator="<"),
                                    lambda one: dataclasses.replace(one, form="share")])  # fmt: skip
def test_a_faulty_target_is_never_kept(ledger: Ledger, change: Callable[[Target], Target]) -> None:
    before = target_sets.choice(ledger)
    with pytest.raises(RecordRefused) as refused:
        target_sets.save(ledger, "dazu_2024", change(OWN))
    assert refused.value.problems[0].code == "MH-TARGET-10"
    assert target_sets.choice(ledger) == before
