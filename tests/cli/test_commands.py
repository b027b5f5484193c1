"""Every command that looks at the records: what it says to programs and to people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PATIENTS, TODAY, Cli, Made, everything_in, run
from tests.services.workbooks import REGISTER, ZHANG, person, xlsx

BUCKETS = {"on_time", "due", "overdue", "snoozed", "ended"}
COUNTED = ("registered", "risk_0", "risk_3_plus", "class_stable", "class_unknown", "lost", "in_hospital", "visits_due")
RATES = ("prevalence", "management_rate", "standard_management_rate", "regular_medication_rate", "stability_rate")


@pytest.fixture(scope="session")
def weekly(seen: Cli) -> dict[str, Any]:
    answer = seen("report", "weekly")
    assert answer.status == 0
    document: dict[str, Any] = answer.json
    return document


# ---------------------------------------------------------------- demo


def test_demo_says_what_it_made(made: Made) -> None:
    assert set(made.answer) >= {"ledger", "password_file", "files", "patients", "follow_ups", "seconds"}
    assert made.answer["patients"] == PATIENTS
    assert made.answer["follow_ups"] > PATIENTS
    assert {Path(file).suffix for file in made.answer["files"]} == {".xlsx", ".pdf"}
    assert all(Path(file).stat().st_size > 1000 for file in made.answer["files"])
    assert made.password_file.stat().st_mode & 0o077 == 0


def test_demo_never_overwrites(made: Made) -> None:
    before = everything_in(made.folder)
    answer = run("demo", made.folder, "--patients", 5, "--today", TODAY, "--json")
    assert (answer.status, answer.code) == (2, "MH-USAGE-05")
    assert everything_in(made.folder) == before


@pytest.mark.parametrize("patients", [0, -3, 50_001])
def test_demo_refuses_impossible_numbers(tmp_path: Path, patients: int) -> None:
    answer = run("demo", tmp_path / "d", "--patients", patients, "--json")
    assert (answer.status, answer.code) == (2, "MH-DEMO-01")


# ---------------------------------------------------------------- report


def test_weekly_has_the_keys_of_the_contract(weekly: dict[str, Any]) -> None:
    assert set(weekly) >= {"period", "rules", "units", "total", "files", "balance"}
    assert set(weekly["period"]) >= {"kind", "label", "start", "end"}
    assert (weekly["period"]["kind"], weekly["period"]["start"], weekly["period"]["end"]) == (
        "weekly",
        "2026-11-16",
        "2026-11-23",
    )
    assert weekly["files"] == []
    assert all(set(unit) >= {"unit", "values"} for unit in weekly["units"])
    for indicator in COUNTED:
        assert set(weekly["total"][indicator]) == {"count"}, indicator
    for indicator in RATES:
        assert set(weekly["total"][indicator]) == {"numerator", "denominator", "value"}, indicator


def test_units_add_up_to_the_total(weekly: dict[str, Any]) -> None:
    for indicator in COUNTED:
        parts = [unit["values"][indicator]["count"] for unit in weekly["units"]]
        assert sum(parts) == weekly["total"][indicator]["count"]
    rate = weekly["total"]["management_rate"]
    assert rate["value"] == pytest.approx(rate["numerator"] / rate["denominator"])
    assert rate["denominator"] == weekly["total"]["registered"]["count"] == PATIENTS


def test_the_balance_holds(weekly: dict[str, Any]) -> None:
    balance = weekly["balance"]
    assert balance["holds"] is True
    assert (
        balance["opening"] + balance["new"] + balance["moved_in"] - balance["died"] - balance["moved_out"]
        == balance["closing"]
        == weekly["total"]["registered"]["count"]
    )


@pytest.mark.parametrize("period", ["weekly", "monthly", "quarterly", "annual"])
def test_each_period_is_named(seen: Cli, period: str) -> None:
    answer = seen("report", period)
    assert answer.status == 0
    assert answer.json["period"]["kind"] == period
    assert answer.json["period"]["start"] <= TODAY < answer.json["period"]["end"]


def test_the_same_day_gives_the_same_answer(seen: Cli) -> None:
    """``--today`` makes a run repeatable, byte by byte; the audit log's head is the one thing that moves on."""
    first, second = (seen("report", "weekly").json for _ in range(2))
    assert first.pop("audit_head") != second.pop("audit_head")
    assert first == second
    assert seen("due").out == seen("due").out
    assert seen("check").out == seen("check").out


