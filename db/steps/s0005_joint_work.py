"""Step 5: joint work, exchange, emergencies, meetings, agreements, services, check-ups, outreach. Frozen."""

from __future__ import annotations

from typing import Any

_STATEMENTS = """
CREATE TABLE joint_visit (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    visited_on TEXT NOT NULL,
    place TEXT,
    participants TEXT NOT NULL,
    incidents TEXT NOT NULL,
    risk_level TEXT,
    risk_factors TEXT NOT NULL,
    taking_medicine TEXT,
    whereabouts TEXT,
    admitted_on TEXT,
    discharged_on TEXT,
    hospital TEXT,
    missing_since TEXT,
    informed TEXT NOT NULL,
    whereabouts_clear TEXT,
    counselling TEXT,
    community_activity TEXT,
    neighbours TEXT,
    assessment TEXT,
    is_signed TEXT,
    has_photo TEXT,
    follow_up_id INTEGER,
    note TEXT,
    CONSTRAINT pk_joint_visit PRIMARY KEY (id),
    CONSTRAINT uq_joint_visit_uuid UNIQUE (uuid),
    CONSTRAINT fk_joint_visit_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_joint_visit_follow_up_id_follow_up FOREIGN KEY(follow_up_id) REFERENCES follow_up (id)
);

CREATE INDEX ix_joint_visit_patient_id ON joint_visit (patient_id);

CREATE TABLE exchange_sheet (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    number INTEGER NOT NULL,
    direction TEXT NOT NULL,
    other_side TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    sent_on TEXT,
    registered INTEGER,
    managed INTEGER,
    lost INTEGER,
    high_risk INTEGER,
    doctor_name TEXT,
    receipt_on TEXT,
    receipt_by TEXT,
    note TEXT,
    CONSTRAINT pk_exchange_sheet PRIMARY KEY (id),
    CONSTRAINT uq_exchange_sheet_uuid UNIQUE (uuid),
    CONSTRAINT uq_exchange_sheet_number UNIQUE (number)
);

CREATE TABLE exchange_row (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    sheet_id INTEGER NOT NULL,
    "row" INTEGER NOT NULL,
    patient_id INTEGER NOT NULL,
    reason TEXT NOT NULL,
    risk_level TEXT,
    visit_class TEXT,
    follow_up_id INTEGER,
    content TEXT,
    CONSTRAINT pk_exchange_row PRIMARY KEY (id),
    CONSTRAINT uq_exchange_row_uuid UNIQUE (uuid),
    CONSTRAINT uq_exchange_row_sheet_id_row UNIQUE (sheet_id, "row"),
    CONSTRAINT fk_exchange_row_sheet_id_exchange_sheet FOREIGN KEY(sheet_id) REFERENCES exchange_sheet (id),
    CONSTRAINT fk_exchange_row_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_exchange_row_follow_up_id_follow_up FOREIGN KEY(follow_up_id) REFERENCES follow_up (id)
);

CREATE INDEX ix_exchange_row_patient_id ON exchange_row (patient_id);

CREATE TABLE emergency (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    happened_at TEXT NOT NULL,
    reported_at TEXT,
    reporter_name TEXT,
    reporter_identity TEXT,
    report_way TEXT,
    place TEXT,
    started_at TEXT,
    ended_at TEXT,
    scene TEXT,
    police TEXT,
    prevention_doctor TEXT,
    psychiatrist TEXT,
    nurse TEXT,
    other_people TEXT,
    causes TEXT NOT NULL,
    measures TEXT NOT NULL,
    measures_other TEXT,
    diagnosis_certainty TEXT,
    diagnosis TEXT,
    outcome TEXT,
    subject_kind TEXT,
    consent TEXT,
    filled_by TEXT,
    filled_at TEXT,
    follow_up_id INTEGER,
    note TEXT,
    CONSTRAINT pk_emergency PRIMARY KEY (id),
    CONSTRAINT uq_emergency_uuid UNIQUE (uuid),
    CONSTRAINT fk_emergency_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_emergency_follow_up_id_follow_up FOREIGN KEY(follow_up_id) REFERENCES follow_up (id)
);

CREATE INDEX ix_emergency_patient_id ON emergency (patient_id);

CREATE TABLE meeting (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    held_on TEXT NOT NULL,
    unit_id INTEGER,
    place TEXT,
    chair TEXT,
    participants TEXT NOT NULL,
    people INTEGER,
    topics TEXT,
    decisions TEXT,
    note TEXT,
    CONSTRAINT pk_meeting PRIMARY KEY (id),
    CONSTRAINT uq_meeting_uuid UNIQUE (uuid),
    CONSTRAINT fk_meeting_unit_id_unit FOREIGN KEY(unit_id) REFERENCES unit (id)
);

CREATE TABLE agreement (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    number TEXT NOT NULL,
    signed_on TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    guardian_name TEXT,
    guardian_id_number TEXT,
    amount FLOAT,
    stopped_on TEXT,
    stop_reason TEXT,
    note TEXT,
    CONSTRAINT pk_agreement PRIMARY KEY (id),
    CONSTRAINT uq_agreement_uuid UNIQUE (uuid),
    CONSTRAINT fk_agreement_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_agreement_patient_id ON agreement (patient_id);

CREATE TABLE agreement_review (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    agreement_id INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    reviewed_on TEXT NOT NULL,
    result TEXT NOT NULL,
    reviewer TEXT,
    note TEXT,
    CONSTRAINT pk_agreement_review PRIMARY KEY (id),
    CONSTRAINT uq_agreement_review_uuid UNIQUE (uuid),
    CONSTRAINT fk_agreement_review_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_agreement_review_agreement_id_agreement FOREIGN KEY(agreement_id) REFERENCES agreement (id)
);

CREATE INDEX ix_agreement_review_patient_id ON agreement_review (patient_id);

CREATE TABLE agreement_payment (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    agreement_id INTEGER NOT NULL,
    paid_on TEXT NOT NULL,
    quarters INTEGER NOT NULL,
    amount FLOAT NOT NULL,
    receiver TEXT,
    note TEXT,
    CONSTRAINT pk_agreement_payment PRIMARY KEY (id),
    CONSTRAINT uq_agreement_payment_uuid UNIQUE (uuid),
    CONSTRAINT fk_agreement_payment_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_agreement_payment_agreement_id_agreement FOREIGN KEY(agreement_id) REFERENCES agreement (id)
);

CREATE INDEX ix_agreement_payment_patient_id ON agreement_payment (patient_id);

CREATE TABLE assistance (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT,
    detail TEXT,
    agency TEXT,
    amount FLOAT,
    note TEXT,
    CONSTRAINT pk_assistance PRIMARY KEY (id),
    CONSTRAINT uq_assistance_uuid UNIQUE (uuid),
    CONSTRAINT fk_assistance_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_assistance_patient_id ON assistance (patient_id);

CREATE TABLE rehabilitation (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    served_on TEXT NOT NULL,
    services TEXT NOT NULL,
    institution TEXT,
    minutes INTEGER,
    provider TEXT,
    note TEXT,
    CONSTRAINT pk_rehabilitation PRIMARY KEY (id),
    CONSTRAINT uq_rehabilitation_uuid UNIQUE (uuid),
    CONSTRAINT fk_rehabilitation_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_rehabilitation_patient_id ON rehabilitation (patient_id);

CREATE TABLE checkup (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    checked_on TEXT NOT NULL,
    institution TEXT,
    consent TEXT,
    items TEXT NOT NULL,
    systolic INTEGER,
    diastolic INTEGER,
    weight FLOAT,
    result TEXT,
    findings TEXT,
    follow_up_id INTEGER,
    note TEXT,
    CONSTRAINT pk_checkup PRIMARY KEY (id),
    CONSTRAINT uq_checkup_uuid UNIQUE (uuid),
    CONSTRAINT fk_checkup_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_checkup_follow_up_id_follow_up FOREIGN KEY(follow_up_id) REFERENCES follow_up (id)
);

CREATE INDEX ix_checkup_patient_id ON checkup (patient_id);

CREATE TABLE outreach (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    kind TEXT NOT NULL,
    theme TEXT NOT NULL,
    held_on TEXT NOT NULL,
    unit_id INTEGER,
    place TEXT,
    audience TEXT,
    sessions INTEGER NOT NULL,
    people INTEGER NOT NULL,
    materials INTEGER,
    organiser TEXT,
    partners TEXT,
    note TEXT,
    CONSTRAINT pk_outreach PRIMARY KEY (id),
    CONSTRAINT uq_outreach_uuid UNIQUE (uuid),
    CONSTRAINT fk_outreach_unit_id_unit FOREIGN KEY(unit_id) REFERENCES unit (id)
);

CREATE TABLE service_point (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    unit_id INTEGER,
    opened_on TEXT NOT NULL,
    closed_on TEXT,
    contact_name TEXT,
    contact_phone TEXT,
    note TEXT,
    CONSTRAINT pk_service_point PRIMARY KEY (id),
    CONSTRAINT uq_service_point_uuid UNIQUE (uuid),
    CONSTRAINT fk_service_point_unit_id_unit FOREIGN KEY(unit_id) REFERENCES unit (id)
)
"""


def run(raw: Any) -> None:
    """Make the tables, inside the caller's transaction. `raw` is a driver connection."""
    for statement in filter(None, _STATEMENTS.split(";\n\n")):
        raw.execute(statement)
