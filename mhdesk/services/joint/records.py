"""Listing, reading, judging, storing and taking back records of joint work: the same way for every kind.

A person's file that was taken back (voided) takes its records out of every list and number with it: of the page, its
summary, the exported table, the paper and the roll-up alike. They are told as a number and can be looked at by
themselves (`Files.VOIDED`); with the file they come back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from db.queries import attachments as attachment_queries
from db.queries import in_force as support
from db.queries import records as stored
from db.queries import rollup as queries
from db.queries.joint import next_sheet_number, voided_people
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.joint import Emergency, JointVisit
from mhdesk.domain.outreach import ServicePoint
from mhdesk.domain.patient import Movement, MovementKind, Patient
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.support import Agreement, AgreementPayment, AgreementReview, Assistance, CheckUp
from mhdesk.domain.transfer import DischargeNote
from mhdesk.domain.unit import Unit
from mhdesk.forms import parse, show, skip
from mhdesk.forms.spec import FieldSpec, Kind
from mhdesk.rules import joint_checks, joint_terms
from mhdesk.rules.in_force import items_on
from mhdesk.rules.joint_checks import Around
from mhdesk.rules.joint_terms import JointTerms
from mhdesk.services import discharge
from mhdesk.services.joint.kinds import KINDS, JointKind, of_record

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger
    from db.queries import Connection

R = TypeVar("R")
REFUSED = "MH-JOINT-50"
_OF_UNIT = frozenset({"meeting", "outreach", "service_point"})
#: Kinds that name the follow-up of their day.
_LINKED: tuple[type[Any], ...] = (JointVisit, Emergency, CheckUp)
#: By which field a child names its parent.
_LINKS = {"agreement": "agreement_id", "exchange_sheet": "sheet_id"}


class Files(StrEnum):
    """Whose records are wanted: by what became of the person's file. Records of nobody are always kept."""

    KEPT = "kept"
    VOIDED = "voided"
    ALL = "all"


@dataclass(frozen=True)
class Line:
    """A record of a list: with the day it is about, whose it is, and the name of the unit it names."""

    record: Any
    day: date | None
    name: str = ""
    village: str = ""
    id_number: str = ""
    unit: str = ""
    files: int = 0  # photographs and scans

    @property
    def id(self) -> int:
        """The record's id."""
        return int(self.record.id or 0)

    def words(self, key: str) -> str:
        """An item as it is read."""
        if key == "unit_id":
            return self.unit
        item = of_record(self.record).spec.field(key)
        return show.display_value(item, getattr(self.record, key)).replace("\n", "；")


@dataclass(frozen=True)
class Reading:
    """What typed texts mean: the record (None: something required is missing or cannot be read), and what is wrong."""

    record: Any
    problems: Sequence[Problem]
    missing: Sequence[str]


def terms(ledger: Ledger) -> JointTerms:
    """The terms of joint work; the district's own file wins."""
    with ledger.read() as connection:
        return joint_terms.load(queries.overrides(connection))


def kept(connection: Connection, record_type: type[R], *, files: Files = Files.KEPT, **equals: Any) -> list[R]:
    """Records by plain equality, by id; without those of files that were taken back, unless asked for."""
    found = stored.find(connection, record_type, **equals)
    if files is Files.ALL or not found or not hasattr(found[0], "patient_id"):
        return [] if files is Files.VOIDED else found
    gone = voided_people(connection)
    return [one for one in found if (one.patient_id in gone) is (files is Files.VOIDED)]  # type: ignore[attr-defined]


