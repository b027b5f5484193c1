"""附件2 of 渝北卫健〔2023〕260号, reproduced row by row with exactly the deviations that are known."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

import resources
from mhdesk.domain.errors import InputRefused, UsageError
from mhdesk.rules.staffing import Post, people_per_staff, plan, psychiatrists_needed, staff_needed
from mhdesk.services.staffing import annex_of, of_posts, read_units, to_json

with resources.path("demo/yubei_annex2.csv").open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))
UNITS = [row for row in ROWS if 1 <= int(row["序号"]) <= 22]
DISTRICT = ROWS[0]


def whole(row: dict[str, str], column: str) -> int:
    return int(row[column])


def deviating(column: str, rule: Callable[[dict[str, str]], int]) -> dict[int, tuple[int, int]]:
    """Number of the row -> (by the rule, as printed), where they differ."""
    found = {}
    for row in UNITS:
        expected, stands = rule(row), whole(row, column)
        if expected != stands:
            found[whole(row, "序号")] = (expected, stands)
    return found


def test_there_are_22_institutions() -> None:
    assert len(UNITS) == 22


def test_ratio_column_has_no_deviation() -> None:
    for row in [DISTRICT, *UNITS]:
        n = people_per_staff(whole(row, "在册患者人数"), whole(row, "精防人员_现有人数"))
        assert f"1/{n}" == row["精防人员_与在册患者比例"]


def test_one_for_a_hundred() -> None:
    found = deviating("精防人员_2023年按1:100应配人数", lambda row: staff_needed(whole(row, "在册患者人数"), 100))
    assert found == {3: (6, 7), 16: (1, 2)}


def test_one_for_eighty() -> None:
    assert deviating("精防人员_2025年按1:80应配人数", lambda row: staff_needed(whole(row, "在册患者人数"), 80)) == {}


def test_psychiatrists_per_100k() -> None:
    found = deviating(
        "精神科执业(助理)医师_按每10万常住人口4.5名应配数", lambda row: psychiatrists_needed(whole(row, "辖区人口数"))
    )
    assert found == {3: (16, 15), 8: (0, 1)}


def test_gaps() -> None:
    printed_need, in_post = "精防人员_2023年按1:100应配人数", "精防人员_现有人数"
    assert deviating("精防人员_数量差距_2023年", lambda row: whole(row, printed_need) - whole(row, in_post)) == {}
    doctors = "精神科执业(助理)医师_按每10万常住人口4.5名应配数"
    found = deviating(
        "精神科执业(助理)医师_数量差距", lambda row: whole(row, doctors) - whole(row, "精神科执业(助理)医师_现有人数")
    )
    assert found == {6: (1, 0), 8: (0, 1), 18: (-4, 0), 19: (-5, 0)}


def test_totals_are_sums_of_the_units() -> None:
    for column in (
        "辖区人口数",
        "在册患者人数",
        "精防人员_现有人数",
        "精防人员_2023年按1:100应配人数",
        "精防人员_2025年按1:80应配人数",
    ):
        assert sum(whole(row, column) for row in UNITS) == whole(DISTRICT, column)
    posts = [
        Post(row["机构名称"], whole(row, "在册患者人数"), whole(row, "精防人员_现有人数"), whole(row, "辖区人口数"), 1)
        for row in UNITS
    ]
    needs, total = plan(posts, ratio=80)
    assert (total.registered, total.needed, total.in_post, total.missing) == (4625, 61, 26, 35)
    assert total.people_per_staff == 178
    assert total.psychiatrists_needed == 69  # the sum; printed 68 is the district's population rounded
    assert psychiatrists_needed(whole(DISTRICT, "辖区人口数")) == 68
    assert sum(need.needed for need in needs) == 61 != staff_needed(4625, 80) == 58
    assert plan(posts, ratio=100)[1].needed == 48 - 2


@pytest.mark.parametrize(
    ("registered", "rounding", "expected"),
    [
        (0, "half_up_min1", 1),
        (119, "half_up_min1", 1),
        (120, "half_up_min1", 2),
        (200, "half_up_min1", 3),
        (80, "ceil", 1),
        (81, "ceil", 2),
        (0, "ceil", 1),
        (79, "floor_min1", 1),
        (159, "floor_min1", 1),
        (160, "floor_min1", 2),
    ],
)
def test_roundings_at_eighty(registered: int, rounding: str, expected: int) -> None:
    assert staff_needed(registered, 80, rounding) == expected


@pytest.mark.parametrize(("ratio", "rounding"), [(0, "ceil"), (-80, "ceil"), (80, "nearest")])
def test_senseless_parameters(ratio: int, rounding: str) -> None:
    with pytest.raises(UsageError):
        staff_needed(100, ratio, rounding)


def test_the_annex_deviates_exactly_where_it_is_known_to() -> None:
    file = read_units(resources.path("demo/yubei_annex2.csv"))
    assert len(file.units) == 28
    assert [(one.number, one.column, one.by_rule, one.printed) for one in file.deviations()] == [
        (0, "psychiatrists_needed", 69, 68),
        (0, "psychiatrists_gap", 53, 11),
        (3, "needed_first", 6, 7),
        (3, "psychiatrists_needed", 16, 15),
        (6, "psychiatrists_gap", 1, 0),
        (8, "psychiatrists_needed", 0, 1),
        (8, "psychiatrists_gap", 0, 1),
        (16, "needed_first", 1, 2),
        (18, "psychiatrists_gap", -4, 0),
        (19, "psychiatrists_gap", -5, 0),
    ]
    table = annex_of(file)
    assert (table.total.psychiatrists_needed, table.total.psychiatrists_gap) == (68, 11)  # of the district's people
    assert table.total.unit.retraining == (5, 8, 6)  # as printed; the units' own years cannot be recovered
    assert [line.unit.name for line in table.lines if line.lacks_psychiatrist][:2] == [
        "区二院",
        "龙塔社区卫生服务中心",
    ]


def test_a_units_file_without_people_or_with_nonsense_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    for rows, row in {
        "单位,在册\n甲,十\n": 2,
        "单位,人口\n甲,100\n": 1,
        "单位,在册\n甲,-3\n": 2,
        "单位,在册,常住人口\n甲,3,1.5\n": 2,
        "": 1,
    }.items():
        file.write_text(rows, encoding="gb18030")
        with pytest.raises(InputRefused) as refused:
            read_units(file)
        assert refused.value.params == {"row": row}
    file.write_text("单位,在册\n甲,90\n", encoding="gb18030")  # population missing: not known, and said so
    line = annex_of(read_units(file)).lines[0]
    assert (line.needed, line.gap[0], line.psychiatrists_needed) == ((1, 1), None, None)


def test_unknown_staff_stays_unknown() -> None:
    document = to_json(of_posts([Post("甲", 170), Post("乙", 90, 1.5, 20_000, 0)], ratio=80))
    assert document["units"][0]["missing"] is None
    assert document["units"][1]["missing"] == -0.5
    assert document["units"][1]["psychiatrists_missing"] == 1
    assert document["total"] == document["total"] | {"unit": "合计", "registered": 260, "needed": 3, "in_post": None}
