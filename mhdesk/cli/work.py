"""Commands on staff and training: staffing, training, staff."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.domain.unit import Unit
from mhdesk.rules.staffing_annex import Deviation
from mhdesk.services import staffing
from mhdesk.services.staffing import Staffing
from mhdesk.text import text


def add_commands(commands: Any, day: Callable[[str], date]) -> None:  # noqa: ARG001 - all groups are called alike
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
