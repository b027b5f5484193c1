"""Step 7: sealed packages between township and district. Frozen."""

from __future__ import annotations

from typing import Any

_STATEMENTS = """
CREATE TABLE station (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    unit_id INTEGER NOT NULL,
    org_code TEXT NOT NULL,
    public_key TEXT NOT NULL,
    kid TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    revoked_on TEXT,
    revoke_reason TEXT,
    CONSTRAINT pk_station PRIMARY KEY (id),
    CONSTRAINT uq_station_uuid UNIQUE (uuid),
    CONSTRAINT uq_station_kid UNIQUE (kid),
    CONSTRAINT fk_station_unit_id_unit FOREIGN KEY(unit_id) REFERENCES unit (id)
);

CREATE TABLE sealed_package (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    package_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    period_start TEXT NOT NULL,
    period_end TEXT NOT NULL,
    level TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    file_name TEXT NOT NULL,
    file_hash TEXT NOT NULL,
    data_hash TEXT,
    audit_seq INTEGER NOT NULL,
    audit_head TEXT NOT NULL,
    counts TEXT NOT NULL,
    content TEXT,
    receipt TEXT,
    answer TEXT,
    receipt_on TEXT,
    CONSTRAINT pk_sealed_package PRIMARY KEY (id),
    CONSTRAINT uq_sealed_package_uuid UNIQUE (uuid),
    CONSTRAINT uq_sealed_package_package_id UNIQUE (package_id),
    CONSTRAINT uq_sealed_package_epoch_seq UNIQUE (epoch, seq)
);

CREATE TABLE received_package (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    package_id TEXT NOT NULL,
    station_id INTEGER NOT NULL,
    org_code TEXT NOT NULL,
    kind TEXT NOT NULL,
    period_start TEXT NOT NULL,
    period_end TEXT NOT NULL,
    level TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    file_hash TEXT NOT NULL,
    previous_hash TEXT,
    audit_seq INTEGER NOT NULL,
    audit_head TEXT NOT NULL,
    created TEXT NOT NULL,
    manifest TEXT NOT NULL,
    body TEXT NOT NULL,
    receipt TEXT NOT NULL,
    CONSTRAINT pk_received_package PRIMARY KEY (id),
    CONSTRAINT uq_received_package_uuid UNIQUE (uuid),
    CONSTRAINT uq_received_package_package_id UNIQUE (package_id),
    CONSTRAINT uq_received_package_station_id_epoch_seq UNIQUE (station_id, epoch, seq),
    CONSTRAINT fk_received_package_station_id_station FOREIGN KEY(station_id) REFERENCES station (id)
);

CREATE INDEX ix_received_package_period_start_org_code ON received_package (period_start, org_code);

CREATE TABLE conflict_decision (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    conflict_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    orgs TEXT NOT NULL,
    outcome TEXT NOT NULL,
    keeper TEXT,
    note TEXT,
    CONSTRAINT pk_conflict_decision PRIMARY KEY (id),
    CONSTRAINT uq_conflict_decision_uuid UNIQUE (uuid)
)
"""


def run(raw: Any) -> None:
    """Make the tables, inside the caller's transaction. `raw` is a driver connection."""
    for statement in filter(None, _STATEMENTS.split(";\n\n")):
        raw.execute(statement)
