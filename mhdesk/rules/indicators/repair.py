"""What still helps, and until when: the same judgement, asked about the days to come with one more visit on them.

Nothing here knows a rule: a person is judged as if seen once more on a day, and the last day on which that is enough
is looked for. So every rule set, also a district's own, answers for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from mhdesk.domain.dates import DateRange
from mhdesk.domain.follow_up import Adherence, VisitClass, VisitForm
from mhdesk.rules.facts import PatientFacts, Visit, day_text
from mhdesk.rules.indicators.joint import EXCHANGE, REFERRAL
from mhdesk.rules.indicators.model import Indicator
from mhdesk.rules.indicators.registry import INDICATORS
from mhdesk.rules.judge import CHECKUP, Course, Frame, Judge, register_of
from mhdesk.rules.standard import Gap
from mhdesk.text import text

#: Indicators one can do something about -> the deed, a key of the texts ``rules.repair.deed``.
DEEDS = {
    "managed": "visit",
    "management_rate": "visit",
    "standard_management_rate": "visit",
    "home_management_rate": "visit",
    "face_to_face_rate": "face",
    "checkup_rate": "checkup",
    "medication_rate": "medicated",
    "schizophrenia_medication_rate": "medicated",
    "schizophrenia_treatment_rate": "medicated",
    "regular_medication_rate": "regular",
    "schizophrenia_regular_medication_rate": "regular",
    "stability_rate": "stable",
    "visit_timeliness_rate": "visit",
    "information_exchange_rate": "exchange",
    "referral_rate": "referral",
    "rehabilitation_service_rate": "rehabilitation",
    "second_generation_free_rate": "free",
}
_RECORDED = {"checkup": CHECKUP, "exchange": EXCHANGE, "referral": REFERRAL, "rehabilitation": "rehabilitation"}
#: What is asked of a period: a deed after its last day belongs to the next one.
OF_PERIOD = ("visit_timeliness_rate",)
_YES = "2"


class Outlook(NamedTuple):
    """`is_counted`: in the numerator now. `until`: the last day on which the deed is enough, 0: none is.

    `open_end`: the deed is enough on every day of the year left.
    """

    is_counted: bool
    until: int
    open_end: bool


class Repairs:
    """Answers for one roll-up. Make one for a list of people: judges of the days to come are kept."""

    def __init__(self, judge: Judge, *, today: date, period_end: date | None = None) -> None:
        """`period_end`: the first day after the whole period, where it goes on beyond the cut-off."""
        self._judge = judge
        self._first = max(judge.frame.last_day, today.toordinal())
        self._period_last = period_end.toordinal() - 1 if period_end is not None else judge.frame.last_day
        last_seen = date.fromordinal(self._first)
        self._horizon = date(last_seen.year, 12, 31).toordinal()
        self._judges: dict[int, Judge] = {}

    def sentence(self, indicator_id: str, facts: PatientFacts) -> str:
        """What to do by when, "" where nothing is to be done or the person is not asked about."""
        if indicator_id == "visits_overdue":
            return self._overdue(facts)
        if self._lacks_visits(indicator_id, facts) and not self._is_over(indicator_id):
            return self._visits_left(facts)
        found = self.outlook(indicator_id, facts)
        return self._gone(indicator_id, facts) if found is None else self._said(indicator_id, found)

    def _gone(self, indicator_id: str, facts: PatientFacts) -> str:
        """Who has left may be asked about still, where the rule set asks about everybody who was here this year."""
        status, indicator = self._judge.status(facts), INDICATORS[indicator_id]
        if status is None or status.course.registered or indicator_id not in DEEDS or indicator.among is None:
            return ""
        course, terms = status.course, self._judge.terms
        is_missing = indicator.among(course, terms) and not _counts(indicator, course, self._judge)
        return text("rules.repair.away") if is_missing else ""

    def _said(self, indicator_id: str, found: Outlook) -> str:
        """An outlook in words."""
        if self._is_over(indicator_id):
            key = "over_period" if indicator_id in OF_PERIOD else "over_year"
            return "" if found.is_counted else text(f"rules.repair.{key}")
        deed = text(f"rules.repair.deed.{DEEDS[indicator_id]}")
        until = day_text(found.until)
        if found.is_counted:
            return "" if found.open_end or not found.until else text("rules.repair.keep", day=until, deed=deed)
        if found.until:
            return text("rules.repair.do", day=until, deed=deed)
        again = date(date.fromordinal(self._first).year + 1, 1, 1).isoformat()
        key = "lost_year" if self._judge.terms.window == "year" else "lost_rolling"
        return text(f"rules.repair.{key}", day=again)

    def outlook(self, indicator_id: str, facts: PatientFacts) -> Outlook | None:
        """Where the person stands and until when the deed is enough; None where the person is not asked about."""
        indicator = INDICATORS[indicator_id]
        if indicator_id not in DEEDS or indicator.counts is None:
            return None
        status = self._judge.status(facts)
        if status is None or not status.course.registered:
            return None
        course = status.course
        terms = self._judge.terms
        # somebody who is not managed yet joins a denominator of 在管 by the deed itself
        is_asked = indicator.among is None or indicator.among(course, terms)
        if not is_asked and (course.managed or indicator_id in OF_PERIOD):
            return None
        is_counted = indicator.counts(course, terms)
        enough, horizon = self._enough(indicator, facts), self._horizon
        if indicator_id in OF_PERIOD:
            horizon = min(horizon, self._period_last)
        if self._first > horizon or not enough(self._first):
            return Outlook(is_counted, 0, open_end=False)
        low, high = self._first, horizon
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if enough(middle) else (low, middle - 1)
        return Outlook(is_counted, low, open_end=low == horizon)

    def _is_over(self, indicator_id: str) -> bool:
        """Whether what is done now belongs to a later year, or a later period, than the number."""
        if indicator_id in OF_PERIOD:
            return self._first > self._period_last
        year = date.fromordinal(self._judge.frame.last_day).year
        return self._judge.terms.window == "year" and date.fromordinal(self._first).year > year

    def _enough(self, indicator: Indicator, facts: PatientFacts) -> Callable[[int], bool]:
        deed = DEEDS[indicator.id]

        def enough(day: int) -> bool:
            status = self._on(day).status(_with_deed(facts, day, deed))
            return status is not None and _counts(indicator, status.course, self._judge)

        return enough

    def _on(self, day: int) -> Judge:
        judge = self._judges.get(day)
        if judge is None:
            # the period begins where it did, so that "due in the period" keeps its meaning
            start = date.fromordinal(min(self._judge.frame.start, day))
            period = DateRange(start, date.fromordinal(day + 1))
            judge = self._judges[day] = Judge(self._judge.rules, Frame.of(period, self._judge.rules))
        return judge

    def _lacks_visits(self, indicator_id: str, facts: PatientFacts) -> bool:
        """A rule that counts visits asks for more than one."""
        if indicator_id != "standard_management_rate" or self._judge.rules.standard != "GM-COUNT":
            return False
        register = register_of(facts, self._judge.frame)
        return register is not None and register.closing

    def _visits_left(self, facts: PatientFacts) -> str:
        """How many visits and whether a check-up are missing till the year's end."""
        at_end, missing = self._on(max(self._horizon, self._first)), 0
        gap = _gap(at_end, facts)
        while gap is not None and gap.kind != "no_checkup" and missing < self._judge.terms.min_per_year:
            facts, missing = _with_deed(facts, self._first, "visit"), missing + 1
            gap = _gap(at_end, facts)
        year_end = date.fromordinal(self._horizon).isoformat()
        parts = [text("rules.repair.visits_left", count=missing, day=year_end)] if missing else []
        if gap is not None and gap.kind == "no_checkup":
            parts.append(text("rules.repair.checkup_left", day=year_end))
        return "；".join(parts)

    def _overdue(self, facts: PatientFacts) -> str:
        status = self._judge.status(facts)
        if status is None or not _counts(INDICATORS["visits_overdue"], status.course, self._judge):
            return ""
        return text("rules.repair.overdue")


