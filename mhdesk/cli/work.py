"""Commands on what is needed and what is to be reached: staffing, targets."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.domain.errors import UserError
from mhdesk.domain.unit import Unit
from mhdesk.rules.staffing_annex import Deviation
from mhdesk.services import staffing, target_sets, targets
from mhdesk.services.staffing import Staffing
from mhdesk.services.targets import BoardLine
from mhdesk.text import text


def add_commands(commands: Any, day: Callable[[str], date]) -> None:
    """Register this group's commands."""
    needs = commands.add_parser("staffing", help=text("staffing.help.staffing"))
    needs.add_argument("--ratio", type=int, default=staffing.DEFAULT_RATIO, choices=(100, 80), metavar="100|80",
                       help=text("staffing.help.ratio"))  # fmt: skip
    needs.add_argument("--rounding", choices=staffing.ROUNDINGS, default=staffing.ROUNDINGS[0],
                       help=text("staffing.help.rounding"))  # fmt: skip
    needs.add_argument("--units", metavar="CSV", type=Path, help=text("staffing.help.units"))
    needs.add_argument("--per-100k", metavar="4.5|6|2.8", type=float, default=float(staffing.PER_100K),
                       help=text("staffing.help.per_100k"))  # fmt: skip
    needs.add_argument("--out", metavar="DIR", type=Path, help=text("staffing.help.out"))
    needs.set_defaults(run=run_staffing)

    board = commands.add_parser("targets", help=text("targets.help.targets"))
    board.add_argument("--year", type=int, metavar="YYYY", help=text("targets.help.year"))
    board.add_argument("--document", nargs="+", metavar="ID", help=text("targets.help.set"))
    board.add_argument("--indicator", metavar="ID", help=text("targets.help.indicator"))
    board.add_argument("--value", type=float, metavar="X", help=text("targets.help.value"))
    board.add_argument("--as-of", type=day, metavar="DATE", help=text("targets.help.as_of"))
    board.add_argument("--evidence", metavar="WORDS", default="", help=text("targets.help.evidence"))
    board.add_argument("--out", metavar="DIR", type=Path, help=text("targets.help.out"))
    board.add_argument("--sets", action="store_true", help=text("targets.help.sets"))
    board.add_argument("--use", nargs="+", metavar="ID", help=text("targets.help.use"))
    board.add_argument("--by-rules", action="store_true", help=text("targets.help.by_rules"))
    board.set_defaults(run=run_targets)


def run_staffing(session: Session) -> int:
    """What each unit needs, has and lacks; with ``--out`` the district's table."""
    options = session.options
    per_100k = staffing.per_100k_of(options.per_100k)
    different: list[Deviation] = []
    if options.units is not None:
        file = staffing.read_units(options.units)
        needs = staffing.of_posts(file.posts, ratio=options.ratio, rounding=options.rounding)
        different = file.deviations(options.rounding)
        whole = staffing.annex_of(file, rounding=options.rounding, per_100k=per_100k)
        name = whole.total.unit.name
    else:
        with session.ledger() as ledger:
            needs = staffing.staffing(ledger, today=session.today, ratio=options.ratio, rounding=options.rounding)
            whole = staffing.annex(ledger, today=session.today, rounding=options.rounding, per_100k=per_100k)
            name = ledger.get(Unit, ledger.root_unit_id).name
    files = []
    if options.out is not None:
        printed = staffing.report(whole, unit_name=name, today=session.today)
        files = staffing.write(printed, options.out, task=session.task)
    document = {
        **staffing.to_json(needs),
        "deviations": [dataclasses.asdict(one) for one in different],
        "files": [str(file) for file in files],
    }
    session.output.answer(document, [*_lines(needs), *_said(different), *(f"  {file}" for file in files)])
    return 0


