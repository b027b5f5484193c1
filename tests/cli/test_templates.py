"""``template`` and ``report --template``."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook

from tests.cli.conftest import Cli
from tests.files.forms_sent import form


def test_a_form_is_kept_filled_listed_and_removed(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "区周报.xlsx"
    file.write_bytes(form())
    assert cli("template", "save", file).json == {"name": "区周报", "revision": 1}
    assert "区周报" in [one["name"] for one in cli("template", "list").json["templates"]]
    answer = cli("report", "weekly", "--template", "区周报", "--out", tmp_path / "出")
    assert answer.status == 0
    told = answer.json["template"]
    assert (told["problems"], answer.json["files"][-1]) == ([], told["file"])
    sheet = load_workbook(told["file"])["周报表"]
    assert sheet.cell(6, 2).value == answer.json["units"][0]["unit"]
    assert sheet.cell(6, 3).value == answer.json["units"][0]["values"]["registered"]["count"]
    assert cli("template", "remove", "区周报", "--reason", "换表").status == 0
    assert cli("report", "weekly", "--template", "区周报").code == "MH-TEMPLATE-04"


def test_what_cannot_be_filled_is_a_finding(seen: Cli, tmp_path: Path) -> None:
    file = tmp_path / "表.xlsx"
    file.write_bytes(form(change=lambda book: book["周报表"].__setitem__("J1", "{{没有这个}}")))
    answer = seen.text("report", "weekly", "--template", file, "--out", tmp_path / "出")
    assert answer.status == 1
    assert "J1" in answer.out
    assert (tmp_path / "出").exists()
