"""What may stand in double braces in a form: indicators by id or Chinese name, units, dates, words.

``{{规范管理率}}``, ``{{standard_management_rate.numerator}}``, ``{{规范管理率.分子}}``, ``{{在册数@金堡村}}``,
``{{unit.name}}``, ``{{period.label}}``. The words stand in the texts, table ``placeholder``.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from mhdesk.reports.model import Format, Value
from mhdesk.reports.weekly import FORMATS, POPULATION, cell_value
from mhdesk.rules.indicators.model import Kind
from mhdesk.rules.indicators.registry import INDICATORS, name_of
from mhdesk.rules.indicators.tally import IndicatorResult
from mhdesk.rules.rollup import RollUp, UnitValues, Values
from mhdesk.text import text

UNIT_WORDS = ("unit.name", "unit.number")
PLAIN_WORDS = (
    *("report.unit", "period.label", "period.start", "period.end", "period.year", "period.month", "cut_off"),
    *("rules.name", "rules.version", "today", "user.name"),
)
SIDES = ("value", "numerator", "denominator", "gap", "target")


class Asked(NamedTuple):
    """A placeholder understood: an indicator with its side, or one of the words; `unit` where it names one itself."""

    key: str
    side: str = ""
    unit: str = ""


class Given(NamedTuple):
    """What a placeholder stands for, and how it is printed."""

    value: Value
    format: Format = Format.TEXT


class Choice(NamedTuple):
    """Something the window offers: what to write, how it is called."""

    words: str
    name: str
    is_number: bool


def _plain(words: str) -> str:
    """Without spaces, with half-width dots, in lower case."""
    return "".join(words.split()).replace("．", ".").replace("＠", "@").casefold()


@functools.cache
def _known() -> Mapping[str, str]:
    """Every spelling of an indicator or word -> its id."""
    found: dict[str, str] = {}
    for key in INDICATORS:
        for ending in text("placeholder.endings").split("|"):  # people write 在册, 在册数 and 在册人数
            found.setdefault(_plain(name_of(key)) + ending, key)
    for key in INDICATORS:  # a name of its own goes before a name with an ending
        found |= {key: key, _plain(name_of(key)): key}
    for key in (POPULATION, *UNIT_WORDS, *PLAIN_WORDS):
        names = text(f"placeholder.word.{key.replace('.', '_')}").split("|")
        found |= {key: key} | {_plain(name): key for name in names}
    return found


@functools.cache
def _sides() -> Mapping[str, str]:
    found = {side: side for side in SIDES}
    return found | {name: side for side in SIDES for name in text(f"placeholder.side.{side}").split("|")}


def understand(words: str) -> Asked | None:
    """What a placeholder asks for; None when nobody knows the words."""
    asked, _, unit = _plain(words).partition("@")
    known = _known()
    if asked in known:
        key = known[asked]
        return Asked(key, "value" if key in INDICATORS else "", unit)
    name, _, side = asked.rpartition(".")
    key, side = known.get(name, ""), _sides().get(side, "")
    return Asked(key, side, unit) if key in INDICATORS and side else None


def choices() -> list[Choice]:
    """Everything that can be placed, indicators first, in words."""
    numbers = [Choice(name_of(key), name_of(key), is_number=True) for key in INDICATORS]
    words = [text(f"placeholder.word.{key.replace('.', '_')}").split("|")[0] for key in (*UNIT_WORDS, *PLAIN_WORDS)]
    population = text("placeholder.word.population").split("|")[0]
    return [*numbers, Choice(population, population, is_number=True)] + [
        Choice(one, one, is_number=False) for one in words
    ]


class RollUpAnswers:
    """Placeholders of a form answered from a roll-up."""

    def __init__(self, rollup: RollUp, *, today: date, user_name: str = "") -> None:
        self._rollup, self._today, self._user_name = rollup, today, user_name
        self._by_name = {_plain(one.unit.name): one for one in rollup.units}

    @property
    def units(self) -> Sequence[UnitValues]:
        """The rows of the roll-up."""
        return self._rollup.units

    def scope(self, words: str) -> str | None:
        """Whether it says which unit, counts, or is neither; None: nobody knows it."""
        asked = understand(words)
        if asked is None or (asked.unit and asked.unit not in self._by_name):
            return None
        if asked.key in UNIT_WORDS:
            return "unit"
        return "number" if asked.side or asked.key == POPULATION else "plain"

    def nearest(self, words: str) -> str:
        """A name that might be meant."""
        asked = _plain(words).partition("@")[0]
        stem = asked.rpartition(".")[0] or asked
        spellings = {
            **{_plain(one.words): one.words for one in choices()},
            **{key: key for key in _known() if key.isascii()},
        }
        found = difflib.get_close_matches(stem, spellings, n=1, cutoff=0.5)
        return spellings[found[0]] if found else ""

    def value(self, words: str, unit: Any | None) -> Given:
        """The value of a placeholder `scope` knows; of the unit it names itself, of `unit`, or of all."""
        asked = understand(words)
        if asked is None:
            raise KeyError(words)
        row: UnitValues | None = self._by_name[asked.unit] if asked.unit else unit
        if asked.key in UNIT_WORDS:
            return self._of_unit(asked.key, row)
        if not asked.side and asked.key != POPULATION:
            return self._word(asked.key)
        values = row.values if row else self._rollup.total
        if asked.key == POPULATION:
            return Given(values["prevalence"].denominator, Format.INTEGER)
        return self._number(asked, values)

    def _of_unit(self, key: str, row: UnitValues | None) -> Given:
        if key == "unit.name":
            return Given(row.unit.name if row else self._rollup.title_unit, Format.TEXT)
        return Given(list(self._rollup.units).index(row) + 1 if row else None, Format.INTEGER)

    def _number(self, asked: Asked, values: Values) -> Given:
        result = values[asked.key]
        if asked.side in ("numerator", "denominator"):
            return Given(getattr(result, asked.side), _side_format(result))
        if asked.side == "gap":
            gap = len(result.gap_ids) if result.gap is None else result.gap
            return Given(gap if result.kind is Kind.PERCENT else None, Format.INTEGER)
        if asked.side == "target":
            return Given(self._target(asked.key), Format.TEXT)
        return Given(cell_value(result), FORMATS[result.kind])

    def _target(self, key: str) -> str | None:
        for one in self._rollup.targets:
            found = one.in_force(self._rollup.period.cut_off.year).get(key)
            if found is not None:
                return found.value_text
        return None

    def _word(self, key: str) -> Given:
        period, rules = self._rollup.period, self._rollup.rules
        words: Mapping[str, Value] = {
            "report.unit": self._rollup.title_unit,
            "period.label": period.label,
            "period.start": text("placeholder.day", day=period.start),
            "period.end": text("placeholder.day", day=period.range.last),
            "cut_off": text("placeholder.day", day=period.cut_off),
            "period.year": period.start.year,
            "period.month": period.start.month,
            "rules.name": rules.name,
            "rules.version": rules.version,
            "today": text("placeholder.day", day=self._today),
            "user.name": self._user_name,
        }
        is_number = isinstance(words[key], int)
        return Given(words[key], Format.INTEGER if is_number else Format.TEXT)


def _side_format(result: IndicatorResult) -> Format:
    is_whole = isinstance(result.numerator, int) or result.numerator is None
    return Format.INTEGER if is_whole else Format.DECIMAL
