"""The lock that tells a second program who has the ledger open.

SQLite's exclusive lock is the truth; this one only makes the message friendly and the answer quick. The system frees
it when the process dies, so that nobody ever has to delete a stale lock file.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from mhdesk.domain.errors import LedgerError

FILE_NAME = "ledger.lock"
# On Windows a locked byte cannot be read by others: lock one far behind the text.
_LOCKED_BYTE = 1 << 30

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> None:
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Holder(NamedTuple):
    """Who has the ledger open, as far as the lock file tells."""

    login: str
    host: str
    since: str


class FolderLock:
    """Held from before the password is tried until the ledger is closed."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        """Take the lock. Raises LedgerError MH-LEDGER-05 when another has it, OSError when nothing can be written."""
        self._file = folder / FILE_NAME
        self._now = now
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            _try_lock(handle)
        except OSError as error:
            os.close(handle)
            holder = read_holder(folder)
            raise LedgerError("MH-LEDGER-05", who=holder.login, host=holder.host, since=holder.since) from error
        self._handle: int | None = handle
        try:
            self.sign("")
        except OSError:
            self.release()
            raise

    def sign(self, login: str) -> None:
        """Write who holds the lock."""
        if self._handle is None:
            return
        since = self._now().astimezone(UTC).isoformat(timespec="seconds")
        holder = {"login": login, "host": platform.node(), "since": since}
        text = json.dumps(holder, ensure_ascii=False).encode()
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.ftruncate(self._handle, 0)
        os.write(self._handle, text)

    def release(self) -> None:
        """Let the next one in. May be called twice."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def read_holder(folder: Path) -> Holder:
    """What the lock file says; question marks where it says nothing."""
    try:
        found = json.loads((folder / FILE_NAME).read_bytes())
        since = datetime.fromisoformat(found["since"]).astimezone().strftime("%Y-%m-%d %H:%M")
        return Holder(str(found["login"]) or "?", str(found["host"]), since)
    except (OSError, ValueError, KeyError, TypeError):
        return Holder("?", "?", "?")
