"""Checks of staff and training: posts that cannot both be held, sheets that cannot be right. They never raise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from mhdesk.domain.problems import Problem
from mhdesk.domain.staff import Certificate, StaffMember, StaffPost
from mhdesk.domain.training import Attendance, TrainingSession
from mhdesk.rules import training, training_days

#: The codes of all findings here.
CODES = (
    "MH-STAFF-10",
    "MH-STAFF-11",
    "MH-STAFF-12",
    "MH-STAFF-13",
    "MH-STAFF-14",
    "MH-STAFF-15",
    "MH-STAFF-16",
    "MH-STAFF-17",
    "MH-STAFF-18",
    "MH-STAFF-19",
    "MH-TRAINING-01",
    "MH-TRAINING-02",
    "MH-TRAINING-03",
    "MH-TRAINING-04",
    "MH-TRAINING-05",
    "MH-TRAINING-10",
    "MH-TRAINING-14",
    "MH-TRAINING-15",
    "MH-TRAINING-16",
    "MH-TRAINING-17",
    "MH-TRAINING-36",
    "MH-TRAINING-37",
    "MH-TRAINING-38",
    "MH-TRAINING-39",
)
_MOST_HOURS = 200.0
_FAR = date.max


def member(one: StaffMember, *, others: Sequence[StaffMember], today: date) -> list[Problem]:
    """Faults of a person: no name, the same person twice, cleared in the future."""
    found = []
    if not one.name.strip():
        found.append(Problem("MH-STAFF-10", "name"))
    if one.phone and any(other.name == one.name and other.phone == one.phone for other in others if other.id != one.id):
        found.append(Problem("MH-STAFF-11", "name"))
    if one.cleared_on is not None and one.cleared_on > today:
        found.append(Problem("MH-STAFF-12", "cleared_on"))
    return found


def posts(held: Sequence[StaffPost]) -> list[Problem]:
    """Faults of all posts of one person together: two whole posts at the same time above all."""
    found = [problem for post in held for problem in _post(post)]
    for place, post in enumerate(held):
        together = [other for other in held if _at_once(post, other)]
        same = [other for other in held[:place] if _at_once(post, other) and _where(other) == _where(post)]
        if any(other.role == post.role for other in same):
            found.append(Problem("MH-STAFF-15", "role"))
        elif len(together) > 1 and sum(1.0 if one.fte is None else one.fte for one in together) > 1:
            found.append(Problem("MH-STAFF-16", "fte"))
    return list({(one.code, one.field): one for one in found}.values())


def _post(post: StaffPost) -> list[Problem]:
    found = []
    if post.unit_id is None and not (post.workplace or "").strip():
        found.append(Problem("MH-STAFF-13", "workplace"))
    if post.fte is not None and not 0 < post.fte <= 1:
        found.append(Problem("MH-STAFF-14", "fte"))
    if post.started_on is not None and post.ended_on is not None and post.ended_on < post.started_on:
        found.append(Problem("MH-STAFF-17", "ended_on"))
    return found


def _where(post: StaffPost) -> object:
    return post.unit_id if post.unit_id is not None else post.workplace


def _at_once(one: StaffPost, other: StaffPost) -> bool:
    """Whether some day lies in both; on a starting day nobody knows, the post is as old as can be."""
    start = max(one.started_on or date.min, other.started_on or date.min)
    return start < min(one.ended_on or _FAR, other.ended_on or _FAR)


def certificate(one: Certificate) -> list[Problem]:
    """Faults of a certificate."""
    found = []
    if not one.name.strip():
        found.append(Problem("MH-STAFF-18", "name"))
    if one.issued_on is not None and one.valid_until is not None and one.valid_until < one.issued_on:
        found.append(Problem("MH-STAFF-19", "valid_until"))
    return found


def session(one: TrainingSession, *, max_score: float) -> list[Problem]:
    """Faults of a session before anybody is on its roster."""
    found = []
    if not one.title.strip():
        found.append(Problem("MH-TRAINING-01", "title"))
    if not _is_month(one.month):
        found.append(Problem("MH-TRAINING-02", "month"))
    if one.hours is not None and not 0 < one.hours <= _MOST_HOURS:
        found.append(Problem("MH-TRAINING-03", "hours"))
    start, end = training.minute_of(one.starts_at), training.minute_of(one.ends_at)
    is_unread = (one.starts_at and start is None) or (one.ends_at and end is None)
    if is_unread or (start is not None and end is not None and end <= start):
        found.append(Problem("MH-TRAINING-04", "starts_at"))
    if one.ends_on is not None and (
        one.held_on is None or not 0 <= (one.ends_on - one.held_on).days < training_days.MOST_DAYS
    ):
        found.append(Problem("MH-TRAINING-36", "ends_on", params={"most": training_days.MOST_DAYS}))
    elif one.day_parts and len(one.day_parts) > max(1, len(training_days.days(one))):
        count = len(training_days.days(one))
        found.append(Problem("MH-TRAINING-37", "day_parts", params={"typed": len(one.day_parts), "days": count}))
    if one.pass_mark is not None and not 0 < one.pass_mark <= max_score:
        found.append(Problem("MH-TRAINING-05", "pass_mark", params={"max": f"{max_score:g}"}))
    return found


def _is_month(month: str) -> bool:
    try:
        date.fromisoformat(f"{month}-01")
    except ValueError:
        return False
    return True


def attendance(
    line: Attendance,
    held: TrainingSession,
    *,
    elsewhere: Sequence[tuple[TrainingSession, Attendance]],
    max_score: float,
    today: date,
) -> list[Problem]:
    """Faults of one row. `elsewhere`: the person's rows of other sessions."""
    params: Mapping[str, object] = {"row": line.row}
    found = []
    is_answered = line.presence is not None or any(
        one is not None for one in (line.theory, line.practice, line.made_up_on, line.resit_on)
    )
    if (is_answered or any(line.by_day or ())) and _is_early(line, held, today):
        found.append(Problem("MH-TRAINING-10", "presence", params=params))
        return found
    if not training_days.is_faithful(held, line):
        found.append(Problem("MH-TRAINING-38", "presence", params=params))
    elif training_days.is_off_half(held, line):
        found.append(Problem("MH-TRAINING-39", "presence", params=params))
    scores = (line.theory, line.practice, line.resit_theory, line.resit_practice)
    if any(one is not None and not 0 <= one <= max_score for one in scores):
        found.append(Problem("MH-TRAINING-14", "theory", params={**params, "max": f"{max_score:g}"}))
    if any(training.overlap(held, line, session, other) for session, other in elsewhere):
        found.append(Problem("MH-TRAINING-15", "presence", params=params))
    if line.made_up_on is not None and not _is_after(held, line.made_up_on, today):
        found.append(Problem("MH-TRAINING-16", "made_up_on", params=params))
    has_resit = line.resit_theory is not None or line.resit_practice is not None
    if (has_resit or line.resit_on is not None) and (line.theory is None and line.practice is None):
        found.append(Problem("MH-TRAINING-17", "resit_on", params=params))
    if line.resit_on is not None and not _is_after(held, line.resit_on, today):
        found.append(Problem("MH-TRAINING-16", "resit_on", params=params))
    return found


def _is_early(line: Attendance, held: TrainingSession, today: date) -> bool:
    """Whether something is said of a day that has not come."""
    if held.held_on is None or held.held_on > today:
        return True
    days, said = training_days.days(held), training_days.presences(held, line)
    return any(presence is not None and day > today for day, presence in zip(days, said, strict=True))


def _is_after(held: TrainingSession, day: date, today: date) -> bool:
    return held.held_on is not None and held.held_on <= day <= today
