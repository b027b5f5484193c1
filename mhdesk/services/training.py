"""培训: the plan of a year, sessions, their rosters, and what the signed sheets say.

A row number belongs to one person for good: people put on later get the next number, a row taken off stays empty.
"""

from __future__ import annotations

import dataclasses
import math
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from db.queries import training as queries
from mhdesk.domain.attachment import Attachment
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.problems import Problem, Severity
from mhdesk.domain.training import Attendance, Presence, SessionKind, SessionLevel, TrainingSession
from mhdesk.domain.unit import Unit
from mhdesk.rules import training as rules
from mhdesk.rules import training_days
from mhdesk.rules.checks import training as checks
from mhdesk.rules.training import Counts, SessionState
from mhdesk.services import staff, training_terms
from mhdesk.services.staff import StaffLine
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

KINDS = tuple(kind.value for kind in SessionKind)
LEVELS = tuple(level.value for level in SessionLevel)
MONTHS = range(1, 13)
_QUARTER_ENDS = (3, 6, 9, 12)


@dataclass(frozen=True)
class SessionLine:
    """A session with what came of it."""

    session: TrainingSession
    state: SessionState
    counts: Counts
    pass_mark: float

    @property
    def id(self) -> int:
        """The session's id."""
        return self.session.id or 0

    @property
    def title(self) -> str:
        """Its title."""
        return self.session.title


@dataclass(frozen=True)
class Month:
    """A tile of the year. `is_missing`: the month is over and its monthly training was not held."""

    month: str
    sessions: Sequence[SessionLine]
    is_done: bool
    is_missing: bool


@dataclass(frozen=True)
class Year:
    """The year on twelve tiles, and by quarter whether its joint training was held."""

    year: int
    months: Sequence[Month]
    joint_done: Sequence[bool]

    @property
    def sessions(self) -> list[SessionLine]:
        """Every session of the year, by month and day."""
        return [line for month in self.months for line in month.sessions]


@dataclass(frozen=True)
class SessionBook:
    """Everything a session's page shows. `missed`: 缺训 in a row by person, this session included."""

    line: SessionLine
    rows: Sequence[Attendance]
    attachments: Sequence[Attachment]
    missed: Mapping[int, int]


# ---------------------------------------------------------------- reading


def year(ledger: Ledger, year_: int, *, today: date) -> Year:
    """The plan and what was held in a year. What is planned for a month but held in another stands in that other."""
    known = training_terms.load(ledger)
    wanted = int(known["monthly_sessions"].value)
    sessions = [one for one in ledger.find(TrainingSession) if rules.month_of(one).startswith(f"{year_}-")]
    rosters = _rosters(ledger, {one.id or 0 for one in sessions})
    lines = [_line(one, rosters.get(one.id or 0, ()), known["pass_mark"].value, today) for one in sessions]
    lines.sort(key=lambda one: (rules.month_of(one.session), one.session.held_on or date.max, one.id))
    months = []
    for number in MONTHS:
        month = f"{year_}-{number:02d}"
        its = [line for line in lines if rules.month_of(line.session) == month]
        is_done = rules.is_duty_done((line.session for line in its), month, wanted)
        months.append(Month(month, its, is_done, is_missing=not is_done and month < f"{today:%Y-%m}"))
    joint = [
        sum(_is_joint(line.session) for month in months[end - 3 : end] for line in month.sessions)
        >= known["joint_sessions_a_quarter"].value
        for end in _QUARTER_ENDS
    ]
    return Year(year_, months, joint)


def _is_joint(session: TrainingSession) -> bool:
    return session.kind == SessionKind.QUARTERLY_JOINT and rules.is_held(session)


def _rosters(ledger: Ledger, ids: Collection[int]) -> dict[int, list[Attendance]]:
    found: dict[int, list[Attendance]] = {}
    for one in ledger.find(Attendance):
        if one.session_id in ids:
            found.setdefault(one.session_id, []).append(one)
    return found


def _line(session: TrainingSession, rows: Sequence[Attendance], mark: float, today: date) -> SessionLine:
    own = mark if session.pass_mark is None else session.pass_mark
    return SessionLine(session, rules.state_of(session, today), rules.count(rows, own), own)


