"""Dates as clinics write them: partial dates, half-open ranges, reporting weeks.

Both ends of a `DateRange` are ``[start, end)``. Nothing here reads the clock: today is an argument.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import total_ordering

_ISO_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@total_ordering
@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date known to the day, the month or only the year (国家系统 时间精确度: 年/月/日)."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError when the parts are no date."""
        if self.day is not None and self.month is None:
            raise ValueError("a day needs its month")
        date(self.year, 1 if self.month is None else self.month, 1 if self.day is None else self.day)

    @classmethod
    def of(cls, day: date) -> PartialDate:
        """The same day, known exactly."""
        return cls(day.year, day.month, day.day)

    @classmethod
    def from_iso(cls, text: str) -> PartialDate:
        """Read back ``2015``, ``2015-03`` or ``2015-03-07``. Raises ValueError otherwise."""
        match = _ISO_PARTIAL.fullmatch(text)
        if match is None:
            raise ValueError(text)
        return cls(*(int(part) if part else None for part in match.groups()))  # type: ignore[arg-type]

    def iso(self) -> str:
        """``2015``, ``2015-03`` or ``2015-03-07``: precision is the length. Sorts as text."""
        text = f"{self.year:04d}"
        if self.month is not None:
            text += f"-{self.month:02d}"
        if self.day is not None:
            text += f"-{self.day:02d}"
        return text

    @property
    def first(self) -> date:
        """The earliest day it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The latest day it can mean."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def exact(self) -> date | None:
        """The day, or None when it is not known to the day."""
        return None if self.month is None or self.day is None else date(self.year, self.month, self.day)

    def certainly_before(self, other: PartialDate | date) -> bool:
        """Whether every day it can mean lies before every day `other` can mean."""
        return self.last < (other.first if isinstance(other, PartialDate) else other)

    def __lt__(self, other: PartialDate) -> bool:
        """Order by the earliest day, the vaguer one first."""
        return self.iso() < other.iso()


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from `start` up to but not including `end`."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        """Whether `day` lies in the range."""
        return self.start <= day < self.end

    @property
    def last(self) -> date:
        """The last day inside."""
        return self.end - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """`day` moved by whole months, held at the end of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_distance(first: date, second: date) -> int:
    """(y2-y1)*12+(m2-m1): the month distance of the national interval rules."""
    return (second.year - first.year) * 12 + second.month - first.month


@dataclass(frozen=True, slots=True)
class ReportWeek:
    """A reporting week, named after the ISO week of its fourth day: it has a number whatever day it starts on."""

    start: date

    @classmethod
    def holding(cls, day: date, first_weekday: int = 0) -> ReportWeek:
        """The week that holds `day`; `first_weekday` 0 = Monday … 6 = Sunday is a setting of the ledger."""
        return cls(day - timedelta(days=(day.weekday() - first_weekday) % 7))

    @property
    def range(self) -> DateRange:
        """Its seven days."""
        return DateRange(self.start, self.start + timedelta(days=7))

    @property
    def iso(self) -> str:
        """ISO week-year and week, such as ``2026-W53``."""
        year, week, _ = (self.start + timedelta(days=3)).isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def number(self) -> int:
        """The week's number in its year."""
        return int(self.iso[-2:])

    @property
    def label(self) -> str:
        """As printed: ``2026年第47周（11月16日—11月22日）``."""
        last = self.range.last
        return f"{self.iso[:4]}年第{self.number}周（{self.start.month}月{self.start.day}日—{last.month}月{last.day}日）"
