"""How long work tells where it stands and learns that it is no longer wanted."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
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


@contextlib.contextmanager
def collector_at_rest() -> Iterator[None]:
    """No search for garbage while hundreds of thousands of values are kept anyway.

    It takes a tenth of the time of a big import, and a third of that of the due list of 50,000 people.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
