"""The locks pin everything, by hash, and agree with each other and with pyproject.toml."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.arch.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = ("runtime", "dev", "build")


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / "lock" / f"{lock}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_a_pin_or_a_hash(lock: str) -> None:
    lines = (ROOT / "lock" / f"{lock}.txt").read_text(encoding="utf-8").splitlines()
    pin = re.compile(r"[a-z0-9-]+==\S+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?|#.*")
    assert not [line for line in lines if not pin.fullmatch(line)]


@pytest.mark.parametrize("lock", ["dev", "build"])
def test_every_lock_holds_the_runtime(lock: str) -> None:
    assert pins("runtime").items() <= pins(lock).items()


def test_every_dependency_is_locked() -> None:
    extras = PROJECT["optional-dependencies"]
    wanted = {"runtime": PROJECT["dependencies"], "dev": extras["dev"], "build": extras["build"]}
    for lock, requirements in wanted.items():
        have = pins(lock)
        for requirement in map(Requirement, requirements):
            assert requirement.specifier.contains(have[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize("package", ["pyside6-essentials", "sqlcipher3", "cryptography", "python-calamine", "pillow"])
def test_compiled_packages_are_locked_for_several_platforms(package: str) -> None:
    text = (ROOT / "lock" / "runtime.txt").read_text(encoding="utf-8")
    entry = re.search(rf"^{package}==(?:.*\\\n)+.*", text, re.MULTILINE)
    assert entry is not None
    assert entry[0].count("--hash") >= 4  # Windows, macOS, Linux on two kinds of machine
