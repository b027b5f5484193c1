"""入户随访单: made for the due people of a village, stored with its number and rows, printed again as it was."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from db.queries import Connection, records
from mhdesk.domain.errors import UserError
from mhdesk.domain.patient import Patient
from mhdesk.domain.round import VisitSheet, VisitSheetRow
from mhdesk.domain.task import QUIET, Task
from mhdesk.forms import load, skip
from mhdesk.reports.paper import persons, visit_sheet
from mhdesk.reports.paper.visit_sheet import Round, RoundRow
from mhdesk.services import worklist
from mhdesk.services.medication import known
from mhdesk.services.printing import gather
from mhdesk.services.printing.document import Document, noted
from mhdesk.text import text

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger
    from mhdesk.services.worklist import DueEntry

_FORM = "visit_sheets"
_STORED = "print.visit_sheet."  # + number: the sheet as it was printed
_PROGRESS = 20
_FIGURES = re.compile(r"(\d+)")


def visit_sheets(
    ledger: Ledger,
    *,
    today: date,
    village: str | None = None,
    patient_ids: Sequence[int] | None = None,
    doctor: str | None = None,
    edition: str = "2018",
    task: Task = QUIET,
) -> Document:
    """New sheets: for the due people of `village`, for chosen people, or for everybody due; one sheet a village.

    Rows stand in the order of the round: by address, then name. Sheet, rows and what was printed are stored in one
    transaction (audit ``print.visit_sheets``); `Document.numbers` are the new sheet numbers. `doctor`: the user.
    Raises UserError MH-PAPER-04 when nobody is due, UsageError MH-REPORT-03 for an unknown village; else as
    `mhdesk.services.printing.supplement`.
    """
    due = {entry.id: entry for entry in worklist.due(ledger, today=today, village=village).patients}
    wanted = list(due) if patient_ids is None else list(patient_ids)
    if not wanted and patient_ids is None:
        raise UserError("MH-PAPER-04")
    rows: dict[int, list[tuple[Patient, RoundRow]]] = {}
    with ledger.read() as connection:
        places = gather.Places(ledger, connection)
        found = gather.people(connection, wanted)
        left = known.days_left(connection, wanted, today=today)
        for place, patient in enumerate(sorted(found, key=lambda one: _round_order(one, places))):
            if place % _PROGRESS == 0:
                task.step(place, len(found), text("paper.gathering"))
            together = rows.setdefault(patient.unit_id or 0, [])
            row = _row(connection, patient, due.get(patient.id or 0), row=len(together) + 1, today=today)
            row = dataclasses.replace(row, days_left=left.get(patient.id or 0))
            together.append((patient, row))
    name = doctor or ledger.user_name
    printed = gather.edition_of(edition)
    with ledger.change(f"print.{_FORM}") as change:
        sheets = [
            _store(change, unit_id, people, places=places, doctor=name, edition=printed, today=today)
            for unit_id, people in rows.items()
        ]
    return _document(sheets, printed, change=change)


def visit_sheets_again(ledger: Ledger, numbers: Sequence[int]) -> Document:
    """The same sheets once more: people, order and facts as they were printed, whatever was entered since.

    Raises UserError MH-PAPER-05 for a number no sheet has.
    """
    sheets, editions = [], []
    for number in numbers:
        stored = ledger.find(VisitSheet, number=number)
        printed = ledger.get_setting(f"{_STORED}{number}")
        if not stored or printed is None:
            raise UserError("MH-PAPER-05", number=number)
        sheets.append(visit_sheet.from_json(printed))
        editions.append(stored[0].form_edition)
    edition = editions[0] if editions else "2018"
    items = load.form_for("follow_up", edition).by_key
    forms = [visit_sheet.form(sheet, items) for sheet in sheets]
    return noted(ledger, _FORM, forms, people=sum(len(sheet.rows) for sheet in sheets))


def _store(
    change: Change,
    unit_id: int,
    people: Sequence[tuple[Patient, RoundRow]],
    *,
    places: gather.Places,
    doctor: str,
    edition: str,
    today: date,
) -> Round:
    """Number a sheet and store it with its rows and the facts printed on it."""
    used = records.find(change.connection, VisitSheet, include_voided=True)
    number = max((one.number for one in used), default=0) + 1
    stored = VisitSheet(
        number=number, printed_on=today, unit_id=unit_id or None, doctor_name=doctor, form_edition=edition
    )
    sheet_id = change.add(stored)
    change.add_many(
        VisitSheetRow(sheet_id=sheet_id, row=row.row, patient_id=patient.id or 0) for patient, row in people
    )
    unit = places.village(unit_id) or places.institution(unit_id)
    sheet = Round(number=number, place=unit, doctor=doctor, printed_on=today, rows=tuple(row for _, row in people))
    change.set_setting(f"{_STORED}{number}", visit_sheet.to_json(sheet))
    return sheet


def _document(sheets: Sequence[Round], edition: str, *, change: Change) -> Document:
    items = load.form_for("follow_up", edition).by_key
    numbers = tuple(sheet.number for sheet in sheets)
    title = text(f"paper.titles.{_FORM}")
    return Document(
        title=title,
        stem=title + text("paper.sheet.stem", numbers="、".join(map(str, numbers[:3])) + ("…" if numbers[3:] else "")),
        forms=[visit_sheet.form(sheet, items) for sheet in sheets],
        people=sum(len(sheet.rows) for sheet in sheets),
        numbers=numbers,
        changes=change.changes,
    )


def _round_order(patient: Patient, places: gather.Places) -> tuple[object, ...]:
    """Villages in their order, inside one by address with its figures as numbers: 3组2号 before 3组12号."""
    address = patient.current_address or patient.registered_address or ""
    parts = [(int(one), "") if one.isdigit() else (0, one) for one in _FIGURES.split(address)]
    return (*places.order(patient.unit_id), not address, parts, patient.name, patient.id or 0)


def _row(connection: Connection, patient: Patient, entry: DueEntry | None, *, row: int, today: date) -> RoundRow:
    visits = [one for one in gather.visits(connection, patient.id or 0) if one.visit_date and one.visit_date <= today]
    last = gather.last_complete(visits)
    due_on = entry.due_on if entry else last.next_visit_date if last else None
    return RoundRow(
        row=row,
        name=patient.name,
        sex=persons.label("sex", patient.sex) if patient.sex in ("1", "2") else "",
        age=persons.age(patient, today),
        address=patient.current_address or patient.registered_address or "",
        phone=patient.phone or "",
        guardian=patient.guardian_name or "",
        relation=patient.guardian_relation or "",
        guardian_phone=patient.guardian_phone or "",
        last_visit_date=last.visit_date if last else None,
        visit_class=persons.label("visit_class", last.visit_class) if last else "",
        risk_level=persons.label("risk_level", last.risk_level) if last else "",
        due_on=due_on,
        days_overdue=(today - due_on).days if due_on else None,
        drugs=persons.drugs(last),
        missing=_missing(patient),
    )


def _missing(patient: Patient) -> tuple[str, ...]:
    """Labels of the items the file lacks, without those that must stay empty."""
    spec = load.form_for("patient", "2018")
    values: dict[str, object] = {item.key: getattr(patient, item.attribute) for item in spec.fields}
    states = skip.states(spec, values)
    return tuple(
        spec.field(key).label
        for key in visit_sheet.wanted()
        if values[key] in (None, "", ()) and states[key] is not skip.State.EMPTY and not _has_reason(key, patient)
    )


def _has_reason(key: str, patient: Patient) -> bool:
    """Somebody without papers has a reason instead of a number; no consent has no date."""
    if key == "id_number":
        return bool(patient.no_id_reason)
    return key == "consent_date" and patient.consent != "1"
