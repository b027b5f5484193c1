"""Whatever goes wrong: one sentence of what happened, one of what to do, a code, an exit status; never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mhdesk import log
from mhdesk.domain.errors import Cancelled, UserError
from mhdesk.services import checks, imports, worklist
from mhdesk.text import error_text
from tests.cli.conftest import TODAY, Cli, everything_in, run
from tests.services.workbooks import REGISTER, ZHANG, person, xlsx

MISTAKES: list[tuple[list[str], str, str]] = [
    (["frobnicate"], "MH-USAGE-01", "frobnicate"),
    (["report"], "MH-USAGE-01", "缺少"),
    (["report", "yearly"], "MH-USAGE-01", "weekly"),
    (["create"], "MH-USAGE-01", "缺少 --unit"),
    (["user"], "MH-USAGE-01", "缺少"),
    (["user", "promote"], "MH-USAGE-01", "add, list, password, disable"),
    (["due", "--within", "soon"], "MH-USAGE-01", "整数"),
    (["due", "--village"], "MH-USAGE-01", "没有写内容"),
    (["due", "--colour", "red"], "MH-USAGE-01", "不认识"),
    (["due", "--json=yes"], "MH-USAGE-01", "--json"),
    (["import"], "MH-USAGE-01", "缺少"),
    (["names", "registered", "--side", "left"], "MH-USAGE-01", "gap"),
    (["due", "--today", "2026-02-30"], "MH-USAGE-02", "2026-02-30"),
    (["due", "--today", "tomorrow"], "MH-USAGE-02", "tomorrow"),
    (["report", "weekly", "--on", "20.11.2026"], "MH-USAGE-02", "20.11.2026"),
    (["names", "no_such_number"], "MH-REPORT-02", "no_such_number"),
    (["report", "weekly", "--rules", "XYZ"], "MH-RULE-02", "XYZ"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), MISTAKES, ids=[" ".join(one[0]) for one in MISTAKES])
def test_a_wrong_command_is_said_in_chinese(seen: Cli, arguments: list[str], code: str, words: str) -> None:
    answer = run(*seen.options, *arguments, "--json")
    assert (answer.status, answer.code) == (2, code)
    assert words in answer.json["error"]["message"]
    for english in ("argument", "expected", "required", "invalid", "choose"):
        assert english not in answer.json["error"]["message"]
    assert answer.err == ""


def test_errors_for_people_go_to_stderr(seen: Cli) -> None:
    answer = seen.text("names", "no_such_number")
    assert (answer.status, answer.out) == (2, "")
    said, following = answer.err.splitlines()[:2]
    assert said.endswith("（MH-REPORT-02）")
    assert following == error_text("MH-REPORT-02", indicator="").next


def test_a_period_that_has_not_begun(seen: Cli) -> None:
    answer = seen("report", "weekly", "--on", "2027-01-01")
    assert (answer.status, answer.code) == (2, "MH-REPORT-01")


# ---------------------------------------------------------------- who may open


def test_a_wrong_password_opens_nothing(seen: Cli, tmp_path: Path) -> None:
    wrong = tmp_path / "错.txt"
    wrong.write_text("not the password\n", encoding="utf-8")
    answer = run("--ledger", seen.ledger, "--user", "demo", "--password-file", wrong, "due", "--json")
    assert (answer.status, answer.code) == (3, "MH-LEDGER-01")
    assert seen("due").status == 0


@pytest.mark.parametrize(
    "content", [None, b"", b"\xff\xfe\x00", "口令".encode("gbk")], ids=["none", "empty", "utf-16", "gbk"]
)
def test_a_password_file_nobody_can_read(seen: Cli, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "口令.txt"
    if content is not None:
        file.write_bytes(content)
    answer = run("--ledger", seen.ledger, "--user", "demo", "--password-file", file, "due", "--json")
    assert (answer.status, answer.code) == (2, "MH-USAGE-03")


def test_without_a_keyboard_there_is_no_password(seen: Cli) -> None:
    command = [sys.executable, "-m", "mhdesk", "--ledger", str(seen.ledger), "--user", "demo", "due", "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, start_new_session=True
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "MH-USAGE-04"
    assert "Warning" not in done.stderr


def test_no_ledger_there(seen: Cli, tmp_path: Path) -> None:
    answer = run(*seen.options, "--ledger", tmp_path / "空", "due", "--json")
    assert (answer.status, answer.code) == (3, "MH-LEDGER-06")
    assert not (tmp_path / "空").exists()


def test_in_use_by_another_process(cli: Cli) -> None:
    with cli.open():
        before = everything_in(cli.ledger)
        done = cli.process("due", "--json")
        assert done.returncode == 3
        error = json.loads(done.stdout)["error"]
        assert error["code"] == "MH-LEDGER-05"
        assert "demo" in error["message"]
        assert everything_in(cli.ledger) == before
    assert cli("due").status == 0


# ---------------------------------------------------------------- a bug, a cancel, a reader who has gone


@pytest.mark.expect_log("bug RuntimeError")
def test_a_bug_is_logged_without_names(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError(f"欧阳小明 {ZHANG} 13812345678")

    monkeypatch.setattr(worklist, "due", broken)
    answer = cli("due")
    assert (answer.status, answer.code) == (1, "MH-BUG-01")
    assert str(log.file()) in answer.json["error"]["next"]
    written = log.file().read_text(encoding="utf-8")
    assert "bug RuntimeError" in written
    assert "test_errors.py" in written
    for private in ("欧阳", "小明", ZHANG, "13812345678"):
        assert private not in written
        assert private not in answer.out + answer.err


@pytest.mark.parametrize("stop", [KeyboardInterrupt, Cancelled])
def test_a_cancel_leaves_everything_as_it_was(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    before = cli.rows()

    def stopped(self: object, done: int, total: int, label: str) -> None:
        if "写入" in label or "保存" in label or done:
            raise stop

    monkeypatch.setattr("mhdesk.cli.output.ConsoleTask.step", stopped)
    book = xlsx(tmp_path / "表.xlsx", [REGISTER, person("张三", ZHANG)])
    answer = cli("import", book)
    assert (answer.status, answer.code) == (1, "MH-CANCEL-01")
    monkeypatch.undo()
    assert cli.rows() == before
    assert sorted(tmp_path.glob("*.xlsx")) == [book]


@pytest.mark.parametrize("output", [[], ["--json"]], ids=["people", "programs"])
def test_whoever_reads_may_stop_early(seen: Cli, output: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "mhdesk", *seen.options, "names", "registered", *output]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_stdout_on_a_full_disk(seen: Cli) -> None:
    command = [sys.executable, "-m", "mhdesk", *seen.options, "names", "registered"]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 5
    assert "MH-FILE-51" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_console_at_all(seen: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A windowed program on Windows has neither stdout nor stderr."""
    from mhdesk.cli.main import main

    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main([*seen.options, "due"]) == 0
    assert main([*seen.options, "names", "nothing"]) == 2


