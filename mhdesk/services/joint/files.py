"""Records of joint work as workbooks: out, one column an item; and in again, row by row, with a dry run.

A file that was written here can be read here: nothing changes (every row is the same). Names leave the house only when
asked for; then the audit log says so, with how many people.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db.queries import records as stored
from mhdesk.domain import identity
from mhdesk.domain.account import ImportBatch
from mhdesk.domain.errors import InputRefused, RecordRefused, UsageError, UserError
from mhdesk.domain.patient import Patient
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.support import Agreement
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.unit import Unit
from mhdesk.forms.read_codes import is_blank
from mhdesk.forms.spec import Kind
from mhdesk.reports.model import Cell, Column, Format, Report, Sheet
from mhdesk.rules.joint_checks import happened_on
from mhdesk.services import due_report
from mhdesk.services.imports.header import find_header
from mhdesk.services.imports.reader import cell_text
from mhdesk.services.imports.rejected import free_name, write_rejected
from mhdesk.services.imports.result import ImportResult, Outcome
from mhdesk.services.imports.rows import DataRow, data_rows
from mhdesk.services.imports.tables import Table
from mhdesk.services.joint import records
from mhdesk.services.joint.kinds import KINDS, JointKind
from mhdesk.services.joint.records import Line
from mhdesk.text import text

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger

#: Kinds that may be read from files: sheets of exchange are drawn up here, or typed when they come.
IMPORTED = tuple(key for key in KINDS if key not in {"exchange_sheet", "exchange_row"})
_MARK = "joint"
_WIDE_MM, _NARROW_MM = 46.0, 24.0
_WIDE_KINDS = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.PEOPLE, Kind.CODES})
#: What makes two records of a kind one, besides person and day.
_IDENTITY: Mapping[str, tuple[str, ...]] = {
    "emergency": ("happened_at",),
    "discharge_note": ("discharged_on",),
    "meeting": ("kind", "unit_id"),
    "agreement": ("number",),
    "agreement_review": ("agreement_id", "quarter"),
    "agreement_payment": ("agreement_id",),
    "assistance": ("kind",),
    "outreach": ("kind", "theme", "unit_id"),
    "service_point": ("name",),
}


class _NothingWritten(Exception):
    """Rolls the transaction of a dry run back."""


# ---------------------------------------------------------------- out


def build(
    ledger: Ledger, lines: Sequence[Line], key: str, *, today: date, identified: bool, with_codes: bool = True
) -> Report:
    """These records as a table: person, then every item of the form.

    `with_codes`: digits, so that the file can be read again. Raises UserError MH-JOINT-60 without any record.
    """
    if not lines:
        raise UserError("MH-JOINT-60")
    kind = KINDS[key]
    items = kind.spec.fields
    parent = _parent_numbers(ledger, kind)
    header = [Cell(text("joint.file.serial"))]
    columns = [Column(12, Format.INTEGER)]
    if kind.is_personal:
        header += [Cell(text(f"joint.file.{one}")) for one in ("name", "id_number", "village")]
        columns += [Column(24), Column(44), Column(30)]
    if parent is not None:
        header.append(Cell(text("joint.file.agreement")))
        columns.append(Column(34))
    header += [Cell(text("joint.file.village")) if one.kind is Kind.UNIT else Cell(one.label) for one in items]
    columns += [Column(_WIDE_MM if one.kind in _WIDE_KINDS else _NARROW_MM) for one in items]
    rows = []
    for place, line in enumerate(lines, start=1):
        row = [Cell(place, Format.INTEGER)]
        if kind.is_personal:
            row += [
                Cell(line.name if identified else identity.mask_name(line.name)),
                Cell((line.id_number if identified else identity.mask(line.id_number)) or None),
                Cell(line.village or None),
            ]
        if parent is not None:
            row.append(Cell(parent.get(line.record.agreement_id)))
        texts = records.texts_of(line.record)
        row += [
            Cell((texts.get(one.key) if with_codes and one.codes is not None else line.words(one.key)) or None)
            if one.kind is not Kind.PEOPLE
            else Cell(texts.get(one.key))
            for one in items
        ]
        rows.append(row)
    title = kind.title
    sheet = Sheet(
        name=title,
        title=title,
        columns=columns,
        header=[header],
        rows=rows,
        left_note=text("joint.file.unit", unit=due_report.unit_name(ledger)),
        right_note=text("joint.file.day", day=today.isoformat()),
        notes=[text("joint.file.codes")] if with_codes else (),
        frozen_columns=2,
    )
    return Report(key=f"joint_{key}", title=title, file_stem=f"{title}{today.isoformat()}", sheets=(sheet,))


def _parent_numbers(ledger: Ledger, kind: JointKind) -> Mapping[int, str] | None:
    if kind.parent != "agreement":
        return None
    return {one.id or 0: one.number for one in ledger.find(Agreement)}


def export(
    ledger: Ledger, key: str, path: Path, *, lines: Sequence[Line], today: date, identified: bool, task: Task = QUIET
) -> int:
    """Write these records as .xlsx; returns how many. The audit log says whether names left the house.

    Raises UserError MH-JOINT-60, OutputFailed.
    """
    from mhdesk.files import xlsx_write

    report = build(ledger, lines, key, today=today, identified=identified)
    xlsx_write.write_report(report, path, task)
    people = len({line.record.patient_id for line in lines}) if KINDS[key].is_personal else 0
    with ledger.change("joint.names_exported" if identified and people else "joint.export", reason=key) as change:
        change.touch("patient" if people else key, people or len(lines))
    return len(lines)


# ---------------------------------------------------------------- in


def import_file(
    ledger: Ledger,
    path: Path,
    key: str,
    *,
    dry_run: bool = False,
    today: date,
    task: Task = QUIET,
    rejected_dir: Path | None = None,
) -> ImportResult:
    """Read a workbook of one kind: all accepted rows in one transaction, the others given back with their reasons.

    People are found by their ID number, without one by a name that only one person on the register has. A second
    import of the same file finds every row the same; a row that says something else of a known record changes it.
    Raises InputRefused (MH-FILE-*, MH-JOINT-59), UsageError MH-JOINT-61, OutputFailed, Cancelled.
    """
    from mhdesk.files.read import read_tables

    if key not in IMPORTED:
        kinds = "、".join(IMPORTED)
        raise UsageError("MH-JOINT-61", kind=key, kinds=kinds)
    tables = [found for one in read_tables(path, task=task) if (found := _table(key, one.name, one.rows)) is not None]
    if not tables:
        needed = "、".join(item.label for item in KINDS[key].spec.fields if item.required == "always")
        raise InputRefused("MH-JOINT-59", kind=KINDS[key].title, needed=needed)
    result = ImportResult()
    rejected_file = None
    try:
        with ledger.change("joint.import") as change:
            reader = _Reader(change, key, today)
            for table in tables:
                for place, row in enumerate(table.rows):
                    task.step(place, len(table.rows), text("imports.storing"))
                    reader.take(table, row)
            result = _result(tables, key)
            if dry_run:
                raise _NothingWritten  # noqa: TRY301 - rolls the transaction back
            change.add(_batch(path, result))
            if any(table.reasons for table in tables):
                stem = text("imports.rejected_file", stem=path.stem)
                rejected_file = free_name(rejected_dir or path.parent, stem)
                write_rejected(rejected_file, tables, source=path.name, task=task)
    except _NothingWritten:
        return result
    except BaseException:
        if rejected_file is not None:
            rejected_file.unlink(missing_ok=True)
        raise
    return dataclasses.replace(result, rejected_file=rejected_file, changes=change.changes)


def _batch(path: Path, result: ImportResult) -> ImportBatch:
    return ImportBatch(
        file_name=path.name,
        file_hash=hashlib.sha256(path.read_bytes()).hexdigest(),
        kind=_MARK,
        rows=result.rows,
        new=result.new,
        same=result.same,
        changed=result.changed,
        conflict=result.conflict,
        rejected=result.rejected,
    )


def _table(key: str, name: str, rows: Sequence[Sequence[Any]]) -> Table | None:
    kind = KINDS[key]
    header = find_header(rows, kind.spec) if rows else None
    if header is None:
        return None
    whose = {"patient_name", "patient_id_number"}
    needed = {item.key for item in kind.spec.fields if item.required == "always" and item.kind is not Kind.UNIT}
    if not needed <= header.known.keys() or (kind.is_personal and not whose & header.known.keys()):
        return None
    table = Table(_MARK, name, kind.spec, header, [])
    keys = [header.known[one].place for one in (*whose, *needed) if one in header.known]
    table.rows = list(data_rows(rows, header, keys))
    for unknown in header.unknown:
        table.note(unknown, "MH-IMPORT-60")
    return table


class _Reader:
    """Takes rows one by one, inside one transaction."""

    def __init__(self, change: Change, key: str, today: date) -> None:
        self._change, self._key, self._today = change, key, today
        self._kind = KINDS[key]
        people = stored.find(change.connection, Patient) if self._kind.is_personal else []
        self._by_number = {one.id_number: one.id for one in people if one.id_number}
        self._by_name: dict[str, list[int]] = {}
        for one in people:
            self._by_name.setdefault(one.name, []).append(one.id or 0)
        self._units = {one.name: one.id for one in stored.find(change.connection, Unit)}
        self._agreements = {one.number: one for one in stored.find(change.connection, Agreement)}
        self._known = {self._identity(one): one for one in stored.find(change.connection, self._kind.record)}

    def _identity(self, record: Any) -> tuple[Any, ...]:
        own = tuple(getattr(record, name) for name in _IDENTITY.get(self._key, ()))
        return (getattr(record, "patient_id", None), happened_on(record), *own)

    def take(self, table: Table, row: DataRow) -> None:
        """Store one row, or give it back."""
        raw = {
            key: words
            for key, one in table.header.known.items()
            if one.place < len(row.cells) and not is_blank(words := cell_text(row.cells[one.place]).strip())
        }
        base = self._base(table, row.number, raw)
        if base is None:
            return
        if (village := raw.get("village_name")) and "unit_id" in self._kind.spec.by_key:
            if village not in self._units:
                self._refuse(table, row.number, [Problem("MH-JOINT-33", "village_name", params={"name": village})])
                return
            raw["unit_id"] = str(self._units[village])
        reading = records.read(self._key, raw, base, today=self._today)
        errors = [one for one in reading.problems if one.severity is Severity.ERROR]
        lacking = [self._kind.spec.field(key).label for key in reading.missing]
        if lacking:
            errors.append(Problem("MH-JOINT-34", reading.missing[0], params={"items": "、".join(lacking)}))
        if errors or reading.record is None:
            self._refuse(table, row.number, errors)
            return
        self._store(table, row.number, reading.record)

    def _base(self, table: Table, number: int, raw: Mapping[str, str]) -> dict[str, Any] | None:
        """Whose record it is, and which agreement; None: the row was given back."""
        if not self._kind.is_personal:
            return {}
        found = self._person(raw)
        if isinstance(found, Problem):
            self._refuse(table, number, [found])
            return None
        if self._kind.parent != "agreement":
            return {"patient_id": found}
        mine = [one for one in self._agreements.values() if one.patient_id == found]
        wanted = raw.get("agreement_number", "")
        chosen = [one for one in mine if one.number == wanted] if wanted else mine
        if len(chosen) != 1:
            self._refuse(table, number, [Problem("MH-JOINT-35", "agreement_number", params={"number": wanted})])
            return None
        return {"patient_id": found, "agreement_id": chosen[0].id}

    def _person(self, raw: Mapping[str, str]) -> int | Problem:
        number = identity.normalize(raw.get("patient_id_number", ""))
        name = raw.get("patient_name", "")
        if number and (found := self._by_number.get(number)):
            return found
        if number:
            return Problem("MH-JOINT-36", "patient_id_number", params={"name": identity.mask_name(name)})
        alike = self._by_name.get(name, [])
        if len(alike) == 1:
            return alike[0]
        return Problem("MH-JOINT-37", "patient_name", params={"name": identity.mask_name(name), "count": len(alike)})

    def _store(self, table: Table, number: int, record: Any) -> None:
        known = self._known.get(self._identity(record))
        if known is not None:
            own = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
            kept = {name: getattr(known, name) for name in records.base_of(known)}
            record = dataclasses.replace(known, **{**own, **kept})
            if record == known:
                table.settle(number, Outcome.SAME)
                return
        try:
            record_id = records.put(self._change, record, today=self._today)
        except RecordRefused as refused:
            self._refuse(table, number, refused.problems)
            return
        put = stored.get(self._change.connection, self._kind.record, record_id)
        self._known[self._identity(put)] = put
        if isinstance(put, Agreement):
            self._agreements[put.number] = put
        table.settle(number, Outcome.NEW if known is None else Outcome.CHANGED)

    def _refuse(self, table: Table, number: int, problems: Sequence[Problem]) -> None:
        for one in problems:
            message = table.report(number, one.code, one.field, one.params)
            table.reasons.setdefault(number, []).append(message)
        table.settle(number, Outcome.REJECTED)


def _result(tables: Sequence[Table], key: str) -> ImportResult:
    counts = Counter(outcome for table in tables for outcome in table.outcomes.values())
    problems = sorted((one for table in tables for one in table.problems), key=lambda one: (one.sheet, one.row))
    return ImportResult(
        rows=sum(len(table.rows) for table in tables),
        problems=problems,
        kinds=(key,),
        new=counts[Outcome.NEW],
        same=counts[Outcome.SAME],
        changed=counts[Outcome.CHANGED],
        conflict=counts[Outcome.CONFLICT],
        rejected=counts[Outcome.REJECTED],
    )
