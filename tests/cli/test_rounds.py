"""``mhdesk due``: its filters, and the list as a workbook."""

from __future__ import annotations

from pathlib import Path

import pytest

from mhdesk.files.read import read_tables
from tests.cli.conftest import Cli

WIDE = ("--within", 400)


def test_class_and_risk_narrow_the_list(seen: Cli) -> None:
    whole = seen("due", *WIDE).json
    for code in ("1", "2", "3"):
        part = seen("due", *WIDE, "--class", code).json
        wanted = [one["id"] for one in whole["patients"] if one["visit_class"] == code]
        assert [one["id"] for one in part["patients"]] == wanted
        assert sum(part["buckets"].values()) <= sum(whole["buckets"].values())
    risky = seen("due", *WIDE, "--risk", "3").json["patients"]
    assert all(one["risk_level"] >= "3" for one in risky)
    assert [one["id"] for one in risky] == [one["id"] for one in whole["patients"] if (one["risk_level"] or "") >= "3"]


def test_classes_add_up(seen: Cli) -> None:
    parts = [seen("due", "--class", code).json["buckets"] for code in ("1", "2", "3", "none")]
    whole = seen("due").json["buckets"]
    assert {bucket: sum(part[bucket] for part in parts) for bucket in whole} == whole


def test_an_unknown_doctor_is_no_empty_list(seen: Cli) -> None:
    answer = seen("due", "--doctor", "没有这位")
    assert (answer.status, answer.code) == (2, "MH-ROUNDS-01")


@pytest.mark.parametrize("words", [("--class", "4"), ("--risk", "9")])
def test_other_codes_are_wrong_usage(seen: Cli, words: tuple[str, str]) -> None:
    assert seen("due", *words).status == 2


def test_reminders_are_said(seen: Cli) -> None:
    found = [one for person in seen("due", *WIDE).json["patients"] for one in person["reminders"]]
    assert found
    assert all(one["words"] and one["key"] for one in found)


def test_the_list_as_a_workbook(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "名单.xlsx"
    answer = cli("due", "--out", file)
    assert (answer.status, answer.json["file"]) == (0, str(file))
    cells = [str(cell) for row in read_tables(file)[0].rows for cell in row if cell is not None]
    labels = [one["label"] for one in answer.json["patients"]]
    assert all(label in cells for label in labels)
    assert f"共 {len(labels)} 人" in " ".join(cells)
    assert "due.export" in cli.actions()
    again = cli("due", "--out", file)
    assert (again.status, again.code) == (2, "MH-USAGE-05")
    assert "名单已写到" in cli.text("due", "--out", tmp_path / "又一份.xlsx").out


def test_the_workbook_names_people_only_when_asked(cli: Cli, tmp_path: Path) -> None:
    masked, named = tmp_path / "掩码.xlsx", tmp_path / "全名.xlsx"
    cli("due", "--out", masked)
    people = cli("due", "--out", named, "--identified").json["patients"]
    said = [str(cell) for row in read_tables(masked)[0].rows for cell in row]
    whole = [str(cell) for row in read_tables(named)[0].rows for cell in row]
    assert all(one["name"] in whole for one in people)
    assert not any(one["name"] in said for one in people)
    assert not any(one["guardian_phone"] and one["guardian_phone"] in said for one in people)
