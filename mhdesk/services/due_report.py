"""The due list as a table on paper and in a workbook: exactly the rows and columns that are on the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mhdesk.domain import codes, identity
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.unit import Unit
from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet
from mhdesk.services.worklist import DueEntry, DueQuery
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger


class DueColumn(NamedTuple):
    """A column of the list: its value as text, its width on paper in millimetres, whether it is shown at first."""

    value: Callable[[DueEntry], str]
    width_mm: float
    is_shown: bool = True
    align: Align = Align.LEFT

    @staticmethod
    def title(key: str) -> str:
        """The header of a column."""
        return text(f"rounds.column.{key}")


def _coded(name: str, code: str | None) -> str:
    known = codes.code_list(name)
    return "" if code is None else known.label(code) if code in known.codes else code


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def overdue_words(entry: DueEntry) -> str:
    """How late, or how long still; nothing where nobody wrote when, or where nothing is due."""
    if entry.due_on is None or entry.state == "ended":
        return ""
    if entry.days_overdue > 0:
        return text("rounds.late", days=entry.days_overdue)
    return text("rounds.left", days=-entry.days_overdue) if entry.days_overdue < 0 else text("rounds.today")


#: The columns in their order; screen, paper and workbook take their texts from here.
COLUMNS: Mapping[str, DueColumn] = {
    "name": DueColumn(lambda one: one.name, 22),
    "village": DueColumn(lambda one: one.village or "", 26),
    "state": DueColumn(lambda one: text(f"rounds.state.{one.state}"), 18, align=Align.CENTER),
    "due_on": DueColumn(lambda one: _day(one.due_on), 24, align=Align.CENTER),
    "late": DueColumn(overdue_words, 22, align=Align.CENTER),
    "visit_class": DueColumn(lambda one: _coded("visit_class", one.visit_class), 22, align=Align.CENTER),
    "risk_level": DueColumn(lambda one: one.risk_level or "", 14, align=Align.CENTER),
    "reminders": DueColumn(lambda one: "；".join(told.short for told in one.reminders), 44),
    "reason": DueColumn(lambda one: one.reason, 50),
    "last_visit_on": DueColumn(lambda one: _day(one.last_visit_on), 24, is_shown=False, align=Align.CENTER),
    "phone": DueColumn(lambda one: one.guardian_phone or one.phone or "", 28, align=Align.CENTER),
    "guardian_name": DueColumn(lambda one: one.guardian_name or "", 20, is_shown=False),
    "doctor": DueColumn(lambda one: one.doctor or "", 20, is_shown=False),
    "sheet": DueColumn(lambda one: one.sheet or "", 16, is_shown=False, align=Align.CENTER),
}
SHOWN = tuple(key for key, column in COLUMNS.items() if column.is_shown)
_PRIVATE = {"name", "phone", "guardian_name"}


def query_words(query: DueQuery) -> str:
    """The filters in words: they are printed over the list."""
    parts = [
        "、".join(text(f"rounds.state.{bucket}") for bucket in query.buckets),
        text(f"rounds.window.{query.window}"),
    ]
    if query.village is not None:
        parts.append(query.village)
    if query.doctor is not None:
        parts.append(text("rounds.filter.doctor", doctor=query.doctor))
    if query.visit_class is not None:
        is_known = query.visit_class != "none"
        parts.append(_coded("visit_class", query.visit_class) if is_known else text("rounds.filter.no_class"))
    if query.risk is not None:
        parts.append(text("rounds.filter.risk", level=query.risk))
    if query.reminder is not None:
        parts.append(text(f"reminders.filter.{query.reminder}"))
    return " · ".join(parts)


def build(
    entries: Sequence[DueEntry],
    *,
    keys: Sequence[str] = SHOWN,
    query: DueQuery,
    unit_name: str,
    today: date,
    masked: bool = False,
) -> Report:
    """The table of these entries, in their order, with these columns. `masked`: without full names and phones."""
    columns = [COLUMNS[key] for key in keys]
    rows = [
        [
            Cell(number, Format.INTEGER),
            *(Cell(_masked(key, one) if masked else COLUMNS[key].value(one)) for key in keys),
        ]
        for number, one in enumerate(entries, start=1)
    ]
    title = text("rounds.list_title")
    sheet = Sheet(
        name=title,
        title=title,
        columns=[
            Column(11, align=Align.CENTER),
            *(Column(column.width_mm, Format.TEXT, column.align) for column in columns),
        ],
        header=[[Cell(text("rounds.column.number")), *(Cell(DueColumn.title(key)) for key in keys)]],
        rows=[[cell if cell.value != "" else Cell() for cell in row] for row in rows],
        left_note=text("rounds.list_unit", unit=unit_name),
        right_note=text("rounds.list_day", day=today.isoformat()),
        unit_note=text("rounds.list_count", filters=query_words(query), count=len(entries)),
        frozen_columns=2,
    )
    return Report(key="due", title=title, file_stem=f"{title}{today.isoformat()}", sheets=(sheet,))


def _masked(key: str, entry: DueEntry) -> str:
    if key == "name":
        return identity.mask_name(entry.name)
    return "" if key in _PRIVATE else COLUMNS[key].value(entry)


def unit_name(ledger: Ledger) -> str:
    """The ledger's own unit, for the line under the title."""
    return ledger.get(Unit, ledger.root_unit_id).name


def write(ledger: Ledger, report: Report, path: Path, *, task: Task = QUIET) -> None:
    """Write the table as .xlsx; how many people it names goes into the audit log. Raises OutputFailed."""
    from mhdesk.files import xlsx_write

    xlsx_write.write_report(report, path, task)
    note_use(ledger, report, "due.export")


def note_use(ledger: Ledger, report: Report, action: str) -> None:
    """Write into the audit log that the list was printed or exported, with the number of people on it."""
    with ledger.change(action) as change:
        change.touch("patient", sum(len(sheet.rows) for sheet in report.sheets))
