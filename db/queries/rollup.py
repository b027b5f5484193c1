"""Facts for the roll-up: everybody's visits in one pass over one index, as plain tuples.

SQLite keeps `db.schema.VISIT_FACTS` in an index by patient, so that a whole-ledger report reads 40 bytes a visit. Texts
repeat (same day, same codes), so each distinct one is taken apart once. Rows that are voided, and anything that
happened at or after the cut-off, are never selected.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, text

from db import schema
from db.queries.records import get_setting
from mhdesk.domain.follow_up import Hospitalization, VisitForm
from mhdesk.domain.record import CodeCount
from mhdesk.domain.unit import UnitLevel
from mhdesk.rules.facts import MovementFact, PatientFacts, Visit
from mhdesk.rules.indicators.tally import Figures

_PACKED = schema.VISIT_FACTS
_SEPARATOR = ";"
_IS_COMPLETE = f"substr({_PACKED}, 13, 1) = '0' AND (substr({_PACKED}, 14, 1) <> '-' OR substr({_PACKED}, 17, 1) = '1')"
_NOT_ANSWERED = "-"
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


class _Visits(dict[str, Visit]):
    """Packed text -> visit, each distinct text taken apart once."""

    def __init__(self) -> None:
        super().__init__()
        self._days: dict[str, int] = {_NOT_ANSWERED: 0}

    def day(self, iso: str) -> int:
        """The ordinal of an ISO date."""
        day = self._days.get(iso)
        if day is None:
            day = self._days[iso] = date.fromisoformat(iso).toordinal()
        return day

    def __missing__(self, packed: str) -> Visit:
        form, target, lost, risk, visit_class, adherence, stay, laboratory = (
            None if code == _NOT_ANSWERED else code for code in packed[10:18]
        )
        has_next = packed[18:19] != _NOT_ANSWERED
        next_iso, acts = (packed[18:28], packed[28:]) if has_next else (_NOT_ANSWERED, packed[19:])
        inpatient = stay == Hospitalization.INPATIENT
        visit = Visit(
            day=self.day(packed[:10]),
            month=int(packed[:4]) * 12 + int(packed[5:7]) - 1,
            complete=lost == "0" and (risk is not None or inpatient),
            lost=lost == "1",
            form=form,
            saw_patient=form in _FACE_FORMS and target in ("1", "n"),
            risk=risk,
            visit_class=visit_class,
            adherence=adherence,
            inpatient=inpatient,
            laboratory=laboratory == "2",
            next_day=self.day(next_iso),
            acts=_acts(acts),
        )
        self[packed] = visit
        return visit


def _acts(packed: str) -> tuple[CodeCount, ...]:
    pairs = (part.split(":") for part in packed.split(",") if part)
    found = (CodeCount(code, int(count)) for code, count in pairs)
    return tuple(act for act in found if act.code != "7" and act.count > 0)


def patient_facts(
    connection: Connection, *, first: date, end: date, ids: Sequence[int] | None = None
) -> Iterator[PatientFacts]:
    """What the rules need of everybody (or of `ids`), with visits from `first` up to but not including `end`."""
    people = _people(connection, ids)
    wanted = "" if ids is None else " AND patient_id IN (SELECT value FROM json_each(:ids))"
    parameters = {"first": first.isoformat(), "end": end.isoformat(), "ids": json.dumps(ids)}
    if ids is None:
        del parameters["ids"]
    visits = _Visits()
    packed = {
        patient_id: (texts, last, follow_up_id)
        for patient_id, texts, last, follow_up_id in connection.execute(
            # the bare column `id` is that of the row with the maximum (a rule of SQLite)
            text(
                f"SELECT patient_id, group_concat({_PACKED}, '{_SEPARATOR}'), max({_PACKED}), id"  # noqa: S608
                f" FROM follow_up INDEXED BY ix_follow_up_facts WHERE voided_at IS NULL"
                f" AND {_PACKED} >= :first AND {_PACKED} < :end{wanted} GROUP BY patient_id"
            ),
            parameters,
        )
    }
    movements = _movements(connection, visits, end)
    attempts = _attempts(connection, visits, end)
    long_acting = _long_acting(connection)
    built, pending = _assemble(people, packed, visits, long_acting, movements, attempts)
    yield from built
    older = _last_complete(connection, [facts.id for facts, _ in pending], end)
    for facts, newest in pending:
        found = older.get(facts.id)
        if found is None:
            yield facts._replace(lost=newest is not None and newest.lost)
            continue
        last = visits[found[0]]
        latest = newest if newest is not None and newest.day >= last.day else last
        yield facts._replace(last=last, lost=latest.lost, long_acting=found[1] in long_acting)


def _assemble(
    people: Iterable[Any],
    packed: dict[int, tuple[str, str, int]],
    visits: _Visits,
    long_acting: set[int],
    movements: dict[int, tuple[MovementFact, ...]],
    attempts: dict[int, int],
) -> tuple[list[PatientFacts], list[tuple[PatientFacts, Visit | None]]]:
    """Facts that are whole, and those whose last complete visit must still be looked for (with the last sheet)."""
    whole: list[PatientFacts] = []
    pending: list[tuple[PatientFacts, Visit | None]] = []
    day, no_movements, nothing = visits.day, (), (None, None, 0)
    for row in people:
        patient_id, unit_id, registered_on = row[0], row[1], row[2]
        texts, newest_text, follow_up_id = packed.get(patient_id, nothing)
        sheets = [visits[one] for one in sorted(texts.split(_SEPARATOR))] if texts else []
        newest = visits[newest_text] if newest_text else None
        facts = PatientFacts(
            patient_id,
            unit_id,
            sheets,
            newest,
            False,  # noqa: FBT003 - positional on purpose: a hundred thousand of these
            follow_up_id in long_acting,
            day(registered_on) if registered_on else 0,
            row[3],
            movements.get(patient_id, no_movements),
            attempts.get(patient_id, 0),
            *row[4:],
        )
        if newest is not None and newest.complete:
            whole.append(facts)
        else:
            pending.append((facts._replace(last=None, long_acting=False), newest))
    return whole, pending


def _people(connection: Connection, ids: Sequence[int] | None) -> Iterable[Any]:
    table = schema.patient.c
    query = select(
        table.id,
        table.unit_id,
        table.registered_on,
        table.registered_as,
        table.diagnosis,
        table.consent,
        table.guardianship,
        table.colour,
        table.free_medicine,
        table.reward_agreement,
    ).where(table.voided_at.is_(None))
    if ids is not None:
        query = query.where(text("patient.id IN (SELECT value FROM json_each(:ids))").bindparams(ids=json.dumps(ids)))
    return connection.execute(query.order_by(table.id)).all()


def _movements(connection: Connection, visits: _Visits, end: date) -> dict[int, tuple[MovementFact, ...]]:
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


def _attempts(connection: Connection, visits: _Visits, end: date) -> dict[int, int]:
    table = schema.contact_attempt.c
    query = select(table.patient_id, table.attempted_on).where(
        table.voided_at.is_(None), table.attempted_on < end.isoformat()
    )
    found: dict[int, int] = {}
    for patient_id, attempted_on in connection.execute(query):
        found[patient_id] = max(found.get(patient_id, 0), visits.day(attempted_on))
    return found


def _long_acting(connection: Connection) -> set[int]:
    """Follow-ups whose 用药情况 lists a long-acting drug."""
    table = schema.follow_up_drug.c
    query = select(table.follow_up_id).where(text("long_acting = '2'"), table.purpose == "current")
    return {follow_up_id for (follow_up_id,) in connection.execute(query)}


def _last_complete(connection: Connection, ids: list[int], end: date) -> dict[int, tuple[str, int]]:
    """Packed text and id of the last complete visit of some people, however old."""
    query = text(
        f"SELECT patient_id, max({_PACKED}), id FROM follow_up INDEXED BY ix_follow_up_facts"  # noqa: S608
        " WHERE voided_at IS NULL AND patient_id IN (SELECT value FROM json_each(:ids))"
        f" AND {_PACKED} < :end AND {_IS_COMPLETE} GROUP BY patient_id"
    )
    rows = connection.execute(query, {"ids": json.dumps(ids), "end": end.isoformat()})
    return {patient_id: (packed, follow_up_id) for patient_id, packed, follow_up_id in rows}


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
        older = (old.population, old.staff_fte, old.psychiatrists)
        values = [new if new is not None else before for new, before in zip(row, older, strict=True)]
        found[unit_id] = Figures(*values)
    return found


def overrides(connection: Connection) -> dict[str, tuple[str, str]]:
    """The district's own copies of data files: path -> (content, origin)."""
    table = schema.data_override.c
    query = select(table.path, table.content, table.origin).where(table.voided_at.is_(None)).order_by(table.id)
    return {path: (content, origin) for path, content, origin in connection.execute(query)}


def people(connection: Connection, ids: Sequence[int]) -> dict[int, PersonRow]:
    """Names and numbers of some people."""
    table = schema.patient.c
    query = select(table.id, table.name, table.id_number).where(
        text("patient.id IN (SELECT value FROM json_each(:ids))").bindparams(ids=json.dumps(list(ids)))
    )
    return {row[0]: PersonRow(*row) for row in connection.execute(query)}


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
