"""A spare file that can be thrown away when the disk is full, so that one can still log in, look and clean up."""

from __future__ import annotations

import shutil
from pathlib import Path

from db import atomic

FILE_NAME = "spare.bin"
#: As much as a -wal file usually holds (1000 pages of 4 KiB), so that it can be worked off, and the files of a login.
SIZE = 5 << 20
#: Laid only where it does no harm.
_ROOM = 8


def lay(folder: Path) -> None:
    """Put the spare file there again, if it is missing and there is plenty of room. A failure does not matter."""
    file = folder / FILE_NAME
    try:
        if not file.exists() and shutil.disk_usage(folder).free > _ROOM * SIZE:
            atomic.write(file, bytes(SIZE), durable=False)
    except OSError:
        return


def release(folder: Path) -> bool:
    """Throw the spare file away; whether there was one."""
    file = folder / FILE_NAME
    if not file.exists():
        return False
    file.unlink()
    return True
