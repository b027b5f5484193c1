"""Backups: make, restore, drill, and the check of the whole ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mhdesk.domain.errors import InputRefused, LedgerError, OutputFailed, UserError
from mhdesk.domain.finding import Finding
from mhdesk.domain.task import QUIET, Task
from mhdesk.services.access import utc_now
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_BAD_BACKUP = ("MH-LEDGER-31", "MH-LEDGER-32")


class Made(NamedTuple):
    """A finished backup and what was checked on it."""

    file: Path
    checks: Sequence[Finding]


class Restored(NamedTuple):
    """Where the replaced files are kept, None where there were none, and the check of the restored ledger."""

    quarantine: Path | None
    checks: Sequence[Finding]


class Newest(NamedTuple):
    """When the newest backups were made; None: never."""

    local: datetime | None
    stick: datetime | None


def newest(ledger: Ledger) -> Newest:
    """When the ledger was last backed up, here and on a stick."""

    def at(key: str) -> datetime | None:
        stored = ledger.get_setting(key)
        return datetime.fromisoformat(stored["at"]) if stored else None

    return Newest(at("backup_local"), at("backup_removable"))


def make(ledger: Ledger, destination: Path | None = None, *, task: Task = QUIET) -> Made:
    """A verified backup, or with `destination` a copy for a stick, which carries no password slots.

    Raises OutputFailed; the folder above `destination` must exist, or a stick that was pulled out would silently
    become a folder on the computer's own disk.
    """
    from db import safety
    from mhdesk.files.sink import private_folder, system_errors

    if destination is not None:
        if destination.is_file():
            raise OutputFailed("MH-BACKUP-02")
        with system_errors():
            destination.mkdir(exist_ok=True)
            with private_folder(destination):
                pass
    made = safety.back_up(ledger, destination, task=task)
    return Made(made.file, _findings(made.checks))


def restore(
    folder: Path,
    file: Path,
    *,
    login: str,
    password: str | None = None,
    code: str | None = None,
    new_password: str | None = None,
    task: Task = QUIET,
) -> Restored:
    """Put a backup in the ledger's place and check it. What stood there goes into quarantine.

    Opened by a password, or by the recovery code with a new password for `login`: the only way for a copy from a
    stick on a new computer, because such a copy carries no passwords. Raises InputRefused for a file that is missing
    (MH-FILE-01), no good backup (MH-LEDGER-31) or another ledger's (32).
    """
    from db import restore as restoring
    from db import safety

    before = set((folder / restoring.QUARANTINE).glob("*"))
    task.step(0, 2, text("backup.restoring"))
    with open_from(folder, file, login=login, password=password, code=code, new_password=new_password) as ledger:
        task.step(1, 2, text("backup.restoring"))
        checks = _findings(safety.verify(ledger))
        task.step(2, 2, text("backup.restoring"))
    made = set((folder / restoring.QUARANTINE).glob("*")) - before
    return Restored(max((place for place in made if any(place.iterdir())), default=None), checks)


def open_from(
    folder: Path,
    file: Path,
    *,
    login: str,
    password: str | None = None,
    code: str | None = None,
    new_password: str | None = None,
) -> Ledger:
    """Restore a backup into `folder` and leave the ledger open. Raises as `restore`."""
    from db import safety

    if not file.is_file():
        raise InputRefused("MH-FILE-01")
    try:
        return safety.put_back(
            folder, file, login=login, password=password, code=code, new_password=new_password, now=utc_now
        )
    except LedgerError as error:
        if error.code in _BAD_BACKUP:
            raise InputRefused(error.code, **error.params) from error
        raise


def drill(ledger: Ledger, *, task: Task = QUIET) -> list[Finding]:
    """Restore the newest backup into a private place, check it, remove it. Raises UserError MH-BACKUP-01."""
    from db import backup, safety

    if not backup.listed(ledger.folder):
        raise UserError("MH-BACKUP-01")
    task.step(0, 1, text("backup.drilling"))
    checks = _findings(safety.drill(ledger))
    task.step(1, 1, text("backup.drilling"))
    return checks


def verify(ledger: Ledger, *, task: Task = QUIET) -> list[Finding]:
    """File, relations, audit chain, key files, age of the backups."""
    from db import safety

    return _findings(safety.verify(ledger, task=task))


def _findings(checks: Sequence[Any]) -> list[Finding]:
    return [Finding(text(f"ledger_check.{check.name}"), check.ok, check.detail) for check in checks]
