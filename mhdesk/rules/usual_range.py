"""Whether a dose lies above the usual range of the drug dictionary: a question to whoever typed it, never advice.

Only what can be compared is compared: a known drug, milligrams (or the dictionary's own unit), the dictionary's own
period. Tablets of an unknown strength, or a weekly dose of a drug measured by the day, raise no question.
"""

from __future__ import annotations

from typing import NamedTuple

from mhdesk.domain.drugs import Book, Drug
from mhdesk.domain.follow_up import DrugLine

MILLIGRAMS = "mg"
_OF_GRAMS = {"g": 1000.0}
_YES = "2"


class Above(NamedTuple):
    """A dose above the range: in the drug's own unit, per what, and the range it is above."""

    drug: Drug
    dose: float

    @property
    def params(self) -> dict[str, object]:
        """What fills the sentence."""
        drug = self.drug
        return {
            "drug": drug.generic,
            "dose": f"{self.dose:g}{drug.unit}",
            "range": f"{drug.low:g}–{drug.highest:g}{drug.unit}",
            "per": drug.per,
        }


def above(book: Book, name: str, dose: float | None, unit: str | None, *, per: str) -> Above | None:
    """The question a dose `per` "day", "week" or "injection" raises, if any; None also where nothing can be said."""
    drug = book.find(name)
    if drug is None or dose is None or drug.per != per:
        return None
    own = in_unit(dose, unit, drug)
    return Above(drug, own) if own is not None and own > drug.highest else None


def in_unit(dose: float, unit: str | None, drug: Drug) -> float | None:
    """A dose in the drug's own unit; an unnamed unit is that of the printed form, milligrams. None: not comparable."""
    plain = (unit or MILLIGRAMS).lower()
    if plain == drug.unit.lower():
        return dose
    return dose * _OF_GRAMS[plain] if plain in _OF_GRAMS and drug.unit.lower() == MILLIGRAMS else None


def above_of_line(book: Book, line: DrugLine) -> Above | None:
    """The question a drug line of a follow-up raises."""
    drug = book.find(line.drug_name)
    if drug is None:
        return None
    dose = line.dose or line.total_dose if drug.per == "injection" else _of_period(line, drug.per)
    if drug.per == "injection" and line.long_acting != _YES and not line.interval_weeks:
        return None
    if drug.per == "injection" and line.dose is None and line.period:
        return None  # a month's total says nothing about one injection
    return above(book, line.drug_name, dose, line.dose_unit, per=drug.per)


def _of_period(line: DrugLine, per: str) -> float | None:
    """What is taken in a day or a week, as far as the line says so."""
    by_time = [one for one in (line.morning, line.noon, line.night) if one is not None]
    if by_time and per == "day":
        return sum(by_time)
    if line.period != per:
        return None
    if line.total_dose is not None:
        return line.total_dose
    return line.dose * line.times if line.dose is not None and line.times is not None else None
