"""Step 1: the first schema. Frozen."""

from __future__ import annotations

from typing import Any

_STATEMENTS = """
CREATE TABLE app_user (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    disabled_at TEXT,
    CONSTRAINT pk_app_user PRIMARY KEY (id),
    CONSTRAINT uq_app_user_login UNIQUE (login)
);

CREATE TABLE audit (
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    clock_suspect INTEGER NOT NULL,
    login TEXT NOT NULL,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    object_kind TEXT,
    object_uuid TEXT,
    count INTEGER NOT NULL,
    fields TEXT,
    reason TEXT,
    app_version TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (seq),
    CONSTRAINT ck_audit_seq_positive CHECK (seq > 0)
);

CREATE TABLE custom_field (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    form TEXT NOT NULL,
    "key" TEXT NOT NULL,
    label TEXT NOT NULL,
    kind TEXT NOT NULL,
    codes TEXT NOT NULL,
    sort_order INTEGER NOT NULL,
    CONSTRAINT pk_custom_field PRIMARY KEY (id),
    CONSTRAINT uq_custom_field_form_key UNIQUE (form, "key")
);

CREATE TABLE data_override (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    path TEXT NOT NULL,
    content TEXT NOT NULL,
    origin TEXT NOT NULL,
    CONSTRAINT pk_data_override PRIMARY KEY (id)
);

CREATE TABLE draft (
    id INTEGER NOT NULL,
    login TEXT NOT NULL,
    form TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    "values" TEXT NOT NULL,
    saved_at TEXT,
    CONSTRAINT pk_draft PRIMARY KEY (id),
    CONSTRAINT uq_draft_login_form_subject_id UNIQUE (login, form, subject_id)
);

CREATE TABLE history (
    id INTEGER NOT NULL,
    table_name TEXT NOT NULL,
    record_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    changed_at TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    action TEXT NOT NULL,
    reason TEXT,
    "before" TEXT NOT NULL,
    audit_seq INTEGER NOT NULL,
    CONSTRAINT pk_history PRIMARY KEY (id)
);

CREATE INDEX ix_history_table_name_record_id_version ON history (table_name, record_id, version);

CREATE TABLE import_batch (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    file_name TEXT NOT NULL,
    file_hash TEXT NOT NULL,
    kind TEXT NOT NULL,
    rows INTEGER NOT NULL,
    new INTEGER NOT NULL,
    same INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    "conflict" INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    CONSTRAINT pk_import_batch PRIMARY KEY (id)
);

CREATE TABLE setting (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT pk_setting PRIMARY KEY ("key")
);

CREATE TABLE submission (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    period_kind TEXT NOT NULL,
    period_start TEXT NOT NULL,
    period_end TEXT NOT NULL,
    revision INTEGER NOT NULL,
    rules_id TEXT NOT NULL,
    rules_version TEXT NOT NULL,
    cut_off TEXT NOT NULL,
    data_hash TEXT NOT NULL,
    audit_head TEXT NOT NULL,
    document TEXT NOT NULL,
    files TEXT NOT NULL,
    correction_note TEXT,
    checked_by TEXT,
    CONSTRAINT pk_submission PRIMARY KEY (id),
    CONSTRAINT uq_submission_period_kind_period_start_revision UNIQUE (period_kind, period_start, revision)
);

CREATE TABLE unit (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    name TEXT NOT NULL,
    level TEXT NOT NULL,
    parent_id INTEGER,
    code TEXT,
    sort_order INTEGER NOT NULL,
    valid_from TEXT,
    valid_to TEXT,
    merged_into_id INTEGER,
    CONSTRAINT pk_unit PRIMARY KEY (id),
    CONSTRAINT uq_unit_uuid UNIQUE (uuid),
    CONSTRAINT fk_unit_parent_id_unit FOREIGN KEY(parent_id) REFERENCES unit (id),
    CONSTRAINT fk_unit_merged_into_id_unit FOREIGN KEY(merged_into_id) REFERENCES unit (id)
);

CREATE TABLE patient (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    form_edition TEXT NOT NULL,
    custom TEXT NOT NULL,
    record_number TEXT,
    national_number TEXT,
    name TEXT NOT NULL,
    id_type TEXT,
    id_number TEXT,
    no_id_reason TEXT,
    sex TEXT,
    birth_date TEXT,
    nationality TEXT,
    ethnicity TEXT,
    ethnicity_name TEXT,
    unit_id INTEGER,
    registered_on TEXT,
    registered_as TEXT,
    doctor_name TEXT,
    form_date TEXT,
    guardian_name TEXT,
    guardian_relation TEXT,
    guardian_address TEXT,
    guardian_phone TEXT,
    guardian_phone_2 TEXT,
    guardian_id_number TEXT,
    guardianship TEXT,
    dual_supervision TEXT,
    four_party_pledge TEXT,
    committee_contact_name TEXT,
    committee_contact_phone TEXT,
    household_type TEXT,
    household_unknown_reason TEXT,
    employment TEXT,
    employment_other TEXT,
    economic_status TEXT,
    employer TEXT,
    phone TEXT,
    contact_name TEXT,
    contact_phone TEXT,
    residence_type TEXT,
    education TEXT,
    marriage TEXT,
    payment TEXT NOT NULL,
    payment_other TEXT,
    blood_type TEXT,
    rh TEXT,
    registered_address_type TEXT,
    registered_address_code TEXT,
    registered_address TEXT,
    current_address_type TEXT,
    current_address_code TEXT,
    current_address TEXT,
    address_outside TEXT,
    archive_township TEXT,
    consent TEXT,
    consent_signer TEXT,
    consent_date TEXT,
    onset_date TEXT,
    past_symptoms TEXT NOT NULL,
    past_symptoms_other TEXT,
    past_restraint TEXT,
    past_outpatient TEXT,
    first_treatment_date TEXT,
    past_admissions INTEGER,
    diagnosis TEXT,
    diagnosis_text TEXT,
    diagnosis_icd10 TEXT,
    diagnosis_hospital TEXT,
    diagnosis_hospital_unknown_reason TEXT,
    diagnosis_date TEXT,
    has_diagnosis_proof TEXT,
    last_treatment_effect TEXT,
    past_dangerous_acts TEXT NOT NULL,
    past_risk_level TEXT,
    specialist_opinion TEXT,
    family_history TEXT,
    on_antipsychotics TEXT,
    no_medication_flag TEXT,
    sent_by TEXT NOT NULL,
    sent_by_other TEXT,
    report_department TEXT,
    report_type TEXT,
    poverty_relief TEXT,
    guardian_subsidy TEXT,
    disability_certificate TEXT NOT NULL,
    disability_level TEXT,
    care_group_served TEXT,
    family_doctor_signed TEXT,
    community_rehabilitation TEXT,
    free_medicine TEXT,
    reward_agreement TEXT,
    colour TEXT,
    national_platform_transfer TEXT,
    note TEXT,
    CONSTRAINT pk_patient PRIMARY KEY (id),
    CONSTRAINT uq_patient_uuid UNIQUE (uuid),
    CONSTRAINT fk_patient_unit_id_unit FOREIGN KEY(unit_id) REFERENCES unit (id)
);

CREATE INDEX ix_patient_id_number ON patient (id_number);

CREATE INDEX ix_patient_name_birth_date ON patient (name, birth_date);

CREATE INDEX ix_patient_unit_id ON patient (unit_id);

CREATE TABLE unit_year (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    unit_id INTEGER NOT NULL,
    year INTEGER NOT NULL,
    population INTEGER,
    staff_fte FLOAT,
    psychiatrists FLOAT,
    source TEXT,
    CONSTRAINT pk_unit_year PRIMARY KEY (id),
    CONSTRAINT uq_unit_year_unit_id_year UNIQUE (unit_id, year),
    CONSTRAINT fk_unit_year_unit_id_unit FOREIGN KEY(unit_id) REFERENCES unit (id)
);

CREATE TABLE contact_attempt (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    attempted_on TEXT NOT NULL,
    mode TEXT,
    result TEXT,
    note TEXT,
    CONSTRAINT pk_contact_attempt PRIMARY KEY (id),
    CONSTRAINT uq_contact_attempt_uuid UNIQUE (uuid),
    CONSTRAINT fk_contact_attempt_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_contact_attempt_patient_id_attempted_on ON contact_attempt (patient_id, attempted_on);

CREATE TABLE follow_up (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    form_edition TEXT NOT NULL,
    custom TEXT NOT NULL,
    patient_id INTEGER NOT NULL,
    visit_date TEXT,
    visit_form TEXT,
    visit_targets TEXT NOT NULL,
    lost_reason TEXT,
    lost_reason_other TEXT,
    death_date TEXT,
    death_reason TEXT,
    death_disease TEXT,
    risk_level TEXT,
    symptoms TEXT NOT NULL,
    symptoms_other TEXT,
    insight TEXT,
    sleep TEXT,
    diet TEXT,
    self_care TEXT,
    housework TEXT,
    work TEXT,
    learning TEXT,
    social_contact TEXT,
    dangerous_acts TEXT NOT NULL,
    restraint TEXT,
    hospitalization TEXT,
    last_discharge_date TEXT,
    laboratory TEXT,
    laboratory_detail TEXT,
    adherence TEXT,
    adverse_reaction TEXT,
    adverse_reaction_detail TEXT,
    treatment_effect TEXT,
    referral_advised TEXT,
    referral_reason TEXT,
    referral_done TEXT,
    referral_to TEXT,
    rehabilitation TEXT NOT NULL,
    rehabilitation_other TEXT,
    visit_class TEXT,
    next_visit_date TEXT,
    doctor_name TEXT,
    obvious_symptoms TEXT,
    severe_adverse_reaction TEXT,
    severe_physical_disease TEXT,
    recent_prescription TEXT,
    case_management TEXT,
    case_condition TEXT,
    case_function TEXT,
    class_reason TEXT,
    national_entered_on TEXT,
    note TEXT,
    CONSTRAINT pk_follow_up PRIMARY KEY (id),
    CONSTRAINT uq_follow_up_uuid UNIQUE (uuid),
    CONSTRAINT fk_follow_up_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE INDEX ix_follow_up_patient_id_visit_date ON follow_up (patient_id, visit_date);

CREATE INDEX ix_follow_up_visit_date ON follow_up (visit_date);

CREATE TABLE patient_search (
    patient_id INTEGER NOT NULL,
    haystack TEXT NOT NULL,
    CONSTRAINT pk_patient_search PRIMARY KEY (patient_id),
    CONSTRAINT fk_patient_search_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE TABLE follow_up_drug (
    follow_up_id INTEGER NOT NULL,
    line INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    drug_name TEXT NOT NULL,
    specification TEXT,
    period TEXT,
    times FLOAT,
    dose FLOAT,
    total_dose FLOAT,
    morning FLOAT,
    noon FLOAT,
    night FLOAT,
    long_acting TEXT,
    interval_weeks FLOAT,
    dose_unit TEXT,
    CONSTRAINT pk_follow_up_drug PRIMARY KEY (follow_up_id, line),
    CONSTRAINT fk_follow_up_drug_follow_up_id_follow_up FOREIGN KEY(follow_up_id) REFERENCES follow_up (id)
);

CREATE TABLE movement (
    id INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    entered_at TEXT,
    entered_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    voided_at TEXT,
    void_reason TEXT,
    patient_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    happened_on TEXT NOT NULL,
    reason TEXT,
    other_unit TEXT,
    follow_up_id INTEGER,
    note TEXT,
    CONSTRAINT pk_movement PRIMARY KEY (id),
    CONSTRAINT uq_movement_uuid UNIQUE (uuid),
    CONSTRAINT fk_movement_patient_id_patient FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_movement_follow_up_id_follow_up FOREIGN KEY(follow_up_id) REFERENCES follow_up (id)
);

CREATE INDEX ix_movement_happened_on ON movement (happened_on);

CREATE INDEX ix_movement_patient_id_happened_on ON movement (patient_id, happened_on);

CREATE INDEX ix_follow_up_facts ON follow_up (
    patient_id,
    visit_date || coalesce(substr(visit_form || '-', 1, 1), '-')
    || CASE WHEN instr(visit_targets, '1') > 0 THEN '1' WHEN visit_targets <> '' THEN '0'
       WHEN form_edition = '2018' THEN '-' ELSE 'n' END
    || CASE WHEN lost_reason IS NULL THEN '0' ELSE '1' END
    || coalesce(substr(risk_level || '-', 1, 1), '-') || coalesce(substr(visit_class || '-', 1, 1), '-')
    || coalesce(substr(adherence || '-', 1, 1), '-') || coalesce(substr(hospitalization || '-', 1, 1), '-')
    || coalesce(substr(laboratory || '-', 1, 1), '-') || coalesce(next_visit_date, '-')
    || coalesce(nullif(dangerous_acts, '7:0'), '')
) WHERE voided_at IS NULL;

CREATE INDEX ix_follow_up_drug_long_acting ON follow_up_drug (follow_up_id)
    WHERE long_acting = '2' AND purpose = 'current';

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;

CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit is append-only');
END;

CREATE TRIGGER history_no_update BEFORE UPDATE ON history
BEGIN
    SELECT RAISE(ABORT, 'history is append-only');
END;

CREATE TRIGGER history_no_delete BEFORE DELETE ON history
BEGIN
    SELECT RAISE(ABORT, 'history is append-only');
END
"""


def run(raw: Any) -> None:
    """Make the tables, inside the caller's transaction. `raw` is a driver connection."""
    for statement in _STATEMENTS.split(";\n\n"):
        raw.execute(statement)
