"""Checks of one follow-up sheet (rules 6-12, 15, 17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import Adherence, Hospitalization, VisitClass
from mhdesk.domain.patient import MovementKind
from mhdesk.domain.problems import Severity
from mhdesk.rules import usual_range
from mhdesk.rules.checks.model import Book, Case, Hit
from mhdesk.rules.checks.person import MOST_TIMES, acts_miscounted, acts_mixed_with_none
from mhdesk.rules.reminders import means_lost
from mhdesk.rules.schedule import Step, advance, due_after
from mhdesk.text import text

BOOK = Book()
E, W = Severity.ERROR, Severity.WARNING

_YES = "2"
_POOR = "3"
_NOT_APPLICABLE = "9"
_TRIED_IN_VAIN = "4"  # 失访原因: 连续3次未访到
_SERIOUS_ACTS = {"2", "3", "5", "6"}  # 肇事 肇祸 自伤 自杀未遂
_DESTRUCTIVE = "7"  # symptom 伤人毁物
_HIGH_RISK = ("3", "4", "5")
_SOCIAL = ("self_care", "housework", "work", "learning", "social_contact")
_INPATIENT_ROWS = 3


@BOOK.check("Q06c", E)
def _acts_and_none(case: Case) -> Iterator[Hit]:
    if acts_mixed_with_none(case.sheet.dangerous_acts):
        yield Hit("dangerous_acts")


@BOOK.check("Q06d", E)
def _acts_counts(case: Case) -> Iterator[Hit]:
    if acts_miscounted(case.sheet.dangerous_acts):
        yield Hit("dangerous_acts", {"most": MOST_TIMES})


def _has_drugs(case: Case) -> bool:
    return any(drug.purpose == "current" for drug in case.sheet.drugs)


@BOOK.check("Q07a", W)
def _drugs_though_not_needed(case: Case) -> Iterator[Hit]:
    if case.sheet.adherence == Adherence.NOT_NEEDED and _has_drugs(case):
        yield Hit("adherence")


@BOOK.check("Q07b", W)
def _drugs_missing(case: Case) -> Iterator[Hit]:
    if case.sheet.adherence in (Adherence.REGULAR, Adherence.IRREGULAR) and not _has_drugs(case):
        yield Hit("drugs")


@BOOK.check("Q07c", W)
def _effects_though_not_needed(case: Case) -> Iterator[Hit]:
    if case.sheet.adherence != Adherence.NOT_NEEDED:
        return
    for key in ("adverse_reaction", "treatment_effect"):
        if getattr(case.sheet, key) not in (None, _NOT_APPLICABLE):
            yield Hit(key)


@BOOK.check("Q07d", E)
def _drugs_against_flag(case: Case) -> Iterator[Hit]:
    if case.patient.no_medication_flag == _YES and _has_drugs(case):
        yield Hit("drugs")


@BOOK.check("Q07e", E)
def _no_drugs_against_flag(case: Case) -> Iterator[Hit]:
    says_takes = case.sheet.adherence in (Adherence.REGULAR, Adherence.IRREGULAR)
    if case.patient.no_medication_flag == "1" and says_takes and not _has_drugs(case):
        yield Hit("drugs")


@BOOK.check("Q08a", E)
def _visit_after_today(case: Case) -> Iterator[Hit]:
    if case.sheet.visit_date is not None and case.sheet.visit_date > case.today:
        yield Hit("visit_date")


@BOOK.check("Q08b", E)
def _visit_before_registration(case: Case) -> Iterator[Hit]:
    day, registered = case.sheet.visit_date, case.patient.registered_on
    if day is not None and registered is not None and day < registered:
        yield Hit("visit_date")


@BOOK.check("Q08c", E)
def _same_day_and_form(case: Case) -> Iterator[Hit]:
    day, form = case.sheet.visit_date, case.sheet.visit_form
    if day is not None and any(one.visit_date == day and one.visit_form == form for one in case.visits):
        yield Hit("visit_date")


def _away_since(case: Case, day: date) -> str | None:
    """How the person had left before `day`, None when here. The exit this sheet itself reports does not count."""
    own = case.sheet.id
    moves = [one for one in case.movements if one.voided_at is None and (own is None or one.follow_up_id != own)]
    moves.sort(key=lambda one: (one.happened_on, one.id or 0))
    before = [one.kind for one in moves if one.happened_on < day]
    return before[-1] if before and before[-1] != MovementKind.MOVED_IN else None


@BOOK.check("Q08d", E)
def _visit_after_death(case: Case) -> Iterator[Hit]:
    day = case.sheet.visit_date
    if day is None or case.sheet.death_date is not None:  # the sheet that reports a death comes after it
        return
    died = any(one.death_date is not None and one.death_date < day for one in case.visits)
    if died or _away_since(case, day) == MovementKind.DIED:
        yield Hit("visit_date")


@BOOK.check("Q08e", E)
def _visit_after_moving_out(case: Case) -> Iterator[Hit]:
    day = case.sheet.visit_date
    if day is not None and _away_since(case, day) == MovementKind.MOVED_OUT:
        yield Hit("visit_date")


@BOOK.check("Q08f", E)
def _second_death(case: Case) -> Iterator[Hit]:
    if case.sheet.death_date is None:
        return
    own = case.sheet.id
    known = any(one.death_date is not None for one in case.visits) or any(
        one.kind == MovementKind.DIED and one.voided_at is None and (own is None or one.follow_up_id != own)
        for one in case.movements
    )
    if known:
        yield Hit("death_date")


@BOOK.check("Q08g", E)
def _death_without_disease(case: Case) -> Iterator[Hit]:
    if case.sheet.death_reason == "1" and not case.sheet.death_disease:
        yield Hit("death_disease")


@BOOK.check("Q08h", E)
def _death_in_the_future(case: Case) -> Iterator[Hit]:
    died = case.sheet.death_date
    latest = case.sheet.visit_date or case.today
    if died is not None and died > min(latest, case.today):
        yield Hit("death_date")


@BOOK.check("Q08j", E)
def _death_before_what_is_known(case: Case) -> Iterator[Hit]:
    died, registered, own = case.sheet.death_date, case.patient.registered_on, case.sheet.id
    born = case.patient.birth_date
    if died is None or (born is not None and died < born.first):  # Q08i says so
        return
    moves = [
        one.happened_on
        for one in case.movements
        if one.voided_at is None and (own is None or one.follow_up_id != own) and one.kind != MovementKind.DIED
    ]
    days = [one.visit_date for one in case.visits if one.visit_date is not None]
    latest = max((*moves, *days, *([registered] if registered else ())), default=died)
    if died < latest:
        yield Hit("death_date", {"day": latest.isoformat()})


@BOOK.check("Q08i", E)
def _before_birth(case: Case) -> Iterator[Hit]:
    born = case.patient.birth_date
    for key in ("visit_date", "death_date"):
        day: date | None = getattr(case.sheet, key)
        if born is not None and day is not None and day < born.first:
            yield Hit(key)


@BOOK.check("Q09a", E)
def _lost_with_findings(case: Case) -> Iterator[Hit]:
    if case.sheet.lost_reason is None:
        return
    for key in ("risk_level", "visit_class"):
        if getattr(case.sheet, key) is not None:
            yield Hit(key)


@BOOK.check("Q09b", E)
def _lost_without_attempts(case: Case) -> Iterator[Hit]:
    day = case.sheet.visit_date
    if case.sheet.lost_reason != _TRIED_IN_VAIN or day is None:
        return
    met = max((one.visit_date for one in case.earlier if one.is_complete and one.visit_date), default=date.min)
    tries = sorted(one.attempted_on for one in case.attempts if one.voided_at is None and met < one.attempted_on <= day)
    if not means_lost(tries, case.terms):
        yield Hit("lost_reason", {"count": len(tries), "needed": case.terms.lost_attempts})


@BOOK.check("Q10a", W)
def _high_risk_not_unstable(case: Case) -> Iterator[Hit]:
    sheet = case.sheet
    if sheet.risk_level in _HIGH_RISK and sheet.visit_class not in (None, VisitClass.UNSTABLE):
        yield Hit("visit_class", {"risk": sheet.risk_level})


@BOOK.check("Q10b", W)
def _no_insight_but_stable(case: Case) -> Iterator[Hit]:
    if case.sheet.insight == _POOR and case.sheet.visit_class == VisitClass.STABLE:
        yield Hit("visit_class")


@BOOK.check("Q10c", W)
def _no_risk_but_acts(case: Case) -> Iterator[Hit]:
    sheet = case.sheet
    acted = any(act.code in _SERIOUS_ACTS and act.count > 0 for act in sheet.dangerous_acts)
    if sheet.risk_level == "0" and (acted or _DESTRUCTIVE in sheet.symptoms):
        yield Hit("risk_level")


@BOOK.check("Q10d", W)
def _poor_but_stable(case: Case) -> Iterator[Hit]:
    if case.sheet.visit_class != VisitClass.STABLE:
        return
    for key in _SOCIAL:
        if getattr(case.sheet, key) == _POOR:
            yield Hit(key)


@BOOK.check("Q10e", W)
def _some_risk_but_stable(case: Case) -> Iterator[Hit]:
    if case.sheet.risk_level in ("1", "2") and case.sheet.visit_class == VisitClass.STABLE:
        yield Hit("visit_class", {"risk": case.sheet.risk_level})


@BOOK.check("Q11a", E)
def _discharge_missing(case: Case) -> Iterator[Hit]:
    if case.sheet.hospitalization == Hospitalization.DISCHARGED and case.sheet.last_discharge_date is None:
        yield Hit("last_discharge_date")


@BOOK.check("Q11b", E)
def _discharge_outside(case: Case) -> Iterator[Hit]:
    left, day = case.sheet.last_discharge_date, case.sheet.visit_date
    if case.sheet.hospitalization != Hospitalization.DISCHARGED or left is None or day is None:
        return
    before = max((one.visit_date for one in case.earlier if one.visit_date), default=None)
    too_early = before is not None and left.last <= before
    if too_early or PartialDate.of(day).certainly_before(left):
        yield Hit("last_discharge_date")


@BOOK.check("Q11c", W)
def _long_in_hospital(case: Case) -> Iterator[Hit]:
    latest = [*case.earlier, case.sheet][-_INPATIENT_ROWS:]
    if len(latest) == _INPATIENT_ROWS and all(one.hospitalization == Hospitalization.INPATIENT for one in latest):
        yield Hit("hospitalization")


@BOOK.check("Q12a", E)
def _next_not_after(case: Case) -> Iterator[Hit]:
    day, following = case.sheet.visit_date, case.sheet.next_visit_date
    if day is not None and following is not None and following <= day:
        yield Hit("next_visit_date")


@BOOK.check("Q12b", W)
def _next_too_late(case: Case) -> Iterator[Hit]:
    day, following = case.sheet.visit_date, case.sheet.next_visit_date
    if day is None or following is None or case.sheet.visit_class is None:
        return
    step = Step()
    for one in case.earlier:
        if one.is_complete:
            step = advance(step, one.visit_class)
    due = due_after(day, advance(step, case.sheet.visit_class), case.terms)
    if due is not None and following > due:
        yield Hit("next_visit_date", {"due": due.isoformat()})


@BOOK.check("Q15a", W)
def _locked_up(case: Case) -> Iterator[Hit]:
    if case.sheet.restraint == _YES:
        yield Hit("restraint")


@BOOK.check("Q17a", E)
def _dose_not_positive(case: Case) -> Iterator[Hit]:
    for drug in case.sheet.drugs:
        doses = (drug.dose, drug.total_dose, drug.morning, drug.noon, drug.night)
        given = [dose for dose in doses if dose is not None]
        if any(dose < 0 for dose in given) or (given and not any(given)):
            yield Hit("drugs", {"drug": drug.drug_name})


@BOOK.check("Q17b", E)
def _long_acting_without_interval(case: Case) -> Iterator[Hit]:
    for drug in case.sheet.drugs:
        if drug.long_acting == _YES and drug.purpose == "guidance" and not drug.interval_weeks:
            yield Hit("drugs", {"drug": drug.drug_name})


@BOOK.check("Q17c", W)
def _dose_above_range(case: Case) -> Iterator[Hit]:
    """The usual range is a question, no limit: doctors do go beyond it."""
    asked = set()
    for drug in case.sheet.drugs:
        found = usual_range.above_of_line(case.drugs, drug)
        if found is not None and found.drug.key not in asked:
            asked.add(found.drug.key)
            yield Hit("drugs", {**found.params, "per": text(f"drugs.per.{found.drug.per}")})
