"""Facts for the roll-up: everybody's visits in one pass over one index, as plain tuples.

SQLite keeps `db.schema.VISIT_FACTS` in an index by patient, so that a whole-ledger report reads 40 bytes a visit. Texts
repeat (same day, same codes), so each distinct one is taken apart once. Rows that are voided, and anything that
happened at or after the cut-off, are never selected.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, text

from db import schema
from db.queries import colours, in_force, record_days, treatment
from db.queries.records import get_setting
from mhdesk.domain.follow_up import Hospitalization, VisitClass, VisitForm
from mhdesk.domain.medication import FREE
from mhdesk.domain.record import CodeCount
from mhdesk.domain.unit import UnitLevel
from mhdesk.rules.facts import NO_RECORDS, MovementFact, PatientFacts, Visit
from mhdesk.rules.indicators.tally import Figures

PACKED = schema.VISIT_FACTS
SEPARATOR = ";"
IS_COMPLETE = f"substr({PACKED}, 13, 1) = '0' AND (substr({PACKED}, 14, 1) <> '-' OR substr({PACKED}, 17, 1) = '1')"
_PERSON_COLUMNS = (
    "id, unit_id, registered_on, registered_as, diagnosis, consent, guardianship, colour, free_medicine,"
    " reward_agreement, community_rehabilitation"
)
SAID = 4  # from here on, columns of the person go into the facts as they are
_SAID_NAMES = _PERSON_COLUMNS.split(", ")[SAID:]
COLOUR_AT = _PERSON_COLUMNS.split(", ").index("colour") - SAID
_NOT_ANSWERED = "-"
CODES_END, _NEXT_END = 18, 28  # places in the packed text
_NEXT_DAY_FIELD = Visit._fields.index("next_day")
_FACE_FORMS = (VisitForm.CLINIC, VisitForm.HOME)


class UnitRow(NamedTuple):
    """A unit as a roll-up sees it."""

    id: int
    name: str
    level: str
    parent_id: int | None
    sort_order: int
    valid_from: str | None
    valid_to: str | None
    merged_into_id: int | None


class PersonRow(NamedTuple):
    """Who somebody is, for a list of names."""

    id: int
    name: str
    id_number: str | None
    unit_name: str


class Visits(dict[str, Visit]):
    """Packed text without the next date -> visit; days and codes repeat, so each is taken apart once."""

    def __init__(self) -> None:
        super().__init__()
        self._days: dict[str, int] = {_NOT_ANSWERED: 0}
        self._codes: dict[str, tuple[Any, ...]] = {}

    def day(self, iso: str) -> int:
        """The ordinal of an ISO date."""
        day = self._days.get(iso)
        if day is None:
            day = self._days[iso] = date.fromisoformat(iso).toordinal()
        return day

    def whole(self, packed: str) -> Visit:
        """The visit with its next date and dangerous acts."""
        visit = self[packed[:CODES_END]]
        if packed[CODES_END] == _NOT_ANSWERED:
            next_day, acts = 0, packed[CODES_END + 1 :]
        else:
            next_day, acts = self.day(packed[CODES_END:_NEXT_END]), packed[_NEXT_END:]
        return Visit._make((*visit[:_NEXT_DAY_FIELD], next_day, _acts(acts) if acts else ()))

    def shared(self, packed: str) -> tuple[Visit, int]:
        """The visit without its next date, the same object for the same day and codes, and the next date beside it.

        Only a visit that tells of dangerous acts is whole.
        """
        if ":" in packed:
            visit = self.whole(packed)
            return visit, visit.next_day
        written = packed[CODES_END] != _NOT_ANSWERED
        return self[packed[:CODES_END]], self.day(packed[CODES_END:_NEXT_END]) if written else 0

    def __missing__(self, packed: str) -> Visit:
        codes = self._codes.get(packed[10:])
        if codes is None:
            codes = self._codes[packed[10:]] = _codes(packed[10:])
        month = int(packed[:4]) * 12 + int(packed[5:7]) - 1
        visit = self[packed] = Visit(self.day(packed[:10]), month, *codes)
        return visit


def _codes(packed: str) -> tuple[Any, ...]:
    """The fields of a `Visit` from `complete` to `laboratory`."""
    form, target, lost, risk, visit_class, adherence, stay, laboratory = (
        None if code == _NOT_ANSWERED else code for code in packed
    )
    inpatient = stay == Hospitalization.INPATIENT
    return (
        lost == "0" and (risk is not None or inpatient),
        lost == "1",
        form,
        form in _FACE_FORMS and target in ("1", "n"),
        risk,
        visit_class,
        adherence,
        inpatient,
        laboratory == "2",
    )


def _acts(packed: str) -> tuple[CodeCount, ...]:
    pairs = (part.split(":") for part in packed.split(",") if part)
    found = (CodeCount(code, int(count)) for code, count in pairs)
    return tuple(act for act in found if act.code != "7" and act.count > 0)


def patient_facts(
    connection: Connection, *, first: date, start: date, end: date, ids: Sequence[int] | None = None
) -> Iterator[PatientFacts]:
    """What the rules need of everybody (or of `ids`), with visits from `first` up to but not including `end`.

    `Visit.next_day` is filled for the last visit, and for all visits of people visited since `start`: nobody asks for
    it elsewhere, and leaving it out is what lets visits be shared.
    """
    loader = _Loader(connection, first=first, start=start, end=end)
    packed = _packed(connection, first=first, end=end, ids=ids)
    pending: list[tuple[PatientFacts, Visit | None]] = []
    lone: list[PatientFacts] = []
    nothing = (None, None, 0)
    for row in person_rows(connection, ids):
        facts, newest = loader.build(row, *packed.get(row[0], nothing))
        if newest is None or not newest.complete:
            pending.append((facts, newest))
        elif newest.visit_class == VisitClass.BASIC and asks_for_earlier(facts):
            lone.append(facts)
        else:
            yield facts
    for facts in loader.complete(pending):
        if asks_for_earlier(facts):
            lone.append(facts)
        else:
            yield facts
    yield from loader.with_earlier(lone)


def register_facts(connection: Connection, *, end: date, ids: Sequence[int] | None = None) -> Iterator[PatientFacts]:
    """Everybody (or `ids`) with the file's own items, the movements before `end` and nothing else.

    Enough to say who was on the register when.
    """
    visits = Visits()
    movements = movement_facts(connection, visits, end)
    for row in person_rows(connection, ids):
        said = dict(zip(_SAID_NAMES, row[SAID:], strict=True))
        yield PatientFacts(
            id=row[0],
            unit_id=row[1],
            registered_day=visits.day(row[2]) if row[2] else 0,
            registered_as=row[3],
            movements=movements.get(row[0], ()),
            **said,
        )


class _Loader:
    """Puts a person's facts together from their rows."""

    def __init__(self, connection: Connection, *, first: date, start: date, end: date) -> None:
        self._connection, self._first, self._start_iso, self._end = connection, first, start.isoformat(), end
        self._visits = visits = Visits()
        self._movements = movement_facts(connection, visits, end)
        self._attempts = attempt_days(connection, visits, end)
        self._snoozes = _snoozes(connection, visits, end)
        self._discharges = _discharges(connection, visits, end)
        self._long_acting = long_acting_sheets(connection)
        self._has_long_acting = treatment.long_acting(connection, end=end)
        self._free = treatment.free(connection, end=end)
        self._stops = treatment.all_stops(connection, end=end)
        self._colours = colours.latest(connection, before=end)
        self._in_force = in_force.items(connection, day=end - timedelta(days=1))
        self._records = record_days.record_days(connection, first=first, end=end)

    def build(
        self, row: Any, texts: str | None, newest_text: str | None, follow_up_id: int
    ) -> tuple[PatientFacts, Visit | None]:
        """The facts and the newest sheet; facts are whole only when that one is a complete visit."""
        visits, registered_on, patient_id = self._visits, row[2], row[0]
        sheets: list[Visit] = []
        newest = None
        if texts and newest_text:
            sheets = _sheets(texts, newest_text, self._start_iso, visits)
            newest = sheets[-1]
        said, assessed = row[SAID:], self._colours.get(patient_id)
        if assessed is not None:  # the committee's colour, not the one somebody typed
            said = (*said[:COLOUR_AT], assessed.colour, *said[COLOUR_AT + 1 :])
        facts = PatientFacts(
            patient_id,
            row[1],
            sheets,
            newest,
            False,  # noqa: FBT003 - positional on purpose: a hundred thousand of these
            follow_up_id in self._long_acting or patient_id in self._has_long_acting,
            visits.day(registered_on) if registered_on else 0,
            row[3],
            self._movements.get(patient_id, ()),
            self._attempts.get(patient_id, ()),
            self._snoozes.get(patient_id),
            self._discharges.get(patient_id, 0),
            tuple(self._stops.get(patient_id, ())),
            self._records.get(patient_id, NO_RECORDS),
            *said,
        )
        if patient_id in self._free:
            facts = facts._replace(free_medicine=FREE)
        if patient_id in self._in_force:
            facts = with_items(facts, self._in_force[patient_id])
        return facts, newest

    def with_earlier(self, lone: Sequence[PatientFacts]) -> Iterator[PatientFacts]:
        """With the complete visit before the only one, however old."""
        found = {}
        if lone:
            ids = [facts.id for facts in lone]
            found = newest_sheets(self._connection, ids, self._first, f" AND {IS_COMPLETE}")
        for facts in lone:
            yield earlier_first(facts, self._visits.whole(found[facts.id][0]) if facts.id in found else None)

    def complete(self, pending: list[tuple[PatientFacts, Visit | None]]) -> Iterator[PatientFacts]:
        """Facts of people whose newest sheet is no complete visit: their last one may be years back."""
        if not pending:
            return
        ids = [facts.id for facts, _ in pending]
        complete = newest_sheets(self._connection, ids, self._end, f" AND {IS_COMPLETE}")
        sheets = newest_sheets(self._connection, [facts.id for facts, newest in pending if newest is None], self._end)
        for facts, loaded in pending:
            found = complete.get(facts.id)
            last = self._visits.whole(found[0]) if found else None
            newest = self._visits.whole(sheets[facts.id][0]) if facts.id in sheets else loaded
            yield facts._replace(
                last=last,
                lost_day=newest.day if newest is not None and newest.lost else 0,
                long_acting=facts.id in self._has_long_acting or (found is not None and found[1] in self._long_acting),
            )


