"""Step 4: staff, their posts and certificates, training, retraining, typed actuals of targets, attachments. Frozen."""

from __future__ import annotations

from typing import Any

_STATEMENTS = """
CREATE TABLE staff_member (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    name TEXT NOT NULL,
    phone TEXT,
    cleared_on TEXT,
    note TEXT,
    CONSTRAINT pk_staff_member PRIMARY KEY (id),
    CONSTRAINT uq_staff_member_uuid UNIQUE (uuid)
);

CREATE TABLE staff_post (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    staff_id INTEGER NOT NULL,
    role TEXT NOT NULL,
    unit_id INTEGER,
    workplace TEXT,
    position TEXT,
    fte FLOAT,
    started_on TEXT,
    ended_on TEXT,
    CONSTRAINT pk_staff_post PRIMARY KEY (id),
    CONSTRAINT uq_staff_post_uuid UNIQUE (uuid),
    CONSTRAINT fk_staff_post_staff_id_staff_member FOREIGN KEY(staff_id) REFERENCES staff_member (id),
    CONSTRAINT fk_staff_post_unit_id_unit FOREIGN KEY(unit_id) REFERENCES unit (id)
);

CREATE INDEX ix_staff_post_staff_id ON staff_post (staff_id);

CREATE TABLE certificate (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    staff_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    number TEXT,
    issuer TEXT,
    issued_on TEXT,
    valid_until TEXT,
    CONSTRAINT pk_certificate PRIMARY KEY (id),
    CONSTRAINT uq_certificate_uuid UNIQUE (uuid),
    CONSTRAINT fk_certificate_staff_id_staff_member FOREIGN KEY(staff_id) REFERENCES staff_member (id)
);

CREATE INDEX ix_certificate_staff_id ON certificate (staff_id);

CREATE TABLE training_session (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    level TEXT NOT NULL,
    month TEXT NOT NULL,
    held_on TEXT,
    starts_at TEXT,
    ends_at TEXT,
    hours FLOAT,
    teacher TEXT,
    content TEXT,
    place TEXT,
    organizer TEXT,
    recorder TEXT,
    pass_mark FLOAT,
    sheet_back_on TEXT,
    note TEXT,
    CONSTRAINT pk_training_session PRIMARY KEY (id),
    CONSTRAINT uq_training_session_uuid UNIQUE (uuid)
);

CREATE TABLE attendance (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    session_id INTEGER NOT NULL,
    "row" INTEGER NOT NULL,
    staff_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    workplace TEXT,
    position TEXT,
    phone TEXT,
    presence TEXT,
    made_up_on TEXT,
    theory FLOAT,
    practice FLOAT,
    resit_on TEXT,
    resit_theory FLOAT,
    resit_practice FLOAT,
    certificate_number TEXT,
    note TEXT,
    CONSTRAINT pk_attendance PRIMARY KEY (id),
    CONSTRAINT uq_attendance_uuid UNIQUE (uuid),
    CONSTRAINT uq_attendance_session_id_row UNIQUE (session_id, "row"),
    CONSTRAINT fk_attendance_session_id_training_session FOREIGN KEY(session_id) REFERENCES training_session (id),
    CONSTRAINT fk_attendance_staff_id_staff_member FOREIGN KEY(staff_id) REFERENCES staff_member (id)
);

CREATE INDEX ix_attendance_staff_id ON attendance (staff_id);

CREATE TABLE retraining_quota (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    year INTEGER NOT NULL,
    unit_id INTEGER NOT NULL,
    quota INTEGER NOT NULL,
    source TEXT,
    CONSTRAINT pk_retraining_quota PRIMARY KEY (id),
    CONSTRAINT uq_retraining_quota_uuid UNIQUE (uuid),
    CONSTRAINT fk_retraining_quota_unit_id_unit FOREIGN KEY(unit_id) REFERENCES unit (id)
);

CREATE TABLE retrainee (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    staff_id INTEGER NOT NULL,
    unit_id INTEGER NOT NULL,
    year INTEGER NOT NULL,
    stage TEXT NOT NULL,
    stage_on TEXT,
    note TEXT,
    CONSTRAINT pk_retrainee PRIMARY KEY (id),
    CONSTRAINT uq_retrainee_uuid UNIQUE (uuid),
    CONSTRAINT fk_retrainee_staff_id_staff_member FOREIGN KEY(staff_id) REFERENCES staff_member (id),
    CONSTRAINT fk_retrainee_unit_id_unit FOREIGN KEY(unit_id) REFERENCES unit (id)
);

CREATE TABLE target_actual (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    target_set TEXT NOT NULL,
    indicator TEXT NOT NULL,
    year INTEGER NOT NULL,
    value FLOAT NOT NULL,
    as_of TEXT NOT NULL,
    evidence TEXT NOT NULL,
    CONSTRAINT pk_target_actual PRIMARY KEY (id),
    CONSTRAINT uq_target_actual_uuid UNIQUE (uuid)
);

CREATE TABLE attachment (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    object_kind TEXT NOT NULL,
    object_id INTEGER NOT NULL,
    file_name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    CONSTRAINT pk_attachment PRIMARY KEY (id),
    CONSTRAINT uq_attachment_uuid UNIQUE (uuid)
);

CREATE INDEX ix_attachment_object_kind_object_id ON attachment (object_kind, object_id);

CREATE TABLE attachment_content (
    attachment_id INTEGER NOT NULL,
    content BLOB NOT NULL,
    CONSTRAINT pk_attachment_content PRIMARY KEY (attachment_id),
    CONSTRAINT fk_attachment_content_attachment_id_attachment FOREIGN KEY(attachment_id) REFERENCES attachment (id)
)
"""


def run(raw: Any) -> None:
    """Make the tables, inside the caller's transaction. `raw` is a driver connection."""
    for statement in _STATEMENTS.split(";\n\n"):
        raw.execute(statement)
