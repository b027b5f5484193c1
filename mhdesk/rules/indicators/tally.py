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
    """One number. `denominator` is None for counts and figures, and where the divisor is not known.

    `gap`: who is among the denominator only, counted where the people themselves are not known (a district's report).
    """

    indicator: str
    kind: Kind
    numerator: Number | None
    denominator: Number | None = None
    numerator_ids: Members = NOBODY
    denominator_ids: Members = NOBODY
    gap: int | None = None

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
_Sides = list[list[list[int]]]


class Masks:
    """The sides of indicators a status stands in, under one set of terms.

    Bit 2k: numerator of indicator k; bit 2k+1: its denominator. What it remembers follows from status and terms
    alone, so that the roll-ups of many weeks may share one.
    """

    def __init__(self, terms: Terms) -> None:
        order = tuple(enumerate(INDICATORS.values()))
        counts = [(1 << 2 * place, one.counts) for place, one in order if one.counts is not None]
        among = [(2 << 2 * place, one.among) for place, one in order if one.among is not None]
        self.terms = terms
        self.courses: dict[Course, int] = {}
        self.persons: dict[Person, int] = {}
        self._of_course = (*counts, *among)
        self._of_person = [(1 << 2 * place, one.person) for place, one in order if one.person is not None]
        self._bits: dict[int, tuple[int, ...]] = {}

    def course(self, course: Course) -> int:
        """The sides a course stands in."""
        mask = self.courses.get(course)
        if mask is None:
            mask, terms = 0, self.terms
            for bit, predicate in self._of_course:
                if predicate(course, terms):
                    mask |= bit
            self.courses[course] = mask
        return mask

    def person(self, person: Person) -> int:
        """The sides that only the file decides."""
        mask = self.persons.get(person)
        if mask is None:
            mask = sum(bit for bit, predicate in self._of_person if predicate(person))
            self.persons[person] = mask
        return mask

    def bits(self, mask: int) -> tuple[int, ...]:
        """The places of the set bits."""
        found = self._bits.get(mask)
        if found is None:
            found = self._bits[mask] = tuple(_bits(mask))
        return found


class Tally:
    """People by row (a unit's id) and by mask."""

    def __init__(self, terms: Terms, masks: Masks | None = None) -> None:
        self._terms, self._masks = terms, masks or Masks(terms)
        order = tuple(INDICATORS.values())
        self._index = {indicator.id: 2 * place for place, indicator in enumerate(order)}
        self._rows: dict[int, dict[int, list[int]]] = {}
        self._recorded = [indicator for indicator in order if indicator.record]
        self._times: dict[tuple[int, str], list[int]] = {}  # (row, indicator) -> ids, one for each record
        self._sides: dict[tuple[int, ...], _Sides] = {}  # rows -> bit -> groups of ids

    def add_all(
        self,
        people: Iterable[PatientFacts],
        judge: Judge,
        row_of: Mapping[int | None, int],
        group: Callable[[PatientFacts], int] | None = None,
    ) -> None:
        """Count everybody. `row_of` says which row a unit's people are counted in; `group` says it instead."""
        masks, rows, status_of = self._masks, self._rows, judge.status
        courses, persons = masks.courses, masks.persons
        for facts in people:
            status = status_of(facts)
            if status is None:
                continue
            course, person = status
            mask = courses.get(course)
            if mask is None:
                mask = masks.course(course)
            file_mask = persons.get(person)
            if file_mask is None:
                file_mask = masks.person(person)
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
        # halves are rounded up, as everywhere in the circulars
        return (population * self._terms.adult_share * self._terms.estimated_prevalence + 50_000) // 100_000

    def _members(self, rows: Sequence[int], bit: int) -> Members:
        groups = self._sides_of(tuple(rows))[bit]
        return Members(groups) if groups else NOBODY

    def _sides_of(self, rows: tuple[int, ...]) -> _Sides:
        """The groups of a row, or of several for a total, by side; worked out once."""
        sides = self._sides.get(rows)
        if sides is None:
            sides = self._sides[rows] = [[] for _ in range(2 * len(self._index))]
            bits_of = self._masks.bits
            for row in rows:
                for mask, ids in self._rows.get(row, {}).items():
                    for bit in bits_of(mask):
                        sides[bit].append(ids)
        return sides


def _bits(mask: int) -> Iterator[int]:
    """The places of the set bits."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
