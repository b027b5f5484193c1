"""``mhdesk``: the command line. Names, flags, exit codes and JSON keys are a contract: add freely, change none."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from typing import NoReturn

from mhdesk import __version__, log
from mhdesk.cli import data, keeping, reporting
from mhdesk.cli.output import Output
from mhdesk.cli.session import Session
from mhdesk.domain.errors import Cancelled, UsageError, UserError
from mhdesk.text import text

EXIT_BUG = 1


class ChineseFormatter(argparse.HelpFormatter):
    """Help in Chinese down to the word "usage"."""

    def add_usage(self, usage, actions, groups, prefix=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, D102
        super().add_usage(usage, actions, groups, text("cli.usage") if prefix is None else prefix)


class ChineseParser(argparse.ArgumentParser):
    """A parser whose help and errors are Chinese and whose errors are `UsageError`s."""

    def __init__(self, **keywords: object) -> None:
        super().__init__(add_help=False, formatter_class=ChineseFormatter, allow_abbrev=False, **keywords)  # type: ignore[arg-type]
        self._positionals.title = text("cli.positionals")
        self._optionals.title = text("cli.options")
        self.add_argument("-h", "--help", action="help", help=text("cli.help.help"))

    def error(self, message: str) -> NoReturn:
        """Turn argparse's English sentence into ours; the part after the last colon names the argument."""
        raise UsageError("MH-USAGE-01", usage=self.format_usage().strip(), part=message.rsplit(": ", 1)[-1])


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise UsageError("MH-USAGE-02", value=value) from None


def _add_global_options(parser: argparse.ArgumentParser) -> None:
    """Before or after the command, both are understood; SUPPRESS keeps the one from wiping out the other."""
    unset = argparse.SUPPRESS
    parser.add_argument("--ledger", metavar="DIR", default=unset, help=text("cli.help.ledger"))
    parser.add_argument("--user", metavar="LOGIN", default=unset, help=text("cli.help.user"))
    parser.add_argument("--password-file", metavar="FILE", default=unset, help=text("cli.help.password_file"))
    parser.add_argument("--today", metavar="YYYY-MM-DD", type=_day, default=unset, help=text("cli.help.today"))
    parser.add_argument("--json", action="store_true", default=unset, help=text("cli.help.json"))


def build_parser() -> ChineseParser:
    """The whole command line."""
    parser = ChineseParser(prog="mhdesk", description=text("cli.description"))
    parser.set_defaults(ledger=None, user=None, password_file=None, today=None, json=False, run=open_window)
    _add_global_options(parser)
    parser.add_argument("--version", action="version", version=__version__, help=text("cli.help.version"))
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title=text("cli.commands"))
    opening = commands.add_parser("open", help=text("cli.help.open"))
    opening.set_defaults(run=open_window)
    for group in (keeping, data, reporting):
        group.add_commands(commands, _day)
    for command in commands.choices.values():
        _add_global_options(command)
    return parser


def open_window(session: Session) -> int:
    """No command, or ``open``: the window."""
    import importlib  # noqa: PLC0415 - the command line must not load Qt

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
    except BrokenPipeError:
        # whoever read our output stopped reading; the interpreter must not stumble over it again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (Cancelled, KeyboardInterrupt):
        print(text("cli.cancelled"), file=sys.stderr)
        return 1
    except Exception as error:  # noqa: BLE001 - the outermost loop: a bug is logged redacted, the user gets one sentence
        log.bug(error)
        output.error(UserError("MH-BUG-01", log=str(log.file())))
        return EXIT_BUG
