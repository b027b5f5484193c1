"""Backups: make, restore, drill, and the check of the whole ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mhdesk.domain.finding import Finding
from mhdesk.domain.task import QUIET, Task
from mhdesk.services.access import utc_now
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger


class Made(NamedTuple):
    """A finished backup and what was checked on it."""

    file: Path
    checks: Sequence[Finding]


class Restored(NamedTuple):
    """Where the replaced files are kept; nothing is deleted."""

    quarantine: Path | None


def make(ledger: Ledger, destination: Path | None = None, *, task: Task = QUIET) -> Made:
    """A verified backup, or with `destination` a copy for a stick, which carries no password slots."""
    from db import safety  # noqa: PLC0415

    made = safety.back_up(ledger, destination, task=task)
    return Made(made.file, _findings(made.checks))


def restore(folder: Path, file: Path, *, login: str, password: str, task: Task = QUIET) -> Restored:
    """Put a backup in the ledger's place. What stood there goes into quarantine."""
    from db import restore as restoring  # noqa: PLC0415
    from db import safety  # noqa: PLC0415

    task.step(0, 2, text("backup.restoring"))
    with safety.put_back(folder, file, login=login, password=password, now=utc_now):
        task.step(2, 2, text("backup.restoring"))
    return Restored(max((folder / restoring.QUARANTINE).glob("*"), default=None))


def drill(ledger: Ledger, *, task: Task = QUIET) -> list[Finding]:
    """Restore the newest backup into a private place, check it, remove it."""
    from db import safety  # noqa: PLC0415

    task.step(0, 1, text("backup.drilling"))
    return _findings(safety.drill(ledger))


def verify(ledger: Ledger, *, task: Task = QUIET) -> list[Finding]:
    """File, relations, audit chain, key files, age of the backups."""
    from db import safety  # noqa: PLC0415

    return _findings(safety.verify(ledger, task=task))


def _findings(checks: Sequence[Any]) -> list[Finding]:
    return [Finding(text(f"ledger_check.{check.name}"), check.ok, check.detail) for check in checks]
