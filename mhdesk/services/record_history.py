"""修改记录 of any record: who changed what and when, item by item in words, and taking one step back.

A record's history may take others with it: a training with its roster, a person with posts and certificates. What one
transaction did to them is one step, and is taken back whole (`mhdesk.services.undo`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from db import schema
from db import undo as store
from db.queries import records
from db.records import from_row
from mhdesk.domain.attachment import Attachment
from mhdesk.domain.changes import Changes
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.record import Record
from mhdesk.domain.staff import Certificate, StaffMember, StaffPost
from mhdesk.domain.training import Attendance, Retrainee, RetrainingQuota, TargetActual, TrainingSession
from mhdesk.domain.unit import Unit
from mhdesk.forms import show
from mhdesk.services import undo as undoing
from mhdesk.services.joint.kinds import KINDS
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger
    from db.queries import Connection

#: Where the words of a coded value stand.
_CODES: Mapping[tuple[str, str], str] = {
    ("training_session", "kind"): "training.kind",
    ("training_session", "level"): "training.level",
    ("training_session", "day_parts"): "training.day_part",
    ("attendance", "presence"): "training.presence",
    ("attendance", "by_day"): "training.presence",
    ("staff_post", "role"): "staff.role",
    ("retrainee", "stage"): "training.stage",
}
_OF_RECORD = frozenset(field.name for field in dataclasses.fields(Record))


class Subject(NamedTuple):
    """A record whose history is asked for; `words` name it beside others ("第 3 行 冉秀兰")."""

    kind: type[Record]
    id: int
    words: str = ""


@dataclass(frozen=True)
class Line:
    """One item that changed. `subject`: which record, "" for the one asked for; the rest in words, "" for nothing."""

    subject: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Step:
    """What one transaction did. `seq` is what `take_back` takes; `can_undo`: nobody took it back yet."""

    seq: int
    at: datetime
    who: str
    action: str  # dotted word; audit_log.action_words says it
    reason: str | None
    can_undo: bool
    objects: int  # how many records the transaction changed in all, others included
    lines: Sequence[Line]


@dataclass
class _Found:
    at: datetime
    who: str
    action: str
    reason: str | None
    lines: list[Line] = field(default_factory=list)


def steps(ledger: Ledger, subjects: Sequence[Subject]) -> list[Step]:
    """Every step of these records, the newest first; the last is how they were entered.

    Raises UserError MH-LEDGER-24 for a record there is none of.
    """
    with ledger.read() as connection:
        names = _Names(connection)
        found: dict[int, _Found] = {}
        for subject in subjects:
            _collect(connection, subject, found, names, is_whole=subject.kind is subjects[0].kind)
        made = []
        for seq, one in sorted(found.items(), reverse=True):
            row = store.transaction(connection, seq)
            objects = row.objects if row else len(store.touched(connection, seq))
            made.append(Step(seq, one.at, one.who, one.action, one.reason, row is not None, objects, tuple(one.lines)))
    return made


def take_back(ledger: Ledger, seq: int) -> Changes:
    """Take a step back, whole; that is a step of its own. Raises UserError as `undo.undo`."""
    return undoing.undo(ledger, seq).changes


# ---------------------------------------------------------------- the records with what belongs to them


def of_session(ledger: Ledger, session_id: int) -> list[Subject]:
    """A training with its roster, rows taken off too, and its files."""
    rows = ledger.find(Attendance, session_id=session_id, include_voided=True)
    files = ledger.find(Attachment, object_kind="training_session", object_id=session_id, include_voided=True)
    return [
        Subject(TrainingSession, session_id),
        *(
            Subject(Attendance, row.id or 0, text("record_history.row", row=row.row, name=row.name))
            for row in sorted(rows, key=lambda one: one.row)
        ),
        *(Subject(Attachment, one.id or 0, one.file_name) for one in files),
    ]


def of_joint(ledger: Ledger, key: str, record_id: int) -> list[Subject]:
    """A record of joint work with its files, the entries of an agreement, the people of a sheet; voided ones too."""
    kind = KINDS[key]
    found = [Subject(kind.record, record_id)]
    for child in (one for one in KINDS.values() if one.parent == key):
        link = "agreement_id" if key == "agreement" else "sheet_id"
        entries = ledger.find(child.record, include_voided=True, **{link: record_id})
        found += [Subject(child.record, one.id or 0, child.title) for one in entries]
    files = ledger.find(Attachment, object_kind=key, object_id=record_id, include_voided=True)
    return [*found, *(Subject(Attachment, one.id or 0, one.file_name) for one in files)]


def of_staff(ledger: Ledger, staff_id: int) -> list[Subject]:
    """A person with all posts and certificates, past and voided ones too."""
    posts = ledger.find(StaffPost, staff_id=staff_id, include_voided=True)
    papers = ledger.find(Certificate, staff_id=staff_id, include_voided=True)
    return [
        Subject(StaffMember, staff_id),
        *(Subject(StaffPost, one.id or 0, text(f"staff.role.{one.role}")) for one in posts),
        *(Subject(Certificate, one.id or 0, one.name) for one in papers),
    ]


def of_retrainee(ledger: Ledger, trainee_id: int) -> list[Subject]:
    """Somebody sent to 转岗培训, with the quota of that year and unit."""
    one = ledger.get(Retrainee, trainee_id)
    quotas = ledger.find(RetrainingQuota, year=one.year, unit_id=one.unit_id, include_voided=True)
    return [
        Subject(Retrainee, trainee_id),
        *(Subject(RetrainingQuota, quota.id or 0, text("record_history.quota")) for quota in quotas),
    ]


def of_target(ledger: Ledger, set_id: str, indicator: str) -> list[Subject]:
    """Every value typed for a target, of all years, those taken back too."""
    typed = ledger.find(TargetActual, target_set=set_id, indicator=indicator, include_voided=True)
    return [Subject(TargetActual, one.id or 0, text("record_history.year", year=one.year)) for one in typed]


# ---------------------------------------------------------------- one record


def _collect(
    connection: Connection, subject: Subject, found: dict[int, _Found], names: _Names, *, is_whole: bool
) -> None:
    now: Any = records.get(connection, subject.kind, subject.id)
    past = records.history_of(connection, subject.kind, subject.id)
    states: list[Any] = [*(from_row(subject.kind, row.before) for row in past), now]
    added = store.adding(connection, schema.TABLES[subject.kind].name, subject.id)
    if added is not None:
        first = states[0]
        entry = _Found(first.entered_at, first.entered_by, store.action_of(connection, added), None)
        lines = _entered(subject, first, names, is_whole=is_whole)
        found.setdefault(added, entry).lines.extend(lines)
    for row, before, after in zip(past, states, states[1:], strict=False):
        one = found.setdefault(row.audit_seq, _Found(row.changed_at, row.changed_by, row.action, row.reason))
        one.lines.extend(_changed(subject, before, after, names))


def _entered(subject: Subject, first: Record, names: _Names, *, is_whole: bool) -> list[Line]:
    """What was entered: item by item of the record asked for, one line of each that belongs to it."""
    if not is_whole:
        return [Line(subject.words, text("record_history.entered"), "", text("record_history.yes"))]
    return [
        Line(subject.words, label, "", said)
        for name, label in labels(subject.kind).items()
        if (said := names.say(subject.kind, name, getattr(first, name)))
    ]


def _changed(subject: Subject, before: Record, after: Record, names: _Names) -> list[Line]:
    lines = []
    if (before.voided_at is None) != (after.voided_at is None):
        words = [text("record_history.yes") if one.voided_at is not None else "" for one in (before, after)]
        lines.append(Line(subject.words, text("record_history.voided"), *words))
    for name, label in labels(subject.kind).items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            lines.append(
                Line(subject.words, label, names.say(subject.kind, name, old), names.say(subject.kind, name, new))
            )
    return lines


def labels(kind: type[Record]) -> Mapping[str, str]:
    """Every item of a kind of record that its history shows: field -> what it is called."""
    table = schema.TABLES[kind].name
    if table in KINDS:
        return {item.attribute: item.label for item in KINDS[table].spec.fields}
    found = {}
    for one in dataclasses.fields(kind):
        key = f"record_history.{table}.{one.name}"
        if one.name not in _OF_RECORD and (words := _known(key)):
            found[one.name] = words
    return found


def _known(key: str) -> str:
    try:
        return text(key)
    except KeyError:
        return ""


class _Names:
    """Values in words; names of units and people are read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._units: Mapping[int | None, str] | None = None
        self._people: Mapping[int | None, str] | None = None
        self._by_name: Mapping[str, Callable[[int], str]] = {"unit_id": self._unit, "staff_id": self._person}

    def _unit(self, unit_id: int) -> str:
        if self._units is None:
            self._units = {one.id: one.name for one in records.find(self._connection, Unit, include_voided=True)}
        return self._units.get(unit_id, "")

    def _person(self, staff_id: int) -> str:
        if self._people is None:
            people = records.find(self._connection, StaffMember, include_voided=True)
            self._people = {one.id: one.name for one in people}
        return self._people.get(staff_id, "")

    def say(self, kind: type[Record], name: str, value: object) -> str:
        """A value as it is read; "" for none."""
        table = schema.TABLES[kind].name
        if value is None or value == ():
            return ""
        if name in self._by_name and isinstance(value, int):
            return self._by_name[name](value)
        if table in KINDS:
            item = next(one for one in KINDS[table].spec.fields if one.attribute == name)
            return show.display_value(item, value)
        if prefix := _CODES.get((table, name)):
            codes = value if isinstance(value, tuple) else (value,)
            return "、".join(_known(f"{prefix}.{one}") if one else text("training.day_open") for one in codes)
        return _plain(value)


def _plain(value: object) -> str:
    words = str(value)
    match value:
        case bool():
            words = text("table.yes") if value else text("table.no")
        case float():
            words = f"{value:g}"
        case datetime():
            words = value.astimezone().strftime("%Y-%m-%d %H:%M")
        case PartialDate():
            words = value.iso()
        case tuple():
            words = "、".join(str(one) for one in value)
    return words