def asks_for_earlier(facts: PatientFacts) -> bool:
    """Whether the next visit hangs on a sheet that was not read: 基本稳定 now, no complete visit before it is here."""
    if facts.last is None or facts.last.visit_class != VisitClass.BASIC:
        return False
    return [visit.day for visit in facts.visits if visit.complete] == [facts.last.day]


def earlier_first(facts: PatientFacts, earlier: Visit | None) -> PatientFacts:
    """With an older visit before those that were read. Nobody asks when it wanted the next one."""
    if earlier is None:
        return facts
    return facts._replace(visits=[earlier._replace(next_day=0), *facts.visits])


def with_items(facts: PatientFacts, known: Mapping[str, str]) -> PatientFacts:
    """With what records say of that day, not what the file says now."""
    return facts._replace(
        reward_agreement=known.get("reward_agreement", facts.reward_agreement),
        community_rehabilitation=known.get("community_rehabilitation", facts.community_rehabilitation),
    )


def _packed(
    connection: Connection, *, first: date, end: date, ids: Sequence[int] | None
) -> dict[int, tuple[str, str, int]]:
    """By patient: all packed visits, the newest of them, and its id."""
    wanted = "" if ids is None else " AND patient_id IN (SELECT value FROM json_each(?))"
    query = (
        f"SELECT patient_id, group_concat({PACKED}, '{SEPARATOR}'), max({PACKED}), id"  # noqa: S608 - our own texts
        " FROM follow_up INDEXED BY ix_follow_up_facts WHERE voided_at IS NULL"
        # the bare column `id` is that of the row with the maximum (a rule of SQLite)
        f" AND {PACKED} >= ? AND {PACKED} < ?{wanted} GROUP BY patient_id"
    )
    parameters = (first.isoformat(), end.isoformat(), *(() if ids is None else (json.dumps(list(ids)),)))
    rows = raw_rows(connection, query, parameters)
    return {patient_id: (texts, newest, follow_up_id) for patient_id, texts, newest, follow_up_id in rows}


