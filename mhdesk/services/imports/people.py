"""Register rows: who is new, who is the same, what changed, and who came, left or died."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from mhdesk.domain import identity
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.patient import Consent, MovementKind
from mhdesk.forms.read_codes import is_blank
from mhdesk.rules.life import Move, contradicts, last_of
from mhdesk.services.imports.reader import RowReader, RowValues
from mhdesk.services.imports.register import Known, Register
from mhdesk.services.imports.result import Outcome, Refusal, conflict, rejected
from mhdesk.services.imports.rows import DataRow
from mhdesk.services.imports.tables import Table
from mhdesk.services.imports.units import Place, Places

_RESIDENT_CARD = "01"
#: Days that cannot lie ahead.
_PAST_DAYS = (
    "registered_on",
    "consent_date",
    "form_date",
    "birth_date",
    "onset_date",
    "first_treatment_date",
    "diagnosis_date",
)
#: Where a movement stands in a register.
_COLUMNS = {
    MovementKind.DIED.value: "@died_on",
    MovementKind.MOVED_OUT.value: "@moved_out_on",
    MovementKind.MOVED_IN.value: "@moved_in_on",
}
#: Days of a life: none of them comes before it.
_AFTER_BIRTH = ("onset_date", "first_treatment_date", "diagnosis_date", "registered_on")


class Event(NamedTuple):
    """A movement to be stored."""

    known: Known
    kind: str
    happened_on: date
    reason: str | None = None
    other_unit: str | None = None


@dataclass(eq=False, slots=True)
class Entry:
    """An accepted row: what it says of `known`, what follows from the ID number, where the person belongs."""

    known: Known
    row: int
    table: Table
    values: dict[str, Any]
    derived: dict[str, Any]
    place: Place | None
    events: list[Event]


@dataclass(eq=False)
class PeopleIntake:
    """Everything the register rows of a file want stored."""

    new: list[Entry] = field(default_factory=list)
    known: list[Entry] = field(default_factory=list)


def take_people(
    table: Table, register: Register, places: Places, *, today: date, step: Iterable[DataRow]
) -> PeopleIntake:
    """Judge the rows of a register. `step` yields them (and reports progress)."""
    reader = RowReader(table.form, table.header, today)
    intake = PeopleIntake()
    for row in step:
        read = reader.read(row.cells)
        try:
            refuse_unreadable(table, row.number, read)
            entry = _entry(table, row, read, register, places, today)
        except Refusal as refusal:
            table.refuse(row.number, refusal)
            continue
        if entry is None:
            table.settle(row.number, Outcome.SAME)
        elif entry.known.id is None:
            intake.new.append(entry)
            table.settle(row.number, Outcome.NEW)
        else:
            intake.known.append(entry)
    return intake


def refuse_unreadable(table: Table, row: int, read: RowValues) -> None:
    """List every problem of a row; the first error gives it back. Raises Refusal."""
    errors = read.errors
    for problem in read.problems:
        if not errors or problem is not errors[0]:
            message = table.report(row, problem.code, problem.field, problem.params)
            if problem in errors:
                table.reasons.setdefault(row, []).append(message)
    if errors:
        raise rejected(errors[0].code, errors[0].field, **errors[0].params)


def _entry(
    table: Table, row: DataRow, read: RowValues, register: Register, places: Places, today: date
) -> Entry | None:
    """The accepted row, None for one that repeats an earlier row. Raises Refusal."""
    values = read.values
    if is_blank(values.get("name", "")):
        raise rejected("MH-IMPORT-21", "name")
    derived = _derived(table, row.number, values)
    _check_days(table, {**derived, **values}, read.extras, today)
    known = register.find({**derived, **values})
    said = {**values, **read.extras}
    if known is not None and known.row:
        if known.row_values == said:
            return None
        raise conflict("MH-IMPORT-22" if values.get("id_number") else "MH-IMPORT-34", "id_number", row=known.row)
    person = known or _new_person(values, derived)
    events = _events(person, values, read.extras)
    _check_movements(register, person, values, events)
    place = places.find(read.extras.get("institution_name"), read.extras.get("village_name"))
    person.row, person.row_values = row.number, said
    if known is None:
        register.add(person)
    elif not known.id_number and values.get("id_number"):
        register.renumber(known, values["id_number"])
    for event in events:
        person.add_movement(event.kind, event.happened_on)
    if values.get("registered_on"):
        person.registered_on = values["registered_on"]
    return Entry(person, row.number, table, values, derived, place, events)


def _new_person(values: Mapping[str, Any], derived: Mapping[str, Any]) -> Known:
    birth = values.get("birth_date") or derived.get("birth_date")
    return Known(
        None,
        values["name"],
        values.get("id_number"),
        birth.iso() if birth else None,
        values.get("guardian_phone"),
        values.get("record_number"),
        values.get("registered_on"),
    )


def _derived(table: Table, row: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a valid resident's number says; where the row says otherwise, that is a finding, not a correction."""
    number = values.get("id_number")
    if not number or values.get("id_type", _RESIDENT_CARD) != _RESIDENT_CARD:
        return {}
    birth = identity.birth_date(number)
    if birth is None:
        return {}
    derived: dict[str, Any] = {
        "id_type": _RESIDENT_CARD,
        "birth_date": PartialDate.of(birth),
        "sex": identity.sex(number),
    }
    stated = values.get("birth_date")
    said = derived["birth_date"]
    if stated is not None and stated != said and not said.iso().startswith(stated.iso()):
        table.report(row, "MH-IMPORT-33", "birth_date", {"label": table.form.field("birth_date").label})
    if values.get("sex", derived["sex"]) != derived["sex"]:
        table.report(row, "MH-IMPORT-33", "sex", {"label": table.form.field("sex").label})
    return {key: value for key, value in derived.items() if key not in values}


