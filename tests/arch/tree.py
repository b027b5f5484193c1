"""The program's own source, for tests that read it."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("mhdesk", "ui", "db", "resources")


@functools.cache
def modules() -> tuple[Path, ...]:
    """Every module of the program."""
    return tuple(sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py")))


@functools.cache
def parsed(file: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def name(file: Path) -> str:
    """The path of a file within the repository."""
    return file.relative_to(ROOT).as_posix()


def called(call: ast.Call) -> str:
    """The dotted name of what is called, as far as it is written out: ``os.system``, ``self.x.setSpacing``."""
    return ast.unparse(call.func)
