"""The import contracts hold, and each of them bites."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.arch.tree import ROOT, modules

CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

# (contract that must break, module that breaks it, what it says)
VIOLATIONS = [
    ("layers", "mhdesk/domain/patient.py", "import mhdesk.rules"),
    ("layers", "mhdesk/rules/classify.py", "import mhdesk.forms"),
    ("layers", "mhdesk/reports/weekly.py", "import mhdesk.forms"),
    ("layers", "mhdesk/files/read.py", "import db"),
    ("layers", "mhdesk/exchange/envelope.py", "import mhdesk.files"),
    ("layers", "mhdesk/exchange/envelope.py", "import db"),
    ("layers", "db/engine.py", "import mhdesk.services"),
    ("layers", "mhdesk/services/access.py", "import mhdesk.cli"),
    ("layers", "mhdesk/cli/main.py", "import ui.window"),
    ("layers", "ui/window.py", "import mhdesk.cli"),
    ("layers", "mhdesk/log.py", "import mhdesk.settings"),
    ("layers", "resources/__init__.py", "import mhdesk.text"),
    ("ui-without-db", "ui/pages/register.py", "import db.queries"),
    ("sql-in-db", "mhdesk/services/access.py", "import sqlalchemy"),
    ("sql-in-db", "mhdesk/services/access.py", "from sqlcipher3 import dbapi2"),
    ("sql-in-db", "ui/app.py", "from cryptography.hazmat.primitives import hashes"),
    ("sql-in-db", "mhdesk/exchange/envelope.py", "import sqlalchemy"),
    ("qt-in-ui", "mhdesk/services/access.py", "from PySide6 import QtCore"),
    ("office-in-files", "mhdesk/services/access.py", "import openpyxl"),
    ("office-in-files", "mhdesk/reports/weekly.py", "import reportlab"),
    ("office-in-files", "ui/app.py", "import python_calamine"),
    ("pinyin", "mhdesk/services/access.py", "import pypinyin"),
    ("never", "db/engine.py", "import sqlite3"),
    ("never", "mhdesk/files/read.py", "import http.client"),
    ("never", "ui/app.py", "import pickle"),
    ("pure", "mhdesk/rules/classify.py", "import time"),
    ("pure", "mhdesk/domain/patient.py", "import os"),
]

# (module, import): meant, so nothing may break
ALLOWED = [
    ("mhdesk/cli/main.py", "import ui.app"),
    ("mhdesk/files/read.py", "import openpyxl, python_calamine, reportlab"),
    ("mhdesk/pinyin.py", "import pypinyin"),
    ("mhdesk/exchange/envelope.py", "import cryptography"),
    ("db/engine.py", "import sqlalchemy, sqlcipher3.dbapi2"),
    ("ui/app.py", "import PySide6.QtWidgets, mhdesk.services"),
]

_FILES = sorted(
    {file for _, file, _ in VIOLATIONS}
    | {file for file, _ in ALLOWED}
    | {"mhdesk/__main__.py", "mhdesk/settings.py", "mhdesk/paths.py", "mhdesk/text.py", "mhdesk/forms/spec.py"}
    | {"db/queries/__init__.py"}
)


def make_tree(folder: Path, planted: dict[str, str]) -> None:
    """A house with our rooms, all empty but for what is planted."""
    (folder / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for name in _FILES:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(planted.get(name, ""), encoding="utf-8")
        for parent in file.parents:
            if parent == folder:
                break
            (parent / "__init__.py").touch()


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    # not safe-path and not our PYTHONPATH: the tree in the current folder is the one to look at
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=folder,
        env={**environment, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def verdicts(output: str) -> dict[str, str]:
    """Contract id -> KEPT or BROKEN."""
    lines = output.splitlines()
    found = {}
    for contract in CONFIG["contracts"]:
        line = next(line for line in lines if line.startswith(contract["name"]))
        found[contract["id"]] = line.split()[-1]
    return found


def test_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("contract", "file", "source"), VIOLATIONS)
def test_each_contract_bites(contract: str, file: str, source: str, tmp_path: Path) -> None:
    make_tree(tmp_path, {file: source})
    done = lint(tmp_path)
    assert done.returncode == 1, done.stdout
    assert [name for name, verdict in verdicts(done.stdout).items() if verdict == "BROKEN"] == [contract]


def test_what_is_meant_is_allowed(tmp_path: Path) -> None:
    make_tree(tmp_path, dict(ALLOWED))
    done = lint(tmp_path)
    assert done.returncode == 0, done.stdout


def test_every_contract_is_broken_once_above() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == {contract["id"] for contract in CONFIG["contracts"]}


def test_every_room_has_its_layer() -> None:
    layers = next(contract for contract in CONFIG["contracts"] if contract["id"] == "layers")["layers"]
    named = {room.strip().strip("()") for line in layers for room in line.split("|")}
    rooms = set()
    for file in modules():
        parts = file.relative_to(ROOT).with_suffix("").parts
        rooms.add(".".join(parts[:2]) if parts[0] == "mhdesk" else parts[0])
    assert rooms - {"mhdesk.__init__"} <= named
