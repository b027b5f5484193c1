"""Sentences of what happened: coming and going, visits due and done, dangerous acts, records beside the sheets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from mhdesk.domain.follow_up import VisitForm
from mhdesk.rules.facts import Visit, day_text
from mhdesk.rules.indicators.case import Case, form, registered
from mhdesk.rules.judge import INCIDENT
from mhdesk.rules.schedule import DueState
from mhdesk.text import text

Teller = Callable[[Case], str]
_SHOWN_DAYS = 3
_FACE_FORMS = (VisitForm.CLINIC.value, VisitForm.HOME.value)


def at_start(case: Case) -> str:
    """On the register before the period's first day, or not."""
    key = "start_in" if case.register.opening else "start_out"
    return text(f"rules.reason.{key}", day=day_text(case.judge.frame.start), now=registered(case))


def event(kind: str, span: str) -> Teller:
    """Whether the person came or left in a span of the frame ("period" or "year"), and on which day."""

    def tell(case: Case) -> str:
        frame, facts = case.judge.frame, case.facts
        first = frame.start if span == "period" else frame.year_start
        days = [movement.day for movement in facts.movements if movement.kind == kind]
        if kind == ("moved_in" if facts.registered_as == "moved_in" else "new") and facts.registered_day:
            days.append(facts.registered_day)
        words, inside = text(f"rules.event.{kind}"), [day for day in days if day >= first]
        if (kind, span) in case.register.events:
            return text("rules.reason.event", day=day_text(max(inside)), kind=words)
        if inside:
            return text("rules.reason.event_void", day=day_text(max(inside)), kind=words, now=registered(case))
        if days:
            return text("rules.reason.event_before", day=day_text(max(days)), kind=words, start=day_text(first))
        return text("rules.reason.event_none", kind=words, now=registered(case))

    return tell


def due_now(case: Case) -> str:
    """Where the person stands at the cut-off: due, overdue, or why nobody is waited for."""
    facts, judge = case.facts, case.judge
    due, state = judge.due_day(facts, case.register), case.course.due
    if facts.is_sought:
        return text("rules.reason.lost")
    words = {"day": day_text(due), "days": judge.frame.last_day - due}
    if state is DueState.OVERDUE:
        return text("rules.reason.overdue", **words)
    if state is DueState.SNOOZED:
        if judge.frame.last_day < facts.until_day:
            return text("rules.reason.put_off", until=day_text(facts.until_day), **words)
        if facts.in_hospital and judge.frame.last_day <= due:
            return text("rules.reason.waits_in_hospital", **words)
        return text("rules.reason.just_tried", tried=day_text(facts.attempt_day), **words)
    return text("rules.reason.due", **words) if due else text("rules.reason.due_now")


def due_in_period(case: Case) -> str:
    """Whether a visit was due in the period, seen from its first day."""
    facts, judge = case.facts, case.judge
    if facts.lost:
        return text("rules.reason.lost")
    due = judge.due_of_period(facts, case.register)
    if not due:
        return text("rules.reason.due_now")
    key = "due" if due < judge.frame.end else "due_later"
    return text(f"rules.reason.{key}", day=day_text(due))


def done(start_of: str, *, face_only: bool) -> Teller:
    """The last visit since a day of the frame, or that there was none."""

    def tell(case: Case) -> str:
        start = getattr(case.judge.frame, start_of)
        visits = [visit for visit in case.facts.visits if visit.complete and visit.day >= start]
        if face_only:
            visits = [visit for visit in visits if visit.form in _FACE_FORMS]
        if visits:
            return text("rules.reason.done", day=day_text(visits[-1].day), form=form(visits[-1]))
        key = "not_done_face" if face_only else "not_done"
        last = case.facts.last
        said = text(f"rules.reason.{key}", start=day_text(start))
        return said if last is None else f"{said}；{text('rules.reason.last_of_all', day=day_text(last.day))}"

    return tell


def incident(start_of: str) -> Teller:
    """Dangerous acts on sheets and in records since a day of the frame."""

    def tell(case: Case) -> str:
        start = getattr(case.judge.frame, start_of)
        told = [_acts(visit, [act.code for act in visit.acts]) for visit in case.facts.visits if visit.day >= start]
        days = [day for day in case.facts.records.get(INCIDENT, ()) if start <= day < case.judge.frame.end]
        if days:
            told.append(text("rules.reason.recorded", days=days_said(days), kind=text(f"rules.record.{INCIDENT}")))
        return "；".join(one for one in told if one) or text("rules.reason.no_incident", start=day_text(start))

    return tell


def acts_of_year(codes: Collection[str], kind: str) -> Teller:
    """Acts of some kinds that this year's sheets tell of, and joint visits by records of a kind."""

    def tell(case: Case) -> str:
        start = case.judge.frame.year_start
        told = [_acts(visit, codes) for visit in case.facts.visits if visit.day >= start]
        days = [day for day in case.facts.records.get(kind, ()) if start <= day < case.judge.frame.end]
        if days:
            told.append(text("rules.reason.recorded", days=days_said(days), kind=text(f"rules.record.{kind}")))
        kinds = "、".join(text(f"rules.act.{code}") for code in codes)
        return "；".join(one for one in told if one) or text("rules.reason.no_acts", start=day_text(start), acts=kinds)

    return tell


def _acts(visit: Visit, codes: Collection[str]) -> str:
    """What a sheet says of dangerous acts of these kinds, "" for nothing."""
    found = [act for act in visit.acts if act.code in codes]
    if not found:
        return ""
    acts = "、".join(text("rules.act.times", act=text(f"rules.act.{act.code}"), count=act.count) for act in found)
    return text("rules.reason.incident", day=day_text(visit.day), acts=acts)


def days_said(days: Sequence[int]) -> str:
    """The last three days, and how many there are."""
    said = "、".join(day_text(day) for day in days[-_SHOWN_DAYS:])
    return said if len(days) <= _SHOWN_DAYS else text("rules.reason.more_days", days=said, count=len(days))


def record(kind: str, start_of: str) -> Teller:
    """What records of a kind since a day of the frame say; `window_start` is the rule set's window."""
    suffix = "_in_window" if start_of == "window_start" else ""

    def tell(case: Case) -> str:
        first, end = getattr(case.judge.frame, start_of), case.judge.frame.end
        days = [day for day in case.facts.records.get(kind, ()) if first <= day < end]
        word = text(f"rules.record.{kind}")
        if not days:
            return text(f"rules.reason.not_recorded{suffix}", kind=word, start=day_text(first))
        return text(f"rules.reason.recorded{suffix}", days=days_said(days), kind=word)

    return tell
