"""A call that only opens the window is told from a command before anything of the command line is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mhdesk.cli.window import ledger_asked_for

ELSE = (False, None)


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ([], (True, None)),
        (["open"], (True, None)),
        (["--ledger", "台账 一"], (True, "台账 一")),
        (["open", "--ledger", "a"], (True, "a")),
        (["--ledger", "a", "--password-file", "p", "open"], (True, "a")),
        (["--ledger", "a", "--ledger", "b"], (True, "b")),
        (["--ledger"], ELSE),
        (["--ledger", "--json"], ELSE),
        (["--ledger=a"], ELSE),  # the command line reads it
        (["--json", "open"], ELSE),
        (["open", "open"], ELSE),
        (["--help"], ELSE),
        (["due"], ELSE),
        (["--ledger", "open", "due"], ELSE),
    ],
)
def test_what_opens_the_window(arguments: list[str], answer: tuple[bool, str | None]) -> None:
    is_window, ledger = ledger_asked_for(arguments)
    assert (is_window, ledger if is_window else None) == answer


def test_a_call_for_the_window_loads_no_command() -> None:
    program = """
import sys
from mhdesk import __main__ as program
from mhdesk.cli import window
window.main = lambda ledger: print(ledger, *sorted({"sqlalchemy", "mhdesk.cli.main", "argparse"} & sys.modules.keys()))
sys.argv[1:] = ["--ledger", "somewhere"]
program.main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.split() == ["somewhere"]
