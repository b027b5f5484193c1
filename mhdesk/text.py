"""Every sentence a user reads, by key, from ``resources/text/zh_CN/*.toml`` (one file per area, merged)."""

from __future__ import annotations

import functools
import tomllib
from typing import Any, NamedTuple

import resources


class ErrorText(NamedTuple):
    """What happened, and what to do next."""

    message: str
    next: str


@functools.cache
def _tables() -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for file in sorted(resources.path("text/zh_CN").glob("*.toml")):
        for name, table in tomllib.loads(file.read_text(encoding="utf-8")).items():
            known = tables.setdefault(name, {})
            if known.keys() & table.keys():
                raise ValueError(f"{file.name}: {sorted(known.keys() & table.keys())} stand twice in the texts")
            known.update(table)
    return tables


def text(key: str, /, **params: object) -> str:
    """The sentence at dotted `key` (``window.lock``), filled with `params`. A missing key is a bug: KeyError."""
    node: Any = _tables()
    for part in key.split("."):
        node = node[part]
    if not isinstance(node, str):
        raise KeyError(key)
    return node.format(**params) if params else node


def error_text(code: str, **params: object) -> ErrorText:
    """The two sentences of an error code, from the table ``errors``."""
    entry = _tables()["errors"][code]
    return ErrorText(entry["message"].format(**params), entry["next"].format(**params))


def problem_text(code: str, **params: object) -> str:
    """The sentence of a data problem, from the table ``problems``."""
    sentence: str = _tables()["problems"][code]
    return sentence.format(**params)
