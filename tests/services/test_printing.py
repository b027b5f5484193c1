"""Printed forms on a real encrypted ledger: whose names, how many pages, what the audit log says, sheets for ever."""

from __future__ import annotations

import dataclasses
import io
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pypdf
import pytest

from mhdesk.domain.account import CustomField
from mhdesk.domain.errors import OutputFailed, UsageError, UserError
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.round import VisitSheet, VisitSheetRow
from mhdesk.domain.transfer import Transfer
from mhdesk.domain.unit import Unit
from mhdesk.services import patients, printing
from mhdesk.services.patients import RegisterFilter
from mhdesk.services.printing import Document
from tests.reports.paper import samples

if TYPE_CHECKING:
    from db.ledger import Ledger
    from tests.conftest import FixedClock

TODAY = date(2026, 11, 20)
VILLAGES = ("龙兴村", "石船社区")


def store(ledger: Ledger, *people: Patient, visits: tuple[FollowUp, ...] = (samples.FULL,)) -> list[int]:
    """These people with the same visits each; their ids."""
    with ledger.change("test.add") as change:
        ids = [change.add(person) for person in people]
        change.add_many([dataclasses.replace(visit, patient_id=one) for one in ids for visit in visits])
    return ids


@pytest.fixture
def villages(ledger: Ledger) -> list[int]:
    with ledger.change("test.units") as change:
        return [
            change.add(Unit(name=name, level="village", parent_id=ledger.root_unit_id, sort_order=place))
            for place, name in enumerate(VILLAGES)
        ]


def person(unit_id: int, name: str, address: str, **changes: object) -> Patient:
    base = dataclasses.replace(samples.PATIENT, unit_id=unit_id, name=name, current_address=address)
    return dataclasses.replace(base, registered_on=date(2021, 3, 4), **changes)  # type: ignore[arg-type]


def text_of(document: Document) -> str:
    reader = pypdf.PdfReader(io.BytesIO(document.to_bytes()))
    return re.sub(r"\s", "", "".join(page.extract_text() for page in reader.pages))


def audited(ledger: Ledger) -> list[tuple[str, int]]:
    with ledger.raw() as raw:
        rows = raw.execute("SELECT action, count FROM audit WHERE action LIKE 'print.%' ORDER BY seq").fetchall()
    return [(str(action), int(count)) for action, count in rows]


def test_supplement_of_a_hundred_at_once(ledger: Ledger, villages: list[int], tmp_path: Path) -> None:
    ids = store(ledger, *(person(villages[0], f"患者{place}", "") for place in range(100)), visits=())
    told: list[int] = []

    class Watching:
        def step(self, done: int, total: int, text: str) -> None:
            told.append(done)

    document = printing.supplement(ledger, ids, task=Watching())
    assert document.write(tmp_path / "补充表.pdf", Watching()) == 100
    assert (document.people, document.title) == (100, "严重精神障碍患者个人信息补充表")
    assert len(told) > 20
    assert audited(ledger) == [("print.supplement", 100)]
    assert (tmp_path / "补充表.pdf").read_bytes() == document.to_bytes()


def test_each_record_is_printed_in_its_edition(ledger: Ledger, villages: list[int]) -> None:
    old = person(villages[0], "旧表人", "", form_edition="2011")
    ids = store(ledger, old, visits=(dataclasses.replace(samples.FULL, form_edition="2017"), samples.FULL))
    assert "是否精准扶贫对象" not in text_of(printing.supplement(ledger, ids))
    assert "是否精准扶贫对象" in text_of(printing.supplement(ledger, ids, edition="2018"))
    both = text_of(printing.follow_ups(ledger, ids[0]))
    assert both.count("本次随访对象") == 1
    assert both.count("若失访，原因") == 2


