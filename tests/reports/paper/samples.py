"""Synthetic records for paper: filled to the last item, lost, dead, and empty."""

from __future__ import annotations

from datetime import date

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.record import CodeCount

LONG_NAME = "阿卜杜热合曼·买买提图尔荪江·艾合买提·䶮㛃𬭎王"

PATIENT = Patient(
    name="张桂芳",
    record_number="001-00012",
    sex="2",
    birth_date=PartialDate(1970, 3, 4),
    id_number="500112197003041025",
    guardian_name="李大山",
    guardian_relation="配偶",
    guardian_address="渝北区龙华街道龙兴村3组12号",
    guardian_phone="13800000001",
    committee_contact_name="赵主任",
    committee_contact_phone="023-67000002",
    household_type="2",
    employment="8",
    employment_other="个体经营",
    phone="13900000003",
    registered_address="渝北区龙华街道龙兴村",
    current_address="渝北区龙华街道龙兴村3组12号",
    consent="1",
    consent_signer="李小山",
    consent_date=date(2021, 3, 4),
    onset_date=PartialDate(2008),
    past_symptoms=("1", "3", "12"),
    past_symptoms_other="凭空对话",
    past_restraint="3",
    past_outpatient="2",
    first_treatment_date=PartialDate(2009, 5),
    past_admissions=3,
    diagnosis="1",
    diagnosis_text="偏执型",
    diagnosis_hospital="重庆市精神卫生中心",
    diagnosis_date=PartialDate(2009, 5, 6),
    last_treatment_effect="2",
    past_dangerous_acts=(CodeCount("1", 2), CodeCount("5", 4)),
    economic_status="1",
    poverty_relief="2",
    guardian_subsidy="1",
    disability_certificate=("6",),
    disability_level="3",
    care_group_served="2",
    family_doctor_signed="2",
    community_rehabilitation="1",
    specialist_opinion="建议继续服药，三个月后复查肝功能。",
    form_date=date(2021, 3, 9),
    doctor_name="王敏",
)

FULL = FollowUp(
    visit_date=date(2026, 8, 3),
    visit_form="2",
    visit_targets=("1", "2"),
    risk_level="0",
    symptoms=("2", "10", "12"),
    symptoms_other="夜间偶有自语",
    insight="2",
    sleep="1",
    diet="2",
    self_care="1",
    housework="2",
    work="9",
    learning="2",
    social_contact="3",
    dangerous_acts=(CodeCount("1", 2), CodeCount("5", 1)),
    restraint="1",
    hospitalization="2",
    last_discharge_date=PartialDate(2026, 6, 1),
    laboratory="2",
    laboratory_detail="血常规正常",
    adherence="1",
    adverse_reaction="2",
    adverse_reaction_detail="轻度嗜睡",
    treatment_effect="2",
    referral_advised="2",
    referral_reason="病情反复",
    referral_done="2",
    referral_to="重庆市精神卫生中心精神科",
    drugs=(
        DrugLine(drug_name="奥氮平", specification="5mg×28片", period="day", total_dose=12.5, times=2, dose=6.25),
        DrugLine(drug_name="棕榈酸帕利哌酮", period="month", total_dose=100, dose=100, times=1),
        DrugLine(purpose="guidance", drug_name="利培酮", morning=1.5, noon=2.5, night=3.5, period="day", times=3),
        DrugLine(purpose="guidance", drug_name="癸酸氟哌啶醇", long_acting="2", interval_weeks=4, dose=75),
    ),
    rehabilitation=("1", "4", "5"),
    rehabilitation_other="园艺",
    visit_class="2",
    next_visit_date=date(2026, 8, 17),
    doctor_name="王敏",
)

LOST = FollowUp(
    visit_date=date(2026, 10, 1),
    visit_form="3",
    lost_reason="5",
    lost_reason_other="随亲属外出，去向不明",
    next_visit_date=date(2026, 10, 15),
    doctor_name="王敏",
)

DEAD = FollowUp(
    visit_date=date(2026, 8, 3),
    visit_form="3",
    death_date=date(2026, 7, 30),
    death_reason="1",
    death_disease="4",
    doctor_name="王敏",
)