def listed(
    ledger: Ledger, key: str, *, patient_id: int | None = None, files: Files = Files.KEPT, **equals: Any
) -> list[Line]:
    """The records of a kind, newest first: all of them, or those of a person."""
    kind = KINDS[key]
    if patient_id is not None:
        equals["patient_id"] = patient_id
    with ledger.read() as connection:
        found = kept(connection, kind.record, files=files, **equals)
        ids = sorted({one.patient_id for one in found}) if kind.is_personal else []
        people = queries.people(connection, ids) if ids else {}
        units = {one.id: one.name for one in queries.units(connection)} if "unit_id" in kind.spec.by_key else {}
        files_of = attachment_queries.counts(connection, key) if found else {}
    lines = [
        dataclasses.replace(line, files=files_of[line.id]) if line.id in files_of else line
        for line in (_line(kind, one, people, units) for one in found)
    ]
    return sorted(lines, key=lambda one: (one.day or date.min, one.id), reverse=True)


def _line(kind: JointKind, record: Any, people: Mapping[int, queries.PersonRow], units: Mapping[int, str]) -> Line:
    day = None if record.__class__ not in joint_checks.DAY_FIELDS else joint_checks.happened_on(record)
    unit = units.get(getattr(record, "unit_id", None) or 0, "")
    if not kind.is_personal:
        return Line(record, day, unit=unit)
    person = people.get(record.patient_id)
    if person is None:
        return Line(record, day, unit=unit)
    return Line(record, day, person.name, person.unit_name, person.id_number or "", unit)


def is_running(record: Any, day: date) -> bool:
    """Whether an agreement, assistance or service point has not ended by the day; it may begin later."""
    match record:
        case Agreement():
            last: date | None = record.stopped_on or record.last_day
        case Assistance():
            last = record.last_day
        case _:
            last = record.closed_on
    return last is None or day <= last


def count_of_voided_files(ledger: Ledger, key: str) -> int:
    """How many records `listed` leaves out because the person's file was taken back."""
    if not KINDS[key].is_personal:
        return 0
    with ledger.read() as connection:
        return len(kept(connection, KINDS[key].record, files=Files.VOIDED))


def texts_of(record: Any) -> dict[str, str]:
    """A record as the texts of its form."""
    texts = {
        item.key: str(getattr(record, item.key) or "")
        if item.kind is Kind.UNIT
        else show.format_value(item, getattr(record, item.key))
        for item in of_record(record).spec.fields
    }
    return {key: words for key, words in texts.items() if words}


def read(key: str, texts: Mapping[str, str], base: Mapping[str, Any], *, today: date) -> Reading:
    """What is typed, as a record.

    `base`: what stands on no form (patient_id, agreement_id, number; of a stored record: id, version …).

    Pure: runs at each change.
    """
    kind = KINDS[key]
    spec = kind.spec
    given = {one: words for one, words in texts.items() if one in spec.by_key and words.strip()}
    problems = []
    unit = given.get("unit_id", "")
    if unit and not unit.isdigit():
        problems.append(Problem("MH-FORM-30", "unit_id", params={"text": unit}))
        del given["unit_id"]
    parsed = parse.parse_record(spec, given, today=today)
    problems += parsed.problems
    missing = skip.missing(spec, given)
    unreadable = {one.field for one in problems if one.severity is Severity.ERROR}
    if missing or unreadable:
        return Reading(None, problems, missing)
    empty = {item.key: () if item.is_multiple else None for item in spec.fields}
    return Reading(kind.record(**{**base, **empty, **parsed.values}), problems, ())


def base_of(record: Any) -> dict[str, Any]:
    """What of a stored record stands on no form, for `read`."""
    on_form = of_record(record).spec.by_key
    return {
        field.name: getattr(record, field.name) for field in dataclasses.fields(record) if field.name not in on_form
    }


def judge(ledger: Ledger, record: Any, *, today: date) -> list[Problem]:
    """What the rules say about a record, with the words of its form."""
    with ledger.read() as connection:
        return _judge(connection, record, today)


def _judge(connection: Connection, record: Any, today: date) -> list[Problem]:
    if type(record) not in joint_checks.CHECKS:
        return []
    spec = of_record(record).spec
    found = []
    for one in joint_checks.check(record, _around(connection, record, today)):
        params = dict(one.params)
        for side in ("first", "second"):
            if params.get(side) in spec.by_key:
                params[side] = spec.field(str(params[side])).label
        found.append(dataclasses.replace(one, params=params))
    return found