def test_all_visits_of_a_year_one_page_each(ledger: Ledger, villages: list[int], tmp_path: Path) -> None:
    days = (date(2026, 8, 3), date(2026, 2, 1), date(2025, 11, 1), date(2026, 5, 2))
    visits = tuple(dataclasses.replace(samples.FULL, visit_date=day) for day in days)
    ids = store(ledger, person(villages[0], "甲", ""), person(villages[0], "乙", ""), visits=visits)
    year = printing.follow_ups(ledger, ids[0], year=2026)
    assert year.write(tmp_path / "a.pdf") == 3
    months = re.findall(r"(?<!下次)随访日期2026年(\d+)月", text_of(year))
    assert months == ["2", "5", "8"]
    assert len(printing.follow_ups(ledger, ids, year=2026).forms) == 6
    chosen = [one.id or 0 for one in ledger.find(FollowUp, patient_id=ids[1])][:2]
    document = printing.follow_ups(ledger, ids, follow_up_ids=chosen)
    assert (len(document.forms), document.people) == (2, 1)
    with pytest.raises(UserError, match="MH-PAPER-02"):
        printing.follow_ups(ledger, ids, year=2019)
    assert [count for _, count in audited(ledger)] == [1, 2, 1]


def test_a_visit_taken_back_is_not_printed(ledger: Ledger, villages: list[int]) -> None:
    ids = store(ledger, person(villages[0], "甲", ""))
    with ledger.change("test.void") as change:
        change.void(FollowUp, ledger.find(FollowUp, patient_id=ids[0])[0].id or 0, "test")
    with pytest.raises(UserError, match="MH-PAPER-02"):
        printing.follow_ups(ledger, ids)


def test_blank_form_and_consent_carry_the_name_only(ledger: Ledger, villages: list[int]) -> None:
    ids = store(ledger, person(villages[0], samples.LONG_NAME, "龙兴村3组12号"))
    blank = text_of(printing.blank_follow_ups(ledger, ids))
    assert samples.LONG_NAME in blank
    assert "奥氮平" not in blank
    agreed = text_of(printing.consent(ledger, ids))
    assert samples.LONG_NAME in agreed
    assert "龙华街道社区卫生服务中心" in agreed
    assert audited(ledger) == [("print.follow_up_blank", 1), ("print.consent", 1)]


def test_nobody_somebody_unknown_and_somebody_voided(ledger: Ledger, villages: list[int]) -> None:
    ids = store(ledger, person(villages[0], "甲", ""), person(villages[0], "乙", ""))
    with pytest.raises(UsageError, match="MH-PAPER-01"):
        printing.supplement(ledger, [])
    with pytest.raises(UserError, match="MH-LEDGER-24"):
        printing.supplement(ledger, [*ids, 999])
    patients.void(ledger, ids[0], reason="重复")
    with pytest.raises(UserError, match="MH-PAPER-06") as caught:
        printing.consent(ledger, ids)
    assert caught.value.params == {"count": 1}
    assert audited(ledger) == []


def test_own_items_are_printed(ledger: Ledger, villages: list[int]) -> None:
    with ledger.change("test.custom") as change:
        change.add(CustomField(form="patient", key="shoe", label="鞋码"))
        change.add(CustomField(form="follow_up", key="weight", label="体重"))
    ids = store(
        ledger,
        person(villages[0], "甲", "", custom={"shoe": "四十二码"}),
        visits=(dataclasses.replace(samples.FULL, custom={"weight": "六十公斤"}),),
    )
    assert "鞋码四十二码" in text_of(printing.supplement(ledger, ids))
    assert "体重六十公斤" in text_of(printing.follow_ups(ledger, ids))


def test_referral_and_transfer(ledger: Ledger, villages: list[int]) -> None:
    later = dataclasses.replace(samples.FULL, visit_date=date(2026, 11, 15), visit_class="1")
    ids = store(ledger, person(villages[0], "甲", "龙兴村3组12号"), visits=(samples.FULL, later))
    with ledger.change("test.slip") as change:
        up, out = (
            change.add(Transfer(patient_id=ids[0], kind=kind, slip_number=f"LH-{kind}", happened_on=date(2026, 11, 3)))
            for kind in ("referral_up", "out")
        )
    assert printing.referral(ledger, up).title == "双向转诊单"
    document = printing.referral(ledger, [out])
    text = text_of(document)
    assert (document.title, document.people) == ("严重精神障碍患者管理流转单", 1)
    assert "0级基本稳定" in text  # as of the slip's day, not the visit after it
    assert "LH-out" in text
    assert audited(ledger) == [("print.referral", 1), ("print.transfer", 1)]


