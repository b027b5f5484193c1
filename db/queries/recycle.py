"""What was voided, and by whom: the recycle bin over every kind of record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, and_, select

from db import schema
from mhdesk.domain.account import CustomField
from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.attachment import Attachment
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.joint import Emergency, ExchangeRow, ExchangeSheet, JointVisit, Meeting
from mhdesk.domain.medication import (
    AdverseReaction,
    Dispensing,
    Injection,
    LaboratoryResult,
    MedicationOrder,
    StockMovement,
)
from mhdesk.domain.merge import SavedList
from mhdesk.domain.outreach import Outreach, ServicePoint
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.quality import Doubt, OwnRule
from mhdesk.domain.round import Snooze, VisitSheet
from mhdesk.domain.staff import Certificate, StaffMember, StaffPost
from mhdesk.domain.support import Agreement, AgreementPayment, AgreementReview, Assistance, CheckUp, Rehabilitation
from mhdesk.domain.template import ReportTemplate
from mhdesk.domain.training import Attendance, Retrainee, TargetActual, TrainingSession
from mhdesk.domain.transfer import DischargeNote, Transfer
from mhdesk.domain.unit import Unit

#: What the recycle bin shows: kind -> (what a record is called by, when it happened).
SHOWN: Mapping[type[Any], tuple[str | None, str | None]] = {
    Patient: ("name", None),
    FollowUp: (None, "visit_date"),
    Movement: (None, "happened_on"),
    ContactAttempt: (None, "attempted_on"),
    Snooze: (None, "until"),
    Transfer: ("slip_number", "happened_on"),
    DischargeNote: ("hospital", "received_on"),
    JointVisit: ("place", "visited_on"),
    ExchangeSheet: ("number", "last_day"),
    ExchangeRow: ("content", None),
    Emergency: ("place", "happened_at"),
    Meeting: ("topics", "held_on"),
    Agreement: ("number", "signed_on"),
    AgreementReview: ("quarter", "reviewed_on"),
    AgreementPayment: ("amount", "paid_on"),
    Assistance: ("detail", "first_day"),
    Rehabilitation: ("institution", "served_on"),
    CheckUp: ("institution", "checked_on"),
    Outreach: ("theme", "held_on"),
    ServicePoint: ("name", "opened_on"),
    VisitSheet: ("number", "printed_on"),
    MedicationOrder: ("drug_name", "started_on"),
    Dispensing: ("drug_name", "dispensed_on"),
    Injection: ("drug_name", "injected_on"),
    StockMovement: ("drug_name", "moved_on"),
    AdverseReaction: ("detail", "noticed_on"),
    LaboratoryResult: ("result", "taken_on"),
    Doubt: ("note", None),
    OwnRule: ("message", None),
    CustomField: ("label", None),
    SavedList: ("name", None),
    Unit: ("name", None),
    StaffMember: ("name", None),
    StaffPost: ("position", "started_on"),
    Certificate: ("name", "issued_on"),
    TrainingSession: ("title", "held_on"),
    Attendance: ("name", None),
    Retrainee: ("note", "stage_on"),
    TargetActual: ("evidence", "as_of"),
    Attachment: ("file_name", None),
    ColourAssessment: (None, "assessed_on"),
    ReportTemplate: ("name", None),
}


class VoidedRow(NamedTuple):
    """A voided record. Texts as stored."""

    table: str
    id: int
    person_id: int | None
    person_name: str | None
    title: str | None
    happened_on: str | None
    voided_at: str
    reason: str | None
    voided_by: str | None
    audit_seq: int | None


def voided(connection: Connection) -> list[VoidedRow]:
    """Everything voided, the latest first."""
    found: list[VoidedRow] = []
    for kind, (title, day) in SHOWN.items():
        found += _of(connection, schema.TABLES[kind], title, day)
    return sorted(found, key=lambda row: (row.voided_at, row.audit_seq or 0, row.id), reverse=True)


def voiding(connection: Connection, table: str, record_id: int, version: int) -> int | None:
    """The transaction that voided a record: the one that replaced the version before."""
    past = schema.history.c
    query = select(past.audit_seq).where(
        past.table_name == table, past.record_id == record_id, past.version == version - 1
    )
    return connection.execute(query).scalar()


def _of(connection: Connection, table: Table, title: str | None, day: str | None) -> list[VoidedRow]:
    past, people = schema.history, schema.patient.alias("person")
    before = and_(
        past.c.table_name == table.name, past.c.record_id == table.c.id, past.c.version == table.c.version - 1
    )
    source = table.outerjoin(past, before)
    person = table.c.id if table is schema.patient else table.c.get("patient_id")
    if table is schema.doubt:
        source = source.outerjoin(people, and_(people.c.id == table.c.object_id, table.c.object_kind == "patient"))
        person = people.c.id
    elif person is not None:
        source = source.outerjoin(people, people.c.id == person)
    query = (
        select(
            table.c.id,
            table.c.voided_at,
            table.c.void_reason,
            past.c.changed_by,
            past.c.audit_seq,
            *([table.c[title]] if title else []),
            *([table.c[day]] if day else []),
            *([person.label("person_id"), people.c.name.label("person_name")] if person is not None else []),
        )
        .select_from(source)
        .where(table.c.voided_at.is_not(None))
    )
    rows = []
    for row in connection.execute(query).mappings():
        known = dict(row)
        rows.append(
            VoidedRow(
                table=table.name,
                id=known["id"],
                person_id=known.get("person_id"),
                person_name=known.get("person_name"),
                title=None if title is None or known.get(title) is None else str(known[title]),
                happened_on=known.get(day) if day else None,
                voided_at=known["voided_at"],
                reason=known["void_reason"],
                voided_by=known["changed_by"],
                audit_seq=known["audit_seq"],
            )
        )
    return rows
