"""Tables of medication: orders, dispensing, injections, reactions, results, stock; read, judged, compared, stored.

A name the dictionary does not know is kept as written and goes to the review list; nothing is guessed. A row that
cannot be right comes back; a doubtful one is stored and told.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import resources
from db.queries import medication as queries
from mhdesk.domain.codes import code_list
from mhdesk.domain.medication import (
    AdverseReaction,
    Dispensing,
    Injection,
    LaboratoryResult,
    MedicationOrder,
    StockMovement,
)
from mhdesk.domain.problems import Severity
from mhdesk.domain.record import Record
from mhdesk.forms.columns import Column
from mhdesk.forms.headings import heading
from mhdesk.forms.read_codes import is_blank
from mhdesk.forms.read_dates import DateFault, read_date
from mhdesk.forms.spec import FormSpec
from mhdesk.rules.medicines import checks
from mhdesk.rules.medicines.adherence import Course
from mhdesk.rules.medicines.orders import drug_id, drug_of
from mhdesk.services.imports.header import LEAST_COLUMNS, SCANNED_ROWS, Header, Heading
from mhdesk.services.imports.reader import cell_text, lost_digits
from mhdesk.services.imports.register import Known, Register
from mhdesk.services.imports.result import MEDICATION, Outcome, Refusal, conflict, rejected
from mhdesk.services.imports.rows import DataRow, data_rows
from mhdesk.services.imports.tables import RawSheet, Table
from mhdesk.services.medication import known as records
from mhdesk.services.medication.known import Basis

if TYPE_CHECKING:
    from db.change import Change
    from db.queries import Connection

RECORDS: Mapping[str, type[Any]] = {
    "orders": MedicationOrder,
    "dispensing": Dispensing,
    "injections": Injection,
    "reactions": AdverseReaction,
    "results": LaboratoryResult,
    "stock": StockMovement,
}
PERSON = ("patient_name", "patient_id_number", "patient_record_number")
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(\D*)")


class SheetColumn(NamedTuple):
    """A column: the field, how it is read (text, number, integer, date, code:LIST, codes:LIST), its headings."""

    key: str
    kind: str
    names: Sequence[str]

    @property
    def label(self) -> str:
        """The heading that is written."""
        return self.names[0]


class SheetSpec(NamedTuple):
    """One kind of table."""

    kind: str
    title: str
    needs: frozenset[str]
    identity: tuple[str, ...]
    columns: tuple[SheetColumn, ...]

    @property
    def record(self) -> type[Any]:
        """What a row is stored as."""
        return RECORDS[self.kind]

    @property
    def has_person(self) -> bool:
        """Whether rows belong to people."""
        return self.kind != "stock"

    def column(self, key: str) -> SheetColumn:
        """The column of a field."""
        return next(one for one in self.columns if one.key == key)


@functools.cache
def specs() -> Mapping[str, SheetSpec]:
    """Every kind of table, by its name."""
    found = {}
    for sheet in _file()["sheet"]:
        columns = tuple(SheetColumn(one["key"], one["kind"], tuple(one["names"])) for one in sheet["columns"])
        spec = SheetSpec(sheet["kind"], sheet["title"], frozenset(sheet["needs"]), tuple(sheet["identity"]), columns)
        found[spec.kind] = spec
    return found


@functools.cache
def person_labels() -> Mapping[str, str]:
    """The headings that name a person, as they are written."""
    return {key: names[0] for key, names in _file()["person"].items()}


@functools.cache
def _file() -> Mapping[str, Any]:
    return tomllib.loads(resources.path("imports/medication.toml").read_text(encoding="utf-8"))


@functools.cache
def _headings(kind: str) -> Mapping[str, str]:
    """Heading as compared -> key."""
    spec = specs()[kind]
    named = {heading(name): one.key for one in spec.columns for name in one.names}
    if spec.has_person:
        named |= {heading(name): key for key, names in _file()["person"].items() for name in names}
    return named


# ---------------------------------------------------------------- recognising


def recognise(sheet: RawSheet) -> Table | None:
    """The table of medication a sheet is; None where it is none."""
    best: Table | None = None
    for kind in specs():
        for top, row in enumerate(sheet.rows[:SCANNED_ROWS]):
            header = _header(row, top, kind)
            if header is None:
                continue
            if best is None or len(header.known) > len(best.header.known):
                best = Table(MEDICATION, sheet.name, _form(kind), header, [])
    if best is None:
        return None
    keys = ("patient_name", "patient_id_number") if specs()[kind_of(best)].has_person else ("drug_name",)
    places = [best.header.known[key].place for key in keys if key in best.header.known]
    best.rows = list(data_rows(sheet.rows, best.header, places))
    for unknown in best.header.unknown:
        best.note(unknown, "MH-IMPORT-60")
    return best


def kind_of(table: Table) -> str:
    """Which kind of medication table it is."""
    return table.form.name


@functools.cache
def _form(kind: str) -> FormSpec:
    """A form without items: it names the kind, and its headings stand in the rejected workbook as they were."""
    spec = specs()[kind]
    return FormSpec(
        name=kind,
        record=MEDICATION,
        edition="2018",
        title=spec.title,
        table="",
        source="",
        mark="assumption",
        sections={},
        fields=(),
    )


def _header(row: Sequence[Any], top: int, kind: str) -> Header | None:
    named = _headings(kind)
    found = []
    for place, cell in enumerate(row):
        if isinstance(cell, str) and cell.strip():
            key = named.get(heading(cell))
            found.append(Heading(place, cell.strip(), Column(key, None) if key else None))
    header = Header(tuple(found), top + 1)
    known, spec = header.known.keys(), specs()[kind]
    if len(known) < LEAST_COLUMNS or not known >= spec.needs or (spec.has_person and not known & set(PERSON)):
        return None
    return header


# ---------------------------------------------------------------- judging


@dataclass(eq=False)
class MedicationEntry:
    """An accepted row: of whom (None: stock), the record, and the stored one it is (None: new)."""

    known: Known | None
    kind: type[Any]
    values: dict[str, Any]
    stored: Record | None = None


@dataclass(eq=False)
class MedicationIntake:
    """What the medication rows of a file want stored."""

    new: list[MedicationEntry] = field(default_factory=list)
    changed: list[MedicationEntry] = field(default_factory=list)


class Book:
    """What is stored about the medicine of the people of a file, and what its earlier rows have said."""

    def __init__(self, connection: Connection, today: date) -> None:
        """Nothing is read until a person is asked for."""
        self.basis: Basis = records.basis_of(connection)
        self.today = today
        self._connection = connection
        self._stored: dict[type[Record], dict[int, list[Record]]] = {}
        self._courses: dict[Known, Course] = {}
        self.said: dict[tuple[object, ...], tuple[int, Mapping[str, Any]]] = {}

    def stored(self, kind: type[Record], known: Known | None) -> Sequence[Record]:
        """The stored records of one kind, of a person or (stock) of all."""
        if kind not in self._stored:
            if kind is StockMovement:
                self._stored[kind] = {0: list(queries.between(self._connection, kind))}
            else:
                self._stored[kind] = queries.of_people(self._connection, kind)
        return self._stored[kind].get((known.id or -1) if known is not None else 0, ())

    def course(self, known: Known) -> Course:
        """The person's medicine with the rows accepted so far."""
        if known not in self._courses:
            its = Course()
            if known.id is not None:
                its = records.course(self._connection, known.id, self.basis, today=self.today)
            self._courses[known] = Course(its.visits, list(its.orders), list(its.dispensings), list(its.injections))
        return self._courses[known]

    def add(self, known: Known, record: Record) -> None:
        """Remember an accepted row."""
        its: Any = self.course(known)
        match record:
            case MedicationOrder():
                its.orders.append(record)
            case Dispensing():
                its.dispensings.append(record)
            case Injection():
                its.injections.append(record)


