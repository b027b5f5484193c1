"""Why somebody is counted or not: one Chinese sentence with dates, from the same judgements as the number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mhdesk.domain.follow_up import VisitForm
from mhdesk.rules import medication
from mhdesk.rules.facts import PatientFacts, Visit, day_text
from mhdesk.rules.indicators.register import event_id
from mhdesk.rules.indicators.registry import INDICATORS, name_of
from mhdesk.rules.judge import INCIDENT, Judge, Register, register_of
from mhdesk.rules.standard import Gap
from mhdesk.text import text

_MEDICATION = ("medication_rate", "schizophrenia_medication_rate", "schizophrenia_treatment_rate")
_REGULAR = ("regular_medication_rate", "schizophrenia_regular_medication_rate")

_SHOWN_DAYS = 3
_YES = "2"


@dataclass(frozen=True)
class _Case:
    """One person before one judge."""

    facts: PatientFacts
    judge: Judge
    register: Register

    @cached_property
    def window(self) -> Sequence[Visit]:
        return self.judge.window(self.facts)

    @property
    def is_away(self) -> bool:
        return not self.register.closing


def reason(indicator_id: str, facts: PatientFacts, judge: Judge) -> str:
    """Why the person is, or is not, in the numerator of an indicator."""
    register = register_of(facts, judge.frame)
    if register is None:
        return text("rules.reason.not_yet", day=day_text(facts.registered_day))
    case = _Case(facts, judge, register)
    tell = _TELLERS.get(indicator_id)
    return tell(case) if tell else text("rules.reason.attribute", name=name_of(indicator_id), now=_registered(case))


def gap_sentence(gap: Gap) -> str:
    """What breaks 规范管理, with its dates: "2026-03-02 至 2026-07-20 间隔 140 天，跨 4 个月，超过 3 个月"."""
    return text(
        f"rules.gap.{gap.kind}",
        first=day_text(gap.first),
        second=day_text(gap.second),
        days=gap.second - gap.first,
        amount=gap.amount,
        limit=gap.limit,
        due=day_text(gap.limit) if gap.kind.startswith("late") else "",
    )


def _registered(case: _Case) -> str:
    register, facts = case.register, case.facts
    if case.is_away:
        kind = "died" if register.died else "moved_out"
        return text(
            "rules.reason.not_registered", how=text(f"rules.reason.left_{kind}", day=day_text(register.left_day))
        )
    if not register.arrived_day:
        return text("rules.reason.registered_early")
    moved = register.returned or facts.registered_as == "moved_in"
    return text(f"rules.reason.{'arrived' if moved else 'registered'}", day=day_text(register.arrived_day))


def _managed(case: _Case) -> str:
    if not case.window:
        return text("rules.reason.unmanaged")
    return text("rules.reason.managed", count=len(case.window), last=day_text(case.window[-1].day))


def _standard(case: _Case) -> str:
    judge = case.judge
    if judge.terms.new_patients == "exclude" and judge.is_new(case.register):
        return text("rules.reason.new_excluded", days=judge.terms.new_patient_days)
    gap = judge.standard_gap(case.facts, case.register, case.window) if case.window else None
    if gap is not None:
        return gap_sentence(gap)
    if not case.window:
        return text("rules.reason.unmanaged")
    first, last = day_text(case.window[0].day), day_text(case.window[-1].day)
    return text("rules.reason.standard", first=first, last=last, count=len(case.window))


def _adherence(visit: Visit) -> str:
    return text(f"rules.adherence.{visit.adherence or 'unknown'}")


def _medicated(case: _Case) -> str:
    if not case.window:
        return text("rules.reason.no_medicine_visit")
    last = case.window[-1]
    if medication.is_excluded(last, case.judge.terms):
        return text("rules.reason.not_prescribed", day=day_text(last.day))
    if last.inpatient:
        return text("rules.reason.medicated_inpatient", day=day_text(last.day))
    return text("rules.reason.medicated", day=day_text(last.day), adherence=_adherence(last))


def _regular(case: _Case) -> str:
    visits = case.judge.medication_visits(case.window)
    if not visits:
        return text("rules.reason.no_medicine_visit")
    if medication.is_excluded(visits[-1], case.judge.terms):
        return text("rules.reason.not_prescribed", day=day_text(visits[-1].day))
    fault = case.judge.regular_fault(case.window)
    if fault is None:
        return text("rules.reason.regular", count=len(visits))
    return text("rules.reason.irregular", day=day_text(fault.day), adherence=_adherence(fault))


def _last_visit(case: _Case) -> str:
    last = case.facts.last
    if case.is_away:
        return _registered(case)
    if last is None:
        return text("rules.reason.no_last_visit")
    risk = text("rules.risk.level", level=last.risk) if last.risk else text("rules.risk.unknown")
    visit_class = text(f"rules.visit_class.{last.visit_class or 'unknown'}")
    return text("rules.reason.last_visit", day=day_text(last.day), risk=risk, visit_class=visit_class)


def _form(visit: Visit) -> str:
    return text(f"rules.form.{visit.form or 'unknown'}")


def _seen(case: _Case) -> str:
    seen = [visit for visit in case.window if visit.saw_patient]
    if not seen:
        return text("rules.reason.unseen")
    return text("rules.reason.seen", day=day_text(seen[-1].day), form=_form(seen[-1]))


def _due(case: _Case) -> str:
    if case.is_away:
        return _registered(case)
    if case.facts.lost:
        return text("rules.reason.lost")
    due = case.judge.due_day(case.facts, case.register)
    if not due:
        return text("rules.reason.due_now")
    late = case.judge.frame.last_day - due
    key = "overdue" if late > 0 else "due"
    return text(f"rules.reason.{key}", day=day_text(due), days=late)


def _due_from_start(case: _Case) -> str:
    if case.is_away:
        return _registered(case)
    due = case.judge.due_from_start(case.facts, case.register)
    return text("rules.reason.due", day=day_text(due)) if due else text("rules.reason.due_now")


def _done(start_of: str, *, face_only: bool) -> Callable[[_Case], str]:
    def tell(case: _Case) -> str:
        start = getattr(case.judge.frame, start_of)
        done = [visit for visit in case.facts.visits if visit.complete and visit.day >= start]
        if face_only:
            done = [visit for visit in done if visit.form in (VisitForm.CLINIC, VisitForm.HOME)]
        if not done:
            return text("rules.reason.no_last_visit")
        return text("rules.reason.done", day=day_text(done[-1].day), form=_form(done[-1]))

    return tell


def _incident(start_of: str) -> Callable[[_Case], str]:
    def tell(case: _Case) -> str:
        start = getattr(case.judge.frame, start_of)
        told = [
            text(
                "rules.reason.incident",
                day=day_text(visit.day),
                acts="、".join(
                    text("rules.act.times", act=text(f"rules.act.{act.code}"), count=act.count) for act in visit.acts
                ),
            )
            for visit in case.facts.visits
            if visit.acts and visit.day >= start
        ]
        days = [day for day in case.facts.records.get(INCIDENT, ()) if start <= day < case.judge.frame.end]
        if days:
            told.append(text("rules.reason.recorded", days=_days_said(days), kind=text(f"rules.record.{INCIDENT}")))
        return "；".join(told) or text("rules.reason.no_incident")

    return tell


def _days_said(days: Sequence[int]) -> str:
    """The last three days, and how many there are."""
    said = "、".join(day_text(day) for day in days[-_SHOWN_DAYS:])
    return said if len(days) <= _SHOWN_DAYS else text("rules.reason.more_days", days=said, count=len(days))


def _record(kind: str, start_of: str) -> Callable[[_Case], str]:
    """What records of a kind since a day of the frame say; `window_start` is the rule set's window."""
    suffix = "_in_window" if start_of == "window_start" else ""

    def tell(case: _Case) -> str:
        first, end = getattr(case.judge.frame, start_of), case.judge.frame.end
        days = [day for day in case.facts.records.get(kind, ()) if first <= day < end]
        word = text(f"rules.record.{kind}")
        if not days:
            return text(f"rules.reason.not_recorded{suffix}", kind=word)
        return text(f"rules.reason.recorded{suffix}", days=_days_said(days), kind=word)

    return tell


