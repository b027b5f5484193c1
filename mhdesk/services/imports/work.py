"""Tables of staff, of training, of 转岗培训 and of targets, as this program exports them and as offices keep them.

Empty cells never erase. Training counts for people who are registered as staff; somebody else's row is given back. A
second import of the same file finds every row the same. All accepted rows are stored in one transaction or none.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import resources
from mhdesk.domain.account import ImportBatch
from mhdesk.domain.errors import InputRefused
from mhdesk.domain.task import QUIET, Task
from mhdesk.files import xlsx_write
from mhdesk.files.read import read_tables
from mhdesk.forms.read_dates import DateFault, from_excel_serial, read_date
from mhdesk.reports.model import Align, Cell, Column, Format, Report, Sheet
from mhdesk.services.imports.reader import cell_text
from mhdesk.services.imports.rejected import free_name
from mhdesk.services.imports.result import (
    RETRAINING,
    STAFF,
    TARGETS,
    TRAINING,
    ImportResult,
    Outcome,
    Refusal,
    RowProblem,
    rejected,
)
from mhdesk.services.imports.work_retraining import RetrainingBook
from mhdesk.services.imports.work_staff import StaffBook
from mhdesk.services.imports.work_targets import TargetBook
from mhdesk.services.imports.work_training import TrainingBook
from mhdesk.text import problem_text, text

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger


class _Book(Protocol):
    """What a kind of table is held against."""

    def take(self, values: Mapping[str, Any]) -> Outcome:
        """One row. Raises Refusal."""

    def write(self, change: Change) -> None:
        """Store what the file changed."""


_SCANNED = 12
_MONTH = re.compile(r"((?:19|20)[0-9]{2})[-年./]([1-9]|0[1-9]|1[0-2])月?")
_NOBODY = ("", "—", "合计", "总计", "小计")  # what stands in the first columns of lines that are about nobody
_SERIALS = range(20_000, 80_000)
_DAYS = (
    "day",
    "started_on",
    "ended_on",
    "cleared_on",
    "valid_until",
    "made_up_on",
    "resit_on",
    "stage_on",
    "as_of",
    "ends_on",
)
_NUMBERS = ("fte", "hours", "theory", "practice", "resit_theory", "resit_practice")
_WHOLE = ("row", "year", "quota")
_NEEDED = {
    STAFF: ({"name", "role"},),
    TRAINING: ({"name", "title", "day"}, {"title", "day", "kind"}),
    RETRAINING: ({"year", "unit", "name", "stage"}, {"year", "unit", "quota"}),
    TARGETS: ({"document", "indicator", "actual", "as_of", "evidence"},),
}
_BOOKS: Mapping[str, Callable[[Ledger, date], _Book]] = {
    STAFF: StaffBook,
    TRAINING: TrainingBook,
    RETRAINING: RetrainingBook,
    TARGETS: TargetBook,
}


class WorkRow(NamedTuple):
    """A row under a header: its number in the spreadsheet, its cells by key, what they mean."""

    number: int
    cells: Sequence[Any]
    values: Mapping[str, Any]


class _Source(NamedTuple):
    """The file, its hash, and where refused rows go."""

    path: Path
    digest: str
    refused_to: Path


class _Table(NamedTuple):
    sheet: str
    header: Sequence[Any]
    places: Mapping[str, int]
    rows: Sequence[tuple[int, Sequence[Any]]]


@functools.cache
def _headings() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads(resources.path("imports/work.toml").read_text(encoding="utf-8"))


def import_table(
    ledger: Ledger,
    path: Path,
    *,
    kind: str,
    dry_run: bool,
    digest: str,
    today: date,
    task: Task = QUIET,
    rejected_dir: Path | None = None,
) -> ImportResult:
    """Read a table of a kind. Raises InputRefused MH-IMPORT-02 for a file without such a table."""
    raw = read_tables(path, task=task)
    tables = [found for one in raw if (found := _recognise(one.name, one.rows, kind)) is not None]
    if not tables:
        raise InputRefused("MH-IMPORT-02")
    tables.sort(key=lambda one: "name" in one.places)  # sessions before the people in them
    book = _BOOKS[kind](ledger, today)
    outcomes: list[Outcome] = []
    problems: list[RowProblem] = []
    refused: dict[str, list[tuple[int, Sequence[Any], str]]] = {}
    for table in tables:
        for number, cells in table.rows:
            outcome, problem = _take(book, table, number, cells, today)
            outcomes.append(outcome)
            if problem is not None:
                problems.append(problem)
                refused.setdefault(table.sheet, []).append((number, cells, problem.message))
    counts = Counter(outcomes)
    result = ImportResult(
        rows=len(outcomes),
        new=counts[Outcome.NEW],
        same=counts[Outcome.SAME],
        changed=counts[Outcome.CHANGED],
        conflict=counts[Outcome.CONFLICT],
        rejected=counts[Outcome.REJECTED],
        problems=problems,
        kinds=[kind],
    )
    if dry_run:
        return result
    refused_to = rejected_dir or path.parent
    return _store(ledger, _Source(path, digest, refused_to), book, tables, refused, result, task=task)


def _recognise(name: str, rows: Sequence[Sequence[Any]], kind: str) -> _Table | None:
    """The table under the first line whose headings are those of the kind."""
    spellings = {word: key for key, words in _headings()[kind].items() for word in words}
    for top, row in enumerate(rows[:_SCANNED]):
        places: dict[str, int] = {}
        for place, cell in enumerate(row):
            key = spellings.get("".join(cell_text(cell).split()))
            if key is not None:
                places.setdefault(key, place)
        if any(needed <= places.keys() for needed in _NEEDED[kind]):
            body = [
                (number, cells)
                for number, cells in enumerate(rows[top + 1 :], start=top + 2)
                if _is_row(cells, places, kind)
            ]
            return _Table(name, row, places, body)
    return None


def _is_row(cells: Sequence[Any], places: Mapping[str, int], kind: str) -> bool:
    """Whether somebody stands here: totals, signature lines and notes have no name and no day.

    Of the targets the typed ones alone are rows: what the ledger counts is never overwritten.
    """
    if kind == TARGETS:
        is_typed = _text(cells, places, "evidence") != text("targets.origin.ledger")
        return is_typed and all(_text(cells, places, key) not in _NOBODY for key in ("indicator", "actual"))
    if kind == RETRAINING:
        wanted: tuple[str, ...] = ("year", "unit", "name" if "name" in places else "quota")
    else:
        wanted = ("name",) if kind == STAFF or "name" in places else ("title", "day")
    if kind == STAFF and not any(_text(cells, places, key) for key in ("role", "certificate", "phone", "workplace")):
        return False
    return all(_text(cells, places, key) not in _NOBODY for key in wanted)


def _text(cells: Sequence[Any], places: Mapping[str, int], key: str) -> str:
    at = places.get(key)
    return cell_text(cells[at]).strip() if at is not None and at < len(cells) else ""


def _take(
    book: _Book, table: _Table, number: int, cells: Sequence[Any], today: date
) -> tuple[Outcome, RowProblem | None]:
    try:
        values = {key: value for key in table.places if (value := _value(table, cells, key, today)) is not None}
        return book.take(values), None
    except Refusal as refusal:
        at = table.places.get(refusal.column)
        heading = cell_text(table.header[at]) if at is not None else text("imports.whole_row")
        message = problem_text(refusal.code, **refusal.params)
        return refusal.outcome, RowProblem(table.sheet, number, heading, refusal.code, message)


def _value(table: _Table, cells: Sequence[Any], key: str, today: date) -> Any:
    """A cell's value; None where it is empty. Raises Refusal MH-STAFF-21."""
    raw = _text(cells, table.places, key)
    if raw in ("", "—", "-", "/"):
        return None
    label = text(f"training.field.{key}")
    if key in _DAYS:
        if key == "day" and (month := _MONTH.fullmatch("".join(raw.split()))):  # a line of the year's plan
            return f"{month[1]}-{int(month[2]):02d}"
        return _day(cells[table.places[key]], raw, label, key, today)
    if key in _NUMBERS or key in _WHOLE:
        try:
            value = float(raw)
        except ValueError:
            raise rejected("MH-STAFF-21", key, label=label, text=raw[:20]) from None
        if value != value or abs(value) == float("inf"):  # noqa: PLR0124 - the one number unlike itself
            raise rejected("MH-STAFF-21", key, label=label, text=raw[:20])
        if key in _WHOLE and not value.is_integer():
            raise rejected("MH-STAFF-21", key, label=label, text=raw[:20])
        return int(value) if key in _WHOLE else value
    return " ".join(raw.split())


