"""Putting a backup in the place of the ledger, as a journal whose every step can be repeated (trust B11, A09).

The old database goes into a dated quarantine folder together with its -wal, -shm and -journal: a stale -wal beside a
restored file makes a good backup unreadable. Nothing is ever deleted there.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from pathlib import Path

from db import atomic, backup, keys
from mhdesk.domain.errors import LedgerError

JOURNAL = "restore.json"
QUARANTINE = "quarantine"
_DATABASE = "ledger.db"
_BESIDE = ("-wal", "-shm", "-journal", "")  # the database itself last


def is_pending(folder: Path) -> bool:
    """Whether a restore was interrupted after its point of no return."""
    return (folder / JOURNAL).exists()


def begin(folder: Path, container: backup.Backup, ring: keys.KeyRing, now: datetime) -> Path:
    """Verify the container beside the ledger, then write the journal; `finish` does the rest.

    Until the journal stands, nothing of the ledger was touched. Returns the quarantine folder. Raises LedgerError
    MH-LEDGER-31 or 32 for the container. The caller holds the ledger's lock.
    """
    staged = folder / f"restoring-{secrets.token_hex(4)}.db"
    try:
        backup.extract(container, ring, staged)
        atomic.sync_folder(folder)
        stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        quarantine = folder / QUARANTINE / f"{stamp}-{secrets.token_hex(2)}"
        journal = {
            "staged": staged.name,
            "quarantine": quarantine.relative_to(folder).as_posix(),
            "keys": json.loads(ring.document.to_bytes()),
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
    staged, quarantine, document = _read(folder)
    if staged.exists():
        quarantine.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in keys.FILE_NAMES:
            if (folder / name).exists() and not (quarantine / name).exists():
                atomic.write(quarantine / name, (folder / name).read_bytes())
        for suffix in _BESIDE:
            old = folder / f"{_DATABASE}{suffix}"
            if old.exists():
                atomic.replace(old, quarantine / old.name)
        atomic.sync_folder(quarantine)
        atomic.replace(staged, folder / _DATABASE)
        atomic.sync_folder(folder)
    for name in reversed(keys.FILE_NAMES):
        atomic.write(folder / name, document.to_bytes())
    (folder / JOURNAL).unlink()
    atomic.sync_folder(folder)
    return True


def _read(folder: Path) -> tuple[Path, Path, keys.KeyDocument]:
    try:
        journal = json.loads((folder / JOURNAL).read_bytes())
        staged, quarantine = Path(journal["staged"]), Path(journal["quarantine"])
        if staged.name != str(staged) or quarantine.parts[0] != QUARANTINE or ".." in quarantine.parts:
            raise ValueError("names of the journal")
        return folder / staged, folder / quarantine, keys.parse(json.dumps(journal["keys"]).encode())
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise LedgerError("MH-LEDGER-38") from error
