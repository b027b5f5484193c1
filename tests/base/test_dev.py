"""dev.py: the door that must open on a machine nobody has prepared."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "dev.py"), *arguments], capture_output=True, encoding="utf-8", check=False
    )


def test_it_needs_nothing_but_the_standard_library() -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    assert imported <= sys.stdlib_module_names


def test_it_parses_on_an_old_python_so_that_it_can_say_what_it_needs() -> None:
    ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_usage_names_every_command(dev: ModuleType) -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(f"  {name} " in done.stdout for name in dev.COMMANDS)
    assert run().returncode == 2
    assert run("nonsense").returncode == 2


def test_ci_runs_exactly_the_tests() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "python3" in line] == ["exec python3 dev.py test"]


def test_too_old_a_python_is_told_so(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(dev, "newer_python", lambda: None)
    with pytest.raises(SystemExit):
        dev.main(["test"])
    assert "需要 Python 3.11 或更新版本，现在是 3.9" in capsys.readouterr().err


def test_without_root_the_command_is_printed(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev.shutil, "which", lambda _name: "/usr/bin/apt-get")
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(SystemExit):
        dev.install_packages(["libegl1", "libgl1"])
    assert "sudo apt-get install -y --no-install-recommends libegl1 libgl1" in capsys.readouterr().err


def test_where_there_is_no_apt_the_packages_are_named(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev.shutil, "which", lambda _name: None)
    with pytest.raises(SystemExit):
        dev.install_packages(["libegl1"])
    assert "缺少系统组件：libegl1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("NewConnectionError: Failed to establish a new connection", "连不上软件包网站"),
        ("Temporary failure in name resolution", "连不上软件包网站"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "校验值不符"),
        ("ERROR: something else", "依赖没有装上"),
    ],
)
def test_pip_failures_are_told_plainly(
    output: str, message: str, dev: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        dev.explain_pip_failure(output)
    assert message in capsys.readouterr().err


def test_a_need_is_seen_by_its_sign(dev: ModuleType) -> None:
    assert not dev.SystemNeed("x", "libno-such-library.so.9").is_there()
    assert not dev.SystemNeed("x", "no-such-program").is_there()
    assert dev.SystemNeed("x", Path(sys.executable).as_posix()).is_there()


def test_nothing_is_installed_twice(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
    assert not dev.is_installed("runtime")
    (tmp_path / "dev.stamp").write_text(dev.lock_digest("dev"), encoding="utf-8")
    assert dev.is_installed("dev")
    assert dev.is_installed("runtime")  # dev holds it
    assert not dev.is_installed("build")
    (tmp_path / "dev.stamp").write_text("3.11.0 of another lock", encoding="utf-8")
    assert not dev.is_installed("dev")


@pytest.mark.parametrize(
    ("environ", "expected"), [({"DISPLAY": ":0"}, True), ({}, False), ({"DISPLAY": ":0", "CI": "true"}, False)]
)
def test_display(environ: dict[str, str], expected: bool, dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev.os, "environ", environ)
    monkeypatch.setattr(dev, "WINDOWS", False)
    monkeypatch.setattr(dev.sys, "platform", "linux")
    assert dev.has_display() is expected
