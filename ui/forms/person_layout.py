"""How the page of a person's file is laid out: in the order of the printed forms (表5 知情同意书, 表6, 表7)."""

from __future__ import annotations

from ui.forms.layout import CardPlan, Look, RowPlan


def _rows(*keys: str | tuple[str, ...] | RowPlan) -> tuple[RowPlan, ...]:
    return tuple(
        key if isinstance(key, RowPlan) else RowPlan(key if isinstance(key, tuple) else (key,)) for key in keys
    )


_CARDS = (
    CardPlan("consent", _rows("name", "consent", "consent_signer", "consent_date")),
    CardPlan(
        "person",
        _rows(
            RowPlan(("id_number",), ("no_id_reason",)),
            "sex",
            "birth_date",
            "unit_id",
            "current_address",
            "registered_address",
            "registered_on",
            "registered_as",
            "phone",
            "contact_name",
            "contact_phone",
            "residence_type",
            RowPlan(("ethnicity",), ("ethnicity_name",)),
            "blood_type",
            "rh",
            "education",
            "marriage",
            RowPlan(("payment",), ("payment_other",)),
            "employer",
        ),
    ),
    CardPlan(
        "guardian",
        _rows(
            "record_number",
            "guardian_name",
            "guardian_relation",
            "guardian_address",
            "guardian_phone",
            "committee_contact_name",
            "committee_contact_phone",
            "guardianship",
        ),
    ),
    CardPlan(
        "illness",
        _rows(
            "household_type",
            RowPlan(("employment",), ("employment_other",)),
            "onset_date",
            RowPlan(("past_symptoms",), ("past_symptoms_other",)),
            "past_restraint",
            "past_outpatient",
            "first_treatment_date",
            "past_admissions",
            "diagnosis",
            "diagnosis_text",
            "diagnosis_hospital",
            "diagnosis_date",
            "last_treatment_effect",
            "past_dangerous_acts",
            "economic_status",
            "specialist_opinion",
            "form_date",
            "doctor_name",
        ),
    ),
    CardPlan(
        "assistance",
        _rows(
            "poverty_relief",
            "guardian_subsidy",
            "disability_certificate",
            "disability_level",
            "care_group_served",
            "family_doctor_signed",
            "community_rehabilitation",
            "free_medicine",
            "reward_agreement",
        ),
    ),
    CardPlan("custom", ()),
    CardPlan(
        "roster",
        _rows(
            "colour",
            "dual_supervision",
            "four_party_pledge",
            "has_diagnosis_proof",
            "guardian_id_number",
            "archive_township",
            "address_outside",
            "national_platform_transfer",
            "note",
        ),
        is_folded=True,
    ),
    CardPlan(
        "national",
        _rows(
            "national_number",
            "id_type",
            "nationality",
            "guardian_phone_2",
            "household_unknown_reason",
            "registered_address_type",
            "registered_address_code",
            "current_address_type",
            "current_address_code",
            "diagnosis_icd10",
            "diagnosis_hospital_unknown_reason",
            "past_risk_level",
            "family_history",
            "on_antipsychotics",
            "no_medication_flag",
            RowPlan(("sent_by",), ("sent_by_other",)),
            "report_department",
            "report_type",
        ),
        is_folded=True,
    ),
)
PERSON = Look("person", _CARDS, "roster")
