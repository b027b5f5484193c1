"""A held year of 200 invented people: the medication rates in every variant, beside a slow script on the bare rows."""

from __future__ import annotations

import calendar
import itertools
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

from db.ledger import Ledger
from mhdesk.domain.account import DataOverride
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.services import rollups

PEOPLE = 200
YEAR = 2025
LAST = date(YEAR, 12, 31)
RATES = (
    "medication_rate",
    "regular_medication_rate",
    "schizophrenia_medication_rate",
    "schizophrenia_regular_medication_rate",
)


class Variant(NamedTuple):
    """How the rates are defined."""

    regular: str
    register: str
    denominator: str
    code_4: str
    window: str = "year"
    hospital: bool = True

    def file(self, number: int) -> str:
        """The rule set as a district would write it."""
        values = {
            "register": self.register,
            "medication_denominator": self.denominator,
            "regular_denominator": self.denominator,
            "schizophrenia_denominator": self.denominator,
            "code_4": self.code_4,
            "medication_window": self.window,
        }
        lines = [
            f'{key} = {{ value = "{value}", mark = "assumption", source = "本例" }}' for key, value in values.items()
        ]
        counted = "true" if self.hospital else "false"
        lines.append(f'hospitalised_counted = {{ value = {counted}, mark = "assumption", source = "本例" }}')
        head = [f'id = "HELD{number}"', 'based_on = "SC2017"', 'name = "本例"', 'version = "1"', 'source = "本例"']
        return "\n".join([*head, f'regular = "{self.regular}"', "[parameters]", *lines])


VARIANTS = [
    *(
        Variant(*choice)
        for choice in itertools.product(("RM-ALL", "RM-LAST"), ("R1", "R2"), ("R", "M"), ("counted", "excluded"))
    ),
    Variant("RM-ALL", "R3", "R", "not_counted"),
    Variant("RM-LAST", "R1", "M", "not_counted"),
    Variant("RM-ALL", "R1", "R", "counted", "three_months"),
    Variant("RM-ALL", "R1", "R", "excluded", "latest"),
    Variant("RM-ALL", "R1", "R", "counted", "year", False),
]


def invent(dice: random.Random) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """One person, the sheets, how the register was left."""
    came = dice.choice([None, date(YEAR - 2, 3, 1), date(YEAR, 1, 1) + timedelta(days=dice.randrange(400))])
    left = date(YEAR - 1, 7, 1) + timedelta(days=dice.randrange(640)) if dice.random() < 0.2 else None
    moves: list[dict[str, Any]] = (
        [{"kind": dice.choice(["died", "moved_out"]), "happened_on": left}]
        if left and (not came or left > came)
        else []
    )
    day, sheets = (came or date(YEAR - 1, 6, 1)) + timedelta(days=dice.randrange(60)), []
    habit = dice.choice(["1", "1", "1", "4", "mixed", "mixed"])
    while day <= date(YEAR + 1, 2, 1) and not (moves and day > moves[0]["happened_on"]) and dice.random() < 0.93:
        adherence = habit if habit != "mixed" else dice.choice(["1", "1", "2", "3", "4", None])
        sheet = {"visit_date": day, "adherence": adherence, "risk_level": dice.choice(["0", "0", "1", None])}
        sheet |= {"hospitalization": dice.choice(["0", "0", "0", "0", "1"]), "lost_reason": None}
        if dice.random() < 0.05:
            sheet |= {"lost_reason": "3", "adherence": None, "risk_level": None, "hospitalization": None}
        sheets.append(sheet)
        day += timedelta(days=dice.choice([14, 30, 60, 85, 92, 120]))
    return {"registered_on": came, "diagnosis": dice.choice(["1", "1", "1", "4"])}, sheets, moves


@pytest.fixture
def held(ledger: Ledger) -> Ledger:
    dice = random.Random(4)
    with ledger.change("test") as change:
        for serial in range(PEOPLE):
            who, sheets, moves = invent(dice)
            one = change.add(Patient(name=f"张{serial}", unit_id=ledger.root_unit_id, **who))
            change.add_many(FollowUp(patient_id=one, **sheet) for sheet in sheets)
            change.add_many(Movement(patient_id=one, **move) for move in moves)
    return ledger