def take(table: Table, register: Register, book: Book, *, today: date, step: Iterable[DataRow]) -> MedicationIntake:
    """Judge the rows of a table; settles each as new, same, changed, conflict or rejected."""
    spec = specs()[kind_of(table)]
    intake = MedicationIntake()
    for row in step:
        try:
            values, person = _read(table, spec, row, today)
            known = register.find_visited(*person) if spec.has_person else None
            entry = _entry(table, spec, row, values, known, book)
        except Refusal as refusal:
            table.refuse(row.number, refusal)
            continue
        if entry is None:
            table.settle(row.number, Outcome.SAME)
        elif entry.stored is None:
            intake.new.append(entry)
            table.settle(row.number, Outcome.NEW)
        else:
            intake.changed.append(entry)
            table.settle(row.number, Outcome.CHANGED)
    return intake


def _read(
    table: Table, spec: SheetSpec, row: DataRow, today: date
) -> tuple[dict[str, Any], tuple[str | None, str | None, str | None]]:
    """The fields of a row that say something, and who it is about. Raises Refusal."""
    values: dict[str, Any] = {}
    person: dict[str, str | None] = dict.fromkeys(PERSON)
    for key, one in table.header.known.items():
        cell = row.cells[one.place] if one.place < len(row.cells) else None
        words = cell_text(cell).strip()
        if is_blank(words):
            continue
        if key in PERSON:
            person[key] = _person_word(key, cell, words)
        else:
            values |= read_value(spec.column(key), cell, words, today)
    return values, (person["patient_id_number"], person["patient_name"], person["patient_record_number"])


