"""A year of joint work, invented: exchange, joint visits, emergencies, meetings, agreements, services, check-ups."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from mhdesk.domain.dates import PartialDate, add_months
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.joint import Direction, Emergency, ExchangeRow, ExchangeSheet, JointVisit, Meeting, Participant
from mhdesk.domain.outreach import Outreach, ServicePoint
from mhdesk.domain.support import Agreement, AgreementPayment, AgreementReview, Assistance, CheckUp, Rehabilitation
from mhdesk.domain.transfer import DischargeNote, Transfer, TransferKind
from mhdesk.domain.unit import Unit, UnitLevel
from mhdesk.services import worklist
from mhdesk.services.worklist import DueEntry, DueQuery

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger

_ALL = ("on_time", "due", "overdue", "snoozed")
_POLICE = ("王强", "赵军", "刘波")
_GRID = ("李芳", "陈莉", "周敏", "吴霞")
_THEMES = ("世界精神卫生日", "抑郁症", "儿童青少年心理健康", "睡眠健康", "精神卫生法")
_QUARTER = 3
_HEAVY = "3"


def invent(ledger: Ledger, *, seed: int, today: date) -> None:
    """Store it all in one transaction. The same seed gives the same."""
    dice = random.Random(f"{seed}/joint")
    people = list(worklist.due(ledger, today=today, query=DueQuery(buckets=_ALL)).patients)
    villages = [one for one in ledger.find(Unit) if one.level == UnitLevel.VILLAGE]
    if not people:
        return
    dice.shuffle(people)
    heavy = [one for one in people if (one.risk_level or "") >= _HEAVY]
    unstable = [one for one in people if one.visit_class == "1" and one not in heavy]
    with ledger.change("joint.invent") as change:
        change.add_many(_joint_visits(dice, [*heavy, *unstable][:20], today))
        change.add_many(_emergencies(dice, heavy, today))
        change.add_many(_discharges(ledger, unstable or people, today))
        _exchange(change, heavy, today, registered=len(people))
        change.add_many(_meetings(dice, villages, today))
        _agreements(change, dice, [*heavy, *unstable][:6], today)
        change.add_many(_assistance(dice, people[: len(people) // 4], today))
        change.add_many(_rehabilitation(dice, people, today))
        change.add_many(_checkups(dice, people[: len(people) * 7 // 10], today))
        change.add_many(_outreach(dice, today))
        change.add_many(_points(villages, today))
        change.add_many(_referrals(heavy, today))


def _seen(one: DueEntry, today: date) -> date:
    return one.last_visit_on or today


def _joint_visits(dice: random.Random, people: Sequence[DueEntry], today: date) -> Iterator[JointVisit]:
    for one in people:
        yield JointVisit(
            patient_id=one.id,
            visited_on=_seen(one, today),
            place=one.village,
            participants=(
                Participant(dice.choice(_POLICE), "镇派出所", "社区民警"),
                Participant(dice.choice(_GRID), f"{one.village or '本村'}委会", "网格员"),
                Participant("张医生", "本院", "精防医生"),
            ),
            incidents=("4",) if (one.risk_level or "") < _HEAVY else ("1",),
            risk_level=one.risk_level,
            risk_factors=tuple(sorted(dice.sample("123468", 2))),
            taking_medicine=dice.choice("223"),
            whereabouts="1",
            informed=("1", "2") if (one.risk_level or "") >= _HEAVY else (),
            whereabouts_clear="2",
            counselling="2",
            neighbours="近期无吵闹",
            is_signed="2",
        )


def _emergencies(dice: random.Random, heavy: Sequence[DueEntry], today: date) -> Iterator[Emergency]:
    for place, one in enumerate(heavy[:3]):
        day = _seen(one, today) - timedelta(days=2)
        is_open = place == 0
        yield Emergency(
            patient_id=one.id,
            happened_at=f"{day} 20:{dice.randrange(10, 59)}",
            reported_at=f"{day} 21:00",
            reporter_name=one.guardian_name,
            reporter_identity="监护人",
            report_way="1",
            place=one.village,
            started_at=f"{day} 21:30",
            ended_at=None if is_open else f"{day} 23:40",
            scene="在家中打砸物品，不听劝说，未伤及他人。",
            police=f"{dice.choice(_POLICE)}（镇派出所）",
            prevention_doctor="张医生",
            causes=("2", "3"),
            measures=("1", "3"),
            outcome=None if is_open else "1",
            subject_kind="1",
            consent="2",
            filled_by=None if is_open else "张医生",
            filled_at=None if is_open else f"{day + timedelta(days=1)} 09:00",
        )


def _discharges(ledger: Ledger, people: Sequence[DueEntry], today: date) -> Iterator[DischargeNote]:
    """Two came home: one was visited the day after the note came, the other is still to be visited."""
    for place, one in enumerate(people[:2]):
        visits = [each for each in ledger.find(FollowUp, patient_id=one.id) if each.visit_date is not None]
        last = max(visits, key=lambda each: each.visit_date or today, default=None)
        is_visited = place == 0 and last is not None and last.visit_date is not None
        received = last.visit_date - timedelta(days=1) if is_visited and last and last.visit_date else today
        left = PartialDate.of(received - timedelta(days=1))
        yield DischargeNote(
            patient_id=one.id,
            received_on=received,
            hospital="区精神卫生中心",
            case_number=f"ZY{received.year}{place + 21:04d}",
            admitted_on=PartialDate.of(received - timedelta(days=36)),
            discharged_on=left,
            previous_stays=place + 1,
            diagnosis="偏执型精神分裂症 F20.0",
            past_acts="冲动毁物1次",
            past_risk="2",
            treatment_effect="好转",
            inpatient_drugs="利培酮片 4毫克/日，苯海索片 2毫克/日",
            guidance_drugs="利培酮片 早1毫克、晚3毫克；苯海索片 早2毫克",
            rehabilitation=("1", "4"),
            advice="按时服药，两周后门诊复查",
            physician="周医生",
            filled_on=received - timedelta(days=1),
            follow_up_id=last.id if is_visited and last else None,
        )


def _exchange(change: Change, heavy: Sequence[DueEntry], today: date, *, registered: int) -> None:
    """The sheets of the last quarter, received; this quarter's to the police is sent, the other is not drawn up."""
    start = date(today.year, (today.month - 1) // _QUARTER * _QUARTER + 1, 1)
    before = add_months(start, -_QUARTER)
    plans = [
        ("1", before, start - timedelta(days=1), start, start + timedelta(days=2)),
        ("2", before, start - timedelta(days=1), start, None),
        ("1", start, today, today, None),
    ]
    for number, (side, first, last, sent_on, receipt_on) in enumerate(plans, 1):
        rows = heavy if number == len(plans) else heavy[:2]
        sheet_id = change.add(
            ExchangeSheet(
                number=number,
                direction=Direction.SENT,
                other_side=side,
                first_day=first,
                last_day=last,
                sent_on=min(sent_on, today),
                registered=registered,
                managed=registered,
                lost=0,
                high_risk=len(rows),
                doctor_name="张医生",
                receipt_on=receipt_on,
                receipt_by="王强" if receipt_on else None,
            )
        )
        change.add_many(
            ExchangeRow(
                sheet_id=sheet_id,
                row=place,
                patient_id=one.id,
                reason="1",
                risk_level=one.risk_level,
                visit_class=one.visit_class,
            )
            for place, one in enumerate(rows, 1)
        )


def _meetings(dice: random.Random, villages: Sequence[Unit], today: date) -> Iterator[Meeting]:
    people = (
        Participant("何镇长", "镇人民政府", "组长"),
        Participant("王强", "镇派出所", "民警"),
        Participant("陈莉", "镇民政办", "干部"),
        Participant("张医生", "本院", "精防医生"),
    )
    for quarter in range(4):
        day = add_months(date(today.year, today.month, 1), -_QUARTER * quarter) + timedelta(days=9)
        if day <= today:
            yield Meeting(kind="1", held_on=day, place="镇政府会议室", chair="何镇长", participants=people, people=12,
                          topics="通报患者管理情况，会商重点患者", decisions="落实联合随访和监护责任")  # fmt: skip
    for village in villages:
        for back in range(2):
            day = add_months(date(today.year, today.month, 1), -back) + timedelta(days=dice.randrange(0, 15))
            if day <= today and (back or dice.random() < 0.7):  # noqa: PLR2004 - most villages
                yield Meeting(kind="2", held_on=day, unit_id=village.id, place=f"{village.name}委会",
                              chair=dice.choice(_GRID), people=5, topics="入户看望，督促服药")  # fmt: skip
    yield Meeting(kind="1", state="1", held_on=today + timedelta(days=20), chair="何镇长", topics="季度会商")


def _agreements(change: Change, dice: random.Random, people: Sequence[DueEntry], today: date) -> None:
    for place, one in enumerate(people, 1):
        first = add_months(date(today.year, today.month, 1), -dice.choice((4, 7, 11)))
        last = add_months(first, 12) - timedelta(days=1)
        agreement_id = change.add(
            Agreement(patient_id=one.id, number=f"{first.year}-{place:02d}", signed_on=first, first_day=first,
                      last_day=last, guardian_name=one.guardian_name or "监护人", amount=2400.0)
        )  # fmt: skip
        over = [number for number in (1, 2, 3) if add_months(first, _QUARTER * number) <= today]
        done = over if place % 2 else over[:-1]
        for number in done:
            change.add(
                AgreementReview(patient_id=one.id, agreement_id=agreement_id, quarter=number, result="1",
                                reviewed_on=add_months(first, _QUARTER * number), reviewer="村（居）委会")
            )  # fmt: skip
        if done:
            change.add(
                AgreementPayment(patient_id=one.id, agreement_id=agreement_id, quarters=1, amount=600.0,
                                 paid_on=min(today, add_months(first, _QUARTER) + timedelta(days=10)))
            )  # fmt: skip


def _assistance(dice: random.Random, people: Sequence[DueEntry], today: date) -> Iterator[Assistance]:
    for one in people:
        yield Assistance(patient_id=one.id, kind=dice.choice(("1", "3", "5", "6")), agency="镇民政办",
                         first_day=date(today.year - 1, dice.randrange(1, 13), 1))  # fmt: skip


def _rehabilitation(dice: random.Random, people: Sequence[DueEntry], today: date) -> Iterator[Any]:
    for one in people[:12]:
        yield Assistance(patient_id=one.id, kind="7", first_day=date(today.year, 1, 1), agency="镇残联")
        for month in range(1, today.month + 1):
            if dice.random() < 0.6:  # noqa: PLR2004 - not everybody every month
                day = date(today.year, month, dice.randrange(1, 16))
                if day <= today:
                    yield Rehabilitation(patient_id=one.id, served_on=day, minutes=60, provider="社区社工",
                                         services=tuple(sorted(dice.sample("12345678", 2))),
                                         institution="镇社区康复站")  # fmt: skip


def _checkups(dice: random.Random, people: Sequence[DueEntry], today: date) -> Iterator[CheckUp]:
    days = max(1, (today - date(today.year, 1, 1)).days)
    for one in people:
        is_high = dice.random() < 0.2  # noqa: PLR2004 - one in five
        yield CheckUp(
            patient_id=one.id,
            checked_on=today - timedelta(days=dice.randrange(days)),
            institution="本院",
            consent="2",
            items=tuple("1234567"),
            systolic=dice.randrange(140, 170) if is_high else dice.randrange(100, 138),
            diastolic=dice.randrange(62, 90),
            weight=float(dice.randrange(45, 85)),
            result="2" if is_high else "1",
            findings="血压偏高" if is_high else None,
        )


def _outreach(dice: random.Random, today: date) -> Iterator[Outreach]:
    for month in range(1, today.month + 1):
        for kind, most in (("1", 200), ("2", 80), ("3", 12), ("4", 9)):
            day = date(today.year, month, dice.randrange(1, 13))
            if day <= today:
                yield Outreach(kind=kind, theme=dice.choice(_THEMES), held_on=day, sessions=1, organiser="本院",
                               people=dice.randrange(3, most), place="镇文化广场",
                               materials=dice.randrange(20, 200) if kind == "1" else None)  # fmt: skip
    yield Outreach(
        kind="5", theme="心理干预应急演练", held_on=date(today.year, 1, 1), sessions=1, people=25, place="镇政府"
    )


def _referrals(people: Sequence[DueEntry], today: date) -> Iterator[Transfer]:
    """Referred up after the last visit, the first of them taken over already."""
    for place, one in enumerate(people[:3], 1):
        happened_on = _seen(one, today)
        yield Transfer(
            patient_id=one.id,
            kind=TransferKind.REFERRAL_UP,
            slip_number=f"{happened_on.year}-{900 + place}",
            happened_on=happened_on,
            from_unit="本院",
            to_unit="区精神卫生中心",
            reason="病情不稳定",
            doctor_name="张医生",
            receipt="accepted",
            receipt_on=happened_on,
        )


def _points(villages: Sequence[Unit], today: date) -> Iterator[ServicePoint]:
    opened = date(today.year - 2, 5, 1)
    yield ServicePoint(name="镇社会心理服务站", kind="1", opened_on=opened, contact_name="何镇长")
    yield ServicePoint(name="本院精神（心理）科门诊", kind="3", opened_on=opened, contact_name="张医生")
    for village in villages[: len(villages) * 2 // 3]:
        name = f"{village.name}心理辅导室"
        yield ServicePoint(name=name, kind="2", unit_id=village.id, opened_on=opened, contact_name="网格员")
