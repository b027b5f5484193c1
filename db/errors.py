"""Faults of the driver, said as errors a user can act on. Needs no SQLAlchemy: told apart by the driver's words."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mhdesk.domain.errors import LedgerError, OutputFailed, UserError

ENOSPC_ERRNOS = frozenset({28, 122, 27})  # no space, quota, file too large

_FORBIDDEN = {errno.EACCES: "MH-FILE-54", errno.EPERM: "MH-FILE-54", errno.EROFS: "MH-FILE-52"}


def free_mib(folder: Path) -> int:
    """Free space on the disk that holds `folder`, in MiB."""
    return shutil.disk_usage(folder).free // (1024 * 1024)


_KNOWN: tuple[tuple[tuple[str, ...], Callable[[Path], UserError]], ...] = (
    (("database or disk is full",), lambda folder: OutputFailed("MH-LEDGER-14", free=free_mib(folder))),
    (
        ("malformed", "file is not a database", "file is encrypted", "hmac check failed"),
        lambda _: LedgerError("MH-LEDGER-03"),
    ),
    (("is locked",), lambda _: LedgerError("MH-LEDGER-05", who="?", host="?", since="?")),
    (("readonly database", "read-only"), lambda _: LedgerError("MH-LEDGER-07")),
    (("disk i/o error", "unable to open database file"), lambda _: OutputFailed("MH-LEDGER-15")),
)


def fault_of(error: BaseException, folder: Path) -> UserError | None:
    """The error a user should see for a fault of the driver or the disk; None when it is a bug of ours."""
    if isinstance(error, OSError):
        if error.errno in ENOSPC_ERRNOS:
            return OutputFailed("MH-LEDGER-14", free=free_mib(folder))
        return OutputFailed(_FORBIDDEN.get(error.errno or 0, "MH-LEDGER-15"))
    words = str(error).lower()
    for parts, make in _KNOWN:
        if any(part in words for part in parts):
            return make(folder)
    return None


@contextmanager
def faults_as_errors(folder: Path, *, disk: bool = True) -> Iterator[None]:
    """Turn faults of the driver, and with `disk` OSErrors too, into `UserError`; everything else passes as it is."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        # Broad on purpose: SQLAlchemy wraps driver errors of several families; what is no known fault is raised as is.
        fault = fault_of(error, folder) if _is_driver(error) or (disk and isinstance(error, OSError)) else None
        if fault is None:
            raise
        raise fault from error


def _is_driver(error: BaseException) -> bool:
    """Whether the error comes from the driver, not from our own code."""
    return type(error).__module__.startswith(("sqlalchemy.exc", "sqlcipher3", "sqlite3"))
