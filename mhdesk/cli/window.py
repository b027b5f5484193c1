"""Calls that only open the window: told apart before the command line and all that it needs are loaded."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Sequence

#: Options every command takes, with their value; of these the window needs the first only.
_OPTIONS = ("--ledger", "--user", "--password-file", "--today")
_BUG = 1


def ledger_asked_for(arguments: Sequence[str]) -> tuple[bool, str | None]:
    """Whether this call only opens the window, and the ledger it names.

    ``mhdesk``, ``mhdesk open`` and these with whole options (``--ledger DIR``) do. Anything else, mistakes included, is
    for the command line to read: it understands a call to open the window too, only more slowly.
    """
    ledger: str | None = None
    words = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word not in _OPTIONS:
            words.append(word)
        elif not rest or rest[0].startswith("-"):
            return False, None
        else:
            value = rest.pop(0)
            ledger = value if word == "--ledger" else ledger
    return words in ([], ["open"]), ledger


def main(ledger: str | None) -> int:
    """Open the window; the exit status."""
    # Nothing of what a start makes is garbage; from the first frame on the window collects on its own thread.
    gc.disable()
    try:
        return int(importlib.import_module("ui.app").main(ledger))
    except KeyboardInterrupt:
        return _BUG
    except Exception as error:  # noqa: BLE001 - the outermost loop, as in `mhdesk.cli.main`
        from mhdesk import log
        from mhdesk.cli.output import Output
        from mhdesk.domain.errors import UserError

        log.bug(error)
        Output(as_json=False).error(UserError("MH-BUG-01", log=str(log.file())))
        return _BUG
