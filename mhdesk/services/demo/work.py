"""Invented staff and a year of training, so that the pages, sheets and reports of 培训 are not empty.

精防人员 and psychiatrists are as many as printed in 附件2; all are invented. This month's sheet is still out.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mhdesk.domain.staff import Certificate, StaffMember, StaffPost, StaffRole
from mhdesk.domain.training import (
    Attendance,
    Presence,
    Retrainee,
    RetrainingQuota,
    RetrainingStage,
    SessionKind,
    SessionLevel,
    TrainingSession,
)
from mhdesk.domain.unit import Unit, UnitLevel
from mhdesk.rules import training_days
from mhdesk.services import training
from mhdesk.services.demo.names import chance, full_name
from mhdesk.services.demo.places import Institution
from mhdesk.services.staff import role_name
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_THEMES = 5
_POLICE = 2
_MOST_VILLAGE_DOCTORS = 10
_HERE, _LEAVE = 0.93, 0.6
_COURSE_MONTH = 6
_PART = 7  # every so many went home after the first day
_RETRAINING = {2023: 5, 2024: 8, 2025: 6}  # 渝北卫健〔2023〕260号


def add(ledger: Ledger, places: Sequence[Institution], *, today: date) -> None:
    """Staff, this year's training and the 转岗 plan, in three transactions."""
    dice = random.Random(f"work/{places[0].name}/{len(places)}")
    units = {unit.name: unit for unit in ledger.find(Unit)}
    people = list(_people(dice, ledger, places, units, today))
    with ledger.change("staff.save") as change:
        ids = change.add_many(member for member, _ in people)
        change.add_many(replace(post, staff_id=who) for who, (_, post) in zip(ids, people, strict=True))
        change.add_many(
            Certificate(
                staff_id=who,
                name=text("demo.work.certificate"),
                number=f"2023{who:04d}",
                issued_on=date(today.year - 3, 5, 20),
                valid_until=today + timedelta(days=40 + 200 * place),
            )
            for place, (who, (_, post)) in enumerate(zip(ids, people, strict=True))
            if post.role == StaffRole.PREVENTION
        )
    training.plan_year(ledger, today.year)
    _hold(dice, ledger, list(zip(ids, people, strict=True)), today)
    _plan_retraining(ledger, list(zip(ids, people, strict=True)), units, today)


def _people(
    dice: random.Random, ledger: Ledger, places: Sequence[Institution], units: dict[str, Unit], today: date
) -> Iterator[tuple[StaffMember, StaffPost]]:
    started = date(today.year - 2, 3, 1)
    for place in places:
        unit_id = units[place.name].id if ledger.level == "district" else ledger.root_unit_id
        for number in range(int(place.staff)):
            person = _person(dice, cleared=started if number == 0 else None)
            yield person, _post(StaffRole.PREVENTION, unit_id, started, "demo.work.prevention")
        for _ in range(int(place.psychiatrists)):
            yield _person(dice), _post(StaffRole.PSYCHIATRIST, unit_id, started, "demo.work.psychiatrist")
        if ledger.level == "district":
            continue
        villages = [unit for unit in units.values() if unit.level == UnitLevel.VILLAGE][:_MOST_VILLAGE_DOCTORS]
        for village in villages:
            post = _post(StaffRole.VILLAGE_DOCTOR, village.id, started, "demo.work.village_doctor")
            yield _person(dice), post
            if chance(dice, 0.5):
                yield _person(dice), _post(StaffRole.GRID_WORKER, village.id, started, "demo.work.grid_worker")
        for _ in range(_POLICE):
            police = _post(StaffRole.POLICE, None, started, "demo.work.police")
            yield _person(dice), replace(police, workplace=text("demo.work.station", town=place.town))


def _person(dice: random.Random, cleared: date | None = None) -> StaffMember:
    name = full_name(dice, dice.choice("12"), dice.randint(1970, 1998)).text
    return StaffMember(name=name, phone=f"199{dice.randint(0, 99999999):08d}", cleared_on=cleared)


def _post(role: StaffRole, unit_id: int | None, started: date, position: str) -> StaffPost:
    return StaffPost(staff_id=0, role=role, unit_id=unit_id, fte=1.0, started_on=started, position=text(position))