def _both(first: Callable[[_Case], str], second: Callable[[_Case], str]) -> Callable[[_Case], str]:
    return lambda case: f"{first(case)}；{second(case)}"


def _checked(case: _Case) -> str:
    day = case.judge.checkup_day(case.facts, case.window)
    return text("rules.reason.checked", day=day_text(day)) if day else text("rules.reason.unchecked")


def _free(case: _Case) -> str:
    return text("rules.reason.free_medicine", last=_medicated(case), free=_yes_no(case.facts.free_medicine))


def _rehabilitated(case: _Case) -> str:
    if case.facts.community_rehabilitation != _YES:
        return text("rules.reason.rehabilitation_none")
    return _record("rehabilitation", "window_start")(case)


def _yes_no(code: str | None) -> str:
    return text("rules.yes" if code == _YES else "rules.no")


def _event(kind: str) -> Callable[[_Case], str]:
    def tell(case: _Case) -> str:
        days = [movement.day for movement in case.facts.movements if movement.kind == kind]
        if kind == ("moved_in" if case.facts.registered_as == "moved_in" else "new") and case.facts.registered_day:
            days.insert(0, case.facts.registered_day)
        if not days:
            return _registered(case)
        return text("rules.reason.event", day=day_text(days[-1]), kind=text(f"rules.event.{kind}"))

    return tell


