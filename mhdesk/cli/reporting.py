"""Commands on the numbers: report, names, explain, sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.domain.errors import UsageError
from mhdesk.rules.rollup import RANGE
from mhdesk.services import bridge, groupings, indicators, rollups, sending, submissions, templates
from mhdesk.services.sending import Terms
from mhdesk.text import text

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger


def add_commands(commands: Any, day: Callable[[str], date]) -> None:
    """Register this group's commands."""
    report = commands.add_parser("report", help=text("cli.help.report"))
    report.add_argument("period", choices=(*rollups.PERIODS, RANGE), help=text("cli.help.period"))
    report.add_argument("--on", type=day, metavar="DATE", help=text("cli.help.on"))
    report.add_argument("--from", type=day, metavar="DATE", dest="first", help=text("cli.help.range_from"))
    report.add_argument("--to", type=day, metavar="DATE", dest="last", help=text("cli.help.range_to"))
    report.add_argument("--by", choices=groupings.BY, default="unit", help=text("cli.help.by"))
    report.add_argument("--rules", metavar="ID", help=text("cli.help.rules"))
    report.add_argument("--out", metavar="DIR", type=Path, help=text("cli.help.out"))
    report.add_argument("--submit", action="store_true", help=text("cli.help.submit"))
    report.add_argument("--template", metavar="FILE|NAME", help=text("cli.help.template"))
    report.add_argument("--checked-by", metavar="NAME", help=text("cli.help.checked_by"))
    report.add_argument("--correction", metavar="NOTE", help=text("cli.help.correction"))
    report.set_defaults(run=run_report)

    names = commands.add_parser("names", help=text("cli.help.names"))
    names.add_argument("indicator", metavar="INDICATOR")
    names.add_argument("--on", type=day, metavar="DATE", help=text("cli.help.on"))
    names.add_argument("--period", choices=rollups.PERIODS, default="weekly", help=text("cli.help.period"))
    names.add_argument("--rules", metavar="ID", help=text("cli.help.rules"))
    names.add_argument("--unit", metavar="U", help=text("cli.help.unit"))
    names.add_argument(
        "--side", choices=("numerator", "denominator", "gap"), default="numerator", help=text("cli.help.side")
    )
    names.add_argument("--identified", action="store_true", help=text("cli.help.identified"))
    names.set_defaults(run=run_names)

    explain = commands.add_parser("explain", help=text("cli.help.explain"))
    explain.add_argument("--on", type=day, metavar="DATE", help=text("cli.help.on"))
    explain.add_argument("--period", choices=rollups.PERIODS, default="weekly", help=text("cli.help.period"))
    explain.add_argument("--rules", metavar="ID", help=text("cli.help.rules"))
    explain.add_argument("--patient", type=int, metavar="ID", help=text("cli.help.explain_patient"))
    explain.add_argument("--identified", action="store_true", help=text("cli.help.identified"))
    explain.set_defaults(run=run_explain)

    sent = commands.add_parser("sent", help=text("cli.help.sent"))
    sent.add_argument("--year", type=int, metavar="YYYY", help=text("cli.help.sent_year"))
    sent.add_argument("--period", choices=rollups.PERIODS, default="weekly", help=text("cli.help.period"))
    sent.add_argument("--show", type=int, metavar="ID", help=text("cli.help.sent_show"))
    sent.add_argument("--export", type=int, metavar="ID", help=text("cli.help.sent_export"))
    sent.add_argument("--out", metavar="DIR", type=Path, help=text("cli.help.out"))
    sent.add_argument("--require", nargs="*", choices=sending.KINDS, metavar="KIND", help=text("cli.help.sent_require"))
    sent.add_argument("--due-days", nargs="+", metavar="KIND=N", help=text("cli.help.sent_due_days"))
    sent.add_argument("--week-begins", type=int, choices=range(7), metavar="0-6", help=text("cli.help.sent_week"))
    sent.set_defaults(run=run_sent)


