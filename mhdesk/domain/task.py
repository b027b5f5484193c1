"""How long work tells where it stands and learns that it is no longer wanted."""

from __future__ import annotations

from typing import Protocol


class Task(Protocol):
    """Progress and cancel of one job. The window, the command line and tests each have their own."""

    def step(self, done: int, total: int, text: str) -> None:
        """Report progress (`total` 0: unknown). Raises `mhdesk.domain.errors.Cancelled` when cancelled."""


class Quiet:
    """A task nobody watches."""

    def step(self, done: int, total: int, text: str) -> None:
        """Do nothing."""


QUIET = Quiet()
