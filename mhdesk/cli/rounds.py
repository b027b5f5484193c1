"""Commands on the doctor's rounds: due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.domain.errors import UsageError
from mhdesk.services import due_report, worklist
from mhdesk.services.worklist import DueEntry, DueQuery
from mhdesk.text import text

_SHOWN = 50
_CLASSES = ("1", "2", "3", "none")
_LEVELS = ("0", "1", "2", "3", "4", "5")
# What may leave the ledger without being asked for by name. A list of what is allowed: new fields stay inside.
_MASKED = (
    *("id", "label", "village", "state", "due_on", "days_overdue"),
    *("visit_class", "risk_level", "last_visit_on", "reason"),
)


def add_commands(commands: Any, day: Callable[[str], date]) -> None:  # noqa: ARG001 - all groups are called alike
    """Register this group's commands."""
    due = commands.add_parser("due", help=text("cli.help.due"))
    due.add_argument("--village", metavar="V", help=text("cli.help.village"))
    within = worklist.DEFAULT_WITHIN_DAYS
    due.add_argument("--within", type=int, default=within, metavar="DAYS", help=text("cli.help.within"))
    due.add_argument("--doctor", metavar="NAME", help=text("cli.help.doctor"))
    due.add_argument("--class", dest="visit_class", choices=_CLASSES, help=text("cli.help.visit_class"))
    due.add_argument("--risk", choices=_LEVELS, help=text("cli.help.risk"))
    due.add_argument("--out", metavar="FILE.xlsx", type=Path, help=text("cli.help.due_out"))
    due.add_argument("--identified", action="store_true", help=text("cli.help.identified"))
    due.set_defaults(run=run_due)


def run_due(session: Session) -> int:
    """Who is due and overdue, by risk and days overdue; with ``--out`` also as a workbook."""
    options = session.options
    if options.out is not None and options.out.exists():
        raise UsageError("MH-USAGE-05", file=options.out)
    query = DueQuery(village=options.village, doctor=options.doctor, visit_class=options.visit_class, risk=options.risk)
    with session.ledger() as ledger:
        due = worklist.due(ledger, today=session.today, query=query, within=options.within)
        if options.out is not None:
            report = due_report.build(
                due.patients,
                query=query,
                unit_name=due_report.unit_name(ledger),
                today=session.today,
                masked=not options.identified,
            )
            due_report.write(ledger, report, options.out, task=session.task)
        if options.identified:
            worklist.note_identified(ledger, due)
    patients = [_facts(entry, identified=options.identified) for entry in due.patients]
    document = {"buckets": due.buckets, "patients": patients, "file": str(options.out) if options.out else None}
    lines = [text("cli.due_buckets", **due.buckets)]
    lines += table([_line(one, options.identified) for one in due.patients[:_SHOWN]])
    if len(due.patients) > _SHOWN:
        lines.append(text("cli.more", count=len(due.patients) - _SHOWN))
    if options.out is not None:
        lines.append(text("due.written", file=options.out))
    session.output.answer(document, lines)
    return 0


def _line(entry: DueEntry, identified: bool) -> tuple[str, ...]:  # noqa: FBT001 - the option's value
    return (
        entry.name if identified else entry.label,
        entry.village or "",
        text(f"due.{entry.state}"),
        str(entry.due_on or ""),
        entry.reason,
        "；".join(one.short for one in entry.reminders),
    )


def _facts(entry: DueEntry, *, identified: bool) -> dict[str, Any]:
    """One person for programs: with the full name and phone only where they were asked for."""
    facts: dict[str, Any] = {"id": entry.id, "label": entry.label, **entry._asdict()}
    facts["reminders"] = [{"key": one.key, "words": one.words} for one in entry.reminders]
    return facts if identified else {key: facts[key] for key in (*_MASKED, "reminders")}
