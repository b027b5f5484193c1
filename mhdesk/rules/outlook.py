"""Looking ahead: what a rate will be at the end of a quarter or year if nobody is visited, and if everybody is.

There is no second definition here: every question is put to the judge of the rule set, with visits that have not
happened yet added to somebody's facts. A visit yet to come is a home visit to the patient in person, with the class,
risk and medication of the last one: nobody can know more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mhdesk.domain.dates import DateRange
from mhdesk.domain.follow_up import VisitForm
from mhdesk.rules.facts import PatientFacts, Visit
from mhdesk.rules.indicators.explain import reason
from mhdesk.rules.indicators.registry import find
from mhdesk.rules.judge import Frame, Judge
from mhdesk.rules.rollup import Period
from mhdesk.rules.ruleset import RuleSet
from mhdesk.rules.targets import Target

#: Rates a visit alone can bring forward.
INDICATORS = ("standard_management_rate", "face_to_face_rate", "management_rate")
_DENSE_DAYS = 7  # shorter than any interval a rule set asks for: visits so close break nothing by their distance
_MOST_VISITS = 60  # of one person until the horizon


class Chance(StrEnum):
    """What can be said of one person."""

    SAFE = "safe"  # counts even if nobody goes
    NEEDED = "needed"  # counts if visited in time
    BROKEN = "broken"  # cannot count any more in this period


@dataclass(frozen=True, slots=True)
class Prospect:
    """One person: by when the next visit must happen, and how many visits are needed until the horizon."""

    id: int
    unit_id: int | None
    chance: Chance
    deadlines: Sequence[int] = ()  # ordinals, one a visit, each the latest day that still works
    why: str = ""
    is_in_base_already: bool = True  # in the denominator without a visit, too
    last_day: int = 0
    in_hospital: bool = False
    lost: bool = False

    @property
    def deadline(self) -> int:
        """The day of the next visit, 0 when none is needed."""
        return self.deadlines[0] if self.deadlines else 0


@dataclass(frozen=True, slots=True)
class Outlook:
    """The countdown of one rate. Counts are people."""

    indicator: str
    horizon: date  # the last day that counts
    today: date
    none_numerator: int
    none_denominator: int
    all_numerator: int
    all_denominator: int
    target: Target | None
    people: Sequence[Prospect]
    fewest: Sequence[int] = ()  # ids: visiting these reaches the target with the fewest visits
    is_reachable: bool = True

    @property
    def days_left(self) -> int:
        """Days until the horizon, today not counted."""
        return (self.horizon - self.today).days

    @property
    def needed(self) -> list[Prospect]:
        """Who must be visited, the earliest deadline first."""
        found = [one for one in self.people if one.chance is Chance.NEEDED]
        return sorted(found, key=lambda one: (one.deadline, len(one.deadlines), one.id))


def look_ahead(
    people: Iterable[PatientFacts],
    *,
    indicator: str,
    period: Period,
    today: date,
    rules: RuleSet,
    target: Target | None = None,
) -> Outlook:
    """The outlook of everybody at the end of `period`. `people` are facts as of today; `target` in force."""
    horizon = _Horizon(indicator, period, today, rules)
    found = [one for facts in people if (one := horizon.prospect(facts)) is not None]
    safe = sum(one.chance is Chance.SAFE for one in found)
    needed = [one for one in found if one.chance is Chance.NEEDED]
    base = sum(one.is_in_base_already for one in found)
    chosen, is_reachable = _fewest(needed, safe, base, target)
    return Outlook(
        indicator=indicator,
        horizon=horizon.last,
        today=today,
        none_numerator=safe,
        none_denominator=base,
        all_numerator=safe + len(needed),
        all_denominator=base + sum(not one.is_in_base_already for one in needed),
        target=target,
        people=found,
        fewest=[one.id for one in chosen],
        is_reachable=is_reachable,
    )


class _Horizon:
    """Judges everybody as of the period's last day."""

    def __init__(self, indicator: str, period: Period, today: date, rules: RuleSet) -> None:
        whole = find(indicator)
        if whole.counts is None or whole.among is None:
            raise ValueError(indicator)
        self._counts, self._among = whole.counts, whole.among
        self.indicator, self.terms = indicator, rules.terms
        self.frame = Frame.of(DateRange(period.start, period.end), rules)
        self.judge = Judge(rules, self.frame)
        self.last = date.fromordinal(self.frame.last_day)
        self.first_day = today.toordinal()

    def prospect(self, facts: PatientFacts) -> Prospect | None:
        """What can be said of one person; None for whom the rate is not about, visited or not."""
        in_base, counts = self._judged(facts, ())
        about = (facts.id, facts.unit_id)
        if counts:
            return Prospect(*about, Chance.SAFE, last_day=_last_day(facts))
        dense = self._dense(facts, self.first_day)
        reachable_base, reachable = self._judged(facts, dense)
        if not in_base and not reachable_base:
            return None
        if not reachable:
            why = reason(self.indicator, facts, self.judge)
            return Prospect(*about, Chance.BROKEN, (), why, in_base, _last_day(facts), facts.in_hospital, facts.lost)
        return Prospect(
            *about,
            Chance.NEEDED,
            self._deadlines(facts),
            reason(self.indicator, facts, self.judge),
            in_base,
            _last_day(facts),
            facts.in_hospital,
            facts.lost,
        )

    def _judged(self, facts: PatientFacts, visits: Sequence[Visit]) -> tuple[bool, bool]:
        """Whether the person is in the denominator, and in the numerator, with these visits still to come."""
        status = self.judge.status(_with(facts, visits) if visits else facts)
        if status is None:
            return False, False
        return self._among(status.course, self.terms), self._counts(status.course, self.terms)

    def _dense(self, facts: PatientFacts, first: int) -> list[Visit]:
        """Visits from `first` on, so close that none is too late after the one before; the last on the last day."""
        days = [*range(first, self.frame.last_day, _DENSE_DAYS), self.frame.last_day]
        return [_visit(facts, day) for day in days if day >= first]

    def _deadlines(self, facts: PatientFacts) -> list[int]:
        """The latest day of each visit, one after the other, until the person counts without another one.

        Each is found by halving: the later the next visit, the sooner something breaks. Taking each as late as it can
        be is what needs the fewest.
        """
        found: list[Visit] = []
        first = self.first_day
        while len(found) < _MOST_VISITS:
            low, high = first, self.frame.last_day
            while low < high:
                middle = (low + high + 1) // 2
                if self._judged(facts, [*found, *self._dense(facts, middle)])[1]:
                    low = middle
                else:
                    high = middle - 1
            found.append(_visit(facts, low))
            if self._judged(facts, found)[1] or low >= self.frame.last_day:
                break
            first = low + 1
        return [visit.day for visit in found]


