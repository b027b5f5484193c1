"""How training is judged: rows of a sheet, presence, scores, passing, absences in a row, duties of a month. Pure.

Scores: a resit (补考) counts instead of the first result. Somebody is trained who was there, even for half a day, or
made it up (补训). 缺训 is 缺席 or 请假 that was not made up.
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import resources
from mhdesk.domain.errors import UserError
from mhdesk.domain.training import Attendance, DayPart, Presence, SessionKind, TrainingSession
from mhdesk.rules import training_days

HERE = frozenset({Presence.PRESENT, Presence.MORNING, Presence.AFTERNOON, Presence.PART})
_RANGE = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?")
_DASHES = str.maketrans(dict.fromkeys("－—–~～至到", "-") | dict.fromkeys("，、；;。 \t\n", ","))
_CLOCK = re.compile(r"(\d{1,2}):?([0-5]\d)")
_NOON = 12 * 60
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Term:
    """A parameter with where it comes from. `mark`: verified or assumption; own: the district's own value."""

    key: str
    value: float
    mark: str
    source: str


@functools.cache
def shipped() -> Mapping[str, Term]:
    """The parameters as they come with the program."""
    table = _file()["term"]
    return {key: Term(key, one["value"], one["mark"], one["source"]) for key, one in table.items()}


def terms(own: Mapping[str, float] | None = None) -> Mapping[str, Term]:
    """The parameters, the district's `own` values in place of ours."""
    changed = own or {}
    return {
        key: Term(key, changed[key], "own", term.source) if key in changed and changed[key] != term.value else term
        for key, term in shipped().items()
    }


@functools.cache
def roster_roles(kind: str) -> frozenset[str]:
    """Who is put on the roster of a session of this kind at first."""
    return frozenset(_file()["roster"].get(kind, ()))


@functools.cache
def _file() -> dict[str, Any]:
    return tomllib.loads(resources.path("training/terms.toml").read_text(encoding="utf-8"))


def read_rows(typed: str, rows: Iterable[int]) -> frozenset[int]:
    """The row numbers meant by "1-14,16,18"; full-width digits, 、 and 至 are understood.

    Raises UserError: MH-TRAINING-20 cannot be read, MH-TRAINING-12 a number that is not on the sheet.
    """
    known = frozenset(rows)
    plain = unicodedata.normalize("NFKC", typed).translate(_DASHES)
    found: set[int] = set()
    for part in filter(None, re.sub(r",*-,*", "-", plain).split(",")):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise UserError("MH-TRAINING-20", part=part[:20])
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last:
            raise UserError("MH-TRAINING-20", part=part[:20])
        # a row taken off the roster leaves a gap: a range may pass over it, its ends must be there
        for end in (first, last):
            if end not in known:
                raise UserError("MH-TRAINING-12", row=end, last=max(known, default=0))
        found.update(one for one in range(first, last + 1) if one in known)
    return frozenset(found)


def rows_text(rows: Iterable[int]) -> str:
    """Row numbers as they are typed: "1-14,16,18"."""
    parts: list[list[int]] = []
    for one in sorted(set(rows)):
        if parts and parts[-1][1] + 1 == one:
            parts[-1][1] = one
        else:
            parts.append([one, one])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def minute_of(clock: str | None) -> int | None:
    """The minute of the day of "9:00" or "0900"; None when it is no time of day."""
    match = _CLOCK.fullmatch(unicodedata.normalize("NFKC", clock or "").strip())
    if match is None or int(match[1]) * 60 + int(match[2]) >= _DAY:
        return None
    return int(match[1]) * 60 + int(match[2])


def overlap(one: TrainingSession, here: Attendance, other: TrainingSession, there: Attendance) -> bool:
    """Whether somebody cannot have been at both: day by day, a day without its times is taken whole (or its half)."""
    first, second = _spans(one, here), _spans(other, there)
    return any(
        first[day][0] < second[day][1] and second[day][0] < first[day][1] for day in first.keys() & second.keys()
    )


