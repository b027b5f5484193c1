"""An encrypted ledger with any number of invented people and visits, made quickly: the visits by one statement."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import text

from db.keys import Kdf
from db.ledger import Ledger
from db.schema import follow_up
from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Patient
from mhdesk.domain.unit import Unit, UnitLevel
from mhdesk.services import patients as register

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
LOGIN, PASSWORD = "wang", "Longhua-2026-lamp"
VILLAGES = 30
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗单仇解查曾"
GIVEN = "建国秀英伟芳敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英䶮㛃"

# Visit n of a patient was n times 45 days ago; classes, risks and adherence are spread by number.
_VISITS = """
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :visits)
    INSERT INTO follow_up ({columns})
    SELECT {values} FROM follow_up AS sheet, patient, number WHERE sheet.id = 1 ORDER BY patient.id, number.n
"""
_VARIED = {
    "id": "NULL",
    "uuid": "lower(hex(randomblob(16)))",
    "patient_id": "patient.id",
    "visit_date": "date('2026-11-20', '-' || ((number.n - 1) * 45 + patient.id % 60) || ' days')",
    "visit_class": "CAST(1 + (patient.id * 7 + number.n) % 3 AS TEXT)",
    "risk_level": "CAST((patient.id + number.n) % 6 AS TEXT)",
    "adherence": "CAST(1 + (patient.id + number.n * 3) % 3 AS TEXT)",
}


def empty(folder: Path, unit_name: str = "龙华街道社区卫生服务中心") -> Ledger:
    """A new, open ledger with nobody in it. Its password is cheap to check: that is not what is measured."""
    ledger, _code = Ledger.create(
        folder,
        unit_name=unit_name,
        level="township",
        login=LOGIN,
        user_name="王敏",
        password=PASSWORD,
        now=lambda: NOW,
        kdf=Kdf(memory_kib=64, iterations=1, lanes=1),
    )
    return ledger


def make(folder: Path, *, people: int, visits: int) -> Ledger:
    """A new, open ledger with `people` on the register and `visits` sheets each."""
    ledger = empty(folder)
    with ledger.change("bench.fill") as change:
        names = [f"第{number}村" for number in range(1, VILLAGES + 1)]
        villages = change.add_many(
            [Unit(name=name, level=UnitLevel.VILLAGE, parent_id=ledger.root_unit_id) for name in names]
        )
        records = [_person(number, villages[number % VILLAGES]) for number in range(people)]
        ids = change.add_many(records)
        register.write_haystacks(change, dict(zip(ids, records, strict=True)))
        if visits:
            change.add(_sheet(ids[0]))
            columns = [column.name for column in follow_up.columns]
            values = [_VARIED.get(name, f"sheet.{name}") for name in columns]
            statement = _VISITS.format(columns=", ".join(columns), values=", ".join(values))
            change.connection.execute(text(statement), {"visits": visits})
            change.connection.execute(text("DELETE FROM follow_up WHERE id = 1"))
    return ledger


def _person(number: int, village: int) -> Patient:
    given = "建国" if number % 40 == 0 else GIVEN[number % 23] + GIVEN[(number * 7 + 3) % len(GIVEN)]
    name = SURNAMES[number % len(SURNAMES)] + given
    born = date(1940 + number % 60, 1 + number % 12, 1 + number % 28)
    return Patient(
        name=name,
        id_number=f"999999{born:%Y%m%d}{number % 10000:04}",
        sex=str(1 + number % 2),
        birth_date=PartialDate(born.year, born.month, born.day),
        unit_id=village,
        registered_on=date(2015 + number % 8, 3, 1),
        diagnosis="1",
        guardian_name=f"{name[0]}秀英",
        guardian_phone=f"199{number:08}",
    )


def _sheet(patient_id: int) -> FollowUp:
    return FollowUp(
        patient_id=patient_id,
        visit_date=TODAY,
        visit_form="1",
        risk_level="0",
        symptoms=("1", "3"),
        insight="1",
        sleep="1",
        diet="1",
        self_care="1",
        adherence="1",
        treatment_effect="2",
        visit_class="3",
        next_visit_date=date(2027, 2, 20),
        doctor_name="王敏",
    )
