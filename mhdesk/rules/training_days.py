"""Courses of several days (多天培训): their days and halves, who was there day by day, what that comes to. Pure.

A course is one session from `held_on` to `ends_on`; each day is a whole one unless `day_parts` says otherwise. Who was
there is one answer for the whole course (`presence`), or one a day (`by_day`) from which `presence` follows: the same
every day is that, there on some days is 部分到会, on none 缺席 (请假 when it was leave every day).
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta

from mhdesk.domain.errors import UserError
from mhdesk.domain.training import Attendance, DayPart, Presence, TrainingSession
from mhdesk.text import text

MOST_DAYS = 31
NOBODY = ""  # a day that was not typed back yet
_THERE = frozenset({Presence.PRESENT, Presence.MORNING, Presence.AFTERNOON})
_BREAKS = re.compile(r"[\s,，、;；/]+")


def last_day(session: TrainingSession) -> date | None:
    """The last day of a session; None while it has no day."""
    return session.held_on if session.ends_on is None else session.ends_on


def days(session: TrainingSession) -> tuple[date, ...]:
    """Every day of a session; none while it has no day, or where it would end before it begins."""
    last = last_day(session)
    if session.held_on is None or last is None:
        return ()
    count = min((last - session.held_on).days + 1, MOST_DAYS)
    return tuple(session.held_on + timedelta(days=number) for number in range(count))


def is_long(session: TrainingSession) -> bool:
    """Whether it takes more than a day."""
    return len(days(session)) > 1


def parts(session: TrainingSession) -> tuple[str, ...]:
    """What of each day it takes."""
    known = session.day_parts or ()
    return tuple(known[at] if at < len(known) else DayPart.WHOLE.value for at in range(len(days(session))))


def presences(session: TrainingSession, line: Attendance) -> tuple[str | None, ...]:
    """What the sheet says of each day; None: not typed back."""
    count = len(days(session))
    if line.by_day is None:
        return (line.presence,) * count
    known = tuple(one or None for one in line.by_day)
    return (*known, *(None,) * count)[:count]


def whole(by_day: Sequence[str | None]) -> str | None:
    """What the days come to; None while one of them is not typed back."""
    if not by_day or not all(by_day):
        return None
    if len(set(by_day)) == 1:
        return by_day[0]
    if any(one in _THERE for one in by_day):
        return Presence.PART.value
    return Presence.ABSENT.value


def with_day(session: TrainingSession, line: Attendance, number: int, presence: str | None) -> Attendance:
    """The row with another answer for a day, counted from 1; the other days stay as they are."""
    said = list(presences(session, line))
    said[number - 1] = presence
    return with_days(line, said)


def with_days(line: Attendance, by_day: Sequence[str | None]) -> Attendance:
    """The row with these answers, day by day."""
    if len(set(by_day)) <= 1:  # one answer for every day needs no list
        return dataclasses.replace(line, presence=next(iter(by_day), None), by_day=None)
    return dataclasses.replace(line, presence=whole(by_day), by_day=tuple(one or NOBODY for one in by_day))


def with_whole(line: Attendance, presence: str | None) -> Attendance:
    """The row with one answer for the whole course. 部分到会 keeps the days it came from."""
    return dataclasses.replace(line, presence=presence, by_day=line.by_day if presence == Presence.PART else None)


def is_faithful(session: TrainingSession, line: Attendance) -> bool:
    """Whether the days and what they come to agree, and are as many as the course has."""
    if line.by_day is None:
        return line.presence != Presence.PART
    fits = len(line.by_day) == len(days(session)) and set(line.by_day) <= {NOBODY, *_ONE_DAY}
    return fits and whole([one or None for one in line.by_day]) == line.presence


_ONE_DAY = frozenset(one.value for one in Presence if one is not Presence.PART)


def is_off_half(session: TrainingSession, line: Attendance) -> bool:
    """Whether somebody stands there for a half that was not held."""
    wrong = {(DayPart.MORNING, Presence.AFTERNOON), (DayPart.AFTERNOON, Presence.MORNING)}
    return any(pair in wrong for pair in zip(parts(session), presences(session, line), strict=True))


def share(session: TrainingSession, line: Attendance) -> float:
    """How much of a session somebody was there, from 0 to 1, by half days; made up (补训) is all of it."""
    if line.made_up_on is not None:
        return 1.0
    held = there = 0
    for part, presence in zip(parts(session), presences(session, line), strict=True):
        halves = 2 if part == DayPart.WHOLE else 1
        held += halves
        if presence == Presence.PRESENT:
            there += halves
        elif presence in _THERE:
            there += 1
    return there / held if held else 0.0


def days_there(session: TrainingSession, line: Attendance) -> int:
    """On how many days somebody was there, at least for half of it."""
    return sum(one in _THERE for one in presences(session, line))


def read_parts(typed: str | None, count: int) -> tuple[str, ...] | None:
    """What of each day is held, as it is typed ("全天 全天 上午"); None for whole days.

    Raises UserError MH-TRAINING-41 for words that are none of those, MH-TRAINING-42 for more days than the course has.
    """
    plain = unicodedata.normalize("NFKC", typed or "").strip()
    if not plain:
        return None
    words = {text(f"training.day_part.{one}"): one.value for one in DayPart}
    words |= {word[0]: code for word, code in words.items()}
    found = []
    for word in filter(None, _BREAKS.split(plain)):
        if word not in words:
            raise UserError("MH-TRAINING-41", part=word[:10])
        found.append(words[word])
    if len(found) > max(count, 1):
        raise UserError("MH-TRAINING-42", typed=len(found), days=count)
    return tuple(found) if set(found) != {DayPart.WHOLE.value} else None


def parts_text(session: TrainingSession) -> str:
    """What of each day is held, as it is typed; "" for whole days."""
    return "、".join(text(f"training.day_part.{one}") for one in session.day_parts or ())


def presences_text(session: TrainingSession, line: Attendance) -> str:
    """Who was there day by day, in words; "" where one answer holds for every day."""
    if line.by_day is None:
        return ""
    return "、".join(_said(one) for one in presences(session, line))


def _said(presence: str | None) -> str:
    return text(f"training.presence.{presence}") if presence else text("training.day_open")


def read_presences(typed: str) -> tuple[str, ...]:
    """Who was there day by day, from words ("出席、缺席、未录"). Raises UserError MH-TRAINING-41."""
    words = {text(f"training.presence.{one}"): one.value for one in Presence if one is not Presence.PART}
    words[text("training.day_open")] = NOBODY
    found = []
    for word in filter(None, _BREAKS.split(unicodedata.normalize("NFKC", typed).strip())):
        if word not in words:
            raise UserError("MH-TRAINING-41", part=word[:10])
        found.append(words[word])
    return tuple(found)
