"""Commands that look ahead and judge: ahead, trends, inspect, colours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.domain.errors import UsageError
from mhdesk.rules.colours import COLOURS
from mhdesk.services import colours, due_report, inspection, inspection_tables, outlook, trends
from mhdesk.text import text

_SHOWN = 50


def add_commands(commands: Any, day: Callable[[str], date]) -> None:
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
    trend = commands.add_parser("trends", help=text("cli.help.trends"))
    trend.add_argument("--weeks", type=int, choices=trends.WEEKS, default=trends.WEEKS[0], help=text("cli.help.weeks"))
    trend.add_argument("--rules", metavar="ID", help=text("cli.help.rules"))
    trend.add_argument("--out", metavar="FILE.pdf", type=Path, help=text("cli.help.trends_out"))
    trend.set_defaults(run=run_trends)
    look = commands.add_parser("inspect", help=text("cli.help.inspect"))
    look.add_argument("--on", type=day, metavar="DATE", help=text("cli.help.on"))
    look.add_argument(
        "--size", type=int, default=inspection.DEFAULT_SIZE, metavar="N", help=text("cli.help.inspect_size")
    )
    look.add_argument("--seed", type=int, default=1, metavar="N", help=text("cli.help.inspect_seed"))
    look.add_argument("--rules", metavar="ID", help=text("cli.help.rules"))
    look.add_argument("--out", metavar="DIR", type=Path, help=text("cli.help.inspect_out"))
    look.add_argument("--identified", action="store_true", help=text("cli.help.identified"))
    look.set_defaults(run=run_inspect)
    colour = commands.add_parser("colours", help=text("cli.help.colours"))
    actions = colour.add_subparsers(dest="action", metavar="ACTION", title=text("cli.actions"), required=True)
    listed = actions.add_parser("list", help=text("cli.help.colours_list"))
    listed.add_argument("--state", choices=colours.STATES, default="due", help=text("cli.help.colours_state"))
    listed.add_argument("--out", metavar="FILE", type=Path, help=text("cli.help.ahead_out"))
    listed.add_argument("--identified", action="store_true", help=text("cli.help.identified"))
    listed.set_defaults(run=run_colours)
    assess = actions.add_parser("assess", help=text("cli.help.colours_assess"))
    assess.add_argument("patient", metavar="ID", type=int)
    assess.add_argument("answers", metavar="ITEM=OPTION", nargs="*", help=text("cli.help.colours_answers"))
    assess.add_argument("--on", type=day, metavar="DATE", help=text("cli.help.on"))
    assess.add_argument("--colour", choices=COLOURS, help=text("cli.help.colours_colour"))
    assess.add_argument("--members", metavar="WORDS", default="", help=text("cli.help.colours_members"))
    assess.add_argument("--reason", metavar="WORDS", help=text("cli.help.colours_reason"))
    assess.add_argument("--sheet", metavar="FILE.pdf", type=Path, help=text("cli.help.colours_sheet"))
    assess.set_defaults(run=run_assess)


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
        made = outlook.report(
            ahead, entries, unit_name=due_report.unit_name(ledger), masked=not options.identified, show=options.show
        )
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


def run_colours(session: Session) -> int:
    """Who has which colour since when, and who is due to be assessed."""
    options = session.options
    if options.out is not None and options.out.exists():
        raise UsageError("MH-USAGE-05", file=options.out)
    with session.ledger() as ledger:
        found = colours.entries(ledger, today=session.today, state=options.state)
        if options.out is not None:
            made = colours.list_report(ledger, found, today=session.today, masked=not options.identified)
            colours.write(ledger, made, options.out, task=session.task)
    document = {
        "patients": colours.to_json(found, identified=options.identified),
        "count": len(found),
        "file": str(options.out) if options.out else None,
    }
    lines = [text("cli.colours_count", count=len(found))]
    lines += table(
        [
            (
                one.name if options.identified else one.label,
                one.village or "",
                colours.colour_word(one.colour),
                text(f"colours.source.{one.source or 'none'}"),
                str(one.next_on or ""),
            )
            for one in found[:_SHOWN]
        ]
    )
    if len(found) > _SHOWN:
        lines.append(text("cli.more", count=len(found) - _SHOWN))
    session.output.answer(document, lines)
    return 0


def run_assess(session: Session) -> int:
    """Record an assessment; what the file answers itself need not be given. Without `--colour`: only the suggestion."""
    options = session.options
    given = dict(one.partition("=")[::2] for one in options.answers)
    with session.ledger() as ledger:
        start = colours.start(ledger, options.patient, today=session.today)
        answers = {**start.answers, **given}
        said = colours.suggest(ledger, answers)
        if options.colour:
            colours.assess(
                ledger,
                options.patient,
                on=options.on or session.today,
                answers=answers,
                colour=options.colour,
                members=options.members,
                override_reason=options.reason,
                today=session.today,
            )
            if options.sheet is not None:
                newest = colours.history(ledger, options.patient)[0]
                colours.write(ledger, colours.sheet_report(ledger, newest.id or 0), options.sheet, task=session.task)
    document = {
        "score": said.score,
        "suggested": said.colour,
        "missing": list(said.missing),
        "answers": answers,
        "colour": options.colour,
        "file": str(options.sheet) if options.colour and options.sheet else None,
    }
    words = colours.colour_word(said.colour)
    session.output.answer(document, [text("cli.colours_suggested", score=said.score, colour=words)])
    return 0


def run_trends(session: Session) -> int:
    """Rates, counts, class and colour week by week; with `--out` as charts."""
    options = session.options
    if options.out is not None and options.out.exists():
        raise UsageError("MH-USAGE-05", file=options.out)
    with session.ledger() as ledger:
        trend = trends.over_weeks(
            ledger, weeks=options.weeks, rules=options.rules, today=session.today, task=session.task
        )
        if options.out is not None:
            trends.write(ledger, trend, options.out, task=session.task)
    document = {**trends.to_json(trend), "file": str(options.out) if options.out else None}
    heading = (text("cli.trends_week"), *(text(f"indicator.{key}.name") for key in (*trends.RATES, *trends.LISTED)))
    lines = [trend.title]
    lines += table([heading, *(trends.line(one) for one in trend.rollups)])
    session.output.answer(document, lines)
    return 0


def run_inspect(session: Session) -> int:
    """Files drawn at random from a quarter, scored as they were; with `--out` the tables an inspection asks for."""
    options = session.options
    with session.ledger() as ledger:
        made = inspection.inspect(
            ledger,
            on=options.on or session.today,
            today=session.today,
            size=options.size,
            seed=options.seed,
            rules=options.rules,
            task=session.task,
        )
        files: list[Path] = []
        if options.out is not None:
            files = inspection_tables.write(ledger, made, options.out, masked=not options.identified, task=session.task)
    document = {
        **inspection_tables.to_json(made, identified=options.identified),
        "files": [str(file) for file in files],
    }
    average = f"{made.average:.1f}" if made.average is not None else text("reports.nothing")
    lines = [text("inspection_page.summary", label=made.label, size=len(made.scored), average=average), *made.limits]
    lines += table([(one.label, str(one.total), "；".join(words for _, words in one.missing)) for one in made.scored])
    lines += [f"  {file}" for file in files]
    session.output.answer(document, lines)
    return 1 if any(one.missing for one in made.scored) else 0
