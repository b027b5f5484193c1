"""One drug line of 用药情况 or 用药指导 as words and numbers for its template."""

from __future__ import annotations

from typing import Protocol

from mhdesk.domain.codes import code_list
from mhdesk.domain.follow_up import DrugLine
from mhdesk.reports.paper.template import number
from mhdesk.text import text

_AMOUNTS = ("times", "dose", "total_dose", "morning", "noon", "night", "interval_weeks")


class _Column(Protocol):
    @property
    def key(self) -> str: ...


def values(drug: DrugLine | None, item: object) -> dict[str, object]:
    """Values by template key. `item` is the drug table of the form: what its columns leave out goes into ``rest``."""
    unit, period = "mg", text("paper.drug.period")
    if drug is None:
        return {"unit": unit, "period": period}
    if drug.dose_unit:
        unit = code_list("dose_unit").label(drug.dose_unit) if _is_unit(drug.dose_unit) else drug.dose_unit
    if drug.period in code_list("drug_period").codes:
        period = code_list("drug_period").label(str(drug.period))
    columns: tuple[_Column, ...] = getattr(item, "columns", ())
    printed = {column.key for column in columns}
    found: dict[str, object] = {
        "drug": " ".join(part for part in (drug.drug_name, drug.specification) if part),
        "unit": unit,
        "period": period,
        "rest": text("paper.drug.rest", words=rest) if (rest := _rest(drug, printed, unit, period)) else "",
    }
    return found | {key: number(amount) for key in _AMOUNTS if (amount := getattr(drug, key)) is not None}


def summary(drug: DrugLine) -> str:
    """A line short enough for a list: ``奥氮平 每日10mg``."""
    unit = drug.dose_unit or "mg"
    period = code_list("drug_period").label(drug.period) if drug.period in code_list("drug_period").codes else ""
    return " ".join(part for part in (drug.drug_name, _rest(drug, set(), unit, period)) if part)


def _rest(drug: DrugLine, printed: set[str], unit: str, period: str) -> str:
    """What is known of a drug and has no place on this edition of the form, in words."""
    parts = []
    for key in _AMOUNTS:
        amount = getattr(drug, key)
        if amount is not None and key not in printed:
            parts.append(text(f"paper.drug.{key}", amount=number(amount), unit=unit, period=period))
    return "，".join(parts)


def _is_unit(unit: str) -> bool:
    return unit in code_list("dose_unit").codes
