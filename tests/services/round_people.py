"""People for the tests of the doctor's rounds: registered long ago unless said, visited as said."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.record import CodeCount
from mhdesk.domain.unit import Unit
from mhdesk.services import patients

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)


def add_village(ledger: Ledger, name: str) -> int:
    """A village of the ledger's own institution."""
    with ledger.change("unit.add") as change:
        return change.add(Unit(name=name, level="village", parent_id=ledger.root_unit_id))


def visit(
    day: date,
    *,
    visit_class: str | None = "3",
    risk: str | None = "0",
    form: str = "2",
    hospitalization: str = "0",
    next_on: date | None = None,
) -> FollowUp:
    """A sheet with what the rules look at."""
    return FollowUp(
        visit_date=day,
        visit_form=form,
        visit_targets=("1",),
        risk_level=risk,
        visit_class=visit_class,
        hospitalization=hospitalization,
        dangerous_acts=(CodeCount("7", 0),),
        adherence="4",
        adverse_reaction="9",
        treatment_effect="9",
        next_visit_date=next_on,
        doctor_name="王敏",
    )


def add_person(
    ledger: Ledger,
    name: str,
    *,
    visits: Sequence[FollowUp] = (),
    unit_id: int | None = None,
    doctor: str | None = None,
    **more: Any,
) -> int:
    """Register somebody and store the visits as they are."""
    values: dict[str, Any] = {"registered_on": date(2020, 3, 1), "consent": "1", "no_id_reason": "1"} | more
    person = Patient(
        name=name,
        sex="2",
        birth_date=PartialDate(1974, 3, 2),
        unit_id=unit_id if unit_id is not None else ledger.root_unit_id,
        diagnosis="1",
        doctor_name=doctor,
        guardian_name="冉某",
        guardian_phone="13900001234",
        **values,
    )
    with ledger.change("patient.register") as change:
        patient_id = change.add(person)
        patients.write_haystacks(change, {patient_id: person})
        for one in visits:
            change.add(dataclasses.replace(one, patient_id=patient_id))
    return patient_id
