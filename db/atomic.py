"""Small files written whole or not at all: a private temp file beside the target, fsync, rename."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

#: A virus scanner may hold a file for a moment.
_TRIES = 10
_PAUSE_S = 0.3


def write(file: Path, data: bytes, *, durable: bool = True) -> None:
    """Put `data` in `file`; with `durable` it survives a power cut once this returns.

    Raises OSError; then the old file stands.
    """
    temp = file.with_name(f".{file.name}.{secrets.token_hex(4)}.tmp")
    try:
        handle = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        replace(temp, file)
    finally:
        temp.unlink(missing_ok=True)
    if durable:
        sync_folder(file.parent)


def replace(source: Path, target: Path) -> None:
    """Rename over `target`, patiently."""
    for attempt in range(_TRIES):
        try:
            source.replace(target)
        except PermissionError:
            if attempt == _TRIES - 1:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_writable(folder: Path) -> bool:
    """Whether a file can really be made in `folder` (rights alone do not tell: a system may guard a folder)."""
    probe = folder / f".probe-{secrets.token_hex(4)}.tmp"
    try:
        probe.touch(exist_ok=False)
    except OSError:
        return False
    probe.unlink()
    return True


def sweep(folder: Path) -> None:
    """Remove what an interrupted write left behind. Only while the ledger's lock is held."""
    for leftover in folder.glob(".*.tmp"):
        leftover.unlink(missing_ok=True)