def _person_word(key: str, cell: Any, words: str) -> str:
    if key != "patient_id_number":
        return words
    if lost_digits(cell):
        raise rejected("MH-IMPORT-40", key)
    return unicodedata.normalize("NFKC", words).replace(" ", "").upper()


def read_value(column: SheetColumn, cell: Any, words: str, today: date) -> dict[str, Any]:
    """One field as read; a quantity such as 30片 brings its unit along. Raises Refusal."""
    how, _, codes = column.kind.partition(":")
    if how == "text":
        return {column.key: words}
    if how == "date":
        return {column.key: _day(column, cell, words, today)}
    if how in ("code", "codes"):
        found = [code_list(codes).find(one) for one in re.split(r"[,，、;；]+", words) if one.strip()]
        if how == "code":
            found = [code_list(codes).find(words)]
        if not found or None in found:
            raise rejected("MED30", column.key, label=column.label)
        return {column.key: tuple(one for one in found if one) if how == "codes" else found[0]}
    match = _QUANTITY.fullmatch(unicodedata.normalize("NFKC", words))
    negative = unicodedata.normalize("NFKC", words).startswith("-")
    if negative:
        raise rejected("MED03", column.key)
    if match is None:
        raise rejected("MED31", column.key, label=column.label)
    number: Any = float(match[1])
    if how == "integer":
        if not number.is_integer():
            raise rejected("MED31", column.key, label=column.label)
        number = int(number)
    made: dict[str, Any] = {column.key: number}
    if unit := match[2].strip():
        made |= _unit(column, unit)
    return made


def _unit(column: SheetColumn, unit: str) -> dict[str, Any]:
    """The unit written behind a number. Raises Refusal for one that is none."""
    if column.kind == "integer" and unit in ("天", "日"):
        return {}
    code = code_list("dose_unit").find(unit)
    field_ = {"quantity": "unit", "dose": "dose_unit", "morning": "dose_unit", "noon": "dose_unit"}.get(
        column.key, "dose_unit" if column.key == "night" else ""
    )
    if code is None or not field_:
        raise rejected("MED31", column.key, label=column.label)
    return {field_: code}


