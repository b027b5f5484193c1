"""``mhdesk package``, ``merge`` and ``district``: keys, codes and exit status of the contract."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli, run


def test_the_weekly_way_by_command_line(cli: Cli, tmp_path: Path, secret: Path) -> None:
    units = tmp_path / "units.csv"
    units.write_text("名称,层级,上级,人口\n统景中心卫生院,机构,,20466\n龙兴中心卫生院,机构,,30000\n", encoding="utf-8")
    district = Cli(tmp_path / "区县", "zhou", secret)
    made = run(*district.options, "create", "--unit", "渝北区", "--level", "district", "--units", units, "--json")
    assert made.status == 0, made
    assert district("merge", tmp_path).code == "MH-KEYS-04"
    assert cli("package", "--out", tmp_path / "stick").code == "MH-KEYS-05"
    own = district("district", "keys", "--make", tmp_path / "safe.txt").json
    setup = district("district", "setup", "--out", tmp_path / "a.mhs").json
    assert setup["fingerprint"] == own["fingerprint"]
    looked = cli("district", "join", tmp_path / "a.mhs")
    assert (looked.status, looked.json["joined"], looked.json["fingerprint"]) == (1, False, own["fingerprint"])
    joined = cli("district", "join", tmp_path / "a.mhs", "--fingerprint", own["fingerprint"]).json
    cli("district", "registration", "--out", tmp_path / "a.mhg")
    assert district("district", "register", tmp_path / "a.mhg").json["registered"] is False
    done = district("district", "register", tmp_path / "a.mhg", "--fingerprint", joined["fingerprint"])
    assert done.json["registered"] is True

    packed = cli("package", "--on", "2026-11-13", "--level", "D1", "--out", tmp_path / "stick").json
    assert set(packed) >= {"package_id", "file", "counts"}
    assert packed["counts"]["person"] >= 40
    assert cli("package", "--on", "2026-11-13", "--out", tmp_path / "stick").json["new"] is False
    (tmp_path / "stick" / "bad.mhx").write_bytes(b"MHX1\x01 nothing")
    seen = district("merge", tmp_path / "stick", "--dry-run")
    assert (seen.status, len(seen.json["accepted"])) == (1, 1)
    merged = district("merge", tmp_path / "stick").json
    assert [one["unit"] for one in merged["accepted"]] == ["统景中心卫生院"]
    assert [(Path(one["file"]).name, one["code"]) for one in merged["refused"]] == [("bad.mhx", "MH-PACK-01")]
    assert merged["duplicates"] == []
    assert set(merged["equation"]) >= {"opening", "new", "moved_in", "died", "moved_out", "closing", "holds"}
    assert district("merge", tmp_path / "stick" / "bad.mhx").status == 4
    answered = cli("district", "receipt", merged["accepted"][0]["receipt"])
    assert (answered.status, answered.json["accepted"]) == (0, True)

    report = district("district", "report", "--on", "2026-11-13", "--out", tmp_path / "out", "--submit")
    assert report.status == 1  # the other institution is missing, and is named
    own_report = cli("report", "weekly", "--on", "2026-11-13").json
    registered = own_report["total"]["registered"]["count"]
    assert report.json["total"]["registered"]["count"] == registered
    assert [one["state"] for one in report.json["townships"]][1] == "missing"
    assert {Path(one).suffix for one in report.json["files"]} == {".xlsx", ".pdf"}
    people = district("district", "people", "registered", "--on", "2026-11-13", "--unit", "统景中心卫生院").json
    assert people["count"] == registered
    assert district("district", "people", "registered", "--on", "2026-11-13").json["count"] == registered
    assert district("district", "reopen", "--on", "2026-11-13", "--reason", "更正").status == 0
    assert district("district", "status").status == 1
    assert district("district", "conflicts").json["conflicts"] == []
    assert "统景中心卫生院" in district.text("district", "report", "--on", "2026-11-13").out
    assert district("district", "revoke", joined["org"], "--reason", "遗失").status == 0
    assert "package.make" in cli.actions()
    assert {"exchange.keys", "exchange.register", "district.merge", "district.reopen"} <= set(district.actions())


def test_names_are_shown_before_they_are_written(cli: Cli, tmp_path: Path) -> None:
    shown = cli("package", "--level", "D2", "--patient", 1, "--reason", "asked", "--out", tmp_path / "stick")
    assert (shown.status, shown.json["written"], len(shown.json["patients"])) == (1, False, 1)
    assert not (tmp_path / "stick").exists()