def _around(connection: Connection, record: Any, today: date) -> Around:
    """The person, and the other records that matter for judging one."""
    kind = of_record(record)
    patient = stored.get(connection, Patient, record.patient_id) if kind.is_personal else None
    agreement_id = getattr(record, "agreement_id", None)
    others: Sequence[Any] = ()
    if kind.is_personal and not kind.parent:
        found = stored.find(connection, kind.record, patient_id=record.patient_id)
        others = [one for one in found if one.id != record.id]
    elif kind.key in _OF_UNIT:
        same = {} if kind.record is ServicePoint else {"held_on": record.held_on}
        others = [one for one in stored.find(connection, kind.record, **same) if one.id != record.id]
    return Around(
        today=today,
        terms=joint_terms.load(queries.overrides(connection)),
        patient=patient,
        left_on=_left_on(connection, record.patient_id) if kind.is_personal else None,
        others=others,
        agreement=None if agreement_id is None else stored.get(connection, Agreement, agreement_id),
        reviews=() if agreement_id is None else stored.find(connection, AgreementReview, agreement_id=agreement_id),
        payments=() if agreement_id is None else stored.find(connection, AgreementPayment, agreement_id=agreement_id),
    )


def _left_on(connection: Connection, patient_id: int) -> date | None:
    moves = stored.find(connection, Movement, patient_id=patient_id)
    last = max(moves, key=lambda one: (one.happened_on, one.id or 0), default=None)
    return None if last is None or last.kind == MovementKind.MOVED_IN else last.happened_on


def save(ledger: Ledger, record: Any, *, today: date, reason: str | None = None) -> tuple[int, Changes]:
    """Store a new record or a changed one; links it to the follow-up of that day.

    Raises RecordRefused MH-JOINT-50 when blocking problems remain; UserError MH-LEDGER-25 a person whose record was
    taken back, MH-JOINT-55 a row of a sheet that was sent.
    """
    kind = of_record(record)
    with ledger.change(f"{kind.key}.{'record' if record.id is None else 'update'}", reason=reason or None) as change:
        record_id = put(change, record, today=today)
    return record_id, change.changes


def put(change: Change, record: Any, *, today: date) -> int:
    """As `save`, inside a running change."""
    connection = change.connection
    kind = of_record(record)
    if kind.is_personal and stored.get(connection, Patient, record.patient_id).voided_at is not None:
        raise UserError("MH-LEDGER-25")
    if kind.key == "exchange_row":
        from mhdesk.services.joint.exchange import require_unsent

        require_unsent(connection, record.sheet_id)
    if kind.key == "exchange_sheet" and record.id is not None:
        from mhdesk.services.joint.exchange import require_same

        require_same(connection, record)
    blocking = [one for one in _judge(connection, record, today) if one.severity is Severity.ERROR]
    if blocking:
        raise RecordRefused(REFUSED, blocking)
    linked = _linked(connection, record)
    if linked.id is None:
        record_id = change.add(linked)
    else:
        change.replace(linked)
        record_id = linked.id
    if isinstance(record, Assistance | Agreement):
        _match_file(change, record.patient_id, today)
    return record_id


def _linked(connection: Connection, record: Any) -> Any:
    """The record with the follow-up of its day, where there is one and it names none yet; a note with its first."""
    if isinstance(record, DischargeNote):
        return discharge.with_answer(connection, record)
    if not isinstance(record, _LINKED) or record.follow_up_id is not None:
        return record
    day = joint_checks.happened_on(record)
    visits = stored.find(connection, FollowUp, patient_id=record.patient_id, visit_date=day)
    return dataclasses.replace(record, follow_up_id=visits[0].id) if visits else record


