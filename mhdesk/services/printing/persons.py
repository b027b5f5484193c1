"""Forms of persons: one a person or one a visit, a hundred at once as easily as one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from db.queries import records
from mhdesk.domain.errors import UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.task import QUIET, Task
from mhdesk.domain.transfer import Transfer, TransferKind
from mhdesk.forms import load
from mhdesk.reports.paper import persons
from mhdesk.reports.paper.model import Form
from mhdesk.services import patients
from mhdesk.services.patients import RegisterFilter
from mhdesk.services.printing import gather
from mhdesk.services.printing.document import Document, noted
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_PROGRESS = 20


def patients_of_village(ledger: Ledger, village: str) -> list[int]:
    """Ids of the registered people of a village (or institution), by name. Raises UsageError MH-REPORT-03."""
    with ledger.read() as connection:
        unit_id = gather.Places(ledger, connection).by_name(village)
    return patients.register_ids(ledger, chosen=RegisterFilter(status="registered", unit_id=unit_id), sort="name")


def supplement(
    ledger: Ledger, patient_ids: Sequence[int], *, edition: str | None = None, task: Task = QUIET
) -> Document:
    """个人信息补充表 (表7) of these people, each in the edition its record was filled in (or in `edition`).

    Raises UsageError MH-PAPER-01 for nobody; UserError MH-LEDGER-24, MH-PAPER-06 for records that are not there.
    """
    forms: list[Form] = []
    with ledger.read() as connection:
        found = gather.people(connection, patient_ids)
        extras = gather.custom_items(connection, "patient")
    for place, patient in enumerate(found):
        _step(task, place, len(found))
        printed = gather.edition_of(edition or patient.form_edition)
        items = load.form_for("patient", printed).by_key
        forms.append(persons.supplement(patient, items, edition=printed, extras=extras))
    return noted(ledger, "supplement", forms, people=len(found))


def follow_ups(
    ledger: Ledger,
    patient_ids: int | Sequence[int],
    *,
    follow_up_ids: Sequence[int] | None = None,
    year: int | None = None,
    task: Task = QUIET,
) -> Document:
    """随访服务记录表 (表8), one page a visit in order of date: the chosen visits, those of a year, or all.

    A person is given by id, several by a list. Each sheet is printed in the edition it was filled in.
    Raises UserError MH-PAPER-02 when there is no such visit; else as `supplement`.
    """
    ids = [patient_ids] if isinstance(patient_ids, int) else patient_ids
    wanted = None if follow_up_ids is None else set(follow_up_ids)
    forms: list[Form] = []
    shown = 0
    with ledger.read() as connection:
        found = gather.people(connection, ids)
        extras = gather.custom_items(connection, "follow_up")
        for place, patient in enumerate(found):
            _step(task, place, len(found))
            before = len(forms)
            for visit in gather.visits(connection, patient.id or 0):
                if (wanted is not None and visit.id not in wanted) or (year is not None and not _is_in(visit, year)):
                    continue
                printed = gather.edition_of(visit.form_edition)
                items = load.form_for("follow_up", printed).by_key
                forms.append(persons.follow_up(visit, patient, items, edition=printed, extras=extras))
            shown += len(forms) > before
    if not forms:
        raise UserError("MH-PAPER-02")
    return noted(ledger, "follow_up", forms, people=shown)


def blank_follow_ups(ledger: Ledger, patient_ids: Sequence[int], *, edition: str = "2018") -> Document:
    """Empty 随访服务记录表 with name and 编号, to be filled in by hand. Raises as `supplement`."""
    items = load.form_for("follow_up", gather.edition_of(edition)).by_key
    with ledger.read() as connection:
        found = gather.people(connection, patient_ids)
        extras = gather.custom_items(connection, "follow_up")
    forms = [
        persons.follow_up(FollowUp(), one, items, edition=gather.edition_of(edition), extras=extras) for one in found
    ]
    return noted(ledger, "follow_up_blank", forms, people=len(found))


def consent(ledger: Ledger, patient_ids: Sequence[int]) -> Document:
    """知情同意书 (表5) to be signed; its wording is our example until the district approves one. As `supplement`."""
    items = load.form_for("patient", "2018").by_key
    with ledger.read() as connection:
        found = gather.people(connection, patient_ids)
        places = gather.Places(ledger, connection)
    forms = [persons.consent(one, items, unit=places.institution(one.unit_id)) for one in found]
    return noted(ledger, "consent", forms, people=len(found))


def referral(ledger: Ledger, transfer_id: int | Sequence[int]) -> Document:
    """双向转诊单 (表10) or 流转单 with its receipt, by the kind of the transfer.

    Raises UserError MH-LEDGER-24 for an unknown one, MH-PAPER-06 where the person's record was voided.
    """
    ids = [transfer_id] if isinstance(transfer_id, int) else list(transfer_id)
    items = load.form_for("patient", "2018").by_key
    forms = []
    with ledger.read() as connection:
        slips = [records.get(connection, Transfer, one) for one in ids]
        found = {one.id: one for one in gather.people(connection, [slip.patient_id for slip in slips])}
        for slip in slips:
            before = [one for one in gather.visits(connection, slip.patient_id) if _until(one, slip.happened_on)]
            forms.append(persons.slip(slip, found[slip.patient_id], items, last=gather.last_complete(before)))
    moves = {TransferKind.OUT, TransferKind.IN}
    name = "transfer" if slips and slips[0].kind in moves else "referral"
    return noted(ledger, name, forms, people=len(found))


def _is_in(visit: FollowUp, year: int) -> bool:
    return visit.visit_date is not None and visit.visit_date.year == year


def _until(visit: FollowUp, day: date) -> bool:
    return visit.visit_date is not None and visit.visit_date <= day


def _step(task: Task, place: int, total: int) -> None:
    if place % _PROGRESS == 0:
        task.step(place, total, text("paper.gathering"))
