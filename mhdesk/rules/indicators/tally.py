"""Counts people into cells, each with its members: one pass, each indicator asked once per distinct status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from mhdesk.rules.facts import PatientFacts
from mhdesk.rules.indicators.model import PLAIN, Indicator, Kind
from mhdesk.rules.indicators.registry import INDICATORS
from mhdesk.rules.judge import Course, Frame, Judge, Person
from mhdesk.rules.terms import Terms

Number = int | float


class Members(Sequence[int]):
    """The ids behind a number, in order; put together only when somebody asks."""

    def __init__(self, groups: Sequence[Sequence[int]]) -> None:
        self._groups = groups
        self._length = sum(map(len, groups))

    @cached_property
    def _ids(self) -> list[int]:
        return sorted(member for group in self._groups for member in group)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> list[int]: ...
    def __getitem__(self, index: int | slice) -> int | list[int]:
        return self._ids[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self._ids))


NOBODY = Members(())


@dataclass(frozen=True, slots=True)
class IndicatorResult:
    """One number. `denominator` is None for counts and figures, and where the divisor is not known."""

    indicator: str
    kind: Kind
    numerator: Number | None
    denominator: Number | None = None
    numerator_ids: Members = NOBODY
    denominator_ids: Members = NOBODY

    @property
    def value(self) -> Number | None:
        """Count or plain ratio (0.9265; people per inhabitant; staff per person). None: nothing to divide by."""
        if self.kind in PLAIN:
            return self.numerator
        if self.numerator is None or not self.denominator:
            return None
        return self.numerator / self.denominator

    @property
    def gap_ids(self) -> list[int]:
        """Who is in the denominator but not in the numerator."""
        counted = set(self.numerator_ids)
        return [member for member in self.denominator_ids if member not in counted]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a unit's year says; None where nobody wrote it down."""

    population: int | None = None
    staff_fte: float | None = None
    psychiatrists: float | None = None
    training_sessions: int | None = None  # of the period, not of the year
    training_attendances: int | None = None

    def of(self, field: str) -> float | None:
        """The figure named `field`."""
        found: float | None = getattr(self, field) if field else None
        return found


NO_FIGURES = Figures()


class Tally:
    """People by row (a unit's id) and by mask. Bit 2k: numerator of indicator k; bit 2k+1: its denominator."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._order = tuple(INDICATORS.values())
        self._index = {indicator.id: 2 * place for place, indicator in enumerate(self._order)}
        self._courses: dict[Course, int] = {}
        self._persons: dict[Person, int] = {}
        self._rows: dict[int, dict[int, list[int]]] = {}
        self._recorded = [indicator for indicator in self._order if indicator.record]
        self._times: dict[tuple[int, str], list[int]] = {}  # (row, indicator) -> ids, one for each record
        self._sides: dict[int, dict[int, list[list[int]]]] = {}  # row -> bit -> groups of ids

    def course_mask(self, course: Course) -> int:
        """The sides of indicators a course stands in."""
        mask = self._courses.get(course)
        if mask is None:
            mask = 0
            for place, indicator in enumerate(self._order):
                if indicator.counts is not None and indicator.counts(course, self._terms):
                    mask |= 1 << 2 * place
                if indicator.among is not None and indicator.among(course, self._terms):
                    mask |= 2 << 2 * place
            self._courses[course] = mask
        return mask

    def person_mask(self, person: Person) -> int:
        """The sides of indicators that only the file decides."""
        mask = self._persons.get(person)
        if mask is None:
            mask = 0
            for place, indicator in enumerate(self._order):
                if indicator.person is not None and indicator.person(person):
                    mask |= 1 << 2 * place
            self._persons[person] = mask
        return mask

    def add_all(
        self,
        people: Iterable[PatientFacts],
        judge: Judge,
        row_of: Mapping[int | None, int],
        group: Callable[[PatientFacts], int] | None = None,
    ) -> None:
        """Count everybody. `row_of` says which row a unit's people are counted in; `group` says it instead."""
        courses, persons, rows, status_of = self._courses, self._persons, self._rows, judge.status
        for facts in people:
            status = status_of(facts)
            if status is None:
                continue
            course, person = status
            mask = courses.get(course)
            if mask is None:
                mask = self.course_mask(course)
            file_mask = persons.get(person)
            if file_mask is None:
                file_mask = self.person_mask(person)
            mask |= file_mask
            row_id = row_of[facts.unit_id] if group is None else group(facts)
            if facts.records:
                self._add_times(facts, judge.frame, row_id)
            row = rows.setdefault(row_id, {})
            if mask in row:
                row[mask].append(facts.id)
            else:
                row[mask] = [facts.id]
        self._sides.clear()

    def _add_times(self, facts: PatientFacts, frame: Frame, row: int) -> None:
        for indicator in self._recorded:
            first = frame.start if indicator.span == "period" else frame.year_start
            number = sum(first <= day < frame.end for day in facts.records.get(indicator.record, ()))
            if number:
                self._times.setdefault((row, indicator.id), []).extend([facts.id] * number)

    @property
    def rows(self) -> list[int]:
        """The rows in which anybody is counted."""
        return sorted(self._rows)

    def result(self, indicator: Indicator, rows: Sequence[int], figures: Figures) -> IndicatorResult:
        """The indicator over one row, or over several for a total: sums, never averages."""
        kind, bit, figure = indicator.kind, self._index[indicator.id], figures.of(indicator.figure)
        if kind is Kind.TIMES:
            ids = [member for row in rows for member in self._times.get((row, indicator.id), ())]
            return IndicatorResult(indicator.id, kind, len(ids), None, Members([sorted(set(ids))]))
        if kind is Kind.ONE_TO_N:
            people = self._members(rows, bit)
            return IndicatorResult(indicator.id, kind, figure, len(people), NOBODY, people)
        if kind in (Kind.PER_100K, Kind.FIGURE):
            return IndicatorResult(indicator.id, kind, figure, figures.population if kind is Kind.PER_100K else None)
        numerator = self._members(rows, bit)
        if kind is Kind.PERCENT:
            among = self._members(rows, bit + 1)
            return IndicatorResult(indicator.id, kind, len(numerator), len(among), numerator, among)
        return IndicatorResult(indicator.id, kind, len(numerator), self._divisor(kind, figures.population), numerator)

    def _divisor(self, kind: Kind, population: int | None) -> Number | None:
        """What people are divided by where that is no people: inhabitants, or those estimated from them."""
        if kind is Kind.ESTIMATE:
            return self._estimated(population)
        return None if kind is Kind.COUNT else population

    def _estimated(self, population: int | None) -> Number | None:
        """估算患病人数 of the 2011 edition: inhabitants aged 15 and over times the prevalence."""
        if population is None:
            return None
        return round(population * self._terms.adult_share * self._terms.estimated_prevalence / 100_000)

    def _members(self, rows: Sequence[int], bit: int) -> Members:
        return Members([ids for row in rows for ids in self._sides_of(row).get(bit, ())])

    def _sides_of(self, row: int) -> dict[int, list[list[int]]]:
        """The groups of a row by side, worked out once."""
        sides = self._sides.get(row)
        if sides is None:
            sides = self._sides[row] = {}
            for mask, ids in self._rows.get(row, {}).items():
                for bit in _bits(mask):
                    sides.setdefault(bit, []).append(ids)
        return sides


def _bits(mask: int) -> Iterator[int]:
    """The places of the set bits."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