def _day(column: SheetColumn, cell: Any, words: str, today: date) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = read_date(words, today=today)
    exact = None if isinstance(found, DateFault) else found.exact
    if exact is None:
        raise rejected("MED32", column.key, label=column.label)
    return exact


def _entry(
    table: Table, spec: SheetSpec, row: DataRow, values: dict[str, Any], known: Known | None, book: Book
) -> MedicationEntry | None:
    """What a row would store, None for one that is stored already or said by an earlier row. Raises Refusal."""
    for key in sorted(spec.needs):
        if key not in values:
            raise rejected("MED33", key, label=spec.column(key).label)
    place = _identity(spec, values, known, book.basis)
    if (earlier := book.said.get(place)) is not None:
        if earlier[1] == values:
            return None
        raise conflict("MED34", row=earlier[0])
    stored = next(
        (
            one
            for one in book.stored(spec.record, known)
            if _identity(spec, {key: getattr(one, key) for key in spec.identity}, known, book.basis) == place
        ),
        None,
    )
    if stored is not None and all(_same(getattr(stored, key), value) for key, value in values.items()):
        book.said[place] = row.number, values
        return None
    drug = drug_of(book.basis.book, values.get("drug_name"), None)
    given = values | ({"drug_key": drug.key} if drug is not None else {})
    record = _record(spec, given, known, stored)
    _check(table, row, record, known, book)
    book.said[place] = row.number, values
    if known is not None:
        book.add(known, record)
    return MedicationEntry(known, spec.record, given, stored)


def _same(stored: Any, given: Any) -> bool:
    return bool(stored == given)


def _identity(spec: SheetSpec, values: Mapping[str, Any], known: Known | None, basis: Basis) -> tuple[object, ...]:
    parts: list[object] = [spec.kind, known]
    for key in spec.identity:
        value = values.get(key)
        if key == "drug_name":
            value = drug_id(basis.book, value, None) if value else None
        parts.append(value or None)
    return tuple(parts)


def _record(spec: SheetSpec, given: Mapping[str, Any], known: Known | None, stored: Record | None) -> Record:
    """The record a row means, over what is stored of it. Raises Refusal where a field nothing can do without lacks."""
    if stored is not None:
        return dataclasses.replace(stored, **given)
    whose = {"patient_id": known.id or 0} if known is not None else {}
    lacking = [one.label for one in spec.columns if one.key in _REQUIRED and one.key not in given]
    if spec.kind == "stock" and lacking:
        raise rejected("MED33", label="、".join(lacking))
    made: Record = spec.record(**given, **whose)
    return made


_REQUIRED = {"quantity", "unit"}


def _check(table: Table, row: DataRow, record: Record, known: Known | None, book: Book) -> None:
    """Raises Refusal for what cannot be; tells what is doubtful."""
    course = book.course(known) if known is not None else Course()
    left = _left(known) if known is not None else None
    found = checks.check(record, course, book.basis.book, book.basis.terms, today=book.today, exit_on=left)
    for one in found:
        if one.severity == Severity.ERROR:
            raise rejected(one.code, one.field, **one.params)
    for one in found:
        table.report(row.number, one.code, one.field, one.params)


def _left(known: Known) -> date | None:
    """When somebody left the register, if he has."""
    if known.died_on is not None:
        return known.died_on
    return known.out_before(date.max)


# ---------------------------------------------------------------- storing


def write(change: Change, intake: Sequence[MedicationIntake], wrote: Callable[[int], None]) -> None:
    """Store what was accepted, inside a running change; people of the same file have their ids by now."""
    for one in intake:
        change.add_many([_fresh(entry) for entry in one.new])
        for entry in one.changed:
            if entry.stored is not None:
                change.replace(dataclasses.replace(entry.stored, **entry.values))
        wrote(len(one.new) + len(one.changed))


def _fresh(entry: MedicationEntry) -> Record:
    whose = {"patient_id": entry.known.id or 0} if entry.known is not None else {}
    made: Record = entry.kind(**entry.values, **whose)
    return made
