"""A slip as a file: a small workbook that people can read and the other side's mhdesk reads back.

It holds the person as on the national forms, the slip, and the last visit in words. No rule of the receiving ledger is
touched by it: what it brings is judged like anything typed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mhdesk.domain.errors import InputRefused
from mhdesk.domain.patient import Patient
from mhdesk.domain.problems import Problem
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.transfer import Transfer, TransferKind
from mhdesk.forms import load, parse, show
from mhdesk.forms.spec import FormSpec, Kind
from mhdesk.reports.model import Cell, Column, Report, Sheet
from mhdesk.services import patients
from mhdesk.services.standing import exit_of
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_MARK = "slip"  # the first key of a slip file; its value is the layout's version
_VERSION = "1"
_SLIP_KEYS = ("kind", "slip_number", "happened_on", "from_unit", "to_unit", "reason", "doctor_name")
#: What belongs to the ledger that had it: its own villages, numbers and dates of registration.
_OURS = {"unit_id", "record_number", "registered_on", "registered_as"}
_PLACES = 4  # columns: item, words, code, key


@dataclass(frozen=True)
class SlipFile:
    """A slip file as read: the person (without unit and registration), the slip, what could not be read."""

    patient: Patient
    slip: Transfer
    last_visit: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[Problem] = ()


def write(ledger: Ledger, slip_id: int, path: Path, *, task: Task = QUIET) -> None:
    """Write a slip as .xlsx; noted in the audit log. Raises OutputFailed."""
    from mhdesk.files import xlsx_write

    report = build(ledger, slip_id)
    xlsx_write.write_report(report, path, task)
    with ledger.change("transfer.file_written") as change:
        change.touch("transfer")


def build(ledger: Ledger, slip_id: int) -> Report:
    """The slip as a table: one item a row."""
    slip = ledger.get(Transfer, slip_id)
    file = patients.load(ledger, slip.patient_id)
    kind = text(f"transfer.kind.{slip.kind}")
    rows = [(text("transfer.file.mark"), kind, _VERSION, _MARK)]
    rows += [_slip_row(slip, key) for key in _SLIP_KEYS if getattr(slip, key)]
    rows += [(key, words, words, f"content.{key}") for key, words in slip.content.items()]
    spec = load.form_for("patient", "2018")
    for item in spec.fields:
        value = getattr(file.patient, item.attribute)
        if item.key not in _OURS and item.kind is not Kind.UNIT and value not in (None, ()):
            rows.append((item.label, show.display_value(item, value), show.format_value(item, value), item.key))
    rows += [(label, words, words, f"visit.{key}") for key, label, words in _last_visit(file)]
    title = text("transfer.file.title", kind=kind)
    sheet = Sheet(
        name=kind,
        title=title,
        columns=(Column(42), Column(88), Column(40), Column(34)),
        header=((Cell(text("transfer.file.item")), Cell(text("transfer.file.words")),
                 Cell(text("transfer.file.code")), Cell(text("transfer.file.key"))),),
        rows=[tuple(Cell(part) for part in row) for row in rows],
        left_note=text("transfer.file.number", number=slip.slip_number),
        notes=(text("transfer.file.note"),),
        landscape=False,
    )  # fmt: skip
    return Report(key="slip", title=title, file_stem=f"{kind}{slip.slip_number}", sheets=(sheet,))


def _slip_row(slip: Transfer, key: str) -> tuple[str, str, str, str]:
    value = getattr(slip, key)
    raw = value.isoformat() if isinstance(value, date) else str(value)
    words = text(f"transfer.kind.{value}") if key == "kind" else raw
    return text(f"transfer.field.{key}"), words, raw, f"slip.{key}"


def _last_visit(file: patients.PatientFile) -> list[tuple[str, str, str]]:
    visit = file.last_complete
    if visit is None:
        return []
    spec = load.form_for("follow_up", "2018")
    found = []
    for key in ("visit_date", "visit_class", "risk_level", "adherence", "drugs_current", "next_visit_date"):
        item = spec.field(key)
        value: Any = getattr(visit, item.attribute)
        if item.kind is Kind.DRUGS:
            value = tuple(one for one in visit.drugs if one.purpose == item.purpose)
        if value not in (None, ()):
            found.append((key, text("transfer.file.last", label=item.label), show.display_value(item, value)))
    return found


def read(path: Path, *, today: date, task: Task = QUIET) -> SlipFile:
    """Read a slip file. Raises InputRefused MH-ROUNDS-14 for a file that is no slip of mhdesk."""
    from mhdesk.files.read import read_tables

    for table in read_tables(path, task=task):
        rows = [[str(cell) if cell is not None else "" for cell in row[:_PLACES]] for row in table.rows]
        texts = {row[3]: (row[1], row[2]) for row in rows if len(row) == _PLACES and row[3]}
        if _MARK in texts:
            if texts[_MARK][1] != _VERSION:
                raise InputRefused("MH-ROUNDS-15")
            return _slip_file(texts, today)
    raise InputRefused("MH-ROUNDS-14")


def _slip_file(texts: Mapping[str, tuple[str, str]], today: date) -> SlipFile:
    spec = load.form_for("patient", "2018")
    parsed = parse.parse_record(spec, _items(spec, texts), today=today)
    values = parse.complete_from_id(parsed.values, today=today)
    given = {key: texts.get(f"slip.{key}", ("", ""))[1] for key in _SLIP_KEYS}
    try:
        happened_on = date.fromisoformat(given["happened_on"])
    except ValueError:
        raise InputRefused("MH-ROUNDS-14") from None
    content = {key.removeprefix("content."): words for key, (words, _) in texts.items() if key.startswith("content.")}
    last = {key.removeprefix("visit."): words for key, (words, _) in texts.items() if key.startswith("visit.")}
    slip = Transfer(
        patient_id=0,
        kind=TransferKind.IN,
        slip_number=given["slip_number"],
        happened_on=min(max(happened_on, date.min), today),
        from_unit=given["from_unit"] or None,
        to_unit=given["to_unit"] or None,
        reason=given["reason"] or None,
        doctor_name=given["doctor_name"] or None,
        content=content,
    )
    return SlipFile(Patient(**values), slip, last, parsed.problems)


def _items(spec: FormSpec, texts: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {key: raw for key, (_, raw) in texts.items() if key in spec.by_key and key not in _OURS}


def find_person(ledger: Ledger, patient: Patient) -> Patient | None:
    """Who this is in the ledger: by identity number; without one, by name, birth and sex among those who have left."""
    if patient.id_number is not None:
        return next(iter(ledger.find(Patient, id_number=patient.id_number)), None)
    if patient.birth_date is None:
        return None
    alike = ledger.find(Patient, name=patient.name, birth_date=patient.birth_date, sex=patient.sex)
    return next((one for one in alike if one.id is not None and exit_of(ledger, one.id) is not None), None)


def with_person(file: SlipFile, *, unit_id: int | None) -> Patient:
    """The person of a slip file, in a village of this ledger."""
    return dataclasses.replace(file.patient, unit_id=unit_id)
