"""Rows of a training ledger against ours: a session by name and day, a person by name (and unit) among the staff."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from mhdesk.domain import names
from mhdesk.domain.errors import UserError
from mhdesk.domain.training import Attendance, Presence, SessionKind, SessionLevel, TrainingSession
from mhdesk.rules import training_days
from mhdesk.rules.checks import training as checks
from mhdesk.services import staff, training_terms
from mhdesk.services.imports.result import Outcome, conflict, rejected
from mhdesk.text import text

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger

_MOST_ROWS = 9999
_FIELDS = (
    *("made_up_on", "theory", "practice", "resit_on", "resit_theory", "resit_practice", "certificate_number", "note"),
)


@dataclasses.dataclass
class _Held:
    """A session as the file will leave it; `is_new`: the file brings it."""

    session: TrainingSession
    rows: list[Attendance]
    is_new: bool = False


class TrainingBook:
    """The training ledger while a file is read."""

    def __init__(self, ledger: Ledger, today: date) -> None:
        self._today = today
        self._level = "district" if ledger.level == "district" else "township"
        self._max = training_terms.load(ledger)["max_score"].value
        self._staff = staff.listed(ledger, today=today)
        rows = ledger.find(Attendance)
        self._held = [
            _Held(session, [row for row in rows if row.session_id == session.id])
            for session in ledger.find(TrainingSession)
        ]
        self._stored: dict[tuple[type, int | None], Any] = {}
        for held in self._held:
            for record in (held.session, *held.rows):
                self._stored[type(record), record.id] = record

    def take(self, values: Mapping[str, Any]) -> Outcome:
        """One row: a person in a session, or a session alone. Raises Refusal."""
        found = self._find(values)
        held = found or _Held(self._fresh(values), [], is_new=True)
        session = self._session(held.session, values)
        if faults := checks.session(session, max_score=self._max):
            raise rejected(faults[0].code, faults[0].field, **faults[0].params)
        if "name" not in values:
            outcome = Outcome.NEW if found is None else Outcome.SAME if session == held.session else Outcome.CHANGED
            self._keep(held, session, is_new=found is None)
            return outcome
        row, rows, outcome = self._row(held, values)
        there = self._elsewhere(held, row)
        faults = checks.attendance(row, session, elsewhere=there, max_score=self._max, today=self._today)
        if faults:
            raise rejected(faults[0].code, faults[0].field, **faults[0].params)
        held.rows = rows
        self._keep(held, session, is_new=found is None)
        return outcome

    def _keep(self, held: _Held, session: TrainingSession, *, is_new: bool) -> None:
        held.session = session
        if is_new:
            self._held.append(held)

    def _find(self, values: Mapping[str, Any]) -> _Held | None:
        same = [
            one for one in self._held if one.session.title == values["title"] and _is_when(one.session, values["day"])
        ]
        dated = [one for one in same if one.session.held_on is not None]
        return next(iter(dated or same), None)

    def _fresh(self, values: Mapping[str, Any]) -> TrainingSession:
        return TrainingSession(
            title=values["title"], kind=SessionKind.OTHER.value, level=self._level, month=_month(values["day"])
        )

    def _session(self, session: TrainingSession, values: Mapping[str, Any]) -> TrainingSession:
        said: dict[str, Any] = {key: values[key] for key in ("hours", "teacher", "place", "ends_on") if key in values}
        if isinstance(values["day"], date):
            said["held_on"] = values["day"]
        if said.get("ends_on") == values["day"]:
            said["ends_on"] = None
        if "day_parts" in values:
            count = len(training_days.days(dataclasses.replace(session, **said)))
            said["day_parts"] = _read(training_days.read_parts, values["day_parts"], count, column="day_parts")
        for key, table, codes in (("kind", "kind", SessionKind), ("level", "level", SessionLevel)):
            if key in values:
                said[key] = code_of(values[key], table, codes, key)
        return dataclasses.replace(session, **said)

    def _row(self, held: _Held, values: Mapping[str, Any]) -> tuple[Attendance, list[Attendance], Outcome]:
        name = names.normalize(str(values["name"]))
        said: dict[str, Any] = {key: values[key] for key in _FIELDS if key in values}
        if "presence" in values:
            said["presence"] = code_of(values["presence"], "presence", Presence, "presence")
            said["by_day"] = None
        if "by_day" in values:
            said |= _by_day(values["by_day"])
        for at, row in enumerate(held.rows):
            if row.name == name and values.get("workplace") in (None, row.workplace):
                if values.get("row", row.row) != row.row:
                    raise rejected("MH-TRAINING-46", "row", name=name, known=row.row, row=values["row"])
                fresh = dataclasses.replace(row, **said)
                outcome = Outcome.SAME if fresh == row else Outcome.CHANGED
                return fresh, [*held.rows[:at], fresh, *held.rows[at + 1 :]], outcome
        person = self._person(name, values.get("workplace"))
        if person is None or not held.is_new:
            raise rejected("MH-TRAINING-19", "name", name=name)
        used = {row.row for row in held.rows}
        number = values.get("row")
        if number is None:
            number = max(used, default=0) + 1
        elif number in used or not 1 <= number <= _MOST_ROWS:
            raise rejected("MH-TRAINING-47", "row", row=number)
        fresh = Attendance(
            session_id=0,
            row=number,
            staff_id=person.id,
            name=name,
            workplace=values.get("workplace") or person.workplace or None,
            position=values.get("position") or (person.post.position if person.post else None),
            phone=person.member.phone,
            **said,
        )
        return fresh, [*held.rows, fresh], Outcome.NEW

    def _person(self, name: str, workplace: str | None) -> staff.StaffLine | None:
        same = [one for one in self._staff if one.name == name]
        if len(same) > 1:
            same = [one for one in same if one.workplace == workplace]
            if len(same) != 1:
                raise conflict("MH-STAFF-22", "name")
        return same[0] if same else None

    def _elsewhere(self, held: _Held, row: Attendance) -> list[tuple[TrainingSession, Attendance]]:
        return [
            (other.session, line)
            for other in self._held
            if other is not held
            for line in other.rows
            if line.staff_id == row.staff_id
        ]

    def write(self, change: Change) -> None:
        """Store what the file changed; a new session whose every row has an answer is back."""
        for held in self._held:
            session = held.session
            answered = bool(held.rows) and all(row.presence is not None for row in held.rows)
            if answered and session.sheet_back_on is None:
                session = dataclasses.replace(session, sheet_back_on=self._today)
            session_id = session.id
            if session_id is None:
                session_id = change.add(session)
            elif session != self._stored[TrainingSession, session_id]:
                change.replace(session)
            for row in held.rows:
                if row.id is None:
                    change.add(dataclasses.replace(row, session_id=session_id))
                elif row != self._stored[Attendance, row.id]:
                    change.replace(row)


def _month(when: date | str) -> str:
    """The month of a day, or the month a plan names."""
    return when if isinstance(when, str) else f"{when:%Y-%m}"


def _is_when(session: TrainingSession, when: date | str) -> bool:
    """Whether a session is that of the day, or the plan's of the month; a plan without its day may get it."""
    if isinstance(when, str):
        return _month(session.held_on or session.month) == when
    return session.held_on == when or (session.held_on is None and session.month == _month(when))


def _read(reader: Callable[..., Any], *given: Any, column: str) -> Any:
    """What a reader of the window makes of a cell. Raises Refusal MH-STAFF-21."""
    try:
        return reader(*given)
    except UserError:
        raise rejected("MH-STAFF-21", column, label=text(f"training.field.{column}"), text=str(given[0])[:20]) from None


def _by_day(said: Any) -> dict[str, Any]:
    """Presence of each day and of the whole. Raises Refusal MH-STAFF-21."""
    days = _read(training_days.read_presences, str(said), column="by_day")
    line = training_days.with_days(Attendance(session_id=0, row=0, staff_id=0, name=""), [one or None for one in days])
    return {"presence": line.presence, "by_day": line.by_day}


def code_of(said: Any, table: str, codes: type[StrEnum], column: str) -> str:
    """The code of a word, or of itself. Raises Refusal MH-TRAINING-18."""
    words = {text(f"training.{table}.{code}"): code.value for code in codes}
    words |= {code.value: code.value for code in codes}
    found = words.get(str(said))
    if found is None:
        label = text(f"training.field.{column}")
        known = "、".join(text(f"training.{table}.{code}") for code in codes)
        raise rejected("MH-TRAINING-18", column, text=said, label=label, codes=known)
    return found
