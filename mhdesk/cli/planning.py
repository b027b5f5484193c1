"""Commands that look ahead and back: ahead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.domain.errors import UsageError
from mhdesk.services import due_report, outlook
from mhdesk.text import text

_SHOWN = 50


def add_commands(commands: Any, day: Callable[[str], date]) -> None:  # noqa: ARG001 - all groups are called alike
    """Register this group's commands."""
    ahead = commands.add_parser("ahead", help=text("cli.help.ahead"))
    ahead.add_argument("--span", choices=outlook.SPANS, default=outlook.SPANS[0], help=text("cli.help.ahead_span"))
    ahead.add_argument(
        "--indicator", choices=outlook.INDICATORS, default=outlook.INDICATORS[0], help=text("cli.help.ahead_indicator")
    )
    ahead.add_argument("--rules", metavar="ID", help=text("cli.help.rules"))
    ahead.add_argument("--show", choices=outlook.SHOWS, default=outlook.SHOWS[0], help=text("cli.help.ahead_show"))
    ahead.add_argument("--village", metavar="V", help=text("cli.help.village"))
    ahead.add_argument("--out", metavar="FILE", type=Path, help=text("cli.help.ahead_out"))
    ahead.add_argument("--identified", action="store_true", help=text("cli.help.identified"))
    ahead.set_defaults(run=run_ahead)


def run_ahead(session: Session) -> int:
    """By when whom, what the rate will be, and the fewest visits that reach the target."""
    options = session.options
    if options.out is not None and options.out.exists():
        raise UsageError("MH-USAGE-05", file=options.out)
    with session.ledger() as ledger:
        ahead = outlook.look(
            ledger, span=options.span, indicator=options.indicator, rules=options.rules, today=session.today
        )
        entries = ahead.shown(options.show, options.village)
        made = outlook.report(ahead, entries, unit_name=due_report.unit_name(ledger), masked=not options.identified)
        if options.out is not None:
            outlook.write(ledger, made, options.out, task=session.task)
        elif options.identified:
            due_report.note_use(ledger, made, "ahead.names_identified")
    document = outlook.to_json(ahead, entries, identified=options.identified)
    document["file"] = str(options.out) if options.out else None
    lines = outlook.sentences(ahead)
    lines += table(
        [
            (
                one.name if options.identified else one.label,
                one.village or "",
                str(one.deadline or ""),
                one.why,
            )
            for one in entries[:_SHOWN]
        ]
    )
    if len(entries) > _SHOWN:
        lines.append(text("cli.more", count=len(entries) - _SHOWN))
    session.output.answer(document, lines)
    return 0