def run_targets(session: Session) -> int:
    """Every target with its actual; with ``--indicator`` and ``--value`` the actual is recorded first."""
    options, today = session.options, session.today
    if options.sets or options.use or options.by_rules:
        return _run_sets(session)
    year = options.year or today.year
    files: list[Path] = []
    said: list[str] = []
    with session.ledger() as ledger:
        lines = targets.board(ledger, year=year, today=today, sets=options.document)
        if options.indicator is not None:
            its = next((one for one in lines if one.target.indicator == options.indicator), None)
            if its is None or options.value is None:
                raise UserError("MH-TARGET-02", name=options.indicator)
            targets.record(
                ledger,
                set_id=its.set_id,
                indicator=options.indicator,
                year=year,
                value=options.value,
                as_of=options.as_of or today,
                evidence=options.evidence,
                today=today,
            )
            said.append(text("targets.recorded"))
            lines = targets.board(ledger, year=year, today=today, sets=options.document)
        if options.out is not None:
            made = targets.report(ledger, lines, year=year, today=today)
            files = targets.write(ledger, made, options.out, task=session.task)
    document = {"year": year, "targets": [_target(one) for one in lines], "files": [str(one) for one in files]}
    said += [_said_target(one) for one in lines]
    session.output.answer(document, [*said, *(text("targets.written", file=one) for one in files)])
    return 0


def _run_sets(session: Session) -> int:
    """The documents with their targets; with ``--use`` or ``--by-rules`` they are chosen first."""
    options = session.options
    with session.ledger() as ledger:
        if options.use or options.by_rules:
            target_sets.choose(ledger, options.use or ())
        found = target_sets.choice(ledger)
    said = []
    for one in found.available:
        in_force = text("targets.in_force") if one.id in found.in_force else ""
        said.append(text("targets.set_line", id=one.id, name=one.name, in_force=in_force))
        said += [
            text(
                "targets.target_line",
                name=target.name,
                indicator=target.indicator,
                target=target.value_text,
                year=target.year,
                mark=text(f"rules.marks.{target.mark}"),
                source=target.source,
            )
            for target in one.targets
        ]
    session.output.answer(target_sets.to_json(found), said)
    return 0


def _target(one: BoardLine) -> dict[str, Any]:
    return {
        "document": one.set_id,
        "indicator": one.target.indicator,
        "name": one.name,
        "office": one.target.office,
        "baseline": one.target.baseline,
        "target": one.target.value_text,
        "target_year": one.target.year,
        "mark": one.target.mark.value,
        "source": one.target.source,
        "actual": one.actual_text or None,
        "origin": one.origin or None,
        "evidence": one.evidence or None,
        "reached": one.is_reached,
        "applies": one.applies,
        "before": one.before_text or None,
        "trend": one.trend or None,
    }


def _said_target(one: BoardLine) -> str:
    key = "unknown" if one.applies else "district"
    if one.is_reached is not None:
        key = "reached" if one.is_reached else "missed"
    return text(
        "targets.line",
        set=one.set_name,
        name=f"{one.name}（{one.target.indicator}）",
        target=one.target.value_text,
        actual=one.actual_text or text("targets.unknown"),
        reached=text(f"targets.{key}"),
    )


def _lines(needs: Staffing) -> list[str]:
    keys = ("unit", "registered", "needed_short", "in_post", "missing", "people_per_staff")
    rows = [tuple(text(f"staffing.column.{key}") for key in keys)]
    for need in (*needs.units, needs.total):
        ratio = text("staffing.none") if need.people_per_staff is None else f"1/{need.people_per_staff}"
        name = need.unit or text("reports.total")
        figures = (need.registered, need.needed, need.in_post, need.missing)
        rows.append((name, *(text("staffing.none") if one is None else f"{one:g}" for one in figures), ratio))
    rule = text(f"staffing.rounding.{needs.rounding}")
    return [text("staffing.done", ratio=needs.ratio, rule=rule), *table(rows)]


def _said(different: list[Deviation]) -> list[str]:
    if not different:
        return []
    return [
        text("staffing.deviations", count=len(different)),
        *(
            "  "
            + text(
                "staffing.deviation",
                unit=one.unit,
                column=text(f"staffing.column.{one.column}"),
                by_rule=f"{one.by_rule:g}",
                printed=f"{one.printed:g}",
            )
            for one in different
        ),
    ]
