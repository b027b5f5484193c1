"""Staff, training, staffing and targets from the command line, on the demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pypdf import PdfReader

import resources
from tests.cli.conftest import TODAY, Cli


def said(cli: Cli, *arguments: object) -> Any:
    """The answer of a command that must succeed."""
    answer = cli(*arguments)
    assert answer.status == 0, answer
    return answer.json


def test_a_session_from_plan_to_report(cli: Cli, tmp_path: Path) -> None:
    before = said(cli, "training", "--year", "2026")
    assert [month["done"] for month in before["months"]][:10] == [True] * 10
    waiting = next(one for one in before["sessions"] if one["state"] == "waiting")
    number = str(waiting["id"])
    file = tmp_path / "签到表.pdf"
    assert said(cli, "print", "training-sheet", "--session", number, "--out", str(file))["pages"] == 1
    first = "".join(PdfReader(file).pages[0].extract_text().split())
    assert "签名（上午）" in first
    assert f"应到{waiting['expected']}人" in first
    typed = said(cli, "training", "attend", number, "--present", "1-5", "--leave", "6")
    assert (typed["here"], typed["leave"], typed["state"]) == (5, 1, "held")
    again = tmp_path / "再印.pdf"
    said(cli, "print", "training-sheet", "--session", number, "--again", "--out", str(again))
    assert "".join(PdfReader(again).pages[0].extract_text().split()) == first
    shown = said(cli, "training", "show", number)
    assert all("*" in row["name"] for row in shown["rows"])
    assert cli("training", "attend", number, "--present", "1-99").code == "MH-TRAINING-12"
    assert cli("training", "show", "999").status == 1
    scan = tmp_path / "scan.png"
    scan.write_bytes(b"\x89PNG\r\n\x1a\nx")
    made = said(cli, "training", "attach", number, "--file", str(scan))
    said(cli, "training", "attachment", str(made["id"]), "--out", str(tmp_path / "copy.png"))
    assert (tmp_path / "copy.png").read_bytes() == scan.read_bytes()
    terms = said(cli, "training", "terms", "--set", "pass_mark=80")["terms"]
    assert terms["pass_mark"] == {"value": 80.0, "mark": "own"}
    files = said(cli, "training", "report", "--month", "2026-10", "--out", str(tmp_path))["files"]
    assert [Path(one).suffix for one in files] == [".xlsx", ".pdf"]
    weekly = said(cli, "report", "monthly", "--on", TODAY)["total"]
    assert weekly["training_sessions"]["count"] == 1
    assert weekly["training_attendances"]["count"] == 5


def test_staff_out_and_in_again(cli: Cli, tmp_path: Path) -> None:
    listed = said(cli, "staff", "--out", str(tmp_path))
    assert listed["staff"]
    assert all("*" in one["name"] for one in listed["staff"])
    again = said(cli, "import", next(one for one in listed["files"] if one.endswith("xlsx")), "--as", "staff")
    assert (again["rows"], again["same"]) == (len(listed["staff"]), len(listed["staff"]))


def test_staffing_with_and_without_a_ledger(cli: Cli, tmp_path: Path) -> None:
    annex = said(cli, "staffing", "--ratio", "100", "--units", str(resources.path("demo/yubei_annex2.csv")))
    assert (annex["total"]["registered"], annex["total"]["needed"], len(annex["deviations"])) == (4625, 46, 10)
    own = said(cli, "staffing", "--rounding", "ceil", "--out", str(tmp_path))
    assert own["units"][0].keys() >= {"unit", "registered", "needed", "in_post", "missing"}
    assert len(own["files"]) == 2


def test_targets_are_shown_and_recorded(cli: Cli) -> None:
    given = ("--indicator", "counsellors", "--value", "12", "--evidence", "名册")
    board = said(cli, "targets", "--document", "dazu_2024", *given)
    found = next(one for one in board["targets"] if one["indicator"] == "counsellors")
    assert (found["actual"], found["applies"], found["origin"]) == ("12", False, "typed")
    assert cli("targets", "--document", "nothing").code == "MH-TARGET-02"
