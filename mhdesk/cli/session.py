"""Which ledger a command works on, and as whom."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mhdesk import paths
from mhdesk.cli.output import ConsoleTask, Output
from mhdesk.services import access
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger


class Session:
    """The global options of one run."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.output = Output(as_json=options.json)
        self.task = ConsoleTask()

    @property
    def folder(self) -> Path:
        """``--ledger``, else ``MHDESK_LEDGER``, else the user's data folder."""
        chosen = self.options.ledger or os.environ.get("MHDESK_LEDGER")
        return Path(chosen) if chosen else paths.default_ledger()

    @property
    def today(self) -> date:
        """``--today``, else the clock."""
        return self.options.today or access.today()

    def password(self, *, is_new: bool = False) -> str:
        """First line of the password file, else asked for at the keyboard (a new one twice); never an argument."""
        file = self.options.password_file or os.environ.get("MHDESK_PASSWORD_FILE")
        if file:
            return access.read_secret(Path(file))
        return access.ask_new_password() if is_new else access.ask_password(text("cli.ask_password"))

    def login(self) -> str:
        """``--user``, else ``MHDESK_USER``, else who used this ledger last."""
        login = self.options.user or os.environ.get("MHDESK_USER")
        if login:
            return str(login)
        last = access.last_login(self.folder)
        return last.login if last else "admin"

    @contextlib.contextmanager
    def ledger(self, password: str | None = None) -> Iterator[Ledger]:
        """The opened ledger, closed again whatever happens. `password` where it was already asked for."""
        given = self.password() if password is None else password
        opened = access.open_ledger(self.folder, login=self.login(), password=given)
        try:
            yield opened
        finally:
            opened.close()
