"""One file, one transaction: read it, judge every row, store what is accepted, give the rest back with reasons."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from db.queries import imports as queries
from db.queries import lives
from mhdesk.domain.account import CustomField, ImportBatch
from mhdesk.domain.errors import InputRefused, UsageError
from mhdesk.domain.task import QUIET, Task, collector_at_rest
from mhdesk.domain.unit import Unit
from mhdesk.files.read import read_tables
from mhdesk.services.imports import medication, own_rules, store, work
from mhdesk.services.imports.people import take_people
from mhdesk.services.imports.register import Register
from mhdesk.services.imports.rejected import free_name, write_rejected
from mhdesk.services.imports.result import (
    AUTO,
    FOLLOW_UPS,
    KINDS,
    MEDICATION,
    PATIENTS,
    WORK_KINDS,
    ImportResult,
    Outcome,
    RowProblem,
)
from mhdesk.services.imports.rows import DataRow
from mhdesk.services.imports.tables import RawSheet, Table, recognise_tables
from mhdesk.services.imports.units import Places
from mhdesk.services.imports.visits import EDITIONS, VisitBook, take_visits
from mhdesk.text import problem_text, text

if TYPE_CHECKING:
    from db.ledger import Ledger

_STEP_ROWS = 200


def import_file(
    ledger: Ledger,
    path: Path,
    *,
    kind: str = AUTO,
    edition: str = "2018",
    dry_run: bool = False,
    today: date,
    task: Task = QUIET,
    rejected_dir: Path | None = None,
) -> ImportResult:
    """Read a workbook into the ledger: registers, follow-ups and medication, every sheet that is one.

    A table of staff, training, 转岗培训 or targets is read when `kind` says so.

    All accepted rows are stored in one transaction or none. Rows that contradict the ledger or cannot be read come
    back in a workbook beside the file (or in `rejected_dir`) with the reason. A second import of the same file finds
    every row the same. A dry run tells the same without writing anything. `edition` says which form's digits the file
    holds; those of 2011 are turned into today's only when it says so (or a column 版本 does).

    Raises InputRefused (MH-FILE-*, MH-IMPORT-01, 02), UsageError MH-IMPORT-03, OutputFailed, Cancelled.
    """
    if kind not in KINDS or edition not in EDITIONS:
        raise UsageError("MH-IMPORT-03", edition=edition)
    if kind in WORK_KINDS:
        return work.import_table(
            ledger,
            path,
            kind=kind,
            dry_run=dry_run,
            digest=_digest(path),
            today=today,
            task=task,
            rejected_dir=rejected_dir,
        )
    with collector_at_rest():
        return _import(ledger, path, kind, edition, dry_run=dry_run, today=today, task=task, rejected_dir=rejected_dir)


def _import(
    ledger: Ledger,
    path: Path,
    kind: str,
    edition: str,
    *,
    dry_run: bool,
    today: date,
    task: Task,
    rejected_dir: Path | None,
) -> ImportResult:
    raw = read_tables(path, task=task)
    digest = _digest(path)
    sheets = [RawSheet(table.name, table.rows) for table in raw]
    custom = ledger.find(CustomField)
    tables = recognise_tables(sheets, kind=kind, edition=edition, custom=custom)
    if not tables:
        raise InputRefused("MH-IMPORT-01" if kind == AUTO else "MH-IMPORT-02")
    plan = _judge(ledger, tables, today=today, task=task)
    result = _result(tables, sheets, plan)
    if dry_run:
        return result
    return _store(ledger, path, tables, plan, result, digest=digest, task=task, rejected_dir=rejected_dir)


def _shown(name: str) -> str:
    """A file name that can be stored: names from old sticks are sometimes no Unicode at all."""
    return name.encode("utf-8", "replace").decode("utf-8").replace("?", "_")


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:  # the stick was pulled meanwhile
        raise InputRefused("MH-FILE-12") from None


def _judge(ledger: Ledger, tables: Sequence[Table], *, today: date, task: Task) -> store.Plan:
    """What every row means, and what it would change."""
    plan = store.Plan()
    places = Places(ledger.find(Unit), ledger.root_unit_id)
    with ledger.read() as connection:
        register = Register(
            queries.people(connection), queries.movements(connection), lambda: lives.visit_spans(connection)
        )
        wants_visits = any(table.kind == FOLLOW_UPS for table in tables)
        book = VisitBook(queries.visits(connection) if wants_visits else (), register)
        medicines = medication.Book(connection, today)
        steps = _Steps(task, sum(len(table.rows) for table in tables))
        for table in tables:
            if table.kind == PATIENTS:
                people = take_people(table, register, places, today=today, step=steps.over(table.rows))
                store.plan_people(connection, people, plan)
            elif table.kind == MEDICATION:
                taken = medication.take(table, register, medicines, today=today, step=steps.over(table.rows))
                plan.medication.append(taken)
            else:
                visits = take_visits(table, register, book, today=today, step=steps.over(table.rows))
                store.plan_visits(connection, visits, plan)
        plan.units = places.created
        own_rules.apply(connection, plan, today=today)
    return plan


class _Steps:
    """Progress over all tables of a file."""

    def __init__(self, task: Task, total: int) -> None:
        self._task, self._total, self._done = task, total, 0

    def over(self, rows: Sequence[DataRow]) -> Iterator[DataRow]:
        for row in rows:
            if self._done % _STEP_ROWS == 0:
                self._task.step(self._done, self._total, text("imports.checking", done=self._done))
            self._done += 1
            yield row


def _result(tables: Sequence[Table], sheets: Sequence[RawSheet], plan: store.Plan) -> ImportResult:
    counts = Counter(outcome for table in tables for outcome in table.outcomes.values())
    problems = [problem for table in tables for problem in table.problems]
    seen = {table.sheet for table in tables}
    problems += [
        RowProblem(sheet.name, 1, text("imports.whole_row"), "MH-IMPORT-62", problem_text("MH-IMPORT-62"))
        for sheet in sheets
        if sheet.rows and sheet.name not in seen
    ]
    return ImportResult(
        rows=sum(len(table.rows) for table in tables),
        problems=sorted(problems, key=lambda one: (one.sheet, one.row)),
        created_units=[place.name for place in plan.units],
        kinds=sorted({table.kind for table in tables}),
        new=counts[Outcome.NEW],
        same=counts[Outcome.SAME],
        changed=counts[Outcome.CHANGED],
        conflict=counts[Outcome.CONFLICT],
        rejected=counts[Outcome.REJECTED],
    )


def _store(
    ledger: Ledger,
    path: Path,
    tables: Sequence[Table],
    plan: store.Plan,
    result: ImportResult,
    *,
    digest: str,
    task: Task,
    rejected_dir: Path | None,
) -> ImportResult:
    """Write, and give the refused rows back. Either both happen or neither."""
    rejected_file = None
    if any(table.reasons for table in tables):
        stem = text("imports.rejected_file", stem=_shown(path.stem))
        rejected_file = free_name(rejected_dir or path.parent, stem)
    try:
        with ledger.change("import.file") as change:
            storing = text("imports.storing")
            store.write(
                change,
                plan,
                root_unit_id=ledger.root_unit_id,
                progress=lambda done, total: task.step(done, total, storing),
            )
            change.add(
                ImportBatch(
                    file_name=_shown(path.name),
                    file_hash=digest,
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
                write_rejected(rejected_file, tables, source=_shown(path.name), task=task)
    except BaseException:
        if rejected_file is not None:
            rejected_file.unlink(missing_ok=True)
        raise
    return dataclasses.replace(result, rejected_file=rejected_file, changes=change.changes)