def _fewest(needed: Sequence[Prospect], safe: int, base: int, target: Target | None) -> tuple[list[Prospect], bool]:
    """The people whose visits reach the target with the fewest visits, and whether it can be reached at all.

    Who costs few visits and is in the denominator anyway comes first; among equals who can wait longest.
    """
    if target is None:
        return [], True
    chosen: list[Prospect] = []
    numerator, denominator = safe, base
    order = sorted(needed, key=lambda one: (len(one.deadlines), not one.is_in_base_already, -one.deadline, one.id))
    for one in order:
        if _reaches(numerator, denominator, target):
            break
        chosen.append(one)
        numerator, denominator = numerator + 1, denominator + (not one.is_in_base_already)
    return chosen, _reaches(numerator, denominator, target)


def _reaches(numerator: int, denominator: int, target: Target) -> bool:
    return not denominator or bool(target.is_reached(numerator / denominator))


def _last_day(facts: PatientFacts) -> int:
    return facts.last.day if facts.last else 0


def _visit(facts: PatientFacts, day: int) -> Visit:
    """A visit still to come."""
    on, last = date.fromordinal(day), facts.last
    return Visit(
        day=day,
        month=on.year * 12 + on.month - 1,
        complete=True,
        lost=False,
        form=VisitForm.HOME.value,
        saw_patient=True,
        risk=(last.risk if last else None) or "0",
        visit_class=last.visit_class if last else None,
        adherence=last.adherence if last else None,
        laboratory=True,
    )


def _with(facts: PatientFacts, visits: Sequence[Visit]) -> PatientFacts:
    return facts._replace(visits=[*facts.visits, *visits], last=visits[-1], lost_day=0)
