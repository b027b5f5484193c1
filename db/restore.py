"""Putting a backup in the place of the ledger, as a journal whose every step can be repeated after a power cut.

The old database goes into a dated quarantine folder together with its -wal, -shm and -journal: a stale -wal beside a
restored file makes a good backup unreadable. Nothing is ever deleted there.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from db import atomic, backup, engine, keys, login_state
from mhdesk.domain.errors import LedgerError

JOURNAL = "restore.json"
QUARANTINE = "quarantine"
_DATABASE = "ledger.db"
_BESIDE = ("-wal", "-shm", "-journal", "")  # the database itself last


class _Journal(NamedTuple):
    """What a begun restore still has to do."""

    staged: Path
    quarantine: Path
    document: keys.KeyDocument
    seq: int
    head: str
    note: str


def is_pending(folder: Path) -> bool:
    """Whether a restore was interrupted after its point of no return."""
    return (folder / JOURNAL).exists()


def begin(
    folder: Path, container: backup.Backup, ring: keys.KeyRing, now: datetime, permit: Callable[[Any], None]
) -> Path:
    """Verify the container beside the ledger, then write the journal; `finish` does the rest.

    `permit` may look into the staged database and raise.

    Until the journal stands, nothing of the ledger was touched. Returns the quarantine folder. Raises LedgerError
    MH-LEDGER-31 or 32 for the container. The caller holds the ledger's lock.
    """
    staged = folder / f"restoring-{secrets.token_hex(4)}.db"
    try:
        backup.extract(container, ring, staged)
        raw = engine.connect(staged, ring.subkey("db"), mode="ro&immutable=1")
        try:
            permit(raw)
        finally:
            raw.close()
        atomic.sync_folder(folder)
        stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        quarantine = folder / QUARANTINE / f"{stamp}-{secrets.token_hex(2)}"
        journal = {
            "staged": staged.name,
            "quarantine": quarantine.relative_to(folder).as_posix(),
            "keys": json.loads(ring.document.to_bytes()),
            "audit": container.manifest["audit"],
            "note": f"{container.file.name}; replaced {login_state.load(folder).audit_seq}; {quarantine.name}",
        }
        atomic.write(folder / JOURNAL, json.dumps(journal).encode())
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    return quarantine


def finish(folder: Path) -> bool:
    """Carry a begun restore to its end; False when there was none. May be interrupted and called again at any point.

    Raises LedgerError MH-LEDGER-38 when the journal cannot be read.
    """
    if not is_pending(folder):
        for leftover in folder.glob("restoring-*.db"):
            leftover.unlink()
        return False
    journal = _read(folder)
    if journal.staged.exists():
        _swap(folder, journal)
    for name in reversed(keys.FILE_NAMES):
        atomic.write(folder / name, journal.document.to_bytes())
    state = login_state.load(folder).with_head(journal.seq, journal.head)
    login_state.save(folder, replace(state, restored=journal.note))
    (folder / JOURNAL).unlink()
    atomic.sync_folder(folder)
    return True


def _swap(folder: Path, journal: _Journal) -> None:
    """The old files into quarantine, the keys as copies so that they are never missing; then the new database alone."""
    journal.quarantine.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in keys.FILE_NAMES:
        if (folder / name).exists() and not (journal.quarantine / name).exists():
            atomic.write(journal.quarantine / name, (folder / name).read_bytes())
    for suffix in _BESIDE:
        old = folder / f"{_DATABASE}{suffix}"
        if old.exists():
            atomic.replace(old, journal.quarantine / old.name)
    atomic.sync_folder(journal.quarantine)
    atomic.replace(journal.staged, folder / _DATABASE)
    atomic.sync_folder(folder)


def _read(folder: Path) -> _Journal:
    try:
        journal = json.loads((folder / JOURNAL).read_bytes())
        return _Journal(
            staged=folder / _inside(journal["staged"], 1),
            quarantine=folder / _inside(journal["quarantine"], 2),
            document=keys.parse(json.dumps(journal["keys"]).encode()),
            seq=int(journal["audit"]["seq"]),
            head=str(journal["audit"]["head"]),
            note=str(journal["note"]),
        )
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise LedgerError("MH-LEDGER-38") from error


def _inside(name: str, parts: int) -> Path:
    """A path of the journal that stays inside the ledger's folder. Raises ValueError."""
    path = Path(name)
    if path.is_absolute() or len(path.parts) != parts or ".." in path.parts:
        raise ValueError("names of the journal")
    return path