def void(ledger: Ledger, key: str, record_id: int, *, reason: str, today: date) -> Changes:
    """Take a record back with what hangs on it (the entries of an agreement, the people of a sheet).

    Raises UserError MH-LEDGER-24, MH-LEDGER-25, MH-LEDGER-36 as `Change.void`; MH-JOINT-55 a row of a sent sheet.
    """
    kind = KINDS[key]
    with ledger.change(f"{key}.void", reason=reason) as change:
        record = stored.get(change.connection, kind.record, record_id)
        if key == "exchange_row":
            from mhdesk.services.joint.exchange import require_unsent

            require_unsent(change.connection, record.sheet_id)
        for child in (one for one in KINDS.values() if one.parent == key):
            link: dict[str, Any] = {_LINKS[key]: record_id}
            for one in stored.find(change.connection, child.record, **link):
                change.void(child.record, one.id, reason)
        change.void(kind.record, record_id, reason)
        if isinstance(record, Assistance | Agreement):
            _match_file(change, record.patient_id, today)
    return change.changes


def bring_up_to_date(ledger: Ledger, *, today: date) -> Changes:
    """Every file says what is in force today: what ended or began since is set, in one transaction.

    Roll-ups read the records themselves, for the day they are made for; this is for whoever reads the file.
    """
    with ledger.read() as connection:
        items = support.items(connection, day=today)
        stale = _stale(connection, items)
    if not stale:
        return Changes()
    with ledger.change("patient.items_in_force") as change:
        for patient_id in stale:
            _match_file(change, patient_id, today)
    return change.changes


def _stale(connection: Connection, items: Mapping[int, Mapping[str, str]]) -> list[int]:
    return [
        one.id or 0
        for one in stored.load_many(connection, Patient, sorted(items))
        if one.voided_at is None and any(getattr(one, item) != code for item, code in items[one.id or 0].items())
    ]


def _match_file(change: Change, patient_id: int, today: date) -> None:
    """The person's file says what is in force now (`mhdesk.rules.in_force`)."""
    patient = stored.get(change.connection, Patient, patient_id)
    wanted = items_on(support.spans(change.connection, patient_id=patient_id).get(patient_id, ()), today)
    changed: dict[str, Any] = {item: code for item, code in wanted.items() if getattr(patient, item) != code}
    if changed:
        change.replace(dataclasses.replace(patient, **changed))


def follow_up_recorded(change: Change, follow_up: FollowUp) -> None:
    """A follow-up is recorded: joint visits, emergencies and check-ups of that day are linked to it."""
    if follow_up.visit_date is None:
        return
    for kind in _LINKED:
        for record in stored.find(change.connection, kind, patient_id=follow_up.patient_id, follow_up_id=None):
            if joint_checks.happened_on(record) == follow_up.visit_date:
                change.replace(dataclasses.replace(record, follow_up_id=follow_up.id))


def follow_up_voided(change: Change, follow_up_id: int) -> None:
    """A follow-up is taken back: nothing is linked to it any more."""
    for kind in _LINKED:
        for record in stored.find(change.connection, kind, follow_up_id=follow_up_id):
            change.replace(dataclasses.replace(record, follow_up_id=None))


def units(ledger: Ledger) -> list[Unit]:
    """The units a record may name, in their order."""
    return sorted(ledger.find(Unit), key=lambda one: (one.sort_order, one.id or 0))


def item_of(key: str, field: str) -> FieldSpec:
    """An item of a kind's form."""
    return KINDS[key].spec.field(field)


def next_number(ledger: Ledger) -> int:
    """The number the next exchange sheet gets."""
    with ledger.read() as connection:
        return next_sheet_number(connection)


def note_identified(ledger: Ledger, lines: Sequence[Line]) -> None:
    """Write into the audit log that records were shown outside the window with full names."""
    with ledger.change("joint.names_identified") as change:
        change.touch("patient", len({one.record.patient_id for one in lines}))
