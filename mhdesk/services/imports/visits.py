"""Follow-up rows: whose they are, whether they can be true, and which of them the ledger has already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from db.queries.imports import VisitKeys
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.patient import MovementKind
from mhdesk.forms import load
from mhdesk.services.imports.people import refuse_unreadable
from mhdesk.services.imports.reader import RowReader, RowValues
from mhdesk.services.imports.register import Known, Register
from mhdesk.services.imports.result import Outcome, Refusal, conflict, rejected
from mhdesk.services.imports.rows import DataRow
from mhdesk.services.imports.tables import Table

EDITIONS = ("2011", "2017", "2018")
#: A visit that did not take place says nothing about the person's condition.
_EMPTY_WHEN_LOST = ("risk_level", "symptoms", "insight", "adherence", "visit_class", "drugs", "treatment_effect")

VisitKey = tuple[Known, date, str | None]


@dataclass(eq=False, slots=True)
class VisitEntry:
    """An accepted visit: of whom, what it says, and the stored visit it is (None: a new one)."""

    known: Known
    row: int
    table: Table
    values: dict[str, Any]
    stored_id: int | None
    form_edition: str
    adds_death: bool = False


@dataclass(eq=False)
class VisitIntake:
    """Everything the follow-up rows of a file want stored."""

    new: list[VisitEntry] = field(default_factory=list)
    known: list[VisitEntry] = field(default_factory=list)


class VisitBook:
    """The visits there are, by patient, day and form."""

    def __init__(self, stored: Iterable[VisitKeys], register: Register) -> None:
        """From the ledger, as `db.queries.imports` reads it."""
        self._stored: dict[VisitKey, int] = {}
        self._taken: dict[VisitKey, tuple[int, Mapping[str, Any]]] = {}
        for keys in stored:
            known = register.by_id.get(keys.patient_id)
            if known is None or keys.visit_date is None:
                continue
            day = date.fromisoformat(keys.visit_date)
            self._stored[known, day, keys.visit_form] = keys.id
            if known.last_visit is None or known.last_visit < day:
                known.last_visit = day

    def take(self, known: Known, row: int, values: Mapping[str, Any]) -> tuple[int | None, bool]:
        """(id of the stored visit, whether an earlier row of the file said exactly this). Raises Refusal."""
        key = known, values["visit_date"], values.get("visit_form")
        earlier = self._taken.get(key)
        if earlier is not None:
            if earlier[1] == values:
                return None, True
            raise conflict("MH-IMPORT-48", "visit_date", row=earlier[0])
        self._taken[key] = row, values
        return self._stored.get(key), False


def take_visits(
    table: Table, register: Register, book: VisitBook, *, today: date, step: Iterable[DataRow]
) -> VisitIntake:
    """Judge the rows of a table of follow-ups, in the order of their days."""
    readers = {table.form.edition: RowReader(table.form, table.header, today)}
    intake = VisitIntake()
    readable: list[tuple[date, DataRow, RowValues]] = []
    for row in step:
        try:
            read = _reader(table, row, readers, today).read(row.cells)
            refuse_unreadable(table, row.number, read)
            readable.append((_visit_date(read, today), row, read))
        except Refusal as refusal:
            table.refuse(row.number, refusal)
    readable.sort(key=lambda one: (one[0], one[1].number))
    for _, row, read in readable:
        try:
            entry = _entry(table, row, read, register, book, today)
        except Refusal as refusal:
            table.refuse(row.number, refusal)
            continue
        if entry is None:
            table.settle(row.number, Outcome.SAME)
        elif entry.stored_id is None:
            intake.new.append(entry)
            table.settle(row.number, Outcome.NEW)
        else:
            intake.known.append(entry)
    return intake


def _reader(table: Table, row: DataRow, readers: dict[str, RowReader], today: date) -> RowReader:
    """The reader of the edition the row names, or of the table's."""
    column = table.header.known.get("@edition")
    if column is None or column.place >= len(row.cells) or row.cells[column.place] is None:
        return readers[table.form.edition]
    stated = str(row.cells[column.place])
    edition = next((one for one in EDITIONS if one in stated), None)
    if edition is None:
        raise rejected("MH-IMPORT-50", "@edition", text=stated[:20])
    if edition not in readers:
        readers[edition] = RowReader(load.form_for("follow_up", edition), table.header, today)
    return readers[edition]


