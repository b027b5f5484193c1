"""The parser: argparse with Chinese help, Chinese errors, and the global options on every command."""

from __future__ import annotations

import argparse
import re
from datetime import date
from typing import NoReturn

from mhdesk.domain.errors import UsageError
from mhdesk.text import text

# What argparse says in English, and the sentence of ours that says the same; named groups fill it.
_SAYINGS = {
    "required": r"the following arguments are required: (?P<names>.+)",
    "unknown": r"unrecognized arguments: (?P<names>.+)",
    "value_missing": r"argument (?P<name>\S+): expected (?:one|at least one|\d+) arguments?",
    "choice": r"argument (?P<name>\S+): invalid choice: (?P<value>.+) \(choose from (?P<choices>.+)\)",
    "integer": r"argument (?P<name>\S+): invalid int value: (?P<value>.+)",
    "value_unwanted": r"argument (?P<name>\S+): ignored explicit argument (?P<value>.+)",
}


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
        """Say in Chinese what argparse says in English."""
        raise UsageError("MH-USAGE-01", usage=self.format_usage().strip(), part=_in_chinese(message))


def _in_chinese(message: str) -> str:
    for key, saying in _SAYINGS.items():
        if found := re.fullmatch(saying, message, re.DOTALL):
            parts = {name: part.replace("'", "") for name, part in found.groupdict().items()}
            return text(f"cli.mistakes.{key}", **parts)
    return message.rsplit(": ", 1)[-1]


def day(value: str) -> date:
    """The type of options that hold a date. Raises UsageError."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise UsageError("MH-USAGE-02", value=value) from None


def add_global_options(parser: argparse.ArgumentParser) -> None:
    """Before or after the command, both are understood; SUPPRESS keeps the one from wiping out the other."""
    unset = argparse.SUPPRESS
    parser.add_argument("--ledger", metavar="DIR", default=unset, help=text("cli.help.ledger"))
    parser.add_argument("--user", metavar="LOGIN", default=unset, help=text("cli.help.user"))
    parser.add_argument("--password-file", metavar="FILE", default=unset, help=text("cli.help.password_file"))
    parser.add_argument("--today", metavar="YYYY-MM-DD", type=day, default=unset, help=text("cli.help.today"))
    parser.add_argument("--json", action="store_true", default=unset, help=text("cli.help.json"))


def add_global_options_below(parser: argparse.ArgumentParser) -> None:
    """The global options on every command, and on what stands below a command (``user add``)."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to its commands
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for command in action.choices.values():
                add_global_options(command)
                add_global_options_below(command)
