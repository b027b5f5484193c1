"""Looking ahead (倒计时): by when whom, what the rate will be, and the fewest visits that reach the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db.queries import rollup as queries
from db.queries import rounds
from mhdesk.domain import identity
from mhdesk.domain.errors import UsageError
from mhdesk.domain.rounding import two_decimals
from mhdesk.domain.task import QUIET, Task
from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet
from mhdesk.rules import outlook as rules_outlook
from mhdesk.rules import rollup as rules_rollup
from mhdesk.rules.indicators.registry import name_of
from mhdesk.rules.outlook import Chance, Outlook, Prospect
from mhdesk.rules.ruleset import RuleSet
from mhdesk.services import due_report, rollups
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

SPANS = ("quarterly", "annual")
INDICATORS = rules_outlook.INDICATORS
#: What of the list is shown.
SHOWS = ("needed", "fewest", "broken")


@dataclass(frozen=True, slots=True)
class AheadEntry:
    """One person of the countdown. `label` is masked, `name` is not."""

    id: int
    label: str
    name: str
    village: str | None
    village_order: int
    chance: str
    deadline: date | None
    days_left: int
    visits: int
    is_fewest: bool
    last_visit_on: date | None
    phone: str | None
    why: str
    note: str


@dataclass(frozen=True)
class Ahead:
    """The countdown and its people, the earliest deadline first."""

    label: str
    rules: RuleSet
    outlook: Outlook
    entries: Sequence[AheadEntry]

    def shown(self, show: str, village: str | None = None) -> list[AheadEntry]:
        """The people of one list, of one village or of all."""
        kept = [one for one in self.entries if (one.is_fewest if show == "fewest" else one.chance == show)]
        return [one for one in kept if village in (None, one.village)]

    def villages(self, show: str) -> list[tuple[str, int]]:
        """How many people each village has on a list, in the order of the villages."""
        found: dict[tuple[int, str], int] = {}
        for one in self.shown(show):
            key = (one.village_order, one.village or "")
            found[key] = found.get(key, 0) + 1
        return [(name, count) for (_, name), count in sorted(found.items())]


def look(
    ledger: Ledger,
    *,
    span: str = "quarterly",
    indicator: str = INDICATORS[0],
    rules: str | None = None,
    today: date,
) -> Ahead:
    """The countdown to the end of the quarter or year that holds `today`.

    Raises UsageError MH-REPORT-02 for an indicator visits cannot move, MH-RULE-02 for an unknown rule set.
    """
    if indicator not in INDICATORS:
        raise UsageError("MH-REPORT-02", indicator=indicator)
    with ledger.read() as connection:
        period = rules_rollup.period_of(span, today, today=today)
        chosen = rollups.load_rules(connection, rules)
        people = queries.patient_facts(
            connection,
            first=rules_rollup.first_day(period, chosen),
            start=period.start,
            end=today + timedelta(days=1),
        )
        target = next(
            (
                found
                for one in rollups.targets_of(connection, chosen)
                if (found := one.in_force(today.year).get(indicator)) is not None
            ),
            None,
        )
        made = rules_outlook.look_ahead(
            people, indicator=indicator, period=period, today=today, rules=chosen, target=target
        )
        units = {unit.id: (place, unit.name) for place, unit in enumerate(queries.units(connection))}
        concerned = [*made.needed, *(one for one in made.people if one.chance is Chance.BROKEN)]
        rows = rounds.due_rows(connection, [one.id for one in concerned])
    fewest = set(made.fewest)
    entries = [_entry(one, rows[one.id], units, fewest, today) for one in concerned]
    return Ahead(period.label, chosen, made, entries)


def _entry(
    one: Prospect, row: rounds.DueRow, units: dict[int, tuple[int, str]], fewest: set[int], today: date
) -> AheadEntry:
    place, village = units.get(one.unit_id or 0, (len(units), None))
    deadline = date.fromordinal(one.deadline) if one.deadline else None
    notes = [text(f"ahead.note.{key}") for key, is_so in (("hospital", one.in_hospital), ("lost", one.lost)) if is_so]
    return AheadEntry(
        id=one.id,
        label=identity.mask_name(row.name),
        name=row.name,
        village=village,
        village_order=place,
        chance=str(one.chance),
        deadline=deadline,
        days_left=(deadline - today).days if deadline else 0,
        visits=len(one.deadlines),
        is_fewest=one.id in fewest,
        last_visit_on=date.fromordinal(one.last_day) if one.last_day else None,
        phone=row.guardian_phone or row.phone,
        why=one.why,
        note="、".join(notes),
    )


# ---------------------------------------------------------------- in words, as JSON, as a table


def sentences(ahead: Ahead, *, with_rates: bool = True) -> list[str]:
    """What the countdown says, a sentence each; the rates, too, where no picture shows them."""
    made = ahead.outlook
    rates = {
        "nobody": _rate(made.none_numerator, made.none_denominator),
        "everybody": _rate(made.all_numerator, made.all_denominator),
    }
    name = name_of(made.indicator)
    said = [text("ahead.left", days=made.days_left, day=made.horizon.isoformat(), name=name, count=len(made.needed))]
    if with_rates:
        said.append(text("ahead.rates", name=name, **rates))
    if made.target is not None:
        key = "reached" if made.is_reachable and not made.fewest else "fewest" if made.is_reachable else "unreachable"
        visits = sum(len(one.deadlines) for one in made.people if one.id in set(made.fewest))
        said.append(text(f"ahead.{key}", target=made.target.value_text, people=len(made.fewest), visits=visits))
    broken = sum(one.chance is Chance.BROKEN for one in made.people)
    if broken:
        said.append(text("ahead.broken", count=broken))
    return said


def _rate(numerator: int, denominator: int) -> str:
    if not denominator:
        return text("reports.nothing")
    return text(
        "ahead.rate", rate=two_decimals(100 * numerator / denominator), numerator=numerator, denominator=denominator
    )


def to_json(ahead: Ahead, entries: Sequence[AheadEntry], *, identified: bool) -> dict[str, Any]:
    """For programs; names and phones only where they were asked for."""
    made = ahead.outlook
    return {
        "period": ahead.label,
        "horizon": made.horizon.isoformat(),
        "days_left": made.days_left,
        "indicator": made.indicator,
        "rules": {"id": ahead.rules.id, "version": ahead.rules.version},
        "none": {"numerator": made.none_numerator, "denominator": made.none_denominator},
        "all": {"numerator": made.all_numerator, "denominator": made.all_denominator},
        "target": made.target.value_text if made.target else None,
        "reachable": made.is_reachable,
        "needed": len(made.needed),
        "fewest": {
            "people": len(made.fewest),
            "visits": sum(one.visits for one in ahead.entries if one.is_fewest),
        },
        "patients": [
            {
                "id": one.id,
                "label": one.name if identified else one.label,
                "village": one.village,
                "chance": one.chance,
                "deadline": one.deadline.isoformat() if one.deadline else None,
                "visits": one.visits,
                "fewest": one.is_fewest,
                "reason": one.why,
                **({"phone": one.phone} if identified else {}),
            }
            for one in entries
        ],
    }


_WIDTHS = (11.0, 20.0, 24.0, 24.0, 14.0, 24.0, 30.0, 90.0)


def by_village(entries: Sequence[AheadEntry]) -> list[AheadEntry]:
    """As a round goes: village by village, the earliest deadline first."""
    return sorted(entries, key=lambda one: (one.village_order, one.deadline or date.max, one.id))


def report(
    ahead: Ahead, entries: Sequence[AheadEntry], *, unit_name: str, masked: bool = False, show: str = SHOWS[0]
) -> Report:
    """The list as an official table, grouped by village. `show`: which of the lists it is."""
    keys = ("number", "name", "village", "deadline", "visits", "last", "phone", "broken" if show == "broken" else "why")
    ordered = by_village(entries)
    rows = [
        [
            Cell(number, Format.INTEGER),
            Cell(one.label if masked else one.name),
            Cell(one.village),
            Cell(one.deadline, Format.DATE),
            Cell(one.visits or None, Format.INTEGER),
            Cell(one.last_visit_on, Format.DATE),
            Cell(None if masked else one.phone),
            Cell("；".join(filter(None, (one.note, one.why)))),
        ]
        for number, one in enumerate(ordered, start=1)
    ]
    title = text("ahead.list_title", title=text("ahead.title", label=ahead.label), show=text(f"ahead_page.show.{show}"))
    sheet = Sheet(
        name=text("ahead.sheet"),
        title=title,
        columns=[
            Column(width, Format.TEXT, Align.LEFT if width == max(_WIDTHS) else Align.CENTER) for width in _WIDTHS
        ],
        header=[[Cell(text(f"ahead.column.{key}")) for key in keys]],
        rows=rows,
        left_note=text("rounds.list_unit", unit=unit_name),
        right_note=text("rounds.list_day", day=ahead.outlook.today.isoformat()),
        unit_note=text("ahead.unit_note", name=name_of(ahead.outlook.indicator), rules=ahead.rules.label),
        notes=[*sentences(ahead), text("ahead.assumed")],
        frozen_columns=2,
    )
    stem = f"{text('ahead.stem')}_{ahead.outlook.today:%Y%m%d}"
    return Report(key="ahead", title=title, file_stem=stem, sheets=(sheet,))


def list_bytes(ledger: Ledger, made: Report, task: Task = QUIET) -> bytes:
    """The list as pdf, to print; the people it names go into the audit log."""
    from mhdesk.files import pdf_write

    content = pdf_write.report_bytes(made, task)
    due_report.note_use(ledger, made, "ahead.print")
    return content


def write(ledger: Ledger, made: Report, file: Path, *, task: Task = QUIET) -> None:
    """Write the list as .xlsx or .pdf, as the name says; the people it names go into the audit log."""
    from mhdesk.files import pdf_write, xlsx_write

    writer = pdf_write if file.suffix.lower() == ".pdf" else xlsx_write
    writer.write_report(made, file, task)
    with ledger.change("ahead.export") as change:
        change.touch("patient", sum(len(sheet.rows) for sheet in made.sheets))