def test_register_list(ledger: Ledger, villages: list[int]) -> None:
    note = "家属多次来访，" * 1500
    ids = store(ledger, person(villages[0], "甲", ""), person(villages[1], "乙", "", note=note))
    document = printing.register_list(ledger, today=TODAY)
    text = text_of(document)
    assert document.people == 2
    for one in (
        "甲",
        "乙",
        "500112197003041025",
        "龙兴村",
        "石船社区",
        "精神分裂症（偏执型）",
        "2026-08-17",
        "（全文见档案）",
    ):
        assert one in text, one
    one_village = printing.register_list(ledger, RegisterFilter(unit_id=villages[1]), today=TODAY)
    assert one_village.people == 1
    assert printing.register_list(ledger, ids[::-1], today=TODAY).people == 2
    with pytest.raises(UsageError, match="MH-PAPER-01"):
        printing.register_list(ledger, RegisterFilter(text="没有这个人"), today=TODAY)
    assert audited(ledger) == [("print.register", 2), ("print.register", 1), ("print.register", 2)]


def test_loss_and_death(ledger: Ledger, villages: list[int]) -> None:
    lost, dead, well, long_dead = (
        store(ledger, person(villages[0], name, ""), visits=visits)[0]
        for name, visits in (
            ("失某", (samples.FULL, samples.LOST)),
            ("亡某", (samples.FULL,)),
            ("安某", (samples.FULL,)),
            ("早某", ()),
        )
    )
    with ledger.change("test.ends") as change:
        sheet = change.add(dataclasses.replace(samples.DEAD, patient_id=dead))
        change.add(
            Movement(patient_id=dead, happened_on=date(2026, 7, 30), kind="died", reason="1", follow_up_id=sheet)
        )
        change.add(Movement(patient_id=long_dead, kind="died", reason="1", happened_on=date(2024, 7, 30)))
        change.add(ContactAttempt(patient_id=lost, attempted_on=date(2026, 9, 1), mode="2", result="3"))
    document = printing.loss_or_death(ledger, today=TODAY)
    text = text_of(document)
    assert document.people == 2
    for one in ("失某", "亡某", "其他：随亲属外出，去向不明", "躯体疾病：脑血管病", "2026-07-30", "上门无人"):
        assert one in text, one
    assert printing.loss_or_death(ledger, [long_dead], today=TODAY).people == 1
    with pytest.raises(UserError, match="MH-PAPER-03"):
        printing.loss_or_death(ledger, [well], today=TODAY)


# ---------------------------------------------------------------- 入户随访单


@pytest.fixture
def round_people(ledger: Ledger, villages: list[int]) -> list[int]:
    """Four due people of the first village, not in the order of the round, and one of the second."""
    people = [
        person(villages[0], "丙", "龙兴村3组12号"),
        person(villages[0], "甲", "龙兴村2组9号"),
        person(villages[1], "戊", "石船1号"),
        person(villages[0], "乙", "龙兴村3组2号"),
        Patient(name="丁", unit_id=villages[0], registered_on=date(2021, 1, 1)),
    ]
    return store(ledger, *people[:4]) + store(ledger, people[4], visits=())


def rows_of(ledger: Ledger, number: int) -> list[tuple[int, str]]:
    sheet = ledger.find(VisitSheet, number=number)[0]
    return [
        (one.row, ledger.get(Patient, one.patient_id).name) for one in ledger.find(VisitSheetRow, sheet_id=sheet.id)
    ]


