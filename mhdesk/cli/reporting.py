"""Commands on the numbers: report, names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.services import indicators, rollups, templates
from mhdesk.text import text


def add_commands(commands: Any, day: Callable[[str], date]) -> None:
    """Register this group's commands."""
    report = commands.add_parser("report", help=text("cli.help.report"))
    report.add_argument("period", choices=rollups.PERIODS, help=text("cli.help.period"))
    report.add_argument("--on", type=day, metavar="DATE", help=text("cli.help.on"))
    report.add_argument("--rules", metavar="ID", help=text("cli.help.rules"))
    report.add_argument("--out", metavar="DIR", type=Path, help=text("cli.help.out"))
    report.add_argument("--submit", action="store_true", help=text("cli.help.submit"))
    report.add_argument("--template", metavar="FILE|NAME", help=text("cli.help.template"))
    report.set_defaults(run=run_report)

    names = commands.add_parser("names", help=text("cli.help.names"))
    names.add_argument("indicator", metavar="INDICATOR")
    names.add_argument("--on", type=day, metavar="DATE", help=text("cli.help.on"))
    names.add_argument("--rules", metavar="ID", help=text("cli.help.rules"))
    names.add_argument("--unit", metavar="U", help=text("cli.help.unit"))
    names.add_argument(
        "--side", choices=("numerator", "denominator", "gap"), default="numerator", help=text("cli.help.side")
    )
    names.add_argument("--identified", action="store_true", help=text("cli.help.identified"))
    names.set_defaults(run=run_names)


def run_report(session: Session) -> int:
    """The roll-up of the period, as JSON or Chinese lines, and as xlsx and pdf where `--out` says."""
    options = session.options
    with session.ledger() as ledger:
        rollup = rollups.build(
            ledger, period=options.period, on=options.on or session.today, rules=options.rules, today=session.today
        )
        files = rollups.submit(ledger, rollup).files if options.submit else []
        if options.out:
            files = rollups.write(ledger, rollup, options.out, task=session.task)
        written = None
        if options.template:
            folder = options.out or Path.cwd()
            written = templates.write(ledger, rollup, options.template, folder, today=session.today, task=session.task)
            files = [*files, written.file]
    document = {**rollups.to_json(rollup), "files": [str(file) for file in files]}
    if written is not None:
        document["template"] = templates.to_json(written)
    lines = [text("cli.report_title", label=rollup.period.label, rules=rollup.rules.name)]
    lines += table(rollups.summary_rows(rollup))
    lines += [f"  {file}" for file in files]
    if written is not None:
        lines += [text("cli.template_filled", count=written.filled.cells), *templates.problem_lines(written.filled)]
    session.output.answer(document, lines)
    return 1 if written is not None and written.filled.problems else 0


def run_names(session: Session) -> int:
    """The people behind a number, masked unless `--identified`, which is written to the audit log."""
    options = session.options
    with session.ledger() as ledger:
        people = indicators.names(
            ledger,
            options.indicator,
            on=options.on or session.today,
            rules=options.rules,
            unit=options.unit,
            side=options.side,
            identified=options.identified,
            today=session.today,
        )
    document = {
        "patients": [{"id": person.id, "label": person.label, "reason": person.reason} for person in people],
        "count": len(people),
    }
    lines = [text("cli.names_count", count=len(people)), *table([(person.label, person.reason) for person in people])]
    session.output.answer(document, lines)
    return 0
