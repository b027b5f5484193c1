"""Two records of one person: who might be the same, two made one field by field, and taken apart again at any time.

A merge moves every record that names the person (any table with ``patient_id``, and doubts) to the one kept, voids the
other, and writes down what it did; so undoing it later touches just that, and leaves everything added since in place.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from db import schema
from db.queries import duplicates as queries
from db.queries.duplicates import Candidate
from db.queries.records import find, get, history_of, load_many
from db.records import from_row, to_row
from mhdesk import pinyin
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.merge import PersonMerge
from mhdesk.domain.patient import Patient
from mhdesk.domain.quality import Doubt
from mhdesk.domain.record import Record
from mhdesk.rules.checks.model import Neighbours
from mhdesk.services import patients

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger
    from db.queries import Connection

__all__ = ["Candidate"]

#: Why the merged record is voided; the recycle bin says it in words.
VOID_REASON = "person.merge"
_OWN_FIELDS = {field.name for field in dataclasses.fields(Record)}
#: What is chosen field by field.
FIELDS = tuple(field.name for field in dataclasses.fields(Patient) if field.name not in _OWN_FIELDS)
#: Records that belong to a person, by table.
CHILDREN: Mapping[str, type[Any]] = {
    table.name: kind for kind, table in schema.TABLES.items() if "patient_id" in table.c
} | {schema.doubt.name: Doubt}


class Match(NamedTuple):
    """Somebody who might be the person being typed, and why."""

    reason: str  # id_number, name_birth, name_phone, sound_year
    person: Candidate


class Pair(NamedTuple):
    """Two records that might be one person."""

    reason: str
    left: Candidate
    right: Candidate


class Comparison(NamedTuple):
    """Two records side by side; how many records of each table belong to each."""

    left: Patient
    right: Patient
    left_counts: Mapping[str, int]
    right_counts: Mapping[str, int]

    @property
    def differing(self) -> list[str]:
        """The fields in which they differ."""
        return [name for name in FIELDS if getattr(self.left, name) != getattr(self.right, name)]


class MergeLine(NamedTuple):
    """A merge that stands: whose record was merged into whose, by whom and when, and how many records moved."""

    id: int
    kept_id: int
    kept_name: str
    merged_id: int
    merged_name: str
    merged_at: datetime | None
    merged_by: str
    moved: int


# ---------------------------------------------------------------- finding


def likeness(patient: Patient) -> queries.Likeness:
    """What a person may be found by."""
    sounds = dict.fromkeys(word for word in pinyin.search_keys(patient.name).split()) if patient.name else {}
    return queries.Likeness(
        id=patient.id,
        id_number=patient.id_number,
        name=patient.name or None,
        birth_date=patient.birth_date.iso() if patient.birth_date else None,
        guardian_phone=patient.guardian_phone,
        sounds=_full_readings(patient.name, list(sounds)),
    )


def _full_readings(name: str, keys: Sequence[str]) -> list[str]:
    """The keys that spell every character: longer than initials, and not surname with initials."""
    characters = [char for char in name if char.isalnum()]
    if len(characters) < 2:  # noqa: PLR2004 - one syllable sounds like half the register
        return []
    full = [key for key in keys if len(key) > len(characters) and key.isascii() and key.isalpha()]
    readings = [pinyin.readings(char) for char in characters]
    if not all(readings):
        return []
    least = sum(min(len(one) for one in known) for known in readings)
    return [key for key in full if len(key) >= least]


def candidates(ledger: Ledger, patient: Patient) -> list[Match]:
    """People on the register who might be `patient`, each once, the surest reason first."""
    with ledger.read() as connection:
        return [Match(*found) for found in queries.candidates(connection, likeness(patient))]


def neighbours(connection: Connection, patient: Patient) -> Neighbours:
    """How many others share something with `patient`: a few index look-ups, at any size of the register."""
    guardian = (patient.guardian_name, patient.guardian_phone, patient.guardian_id_number)
    return Neighbours(*queries.counts(connection, likeness(patient), guardian=guardian))


def pairs(ledger: Ledger) -> list[Pair]:
    """Every two people of the register who might be one."""
    with ledger.read() as connection:
        found = queries.pairs(connection)
        ids = sorted({one for _, left, right in found for one in (left, right)})
        people = {one.id: one for one in queries.people(connection, ids)}
    return [Pair(reason, people[left], people[right]) for reason, left, right in found]


def compare(ledger: Ledger, left_id: int, right_id: int) -> Comparison:
    """Two records side by side. Raises UserError MH-MERGE-01 for one record twice or a voided one."""
    with ledger.read() as connection:
        left, right = (_live(connection, one) for one in (left_id, right_id))
        if left_id == right_id:
            raise UserError("MH-MERGE-01")
        counts = [
            {name: len(found) for name, found in _children(connection, one).items()} for one in (left_id, right_id)
        ]
    return Comparison(left, right, *counts)


# ---------------------------------------------------------------- merging


def merge(ledger: Ledger, *, kept_id: int, merged_id: int, take: Collection[str]) -> tuple[int, Changes]:
    """Make two records one: `take` names the fields that come from the merged record, all others stay as kept.

    Every record of the merged person moves to the kept one, voided ones too; own items (custom) that only the merged
    record answers come along. One transaction. Raises UserError MH-MERGE-01 for one record twice or a voided one.
    """
    if kept_id == merged_id or not set(take) <= set(FIELDS):
        raise UserError("MH-MERGE-01")
    with ledger.change("person.merge") as change:
        kept, merged = (_live(change.connection, one) for one in (kept_id, merged_id))
        moved = _children(change.connection, merged_id)
        for name, records in moved.items():
            _hand_over(change, CHILDREN[name], records, kept_id)
        change.void(Patient, merged_id, VOID_REASON)
        after = dataclasses.replace(kept, **{name: getattr(merged, name) for name in take})
        if "custom" not in take:
            after = dataclasses.replace(after, custom={**merged.custom, **kept.custom})
        change.replace(after)
        merge_id = change.add(
            PersonMerge(
                kept_id=kept_id,
                merged_id=merged_id,
                moved={name: ",".join(str(one.id) for one in records) for name, records in moved.items()},
                kept_before=json.dumps(to_row(kept), ensure_ascii=False, sort_keys=True),
            )
        )
        patients.write_haystacks(change, {kept_id: after})
    return merge_id, change.changes


def undo(ledger: Ledger, merge_id: int) -> Changes:
    """Take two records apart again, at any later time.

    What the merge moved goes back, what was added to the kept record since stays there. A field of the kept record goes
    back to what it was unless somebody changed it since. Raises UserError MH-MERGE-02 for a merge undone already.
    """
    with ledger.change("person.unmerge") as change:
        connection = change.connection
        done = get(connection, PersonMerge, merge_id)
        if done.undone_at is not None or done.voided_at is not None:
            raise UserError("MH-MERGE-02")
        merged = get(connection, Patient, done.merged_id)
        if merged.voided_at is not None:
            back = dataclasses.replace(merged, voided_at=None, void_reason=None, version=merged.version - 1)
            change.put_back(back)
        owners = set(_heirs(connection, done.kept_id))
        later = [one for one in find(connection, PersonMerge, undone_at=None) if (one.id or 0) > merge_id]
        returned: dict[str, set[int]] = {}
        for name, ids in done.moved.items():
            kind = CHILDREN.get(name)
            if kind is not None:
                records = [one for one in load_many(connection, kind, _ids(ids)) if _owner(one) in owners]
                _hand_over(change, kind, records, done.merged_id)
                returned[name] = {one.id for one in records}
        kept, changed = _restore_kept(change, done)
        for one in later:
            _rebase(change, one, done, returned, changed)
        change.replace(dataclasses.replace(done, undone_at=ledger.now()))
        patients.write_haystacks(change, {done.merged_id: merged, done.kept_id: kept})
    return change.changes


def merges(ledger: Ledger) -> list[MergeLine]:
    """The merges that stand, newest first."""
    with ledger.read() as connection:
        found = [one for one in find(connection, PersonMerge) if one.undone_at is None]
        ids = {one for merge in found for one in (merge.kept_id, merge.merged_id)}
        names = {person.id: person.name for person in load_many(connection, Patient, ids)}
    return [
        MergeLine(
            id=one.id or 0,
            kept_id=one.kept_id,
            kept_name=names.get(one.kept_id, ""),
            merged_id=one.merged_id,
            merged_name=names.get(one.merged_id, ""),
            merged_at=one.entered_at,
            merged_by=one.entered_by,
            moved=sum(len(ids.split(",")) for ids in one.moved.values() if ids),
        )
        for one in reversed(found)
    ]


def _live(connection: Connection, person_id: int) -> Patient:
    person = get(connection, Patient, person_id)
    if person.voided_at is not None:
        raise UserError("MH-MERGE-01")
    return person


def _children(connection: Connection, person_id: int) -> dict[str, list[Any]]:
    """Every record of a person by table, voided ones too; tables without any are left out."""
    found: dict[str, list[Any]] = {}
    for name, kind in CHILDREN.items():
        owner = {"object_kind": "patient", "object_id": person_id} if kind is Doubt else {"patient_id": person_id}
        records = find(connection, kind, include_voided=True, **owner)
        if records:
            found[name] = records
    return found


def _owner(record: Any) -> int:
    owner: int = record.object_id if isinstance(record, Doubt) else record.patient_id
    return owner


def _hand_over(change: Change, kind: type[Any], records: Sequence[Any], person_id: int) -> None:
    """Give records to another person, voided ones too."""
    name = "object_id" if kind is Doubt else "patient_id"
    for record in records:
        _store(change, dataclasses.replace(record, **{name: person_id}))


def _store(change: Change, record: Any) -> None:
    """Store a changed record, also over a voided one."""
    if record.voided_at is None:
        change.replace(record)
    else:
        change.put_back(dataclasses.replace(record, version=record.version - 1))


def heirs(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    """Whose record holds each person today: the one itself, or that of the last record it was merged into."""
    standing = {one.merged_id: one.kept_id for one in find(connection, PersonMerge) if one.undone_at is None}
    found = {}
    for person_id in ids:
        holder, seen = person_id, set[int]()
        while holder in standing and holder not in seen:
            seen.add(holder)
            holder = standing[holder]
        found[person_id] = holder
    return found


def _heirs(connection: Connection, person_id: int) -> Iterator[int]:
    """The person, and everybody it was merged into since."""
    seen: set[int] = set()
    while person_id not in seen:
        seen.add(person_id)
        yield person_id
        later = [one for one in find(connection, PersonMerge, merged_id=person_id) if one.undone_at is None]
        if later:
            person_id = later[-1].kept_id


def _ids(text: str) -> list[int]:
    return [int(one) for one in text.split(",") if one]


def _rebase(
    change: Change, later: PersonMerge, done: PersonMerge, returned: Mapping[str, set[int]], changed: Mapping[str, Any]
) -> None:
    """A merge made after the one undone no longer moved what went back, nor began with what that one had brought.

    `changed`: fields the undone merge had set, with what stood there before it, as stored and as it set them.
    """
    moved = {
        name: ",".join(str(one) for one in _ids(ids) if one not in returned.get(name, set()))
        for name, ids in later.moved.items()
    }
    before: dict[str, Any] = json.loads(later.kept_before)
    if later.kept_id == done.kept_id:
        for name, (old, new) in list(changed.items()):
            if before[name] == new:
                before[name] = old
    text = json.dumps(before, ensure_ascii=False, sort_keys=True)
    change.replace(dataclasses.replace(later, moved=moved, kept_before=text))


def _restore_kept(change: Change, done: PersonMerge) -> tuple[Patient, dict[str, tuple[Any, Any]]]:
    """The kept record without what it took from the merged one; what was typed since stays.

    Also the fields the merge had set: what stood there before and after it, as stored.
    """
    connection = change.connection
    now = get(connection, Patient, done.kept_id)
    before = from_row(Patient, json.loads(done.kept_before))
    after = _version(connection, now, before.version + 1)
    taken = [name for name in FIELDS if getattr(after, name) != getattr(before, name) and name != "custom"]
    values = {name: getattr(before, name) for name in taken if getattr(now, name) == getattr(after, name)}
    values["custom"] = _custom_back(before.custom, after.custom, now.custom)
    restored = dataclasses.replace(now, **values)
    if restored != now:
        _store(change, restored)
    rows = to_row(before), to_row(after)
    return restored, {name: (rows[0][name], rows[1][name]) for name in [*taken, "custom"]}


def _custom_back(before: Mapping[str, str], after: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    found = dict(now)
    for key in {*before, *after}:
        if before.get(key) != after.get(key) and now.get(key) == after.get(key):
            found.pop(key, None)
            if key in before:
                found[key] = before[key]
    return found


def _version(connection: Connection, now: Patient, version: int) -> Patient:
    """A person's record as it stood at a version."""
    if now.version <= version:
        return now
    rows = history_of(connection, Patient, now.id or 0)
    return next((from_row(Patient, row.before) for row in rows if row.version == version), now)
