"""Column headings of real files: the 20-column roster, the supplement form, the follow-up form, variants."""

from __future__ import annotations

import pytest

from mhdesk.forms import load
from mhdesk.forms.columns import find_column

PERSON = """
序号 serial|姓名 name|身份证号码 id_number|监护人姓名 guardian_name|联系电话 guardian_phone
户籍地 registered_address|现住址 current_address|疾病诊断 diagnosis|危险评估等级(0–5) past_risk_level
分色定级情况 colour|监护情况(正常/弱/无) guardianship|分色定级类型(红/黄) colour|是否落实双监管 dual_supervision
弱监护四方责任书 four_party_pledge|档案所属乡镇街道 archive_township|基层医疗机构名称 institution_name
辖区外实际居住地 address_outside|国家平台流转 national_platform_transfer|是否有诊断证明 has_diagnosis_proof
备注 note|身份证 id_number|身份证号 id_number|公民身份号码 id_number|性 别 sex|出生年月 birth_date|＊姓名 name
姓名* name|1.姓名 name|（2）监护人姓名 guardian_name|监护人 电话 guardian_phone|本人电话 phone|村(居) village_name
所属村居 village_name|目前诊断 diagnosis|初次发病时间（年月日） onset_date|轻度滋事(次) past_dangerous_acts:1
肇祸次数 past_dangerous_acts:3|ICD-10 diagnosis_icd10|RH rh|是否家庭医生（医师）签约服务对象 family_doctor_signed
签字时间 consent_date|监护人电话(副) guardian_phone_2|身份证号（18位） id_number|建档时间 registered_on
既往关锁情况 past_restraint|就业情况 employment|户 别 household_type
"""
VISIT = """
随访日期 visit_date|6、危险性评估(0-5级) risk_level|16.危险行为 dangerous_acts|轻度滋事次数 dangerous_acts:1
危险行为肇事（次） dangerous_acts:2|服药情况 adherence|用药依从性 adherence|本次随访分类 visit_class
下次随访日期 next_visit_date|姓名 patient_name|身份证号 patient_id_number|药物1 drugs_current:1:drug_name
药物2名称 drugs_current:2:drug_name|药物名称3 drugs_current:3:drug_name|药物1用法 drugs_current:1:times
药物1每次剂量(mg) drugs_current:1:dose|用药指导药物2早(mg) drugs_guidance:2:morning
用药情况 药物三 规格 drugs_current:3:specification|用药指导 药物1 长效药 drugs_guidance:1:long_acting
失访原因 lost_reason|住院情况 hospitalization|随访医生 doctor_name|用药情况 drugs_current
"""


def _cases(text: str) -> list[tuple[str, str]]:
    entries = text.replace("\n", "|").split("|")
    return [tuple(entry.rsplit(" ", 1)) for entry in entries if entry]  # type: ignore[misc]


@pytest.mark.parametrize(("heading", "key"), [*_cases(PERSON), ("监护人\n电话", "guardian_phone")])
def test_headings_of_rosters(heading: str, key: str) -> None:
    found = find_column(load.form("person_2018"), heading)
    assert found is not None
    assert found.key == key
    assert (found.item is None) == (key in {"serial", "village_name", "institution_name"})


@pytest.mark.parametrize(("heading", "key"), _cases(VISIT))
def test_headings_of_visits(heading: str, key: str) -> None:
    found = find_column(load.form("follow_up_2018"), heading)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize("heading", ["", "合计", "甲", "药物1颜色", "所属村居颜色", "2025年", "药品管理"])
def test_unknown_headings_are_unknown(heading: str) -> None:
    assert find_column(load.form("follow_up_2018"), heading) is None
    assert find_column(load.form("person_2018"), heading) is None


@pytest.mark.parametrize("name", load.names())
def test_every_label_and_import_name_is_found(name: str) -> None:
    form = load.form(name)
    for item in form.fields:
        for word in (item.label, *item.import_names):
            found = find_column(form, word)
            if item.key != "unit_id":
                assert found is not None, word
                assert found.key == item.key, word
