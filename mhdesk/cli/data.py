"""Commands on the records: demo, import, check."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.domain.errors import UsageError
from mhdesk.services import checks, demo, imports, register_report
from mhdesk.services.printing import patients_of_village
from mhdesk.text import text

_SHOWN_PROBLEMS = 20
_SHOWN_DUE = 50


def add_commands(commands: Any, day: Callable[[str], date]) -> None:  # noqa: ARG001 - all groups are called alike
    """Register this group's commands."""
    showing = commands.add_parser("demo", help=text("cli.help.demo"))
    showing.add_argument("dir", metavar="DIR", type=Path)
    showing.add_argument("--patients", type=int, metavar="N", help=text("cli.help.patients"))
    showing.add_argument("--seed", type=int, default=1, metavar="N", help=text("cli.help.seed"))
    showing.add_argument("--townships", action="store_true", help=text("cli.help.townships"))
    showing.set_defaults(run=run_demo)

    reading = commands.add_parser("import", help=text("cli.help.import"))
    reading.add_argument("file", metavar="FILE", type=Path)
    reading.add_argument("--as", dest="kind", choices=imports.KINDS, default="auto", help=text("cli.help.kind"))
    reading.add_argument("--dry-run", action="store_true", help=text("cli.help.dry_run"))
    reading.set_defaults(run=run_import)

    writing = commands.add_parser("export", help=text("cli.help.export"))
    writing.add_argument("kind", choices=register_report.KINDS, help=text("cli.help.export_kind"))
    writing.add_argument("--out", metavar="FILE.xlsx", type=Path, required=True, help=text("cli.help.export_out"))
    writing.add_argument("--village", metavar="V", help=text("cli.help.export_village"))
    writing.set_defaults(run=run_export)

    commands.add_parser("check", help=text("cli.help.check")).set_defaults(run=run_check)


def run_export(session: Session) -> int:
    """The register, or the follow-ups, as a workbook that can be imported again."""
    options = session.options
    if options.out.exists():
        raise UsageError("MH-USAGE-05", file=options.out)
    with session.ledger() as ledger:
        ids = patients_of_village(ledger, options.village) if options.village else None
        report = register_report.MAKERS[options.kind](ledger, ids, today=session.today, task=session.task)
        register_report.write(ledger, report, options.out, task=session.task)
    rows = len(report.sheets[0].rows)
    session.output.answer(
        {"file": str(options.out), "rows": rows}, [text("export.written", rows=rows, file=options.out)]
    )
    return 0


def run_demo(session: Session) -> int:
    """A synthetic ledger and the main job on it."""
    options = session.options
    result = demo.build(
        options.dir,
        patients=options.patients,
        seed=options.seed,
        townships=options.townships,
        today=session.today,
        task=session.task,
    )
    document = {
        "ledger": str(result.ledger),
        "password_file": str(result.password_file),
        "files": [str(file) for file in result.files],
        "patients": result.patients,
        "follow_ups": result.follow_ups,
        "seconds": round(result.seconds, 1),
    }
    lines = [
        text("cli.demo_done", patients=result.patients, follow_ups=result.follow_ups, seconds=round(result.seconds, 1)),
        text("cli.demo_ledger", ledger=result.ledger, password_file=result.password_file),
        *(f"  {file}" for file in result.files),
    ]
    session.output.answer(document, lines)
    return 0


def run_import(session: Session) -> int:
    """Read a workbook into the ledger; rejected rows come back as a file."""
    options = session.options
    with session.ledger() as ledger:
        result = imports.import_file(
            ledger, options.file, kind=options.kind, dry_run=options.dry_run, today=session.today, task=session.task
        )
    counts = {name: getattr(result, name) for name in ("rows", "new", "same", "changed", "conflict", "rejected")}
    document = {
        **counts,
        "dry_run": options.dry_run,
        "problems": [problem._asdict() for problem in result.problems],
        "rejected_file": str(result.rejected_file) if result.rejected_file else None,
    }
    lines = [text("cli.import_dry" if options.dry_run else "cli.import_done", **counts)]
    lines += [
        text("cli.import_problem", sheet=problem.sheet, row=problem.row, column=problem.column, message=problem.message)
        for problem in result.problems[:_SHOWN_PROBLEMS]
    ]
    if len(result.problems) > _SHOWN_PROBLEMS:
        lines.append(text("cli.more", count=len(result.problems) - _SHOWN_PROBLEMS))
    if result.rejected_file:
        lines.append(text("cli.import_rejected", file=result.rejected_file))
    session.output.answer(document, lines)
    return 1 if result.conflict or result.rejected else 0


def run_check(session: Session) -> int:
    """Data-quality rules over the whole ledger."""
    with session.ledger() as ledger:
        found = checks.check_ledger(ledger, today=session.today, task=session.task)
    document = {
        "rules": list(found.rules),
        "violations": [
            {"rule": item.rule, "severity": item.severity, "patient": item.patient, "message": item.message}
            for item in found.violations
        ],
    }
    rows = [(item.severity, item.label, item.message) for item in found.violations]
    lines = [text("cli.check_done", rules=len(found.rules), count=len(rows)), *table(rows[:_SHOWN_DUE])]
    if len(rows) > _SHOWN_DUE:
        lines.append(text("cli.more", count=len(rows) - _SHOWN_DUE))
    session.output.answer(document, lines)
    return 1 if rows else 0