def _day(cell: Any, raw: str, label: str, key: str, today: date) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and int(cell) in _SERIALS:
        return from_excel_serial(float(cell))
    found = read_date(raw, today=today)
    if isinstance(found, DateFault) or found.exact is None:
        raise rejected("MH-STAFF-21", key, label=label, text=raw[:20])
    return found.exact


def _store(
    ledger: Ledger,
    source: _Source,
    book: _Book,
    tables: Sequence[_Table],
    refused: Mapping[str, Sequence[tuple[int, Sequence[Any], str]]],
    result: ImportResult,
    *,
    task: Task,
) -> ImportResult:
    """Write, and give the refused rows back. Either both happen or neither."""
    rejected_file = None
    shown = source.path.name.encode("utf-8", "replace").decode("utf-8").replace("?", "_")
    if refused:
        stem = text("imports.rejected_file", stem=Path(shown).stem)
        rejected_file = free_name(source.refused_to, stem)
    try:
        with ledger.change("import.file") as change:
            book.write(change)
            change.add(
                ImportBatch(
                    file_name=shown,
                    file_hash=source.digest,
                    kind=",".join(result.kinds),
                    rows=result.rows,
                    new=result.new,
                    same=result.same,
                    changed=result.changed,
                    conflict=result.conflict,
                    rejected=result.rejected,
                )
            )
            if rejected_file is not None:
                _give_back(rejected_file, tables, refused, shown, task)
    except BaseException:
        if rejected_file is not None:
            rejected_file.unlink(missing_ok=True)
        raise
    return dataclasses.replace(result, rejected_file=rejected_file, changes=change.changes)


def _words(cell: Any) -> Cell:
    return Cell(cell_text(cell) or None, align=Align.LEFT)


def _give_back(
    path: Path,
    tables: Sequence[_Table],
    refused: Mapping[str, Sequence[tuple[int, Sequence[Any], str]]],
    source: str,
    task: Task,
) -> None:
    title = text("imports.rejected_title", file=source)
    headers = {table.sheet: table.header for table in tables}
    sheets = []
    for name, rows in refused.items():
        header = headers[name]
        sheets.append(
            Sheet(
                name=name or text("imports.rejected_sheet"),
                title=title,
                columns=[Column(60.0), Column(14, Format.INTEGER), *(Column(24.0) for _ in header)],
                header=[[Cell(text("imports.reason")), Cell(text("imports.row")), *(_words(one) for one in header)]],
                rows=[
                    [
                        Cell(message, align=Align.LEFT, tone="danger"),
                        Cell(number, Format.INTEGER),
                        *(_words(cells[place] if place < len(cells) else None) for place in range(len(header))),
                    ]
                    for number, cells, message in rows
                ],
                notes=[text("imports.rejected_note")],
                frozen_columns=2,
            )
        )
    xlsx_write.write_report(Report("rejected", title, path.stem, sheets), path, task)
