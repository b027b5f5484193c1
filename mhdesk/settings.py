"""Preferences of one user on one computer: how the window looks and what was open last. Never data about people.

A small JSON file in the user's data folder. It is written whole or not at all; a file that cannot be read is moved
aside, never overwritten; an item that makes no sense is replaced by its default.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from mhdesk import paths

SMALLEST_FONT_PERCENT = 90
LARGEST_FONT_PERCENT = 200
# What a number may be; beyond it, the nearest sensible one holds.
_BOUNDS = {"font_percent": (SMALLEST_FONT_PERCENT, LARGEST_FONT_PERCENT), "lock_minutes": (2, 15)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the window remembers."""

    font_percent: int = 100  # 字号, 90 to 200
    dark: bool = False
    last_ledger: str = ""
    last_login: str = ""
    read_folder: str = ""  # where a file was read last, and
    write_folder: str = ""  # where one was written
    geometry: str = ""  # Qt's own description of the window's place, base64
    lock_minutes: int = 5  # without input the window locks; 2 to 15

    def __post_init__(self) -> None:
        """Keep numbers within what the window can do."""
        for name, (least, most) in _BOUNDS.items():
            object.__setattr__(self, name, min(max(getattr(self, name), least), most))


def load(file: Path | None = None) -> Settings:
    """The stored preferences; defaults where there are none. A broken file is moved aside."""
    file = file or paths.settings_file()
    try:
        found = json.loads(file.read_bytes())
    except OSError:
        return Settings()
    except ValueError:
        _move_aside(file)
        return Settings()
    return _from_json(found) if isinstance(found, dict) else Settings()


def save(settings: Settings, file: Path | None = None) -> None:
    """Store the preferences. Raises OSError; then the old file stands."""
    import tempfile

    file = file or paths.settings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dataclasses.asdict(settings), ensure_ascii=False, indent=2)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".settings-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as output:
            output.write(text)
            output.flush()
            os.fsync(output.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def change(file: Path | None = None, **fields: Any) -> Settings:
    """Load, change some items, store; what holds now.

    A disk that refuses is not worth a message: then the change holds for this run only.
    """
    settings = dataclasses.replace(load(file), **fields)
    with contextlib.suppress(OSError):
        save(settings, file)
    return settings


def _from_json(found: dict[str, Any]) -> Settings:
    kinds = get_type_hints(Settings)
    # `type() is` and not isinstance: true is no number
    return Settings(**{name: value for name, value in found.items() if type(value) is kinds.get(name)})


def _move_aside(file: Path) -> None:
    """``settings.json`` becomes ``settings.json.bad-1``, or the next free number."""
    number = 1
    while (aside := file.with_name(f"{file.name}.bad-{number}")).exists():
        number += 1
    with contextlib.suppress(OSError):  # read-only: the defaults serve for this run
        file.rename(aside)
