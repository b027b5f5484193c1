"""Numbered steps from an older file to today's (ARCHITECTURE.md, decision 3).

Foreign keys off before the transaction, one `BEGIN IMMEDIATE`, the steps, `foreign_key_check`, the version, COMMIT. A
step that fails leaves the old file whole; a file from a newer program is refused after a read-only look.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import db.steps
from db import engine
from db.errors import fault_of
from mhdesk.domain.errors import LedgerError

Step = Callable[[Any], None]

_STEP_NAME = re.compile(r"s(\d{4})_\w+")


def load_steps() -> dict[int, Step]:
    """Every step by its number. Raises RuntimeError when the numbers have a gap: somebody forgot a file."""
    found: dict[int, Step] = {}
    for module in pkgutil.iter_modules(db.steps.__path__):
        if match := _STEP_NAME.fullmatch(module.name):
            found[int(match[1])] = importlib.import_module(f"db.steps.{module.name}").run
    if sorted(found) != list(range(1, len(found) + 1)):
        raise RuntimeError(f"steps {sorted(found)} are not 1, 2, 3 …")
    return found


def version_of(raw: Any) -> int:
    """The step a file stands at."""
    version: int = raw.execute("PRAGMA user_version").fetchone()[0]
    return version


def look(file: Path, key: bytes, newest: int) -> int:
    """The version of a file, read without changing a byte of it.

    Raises LedgerError: MH-LEDGER-04 made by a newer program, MH-LEDGER-08 a database but not a ledger.
    """
    wal, index = (file.with_name(file.name + suffix) for suffix in ("-wal", "-shm"))
    had_index = index.exists()
    # With a -wal file its content counts and SQLite needs its index beside it; without one it is to make none.
    raw = engine.connect(file, key, mode="ro" if wal.exists() else "ro&immutable=1")
    try:
        version = version_of(raw)
        mark = raw.execute("PRAGMA application_id").fetchone()[0]
    finally:
        raw.close()
        if not had_index:
            index.unlink(missing_ok=True)
    if mark != engine.APPLICATION_ID:
        raise LedgerError("MH-LEDGER-08")
    if version > newest:
        raise LedgerError("MH-LEDGER-04", found=version, known=newest)
    return version


def migrate(raw: Any, steps: Mapping[int, Step], folder: Path) -> int:
    """Run the steps a file still lacks, all or none; returns how many ran. The caller has made a verified backup.

    Raises LedgerError MH-LEDGER-27 with the step that failed, or the fault of the disk.
    """
    version = version_of(raw)
    wanted = [number for number in sorted(steps) if number > version]
    if not wanted:
        return 0
    raw.execute("PRAGMA foreign_keys = OFF")
    try:
        _run(raw, steps, wanted, folder)
    finally:
        raw.execute("PRAGMA foreign_keys = ON")
        if raw.execute("PRAGMA foreign_keys").fetchone()[0] != 1:
            raise RuntimeError("foreign keys stayed off")
    return len(wanted)


def _run(raw: Any, steps: Mapping[int, Step], wanted: list[int], folder: Path) -> None:
    number = wanted[0]
    raw.execute("BEGIN IMMEDIATE")
    try:
        for number in wanted:
            steps[number](raw)
        _check_references(raw)
        raw.execute(f"PRAGMA application_id = {engine.APPLICATION_ID}")
        raw.execute(f"PRAGMA user_version = {wanted[-1]}")
        raw.execute("COMMIT")
    except BaseException as error:
        # Everything, also Ctrl-C, must end the transaction; the error goes on.
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        if not isinstance(error, Exception):
            raise
        raise fault_of(error, folder) or LedgerError("MH-LEDGER-27", step=number) from error


def _check_references(raw: Any) -> None:
    """A step that leaves a record without its owner has failed. Raises RuntimeError."""
    broken = raw.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"{len(broken)} broken references")
