"""A clean person and a clean sheet, for tests of the services. Everybody is invented."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from db.change import Change
from db.ledger import Ledger
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.identity import check_digit
from mhdesk.domain.joint import ExchangeRow, ExchangeSheet
from mhdesk.domain.patient import Patient
from mhdesk.domain.record import CodeCount
from tests.rules.second_opinion import Life

TODAY = date(2026, 11, 20)
_numbers = itertools.count(1)


def id_number(serial: int, birth: str = "19700305") -> str:
    """A valid number of a region that was never issued; an odd serial is a man's."""
    body = f"500199{birth}{serial:03d}"
    return body + check_digit(body)


def person(name: str = "张三", serial: int = 11, **changes: Any) -> Patient:
    """Somebody nobody complains about."""
    return dataclasses.replace(
        Patient(
            name=name,
            id_type="01",
            id_number=id_number(serial),
            sex="1" if serial % 2 else "2",
            birth_date=PartialDate(1970, 3, 5),
            registered_on=date(2020, 5, 6),
            consent="1",
            consent_date=date(2020, 5, 6),
            onset_date=PartialDate(1995),
            first_treatment_date=PartialDate(1996),
            diagnosis="1",
            diagnosis_date=PartialDate(1996, 5),
            diagnosis_hospital="某某医院",
            guardian_name="李监护",
            guardian_phone=f"1540000{serial:04d}",
        ),
        **changes,
    )


def sheet(patient_id: int, day: date = TODAY, **changes: Any) -> FollowUp:
    """A complete visit nobody complains about, in a stable course."""
    return dataclasses.replace(
        FollowUp(
            patient_id=patient_id,
            visit_date=day,
            visit_form="2",
            visit_targets=("1",),
            risk_level="0",
            symptoms=("12",),
            symptoms_other="无",
            insight="1",
            sleep="1",
            diet="1",
            self_care="1",
            housework="1",
            work="1",
            learning="1",
            social_contact="1",
            dangerous_acts=(CodeCount("7", 1),),
            restraint="1",
            hospitalization="0",
            laboratory="1",
            adherence="1",
            adverse_reaction="1",
            treatment_effect="2",
            drugs=(DrugLine(drug_name="利培酮", dose=2.0),),
            obvious_symptoms="1",
            severe_adverse_reaction="1",
            severe_physical_disease="1",
            visit_class="3",
            doctor_name="王敏",
        ),
        **changes,
    )


class Undo(Exception):
    """Ends a transaction so that the next example finds the ledger empty."""


@contextlib.contextmanager
def undone(ledger: Ledger) -> Iterator[Change]:
    """A transaction that never happened: what was stored in it can be read inside the block only."""
    with contextlib.suppress(Undo), ledger.change("test") as change:
        yield change
        raise Undo


def enter_sheets(change: Change, sheets: Sequence[ExchangeSheet], patient_id: int) -> None:
    """Store sheets of exchange on which a person is named; a number is never used twice."""
    for sheet in sheets:
        sheet_id = change.add(dataclasses.replace(sheet, number=next(_numbers)))
        change.add(ExchangeRow(sheet_id=sheet_id, row=1, patient_id=patient_id, reason="1"))


def enter(change: Change, life: Life, units: Mapping[int, int]) -> int:
    """Store everything recorded about one person; returns the id. `units`: the life's unit to the ledger's."""
    unit_id = units.get(life.patient.unit_id or 0)
    patient_id = change.add(dataclasses.replace(life.patient, unit_id=unit_id))
    for field in dataclasses.fields(life):
        recorded = getattr(life, field.name)
        if field.name == "sheets":
            enter_sheets(change, recorded, patient_id)
        elif isinstance(recorded, tuple):
            change.add_many(dataclasses.replace(one, id=None, patient_id=patient_id) for one in recorded)
    return patient_id
