"""Commands on the forms a district sent: template list, save, remove."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.services import templates
from mhdesk.text import text


def add_commands(commands: Any, day: Callable[[str], date]) -> None:  # noqa: ARG001 - all groups are called alike
    """Register this group's commands."""
    template = commands.add_parser("template", help=text("cli.help.templates"))
    actions = template.add_subparsers(dest="action", metavar="ACTION", title=text("cli.actions"), required=True)
    actions.add_parser("list", help=text("cli.help.template_list")).set_defaults(run=run_list)
    save = actions.add_parser("save", help=text("cli.help.template_save"))
    save.add_argument("file", metavar="FILE.xlsx", type=Path)
    save.add_argument("--name", metavar="NAME", help=text("cli.help.template_name"))
    save.set_defaults(run=run_save)
    remove = actions.add_parser("remove", help=text("cli.help.template_remove"))
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("--reason", metavar="WORDS", required=True, help=text("cli.help.template_reason"))
    remove.set_defaults(run=run_remove)


def run_list(session: Session) -> int:
    """The forms kept in the ledger."""
    with session.ledger() as ledger:
        found = templates.listed(ledger)
    document = {"templates": [{"name": one.name, "revision": one.revision, "file": one.file_name} for one in found]}
    lines = table([(one.name, text("cli.template_revision", revision=one.revision), one.file_name) for one in found])
    session.output.answer(document, lines or [text("cli.template_none")])
    return 0


def run_save(session: Session) -> int:
    """Keep a form, as a new revision where there is one of that name."""
    file: Path = session.options.file
    name = session.options.name or file.stem
    content = templates.read(file)
    with session.ledger() as ledger:
        templates.save(ledger, name, content, file_name=file.name)
        revision = next(one.revision for one in templates.listed(ledger) if one.name == name.strip())
    document = {"name": name, "revision": revision}
    session.output.answer(document, [text("cli.template_saved", name=name, revision=revision)])
    return 0


def run_remove(session: Session) -> int:
    """Take a form out of the list; the recycle bin keeps it."""
    name = session.options.name
    with session.ledger() as ledger:
        templates.remove(ledger, name, reason=session.options.reason)
    session.output.answer({"name": name}, [text("cli.template_removed", name=name)])
    return 0