def _first(day: PartialDate | date) -> date:
    return day.first if isinstance(day, PartialDate) else day


def _last(day: PartialDate | date) -> date:
    return day.last if isinstance(day, PartialDate) else day


def _check_days(table: Table, values: Mapping[str, Any], extras: Mapping[str, Any], today: date) -> None:
    """No day ahead of today, none before birth; death after birth. Raises Refusal."""
    for key in _PAST_DAYS:
        day = values.get(key)
        if day is not None and day.year >= today.year and _first(day) > today:
            raise rejected("MH-IMPORT-27", key, label=table.form.field(key).label)
    for key, label in (("@died_on", "死亡日期"), ("@moved_out_on", "迁出日期"), ("@moved_in_on", "迁入日期")):
        if key in extras and extras[key] > today:
            raise rejected("MH-IMPORT-27", key, label=label)
    _check_order(values)
    birth = values.get("birth_date")
    if birth is None:
        return
    if "@died_on" in extras and extras["@died_on"] < _first(birth):
        raise rejected("MH-IMPORT-26", "@died_on")
    for key in _AFTER_BIRTH:
        day = values.get(key)
        if day is not None and day.year <= birth.year and _last(day) < _first(birth):
            raise rejected("MH-IMPORT-36", key, label=table.form.field(key).label)


def _check_order(values: Mapping[str, Any]) -> None:
    """Onset before treatment and diagnosis, consent not before 建档. Raises Refusal."""
    onset = values.get("onset_date")
    for code, key in (("Q04b", "first_treatment_date"), ("Q04d", "diagnosis_date")):
        day = values.get(key)
        if onset is not None and day is not None and _last(day) < _first(onset):
            raise rejected(code, key)
    signed = values.get("consent_date")
    if signed is None:
        return
    if values.get("consent") == Consent.REFUSED:
        raise rejected("Q05c", "consent_date")
    if signed < values.get("registered_on", signed):
        raise rejected("Q05a", "consent_date")


def _events(person: Known, values: dict[str, Any], extras: Mapping[str, Any]) -> list[Event]:
    """What the columns 死亡日期, 迁出日期 and 迁入日期 add to the movements known. Raises Refusal."""
    events: list[Event] = []
    died, out, into = extras.get("@died_on"), extras.get("@moved_out_on"), extras.get("@moved_in_on")
    if into is not None:
        _take_in(person, values, into, out, extras.get("@moved_from"), events)
    if out is not None and not _has(person, MovementKind.MOVED_OUT, out):
        if person.out_before(date.max) is not None and (into is None or into > out):
            raise conflict("MH-IMPORT-29", "@moved_out_on")
        events.append(
            Event(person, MovementKind.MOVED_OUT, out, extras.get("@moved_out_reason"), extras.get("@moved_to"))
        )
    if died is not None:
        if person.died_on not in (None, died):
            raise conflict("MH-IMPORT-28", "@died_on")
        if person.died_on is None:
            events.append(Event(person, MovementKind.DIED, died, extras.get("@death_reason")))
    return sorted(events, key=lambda event: event.happened_on)


def _check_movements(register: Register, person: Known, values: Mapping[str, Any], events: list[Event]) -> None:
    """No movement against those known, before 建档, or before what is recorded of the person here. Raises Refusal."""
    registered = values.get("registered_on", person.registered_on)
    if person.id is not None and (events or registered != person.registered_on):
        register.know_visits()
    moves = person.moves()
    for event in events:
        column = _COLUMNS[event.kind]
        move = Move(str(event.kind), event.happened_on)
        if contradicts(move, moves):
            raise conflict("MH-IMPORT-54", column)
        if registered is not None and event.happened_on < registered:
            raise conflict("MH-IMPORT-55", column, date=registered.isoformat())
        moves.append(move)
    last = last_of(moves) if events else None
    last_visit = person.last_visit or date.min
    if last is not None and last.kind != MovementKind.MOVED_IN and last_visit > last.day:
        raise conflict("MH-IMPORT-49" if last.kind == MovementKind.DIED else "MH-IMPORT-56", _COLUMNS[last.kind])
    if registered is not None and registered != person.registered_on:
        known = [one.happened_on for one in person.movements]
        first = min((*known, *([person.first_visit.isoformat()] if person.first_visit else ())), default=None)
        if first is not None and first < registered.isoformat():
            raise conflict("MH-IMPORT-57", "registered_on", date=first)


def _take_in(
    person: Known, values: dict[str, Any], into: date, out: date | None, origin: str | None, events: list[Event]
) -> None:
    """迁入: how somebody first came onto this register, or the return of one who had moved out."""
    returns = (out is not None and out < into) or person.out_before(into) is not None
    if returns:
        if not _has(person, MovementKind.MOVED_IN, into):
            events.append(Event(person, MovementKind.MOVED_IN, into, None, origin))
        return
    if _has(person, MovementKind.MOVED_IN, into):
        return
    # On this register since the day of moving in, whenever and wherever the file was first made (填表日期).
    filed = values.get("registered_on")
    if filed is not None and filed < into:
        values.setdefault("form_date", filed)
    values["registered_on"] = into
    values["registered_as"] = MovementKind.MOVED_IN.value


def _has(person: Known, kind: str, day: date) -> bool:
    return any(one.kind == kind and one.happened_on == day.isoformat() for one in person.movements)