def book(ledger: Ledger, session_id: int, *, today: date) -> SessionBook:
    """One session with its roster by row. Raises UserError MH-LEDGER-24."""
    session = ledger.get(TrainingSession, session_id)
    rows = roster(ledger, session_id)
    mark = training_terms.load(ledger)["pass_mark"].value
    people = {row.staff_id for row in rows}
    return SessionBook(
        line=_line(session, rows, mark, today),
        rows=rows,
        attachments=ledger.find(Attachment, object_kind="training_session", object_id=session_id),
        missed={staff_id: count for staff_id, count in missed(ledger).items() if staff_id in people},
    )


def roster(ledger: Ledger, session_id: int) -> list[Attendance]:
    """The rows of a session's sheet that are in use, by number."""
    return sorted(ledger.find(Attendance, session_id=session_id), key=lambda one: one.row)


def missed(ledger: Ledger) -> Mapping[int, int]:
    """How many of the latest trainings each person missed in a row; nobody who missed none is in it."""
    sessions = {one.id: one for one in ledger.find(TrainingSession) if one.held_on is not None}
    by_person: dict[int, list[Attendance]] = {}
    for row in ledger.find(Attendance):
        if row.session_id in sessions:
            by_person.setdefault(row.staff_id, []).append(row)
    found = {}
    for staff_id, rows in by_person.items():
        rows.sort(key=lambda one: (sessions[one.session_id].held_on or date.min, one.session_id))
        if count := rules.missed_in_a_row(rows):
            found[staff_id] = count
    return found


def of_person(ledger: Ledger, staff_id: int) -> list[tuple[TrainingSession, Attendance]]:
    """Somebody's training, the latest first."""
    rows = ledger.find(Attendance, staff_id=staff_id)
    found = [(ledger.get(TrainingSession, row.session_id), row) for row in rows]
    live = [(session, row) for session, row in found if session.voided_at is None]
    return sorted(live, key=lambda one: (one[0].held_on or date.max, one[0].id or 0), reverse=True)


# ---------------------------------------------------------------- planning


