"""Data files: forms, codes, rules, targets, texts, fonts, icons. No code but this accessor."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parent


def path(name: str) -> Path:
    """The file or folder of a resource such as ``forms/follow_up_2018.toml``, also in the packaged program."""
    return _ROOT / name
