"""服药: the lists of the page: who needs an injection, runs out, stopped, is not regular, could be long-acting; stock.

The lists are those of `waiting`; here they become lines with the same columns, on screen, on paper and in a workbook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mhdesk.domain.task import QUIET, Task, collector_at_rest
from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet
from mhdesk.services.medication import review, stock
from mhdesk.services.medication import waiting as waits
from mhdesk.services.medication.review import UnknownName
from mhdesk.services.medication.stock import Level
from mhdesk.services.medication.waiting import Candidate, Waiting
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

#: The lists of people in the order of the page, each with the kinds of `waiting` it holds.
LISTS: Mapping[str, tuple[str, ...]] = {
    "injections": ("injection_late", "injection_due", "injection_soon"),
    "running_out": ("ran_out", "running_out"),
    "stopped": ("stopped",),
    "not_regular": ("not_regular",),
    "watch": ("watch",),
    "candidates": ("candidate",),
}
_WIDTHS_MM = {"name": 22.0, "village": 28.0, "kind": 28.0, "drug": 30.0, "on": 22.0, "late": 24.0, "words": 80.0,
              "phone": 26.0}  # fmt: skip
_CENTRED = frozenset({"kind", "on", "late", "phone"})


class Line(NamedTuple):
    """One person on one list. `days` past the day `on`; negative: days left; None: no day."""

    patient_id: int
    name: str
    village: str
    kind: str
    drug: str
    on: date | None
    days: int | None
    words: str
    phone: str

    @property
    def kind_words(self) -> str:
        """What it is about."""
        return text(f"medication_page.kind.{self.kind}")

    @property
    def late_words(self) -> str:
        """How late, or how long still."""
        if self.days is None:
            return ""
        if self.days == 0:
            return text("medication_page.today")
        return text("medication_page.late" if self.days > 0 else "medication_page.left", days=abs(self.days))


@dataclass(frozen=True)
class Overview:
    """Everything on the page."""

    lines: Mapping[str, Sequence[Line]]  # by list
    stock: Sequence[Level]
    unknown: Sequence[UnknownName]

    @property
    def villages(self) -> list[str]:
        """Villages that occur."""
        return sorted({one.village for lines in self.lines.values() for one in lines if one.village})

    @property
    def drugs(self) -> list[str]:
        """Drugs that occur."""
        return sorted({one.drug for lines in self.lines.values() for one in lines if one.drug})


def read(ledger: Ledger, *, today: date, task: Task = QUIET) -> Overview:
    """All lists, as of a day."""
    by_kind: dict[str, list[Line]] = {}
    with collector_at_rest():
        for one in waits.waiting(ledger, today=today):
            by_kind.setdefault(one.kind, []).append(_line(one))
        found = waits.long_acting_candidates(ledger, today=today, task=task)
        by_kind["candidate"] = [_candidate(one) for one in found]
        lines = {name: [one for kind in kinds for one in by_kind.get(kind, ())] for name, kinds in LISTS.items()}
        return Overview(lines, stock.levels(ledger, today=today), review.unknown(ledger))


def _line(one: Waiting) -> Line:
    person = one.person
    return Line(
        person.id, person.name, person.unit_name or "", one.kind, one.drug_name, one.on, one.days, one.words,
        person.guardian_phone or person.phone or "",
    )  # fmt: skip


def _candidate(one: Candidate) -> Line:
    person, words = one.person, "；".join(reason.words for reason in one.reasons)
    phone = person.guardian_phone or person.phone or ""
    return Line(person.id, person.name, person.unit_name or "", "candidate", "", None, None, words, phone)


# ---------------------------------------------------------------- as a table


def value(line: Line, key: str) -> str:
    """The text of a column."""
    if key == "kind":
        return line.kind_words
    if key == "late":
        return line.late_words
    found = getattr(line, key)
    return "" if found is None else str(found)


def report(
    lines: Sequence[Line], *, keys: Sequence[str], name: str, filters: str, unit_name: str, today: date
) -> Report:
    """Exactly what is shown: these lines in their order, these columns in theirs."""
    title = text("medication_page.list_title", name=name)
    rows = [
        [Cell(number, Format.INTEGER), *(Cell(said) if (said := value(one, key)) else Cell() for key in keys)]
        for number, one in enumerate(lines, start=1)
    ]
    columns = [Column(_WIDTHS_MM[key], Format.TEXT, Align.CENTER if key in _CENTRED else Align.LEFT) for key in keys]
    head = [Cell(text("rounds.column.number")), *(Cell(text(f"medication_page.column.{key}")) for key in keys)]
    sheet = Sheet(
        name=name,
        title=title,
        columns=[Column(11, align=Align.CENTER), *columns],
        header=[head],
        rows=rows,
        left_note=text("rounds.list_unit", unit=unit_name),
        right_note=text("rounds.list_day", day=today.isoformat()),
        unit_note=text("rounds.list_count", filters=filters, count=len(lines)),
        frozen_columns=2,
    )
    return Report(key="medication", title=title, file_stem=f"{title}{today.isoformat()}", sheets=(sheet,))


def stock_report(levels: Sequence[Level], *, unit_name: str, today: date) -> Report:
    """The stock as a table."""
    name = text("medication_page.list.stock")
    keys = ("drug_name", "unit", "came_in", "went_out", "handed_out", "left", "counted_on", "expires_on")
    rows = [
        [Cell(number, Format.INTEGER), *(_stock_cell(getattr(one, key)) for key in keys)]
        for number, one in enumerate(levels, start=1)
    ]
    head = [Cell(text("rounds.column.number")), *(Cell(text(f"medication_page.stock.{key}")) for key in keys)]
    sheet = Sheet(
        name=name,
        title=name,
        columns=[Column(11, align=Align.CENTER), Column(50), *(Column(26, align=Align.CENTER) for _ in keys[1:])],
        header=[head],
        rows=rows,
        left_note=text("rounds.list_unit", unit=unit_name),
        right_note=text("rounds.list_day", day=today.isoformat()),
    )
    return Report(key="stock", title=name, file_stem=f"{name}{today.isoformat()}", sheets=(sheet,))


def _stock_cell(found: object) -> Cell:
    if found is None or found == "":
        return Cell()
    return Cell(f"{found:g}" if isinstance(found, float) else str(found))


def write(ledger: Ledger, made: Report, path: Path, *, task: Task = QUIET) -> None:
    """Write a list as .xlsx; how many lines it holds goes into the audit log. Raises OutputFailed."""
    from mhdesk.files import xlsx_write

    xlsx_write.write_report(made, path, task)
    note_use(ledger, made, "medication.list_export")


def note_use(ledger: Ledger, made: Report, action: str) -> None:
    """Write into the audit log that a list was printed or exported."""
    with ledger.change(action) as change:
        change.touch("patient", sum(len(sheet.rows) for sheet in made.sheets))
