"""People and visits for the tests of follow-up entry: one stable patient with three visits, others with none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.record import CodeCount
from mhdesk.domain.unit import Unit
from mhdesk.services import patients

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)
DRUGS = (
    DrugLine(purpose="current", drug_name="利培酮", specification="1mg/片", period="day", total_dose=4.0),
    DrugLine(purpose="guidance", drug_name="利培酮", specification="1mg/片", morning=2.0, night=2.0),
)


def stable_visit(patient_id: int, day: date) -> FollowUp:
    """A sheet of somebody who is well."""
    return FollowUp(
        patient_id=patient_id,
        visit_date=day,
        visit_form="2",
        visit_targets=("1", "2"),
        risk_level="0",
        symptoms=("12",),
        symptoms_other="无",
        insight="1",
        sleep="1",
        diet="1",
        self_care="1",
        housework="2",
        work="9",
        learning="2",
        social_contact="2",
        dangerous_acts=(CodeCount("7", 0),),
        restraint="1",
        hospitalization="0",
        laboratory="1",
        adherence="1",
        adverse_reaction="1",
        treatment_effect="2",
        referral_advised="1",
        drugs=DRUGS,
        rehabilitation=("1",),
        visit_class="3",
        next_visit_date=day + timedelta(days=90),
        doctor_name="王敏",
        obvious_symptoms="1",
        severe_adverse_reaction="1",
        severe_physical_disease="1",
    )


def add_people(ledger: Ledger) -> list[int]:
    """Three people of one village; the first was visited three times."""
    with ledger.change("unit.add") as change:
        village = change.add(Unit(name="石坝村", level="village", parent_id=ledger.root_unit_id))
    ids = []
    for name in ("冉秀兰", "覃建国", "欧阳龚"):
        person = Patient(
            name=name,
            sex="2",
            birth_date=PartialDate(1974, 3, 2),
            unit_id=village,
            diagnosis="1",
            colour="green",
            guardian_name="冉某",
            guardian_phone="13900001234",
            no_id_reason="1",
        )
        ids.append(patients.save(ledger, person, today=TODAY)[0])
    with ledger.change("follow_up.record") as change:
        for day in (date(2026, 2, 25), date(2026, 5, 22), date(2026, 8, 20)):
            change.add(stable_visit(ids[0], day))
    return ids
