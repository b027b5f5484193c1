"""Why somebody is counted or not: one Chinese sentence with dates, from the same judgements as the number.

A sentence never serves both sides: what it says of somebody counted it says of nobody who is not (a test walks every
indicator of every rule set over random people and compares).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mhdesk.domain.codes import code_list
from mhdesk.domain.follow_up import Adherence, VisitClass
from mhdesk.rules.facts import PatientFacts, Visit, day_text
from mhdesk.rules.indicators import explain_events as events
from mhdesk.rules.indicators.aside import aside
from mhdesk.rules.indicators.case import Case, adherence, form, registered, risk, visit_class
from mhdesk.rules.indicators.condition import COLOURS
from mhdesk.rules.indicators.register import event_id
from mhdesk.rules.indicators.registry import INDICATORS, name_of
from mhdesk.rules.indicators.visits import NUISANCE, OFFENCES
from mhdesk.rules.judge import NUISANCE_TOLD, TROUBLE_TOLD, Judge, register_of
from mhdesk.rules.standard import Gap
from mhdesk.text import text

_REGULAR = ("regular_medication_rate", "schizophrenia_regular_medication_rate")
_YES = "2"


def reason(indicator_id: str, facts: PatientFacts, judge: Judge) -> str:
    """Why the person is, or is not, in the numerator of an indicator."""
    register = register_of(facts, judge.frame)
    if register is None:
        return text("rules.reason.not_yet", day=day_text(facts.registered_day))
    case = Case(facts, judge, register)
    tell = _TELLERS.get(indicator_id)
    if tell is None:  # a figure of the unit's year: nobody stands behind it
        return text("rules.reason.figure", name=name_of(indicator_id), now=registered(case))
    return aside(INDICATORS[indicator_id], case) or tell(case)


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


def _managed(case: Case) -> str:
    if not case.window:
        return text("rules.reason.unmanaged")
    return text("rules.reason.managed", count=len(case.window), last=day_text(case.window[-1].day))


def _at_home(case: Case) -> str:
    if case.window and case.window[-1].inpatient:
        return text("rules.reason.medicated_inpatient", day=day_text(case.window[-1].day))
    return _managed(case)


def _standard(case: Case) -> str:
    gap = case.judge.standard_gap(case.facts, case.register, case.window) if case.window else None
    if gap is not None:
        return gap_sentence(gap)
    if not case.window:
        return text("rules.reason.unmanaged")
    first, last = day_text(case.window[0].day), day_text(case.window[-1].day)
    return text("rules.reason.standard", first=first, last=last, count=len(case.window))


def _medicated(case: Case) -> str:
    if not case.window:
        return text("rules.reason.no_medicine_visit")
    last = case.window[-1]
    if last.inpatient:
        return text("rules.reason.medicated_inpatient", day=day_text(last.day))
    return text("rules.reason.medicated", day=day_text(last.day), adherence=adherence(last))


def _treated(case: Case) -> str:
    last = case.facts.last
    if case.window and last is not None and last.adherence == Adherence.NOT_NEEDED:
        return text("rules.reason.medicated", day=day_text(last.day), adherence=adherence(last))
    return _medicated(case)


def _regular(case: Case) -> str:
    visits = case.judge.medication_visits(case.window)
    if not visits:
        return text("rules.reason.no_medicine_visit")
    fault = case.judge.regular_fault(case.window)
    if fault is None:
        return text("rules.reason.regular", count=len(visits))
    return text("rules.reason.irregular", day=day_text(fault.day), adherence=adherence(fault))


def _last_visit(case: Case) -> str:
    last = case.facts.last
    if last is None:
        return text("rules.reason.no_last_visit")
    return text("rules.reason.last_visit", day=day_text(last.day), risk=risk(last), visit_class=visit_class(last))


def _last_adherence(case: Case) -> str:
    """What the last visit of all says of medicine, however old it is."""
    last = case.facts.last
    if last is None:
        return text("rules.reason.no_last_visit")
    if case.course.in_hospital:
        return text("rules.reason.medicated_inpatient", day=day_text(last.day))
    return text("rules.reason.medicated", day=day_text(last.day), adherence=adherence(last))


def _in_hospital(case: Case) -> str:
    last = case.facts.last
    if case.course.in_hospital or last is None or not last.inpatient:
        at_home = text("rules.reason.not_inpatient", day=day_text(last.day)) if last else _last_visit(case)
        return _last_adherence(case) if case.course.in_hospital else at_home
    if case.facts.lost:
        return text("rules.reason.lost")
    return text("rules.reason.discharged", day=day_text(case.facts.open_discharge_day))


def _lost(case: Case) -> str:
    return text("rules.reason.lost") if case.facts.lost else _last_visit(case)


def _stable(case: Case) -> str:
    """The visit that decides 病情稳定率, by the rule set's reading of it."""
    kind, window = case.judge.terms.stability, case.window
    if kind == "last_registered":
        return _class_of(case.facts.last)
    if not window:
        return text("rules.reason.unmanaged")
    if kind == "whole_year":
        fault = next((visit for visit in window if visit.visit_class != VisitClass.STABLE), None)
        return _class_of(fault) if fault else text("rules.reason.always_stable", count=len(window))
    if kind != "last_managed" and window[-1].day < case.judge.frame.recent_start:
        start = day_text(case.judge.frame.recent_start)
        return text("rules.reason.stable_old", visit=_class_of(window[-1]), start=start)
    return _class_of(window[-1])


