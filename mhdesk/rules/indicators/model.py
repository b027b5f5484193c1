"""What an indicator is: which statuses it counts, and among which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mhdesk.rules.judge import Course, Person
from mhdesk.rules.terms import Terms

Predicate = Callable[[Course, Terms], bool]
PersonPredicate = Callable[[Person], bool]


class Kind(StrEnum):
    """What the number is and how it is printed."""

    COUNT = "count"  # people
    TIMES = "times"  # 人次: records about people, each counted
    PERCENT = "percent"  # people of people
    PERMILLE = "permille"  # people per 1000 inhabitants
    POPULATION_PERCENT = "population_percent"  # the same per 100
    ESTIMATE = "estimate"  # people of the number estimated from the inhabitants
    FIGURE = "figure"  # a figure of the unit's year: staff
    ONE_TO_N = "one_to_n"  # staff to people on the register, printed as 1/N
    PER_100K = "per_100k"  # a figure of the unit's year per 100,000 inhabitants


#: Numbers without a divisor.
PLAIN = (Kind.COUNT, Kind.TIMES, Kind.FIGURE)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. Its words stand in the texts, table ``indicator.<id>``.

    `counts`: the people of the numerator (of the denominator for `Kind.ONE_TO_N`); `person` says the same where only
    the file decides. `among`: the people of the denominator. `figure`: the field of `mhdesk.domain.unit.UnitYear` that
    is the numerator. `record`: the kind of record counted by `Kind.TIMES` (`mhdesk.rules.facts.PatientFacts.records`),
    within the period, or within the year where `span` is "year".
    """

    id: str
    kind: Kind = Kind.COUNT
    counts: Predicate | None = None
    among: Predicate | None = None
    person: PersonPredicate | None = None
    figure: str = ""
    record: str = ""
    span: str = "period"


Table = Sequence[Indicator]


def of_register(choice: str, status: Course) -> bool:
    """The denominator a rule set chose: "R" 在册, "M" 在管."""
    return status.managed if choice == "M" else status.in_base
