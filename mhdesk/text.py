"""Every sentence a user reads, by key, from ``resources/text/zh_CN/*.toml`` (one file per area, merged).

A file is taken apart when one of its tables is first asked for: the login window needs two of two dozen.
"""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import resources

# The first part of a table's name where a line begins with it. Finding too many is harmless.
_TABLE = re.compile(r'^\[+\s*(?:"([^"]+)"|([\w-]+))', re.MULTILINE)


class ErrorText(NamedTuple):
    """What happened, and what to do next."""

    message: str
    next: str


@functools.cache
def _homes() -> dict[str, list[Path]]:
    """The files in which each top-level table stands, in the order of their names."""
    homes: dict[str, list[Path]] = {}
    for file in sorted(resources.path("text/zh_CN").glob("*.toml")):
        names = {quoted or bare for quoted, bare in _TABLE.findall(file.read_text(encoding="utf-8"))}
        for name in names:
            homes.setdefault(name, []).append(file)
    return homes


@functools.cache
def _parsed(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


@functools.cache
def _table(name: str) -> dict[str, Any]:
    """One top-level table, merged from its files. Raises KeyError when there is none."""
    merged: dict[str, Any] = {}
    for file in _homes()[name]:
        table = _parsed(file).get(name, {})
        if twice := sorted(merged.keys() & table.keys()):
            raise ValueError(f"{file.name}: {twice} stand twice in the texts")
        merged.update(table)
    return merged


def tables() -> dict[str, Any]:
    """All texts by top-level table. Raises ValueError when a key stands in two files."""
    found = {name: _table(name) for name in _homes()}
    return {name: table for name, table in found.items() if table}


def text(key: str, /, **params: object) -> str:
    """The sentence at dotted `key` (``window.lock``), filled with `params`. A missing key is a bug: KeyError."""
    first, *rest = key.split(".")
    node: Any = _table(first)
    for part in rest:
        node = node[part]
    if not isinstance(node, str):
        raise KeyError(key)
    return node.format(**params) if params else node


def error_text(code: str, **params: object) -> ErrorText:
    """The two sentences of an error code, from the table ``errors``."""
    entry = _table("errors")[code]
    return ErrorText(entry["message"].format(**params), entry["next"].format(**params))


def problem_text(code: str, **params: object) -> str:
    """The sentence of a data problem, from the table ``problems``."""
    sentence: str = _table("problems")[code]
    return sentence.format(**params)