def _spans(session: TrainingSession, line: Attendance) -> dict[date, tuple[int, int]]:
    """From and to, in minutes, on each day somebody was there."""
    start, end = minute_of(session.starts_at), minute_of(session.ends_at)
    found = {}
    days, parts = training_days.days(session), training_days.parts(session)
    for day, part, presence in zip(days, parts, training_days.presences(session, line), strict=True):
        if presence not in HERE:
            continue
        low, high = 0 if start is None else start, _DAY if end is None else end
        if presence == Presence.MORNING or part == DayPart.MORNING:
            high = min(high, _NOON)
        if presence == Presence.AFTERNOON or part == DayPart.AFTERNOON:
            low = max(low, _NOON)
        found[day] = low, high
    return found


def is_here(line: Attendance) -> bool:
    """Whether the person signed, at least for half a day (实到)."""
    return line.presence in HERE


def is_trained(line: Attendance) -> bool:
    """Whether the person was there or made it up."""
    return is_here(line) or line.made_up_on is not None


def is_missed(line: Attendance) -> bool:
    """缺训: absent or on leave, and not made up. Not yet typed back is not missed."""
    return line.presence in (Presence.ABSENT, Presence.LEAVE) and line.made_up_on is None


def final_scores(line: Attendance) -> tuple[float | None, float | None]:
    """Theory and practice that count: the resit's where there is one."""
    return (
        line.theory if line.resit_theory is None else line.resit_theory,
        line.practice if line.resit_practice is None else line.resit_practice,
    )


def is_passed(line: Attendance, mark: float) -> bool | None:
    """合格: trained, and every score given reaches the mark; None without any score."""
    scores = [one for one in final_scores(line) if one is not None]
    if not scores:
        return None
    return is_trained(line) and all(one >= mark for one in scores)


def missed_in_a_row(lines: Sequence[Attendance]) -> int:
    """How many of the latest sessions were missed without a break. `lines`: oldest first."""
    count = 0
    for line in reversed(lines):
        if line.presence is None and line.made_up_on is None:
            continue
        if not is_missed(line):
            break
        count += 1
    return count


class SessionState(StrEnum):
    """How far a session is."""

    PLANNED = "planned"  # 计划: no date yet
    DATED = "dated"  # 已定日期
    RUNNING = "running"  # 进行中: a course of several days
    WAITING = "waiting"  # 签到表未录回
    HELD = "held"  # 已完成
    MISSED = "missed"  # 未办: its month is over


def state_of(session: TrainingSession, today: date) -> SessionState:
    """The state of a session today."""
    if session.held_on is None:
        return SessionState.MISSED if session.month < f"{today:%Y-%m}" else SessionState.PLANNED
    if session.sheet_back_on is not None:
        return SessionState.HELD
    if session.held_on > today:
        return SessionState.DATED
    last = training_days.last_day(session)
    return SessionState.RUNNING if last is not None and last > today else SessionState.WAITING


def month_of(session: TrainingSession) -> str:
    """The month a session stands in: when it was held, else when it is planned."""
    return f"{session.held_on:%Y-%m}" if session.held_on else session.month


def is_held(session: TrainingSession) -> bool:
    """Whether it counts as held: the signed sheet is back."""
    return session.held_on is not None and session.sheet_back_on is not None


def is_duty_done(sessions: Iterable[TrainingSession], month: str, wanted: int = 1) -> bool:
    """Whether the month has its monthly training. A joint session of the quarter does not stand for it."""
    held = [one for one in sessions if one.kind == SessionKind.MONTHLY and is_held(one) and month_of(one) == month]
    return len(held) >= wanted


@dataclass(frozen=True, slots=True)
class Counts:
    """应到, 实到 and what came of it. `passed` and `failed` among those with a score."""

    expected: int = 0
    here: int = 0
    leave: int = 0
    absent: int = 0
    made_up: int = 0
    passed: int = 0
    failed: int = 0

    @property
    def rate(self) -> float | None:
        """实到 of 应到 (到会率); None without anybody expected."""
        return self.here / self.expected if self.expected else None


def count(lines: Iterable[Attendance], mark: float) -> Counts:
    """Count a roster."""
    rows = list(lines)
    results = [is_passed(one, mark) for one in rows]
    return Counts(
        expected=len(rows),
        here=sum(is_here(one) for one in rows),
        leave=sum(one.presence == Presence.LEAVE for one in rows),
        absent=sum(one.presence == Presence.ABSENT for one in rows),
        made_up=sum(one.made_up_on is not None for one in rows),
        passed=sum(one is True for one in results),
        failed=sum(one is False for one in results),
    )