def _gap(judge: Judge, facts: PatientFacts) -> Gap | None:
    """What would break 规范管理 at the judge's last day."""
    register = register_of(facts, judge.frame)
    return None if register is None else judge.standard_gap(facts, register, judge.window(facts))


def _counts(indicator: Indicator, course: Course, judge: Judge) -> bool:
    return indicator.counts is not None and indicator.counts(course, judge.terms)


def _with_deed(facts: PatientFacts, day: int, deed: str) -> PatientFacts:
    """The person as if the deed had been done on a day: a full visit at home, honest words left as they were."""
    if deed == "free":
        return facts._replace(free_medicine=_YES)
    if deed in _RECORDED and deed != "checkup":
        return _with_record(facts, day, _RECORDED[deed])
    on, last = date.fromordinal(day), facts.last
    visit = Visit(
        day=day,
        month=on.year * 12 + on.month - 1,
        complete=True,
        lost=False,
        form=VisitForm.HOME,
        saw_patient=True,
        risk=(last.risk if last else None) or "0",
        visit_class=VisitClass.STABLE if deed == "stable" else (last.visit_class if last else None),
        adherence=Adherence.REGULAR if deed in ("medicated", "regular") or last is None else last.adherence,
        laboratory=deed == "checkup",
    )
    seen = facts._replace(visits=[*facts.visits, visit], last=visit, lost_day=0)
    return _with_record(seen, day, CHECKUP) if deed == "checkup" else seen


def _with_record(facts: PatientFacts, day: int, kind: str) -> PatientFacts:
    return facts._replace(records={**facts.records, kind: (*facts.records.get(kind, ()), day)})