def run_report(session: Session) -> int:
    """The roll-up of the period, as JSON or Chinese lines, and as xlsx and pdf where `--out` says."""
    from mhdesk.reports import bridge as layout

    options = session.options
    on = options.first if options.period == RANGE else options.on
    if options.period == RANGE and options.first is None:
        raise UsageError("MH-REPORT-14")
    with session.ledger() as ledger:
        rollup = rollups.build(
            ledger,
            period=options.period,
            on=on or session.today,
            to=options.last,
            rules=options.rules,
            by=options.by,
            today=session.today,
        )
        files: Any = []
        if options.submit:
            sent = rollups.submit(
                ledger, rollup, checked_by=options.checked_by, correction_note=options.correction, task=session.task
            )
            files = sent.files
        if options.out:
            sheets, lists = [], []
            if (base := bridge.base_of(ledger, rollup.period)) is not None and rollup.by == "unit":
                made = bridge.build(ledger, rollup, base)
                sheets = [bridge.sheet(made)]
                lists = [layout.people_sheet(rollup, bridge.everybody(ledger, made))]
            files = rollups.write(ledger, rollup, options.out, sheets=sheets, lists=lists, task=session.task)
        written = None
        if options.template:
            folder = options.out or Path.cwd()
            written = templates.write(ledger, rollup, options.template, folder, today=session.today, task=session.task)
            files = [*files, written.file]
        remark = submissions.remark(ledger, rollup.period)
    document = {**rollups.to_json(rollup), "files": [str(file) for file in files], "remark": remark}
    if written is not None:
        document["template"] = templates.to_json(written)
    lines = [text("cli.report_title", label=rollup.period.label, rules=rollup.rules.name)]
    lines += [remark] if remark else []
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
            period=options.period,
            unit=options.unit,
            side=options.side,
            identified=options.identified,
            today=session.today,
        )
    document = {
        "patients": [
            {"id": person.id, "label": person.label, "reason": person.reason, "repair": person.repair}
            for person in people
        ],
        "count": len(people),
    }
    rows = [(person.label, person.reason, person.repair) for person in people]
    session.output.answer(document, [text("cli.names_count", count=len(people)), *table(rows)])
    return 0


def run_explain(session: Session) -> int:
    """What changed since the last submitted period, by name; with `--patient` every number as one person sees it."""
    options = session.options
    on = options.on or session.today
    with session.ledger() as ledger:
        if options.patient is not None:
            told = indicators.of_person(
                ledger, options.patient, on=on, today=session.today, rules=options.rules, period=options.period
            )
            document: dict[str, Any] = {
                "patient": options.patient,
                "indicators": [
                    {
                        "indicator": one.indicator,
                        "name": one.name,
                        "standing": one.standing,
                        "reason": one.reason,
                        "repair": one.repair,
                    }
                    for one in told
                ],
            }
            lines = table(
                [(one.name, text(f"reports.standing.{one.standing}"), one.reason, one.repair) for one in told]
            )
        else:
            rollup = rollups.build(ledger, period=options.period, on=on, rules=options.rules, today=session.today)
            made = bridge.build(ledger, rollup)
            named = bridge.everybody(ledger, made, identified=options.identified)
            document, lines = bridge.to_json(made, named), bridge.lines(made, named)
    session.output.answer(document, lines)
    return 0


def run_sent(session: Session) -> int:
    """The calendar of what was sent; `--show` a second look at one; `--export` its files, byte for byte."""
    options = session.options
    with session.ledger() as ledger:
        if options.export is not None:
            files = submissions.export(ledger, options.export, options.out or Path.cwd())
            session.output.answer({"id": options.export, "files": [str(file) for file in files]}, map(str, files))
            return 0
        if options.show is not None:
            look = submissions.run_again(ledger, options.show)
            session.output.answer(submissions.second_look_json(look), submissions.second_look_lines(look))
            return 1 if look.differences else 0
        _set_terms(session, ledger)
        tiles = submissions.calendar(
            ledger, kind=options.period, year=options.year or session.today.year, today=session.today
        )
    rows = [
        (tile.period.label, text(f"reports.state.{tile.state}"), str(tile.latest.id) if tile.latest else "")
        for tile in tiles
    ]
    session.output.answer({"periods": submissions.calendar_json(tiles)}, table(rows))
    return 0


def _set_terms(session: Session, ledger: Ledger) -> None:
    """Keep what must be sent and by when, where it is given. Raises UserError MH-SENDING-01."""
    options = session.options
    if options.require is None and options.due_days is None and options.week_begins is None:
        return
    known = sending.terms(ledger)
    days = dict(known.due_days)
    for words in options.due_days or ():
        kind, _, number = words.partition("=")
        days[kind] = int(number) if kind in days and number.isdecimal() else -1  # refused with its sentence
    sending.save(
        ledger,
        Terms(
            known.required if options.require is None else options.require,
            days if set(days) == set(sending.KINDS) else dict.fromkeys(sending.KINDS, -1),
            known.first_weekday if options.week_begins is None else options.week_begins,
        ),
    )
