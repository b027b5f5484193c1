"""What the source must and must not hold."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.arch.tree import PACKAGES, ROOT, called, modules, name, parsed

LONGEST_MODULE_LINES = 600
FORBIDDEN_CALLS = {
    "eval": "runs what it reads",
    "exec": "runs what it reads",
    "__import__": "hides an import from the contracts",
    "os.system": "a shell in between",
    "os.popen": "a shell in between",
    "pickle.loads": "runs what it reads",
    "marshal.loads": "runs what it reads",
}
FORBIDDEN_METHODS = {
    "extractall": "writes wherever an archive says: unpack member by member",
    "executescript": "commits what is open",
    "processEvents": "runs the window's events in the middle of something else",
}
MODULES = [pytest.param(file, id=name(file)) for file in modules()]
TEST_MODULES = [pytest.param(file, id=name(file)) for file in sorted((ROOT / "tests").rglob("*.py"))]


@pytest.mark.parametrize("file", MODULES)
def test_no_forbidden_calls(file: Path) -> None:
    found = []
    for node in ast.walk(parsed(file)):
        if not isinstance(node, ast.Call):
            continue
        spelled = called(node)
        reason = FORBIDDEN_CALLS.get(spelled) or FORBIDDEN_METHODS.get(spelled.rsplit(".", 1)[-1])
        if reason:
            found.append(f"line {node.lineno}: {spelled} {reason}")
        if any(key.arg == "shell" and ast.unparse(key.value) != "False" for key in node.keywords):
            found.append(f"line {node.lineno}: {spelled} through a shell")
    assert not found


@pytest.mark.parametrize("file", MODULES + TEST_MODULES)
def test_module_is_short_enough(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE_LINES


def test_no_unfinished_marks() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    here = Path(__file__)
    files = [*modules(), *(file for file in (ROOT / "tests").rglob("*.py") if file != here), ROOT / "dev.py"]
    assert not [name(file) for file in files if mark.search(file.read_text(encoding="utf-8"))]


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    mark = re.compile(r"pytest\.(skip|xfail|importorskip)|mark\.(skip|skipif|xfail)\b")
    here = Path(__file__)
    files = [file for file in (ROOT / "tests").rglob("*.py") if file != here]
    assert not [name(file) for file in files if mark.search(file.read_text(encoding="utf-8"))]


def test_every_folder_is_a_package() -> None:
    folders = {file.parent for file in modules()} | {file.parent for file in (ROOT / "tests").rglob("*.py")}
    assert not [name(folder) for folder in folders if not (folder / "__init__.py").exists()]


def test_four_packages_lie_beside_each_other() -> None:
    homes = {}
    for package in PACKAGES:
        file = importlib.import_module(package).__file__
        assert file is not None
        homes[package] = Path(file).resolve().parent.parent
    assert set(homes.values()) == {ROOT}


def loaded_by(statement: str) -> set[str]:
    """The top-level packages a fresh process has loaded after `statement`."""
    program = f"import sys; {statement}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    return set(done.stdout.split())


def test_the_command_line_loads_no_window() -> None:
    assert not loaded_by("import mhdesk.cli.main") & {"PySide6", "shiboken6", "ui"}


def test_the_login_window_loads_no_heavy_library() -> None:
    """They are loaded behind it, while the password is typed (ARCHITECTURE.md, decision 10)."""
    heavy = {"sqlalchemy", "sqlcipher3", "openpyxl", "python_calamine", "reportlab", "pypinyin", "PIL", "cryptography"}
    assert not loaded_by("import ui.app") & heavy