def test_the_round_of_a_village(ledger: Ledger, round_people: list[int]) -> None:
    document = printing.visit_sheets(ledger, village="龙兴村", today=TODAY, doctor="赵医生")
    assert (document.numbers, document.people) == ((1,), 4)
    assert rows_of(ledger, 1) == [(1, "甲"), (2, "乙"), (3, "丙"), (4, "丁")]  # 3组2号 before 3组12号, nowhere last
    text = text_of(document)
    for one in ("1-1", "1-4", "赵医生", "龙兴村", "奥氮平", "未随访过", "缺项：身份证号", "2026-08-17（逾期95天）"):
        assert one in text, one
    assert audited(ledger) == [("print.visit_sheets", 5)]  # the sheet and its four rows
    assert document.changes.touches("visit_sheet_row")


def test_everybody_due_is_one_sheet_a_village(ledger: Ledger, round_people: list[int]) -> None:
    document = printing.visit_sheets(ledger, today=TODAY)
    assert document.numbers == (1, 2)
    assert [name for _, name in rows_of(ledger, 2)] == ["戊"]
    assert "王敏" in text_of(document)  # the user


def test_numbers_only_grow(ledger: Ledger, round_people: list[int]) -> None:
    first = printing.visit_sheets(ledger, patient_ids=round_people[:1], today=TODAY)
    with ledger.change("test.void") as change:
        change.void(VisitSheet, ledger.find(VisitSheet, number=1)[0].id or 0, "印错")
    second = printing.visit_sheets(ledger, patient_ids=round_people[:1], today=TODAY)
    assert (first.numbers, second.numbers) == ((1,), (2,))
    with pytest.raises(UserError, match="MH-PAPER-05"):
        printing.visit_sheets_again(ledger, [1])


def test_a_sheet_is_reprinted_as_it_was(ledger: Ledger, round_people: list[int], clock: FixedClock) -> None:
    document = printing.visit_sheets(ledger, village="龙兴村", today=TODAY)
    before = document.to_bytes()
    clock.advance(days=3)
    with ledger.change("test.after") as change:
        change.add(dataclasses.replace(samples.FULL, patient_id=round_people[0], visit_date=date(2026, 11, 22)))
        patient = ledger.get(Patient, round_people[1])
        change.replace(dataclasses.replace(patient, name="改名", guardian_phone="13711111111"))
    again = printing.visit_sheets_again(ledger, document.numbers)
    assert again.to_bytes() == before
    assert len(ledger.find(VisitSheet)) == 1


def test_nobody_due_uses_no_number(ledger: Ledger, villages: list[int]) -> None:
    with pytest.raises(UserError, match="MH-PAPER-04"):
        printing.visit_sheets(ledger, village="龙兴村", today=TODAY)
    with pytest.raises(UsageError, match="MH-REPORT-03"):
        printing.visit_sheets(ledger, village="没有的村", today=TODAY)
    with pytest.raises(UsageError, match="MH-PAPER-01"):
        printing.visit_sheets(ledger, patient_ids=[], today=TODAY)
    assert ledger.find(VisitSheet) == []


def test_a_name_no_font_has_is_refused_by_its_character(ledger: Ledger, villages: list[int], tmp_path: Path) -> None:
    ids = store(ledger, person(villages[0], "张\U0002b81d", ""))
    with pytest.raises(OutputFailed, match="MH-FILE-59"):
        printing.supplement(ledger, ids).write(tmp_path / "a.pdf")
    assert list(tmp_path.glob("*.pdf")) == []


def test_people_of_a_village(ledger: Ledger, round_people: list[int]) -> None:
    assert sorted(printing.patients_of_village(ledger, "龙兴村")) == sorted(
        one for one in round_people if ledger.get(Patient, one).name != "戊"
    )
    assert len(printing.patients_of_village(ledger, "龙华街道社区卫生服务中心")) == 5
    with pytest.raises(UsageError, match="MH-REPORT-03"):
        printing.patients_of_village(ledger, "没有的村")