def _tellers() -> Mapping[str, Callable[[_Case], str]]:
    tellers: dict[str, Callable[[_Case], str]] = {
        "registered": _registered,
        "prevalence": _registered,
        "staff_ratio": _registered,
        "registered_at_start": _registered,
        "managed": _managed,
        "management_rate": _managed,
        "at_home": _managed,
        "standard_management_rate": _standard,
        "face_to_face_rate": _seen,
        "visits_due": _due_from_start,
        "visits_overdue": _due,
        "visits_done": _done("start", face_only=False),
        "visits_done_in_year": _done("year_start", face_only=False),
        "visits_face_to_face": _done("start", face_only=True),
        "visits_face_to_face_in_year": _done("year_start", face_only=True),
        "incidents": _incident("start"),
        "incidents_in_year": _incident("year_start"),
        "stability_rate": _last_visit,
        "in_hospital": _medicated,
        "checkup_rate": _checked,
        "home_management_rate": _both(_managed, _medicated),
        "incident_rate": _incident("year_start"),
        "minor_incident_rate": _incident("year_start"),
        "visit_timeliness_rate": _both(_due_from_start, _done("start", face_only=False)),
        "second_generation_free_rate": _free,
        "rehabilitation_service_rate": _rehabilitated,
        "referral_rate": _both(_last_visit, _record("referral", "window_start")),
        "information_exchange_rate": _both(_last_visit, _record("exchange", "window_start")),
        "prevalence_percent": _registered,
        "estimated_registration_rate": _registered,
        "lost": lambda case: text("rules.reason.lost") if case.facts.lost else _last_visit(case),
    }
    tellers |= dict.fromkeys(_MEDICATION, _medicated) | dict.fromkeys(_REGULAR, _regular)
    tellers |= dict.fromkeys(("irregular_medication", "no_medication", "medication_not_needed"), _medicated)
    for indicator in INDICATORS.values():
        if indicator.record:
            tellers[indicator.id] = _record(indicator.record, "start" if indicator.span == "period" else "year_start")
    for indicator_id in INDICATORS:
        if indicator_id.startswith(("risk_", "class_")):
            tellers[indicator_id] = _last_visit
    for span in ("period", "year"):
        for kind in ("new", "died", "moved_in", "moved_out"):
            tellers[event_id(kind, span)] = _event(kind)
    return tellers


_TELLERS = _tellers()
