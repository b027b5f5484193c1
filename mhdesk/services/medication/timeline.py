"""用药时间图: one person's two years, from everything that is recorded, for the window and for paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from mhdesk.domain.dates import add_months
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement
from mhdesk.reports import course
from mhdesk.reports.course import Course, Facts, Given, Period
from mhdesk.rules.medicines import injections
from mhdesk.rules.medicines.adherence import Period as JudgedPeriod
from mhdesk.rules.medicines.orders import drug_id
from mhdesk.services.medication import picture
from mhdesk.services.medication.picture import Picture
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger


class Shown(NamedTuple):
    """One person's medicine, and the picture of it."""

    picture: Picture
    course: Course


def read(ledger: Ledger, patient_id: int, *, today: date) -> Shown:
    """Both, in one reading. Raises UserError MH-LEDGER-24 for nobody."""
    found = picture.read(ledger, patient_id, today=today)
    visits = ledger.find(FollowUp, patient_id=patient_id)
    movements = ledger.find(Movement, patient_id=patient_id)
    facts = Facts(
        visits=[one for one in visits if one.visit_date is not None and one.visit_date <= today],
        periods=[Period(one.start, one.end, one.state.value, period_words(one)) for one in found.periods],
        orders=[one for one in found.orders if one.stopped_on is not None and one.stopped_on <= today],
        dispensed=[one for one in found.dispensings if one.dispensed_on <= today],
        injections=list(_given(found)),
        reactions=found.reactions,
        laboratory=found.results,
        movements=movements,
    )
    return Shown(found, course.build(facts, today=today))


def period_words(period: JudgedPeriod) -> str:
    """A period with its days and evidence: 2026-03-01 至 2026-05-30 规律（91天）：2026-05-30 随访：按医嘱规律用药."""
    span = course.span_words(period.start, period.end)
    words = text("course.period", span=span, state=course.legend(period.state.value), days=period.days)
    why = "；".join(one.words for one in period.evidence)
    return text("course.because", what=words, why=why) if why else words


def _given(found: Picture) -> Iterator[Given]:
    """The injections with which came late, and what is due within the picture."""
    book, terms = found.basis.book, found.basis.terms
    before: dict[str, date] = {}
    for one in sorted(found.injections, key=lambda one: (one.injected_on, one.id or 0)):
        if one.injected_on > found.today:
            continue
        name = drug_id(book, one.drug_name, one.drug_key)
        last_day = before.get(name)
        yield Given(one, is_late=last_day is not None and one.injected_on > last_day)
        own = [order for order in found.orders if drug_id(book, order.drug_name, order.drug_key) == name]
        due = injections.due_after(one, own, book)
        if due is not None:
            before[name] = date.fromordinal(due.toordinal() + injections.window_of(one, terms))
        else:
            before.pop(name, None)
    soon = add_months(found.today, 2)
    for coming in found.upcoming:
        if found.left_on is None and coming.last is not None and coming.due_on is not None and coming.due_on < soon:
            yield Given(coming.last, due_on=coming.due_on)
