"""Staff, training, staffing and targets from the command line, on the demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
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


# of each kind one good row and two bad ones
_TABLES = {
    "staff": """姓名,岗位类别,单位,折算人数
罗小云,精防人员,统景中心卫生院,1
罗小云,村医,金堡村卫生室,1
唐小雨,飞行员,某处,1
""",
    "training": """培训日期,培训名称,培训类型,姓名,到会情况,理论成绩
2026-10-08,导入的培训,其他,{name},出席,90
2026-10-08,导入的培训,其他,查无此人,出席,
2026-10-08,导入的培训,其他,{name},出席,190
""",
    "retraining": """年度,单位,姓名,阶段,阶段日期
2026,{unit},{name},在训,2026-03-01
2027,{unit},{name},在训,
2026,无此单位,{name},在训,2026-03-01
""",
    "targets": """文件,指标,完成值,截至,来源、依据
{document},{target},12,2026-06-30,名册
{document},{target},12,2026-06-29,
没有的文件,{target},1,2026-06-30,名册
""",
}


@pytest.mark.parametrize("kind", sorted(_TABLES))
def test_tables_are_tried_stored_given_back_and_the_same_again(cli: Cli, tmp_path: Path, kind: str) -> None:
    people = said(cli, "staff", "--identified")["staff"]
    names = [one["name"] for one in people]
    once = next(one for one in people if names.count(one["name"]) == 1 and one["role"] == "psychiatrist")
    board = said(cli, "targets", "--document", "dazu_2024")["targets"]
    target = next(one for one in board if one["indicator"] == "counsellors")
    new, refused = 1, 2
    file = tmp_path / f"{kind}.csv"
    given = {"name": once["name"], "unit": once["workplace"], "document": target["document"], "target": target["name"]}
    file.write_text(_TABLES[kind].format(**given), encoding="utf-8")
    tried = cli("import", file, "--as", kind, "--dry-run")
    assert (tried.status, tried.json["new"], tried.json["rejected_file"]) == (1, new, None)
    assert len(tried.json["problems"]) == refused
    stored = cli("import", file, "--as", kind)
    counts = {key: stored.json[key] for key in ("new", "same", "changed", "conflict", "rejected")}
    assert (stored.status, counts["new"], counts["conflict"] + counts["rejected"]) == (1, new, refused)
    assert stored.json["rows"] == sum(counts.values())
    back = Path(stored.json["rejected_file"])
    assert back.parent == tmp_path
    again = cli("import", file, "--as", kind).json
    assert (again["new"], again["changed"], again["same"]) == (0, 0, new)
    returned = cli("import", back, "--as", kind, "--dry-run").json  # the rows given back are a table of the same kind
    assert (returned["rows"], returned["new"]) == (refused, 0)


def test_every_table_prints(cli: Cli, tmp_path: Path) -> None:
    who = str(said(cli, "staff")["staff"][0]["id"])
    titles = {
        "training-plan": "2026年培训计划",
        "training-ledger": "2026年培训台账",
        "training-month": "2026年10月培训汇总表",
        "training-record": "个人培训记录",
        "staff-list": "工作人员名册",
        "certificates": "工作人员证书一览",
        "retraining": "转岗培训计划进度",
        "staffing": "配置任务分配表",
        "targets": "2026年目标完成情况",
    }
    for form, title in titles.items():
        file = tmp_path / f"{form}.pdf"
        more = ("--person", who) if form == "training-record" else ("--month", "2026-10")
        pages = said(cli, "print", form, "--out", file, *more)["pages"]
        reader = PdfReader(file)
        assert len(reader.pages) == pages
        assert title in "".join(reader.pages[0].extract_text().split())
    assert cli("print", "training-record", "--out", tmp_path / "x.pdf").code == "MH-STAFF-05"


def test_roster_scores_history_and_voiding(cli: Cli) -> None:
    people = [str(one["id"]) for one in said(cli, "staff")["staff"][:3]]
    made = said(cli, "training", "session", "--title", "补课", "--kind", "other", "--held-on", "2026-11-02")
    number = str(made["id"])
    assert said(cli, "training", "put", number, "--people", *people)["count"] == 3
    assert said(cli, "training", "take-off", number, "--row", "3", "--reason", "调走")["row"] == 3
    assert cli("training", "take-off", number, "--row", "9", "--reason", "x").code == "MH-TRAINING-12"
    said(cli, "training", "attend", number, "--present", "1-2")
    scored = said(cli, "training", "scores", number, "--scores", "1 90 85；2 40")
    assert (scored["rows"], scored["passed"], scored["failed"]) == (2, 1, 1)
    assert cli("training", "scores", number, "--scores", "1 900").status == 1
    steps = said(cli, "training", "history", number)["steps"]
    assert [one["action"] for one in steps][:3] == ["training.attendance", "training.attendance", "training.take_off"]
    assert all(line.keys() == {"label"} for one in steps for line in one["lines"])  # names only when asked for
    named = said(cli, "training", "history", number, "--identified")["steps"][0]["lines"]
    assert {"label": "理论成绩", "before": "", "after": "40"}.items() <= named[-1].items()
    assert said(cli, "staff", "--history", "--person", people[0])["steps"]
    assert said(cli, "training", "undo", steps[0]["seq"])["objects"] >= 2
    assert [row["theory"] for row in said(cli, "training", "show", number)["rows"]] == [None, None]
    assert cli("training", "undo", steps[0]["seq"]).code == "MH-UNDO-01"
    assert cli("training", "void", number).code == "MH-LEDGER-36"
    said(cli, "training", "void", number, "--reason", "没有办")
    assert cli("training", "show", number).status in {0, 1}
