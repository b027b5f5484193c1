"""The tables, made from the dataclasses of `mhdesk.domain` so that a field is named once.

What is stored how: dates and partial dates as ISO text (precision is the length), instants as UTC ISO text, codes as
the printed digits, several codes as ``1,3``, counted codes as ``1:2,5:1``, mappings as JSON. The steps in
`db.steps` are frozen SQL; a test asserts that running them gives exactly these tables.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from mhdesk.domain.account import CustomField, DataOverride, Draft, ImportBatch, Submission, User
from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.attachment import Attachment
from mhdesk.domain.exchange import ConflictDecision, ReceivedPackage, SealedPackage, Station
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.joint import Emergency, ExchangeRow, ExchangeSheet, JointVisit, Meeting
from mhdesk.domain.medication import (
    AdverseReaction,
    Dispensing,
    Injection,
    LaboratoryResult,
    MedicationOrder,
    StockMovement,
)
from mhdesk.domain.merge import PersonMerge, SavedList
from mhdesk.domain.outreach import Outreach, ServicePoint
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.quality import Doubt, OwnRule
from mhdesk.domain.round import Snooze, VisitSheet, VisitSheetRow
from mhdesk.domain.staff import Certificate, StaffMember, StaffPost
from mhdesk.domain.support import (
    Agreement,
    AgreementPayment,
    AgreementReview,
    Assistance,
    CheckUp,
    Rehabilitation,
)
from mhdesk.domain.template import ReportTemplate
from mhdesk.domain.training import Attendance, Retrainee, RetrainingQuota, TargetActual, TrainingSession
from mhdesk.domain.transfer import DischargeNote, Transfer
from mhdesk.domain.unit import Unit, UnitYear

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_REFERENCES = {
    ("patient", "unit_id"): "unit.id",
    ("movement", "patient_id"): "patient.id",
    ("movement", "follow_up_id"): "follow_up.id",
    ("contact_attempt", "patient_id"): "patient.id",
    ("follow_up", "patient_id"): "patient.id",
    ("unit", "parent_id"): "unit.id",
    ("unit", "merged_into_id"): "unit.id",
    ("unit_year", "unit_id"): "unit.id",
    ("snooze", "patient_id"): "patient.id",
    ("visit_sheet", "unit_id"): "unit.id",
    ("visit_sheet_row", "sheet_id"): "visit_sheet.id",
    ("visit_sheet_row", "patient_id"): "patient.id",
    ("visit_sheet_row", "follow_up_id"): "follow_up.id",
    ("transfer", "patient_id"): "patient.id",
    ("transfer", "movement_id"): "movement.id",
    ("discharge_note", "patient_id"): "patient.id",
    ("discharge_note", "follow_up_id"): "follow_up.id",
    ("medication_order", "patient_id"): "patient.id",
    ("medication_order", "replaces_id"): "medication_order.id",
    ("medication_order", "follow_up_id"): "follow_up.id",
    ("dispensing", "patient_id"): "patient.id",
    ("injection", "patient_id"): "patient.id",
    ("adverse_reaction", "patient_id"): "patient.id",
    ("adverse_reaction", "follow_up_id"): "follow_up.id",
    ("laboratory_result", "patient_id"): "patient.id",
    ("laboratory_result", "follow_up_id"): "follow_up.id",
    ("person_merge", "kept_id"): "patient.id",
    ("person_merge", "merged_id"): "patient.id",
    ("joint_visit", "patient_id"): "patient.id",
    ("exchange_row", "patient_id"): "patient.id",
    ("emergency", "patient_id"): "patient.id",
    ("agreement", "patient_id"): "patient.id",
    ("agreement_review", "patient_id"): "patient.id",
    ("agreement_payment", "patient_id"): "patient.id",
    ("assistance", "patient_id"): "patient.id",
    ("rehabilitation", "patient_id"): "patient.id",
    ("checkup", "patient_id"): "patient.id",
    ("joint_visit", "follow_up_id"): "follow_up.id",
    ("exchange_row", "follow_up_id"): "follow_up.id",
    ("emergency", "follow_up_id"): "follow_up.id",
    ("checkup", "follow_up_id"): "follow_up.id",
    ("meeting", "unit_id"): "unit.id",
    ("outreach", "unit_id"): "unit.id",
    ("service_point", "unit_id"): "unit.id",
    ("exchange_row", "sheet_id"): "exchange_sheet.id",
    ("agreement_review", "agreement_id"): "agreement.id",
    ("agreement_payment", "agreement_id"): "agreement.id",
    ("colour_assessment", "patient_id"): "patient.id",
    ("staff_post", "staff_id"): "staff_member.id",
    ("staff_post", "unit_id"): "unit.id",
    ("certificate", "staff_id"): "staff_member.id",
    ("attendance", "session_id"): "training_session.id",
    ("attendance", "staff_id"): "staff_member.id",
    ("retraining_quota", "unit_id"): "unit.id",
    ("retrainee", "staff_id"): "staff_member.id",
    ("retrainee", "unit_id"): "unit.id",
    ("station", "unit_id"): "unit.id",
    ("received_package", "station_id"): "station.id",
}
# Filled by the generic copier's special cases, not columns of the owner's table.
CHILD_FIELDS = {(FollowUp, "drugs")}


def _column(table_name: str, field: dataclasses.Field[Any], hint: Any) -> Column[Any]:
    """The column of one dataclass field."""
    if field.name == "id":
        return Column("id", Integer, primary_key=True)
    optional = isinstance(hint, types.UnionType) and type(None) in typing.get_args(hint)
    plain = next(part for part in typing.get_args(hint) if part is not type(None)) if optional else hint
    column_type = {int: Integer, bool: Integer, float: Float}.get(plain, Text)
    reference = _REFERENCES.get((table_name, field.name))
    keys = [ForeignKey(reference)] if reference else []
    return Column(field.name, column_type, *keys, nullable=optional)


def columns_of(record_type: type, table_name: str) -> list[Column[Any]]:
    """Columns for every stored field of a dataclass, in its order."""
    hints = typing.get_type_hints(record_type)
    return [
        _column(table_name, field, hints[field.name])
        for field in dataclasses.fields(record_type)
        if (record_type, field.name) not in CHILD_FIELDS
    ]


def _table(name: str, record_type: type, *constraints: Any) -> Table:
    return Table(name, metadata, *columns_of(record_type, name), *constraints)


unit = _table("unit", Unit, UniqueConstraint("uuid"))
unit_year = _table("unit_year", UnitYear, UniqueConstraint("unit_id", "year"))
patient = _table("patient", Patient, UniqueConstraint("uuid"))
follow_up = _table("follow_up", FollowUp, UniqueConstraint("uuid"))
follow_up_drug = Table(
    "follow_up_drug",
    metadata,
    Column("follow_up_id", Integer, ForeignKey("follow_up.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    *columns_of(DrugLine, "follow_up_drug"),
)
movement = _table("movement", Movement, UniqueConstraint("uuid"))
contact_attempt = _table("contact_attempt", ContactAttempt, UniqueConstraint("uuid"))
app_user = _table("app_user", User, UniqueConstraint("login"))
draft = _table("draft", Draft, UniqueConstraint("login", "form", "subject_id"))
custom_field = _table("custom_field", CustomField, UniqueConstraint("form", "key"))
data_override = _table("data_override", DataOverride)
submission = _table("submission", Submission, UniqueConstraint("period_kind", "period_start", "revision"))
import_batch = _table("import_batch", ImportBatch)

snooze = _table("snooze", Snooze, UniqueConstraint("uuid"))
visit_sheet = _table("visit_sheet", VisitSheet, UniqueConstraint("uuid"), UniqueConstraint("number"))
visit_sheet_row = _table(
    "visit_sheet_row", VisitSheetRow, UniqueConstraint("uuid"), UniqueConstraint("sheet_id", "row")
)
transfer = _table("transfer", Transfer, UniqueConstraint("uuid"))
discharge_note = _table("discharge_note", DischargeNote, UniqueConstraint("uuid"))
person_merge = _table("person_merge", PersonMerge, UniqueConstraint("uuid"))
saved_list = _table("saved_list", SavedList, UniqueConstraint("uuid"))
doubt = _table("doubt", Doubt, UniqueConstraint("uuid"))
own_rule = _table("own_rule", OwnRule, UniqueConstraint("uuid"))
colour_assessment = _table("colour_assessment", ColourAssessment, UniqueConstraint("uuid"))
report_template = _table(
    "report_template", ReportTemplate, UniqueConstraint("uuid"), UniqueConstraint("name", "revision")
)
staff_member = _table("staff_member", StaffMember, UniqueConstraint("uuid"))
staff_post = _table("staff_post", StaffPost, UniqueConstraint("uuid"))
certificate = _table("certificate", Certificate, UniqueConstraint("uuid"))
training_session = _table("training_session", TrainingSession, UniqueConstraint("uuid"))
attendance = _table("attendance", Attendance, UniqueConstraint("uuid"), UniqueConstraint("session_id", "row"))
retraining_quota = _table("retraining_quota", RetrainingQuota, UniqueConstraint("uuid"))
retrainee = _table("retrainee", Retrainee, UniqueConstraint("uuid"))
target_actual = _table("target_actual", TargetActual, UniqueConstraint("uuid"))
attachment = _table("attachment", Attachment, UniqueConstraint("uuid"))

# The bytes of an attachment, apart from its record: they never change, and no history repeats them.
attachment_content = Table(
    "attachment_content",
    metadata,
    Column("attachment_id", Integer, ForeignKey("attachment.id"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
medication_order = _table("medication_order", MedicationOrder, UniqueConstraint("uuid"))
dispensing = _table("dispensing", Dispensing, UniqueConstraint("uuid"))
injection = _table("injection", Injection, UniqueConstraint("uuid"))
stock_movement = _table("stock_movement", StockMovement, UniqueConstraint("uuid"))
adverse_reaction = _table("adverse_reaction", AdverseReaction, UniqueConstraint("uuid"))
laboratory_result = _table("laboratory_result", LaboratoryResult, UniqueConstraint("uuid"))
joint_visit = _table("joint_visit", JointVisit, UniqueConstraint("uuid"))
exchange_sheet = _table("exchange_sheet", ExchangeSheet, UniqueConstraint("uuid"), UniqueConstraint("number"))
exchange_row = _table("exchange_row", ExchangeRow, UniqueConstraint("uuid"), UniqueConstraint("sheet_id", "row"))
emergency = _table("emergency", Emergency, UniqueConstraint("uuid"))
meeting = _table("meeting", Meeting, UniqueConstraint("uuid"))
agreement = _table("agreement", Agreement, UniqueConstraint("uuid"))
agreement_review = _table("agreement_review", AgreementReview, UniqueConstraint("uuid"))
agreement_payment = _table("agreement_payment", AgreementPayment, UniqueConstraint("uuid"))
assistance = _table("assistance", Assistance, UniqueConstraint("uuid"))
rehabilitation = _table("rehabilitation", Rehabilitation, UniqueConstraint("uuid"))
checkup = _table("checkup", CheckUp, UniqueConstraint("uuid"))
outreach = _table("outreach", Outreach, UniqueConstraint("uuid"))
service_point = _table("service_point", ServicePoint, UniqueConstraint("uuid"))
station = _table("station", Station, UniqueConstraint("uuid"), UniqueConstraint("kid"))
sealed_package = _table(
    "sealed_package",
    SealedPackage,
    UniqueConstraint("uuid"),
    UniqueConstraint("package_id"),
    UniqueConstraint("epoch", "seq"),
)
received_package = _table(
    "received_package",
    ReceivedPackage,
    UniqueConstraint("uuid"),
    UniqueConstraint("package_id"),
    UniqueConstraint("station_id", "epoch", "seq"),
)
conflict_decision = _table("conflict_decision", ConflictDecision, UniqueConstraint("uuid"))

# Which rows a transaction made, as ranges of ids: with the history of what it changed, enough to undo it.
added_range = Table(
    "added_range",
    metadata,
    Column("audit_seq", Integer, primary_key=True),
    Column("table_name", Text, primary_key=True),
    Column("first_id", Integer, primary_key=True),
    Column("last_id", Integer, nullable=False),
)
setting = Table("setting", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
# One row a patient: everything the search box looks through, in one narrow text.
patient_search = Table(
    "patient_search",
    metadata,
    Column("patient_id", Integer, ForeignKey("patient.id"), primary_key=True),
    Column("haystack", Text, nullable=False),
)
# Every previous version of every record: the whole row as JSON, before the change.
history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("table_name", Text, nullable=False),
    Column("record_id", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("reason", Text),
    Column("before", Text, nullable=False),
    Column("audit_seq", Integer, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("clock_suspect", Integer, nullable=False),
    Column("login", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object_kind", Text),
    Column("object_uuid", Text),
    Column("count", Integer, nullable=False),
    Column("fields", Text),
    Column("reason", Text),
    Column("app_version", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    CheckConstraint("seq > 0", name="seq_positive"),
)

Index(None, follow_up.c.patient_id, follow_up.c.visit_date)
Index(None, follow_up.c.visit_date)
Index(None, patient.c.id_number)
Index(None, patient.c.name, patient.c.birth_date)
Index(None, patient.c.unit_id)
Index(None, movement.c.patient_id, movement.c.happened_on)
Index(None, movement.c.happened_on)
Index(None, contact_attempt.c.patient_id, contact_attempt.c.attempted_on)
Index(None, history.c.table_name, history.c.record_id, history.c.version)
Index(None, snooze.c.patient_id)
Index(None, visit_sheet_row.c.patient_id)
Index(None, transfer.c.patient_id)
Index(None, discharge_note.c.patient_id)
Index(None, doubt.c.object_kind, doubt.c.object_id)
Index(None, medication_order.c.patient_id, medication_order.c.started_on)
Index(None, dispensing.c.patient_id, dispensing.c.dispensed_on)
Index(None, dispensing.c.dispensed_on)
Index(None, injection.c.patient_id, injection.c.injected_on)
Index(None, injection.c.injected_on)
Index(None, adverse_reaction.c.patient_id)
Index(None, laboratory_result.c.patient_id, laboratory_result.c.taken_on)
Index(None, staff_post.c.staff_id)
Index(None, certificate.c.staff_id)
Index(None, attendance.c.staff_id)
Index(None, attachment.c.object_kind, attachment.c.object_id)
Index(None, history.c.audit_seq)
Index(None, joint_visit.c.patient_id)
Index(None, exchange_row.c.patient_id)
Index(None, emergency.c.patient_id)
Index(None, agreement.c.patient_id)
Index(None, agreement_review.c.patient_id)
Index(None, agreement_payment.c.patient_id)
Index(None, assistance.c.patient_id)
Index(None, rehabilitation.c.patient_id)
Index(None, checkup.c.patient_id)
Index(None, colour_assessment.c.patient_id, colour_assessment.c.assessed_on)
Index(None, received_package.c.period_start, received_package.c.org_code)


def _digit(column: str) -> str:
    """SQL for exactly one character of a code column, "-" when it is empty."""
    return f"coalesce(substr({column} || '-', 1, 1), '-')"


# What the roll-up needs of a visit, in one text that sorts by date. Indexed as an expression, so that SQLite keeps it
# true and a whole-ledger report reads 40 bytes a visit instead of the row: 0.8 s instead of 2.1 s at 2 million visits.
# Places: 0-9 visit_date, 10 form, 11 target (1 himself, 0 others, - not answered, n an edition without the item),
# 12 lost, 13 risk, 14 class, 15 adherence, 16 hospitalization, 17 laboratory, 18 next_visit_date or "-", then acts.
# Queries must repeat the text exactly. Changing it needs a step that rebuilds the index.
VISIT_FACTS = " || ".join(
    (
        "visit_date",
        _digit("visit_form"),
        (
            "CASE WHEN instr(visit_targets, '1') > 0 THEN '1' WHEN visit_targets <> '' THEN '0'"
            " WHEN form_edition = '2018' THEN '-' ELSE 'n' END"
        ),
        "CASE WHEN lost_reason IS NULL THEN '0' ELSE '1' END",
        _digit("risk_level"),
        _digit("visit_class"),
        _digit("adherence"),
        _digit("hospitalization"),
        _digit("laboratory"),
        "coalesce(next_visit_date, '-')",
        "coalesce(nullif(dangerous_acts, '7:0'), '')",
    )
)
Index(
    "ix_follow_up_facts",
    follow_up.c.patient_id,
    literal_column(VISIT_FACTS),
    sqlite_where=follow_up.c.voided_at.is_(None),
)
LONG_ACTING = "long_acting = '2' AND purpose = 'current'"
Index("ix_follow_up_drug_long_acting", follow_up_drug.c.follow_up_id, sqlite_where=literal_column(LONG_ACTING))

#: Which table keeps which dataclass.
TABLES: dict[type, Table] = {
    Unit: unit,
    UnitYear: unit_year,
    Patient: patient,
    FollowUp: follow_up,
    Movement: movement,
    ContactAttempt: contact_attempt,
    User: app_user,
    Draft: draft,
    CustomField: custom_field,
    DataOverride: data_override,
    Submission: submission,
    ImportBatch: import_batch,
    Snooze: snooze,
    VisitSheet: visit_sheet,
    VisitSheetRow: visit_sheet_row,
    Transfer: transfer,
    DischargeNote: discharge_note,
    MedicationOrder: medication_order,
    Dispensing: dispensing,
    Injection: injection,
    StockMovement: stock_movement,
    AdverseReaction: adverse_reaction,
    LaboratoryResult: laboratory_result,
    PersonMerge: person_merge,
    SavedList: saved_list,
    Doubt: doubt,
    OwnRule: own_rule,
    StaffMember: staff_member,
    StaffPost: staff_post,
    Certificate: certificate,
    TrainingSession: training_session,
    Attendance: attendance,
    RetrainingQuota: retraining_quota,
    Retrainee: retrainee,
    TargetActual: target_actual,
    Attachment: attachment,
    JointVisit: joint_visit,
    ExchangeSheet: exchange_sheet,
    ExchangeRow: exchange_row,
    Emergency: emergency,
    Meeting: meeting,
    Agreement: agreement,
    AgreementReview: agreement_review,
    AgreementPayment: agreement_payment,
    Assistance: assistance,
    Rehabilitation: rehabilitation,
    CheckUp: checkup,
    Outreach: outreach,
    ServicePoint: service_point,
    ColourAssessment: colour_assessment,
    ReportTemplate: report_template,
    Station: station,
    SealedPackage: sealed_package,
    ReceivedPackage: received_package,
    ConflictDecision: conflict_decision,
}
