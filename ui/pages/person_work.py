"""What the page of a person's file asks the services for, as plain values: opening it, reading it, judging, storing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from mhdesk import pinyin
from mhdesk.domain.changes import Changes
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.identity import Fault, examine
from mhdesk.domain.patient import Patient
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.unit import UnitLevel
from mhdesk.forms import parse
from mhdesk.forms.spec import FormSpec
from mhdesk.services import custom_fields, drafts, merge, patients
from mhdesk.services.merge import Match
from ui.forms.units import UnitChoice
from ui.pages import form_doubts
from ui.pages.follow_up_draft import OpenSheet

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

FORM = "patient"
#: Editions a file is typed in; older ones are only imported.
EDITIONS = ("2018", "2017")
EDITION_SETTING = "forms.patient"
_UNIT = "unit_id"
_RESIDENT_CARD = "01"


class OpenPerson(OpenSheet):
    """A file being typed; 0: somebody new."""

    @property
    def form(self) -> str:
        """The draft's form."""
        return FORM


@dataclass(frozen=True)
class Opened:
    """A file on the page: the form, what it begins with, and the draft left of it."""

    spec: FormSpec
    sheet: OpenPerson
    base: Patient
    first_texts: Mapping[str, str]
    draft: Mapping[str, str] | None
    units: Sequence[UnitChoice]
    today: date

    @property
    def is_new(self) -> bool:
        """Whether it is somebody not yet registered."""
        return self.base.id is None


@dataclass(frozen=True)
class Reading:
    """What the texts mean, and which of them cannot be read."""

    person: Patient
    problems: Sequence[Problem]


@dataclass(frozen=True)
class Findings:
    """What the ledger says about the file being typed."""

    problems: Sequence[Problem] = field(default_factory=tuple)
    matches: Sequence[Match] = field(default_factory=tuple)


def open_person(ledger: Ledger, patient_id: int | None, *, edition: str, today: date) -> Opened:
    """Read everything the page needs: somebody new in `edition`, or a stored file. For the ledger's lane."""
    base = ledger.get(Patient, patient_id) if patient_id else Patient()
    chosen = edition or (base.form_edition if patient_id else ledger.get_setting(EDITION_SETTING)) or EDITIONS[0]
    if chosen not in EDITIONS:
        chosen = EDITIONS[0]
    spec = custom_fields.form_for(ledger, "patient", chosen)
    if not patient_id:
        base = dataclasses.replace(base, form_edition=chosen)
    units = unit_choices(ledger)
    draft = drafts.load(ledger, form=FORM, subject_id=patient_id or 0)
    first = write(spec, base) if patient_id else {"doctor_name": ledger.user_name}
    villages = [unit for unit in units if unit.id != ledger.root_unit_id]
    if not patient_id:
        # Whoever is registered without a day would count as having always been here.
        first["registered_on"] = today.isoformat()
    if not patient_id and len(villages) == 1:
        first[_UNIT] = str(villages[0].id)
    return Opened(spec, OpenPerson(patient_id or 0), base, first, draft, units, today)


def unit_choices(ledger: Ledger) -> list[UnitChoice]:
    """Villages, then the institutions somebody without a known village belongs to."""
    units = sorted(patients.units(ledger), key=lambda unit: unit.level != UnitLevel.VILLAGE)
    return [UnitChoice(unit.id or 0, unit.name, _keys(unit.name)) for unit in units if unit.level != UnitLevel.DISTRICT]


def _keys(name: str) -> str:
    """Pinyin in full and initials; villages are no people, so every character has its everyday reading."""
    readings = [(pinyin.readings(char) or (char,))[0] for char in name if char.isalnum()]
    return f"{''.join(readings)} {''.join(reading[:1] for reading in readings)}"


def write(spec: FormSpec, person: Patient) -> dict[str, str]:
    """The texts of a stored file."""
    texts = {
        item.key: parse.format_value(item, getattr(person, item.attribute))
        for item in spec.fields
        if not item.key.startswith(custom_fields.PREFIX)
    }
    texts |= {f"{custom_fields.PREFIX}{key}": words for key, words in person.custom.items()}
    return {key: words for key, words in texts.items() if words and key in spec.by_key}


def read(opened: Opened, texts: Mapping[str, str]) -> Reading:
    """The file that is typed: the stored one with every item of the form replaced. Pure: runs at each change."""
    spec, base = opened.spec, opened.base
    given = {key: words for key, words in texts.items() if not key.startswith(custom_fields.PREFIX)}
    problems: list[Problem] = []
    unit = given.get(_UNIT, "")
    if unit and not unit.isdigit():
        problems.append(Problem("MH-FORM-30", _UNIT, params={"text": unit}))
        del given[_UNIT]
    parsed = parse.parse_record(spec, given, today=opened.today)
    own = [item for item in spec.fields if item.key.startswith(custom_fields.PREFIX)]
    values, own_problems = custom_fields.read(own, texts, today=opened.today)
    asked = {item.key.removeprefix(custom_fields.PREFIX) for item in own}
    custom = {key: words for key, words in base.custom.items() if key not in asked} | values
    empty = {item.attribute: () if item.is_multiple else None for item in spec.fields if item not in own}
    whole = {**empty, "name": "", **parsed.values, "custom": custom, "form_edition": spec.edition}
    if whole.get("id_type") is None and whole.get("id_number"):
        whole["id_type"] = base.id_type or _card_of(str(whole["id_number"]), opened.today)
    return Reading(dataclasses.replace(base, **whole), (*problems, *parsed.problems, *own_problems))


def _card_of(number: str, today: date) -> str | None:
    return None if isinstance(examine(number, today=today), Fault) else _RESIDENT_CARD


def filled_by_number(number: str, *, today: date) -> dict[str, str]:
    """The texts a valid identity number gives: birth and sex; {} for one that is not valid."""
    found = examine(number, today=today)
    if isinstance(found, Fault):
        return {}
    return {"birth_date": PartialDate.of(found.birth_date).iso(), "sex": found.sex}


def look(ledger: Ledger, person: Patient, *, today: date) -> Findings:
    """What the rules say, and who on the register might be the same person. For the ledger's lane."""
    return Findings(patients.judge(ledger, person, today=today), merge.candidates(ledger, person))


def proposals(opened: Opened, user_name: str) -> dict[str, str]:
    """What the space bar takes over while an item is empty."""
    today = opened.today.isoformat()
    dates = ("consent_date", "form_date", *(("registered_on",) if opened.is_new else ()))
    return {**dict.fromkeys(dates, today), "doctor_name": user_name}


def blocking(problems: Sequence[Problem]) -> list[Problem]:
    """The problems that keep a file from being stored."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def store(
    ledger: Ledger, opened: Opened, person: Patient, *, today: date, reason: str, doubts: Mapping[str, str]
) -> tuple[int, Changes]:
    """Store the file and drop its draft; a draft waiting behind it is not written. For the ledger's lane."""
    patient_id, changes = patients.save(ledger, person, today=today, reason=reason.strip() or None)
    opened.sheet.is_recorded = True
    form_doubts.store(ledger, FORM, patient_id, doubts)
    drafts.discard(ledger, form=FORM, subject_id=opened.sheet.patient_id)
    return patient_id, changes
