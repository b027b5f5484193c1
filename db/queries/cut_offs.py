"""The facts of everybody at many cut-offs (截止日) from one reading: for trends, where each week is a roll-up.

`Reading.at` gives exactly what `db.queries.rollup.patient_facts` would read for the same days; a test compares the two
over random ledgers. What is kept between cut-offs is what was read in the one snapshot, never a judgement.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from db import schema
from db.queries import colours, in_force, record_days, rollup, treatment
from db.queries.rollup import COLOUR_AT, PACKED, SAID, Visits
from mhdesk.domain.medication import FREE
from mhdesk.rules.facts import NO_RECORDS, MovementFact, PatientFacts, StopFact, Visit
from mhdesk.rules.in_force import items_on

_NEVER = (None, 0)
_ASKED = 2  # complete visits: the last one, and the one before it where that one is 基本稳定


class _Dated(NamedTuple):
    """What is known of a person besides sheets, each with its day and in order: few people have any of it."""

    movements: Sequence[MovementFact] = ()
    attempts: Sequence[int] = ()
    snoozes: Sequence[tuple[int, int]] = ()
    discharges: Sequence[int] = ()
    stops: Sequence[StopFact] = ()
    colours: Sequence[tuple[int, str]] = ()
    free: Sequence[int] = ()
    records: Mapping[str, Sequence[int]] = NO_RECORDS

    def days(self) -> list[int]:
        """The days on which something changes, in order."""
        found = [*self.attempts, *self.discharges, *self.free]
        found += [one.day for one in self.movements] + [one.day for one in self.stops]
        found += [made for made, _ in self.snoozes] + [day for day, _ in self.colours]
        return sorted([*found, *self.record_days()])

    def record_days(self) -> list[int]:
        """The days of records, in order."""
        return sorted(day for days in self.records.values() for day in days)


#: What nobody has.
_NOTHING = _Dated()


class _Person:
    """One person: sheets in order, their days and 下次随访日期, and what was last known before the reading began."""

    __slots__ = ("changes", "dated", "days", "facts", "facts_at", "ids", "nexts", "old", "recorded", "row", "sheets")

    def __init__(self, row: Any, texts: str | None, visits: Visits, dated: _Dated | None) -> None:
        self.row, self.dated = row, dated
        self.changes = [] if dated is None else dated.days()
        self.recorded = [] if dated is None else dated.record_days()
        self.sheets: list[Visit] = []  # shared, without their next day, which differs from sheet to sheet
        self.days: list[int] = []
        self.nexts: list[int] = []
        self.ids: Sequence[int] = ()  # of the sheets; () where no sheet of the person lists a long-acting drug
        self.old: tuple[tuple[Visit | None, int], Visit | None] = (_NEVER, None)
        self.facts: PatientFacts | None = None  # as last asked for, and at which places
        self.facts_at: tuple[int, ...] = ()
        for packed in sorted(texts.split(rollup.SEPARATOR)) if texts else ():
            visit, next_day = visits.shared(packed)
            self.sheets.append(visit)
            self.days.append(visit.day)
            self.nexts.append(next_day)

    def whole(self, place: int) -> Visit:
        """A sheet with its next day."""
        visit, next_day = self.sheets[place], self.nexts[place]
        return visit if visit.next_day == next_day else visit._replace(next_day=next_day)

    def last(self, end: int) -> tuple[Visit | None, int]:
        """The last complete visit among the first `end` sheets, else the one before the reading, and its id."""
        for place in range(end - 1, -1, -1):
            if self.sheets[place].complete:
                return self.whole(place), self.ids[place] if self.ids else 0
        return self.old[0]

    def newest(self, end: int) -> Visit | None:
        """The last of the first `end` sheets, complete or not, else the one before the reading."""
        return self.sheets[end - 1] if end else self.old[1]


class Reading:
    """Everything of the days from `first` up to but not including `end`, and of what came before what still counts.

    `earliest` is the earliest cut-off that will be asked for (exclusive, as in `at`). Ask within the transaction of
    the connection.
    """

    def __init__(self, connection: Connection, *, first: date, earliest: date, end: date) -> None:
        self._first, self._visits = first, Visits()
        self._long_acting = treatment.LongActing(connection, since=earliest - timedelta(days=1), end=end)
        self._listed = rollup.long_acting_sheets(connection)
        self._spans = in_force.spans(connection)
        dated = self._dated(connection, earliest=earliest, end=end)
        packed = _packed(connection, first=first, end=end)
        self._people = [
            _Person(row, packed.get(row[0]), self._visits, dated.get(row[0]))
            for row in rollup.person_rows(connection, None)
        ]
        del packed
        self._add_ids(connection, first=first, end=end)
        self._add_old(connection, earliest=earliest.toordinal())

    def at(self, *, first: date, start: date, end: date) -> Iterator[PatientFacts]:
        """What `db.queries.rollup.patient_facts` reads of everybody, in order of id."""
        first_day, start_day, end_day = first.toordinal(), start.toordinal(), end.toordinal()
        injected = self._long_acting.on(end - timedelta(days=1))
        free_since = treatment.free_since(end).toordinal()
        for person in self._people:
            days = person.days
            high = bisect_left(days, end_day)
            at: tuple[int, ...] = (bisect_left(days, first_day), high, bool(high) and days[high - 1] >= start_day)
            if person.dated is not None:
                at = (*at, bisect_left(person.changes, end_day), bisect_left(person.recorded, first_day), free_since)
            facts = person.facts
            if facts is None or person.facts_at != at:  # else nothing came or went since the cut-off asked for last
                dated = _NOTHING if person.dated is None else _until(person.dated, first_day, end_day)
                facts = person.facts = self._facts(person, at, dated, free_since)
                person.facts_at = at
            if facts.id in injected and not facts.long_acting:
                facts = facts._replace(long_acting=True)
            if facts.id in self._spans:
                facts = rollup.with_items(facts, items_on(self._spans[facts.id], end - timedelta(days=1)))
            yield facts

    def _facts(self, person: _Person, at: tuple[int, ...], dated: _Dated, free_since: int) -> PatientFacts:
        """The facts that follow from the sheets between two places, and from what is dated."""
        row, (low, high, is_recent) = person.row, at[:3]
        if is_recent:
            visits = [person.whole(place) for place in range(low, high)]
        else:
            visits = person.sheets[low:high]
            if visits:
                visits[-1] = person.whole(high - 1)
        last, last_id = person.last(high)
        newest, said = person.newest(high), row[SAID:]
        if dated.colours:
            said = (*said[:COLOUR_AT], dated.colours[-1][1], *said[COLOUR_AT + 1 :])
        facts = PatientFacts(
            row[0],
            row[1],
            visits,
            last,
            newest.day if newest is not None and newest.lost else 0,
            last_id in self._listed,
            self._visits.day(row[2]) if row[2] else 0,
            row[3],
            tuple(dated.movements),
            tuple(dated.attempts),
            dated.snoozes[-1] if dated.snoozes else None,
            max(dated.discharges, default=0),
            tuple(dated.stops),
            dated.records,
            *said,
        )
        if rollup.asks_for_earlier(facts):
            earlier = next((one for one in reversed(person.sheets[:low]) if one.complete), person.old[0][0])
            facts = rollup.earlier_first(facts, earlier)
        return facts._replace(free_medicine=FREE) if any(day >= free_since for day in dated.free) else facts

    def _add_ids(self, connection: Connection, *, first: date, end: date) -> None:
        """Which sheet is which, for people of whom one lists a long-acting drug."""
        ids = _sheet_ids(connection, first=first, end=end) if self._listed else {}
        for person in self._people:
            found = ids.get(person.row[0])
            if found:
                person.ids = found

    def _add_old(self, connection: Connection, *, earliest: int) -> None:
        """The last sheets before the reading, of people without two complete visits from it to the first cut-off."""
        without = {
            person.row[0]: person
            for person in self._people
            if sum(visit.complete and visit.day < earliest for visit in person.sheets) < _ASKED
        }
        ids = list(without)
        complete = rollup.newest_sheets(connection, ids, self._first, f" AND {rollup.IS_COMPLETE}")
        sheets = rollup.newest_sheets(connection, ids, self._first)
        for patient_id, (packed, _) in sheets.items():
            text, follow_up_id = complete.get(patient_id, (None, 0))
            last = None if text is None else self._visits.whole(text)
            without[patient_id].old = ((last, follow_up_id), self._visits.whole(packed))

    def _dated(self, connection: Connection, *, earliest: date, end: date) -> dict[int, _Dated]:
        day = self._visits.day
        free = treatment.free_days(connection, since=treatment.free_since(earliest), end=end)
        parts: dict[str, Mapping[int, Any]] = {
            "movements": rollup.movement_facts(connection, self._visits, end),
            "attempts": rollup.attempt_days(connection, self._visits, end),
            "snoozes": rollup.all_snoozes(connection, self._visits, end),
            "discharges": _discharges(connection, self._visits, end),
            "stops": treatment.all_stops(connection, end=end),
            "colours": {
                patient_id: [(day(on), colour) for on, colour in its]
                for patient_id, its in colours.assessed(connection, before=end).items()
            },
            "free": {patient_id: [day(on) for on in its] for patient_id, its in free.items()},
            "records": record_days.record_days(connection, first=self._first, end=end),
        }
        people = sorted({patient_id for part in parts.values() for patient_id in part})
        return {one: _Dated(**{name: part[one] for name, part in parts.items() if one in part}) for one in people}


def _until(dated: _Dated, first: int, end: int) -> _Dated:
    """What had happened before `end`, records from `first` on."""
    days = {kind: tuple(day for day in its if first <= day < end) for kind, its in dated.records.items()}
    return _Dated(
        movements=[one for one in dated.movements if one.day < end],
        attempts=[day for day in dated.attempts if day < end],
        snoozes=[one for one in dated.snoozes if one[0] < end],
        discharges=[day for day in dated.discharges if day < end],
        stops=[one for one in dated.stops if one.day < end],
        colours=[one for one in dated.colours if one[0] < end],
        free=[day for day in dated.free if day < end],
        records={kind: its for kind, its in days.items() if its} or NO_RECORDS,
    )


def _packed(connection: Connection, *, first: date, end: date) -> dict[int, str]:
    """By patient: all packed visits in one text."""
    query = (
        f"SELECT patient_id, group_concat({PACKED}, '{rollup.SEPARATOR}')"  # noqa: S608 - our own texts
        " FROM follow_up INDEXED BY ix_follow_up_facts WHERE voided_at IS NULL"
        f" AND {PACKED} >= ? AND {PACKED} < ? GROUP BY patient_id"
    )
    return dict(rollup.raw_rows(connection, query, (first.isoformat(), end.isoformat())))


def _sheet_ids(connection: Connection, *, first: date, end: date) -> dict[int, list[int]]:
    """Ids of the sheets, in the order of their packed texts, of people of whom one lists a long-acting drug."""
    query = (
        "SELECT patient_id, id FROM follow_up INDEXED BY ix_follow_up_facts WHERE voided_at IS NULL"  # noqa: S608 - our own texts
        f" AND {PACKED} >= ? AND {PACKED} < ? AND patient_id IN (SELECT patient_id FROM follow_up AS listed"
        " WHERE listed.id IN (SELECT follow_up_id FROM follow_up_drug"
        f" WHERE {schema.LONG_ACTING})) ORDER BY patient_id, {PACKED}, id DESC"
    )
    found: dict[int, list[int]] = {}
    for patient_id, follow_up_id in rollup.raw_rows(connection, query, (first.isoformat(), end.isoformat())):
        found.setdefault(patient_id, []).append(follow_up_id)
    return found


def _discharges(connection: Connection, visits: Visits, end: date) -> dict[int, list[int]]:
    table = schema.discharge_note.c
    query = select(table.patient_id, table.received_on).where(
        table.voided_at.is_(None), table.received_on < end.isoformat()
    )
    found: dict[int, list[int]] = {}
    for patient_id, received in connection.execute(query):
        found.setdefault(patient_id, []).append(visits.day(received))
    return found