def plan_year(ledger: Ledger, year_: int) -> tuple[list[int], Changes]:
    """Put what the year lacks on its plan: a training every month, a joint one every quarter. Returns the new ids.

    A month or quarter that has one, planned or held, gets no second. Asking twice plans nothing twice.
    """
    sessions = ledger.find(TrainingSession)
    planned = {(one.kind, rules.month_of(one)) for one in sessions}
    level = SessionLevel.DISTRICT if ledger.level == "district" else SessionLevel.TOWNSHIP
    organizer = ledger.get(Unit, ledger.root_unit_id).name
    fresh = []
    for number in MONTHS:
        month = f"{year_}-{number:02d}"
        if (SessionKind.MONTHLY.value, month) not in planned:
            title = text("training.plan.monthly", year=year_, month=number)
            fresh.append(_planned(title, SessionKind.MONTHLY, level, month, organizer))
        quarter = {f"{year_}-{one:02d}" for one in range(number - 2, number + 1)}
        if number in _QUARTER_ENDS and not any((SessionKind.QUARTERLY_JOINT.value, one) in planned for one in quarter):
            title = text("training.plan.joint", year=year_, quarter=number // 3)
            fresh.append(_planned(title, SessionKind.QUARTERLY_JOINT, level, month, organizer))
    with ledger.change("training.plan") as change:
        ids = change.add_many(fresh)
    return ids, change.changes


def _planned(title: str, kind: SessionKind, level: SessionLevel, month: str, organizer: str) -> TrainingSession:
    return TrainingSession(title=title, kind=kind, level=level, month=month, organizer=organizer)


def save_session(
    ledger: Ledger, session: TrainingSession, *, staff_ids: Sequence[int] = (), today: date
) -> tuple[int, Changes]:
    """A new or changed session; `staff_ids` go on its roster. A day given sets the month.

    Raises RecordRefused MH-TRAINING-21 naming the faults; UserError MH-TRAINING-22 when the day of a session whose
    sheet is back would be taken away or moved into the future, MH-TRAINING-40 when the days would be more or fewer than
    those typed back.
    """
    if session.held_on is not None and session.id is None:
        session = dataclasses.replace(session, month=f"{session.held_on:%Y-%m}")
    limit = training_terms.load(ledger)["max_score"].value
    if faults := checks.session(session, max_score=limit):
        raise RecordRefused("MH-TRAINING-21", faults)
    is_back = session.sheet_back_on is not None
    last = training_days.last_day(session)
    if is_back and (last is None or last > today):
        raise UserError("MH-TRAINING-22")
    if session.id is not None and any(
        row.by_day is not None and len(row.by_day) != len(training_days.days(session))
        for row in roster(ledger, session.id)
    ):
        raise UserError("MH-TRAINING-40")
    if session.id is not None and is_back:
        _require_no_overlap(ledger, session, today, limit)
    with ledger.change("training.session") as change:
        session_id = session.id
        if session_id is None:
            session_id = change.add(session)
        else:
            change.replace(session)
        change.add_many(_fresh_rows(ledger, session_id, staff_ids, today))
    return session_id, change.changes


def _require_no_overlap(ledger: Ledger, session: TrainingSession, today: date, limit: float) -> None:
    """Moving a session must not put anybody into two at once."""
    elsewhere = _elsewhere(ledger, session)
    faults: list[Problem] = []
    for row in roster(ledger, session.id or 0):
        there = elsewhere.get(row.staff_id, ())
        faults += checks.attendance(row, session, elsewhere=there, max_score=limit, today=today)
    if faults:
        raise RecordRefused("MH-TRAINING-21", faults)


def void_session(ledger: Ledger, session_id: int, *, reason: str) -> Changes:
    """Take a session with its roster out of every list and number; the recycle bin has it."""
    with ledger.change("training.void", reason=reason) as change:
        for row in ledger.find(Attendance, session_id=session_id):
            change.void(Attendance, row.id or 0, reason)
        change.void(TrainingSession, session_id, reason)
    return change.changes


# ---------------------------------------------------------------- the roster


def default_roster(ledger: Ledger, kind: str, *, today: date) -> list[StaffLine]:
    """Who is usually trained in sessions of this kind: everybody in such a post today."""
    roles = rules.roster_roles(kind)
    lines = [one for one in staff.listed(ledger, today=today, include_past=False) if one.role in roles]
    if kind == SessionKind.ON_POST:
        return [one for one in lines if one.cleared_on is None]
    return lines


def put_on(ledger: Ledger, session_id: int, staff_ids: Sequence[int], *, today: date) -> tuple[list[int], Changes]:
    """Put people on the roster, in this order, with the next row numbers; who stands there already stays as is."""
    ledger.get(TrainingSession, session_id)
    with ledger.change("training.roster") as change:
        ids = change.add_many(_fresh_rows(ledger, session_id, staff_ids, today))
    return ids, change.changes


def _fresh_rows(ledger: Ledger, session_id: int, staff_ids: Sequence[int], today: date) -> list[Attendance]:
    if not staff_ids:
        return []
    used = ledger.find(Attendance, session_id=session_id, include_voided=True)
    there = {row.staff_id for row in used if row.voided_at is None}
    lines = {one.id: one for one in staff.listed(ledger, today=today)}
    last = max((row.row for row in used), default=0)
    rows: list[Attendance] = []
    for staff_id in dict.fromkeys(staff_ids):
        if staff_id in there:
            continue
        line = lines.get(staff_id)
        if line is None:
            raise UserError("MH-TRAINING-23")
        rows.append(
            Attendance(
                session_id=session_id,
                row=last + len(rows) + 1,
                staff_id=staff_id,
                name=line.name,
                workplace=line.workplace or None,
                position=(line.post.position if line.post else None) or staff.role_name(line.role) or None,
                phone=line.member.phone,
            )
        )
    return rows


def take_off(ledger: Ledger, attendance_id: int, *, reason: str) -> Changes:
    """Take a row off the roster; its number is not given to anybody else.

    Raises UserError MH-TRAINING-24 for a row that was typed back.
    """
    row = ledger.get(Attendance, attendance_id)
    if row.presence is not None:
        raise UserError("MH-TRAINING-24")
    with ledger.change("training.take_off", reason=reason) as change:
        change.void(Attendance, attendance_id, reason)
    return change.changes


# ---------------------------------------------------------------- the sheet comes back


def read_sheet(
    session: TrainingSession,
    rows: Sequence[Attendance],
    *,
    present: str,
    leave: str = "",
    morning: str = "",
    afternoon: str = "",
    day: int | None = None,
) -> list[Attendance]:
    """The roster as the typed row numbers say ("1-14,16,18"); who is in none of the lists was absent.

    `day`: of a course of several days, counted from 1; None: of the whole session, where somebody who was there on some
    days (部分到会) and is in no list keeps those days. Scores and remarks stay.

    Raises UserError: MH-TRAINING-12 a number beyond the sheet, MH-TRAINING-13 a number in two lists, MH-TRAINING-20
    something that is no row numbers, MH-TRAINING-43 a day the course does not have.
    """
    known = [row.row for row in rows]
    lists = {
        Presence.PRESENT: rules.read_rows(present, known),
        Presence.LEAVE: rules.read_rows(leave, known),
        Presence.MORNING: rules.read_rows(morning, known),
        Presence.AFTERNOON: rules.read_rows(afternoon, known),
    }
    said: dict[int, Presence] = {}
    for presence, numbers in lists.items():
        for number in sorted(numbers):
            if number in said:
                raise UserError("MH-TRAINING-13", row=number)
            said[number] = presence
    if day is not None and not 1 <= day <= len(training_days.days(session)):
        raise UserError("MH-TRAINING-43", day=day, days=len(training_days.days(session)))
    found = []
    for row in rows:
        if day is None and row.row not in said and row.presence == Presence.PART:
            found.append(row)
            continue
        answer = said.get(row.row, Presence.ABSENT).value
        found.append(
            training_days.with_whole(row, answer) if day is None else training_days.with_day(session, row, day, answer)
        )
    return found


def read_scores(rows: Sequence[Attendance], typed: str) -> list[Attendance]:
    """Scores as they are typed: a line each, row number, theory, practice ("1 90 85"); "-" is none.

    Raises UserError: MH-TRAINING-31 a line that cannot be read, MH-TRAINING-12 a number beyond the sheet.
    """
    known = {row.row: row for row in rows}
    found: dict[int, Attendance] = {}
    for line in unicodedata.normalize("NFKC", typed).splitlines():
        parts = line.replace(",", " ").replace("、", " ").split()
        if not parts:
            continue
        try:
            number = int(parts[0])
            values = [None if part == "-" else float(part) for part in parts[1:]]
        except ValueError:
            raise UserError("MH-TRAINING-31", line=line.strip()[:20]) from None
        if not 1 <= len(values) <= 2 or not all(one is None or math.isfinite(one) for one in values):  # noqa: PLR2004
            raise UserError("MH-TRAINING-31", line=line.strip()[:20])
        if number not in known:
            raise UserError("MH-TRAINING-12", row=number, last=max(known, default=0))
        row = found.get(number, known[number])
        practice = values[1] if len(values) > 1 else row.practice
        found[number] = dataclasses.replace(row, theory=values[0], practice=practice)
    return list(found.values())


def judge(ledger: Ledger, session_id: int, rows: Sequence[Attendance], *, today: date) -> list[Problem]:
    """What is wrong with rows as typed; nothing is stored."""
    return _judge(ledger, ledger.get(TrainingSession, session_id), rows, today)


def _judge(ledger: Ledger, session: TrainingSession, rows: Sequence[Attendance], today: date) -> list[Problem]:
    stored = {row.id: row for row in roster(ledger, session.id or 0)}
    limit = training_terms.load(ledger)["max_score"].value
    elsewhere = _elsewhere(ledger, session)
    found = []
    for row in rows:
        known = stored.get(row.id)
        if known is None or (known.row, known.staff_id) != (row.row, row.staff_id):
            found.append(Problem("MH-TRAINING-11", "name", params={"row": row.row}))
            continue
        there = elsewhere.get(row.staff_id, ())
        found += checks.attendance(row, session, elsewhere=there, max_score=limit, today=today)
    return found


def _elsewhere(ledger: Ledger, session: TrainingSession) -> dict[int, list[tuple[TrainingSession, Attendance]]]:
    """Rows of other sessions on one of the same days, by person."""
    found: dict[int, list[tuple[TrainingSession, Attendance]]] = {}
    if session.held_on is None:
        return found
    days = set(training_days.days(session))
    for other in ledger.find(TrainingSession):
        if other.id != session.id and not days.isdisjoint(training_days.days(other)):
            for row in ledger.find(Attendance, session_id=other.id):
                found.setdefault(row.staff_id, []).append((other, row))
    return found


def save_rows(
    ledger: Ledger, session_id: int, rows: Sequence[Attendance], *, today: date, is_back: bool = True
) -> Changes:
    """Store rows of a roster: presence, scores, make-up, certificate numbers.

    Once everybody has an answer the sheet is back (`sheet_back_on`). `is_back` False: it is not, all the same.

    Raises RecordRefused MH-TRAINING-21 naming the faults row by row; nothing is stored then.
    """
    session = ledger.get(TrainingSession, session_id)
    blocking = [one for one in _judge(ledger, session, rows, today) if one.severity == Severity.ERROR]
    if blocking:
        raise RecordRefused("MH-TRAINING-21", blocking)
    given = {row.id: row for row in rows}
    after = [given.get(row.id, row) for row in roster(ledger, session_id)]
    answered = bool(after) and all(row.presence is not None for row in after)
    with ledger.change("training.attendance") as change:
        for row in rows:
            change.replace(row)
        back = session.sheet_back_on
        if not is_back or not answered:
            back = None
        elif back is None:
            back = today
        change.replace(dataclasses.replace(session, sheet_back_on=back))
    return change.changes


def type_back(
    ledger: Ledger,
    session_id: int,
    *,
    present: str,
    leave: str = "",
    morning: str = "",
    afternoon: str = "",
    day: int | None = None,
    today: date,
) -> Changes:
    """The signed sheet by its row numbers, as `read_sheet` and `save_rows`. Raises what they raise."""
    rows = read_sheet(
        ledger.get(TrainingSession, session_id),
        roster(ledger, session_id),
        present=present,
        leave=leave,
        morning=morning,
        afternoon=afternoon,
        day=day,
    )
    return save_rows(ledger, session_id, rows, today=today)


# ---------------------------------------------------------------- what waits


def alone(ledger: Ledger, lines: Sequence[StaffLine], *, today: date) -> Mapping[int, int]:
    """Who signs follow-ups without 上岗前培训 passed: how many visits of late, by person.

    A visit names its doctor by name alone; of people of the same name nobody is accused.
    """
    since = today - timedelta(days=int(training_terms.load(ledger)["alone_days"].value))
    with ledger.read() as connection:
        counts = queries.signed(connection, since=since.isoformat())
    names_ = Counter(line.name for line in lines if line.is_in_post)
    return {
        line.id: counts[line.name]
        for line in lines
        if line.may_not_visit() and line.name in counts and names_[line.name] == 1
    }


@dataclass(frozen=True)
class Waiting:
    """What of training waits today."""

    month_missing: str | None  # the month whose training is not held: last month's late, this month's from a day on
    is_month_late: bool
    sheets: Sequence[TrainingSession]  # held, not typed back for days
    missed: Sequence[int]  # people who missed so many in a row
    certificates: int
    uncleared: Sequence[StaffLine]
    alone: Mapping[int, int]  # visits of late by people who may not visit alone


def waiting(ledger: Ledger, *, today: date) -> Waiting | None:
    """What waits; None in a ledger that keeps no staff and no training."""
    sessions = ledger.find(TrainingSession)
    lines = staff.listed(ledger, today=today, include_past=False)
    if not sessions and not lines:
        return None
    known = training_terms.load(ledger)
    wanted = int(known["monthly_sessions"].value)
    this, last = f"{today:%Y-%m}", f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
    began = min((rules.month_of(one) for one in sessions), default=this)
    is_late = began <= last and not rules.is_duty_done(sessions, last, wanted)
    is_due = today.day >= known["remind_from_day"].value and not rules.is_duty_done(sessions, this, wanted)
    in_post = {line.id for line in lines}
    old = today - timedelta(days=int(known["sheet_return_days"].value))
    papers = staff.expiring(lines, today=today, within_days=int(known["certificate_days"].value))
    return Waiting(
        month_missing=last if is_late else this if is_due else None,
        is_month_late=is_late,
        sheets=[
            one
            for one in sessions
            if (last_day := training_days.last_day(one)) and last_day <= old and one.sheet_back_on is None
        ],
        missed=[
            who for who, count in missed(ledger).items() if who in in_post and count >= known["missed_in_a_row"].value
        ],
        certificates=len(papers),
        uncleared=[line for line in lines if line.must_be_cleared()],
        alone=alone(ledger, lines, today=today),
    )
