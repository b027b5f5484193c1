"""Colours and sizes stand in ui/theme.py, and nowhere else in the window's source."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.arch.tree import ROOT, called, name, parsed

THEME = ROOT / "ui" / "theme.py"
COLOUR = re.compile(r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3}){0,2}\b|\brgba?\(")
PIXELS = re.compile(r"\b\d+(?:\.\d+)?p[xt]\b")
# Qt calls whose numbers are pixels; 0, 1 and -1 say "none" or "a hairline"
SIZING = {
    *("setSpacing", "setContentsMargins", "setFixedWidth", "setFixedHeight", "setFixedSize", "setMinimumWidth"),
    *("setMinimumHeight", "setMinimumSize", "setMaximumWidth", "setMaximumHeight", "setMaximumSize"),
    *("setHorizontalSpacing", "setVerticalSpacing", "setIconSize", "setColumnWidth", "setRowHeight"),
    *("setDefaultSectionSize", "setPointSize", "setPointSizeF", "setPixelSize", "addSpacing"),
}
HARMLESS = {-1, 0, 1, 16777215}
FILES = [pytest.param(file, id=name(file)) for file in sorted((ROOT / "ui").rglob("*.py")) if file != THEME]


def docstrings(tree: ast.Module) -> set[int]:
    """The lines where docstrings begin."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.body[0].lineno
        for node in ast.walk(tree)
        if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)
    }


@pytest.mark.parametrize("file", FILES)
def test_no_colours_or_sizes_in_texts(file: Path) -> None:
    tree = parsed(file)
    skip = docstrings(tree)
    found = [
        f"line {node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.lineno not in skip
        and (COLOUR.search(node.value) or PIXELS.search(node.value))
    ]
    assert not found


@pytest.mark.parametrize("file", FILES)
def test_no_sizes_or_colours_in_calls(file: Path) -> None:
    found = []
    for node in ast.walk(parsed(file)):
        if not isinstance(node, ast.Call):
            continue
        spelled = called(node).rsplit(".", 1)[-1]
        numbers = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        if spelled in SIZING and any(isinstance(one, int | float) and one not in HARMLESS for one in numbers):
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
        if spelled == "QColor" and numbers:
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
    assert not found
