"""A command line to call in this process, and a small synthetic ledger made by ``mhdesk demo`` itself."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from db import accounts, safety
from db.keys import Kdf
from db.ledger import Ledger
from mhdesk.cli.main import main

TODAY = "2026-11-20"
PATIENTS = 40
QUICK = Kdf(memory_kib=64, iterations=1, lanes=1)


class Answer(NamedTuple):
    """What a command said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)

    @property
    def code(self) -> str:
        """The error's code; the answer must be an error, in Chinese, with a next step."""
        error = self.json["error"]
        assert set(error) == {"code", "message", "next"}
        assert all(any("\u4e00" <= letter <= "\u9fff" for letter in error[key]) for key in ("message", "next"))
        return str(error["code"])


class Made(NamedTuple):
    """What ``mhdesk demo`` made; copy the ledger, never open it in place."""

    folder: Path
    answer: dict[str, Any]

    @property
    def ledger(self) -> Path:
        """The closed ledger."""
        return Path(self.answer["ledger"])

    @property
    def password_file(self) -> Path:
        """Its password."""
        return Path(self.answer["password_file"])


class Cli:
    """`mhdesk` on one ledger, as one user, on one day. Each call checks what is true of every command."""

    def __init__(self, ledger: Path, user: str, password_file: Path) -> None:
        self.ledger, self.user, self.password_file = ledger, user, password_file

    @property
    def options(self) -> list[str]:
        """The global options."""
        return [
            *("--ledger", str(self.ledger), "--user", self.user),
            *("--password-file", str(self.password_file), "--today", TODAY),
        ]

    def __call__(self, *arguments: object) -> Answer:
        """For programs: with ``--json``."""
        return run(*self.options, *arguments, "--json")

    def text(self, *arguments: object) -> Answer:
        """For people."""
        return run(*self.options, *arguments)

    def process(self, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        """In a process of its own."""
        command = [sys.executable, "-m", "mhdesk", *self.options, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **options)

    def open(self) -> Ledger:
        """The ledger itself, to look into."""
        from mhdesk.services import access

        return access.open_ledger(self.ledger, login=self.user, password=access.read_secret(self.password_file))

    def rows(self) -> dict[str, int]:
        """How many rows each table of records holds."""
        tables = ("patient", "follow_up", "follow_up_drug", "movement", "unit", "contact_attempt", "import_batch")
        with self.open() as ledger, ledger.raw() as raw:
            return {name: raw.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}

    def actions(self) -> list[str]:
        """What stands in the audit log, oldest first."""
        with self.open() as ledger, ledger.raw() as raw:
            return [action for (action,) in raw.execute("SELECT action FROM audit ORDER BY seq").fetchall()]


def run(*arguments: object) -> Answer:
    """`mhdesk` in this process."""
    given = [str(argument) for argument in arguments]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(given)
    answer = Answer(status, out.getvalue(), err.getvalue())
    assert 0 <= status <= 5
    assert "Traceback" not in answer.out + answer.err
    if "--json" in given:
        assert isinstance(answer.json, dict)
        assert ("error" in answer.json) <= (status != 0)
    return answer


@contextlib.contextmanager
def quick_keys() -> Iterator[None]:
    """Passwords that cost little to try; only for ledgers of tests."""
    functions = [Ledger.create.__func__, Ledger.open_with_recovery.__func__, safety.put_back]  # type: ignore[attr-defined]
    functions += [accounts.add_user, accounts.change_password, accounts.reset_password]
    with pytest.MonkeyPatch.context() as patch:
        for function in functions:
            patch.setitem(function.__kwdefaults__, "kdf", QUICK)
        yield


@pytest.fixture(autouse=True)
def _quick_keys() -> Iterator[None]:
    with quick_keys():
        yield


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One run of ``mhdesk demo``."""
    folder = tmp_path_factory.mktemp("demo") / "演示"
    with quick_keys():
        answer = run("demo", folder, "--patients", PATIENTS, "--today", TODAY, "--json")
    assert answer.status == 0, answer
    return Made(folder, answer.json)


@pytest.fixture
def cli(made: Made, tmp_path: Path) -> Cli:
    """The command line on a copy of the synthetic ledger."""
    shutil.copytree(made.ledger, tmp_path / "台账")
    return Cli(tmp_path / "台账", "demo", made.password_file)


@pytest.fixture(scope="session")
def seen(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The same, shared by tests that change no record."""
    folder = tmp_path_factory.mktemp("seen") / "台账"
    shutil.copytree(made.ledger, folder)
    return Cli(folder, "demo", made.password_file)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A password file for somebody new."""
    file = tmp_path / "口令.txt"
    file.write_text("Quiet-Lantern-57\n第二行不算\n", encoding="utf-8")
    return file


def everything_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def is_root() -> bool:
    """Root writes everywhere; such tests become nobody first."""
    return hasattr(os, "getuid") and os.getuid() == 0