def _class_of(visit: Visit | None) -> str:
    if visit is None:
        return text("rules.reason.no_last_visit")
    return text("rules.reason.class_of", day=day_text(visit.day), visit_class=visit_class(visit))


def _seen(case: Case) -> str:
    seen = [visit for visit in case.window if visit.saw_patient]
    if not seen:
        return text("rules.reason.unseen")
    return text("rules.reason.seen", day=day_text(seen[-1].day), form=form(seen[-1]))


def _checked(case: Case) -> str:
    day = case.judge.checkup_day(case.facts, case.window)
    return text("rules.reason.checked", day=day_text(day)) if day else text("rules.reason.unchecked")


def _free(case: Case) -> str:
    return text("rules.reason.free_medicine", last=_last_adherence(case), free=_yes_no(case.facts.free_medicine))


def _both(first: events.Teller, second: events.Teller) -> events.Teller:
    return lambda case: f"{first(case)}；{second(case)}"


def _yes_no(code: str | None) -> str:
    return text("rules.yes" if code == _YES else "rules.no")


def _attribute(item: str, value: Callable[[PatientFacts], str]) -> events.Teller:
    """What the file says, in its words; `item` is the key of its name."""
    return lambda case: text("rules.reason.attribute", name=text(item), value=value(case.facts), now=registered(case))


def _label(list_name: str, code: str | None) -> str:
    return code_list(list_name).label(code) if code else text("rules.reason.not_written")


def _attributes() -> dict[str, events.Teller]:
    colour = _attribute("rules.item.colour", lambda facts: _label("colour", facts.colour))
    return {
        "refused_consent": _attribute("rules.item.consent", lambda facts: _label("consent", facts.consent)),
        "weak_guardianship": _attribute(
            "rules.item.guardianship", lambda facts: _label("guardianship", facts.guardianship)
        ),
        "reward_agreement": _attribute("rules.item.reward_agreement", lambda facts: _yes_no(facts.reward_agreement)),
        "free_medicine": _attribute("rules.item.free_medicine", lambda facts: _yes_no(facts.free_medicine)),
        "long_acting": _attribute("rules.item.long_acting", lambda facts: _yes_no(_YES if facts.long_acting else None)),
        **{f"colour_{one}": colour for one in COLOURS},
    }


def _tellers() -> Mapping[str, events.Teller]:
    done = events.done("start", face_only=False)
    tellers: dict[str, events.Teller] = {
        "registered": registered,
        "prevalence": registered,
        "staff_ratio": registered,
        "prevalence_percent": registered,
        "estimated_registration_rate": registered,
        "registered_at_start": events.at_start,
        "managed": _managed,
        "management_rate": _managed,
        "at_home": _at_home,
        "home_management_rate": _at_home,
        "standard_management_rate": _standard,
        "face_to_face_rate": _seen,
        "visits_due": events.due_in_period,
        "visits_overdue": events.due_now,
        "visit_timeliness_rate": _both(events.due_in_period, done),
        "visits_done": done,
        "visits_done_in_year": events.done("year_start", face_only=False),
        "visits_face_to_face": events.done("start", face_only=True),
        "visits_face_to_face_in_year": events.done("year_start", face_only=True),
        "incidents": events.incident("start"),
        "incidents_in_year": events.incident("year_start"),
        "incident_rate": events.acts_of_year(OFFENCES, TROUBLE_TOLD),
        "minor_incident_rate": events.acts_of_year((NUISANCE,), NUISANCE_TOLD),
        "stability_rate": _stable,
        "in_hospital": _in_hospital,
        "lost": _lost,
        "checkup_rate": _checked,
        "medication_rate": _medicated,
        "schizophrenia_medication_rate": _medicated,
        "schizophrenia_treatment_rate": _treated,
        "second_generation_free_rate": _free,
        "rehabilitation_service_rate": events.record("rehabilitation", "window_start"),
        "referral_rate": _both(_last_visit, events.record("referral", "window_start")),
        "information_exchange_rate": _both(_last_visit, events.record("exchange", "window_start")),
    }
    tellers |= dict.fromkeys(_REGULAR, _regular) | _attributes()
    tellers |= dict.fromkeys(("irregular_medication", "no_medication", "medication_not_needed"), _last_adherence)
    for indicator in INDICATORS.values():
        if indicator.record:
            start_of = "start" if indicator.span == "period" else "year_start"
            tellers[indicator.id] = events.record(indicator.record, start_of)
        elif indicator.id.startswith(("risk_", "class_")):
            tellers[indicator.id] = _last_visit
    for span in ("period", "year"):
        for kind in ("new", "died", "moved_in", "moved_out"):
            tellers[event_id(kind, span)] = events.event(kind, span)
    return tellers


_TELLERS = _tellers()
