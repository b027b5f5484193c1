"""``ahead``, and what else looks ahead and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def test_ahead_says_by_when_whom_and_agrees_with_the_report(seen: Cli, tmp_path: Path) -> None:
    answer = seen("ahead", "--span", "annual", "--out", tmp_path / "名单.xlsx")
    told = answer.json
    assert answer.status == 0
    rate = seen("report", "annual").json["total"]["standard_management_rate"]
    assert told["none"]["denominator"] == rate["denominator"]
    assert told["none"]["numerator"] <= rate["numerator"]
    assert told["all"]["numerator"] == told["none"]["numerator"] + told["needed"]
    days = [one["deadline"] for one in told["patients"]]
    assert days == sorted(days)
    assert all("*" in one["label"] and "phone" not in one for one in told["patients"])
    assert (tmp_path / "名单.xlsx").stat().st_size > 0
    assert seen("ahead", "--out", tmp_path / "名单.xlsx").code == "MH-USAGE-05"


@pytest.mark.parametrize("show", ["fewest", "broken"])
def test_ahead_shows_its_other_lists(seen: Cli, show: str) -> None:
    answer = seen("ahead", "--show", show, "--identified")
    assert answer.status == 0
    assert {one["chance"] for one in answer.json["patients"]} <= {"needed" if show == "fewest" else "broken"}


def test_colours_are_suggested_assessed_and_listed(cli: Cli, tmp_path: Path) -> None:
    never = cli("colours", "list", "--state", "never").json["patients"]
    patient = never[0]["id"]
    items = ("risk=0", "class=3", "acts=no", "adherence=1", "guardianship=1", "present=no")
    said = cli("colours", "assess", patient, *items).json
    assert (said["suggested"], said["score"], said["colour"]) == ("green", 0, None)
    assert cli("colours", "assess", patient, *items, "--colour", "red", "--members", "王敏").code == "MH-COLOUR-04"
    done = cli("colours", "assess", patient, *items, "--colour", "green", "--members", "王敏",
               "--sheet", tmp_path / "表.pdf")  # fmt: skip
    assert done.status == 0
    assert (tmp_path / "表.pdf").read_bytes().startswith(b"%PDF")
    shown = cli("colours", "list", "--state", "all", "--out", tmp_path / "汇总.xlsx").json["patients"]
    assert next(one for one in shown if one["id"] == patient)["source"] == "assessed"
    assert patient not in [one["id"] for one in cli("colours", "list", "--state", "never").json["patients"]]


def test_trends_agree_with_the_weekly_report(seen: Cli, tmp_path: Path) -> None:
    told = seen("trends", "--out", tmp_path / "趋势.pdf").json
    assert len(told["weeks"]) == 13
    week = seen("report", "weekly").json["total"]
    last = told["weeks"][-1]["values"]
    assert last["standard_management_rate"] == week["standard_management_rate"]["value"]
    assert last["class_stable"] == week["class_stable"]["count"]
    assert sum(told["overdue"].values()) == week["visits_overdue"]["count"]


def test_an_inspection_is_drawn_and_written(seen: Cli, tmp_path: Path) -> None:
    answer = seen("inspect", "--size", 5, "--seed", 3, "--out", tmp_path / "迎检")
    told = answer.json
    assert len(told["patients"]) == 5
    assert answer.status == (1 if any(one["missing"] for one in told["patients"]) else 0)
    assert told["patients"] == seen("inspect", "--size", 5, "--seed", 3).json["patients"]
    assert all("*" in one["label"] for one in told["patients"])
    assert {Path(file).suffix for file in told["files"]} == {".xlsx", ".pdf"}


def test_documents_with_targets_and_what_must_be_sent(cli: Cli) -> None:
    told = cli("targets", "--sets").json["documents"]
    assert [one["id"] for one in told if one["in_force"]] == ["yubei_2023"]
    marks = {(one["id"], target["indicator"]): target["mark"] for one in told for target in one["targets"]}
    assert marks["dazu_2024", "information_functions"] == "assumption"
    assert marks["dazu_2024", "prevalence"] == "verified"
    chosen = cli("targets", "--use", "dazu_2024", "ziyang_2017").json["documents"]
    assert [one["id"] for one in chosen if one["in_force"]] == ["dazu_2024", "ziyang_2017"]
    assert {one["document"] for one in cli("targets").json["targets"]} == {"dazu_2024", "ziyang_2017"}
    assert cli("targets", "--use", "nobody").code == "MH-TARGET-02"
    assert [one["id"] for one in cli("targets", "--by-rules").json["documents"] if one["in_force"]] == ["yubei_2023"]
    monthly = cli("sent", "--period", "monthly").json["periods"]
    assert {one["state"] for one in monthly} <= {"free", "before"}
    asked = cli("sent", "--period", "monthly", "--require", "weekly", "monthly", "--due-days", "monthly=31").json
    assert asked["periods"][-1]["state"] == "waiting"
    assert cli("sent", "--due-days", "monthly=soon").code == "MH-SENDING-01"
    assert cli("sent", "--due-days", "daily=1").code == "MH-SENDING-01"
