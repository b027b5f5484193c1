"""A small township as a real ledger: two villages and everybody who makes a page look different."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import DrugLine, FollowUp
from mhdesk.domain.identity import check_digit
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.record import CodeCount
from mhdesk.domain.unit import Unit, UnitYear
from mhdesk.services import patients
from tests.ui.pages.follow_up_people import stable_visit

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)
LONG_NAME = "阿卜杜热西提·买买提艾力·阿不都克里木·吐尔逊尼牙孜"  # 25 characters and the dots
LONG_ADDRESS = (
    "重庆市渝北区统景镇石坝村第十二村民小组老石坝水库大坝下游左岸原乡政府粮站旧址后院三号楼二单元五零二室" * 2
)
LONG_ACTING = DrugLine(
    purpose="guidance",
    drug_name="棕榈酸帕利哌酮",
    specification="0.1g/支",
    long_acting="2",
    interval_weeks=4.0,
    dose=100.0,
)

#: Who is who, in the order of the ledger: the pages are asked for them by name.
NAMES = (
    "冉秀兰", "覃建国", "欧阳龚", "单雄信", LONG_NAME, "田亡友", "向迁出", "罗失访",
    "曾住院", "仇长效", "黄拒管", "刘弱监", "陈如一", "周如二", "吴如三", "䶮㛃",
)  # fmt: skip


def number(birth: date, sequence: int) -> str:
    """A valid ID number of a region that was never issued."""
    body = f"500199{birth:%Y%m%d}{sequence:03d}"
    return body + check_digit(body)


def _person(name: str, place: int, unit_id: int) -> Patient:
    birth = date(1950 + place * 3, 3, 2)
    return Patient(
        name=name,
        sex="2" if place % 2 else "1",
        id_type="01",
        id_number=number(birth, 10 + place * 2 + (0 if place % 2 else 1)),
        birth_date=PartialDate(birth.year, birth.month, birth.day),
        unit_id=unit_id,
        diagnosis="1",
        registered_on=date(2020, 5, 6),
        consent="1",
        consent_signer="冉某",
        consent_date=date(2020, 5, 6),
        guardianship="1",
        guardian_name="冉某",
        guardian_relation="配偶",
        guardian_phone=f"154000000{place:02d}",
        current_address="石坝村3组",
    )


def _people(villages: Sequence[int]) -> list[Patient]:
    people = [_person(name, place, villages[place % 2]) for place, name in enumerate(NAMES)]
    special = {
        LONG_NAME: {"current_address": LONG_ADDRESS, "guardian_name": LONG_NAME, "diagnosis": "6"},
        "黄拒管": {"consent": "0", "consent_signer": None, "consent_date": None},
        "刘弱监": {"guardianship": "2"},
        "单雄信": {"guardian_name": None, "guardian_phone": None, "guardian_relation": None},
    }
    return [replace(person, **special.get(person.name, {})) for person in people]  # type: ignore[arg-type]


def _visits(ids: dict[str, int]) -> list[FollowUp]:
    found = []
    for name in NAMES:
        if name in {"单雄信", "覃建国"}:  # nobody has ever visited these
            continue
        days = (date(2025, 12, 3), date(2026, 2, 25), date(2026, 5, 22), date(2026, 8, 20))
        found += [stable_visit(ids[name], day) for day in days]
    regular = {"陈如一", "周如二", "吴如三", "曾住院", "仇长效"}
    found += [stable_visit(ids[name], date(2026, 11, 16)) for name in NAMES if name in regular]
    last = {visit.patient_id: place for place, visit in enumerate(found)}

    def change(name: str, **values: object) -> None:
        place = last[ids[name]]
        found[place] = replace(found[place], **values)  # type: ignore[arg-type]

    change("曾住院", hospitalization="1", risk_level="3", visit_class="1", dangerous_acts=(CodeCount("1", 2),),
           next_visit_date=date(2026, 11, 30))  # fmt: skip
    change("仇长效", drugs=(replace(LONG_ACTING, purpose="current"), LONG_ACTING))
    change("冉秀兰", symptoms=("1", "12"), symptoms_other="夜间自言自语", visit_class="2", risk_level="1",
           next_visit_date=date(2026, 9, 3))  # fmt: skip
    change(LONG_NAME, adherence="2", next_visit_date=TODAY + timedelta(days=3))
    found.append(
        FollowUp(
            patient_id=ids["罗失访"], visit_date=date(2026, 11, 10), visit_form="3", lost_reason="1", doctor_name="王敏"
        )
    )
    return found


def fill(ledger: Ledger) -> dict[str, int]:
    """Store the township; ids by name."""
    with ledger.change("unit.add") as change:
        villages = [
            change.add(Unit(name=name, level="village", parent_id=ledger.root_unit_id, sort_order=place))
            for place, name in enumerate(("石坝村", "青龙村"), start=1)
        ]
        for unit_id, people in zip([ledger.root_unit_id, *villages], (4211, 2011, 2200), strict=True):
            change.add(UnitYear(unit_id=unit_id, year=2026, population=people, staff_fte=1.0, psychiatrists=0.5))
    with ledger.change("patient.register") as change:
        stored = _people(villages)
        ids = dict(zip(NAMES, change.add_many(stored), strict=True))
        patients.write_haystacks(change, {ids[person.name]: person for person in stored})
    with ledger.change("follow_up.record") as change:
        change.add_many(_visits(ids))
        change.add(Movement(patient_id=ids["田亡友"], kind="died", happened_on=date(2026, 11, 17)))
        change.add(Movement(patient_id=ids["向迁出"], kind="moved_out", happened_on=date(2026, 10, 9)))
    changed = replace(ledger.get(Patient, ids["陈如一"]), phone="15400001111", note="子女在外")
    patients.save(ledger, changed, today=TODAY)
    return ids
