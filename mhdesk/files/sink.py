"""The only way files get written: private folder beside the target, write, flush to disk, verify, replace.

A reader sees the old file or the whole new one, never a half. Plain text lands nowhere but in the private
folder: it is open to its owner only, and `sweep` removes what killed processes left. A
folder belongs to a living process as long as that process holds the lock on the file ``owner`` inside; the
operating system lets go of the lock when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from mhdesk.domain.errors import OutputFailed

PREFIX = ".mhdesk-"
OWNER = "owner"
PRIVATE = 0o700
TRIES = 10
PATIENCE_S = 3.0  # a virus scanner holds a new file for a moment
STALE_S = 3600.0  # a folder without a lock file: its maker died between two steps
SHARING_VIOLATIONS = (5, 32, 33)  # Windows: access denied, sharing violation, lock violation

Verify = Callable[[Path], bool]


@contextlib.contextmanager
def writing(target: Path, *, verify: Verify | None = None, is_part: bool = False) -> Iterator[Path]:
    """Yield the private path to write to; on leaving, `target` is replaced by it in one step.

    The private path has the target's name; with `is_part` it ends in ``.part``, so that a stick pulled out in between
    holds nothing that looks whole (writers of xlsx need the name as it is). `verify` gets it once everything is on disk
    and says whether what it reads there is what was meant. After an exception inside the block nothing has changed.

    Raises:
        OutputFailed: disk full (MH-FILE-51), read-only (52), folder gone (53), no permission (54), the old file is
            open elsewhere (55), verification failed (56), anything else the system reports (57), bad name (58).

    """
    target = Path(os.path.abspath(target))  # noqa: PTH100 - resolve() would follow a link planted as the target
    with system_errors(), private_folder(target.parent) as folder:
        draft = folder / (f"{target.name}.part" if is_part else target.name)
        yield draft
        if target.is_symlink() or (target.exists() and not target.is_file()):
            raise OutputFailed("MH-FILE-54")
        _flush(draft)
        if verify is not None and not verify(draft):
            raise OutputFailed("MH-FILE-56")
        _replace(draft, target)
        _flush_folder(target.parent)


def write_bytes(target: Path, content: bytes) -> None:
    """Write `content` to `target`; read back and compared before it replaces the old file. Raises OutputFailed."""
    with writing(target, verify=lambda draft: draft.read_bytes() == content, is_part=True) as draft:
        draft.write_bytes(content)


@contextlib.contextmanager
def private_folder(parent: Path) -> Iterator[Path]:
    """A folder inside `parent` for the owner alone, locked by this process, gone afterwards."""
    folder, handle = _make_private(parent)
    try:
        yield folder
    finally:
        os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path) -> int:
    """Remove private folders that killed processes left in `parent`; the number removed. Never raises OSError."""
    removed = 0
    with contextlib.suppress(OSError):
        for entry in os.scandir(parent):
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                removed += _sweep_one(Path(entry.path))
    return removed


@contextlib.contextmanager
def system_errors() -> Iterator[None]:
    """Turn what the system says about a failed write into OutputFailed with its own sentence."""
    try:
        yield
    except OSError as error:
        raise OutputFailed(_code(error)) from error


def _code(error: OSError) -> str:
    winerror = getattr(error, "winerror", None)
    if winerror in {32, 33}:
        return "MH-FILE-55"
    if winerror == 19:  # ERROR_WRITE_PROTECT # noqa: PLR2004
        return "MH-FILE-52"
    return {
        errno.ENOSPC: "MH-FILE-51",
        errno.EDQUOT: "MH-FILE-51",
        errno.EFBIG: "MH-FILE-51",
        errno.EROFS: "MH-FILE-52",
        errno.ENOENT: "MH-FILE-53",
        errno.ENODEV: "MH-FILE-53",
        errno.ENXIO: "MH-FILE-53",
        errno.ENOTDIR: "MH-FILE-53",
        errno.ESTALE: "MH-FILE-53",
        errno.EACCES: "MH-FILE-54",
        errno.EPERM: "MH-FILE-54",
        errno.EISDIR: "MH-FILE-54",
        errno.EBUSY: "MH-FILE-55",
        errno.ETXTBSY: "MH-FILE-55",
        errno.ENAMETOOLONG: "MH-FILE-58",
        errno.EINVAL: "MH-FILE-58",
        errno.EILSEQ: "MH-FILE-58",
    }.get(error.errno or 0, "MH-FILE-57")


def _make_private(parent: Path) -> tuple[Path, int]:
    while True:
        folder = parent / f"{PREFIX}{secrets.token_hex(6)}"
        folder.mkdir(PRIVATE)
        handle = os.open(folder / OWNER, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        if _lock(handle) is not False and (folder / OWNER).exists():
            return folder, handle
        os.close(handle)  # somebody's sweep came between: take another name
        shutil.rmtree(folder, ignore_errors=True)


def _sweep_one(folder: Path) -> int:
    try:
        handle = os.open(folder / OWNER, os.O_RDWR)
    except FileNotFoundError:
        if time.time() - folder.stat().st_mtime < STALE_S:
            return 0
    except OSError:
        return 0
    else:
        is_dead = _lock(handle)
        os.close(handle)
        if is_dead is not True:
            return 0
    shutil.rmtree(folder, ignore_errors=True)
    return 0 if folder.exists() else 1


def _lock(handle: int) -> bool | None:
    """Whether we hold the lock now; None where the file system knows no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in {errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK} else None
    return True


def _flush(file: Path) -> None:
    if not stat.S_ISREG(file.lstat().st_mode):
        raise OutputFailed("MH-FILE-57")
    handle = os.open(file, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush_folder(folder: Path) -> None:
    """Make the new name durable. Windows has no such call; some file systems refuse it and need none."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _replace(draft: Path, target: Path) -> None:
    for attempt in range(1, TRIES + 1):
        try:
            os.replace(draft, target)  # noqa: PTH105 - the name by which the standard library promises atomicity
        except PermissionError as error:
            if getattr(error, "winerror", None) not in SHARING_VIOLATIONS:
                raise
            if attempt == TRIES:
                raise OutputFailed("MH-FILE-55") from error
            time.sleep(PATIENCE_S / TRIES)
        else:
            return