def _sheets(texts: str, newest_text: str, start_iso: str, visits: Visits) -> list[Visit]:
    """A person's visits in order; the quick way leaves 下次随访日期 of all but the newest unread."""
    parts = texts.split(SEPARATOR)
    parts.sort()
    if newest_text >= start_iso:
        return [visits.whole(part) for part in parts]
    if ":" in texts:  # a dangerous act is written code:count
        sheets = [visits.whole(part) if ":" in part else visits[part[:CODES_END]] for part in parts]
    else:
        sheets = [visits[part[:CODES_END]] for part in parts]
    sheets[-1] = visits.whole(newest_text)
    return sheets


def person_rows(connection: Connection, ids: Sequence[int] | None) -> Iterator[Any]:
    """What the facts take from the files of everybody (or of `ids`), in order of id."""
    wanted = "" if ids is None else " AND id IN (SELECT value FROM json_each(?))"
    return raw_rows(
        connection,
        f"SELECT {_PERSON_COLUMNS} FROM patient WHERE voided_at IS NULL{wanted} ORDER BY id",  # noqa: S608 - our own texts
        () if ids is None else (json.dumps(list(ids)),),
    )


def raw_rows(connection: Connection, query: str, parameters: tuple[str, ...]) -> Iterator[Any]:
    """Plain tuples from the driver, in the connection's transaction: a row object a person costs half a second."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(query, parameters)
        yield from cursor.fetchall()
    finally:
        cursor.close()


def movement_facts(connection: Connection, visits: Visits, end: date) -> dict[int, tuple[MovementFact, ...]]:
    """Movements before `end` by person, in order."""
    table = schema.movement.c
    query = (
        select(table.patient_id, table.happened_on, table.kind)
        .where(table.voided_at.is_(None), table.happened_on < end.isoformat())
        .order_by(table.happened_on, table.id)
    )
    found: dict[int, tuple[MovementFact, ...]] = {}
    for patient_id, happened_on, kind in connection.execute(query):
        found[patient_id] = (*found.get(patient_id, ()), MovementFact(visits.day(happened_on), kind))
    return found


def attempt_days(connection: Connection, visits: Visits, end: date) -> dict[int, tuple[int, ...]]:
    """Days of failed tries before `end` by person, in order."""
    table = schema.contact_attempt.c
    query = (
        select(table.patient_id, table.attempted_on)
        .where(table.voided_at.is_(None), table.attempted_on < end.isoformat())
        .order_by(table.attempted_on)
    )
    found: dict[int, tuple[int, ...]] = {}
    for patient_id, attempted_on in connection.execute(query):
        found[patient_id] = (*found.get(patient_id, ()), visits.day(attempted_on))
    return found


def all_snoozes(connection: Connection, visits: Visits, end: date) -> dict[int, list[tuple[int, int]]]:
    """Every 暂缓 by person, in order: the day it was made, the day it lasts until."""
    table = schema.snooze.c
    query = (
        select(table.patient_id, table.snoozed_on, table.until)
        .where(table.voided_at.is_(None), table.snoozed_on < end.isoformat())
        .order_by(table.snoozed_on, table.id)
    )
    found: dict[int, list[tuple[int, int]]] = {}
    for patient_id, made, until in connection.execute(query):
        found.setdefault(patient_id, []).append((visits.day(made), visits.day(until)))
    return found


def _snoozes(connection: Connection, visits: Visits, end: date) -> dict[int, tuple[int, int]]:
    """The last 暂缓 of each person."""
    return {patient_id: its[-1] for patient_id, its in all_snoozes(connection, visits, end).items()}


def _discharges(connection: Connection, visits: Visits, end: date) -> dict[int, int]:
    """When the last 出院信息单 of each person was received."""
    table = schema.discharge_note.c
    query = (
        select(table.patient_id, func.max(table.received_on))
        .where(table.voided_at.is_(None), table.received_on < end.isoformat())
        .group_by(table.patient_id)
    )
    return {patient_id: visits.day(received) for patient_id, received in connection.execute(query)}


def long_acting_sheets(connection: Connection) -> set[int]:
    """Follow-ups whose 用药情况 lists a long-acting drug."""
    table = schema.follow_up_drug.c
    query = select(table.follow_up_id).where(text(schema.LONG_ACTING))
    return {follow_up_id for (follow_up_id,) in connection.execute(query)}


def newest_sheets(connection: Connection, ids: list[int], end: date, condition: str = "") -> dict[int, tuple[str, int]]:
    """Packed text and id of the newest sheet of some people that meets a condition, however old."""
    query = text(
        f"SELECT patient_id, max({PACKED}), id FROM follow_up INDEXED BY ix_follow_up_facts"  # noqa: S608 - our own texts
        " WHERE voided_at IS NULL AND patient_id IN (SELECT value FROM json_each(:ids))"
        f" AND {PACKED} < :end{condition} GROUP BY patient_id"
    )
    rows = connection.execute(query, {"ids": json.dumps(ids), "end": end.isoformat()})
    return {patient_id: (packed, follow_up_id) for patient_id, packed, follow_up_id in rows}


def of_risk(connection: Connection, least: int, *, end: date) -> list[int]:
    """People whose last complete visit before `end`, however old, says a 危险性 of at least a level."""
    query = (
        f"SELECT patient_id FROM (SELECT patient_id, max({PACKED}) AS newest"  # noqa: S608 - our own texts
        f" FROM follow_up INDEXED BY ix_follow_up_facts WHERE voided_at IS NULL AND {IS_COMPLETE}"
        f" AND {PACKED} < ? GROUP BY patient_id)"
        " WHERE substr(newest, 14, 1) BETWEEN ? AND '9' ORDER BY patient_id"
    )
    return [row[0] for row in raw_rows(connection, query, (end.isoformat(), str(least)))]


def units(connection: Connection) -> list[UnitRow]:
    """All units, in their order."""
    table = schema.unit.c
    columns = [getattr(table, name) for name in UnitRow._fields]
    query = select(*columns).where(table.voided_at.is_(None)).order_by(table.sort_order, table.id)
    return [UnitRow(*row) for row in connection.execute(query)]


def figures(connection: Connection, year: int) -> dict[int, Figures]:
    """Population and staff of every unit in `year`, each figure from the latest earlier year where it is missing."""
    table = schema.unit_year.c
    query = (
        select(table.unit_id, table.population, table.staff_fte, table.psychiatrists)
        .where(table.voided_at.is_(None), table.year <= year)
        .order_by(table.unit_id, table.year)
    )
    found: dict[int, Figures] = {}
    for unit_id, *row in connection.execute(query):
        old = found.get(unit_id, Figures())
        population, staff, psychiatrists = row
        found[unit_id] = Figures(
            old.population if population is None else population,
            old.staff_fte if staff is None else staff,
            old.psychiatrists if psychiatrists is None else psychiatrists,
        )
    return found


def figure_years(connection: Connection) -> dict[int, set[int]]:
    """By unit: the years of which somebody wrote down inhabitants."""
    table = schema.unit_year.c
    query = select(table.unit_id, table.year).where(table.voided_at.is_(None), table.population.is_not(None))
    found: dict[int, set[int]] = {}
    for unit_id, year in connection.execute(query):
        found.setdefault(unit_id, set()).add(year)
    return found


def overrides(connection: Connection) -> dict[str, tuple[str, str]]:
    """The district's own copies of data files: path -> (content, origin)."""
    table = schema.data_override.c
    query = select(table.path, table.content, table.origin).where(table.voided_at.is_(None)).order_by(table.id)
    return {path: (content, origin) for path, content, origin in connection.execute(query)}