def test_given_twice_the_later_day_counts(seen: Cli) -> None:
    answer = run(*seen.options, "report", "weekly", "--today", "2026-11-10", "--json")
    assert answer.json["period"]["start"] == "2026-11-09"


def test_on_and_rules_choose(seen: Cli) -> None:
    answer = seen("report", "weekly", "--on", "2026-10-01", "--rules", "YEAR4")
    assert answer.json["rules"]["id"] == "YEAR4"
    assert answer.json["period"]["start"] == "2026-09-28"


def test_out_writes_both_files(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "报表 夹"
    answer = cli("report", "weekly", "--out", out)
    files = [Path(file) for file in answer.json["files"]]
    assert sorted(file.suffix for file in files) == [".pdf", ".xlsx"]
    assert sorted(out.iterdir()) == sorted(files)
    assert "report.export" in cli.actions()


def test_submit_freezes_and_again_gives_the_same_bytes(cli: Cli) -> None:
    sent_before = cli.actions().count("report.submit")  # the demonstration sent last week's
    first = cli("report", "weekly", "--submit")
    assert first.status == 0
    files = [Path(file) for file in first.json["files"]]
    assert {file.suffix for file in files} == {".xlsx", ".pdf"}
    before = {file: file.read_bytes() for file in files}
    again = cli("report", "weekly", "--submit")
    assert again.json["files"] == first.json["files"]
    assert {file: file.read_bytes() for file in files} == before
    assert cli.actions().count("report.submit") == sent_before + 1


def test_other_numbers_are_not_submitted_over_frozen_ones(cli: Cli, tmp_path: Path) -> None:
    sent = cli("report", "weekly", "--submit").json["files"]
    before = {file: Path(file).read_bytes() for file in sent}
    assert cli("import", xlsx(tmp_path / "新.xlsx", [REGISTER, person("张三", ZHANG)])).json["new"] == 1
    answer = cli("report", "weekly", "--submit")
    assert (answer.status, answer.code) == (1, "MH-REPORT-04")
    assert {file: Path(file).read_bytes() for file in sent} == before


def test_a_report_for_people(seen: Cli) -> None:
    answer = seen.text("report", "weekly")
    assert answer.status == 0
    assert "2026年第47周" in answer.out
    assert "合计" in answer.out
    assert answer.err == ""


# ---------------------------------------------------------------- due


def test_due_puts_everybody_in_one_bucket(seen: Cli, weekly: dict[str, Any]) -> None:
    document = seen("due").json
    assert set(document) >= {"buckets", "patients"}
    assert set(document["buckets"]) == BUCKETS
    with seen.open() as ledger, ledger.raw() as raw:
        (everybody,) = raw.execute("SELECT count(*) FROM patient").fetchone()
    assert sum(document["buckets"].values()) == everybody
    assert everybody - document["buckets"]["ended"] == weekly["total"]["registered"]["count"]
    assert len(document["patients"]) == document["buckets"]["due"] + document["buckets"]["overdue"]


def test_a_longer_look_ahead_moves_people_from_on_time_to_due(seen: Cli) -> None:
    near, far = seen("due", "--within", 0).json["buckets"], seen("due", "--within", 400).json["buckets"]
    assert far["on_time"] == 0
    assert far["due"] > near["due"]
    assert sum(far.values()) == sum(near.values())


def test_villages_add_up(seen: Cli, weekly: dict[str, Any]) -> None:
    villages = [unit["unit"] for unit in weekly["units"] if unit["id"]]
    parts = [seen("due", "--village", village).json["buckets"] for village in villages]
    whole = seen("due").json["buckets"]
    assert {bucket: sum(part[bucket] for part in parts) for bucket in BUCKETS} == whole


def test_an_unknown_village_is_no_empty_list(seen: Cli) -> None:
    answer = seen("due", "--village", "没有这个村")
    assert (answer.status, answer.code) == (2, "MH-REPORT-03")


def test_due_is_masked_unless_asked_and_asking_is_written_down(cli: Cli) -> None:
    masked = cli("due").json["patients"]
    assert masked
    assert all("*" in one["label"] for one in masked)
    assert not any("name" in key or "phone" in key for one in masked for key in one)
    assert "due.names_identified" not in cli.actions()
    named = cli("due", "--identified").json["patients"]
    assert [one["id"] for one in named] == [one["id"] for one in masked]
    assert all(one["name"] and "*" not in one["name"] for one in named)
    assert cli.actions().count("due.names_identified") == 1
    assert not any(one["name"] in cli.text("due").out for one in named)


# ---------------------------------------------------------------- names


def test_names_are_masked_and_counted(seen: Cli, weekly: dict[str, Any]) -> None:
    document = seen("names", "registered").json
    assert document["count"] == len(document["patients"]) == weekly["total"]["registered"]["count"]
    assert all(set(one) >= {"id", "label", "reason"} for one in document["patients"])
    assert all("*" in one["label"] and one["reason"] for one in document["patients"])


def test_numerator_and_gap_are_the_denominator(seen: Cli, weekly: dict[str, Any]) -> None:
    sides = {
        side: {one["id"] for one in seen("names", "standard_management_rate", "--side", side).json["patients"]}
        for side in ("numerator", "denominator", "gap")
    }
    assert sides["numerator"] | sides["gap"] == sides["denominator"]
    assert not sides["numerator"] & sides["gap"]
    rate = weekly["total"]["standard_management_rate"]
    assert (len(sides["numerator"]), len(sides["denominator"])) == (rate["numerator"], rate["denominator"])


def test_names_of_one_unit(seen: Cli, weekly: dict[str, Any]) -> None:
    unit = weekly["units"][0]
    answer = seen("names", "registered", "--unit", unit["unit"])
    assert answer.json["count"] == unit["values"]["registered"]["count"]
    assert seen("names", "registered", "--unit", "火星村").code == "MH-REPORT-03"


def test_full_names_are_written_to_the_audit(cli: Cli) -> None:
    cli("names", "registered")
    assert "report.names_identified" not in cli.actions()
    document = cli("names", "registered", "--identified").json
    assert not any("*" in one["label"] for one in document["patients"])
    assert cli.actions().count("report.names_identified") == 1


# ---------------------------------------------------------------- check, import


def test_check_lists_rules_and_violations(seen: Cli) -> None:
    answer = seen("check")
    document = answer.json
    assert len(document["rules"]) >= 10
    assert answer.status == (1 if document["violations"] else 0)
    assert all(set(one) >= {"rule", "severity", "patient", "message"} for one in document["violations"])
    assert {one["rule"] for one in document["violations"]} <= set(document["rules"])


def test_import_adds_up_and_repeats_as_same(cli: Cli, made: Made) -> None:
    register = next(file for file in made.answer["files"] if "花名册" in file)
    answer = cli("import", register)
    assert answer.status == 0
    document = answer.json
    assert set(document) >= {"rows", "new", "same", "changed", "conflict", "rejected", "problems", "rejected_file"}
    assert document["same"] == document["rows"] > 0
    assert document["rejected_file"] is None


def test_rejected_rows_are_findings_with_a_file_of_their_own(cli: Cli, tmp_path: Path) -> None:
    book = xlsx(tmp_path / "表.xlsx", [REGISTER, person("张三", ZHANG), person("李四", ZHANG[:-1] + "?")])
    answer = cli("import", book)
    assert answer.status == 1
    document = answer.json
    assert (document["rows"], document["new"], document["rejected"]) == (2, 1, 1)
    assert Path(document["rejected_file"]).is_file()
    assert all(set(one) == {"sheet", "row", "column", "code", "message"} for one in document["problems"])


def test_a_dry_run_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    before = cli.rows()
    book = xlsx(tmp_path / "表.xlsx", [REGISTER, person("张三", ZHANG), person("李四", "1")])
    answer = cli("import", book, "--dry-run")
    assert (answer.status, answer.json["new"], answer.json["rejected_file"]) == (1, 1, None)
    assert cli.rows() == before
    assert sorted(tmp_path.glob("*.xlsx")) == [book]


@pytest.mark.parametrize("kind", ["auto", "patients", "follow-ups"])
def test_import_knows_what_it_is_told(cli: Cli, tmp_path: Path, kind: str) -> None:
    answer = cli("import", xlsx(tmp_path / "表.xlsx", [REGISTER, person("张三", ZHANG)]), "--as", kind)
    assert answer.status == (4 if kind == "follow-ups" else 0)


# ---------------------------------------------------------------- the global options


@pytest.mark.parametrize("place", ["before", "after", "between"])
def test_global_options_stand_before_or_after_the_command(seen: Cli, place: str) -> None:
    options = [*seen.options, "--json"]
    command = {
        "before": [*options, "user", "list"],
        "after": ["user", "list", *options],
        "between": ["user", *options, "list"],
    }[place]
    answer = run(*command)
    assert (answer.status, [user["login"] for user in answer.json["users"]]) == (0, ["demo"])


def test_the_environment_says_which_ledger(seen: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MHDESK_LEDGER", str(seen.ledger))
    monkeypatch.setenv("MHDESK_USER", seen.user)
    monkeypatch.setenv("MHDESK_PASSWORD_FILE", str(seen.password_file))
    assert run("user", "list", "--json").status == 0
    answer = run("user", "list", "--ledger", "/nowhere", "--json")
    assert (answer.status, answer.code) == (3, "MH-LEDGER-06")


def test_without_a_login_the_last_one_counts(seen: Cli) -> None:
    answer = run("--ledger", seen.ledger, "--password-file", seen.password_file, "user", "list", "--json")
    assert answer.status == 0


def test_a_process_of_its_own_prints_one_document(seen: Cli) -> None:
    done = seen.process("due", "--json", cwd="/")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(json.loads(done.stdout)) >= {"buckets", "patients"}


def test_help_is_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    from mhdesk.cli.main import main

    for arguments in (["--help"], ["import", "--help"], ["user", "add", "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        shown = capsys.readouterr().out
        assert shown.startswith("用法：")
        assert "usage" not in shown
        assert "options" not in shown


# ---------------------------------------------------------------- what was sent, what changed, one person


def test_the_contract_names_every_indicator(weekly: dict[str, Any]) -> None:
    from tests.domain.test_glossary import _INDICATORS

    assert set(_INDICATORS) <= set(weekly["total"])


def test_explain_after_a_report_was_sent(cli: Cli, tmp_path: Path) -> None:
    assert cli("explain", "--period", "monthly").code == "MH-REPORT-09"
    early = cli("report", "weekly", "--on", "2026-11-13", "--submit", "--checked-by", "李主任").json
    assert len(early["files"]) == 2  # what the demonstration sent: the same numbers, the same files
    document = cli("explain").json
    assert set(document) >= {"entered", "left", "changed", "equation", "base"}
    assert document["base"]["start"] == "2026-11-09"
    assert document["equation"]["holds"] is True
    weekly = cli("report", "weekly", "--out", tmp_path / "报表").json
    closing = weekly["total"]["registered"]["count"]
    assert (
        document["equation"]["closing"]
        == closing
        == document["changed"].get("registered", {"after": {}})["after"].get("numerator", closing)
    )
    moved = [one for side in ("entered", "left") for people in document[side].values() for one in people]
    assert moved
    assert all(set(one) >= {"id", "label", "reason", "before", "side"} and "*" in one["label"] for one in moved)
    assert "report.names_identified" not in cli.actions()
    assert cli.text("explain").status == 0


def test_sent_calendar_second_look_and_export(cli: Cli, tmp_path: Path) -> None:
    cli("report", "weekly", "--submit")
    tiles = cli("sent").json["periods"]
    sent = [tile for tile in tiles if tile["id"]][-1]
    assert sent["state"] in {"sent", "late"}
    look = cli("sent", "--show", sent["id"])
    assert look.status == 0
    assert set(look.json) >= {"differences", "late", "rules_changed", "audit_head", "data_hash"}
    files = cli("sent", "--export", sent["id"], "--out", tmp_path / "留存").json["files"]
    assert {Path(file).suffix for file in files} == {".xlsx", ".pdf"}
    assert cli("sent", "--show", 999).code == "MH-REPORT-12"
    assert cli.text("sent").status == 0


def test_a_range_by_anything_and_one_person(seen: Cli, tmp_path: Path) -> None:
    document = seen("report", "range", "--from", "2026-10-01", "--to", "2026-11-10", "--by", "diagnosis").json
    assert (document["period"]["kind"], document["by"]) == ("range", "diagnosis")
    assert (
        sum(unit["values"]["registered"]["count"] for unit in document["units"])
        == (document["total"]["registered"]["count"])
    )
    assert seen("report", "range").code == "MH-REPORT-14"
    assert seen("report", "range", "--from", "2026-11-10", "--to", "2026-10-01").code == "MH-REPORT-11"
    assert seen("report", "range", "--from", "2026-10-01", "--submit").code == "MH-REPORT-10"
    missing = seen("names", "standard_management_rate", "--side", "gap").json["patients"]
    assert all(one["repair"] for one in missing)
    told = seen("explain", "--patient", missing[0]["id"]).json["indicators"]
    standing = {one["indicator"]: one for one in told}
    assert standing["standard_management_rate"]["standing"] == "missing"
    assert standing["standard_management_rate"]["reason"] == missing[0]["reason"]
    assert seen.text("explain", "--patient", missing[0]["id"]).status == 0