def _hold(
    dice: random.Random,
    ledger: Ledger,
    people: Sequence[tuple[int, tuple[StaffMember, StaffPost]]],
    today: date,
) -> None:
    """Every month up to now has its training; the joint one of a quarter in its last month."""
    units = {unit.id: unit.name for unit in ledger.find(Unit)}
    level = SessionLevel.DISTRICT if ledger.level == "district" else SessionLevel.TOWNSHIP
    with ledger.change("training.attendance") as change:
        for session in ledger.find(TrainingSession):
            month = date.fromisoformat(f"{session.month}-01")
            day = month + timedelta(days=8 if session.kind == SessionKind.MONTHLY else 18)
            if day > today:
                continue
            is_back = month < today.replace(day=1)
            is_course = _is_course(session, month)
            theme = text(f"demo.work.theme_{month.month % _THEMES}")
            change.replace(
                replace(
                    session,
                    level=level,
                    held_on=day,
                    starts_at="9:00",
                    ends_at="16:30",
                    hours=12.0 if is_course else 6.0,
                    teacher=text("demo.work.teacher"),
                    content=theme,
                    place=text("demo.work.place"),
                    sheet_back_on=day + timedelta(days=2) if is_back else None,
                    ends_on=day + timedelta(days=1) if is_course else None,
                )
            )
            rows = _rows(dice, session, people, units, is_back=is_back)
            change.add_many(_by_days(rows) if is_course and is_back else rows)


def _is_course(session: TrainingSession, month: date) -> bool:
    """The joint training of the second quarter takes two days."""
    return session.kind == SessionKind.QUARTERLY_JOINT and month.month == _COURSE_MONTH


def _by_days(rows: Iterator[Attendance]) -> Iterator[Attendance]:
    """Some were there on the first day only."""
    for row in rows:
        is_part = row.presence == Presence.PRESENT and row.row % _PART == 0
        yield training_days.with_days(row, (Presence.PRESENT.value, Presence.LEAVE.value)) if is_part else row


def _rows(
    dice: random.Random,
    session: TrainingSession,
    people: Sequence[tuple[int, tuple[StaffMember, StaffPost]]],
    units: dict[int | None, str],
    *,
    is_back: bool,
) -> Iterator[Attendance]:
    joint = session.kind == SessionKind.QUARTERLY_JOINT
    outside = {StaffRole.POLICE, StaffRole.GRID_WORKER}
    invited = [one for one in people if joint or one[1][1].role not in outside]
    for row, (who, (member, post)) in enumerate(invited, start=1):
        is_here = chance(dice, _HERE)
        missed = Presence.LEAVE if chance(dice, _LEAVE) else Presence.ABSENT
        presence = (Presence.PRESENT if is_here else missed) if is_back else None
        yield Attendance(
            session_id=session.id or 0,
            row=row,
            staff_id=who,
            name=member.name,
            workplace=units.get(post.unit_id) or post.workplace,
            position=post.position or role_name(post.role),
            phone=member.phone,
            presence=presence.value if presence else None,
            theory=float(dice.randint(56, 98)) if is_back and is_here and not joint else None,
        )


def _plan_retraining(
    ledger: Ledger,
    people: Sequence[tuple[int, tuple[StaffMember, StaffPost]]],
    units: dict[str, Unit],
    today: date,
) -> None:
    """One doctor of the township, or the district's plan of 5, 8 and 6."""
    clinics = [unit for unit in units.values() if unit.level == UnitLevel.INSTITUTION and unit.id is not None]
    doctors = [who for who, (_, post) in people if post.role == StaffRole.PSYCHIATRIST]
    with ledger.change("retraining.quota") as change:
        if ledger.level == "district":
            at = iter(clinics * 2)
            change.add_many(
                RetrainingQuota(year=year, unit_id=next(at).id or 0, quota=1, source=text("demo.source"))
                for year, quota in _RETRAINING.items()
                for _ in range(quota)
            )
        else:
            change.add(RetrainingQuota(year=2025, unit_id=ledger.root_unit_id, quota=1, source=text("demo.source")))
        for who in doctors[:1]:
            change.add(
                Retrainee(
                    staff_id=who,
                    unit_id=ledger.root_unit_id if ledger.level != "district" else clinics[0].id or 0,
                    year=2025,
                    stage=RetrainingStage.LICENSED,
                    stage_on=min(today, date(2025, 12, 20)),
                )
            )