def people(connection: Connection, ids: Sequence[int]) -> dict[int, PersonRow]:
    """Names, numbers and units of some people."""
    table = schema.patient.c
    query = (
        select(table.id, table.name, table.id_number, func.coalesce(schema.unit.c.name, ""))
        .join(schema.unit, schema.unit.c.id == table.unit_id, isouter=True)  # nobody is left out for want of a village
        .where(text("patient.id IN (SELECT value FROM json_each(:ids))").bindparams(ids=json.dumps(list(ids))))
    )
    return {row[0]: PersonRow(*row) for row in connection.execute(query)}


def doctors(connection: Connection) -> dict[int, str]:
    """By patient: the doctor who is responsible (医生签字 of the file)."""
    table = schema.patient.c
    query = select(table.id, table.doctor_name).where(table.voided_at.is_(None), table.doctor_name.is_not(None))
    return {patient_id: name.strip() for patient_id, name in connection.execute(query)}


def setting(connection: Connection, key: str, default: Any = None) -> Any:
    """A setting of the ledger."""
    return get_setting(connection, key, default)


def audit_head(connection: Connection) -> str:
    """Hash of the newest audit row, "" before the first."""
    table = schema.audit.c
    found = connection.execute(select(table.hash).order_by(table.seq.desc()).limit(1)).scalar()
    return str(found or "")


def root_level(level: str) -> UnitLevel:
    """What the rows of a ledger's roll-up are: villages in a township, institutions in a district."""
    return UnitLevel.INSTITUTION if level == "district" else UnitLevel.VILLAGE
