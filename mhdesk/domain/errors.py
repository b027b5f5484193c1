"""What can go wrong in a way the user can do something about.

Every expected failure is a `UserError` with a code such as ``MH-IMPORT-07``; its Chinese sentence and the
next step stand in ``resources/text/zh_CN/errors.toml`` under that code. Anything else that is raised is a
bug. Problems found in data are no errors: checks return `mhdesk.domain.problems.Problem` lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from mhdesk.domain.problems import Problem


class UserError(Exception):
    """An expected failure: `code` names its sentence, `params` fill it. Never put a person's data in `params`."""

    exit_status: ClassVar[int] = 1

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class UsageError(UserError):
    """The command or the request itself is wrong."""

    exit_status = 2


class LedgerError(UserError):
    """The ledger cannot be opened: wrong password, in use, damaged, newer version …"""

    exit_status = 3


class InputRefused(UserError):
    """An input file was refused: too large, encrypted, broken, not what its name says …"""

    exit_status = 4


class OutputFailed(UserError):
    """Nothing could be written: disk full, read-only, stick removed …"""

    exit_status = 5


class Cancelled(Exception):
    """The user cancelled a long job. Front ends stay silent about it."""


class RecordRefused(UserError):
    """A record was not saved because blocking problems remain; what was typed is kept by the caller."""

    def __init__(self, code: str, problems: Sequence[Problem]) -> None:
        super().__init__(code, count=len(problems))
        self.problems = tuple(problems)
