"""Every code that is raised has its two sentences, and every sentence belongs to a code that is raised."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import sqlalchemy
from sqlcipher3 import dbapi2 as driver

import resources
from db.errors import fault_of, faults_as_errors
from mhdesk.domain.errors import LedgerError, OutputFailed

DB = Path(__file__).resolve().parents[2] / "db"
RAISED = set(re.findall(r"MH-LEDGER-\d\d(?=\")", "\n".join(file.read_text("utf-8") for file in DB.rglob("*.py"))))


def test_texts_and_codes_are_the_same_set() -> None:
    table = tomllib.loads(resources.path("text/zh_CN/errors_ledger.toml").read_text("utf-8"))["errors"]
    assert set(table) == RAISED
    for entry in table.values():
        assert entry["message"].endswith("。")
        assert entry["next"].endswith("。")


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        ("database or disk is full", "MH-LEDGER-14", OutputFailed),
        ("database disk image is malformed", "MH-LEDGER-03", LedgerError),
        ("file is not a database", "MH-LEDGER-03", LedgerError),
        ("database is locked", "MH-LEDGER-05", LedgerError),
        ("attempt to write a readonly database", "MH-LEDGER-07", LedgerError),
        ("disk I/O error", "MH-LEDGER-15", OutputFailed),
    ],
)
def test_faults_of_the_driver_are_told_apart(tmp_path: Path, words: str, code: str, kind: type) -> None:
    wrapped = sqlalchemy.exc.OperationalError("SELECT", None, driver.OperationalError(words))
    for error in (driver.OperationalError(words), wrapped):
        with pytest.raises(kind, match=code), faults_as_errors(tmp_path):
            raise error


def test_a_bug_stays_a_bug(tmp_path: Path) -> None:
    for error in (ValueError("file is not a database"), driver.IntegrityError("UNIQUE constraint failed")):
        with pytest.raises(type(error)), faults_as_errors(tmp_path):
            raise error
    with pytest.raises(OSError, match="gone"), faults_as_errors(tmp_path, disk=False):
        raise OSError(5, "gone")
    assert fault_of(KeyError("x"), tmp_path) is None
