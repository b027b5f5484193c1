"""``mhdesk joint``: a record from the first key to the void, exchange from proposal to receipt, files, and paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from mhdesk.services.printing import LISTED
from tests.cli.conftest import TODAY, Cli

CHECKUP = ("checked_on=2026-11-02", "items=1,2", "result=1", "systolic=128", "diastolic=80")


def test_a_record_is_added_listed_masked_and_voided(cli: Cli) -> None:
    before = cli("joint", "list", "checkup").json["count"]
    added = cli("joint", "add", "checkup", "--patient", 1, "--set", *CHECKUP)
    assert added.status == 0
    found = cli("joint", "list", "checkup", "--patient", 1).json["records"]
    mine = next(one for one in found if one["id"] == added.json["id"])
    assert (mine["day"], mine["items"]["systolic"]) == ("2026-11-02", "128")
    assert "*" in mine["label"]
    named = cli("joint", "list", "checkup", "--patient", 1, "--identified").json["records"][0]["label"]
    assert "*" not in named
    assert "joint.names_identified" in cli.actions()
    assert cli("joint", "void", "checkup", added.json["id"], "--reason", "记错").status == 0
    assert cli("joint", "list", "checkup").json["count"] == before


@pytest.mark.parametrize(
    ("items", "code"),
    [
        (("checked_on=2027-01-01", "items=1", "result=1"), "MH-JOINT-64"),
        (("checked_on=2026-01-01",), "MH-JOINT-64"),
        (("nothing=1",), "MH-JOINT-63"),
        (("checked_on",), "MH-JOINT-63"),
    ],
)
def test_bad_items_are_refused(seen: Cli, items: tuple[str, ...], code: str) -> None:
    answer = seen("joint", "add", "checkup", "--patient", 1, "--set", *items)
    assert (answer.status, answer.code) == (2, code)


def test_exchange_from_proposal_to_receipt(cli: Cli, tmp_path: Path) -> None:
    proposed = cli("joint", "exchange", "proposals").json["sides"]
    assert [one["side"] for one in proposed] == ["1", "2"]
    drawn = cli("joint", "exchange", "draw-up", "--side", 2, "--from", "2026-10-01", "--to", TODAY).json
    file = tmp_path / "交换.pdf"
    assert cli("print", "exchange", "--record", drawn["id"], "--out", file).json["people"] == drawn["people"]
    assert file.stat().st_size > 1000
    assert cli("joint", "exchange", "receipt", drawn["id"], "--by", "王强").code == "MH-JOINT-51"
    assert cli("joint", "exchange", "send", drawn["id"]).status == 0
    assert cli("joint", "exchange", "receipt", drawn["id"], "--by", "王强").status == 0
    left = {one["side"]: one["patients"] for one in cli("joint", "exchange", "proposals").json["sides"]}
    assert left["2"] == []


def test_standing_and_paper_of_the_demonstration(seen: Cli, tmp_path: Path) -> None:
    stands = seen("joint", "standing").json
    assert stands["meetings"]
    assert stands["outreach"]
    assert seen.text("joint", "standing").out
    for form in ("emergency", "joint-visit"):
        kind = form.replace("-", "_")
        found = seen("joint", "list", kind).json["records"]
        if found:
            answer = seen("print", form, "--record", found[0]["id"], "--out", tmp_path / f"{kind}.pdf")
            assert (answer.status, answer.json["pages"]) == (0, 1)
    assert seen("print", "meetings", "--out", tmp_path / "m.pdf").status == 0
    assert seen("print", "emergency", "--out", tmp_path / "x.pdf").code == "MH-JOINT-62"


@pytest.mark.parametrize("kind", LISTED)
def test_a_kind_prints_as_a_list(seen: Cli, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"{kind}.pdf"
    records = seen("joint", "list", kind).json["records"]
    answer = seen("print", "joint-list", "--kind", kind, "--out", file)
    people = {one["patient"] for one in records} - {None}
    assert (answer.status, answer.json["people"], file.exists()) == (0, len(people), True)
    assert f"print.{kind}_list" in seen.actions()
    none = seen("print", "joint-list", "--kind", kind, "--year", 1999, "--out", tmp_path / "x.pdf")
    assert none.code == "MH-JOINT-60"
    assert seen("print", "joint-list", "--out", tmp_path / "x.pdf").code == "MH-JOINT-65"


def test_a_list_goes_out_and_comes_in_again(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "体检.xlsx"
    out = cli("joint", "list", "checkup", "--out", file, "--identified")
    assert (out.status, "joint.names_exported" in cli.actions()) == (0, True)
    result = cli("joint", "import", "checkup", file).json
    assert (result["rows"], result["same"]) == (out.json["count"], out.json["count"])


def test_photographs_come_in_and_go_out(cli: Cli, tmp_path: Path) -> None:
    record = cli("joint", "list", "joint_visit").json["records"][0]["id"]
    picture = tmp_path / "现场.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n1")
    added = cli("joint", "attach", "joint_visit", record, picture).json
    assert cli("joint", "attach", "joint_visit", record, picture).json == {"id": added["id"], "is_new": False}
    (one,) = cli("joint", "files", "joint_visit", record).json["files"]
    assert (one["id"], one["media_type"], one["size"]) == (added["id"], "image/png", 9)
    out = tmp_path / "out.png"
    assert cli("joint", "file", one["id"], "--out", out).status == 0
    assert (out.read_bytes(), cli("joint", "file", one["id"], "--out", out).code) == (
        picture.read_bytes(),
        "MH-USAGE-05",
    )
    assert "attachment.export" in cli.actions()
    assert cli("joint", "list", "joint_visit").json["records"][0]["files"] == 1
    assert cli("joint", "detach", "joint_visit", one["id"], "--reason", "传错").status == 0
    assert [one["action"] for one in cli("joint", "history", "joint_visit", record).json["steps"]][:2] == [
        "attachment.void",
        "attachment.add",
    ]
    assert cli.text("joint", "history", "joint_visit", record).out


def test_what_waits_and_the_paths_are_listed_masked(seen: Cli) -> None:
    answer = seen("joint", "waiting")
    things = answer.json["things"]
    assert (answer.status, answer.json["count"]) == (1 if things else 0, len(things))
    assert all("*" in one["label"] for one in things if one["label"])
    assert {one["kind"] for one in seen("joint", "waiting", "--kind", "emergency").json["things"]} <= {"emergency"}
    waiting, every = seen("joint", "paths").json, seen("joint", "paths", "--all").json
    assert every["count"] >= waiting["count"]
    assert all(one["visited_on"] is None for one in waiting["paths"])
    assert seen.text("joint", "waiting").out
    assert seen.text("joint", "paths", "--all").out
