"""The register: who is in it, page by page, and the search box over it."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import unicodedata
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, false, func, or_, select, text, tuple_
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.selectable import FromClause, Join

from db.queries import colours
from db.schema import discharge_note, follow_up, movement, patient, patient_search, unit
from mhdesk.domain import names

SEARCH_LENGTH = 50
# So many people who contain a term are passed in the search for those who begin with it.
_LOOKED_AT = 2000


class RegisterRow(NamedTuple):
    """One line of the register. Codes are the printed digits; dates ISO text; None: not known."""

    id: int
    name: str
    sex: str | None
    birth_date: str | None
    id_number: str | None
    village: str | None
    institution: str | None
    diagnosis: str | None
    colour: str | None
    guardianship: str | None
    guardian_name: str | None
    guardian_phone: str | None
    phone: str | None
    registered_on: str | None
    consent: str | None
    exit_kind: str | None
    exit_on: str | None
    last_visit_date: str | None
    visit_class: str | None
    risk_level: str | None
    adherence: str | None
    hospitalization: str | None
    next_visit_date: str | None
    lost_reason: str | None


class SearchHit(NamedTuple):
    """One suggestion under the search box."""

    id: int
    name: str
    sex: str | None
    birth_date: str | None
    village: str | None
    id_number: str | None
    guardian_phone: str | None


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """What the register shows. Every part narrows it; the default is everybody ever registered."""

    status: str = ""  # "" or a key of STATUSES
    unit_id: int | None = None
    visit_class: str = ""  # a code, or "none" for nobody's class yet
    minimum_risk: str = ""  # "3" means 3 and above
    diagnosis: str = ""
    colour: str = ""
    text: str = ""


_colour = colours.current()
_village = unit.alias("village")
_parent = unit.alias("parent")
_last = follow_up.alias("last")  # the latest visit row of any kind: a loss shows here
_seen = follow_up.alias("seen")  # the latest complete follow-up
_exit = movement.alias("exit")  # the latest movement


def _is_complete(visit: FromClause) -> ColumnElement[bool]:
    """A complete follow-up, as `mhdesk.domain.follow_up.FollowUp.is_complete`."""
    return and_(visit.c.lost_reason.is_(None), or_(visit.c.risk_level.is_not(None), visit.c.hospitalization == "1"))


def _latest_visit(*, complete: bool) -> ColumnElement[Any]:
    """Id of the patient's latest visit row: a correlated lookup on the index (patient, date)."""
    visit = follow_up.alias()
    query = select(visit.c.id).where(visit.c.patient_id == patient.c.id, visit.c.voided_at.is_(None))
    if complete:
        query = query.where(_is_complete(visit))
    newest = query.order_by(visit.c.visit_date.desc(), visit.c.id.desc()).limit(1)
    return newest.correlate(patient).scalar_subquery()


def _latest_movement() -> ColumnElement[Any]:
    other = movement.alias()
    return (
        select(other.c.id)
        .where(other.c.patient_id == patient.c.id, other.c.voided_at.is_(None))
        .order_by(other.c.happened_on.desc(), other.c.id.desc())
        .limit(1)
        .correlate(patient)
        .scalar_subquery()
    )


def _leavers(*kinds: str) -> Select[Any]:
    """Ids of the people whose latest movement is one of these, of any but moving in when none is named.

    Asked once a query, not once a person: few people ever move.
    """
    newer = movement.alias()
    latest = and_(
        movement.c.voided_at.is_(None),
        ~exists().where(
            newer.c.patient_id == movement.c.patient_id,
            newer.c.voided_at.is_(None),
            tuple_(newer.c.happened_on, newer.c.id) > tuple_(movement.c.happened_on, movement.c.id),
        ),
    )
    wanted = movement.c.kind.in_(kinds) if kinds else movement.c.kind != "moved_in"
    return select(movement.c.patient_id).where(latest, wanted).correlate(None)


def _joined() -> Join:
    return (
        patient.join(_village, patient.c.unit_id == _village.c.id, isouter=True)
        .join(_parent, _village.c.parent_id == _parent.c.id, isouter=True)
        .join(_last, _last.c.id == _latest_visit(complete=False), isouter=True)
        .join(_seen, _seen.c.id == _latest_visit(complete=True), isouter=True)
        .join(_exit, _exit.c.id == _latest_movement(), isouter=True)
    )


