"""Step 2: rounds and their sheets, transfers, discharge notes, merges, saved lists, doubts, own rules, undo. Frozen."""

from __future__ import annotations

from typing import Any

_STATEMENTS = """
CREATE TABLE added_range (
    audit_seq INTEGER NOT NULL,
    table_name TEXT NOT NULL,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    CONSTRAINT pk_added_range PRIMARY KEY (audit_seq, table_name, first_id)
);

CREATE TABLE discharge_note (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    received_on TEXT NOT NULL,
    hospital TEXT,
    case_number TEXT,
    admitted_on TEXT,
    discharged_on TEXT,
    diagnosis TEXT,
    treatment_effect TEXT,
    inpatient_drugs TEXT,
    guidance_drugs TEXT,
    rehabilitation TEXT NOT NULL,
    advice TEXT,
    physician TEXT,
    physician_phone TEXT,
    follow_up_id INTEGER,
    CONSTRAINT pk_discharge_note PRIMARY KEY (id),
    CONSTRAINT uq_discharge_note_uuid UNIQUE (uuid),
    CONSTRAINT fk_discharge_note_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_discharge_note_follow_up_id_follow_up FOREIGN KEY(follow_up_id) REFERENCES follow_up (id)
);

CREATE INDEX ix_discharge_note_patient_id ON discharge_note (patient_id);

CREATE TABLE doubt (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    object_kind TEXT NOT NULL,
    object_id INTEGER NOT NULL,
    field TEXT NOT NULL,
    note TEXT NOT NULL,
    resolved_at TEXT,
    resolution TEXT,
    CONSTRAINT pk_doubt PRIMARY KEY (id),
    CONSTRAINT uq_doubt_uuid UNIQUE (uuid)
);

CREATE INDEX ix_doubt_object_kind_object_id ON doubt (object_kind, object_id);

CREATE TABLE own_rule (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    code TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    field TEXT NOT NULL,
    operator TEXT NOT NULL,
    value TEXT,
    when_field TEXT,
    when_operator TEXT,
    when_value TEXT,
    severity TEXT NOT NULL,
    message TEXT NOT NULL,
    CONSTRAINT pk_own_rule PRIMARY KEY (id),
    CONSTRAINT uq_own_rule_uuid UNIQUE (uuid)
);

CREATE TABLE person_merge (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    kept_id INTEGER NOT NULL,
    merged_id INTEGER NOT NULL,
    moved TEXT NOT NULL,
    kept_before TEXT NOT NULL,
    undone_at TEXT,
    CONSTRAINT pk_person_merge PRIMARY KEY (id),
    CONSTRAINT uq_person_merge_uuid UNIQUE (uuid),
    CONSTRAINT fk_person_merge_kept_id_patient FOREIGN KEY(kept_id) REFERENCES patient (id),
    CONSTRAINT fk_person_merge_merged_id_patient FOREIGN KEY(merged_id) REFERENCES patient (id)
);

CREATE TABLE saved_list (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    login TEXT NOT NULL,
    page TEXT NOT NULL,
    name TEXT NOT NULL,
    "query" TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    CONSTRAINT pk_saved_list PRIMARY KEY (id),
    CONSTRAINT uq_saved_list_uuid UNIQUE (uuid)
);

CREATE TABLE snooze (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    reason TEXT NOT NULL,
    snoozed_on TEXT NOT NULL,
    until TEXT NOT NULL,
    CONSTRAINT pk_snooze PRIMARY KEY (id),
    CONSTRAINT uq_snooze_uuid UNIQUE (uuid),
    CONSTRAINT fk_snooze_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_snooze_patient_id ON snooze (patient_id);

CREATE TABLE transfer (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    slip_number TEXT NOT NULL,
    happened_on TEXT NOT NULL,
    from_unit TEXT,
    to_unit TEXT,
    reason TEXT,
    doctor_name TEXT,
    content TEXT NOT NULL,
    receipt TEXT,
    receipt_on TEXT,
    receipt_note TEXT,
    movement_id INTEGER,
    CONSTRAINT pk_transfer PRIMARY KEY (id),
    CONSTRAINT uq_transfer_uuid UNIQUE (uuid),
    CONSTRAINT fk_transfer_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_transfer_movement_id_movement FOREIGN KEY(movement_id) REFERENCES movement (id)
);

CREATE INDEX ix_transfer_patient_id ON transfer (patient_id);

CREATE TABLE visit_sheet (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    number INTEGER NOT NULL,
    printed_on TEXT NOT NULL,
    unit_id INTEGER,
    doctor_name TEXT,
    form_edition TEXT NOT NULL,
    CONSTRAINT pk_visit_sheet PRIMARY KEY (id),
    CONSTRAINT uq_visit_sheet_uuid UNIQUE (uuid),
    CONSTRAINT uq_visit_sheet_number UNIQUE (number),
    CONSTRAINT fk_visit_sheet_unit_id_unit FOREIGN KEY(unit_id) REFERENCES unit (id)
);

CREATE TABLE visit_sheet_row (
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
    outcome TEXT,
    outcome_on TEXT,
    follow_up_id INTEGER,
    CONSTRAINT pk_visit_sheet_row PRIMARY KEY (id),
    CONSTRAINT uq_visit_sheet_row_uuid UNIQUE (uuid),
    CONSTRAINT uq_visit_sheet_row_sheet_id_row UNIQUE (sheet_id, "row"),
    CONSTRAINT fk_visit_sheet_row_sheet_id_visit_sheet FOREIGN KEY(sheet_id) REFERENCES visit_sheet (id),
    CONSTRAINT fk_visit_sheet_row_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_visit_sheet_row_follow_up_id_follow_up FOREIGN KEY(follow_up_id) REFERENCES follow_up (id)
);

CREATE INDEX ix_visit_sheet_row_patient_id ON visit_sheet_row (patient_id);

CREATE INDEX ix_history_audit_seq ON history (audit_seq)
"""


def run(raw: Any) -> None:
    """Make the tables, inside the caller's transaction. `raw` is a driver connection."""
    for statement in _STATEMENTS.split(";\n\n"):
        raw.execute(statement)
