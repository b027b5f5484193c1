"""Step 3: orders, dispensing, injections, stock, adverse reactions and laboratory. Frozen."""

from __future__ import annotations

from typing import Any

_STATEMENTS = """
CREATE TABLE adverse_reaction (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    noticed_on TEXT NOT NULL,
    drug_name TEXT,
    drug_key TEXT,
    kinds TEXT NOT NULL,
    detail TEXT,
    severity TEXT,
    measures TEXT,
    ended_on TEXT,
    follow_up_id INTEGER,
    CONSTRAINT pk_adverse_reaction PRIMARY KEY (id),
    CONSTRAINT uq_adverse_reaction_uuid UNIQUE (uuid),
    CONSTRAINT fk_adverse_reaction_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_adverse_reaction_follow_up_id_follow_up FOREIGN KEY(follow_up_id) REFERENCES follow_up (id)
);

CREATE INDEX ix_adverse_reaction_patient_id ON adverse_reaction (patient_id);

CREATE TABLE dispensing (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    dispensed_on TEXT NOT NULL,
    drug_name TEXT NOT NULL,
    drug_key TEXT,
    specification TEXT,
    strength FLOAT,
    quantity FLOAT,
    unit TEXT,
    days INTEGER,
    batch TEXT,
    expires_on TEXT,
    is_free TEXT,
    receiver TEXT,
    receiver_relation TEXT,
    staff_name TEXT,
    note TEXT,
    CONSTRAINT pk_dispensing PRIMARY KEY (id),
    CONSTRAINT uq_dispensing_uuid UNIQUE (uuid),
    CONSTRAINT fk_dispensing_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_dispensing_dispensed_on ON dispensing (dispensed_on);

CREATE INDEX ix_dispensing_patient_id_dispensed_on ON dispensing (patient_id, dispensed_on);

CREATE TABLE injection (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    injected_on TEXT NOT NULL,
    drug_name TEXT NOT NULL,
    drug_key TEXT,
    dose FLOAT,
    dose_unit TEXT,
    quantity FLOAT,
    site TEXT,
    reaction TEXT,
    reaction_detail TEXT,
    interval_days INTEGER,
    next_due_on TEXT,
    window_days INTEGER,
    batch TEXT,
    expires_on TEXT,
    is_free TEXT,
    staff_name TEXT,
    note TEXT,
    CONSTRAINT pk_injection PRIMARY KEY (id),
    CONSTRAINT uq_injection_uuid UNIQUE (uuid),
    CONSTRAINT fk_injection_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_injection_injected_on ON injection (injected_on);

CREATE INDEX ix_injection_patient_id_injected_on ON injection (patient_id, injected_on);

CREATE TABLE laboratory_result (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    taken_on TEXT NOT NULL,
    item TEXT NOT NULL,
    value FLOAT,
    unit TEXT,
    low FLOAT,
    high FLOAT,
    abnormal TEXT,
    result TEXT,
    hospital TEXT,
    follow_up_id INTEGER,
    CONSTRAINT pk_laboratory_result PRIMARY KEY (id),
    CONSTRAINT uq_laboratory_result_uuid UNIQUE (uuid),
    CONSTRAINT fk_laboratory_result_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_laboratory_result_follow_up_id_follow_up FOREIGN KEY(follow_up_id) REFERENCES follow_up (id)
);

CREATE INDEX ix_laboratory_result_patient_id_taken_on ON laboratory_result (patient_id, taken_on);

CREATE TABLE medication_order (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    drug_name TEXT NOT NULL,
    drug_key TEXT,
    specification TEXT,
    strength FLOAT,
    started_on TEXT NOT NULL,
    morning FLOAT,
    noon FLOAT,
    night FLOAT,
    dose FLOAT,
    times FLOAT,
    interval_days INTEGER,
    dose_unit TEXT,
    prescribed_by TEXT,
    prescribed_on TEXT,
    stopped_on TEXT,
    stop_reason TEXT,
    stop_note TEXT,
    replaces_id INTEGER,
    follow_up_id INTEGER,
    note TEXT,
    CONSTRAINT pk_medication_order PRIMARY KEY (id),
    CONSTRAINT uq_medication_order_uuid UNIQUE (uuid),
    CONSTRAINT fk_medication_order_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_medication_order_replaces_id_medication_order FOREIGN KEY(replaces_id)
        REFERENCES medication_order (id),
    CONSTRAINT fk_medication_order_follow_up_id_follow_up FOREIGN KEY(follow_up_id) REFERENCES follow_up (id)
);

CREATE INDEX ix_medication_order_patient_id_started_on ON medication_order (patient_id, started_on);

CREATE TABLE stock_movement (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    moved_on TEXT NOT NULL,
    drug_name TEXT NOT NULL,
    drug_key TEXT,
    specification TEXT,
    kind TEXT NOT NULL,
    quantity FLOAT NOT NULL,
    unit TEXT NOT NULL,
    batch TEXT,
    expires_on TEXT,
    staff_name TEXT,
    note TEXT,
    CONSTRAINT pk_stock_movement PRIMARY KEY (id),
    CONSTRAINT uq_stock_movement_uuid UNIQUE (uuid)
)
"""


def run(raw: Any) -> None:
    """Make the tables, inside the caller's transaction. `raw` is a driver connection."""
    for statement in _STATEMENTS.split(";\n\n"):
        raw.execute(statement)
