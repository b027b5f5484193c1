"""Dates as clinics type them: 20260305, 2026-3-5, 2026年3月5日, 3.5 and 0305 (this year), 今 昨 前, 2015, 2015.3."""

from __future__ import annotations

import functools
import re
import unicodedata
from datetime import date, timedelta
from enum import StrEnum

from mhdesk.domain.dates import PartialDate

FIRST_YEAR, LAST_YEAR = 1900, 2100

_WORDS = {"前": -2, "昨": -1, "今": 0, "明": 1, "后": 2}
_RELATIVE = re.compile(r"([前昨今明后])[天日]?")
_TIME = re.compile(r"(?<=[0-9日])[T\s]\s*[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?Z?$")
_WEEKDAY = re.compile(r"[\s(]*(星期|周|礼拜)[一二三四五六日天][\s)]*$")
_SEPARATORS = re.compile(r"[\s年月./\\_,，、。:~\-\u2010-\u2015\u2212]+")
_SERIAL_BASE = date(1899, 12, 30)
_SERIAL_BASE_1904 = date(1904, 1, 1)
_FALSE_LEAP_DAY = 60  # Excel believes in 1900-02-29


class DateFault(StrEnum):
    """Why a text is no date."""

    UNREADABLE = "unreadable"
    NO_SUCH_DAY = "no_such_day"  # 2026-02-30
    SHORT_YEAR = "short_year"  # two-digit years are never guessed
    YEAR_RANGE = "year_range"


@functools.lru_cache(20_000)  # files repeat the same days
def read_date(text: str, *, today: date) -> PartialDate | DateFault:
    """The date a text means, as exactly as it says. Two-digit years are refused, not guessed."""
    plain = unicodedata.normalize("NFKC", text).strip().lstrip("'").strip()
    if match := _RELATIVE.fullmatch(plain):
        return PartialDate.of(today + timedelta(days=_WORDS[match[1]]))
    plain = _WEEKDAY.sub("", _TIME.sub("", plain))
    has_year_word = "年" in plain
    plain = re.sub(r"[日号]$", "", plain.strip())
    parts = [part for part in _SEPARATORS.split(plain) if part]
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004
        return DateFault.UNREADABLE
    return _from_parts(parts, has_year_word=has_year_word, today=today)


def from_excel_serial(number: float, *, epoch_1904: bool = False) -> date:
    """The day of an Excel serial number; fractions are the time of day. Raises ValueError for no day."""
    days = int(number)
    if epoch_1904:
        found = _SERIAL_BASE_1904 + timedelta(days=days)
    elif days == _FALSE_LEAP_DAY or days < 1:
        raise ValueError("no such day")
    else:
        found = _SERIAL_BASE + timedelta(days=days + (1 if days < _FALSE_LEAP_DAY else 0))
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError("no such day")
    return found


def _from_parts(parts: list[str], *, has_year_word: bool, today: date) -> PartialDate | DateFault:
    first = parts[0]
    if len(parts) == 1:
        return _from_run(first, has_year_word=has_year_word, today=today)
    if any(len(part) > 2 for part in parts[1:]):  # noqa: PLR2004 - months and days have two digits
        return DateFault.UNREADABLE
    if len(first) == 4:  # noqa: PLR2004 - a full year
        return _date(*parts)
    if len(first) > 2:  # noqa: PLR2004
        return DateFault.UNREADABLE
    if len(parts) == 3 or has_year_word:  # noqa: PLR2004
        return DateFault.SHORT_YEAR
    return _date(str(today.year), *parts)


def _from_run(run: str, *, has_year_word: bool, today: date) -> PartialDate | DateFault:
    """Digits without separators: YYYYMMDD, YYYYMM, YYYY or MMDD; no two of them can be the same digits."""
    starts_with_year = FIRST_YEAR <= int(run[:4]) <= LAST_YEAR
    match len(run):
        case 8:
            return _date(run[:4], run[4:6], run[6:])
        case 6:
            return _date(run[:4], run[4:]) if starts_with_year else DateFault.SHORT_YEAR
        case 4 if has_year_word or starts_with_year:
            return _date(run)
        case 4 if 1 <= int(run[:2]) <= 12:  # noqa: PLR2004 - months
            return _date(str(today.year), run[:2], run[2:])
        case _:
            return DateFault.SHORT_YEAR if has_year_word else DateFault.UNREADABLE


def _date(*parts: str) -> PartialDate | DateFault:
    numbers = [int(part) for part in parts]
    if not FIRST_YEAR <= numbers[0] <= LAST_YEAR:
        return DateFault.YEAR_RANGE
    try:
        return PartialDate(*numbers)
    except ValueError:
        return DateFault.NO_SUCH_DAY