def test_ctrl_c_in_the_middle_of_an_import(cli: Cli, tmp_path: Path) -> None:
    before = cli.rows()
    lines = [",".join(cell or "" for cell in row) for row in ([person(f"张{n}", "") for n in range(40_000)])]
    book = tmp_path / "大.csv"
    book.write_text("\n".join([",".join(REGISTER), *lines]), encoding="utf-8")
    command = [sys.executable, "-m", "mhdesk", *cli.options, "import", str(book), "--json"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a run in the background of a shell ignores Ctrl+C, and so would its child
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - no thread here
    ) as process:
        while not (cli.ledger / "ledger.db-wal").exists():
            time.sleep(0.01)
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the child that parses gets it too
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert json.loads(out)["error"]["code"] == "MH-CANCEL-01"
    assert err == ""
    assert cli.rows() == before


# ---------------------------------------------------------------- every status of the contract


def test_every_exit_status(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    found = [
        cli("verify").status,
        cli("import", xlsx(tmp_path / "表.xlsx", [REGISTER, person("李四", "1")])).status,
        cli("names", "nothing").status,
        run(*cli.options, "--ledger", tmp_path, "due", "--json").status,
        cli("import", tmp_path / "file").status,
        cli("report", "weekly", "--out", tmp_path / "file" / "below").status,
    ]
    assert found == [0, 1, 2, 3, 4, 5]


def test_a_command_never_leaves_the_ledger_locked(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> Any:
        raise UserError("MH-LEDGER-24")

    monkeypatch.setattr(checks, "check_ledger", refused)
    assert cli("check").code == "MH-LEDGER-24"
    assert not (cli.ledger / "ledger.db-wal").exists()
    assert cli("due").status == 0


def test_an_answer_with_a_surrogate_is_no_bug(cli: Cli, tmp_path: Path) -> None:
    """A file name that is no UTF-8 comes back with a question mark."""
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xb1\xed.xlsx")
    shutil.copy(xlsx(tmp_path / "表.xlsx", [REGISTER, person("李四", "1")]), name)
    done = cli.process("import", name, "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["rejected"] == 1
    assert Path(document["rejected_file"]).is_file()


def test_kinds_of_import_are_those_of_the_service(seen: Cli) -> None:
    answer = seen("import", "x.xlsx", "--as", "everything")
    assert answer.status == 2
    assert all(kind in answer.json["error"]["message"] for kind in imports.KINDS)


def test_the_day_of_the_fixtures_is_the_day_of_the_tests(today: object) -> None:
    assert str(today) == TODAY
