"""Medication as a workbook or csv: the columns that `import --as medication` reads, so that it reads back the same."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from db.queries import medication as queries
from db.queries.medication import PersonRow
from mhdesk.domain import identity
from mhdesk.domain.codes import code_list
from mhdesk.domain.errors import UsageError
from mhdesk.domain.record import Record
from mhdesk.domain.task import QUIET, Task
from mhdesk.reports.model import Cell, Column, Format, Report, Sheet
from mhdesk.services.imports.medication import SheetColumn, SheetSpec, person_labels, specs
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

#: What may be written: one sheet of each kind.
KINDS = ("orders", "dispensing", "injections", "reactions", "results", "stock")
_WIDTHS = {"text": 30.0, "date": 24.0, "number": 18.0, "integer": 18.0}
_NAME_MM, _NUMBER_MM = 22.0, 44.0


class Written(NamedTuple):
    """A file that was written: how many records and how many people are in it."""

    path: Path
    rows: int
    people: int


def export(
    ledger: Ledger,
    path: Path,
    *,
    kinds: Collection[str] | None = None,
    since: date | None = None,
    until: date | None = None,
    identified: bool = True,
    task: Task = QUIET,
) -> Written:
    """Write the records of these kinds (None: all) from `since` up to but not including `until`.

    .xlsx: a sheet a kind; .csv: one kind. Not `identified`: names and numbers masked, so that it cannot be read back.
    How many people are named goes into the audit log. Raises UsageError MH-MED-05 for a csv of several kinds or
    another ending, OutputFailed.
    """
    wanted = [kind for kind in KINDS if kinds is None or kind in kinds]
    ending = path.suffix.lower()
    if ending not in (".xlsx", ".csv") or (ending == ".csv" and len(wanted) != 1):
        raise UsageError("MH-MED-05")
    with ledger.read() as connection:
        held = {kind: queries.between(connection, specs()[kind].record, since=since, until=until) for kind in wanted}
        ids = {one.patient_id for rows in held.values() for one in rows if hasattr(one, "patient_id")}
        persons = queries.persons(connection, ids)
    count = sum(len(rows) for rows in held.values())
    if ending == ".csv":
        from mhdesk.files.csv_write import write_rows

        spec, rows = specs()[wanted[0]], held[wanted[0]]
        write_rows(path, [_labels(spec), *(list(_texts(spec, one, persons, identified)) for one in rows)])
    else:
        from mhdesk.files import xlsx_write

        sheets = [_sheet(specs()[kind], rows, persons, identified) for kind, rows in held.items() if rows]
        title = text("medication.files.title")
        empty = [_sheet(specs()[wanted[0]], [], persons, identified)]
        xlsx_write.write_report(Report("medication", title, path.stem, sheets or empty), path, task)
    with ledger.change("medication.names_exported" if identified else "medication.export") as change:
        change.touch("patient", len(ids))
    return Written(path, count, len(ids))


def _labels(spec: SheetSpec) -> list[str]:
    return [*(person_labels().values() if spec.has_person else ()), *(one.label for one in spec.columns)]


def _person(person: PersonRow | None, *, identified: bool) -> list[str]:
    if person is None:
        return ["", "", ""]
    if not identified:
        return [identity.mask_name(person.name), "", ""]
    return [person.name, person.id_number or "", person.record_number or ""]


def _texts(
    spec: SheetSpec,
    record: Any,
    persons: dict[int, PersonRow],
    identified: bool,  # noqa: FBT001 - the option's value
) -> Iterator[str]:
    if spec.has_person:
        yield from _person(persons.get(record.patient_id), identified=identified)
    for one in spec.columns:
        value = _value(one, record)
        if value is None:
            yield ""
        elif isinstance(value, date):
            yield value.isoformat()
        else:
            yield f"{value:g}" if isinstance(value, float) else str(value)


def _value(column: SheetColumn, record: Any) -> str | float | int | date | None:
    """A field as it is written: codes as their words."""
    value: Any = getattr(record, column.key)
    how, _, codes = column.kind.partition(":")
    if value is None or value == ():
        return None
    if how == "code":
        known = code_list(codes)
        return known.label(value) if value in known.codes else str(value)
    if how == "codes":
        known = code_list(codes)
        # a label may hold the mark that parts several: the codes are written then
        return "，".join(known.label(one) if "、" not in known.label(one) else one for one in value)
    found: str | float | int | date = value
    return found


def _sheet(
    spec: SheetSpec,
    rows: Sequence[Record],
    persons: dict[int, PersonRow],
    identified: bool,  # noqa: FBT001 - the option's value
) -> Sheet:
    columns = [Column(_NAME_MM), Column(_NUMBER_MM), Column(_NAME_MM)] if spec.has_person else []
    columns += [Column(_WIDTHS.get(one.kind, 22.0), _format(one)) for one in spec.columns]
    return Sheet(
        name=spec.title,
        title=spec.title,
        columns=columns,
        header=[[Cell(label) for label in _labels(spec)]],
        rows=[list(_cells(spec, one, persons, identified)) for one in rows],
        frozen_columns=1,
    )


def _format(column: SheetColumn) -> Format:
    return Format.DATE if column.kind == "date" else Format.TEXT


def _cells(
    spec: SheetSpec,
    record: Any,
    persons: dict[int, PersonRow],
    identified: bool,  # noqa: FBT001 - the option's value
) -> Iterator[Cell]:
    if spec.has_person:
        for word in _person(persons.get(record.patient_id), identified=identified):
            yield Cell(word or None)
    for one in spec.columns:
        value = _value(one, record)
        if isinstance(value, float):
            value = f"{value:g}"
        elif isinstance(value, int):
            value = str(value)
        yield Cell(value)
