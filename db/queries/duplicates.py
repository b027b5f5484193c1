"""Who might be the same person: same number, name and birth, name and guardian's phone, sound and year."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from db.schema import patient, patient_search, unit

#: People shown for one reason at most: a common name must not bury the rest.
MOST_FOR_ONE_REASON = 8
_YEAR_LENGTH = 4


class Candidate(NamedTuple):
    """Somebody on the register as he is shown beside another; dates as stored text."""

    id: int
    name: str
    sex: str | None
    birth_date: str | None
    id_number: str | None
    village: str | None
    guardian_name: str | None
    guardian_phone: str | None
    current_address: str | None
    registered_on: str | None


class Likeness(NamedTuple):
    """What a person may be found by; None: not known, never compared."""

    id: int | None
    id_number: str | None
    name: str | None
    birth_date: str | None
    guardian_phone: str | None
    sounds: Sequence[str]  # full pinyin of the name, every reading


class Counts(NamedTuple):
    """How many others share something with a person."""

    same_id_number: int
    same_name_and_birth: int
    same_name_and_guardian_phone: int
    guardian_is_patient: int


def _select(condition: ColumnElement[bool], exclude: int | None) -> Select[Any]:
    columns = [unit.c.name if name == "village" else patient.c[name] for name in Candidate._fields]
    joined = patient.join(unit, unit.c.id == patient.c.unit_id, isouter=True)
    joined = joined.join(patient_search, patient_search.c.patient_id == patient.c.id, isouter=True)
    query = select(*columns).select_from(joined).where(patient.c.voided_at.is_(None), condition)
    if exclude is not None:
        query = query.where(patient.c.id != exclude)
    return query.order_by(patient.c.id).limit(MOST_FOR_ONE_REASON)


def _conditions(who: Likeness) -> dict[str, ColumnElement[bool]]:
    """By reason, the surest first; reasons that cannot be asked are left out."""
    found: dict[str, ColumnElement[bool]] = {}
    if who.id_number:
        found["id_number"] = patient.c.id_number == who.id_number
    if who.name and who.birth_date:
        found["name_birth"] = and_(patient.c.name == who.name, patient.c.birth_date == who.birth_date)
    if who.name and who.guardian_phone:
        found["name_phone"] = and_(patient.c.name == who.name, patient.c.guardian_phone == who.guardian_phone)
    if who.sounds and who.birth_date:
        # the haystack holds each key between spaces; keys are plain letters, so nothing is to be escaped
        sounds = [func.instr(patient_search.c.haystack, f" {sound} ") > 0 for sound in who.sounds]
        same_year = func.substr(patient.c.birth_date, 1, _YEAR_LENGTH) == who.birth_date[:_YEAR_LENGTH]
        any_sound = sounds[0]
        for one in sounds[1:]:
            any_sound = any_sound | one
        found["sound_year"] = and_(same_year, any_sound)
    return found


def candidates(connection: Connection, who: Likeness) -> list[tuple[str, Candidate]]:
    """People who might be `who`, each once with the surest reason."""
    found: dict[int, tuple[str, Candidate]] = {}
    for reason, condition in _conditions(who).items():
        for row in connection.execute(_select(condition, who.id)):
            found.setdefault(row[0], (reason, Candidate(*row)))
    return list(found.values())


def counts(connection: Connection, who: Likeness, *, guardian: tuple[str | None, str | None, str | None]) -> Counts:
    """How many others share something with `who`; `guardian`: the guardian's name, phone and number."""

    def how_many(*conditions: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(patient).where(patient.c.voided_at.is_(None), *conditions)
        if who.id is not None:
            query = query.where(patient.c.id != who.id)
        return connection.execute(query).scalar_one()

    name, phone, number = guardian
    asked = _conditions(who)
    guardians = [how_many(patient.c.id_number == number)] if number else []
    if name and phone:
        guardians.append(how_many(patient.c.name == name, patient.c.phone == phone))
    number_, birth, home = (
        how_many(asked[key]) if key in asked else 0 for key in ("id_number", "name_birth", "name_phone")
    )
    return Counts(number_, birth, home, max(guardians, default=0))


def people(connection: Connection, ids: Sequence[int]) -> list[Candidate]:
    """These people as candidates, in the order of `ids`."""
    wanted = func.json_each(json.dumps(list(ids))).table_valued("value")
    query = _select(patient.c.id.in_(select(wanted.c.value)), None).limit(None)
    found = {row[0]: Candidate(*row) for row in connection.execute(query)}
    return [found[one] for one in ids if one in found]


def pairs(connection: Connection) -> list[tuple[str, int, int]]:
    """Every two people of the register who might be one: (reason, older record, newer record), the surest first.

    Names that only sound alike are compared within a village and a year of birth; else half a county would stand here.
    """
    one, other = patient.alias("one"), patient.alias("other")
    both = (one.c.voided_at.is_(None), other.c.voided_at.is_(None), one.c.id < other.c.id)
    conditions = {
        "id_number": (one.c.id_number == other.c.id_number,),
        "name_birth": (one.c.name == other.c.name, one.c.birth_date == other.c.birth_date),
        "name_phone": (one.c.name == other.c.name, one.c.guardian_phone == other.c.guardian_phone),
    }
    found: dict[tuple[int, int], str] = {}
    for reason, condition in conditions.items():
        query = select(one.c.id, other.c.id).where(*both, *condition).order_by(one.c.id, other.c.id)
        for left, right in connection.execute(query):
            found.setdefault((left, right), reason)
    for left, right in _alike(connection):
        found.setdefault((left, right), "sound_year")
    order = [*conditions, "sound_year"]
    listed = [(reason, left, right) for (left, right), reason in found.items()]
    return sorted(listed, key=lambda pair: (order.index(pair[0]), pair[1], pair[2]))


def _alike(connection: Connection) -> list[tuple[int, int]]:
    """Pairs whose names sound the same, of one village and one year of birth."""
    query = (
        select(patient.c.id, patient.c.unit_id, patient.c.birth_date, patient_search.c.haystack)
        .join(patient_search, patient_search.c.patient_id == patient.c.id)
        .where(patient.c.voided_at.is_(None), patient.c.birth_date.is_not(None))
        .order_by(patient.c.id)
    )
    groups: dict[tuple[int | None, str, str], list[int]] = {}
    for person, unit_id, birth_date, haystack in connection.execute(query):
        sound = haystack.strip().partition(" ")[0]
        if sound.isascii() and sound.isalpha():
            groups.setdefault((unit_id, birth_date[:_YEAR_LENGTH], sound), []).append(person)
    return [
        (left, right)
        for members in groups.values()
        for place, left in enumerate(members)
        for right in members[place + 1 :]
    ]
