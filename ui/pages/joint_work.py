"""What the pages of joint work ask the services for, as plain values: opening a record, reading it, storing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from mhdesk.domain.changes import Changes
from mhdesk.domain.patient import Patient
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.support import Agreement
from mhdesk.forms.spec import FormSpec, Kind
from mhdesk.services import drafts
from mhdesk.services.joint import evidence, records
from mhdesk.services.joint.kinds import KINDS, JointKind
from mhdesk.text import text
from ui.forms.layout import CardPlan, Look, RowPlan
from ui.forms.units import UnitChoice
from ui.pages.follow_up_draft import OpenSheet
from ui.pages.person_work import unit_choices

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

WORDS = "joint_form"
_UNSURE = ("memory", "assumption")
_DOCTORS = ("doctor_name", "prevention_doctor", "filled_by")
_HELD = "2"


@dataclass
class OpenRecord(OpenSheet):
    """A record being typed; `name` tells its draft from others of the same person."""

    name: str = ""

    @property
    def form(self) -> str:
        """The draft's form."""
        return self.name


@dataclass(frozen=True)
class Opened:
    """A record on the page: its kind, what stands on no form, what it begins with, and the draft left of it."""

    kind: JointKind
    sheet: OpenRecord
    record: Any  # None: a new one
    base: Mapping[str, Any]
    first_texts: Mapping[str, str]
    draft: Mapping[str, str] | None
    person: str
    units: Sequence[UnitChoice]
    files: int
    proposals: Mapping[str, str]
    today: date


@dataclass(frozen=True)
class Stored:
    """What became of saving: stored, or what must be said first."""

    record_id: int | None = None
    changes: Changes = field(default_factory=Changes)
    warnings: Sequence[Problem] = ()


def unsure(spec: FormSpec) -> str:
    """What of a form was not seen in print: items and lists of options with their source and mark, "" for none."""
    found: dict[str, list[str]] = {}
    for item in spec.fields:
        known = item.codes
        for source, mark in ((item.source, item.mark), (known.source, known.mark) if known else ("", "")):
            if mark in _UNSURE:
                said = text("joint.unsure_source", mark=text(f"settings.marks.{mark}"), source=source or spec.source)
                found.setdefault(said, []).append(item.label)
    return "　".join(
        text("joint.unsure", items="、".join(dict.fromkeys(labels)), said=said) for said, labels in found.items()
    )


def look_of(spec: FormSpec) -> Look:
    """A row for every item, its detail below it, a card for every section."""
    details = {item.detail for item in spec.fields if item.detail}
    cards = []
    for section in spec.sections:
        rows = [
            RowPlan((item.key,), (item.detail,) if item.detail else ())
            for item in spec.in_section(section)
            if item.key not in details
        ]
        cards.append(CardPlan(section, tuple(rows)))
    return Look(WORDS, tuple(cards), list(spec.sections)[-1])


def open_record(
    ledger: Ledger,
    key: str,
    *,
    record_id: int | None,
    patient_id: int | None,
    agreement_id: int | None,
    texts: Mapping[str, str] | None = None,
    today: date,
) -> Opened:
    """Read everything the page needs. `texts`: what a new record begins with. For the ledger's lane."""
    kind = KINDS[key]
    record = ledger.get(kind.record, record_id) if record_id else None
    if record is not None:
        patient_id = getattr(record, "patient_id", None)
        base = records.base_of(record)
    else:
        base = {"patient_id": patient_id} if kind.is_personal else {}
        if agreement_id is not None:
            base = {"patient_id": ledger.get(Agreement, agreement_id).patient_id, "agreement_id": agreement_id}
            patient_id = base["patient_id"]
        if key == "exchange_sheet":
            base = {"number": records.next_number(ledger)}
    person = ledger.get(Patient, patient_id) if kind.is_personal and patient_id else None
    name = f"joint.{key}:{record_id or ''}:{agreement_id or ''}"
    first = records.texts_of(record) if record is not None else {**_first(kind, person), **(texts or {})}
    return Opened(
        kind=kind,
        sheet=OpenRecord(patient_id or 0, name=name),
        record=record,
        base=base,
        first_texts=first,
        draft=drafts.load(ledger, form=name, subject_id=patient_id or 0),
        person=person.name if person is not None else "",
        files=len(evidence.listed(ledger, key, record_id)) if record_id else 0,
        units=unit_choices(ledger) if "unit_id" in kind.spec.by_key else (),
        proposals=_proposals(ledger, kind, patient_id, today) if record is None else {},
        today=today,
    )


def _first(kind: JointKind, person: Patient | None) -> dict[str, str]:
    """What a new record begins with: the guardian of an agreement; nothing clinical."""
    if kind.key == "agreement" and person is not None:
        found = {"guardian_name": person.guardian_name or "", "guardian_id_number": person.guardian_id_number or ""}
        return {key: words for key, words in found.items() if words}
    return {"direction": "2"} if kind.key == "exchange_sheet" else {}


def _proposals(ledger: Ledger, kind: JointKind, patient_id: int | None, today: date) -> dict[str, str]:
    """What the space bar takes over while an item is empty: today, the doctor, who took part the last time."""
    days = {item.key: today.isoformat() for item in kind.spec.fields if item.kind is Kind.DATE and item.required}
    found = days | {key: ledger.user_name for key in _DOCTORS if key in kind.spec.by_key}
    if "participants" in kind.spec.by_key:
        lines = records.listed(ledger, kind.key, patient_id=patient_id) or records.listed(ledger, kind.key)
        people = next((records.texts_of(one.record).get("participants") for one in lines), None)
        if people:
            found["participants"] = people
    if kind.key == "agreement":
        del found["first_day"], found["last_day"]
    return found


def store(ledger: Ledger, opened: Opened, record: Any, *, accepted: frozenset[tuple[str, str]], today: date) -> Stored:
    """Store the record and drop its draft, unless something should be said first. For the ledger's lane.

    Raises RecordRefused, UserError as `records.save`.
    """
    found = records.judge(ledger, record, today=today)
    if not any(one.severity is Severity.ERROR for one in found):
        fresh = [one for one in found if (one.code, one.field) not in accepted]
        if fresh:
            return Stored(warnings=fresh)
    record_id, changes = records.save(ledger, record, today=today)
    opened.sheet.is_recorded = True
    drafts.discard(ledger, form=opened.sheet.form, subject_id=opened.sheet.patient_id)
    return Stored(record_id, changes)