_in_village = _village.c.level == "village"
_is_registered = patient.c.id.not_in(_leavers())
#: Derived states, each a separate attribute: a person may be lost and 3级 at once.
STATUSES: dict[str, ColumnElement[bool]] = {
    "registered": _is_registered,
    "ended": patient.c.id.in_(_leavers()),
    "died": patient.c.id.in_(_leavers("died")),
    "moved_out": patient.c.id.in_(_leavers("moved_out")),
    "lost": and_(_is_registered, _last.c.lost_reason.is_not(None)),
    "inpatient": and_(
        _is_registered,
        _seen.c.hospitalization == "1",
        _last.c.lost_reason.is_(None),  # nor did a loss or a discharge note since say otherwise, as in the report
        ~exists().where(
            discharge_note.c.patient_id == patient.c.id,
            discharge_note.c.voided_at.is_(None),
            discharge_note.c.received_on > _seen.c.visit_date,
        ),
    ),
    "refused": and_(_is_registered, patient.c.consent == "0"),
}
_SORTS: dict[str, ColumnElement[Any]] = {
    "id": patient.c.id,
    "name": patient_search.c.haystack,
    "birth_date": patient.c.birth_date,
    "village": _village.c.sort_order,
    "registered_on": patient.c.registered_on,
    "last_visit_date": _last.c.visit_date,
    "next_visit_date": _seen.c.next_visit_date,
    "visit_class": _seen.c.visit_class,
    "risk_level": _seen.c.risk_level,
    "diagnosis": patient.c.diagnosis,
    "colour": _colour,
}


def plain(term: str) -> str:
    """What was typed, as the search texts are written: half-width, lower case, no controls, no space inside a name."""
    return names.normalize(unicodedata.normalize("NFKC", term)).lower()[:SEARCH_LENGTH]


def like(term: str) -> str:
    """`term` as a LIKE pattern anywhere in the text, its own ``%`` and ``_`` taken literally."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", term[:SEARCH_LENGTH]) + "%"


def _matches(term: str) -> ColumnElement[bool]:
    """Name, pinyin, ID number or phone contain `term`, or the village's name does."""
    return or_(_contains(term), patient.c.unit_id.in_(_villages(term)))


def _contains(term: str) -> ColumnElement[bool]:
    return patient_search.c.haystack.like(like(plain(term)), escape="\\")


def _villages(term: str) -> Select[Any]:
    """Ids of the villages whose name contains `term`."""
    named = [unit.c.name.like(like(one), escape="\\") for one in {term.strip(), plain(term)} if one]
    return select(unit.c.id).where(unit.c.level == "village", or_(false(), *named))


def _units_below(unit_id: int) -> Select[Any]:
    """Ids of a unit and of everything below it: a district's people stand two steps down."""
    tree = select(unit.c.id).where(unit.c.id == unit_id).cte("below", recursive=True)
    tree = tree.union(select(unit.c.id).where(unit.c.parent_id == tree.c.id))
    return select(tree.c.id)


def _conditions(chosen: RegisterFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [patient.c.voided_at.is_(None)]
    if chosen.status:
        conditions.append(STATUSES[chosen.status])
    if chosen.unit_id is not None:
        conditions.append(patient.c.unit_id.in_(_units_below(chosen.unit_id)))
    if chosen.visit_class:
        wanted = None if chosen.visit_class == "none" else chosen.visit_class
        conditions.append(_seen.c.visit_class.is_(None) if wanted is None else _seen.c.visit_class == wanted)
    if chosen.minimum_risk:
        conditions.append(_seen.c.risk_level >= chosen.minimum_risk)
    if chosen.diagnosis:
        conditions.append(patient.c.diagnosis == chosen.diagnosis)
    if chosen.colour:
        conditions.append(_colour == chosen.colour)
    if chosen.text.strip():  # a text of nothing but dots or controls finds nobody, as in the search box
        conditions.append(_matches(chosen.text) if plain(chosen.text) else false())
    return conditions


def register_ids(
    connection: Connection, chosen: RegisterFilter, *, sort: str = "id", descending: bool = False
) -> list[int]:
    """Ids of the people `chosen` keeps, in the order of `sort` (a key of the sort table), unknown values last."""
    column = _SORTS[sort]
    order = column.desc().nulls_last() if descending else column.asc().nulls_last()
    source = _joined().join(patient_search, patient_search.c.patient_id == patient.c.id, isouter=True)
    query = select(patient.c.id).select_from(source).where(*_conditions(chosen)).order_by(order, patient.c.id)
    return _long_list(connection, query)


def _long_list(connection: Connection, query: Select[Any]) -> list[int]:
    """The only column of `query`, in its order, as one JSON text: a row object a number would cost four times more."""
    # SQLite keeps the order of a subquery whose order an aggregate can see.
    numbers = query.subquery()
    found: list[int] = json.loads(connection.execute(select(func.json_group_array(numbers.c[0]))).scalar_one())
    return found


def _row_query() -> Select[Any]:
    return select(
        patient.c.id,
        patient.c.name,
        patient.c.sex,
        patient.c.birth_date,
        patient.c.id_number,
        case((_in_village, _village.c.name)),  # somebody whose village is not known stands at the institution
        case((_in_village, _parent.c.name), else_=_village.c.name),
        patient.c.diagnosis,
        _colour,
        patient.c.guardianship,
        patient.c.guardian_name,
        patient.c.guardian_phone,
        patient.c.phone,
        patient.c.registered_on,
        patient.c.consent,
        _exit.c.kind,
        _exit.c.happened_on,
        _last.c.visit_date,
        _seen.c.visit_class,
        _seen.c.risk_level,
        _seen.c.adherence,
        _seen.c.hospitalization,
        _seen.c.next_visit_date,
        _last.c.lost_reason,
    ).select_from(_joined())


# One statement for any number of people, so that it is made ready once.
_ROWS = _row_query().where(text("patient.id IN (SELECT value FROM json_each(:ids))"))


def register_rows(connection: Connection, ids: Sequence[int]) -> list[RegisterRow]:
    """The lines of these people, in the order of `ids`; somebody gone meanwhile is left out."""
    rows = connection.execute(_ROWS, {"ids": json.dumps(list(ids))})
    found = {row[0]: RegisterRow(*row) for row in rows}
    return [found[patient_id] for patient_id in ids if patient_id in found]


def _count_of(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))


