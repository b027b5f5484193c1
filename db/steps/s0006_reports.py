"""Step 6: colour assessments and forms a district sent. Frozen."""

from __future__ import annotations

from typing import Any

_STATEMENTS = """
CREATE TABLE colour_assessment (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    assessed_on TEXT NOT NULL,
    scheme_id TEXT NOT NULL,
    scheme_version TEXT NOT NULL,
    answers TEXT NOT NULL,
    score INTEGER,
    suggested TEXT,
    colour TEXT NOT NULL,
    override_reason TEXT,
    members TEXT NOT NULL,
    measures TEXT,
    next_on TEXT,
    CONSTRAINT pk_colour_assessment PRIMARY KEY (id),
    CONSTRAINT uq_colour_assessment_uuid UNIQUE (uuid),
    CONSTRAINT fk_colour_assessment_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_colour_assessment_patient_id_assessed_on ON colour_assessment (patient_id, assessed_on);

CREATE TABLE report_template (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    file_name TEXT NOT NULL,
    content TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    CONSTRAINT pk_report_template PRIMARY KEY (id),
    CONSTRAINT uq_report_template_uuid UNIQUE (uuid),
    CONSTRAINT uq_report_template_name_revision UNIQUE (name, revision)
)
"""


def run(raw: Any) -> None:
    """Make the tables, inside the caller's transaction. `raw` is a driver connection."""
    for statement in filter(None, _STATEMENTS.split(";\n\n")):
        raw.execute(statement)
