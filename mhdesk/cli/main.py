"""``mhdesk``: the command line. Names, flags, exit codes and JSON keys are a contract: add freely, change none."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mhdesk import __version__, log
from mhdesk.cli import (
    data,
    district,
    drugs,
    forms_sent,
    joint,
    keeping,
    medication,
    planning,
    printing,
    reporting,
    rounds,
    training,
    work,
)
from mhdesk.cli.output import Output
from mhdesk.cli.parser import ChineseParser, add_global_options, add_global_options_below, day
from mhdesk.cli.session import Session
from mhdesk.domain.errors import Cancelled, UserError
from mhdesk.text import text

EXIT_BUG = EXIT_CANCELLED = 1
# In the order of the help.
_GROUPS = (
    keeping,
    data,
    drugs,
    medication,
    rounds,
    reporting,
    printing,
    training,
    work,
    joint,
    forms_sent,
    planning,
    district,
)


def build_parser() -> ChineseParser:
    """The whole command line."""
    parser = ChineseParser(prog="mhdesk", description=text("cli.description"))
    parser.set_defaults(ledger=None, user=None, password_file=None, today=None, json=False, run=open_window)
    add_global_options(parser)
    parser.add_argument("--version", action="version", version=__version__, help=text("cli.help.version"))
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title=text("cli.commands"))
    opening = commands.add_parser("open", help=text("cli.help.open"))
    opening.set_defaults(run=open_window)
    for group in _GROUPS:
        group.add_commands(commands, day)
    add_global_options_below(parser)
    return parser


def open_window(session: Session) -> int:
    """No command, or ``open``: the window."""
    import importlib

    return int(importlib.import_module("ui.app").main(session.options.ledger))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status of the contract."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    output = Output(as_json="--json" in given)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        options = build_parser().parse_args(given)
        return int(options.run(Session(options)))
    except UserError as error:
        output.error(error)
        return error.exit_status
    except (Cancelled, KeyboardInterrupt):
        output.error(UserError("MH-CANCEL-01"))
        return EXIT_CANCELLED
    except Exception as error:  # noqa: BLE001 - the outermost loop: a bug is logged redacted, the user gets one sentence
        log.bug(error)
        output.error(UserError("MH-BUG-01", log=str(log.file())))
        return EXIT_BUG