def status_counts(connection: Connection) -> dict[str, int]:
    """How many people each saved list holds; the key "" counts everybody."""
    sums: list[ColumnElement[Any]] = [func.count(), *(_count_of(condition) for condition in STATUSES.values())]
    extra = {
        "unstable": and_(STATUSES["registered"], _seen.c.visit_class == "1"),
        "risk_3_plus": and_(STATUSES["registered"], _seen.c.risk_level >= "3"),
        "class_none": and_(STATUSES["registered"], _seen.c.visit_class.is_(None)),
    }
    sums += [_count_of(condition) for condition in extra.values()]
    row = connection.execute(select(*sums).select_from(_joined()).where(patient.c.voided_at.is_(None))).one()
    return dict(zip(["", *STATUSES, *extra], (value or 0 for value in row), strict=True))


def _hits(connection: Connection, condition: ColumnElement[bool], limit: int) -> list[SearchHit]:
    query = (
        select(
            patient.c.id,
            patient.c.name,
            patient.c.sex,
            patient.c.birth_date,
            _village.c.name,
            patient.c.id_number,
            patient.c.guardian_phone,
        )
        .select_from(patient.join(_village, patient.c.unit_id == _village.c.id, isouter=True))
        .where(patient.c.voided_at.is_(None), condition)
        .limit(limit)
    )
    return [SearchHit(*row) for row in connection.execute(query)]


def _found(connection: Connection, pattern: str) -> Generator[tuple[int, str], None, None]:
    """Id and search text of the people whose search text is like `pattern`, as they are found: stop when enough."""
    cursor = connection.connection.cursor()
    try:
        # The narrow table is walked, and somebody's record looked at only where it fits.
        yield from cursor.execute(
            "SELECT patient_id, haystack FROM patient_search JOIN patient ON patient.id = patient_id"
            " WHERE +patient.voided_at IS NULL AND haystack LIKE ? ESCAPE '\\'",
            (pattern,),
        )
    finally:
        cursor.close()


def _ranked(connection: Connection, term: str, limit: int) -> list[int]:
    """Ids of the first people with a word that begins with `term`, then of some that contain it.

    One walk, stopped as soon as enough begin with it. Only a term that many contain and hardly anybody begins with has
    everybody walked once more; digits never have: the tail of a number is what people type.
    """
    is_number = term.isdigit()
    begins: list[int] = []
    contains: list[int] = []
    with contextlib.closing(_found(connection, like(term))) as found:
        for patient_id, haystack in found:
            (begins if f" {term}" in haystack else contains).append(patient_id)
            if len(begins) == limit or len(contains) == (limit if is_number else _LOOKED_AT):
                break
    if len(begins) < limit and len(contains) == _LOOKED_AT:
        with contextlib.closing(_found(connection, "% " + like(term)[1:])) as found:
            begins = [patient_id for patient_id, _haystack in itertools.islice(found, limit)]
    return list(dict.fromkeys((*begins, *contains)))[:limit]


def search(connection: Connection, term: str, *, limit: int) -> list[SearchHit]:
    """The first `limit` people: where a word begins with `term`, then where one contains it, then by their village."""
    typed, term = term, plain(term)
    if not term:
        return []
    ranked = _ranked(connection, term, limit)
    by_id = {hit.id: hit for hit in _hits(connection, patient.c.id.in_(ranked), limit)}
    hits = [by_id[patient_id] for patient_id in ranked]
    if len(hits) < limit:
        others = and_(patient.c.unit_id.in_(_villages(typed)), patient.c.id.not_in(ranked))
        hits += _hits(connection, others, limit - len(hits))
    return hits


def write_haystacks(connection: Connection, haystacks: Mapping[int, str]) -> None:
    """Store or replace the search texts of these people."""
    if not haystacks:
        return
    statement = insert(patient_search)
    replacing = statement.on_conflict_do_update(
        index_elements=[patient_search.c.patient_id], set_={"haystack": statement.excluded.haystack}
    )
    rows = [{"patient_id": patient_id, "haystack": haystack} for patient_id, haystack in haystacks.items()]
    connection.execute(replacing, rows)
