"""Invented prescriptions in the 2018 style: 用药情况 with the day's dose, 用药指导 with morning, noon and night."""

from __future__ import annotations

import random
from typing import NamedTuple

from mhdesk.domain.follow_up import DrugLine
from mhdesk.services.demo.names import chance
from mhdesk.services.demo.people import course_data

_CURRENT, _GUIDANCE = "current", "guidance"
_YES = "2"


class Dose(NamedTuple):
    """One drug as somebody takes it; `weeks` 0 means daily, else the interval of a depot injection."""

    name: str
    specification: str
    unit_mg: float
    total_mg: float
    weeks: int = 0


def prescription(dice: random.Random, diagnosis: str, *, is_needed: bool) -> tuple[Dose, ...]:
    """What somebody with that diagnosis takes; unless `is_needed`, empty for the few whose doctor says 勿需用药."""
    drugs = course_data()["drugs"]
    if chance(dice, 0.03) and not is_needed:
        return ()
    if "癫痫" in diagnosis:
        return (_daily(dice, drugs["epilepsy"]), _daily(dice, drugs["daily"]))
    if "双相" in diagnosis:
        return (_daily(dice, drugs["mood"]), _daily(dice, drugs["daily"]))
    if chance(dice, drugs["long_acting_share"]):
        name, specification, milligrams, weeks = dice.choice(drugs["long_acting"])
        return (Dose(name, specification, milligrams, milligrams, weeks),)
    found = (_daily(dice, drugs["daily"]),)
    return (*found, _daily(dice, drugs["adjunct"])) if chance(dice, 0.15) else found


def drug_lines(doses: tuple[Dose, ...], *, taking: bool) -> tuple[DrugLine, ...]:
    """The lines of both drug blocks of the sheet; without 用药情况 when nothing is taken."""
    current = tuple(_current(dose) for dose in doses) if taking else ()
    return current + tuple(_guidance(dose) for dose in doses)


def _daily(dice: random.Random, table: list[list[object]]) -> Dose:
    name, specification, unit, totals = dice.choice(table)
    assert isinstance(totals, list)  # noqa: S101 - the table's shape
    assert isinstance(unit, int)  # noqa: S101
    return Dose(str(name), str(specification), float(unit), float(dice.choice(totals)))


def _current(dose: Dose) -> DrugLine:
    if dose.weeks:
        monthly = dose.total_mg * 4 / dose.weeks
        return DrugLine(
            purpose=_CURRENT,
            drug_name=dose.name,
            specification=dose.specification,
            period="month",
            total_dose=monthly,
            long_acting=_YES,
        )
    return DrugLine(
        purpose=_CURRENT,
        drug_name=dose.name,
        specification=dose.specification,
        period="day",
        total_dose=dose.total_mg,
    )


def _guidance(dose: Dose) -> DrugLine:
    if dose.weeks:
        return DrugLine(
            purpose=_GUIDANCE,
            drug_name=dose.name,
            specification=dose.specification,
            long_acting=_YES,
            interval_weeks=float(dose.weeks),
            dose=dose.total_mg,
        )
    tablets = round(dose.total_mg / dose.unit_mg)
    morning = tablets // 2 * dose.unit_mg
    return DrugLine(
        purpose=_GUIDANCE,
        drug_name=dose.name,
        specification=dose.specification,
        morning=morning or None,
        night=dose.total_mg - morning,
    )