# ---------------------------------------------------------------- the slow script: bare rows, nothing of the program


def months_before(day: date, months: int) -> date:
    place = day.year * 12 + day.month - 1 - months
    year, month = divmod(place, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def shares(rows: dict[str, list[Any]], variant: Variant) -> dict[str, tuple[int, int]]:
    """Numerator and denominator of each rate."""
    found = dict.fromkeys(RATES, (0, 0))
    for patient_id, registered_on, diagnosis in rows["patient"]:
        sheets = [row[1:] for row in rows["follow_up"] if row[0] == patient_id]
        moves = [row[1:] for row in rows["movement"] if row[0] == patient_id]
        answers = list(one_person(registered_on, sheets, moves, variant))
        for name, (above, below) in zip(RATES[:2], answers, strict=True):
            found[name] = (found[name][0] + above, found[name][1] + below)
            if diagnosis == "1":
                kept = found[f"schizophrenia_{name}"]
                found[f"schizophrenia_{name}"] = (kept[0] + above, kept[1] + below)
    return found


def one_person(
    registered_on: str | None, sheets: Sequence[Any], moves: Sequence[Any], variant: Variant
) -> Iterator[tuple[int, int]]:
    """(numerator, denominator) of 服药率 and of 规律服药率."""
    left = [kind_day for kind_day in moves if kind_day[1] <= LAST.isoformat()]
    known = registered_on is None or registered_on <= LAST.isoformat()
    here = known and not left
    in_base = here
    if variant.register == "R2":
        in_base = here or (known and any(kind == "died" and day >= f"{YEAR}-01-01" for kind, day in left))
    if variant.register == "R3":
        in_base = known and all(day >= f"{YEAR}-01-01" for _, day in left)
    complete = sorted(
        (day, adherence, stay)
        for day, adherence, stay, risk, lost in sheets
        if not lost and (risk is not None or stay == "1") and f"{YEAR}-01-01" <= day <= LAST.isoformat()
    )
    managed = in_base and bool(complete)
    below = managed if variant.denominator == "M" else in_base
    if not managed:
        yield 0, int(below)
        yield 0, int(below)
        return
    _, adherence, stay = complete[-1]
    if variant.code_4 == "excluded" and adherence == "4" and stay != "1":
        yield 0, 0
        yield 0, 0
        return
    takes = stay == "1" or adherence in ("1", "2") or (variant.code_4 == "counted" and adherence == "4")
    good = {"1"} if variant.code_4 == "not_counted" else {"1", "4"}
    asked = complete
    if variant.window == "three_months":
        asked = [one for one in complete if one[0] >= months_before(LAST + timedelta(days=1), 3).isoformat()]
    if variant.window == "latest" or variant.regular == "RM-LAST":
        asked = asked[-1:]
    regular = bool(asked) and all(code in good or (variant.hospital and bed == "1") for _, code, bed in asked)
    yield int(takes), int(below)
    yield int(regular), int(below)


def test_the_rates_of_a_held_year_in_every_variant(held: Ledger) -> None:
    with held.change("test") as change:
        for number, variant in enumerate(VARIANTS):
            change.add(DataOverride(path=f"rules/held{number}.toml", content=variant.file(number), origin="本例"))
    with held.raw() as raw:
        rows = {
            "patient": raw.execute("SELECT id, registered_on, diagnosis FROM patient").fetchall(),
            "follow_up": raw.execute(
                "SELECT patient_id, visit_date, adherence, hospitalization, risk_level, lost_reason FROM follow_up"
            ).fetchall(),
            "movement": raw.execute("SELECT patient_id, kind, happened_on FROM movement").fetchall(),
        }
    seen = set()
    for number, variant in enumerate(VARIANTS):
        after = date(YEAR + 1, 2, 10)
        total = rollups.build(held, period="annual", on=LAST, rules=f"HELD{number}", today=after).total
        wanted = shares(rows, variant)
        assert {name: (total[name].numerator, total[name].denominator) for name in RATES} == wanted, variant
        assert all(0 < above < below for above, below in wanted.values())
        seen.add(wanted["regular_medication_rate"])
    assert len(seen) > len(VARIANTS) // 2  # the variants do differ