def _visit_date(read: RowValues, today: date) -> date:
    day = read.values.get("visit_date")
    if not isinstance(day, date):
        raise rejected("MH-IMPORT-42", "visit_date")
    if day > today:
        raise rejected("MH-IMPORT-43", "visit_date")
    return day


def _entry(
    table: Table, row: DataRow, read: RowValues, register: Register, book: VisitBook, today: date
) -> VisitEntry | None:
    """The accepted visit, None for one that repeats an earlier row. Raises Refusal."""
    extras = read.extras
    known = register.find_visited(
        extras.get("patient_id_number"), extras.get("patient_name"), extras.get("patient_record_number")
    )
    values = read.values
    _check_place_in_life(known, values)
    _check_sheet(values, today)
    stored_id, repeated = book.take(known, row.number, values)
    if repeated:
        return None
    died = values.get("death_date")
    adds_death = isinstance(died, date) and known.died_on is None
    if isinstance(died, date) and known.last_visit is not None and known.last_visit > max(died, values["visit_date"]):
        raise conflict("MH-IMPORT-49", "death_date")
    if isinstance(died, date) and adds_death:
        known.add_movement(MovementKind.DIED, died)
    if known.last_visit is None or known.last_visit < values["visit_date"]:
        known.last_visit = values["visit_date"]
    return VisitEntry(known, row.number, table, values, stored_id, _stored_edition(table, read), adds_death)


def _stored_edition(table: Table, read: RowValues) -> str:
    """The form the stored digits belong to: those of 2011 have been turned into today's, which 2017 prints as well."""
    stated = str(read.extras.get("@edition", ""))
    edition = next((one for one in EDITIONS if one in stated), table.form.edition)
    return "2017" if edition == "2011" else edition


def _check_place_in_life(known: Known, values: Mapping[str, Any]) -> None:
    """After birth and 建档, before 迁出 and 死亡. Raises Refusal."""
    day, died = values["visit_date"], known.died_on
    if known.birth_date is not None:
        born = PartialDate.from_iso(known.birth_date).first
        if day < born:
            raise rejected("MH-IMPORT-36", "visit_date", label="随访日期")
        if values.get("death_date", day) < born:
            raise rejected("MH-IMPORT-26", "death_date")
    if known.registered_on is not None and day < known.registered_on:
        raise rejected("MH-IMPORT-44", "visit_date", date=known.registered_on.isoformat())
    reported = values.get("death_date")
    if reported is not None:
        if reported > day:
            raise rejected("MH-IMPORT-47", "death_date")
        if died not in (None, reported):
            raise conflict("MH-IMPORT-28", "death_date")
    elif died is not None and day > died:
        raise rejected("MH-IMPORT-45", "visit_date", date=died.isoformat())
    away = known.out_before(day)
    if away is not None:
        raise rejected("MH-IMPORT-46", "visit_date", date=away.isoformat())


def _check_sheet(values: Mapping[str, Any], today: date) -> None:
    """What contradicts itself on the sheet. Raises Refusal."""
    if values.get("lost_reason") and any(values.get(key) for key in _EMPTY_WHEN_LOST):
        raise rejected("MH-IMPORT-51", "lost_reason")
    following = values.get("next_visit_date")
    if following is not None and following <= values["visit_date"]:
        raise rejected("MH-IMPORT-52", "next_visit_date")
    left = values.get("last_discharge_date")
    if left is not None and left.first > values["visit_date"]:
        raise rejected("MH-IMPORT-53", "last_discharge_date")
    died = values.get("death_date")
    if died is not None and died > today:
        raise rejected("MH-IMPORT-27", "death_date", label="死亡日期")
