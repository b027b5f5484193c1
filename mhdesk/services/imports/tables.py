"""Sheets of a file as tables of one kind: what they are about is told by the columns they have."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mhdesk.domain.account import CustomField
from mhdesk.forms import load
from mhdesk.forms.columns import Column
from mhdesk.forms.headings import heading
from mhdesk.forms.spec import FormSpec
from mhdesk.services.imports.header import Header, Heading, find_header, layout_words
from mhdesk.services.imports.result import AUTO, FOLLOW_UPS, MEDICATION, PATIENTS, Outcome, Refusal, RowProblem
from mhdesk.services.imports.rows import DataRow, data_rows
from mhdesk.text import problem_text, text

_RECORDS = {PATIENTS: "patient", FOLLOW_UPS: "follow_up"}
_KEYS = {PATIENTS: ("name", "id_number"), FOLLOW_UPS: ("patient_name", "patient_id_number")}
#: A table of visits has the date and one of these; a register only mentions visits in passing.
_VISIT_MARKS = {"visit_form", "visit_class", "adherence", "lost_reason", "death_reason", "symptoms", "next_visit_date"}


class RawSheet(NamedTuple):
    """A sheet as read from the file."""

    name: str
    rows: Sequence[Sequence[Any]]


@dataclass(eq=False)
class Table:
    """A sheet that was recognised: its kind, form, header and rows, and what became of each row."""

    kind: str
    sheet: str
    form: FormSpec
    header: Header
    rows: list[DataRow]
    problems: list[RowProblem] = dataclasses.field(default_factory=list)
    outcomes: dict[int, Outcome] = dataclasses.field(default_factory=dict)
    reasons: dict[int, list[str]] = dataclasses.field(default_factory=dict)

    def settle(self, row: int, outcome: Outcome) -> None:
        """What became of a row."""
        self.outcomes[row] = outcome

    def report(self, row: int, code: str, column: str, params: Mapping[str, object]) -> str:
        """Add a problem at a place; returns its sentence."""
        found = self.header.known.get(column) or self.header.known.get(column.partition(":")[0])
        title = found.title if found else text("imports.whole_row")
        message = problem_text(code, **params)
        self.problems.append(RowProblem(self.sheet, row, title, code, message))
        return message

    def refuse(self, row: int, refusal: Refusal) -> None:
        """Give a row back."""
        message = self.report(row, refusal.code, refusal.column, refusal.params)
        self.reasons.setdefault(row, []).append(message)
        self.settle(row, refusal.outcome)

    def note(self, heading_: Heading, code: str) -> None:
        """Say something about a column as a whole."""
        message = problem_text(code, title=heading_.title)
        self.problems.append(RowProblem(self.sheet, self.header.first_row, heading_.title, code, message))


def recognise_tables(
    sheets: Sequence[RawSheet], *, kind: str, edition: str, custom: Sequence[CustomField]
) -> list[Table]:
    """The sheets that are tables of `kind` (or of any kind for ``auto``), registers first."""
    found = [_of_any(sheet, kind, edition, custom) for sheet in sheets if sheet.rows]
    tables = [table for table in found if table is not None]
    return sorted(tables, key=lambda table: table.kind != PATIENTS)


def _of_any(sheet: RawSheet, kind: str, edition: str, custom: Sequence[CustomField]) -> Table | None:
    """The table a sheet is. A sheet of medication names people, too: where both fit, more columns decide."""
    from mhdesk.services.imports import medication  # it builds on this module

    of_form = _recognise(sheet, kind, edition, custom) if kind != MEDICATION else None
    of_medicine = medication.recognise(sheet) if kind in (AUTO, MEDICATION) else None
    if of_form is None or of_medicine is None:
        return of_form or of_medicine
    return of_medicine if len(of_medicine.header.known) > len(of_form.header.known) else of_form


def _recognise(sheet: RawSheet, kind: str, edition: str, custom: Sequence[CustomField]) -> Table | None:
    candidates = []
    for one in (PATIENTS, FOLLOW_UPS) if kind == AUTO else (kind,):
        form = load.form_for(_RECORDS[one], edition)
        header = find_header(sheet.rows, form)
        if header is not None and _is_whole(one, header):
            candidates.append((one, form, header))
    if not candidates:
        return None
    # A table of visits names patients too: where both fit, the date of a visit decides.
    chosen, form, header = candidates[-1]
    header = _with_custom(header, [field for field in custom if field.form == _RECORDS[chosen]])
    table = Table(chosen, sheet.name, form, header, [])
    table.header = _without_old_columns(table, edition)
    keys = [table.header.known[key].place for key in _KEYS[chosen] if key in table.header.known]
    table.rows = list(data_rows(sheet.rows, table.header, keys))
    for unknown in table.header.unknown:
        table.note(unknown, "MH-IMPORT-60")
    return table


def _is_whole(kind: str, header: Header) -> bool:
    known = header.known.keys()
    if kind == FOLLOW_UPS:
        return "visit_date" in known and bool(known & _VISIT_MARKS) and bool(known & set(_KEYS[kind]))
    return "name" in known


def _with_custom(header: Header, custom: Sequence[CustomField]) -> Header:
    """Columns named like an item the district added itself."""
    by_label = {heading(field.label): field.key for field in custom}

    def named(one: Heading) -> Heading:
        if one.column is not None:
            return one
        for part in (one.title, one.title.split(" ")[-1]):
            if (key := by_label.get(heading(part))) is not None:
                return one._replace(column=Column(f"custom:{key}", None))
        return one

    return Header(tuple(named(one) for one in header.headings), header.first_row) if by_label else header


def _without_old_columns(table: Table, edition: str) -> Header:
    """Items whose very name says 2011 are not read by today's codes."""
    if edition == "2011":
        return table.header
    old = {heading(word) for word in layout_words()["old_headings"]}
    kept = []
    for one in table.header.headings:
        if heading(one.title.split(" ")[-1]) in old:
            table.note(one, "MH-IMPORT-61")
        else:
            kept.append(one)
    return Header(tuple(kept), table.header.first_row)
